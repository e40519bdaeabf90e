"""refunds.booked_growth: what a dollar has earned by each day; refunds.accrued_interest has the amounts."""

from datetime import date
from itertools import groupby, pairwise

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


def test_a_month_of_a_span_opens_with_the_month_before_of_no_other_span(con: Connection) -> None:
    put_published_rates(con)
    mid_january = date(2026, 1, 15)
    days = {"deposit_earliest_date": mid_january, "deposit_latest_date": mid_january}
    other_ways: tuple[dict[str, object], ...] = (
        {},
        {"deposit_earliest_date": date(2026, 1, 5)},
        {"deposit_latest_date": date(2026, 1, 25)},
        {"accrued_through_date": date(2026, 3, 20)},
        {"rate_class_high": "noncorporate"},
        {"rate_class": "noncorporate", "rate_class_high": "noncorporate"},
    )
    for n, other in enumerate(other_ways, 1):
        told = {"deposit_date": mid_january, "accrued_through_date": date(2026, 3, 10), **days, **other}
        put_book_term(con, n, **told)
    put_growth(con)
    span = ("deposit_earliest_date", "deposit_latest_date", "accrued_through_date", "rate_class", "rate_class_high")
    rows = sorted(
        rows_of(con, "refunds.booked_growth"), key=lambda row: [row[name] for name in (*span, "through_date")]
    )
    spans = [list(months) for _, months in groupby(rows, key=lambda row: [row[name] for name in span])]
    assert [len(months) for months in spans] == [3] * len(other_ways)
    for months in spans:
        assert months[0]["month_opening_growth"] == 0
        assert all(later["month_opening_growth"] == before["low_growth"] for before, later in pairwise(months))


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
