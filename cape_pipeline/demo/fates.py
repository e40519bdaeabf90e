"""How every refund of the demonstration ends, decided in advance.

Belongs here: the fate of each refund number. Does not belong here: amounts, which follow from the entries
(`settlement.py`).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cape_pipeline.demo.cast import (
    COMPONENTS,
    FIRST,
    FURNITURE,
    KITCHENWARE,
    LETTER_FILER,
    SECOND,
    TEXTILES,
    THIRD,
    TRADING,
    Importer,
)
from cape_pipeline.demo.duties import ZERO
from cape_pipeline.demo.entry_numbers import entry_number


@dataclass(frozen=True, slots=True)
class Fate:
    """How the refund of one payee and liquidation day ends; the path is that of its entries."""

    importer: Importer
    liquidation: date
    match_status: str
    secondary_status: str
    refund_date: date
    path: str
    withheld: Decimal = ZERO
    credits: int = 1


FATES = (
    Fate(FURNITURE, FIRST.reliquidation, "matched", "Treasury Issued", date(2026, 5, 12), "none"),
    Fate(COMPONENTS, FIRST.reliquidation, "matched", "Treasury Issued", date(2026, 5, 12), "none", credits=2),
    Fate(KITCHENWARE, FIRST.reliquidation, "matched", "Treasury Issued", date(2026, 5, 13), "none"),
    Fate(
        TEXTILES,
        SECOND.reliquidation,
        "diverted",
        "Funds Diverted",
        date(2026, 5, 19),
        "dispute_refund",
        withheld=Decimal("1180.25"),
    ),
    Fate(TRADING, SECOND.reliquidation, "rejected", "Check/ACH Returned", date(2026, 5, 19), "await_refund", credits=0),
    Fate(FURNITURE, THIRD.reliquidation, "matched", "Treasury Issued", date(2026, 6, 9), "none"),
    Fate(COMPONENTS, THIRD.reliquidation, "matched", "Treasury Issued", date(2026, 6, 9), "none"),
    Fate(
        FURNITURE,
        FIRST.liquidation,
        "short",
        "Treasury Issued",
        date(2026, 6, 24),
        "dispute_refund",
        withheld=Decimal("312.40"),
    ),
    Fate(COMPONENTS, FIRST.liquidation, "matched", "Treasury Issued", date(2026, 6, 24), "none"),
    Fate(KITCHENWARE, FIRST.liquidation, "pending", "Sent to Treasury", date(2026, 6, 30), "await_refund", credits=0),
    Fate(TEXTILES, SECOND.liquidation, "not_in_rev603", "", date(2026, 7, 14), "await_refund", credits=0),
    Fate(TRADING, SECOND.liquidation, "rejected", "Check/ACH Returned", date(2026, 7, 1), "await_refund", credits=0),
)


@dataclass(frozen=True, slots=True)
class LoneRefund:
    """A refund that REV-603 shows and ES-022 does not."""

    importer: Importer
    refund_type: str
    document_number: str
    amount: Decimal
    refund_date: date
    match_status: str | None


LONE_REFUNDS = (
    LoneRefund(
        COMPONENTS, "Drawback", entry_number(LETTER_FILER, 9000017), Decimal("2744.19"), date(2026, 5, 28), None
    ),
    LoneRefund(KITCHENWARE, "CAPE", "", Decimal("6120.88"), date(2026, 7, 7), "not_in_es022"),
)
