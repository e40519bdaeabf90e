"""The entries of the demonstration, scenario by scenario, each with the status and path it must lead to.

Belongs here: what happens to whom, and the answer decided in advance; an entry whose path depends on its refund leaves
it blank, and `fates.py` fills it in. Does not belong here: report layouts (`exports.py`), duty tables (`duties.py`), or
any choice the seed makes (`builder.py`).
"""

import random
from datetime import date
from decimal import Decimal
from functools import partial

from cape_pipeline.demo.builder import Builder
from cape_pipeline.demo.cast import (
    COMPONENTS,
    FIFTH,
    FIRST,
    FOURTH,
    FURNITURE,
    IMPORTERS,
    KITCHENWARE,
    SECOND,
    TEXTILES,
    THIRD,
    TRADING,
    UNKNOWN_HEADING,
    UNKNOWN_MESSAGE,
    Importer,
)
from cape_pipeline.demo.duties import with_duty_under, with_unknown_row, without_printed_column_1
from cape_pipeline.demo.entry import Entry


def plan(seed: int) -> tuple[Entry, ...]:
    """Every entry of the demonstration, in order of its number.

    The scenarios are always the same; the seed picks dates within each scenario's days, goods, values and numbers.
    """
    builder = Builder(random.Random(seed))
    for chapter in (
        _accepted_and_paid,
        _accepted_and_waiting,
        _refused_by_cape,
        _liquidated_long_ago,
        _protests,
        _liquidated_lately,
        _open_and_eligible,
        _held_and_special_types,
        _reconciliation,
        _not_ieepa,
        _stacks_and_anomalies,
        _damaged_by_a_spreadsheet,
    ):
        chapter(builder)
    return builder.numbered()


# fmt: off
def _accepted_and_paid(make: Builder) -> None:
    """Entries of the first three claims whose refunds ES-022 shows; `FATES` says how each refund ends."""
    liquidated = ("2025-03-24", "2025-06-06")
    for importer, count in ((FURNITURE, 5), (COMPONENTS, 4), (KITCHENWARE, 4)):
        make.add(
            "accepted, reliquidated, refunded", importer, *liquidated, "refunded", "", cycle=True, count=count,
            claim=FIRST, settled=FIRST.reliquidation,
        )
    for importer, count in ((TEXTILES, 5), (TRADING, 4)):
        make.add(
            "accepted, reliquidated, refunded", importer, "2025-04-10", "2025-06-06", "refunded", "", cycle=True,
            count=count, claim=SECOND, settled=SECOND.reliquidation,
        )
    make.add(
        "accepted, reliquidated, refunded", FURNITURE, "2025-04-22", "2025-06-06", "refunded", "", cycle=True, count=3,
        claim=THIRD, settled=THIRD.reliquidation,
    )
    make.add(
        "accepted under review, released with another claim", FURNITURE, "2025-05-15", "2025-06-20", "refunded", "",
        hold="Under Review", claim=FIRST, settled=THIRD.reliquidation,
    )
    make.add(
        "failed once, accepted on a later claim", COMPONENTS, "2025-04-22", "2025-06-06", "refunded", "",
        goods=("CN motors", "TW hinges"), cycle=True, claim=THIRD, settled=THIRD.reliquidation,
        failures=((FIRST, "HTS RELATIONSHIP/SEQUENCE MISMATCH"),),
    )
    for importer, count in ((FURNITURE, 3), (COMPONENTS, 3), (KITCHENWARE, 3)):
        make.add(
            "accepted unliquidated, refunded", importer, "2025-08-11", "2025-09-30", "refunded", "", count=count,
            claim=FIRST, settled=FIRST.liquidation,
        )
    for importer, count in ((TEXTILES, 3), (TRADING, 3)):
        make.add(
            "accepted unliquidated, refunded", importer, "2025-08-11", "2025-09-30", "refunded", "", count=count,
            claim=SECOND, settled=SECOND.liquidation,
        )


def _accepted_and_waiting(make: Builder) -> None:
    """Accepted entries without a refund yet: processing, forecast or held."""
    waiting = ("accepted", "await_refund")
    make.add(
        "liquidated, refund blank past day 60", FURNITURE, "2025-09-02", "2025-09-30", *waiting, count=2, claim=THIRD,
        settled=THIRD.liquidation,
    )
    make.add(
        "liquidated, refund blank past day 60", COMPONENTS, "2025-09-02", "2025-09-30", *waiting, claim=THIRD,
        settled=THIRD.liquidation,
    )
    make.add(
        "reliquidated lately, refund to come", TEXTILES, "2025-07-07", "2025-08-22", *waiting, cycle=True, count=2,
        claim=FOURTH, settled=FOURTH.reliquidation,
    )
    make.add(
        "accepted, liquidation forecast", TEXTILES, "2025-09-15", "2025-09-30", *waiting, count=2, claim=FOURTH,
        settled=FOURTH.liquidation,
    )
    make.add(
        "accepted, liquidation forecast", TRADING, "2025-09-15", "2025-09-30", *waiting, claim=FOURTH,
        settled=FOURTH.liquidation,
    )
    make.add(
        "accepted today, reliquidation forecast", KITCHENWARE, "2025-07-07", "2025-08-22", *waiting, cycle=True,
        claim=FIFTH, settled=FIFTH.reliquidation,
    )
    make.add(
        "accepted today, liquidation forecast", KITCHENWARE, "2025-10-15", "2026-01-30", *waiting, count=2, claim=FIFTH,
        settled=FIFTH.liquidation,
    )
    make.add("accepted, extended", FURNITURE, "2025-05-15", "2025-08-29", *waiting, hold="Extended", claim=FIRST)
    make.add(
        "accepted, under review", COMPONENTS, "2025-05-15", "2025-08-29", *waiting, hold="Under Review", claim=FIRST,
    )
    make.add(
        "accepted, antidumping still suspended", KITCHENWARE, "2025-05-15", "2025-08-29", *waiting,
        goods=("CN tableware",), entry_type="03", hold="Suspended", claim=FIRST, facts={"adcvd_status": "suspended"},
    )


def _refused_by_cape(make: Builder) -> None:
    """Failed in Claim Details, with messages of the catalogue and one that is not in it."""
    make.add(
        "failed as final", COMPONENTS, "2025-03-10", "2025-03-21", "ineligible", "file_protest", count=2,
        liquidation=date(2026, 1, 23), failures=((FIRST, "ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS"),),
    )
    make.add(
        "failed for a protest that is still open", TEXTILES, "2025-04-14", "2025-04-25", "ineligible", "await_protest",
        goods=("IN bed linen",), cycle=True, failures=((SECOND, "PROTEST ON ENTRY"),),
        facts={**_protest("open", "ieepa_only", "2026-04-08")},
    )
    make.add(
        "failed, statement still processing", TRADING, "2025-09-15", "2025-09-30", "ineligible", "fix_and_refile",
        failures=((FOURTH, "STATEMENT PROCESSING NOT COMPLETE"),),
    )
    make.add(
        "failed, duty not calculated", TEXTILES, "2025-09-15", "2025-09-30", "ineligible", "fix_and_refile",
        goods=("IN bed linen", "IN curtains"), failures=((FOURTH, "UNABLE TO CALCULATE DUTY"),),
    )
    make.add(
        "failed with a message nobody knows", FURNITURE, "2025-07-07", "2025-08-22", "review", "manual_review",
        goods=("VN bedroom furniture",), cycle=True, failures=((THIRD, UNKNOWN_MESSAGE),),
    )


def _liquidated_long_ago(make: Builder) -> None:
    """Past day 80: the protest window, and after day 180 the court."""
    make.add(
        "liquidated over 180 days ago, first fentanyl duty", COMPONENTS, "2025-02-05", "2025-02-28", "ineligible",
        "court", goods=("CN motors",), cycle=True, count=2,
    )
    make.add(
        "liquidated over 180 days ago", TRADING, "2025-03-04", "2025-03-06", "ineligible", "court",
        goods=("CA packaging",), cycle=True,
    )
    make.add(
        "liquidated over 180 days ago", FURNITURE, "2025-03-04", "2025-03-07", "ineligible", "court",
        goods=("MX cables", "CN luggage"), cycle=True,
    )
    make.add(
        "informal entry liquidated long ago", KITCHENWARE, "2025-05-15", "2025-05-30", "ineligible", "court",
        goods=("CN tableware",), entry_type="11", liquidation=date(2025, 6, 13),
    )
    for importer in (FURNITURE, TEXTILES, TRADING, COMPONENTS):
        make.add(
            "liquidated 81 to 180 days ago", importer, "2025-04-10", "2025-06-06", "ineligible", "file_protest",
            cycle=True,
        )
    make.add(
        "liquidated 81 to 180 days ago, April 2025 rate", COMPONENTS, "2025-04-10", "2025-05-13", "ineligible",
        "file_protest", goods=("CN motors",), cycle=True,
    )
    make.add(
        "liquidated 178 days ago", FURNITURE, "2025-03-11", "2025-03-14", "ineligible", "file_protest",
        goods=("CN luggage", "CA packaging"), liquidation=date(2026, 1, 23),
    )
    make.add(
        "liquidated 185 days ago", FURNITURE, "2025-03-04", "2025-03-07", "ineligible", "court", goods=("CN luggage",),
        liquidation=date(2026, 1, 16),
    )
    make.add(
        "duty already back by a 1520(d) claim", FURNITURE, "2025-03-17", "2025-04-04", "refunded", "none",
        goods=("MX cables",), cycle=True, owed=False,
    )


def _protests(make: Builder) -> None:
    make.add(
        "protest open, mixed, past day 80", COMPONENTS, "2025-04-10", "2025-06-06", "ineligible", "await_protest",
        cycle=True, facts=_protest("open", "mixed", "2026-04-17"),
    )
    make.add(
        "protest denied", TRADING, "2025-03-10", "2025-03-12", "ineligible", "court", goods=("CA packaging",),
        liquidation=date(2026, 1, 23), facts=_protest("denied", "ieepa_only", "2026-02-06", "2026-04-02"),
    )
    make.add(
        "protest approved", TEXTILES, "2025-04-10", "2025-04-18", "ineligible", "await_refund", goods=("IN bed linen",),
        liquidation=date(2026, 2, 20), facts=_protest("approved", "mixed", "2026-03-02", "2026-04-13"),
    )
    make.add(
        "protest open for IEEPA only, within 80 days", FURNITURE, "2025-07-21", "2025-08-22", "ineligible",
        "withdraw_protest_then_cape", goods=("VN backpacks",), cycle=True,
        facts=_protest("open", "ieepa_only", "2026-07-13"),
    )
    make.add(
        "protest open, mixed, within 80 days", COMPONENTS, "2025-07-21", "2025-08-22", "ineligible", "await_protest",
        cycle=True, facts=_protest("open", "mixed", "2026-07-13"),
    )


def _liquidated_lately(make: Builder) -> None:
    eligible = ("eligible", "file_cape")
    for importer, count in ((FURNITURE, 2), (COMPONENTS, 1), (KITCHENWARE, 1), (TEXTILES, 1), (TRADING, 1)):
        make.add("liquidated within 80 days", importer, "2025-07-07", "2025-08-22", *eligible, cycle=True, count=count)
    make.add(
        "day 80", FURNITURE, "2025-07-01", "2025-07-03", *eligible, liquidation=date(2026, 5, 1), count=2,
        goods=("VN bedroom furniture", "CN luggage"),
    )
    make.add(
        "day 87", COMPONENTS, "2025-07-01", "2025-07-03", "ineligible", "file_protest", liquidation=date(2026, 4, 24),
        goods=("CN motors",),
    )
    make.add(
        "liquidated, date missing", TEXTILES, "2025-07-07", "2025-08-22", "review", "manual_review", cycle=True,
        liquidation_date_withheld=True,
    )


def _open_and_eligible(make: Builder) -> None:
    eligible = ("eligible", "file_cape")
    for importer in IMPORTERS:
        make.add("unliquidated", importer, "2025-10-01", "2025-11-07", *eligible)
        make.add("unliquidated", importer, "2025-11-12", "2026-01-30", *eligible)
        make.add("unliquidated", importer, "2026-02-09", "2026-02-23", *eligible)
    make.add(
        "foreign trade zone withdrawal", COMPONENTS, "2025-12-01", "2026-01-30", *eligible, entry_type="06",
        goods=("CN motors",),
    )
    make.add("quota entry", TEXTILES, "2025-11-12", "2026-01-30", *eligible, entry_type="02", goods=("IN curtains",))


def _held_and_special_types(make: Builder) -> None:
    later = ("eligible_paid_on_liquidation", "file_cape")
    winter = ("2025-10-15", "2026-01-30")
    make.add("extended", FURNITURE, "2025-06-09", "2025-06-27", *later, hold="Extended")
    make.add("extended", COMPONENTS, *winter, *later, hold="Extended")
    make.add("under review", KITCHENWARE, *winter, *later, hold="Under Review")
    make.add(
        "antidumping suspended", COMPONENTS, *winter, *later, goods=("CN motors",), entry_type="03", hold="Suspended",
        facts={"adcvd_status": "suspended"},
    )
    for state in ("pending", "instructions_issued"):
        make.add(
            f"antidumping {state.replace('_', ' ')}", COMPONENTS, *winter, "ineligible", "await_liquidation",
            goods=("CN motors",), entry_type="03", facts={"adcvd_status": state},
        )
    make.add(
        "antidumping state unknown", TRADING, *winter, "review", "manual_review", goods=("CN tableware",),
        entry_type="03", facts={"adcvd_status": "unknown"},
    )
    make.add(
        "USMCA duty deferral", FURNITURE, *winter, "ineligible", "manual_review", entry_type="08", goods=("MX cables",),
    )
    make.add(
        "informal entry, unliquidated", TRADING, "2026-01-12", "2026-02-20", "review", "manual_review", entry_type="11",
        goods=("CA packaging",),
    )
    for warehouse_type in ("21", "22"):
        make.add(
            "warehouse entry", COMPONENTS, *winter, "ineligible", "await_phase", entry_type=warehouse_type,
            goods=("CN motors",), owed=False,
        )
    make.add("warehouse withdrawal", COMPONENTS, *winter, *later, entry_type="31", goods=("CN motors",), count=2)
    make.add(
        "designated for drawback", COMPONENTS, *winter, "ineligible", "await_phase", facts={"drawback": "Y"},
        goods=("TW hinges",),
    )
    make.add(
        "designated for drawback, liquidated", KITCHENWARE, "2025-04-10", "2025-06-06", "ineligible", "await_phase",
        cycle=True, facts={"drawback": "Y"}, goods=("TH gloves",),
    )
    make.add("duty paid by the surety", TRADING, *winter, "ineligible", "manual_review", facts={"surety_paid": "Y"})


def _reconciliation(make: Builder) -> None:
    autumn = ("2025-10-15", "2025-12-19")
    make.add(
        "flagged, no type 09 yet", COMPONENTS, *autumn, "eligible", "file_cape", reconciliation=True, count=2,
        facts={"recon_09_filed": "N", "recon_issue": "value", "recon_due_date": "2027-07-16"},
    )
    make.add(
        "flagged, type 09 on file", KITCHENWARE, *autumn, "ineligible", "await_phase", reconciliation=True,
        facts={"recon_09_filed": "Y", "recon_issue": "value", "recon_due_date": "2027-07-16"},
    )
    make.add(
        "flagged, due within 30 days", FURNITURE, "2025-08-04", "2025-08-08", "review", "file_recon_first", cycle=True,
        reconciliation=True, goods=("MX cables",),
        facts={"recon_09_filed": "N", "recon_issue": "fta", "recon_due_date": "2026-08-10"},
    )
    make.add("flagged, type 09 unknown", FURNITURE, *autumn, "review", "manual_review", reconciliation=True)


def _not_ieepa(make: Builder) -> None:
    nothing = ("no_ieepa", "none")
    make.add("no chapter 99 duty", TEXTILES, "2025-02-05", "2025-03-07", *nothing, goods=("AU wool",), cycle=True)
    make.add("USMCA goods", FURNITURE, "2025-10-01", "2026-01-30", *nothing, goods=("MX cables, USMCA",), count=2)
    make.add("USMCA goods", TRADING, "2025-10-01", "2026-01-30", *nothing, goods=("CA packaging, USMCA",))
    make.add("listed product exempt", TRADING, "2025-10-01", "2026-01-30", *nothing, goods=("VN listed chemicals",))
    for importer in (FURNITURE, COMPONENTS, TEXTILES):
        make.add("Section 122 only", importer, "2026-02-24", "2026-02-27", *nothing)


def _stacks_and_anomalies(make: Builder) -> None:
    eligible = ("eligible", "file_cape")
    winter = ("2025-10-15", "2026-01-30")
    under_an_exempt_heading = partial(with_duty_under, heading="9903.01.32", anomaly="duty on an exempt heading")
    beside_an_unknown_number = partial(with_unknown_row, heading=UNKNOWN_HEADING, duty_usd=Decimal("118.40"))

    def one(name: str, importer: Importer, first: str, last: str, count: int = 1) -> None:
        make.add(f"stack: {name}", importer, first, last, *eligible, goods=(name,), count=count)

    one("DE plastics", KITCHENWARE, *winter, count=2)
    one("IT jewellery", TRADING, *winter)
    make.add(
        "stack: European goods above and below 15 %", KITCHENWARE, *winter, *eligible,
        goods=("FR luggage", "DE plastics"),
    )
    one("JP bearings", COMPONENTS, *winter)
    one("JP plastics", COMPONENTS, *winter)
    one("KR appliances", COMPONENTS, "2025-12-08", "2026-01-30")
    one("KR plastics", COMPONENTS, "2025-12-08", "2026-01-30")
    one("IN curtains", TEXTILES, "2026-02-09", "2026-02-20")
    one("IN curtains", TEXTILES, "2026-01-12", "2026-02-06")
    one("BR footwear", TRADING, *winter)
    one("CA electricity", TRADING, *winter)
    make.add(
        "stack: Japan before its rate was corrected", COMPONENTS, "2025-08-08", "2025-08-22", *eligible,
        goods=("JP bearings",), cycle=True,
    )
    make.add(
        "stack: steel, whole article", FURNITURE, "2025-04-10", "2025-05-30", "no_ieepa", "none",
        goods=("VN steel chairs",), cycle=True,
    )
    make.add(
        "stack: steel content and the rest", FURNITURE, *winter, *eligible,
        lines=make.split("VN steel chairs", "VN bedroom furniture"), count=2,
    )
    make.add(
        "stack: Chinese steel content and the rest", COMPONENTS, *winter, *eligible,
        lines=make.split("CN steel racks", "CN luggage"),
    )
    make.add(
        "15 % heading, column 1 not printed", KITCHENWARE, *winter, *eligible,
        lines=make.changed("DE plastics", without_printed_column_1),
    )
    make.add(
        "15 % heading, column 1 not printed", COMPONENTS, *winter, *eligible,
        lines=make.changed("JP bearings", without_printed_column_1),
    )
    make.add(
        "duty filed under an exempt heading", FURNITURE, *winter, *eligible,
        lines=make.changed("VN backpacks", under_an_exempt_heading),
    )
    make.add(
        "a number that no tariff has beside the IEEPA row", FURNITURE, *winter, *eligible,
        lines=make.changed("VN backpacks", beside_an_unknown_number),
    )


def _damaged_by_a_spreadsheet(make: Builder) -> None:
    """The broker's own file: sound entries, one with an unreadable duty, one whose number became a power of ten."""
    october = ("2025-10-06", "2025-10-31")
    for importer, goods in (
        (FURNITURE, ("CN luggage", "VN backpacks")),
        (COMPONENTS, ("CN motors", "TW hinges")),
        (KITCHENWARE, ("CN tableware", "DE plastics")),
    ):
        make.add(
            "sent on by the broker", importer, *october, "eligible", "file_cape", goods=goods, count=4, resent=True,
        )
    make.add(
        "sent on by the broker, duty unreadable", KITCHENWARE, *october, "review", "manual_review", resent=True,
        goods=("CN tableware",), amounts_known=False,
    )
    make.add(
        "sent on by the broker, entry number destroyed", TEXTILES, *october, "", "", resent=True,
        goods=("VN backpacks",), amounts_known=False,
    )
# fmt: on


def _protest(state: str, scope: str, filed: str, decided: str = "") -> dict[str, str]:
    facts = {"protest_status": state, "protest_scope": scope, "protest_filed_date": filed}
    return {**facts, "protest_decision_date": decided} if decided else facts
