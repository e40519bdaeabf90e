"""The interest CBP pays in the demonstration, one day at a time.

Belongs here: a plain, slow computation of 19 USC 1505(c) interest on the literal rates of 2025 and 2026. Does not
belong here: the pipeline's interest engine, which these figures are there to test.
"""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

CENT = Decimal("0.01")

#: Quarters of the IEEPA refunds at 6 % to corporations and 7 % to others, except this one at 5 % and 6 %.
LOWER_QUARTER = (date(2026, 4, 1), date(2026, 6, 30))
FIRST_DAY, LAST_DAY = date(2025, 2, 1), date(2026, 12, 31)


def cents(amount: Decimal) -> Decimal:
    """To the cent, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def annual_rate(day: date, rate_class: str) -> Decimal:
    """The refund rate of one day, as a fraction.

    Raises:
        ValueError: for a day outside the literal rates.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"the demonstration has no interest rate for {day}")
    corporate = Decimal("0.05") if LOWER_QUARTER[0] <= day <= LOWER_QUARTER[1] else Decimal("0.06")
    return corporate if rate_class == "corporate" else corporate + Decimal("0.01")


def refund_interest(principal: Decimal, deposited: date, liquidated: date, rate_class: str) -> Decimal:
    """Interest in dollars from the day after the deposit through the day of (re)liquidation, rounded once.

    Compounded daily at a 365th of the day's rate; no leap day falls in 2025 or 2026.
    """
    with localcontext(prec=50):
        balance, day = principal, deposited
        while day < liquidated:
            day += timedelta(days=1)
            balance += balance * annual_rate(day, rate_class) / 365
        return cents(balance - principal)
