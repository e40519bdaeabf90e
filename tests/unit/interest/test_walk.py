"""The walk: equal to the daily definition, and right on both sides of every edge."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, getcontext, localcontext

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cape_pipeline.interest import Conventions, InterestError, RatesNotPublished, walk
from cape_pipeline.interest.accrual import LARGEST_PRINCIPAL
from tests.unit.interest.day_by_day import growth, interest_in_cents
from tests.unit.interest.tables import flat, published, seed_as_fractions

RATES = published()
FRACTIONS = seed_as_fractions()
CLASSES = st.sampled_from(["corporate", "noncorporate", "underpayment"])
HUNDRED = Decimal("100.00")


def rate_of_day(rate_class):
    return lambda day: FRACTIONS[day.year, (day.month + 2) // 3, rate_class]


@st.composite
def spans(draw, longest=1500):
    start = draw(st.dates(date(1983, 1, 1), date(2026, 12, 31)))
    return start, min(start + timedelta(days=draw(st.integers(0, longest))), date(2026, 12, 31))


@settings(deadline=None, max_examples=150)
@given(cents=st.integers(0, 10**12), span=spans(), rate_class=CLASSES)
@example(cents=3650, span=(date(2026, 4, 1), date(2026, 4, 2)), rate_class="corporate")
@example(cents=10**9, span=(date(2024, 2, 28), date(2024, 3, 1)), rate_class="noncorporate")
@example(cents=10**9, span=(date(2023, 12, 30), date(2024, 1, 2)), rate_class="corporate")
@example(cents=10**7, span=(date(1982, 12, 31), date(2026, 12, 31)), rate_class="corporate")
def test_the_walk_gives_the_cents_of_the_exact_daily_definition(cents, span, rate_class):
    result = walk(Decimal(cents) / 100, *span, rate_class, RATES)
    assert result.interest_usd * 100 == interest_in_cents(cents, *span, rate_of_day(rate_class))


@settings(deadline=None, max_examples=50)
@given(span=spans(longest=800), rate_class=CLASSES)
def test_the_factor_agrees_with_the_daily_definition_to_fifty_digits(span, rate_class):
    numerator, denominator = growth(*span, rate_of_day(rate_class))
    with localcontext() as context:
        context.prec = 70
        daily = Decimal(numerator) / Decimal(denominator)
        assert abs(walk(HUNDRED, *span, rate_class, RATES).factor - daily) < Decimal("1e-50")


@given(span=spans(), rate_class=CLASSES)
def test_the_segments_chain_cover_every_day_once_and_stay_within_their_quarters(span, rate_class):
    start, end = span
    result = walk(HUNDRED, start, end, rate_class, RATES)
    assert result.days == (end - start).days == sum(segment.days for segment in result.segments)
    opening, day = HUNDRED, start
    for segment in result.segments:
        assert segment.first_day == day + timedelta(days=1)
        assert segment.days == (segment.last_day - segment.first_day).days + 1
        assert segment.quarter_start <= segment.first_day
        assert (segment.last_day.month + 2) // 3 == (segment.quarter_start.month + 2) // 3
        assert segment.opening_usd == opening
        with localcontext() as context:
            context.prec = 60
            assert segment.opening_usd + segment.interest_usd == segment.closing_usd
        opening, day = segment.closing_usd, segment.last_day
    assert day == end


def test_a_quarter_that_ends_on_the_liquidation_day_opens_no_further_segment():
    on_the_edge = walk(HUNDRED, date(2026, 3, 1), date(2026, 3, 31), "corporate", RATES)
    a_day_later = walk(HUNDRED, date(2026, 3, 1), date(2026, 4, 1), "corporate", RATES)
    assert [(s.quarter_start, s.days) for s in on_the_edge.segments] == [(date(2026, 1, 1), 30)]
    assert [(s.days, s.annual_rate) for s in a_day_later.segments] == [(30, Decimal("0.06")), (1, Decimal("0.05"))]


def test_a_deposit_on_the_last_day_of_a_quarter_bears_nothing_in_it():
    last_day = walk(HUNDRED, date(2026, 3, 31), date(2026, 4, 2), "corporate", RATES)
    day_before = walk(HUNDRED, date(2026, 3, 30), date(2026, 4, 2), "corporate", RATES)
    assert [s.days for s in last_day.segments] == [2]
    assert [s.days for s in day_before.segments] == [1, 2]


def test_the_leap_day_counts_and_its_whole_year_is_divided_by_366():
    with_leap_day = walk(HUNDRED, date(2024, 2, 28), date(2024, 3, 1), "corporate", flat("0.06"))
    without = walk(HUNDRED, date(2025, 2, 28), date(2025, 3, 1), "corporate", flat("0.06"))
    assert (with_leap_day.days, without.days) == (2, 1)
    with localcontext() as context:
        context.prec = 60
        assert with_leap_day.factor == (1 + Decimal("0.06") / 366) ** 2
        assert without.factor == 1 + Decimal("0.06") / 365


def test_the_divisor_changes_at_new_year():
    first_of_january = walk(HUNDRED, date(2023, 12, 30), date(2024, 1, 1), "corporate", flat("0.06"))
    with localcontext() as context:
        context.prec = 60
        expected = (1 + Decimal("0.06") / 365) * (1 + Decimal("0.06") / 366)
        assert abs(first_of_january.factor - expected) < Decimal("1e-55")


def test_the_same_day_bears_nothing_and_the_next_day_one_day():
    same = walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 15), "corporate", RATES)
    following = walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 16), "corporate", RATES)
    assert (same.days, same.interest_usd, same.factor, same.segments) == (0, Decimal("0.00"), Decimal(1), ())
    assert str(same.interest_usd) == "0.00"
    assert (following.days, following.interest_usd) == (1, Decimal("0.02"))


def test_an_end_before_the_start_is_refused_in_a_sentence():
    with pytest.raises(InterestError, match=r"Interest cannot end on 2025-05-14, before it starts on 2025-05-15; "):
        walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 14), "corporate", RATES)


def test_the_last_published_day_has_interest_and_the_day_after_is_refused_by_name():
    last = RATES.last_day
    assert walk(HUNDRED, date(2026, 5, 1), last, "corporate", RATES).segments[-1].last_day == last
    with pytest.raises(RatesNotPublished, match=rf"{last + timedelta(days=1)} .*2026-10-01 to 2026-12-31\."):
        walk(HUNDRED, date(2026, 5, 1), last + timedelta(days=1), "corporate", RATES)


def test_a_deposit_the_day_before_the_table_begins_is_priced_and_a_day_earlier_is_refused():
    edge = RATES.first_day - timedelta(days=1)
    assert walk(HUNDRED, edge, date(1983, 1, 1), "corporate", RATES).days == 1
    for carry_forward in (False, True):
        with pytest.raises(RatesNotPublished, match="begins with the quarter from 1983-01-01"):
            walk(HUNDRED, edge - timedelta(days=1), date(1983, 1, 1), "corporate", RATES, carry_forward=carry_forward)


def test_a_carried_rate_is_the_last_one_and_is_flagged_only_where_used():
    past = walk(HUNDRED, date(2026, 12, 1), date(2027, 1, 31), "corporate", RATES, carry_forward=True)
    within = walk(HUNDRED, date(2026, 12, 1), date(2026, 12, 31), "corporate", RATES, carry_forward=True)
    assert [(s.annual_rate, s.carried_forward) for s in past.segments] == [
        (Decimal("0.06"), False),
        (Decimal("0.06"), True),
    ]
    assert (past.carried_forward, within.carried_forward) == (True, False)
    assert past.to_json_dict()["carried_forward"] is True


@pytest.mark.parametrize(
    ("day_count", "days", "first_day", "last_day"),
    [
        ("last_day_in", 3, 16, 18),
        ("first_day_in", 3, 15, 17),
        ("both", 4, 15, 18),
        ("neither", 2, 16, 17),
    ],
)
def test_each_day_count_takes_its_own_days(day_count, days, first_day, last_day):
    conventions = Conventions(day_count=day_count)
    result = walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 18), "corporate", RATES, conventions)
    assert result.days == days
    assert (result.segments[0].first_day.day, result.segments[-1].last_day.day) == (first_day, last_day)


@pytest.mark.parametrize(("day_count", "days"), [("both", 1), ("neither", 0), ("first_day_in", 0)])
def test_on_the_same_day_only_counting_both_ends_leaves_a_day(day_count, days):
    day = date(2025, 5, 15)
    assert walk(HUNDRED, day, day, "corporate", RATES, Conventions(day_count=day_count)).days == days


def test_rounding_each_quarter_leaves_every_balance_in_whole_cents():
    conventions = Conventions(rounding_stage="per_quarter")
    result = walk(Decimal("1234567.89"), date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES, conventions)
    assert all(s.interest_usd == s.interest_usd.quantize(Decimal("0.01")) for s in result.segments)
    assert result.interest_usd == sum(s.interest_usd for s in result.segments)


@pytest.mark.parametrize(
    "principal", [Decimal("-0.01"), Decimal("NaN"), Decimal("Infinity"), LARGEST_PRINCIPAL + 1, 100.0, 100, "100"]
)
def test_what_is_no_amount_of_money_is_refused(principal):
    with pytest.raises(InterestError, match="The amount must"):
        walk(principal, date(2025, 5, 15), date(2025, 5, 16), "corporate", RATES)


def test_the_largest_amount_the_warehouse_holds_is_walked():
    start, end = date(1983, 1, 1), date(2026, 12, 31)
    cents = int(LARGEST_PRINCIPAL * 100)
    result = walk(LARGEST_PRINCIPAL, start, end, "underpayment", RATES)
    assert result.interest_usd * 100 == interest_in_cents(cents, start, end, rate_of_day("underpayment"))


@pytest.mark.parametrize("conventions", [Conventions(), Conventions(compounding="simple")])
def test_no_principal_earns_nothing_but_has_the_factor_of_a_dollar(conventions):
    nothing = walk(Decimal(0), date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES, conventions)
    dollar = walk(Decimal(1), date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES, conventions)
    assert nothing.interest_usd == 0
    assert abs(nothing.factor - dollar.factor) < Decimal("1e-50")


def test_an_unknown_rate_class_and_a_time_of_day_are_refused():
    with pytest.raises(InterestError, match="no interest rate class 'partnership'"):
        walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 15), "partnership", RATES)
    with pytest.raises(InterestError, match="day without a time"):
        walk(HUNDRED, datetime(2025, 5, 15, 12, tzinfo=UTC), date(2025, 5, 16), "corporate", RATES)
    with pytest.raises(InterestError, match="no real date"):
        walk(HUNDRED, date(9999, 12, 31), date(9999, 12, 31), "corporate", RATES)


def test_the_walk_neither_uses_nor_changes_the_precision_of_its_caller():
    expected = walk(HUNDRED, date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES)
    with localcontext() as context:
        context.prec = 4
        assert walk(HUNDRED, date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES) == expected
        assert getcontext().prec == 4


def test_the_json_form_holds_amounts_as_text_and_survives_a_round_trip():
    result = walk(Decimal("100000.00"), date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES)
    data = result.to_json_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["principal_usd"] == "100000.00"
    assert data["interest_usd"] == "6430.69"
    assert (data["start_date"], data["end_date"], data["days"]) == ("2025-05-15", "2026-06-10", 391)
    assert data["conventions"] == Conventions().to_json_dict()
    segments = data["segments"]
    assert isinstance(segments, list)
    assert segments[0]["opening_usd"] == "100000.00"
    assert {"quarter_start", "first_day", "last_day", "days", "annual_rate", "interest_usd", "closing_usd"} <= set(
        segments[0]
    )
    assert sum(Decimal(segment["interest_usd"]) for segment in segments).quantize(Decimal("0.01")) == Decimal("6430.69")


@pytest.mark.parametrize(
    ("name", "value"), [("day_count", "all"), ("rounding_mode", "up"), ("ten_thousand_dollar_rule", 1)]
)
def test_a_convention_outside_its_list_is_refused_by_name(name, value):
    with pytest.raises(InterestError, match=f"convention {name} cannot be"):
        Conventions(**{name: value})


RULE = Conventions(ten_thousand_dollar_rule=True)


def test_a_part_has_its_share_of_the_first_ten_thousand_dollars_of_its_whole():
    span = (date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES, RULE)
    whole = walk(Decimal("100000.00"), *span)
    parts = [walk(Decimal(part), *span, ten_thousand_base=Decimal("100000.00")) for part in ("30000.00", "70000.00")]
    assert abs(sum(part.interest_usd for part in parts) - whole.interest_usd) <= Decimal("0.01")
    with localcontext() as context:
        context.prec = 60
        assert all(abs(part.factor - whole.factor) < Decimal("1e-50") for part in parts)


@pytest.mark.parametrize(("base", "is_reduced"), [("10000.00", False), ("10000.01", True)])
def test_a_small_part_of_a_whole_above_ten_thousand_dollars_bears_the_lower_rate_on_its_share(base, is_reduced):
    span = (date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES, RULE)
    part, alone = walk(HUNDRED, *span, ten_thousand_base=Decimal(base)), walk(HUNDRED, *span)
    assert (part.factor < alone.factor) is is_reduced
    assert (part.segments[0].rate_above_ten_thousand is not None) is is_reduced


def test_a_base_that_is_no_amount_of_money_is_refused():
    with pytest.raises(InterestError, match="The amount must"):
        walk(HUNDRED, date(2025, 5, 15), date(2025, 5, 16), "corporate", RATES, RULE, ten_thousand_base=100)
