"""payments.alerts: what somebody should look at, from the day it is due and not a day before."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"
HUNDRED = Decimal("100.00")
MAILBOX = "IEEPARefunds@cbp.dhs.gov"


def days(count: int) -> date:
    """The day that many days after the as-of day (before it, where negative)."""
    return AS_OF + timedelta(days=count)


def put_entry(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    """An entry with nothing the matter."""
    given = {
        "as_of_date": AS_OF,
        "cape_status": "ineligible",
        "recommended_path": "none",
        "importer_number": "12-3456789",
        "claim_number": "100000240001",
        "open_principal_usd": HUNDRED,
        **facts,
    }
    put(con, "entries.eligibility", entry_number=entry, **given)


def put_refund(con: Connection, **facts: Any) -> None:
    """A refund of 100.00 of 1 July that is matched."""
    given = {
        "reconciliation_key": "R1",
        "refund_number": "R1",
        "match_status": "matched",
        "refund_date": date(2026, 7, 1),
        "rev603_usd": HUNDRED,
        "cause": "why",
        "next_action": "what",
        "as_of_date": AS_OF,
        **facts,
    }
    put(con, "payments.rev603_reconciliation", **given)


def put_batch(con: Connection, **facts: Any) -> None:
    given = {"batch_id": "12-3456789|2026-06-05", "total_usd": HUNDRED, "as_of_date": AS_OF, **facts}
    put(con, "refunds.refund_batches", **given)


def raised(con: Connection) -> dict[str, dict[str, Any]]:
    """The alerts by code; every one of them keeps the contract."""
    rows = rows_of(con, "payments.alerts")
    assert broken_promises(con, "payments.alerts") == []
    assert len({row["alert_code"] for row in rows}) == len(rows)
    return {row["alert_code"]: row for row in rows}


# ---- rights at risk -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("left", "late"), [(31, None), (30, 0), (29, 1), (0, 30), (-1, None)])
def test_the_protest_clock_is_told_from_30_days_before_its_last_day_to_that_day(
    con: Connection, left: int, late: int | None
) -> None:
    put_entry(
        con,
        recommended_path="await_phase",
        protective_action="file_protest",
        protective_deadline_date=days(left),
    )
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["PROTEST-CLOCK"])
    for alert in alerts.values():
        assert (alert["alert_key"], alert["severity"]) == (f"PROTEST-CLOCK {ENTRY}", "right_at_risk")
        assert (alert["due_date"], alert["days_late"], alert["since_date"]) == (days(left), late, days(left - 30))
        assert (alert["amount_usd"], alert["claim_number"]) == (HUNDRED, "100000240001")
        assert "await_phase" in alert["message"]


def test_an_entry_without_a_protective_action_has_no_protest_clock(con: Connection) -> None:
    put_entry(con, protective_deadline_date=days(10))
    assert raised(con) == {}


@pytest.mark.parametrize(("left", "late"), [(15, None), (14, 0), (2, 12), (0, 14), (-1, None)])
@pytest.mark.parametrize("path", ["file_cape", "withdraw_protest_then_cape"])
def test_day_80_is_told_from_14_days_before_it_to_that_day(
    con: Connection, path: str, left: int, late: int | None
) -> None:
    put_entry(con, recommended_path=path, cape_deadline_date=days(left))
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["CAPE-DEADLINE"])
    for alert in alerts.values():
        assert (alert["severity"], alert["due_date"], alert["days_late"]) == ("right_at_risk", days(left), late)
        assert "day 78" in alert["next_action"]


@pytest.mark.parametrize("path", ["await_refund", "court", "manual_review", "fix_and_refile"])
def test_an_entry_that_is_not_to_be_filed_has_no_day_80(con: Connection, path: str) -> None:
    put_entry(con, recommended_path=path, cape_deadline_date=days(5))
    assert raised(con) == {}


# ---- accepted and not paid ----------------------------------------------------------------------------------------


def put_accepted(con: Connection, reason: str | None = None, **facts: Any) -> None:
    put_entry(con, cape_status="accepted", recommended_path="await_refund", **facts)
    put(con, "refunds.batch_entries", entry_number=ENTRY, undated_reason=reason)


@pytest.mark.parametrize(("ago", "late"), [(60, None), (61, 1), (90, 30)])
def test_no_refund_in_es022_is_told_after_day_60_from_acceptance(con: Connection, ago: int, late: int | None) -> None:
    put_accepted(con, accepted_date=days(-ago))
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["ES022-BLANK"])
    for alert in alerts.values():
        assert (alert["severity"], alert["days_late"], alert["amount_usd"]) == ("money_missing", late, HUNDRED)
        assert MAILBOX in alert["next_action"]


@pytest.mark.parametrize("reason", ["suspended", "extended", "under review", "warehouse entry or withdrawal"])
def test_an_entry_that_cbp_holds_is_not_late_in_es022(con: Connection, reason: str) -> None:
    put_accepted(con, reason, accepted_date=days(-90))
    assert raised(con) == {}


@pytest.mark.parametrize(("ago", "late"), [(30, None), (31, 1)])
def test_a_reliquidated_entry_in_no_refund_is_told_after_the_30_days_of_the_law(
    con: Connection, ago: int, late: int | None
) -> None:
    put_accepted(con, reliquidation_date=days(-ago))
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["RELIQUIDATED-NO-REFUND"])
    assert [alert["days_late"] for alert in alerts.values()] == ([] if late is None else [late])


def test_an_entry_that_is_reviewed_because_two_claims_accepted_it_is_late_all_the_same(con: Connection) -> None:
    put_accepted(con, accepted_date=days(-90), reliquidation_date=days(-60))
    con.execute("update entries.eligibility set cape_status = 'review'")
    assert sorted(raised(con)) == ["ES022-BLANK", "RELIQUIDATED-NO-REFUND"]


def test_an_entry_that_is_refunded_is_in_neither_list(con: Connection) -> None:
    put_accepted(con, accepted_date=days(-90), reliquidation_date=days(-60))
    con.execute("update entries.eligibility set cape_status = 'refunded'")
    assert raised(con) == {}


# ---- refunds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "severity"),
    [
        ("diverted", "FUNDS-DIVERTED", "money_missing"),
        ("rejected", "REFUND-REJECTED", "money_missing"),
        ("short", "REFUND-SHORT", "money_missing"),
        ("over", "REFUND-OVER", "information"),
        ("ambiguous", "REFUND-UNCLEAR", "money_missing"),
        ("not_in_rev603", "REFUND-UNCLEAR", "money_missing"),
        ("not_in_es022", "REFUND-UNCLEAR", "money_missing"),
    ],
)
def test_a_refund_that_does_not_match_is_told_at_once_with_its_cause_and_action(
    con: Connection, status: str, code: str, severity: str
) -> None:
    put_refund(con, match_status=status, refund_date=AS_OF)
    alert = raised(con)[code]
    assert (alert["alert_key"], alert["refund_number"], alert["entry_number"]) == (f"{code} R1", "R1", None)
    assert (alert["severity"], alert["days_late"], alert["amount_usd"]) == (severity, 0, HUNDRED)
    assert (alert["message"], alert["next_action"]) == ("why", "what")


def test_a_matched_refund_needs_nobody(con: Connection) -> None:
    put_refund(con)
    assert raised(con) == {}


@pytest.mark.parametrize(("ago", "late"), [(14, None), (15, 1)])
def test_treasury_is_slow_after_14_days(con: Connection, ago: int, late: int | None) -> None:
    put_refund(con, match_status="pending", refund_date=days(-ago))
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["TREASURY-SLOW"])
    assert [alert["since_date"] for alert in alerts.values()] == ([] if late is None else [days(-1)])


def test_a_refund_without_a_date_is_told_from_the_day_it_is_seen_and_never_as_slow(con: Connection) -> None:
    put_refund(con, match_status="rejected", refund_date=None)
    put_refund(con, reconciliation_key="R2", refund_number="R2", match_status="pending", refund_date=None)
    alerts = raised(con)
    assert list(alerts) == ["REFUND-REJECTED"]
    assert (alerts["REFUND-REJECTED"]["since_date"], alerts["REFUND-REJECTED"]["days_late"]) == (AS_OF, 0)


def test_a_refund_that_only_es022_names_is_worth_what_es022_says(con: Connection) -> None:
    put_refund(con, match_status="not_in_rev603", rev603_usd=None, es022_usd=Decimal("99.00"))
    assert raised(con)["REFUND-UNCLEAR"]["amount_usd"] == Decimal("99.00")


def test_a_batch_that_is_waited_for_is_no_refund_yet(con: Connection) -> None:
    put_refund(con, reconciliation_key="batch x", refund_number=None, match_status="pending", refund_date=days(-30))
    assert raised(con) == {}


# ---- batches and importers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ago", "late"), [(0, None), (1, 1), (-1, None), (None, None)])
def test_a_window_that_passed_without_a_refund_is_told_the_day_after(
    con: Connection, ago: int | None, late: int | None
) -> None:
    put_batch(con, payment_to_date=None if ago is None else days(-ago))
    alerts = raised(con)
    assert list(alerts) == ([] if late is None else ["WINDOW-PASSED"])
    for alert in alerts.values():
        assert alert["alert_key"] == "WINDOW-PASSED 12-3456789|2026-06-05"
        assert (alert["amount_usd"], alert["days_late"]) == (HUNDRED, late)


def test_a_batch_cbp_shows_a_refund_for_is_not_waited_for(con: Connection) -> None:
    put_batch(con, payment_to_date=days(-10), refund_numbers=["R1"])
    assert raised(con) == {}


def put_facts(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    given = {
        "as_of_date": AS_OF,
        "importer_number": "12-3456789",
        "ach_enrolled": False,
        "refund_principal_usd": HUNDRED,
        "payee_basis": "importer",
        **facts,
    }
    put(con, "entries.case_facts", entry_number=entry, **given)


def test_an_importer_who_cannot_be_paid_is_told_once_with_all_that_waits(con: Connection) -> None:
    put_facts(con, "ABC00000001")
    put_facts(con, "ABC00000002", payee_basis="refund_report")
    alert = raised(con)["ACH-NOT-ENROLLED"]
    assert (alert["alert_key"], alert["importer_number"]) == ("ACH-NOT-ENROLLED 12-3456789", "12-3456789")
    assert (alert["amount_usd"], alert["days_late"], alert["entry_number"]) == (Decimal("200.00"), 0, None)


@pytest.mark.parametrize(
    "facts",
    [
        {"ach_enrolled": True},
        {"ach_enrolled": None},
        {"refund_principal_usd": Decimal("0.00")},
        {"refund_principal_usd": None},
        {"payee_basis": "designated"},
        {"payee_basis": "es022"},
    ],
)
def test_an_importer_who_is_enrolled_has_nothing_to_come_or_is_not_the_payee_is_not_told(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_facts(con, **facts)
    assert raised(con) == {}
