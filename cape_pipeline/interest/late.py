"""Interest on a refund that Customs pays late, by whole 30-day periods (19 U.S.C. 1505(d)).

Belongs here: counting the periods and growing the unpaid balance over them. Does not belong here: interest up to
(re)liquidation (`accrual`), and deciding that a refund is late (the pipeline).

A refund is due within 30 days of (re)liquidation. Paid later, its balance bears interest from (re)liquidation by
30-day periods, but none for the period in which it is paid: with n days to payment, ceil(n / 30) - 1 periods. That the
balance is principal plus interest is our reading of "unpaid balance"; that each day compounds is the method of
26 U.S.C. 6622, which fits the one Customs bill found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from cape_pipeline.interest.accrual import Balance, Segment, accrual_days, pieces
from cape_pipeline.interest.conventions import DEFAULT, Conventions
from cape_pipeline.interest.errors import InterestError
from cape_pipeline.interest.exact import EXACT, ZERO, amount_text, to_cents
from cape_pipeline.interest.rates import ONE_DAY, RateTable

PERIOD_DAYS = 30

DaySpan = tuple[date, date]


@dataclass(frozen=True)
class LatePeriod:
    """One whole 30-day period: its days (both ends included) and what the balance did, cut at calendar quarters."""

    first_day: date
    last_day: date
    opening_usd: Decimal
    interest_usd: Decimal
    closing_usd: Decimal
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class LateInterest:
    """Late-payment interest on one refund.

    `days_to_payment` leaves out the excluded days; `interest_usd` is in whole cents, apart from the interest already
    in `balance_usd`.
    """

    balance_usd: Decimal
    liquidation_date: date
    payment_date: date
    rate_class: str
    conventions: Conventions
    days_to_payment: int
    whole_periods: int
    periods: tuple[LatePeriod, ...]
    interest_usd: Decimal
    carried_forward: bool

    def to_json_dict(self) -> dict[str, object]:
        """The result as plain JSON values: amounts as text, days as ISO text."""
        return {
            "balance_usd": amount_text(self.balance_usd),
            "liquidation_date": self.liquidation_date.isoformat(),
            "payment_date": self.payment_date.isoformat(),
            "rate_class": self.rate_class,
            "days_to_payment": self.days_to_payment,
            "whole_periods": self.whole_periods,
            "interest_usd": format(self.interest_usd, "f"),
            "carried_forward": self.carried_forward,
            "conventions": self.conventions.to_json_dict(),
            "periods": [
                {
                    "first_day": period.first_day.isoformat(),
                    "last_day": period.last_day.isoformat(),
                    "opening_usd": amount_text(period.opening_usd),
                    "interest_usd": amount_text(period.interest_usd),
                    "closing_usd": amount_text(period.closing_usd),
                    "segments": [segment.to_json_dict() for segment in period.segments],
                }
                for period in self.periods
            ],
        }


def whole_periods(days_to_payment: int) -> int:
    """How many 30-day periods bear interest: none up to day 30, one for days 31 to 60, two for 61 to 90, and so on."""
    return max(-(-days_to_payment // PERIOD_DAYS) - 1, 0)


def late_payment(
    balance: Decimal,
    liquidation_date: date,
    payment_date: date,
    rate_class: str,
    rates: RateTable,
    conventions: Conventions = DEFAULT,
    *,
    excluded: Iterable[DaySpan] = (),
    carry_forward: bool = False,
) -> LateInterest:
    """Interest for paying a refund more than 30 days after (re)liquidation.

    Args:
        balance: the unpaid dollars: principal plus the interest up to (re)liquidation.
        liquidation_date: the day of liquidation or reliquidation; the first period begins the day after, whatever
            `day_count` says, since 30 days are 30 days however their ends are counted.
        payment_date: the day the refund is paid.
        rate_class: corporate, noncorporate or underpayment.
        rates: the published rates.
        conventions: the arithmetic options; `day_count` has no effect here.
        excluded: spans of days, both ends included, that count for nothing: while a refund could not be delivered only
            because the payee's ACH data were missing (91 FR 21).
        carry_forward: past the table, go on with the last published rate and mark the result `carried_forward`.

    Raises:
        InterestError: payment lies before liquidation, a span ends before it starts, or a value is unusable.
        RatesNotPublished: an accrual day lies outside the rate table.
    """
    first_day, last_day = accrual_days(liquidation_date, payment_date, "last_day_in")
    runs = list(_runs_without(first_day, last_day, excluded))
    days = sum((run_end - run_start).days + 1 for run_start, run_end in runs)
    count = whole_periods(days)
    periods = grow_by_periods(
        balance, _whole_periods_of(runs, count), rate_class, rates, conventions, carry_forward=carry_forward
    )
    with localcontext(EXACT):
        growth = periods[-1].closing_usd - balance if periods else ZERO
    return LateInterest(
        balance_usd=balance,
        liquidation_date=liquidation_date,
        payment_date=payment_date,
        rate_class=rate_class,
        conventions=conventions,
        days_to_payment=days,
        whole_periods=count,
        periods=periods,
        interest_usd=to_cents(growth, conventions.rounding_mode),
        carried_forward=any(segment.carried_forward for period in periods for segment in period.segments),
    )


def grow_by_periods(
    balance: Decimal,
    periods: Iterable[list[DaySpan]],
    rate_class: str,
    rates: RateTable,
    conventions: Conventions = DEFAULT,
    *,
    carry_forward: bool = False,
) -> tuple[LatePeriod, ...]:
    """Grow a balance over given periods, each a list of runs of days (both ends included).

    Raises:
        InterestError: the balance or the rate class is unusable.
        RatesNotPublished: an accrual day lies outside the rate table.
    """
    growing = Balance(balance, rate_class, rates, conventions, carry_forward=carry_forward)
    grown = []
    for runs in periods:
        opening = growing.balance_usd
        segments = tuple(growing.accrue(piece) for first_day, last_day in runs for piece in pieces(first_day, last_day))
        if conventions.rounding_stage == "per_late_period":
            growing.round_to_cents()
        closing = growing.balance_usd
        with localcontext(EXACT):
            interest = closing - opening
        grown.append(LatePeriod(runs[0][0], runs[-1][1], opening, interest, closing, segments))
    return tuple(grown)


def _runs_without(first_day: date, last_day: date, excluded: Iterable[DaySpan]) -> Iterator[DaySpan]:
    """The runs of days from first to last, both included, that lie in no excluded span."""
    for span_start, span_end in sorted(excluded):
        if span_end < span_start:
            raise InterestError(f"An excluded span cannot end on {span_end}, before it starts on {span_start}.")
        if first_day < span_start:
            run_end = min(last_day, span_start - ONE_DAY)
            if first_day <= run_end:
                yield first_day, run_end
        first_day = max(first_day, span_end + ONE_DAY)
    if first_day <= last_day:
        yield first_day, last_day


def _whole_periods_of(runs: list[DaySpan], count: int) -> Iterator[list[DaySpan]]:
    """Deal the days of the runs, in order, into the first so many periods of 30 days."""
    waiting = list(reversed(runs))
    for _ in range(count):
        period: list[DaySpan] = []
        lacking = PERIOD_DAYS
        while lacking:
            run_start, run_end = waiting.pop()
            taken = min(lacking, (run_end - run_start).days + 1)
            taken_end = run_start + ONE_DAY * (taken - 1)
            period.append((run_start, taken_end))
            if taken_end < run_end:
                waiting.append((taken_end + ONE_DAY, run_end))
            lacking -= taken
        yield period
