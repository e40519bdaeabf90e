"""The conventions a calibration tries: which options there are, and which of them a file can tell anything about.

Belongs here: the closed lists of options with their defaults, and the combinations of them. Does not belong here:
computing interest under one (`growth.py`), and finding the ones that fit (`search.py`).

The arithmetic options are those of `cape_pipeline.interest.OPTIONS`. Added are the choices that are facts of an entry:
the day interest starts and ends, and the rate class of a refund whose importer's class the file does not say; and the
10,000-dollar rule is asked in its two readings, on the refund of an entry or on the whole payment.
"""

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from cape_pipeline.calibration.refunds import Refund
from cape_pipeline.interest.accrual import TEN_THOUSAND
from cape_pipeline.interest.conventions import OPTIONS
from cape_pipeline.interest.late import whole_periods

CHOICES: dict[str, tuple[str, ...]] = {
    "start": ("deposit_date", "entry_summary_date", "entry_date"),
    "end": ("liquidation_and_late", "liquidation", "refund_date"),
    "rate_class_if_unknown": ("corporate", "noncorporate"),
    "ten_thousand_dollar_rule": ("off", "per_entry", "per_payment"),
    **{
        name: tuple(str(value) for value in OPTIONS[name])
        for name in ("day_count", "divisor", "compounding", "rounding_stage", "rounding_mode", "daily_rate")
    },
}
CHOICES["rounding_stage"] += ("per_row",)
"""Every option with its closed list of values, the default first."""

OF_THE_LAST_CENTS = ("rounding_stage", "rounding_mode", "daily_rate")
"""Options that move an amount by no more than what roundings can add up to; all others decide days and rates."""

WHAT_WOULD_TELL = {
    "start": "refunds whose entry date, entry summary date and deposit date differ",
    "end": "refunds with a payment date, best more than 30 days after liquidation",
    "rate_class_if_unknown": "the rate class of each importer, in a column rate_class",
    "ten_thousand_dollar_rule": "refunds to corporations of more than 10,000 dollars, paid several at once",
    "day_count": "refunds whose deposit and liquidation lie in quarters of different rates",
    "divisor": "refunds that bore interest in a leap year",
    "compounding": "refunds that bore interest for many months",
    "rounding_stage": "larger refunds over several quarters",
    "rounding_mode": "more refunds; half_up and half_even differ on an exact half cent alone",
    "daily_rate": "refunds of a million dollars and more",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """One choice of every option.

    Attributes:
        start: the day interest starts from; it is the day of deposit by law.
        end: `liquidation_and_late`: to (re)liquidation, and whole 30-day periods where payment came late (19 U.S.C.
            1505(c) and (d)); `liquidation`: never further; `refund_date`: straight on to the payment.
        rate_class_if_unknown: whose rate, for refunds whose class the file does not say.
        ten_thousand_dollar_rule: whether a corporation's rate falls above 10,000 dollars, counted on each refund or
            on all refunds of one payment; within either, every deposit has its share of the 10,000.
        rounding_stage: as in `Conventions`, or `per_row`: cents are made for every row of the file, a deposit or a
            line, and then added.
        day_count, divisor, compounding, rounding_mode, daily_rate: as in `Conventions`.
    """

    start: str = "deposit_date"
    end: str = "liquidation_and_late"
    rate_class_if_unknown: str = "corporate"
    ten_thousand_dollar_rule: str = "off"
    day_count: str = "last_day_in"
    divisor: str = "calendar_year"
    compounding: str = "daily"
    rounding_stage: str = "once"
    rounding_mode: str = "half_up"
    daily_rate: str = "exact"

    def changes(self) -> dict[str, str]:
        """The options that differ from the default, by name."""
        return {name: value for name, value in self.to_json_dict().items() if value != CHOICES[name][0]}

    def to_json_dict(self) -> dict[str, str]:
        """The chosen value of every option, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


DEFAULT = Combination()


@dataclass(frozen=True, slots=True)
class Grid:
    """The values of every option worth trying on a file; `untold` says why others of an option are not."""

    values: dict[str, tuple[str, ...]]
    untold: dict[str, str]

    def combinations(self, *, only: Sequence[str] = tuple(CHOICES)) -> Iterator[Combination]:
        """Every combination of the named options, the others at their default, in a fixed order."""
        for chosen in product(*(self.values[name] for name in only)):
            yield Combination(**dict(zip(only, chosen, strict=True)))

    def one_difference(self) -> Iterator[Combination]:
        """The default with one option changed, for every other value of every option."""
        for name, values in self.values.items():
            for value in values[1:]:
                yield Combination(**{name: value})

    @property
    def size(self) -> int:
        """How many combinations there are."""
        count = 1
        for values in self.values.values():
            count *= len(values)
        return count


def grid_of(refunds: Sequence[Refund]) -> Grid:
    """The options these refunds can tell something about; each other one stays at its default, with the reason."""
    values = dict(CHOICES)
    untold: dict[str, str] = {}

    def narrow(name: str, kept: tuple[str, ...], reason: str) -> None:
        if len(kept) < len(values[name]):
            untold[name] = reason
            values[name] = kept

    narrow("start", _starts(refunds), "the file holds no such day, or only the days of deposit")
    narrow("end", _ends(refunds), "no refund has a payment date so late that it makes a difference")
    if all(refund.rate_class for refund in refunds):
        narrow("rate_class_if_unknown", ("corporate",), "the file states the rate class of every refund")
    narrow("ten_thousand_dollar_rule", _rules(refunds), "the file holds no such refund or payment to a corporation")
    if not any(_touches_leap_year(refund) for refund in refunds):
        narrow("divisor", values["divisor"][:1], "no day of these refunds lies in a leap year")
    idle = {
        *(() if any(is_late(refund) for refund in refunds) else ("per_late_period",)),
        *(() if any(len(refund.deposits) > 1 for refund in refunds) else ("per_row",)),
    }
    stages = tuple(stage for stage in values["rounding_stage"] if stage not in idle)
    narrow("rounding_stage", stages, f"{' and '.join(sorted(idle))} need refunds paid late or of several rows")
    return Grid(values, untold)


def is_late(refund: Refund) -> bool:
    """Whether payment came so late that a whole 30-day period bears interest."""
    if refund.payment_date is None:
        return False
    return whole_periods((refund.payment_date - refund.liquidation_date).days) > 0


def may_be_corporate(refund: Refund) -> bool:
    """Whether the corporate rate may apply, alone subject to the 10,000-dollar rule."""
    return refund.rate_class in (None, "corporate")


def payments_of(refunds: Sequence[Refund]) -> dict[str, Any]:
    """Principal of all refunds paid together, by payment."""
    sums: dict[str, Any] = {}
    for refund in refunds:
        sums[refund.payment] = sums.get(refund.payment, 0) + refund.principal_usd
    return sums


def _starts(refunds: Sequence[Refund]) -> tuple[str, ...]:
    deposits = [deposit for refund in refunds for deposit in refund.deposits]
    return tuple(
        start
        for start in CHOICES["start"]
        if start == DEFAULT.start
        or any(getattr(deposit, start) not in (None, deposit.deposit_date) for deposit in deposits)
    )


def _ends(refunds: Sequence[Refund]) -> tuple[str, ...]:
    kept = [DEFAULT.end]
    if any(is_late(refund) for refund in refunds):
        kept.append("liquidation")
    if any(refund.payment_date not in (None, refund.liquidation_date) for refund in refunds):
        kept.append("refund_date")
    return tuple(kept)


def _rules(refunds: Sequence[Refund]) -> tuple[str, ...]:
    corporate = [refund for refund in refunds if may_be_corporate(refund)]
    paid = payments_of(corporate)
    kept = ["off"]
    if any(refund.principal_usd > TEN_THOUSAND for refund in corporate):
        kept.append("per_entry")
    if any(paid[refund.payment] > max(TEN_THOUSAND, refund.principal_usd) for refund in corporate):
        kept.append("per_payment")
    return tuple(kept)


def _touches_leap_year(refund: Refund) -> bool:
    last = max(refund.payment_date or refund.liquidation_date, refund.liquidation_date)
    first = min(
        day
        for deposit in refund.deposits
        for day in (deposit.deposit_date, deposit.entry_summary_date, deposit.entry_date)
        if day is not None
    )
    return any(isleap(year) for year in range(first.year, last.year + 1))
