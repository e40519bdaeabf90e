"""ace.entry_version_loads: which files make up which version of an entry summary."""

from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tables import empty_tables, rows_of
from tests.tables.ace.received import ENTRY, load_id, readable, tariff_row
from tests.tables.promises import broken_promises

TABLE = "ace.entry_version_loads"
OTHER = "ABC12345684"


def ordinals(con: duckdb.DuckDBPyConnection, entry: str = ENTRY) -> dict[int, int]:
    """Version by load number."""
    rows = [row for row in rows_of(con, TABLE) if row["entry_number"] == entry]
    return {row["load_number"]: row["version_ordinal"] for row in rows}


def filed(con: duckdb.DuckDBPyConnection, *parts: tuple[int, ...], run: date | None = None) -> None:
    """Files loaded in this order, each with these lines of the entry."""
    for number, lines in enumerate(parts, 1):
        readable(con, number, run=run)
        for line in lines:
            tariff_row(con, number, line=line)


def in_order(con: duckdb.DuckDBPyConnection, ordinal: str = "version_ordinal") -> list[int]:
    """The ordinal of every file, in order of loading."""
    rows = sorted(rows_of(con, TABLE), key=lambda row: row["load_number"])
    return [row[ordinal] for row in rows]


# ---- files with a run date ------------------------------------------------------------------------------------------


def test_files_of_one_run_date_are_one_version_even_where_they_repeat_rows(con: duckdb.DuckDBPyConnection) -> None:
    filed(con, (1, 2), (1, 3), run=date(2026, 3, 1))
    assert ordinals(con) == {1: 1, 2: 1}


def test_files_of_one_run_date_that_repeat_rows_are_runs_of_that_day(con: duckdb.DuckDBPyConnection) -> None:
    filed(con, (1, 2), (3,), (1, 2), (3,), run=date(2026, 3, 1))
    assert in_order(con) == [1, 1, 1, 1]
    assert in_order(con, "run_ordinal") == [1, 1, 2, 2]


def test_runs_are_counted_within_each_day(con: duckdb.DuckDBPyConnection) -> None:
    for number, day in ((1, 1), (2, 2), (3, 2), (4, 3)):
        readable(con, number, run=date(2026, 3, day))
        tariff_row(con, number)
    assert in_order(con) == [1, 2, 2, 3]
    assert in_order(con, "run_ordinal") == [1, 1, 2, 1]


def test_versions_follow_the_run_date_and_not_the_order_of_loading(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 1, run=date(2026, 3, 2))
    readable(con, 2, run=date(2026, 3, 1))
    tariff_row(con, 1)
    tariff_row(con, 2)
    assert ordinals(con) == {1: 2, 2: 1}


# ---- files without one ----------------------------------------------------------------------------------------------


def test_undated_files_that_repeat_no_row_are_parts_of_one_version(con: duckdb.DuckDBPyConnection) -> None:
    for number in (1, 2, 3):
        readable(con, number)
        tariff_row(con, number, line=1, ordinal=number)
    assert ordinals(con) == {1: 1, 2: 1, 3: 1}


def test_undated_files_that_repeat_one_row_are_versions_in_the_order_of_loading(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for number in (2, 1):
        readable(con, number)
        tariff_row(con, number, line=1)
        tariff_row(con, number, line=number + 1)
    assert ordinals(con) == {1: 1, 2: 2}


@pytest.mark.parametrize(
    ("parts", "versions"),
    [
        (((1,), (2,), (2,)), [1, 1, 2]),
        (((1,), (2,), (2,), (3,)), [1, 1, 2, 2]),
        (((1,), (2,), (1, 2)), [1, 1, 2]),
        (((1, 2), (1,), (2,)), [1, 2, 2]),
        (((1, 2), (1,), (1,)), [1, 2, 3]),
        (((1,), (2,), (1,), (2,), (1,), (2,)), [1, 1, 2, 2, 3, 3]),
        (((1, 2), (1, 3), (2, 3)), [1, 2, 3]),
        (((1, 2), (1,), (3,), (2,)), [1, 2, 2, 2]),
    ],
    ids=[
        "a file that repeats begins a version",
        "a new part joins the version of its time",
        "one file repeats two",
        "a newer run in parts",
        "a row in the newer run as well",
        "every run in parts",
        "a row of the run before and one of the run before that",
        "parts old and new",
    ],
)
def test_an_undated_file_begins_a_version_where_it_repeats_a_row_of_the_run_so_far(
    con: duckdb.DuckDBPyConnection, parts: tuple[tuple[int, ...], ...], versions: list[int]
) -> None:
    filed(con, *parts)
    assert in_order(con) == versions
    assert set(in_order(con, "run_ordinal")) == {1}


@given(st.lists(st.frozensets(st.integers(1, 4), min_size=1), min_size=1, max_size=7))
def test_no_row_stands_twice_in_an_undated_version_and_each_begins_where_one_would(
    parts: list[frozenset[int]],
) -> None:
    with empty_tables() as con:
        filed(con, *(tuple(part) for part in parts))
        versions = in_order(con)
    so_far: frozenset[int] = frozenset()
    expected = 1
    for part, found in zip(parts, versions, strict=True):
        if part & so_far:
            expected, so_far = expected + 1, frozenset()
        so_far |= part
        assert found == expected


def test_a_row_that_stands_twice_in_one_undated_file_repeats_nothing(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 1)
    readable(con, 2)
    tariff_row(con, 1, line=1, source_row=2)
    tariff_row(con, 1, line=1, source_row=3)
    tariff_row(con, 2, line=2)
    assert ordinals(con) == {1: 1, 2: 1}


def test_undated_versions_come_before_dated_ones_whatever_was_loaded_first(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 1, run=date(2025, 1, 1))
    for number in (2, 3):
        readable(con, number)
    for number in (1, 2, 3):
        tariff_row(con, number)
    tariff_row(con, 1, line=2)
    tariff_row(con, 1, line=3)
    assert ordinals(con) == {2: 1, 3: 2, 1: 3}


def test_a_dated_file_that_repeats_the_rows_of_undated_parts_does_not_part_them(
    con: duckdb.DuckDBPyConnection,
) -> None:
    readable(con, 1)
    readable(con, 2)
    readable(con, 3, run=date(2026, 3, 1))
    tariff_row(con, 1, line=1)
    tariff_row(con, 2, line=2)
    for line in (1, 2):
        tariff_row(con, 3, line=line)
    assert ordinals(con) == {1: 1, 2: 1, 3: 2}


def test_rows_repeated_in_one_entry_do_not_part_the_files_of_another(con: duckdb.DuckDBPyConnection) -> None:
    for number in (1, 2):
        readable(con, number)
        tariff_row(con, number, line=1)
        tariff_row(con, number, line=number, entry=OTHER)
    assert ordinals(con) == {1: 1, 2: 2}
    assert ordinals(con, OTHER) == {1: 1, 2: 1}


def test_a_file_that_may_not_be_read_makes_no_version(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 1, run=date(2026, 3, 1))
    tariff_row(con, 1)
    tariff_row(con, 2)
    assert ordinals(con) == {1: 1}


def test_a_version_names_its_file_and_run_date(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 4, run=date(2026, 3, 1))
    tariff_row(con, 4, line=1)
    tariff_row(con, 4, line=2)
    assert rows_of(con, TABLE) == [
        {
            "entry_number": ENTRY,
            "load_id": load_id(4),
            "load_number": 4,
            "report_run_date": date(2026, 3, 1),
            "version_ordinal": 1,
            "run_ordinal": 1,
        }
    ]
    assert broken_promises(con, TABLE) == []
