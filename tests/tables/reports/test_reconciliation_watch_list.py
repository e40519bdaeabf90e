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
LOAD = "1" * 64


def put_entry(con: Connection, entry: str = ENTRY, **changes: Any) -> None:
    """A flagged, unliquidated, eligible entry of 100.00 without a type 09, with changes."""
    answer = {
        "entry_number": entry,
        "as_of_date": AS_OF,
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "refund_principal_usd": Decimal("100.00"),
        "refund_principal_high_usd": Decimal("100.00"),
    }
    facts = {"entry_number": entry, "as_of_date": AS_OF, "recon_flag": True, "recon_09_filed": False}
    for name, value in changes.items():
        (facts if name.startswith("recon_") or name == "is_accepted" else answer)[name] = value
    put(con, "entries.eligibility", **answer)
    put(con, "entries.case_facts", **facts)


def put_version(con: Connection, ordinal: int = 1, **facts: Any) -> None:
    put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=ordinal, **facts)


def put_import(con: Connection, row: int, day: date | None, load: str = LOAD) -> None:
    put(con, "ace.es003_tariff_lines", load_id=load, source_row=row, entry_number=ENTRY, importation_date=day)


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


def due(con: Connection) -> tuple[date | None, str | None]:
    row = only(con)
    return row["recon_due_date"], row["recon_due_date_basis"]


def test_a_day_the_user_states_goes_before_a_reported_and_that_before_a_computed_one(con: Connection) -> None:
    put_entry(con, recon_due_date=date(2027, 1, 5))
    put_version(con, entry_summary_date=date(2025, 4, 1))
    assert due(con) == (date(2027, 1, 5), "reported")
    put(con, "ace.current_entry_facts", entry_number=ENTRY, recon_due_date=date(2027, 1, 5))
    assert due(con) == (date(2027, 1, 5), "user_fact")


def test_a_fact_of_the_user_without_a_day_leaves_the_reported_one(con: Connection) -> None:
    put_entry(con, recon_due_date=date(2027, 1, 5))
    put(con, "ace.current_entry_facts", entry_number=ENTRY)
    assert due(con) == (date(2027, 1, 5), "reported")


@pytest.mark.parametrize(
    ("filed", "due_date"),
    [
        (date(2025, 3, 10), date(2026, 12, 10)),
        (date(2025, 5, 31), date(2027, 2, 28)),
    ],
)
def test_value_class_and_9802_are_due_21_months_after_the_earliest_entry_summary(
    con: Connection, filed: date, due_date: date
) -> None:
    put_entry(con)
    put_version(con, 1, entry_summary_date=filed)
    put_version(con, 2, entry_summary_date=filed + timedelta(days=30))
    assert due(con) == (due_date, "21_months_after_entry_summary")


@pytest.mark.parametrize("mark", ["Y", "yes", "1", " true "])
def test_a_free_trade_flag_is_due_12_months_after_the_earliest_import(con: Connection, mark: str) -> None:
    put_entry(con)
    put_version(con, entry_summary_date=date(2025, 8, 20), has_fta_reconciliation_column=True,
        fta_reconciliation_indicator=mark)  # fmt: skip
    put(con, "ace.readable_loads", load_id=LOAD)
    for row, day in enumerate((date(2025, 8, 14), date(2025, 8, 12), None), 1):
        put_import(con, row, day)
    put_import(con, 4, date(2025, 1, 1), load="2" * 64)  # of a file that is not read
    assert due(con) == (date(2026, 8, 12), "12_months_after_import")
    assert only(con)["recon_issue"] == "fta"


def test_without_the_day_of_import_a_free_trade_flag_has_no_day_to_rely_on(con: Connection) -> None:
    put_entry(con, recon_issue="fta")
    put_version(con, entry_summary_date=date(2025, 8, 20))
    assert due(con) == (None, None)
    assert only(con)["recon_warning"] == "due_date_unknown"


def test_an_entry_with_both_flags_is_due_by_the_free_trade_one_and_its_issue_is_not_one(con: Connection) -> None:
    put_entry(con)
    put_version(con, has_reconciliation_column=True, reconciliation_indicator="Y", has_fta_reconciliation_column=True,
        fta_reconciliation_indicator="Y", entry_summary_date=date(2025, 8, 20))  # fmt: skip
    put(con, "ace.readable_loads", load_id=LOAD)
    put_import(con, 1, date(2025, 8, 12))
    assert due(con) == (date(2026, 8, 12), "12_months_after_import")
    assert only(con)["recon_issue"] is None


def test_the_newest_version_that_has_the_column_tells_the_flag(con: Connection) -> None:
    put_entry(con)
    put_version(con, 1, has_fta_reconciliation_column=True, fta_reconciliation_indicator="Y",
        reconciliation_issue_code="001", entry_summary_date=date(2025, 8, 20))  # fmt: skip
    put_version(con, 2, has_fta_reconciliation_column=True, fta_reconciliation_indicator=None)
    put_version(con, 3, has_fta_reconciliation_column=False)
    row = only(con)
    assert (row["recon_issue"], row["reconciliation_issue_code"]) == (None, "001")
    assert row["recon_due_date_basis"] == "21_months_after_entry_summary"


def test_no_day_is_computed_for_an_entry_that_may_not_be_flagged(con: Connection) -> None:
    put_entry(con, recon_flag=None)
    put_version(con, entry_summary_date=date(2025, 8, 20))
    assert due(con) == (None, None)


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
