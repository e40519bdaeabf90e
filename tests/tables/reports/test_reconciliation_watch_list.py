"""reports.reconciliation_watch_list: flagged entries, when their type 09 is due, what closing early is weighed on."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "reports.reconciliation_watch_list"
ENTRY = "ABC12345676"


def put_entry(con: Connection, entry: str = ENTRY, **changes: Any) -> None:
    """A flagged, unliquidated, eligible entry of 100.00 without a type 09, with changes."""
    answer = {
        "entry_number": entry,
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "refund_principal_usd": Decimal("100.00"),
        "refund_principal_high_usd": Decimal("100.00"),
    }
    facts = {"entry_number": entry, "recon_flag": True, "recon_09_filed": False}
    for name, value in changes.items():
        (facts if name.startswith("recon_") or name == "is_accepted" else answer)[name] = value
    put(con, "entries.eligibility_decisions", **answer)
    put(con, "entries.case_facts", **facts)


def put_version(con: Connection, ordinal: int = 1, **facts: Any) -> None:
    put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=ordinal, **facts)


def watched(con: Connection) -> list[dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return rows_of(con, TABLE)


def only(con: Connection) -> dict[str, Any]:
    (row,) = watched(con)
    return row


# --- who is on the list ----------------------------------------------------------------------------------------------


def test_a_flagged_entry_is_listed_an_unflagged_one_is_not_and_an_unknown_flag_is_told(con: Connection) -> None:
    for number, flag in enumerate((True, False, None), 1):
        put_entry(con, f"ABC{number:08}", recon_flag=flag)
    told = {row["entry_number"]: (row["is_flag_unknown"], row["recon_warning"]) for row in watched(con)}
    assert told == {"ABC00000001": (False, "due_date_unknown"), "ABC00000003": (True, "flag_unknown")}


def test_what_is_unknown_is_told_with_what_to_add_and_where(con: Connection) -> None:
    put_entry(con, "ABC00000001")
    put_entry(con, "ABC00000002", recon_flag=None)
    assert [row["recon_warning_text"] for row in watched(con)] == [
        "The due date is unknown: add the Reconciliation (Other) and (FTA) Due Date columns to ES-003 or state"
        " recon_due_date in entry_facts.csv",
        "Whether the entry is flagged is unknown: add Reconciliation Indicator and NAFTA Reconciliation Indicator to"
        " ES-003",
    ]


def test_status_clocks_and_exposure_stand_beside_the_flag(con: Connection) -> None:
    put_entry(
        con,
        liquidation_date=AS_OF - timedelta(days=10),
        cape_deadline_date=AS_OF + timedelta(days=70),
        protest_deadline_date=AS_OF + timedelta(days=170),
        protective_action="file_protest",
        protective_deadline_date=AS_OF + timedelta(days=170),
    )
    row = only(con)
    assert (row["cape_status"], row["recommended_path"]) == ("eligible", "file_cape")
    assert row["cape_deadline_date"] == AS_OF + timedelta(days=70)
    assert row["protective_deadline_date"] == row["protest_deadline_date"] == AS_OF + timedelta(days=170)


# --- the due date ----------------------------------------------------------------------------------------------------


def test_due_date_basis_and_issue_are_those_the_rules_read(con: Connection) -> None:
    due = {"recon_due_date": date(2027, 1, 5), "recon_due_date_basis": "21_months_after_entry_summary"}
    put_entry(con, **due, recon_issue="value")
    assert {name: only(con)[name] for name in (*due, "recon_issue")} == {**due, "recon_issue": "value"}


def test_the_newest_version_that_prints_an_issue_code_tells_it(con: Connection) -> None:
    put_entry(con)
    put_version(con, 1, reconciliation_issue_code="001")
    put_version(con, 2, reconciliation_issue_code="003")
    put_version(con, 3)
    assert only(con)["reconciliation_issue_code"] == "003"


# --- the warning -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "warning"),
    [
        (-1, "past_due"),
        (0, "due_within_30_days"),
        (30, "due_within_30_days"),
        (31, "due_within_75_days"),
        (75, "due_within_75_days"),
        (76, None),
    ],
)
def test_the_warning_changes_on_its_days(con: Connection, left: int, warning: str | None) -> None:
    put_entry(con, recon_due_date=AS_OF + timedelta(days=left))
    row = only(con)
    assert (row["recon_days_left"], row["recon_warning"]) == (left, warning)
    assert (row["recon_warning_text"] is None) is (warning is None)


def test_within_30_days_both_consequences_are_told(con: Connection) -> None:
    put_entry(con, recon_due_date=AS_OF + timedelta(days=30))
    told = only(con)["recon_warning_text"]
    assert "filed first" in told
    assert "CAPE does not take the entry" in told


@pytest.mark.parametrize("facts", [{"is_accepted": True}, {"cape_status": "refunded"}])
@pytest.mark.parametrize(("left", "warning"), [(30, "due_within_30_days"), (31, None)])
def test_after_acceptance_only_the_due_date_itself_is_left_to_mind(
    con: Connection, facts: dict[str, Any], left: int, warning: str | None
) -> None:
    put_entry(con, **facts, recon_due_date=AS_OF + timedelta(days=left))
    row = only(con)
    assert row["recon_warning"] == warning
    assert "filed first" not in (row["recon_warning_text"] or "")


def test_an_entry_with_a_type_09_on_file_is_listed_without_warning_or_comparison(con: Connection) -> None:
    put_entry(con, recon_09_filed=True, recon_due_date=AS_OF - timedelta(days=5))
    put(con, "ace.current_entry_facts", entry_number=ENTRY, recon_exposure_usd=Decimal("60.00"))
    row = only(con)
    told = ("recon_warning", "recon_warning_text", "early_close_difference_usd", "early_close_comparison")
    assert [row[name] for name in told] == [None] * 4


def test_a_free_trade_flag_that_is_past_due_is_said_to_expire(con: Connection) -> None:
    put_entry(con, recon_issue="fta", recon_due_date=AS_OF - timedelta(days=1))
    assert "expires" in only(con)["recon_warning_text"]


# --- closing early ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "exposure", "difference", "comparison"),
    [
        ("100.00", "100.00", "99.99", "0.01", "ieepa_larger"),
        ("100.00", "100.00", "100.00", "0.00", "equal"),
        ("100.00", "100.00", "100.01", "-0.01", "exposure_larger"),
        ("100.00", "110.00", "100.00", "0.00", "within_range"),
        ("100.00", "110.00", "110.00", "-10.00", "within_range"),
        ("100.00", "110.00", "110.01", "-10.01", "exposure_larger"),
        ("100.00", "110.00", None, None, "unknown"),
        (None, None, "1.00", None, "unknown"),
    ],
)
def test_the_exposure_is_compared_with_the_refund_and_missing_figures_compare_with_nothing(
    con: Connection, low: str | None, high: str | None, exposure: str | None, difference: str | None, comparison: str
) -> None:
    put_entry(con, refund_principal_usd=low and Decimal(low), refund_principal_high_usd=high and Decimal(high))
    put(con, "ace.current_entry_facts", entry_number=ENTRY, recon_exposure_usd=exposure and Decimal(exposure))
    row = only(con)
    assert row["early_close_difference_usd"] == (difference and Decimal(difference))
    assert row["early_close_comparison"] == comparison
