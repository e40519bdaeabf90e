"""reports.calendar_events: one event for all entries of an importer with the same deadline on the same day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "reports.calendar_events"
DAY = AS_OF + timedelta(days=30)


def put_deadline(con: Connection, number: int, amount: str | None = "100.00", **changes: Any) -> None:
    given: dict[str, Any] = {
        "entry_number": f"ABC{number:08}",
        "as_of_date": AS_OF,
        "importer_number": "12-3456789",
        "importer_key": "123456789",
        "deadline_kind": "protest",
        "deadline_date": DAY,
        "amount_usd": amount and Decimal(amount),
        **changes,
    }
    put(con, "reports.deadline_calendar", **given)


def events(con: Connection) -> list[dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return rows_of(con, TABLE)


def test_entries_of_one_importer_with_one_deadline_on_one_day_are_one_event(con: Connection) -> None:
    put_deadline(con, 1, is_protective=True)
    put_deadline(con, 2, "0.01")
    put_deadline(con, 3, None)
    (row,) = events(con)
    assert row["event_key"] == f"123456789 protest {DAY}"
    assert (row["entry_count"], row["protective_entry_count"], row["principal_unknown_count"]) == (3, 1, 1)
    assert row["amount_usd"] == Decimal("100.01")
    assert row["first_entry_numbers"] == ["ABC00000001", "ABC00000002", "ABC00000003"]


def test_another_importer_kind_or_day_is_another_event(con: Connection) -> None:
    put_deadline(con, 1)
    put_deadline(con, 2, importer_key="987654321")
    put_deadline(con, 3, importer_key=None, importer_number=None)
    put_deadline(con, 4, deadline_kind="psc")
    put_deadline(con, 5, deadline_date=DAY + timedelta(days=1))
    assert len(events(con)) == 5
    assert {row["importer_key"] for row in events(con)} == {"123456789", "987654321", None}


def test_the_entrys_own_court_date_makes_no_event(con: Connection) -> None:
    put_deadline(con, 1, deadline_kind="court")
    put_deadline(con, 2, deadline_kind="court_conservative")
    assert [row["deadline_kind"] for row in events(con)] == ["court_conservative"]


def test_no_known_amount_is_no_amount(con: Connection) -> None:
    put_deadline(con, 1, None)
    (row,) = events(con)
    assert (row["amount_usd"], row["principal_unknown_count"]) == (None, 1)


def test_the_ten_largest_amounts_are_named_and_ties_go_by_entry_number(con: Connection) -> None:
    for number in range(1, 13):
        put_deadline(con, number, None if number == 1 else f"{number // 2}.00")
    (row,) = events(con)
    assert row["entry_count"] == 12
    assert row["first_entry_numbers"] == [f"ABC{number:08}" for number in (12, 10, 11, 8, 9, 6, 7, 4, 5, 2)]


def test_the_events_hold_every_deadline_once(con: Connection) -> None:
    put_deadline(con, 1)
    put_deadline(con, 2)
    put_deadline(con, 3, deadline_kind="court")
    put_deadline(con, 4, deadline_date=date(2027, 1, 4))
    assert [(row["deadline_date"], row["entry_count"]) for row in events(con)] == [(DAY, 2), (date(2027, 1, 4), 1)]
