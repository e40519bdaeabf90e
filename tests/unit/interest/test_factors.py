"""Growth factors for many pairs: the same cents as a walk of each entry."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, getcontext, localcontext

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cape_pipeline.interest import Conventions, InterestError, RatesNotPublished, quarter_factors, walk
from tests.unit.interest.tables import flat, published

RATES = published()
CENT = Decimal("0.01")
TEN_BILLION_IN_CENTS = 10**12
DAYS = st.dates(date(2020, 1, 1), date(2026, 12, 31))
CLASSES = st.sampled_from(["corporate", "noncorporate", "underpayment"])


def pipeline_cents(principal, closing_factor):
    """What the pipeline's SQL does: one multiplication, one rounding."""
    with localcontext() as context:
        context.prec = 38
        return (principal * (closing_factor - 1)).quantize(CENT, rounding=ROUND_HALF_UP)


@settings(deadline=None, max_examples=300)
@given(cents=st.integers(0, TEN_BILLION_IN_CENTS), a=DAYS, b=DAYS, rate_class=CLASSES)
@example(cents=TEN_BILLION_IN_CENTS, a=date(2020, 1, 1), b=date(2026, 12, 31), rate_class="noncorporate")
@example(cents=3650, a=date(2026, 4, 1), b=date(2026, 4, 2), rate_class="corporate")
def test_twenty_decimals_give_the_cents_of_full_precision_up_to_ten_billion(cents, a, b, rate_class):
    principal = Decimal(cents) / 100
    deposit, end = min(a, b), max(a, b)
    last = list(quarter_factors([(deposit, end, rate_class)], RATES))[-1]
    assert (
        pipeline_cents(principal, last.closing_factor) == walk(principal, deposit, end, rate_class, RATES).interest_usd
    )


@settings(deadline=None)
@given(odd=st.integers(0, 10**8).map(lambda n: 2 * n + 1))
def test_every_exact_half_cent_rounds_up_from_the_stored_factor_too(odd):
    """At 5 % one day of 36.50 is half a cent; any odd multiple of it is an exact tie."""
    principal = Decimal("36.50") * odd
    pair = (date(2025, 1, 1), date(2025, 1, 2), "corporate")
    last = list(quarter_factors([pair], flat("0.05")))[-1]
    tie = (Decimal(odd) / 2 + Decimal("0.5")) * CENT
    assert pipeline_cents(principal, last.closing_factor) == tie
    assert walk(principal, *pair, flat("0.05")).interest_usd == tie


@given(a=DAYS, b=DAYS, rate_class=CLASSES)
def test_the_rows_of_a_pair_are_the_segments_of_its_walk(a, b, rate_class):
    deposit, end = min(a, b) - timedelta(days=1), max(a, b)
    rows = list(quarter_factors([(deposit, end, rate_class)], RATES))
    result = walk(Decimal(1), deposit, end, rate_class, RATES)
    assert [(r.quarter_start, r.days, r.annual_rate) for r in rows] == [
        (s.quarter_start, s.days, s.annual_rate) for s in result.segments
    ]
    assert rows[0].opening_factor == 1
    assert [r.opening_factor for r in rows[1:]] == [r.closing_factor for r in rows[:-1]]
    for row, segment in zip(rows, result.segments, strict=True):
        assert 0 <= row.closing_factor - segment.closing_usd < Decimal("1e-20")
        assert row.closing_factor.as_tuple().exponent == -20


def test_a_pair_without_an_accrual_day_keeps_one_row_that_grows_nothing():
    day = date(2026, 4, 1)
    rows = list(quarter_factors([(day, day, "corporate")], RATES))
    assert [(r.quarter_start, r.days, r.annual_rate, r.opening_factor, r.closing_factor) for r in rows] == [
        (day, 0, Decimal("0.05"), 1, 1)
    ]


def test_pairs_come_out_in_their_order_with_their_own_class():
    pairs = [(date(2026, 3, 30), date(2026, 4, 2), name) for name in ("noncorporate", "corporate")]
    rows = [(r.rate_class, r.quarter_start, r.annual_rate) for r in quarter_factors(pairs, RATES)]
    assert rows == [
        ("noncorporate", date(2026, 1, 1), Decimal("0.07")),
        ("noncorporate", date(2026, 4, 1), Decimal("0.06")),
        ("corporate", date(2026, 1, 1), Decimal("0.06")),
        ("corporate", date(2026, 4, 1), Decimal("0.05")),
    ]


def test_a_day_past_the_table_is_refused_or_carried_and_flagged_on_its_row_only():
    pair = (date(2026, 12, 30), date(2027, 1, 2), "corporate")
    with pytest.raises(RatesNotPublished, match="2027-01-01"):
        list(quarter_factors([pair], RATES))
    assert [r.carried_forward for r in quarter_factors([pair], RATES, carry_forward=True)] == [False, True]


def test_a_pair_that_ends_before_its_deposit_is_refused():
    with pytest.raises(InterestError, match="cannot end on 2026-01-01, before it starts on 2026-01-02"):
        list(quarter_factors([(date(2026, 1, 2), date(2026, 1, 1), "corporate")], RATES))


@pytest.mark.parametrize(
    "conventions",
    [
        Conventions(ten_thousand_dollar_rule=True),
        Conventions(rounding_stage="per_quarter"),
        Conventions(rounding_mode="half_even"),
    ],
)
def test_conventions_that_depend_on_the_principal_are_refused_before_any_row(conventions):
    with pytest.raises(InterestError, match="walk every entry instead"):
        quarter_factors([], RATES, conventions)


@pytest.mark.parametrize(
    "conventions",
    [
        Conventions(compounding="simple"),
        Conventions(divisor="fixed_365"),
        Conventions(day_count="both"),
        Conventions(rounding_stage="nine_decimal_factors"),
        Conventions(daily_rate="nine_decimals"),
    ],
)
def test_other_conventions_give_the_cents_of_their_walk(conventions):
    pair = (date(2023, 5, 15), date(2026, 6, 10), "corporate")
    principal = Decimal("1234567.89")
    last = list(quarter_factors([pair], RATES, conventions))[-1]
    assert pipeline_cents(principal, last.closing_factor) == walk(principal, *pair, RATES, conventions).interest_usd


def test_reading_rows_one_by_one_leaves_the_readers_precision_alone():
    before = getcontext().prec
    for _ in quarter_factors([(date(2025, 1, 1), date(2026, 1, 1), "corporate")], RATES):
        assert getcontext().prec == before
