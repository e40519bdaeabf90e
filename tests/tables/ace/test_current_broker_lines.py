"""ace.current_broker_lines: of the lists that hold an entry the newest counts, as a whole."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import ENTRY, load_id, readable
from tests.tables.promises import broken_promises

TABLE = "ace.current_broker_lines"
OLD, NEW = date(2026, 3, 1), date(2026, 4, 1)


def received(
    con: duckdb.DuckDBPyConnection, load: int, lines: dict[int, str], run: date | None = None, entry: str = ENTRY
) -> None:
    """One readable list with lines and what was paid on them."""
    readable(con, load, "BROKER-LINES", run)
    for row, (line, paid) in enumerate(lines.items(), 2):
        put(
            con,
            "ace.broker_lines",
            load_id=load_id(load),
            source_row=row,
            entry_number=entry,
            line_number=line,
            paid_duty_usd=Decimal(paid),
        )


def current(con: duckdb.DuckDBPyConnection) -> list[tuple[int, Decimal, int, bool]]:
    assert broken_promises(con, TABLE) == []
    return [
        (row["line_number"], row["paid_duty_usd"], row["load_number"], row["has_lost_lines"])
        for row in rows_of(con, TABLE)
    ]


@pytest.mark.parametrize(
    ("first_run", "second_run", "counts"),
    [(OLD, NEW, 2), (NEW, OLD, 1), (NEW, NEW, 2), (None, None, 2), (OLD, None, 1), (None, OLD, 2)],
)
def test_the_list_run_last_counts_and_then_the_one_received_last(
    con: duckdb.DuckDBPyConnection, first_run: date | None, second_run: date | None, counts: int
) -> None:
    received(con, 1, {1: "1"}, first_run)
    received(con, 2, {1: "2"}, second_run)
    assert current(con) == [(1, counts, counts, False)]


def test_a_list_counts_as_a_whole_and_says_that_an_older_one_has_more_lines(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, {1: "1", 2: "1"}, OLD)
    received(con, 2, {1: "2", 3: "2"}, NEW)
    assert current(con) == [(1, 2, 2, True), (3, 2, 2, True)]


def test_lines_that_are_new_are_not_lost(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, {1: "1"}, OLD)
    received(con, 2, {1: "2", 2: "2"}, NEW)
    assert current(con) == [(1, 2, 2, False), (2, 2, 2, False)]


def test_lists_of_other_entries_leave_an_entry_alone(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, {1: "1"}, OLD)
    received(con, 2, {1: "2", 2: "2"}, NEW, entry="ABC00000001")
    assert current(con) == [(1, 2, 2, False), (2, 2, 2, False), (1, 1, 1, False)]


def test_a_list_that_may_not_be_read_does_not_count(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, {1: "1"}, OLD)
    put(con, "ace.broker_lines", load_id=load_id(9), entry_number=ENTRY, line_number=2)
    assert current(con) == [(1, 1, 1, False)]
