"""Interest on a refund, one day at a time (interest.md section 1).

What belongs here: the accrual of 19 USC 1505(c) and the late interest of 1505(d), in exact decimals. What does not:
which day a deposit was made or an entry liquidates, and the rates themselves, which are passed in.

The convention: every day ``t`` with ``deposit < t <= end`` multiplies the balance by ``1 + rate / divisor``; the rate
is that of the quarter that holds ``t``, the divisor 365, or 366 if ``t`` lies in a leap year; full precision
throughout; one rounding, half up, to the cent, at the end.
"""

from calendar import isleap
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from tests.support.oracle.values import ZERO, as_date, as_money, cents

READINGS: tuple[str, ...] = (
    "Deposits of one entry accrue each from its own day and are rounded once, after adding: once per entry.",
    (
        "The rate table holds percent per year. A day in a quarter the table does not hold stops the computation; "
        "nothing is carried forward."
    ),
    (
        "1505(d): whole 30-day periods between (re)liquidation and payment, ceil(days / 30) - 1, on principal plus "
        "interest as rounded at liquidation, compounded daily from the (re)liquidation date."
    ),
)

RATE_COLUMNS = {
    "corporate": "overpayment_corporate_rate",
    "noncorporate": "overpayment_noncorporate_rate",
    "underpayment": "underpayment_rate",
}
PRECISION = 50


def accrue(principal: Any, start: Any, end: Any, rate_class: str, rates: list[dict[str, Any]]) -> dict[str, Any]:
    """Walk from the day of deposit (not counted) to the day of liquidation (counted).

    Args:
        principal: dollars, Decimal or text.
        start: day of deposit.
        end: day of liquidation or reliquidation.
        rate_class: `corporate`, `noncorporate` or `underpayment`.
        rates: rows of interest_rates.csv.

    Returns:
        interest_usd (rounded), interest_unrounded, days, segments: a list of quarter_start, days, annual_rate
        (decimal), opening_usd, interest_usd, closing_usd, all unrounded.

    Raises:
        LookupError: a day lies outside the rate table.
        ValueError: end before start, no amount or day, or a rate class that does not exist.
    """
    amount, first, last = as_money(principal), as_date(start), as_date(end)
    if amount is None or first is None or last is None:
        raise ValueError("interest needs a principal, a deposit date and an end date; none of them is assumed")
    if last < first:
        raise ValueError(f"interest cannot run backwards, from {first} to {last}")
    if rate_class not in RATE_COLUMNS:
        raise ValueError(f"no such rate class: {rate_class!r}")

    with localcontext() as context:
        context.prec = PRECISION
        balance = amount
        segments: list[dict[str, Any]] = []
        day = first
        while day < last:
            day += timedelta(days=1)
            quarter = _quarter_of(day, rates)
            annual_rate = Decimal(str(quarter[RATE_COLUMNS[rate_class]])) / 100
            quarter_start = as_date(quarter["quarter_start"])
            if not segments or segments[-1]["quarter_start"] != quarter_start:
                segments.append(
                    {"quarter_start": quarter_start, "days": 0, "annual_rate": annual_rate, "opening_usd": balance}
                )
            balance *= 1 + annual_rate / (366 if isleap(day.year) else 365)
            segment = segments[-1]
            segment["days"] += 1
            segment["closing_usd"] = balance
            segment["interest_usd"] = balance - segment["opening_usd"]
        interest = balance - amount
        return {
            "interest_usd": cents(interest),
            "interest_unrounded": interest,
            "days": (last - first).days,
            "segments": segments,
        }


def entry_interest(deposits: list[tuple[Any, Any]], end: Any, rate_class: str, rates: list[dict[str, Any]]) -> Decimal:
    """Interest of one entry over all its deposits, a list of (amount, day), rounded once."""
    walks = [accrue(amount, day, end, rate_class, rates) for amount, day in deposits]
    return cents(sum((walk["interest_unrounded"] for walk in walks), ZERO))


def late_periods(liquidation: date, payment: date) -> int:
    """Whole 30-day periods that bear 1505(d) interest: none up to day 30, one to day 60, two to day 90."""
    days = (payment - liquidation).days
    return max(-(-days // 30) - 1, 0)


def late_interest(
    total_usd: Any, liquidation: date, payment: date, rate_class: str, rates: list[dict[str, Any]]
) -> Decimal:
    """Interest on a refund paid more than 30 days after (re)liquidation; none for the period of payment."""
    end = liquidation + timedelta(days=30 * late_periods(liquidation, payment))
    walk = accrue(total_usd, liquidation, end, rate_class, rates)
    return Decimal(walk["interest_usd"])


def _quarter_of(day: date, rates: list[dict[str, Any]]) -> dict[str, Any]:
    text = day.isoformat()
    for quarter in reversed(rates):
        if str(quarter["quarter_start"]) <= text <= str(quarter["quarter_end"]):
            return quarter
    raise LookupError(f"the rate table holds no quarter for {text}")
