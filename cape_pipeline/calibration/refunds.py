"""A refund really received, as a calibration sees it.

Belongs here: the plain data that reading a file gives. Does not belong here: reading it (`received.py`), and computing
interest (`growth.py`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Deposit:
    """One deposit of duty that was refunded: dollars, and the days its interest might start from.

    `paid_row_usd` and `column_1_duty_usd` are for the test of the principal: the whole filed row of a 15 percent
    heading, and the column 1 duty that may be inside it.
    """

    row_number: int
    principal_usd: Decimal
    deposit_date: date
    entry_summary_date: date | None = None
    entry_date: date | None = None
    paid_row_usd: Decimal | None = None
    column_1_duty_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """What came back at one (re)liquidation, with one figure of interest for all its deposits.

    `interest_usd` includes the late part where the file states it apart. `rate_class` is None where the file does not
    say. Refunds of one `payment` were paid together.
    """

    name: str
    payment: str
    deposits: tuple[Deposit, ...]
    liquidation_date: date
    interest_usd: Decimal
    payment_date: date | None = None
    rate_class: str | None = None

    @property
    def principal_usd(self) -> Decimal:
        """Dollars of all deposits together."""
        return sum((deposit.principal_usd for deposit in self.deposits), Decimal(0))


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that is not used, and why. `column` is None where the row as a whole is meant."""

    row_number: int
    column: str | None
    value: str | None
    reason: str
    is_damage: bool

    @property
    def sentence(self) -> str:
        """Row, column and reason, as a person looks them up."""
        place = f"row {self.row_number}" + (f", {self.column}" if self.column else "")
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Received:
    """A file of refunds: those that can be used, the rows that cannot, and how many rows were read."""

    refunds: tuple[Refund, ...]
    set_aside: tuple[SetAside, ...]
    rows_read: int
    columns: frozenset[str]

    @property
    def is_damaged(self) -> bool:
        """Whether any cell could not be read or is missing."""
        return any(row.is_damage for row in self.set_aside)
