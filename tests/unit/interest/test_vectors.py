"""Published figures the arithmetic must reproduce to the last digit.

Belongs here: government factor tables and worked examples, and the one Customs bill. Does not belong here: figures of
our own making.
"""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cape_pipeline.interest import Conventions, Walk, walk
from cape_pipeline.interest.exact import to_nine_decimals
from cape_pipeline.interest.late import grow_by_periods
from tests.unit.interest.tables import published, stepped

with (Path(__file__).parent / "vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = {row["id"]: row for row in csv.DictReader(file)}

WORKED_EXAMPLES = [row_id for row_id, row in VECTORS.items() if row["kind"] == "interest"]
RIVALS = {
    "the start day instead of the end day": Conventions(day_count="first_day_in"),
    "both end days": Conventions(day_count="both"),
    "neither end day": Conventions(day_count="neither"),
    "365 days in every year": Conventions(divisor="fixed_365"),
    "simple interest": Conventions(compounding="simple"),
}


def rates_of(row: dict[str, str]) -> dict[date, str]:
    pairs = (text.split("=") for text in row["rates_from"].split())
    return {date.fromisoformat(day): rate for day, rate in pairs}


def walk_of(row: dict[str, str], conventions: Conventions | None = None) -> Walk:
    end = date.fromisoformat(row["end_date"])
    return walk(
        Decimal(row["principal"]),
        date.fromisoformat(row["start_date"]),
        end,
        "underpayment",
        stepped(rates_of(row), end.year),
        conventions or Conventions(),
    )


@pytest.mark.parametrize("row_id", VECTORS)
def test_every_published_figure_is_reproduced_to_its_last_digit(row_id):
    row = VECTORS[row_id]
    result = walk_of(row)
    assert result.days == int(row["days"])
    if row["kind"] == "factor":
        assert to_nine_decimals(result.factor - 1) == Decimal(row["expected"])
    else:
        assert result.interest_usd == Decimal(row["expected"])


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("row_id", WORKED_EXAMPLES)
def test_no_rival_convention_reproduces_the_worked_examples(row_id, rival):
    row = VECTORS[row_id]
    assert walk_of(row, RIVALS[rival]).interest_usd != Decimal(row["expected"])


@pytest.mark.parametrize("row_id", WORKED_EXAMPLES)
def test_nine_decimal_factors_reproduce_the_worked_examples_too(row_id):
    row = VECTORS[row_id]
    assert walk_of(row, Conventions(rounding_stage="nine_decimal_factors")).interest_usd == Decimal(row["expected"])


def test_the_regulation_counts_sixty_days_from_new_years_eve_to_the_first_of_march():
    rates = stepped({date(1982, 1, 1): "0.20", date(1983, 1, 1): "0.16"}, 1983)
    first = walk(Decimal(100), date(1982, 12, 31), date(1983, 3, 1), "underpayment", rates)
    second = walk(Decimal(100), date(1982, 4, 15), date(1982, 12, 31), "underpayment", rates)
    assert (first.days, second.days) == (60, 260)


@pytest.mark.parametrize(
    ("conventions", "expected"),
    [
        (Conventions(), "12941.48"),
        (Conventions(rounding_stage="per_late_period"), "12941.47"),
        (Conventions(rounding_stage="per_late_period", daily_rate="nine_decimals"), "12941.46"),
        (Conventions(divisor="fixed_365"), "12952.06"),
        (Conventions(compounding="simple"), "12235.79"),
    ],
    ids=["default", "cents per period", "cents per period and nine-decimal rate", "fixed 365", "simple"],
)
def test_the_customs_bill_of_hq_221692_comes_out_under_each_convention(conventions, expected):
    """Billed 12,941.46 on 109,843.12: fourteen periods from the 15th day after the liquidation of 6 February 1987."""
    first_day = date(1987, 2, 6) + timedelta(days=15)
    periods = [
        [(first_day + timedelta(days=30 * number), first_day + timedelta(days=30 * number + 29))]
        for number in range(14)
    ]
    balance = Decimal("109843.12")
    last = grow_by_periods(balance, periods, "underpayment", published(), conventions)[-1]
    assert abs(last.closing_usd - balance - Decimal(expected)) < Decimal("0.005001")
