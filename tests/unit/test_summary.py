"""The closing summary says in a sentence each what a reader must know before the figures: gaps, leftovers, readings."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import duckdb
import pytest
from rich.console import Console

from cape_pipeline.contracts.fields import ALERT_SEVERITIES, UNDRAFTED_REASONS
from cape_pipeline.summary import (
    ACKNOWLEDGED,
    ALERTS,
    ALERTS_BY_SEVERITY,
    BATCHES,
    COVERAGE,
    HELD_BACK,
    LAGS,
    OTHER_READINGS,
    SEVERITIES,
    STILL_CARRYING,
    WITHHELD,
    Summary,
    print_summary,
    rows_of,
)
from tests.support.tables import choose, empty_tables, put

Connection = duckdb.DuckDBPyConnection
POSITION = {
    "as_of_date": date(2026, 7, 20),
    "newest_es003_run_date": date(2026, 7, 1),
    "undated_load_count": 0,
    "entry_count": 1,
    "quarantined_row_count": 0,
    "refund_principal_usd": Decimal("1.00"),
    "refund_principal_high_usd": Decimal("1.00"),
    "refunded_principal_usd": None,
    "deposited_usd": None,
    "open_principal_usd": Decimal("1.00"),
    "principal_unknown_count": 0,
}


@pytest.fixture
def con() -> Iterator[Connection]:
    """A connection whose tables are empty; what a test writes is rolled back."""
    with empty_tables() as connection:
        yield connection


def put_month(con: Connection, importer: str, month: str, finding: str | None) -> None:
    put(con, "ace.coverage", importer_key=importer, entry_month=month, coverage_finding=finding)


def put_effect(con: Connection, entry: str, after: str | None) -> None:
    put(con, "entries.cape_effects", entry_number=entry, ieepa_after_usd=None if after is None else Decimal(after))


def printed(con: Connection) -> str:
    """What the summary prints of the two tables, in one line."""
    written = StringIO()
    summary = Summary(
        position=POSITION,
        coverage=rows_of(con, COVERAGE),
        still_carrying=rows_of(con, STILL_CARRYING)[0],
        other_readings=rows_of(con, OTHER_READINGS),
        paths=[],
        batches=rows_of(con, BATCHES),
        lags=rows_of(con, LAGS),
        unpaid=[],
        alerts=rows_of(con, ALERTS),
        alerts_by_severity=rows_of(con, ALERTS_BY_SEVERITY),
        acknowledged=rows_of(con, ACKNOWLEDGED)[0],
        drafts={"declaration_count": 0},
        withheld=rows_of(con, WITHHELD),
    )
    print_summary(Console(file=written, width=200), summary, "no files")
    return " ".join(written.getvalue().split())


def test_a_complete_warehouse_says_nothing_of_it(con: Connection) -> None:
    put_month(con, "A", "2025-06", None)
    put_month(con, "A", "2025-07", "no_entries_though_asked")
    put_effect(con, "ABC00000001", "0.00")
    put_effect(con, "ABC00000002", None)
    told = printed(con)
    assert "ace.coverage" not in told
    assert "later ES-003" not in told


def test_gaps_are_counted_and_their_first_three_months_named_once(con: Connection) -> None:
    for month in ("2025-09", "2025-06", "2025-08", "2025-07"):
        put_month(con, "A", month, "no_entries")
    put_month(con, "B", "2025-06", "no_entries")
    put_month(con, "B", "2025-10", "sudden_drop")
    told = printed(con)
    assert "known to have asked: 5 (2025-06, 2025-07, 2025-08 and later); see ace.coverage." in told
    assert "Months with fewer than half of an importer's usual entries: 1 (2025-10); see ace.coverage." in told


def test_three_months_are_all_there_are(con: Connection) -> None:
    for month in ("2025-06", "2025-07", "2025-08"):
        put_month(con, "A", month, "too_many_quarantined")
    assert "set aside: 3 (2025-06, 2025-07, 2025-08); see ace.coverage." in printed(con)


def test_accepted_entries_that_still_show_the_duty_are_counted_with_its_sum(con: Connection) -> None:
    put_effect(con, "ABC00000001", "10.00")
    put_effect(con, "ABC00000002", "0.01")
    put_effect(con, "ABC00000003", "0.00")
    assert "2 accepted entries still show IEEPA duty in a later ES-003, 10.01 in all; see entries.cape_effects." in (
        printed(con)
    )


def test_readings_chosen_in_place_of_the_default_are_named_and_defaults_are_not(con: Connection) -> None:
    assert "Not the default reading" not in printed(con)
    choose(con, other_than_default=["interest_end=refund_date", "law_date=filing_date"])
    assert "Not the default reading of the law: interest_end=refund_date, law_date=filing_date." in printed(con)


def put_candidate(con: Connection, n: int, reason: str | None, *facts: str, path: str = "file_cape") -> None:
    given = {"undrafted_reason": reason, "unattested_facts": list(facts), "recommended_path": path}
    put(con, "refunds.filing_candidates", entry_number=f"ABC{n:08}", **given)


def test_what_may_be_filed_and_is_on_no_draft_is_counted_by_the_reason(con: Connection) -> None:
    put_candidate(con, 1, None)
    put_candidate(con, 2, "unverified_facts", "drawback")
    put_candidate(con, 3, "unverified_facts", "drawback", "surety_paid")
    put_candidate(con, 4, "excluded")
    put_candidate(con, 5, "refiling_not_confirmed", path="fix_and_refile")
    told = printed(con)
    assert "Not drafted: 2 entries whose drawback is neither stated in entry_facts.csv nor vouched for" in told
    assert "Not drafted: 1 entries whose surety_paid is neither" in told
    assert "Not drafted: 1 entries that exclusions.csv keeps off." in told
    assert told.count("Not drafted") == 3


def test_every_reason_that_holds_back_what_may_be_filed_has_its_words() -> None:
    assert set(HELD_BACK) == set(UNDRAFTED_REASONS) - {"other_rules_unmet", "refiling_not_confirmed"}


def put_alert(con: Connection, code: str, severity: str, amount: str | None, **facts: Any) -> None:
    order = ALERT_SEVERITIES.index(severity) + 1
    usd = None if amount is None else Decimal(amount)
    key = " ".join([code, *(str(value) for value in facts.values())])
    put(
        con,
        "payments.alerts",
        alert_key=key,
        alert_code=code,
        severity=severity,
        severity_order=order,
        amount_usd=usd,
        **facts,
    )


def put_code(con: Connection, code: str, severity: str, **facts: Any) -> None:
    put(con, "registry.alert_codes", alert_code=code, severity=severity, recorded_date=date(2026, 11, 21), **facts)


def test_without_alerts_nothing_is_to_be_looked_at(con: Connection) -> None:
    told = printed(con)
    assert "Look at" not in told
    assert "Open alerts" not in told
    assert "alerts_ack.csv" not in told


def test_open_alerts_are_summed_by_severity_with_the_money_of_an_entry_once(con: Connection) -> None:
    put_code(con, "COURT-CLOCK", "right_at_risk", alert_meaning="The court date is near.", next_action="Ask counsel.")
    put_code(con, "CAPE-DEADLINE", "right_at_risk")
    put_code(con, "REFUND-SHORT", "money_missing")
    put_alert(con, "COURT-CLOCK", "right_at_risk", "100.00", entry_number="ABC00000001")
    put_alert(con, "CAPE-DEADLINE", "right_at_risk", "100.00", entry_number="ABC00000001")
    put_alert(con, "COURT-CLOCK", "right_at_risk", "20.00", entry_number="ABC00000002")
    put_alert(con, "COURT-CLOCK", "right_at_risk", None, entry_number="ABC00000003")
    put_alert(con, "REFUND-SHORT", "money_missing", "7.50", refund_number="R1")
    told = printed(con)
    assert "Open alerts: rights at risk 4 (120.00); money missing 1 (7.50). See payments.alerts." in told
    assert "120.00 +?" in told
    assert "The court date is near." in told
    assert "Ask counsel." in told


def test_an_acknowledged_alert_is_counted_apart(con: Connection) -> None:
    put_code(con, "COURT-CLOCK", "right_at_risk")
    put_alert(con, "COURT-CLOCK", "right_at_risk", "20.00", entry_number="ABC00000001")
    put_alert(con, "COURT-CLOCK", "right_at_risk", "30.00", entry_number="ABC00000002", is_acknowledged=True)
    told = printed(con)
    assert "Open alerts: rights at risk 1 (20.00). See payments.alerts." in told
    assert "Acknowledged in alerts_ack.csv and not counted: 1." in told


def test_an_alert_without_money_of_its_own_shows_none(con: Connection) -> None:
    put_code(con, "REPORT-STALE", "information")
    put_alert(con, "REPORT-STALE", "information", None, message="x")
    assert "Open alerts: information 1. See payments.alerts." in printed(con)
    assert "+?" not in printed(con)


def test_every_severity_has_its_words() -> None:
    assert tuple(SEVERITIES) == ALERT_SEVERITIES


def test_a_batch_whose_payee_or_date_is_in_doubt_says_so(con: Connection) -> None:
    day = {"liquidation_date": date(2026, 6, 6), "liquidation_basis": "forecast", "payee_number": "36-9998887"}
    put(con, "refunds.refund_batches", batch_id="1", **day)
    told = printed(con)
    assert "2026-06-06 (forecast)" in told
    assert "or the importer" not in told
    put(con, "refunds.refund_batches", batch_id="2", **day, is_payee_ambiguous=True, is_forecast_passed=True)
    told = printed(con)
    assert "36-9998887 (or the importer)" in told
    assert "2026-06-06 (forecast, passed)" in told


def test_the_days_seen_stand_beside_the_policy_and_too_few_cases_have_no_median(con: Connection) -> None:
    assert "Days seen so far" not in printed(con)
    policy = {"timing_policy": "csms_acceptance_60_90", "policy_days_from": 60, "policy_days_to": 90}
    seen = {"liquidation_track": "unliquidated", "entry_count": 3, "min_days": 63, "max_days": 71}
    put(con, "refunds.payment_lags", lag="acceptance_to_payment", **seen, **policy)
    told = printed(con)
    assert "acceptance to payment" in told
    assert "60 to 90 (csms_acceptance_60_90)" in told
    assert "None" not in told
