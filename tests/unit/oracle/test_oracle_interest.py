"""Interest day by day: the figures of interest.md, the outside vectors and the edges of the convention.

What belongs here: amounts whose answer somebody else published or that the documents state. What does not: which date
an entry has.
"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.interest import accrue, entry_interest, late_interest, late_periods
from tests.support.oracle.small_registry import RATES


def interest(principal: str, start: str, end: str, rate_class: str = "corporate") -> Decimal:
    return Decimal(accrue(principal, start, end, rate_class, RATES)["interest_usd"])


@pytest.mark.parametrize(
    ("start", "end", "rate_class", "answer"),
    [
        ("2025-05-15", "2026-06-10", "corporate", "6430.69"),
        ("2025-05-15", "2026-11-16", "corporate", "9189.07"),
        ("2025-05-15", "2026-06-10", "noncorporate", "7576.74"),
        ("2025-05-15", "2026-11-16", "noncorporate", "10846.55"),
        ("2025-06-23", "2026-06-10", "corporate", "5750.60"),
        ("2025-05-15", "2026-08-09", "corporate", "7426.65"),
    ],
)
def test_the_table_of_choices_is_met_to_the_cent(start: str, end: str, rate_class: str, answer: str) -> None:
    assert interest("100000", start, end, rate_class) == Decimal(answer)


@pytest.mark.parametrize(
    ("principal", "start", "end", "answer"),
    [
        ("25086.06", "2025-05-14", "2026-04-23", "1442.60"),
        ("1026.34", "2026-02-26", "2026-04-23", "8.84"),
        ("24087.02", "2025-12-23", "2026-06-06", "616.82"),
        ("16633.77", "2025-04-26", "2026-06-06", "1115.31"),
    ],
)
def test_the_guide_example_is_met_to_the_cent(principal: str, start: str, end: str, answer: str) -> None:
    assert interest(principal, start, end) == Decimal(answer)


def test_a_government_example_across_a_leap_year_is_met_to_the_cent() -> None:
    assert interest("10000", "2003-12-23", "2004-10-06") == Decimal("347.15")


def test_the_day_of_deposit_does_not_count_and_the_day_of_liquidation_does() -> None:
    assert interest("36500", "2025-05-14", "2025-05-14") == 0
    assert interest("36500", "2025-05-14", "2025-05-15") == 6
    walk = accrue("100", "2025-05-15", "2026-06-10", "corporate", RATES)
    assert walk["days"] == 391
    assert sum(segment["days"] for segment in walk["segments"]) == 391


def test_the_rate_changes_on_the_first_day_of_a_quarter() -> None:
    assert interest("36500", "2026-03-30", "2026-03-31") == 6
    assert interest("36500", "2026-03-31", "2026-04-01") == 5


def test_segments_follow_the_quarters_and_carry_the_balance_unrounded() -> None:
    walk = accrue("100000", "2025-12-31", "2026-04-02", "corporate", RATES)
    assert [(str(s["quarter_start"]), s["days"]) for s in walk["segments"]] == [("2026-01-01", 90), ("2026-04-01", 2)]
    first, second = walk["segments"]
    assert first["closing_usd"] == second["opening_usd"]
    assert abs(sum(s["interest_usd"] for s in walk["segments"]) - walk["interest_unrounded"]) < Decimal("1e-20")


def test_the_walk_stops_where_the_rate_table_ends() -> None:
    assert interest("100", "2026-12-30", "2026-12-31") > 0
    with pytest.raises(LookupError, match="2027-01-01"):
        interest("100", "2026-12-30", "2027-01-01")


def test_nothing_is_assumed_for_a_missing_day_amount_or_class() -> None:
    with pytest.raises(ValueError, match="none of them is assumed"):
        accrue("100", None, "2026-01-01", "corporate", RATES)
    with pytest.raises(ValueError, match="none of them is assumed"):
        accrue("", "2025-01-01", "2026-01-01", "corporate", RATES)
    with pytest.raises(ValueError, match="backwards"):
        interest("100", "2026-01-02", "2026-01-01")
    with pytest.raises(ValueError, match="no such rate class"):
        interest("100", "2026-01-01", "2026-01-02", "partnership")


def test_two_deposits_accrue_apart_and_are_rounded_once() -> None:
    # each part alone is 0.004931 a day and rounds to nothing; together they are a cent
    deposits = [("30", "2026-01-01"), ("30", "2026-01-01")]
    assert interest("30", "2026-01-01", "2026-01-02") == 0
    assert entry_interest(deposits, "2026-01-02", "corporate", RATES) == Decimal("0.01")


@pytest.mark.parametrize(("days", "periods"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)])
def test_late_interest_bears_whole_periods_before_the_one_of_payment(days: int, periods: int) -> None:
    liquidation = date(2026, 7, 1)
    assert late_periods(liquidation, date.fromordinal(liquidation.toordinal() + days)) == periods


def test_late_interest_runs_from_liquidation_over_the_whole_periods() -> None:
    assert late_interest("1000", date(2026, 7, 1), date(2026, 7, 31), "corporate", RATES) == 0
    assert late_interest("1000", date(2026, 7, 1), date(2026, 8, 1), "corporate", RATES) == interest(
        "1000", "2026-07-01", "2026-07-31"
    )


@settings(max_examples=50, derandomize=True, deadline=None)
@given(
    start=st.dates(date(2025, 2, 4), date(2026, 6, 30)),
    first=st.integers(0, 90),
    second=st.integers(0, 90),
    principal=st.integers(1, 10**7),
)
def test_a_walk_may_be_broken_at_any_day_and_taken_up_again(
    start: date, first: int, second: int, principal: int
) -> None:
    middle = date.fromordinal(start.toordinal() + first)
    end = date.fromordinal(middle.toordinal() + second)
    whole = accrue(principal, start, end, "corporate", RATES)["interest_unrounded"]
    one = accrue(principal, start, middle, "corporate", RATES)["interest_unrounded"]
    two = accrue(principal + one, middle, end, "corporate", RATES)["interest_unrounded"]
    assert abs(one + two - whole) < Decimal("1e-12")
