"""reports.interest_by_period: what every entry earned in each month, so that the months sum to what has accrued."""

import random
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from tests.support.oracle.interest import accrue
from tests.support.tables import empty_tables, rows_of
from tests.tables.many import put_many
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import accrued, book_term, put_book_term, put_close, put_growth
from tests.tables.refunds.rates import put_published_rates, seed_rates

Connection = duckdb.DuckDBPyConnection


def months(con: Connection) -> dict[tuple[str, date], Decimal | None]:
    assert broken_promises(con, "reports.interest_by_period") == []
    rows = rows_of(con, "reports.interest_by_period")
    return {(row["entry_number"], row["period_end"]): row["interest_usd"] for row in rows}


def test_without_terms_no_month_bears_interest(con: Connection) -> None:
    assert months(con) == {}


def test_three_months_by_hand(con: Connection) -> None:
    """100,000.00 at 6 % from 15 January 2026: 16 days, 28 days, then 10 days to the reliquidation on 10 March."""
    put_published_rates(con)
    terms = {"deposit_date": date(2026, 1, 15), "accrued_through_date": date(2026, 3, 10)}
    number = put_book_term(con, principal_usd=Decimal("100000.00"), **terms)
    put_growth(con)
    # 100,000 x (1 + 0.06 / 365) ^ n less 100,000: 263.34 after 16 days, 725.85 after 44, 891.55 after 54
    told = [Decimal("263.34"), Decimal("725.85") - Decimal("263.34"), Decimal("891.55") - Decimal("725.85")]
    ends = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
    assert months(con) == {(number, end): amount for end, amount in zip(ends, told, strict=True)}


def test_a_close_inside_a_month_does_not_split_it(con: Connection) -> None:
    put_published_rates(con)
    put_book_term(con, deposit_date=date(2026, 1, 15), accrued_through_date=date(2026, 3, 31))
    put_growth(con)
    before = months(con)
    put_close(con, date(2026, 2, 14))
    put_growth(con)
    assert months(con) == before
    assert len(before) == 3


def test_a_month_beyond_the_published_rates_is_unknown_with_its_reason(con: Connection) -> None:
    last_day = put_published_rates(con)
    put_book_term(con, deposit_date=last_day - timedelta(days=3), accrued_through_date=last_day + timedelta(days=40))
    put_growth(con)
    told = [(row["interest_usd"], row["interest_unknown_reason"]) for row in rows_of(con, "reports.interest_by_period")]
    assert told[0][0] is not None
    assert told[1:] == [(None, "rates_not_published")] * 2


def test_an_entry_without_a_deposit_date_has_one_month_of_unknown_interest(con: Connection) -> None:
    number = put_book_term(con, deposit_date=None, accrued_through_date=date(2026, 7, 20))
    put_published_rates(con)
    put_growth(con)
    assert months(con) == {(number, date(2026, 7, 31)): None}


@pytest.mark.parametrize("seed", range(2))
def test_the_months_sum_to_the_interest_of_the_oracle(seed: int) -> None:
    chance = random.Random(seed)
    with empty_tables() as con:
        put_published_rates(con)
        terms = []
        for n in range(60):
            through = date(2025, 8, 1) + timedelta(days=chance.randrange(400))
            start = through - timedelta(days=chance.randrange(0, 400))
            amount = Decimal(chance.randrange(1, 10**10)) / 100
            terms.append(book_term(n, deposit_date=start, accrued_through_date=through, principal_usd=amount))
        put_many(con, "refunds.book_terms", terms)
        put_growth(con)
        found = months(con)
        for term in terms:
            number = term["entry_number"]
            told = [amount for (entry, _), amount in found.items() if entry == number]
            days = (term["deposit_date"], term["accrued_through_date"])
            whole = accrue(term["principal_usd"], *days, "corporate", seed_rates())["interest_usd"]
            assert sum(amount or 0 for amount in told) == whole
            assert accrued(con)[number, term["accrued_through_date"]]["interest_usd"] == whole
            assert all(amount is not None and amount >= 0 for amount in told)
