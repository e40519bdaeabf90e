"""refunds.interest_segments: the walk by quarters, unrounded, from the principal to principal and interest."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.support.oracle.interest import accrue
from tests.support.tables import empty_tables, put, rows_of
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.rates import put_factors, put_published_rates, put_terms, seed_rates

Connection = duckdb.DuckDBPyConnection


def test_a_walk_over_two_quarters_names_their_days_and_rates(con: Connection) -> None:
    put_published_rates(con)
    put_terms(con, deposit_date=date(2026, 3, 30), accrual_end_date=date(2026, 4, 3))
    put_factors(con)
    build(con, "refunds.interest_accruals")
    first, second = rows_of(con, "refunds.interest_segments")
    assert (first["quarter_start"], first["days"], first["annual_rate"]) == (date(2026, 1, 1), 1, Decimal("0.060000"))
    assert (second["quarter_start"], second["days"], second["annual_rate"]) == (
        date(2026, 4, 1),
        3,
        Decimal("0.050000"),
    )
    assert first["opening_usd"] == Decimal("1000.00")
    assert first["closing_usd"] == second["opening_usd"]
    assert broken_promises(con, "refunds.interest_segments") == []


def test_an_entry_follows_the_walk_of_its_own_days_and_class_only(con: Connection) -> None:
    put_published_rates(con)
    put_terms(con, 1)
    put_terms(con, 2, rate_class="noncorporate")
    put_terms(con, 3, accrual_end_date=date(2026, 6, 11))
    put_terms(con, 4, deposit_date=date(2025, 6, 3))
    put_factors(con)
    build(con, "refunds.interest_accruals")
    rows = con.execute(
        "select entry_number, sum(days), sum(interest_usd) from refunds.interest_segments group by all order by all"
    ).fetchall()
    assert [days for _, days, _ in rows] == [373, 373, 374, 372]
    assert len({interest for *_, interest in rows}) == 4


def test_an_entry_without_interest_has_no_walk(con: Connection) -> None:
    put(con, "refunds.interest_accruals", interest_unknown_reason="deposit_date_unknown")
    assert rows_of(con, "refunds.interest_segments") == []


def test_an_entry_deposited_on_the_last_day_has_one_segment_of_no_days(con: Connection) -> None:
    put_published_rates(con)
    put_terms(con, deposit_date=date(2026, 6, 10))
    put_factors(con)
    build(con, "refunds.interest_accruals")
    (row,) = rows_of(con, "refunds.interest_segments")
    assert (row["days"], row["interest_usd"], row["closing_usd"]) == (0, 0, Decimal("1000.00"))


@given(
    start=st.dates(date(2024, 12, 1), date(2026, 9, 1)),
    days=st.integers(1, 500),
    cents=st.integers(1, 10**11),
    rate_class=st.sampled_from(["corporate", "noncorporate"]),
)
def test_the_segments_chain_sum_to_the_unrounded_interest_and_are_those_of_the_oracle(
    start: date, days: int, cents: int, rate_class: str
) -> None:
    end = min(start + timedelta(days=days), date(2026, 12, 31))
    principal = Decimal(cents) / 100
    with empty_tables() as con:
        put_published_rates(con)
        put_terms(con, principal_usd=principal, deposit_date=start, accrual_end_date=end, rate_class=rate_class)
        put_factors(con)
        build(con, "refunds.interest_accruals")
        segments = rows_of(con, "refunds.interest_segments")
        (accrual,) = rows_of(con, "refunds.interest_accruals")
    walk = accrue(principal, start, end, rate_class, seed_rates())
    with localcontext() as context:
        context.prec = 60
        total = sum((segment["interest_usd"] for segment in segments), Decimal(0))
        assert segments[0]["opening_usd"] == principal
        assert all(one["closing_usd"] == two["opening_usd"] for one, two in pairwise(segments))
        assert total == segments[-1]["closing_usd"] - principal
        assert sum(segment["days"] for segment in segments) == accrual["accrual_days"] == walk["days"]
        assert total.quantize(Decimal("0.01"), "ROUND_HALF_UP") == accrual["interest_usd"] == walk["interest_usd"]
        assert abs(total - walk["interest_unrounded"]) < principal * Decimal("1e-18")
    told = [(s["quarter_start"], s["days"], s["annual_rate"]) for s in walk["segments"]]
    assert [(s["quarter_start"], s["days"], s["annual_rate"]) for s in segments] == told
