"""The choices an interest computation rests on, each one named, with one default.

Belongs here: the closed lists of options and the object that carries one choice of each. Does not belong here: the
arithmetic that obeys them (`accrual`, `late`) and the choices that are facts of an entry rather than arithmetic (which
date starts the accrual, whether the importer is a corporation).

The default is the method of 26 U.S.C. 6622 and 26 CFR 301.6622-1, which 19 U.S.C. 1505 imports: it reproduces every
published government figure in the tests. Customs publishes no rounding rule, so the last cent is a convention too.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args

from cape_pipeline.interest.errors import InterestError

DayCount = Literal["last_day_in", "first_day_in", "both", "neither"]
Divisor = Literal["calendar_year", "fixed_365"]
Compounding = Literal["daily", "simple"]
RoundingStage = Literal["once", "per_quarter", "per_late_period", "nine_decimal_factors"]
RoundingMode = Literal["half_up", "half_even", "down"]
DailyRate = Literal["exact", "nine_decimals"]

OPTIONS: dict[str, tuple[object, ...]] = {
    "day_count": get_args(DayCount),
    "divisor": get_args(Divisor),
    "compounding": get_args(Compounding),
    "rounding_stage": get_args(RoundingStage),
    "rounding_mode": get_args(RoundingMode),
    "daily_rate": get_args(DailyRate),
    "ten_thousand_dollar_rule": (False, True),
}
"""Every option with its closed list of values, the default first; what a calibration searches."""


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """One choice of every arithmetic option.

    Attributes:
        day_count: which of the two end days bear interest. `last_day_in`: the day of deposit does not, the day of
            liquidation does. Under `both`, a deposit liquidated on its own day bears one day.
        divisor: what the annual rate is divided by: the days of the calendar year the day lies in, or 365 always.
        compounding: `daily` on principal plus interest, or `simple` on principal alone.
        rounding_stage: where cents are made. `once`: at the end. `per_quarter`: the interest of every quarter piece.
            `per_late_period`: the interest of every 30-day period of late interest; a walk to liquidation has none,
            so there it means `once`. `nine_decimal_factors`: each piece's factor is taken to nine decimals, as in
            printed factor tables, and cents are made once at the end.
        rounding_mode: how cents are made, wherever they are made. The two nine-decimal options always round half up.
        daily_rate: the daily rate in full, or rounded to nine decimals before use.
        ten_thousand_dollar_rule: whether a corporation's refund above 10,000 dollars bears a point and a half less
            (26 U.S.C. 6621(a)(1), last sentence). Customs notices name no such rate, hence off.
    """

    day_count: DayCount = "last_day_in"
    divisor: Divisor = "calendar_year"
    compounding: Compounding = "daily"
    rounding_stage: RoundingStage = "once"
    rounding_mode: RoundingMode = "half_up"
    daily_rate: DailyRate = "exact"
    ten_thousand_dollar_rule: bool = False

    def __post_init__(self) -> None:
        """Refuse a value outside its closed list, so that a misspelt option never becomes the default in silence."""
        for name, allowed in OPTIONS.items():
            value = getattr(self, name)
            if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
                listed = ", ".join(str(option) for option in allowed)
                raise InterestError(f"The interest convention {name} cannot be {value!r}; choose one of: {listed}.")

    def to_json_dict(self) -> dict[str, str | bool]:
        """The chosen value of every option, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


DEFAULT = Conventions()
