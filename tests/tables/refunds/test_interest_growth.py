"""refunds.interest_growth: what a dollar earns over each span; refunds.interest_accruals has the amounts."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import choose, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.rates import put_factors, put_flat_rate, put_terms

Connection = duckdb.DuckDBPyConnection


DAYS = {"deposit_date": date(2025, 7, 1), "accrual_end_date": date(2025, 7, 3)}


def test_a_dollar_earns_from_the_stated_the_latest_and_the_earliest_day(con: Connection) -> None:
    put_flat_rate(con, "0.073000")  # 0.0002 a day
    put_terms(con, **DAYS, deposit_latest_date=date(2025, 7, 2), deposit_earliest_date=date(2025, 7, 1))
    put_factors(con)
    (row,) = rows_of(con, "refunds.interest_growth")
    assert (row["accrual_days"], row["stated_growth"], row["high_growth"]) == (2, *(Decimal("0.00040004"),) * 2)
    assert row["least_growth"] == Decimal("0.0002")
    assert broken_promises(con, "refunds.interest_growth") == []


@pytest.mark.parametrize(("policy", "days"), [("both", 3), ("last_day_in", 2), ("neither", 1)])
def test_the_days_are_counted_as_the_policy_says(con: Connection, policy: str, days: int) -> None:
    choose(con, interest_day_count_policy=policy)
    put_terms(con, **DAYS)
    assert [row["accrual_days"] for row in rows_of(con, "refunds.interest_growth")] == [days]


def test_beyond_the_rates_it_is_unknown_and_without_days_it_is_nothing(con: Connection) -> None:
    put_terms(con, 1, **DAYS)
    put_terms(con, 2, deposit_date=date(2025, 7, 3), accrual_end_date=date(2025, 7, 3))
    assert [row["stated_growth"] for row in rows_of(con, "refunds.interest_growth")] == [None, 0]
