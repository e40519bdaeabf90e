"""Which conventions the policies in force make, and whether growth factors can carry them."""

from dataclasses import fields
from typing import Any

import pytest

from cape_pipeline.assets.interest import readings_in_force, walk_rows
from cape_pipeline.interest import OPTIONS, Conventions
from tests.support.tables import choose, empty_tables
from tests.tables.refunds.rates import put_published_rates, put_terms

POINTS = {
    "day_count": "interest_day_count_policy",
    "divisor": "interest_divisor_policy",
    "compounding": "interest_compounding_policy",
    "rounding_mode": "interest_rounding_mode_policy",
}
OTHERS: dict[tuple[str, str], dict[str, Any]] = {
    ("interest_rounding_policy", "once"): {},
    ("interest_rounding_policy", "per_line"): {},
    ("interest_rounding_policy", "per_quarter"): {"rounding_stage": "per_quarter"},
    ("interest_rounding_policy", "nine_decimal_factors"): {"rounding_stage": "nine_decimal_factors"},
    ("interest_rounding_policy", "nine_decimal_daily_rate"): {"daily_rate": "nine_decimals"},
    ("interest_ten_thousand_policy", "per_entry"): {"ten_thousand_dollar_rule": True},
    ("interest_ten_thousand_policy", "per_payment"): {"ten_thousand_dollar_rule": True},
}
CASES: dict[tuple[str, str], dict[str, Any]] = {
    **{(POINTS[name], str(value)): {name: value} for name in POINTS for value in OPTIONS[name]},
    **OTHERS,
}


def test_every_default_makes_the_default_conventions_and_carries_nothing_forward() -> None:
    with empty_tables() as con:
        readings = readings_in_force(con)
    assert (readings.conventions, readings.carry_forward, readings.are_factors_enough) == (Conventions(), False, True)


def test_before_any_registry_is_loaded_the_defaults_count() -> None:
    with empty_tables() as con:
        con.execute("delete from registry.policies_in_force")
        assert readings_in_force(con).conventions == Conventions()


@pytest.mark.parametrize(("choice", "changed"), CASES.items(), ids=lambda value: str(value))
def test_each_choice_changes_its_own_option_and_no_other(choice: tuple[str, str], changed: dict[str, object]) -> None:
    with empty_tables() as con:
        choose(con, **dict([choice]))
        found = readings_in_force(con).conventions
    default = Conventions()
    differing = {field.name for field in fields(found) if getattr(found, field.name) != getattr(default, field.name)}
    assert all(getattr(found, name) == value for name, value in changed.items())
    assert differing <= set(changed)


def test_every_option_of_the_arithmetic_can_be_chosen() -> None:
    reached: dict[str, set[object]] = {name: {values[0]} for name, values in OPTIONS.items()}
    for changed in CASES.values():
        for name, value in changed.items():
            reached[name].add(value)
    # cents of every 30-day period exist only in late interest, where calibration tries them
    assert reached == {name: set(values) - {"per_late_period"} for name, values in OPTIONS.items()}


def test_factors_and_walks_are_never_both_made() -> None:
    with empty_tables() as con:
        put_published_rates(con)
        put_terms(con)
        assert walk_rows(con) == []
        choose(con, interest_rounding_mode_policy="half_even")
        rows = walk_rows(con)
        assert (len(rows), readings_in_force(con).are_factors_enough) == (5, False)


@pytest.mark.parametrize(
    ("choice", "changed"),
    [
        ({"interest_day_count_policy": "both"}, {}),
        ({"interest_rounding_policy": "per_quarter"}, {}),
        ({"interest_rounding_mode_policy": "down"}, {}),
        ({"interest_ten_thousand_policy": "per_entry"}, {}),
        ({"interest_compounding_policy": "simple"}, {"compounding": "simple"}),
        ({"interest_rounding_policy": "nine_decimal_factors"}, {"rounding_stage": "nine_decimal_factors"}),
    ],
)
def test_late_interest_takes_what_a_growing_dollar_can_carry_and_nothing_else(
    choice: dict[str, str], changed: dict[str, str]
) -> None:
    with empty_tables() as con:
        choose(con, **choice)
        assert readings_in_force(con).for_late_interest == Conventions(**changed)
