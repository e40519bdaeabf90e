"""Growth factors by quarter for many (deposit date, accrual end date, rate class) at once.

Belongs here: the rows of `refunds.interest_factors`, from which SQL makes the interest of every entry by one
multiplication. Does not belong here: principals, and conventions whose result is not proportional to the principal.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from cape_pipeline.interest.accrual import PieceGrowth, accrual_days, pieces
from cape_pipeline.interest.conventions import DEFAULT, Conventions
from cape_pipeline.interest.errors import InterestError
from cape_pipeline.interest.exact import EXACT, ONE, factor_to_twenty_decimals
from cape_pipeline.interest.rates import PublishedRate, RateTable, quarter_start_of

ONE_AT_TWENTY_DECIMALS = factor_to_twenty_decimals(ONE)


class QuarterFactor(NamedTuple):
    """What one dollar has become at both ends of one quarter piece; factors have twenty decimals, rounded up."""

    deposit_date: date
    accrual_end_date: date
    rate_class: str
    quarter_start: date
    days: int
    annual_rate: Decimal
    opening_factor: Decimal
    closing_factor: Decimal
    carried_forward: bool


def quarter_factors(
    pairs: Iterable[tuple[date, date, str]],
    rates: RateTable,
    conventions: Conventions = DEFAULT,
    *,
    carry_forward: bool = False,
) -> Iterator[QuarterFactor]:
    """Growth factors of each pair, quarter by quarter, in the order of the pairs and of time.

    The interest of an entry is principal times (closing factor of its last quarter less 1), rounded half up once. The
    stored factor exceeds the exact one by less than 1e-20, so cents can differ from full precision only where the
    exact interest lies below a half cent by less than principal x 1e-20 (1e-10 dollars for ten billion); an exact half
    cent always rounds up, as it should.

    Args:
        pairs: distinct (deposit_date, accrual_end_date, rate_class).
        rates: the published rates.
        conventions: the arithmetic options, as far as their result is proportional to the principal.
        carry_forward: past the table, go on with the last published rate and mark the row `carried_forward`.

    Returns:
        One row a quarter that holds accrual days. A pair without an accrual day has one row of 0 days in the quarter
        of its deposit, both factors 1, so that joining on the pair loses no entry.

    Raises:
        InterestError: at once, for conventions that depend on the principal or round cents half to even; while
            reading, for a pair that ends before it starts.
        RatesNotPublished: while reading, for a pair with a day outside the rate table.
    """
    _refuse_conventions_beyond_factors(conventions)
    table = _FactorTable(rates, conventions, carry_forward=carry_forward)
    return (row for pair in pairs for row in table.rows(*pair))


class _FactorTable:
    """Rates and piece factors, each looked up once and shared by all pairs."""

    def __init__(self, rates: RateTable, conventions: Conventions, *, carry_forward: bool) -> None:
        self._rates = rates
        self._conventions = conventions
        self._carry_forward = carry_forward
        self._growth = PieceGrowth(conventions)
        self._found: dict[tuple[date, str], PublishedRate] = {}

    def rows(self, deposit_date: date, accrual_end_date: date, rate_class: str) -> list[QuarterFactor]:
        """The rows of one pair; a list, so that the exact context is closed before anything is handed out."""
        first_day, last_day = accrual_days(deposit_date, accrual_end_date, self._conventions.day_count)
        if last_day < first_day:
            return [self._row_without_days(deposit_date, accrual_end_date, rate_class)]
        daily = self._conventions.compounding == "daily"
        rows = []
        with localcontext(EXACT):
            factor, stored = ONE, ONE_AT_TWENTY_DECIMALS
            for piece in pieces(first_day, last_day):
                published = self._rate(piece.quarter_start, rate_class, piece.first_day)
                grown = self._growth.factor(published.annual_rate, piece.first_day.year, piece.days)
                factor = factor * grown if daily else factor + (grown - ONE)
                opening, stored = stored, factor_to_twenty_decimals(factor)
                rows.append(
                    QuarterFactor(
                        deposit_date,
                        accrual_end_date,
                        rate_class,
                        piece.quarter_start,
                        piece.days,
                        published.annual_rate,
                        opening,
                        stored,
                        published.carried_forward,
                    )
                )
        return rows

    def _row_without_days(self, deposit_date: date, accrual_end_date: date, rate_class: str) -> QuarterFactor:
        quarter_start = quarter_start_of(deposit_date)
        published = self._rate(quarter_start, rate_class, deposit_date)
        return QuarterFactor(
            deposit_date,
            accrual_end_date,
            rate_class,
            quarter_start,
            0,
            published.annual_rate,
            ONE_AT_TWENTY_DECIMALS,
            ONE_AT_TWENTY_DECIMALS,
            published.carried_forward,
        )

    def _rate(self, quarter_start: date, rate_class: str, day: date) -> PublishedRate:
        key = (quarter_start, rate_class)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._rates.rate(
                quarter_start, rate_class, carry_forward=self._carry_forward, day=day
            )
        return found


def beyond_factors(conventions: Conventions) -> str | None:
    """Why no factor times a principal can express the conventions, so every amount is walked; None where one can."""
    if conventions.ten_thousand_dollar_rule:
        return "the 10,000-dollar rule depends on the principal"
    if conventions.rounding_stage == "per_quarter":
        return "rounding to the cent each quarter depends on the principal"
    if conventions.rounding_mode == "half_even":
        return "stored factors are rounded up, which decides an exact half cent before half-even could"
    return None


def _refuse_conventions_beyond_factors(conventions: Conventions) -> None:
    """Refuse what a factor times a principal cannot express; a walk of each entry can."""
    refused = beyond_factors(conventions)
    if refused is not None:
        raise InterestError(f"Growth factors cannot carry these conventions ({refused}); walk every entry instead.")
