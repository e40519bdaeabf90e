"""reports.receivable_rollforward: the movements summed by importer, and the chain from close to close."""

from datetime import date
from decimal import Decimal

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_claim, build
from tests.tables.reports.books import freeze, move, put_state, set_day

Connection = duckdb.DuckDBPyConnection
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def test_without_entries_there_is_no_roll_forward(con: Connection) -> None:
    assert move(con) == {}
    assert rows_of(con, "reports.receivable_rollforward") == []


def test_each_importer_has_one_row_that_says_where_its_opening_comes_from(con: Connection) -> None:
    set_day(con, JUNE)
    put_state(con, 1, importer_key="A", principal_usd="100.00")
    put_state(con, 2, importer_key="A", stage="accepted", principal_usd="10.00", accrued_interest_usd="1.00")
    put_state(con, 3, importer_key="B", principal_usd="7.00")
    move(con)
    first = rows_of(con, "reports.receivable_rollforward")
    assert [(row["importer_key"], row["opening_basis"], row["opening_usd"], row["closing_usd"]) for row in first] == [
        ("A", "first_recognition", 0, Decimal("111.00")),
        ("B", "first_recognition", 0, Decimal("7.00")),
    ]
    freeze(con, JUNE)
    set_day(con, JULY)
    move(con)
    second = rows_of(con, "reports.receivable_rollforward")
    assert [(row["importer_key"], row["opening_basis"], row["opening_usd"], row["closing_usd"]) for row in second] == [
        ("A", "closed_period", Decimal("111.00"), Decimal("111.00")),
        ("B", "closed_period", Decimal("7.00"), Decimal("7.00")),
    ]
    assert {row["opening_close_name"] for row in second} == {"2026-06-30"}


def test_what_is_unknown_is_counted(con: Connection) -> None:
    put_state(con, 1, principal_usd="100.00", accrued_interest_usd=None)
    put_state(con, 2, principal_usd=None, accrued_interest_usd=None, is_recognised=False)
    put_state(con, 3, stage="none", principal_usd=None, accrued_interest_usd=None, is_recognised=False)
    move(con)
    (row,) = rows_of(con, "reports.receivable_rollforward")
    assert (row["entry_count"], row["principal_unknown_count"], row["interest_unknown_count"]) == (1, 1, 2)


def test_an_opening_that_is_not_the_closing_of_its_close_would_be_seen(con: Connection) -> None:
    set_day(con, JUNE)
    put_state(con, 1, principal_usd="100.00")
    move(con)
    freeze(con, JUNE)
    con.execute("update ace.closes set closing_usd = closing_usd - 0.01")
    set_day(con, JULY)
    for table_id in ("reports.receivable_movements", "reports.receivable_rollforward"):
        build(con, table_id)
    found = broken_claim(con, "reports.receivable_rollforward", "ties_to_the_cent")
    assert [row["opening_close_name"] for row in found] == ["2026-06-30"]


def test_a_closing_that_is_not_what_is_open_would_be_seen(con: Connection) -> None:
    put_state(con, 1, principal_usd="100.00")
    move(con)
    build(con, "reports.receivable_position")
    assert broken_claim(con, "reports.receivable_rollforward", "closes_on_the_open_amounts") == []
    con.execute("update reports.receivable_position set open_principal_usd = 99.99")
    assert broken_claim(con, "reports.receivable_rollforward", "closes_on_the_open_amounts") != []
