"""What each choice of convention, rate or date is worth on 100,000 dollars deposited on 15 May 2025."""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.interest import Conventions, walk
from tests.unit.interest.tables import flat, published

PRINCIPAL = Decimal("100000.00")
DEPOSIT = date(2025, 5, 15)
SHORT = date(2026, 6, 10)
LONG = date(2026, 11, 16)
REFUNDED = date(2026, 8, 9)
MONTHLY_STATEMENT = date(2025, 6, 23)


def interest(end, *, start=DEPOSIT, rate_class="corporate", rates=None, **options):
    return walk(PRINCIPAL, start, end, rate_class, rates or published(), Conventions(**options)).interest_usd


@pytest.mark.parametrize(
    ("options", "short", "long"),
    [
        ({}, "6430.69", "9189.07"),
        ({"rate_class": "noncorporate"}, "7576.74", "10846.55"),
        ({"ten_thousand_dollar_rule": True}, "4904.04", "6993.11"),
        ({"rates": flat("0.06")}, "6637.89", "9461.59"),
        ({"rates": flat("0.08")}, "8946.77", None),
        ({"start": MONTHLY_STATEMENT}, "5750.60", None),
        ({"day_count": "first_day_in"}, "6433.60", "9189.07"),
        ({"day_count": "both"}, "6448.18", None),
        ({"compounding": "simple"}, "6232.88", "8791.78"),
        ({"rounding_stage": "nine_decimal_factors"}, "6430.69", "9189.07"),
        ({"rounding_stage": "per_quarter"}, "6430.69", "9189.07"),
    ],
    ids=lambda value: None if isinstance(value, str) or value is None else " ".join(value) or "default",
)
def test_each_choice_is_worth_its_amount(options, short, long):
    assert interest(SHORT, **options) == Decimal(short)
    if long is not None:
        assert interest(LONG, **options) == Decimal(long)


def test_running_on_to_a_refund_sixty_days_later_would_be_worth_a_thousand_dollars_more():
    assert (REFUNDED - SHORT).days == 60
    assert interest(REFUNDED) == Decimal("7426.65")


def test_the_two_spans_have_391_and_550_days():
    assert ((SHORT - DEPOSIT).days, (LONG - DEPOSIT).days) == (391, 550)


def test_the_ten_thousand_dollar_rule_leaves_ten_thousand_alone_and_bites_one_cent_above():
    def both(amount):
        rule = Conventions(ten_thousand_dollar_rule=True)
        return tuple(walk(Decimal(amount), DEPOSIT, LONG, "corporate", published(), c) for c in (Conventions(), rule))

    plain, ruled = both("10000.00")
    assert ruled.interest_usd == plain.interest_usd
    assert ruled.segments[0].rate_above_ten_thousand is None
    plain, ruled = both("10000.01")
    assert ruled.factor < plain.factor
    assert ruled.segments[0].rate_above_ten_thousand == Decimal("0.045")


def test_the_ten_thousand_dollar_rule_reaches_corporations_only_and_no_quarter_before_1995():
    rule = Conventions(ten_thousand_dollar_rule=True)
    for rate_class in ("noncorporate", "underpayment"):
        ruled = walk(PRINCIPAL, DEPOSIT, LONG, rate_class, published(), rule)
        assert ruled.interest_usd == walk(PRINCIPAL, DEPOSIT, LONG, rate_class, published()).interest_usd
    segments = walk(PRINCIPAL, date(1994, 12, 30), date(1995, 1, 1), "corporate", published(), rule).segments
    assert [segment.rate_above_ten_thousand is None for segment in segments] == [True, False]


def test_nine_decimal_factors_change_24_cents_on_a_hundred_million_over_the_longer_span():
    hundred_million = Decimal(100_000_000)
    plain = walk(hundred_million, DEPOSIT, LONG, "corporate", published()).interest_usd
    table = Conventions(rounding_stage="nine_decimal_factors")
    printed = walk(hundred_million, DEPOSIT, LONG, "corporate", published(), table).interest_usd
    assert abs(plain - printed) == Decimal("0.24")


@pytest.mark.parametrize(("mode", "cents"), [("half_up", "0.01"), ("half_even", "0.00"), ("down", "0.00")])
def test_an_exact_half_cent_goes_where_the_mode_says(mode, cents):
    """36.50 for one day at 5 % in a common year is half a cent exactly."""
    result = walk(
        Decimal("36.50"),
        date(2025, 1, 1),
        date(2025, 1, 2),
        "corporate",
        flat("0.05"),
        Conventions(rounding_mode=mode),
    )
    assert result.interest_usd == Decimal(cents)


def test_an_exact_cent_is_not_cut_off_by_rounding_down():
    """73.00 for one day at 5 % is one cent exactly, although 0.05/365 has no last digit."""
    result = walk(
        Decimal("73.00"),
        date(2025, 1, 1),
        date(2025, 1, 2),
        "corporate",
        flat("0.05"),
        Conventions(rounding_mode="down"),
    )
    assert result.interest_usd == Decimal("0.01")


def test_simple_interest_over_a_whole_year_is_exact_at_the_half_cent():
    """100.25 at 6 % for 365 days is 6.015, though each quarter's share has no last digit."""
    result = walk(
        Decimal("100.25"),
        date(2024, 12, 31),
        date(2025, 12, 31),
        "corporate",
        flat("0.06"),
        Conventions(compounding="simple"),
    )
    assert (result.days, result.interest_usd) == (365, Decimal("6.02"))
