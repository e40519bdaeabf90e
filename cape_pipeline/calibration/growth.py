"""The interest of received refunds under any combination of conventions, with what is common computed once.

Belongs here: growing a refund by the pieces, rates and late periods of `cape_pipeline/interest/`. Does not belong here:
which combinations are tried (`grid.py`, `search.py`).

A refund's amount is looked up by what matters to it: a refund of 500 dollars is the same with and without the
10,000-dollar rule. Where cents are made once, the interest is principal times a growth factor, shared by all refunds of
the same days and class; where they are made on the way, the balance is walked piece by piece.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple, cast

from cape_pipeline.calibration.grid import Combination, is_late, may_be_corporate, payments_of
from cape_pipeline.calibration.refunds import Refund
from cape_pipeline.interest.accrual import (
    REDUCTION_ABOVE_TEN_THOUSAND,
    TEN_THOUSAND,
    TEN_THOUSAND_RULE_FROM,
    Piece,
    PieceGrowth,
    accrual_days,
    pieces,
)
from cape_pipeline.interest.conventions import Conventions, DayCount, RoundingMode
from cape_pipeline.interest.exact import EXACT, ONE, ZERO, to_cents
from cape_pipeline.interest.late import PERIOD_DAYS, whole_periods
from cape_pipeline.interest.rates import ONE_DAY, RateTable

ON_THE_WAY = frozenset({"per_quarter", "per_late_period", "per_row"})
"""Rounding stages that make cents before the end."""


class Style(NamedTuple):
    """The options that decide how one piece of a quarter grows."""

    divisor: str
    compounding: str
    daily_rate: str
    is_nine_decimal_factor: bool

    @classmethod
    def of(cls, combination: Combination) -> "Style":
        """The style of a combination."""
        return cls(
            combination.divisor,
            combination.compounding,
            combination.daily_rate,
            combination.rounding_stage == "nine_decimal_factors",
        )


class Part(NamedTuple):
    """Dollars that bear one rate."""

    principal_usd: Decimal
    is_reduced: bool


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """The quarter pieces of some days, by period: to liquidation they are one, late there is one each 30 days."""

    periods: tuple[tuple[Piece, ...], ...]
    is_late: bool


class Growth:
    """Growth by quarter pieces, each piece, factor and rate computed once."""

    def __init__(self, rates: RateTable) -> None:
        """Start with nothing computed."""
        self._rates = rates
        self._of_style: dict[Style, PieceGrowth] = {}
        self._known_rates: dict[tuple[date, str, bool], Decimal | None] = {}
        self._known_spans: dict[tuple[date, date], Run] = {}
        self._known_late: dict[tuple[date, date], Run] = {}
        self._known_factors: dict[tuple[Run, str, bool, Style], Decimal | None] = {}

    def to_end(self, start: date, end: date, day_count: str) -> Run:
        """The pieces from deposit to liquidation, or to payment."""
        days = accrual_days(start, end, cast("DayCount", day_count))
        if days not in self._known_spans:
            self._known_spans[days] = Run((tuple(pieces(*days)),), is_late=False)
        return self._known_spans[days]

    def late(self, liquidation_date: date, payment_date: date) -> Run:
        """The pieces of every whole 30-day period after liquidation that bears interest."""
        key = (liquidation_date, payment_date)
        if key not in self._known_late:
            first_days = (
                liquidation_date + ONE_DAY + timedelta(days=PERIOD_DAYS * number)
                for number in range(whole_periods((payment_date - liquidation_date).days))
            )
            self._known_late[key] = Run(
                tuple(
                    tuple(pieces(first_day, first_day + timedelta(days=PERIOD_DAYS - 1))) for first_day in first_days
                ),
                is_late=True,
            )
        return self._known_late[key]

    def factor(self, run: Run, rate_class: str, *, is_reduced: bool, style: Style) -> Decimal | None:
        """What a dollar becomes over the pieces, unrounded; None where a rate is too low to be reduced."""
        key = (run, rate_class, is_reduced, style)
        if key not in self._known_factors:
            grown = ONE
            is_daily = style.compounding == "daily"
            for piece in (piece for period in run.periods for piece in period):
                added = self.added(piece, rate_class, is_reduced=is_reduced, style=style)
                if added is None:
                    self._known_factors[key] = None
                    return None
                grown += added * grown if is_daily else added
            self._known_factors[key] = grown
        return self._known_factors[key]

    def added(self, piece: Piece, rate_class: str, *, is_reduced: bool, style: Style) -> Decimal | None:
        """What one dollar earns in a piece; None where its rate is too low to be reduced."""
        rate = self._rate(piece.quarter_start, rate_class, is_reduced=is_reduced)
        if rate is None:
            return None
        if style not in self._of_style:
            self._of_style[style] = PieceGrowth(
                Conventions(
                    divisor=style.divisor,  # type: ignore[arg-type]
                    compounding=style.compounding,  # type: ignore[arg-type]
                    daily_rate=style.daily_rate,  # type: ignore[arg-type]
                    rounding_stage="nine_decimal_factors" if style.is_nine_decimal_factor else "once",
                )
            )
        return self._of_style[style].factor(rate, piece.first_day.year, piece.days) - ONE

    def _rate(self, quarter_start: date, rate_class: str, *, is_reduced: bool) -> Decimal | None:
        key = (quarter_start, rate_class, is_reduced)
        if key not in self._known_rates:
            rate: Decimal | None = self._rates.rate(quarter_start, rate_class).annual_rate
            if is_reduced and quarter_start >= TEN_THOUSAND_RULE_FROM and rate is not None:
                rate = rate - REDUCTION_ABOVE_TEN_THOUSAND if rate >= REDUCTION_ABOVE_TEN_THOUSAND else None
            self._known_rates[key] = rate
        return self._known_rates[key]


class _Matters(NamedTuple):
    """A combination as far as it matters to one refund, apart from how cents are made."""

    start: str
    end: str
    rate_class: str
    full_rate_share: Decimal | None
    day_count: str
    style: Style
    rounding_stage: str


class Amounts:
    """The interest of every refund under any combination, in whole cents of dollars."""

    def __init__(self, refunds: Sequence[Refund], rates: RateTable) -> None:
        """Take the refunds; nothing is computed yet."""
        self._refunds = refunds
        self._growth = Growth(rates)
        self._paid = payments_of([refund for refund in refunds if may_be_corporate(refund)])
        self._late = [is_late(refund) for refund in refunds]
        self._principals = [refund.principal_usd for refund in refunds]
        self._known: list[dict[tuple[_Matters, RoundingMode], Decimal | None]] = [{} for _ in refunds]
        self._unrounded: list[dict[_Matters, Decimal | None]] = [{} for _ in refunds]

    def amount(self, number: int, combination: Combination) -> Decimal | None:
        """The interest of the refund of that number; None where it lacks the day, or the rate cannot be reduced."""
        matters = self._matters(number, combination)
        mode = cast("RoundingMode", combination.rounding_mode)
        known = self._known[number]
        key = (matters, mode)
        if key not in known:
            known[key] = self._computed(number, matters, mode)
        return known[key]

    def most_a_rounding_moves(self, number: int) -> Decimal:
        """Dollars by which the options of the last cents can move this refund's interest, at the most.

        A cent for every rounding on the way, of which there is one a piece, row and rate at the most, with the interest
        on it; and half a billionth for every day and every piece.
        """
        refund = self._refunds[number]
        last = max(refund.payment_date or refund.liquidation_date, refund.liquidation_date)
        first = min(
            day
            for deposit in refund.deposits
            for day in (deposit.deposit_date, deposit.entry_summary_date, deposit.entry_date)
            if day is not None
        )
        days = (last - first).days + 2
        most_pieces = days // 90 + 4 + (days // PERIOD_DAYS if self._late[number] else 0)
        most_rates = 2 if may_be_corporate(refund) and self._paid[refund.payment] > TEN_THOUSAND else 1
        roundings = most_pieces * len(refund.deposits) * most_rates
        grown = ONE + Decimal(days) / 1000  # more than any rate published; rates stay below 20 percent
        share = Decimal("0.5e-9") * (days + roundings)
        return (Decimal("0.01") * roundings + self._principals[number] * grown * share) * grown * grown

    def _matters(self, number: int, combination: Combination) -> _Matters:
        refund = self._refunds[number]
        rate_class = refund.rate_class or combination.rate_class_if_unknown
        is_late_counted = self._late[number] and combination.end == "liquidation_and_late"
        end = combination.end if is_late_counted or combination.end == "refund_date" else "liquidation"
        stage = combination.rounding_stage
        if stage == "nine_decimal_factors" or (stage == "per_late_period" and not is_late_counted):
            stage = "once"  # the factors are in the style
        if stage == "per_row" and len(refund.deposits) == 1:
            stage = "once"
        return _Matters(
            combination.start,
            end,
            rate_class,
            self._full_rate_share(number, rate_class, combination.ten_thousand_dollar_rule),
            combination.day_count,
            Style.of(combination),
            stage,
        )

    def _full_rate_share(self, number: int, rate_class: str, rule: str) -> Decimal | None:
        """The share of each deposit that keeps the full rate; None where all of it does."""
        if rule == "off" or rate_class != "corporate":
            return None
        whole = self._principals[number] if rule == "per_entry" else self._paid[self._refunds[number].payment]
        if whole <= TEN_THOUSAND:
            return None
        with localcontext(EXACT):
            return TEN_THOUSAND / whole

    def _computed(self, number: int, matters: _Matters, mode: RoundingMode) -> Decimal | None:
        refund = self._refunds[number]
        with localcontext(EXACT):
            to_end = self._to_end(number, matters, mode)
            if to_end is None or matters.end != "liquidation_and_late" or refund.payment_date is None:
                return to_end
            run = self._growth.late(refund.liquidation_date, refund.payment_date)
            late = self._grown(_parts(self._principals[number], to_end, matters), run, matters, mode)
            return None if late is None else to_end + to_cents(late, mode)

    def _to_end(self, number: int, matters: _Matters, mode: RoundingMode) -> Decimal | None:
        """Interest to (re)liquidation, or to payment, in cents; before they are made, it is the same in every mode."""
        if matters.rounding_stage in ON_THE_WAY:
            interest = self._sum_over_deposits(number, matters, mode)
        else:
            unrounded = self._unrounded[number]
            if matters not in unrounded:
                unrounded[matters] = self._sum_over_deposits(number, matters, mode)
            interest = unrounded[matters]
        return None if interest is None else to_cents(interest, mode)

    def _sum_over_deposits(self, number: int, matters: _Matters, mode: RoundingMode) -> Decimal | None:
        refund = self._refunds[number]
        end = refund.payment_date if matters.end == "refund_date" else refund.liquidation_date
        interest = ZERO
        for deposit in refund.deposits:
            start: date | None = getattr(deposit, matters.start)
            if start is None or end is None:
                return None
            run = self._growth.to_end(start, end, matters.day_count)
            added = self._grown(_parts(deposit.principal_usd, ZERO, matters), run, matters, mode)
            if added is None:
                return None
            interest += to_cents(added, mode) if matters.rounding_stage == "per_row" else added
        return interest

    def _grown(self, parts: Iterable[Part], run: Run, matters: _Matters, mode: RoundingMode) -> Decimal | None:
        """What the parts earn over the run; cents are made only where the stage makes them piece by piece."""
        is_walked = matters.rounding_stage == "per_quarter" or (
            matters.rounding_stage == "per_late_period" and run.is_late
        )
        interest = ZERO
        for part in parts:
            if is_walked:
                added = self._walked(part, run, matters, mode)
            else:
                factor = self._growth.factor(run, matters.rate_class, is_reduced=part.is_reduced, style=matters.style)
                added = None if factor is None else part.principal_usd * (factor - ONE)
            if added is None:
                return None
            interest += added
        return interest

    def _walked(self, part: Part, run: Run, matters: _Matters, mode: RoundingMode) -> Decimal | None:
        """One part, piece by piece, its interest made cents after every quarter piece or every period."""
        is_daily = matters.style.compounding == "daily"
        interest = rounded = ZERO
        for period in run.periods:
            for piece in period:
                added = self._growth.added(piece, matters.rate_class, is_reduced=part.is_reduced, style=matters.style)
                if added is None:
                    return None
                interest += (part.principal_usd + interest if is_daily else part.principal_usd) * added
                if matters.rounding_stage == "per_quarter":
                    interest = rounded = rounded + to_cents(interest - rounded, mode)
            if matters.rounding_stage == "per_late_period":
                interest = rounded = rounded + to_cents(interest - rounded, mode)
        return interest


def _parts(principal: Decimal, interest: Decimal, matters: _Matters) -> tuple[Part, ...]:
    """Principal and interest on it by the rate they bear: the share of the principal at the full rate, then the rest.

    Called where decimals are exact.
    """
    if matters.full_rate_share is None:
        return (Part(principal + interest, is_reduced=False),)
    full = principal * matters.full_rate_share
    return Part(full, is_reduced=False), Part(principal + interest - full, is_reduced=True)
