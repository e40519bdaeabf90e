"""Interest on one principal from one day to another, walked quarter by quarter.

Belongs here: which days bear interest, the growth of one quarter piece, and the walk over all of them. Does not belong
here: growth factors for many date pairs at once (`factors`), late payment (`late`), choosing the dates and the rate
class of an entry (the pipeline's SQL), and any text for a terminal (the command line).

The definition is by the day: every accrual day multiplies the balance by 1 + rate / divisor, with the annual rate of
the quarter and the divisor of the year that hold the day (26 U.S.C. 6622; 26 CFR 301.6622-1). Rate and divisor are
constant within a calendar quarter, so a piece of n days grows by (1 + rate / divisor) to the power n.
"""

from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext

from cape_pipeline.interest.conventions import DEFAULT, Conventions, DayCount
from cape_pipeline.interest.errors import InterestError
from cape_pipeline.interest.exact import (
    EXACT,
    ONE,
    ZERO,
    amount_text,
    factor_to_twenty_decimals,
    to_cents,
    to_nine_decimals,
)
from cape_pipeline.interest.rates import ONE_DAY, RateTable, check_rate_class, next_quarter_start, quarter_start_of

LARGEST_PRINCIPAL = Decimal("9999999999999999.99")  # what DECIMAL(18,2), the money type of the warehouse, can hold
LAST_YEAR = 9998  # a day of 9999 is a stand-in for "none", and the calendar ends before its last quarter does
TEN_THOUSAND = Decimal(10_000)
REDUCTION_ABOVE_TEN_THOUSAND = Decimal("0.015")  # half a point over the short-term rate instead of two
TEN_THOUSAND_RULE_FROM = date(1995, 1, 1)


@dataclass(frozen=True)
class Piece:
    """Consecutive accrual days that lie in one calendar quarter, both ends included."""

    quarter_start: date
    first_day: date
    last_day: date
    days: int


@dataclass(frozen=True)
class Segment:
    """What one quarter piece adds: days, annual rate as a fraction, and dollars, unrounded unless a convention rounds.

    `rate_above_ten_thousand` is set only where the 10,000-dollar rule splits the principal.
    """

    quarter_start: date
    first_day: date
    last_day: date
    days: int
    annual_rate: Decimal
    rate_above_ten_thousand: Decimal | None
    opening_usd: Decimal
    interest_usd: Decimal
    closing_usd: Decimal
    carried_forward: bool

    def to_json_dict(self) -> dict[str, str | int | bool | None]:
        """The segment with days as ISO text and amounts as text to twenty decimals."""
        above = self.rate_above_ten_thousand
        return {
            "quarter_start": self.quarter_start.isoformat(),
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "days": self.days,
            "annual_rate": format(self.annual_rate, "f"),
            "rate_above_ten_thousand": None if above is None else format(above, "f"),
            "opening_usd": amount_text(self.opening_usd),
            "interest_usd": amount_text(self.interest_usd),
            "closing_usd": amount_text(self.closing_usd),
            "carried_forward": self.carried_forward,
        }


@dataclass(frozen=True)
class Walk:
    """The interest on one principal, and how it came about.

    `interest_usd` is in whole cents, rounded where the conventions say; `factor` is closing over opening balance,
    unrounded; `carried_forward` tells whether any day used a rate that was not published for its quarter.
    """

    principal_usd: Decimal
    start_date: date
    end_date: date
    rate_class: str
    conventions: Conventions
    segments: tuple[Segment, ...]
    days: int
    factor: Decimal
    interest_usd: Decimal
    carried_forward: bool

    def to_json_dict(self) -> dict[str, object]:
        """The walk as plain JSON values: amounts, rates and the factor as text, days as ISO text."""
        return {
            "principal_usd": amount_text(self.principal_usd),
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "rate_class": self.rate_class,
            "days": self.days,
            "factor": amount_text(factor_to_twenty_decimals(self.factor)),
            "interest_usd": format(self.interest_usd, "f"),
            "carried_forward": self.carried_forward,
            "conventions": self.conventions.to_json_dict(),
            "segments": [segment.to_json_dict() for segment in self.segments],
        }


def accrual_days(start: date, end: date, day_count: DayCount) -> tuple[date, date]:
    """The first and the last day that bear interest; the last lies before the first where none does.

    Raises:
        InterestError: the end lies before the start, or either is not a plain day.
    """
    for name, day in (("start", start), ("end", end)):
        if not isinstance(day, date) or isinstance(day, datetime):
            raise InterestError(f"The {name} of an interest walk must be a day without a time, not {day!r}.")
        if day.year > LAST_YEAR:
            raise InterestError(
                f"The {name} of an interest walk is {day}, which is no real date; leave it out instead."
            )
    if end < start:
        raise InterestError(f"Interest cannot end on {end}, before it starts on {start}; check which date is which.")
    first = start if day_count in ("first_day_in", "both") else start + ONE_DAY
    last = end if day_count in ("last_day_in", "both") else end - ONE_DAY
    return first, last


def pieces(first_day: date, last_day: date) -> Iterator[Piece]:
    """Cut a run of days, both ends included, at the calendar quarters; an empty run has no piece."""
    while first_day <= last_day:
        quarter_start = quarter_start_of(first_day)
        following = next_quarter_start(quarter_start)
        piece_end = min(last_day, following - ONE_DAY)
        yield Piece(quarter_start, first_day, piece_end, (piece_end - first_day).days + 1)
        first_day = following


class PieceGrowth:
    """Growth factors of quarter pieces under one set of conventions, each computed once."""

    def __init__(self, conventions: Conventions) -> None:
        """Start with nothing computed."""
        self._conventions = conventions
        self._known: dict[tuple[Decimal, int, int], Decimal] = {}

    def factor(self, annual_rate: Decimal, year: int, days: int) -> Decimal:
        """What one dollar becomes over some days of one quarter of the given year.

        Under simple interest the part above one is what one dollar of *principal* adds.
        """
        divisor = 365 if self._conventions.divisor == "fixed_365" else _days_in_year(year)
        key = (annual_rate, divisor, days)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._compute(annual_rate, divisor, days)
        return known

    def _compute(self, annual_rate: Decimal, divisor: int, days: int) -> Decimal:
        with localcontext(EXACT):
            daily_rate = annual_rate / divisor
            if self._conventions.daily_rate == "nine_decimals":
                daily_rate = to_nine_decimals(daily_rate)
            factor = (ONE + daily_rate) ** days if self._conventions.compounding == "daily" else ONE + daily_rate * days
            if self._conventions.rounding_stage == "nine_decimal_factors":
                factor = to_nine_decimals(factor)
            return factor


@dataclass
class _Tranche:
    """A part of the principal that bears one rate; `rounded_usd` is its balance when cents were last made."""

    principal_usd: Decimal
    reduction: Decimal
    balance_usd: Decimal
    rounded_usd: Decimal


class Balance:
    """A principal that grows piece by piece; shared by the walk to liquidation and by late interest."""

    def __init__(
        self,
        principal: Decimal,
        rate_class: str,
        rates: RateTable,
        conventions: Conventions,
        *,
        carry_forward: bool,
        ten_thousand_base: Decimal | None = None,
    ) -> None:
        """Open the balance at the principal.

        Raises:
            InterestError: the principal or the base is not an amount of money, or the rate class is unknown.
        """
        check_principal(principal)
        if ten_thousand_base is not None:
            check_principal(ten_thousand_base)
        check_rate_class(rate_class)
        self._rate_class = rate_class
        self._rates = rates
        self._conventions = conventions
        self._carry_forward = carry_forward
        self._growth = PieceGrowth(conventions)
        self._tranches = [
            _Tranche(part, reduction, part, part)
            for part, reduction in _parts(principal, rate_class, conventions, ten_thousand_base)
        ]

    @property
    def balance_usd(self) -> Decimal:
        """Principal and interest so far."""
        with localcontext(EXACT):
            return sum((tranche.balance_usd for tranche in self._tranches), ZERO)

    def accrue(self, piece: Piece) -> Segment:
        """Add the interest of one piece and tell what it was.

        Raises:
            RatesNotPublished: the rate table does not reach the piece.
        """
        published = self._rates.rate(
            piece.quarter_start, self._rate_class, carry_forward=self._carry_forward, day=piece.first_day
        )
        opening = self.balance_usd
        reduced_rate = None
        with localcontext(EXACT):
            for tranche in self._tranches:
                rate = published.annual_rate
                if tranche.reduction and piece.quarter_start >= TEN_THOUSAND_RULE_FROM:
                    rate = reduced_rate = _reduced(rate, tranche.reduction, piece.quarter_start)
                added = self._growth.factor(rate, piece.first_day.year, piece.days) - ONE
                bearing = tranche.balance_usd if self._conventions.compounding == "daily" else tranche.principal_usd
                tranche.balance_usd += bearing * added
            if self._conventions.rounding_stage == "per_quarter":
                self.round_to_cents()
            closing = self.balance_usd
            return Segment(
                quarter_start=piece.quarter_start,
                first_day=piece.first_day,
                last_day=piece.last_day,
                days=piece.days,
                annual_rate=published.annual_rate,
                rate_above_ten_thousand=reduced_rate,
                opening_usd=opening,
                interest_usd=closing - opening,
                closing_usd=closing,
                carried_forward=published.carried_forward,
            )

    def round_to_cents(self) -> None:
        """Make cents of the interest added since this was last done, part by part."""
        with localcontext(EXACT):
            for tranche in self._tranches:
                added = to_cents(tranche.balance_usd - tranche.rounded_usd, self._conventions.rounding_mode)
                tranche.balance_usd = tranche.rounded_usd = tranche.rounded_usd + added


def walk(
    principal: Decimal,
    start: date,
    end: date,
    rate_class: str,
    rates: RateTable,
    conventions: Conventions = DEFAULT,
    *,
    carry_forward: bool = False,
    ten_thousand_base: Decimal | None = None,
) -> Walk:
    """Interest on a principal from its deposit to its (re)liquidation (19 U.S.C. 1505(c)).

    Args:
        principal: dollars, not negative.
        start: the day of deposit.
        end: the day of liquidation or reliquidation.
        rate_class: corporate, noncorporate or underpayment.
        rates: the published rates.
        conventions: the arithmetic options.
        carry_forward: past the table, go on with the last published rate and mark the result `carried_forward`.
        ten_thousand_base: dollars of the entry or payment the principal is a part of, where it is one: under the
            10,000-dollar rule the principal has its share of the first 10,000 dollars of that. By default itself.

    Returns:
        The walk; without an accrual day (start equals end, by default) it has no segment and interest of 0.00.

    Raises:
        InterestError: the end lies before the start, or a value is not what it must be.
        RatesNotPublished: an accrual day lies outside the rate table.
    """
    first_day, last_day = accrual_days(start, end, conventions.day_count)
    balance = Balance(
        principal, rate_class, rates, conventions, carry_forward=carry_forward, ten_thousand_base=ten_thousand_base
    )
    segments = tuple(balance.accrue(piece) for piece in pieces(first_day, last_day))
    with localcontext(EXACT):
        growth = balance.balance_usd - principal
        return Walk(
            principal_usd=principal,
            start_date=start,
            end_date=end,
            rate_class=rate_class,
            conventions=conventions,
            segments=segments,
            days=sum(segment.days for segment in segments),
            factor=balance.balance_usd / principal if principal else _factor_of_one_dollar(segments, conventions),
            interest_usd=to_cents(growth, conventions.rounding_mode),
            carried_forward=any(segment.carried_forward for segment in segments),
        )


def check_principal(principal: Decimal) -> None:
    """Refuse what is not an amount of money interest can be computed on.

    Raises:
        InterestError: not a Decimal, not finite, negative, or more than the warehouse's money type holds.
    """
    if not isinstance(principal, Decimal):
        raise InterestError(f"The amount must be an exact decimal, not {principal!r} ({type(principal).__name__}).")
    if not principal.is_finite() or not ZERO <= principal <= LARGEST_PRINCIPAL:
        raise InterestError(f"The amount must lie between 0 and {LARGEST_PRINCIPAL} dollars, not {principal}.")


def _days_in_year(year: int) -> int:
    return 366 if isleap(year) else 365


def _parts(
    principal: Decimal, rate_class: str, conventions: Conventions, ten_thousand_base: Decimal | None
) -> list[tuple[Decimal, Decimal]]:
    """The parts of the principal and by how much the rate of each is reduced."""
    base = principal if ten_thousand_base is None else ten_thousand_base
    if conventions.ten_thousand_dollar_rule and rate_class == "corporate" and base > TEN_THOUSAND:
        with localcontext(EXACT):
            at_full_rate = principal * TEN_THOUSAND / base
            return [(at_full_rate, ZERO), (principal - at_full_rate, REDUCTION_ABOVE_TEN_THOUSAND)]
    return [(principal, ZERO)]


def _reduced(rate: Decimal, reduction: Decimal, quarter_start: date) -> Decimal:
    if rate < reduction:
        raise InterestError(
            f"The corporate rate of the quarter from {quarter_start} is {rate}, too low for the 10,000-dollar rule, "
            f"which takes {reduction} off it; check the rate table."
        )
    return rate - reduction


def _factor_of_one_dollar(segments: tuple[Segment, ...], conventions: Conventions) -> Decimal:
    """The factor where there is no principal to divide by: the growth of a dollar at the full rate."""
    growth = PieceGrowth(conventions)
    factor = ONE
    for segment in segments:
        added = growth.factor(segment.annual_rate, segment.first_day.year, segment.days) - ONE
        factor += added * (factor if conventions.compounding == "daily" else ONE)
    return factor
