"""Reference for the tests: interest by the definition, one day at a time, in exact fractions.

Belongs here: the slow, literal reading of the rule. It shares no code with the package under test, which grows whole
quarters by powers of decimals; here every day multiplies one integer fraction, so no digit is ever lost.
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

DAY = timedelta(days=1)
RateOfDay = Callable[[date], Fraction]


def growth(start: date, end: date, rate_of_day: RateOfDay) -> tuple[int, int]:
    """Numerator and denominator of what one dollar becomes: the day of deposit out, the day of liquidation in."""
    numerator = denominator = 1
    day = start
    while day < end:
        day += DAY
        days_in_year = (date(day.year, 12, 31) - date(day.year - 1, 12, 31)).days
        daily = rate_of_day(day) / days_in_year
        numerator *= daily.denominator + daily.numerator
        denominator *= daily.denominator
    return numerator, denominator


def interest_in_cents(principal_cents: int, start: date, end: date, rate_of_day: RateOfDay) -> int:
    """Interest in whole cents, an exact half cent going up."""
    numerator, denominator = growth(start, end, rate_of_day)
    twice = 2 * principal_cents * (numerator - denominator)
    return (twice + denominator) // (2 * denominator)
