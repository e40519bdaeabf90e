"""The clocks `entries.deadlines` starts from every known liquidation.

Belongs here: the three dates, whose liquidation they run from, and that they move for nothing. Does not belong here:
what they mean on a day (`test_eligibility.py`).
"""

from datetime import date
from typing import Any

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def liquidate(con: Connection, day: str, **changes: Any) -> None:
    put(con, "entries.reported_liquidations", liquidation_date=date.fromisoformat(day), **changes)


def test_day_78_warns_and_days_80_90_and_180_end_the_three_clocks(con: Connection) -> None:
    liquidate(con, "2026-01-30")
    (row,) = rows_of(con, "entries.deadlines")
    assert row["cape_warning_date"] == date(2026, 4, 18)
    assert row["cape_deadline_date"] == date(2026, 4, 20)
    assert row["reliquidation_deadline_date"] == date(2026, 4, 30)
    assert row["protest_deadline_date"] == date(2026, 7, 29)


def test_weekends_and_holidays_are_told_and_move_no_clock(law: Connection) -> None:
    liquidate(law, "2026-04-15", entry_number="A")  # day 80 is Saturday 4 July 2026, day 180 Monday 12 October
    liquidate(law, "2026-01-30", entry_number="B")  # day 80 is Monday 20 April, day 180 Wednesday 29 July
    a, b = rows_of(law, "entries.deadlines")
    assert a["cape_deadline_date"] == date(2026, 7, 4)
    assert a["protest_deadline_date"] == date(2026, 10, 12)
    assert (a["is_cape_deadline_business_day"], a["is_protest_deadline_business_day"]) == (False, False)
    assert (b["is_cape_deadline_business_day"], b["is_protest_deadline_business_day"]) == (True, True)


def test_beyond_the_known_holidays_it_is_unknown_whether_a_day_is_a_business_day(law: Connection) -> None:
    liquidate(law, "2031-01-02")
    (row,) = rows_of(law, "entries.deadlines")
    assert (row["is_cape_deadline_business_day"], row["is_protest_deadline_business_day"]) == (None, None)


def test_a_liquidation_keeps_the_month_of_its_entry(con: Connection) -> None:
    liquidate(con, "2026-01-30", entry_number="ABC00000001", partition_month="2025-06")
    liquidate(con, "2026-01-30", entry_number="ABC00000002", partition_month="undated")
    assert [row["partition_month"] for row in rows_of(con, "entries.deadlines")] == ["2025-06", "undated"]
    assert broken_promises(con, "entries.deadlines") == []
