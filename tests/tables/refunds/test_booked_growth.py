"""refunds.booked_growth: what a dollar has earned by each day; refunds.accrued_interest has the amounts."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_claim, broken_promises
from tests.tables.refunds.booked import put_book_term, put_close, put_growth
from tests.tables.refunds.rates import put_factors, put_published_rates, put_terms

Connection = duckdb.DuckDBPyConnection


CLAIM = "what_has_ended_is_what_the_terms_earn"


def test_a_month_opens_with_what_the_month_before_ended_with_and_a_close_opens_none(con: Connection) -> None:
    put_published_rates(con)
    put_close(con, date(2026, 2, 14))
    put_book_term(con, deposit_date=date(2026, 1, 15), accrued_through_date=date(2026, 3, 10))
    put_growth(con)
    january, close, february, march = rows_of(con, "refunds.booked_growth")
    assert (january["month_opening_growth"], close["month_opening_growth"]) == (0, None)
    assert february["month_opening_growth"] == january["low_growth"]
    assert march["month_opening_growth"] == february["low_growth"] < march["low_growth"]
    assert broken_promises(con, "refunds.booked_growth") == []


def test_what_has_ended_earns_what_its_terms_earn_and_another_growth_would_be_seen(con: Connection) -> None:
    put_published_rates(con)
    days = {"deposit_date": date(2025, 5, 15)}
    put_terms(con, accrual_end_date=date(2026, 6, 10), **days)
    put_factors(con)
    put_book_term(con, accrued_through_date=date(2026, 6, 10), **days)
    put_growth(con)
    assert broken_claim(con, "refunds.booked_growth", CLAIM) == []
    con.execute("update refunds.interest_factors set closing_factor = closing_factor + 0.000001")
    assert broken_claim(con, "refunds.booked_growth", CLAIM) != []
