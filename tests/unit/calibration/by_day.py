"""Reference for the tests: the interest of a refund by the definition of each convention, one day at a time.

Belongs here: the slow, literal reading of every option. It shares no code with the product: days are walked one by one
in plain decimals, and late periods are counted out.
"""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

DAY = timedelta(days=1)
SEED = Path(__file__).parents[3] / "registry_seeds" / "interest_rates.csv"
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
COLUMNS = {
    "corporate": "overpayment_corporate_rate",
    "noncorporate": "overpayment_noncorporate_rate",
    "underpayment": "underpayment_rate",
}
DEFAULT = {
    "start": "deposit_date",
    "end": "liquidation_and_late",
    "ten_thousand_dollar_rule": "off",
    "day_count": "last_day_in",
    "divisor": "calendar_year",
    "compounding": "daily",
    "rounding_stage": "once",
    "rounding_mode": "half_up",
    "daily_rate": "exact",
}
RateOfDay = Callable[[date, str], Decimal]


@cache
def _seed() -> dict[tuple[int, int], dict[str, str]]:
    with SEED.open(encoding="utf-8", newline="") as file:
        return {(int(row["quarter_start"][:4]), int(row["quarter_start"][5:7])): row for row in csv.DictReader(file)}


@cache
def published(day: date, rate_class: str) -> Decimal:
    """The annual rate the product ships for a day."""
    return Decimal(_seed()[day.year, 3 * ((day.month - 1) // 3) + 1][COLUMNS[rate_class]])


def interest(
    deposits: list[dict[str, Any]],
    liquidation: date,
    rate_class: str,
    payment: date | None = None,
    paid_together: Decimal | None = None,
    rate_of: RateOfDay = published,
    **changed: str,
) -> Decimal:
    """Interest of one refund in cents; `paid_together` is the principal of the whole payment."""
    options = DEFAULT | changed
    with localcontext() as context:
        context.prec = 70
        total = sum((deposit["principal"] for deposit in deposits), Decimal(0))
        full_share = _full_share(total, paid_together or total, rate_class, options["ten_thousand_dollar_rule"])
        end = payment if options["end"] == "refund_date" and payment else liquidation
        earned = Decimal(0)
        for deposit in deposits:
            days = _days(deposit[options["start"]], end, options["day_count"])
            full = deposit["principal"] * full_share
            row = sum(
                _grown(part, cut, [days], rate_class, rate_of, options)
                for part, cut in ((full, Decimal(0)), (deposit["principal"] - full, Decimal("0.015")))
            )
            earned += _cents(row, options) if options["rounding_stage"] == "per_row" else row
        earned = _cents(earned, options)
        if options["end"] == "liquidation_and_late" and payment:
            count = max(-(-(payment - liquidation).days // 30) - 1, 0)
            periods = [[liquidation + DAY * (30 * number + day) for day in range(1, 31)] for number in range(count)]
            full = total * full_share if full_share < 1 else total + earned
            late = sum(
                _grown(part, cut, periods, rate_class, rate_of, options | {"is_late": "yes"})
                for part, cut in ((full, Decimal(0)), (total + earned - full, Decimal("0.015")))
            )
            earned += _cents(late, options)
        return earned


def _full_share(total: Decimal, paid_together: Decimal, rate_class: str, rule: str) -> Decimal:
    whole = {"off": Decimal(0), "per_entry": total, "per_payment": paid_together}[rule]
    return Decimal(10_000) / whole if rate_class == "corporate" and whole > 10_000 else Decimal(1)


def _days(start: date, end: date, day_count: str) -> list[date]:
    first = start if day_count in ("first_day_in", "both") else start + DAY
    last = end if day_count in ("last_day_in", "both") else end - DAY
    return [first + DAY * number for number in range((last - first).days + 1)]


def _grown(
    principal: Decimal,
    cut: Decimal,
    periods: list[list[date]],
    rate_class: str,
    rate_of: RateOfDay,
    options: dict[str, str],
) -> Decimal:
    earned = in_cents = Decimal(0)
    for period in periods:
        for _, days in groupby(period, key=lambda day: (day.year, (day.month - 1) // 3)):
            factor = Decimal(1)
            for day in days:
                rate = (rate_of(day, rate_class) - cut) / _divisor(day, options["divisor"])
                if options["daily_rate"] == "nine_decimals":
                    rate = _near(rate, 30).quantize(Decimal("1e-9"), ROUND_HALF_UP)
                factor = factor * (1 + rate) if options["compounding"] == "daily" else factor + rate
            if options["rounding_stage"] == "nine_decimal_factors":
                factor = _near(factor, 30).quantize(Decimal("1e-9"), ROUND_HALF_UP)
            bearing = principal + earned if options["compounding"] == "daily" else principal
            earned += bearing * (factor - 1)
            if options["rounding_stage"] == "per_quarter":
                earned = in_cents = in_cents + _cents(earned - in_cents, options)
        if options["rounding_stage"] == "per_late_period" and "is_late" in options:
            earned = in_cents = in_cents + _cents(earned - in_cents, options)
    return earned


def _divisor(day: date, divisor: str) -> int:
    if divisor == "fixed_365":
        return 365
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def _near(number: Decimal, decimals: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-decimals))


def _cents(amount: Decimal, options: dict[str, str]) -> Decimal:
    return _near(amount, 40).quantize(Decimal("0.01"), MODES[options["rounding_mode"]])
