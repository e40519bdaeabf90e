"""reports.position: the one row to read first, and its sums."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def put_load(con: Connection, n: int, report: str, run_date: date | None) -> str:
    load = f"{n:064}"
    put(con, "ace.readable_loads", load_id=load, load_number=n, report_code=report, report_run_date=run_date)
    return load


def put_entry(con: Connection, n: int, paid: str | None, **amounts: str | None) -> None:
    number = f"ABC{n:08}"
    put(con, "entries.case_facts", entry_number=number, paid_duty_usd=paid and Decimal(paid))
    given = {name: told and Decimal(told) for name, told in amounts.items()}
    put(con, "entries.eligibility_decisions", entry_number=number, **given)


def only(con: Connection) -> dict[str, Any]:
    (row,) = rows_of(con, "reports.position", registry_version="rules")
    assert broken_promises(con, "reports.position") == []
    return row


def test_an_empty_warehouse_has_a_day_and_nothing_else_and_no_sum_is_zero(con: Connection) -> None:
    row = only(con)
    counts = ("undated_load_count", "entry_count", "later_entry_count", "principal_unknown_count")
    assert row["as_of_date"] == AS_OF
    assert [row[name] for name in (*counts, "quarantined_row_count")] == [0] * 5
    assert {row[name] for name in row if name.endswith(("_usd", "run_date"))} == {None}
    assert row["registry_version"] == "rules"


def test_money_is_summed_over_the_entries_and_entries_of_unknown_worth_are_counted(con: Connection) -> None:
    put_entry(
        con,
        1,
        "150.00",
        refund_principal_usd="100.00",
        refund_principal_high_usd="110.00",
        refunded_principal_usd="60.00",
        open_principal_usd="40.00",
    )
    put_entry(con, 2, "0.01", refund_principal_usd="0.01", refund_principal_high_usd="0.01", open_principal_usd="0.01")
    put_entry(con, 3, None)
    row = only(con)
    names = ("paid_duty_usd", "refund_principal_usd", "refund_principal_high_usd", "refunded_principal_usd")
    assert [row[name] for name in names] == [Decimal(told) for told in ("150.01", "100.01", "110.01", "60.00")]
    assert (row["open_principal_usd"], row["entry_count"], row["principal_unknown_count"]) == (Decimal("40.01"), 3, 1)


def test_entries_dated_after_the_day_are_counted_and_in_no_sum(con: Connection) -> None:
    put_entry(con, 1, "150.00", refund_principal_usd="100.00", open_principal_usd="100.00")
    put_entry(con, 2, "7.00", refund_principal_usd="5.00", open_principal_usd="5.00")
    put_entry(con, 3, None)
    con.execute(
        "update entries.eligibility_decisions set cape_status = 'review', recommended_path = 'manual_review',"
        " entry_date = if(entry_number = 'ABC00000001', $day, $day + 1)",
        {"day": AS_OF},
    )
    row = only(con)
    assert (row["entry_count"], row["later_entry_count"], row["principal_unknown_count"]) == (3, 2, 0)
    assert (row["paid_duty_usd"], row["open_principal_usd"]) == (Decimal("150.00"), Decimal("100.00"))


def test_an_entry_dated_after_the_day_counts_as_others_do_once_something_is_known_of_it(con: Connection) -> None:
    """Only what the rules could not judge because the day has not come is later: `review` by hand."""
    for n, (status, path) in enumerate(
        [("ineligible", "manual_review"), ("review", "file_recon_first"), ("accepted", "await_refund")], 1
    ):
        put_entry(con, n, "10.00", refund_principal_usd="4.00", open_principal_usd="4.00")
        con.execute(
            "update entries.eligibility_decisions set cape_status = ?, recommended_path = ?, entry_date = ?"
            " where entry_number = ?",
            [status, path, AS_OF + timedelta(days=1), f"ABC{n:08}"],
        )
    row = only(con)
    assert (row["later_entry_count"], row["paid_duty_usd"]) == (0, Decimal("30.00"))


def test_cash_is_summed_over_the_cape_refunds(con: Connection) -> None:
    for n, amount in enumerate(("60.00", "4.00", "0.00")):
        put(con, "payments.rev603_reconciliation", reconciliation_key=f"R{n}", deposited_usd=Decimal(amount))
    assert only(con)["deposited_usd"] == Decimal("64.00")


def test_the_newest_dated_report_of_each_kind_is_named(con: Connection) -> None:
    for n, (report, day) in enumerate(
        (("ES-003", 1), ("ES-003", 17), ("ES-003", None), ("ES-022", 16), ("REV-603", None)), 1
    ):
        put_load(con, n, report, date(2026, 7, day) if day else None)
    row = only(con)
    assert row["newest_es003_run_date"] == date(2026, 7, 17)
    assert row["newest_es022_run_date"] == date(2026, 7, 16)
    assert row["newest_rev603_run_date"] is None
    assert row["undated_load_count"] == 2


@pytest.mark.parametrize(
    "report", ["IMPORTERS", "ENTRY-FACTS", "DECLARATIONS", "UPLOADED", "ATTESTATIONS", "EXCLUSIONS", "BANK"]
)
def test_the_users_own_files_have_no_run_date_to_state(con: Connection, report: str) -> None:
    put_load(con, 1, report, None)
    assert only(con)["undated_load_count"] == 0


def test_a_quarantined_row_counts_once_however_many_of_its_columns_are_bad(con: Connection) -> None:
    first, second = put_load(con, 1, "ES-003", None), put_load(con, 2, "ES-003", None)
    for load, row, column in ((first, 5, "duty_usd"), (first, 5, "entry_date"), (first, 6, "x"), (second, 5, "x")):
        put(con, "ace.quarantine", load_id=load, source_row=row, column_name=column)
    put(con, "ace.quarantine", load_id="9" * 64, source_row=1)
    assert only(con)["quarantined_row_count"] == 3
