"""refunds.accrual_dates: every month end, every close and the last day of a span, and nothing else."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import put_book_term, put_close

Connection = duckdb.DuckDBPyConnection


def days(con: Connection) -> list[tuple[date, bool]]:
    rows = rows_of(con, "refunds.accrual_dates")
    assert broken_promises(con, "refunds.accrual_dates") == []
    return [(row["through_date"], row["ends_month"]) for row in rows]


def test_a_span_is_told_at_every_month_end_and_on_its_last_day(con: Connection) -> None:
    put_book_term(con, deposit_date=date(2025, 12, 15), accrued_through_date=date(2026, 3, 10))
    ends = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 10))
    assert days(con) == [(day, True) for day in ends]


def test_a_close_inside_a_month_is_told_and_ends_no_month(con: Connection) -> None:
    put_book_term(con, deposit_date=date(2026, 1, 5), accrued_through_date=date(2026, 2, 28))
    put_close(con, date(2026, 2, 14))
    assert days(con) == [(date(2026, 1, 31), True), (date(2026, 2, 14), False), (date(2026, 2, 28), True)]
    assert [row["is_close"] for row in rows_of(con, "refunds.accrual_dates")] == [False, True, False]


def test_a_close_on_a_month_end_is_told_once(con: Connection) -> None:
    put_book_term(con, deposit_date=date(2026, 1, 5), accrued_through_date=date(2026, 2, 10))
    put_close(con, date(2026, 1, 31))
    assert days(con) == [(date(2026, 1, 31), True), (date(2026, 2, 10), True)]


def test_closes_before_the_deposit_and_after_the_end_are_no_days_of_the_span(con: Connection) -> None:
    put_book_term(con, deposit_date=date(2026, 1, 5), accrued_through_date=date(2026, 1, 20))
    for last_day in (date(2026, 1, 4), date(2026, 1, 21)):
        put_close(con, last_day)
    assert days(con) == [(date(2026, 1, 20), True)]


def test_a_deposit_on_its_last_day_has_one_day_and_one_after_it_has_none(con: Connection) -> None:
    put_book_term(con, 1, deposit_date=date(2026, 1, 20), accrued_through_date=date(2026, 1, 20))
    put_book_term(con, 2, deposit_date=date(2026, 1, 21), accrued_through_date=date(2026, 1, 20))
    put_book_term(con, 3, deposit_date=None, accrued_through_date=date(2026, 1, 20))
    assert days(con) == [(date(2026, 1, 20), True)]


def test_equal_spans_of_many_entries_are_told_once(con: Connection) -> None:
    for n in range(3):
        put_book_term(con, n, deposit_date=date(2026, 1, 5), accrued_through_date=date(2026, 1, 20))
    assert len(days(con)) == 1
