"""The decimal precision interest is computed in, and the few places where digits are dropped.

Belongs here: the arithmetic context and every rounding of this package. Does not belong here: what is rounded when
(`conventions`), and rates or days.

Full precision is 60 significant digits. Ties need care: one day at 5 % on 36.50 is exactly half a cent, but 0.05/365
has no last digit, so the computed product may lie a hair below it. `to_cents` therefore first drops the digits that
only rounding errors can reach (beyond the 36th decimal; the errors stay below 1e-40 for any amount accepted).
"""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from cape_pipeline.interest.conventions import RoundingMode

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
NINTH_DECIMAL = Decimal("1e-9")
TWENTIETH_DECIMAL = Decimal("1e-20")
LAST_TRUSTED_DECIMAL = Decimal("1e-36")

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}


def to_cents(amount: Decimal, mode: RoundingMode = "half_up") -> Decimal:
    """The amount in whole cents: half up, half to the even cent, or cut off."""
    trusted = amount.quantize(LAST_TRUSTED_DECIMAL, context=EXACT)
    return trusted.quantize(CENT, rounding=_MODES[mode], context=EXACT)


def to_nine_decimals(number: Decimal) -> Decimal:
    """A factor or daily rate as printed tables give it: nine decimals, half up."""
    trusted = number.quantize(LAST_TRUSTED_DECIMAL, context=EXACT)
    return trusted.quantize(NINTH_DECIMAL, rounding=ROUND_HALF_UP, context=EXACT)


def factor_to_twenty_decimals(factor: Decimal) -> Decimal:
    """A growth factor in the twenty decimals a table stores, rounded up.

    Up, not to the nearest: principal times the stored factor is then never below the exact amount, so that an exact
    half cent still rounds up. To the nearest, 36.50 for one day at 5 % would come out a cent short.
    """
    trusted = factor.quantize(LAST_TRUSTED_DECIMAL, context=EXACT)
    return trusted.quantize(TWENTIETH_DECIMAL, rounding=ROUND_CEILING, context=EXACT)


def to_places(amount: Decimal, places: int) -> Decimal:
    """An unrounded amount in as many decimals as a table stores, to the nearest; ties of cents stay exact."""
    return amount.quantize(Decimal(1).scaleb(-places), context=EXACT)


def amount_text(amount: Decimal, places: int = 20) -> str:
    """An unrounded amount as text: to the given decimals, trailing zeros dropped down to the cents."""
    shown = to_places(amount, places)
    whole, _, decimals = format(shown, "f").partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
