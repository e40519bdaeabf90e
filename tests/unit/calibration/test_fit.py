"""A convention under which refunds were paid is found again, whichever it is."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cape_pipeline.calibration import search as search_module
from cape_pipeline.calibration.grid import CHOICES, DEFAULT, OF_THE_LAST_CENTS, Combination, grid_of
from cape_pipeline.calibration.growth import Amounts
from cape_pipeline.calibration.refunds import Deposit, Refund
from cape_pipeline.calibration.search import search
from cape_pipeline.interest import OPTIONS, Conventions, late_payment, walk
from tests.unit.calibration.made_up import RATES, calibrated, refunds_paid_under
from tests.unit.interest.tables import stepped

ARITHMETIC = [(name, value) for name, values in CHOICES.items() for value in values if name != "rate_class_if_unknown"]
VECTORS = Path(__file__).parents[1] / "interest" / "vectors.csv"


def one(principal, start, end, interest, rate_class="corporate", **more):
    deposit = Deposit(2, Decimal(principal), date.fromisoformat(start))
    return Refund("one", "one", (deposit,), date.fromisoformat(end), Decimal(interest), rate_class=rate_class, **more)


@pytest.mark.parametrize(("name", "value"), ARITHMETIC)
def test_refunds_paid_under_any_value_of_any_option_tell_which_it_was(name, value):
    refunds = refunds_paid_under(**{name: value})
    told = calibrated(refunds)
    assert told["best"]["changes"] == Combination(**{name: value}).changes()
    assert told["best"]["exact"] == told["refund_count"] == len(refunds)
    assert told["options"][name]["left_open"] == []
    assert (told["default"]["exact"] == len(refunds)) == (value == CHOICES[name][0])


@pytest.mark.parametrize("rate_class", ["corporate", "noncorporate"])
def test_the_rate_class_is_found_where_the_file_does_not_say_it(rate_class):
    told = calibrated(refunds_paid_under(rate_class=rate_class, stated=False))
    assert told["best"]["combination"]["rate_class_if_unknown"] == rate_class
    assert told["best"]["exact"] == told["refund_count"]


@pytest.mark.parametrize("rate_class", ["corporate", "noncorporate", "underpayment"])
def test_a_stated_rate_class_is_not_tried_but_used(rate_class):
    told = calibrated(refunds_paid_under(rate_class=rate_class))
    assert told["options"]["rate_class_if_unknown"]["tried"] == ["corporate"]
    assert told["default"]["exact"] == told["refund_count"]


def test_unknown_classes_that_fit_now_one_rate_and_now_the_other_are_told():
    corporate = refunds_paid_under(12, stated=False)
    other = refunds_paid_under(4, seed=8, rate_class="noncorporate", stated=False)
    told = calibrated(corporate + other)
    assert told["best"]["exact"] == 13
    assert any(
        "4 refunds without a rate class fit noncorporate instead of corporate" in text for text in told["verdict"]
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"day_count": "both", "divisor": "fixed_365", "rounding_stage": "per_quarter", "rounding_mode": "down"},
        {"start": "entry_date", "compounding": "simple", "daily_rate": "nine_decimals"},
        {"end": "refund_date", "ten_thousand_dollar_rule": "per_payment", "day_count": "neither"},
        {"rounding_stage": "per_late_period", "rounding_mode": "down", "daily_rate": "nine_decimals"},
        {"rounding_stage": "per_quarter", "ten_thousand_dollar_rule": "per_entry", "rounding_mode": "down"},
    ],
)
def test_several_options_changed_at_once_are_found(changed):
    told = calibrated(refunds_paid_under(**changed))
    assert told["best"]["changes"] == Combination(**changed).changes()
    assert told["best"]["exact"] == told["refund_count"]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("changed", [{}, {"day_count": "first_day_in"}, {"rounding_stage": "nine_decimal_factors"}])
def test_the_search_of_a_large_grid_passes_over_nothing_that_fits_as_well(seed, changed, monkeypatch):
    refunds = refunds_paid_under(5, seed=seed, **changed)
    refunds = [refund for refund in refunds if refund.payment_date is not None]
    spoilt = refunds[0]
    refunds[0] = Refund(
        spoilt.name, spoilt.payment, spoilt.deposits, spoilt.liquidation_date, spoilt.interest_usd + 1,
        spoilt.payment_date, spoilt.rate_class,
    )  # fmt: skip
    outcomes = []
    for limit in (10**9, 0):
        monkeypatch.setattr(search_module, "MOST_COMBINATIONS", limit)
        outcomes.append(search(refunds, Amounts(refunds, RATES), grid_of(refunds)))
    whole, quick = outcomes
    assert whole.passed_over == 0 < quick.passed_over
    assert quick.is_complete
    assert (quick.best, quick.default, quick.alike) == (whole.best, whole.default, whole.alike)
    most = whole.best.exact
    assert [s for s in quick.scores if s.exact == most] == [s for s in whole.scores if s.exact == most]


def test_a_grid_in_which_nothing_fits_is_searched_too(monkeypatch):
    monkeypatch.setattr(search_module, "MOST_COMBINATIONS", 0)
    told = calibrated([one("100000.00", "2025-05-15", "2026-06-10", "1.00")])
    assert told["best"]["exact"] == 0
    assert told["verdict"][0].startswith("No combination reproduces any of 1 refund to the cent")


def test_a_search_that_too_little_fits_stops_and_says_so(monkeypatch):
    monkeypatch.setattr(search_module, "MOST_COMBINATIONS", 0)
    monkeypatch.setattr(search_module, "MOST_OF_A_STEP", 50)
    right = walk(Decimal("300.00"), date(2025, 5, 15), date(2026, 6, 10), "corporate", RATES).interest_usd
    refunds = [one("300.00", "2025-05-15", "2026-06-10", right + Decimal(number) / 100) for number in range(6)]
    told = calibrated(refunds)
    assert not told["is_search_complete"]
    assert told["default"]["exact"] == 1
    assert "Too little fits for every combination to be tried." in told["verdict"]


@pytest.mark.parametrize("name", [None, *(name for name in CHOICES if name not in OF_THE_LAST_CENTS)])
def test_no_choice_of_roundings_moves_an_amount_further_than_the_search_allows_for(name):
    refunds = refunds_paid_under(5, stated=name != "rate_class_if_unknown")
    amounts, grid = Amounts(refunds, RATES), grid_of(refunds)
    for value in CHOICES[name][1:] if name else [None]:
        changed = {name: value} if name else {}
        for number in range(len(refunds)):
            once = amounts.amount(number, Combination(**changed))
            for rounding in grid.combinations(only=OF_THE_LAST_CENTS):
                of_cents = {option: getattr(rounding, option) for option in OF_THE_LAST_CENTS}
                other = amounts.amount(number, Combination(**changed, **of_cents))
                assert once is not None
                assert other is not None
                assert abs(other - once) <= amounts.most_a_rounding_moves(number)


@pytest.mark.parametrize("row_id", ["property-sale-into-a-leap-year", "stock-purchase-over-seven-rates"])
def test_the_published_worked_examples_come_out_under_the_default(row_id):
    with VECTORS.open(encoding="utf-8", newline="") as file:
        (row,) = (row for row in csv.DictReader(file) if row["id"] == row_id)
    pairs = (text.split("=") for text in row["rates_from"].split())
    rates = stepped({date.fromisoformat(day): rate for day, rate in pairs}, int(row["end_date"][:4]))
    told = calibrated([one(row["principal"], row["start_date"], row["end_date"], row["expected"])], rates)
    assert told["best"]["changes"] == {}
    assert told["default"]["exact"] == 1
    wrong = {"day_count": 3, "divisor": 1, "compounding": 1, "ten_thousand_dollar_rule": int(row_id[0] == "s")}
    missed = [next(iter(score["changes"])) for score in told["one_difference"] if score["exact"] == 0]
    assert {name: missed.count(name) for name in wrong} == wrong


def test_the_customs_bill_of_hq_221692_comes_out_within_two_cents_and_exactly_with_late_periods_rounded():
    """Fourteen 30-day periods from the 15th day after the liquidation of 6 February 1987; 12,941.46 was billed."""
    before = "1987-02-20"
    paid = date.fromisoformat(before) + timedelta(days=14 * 30 + 1)
    told = calibrated([one("109843.12", before, before, "12941.46", "underpayment", payment_date=paid)])
    assert told["default"]["largest_difference_usd"] == Decimal("0.02")
    assert told["default"]["within_5_cents"] == 1
    exactly = Combination(rounding_stage="per_late_period", daily_rate="nine_decimals")
    assert exactly.to_json_dict() in told["like_the_best"]
    assert told["best"]["exact"] == 1
    by_change = {tuple(score["changes"].items()): score for score in told["one_difference"]}
    assert by_change[(("divisor", "fixed_365"),)]["largest_difference_usd"] == Decimal("10.60")
    assert by_change[(("compounding", "simple"),)]["largest_difference_usd"] == Decimal("705.67")


def test_every_amount_is_the_one_the_pipeline_s_own_walk_gives():
    refunds = [refund for refund in refunds_paid_under(8) if len(refund.deposits) == 1]
    amounts = Amounts(refunds, RATES)
    for name, values in OPTIONS.items():
        for value in values:
            conventions = Conventions(**{name: value})
            chosen = value if isinstance(value, str) else "per_entry" if value else "off"
            combination = Combination(**{name: chosen}, end="liquidation")
            late = Combination(**{name: chosen})
            for number, refund in enumerate(refunds):
                end, principal = refund.liquidation_date, refund.principal_usd
                walked = walk(
                    principal, refund.deposits[0].deposit_date, end, "corporate", RATES, conventions
                ).interest_usd
                assert amounts.amount(number, combination) == walked, (name, value)
                if refund.payment_date:
                    walked += late_payment(
                        principal + walked, end, refund.payment_date, "corporate", RATES, conventions
                    ).interest_usd
                assert amounts.amount(number, late) == walked, (name, value)


@pytest.mark.parametrize("rate_class", ["corporate", "noncorporate"])
def test_ten_billion_dollars_are_fitted_to_the_cent(rate_class):
    start, end = date(2025, 3, 3), date(2026, 8, 14)
    principal = Decimal("10000000000.00")
    interest = walk(principal, start, end, rate_class, RATES, Conventions(day_count="both")).interest_usd
    told = calibrated([one(principal, str(start), str(end), interest, rate_class)])
    assert (told["best"]["changes"], told["best"]["exact"]) == ({"day_count": "both"}, 1)
    assert told["options"]["daily_rate"]["left_open"] == []
    assert told["default"]["largest_difference_usd"] > 1_000_000


def test_what_the_file_cannot_tell_is_named():
    told = calibrated([one("100.00", "2025-05-15", "2025-06-10", "0.43")])
    assert told["best"]["changes"] == {}
    assert told["options"]["day_count"]["left_open"] == ["last_day_in", "first_day_in"]
    assert told["options"]["divisor"]["not_told_because"] == "no day of these refunds lies in a leap year"
    assert told["options"]["start"]["tried"] == ["deposit_date"]
    text = " ".join(told["verdict"])
    assert "cannot be told apart by your file: " in text
    assert "day_count (last_day_in, first_day_in)" in text
    assert "One refund is too few" in text
    assert told["best"]["alike_count"] == len(told["like_the_best"]) > 1


def test_a_grid_has_no_option_that_no_refund_can_tell():
    grid = grid_of([one("9999.99", "2025-05-15", "2026-06-10", "1.00")])
    assert {name: len(values) for name, values in grid.values.items()} == {
        "start": 1, "end": 1, "rate_class_if_unknown": 1, "ten_thousand_dollar_rule": 1, "day_count": 4, "divisor": 1,
        "compounding": 2, "rounding_stage": 3, "rounding_mode": 3, "daily_rate": 2,
    }  # fmt: skip
    assert grid.values["ten_thousand_dollar_rule"] == ("off",)
    assert len(set(grid.combinations())) == grid.size == 144
    assert next(grid.combinations()) == DEFAULT


@pytest.mark.parametrize(("principal", "tried"), [("10000.00", 1), ("10000.01", 2)])
def test_the_ten_thousand_dollar_rule_is_tried_from_the_first_cent_above(principal, tried):
    grid = grid_of([one(principal, "2025-05-15", "2026-06-10", "1.00")])
    assert len(grid.values["ten_thousand_dollar_rule"]) == tried


def test_the_rule_per_payment_is_tried_where_small_refunds_are_large_together():
    small = [one("6000.00", "2025-05-15", "2026-06-10", "1.00") for _ in range(2)]
    assert grid_of(small).values["ten_thousand_dollar_rule"] == ("off", "per_payment")


def test_a_refund_that_lacks_the_day_is_not_compared_and_counts_for_nothing():
    refunds = refunds_paid_under(6, start="entry_date")
    bare = one("50000.00", "2025-05-15", "2026-06-10", "3000.00")
    told = calibrated([*refunds, bare])
    assert told["best"]["combination"]["start"] == "entry_date"
    assert (told["best"]["compared"], told["refund_count"]) == (7, 8)
    assert told["refunds"][-1]["best_difference_usd"] is None


def test_among_combinations_that_reproduce_as_many_the_one_nearest_the_default_is_best():
    right = walk(Decimal("52500.00"), date(2025, 6, 23), date(2026, 6, 10), "corporate", RATES).interest_usd
    told = calibrated(
        [
            one("100000.00", "2025-05-15", "2026-06-10", "6430.69"),
            one("52500.00", "2025-06-23", "2026-06-10", right - Decimal("0.10")),
        ]
    )
    nearer = [score for score in told["combinations"] if score["mean_difference_usd"] < Decimal("0.05")]
    assert any(score["exact"] == 1 for score in nearer)
    assert (told["best"]["changes"], told["best"]["exact"]) == ({}, 1)


def test_the_same_refunds_in_the_same_order_give_the_same_answer():
    refunds = refunds_paid_under(6, day_count="both")
    assert calibrated(refunds) == calibrated(refunds)
