"""refunds.interest_accruals: the interest of every entry to the cent, or the reason why there is none."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.interest import accrue
from tests.support.tables import choose, empty_tables, put, rows_of
from tests.tables.many import put_many
from tests.tables.promises import broken_claim, broken_promises
from tests.tables.refunds.rates import (
    put_factors,
    put_flat_rate,
    put_published_rates,
    put_terms,
    seed_rates,
    terms_row,
)

Connection = duckdb.DuckDBPyConnection
CLAIM = "every_principal_has_terms"


def accrued(con: Connection, **terms: Any) -> dict[str, Any]:
    put_terms(con, **terms)
    put_factors(con)
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert broken_promises(con, "refunds.interest_accruals") == []
    return row


# ---- amounts ------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_from_may_2025_to_june_2026_earns_the_published_figure(con: Connection) -> None:
    put_published_rates(con)
    terms = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15)}
    row = accrued(con, **terms)
    assert (row["interest_usd"], row["accrual_days"]) == (Decimal("6430.69"), 391)
    assert (row["interest_high_usd"], row["interest_unknown_reason"]) == (Decimal("6430.69"), None)


def test_an_unknown_class_gives_the_corporate_interest_and_the_noncorporate_one_as_the_high_end(
    con: Connection,
) -> None:
    put_published_rates(con)
    row = accrued(
        con,
        principal_usd=Decimal("100000.00"),
        deposit_date=date(2025, 5, 15),
        rate_class_high="noncorporate",
        is_rate_class_stated=False,
    )
    assert (row["interest_usd"], row["interest_high_usd"]) == (Decimal("6430.69"), Decimal("7576.74"))
    assert (row["rate_class"], row["is_rate_class_stated"]) == ("corporate", False)


def test_the_policy_of_eight_percent_changes_the_second_quarter_of_2026_and_no_other(con: Connection) -> None:
    put_published_rates(con)
    choose(con, interest_rate_of_2026_q2=Decimal("0.08"))
    rates = [
        rate | dict.fromkeys((name for name in rate if name.endswith("_rate")), Decimal(8))
        if rate["quarter_start"] == "2026-04-01"
        else rate
        for rate in seed_rates()
    ]
    principal, deposited, ended = Decimal("100000.00"), date(2025, 5, 15), date(2026, 7, 10)
    row = accrued(con, principal_usd=principal, deposit_date=deposited, accrual_end_date=ended)
    assert row["interest_usd"] == accrue(principal, deposited, ended, "corporate", rates)["interest_usd"]
    assert row["interest_usd"] != accrue(principal, deposited, ended, "corporate", seed_rates())["interest_usd"]


@pytest.mark.parametrize(
    ("principal", "interest"),
    [("24.99", "0.00"), ("25.00", "0.01"), ("74.99", "0.01"), ("75.00", "0.02"), ("75.01", "0.02")],
)
def test_an_exact_half_cent_is_rounded_up_and_less_is_not(con: Connection, principal: str, interest: str) -> None:
    put_flat_rate(con, "0.073000")  # 0.0002 a day, so 25.00 earns 0.005
    row = accrued(
        con,
        principal_usd=Decimal(principal),
        deposit_date=date(2025, 7, 1),
        accrual_end_date=date(2025, 7, 2),
    )
    assert (row["interest_usd"], row["accrual_days"]) == (Decimal(interest), 1)


def test_a_factor_just_below_the_half_cent_is_not_rounded_up(con: Connection) -> None:
    put_terms(con, principal_usd=Decimal("25.00"))
    put(
        con,
        "refunds.interest_factors",
        deposit_date=date(2025, 6, 2),
        accrual_end_date=date(2026, 6, 10),
        rate_class="corporate",
        closing_factor=Decimal("1.00019999999999999999"),
    )
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert row["interest_usd"] == Decimal("0.00")


def test_the_day_of_deposit_does_not_count_and_the_last_day_does(con: Connection) -> None:
    put_flat_rate(con, "0.073000")
    for n, day in enumerate((date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3)), 1):
        put_terms(con, n, deposit_date=date(2025, 7, 1), accrual_end_date=day)
    put_factors(con)
    rows = rows_of(con, "refunds.interest_accruals")
    assert [(row["accrual_days"], row["interest_usd"]) for row in rows] == [
        (0, Decimal("0.00")),
        (1, Decimal("0.20")),
        (2, Decimal("0.40")),
    ]


def test_a_principal_of_ten_billion_does_not_overflow(con: Connection) -> None:
    put_published_rates(con)
    row = accrued(con, principal_usd=Decimal("9999999999.99"))
    walk = accrue("9999999999.99", "2025-06-02", "2026-06-10", "corporate", seed_rates())
    assert row["interest_usd"] == walk["interest_usd"]


# ---- no interest, and why -----------------------------------------------------------------------------------------


def test_without_a_deposit_day_there_is_no_interest_and_the_reason_is_said(con: Connection) -> None:
    put_published_rates(con)
    row = accrued(con, deposit_date=None, deposit_date_basis=None)
    told = (row["interest_usd"], row["interest_high_usd"], row["accrual_days"], row["interest_unknown_reason"])
    assert told == (None, None, None, "deposit_date_unknown")


@pytest.mark.parametrize(
    ("deposit", "interest", "days", "reason"),
    [
        (date(2026, 6, 9), Decimal("0.14"), 1, None),
        (date(2026, 6, 10), Decimal("0.00"), 0, None),
        (date(2026, 6, 11), None, None, "deposit_after_end"),
    ],
)
def test_a_deposit_on_the_last_day_earns_nothing_and_one_after_it_is_a_contradiction(
    con: Connection, deposit: date, interest: Decimal | None, days: int | None, reason: str | None
) -> None:
    put_published_rates(con)
    row = accrued(con, deposit_date=deposit)
    assert (row["interest_usd"], row["accrual_days"], row["interest_unknown_reason"]) == (interest, days, reason)


def test_beyond_the_last_published_quarter_there_is_no_interest_and_none_is_carried_forward(con: Connection) -> None:
    last = put_published_rates(con)
    put_terms(con, 1, accrual_end_date=last)
    put_terms(con, 2, accrual_end_date=last + timedelta(days=1))
    put_factors(con)
    inside, beyond = rows_of(con, "refunds.interest_accruals")
    assert (inside["interest_usd"] is None, inside["interest_unknown_reason"]) == (False, None)
    assert (beyond["interest_usd"], beyond["interest_high_usd"]) == (None, None)
    assert beyond["interest_unknown_reason"] == "rates_not_published"
    assert beyond["accrual_days"] == inside["accrual_days"] + 1


# ---- months and the claim -----------------------------------------------------------------------------------------


def test_a_month_holds_its_own_entries_and_no_others(con: Connection) -> None:
    put_terms(con, 1, partition_month="2025-06")
    put_terms(con, 2, partition_month="undated")
    rows = rows_of(con, "refunds.interest_accruals", months=("2025-06",))
    assert [row["entry_number"] for row in rows] == ["ABC00000001"]


def test_the_claim_holds_for_entries_with_interest_or_a_reason_and_fires_where_one_is_lost_or_says_neither(
    con: Connection,
) -> None:
    for n in (1, 2, 3, 4):
        put_terms(con, n)
    put(con, "refunds.interest_accruals", entry_number="ABC00000001", interest_usd=Decimal("1.00"))
    put(con, "refunds.interest_accruals", entry_number="ABC00000002", interest_unknown_reason="rates_not_published")
    put(con, "refunds.interest_accruals", entry_number="ABC00000003")
    found = broken_claim(con, "refunds.interest_accruals", CLAIM)
    assert sorted(row["entry_number"] for row in found) == ["ABC00000003", "ABC00000004"]
    assert broken_claim(con, "refunds.interest_accruals", CLAIM, months=("2025-07",)) == []


# ---- the oracle ---------------------------------------------------------------------------------------------------


def random_terms(chance: random.Random, last: date) -> dict[str, Any]:
    """Any amount, any days around and beyond the rates, any class stated or not."""
    start = date(2024, 12, 1) + timedelta(days=chance.randrange(600))
    days = chance.choice((0, 1, chance.randrange(90), chance.randrange(700), -1))
    stated = chance.choice(("corporate", "noncorporate", None))
    return {
        "principal_usd": Decimal(chance.choice((1, 5, 100, 10**4, 10**8, 10**12)) + chance.randrange(10**6)) / 100,
        "deposit_date": chance.choice((start, start, start, None)),
        "accrual_end_date": min(start + timedelta(days=days), last + timedelta(days=2)),
        "rate_class": stated or "corporate",
        "rate_class_high": stated or "noncorporate",
        "is_rate_class_stated": stated is not None,
    }


def expected(terms: dict[str, Any], last: date) -> tuple[Any, ...]:
    """Interest, its high end, days and reason, as the oracle walks day by day."""
    start, end = terms["deposit_date"], terms["accrual_end_date"]
    if start is None or start > end:
        return None, None, None, "deposit_date_unknown" if start is None else "deposit_after_end"
    if end > last and start < end:
        return None, None, (end - start).days, "rates_not_published"
    low, high = (
        accrue(terms["principal_usd"], start, end, terms[name], seed_rates())
        for name in ("rate_class", "rate_class_high")
    )
    return low["interest_usd"], high["interest_usd"], low["days"], None


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_the_interest_of_hundreds_of_entries_is_that_of_the_oracle_day_by_day(seed: int) -> None:
    chance = random.Random(seed)
    with empty_tables() as con:
        last = put_published_rates(con)
        terms = [random_terms(chance, last) for _ in range(250)]
        put_many(con, "refunds.accrual_terms", [terms_row(n, **one) for n, one in enumerate(terms)])
        put_factors(con)
        names = ("interest_usd", "interest_high_usd", "accrual_days", "interest_unknown_reason")
        found = [tuple(row[name] for name in names) for row in rows_of(con, "refunds.interest_accruals")]
    for one, row in zip(terms, found, strict=True):
        assert row == expected(one, last), one
