"""The published interest rates by calendar quarter, and the refusal to go past them.

Belongs here: the rate table, its checks, and finding the rate of a quarter. Does not belong here: days and growth
(`accrual`), or the figures themselves (`registry_seeds/interest_rates.csv`).

Rates are decimal fractions a year (0.06, not 6). Customs publishes three figures a quarter, after 26 U.S.C. 6621: one
for underpayments, one for refunds to corporations, one for refunds to everyone else.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

from cape_pipeline.interest.errors import InterestError, RatesNotPublished

RateClass = Literal["corporate", "noncorporate", "underpayment"]
RATE_CLASSES: tuple[RateClass, ...] = get_args(RateClass)

SIXTH_DECIMAL = Decimal("1e-6")
ONE_DAY = timedelta(days=1)
COLUMNS = (
    "quarter_start",
    "quarter_end",
    "underpayment_rate",
    "overpayment_corporate_rate",
    "overpayment_noncorporate_rate",
)


def check_rate_class(rate_class: str) -> None:
    """Refuse a rate class outside the closed list.

    Raises:
        InterestError: the class is not one of corporate, noncorporate, underpayment.
    """
    if rate_class not in RATE_CLASSES:
        raise InterestError(
            f"There is no interest rate class {rate_class!r}; choose one of: {', '.join(RATE_CLASSES)}."
        )


def quarter_start_of(day: date) -> date:
    """The first day of the calendar quarter that holds the day."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def next_quarter_start(quarter_start: date) -> date:
    """The first day of the quarter after the one that starts on the given day."""
    if quarter_start.month == 10:
        return date(quarter_start.year + 1, 1, 1)
    return date(quarter_start.year, quarter_start.month + 3, 1)


@dataclass(frozen=True)
class QuarterRates:
    """The three annual rates of one calendar quarter, as fractions."""

    quarter_start: date
    quarter_end: date
    underpayment_rate: Decimal
    overpayment_corporate_rate: Decimal
    overpayment_noncorporate_rate: Decimal

    def of(self, rate_class: str) -> Decimal:
        """The annual rate of one class, as a fraction."""
        check_rate_class(rate_class)
        return {
            "corporate": self.overpayment_corporate_rate,
            "noncorporate": self.overpayment_noncorporate_rate,
            "underpayment": self.underpayment_rate,
        }[rate_class]


@dataclass(frozen=True)
class PublishedRate:
    """The annual rate that applies in a quarter, and whether it was carried forward from the last published one."""

    annual_rate: Decimal
    carried_forward: bool


class RateTable:
    """Rates of an unbroken run of calendar quarters."""

    def __init__(self, quarters: Iterable[QuarterRates]) -> None:
        """Take the quarters in any order.

        Raises:
            InterestError: the table is empty, a row is not a whole calendar quarter, a quarter is missing or stands
                twice, or a rate is not a fraction from 0 to below 1 with at most six decimals.
        """
        checked = [_checked(quarter) for quarter in sorted(quarters, key=lambda quarter: quarter.quarter_start)]
        if not checked:
            raise InterestError("The interest rate table has no quarter in it; give it at least one row.")
        for earlier, later in pairwise(checked):
            if later.quarter_start == earlier.quarter_start:
                raise InterestError(
                    f"The interest rate table gives the quarter from {later.quarter_start} twice; keep one row."
                )
            if later.quarter_start != earlier.quarter_end + ONE_DAY:
                raise InterestError(
                    f"The interest rate table has no quarter between {earlier.quarter_end} and "
                    f"{later.quarter_start}; add the missing rows."
                )
        self.quarters: tuple[QuarterRates, ...] = tuple(checked)
        self._by_start = {quarter.quarter_start: quarter for quarter in checked}

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[object]]) -> "RateTable":
        """Build the table from rows as a query returns them.

        Args:
            rows: quarter_start, quarter_end, then the underpayment, corporate and non-corporate rate, as `date` and
                `Decimal` fractions, in that order; further items of a row are ignored.

        Raises:
            InterestError: as the constructor.
        """
        return cls(QuarterRates(*row[: len(COLUMNS)]) for row in rows)  # type: ignore[arg-type]

    @classmethod
    def from_csv(cls, path: Path | str) -> "RateTable":
        """Read a rate file with the columns of `COLUMNS`; others are ignored, except that withdrawn rows are left out.

        The rates may be percent (6) or fractions (0.06), the whole file alike. Which of the two is told from the
        figures: the statute makes whole percents, so a rate of 1 or more is a percent and one below 1 a fraction.

        Raises:
            InterestError: a column is missing, a cell is unreadable, percents and fractions are mixed, or the table
                fails a check of the constructor. The message names file and row.
        """
        path = Path(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise InterestError(f"{path.name} lacks the column {missing[0]}, which interest rates need.")
            quarters = [
                _parsed(path.name, reader.line_num, row)
                for row in reader
                if not (row.get("withdrawn_date") or "").strip()
            ]
        divisor = _unit(path.name, quarters)
        return cls(
            QuarterRates(
                quarter.quarter_start,
                quarter.quarter_end,
                quarter.underpayment_rate / divisor,
                quarter.overpayment_corporate_rate / divisor,
                quarter.overpayment_noncorporate_rate / divisor,
            )
            for quarter in quarters
        )

    @property
    def first_day(self) -> date:
        """The first day with a published rate."""
        return self.quarters[0].quarter_start

    @property
    def last_day(self) -> date:
        """The last day with a published rate."""
        return self.quarters[-1].quarter_end

    def rate(
        self, quarter_start: date, rate_class: str, *, carry_forward: bool = False, day: date | None = None
    ) -> PublishedRate:
        """The annual rate of the quarter that starts on the given day.

        Args:
            quarter_start: first day of a calendar quarter.
            rate_class: corporate, noncorporate or underpayment.
            carry_forward: use the last published rate after the table ends, marked as such.
            day: the accrual day that needs the rate, for the message; the quarter's first day unless told.

        Raises:
            RatesNotPublished: the quarter lies before the table, or after it without `carry_forward`.
            InterestError: the rate class is unknown.
        """
        quarter = self._by_start.get(quarter_start)
        if quarter is not None:
            return PublishedRate(quarter.of(rate_class), carried_forward=False)
        needed = day or quarter_start
        if quarter_start < self.first_day:
            raise RatesNotPublished(
                f"Interest for {needed} cannot be computed: the rate table begins with the quarter from "
                f"{self.first_day}. Check the start date."
            )
        if not carry_forward:
            last = self.quarters[-1]
            raise RatesNotPublished(
                f"Interest for {needed} cannot be computed: the last quarter with a published rate runs from "
                f"{last.quarter_start} to {last.quarter_end}. Add the new quarter to the rate table, or ask for the "
                "last rate to be carried forward."
            )
        return PublishedRate(self.quarters[-1].of(rate_class), carried_forward=True)

    def __iter__(self) -> Iterator[QuarterRates]:
        """The quarters in order of time."""
        return iter(self.quarters)


def _checked(quarter: QuarterRates) -> QuarterRates:
    """The same quarter with its rates at six decimals, once it is known to be a whole one with usable rates."""
    start = quarter.quarter_start
    if start != quarter_start_of(start) or quarter.quarter_end != next_quarter_start(start) - ONE_DAY:
        raise InterestError(
            f"The interest rate row from {start} to {quarter.quarter_end} is not one whole calendar quarter."
        )
    return QuarterRates(
        start,
        quarter.quarter_end,
        _checked_rate(start, "underpayment_rate", quarter.underpayment_rate),
        _checked_rate(start, "overpayment_corporate_rate", quarter.overpayment_corporate_rate),
        _checked_rate(start, "overpayment_noncorporate_rate", quarter.overpayment_noncorporate_rate),
    )


def _checked_rate(quarter_start: date, column: str, rate: Decimal) -> Decimal:
    if not isinstance(rate, Decimal) or not rate.is_finite() or not 0 <= rate < 1:
        raise InterestError(
            f"The {column} of the quarter from {quarter_start} is {rate!s}; a rate is a decimal fraction from 0 to "
            "below 1 (0.06 for six percent)."
        )
    six_decimals = rate.quantize(SIXTH_DECIMAL)
    if six_decimals != rate:
        raise InterestError(
            f"The {column} of the quarter from {quarter_start} is {rate!s}; a rate has at most six decimals."
        )
    return six_decimals


def _parsed(file_name: str, line: int, row: Mapping[str, str | None]) -> QuarterRates:
    """One row of a rate file, its rates still in the unit of the file."""
    days = [_day_cell(file_name, line, column, row) for column in COLUMNS[:2]]
    rates = [_rate_cell(file_name, line, column, row) for column in COLUMNS[2:]]
    return QuarterRates(days[0], days[1], rates[0], rates[1], rates[2])


def _day_cell(file_name: str, line: int, column: str, row: Mapping[str, str | None]) -> date:
    text = (row[column] or "").strip()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InterestError(
            f"{file_name}, line {line}: {column} is {text!r}, which is not a date like 2026-01-01."
        ) from error


def _rate_cell(file_name: str, line: int, column: str, row: Mapping[str, str | None]) -> Decimal:
    text = (row[column] or "").strip()
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise InterestError(f"{file_name}, line {line}: {column} is {text!r}, which is not a number.") from error
    if not rate.is_finite() or rate < 0:
        raise InterestError(f"{file_name}, line {line}: {column} is {text!r}, which is not a rate.")
    return rate


def _unit(file_name: str, quarters: Sequence[QuarterRates]) -> Decimal:
    """What to divide the file's rates by: 100 for percent, 1 for fractions; zero fits either."""
    positive = [
        rate
        for quarter in quarters
        for rate in (
            quarter.underpayment_rate,
            quarter.overpayment_corporate_rate,
            quarter.overpayment_noncorporate_rate,
        )
        if rate > 0
    ]
    percents = [rate for rate in positive if rate >= 1]
    if percents and len(percents) < len(positive):
        raise InterestError(
            f"{file_name} mixes rates of 1 and more with rates below 1; write all as percent or all as fractions."
        )
    return Decimal(100) if percents else Decimal(1)
