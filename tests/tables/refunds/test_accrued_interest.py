"""refunds.accrued_interest: interest up to each day the books look, over all deposits, rounded once."""

import random
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

from tests.support.oracle.interest import entry_interest
from tests.support.tables import choose, empty_tables, put
from tests.tables.conftest import AS_OF
from tests.tables.many import put_many
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import accrued, book_term, put_book_term, put_close, put_growth
from tests.tables.refunds.rates import put_published_rates, seed_rates

Connection = duckdb.DuckDBPyConnection
NUMBER = "ABC00000001"

LISTED = {"interest_start_rule": "listed_deposits"}  # each of an entry's several deposits runs from its own day


def test_the_example_of_the_facts_comes_out_to_the_cent(con: Connection) -> None:
    """$100,000.00 from 15 May 2025 to 10 June 2026 bear 6,430.69 for a corporation and 7,576.74 for others."""
    put_published_rates(con)
    put_book_term(con, principal_usd=Decimal("100000.00"), rate_class_high="noncorporate")
    put_growth(con)
    last = accrued(con)[NUMBER, date(2026, 6, 10)]
    assert (last["interest_usd"], last["interest_high_usd"]) == (Decimal("6430.69"), Decimal("7576.74"))
    assert last["is_last"]
    assert last["ends_month"]
    assert broken_promises(con, "refunds.accrued_interest") == []


def test_the_parts_of_an_entry_are_added_before_they_are_rounded(con: Connection) -> None:
    put_published_rates(con)
    days = {"deposit_date": date(2026, 1, 1), "accrued_through_date": date(2026, 1, 31)}
    for sequence in (1, 2):  # 0.83 x 0.4944 % is 0.0041 and rounds to nothing; twice that is a cent
        put_book_term(con, deposit_sequence=sequence, principal_usd=Decimal("0.83"), **LISTED, **days)
    put_growth(con)
    assert accrued(con)[NUMBER, date(2026, 1, 31)]["interest_usd"] == Decimal("0.01")


def test_a_deposit_counts_from_its_own_day(con: Connection) -> None:
    put_published_rates(con)
    through = {"accrued_through_date": date(2026, 3, 31)}
    put_book_term(con, deposit_sequence=1, deposit_date=date(2026, 1, 15), **LISTED, **through)
    put_book_term(con, deposit_sequence=2, deposit_date=date(2026, 3, 10), **LISTED, **through)
    put_growth(con)
    found = {day: row["interest_usd"] for (_, day), row in accrued(con).items()}
    first, second = (Decimal("1000.00"), date(2026, 1, 15)), (Decimal("1000.00"), date(2026, 3, 10))
    rates = seed_rates()
    assert found == {
        date(2026, 1, 31): entry_interest([first], date(2026, 1, 31), "corporate", rates),
        date(2026, 2, 28): entry_interest([first], date(2026, 2, 28), "corporate", rates),
        date(2026, 3, 31): entry_interest([first, second], date(2026, 3, 31), "corporate", rates),
    }


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"deposit_date": None}, "deposit_date_unknown"),
        ({"deposit_date": None, "interest_start_rule": "deposits_unlike_principal"}, "deposits_unlike_principal"),
        ({"deposit_date": AS_OF, "accrued_through_date": AS_OF - timedelta(days=1)}, "deposit_after_end"),
        ({"accrued_through_date": date(2027, 1, 1)}, "rates_not_published"),
    ],
)
def test_interest_that_cannot_be_told_is_unknown_with_its_reason(
    con: Connection, terms: dict[str, object], reason: str
) -> None:
    put_published_rates(con)
    put_book_term(con, **terms)
    put_growth(con)
    (last,) = (row for row in accrued(con).values() if row["is_last"])
    assert (last["interest_usd"], last["interest_high_usd"], last["interest_unknown_reason"]) == (None, None, reason)
    assert (last["ends_month"], last["is_close"]) == (True, False)


def test_interest_is_the_least_that_the_day_of_deposit_leaves_with_the_most_beside_it(con: Connection) -> None:
    put_published_rates(con)
    earliest, latest = date(2026, 1, 15), date(2026, 2, 20)
    put_book_term(
        con,
        deposit_date=earliest,
        deposit_latest_date=latest,
        rate_class_high="noncorporate",
        accrued_through_date=date(2026, 3, 31),
    )
    put_growth(con)
    rates = seed_rates()
    for day in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)):
        row = accrued(con)[NUMBER, day]
        low = entry_interest([(Decimal("1000.00"), latest)], day, "corporate", rates) if day > latest else 0
        high = entry_interest([(Decimal("1000.00"), earliest)], day, "noncorporate", rates)
        assert (row["interest_usd"], row["interest_high_usd"]) == (low, high)


@pytest.mark.parametrize(
    "reading",
    [
        {"interest_ten_thousand_policy": "per_entry"},
        {"interest_rounding_policy": "per_line"},
        {"interest_rounding_policy": "per_quarter"},
        {"interest_rounding_mode_policy": "half_even"},
    ],
)
def test_a_policy_that_no_factor_carries_tells_no_month(con: Connection, reading: dict[str, str]) -> None:
    choose(con, **reading)
    put_published_rates(con)
    put_book_term(con)
    put_growth(con)
    assert {row["interest_unknown_reason"] for row in accrued(con).values()} == {"policy_tells_no_month"}
    assert {row["interest_usd"] for row in accrued(con).values()} == {None}


def test_a_policy_of_the_arithmetic_holds_for_the_books_too(con: Connection) -> None:
    choose(con, interest_compounding_policy="simple", interest_rounding_mode_policy="down")
    put_published_rates(con)
    put_book_term(con, deposit_date=date(2026, 1, 1), accrued_through_date=date(2026, 1, 31))
    put_growth(con)
    # 1,000.00 x 6 % x 30 / 365 is 4.9315
    assert accrued(con)[NUMBER, date(2026, 1, 31)]["interest_usd"] == Decimal("4.93")


def test_rates_carried_forward_as_the_policy_asks_are_marked(con: Connection) -> None:
    choose(con, interest_beyond_rates_policy="carry_forward")
    last_day = put_published_rates(con)
    put_book_term(con, accrued_through_date=last_day + timedelta(days=40))
    put_growth(con)
    told = {day: row["is_rate_carried_forward"] for (_, day), row in accrued(con).items()}
    assert not told[last_day]
    assert told[last_day + timedelta(days=40)]
    assert accrued(con)[NUMBER, last_day + timedelta(days=40)]["interest_usd"] is not None


def test_the_last_published_day_is_still_told_and_the_next_is_not(con: Connection) -> None:
    last_day = put_published_rates(con)
    put_book_term(con, 1, accrued_through_date=last_day)
    put_book_term(con, 2, accrued_through_date=last_day + timedelta(days=1))
    put_growth(con)
    found = accrued(con)
    assert found[NUMBER, last_day]["interest_usd"] is not None
    assert found["ABC00000002", last_day]["interest_usd"] == found[NUMBER, last_day]["interest_usd"]
    assert found["ABC00000002", last_day + timedelta(days=1)]["interest_unknown_reason"] == "rates_not_published"


def test_one_unknown_deposit_makes_the_entry_unknown_on_every_day(con: Connection) -> None:
    put_published_rates(con)
    put_book_term(con, deposit_sequence=1, **LISTED)
    put_book_term(con, deposit_sequence=2, deposit_date=None, **LISTED)
    put_growth(con)
    assert {row["interest_unknown_reason"] for row in accrued(con).values()} == {"deposit_date_unknown"}


def test_a_close_on_its_last_day_leaves_one_row_of_an_entry_with_an_unknown_deposit(con: Connection) -> None:
    put_published_rates(con)
    put_close(con, date(2026, 6, 10))
    put_book_term(con, deposit_sequence=1, **LISTED)
    put_book_term(con, deposit_sequence=2, deposit_date=None, **LISTED)
    put_growth(con)
    assert broken_promises(con, "refunds.accrued_interest") == []
    last = accrued(con)[NUMBER, date(2026, 6, 10)]
    assert (last["is_close"], last["is_last"], last["interest_usd"]) == (True, True, None)


def test_on_the_day_of_the_deposit_nothing_has_accrued_even_beyond_the_rates(con: Connection) -> None:
    beyond = put_published_rates(con) + timedelta(days=40)
    put_book_term(con, deposit_date=beyond, accrued_through_date=beyond)
    put_growth(con)
    assert accrued(con)[NUMBER, beyond]["interest_usd"] == 0


@pytest.mark.parametrize("seed", range(2))
def test_the_interest_of_many_entries_is_that_of_the_oracle_on_every_day(seed: int) -> None:
    chance = random.Random(seed)
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        put_published_rates(con)
        put_close(con, date(2025, 11, 12))
        terms = []
        for n in range(40):
            through = date(2025, 8, 1) + timedelta(days=chance.randrange(400))
            count = chance.choice((1, 1, 2, 3))
            for sequence in range(1, count + 1):
                start = through - timedelta(days=chance.randrange(0, 400))
                amount = Decimal(chance.randrange(1, 10**9)) / 100
                rule = "payment_date" if count == 1 else "listed_deposits"
                given = {"deposit_date": start, "accrued_through_date": through, "principal_usd": amount}
                given["interest_start_rule"] = rule
                terms.append(book_term(n, deposit_sequence=sequence, **given))
        put_many(con, "refunds.book_terms", terms)
        put_growth(con)
        for (number, day), row in accrued(con).items():
            paid = [
                (term["principal_usd"], term["deposit_date"])
                for term in terms
                if term["entry_number"] == number and term["deposit_date"] <= day
            ]
            assert row["interest_usd"] == entry_interest(paid, day, "corporate", seed_rates()), (number, day)
