"""registry.calendar_days: which days business is done on, counted within the month and forward."""

from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import empty_tables, put, rows_of
from tests.tables.promises import broken_promises

TABLE = "registry.calendar_days"
NEW_YEAR = date(2026, 1, 1)  # a Thursday


def holiday(con: duckdb.DuckDBPyConnection, day: date, name: str = "A holiday", withdrawn: date | None = None) -> None:
    put(con, "registry.federal_holidays", holiday_date=day, holiday_name=name, withdrawn_date=withdrawn)


def days(con: duckdb.DuckDBPyConnection) -> dict[date, dict[str, Any]]:
    return {row["calendar_date"]: row for row in rows_of(con, TABLE)}


def test_the_calendar_runs_from_the_first_day_of_the_first_year_with_a_holiday_to_the_last_day_of_the_last(
    con: duckdb.DuckDBPyConnection,
) -> None:
    holiday(con, date(2024, 7, 4))
    holiday(con, date(2026, 7, 3))
    found = days(con)
    assert (min(found), max(found), len(found)) == (date(2024, 1, 1), date(2026, 12, 31), 366 + 365 + 365)


def test_without_holidays_there_is_no_calendar_rather_than_one_without_holidays(con: duckdb.DuckDBPyConnection) -> None:
    assert days(con) == {}
    holiday(con, NEW_YEAR, withdrawn=date(2026, 11, 1))
    assert days(con) == {}


def test_a_withdrawn_holiday_does_not_lengthen_the_calendar(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, NEW_YEAR)
    holiday(con, date(2031, 1, 1), withdrawn=date(2026, 11, 1))
    assert max(days(con)) == date(2026, 12, 31)


def test_weekends_and_holidays_are_not_business_days_and_their_neighbours_are(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, NEW_YEAR, "New Year's Day")
    found = days(con)
    assert [found[date(2026, 1, day)]["is_business_day"] for day in range(1, 6)] == [False, True, False, False, True]
    assert [found[date(2026, 1, day)]["is_weekend"] for day in range(1, 6)] == [False, False, True, True, False]
    assert [found[date(2026, 1, day)]["holiday_name"] for day in (1, 2)] == ["New Year's Day", None]


def test_a_holiday_withdrawn_as_wrong_is_a_business_day_and_its_correction_counts_once(
    con: duckdb.DuckDBPyConnection,
) -> None:
    holiday(con, NEW_YEAR, "wrong name", withdrawn=date(2026, 11, 1))
    holiday(con, NEW_YEAR, "New Year's Day")
    holiday(con, date(2026, 1, 9), withdrawn=date(2026, 11, 1))
    found = days(con)
    assert len(rows_of(con, TABLE)) == 365
    assert found[NEW_YEAR]["holiday_name"] == "New Year's Day"
    assert found[date(2026, 1, 9)]["is_business_day"]


def test_working_days_are_counted_within_their_month_and_other_days_have_no_number(
    con: duckdb.DuckDBPyConnection,
) -> None:
    holiday(con, NEW_YEAR)
    found = days(con)
    numbers = [found[date(2026, 1, day)]["working_day_of_month"] for day in range(1, 7)]
    assert numbers == [None, 1, None, None, 2, 3]
    assert found[date(2026, 1, 30)]["working_day_of_month"] == 21
    assert found[date(2026, 2, 2)]["working_day_of_month"] == 1


def test_the_next_business_day_comes_after_the_day_itself(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, NEW_YEAR)
    holiday(con, date(2026, 1, 19), "Martin Luther King's Birthday")
    found = days(con)
    assert found[date(2026, 1, 5)]["next_business_day"] == date(2026, 1, 6)
    assert found[NEW_YEAR]["next_business_day"] == date(2026, 1, 2)
    assert found[date(2026, 1, 16)]["next_business_day"] == date(2026, 1, 20)
    assert found[date(2026, 1, 18)]["next_business_day"] == date(2026, 1, 20)


def test_the_next_business_day_is_unknown_where_the_calendar_ends(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, NEW_YEAR)
    found = days(con)  # 2026 ends on a Thursday
    assert found[date(2026, 12, 30)]["next_business_day"] == date(2026, 12, 31)
    assert found[date(2026, 12, 31)]["next_business_day"] is None


def test_the_calendar_of_the_shipped_holidays_keeps_its_promises(con: duckdb.DuckDBPyConnection) -> None:
    holidays = load_registry(project_files("registry_seeds"))["registry.federal_holidays"]
    con.register("shipped", holidays)
    con.execute("insert into registry.federal_holidays by name select * from shipped")
    con.unregister("shipped")
    assert broken_promises(con, TABLE) == []
    found = days(con)
    assert found[date(2026, 6, 19)]["holiday_name"] is not None
    assert found[date(2026, 7, 22)]["working_day_of_month"] == 15


WEEKDAYS_2025 = [date(2025, 1, 1) + timedelta(days=n) for n in range(365) if n % 7 not in (3, 4)]


@given(st.sets(st.sampled_from(WEEKDAYS_2025), min_size=1, max_size=40))
def test_counting_by_hand_gives_the_same_days(chosen: set[date]) -> None:
    with empty_tables() as con:
        for day in chosen:
            holiday(con, day)
        found = days(con)
    business = [day for day in found if day.weekday() < 5 and day not in chosen]
    assert [day for day in found if found[day]["is_business_day"]] == business
    for day, row in found.items():
        assert row["next_business_day"] == next((later for later in business if later > day), None)
        before = [other for other in business if (other.year, other.month) == (day.year, day.month) and other <= day]
        assert row["working_day_of_month"] == (len(before) if day in business else None)


def test_liquidations_run_from_monday_to_thursday_and_not_on_holidays(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, NEW_YEAR)
    holiday(con, date(2026, 1, 19))  # a Monday
    found = days(con)
    runs = {1: 5, 2: 5, 5: 5, 8: 8, 9: 12, 15: 15, 16: 20, 19: 20, 20: 20}
    assert {day: found[date(2026, 1, day)]["liquidation_run_on_or_after"].day for day in runs} == runs
    assert found[date(2026, 12, 31)]["liquidation_run_on_or_after"] == date(2026, 12, 31)


def test_after_the_last_run_of_the_calendar_none_is_known(con: duckdb.DuckDBPyConnection) -> None:
    holiday(con, date(2027, 1, 1))
    assert days(con)[date(2027, 12, 31)]["liquidation_run_on_or_after"] is None  # a Friday
