"""Situations in which something is the matter, each with the least that makes it so: one for every alert code.

Belongs here: rows of the tables alerts look at. Does not belong here: expectations.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.registry.load import load_registry
from tests.support.tables import put
from tests.tables.conftest import AS_OF

Connection = duckdb.DuckDBPyConnection
Situation = Callable[[Connection, date], None]
SEEDS = Path(__file__).parents[3] / "registry_seeds"
ENTRY = "ABC00000001"
CLAIM = "100000240001"
IMPORTER = "12-3456789"
IMPORTER_KEY = "123456789"
BROKER = "98-7654321"
BATCH = f"{IMPORTER}|2026-06-05"
HUNDRED = Decimal("100.00")
REPORTS = ("ES-022", "REV-603", "REV-613", "REV-615")


def days(count: int) -> date:
    """The day that many days after the as-of day (before it, where negative)."""
    return AS_OF + timedelta(days=count)


@cache
def live_codes() -> pl.DataFrame:
    """The codes the registry ships and has not withdrawn."""
    return load_registry(SEEDS)["registry.alert_codes"].filter(pl.col("withdrawn_date").is_null())


def put_alert_codes(con: Connection) -> None:
    """Write the shipped codes."""
    con.register("shipped", live_codes())
    con.execute("insert into registry.alert_codes by name select * from shipped")
    con.unregister("shipped")


def put_entry(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    """An entry with 100.00 open and nothing the matter: a row of eligibility and one of the facts behind it."""
    given = {
        "cape_status": "ineligible",
        "recommended_path": "none",
        "importer_number": IMPORTER,
        "importer_key": IMPORTER_KEY,
        "claim_number": CLAIM,
        "refund_principal_usd": HUNDRED,
        "refund_principal_high_usd": HUNDRED,
        "open_principal_usd": HUNDRED,
        "is_accepted": False,
        "cape_treatment": "accepted",
        **facts,
    }
    for table_id in ("entries.eligibility_decisions", "entries.case_facts"):
        known = CONTRACTS[table_id].column_names()
        put(con, table_id, entry_number=entry, **{name: value for name, value in given.items() if name in known})


def put_accepted(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    """An entry CBP accepted ten days ago and shows no refund for."""
    waiting = {"cape_status": "accepted", "recommended_path": "await_refund", "is_accepted": True}
    put_entry(con, entry, **{**waiting, "accepted_date": days(-10), **facts})


def put_batch(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    """The entry's payment: 100.00 with interest, without a refund; one batch for all entries put with one id."""
    given = {
        "batch_id": BATCH,
        "payee_number": IMPORTER,
        "claim_number": CLAIM,
        "principal_usd": Decimal("95.00"),
        "interest_usd": Decimal("5.00"),
        **facts,
    }
    for table_id in ("refunds.batch_entries", "refunds.batch_members"):
        member = {name: given[name] for name in given if name in CONTRACTS[table_id].column_names()}
        put(con, table_id, entry_number=entry, **member)
    if con.execute(
        "select count(*) from refunds.refund_batches where batch_id = ?", [given["batch_id"]]
    ).fetchall() == [(0,)]:
        batch = {name: given[name] for name in given if name in CONTRACTS["refunds.refund_batches"].column_names()}
        put(con, "refunds.refund_batches", as_of_date=AS_OF, **batch)


def put_refund(con: Connection, refund: str = "R1", **facts: Any) -> None:
    """A refund of 100.00 of 1 July, credited to the importer ten days later, with one entry."""
    given = {
        "match_status": "matched",
        "payee_number": IMPORTER,
        "refund_date": date(2026, 7, 1),
        "rev603_usd": HUNDRED,
        "deposited_usd": HUNDRED,
        "bank_value_date": date(2026, 7, 11),
        "as_of_date": AS_OF,
        "is_counted": True,
        **facts,
    }
    put(con, "payments.rev603_reconciliation", reconciliation_key=refund, refund_number=refund, **given)
    put(
        con,
        "payments.entry_refunds",
        entry_number=ENTRY,
        refund_number=refund,
        refund_key=refund,
        claim_number=CLAIM,
        importer_number=IMPORTER,
        principal_variance_usd=Decimal(0),
    )


def put_pending(con: Connection, **facts: Any) -> None:
    """A refund that was sent to Treasury and is not at the bank."""
    sent = {"match_status": "pending", "refund_secondary_status": "Sent to Treasury"}
    put_refund(con, **{**sent, "deposited_usd": Decimal(0), "bank_value_date": None, **facts})


def put_load(con: Connection, report_code: str, number: int = 1, **facts: Any) -> str:
    """A file that may be read; returns its id."""
    load_id = f"{report_code}-{number}".ljust(64, "0")
    given = {"file_name": f"{report_code}.csv", "load_number": number, **facts}
    put(con, "ace.readable_loads", load_id=load_id, report_code=report_code, **given)
    return load_id


def put_importer(con: Connection, **facts: Any) -> None:
    """What importers.csv says of the importer."""
    put(con, "ace.current_importers", **{"importer_key": IMPORTER_KEY, "importer_number": IMPORTER, **facts})


# ---- one situation for every code; `day` is what its clock counts from or to ----------------------------------------


def protest_clock(con: Connection, day: date) -> None:
    put_entry(con, recommended_path="file_protest", protective_action="file_protest", protective_deadline_date=day)


def protest_in_wait(con: Connection, day: date) -> None:
    put_entry(
        con,
        recommended_path="await_phase",
        liquidation_date=day,
        protective_action="file_protest",
        protective_deadline_date=days(100),
    )


def cape_deadline(con: Connection, day: date) -> None:
    put_entry(con, cape_status="eligible", recommended_path="file_cape", cape_deadline_date=day)


def reliquidation_overdue(con: Connection, day: date) -> None:
    put_accepted(
        con,
        liquidation_state="liquidated",
        liquidation_date=day,
        reliquidation_deadline_date=day + timedelta(days=90),
        protest_deadline_date=day + timedelta(days=180),
    )


def recon_due(con: Connection, day: date) -> None:
    put_entry(con, cape_status="eligible", recommended_path="file_cape", recon_flag=True, recon_due_date=day)


def court_clock(con: Connection, day: date) -> None:
    put_entry(con, recommended_path="court", court_deadline_conservative_date=day)


def liquidation_overdue(con: Connection, day: date) -> None:
    put_accepted(con, liquidation_state="unliquidated", accepted_date=day)


def es022_blank(con: Connection, day: date) -> None:
    put_accepted(con, liquidation_state="liquidated", accepted_date=day)


def reliquidated_no_refund(con: Connection, day: date) -> None:
    put_accepted(con, liquidation_state="liquidated", liquidation_date=day, reliquidation_date=day)


def treasury_slow(con: Connection, day: date) -> None:
    put_pending(con, refund_date=day)


def ach_data_missing(con: Connection, day: date) -> None:
    put_refund(con, match_status="rejected", refund_date=day, deposited_usd=Decimal(0), bank_value_date=None)


def funds_diverted(con: Connection, day: date) -> None:
    put_refund(con, match_status="diverted", refund_date=day, unexplained_usd=Decimal("40.00"))


def refund_short(con: Connection, day: date) -> None:
    put_refund(con, match_status="short", bank_value_date=day, unexplained_usd=Decimal("40.00"))


def refund_over(con: Connection, day: date) -> None:
    put_refund(con, match_status="over", bank_value_date=day, deposited_usd=Decimal("130.00"))


def refund_unclear(con: Connection, day: date) -> None:
    put_refund(con, match_status="ambiguous", refund_date=day, deposited_usd=Decimal(0), bank_value_date=None)


def principal_short(con: Connection, day: date) -> None:
    put_entry(con, cape_status="refunded", recommended_path="dispute_refund", is_accepted=True, refund_number="R1")
    put(
        con,
        "payments.entry_refunds",
        entry_number=ENTRY,
        refund_number="R1",
        refund_key="R1",
        liquidation_date=day,
        principal_variance_usd=Decimal("-30.00"),
        cause="principal_below_expected",
        is_material=True,
    )


def put_late(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    """An entry of the refund that bears 1.50 of interest for the delay."""
    given = {
        "refund_number": "R1",
        "refund_key": "R1",
        "late_periods": 1,
        "days_to_payment": 40,
        "late_interest_usd": Decimal("1.50"),
        **facts,
    }
    put(con, "refunds.late_interest", entry_number=entry, **given)


def late_interest(con: Connection, day: date) -> None:
    put_refund(con)
    put_late(con, liquidation_date=day, payment_date=AS_OF, payment_basis="bank_value_date")


def ach_not_enrolled(con: Connection, day: date) -> None:
    put_importer(con, ach_enrolled=False)
    put_accepted(con, accepted_date=day)
    put_batch(con, accepted_date=day, payment_from_date=days(50), payment_to_date=days(80))


def no_claim_details(con: Connection, day: date) -> None:
    put(
        con,
        "refunds.declarations",
        declaration_id="file-1",
        file_name="cape.csv",
        importer_number=IMPORTER,
        status="filed",
        filed_date=day,
        accepted_entry_count=0,
        failed_entry_count=0,
        declared_principal_usd=HUNDRED,
        as_of_date=AS_OF,
    )


def client_accounting_due(con: Connection, day: date) -> None:
    put_refund(con, payee_number=BROKER, bank_value_date=day)


def window_passed(con: Connection, day: date) -> None:
    put_accepted(con)
    put_batch(con, payment_to_date=day)


def put_reports(con: Connection, *but: str, day: date = AS_OF) -> None:
    """Every report on refunds but those, run on the day."""
    for number, report_code in enumerate(REPORTS):
        if report_code not in but:
            put_load(con, report_code, number, report_run_date=day)


def report_stale(con: Connection, day: date) -> None:
    put_accepted(con)
    put_reports(con, "ES-022")
    put_load(con, "ES-022", 9, report_run_date=day)


def report_never_loaded(con: Connection, day: date) -> None:
    put_accepted(con, accepted_date=day)
    put_reports(con, "REV-613")


def report_undated(con: Connection, _: date) -> None:
    put_accepted(con)
    put_reports(con, "REV-603")
    put_load(con, "REV-603", 9)


SITUATIONS: dict[str, Situation] = {
    "PROTEST-CLOCK": protest_clock,
    "PROTEST-IN-WAIT": protest_in_wait,
    "CAPE-DEADLINE": cape_deadline,
    "RELIQUIDATION-OVERDUE": reliquidation_overdue,
    "RECON-DUE": recon_due,
    "COURT-CLOCK": court_clock,
    "LIQUIDATION-OVERDUE": liquidation_overdue,
    "ES022-BLANK": es022_blank,
    "RELIQUIDATED-NO-REFUND": reliquidated_no_refund,
    "TREASURY-SLOW": treasury_slow,
    "ACH-DATA-MISSING": ach_data_missing,
    "FUNDS-DIVERTED": funds_diverted,
    "REFUND-SHORT": refund_short,
    "PRINCIPAL-SHORT": principal_short,
    "LATE-INTEREST": late_interest,
    "REFUND-UNCLEAR": refund_unclear,
    "ACH-NOT-ENROLLED": ach_not_enrolled,
    "NO-CLAIM-DETAILS": no_claim_details,
    "CLIENT-ACCOUNTING-DUE": client_accounting_due,
    "WINDOW-PASSED": window_passed,
    "REFUND-OVER": refund_over,
    "REPORT-STALE": report_stale,
    "REPORT-NEVER-LOADED": report_never_loaded,
    "REPORT-UNDATED": report_undated,
}
