"""Late payment: whole 30-day periods, none for the period of payment."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cape_pipeline.interest import Conventions, InterestError, RatesNotPublished, late_payment, walk
from cape_pipeline.interest.late import whole_periods
from tests.unit.interest.tables import published

RATES = published()
BALANCE = Decimal("106430.69")
LIQUIDATED = date(2026, 3, 16)


def late(days, **options):
    return late_payment(BALANCE, LIQUIDATED, LIQUIDATED + timedelta(days=days), "corporate", RATES, **options)


@pytest.mark.parametrize(
    ("days", "periods"), [(0, 0), (1, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3), (121, 4)]
)
def test_the_period_of_payment_is_never_counted(days, periods):
    assert whole_periods(days) == periods
    assert late(days).whole_periods == periods == len(late(days).periods)


def test_paying_on_day_30_costs_nothing_and_on_day_31_a_whole_period():
    assert (late(30).interest_usd, late(30).periods) == (Decimal("0.00"), ())
    one_period = walk(BALANCE, LIQUIDATED, LIQUIDATED + timedelta(days=30), "corporate", RATES)
    assert late(31).interest_usd == one_period.interest_usd > 0


@pytest.mark.parametrize("conventions", [Conventions(), Conventions(compounding="simple")])
def test_several_periods_grow_as_a_walk_over_their_days(conventions):
    ninety_days = walk(BALANCE, LIQUIDATED, LIQUIDATED + timedelta(days=90), "corporate", RATES, conventions)
    result = late(100, conventions=conventions)
    assert result.interest_usd == ninety_days.interest_usd
    assert sum(s.days for p in result.periods for s in p.segments) == 90


def test_a_period_over_a_quarter_edge_uses_both_rates():
    first = late(31).periods[0]
    assert (first.first_day, first.last_day) == (date(2026, 3, 17), date(2026, 4, 15))
    assert [(s.days, s.annual_rate) for s in first.segments] == [(15, Decimal("0.06")), (15, Decimal("0.05"))]


def test_days_without_ach_data_count_neither_toward_the_periods_nor_as_accrual_days():
    span = (LIQUIDATED + timedelta(days=11), LIQUIDATED + timedelta(days=20))
    assert late(40, excluded=[span]).whole_periods == 0
    result = late(41, excluded=[span])
    assert (result.days_to_payment, result.whole_periods) == (31, 1)
    period = result.periods[0]
    assert [s.days for s in period.segments] == [10, 20]
    assert period.segments[1].first_day == span[1] + timedelta(days=1)
    assert period.last_day == LIQUIDATED + timedelta(days=40)


def test_excluded_spans_may_overlap_nest_reach_outside_and_come_in_any_order():
    day = LIQUIDATED + timedelta(days=1)
    spans = [
        (day + timedelta(days=20), day + timedelta(days=500)),
        (day + timedelta(days=5), day + timedelta(days=12)),
        (day + timedelta(days=6), day + timedelta(days=7)),
        (day + timedelta(days=10), day + timedelta(days=14)),
        (day - timedelta(days=50), day + timedelta(days=1)),
    ]
    assert late(100, excluded=spans).days_to_payment == 3 + 5
    assert late(100, excluded=[(day - timedelta(days=9), day - timedelta(days=1))]).days_to_payment == 100
    with pytest.raises(InterestError, match="excluded span cannot end on"):
        late(100, excluded=[(day, day - timedelta(days=1))])


def test_rounding_each_period_leaves_every_balance_in_whole_cents():
    result = late(200, conventions=Conventions(rounding_stage="per_late_period"))
    assert all(p.closing_usd == p.closing_usd.quantize(Decimal("0.01")) for p in result.periods)
    assert result.interest_usd == sum(p.interest_usd for p in result.periods)


def test_payment_before_liquidation_and_days_past_the_table_are_refused():
    with pytest.raises(InterestError, match="before it starts"):
        late(-1)
    assert late(300).whole_periods == 9
    with pytest.raises(RatesNotPublished, match="last quarter with a published rate"):
        late(301)
    assert late(301, carry_forward=True).carried_forward
    assert not late(300, carry_forward=True).carried_forward


def test_the_json_form_has_amounts_as_text():
    data = late(61).to_json_dict()
    assert (data["balance_usd"], data["whole_periods"]) == ("106430.69", 2)
    assert data["interest_usd"] == format(late(61).interest_usd, "f")
