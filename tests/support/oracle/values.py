"""Dates, money and three-valued answers, as the whole oracle understands them.

What belongs here: conversions used by every other module. What does not: any rule of the domain.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def as_date(value: Any) -> date | None:
    """A day, or None where there is none. Accepts a date and ISO text (``2025-08-07``).

    Raises:
        ValueError: the text is not an ISO date.
        TypeError: the value is neither text nor a date (a timestamp is refused: dates are days).
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        raise TypeError(f"a day is wanted, not a timestamp: {value!r}")
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return date.fromisoformat(value)
    raise TypeError(f"not a date: {value!r}")


def as_money(value: Any) -> Decimal | None:
    """An exact amount, or None where there is none; an empty cell is missing, never zero.

    Raises:
        TypeError: a float was given; its cents are not exact.
        decimal.InvalidOperation: the text is not a number.
    """
    if value is None or value == "":
        return None
    if isinstance(value, float):
        raise TypeError(f"money is never a float: {value!r}")
    return Decimal(value)


def cents(amount: Decimal) -> Decimal:
    """The amount rounded half up (away from zero at the half) to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def flag(value: Any) -> bool | None:
    """Yes, no or unknown. None is an absent column (unknown); an empty cell of a present column is no (P6).

    Raises:
        ValueError: a text that is neither yes nor no.
    """
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"y", "yes", "true", "1"}:
        return True
    if text in {"", "n", "no", "false", "0"}:
        return False
    raise ValueError(f"neither yes nor no: {value!r}")


def add_years(day: date, years: int) -> date:
    """The same day of a later year; 29 February becomes 28 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None as soon as one amount is missing: a sum with a hole is not a sum."""
    result = ZERO
    for amount in amounts:
        if amount is None:
            return None
        result += amount
    return result
