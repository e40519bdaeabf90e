"""The columns of a file of received refunds: what they are called and how their cells are read.

Belongs here: names, header aliases and kinds. Does not belong here: reading a file (`received.py`).
"""

from dataclasses import dataclass
from typing import Literal

from cape_pipeline.ace.reports import normalise_header

Kind = Literal["name", "entry_number", "amount", "day", "rate_class", "rate"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `headers` are compared in lower case, letters and digits only; its own name is always accepted."""

    name: str
    kind: Kind
    headers: tuple[str, ...] = ()
    is_needed: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """What its header may be, as headers are compared."""
        return frozenset(normalise_header(header) for header in (self.name, *self.headers))


COLUMNS = (
    Column("refund_id", "name", ("Refund Number", "Refund No")),
    Column("entry_number", "entry_number", ("Entry Summary Number", "Entry Summary No", "Entry No")),
    Column("payment_id", "name", ("Trace Number", "ACH Trace Number", "Check/ACH Trace Number", "Payment Number")),
    Column(
        "principal_usd",
        "amount",
        ("Principal", "Principal Amount", "Refund Principal", "Duty Refund Amount", "Principal Refund Amount"),
        is_needed=True,
    ),
    Column(
        "deposit_date",
        "day",
        ("Date of Deposit", "Collection Date", "Statement Payment Date", "Duty Payment Date"),
        is_needed=True,
    ),
    Column("entry_summary_date", "day", ("Summary Date",)),
    Column("entry_date", "day"),
    Column("liquidation_date", "day", ("Reliquidation Date", "(Re)liquidation Date"), is_needed=True),
    Column(
        "interest_usd",
        "amount",
        ("Interest", "Interest Amount", "Refund Interest Amount", "Interest Paid"),
        is_needed=True,
    ),
    Column("payment_date", "day", ("Refund Date", "Refund Payment Date", "Date Paid")),
    Column("late_interest_usd", "amount", ("Late Interest", "Late Interest Amount", "Late Payment Interest")),
    Column("rate_class", "rate_class", ("Interest Rate Class",)),
    Column("paid_row_usd", "amount", ("Chapter 99 Duty Amount", "Filed Row Duty", "Line Tariff Duty Amount")),
    Column("goods_value_usd", "amount", ("Goods Value", "Line Tariff Goods Value Amount", "Entered Value")),
    Column("column_1_rate", "rate", ("Column 1 Duty Rate", "Column 1 Current Primary Duty Rate")),
    Column("column_1_duty_usd", "amount", ("Column 1 Duty", "Column 1 Duty Amount")),
)

NEEDED = tuple(column.name for column in COLUMNS if column.is_needed)
#: A refund needs these once, on any of its rows; the others of `NEEDED` on every row.
ONCE_PER_REFUND = ("liquidation_date", "interest_usd", "late_interest_usd", "payment_date", "rate_class", "payment_id")

HOW_TO_WRITE = {
    "amount": "is not an amount; write dollars and whole cents, such as 1234.56",
    "day": "is not a date; write MM/DD/YYYY or YYYY-MM-DD",
    "rate_class": "is not a rate class; write corporate, noncorporate or underpayment, or leave it empty",
    "rate": "is not a rate; write a percentage such as 3.7%, a fraction such as 0.037, or Free",
}
