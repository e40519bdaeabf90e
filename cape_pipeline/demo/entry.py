"""One entry summary of the demonstration and its whole life.

Belongs here: what an entry is and what a report run on a given day shows of it. Does not belong here: which entries
there are (`scenarios.py`) and how they are made (`builder.py`).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from cape_pipeline.demo import days
from cape_pipeline.demo.cast import Claim, Importer
from cape_pipeline.demo.duties import ZERO, Line


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry summary, its whole life and the answer it was made for."""

    number: str
    scenario: str
    importer: Importer
    entry_type: str
    entry_date: date
    lines: tuple[Line, ...]
    status: str  # expected cape_status
    path: str  # expected recommended_path
    liquidation: date | None = None  # first liquidation, with the IEEPA duty
    hold: str = ""  # Suspended, Extended, Under Review
    claim: Claim | None = None  # the claim that took it
    settled: date | None = None  # (re)liquidation without the IEEPA duty
    failures: tuple[tuple[Claim, str], ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    reconciliation: bool = False
    liquidation_date_withheld: bool = False
    resent: bool = False  # only in the broker's damaged file
    amounts_known: bool = True
    owed: bool = True  # False where no refund is due although IEEPA duty stands on the rows

    @property
    def ieepa_low_usd(self) -> Decimal:
        return sum((line.ieepa_low_usd for line in self.lines), ZERO)

    @property
    def ieepa_high_usd(self) -> Decimal:
        return sum((line.ieepa_high_usd for line in self.lines), ZERO)

    @property
    def summary_date(self) -> date:
        return days.business_day_on_or_after(self.entry_date + timedelta(days=10))

    @property
    def deposit(self) -> tuple[date, str]:
        """When the duty was deposited, and how one knows."""
        if "deposit_date" in self.facts:
            return date.fromisoformat(self.facts["deposit_date"]), "user_fact"
        if self.importer.monthly_statement:
            return days.monthly_statement_day(self.entry_date), "monthly_statement_rule"
        return self.summary_date, "entry_summary_date_proxy"

    def status_on(self, day: date) -> tuple[str, date | None]:
        """Liquidation status and date as an ES-003 run on `day` prints them."""
        if self.settled and self.settled <= day:
            return "Liquidated", self.settled
        if self.liquidation and self.liquidation <= day:
            return ("Liquidated", None if self.liquidation_date_withheld else self.liquidation)
        return self.hold or "Unliquidated", None

    def protest_on(self, day: date) -> str:
        """Protest status as an ES-003 run on `day` prints it."""
        filed, decided = (self.facts.get("protest_filed_date"), self.facts.get("protest_decision_date"))
        if not filed or date.fromisoformat(filed) > day:
            return ""
        return self.facts["protest_status"].capitalize() if decided and date.fromisoformat(decided) <= day else "Open"
