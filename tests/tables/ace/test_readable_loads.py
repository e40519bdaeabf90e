"""ace.readable_loads: no file stated to be run after the day, and of the user's own files the newest of each name."""

from datetime import date

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import load
from tests.tables.promises import broken_promises

TABLE = "ace.readable_loads"
AS_OF = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def _valuation_day(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "registry.as_of", as_of_date=AS_OF)


def read(con: duckdb.DuckDBPyConnection) -> list[int]:
    return [row["load_number"] for row in rows_of(con, TABLE)]


def test_a_file_run_on_the_day_is_read_and_one_run_the_day_after_is_not(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, run=date(2026, 6, 29))
    load(con, 2, run=AS_OF)
    load(con, 3, run=date(2026, 7, 1))
    assert read(con) == [1, 2]


def test_a_file_that_states_no_run_date_is_always_read(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, run=None)
    assert read(con) == [1]


def test_every_file_of_a_report_is_read_even_under_one_name(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, name="ES-003.csv")
    load(con, 2, name="ES-003.csv")
    assert read(con) == [1, 2]


@pytest.mark.parametrize(
    "report",
    ["IMPORTERS", "ENTRY-FACTS", "DECLARATIONS", "ATTESTATIONS", "EXCLUSIONS", "ALERTS-ACK", "PAYEES", "LOADS"],
)
def test_a_newer_reference_file_replaces_the_older_of_its_name_and_no_other(
    con: duckdb.DuckDBPyConnection, report: str
) -> None:
    load(con, 1, report, name="a.csv")
    load(con, 2, report, name="b.csv")
    load(con, 3, report, name="a.csv")
    assert read(con) == [2, 3]


def test_one_name_for_two_kinds_of_reference_file_replaces_nothing(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "IMPORTERS", name="mine.csv")
    load(con, 2, "ENTRY-FACTS", name="mine.csv")
    assert read(con) == [1, 2]


def test_a_reference_file_from_after_the_day_does_not_replace_the_one_that_stood_on_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    load(con, 1, "ENTRY-FACTS", run=date(2026, 6, 1), name="facts.csv")
    load(con, 2, "ENTRY-FACTS", run=date(2026, 7, 1), name="facts.csv")
    assert read(con) == [1]


def test_what_is_known_of_the_file_is_passed_on(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        "ace.loads",
        load_id="a" * 64,
        load_number=7,
        report_code="ES-022",
        file_name="cape.xlsx",
        report_run_date=AS_OF,
        columns_present=["entry_number", "claim_number"],
    )
    assert rows_of(con, TABLE) == [
        {
            "load_id": "a" * 64,
            "load_number": 7,
            "report_code": "ES-022",
            "file_name": "cape.xlsx",
            "report_run_date": AS_OF,
            "columns_present": ["entry_number", "claim_number"],
        }
    ]
    assert broken_promises(con, TABLE) == []


def test_without_a_valuation_day_nothing_is_read(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from registry.as_of")
    load(con, 1)
    assert read(con) == []
