"""What one row of each registry seed is, in plain Python: a row that is not dated and cited does not come into being.

Belongs here: the shape of a row and every rule that one row can break by itself. Does not belong here: rules between
rows or between files (`load.py`), the rules of law themselves (`registry_seeds/`), Dagster, DuckDB.

Field names are the column names of the tables; every value is given as the text a seed holds.
"""

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cape_pipeline.registry.window import Window


class RowError(PydanticCustomError):
    """A rule of the whole row is broken; names the column a reader should look at."""

    def __new__(cls, column: str, sentence: str) -> Self:
        return super().__new__(cls, "registry_row", "{sentence}", {"column": column, "sentence": sentence})


def _iso_day(value: object) -> object:
    # Pydantic alone would read 20250204 as a number of seconds and 2025-02-04T00:00 as a day.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"'{value}' is not a day; write it as YYYY-MM-DD")
    return value


def _yes_no(value: object) -> object:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError(f"'{value}' is neither true nor false")
        return value == "true"
    return value


def _codes(value: object) -> object:
    return tuple(value.split("|")) if isinstance(value, str) else value


def _plain_decimal(value: object) -> object:
    # No floats, no exponents, no separators: law is text until Decimal reads it.
    if isinstance(value, float):
        raise ValueError(f"{value!r} is a binary fraction; give the rate as text")
    if isinstance(value, str) and not re.fullmatch(r"\d+(\.\d+)?", value):
        raise ValueError(f"'{value}' is not a rate; write a fraction such as 0.250000 for 25 percent")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
Flag = Annotated[bool, BeforeValidator(_yes_no)]
Rate = Annotated[Decimal, BeforeValidator(_plain_decimal), Field(max_digits=9, decimal_places=6, ge=0)]
WholeNumber = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]
SourceKey = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
CountryCodes = Annotated[tuple[str, ...], BeforeValidator(_codes), Field(min_length=1)]
ProgrammeNames = Annotated[tuple[Text, ...], BeforeValidator(_codes), Field(min_length=1)]


class SeedRow(BaseModel):
    """What every row of every seed shares: the day it was written into the registry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Columns that name the rule; live rows of one key may not share a day.
    key: ClassVar[tuple[str, ...]]
    window_columns: ClassVar[tuple[str, str] | None] = None
    # Parsed from other columns, so not a column of the seed.
    derived: ClassVar[tuple[str, ...]] = ()

    recorded_date: Day

    @property
    def is_withdrawn(self) -> bool:
        """Whether the row was found wrong; it stays in the table, and no rule between rows looks at it."""
        return getattr(self, "withdrawn_date", None) is not None

    @property
    def belief(self) -> Window:
        """The days on which the row was held to be right: from its recording to the day before it was withdrawn."""
        withdrawn: date | None = getattr(self, "withdrawn_date", None)
        return Window(self.recorded_date, withdrawn - timedelta(days=1) if withdrawn else None)

    def is_believed_on(self, day: date) -> bool:
        """Whether the row stood in the registry on that day and was not yet found wrong."""
        return day in self.belief

    def is_at_odds_with(self, other: "SeedRow") -> bool:
        """Whether on some day both were believed, of some same day of law."""
        return self.belief.overlaps(other.belief) and self.window.overlaps(other.window)

    @property
    def window(self) -> Window:
        """The days the row applies; a table without windows holds for every day."""
        if self.window_columns is None:
            return Window()
        first, last = self.window_columns
        return Window(getattr(self, first), getattr(self, last))

    @model_validator(mode="after")
    def _runs_forward(self) -> "SeedRow":
        if self.window_columns is not None and self.window.first_day is not None and self.window.last_day is not None:
            first, last = self.window_columns
            if self.window.last_day < self.window.first_day:
                raise RowError(
                    last,
                    f"{self.window.last_day} is before {first} {self.window.first_day}; write the last day the rule "
                    "applies, that day included",
                )
        return self


class CitedRow(SeedRow):
    """A dated row that says on what authority it stands."""

    source: SourceKey
    locator: Text
    withdrawn_date: Day | None = None
    confidence: Literal["confirmed", "secondary", "inferred", "unconfirmed"]

    @model_validator(mode="after")
    def _withdrawn_later(self) -> "CitedRow":
        if self.withdrawn_date is not None and self.withdrawn_date <= self.recorded_date:
            raise RowError(
                "withdrawn_date",
                f"{self.withdrawn_date} is not after recorded_date {self.recorded_date}; a row is withdrawn on a later "
                "day than it was recorded",
            )
        return self


class Source(SeedRow):
    """One document the registry cites."""

    key = ("source",)

    source: SourceKey
    title: Text
    publisher: Text
    reference: Text | None = None
    document_date: Day | None = None
    address: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None


RATE_BY_RULE = "max(0.15-column1,0)"


def _refuse_unclear_countries(column: str, countries: tuple[str, ...]) -> None:
    if "EU" in countries:
        raise RowError(column, "EU is not a country; write its 27 members out, joined by |")
    for code in countries:
        if code != "ALL" and not re.fullmatch(r"[A-Z]{2}", code):
            raise RowError(column, f"'{code}' is not a two-letter country code")
    if len(set(countries)) != len(countries) or ("ALL" in countries and len(countries) > 1):
        raise RowError(column, "a country stands twice, or ALL stands beside others")


class IeepaHeading(CitedRow):
    """One IEEPA Chapter 99 heading in one window of entry days."""

    key = ("heading",)
    window_columns = ("effective_from", "effective_to")

    heading: Annotated[str, Field(pattern=r"^9903\.\d{2}\.\d{2}$")]
    description: Text
    programme: Text
    countries: CountryCodes
    rate: Rate | None = None
    rate_text: Text
    rate_kind: Literal[
        "ad_valorem_add",
        "ad_valorem_add_superseded_retro",
        "ad_valorem_in_lieu",
        "floor_inclusive",
        "suspended",
        "zero_exempt",
        "zero_exempt_companion",
        "zero_exempt_in_transit",
        "zero_exempt_partial",
    ]
    imposes_duty: Flag
    effective_from: Day
    effective_to: Day
    authority: Text
    csms: Text | None = None

    @model_validator(mode="after")
    def _countries_written_out(self) -> "IeepaHeading":
        _refuse_unclear_countries("countries", self.countries)
        return self

    @model_validator(mode="after")
    def _rate_fits_its_text_and_kind(self) -> "IeepaHeading":
        if self.rate_kind == "floor_inclusive":
            if self.rate is not None or self.rate_text != RATE_BY_RULE:
                raise RowError(
                    "rate", f"a floor_inclusive heading has no fixed rate; leave it empty and state {RATE_BY_RULE}"
                )
        else:
            try:
                stated = Decimal(self.rate_text)
            except InvalidOperation:
                stated = None
            if self.rate is None or stated != self.rate:
                raise RowError("rate", f"the rate is not the one that rate_text states ({self.rate_text})")
        if self.imposes_duty == (self.rate is not None and self.rate == 0):
            raise RowError("imposes_duty", "a heading imposes duty exactly when its rate is not zero")
        return self


DutyBucket = Literal[
    "ieepa",
    "ieepa_exempt",
    "section_232",
    "section_301",
    "section_201",
    "section_122",
    "chapter_98",
    "other_chapter_99",
    "column_1",
    "unknown_chapter_99",
]


def heading_range(pattern: str) -> tuple[str, str] | None:
    """First and last heading (eight digits) of a pattern.

    A pattern is a heading (`9903.81.92`), a template whose trailing digits are open (`9902.xx.xx`), or two of them
    joined by a hyphen. Patterns for what is not a tariff number (`A-nnn-nnn`, `C-nnn-nnn`, the three-digit class codes
    of fees) have no range: None.

    Raises:
        ValueError: when the pattern is none of these, or runs backwards.
    """
    if re.fullmatch(r"[AC]-nnn-nnn|\d{3}", pattern):
        return None
    ends = [end.replace(".", "") for end in pattern.split("-")]
    well_formed = all(re.fullmatch(r"[\dx]{4}\.[\dx]{2}\.[\dx]{2}", end) for end in pattern.split("-"))
    if len(ends) > 2 or not well_formed or not all(re.fullmatch(r"\d{2}\d*x*", end) for end in ends):
        raise ValueError(f"'{pattern}' is not a heading, a template or a range; write 9903.81.92, 9902.xx.xx or a-b")
    first, last = ends[0].replace("x", "0"), ends[-1].replace("x", "9")
    if last < first:
        raise ValueError(f"'{pattern}' runs backwards")
    return first, last


class Chapter99Family(CitedRow):
    """One range of tariff numbers that belong to one duty family in one window of entry days."""

    key = ("pattern",)
    window_columns = ("effective_from", "effective_to")
    derived = ("heading_from", "heading_to")

    pattern: Text
    heading_from: str | None = None
    heading_to: str | None = None
    family: Text
    duty_bucket: DutyBucket | None = None
    authority: Text | None = None
    effective_from: Day | None = None
    effective_to: Day | None = None

    @model_validator(mode="before")
    @classmethod
    def _range_from_pattern(cls, given: dict[str, object]) -> dict[str, object]:
        if not isinstance(given.get("pattern"), str):
            return given
        try:
            ends = heading_range(str(given["pattern"])) or (None, None)
        except ValueError as error:
            raise RowError("pattern", str(error)) from error
        return {**given, "heading_from": ends[0], "heading_to": ends[1]}

    @model_validator(mode="after")
    def _a_bucket_for_tariff_numbers_only(self) -> "Chapter99Family":
        if (self.duty_bucket is None) != (self.heading_from is None):
            raise RowError("duty_bucket", "tariff numbers need a bucket, and what is not a tariff number has none")
        return self


class InterestRate(CitedRow):
    """Interest rates of one calendar quarter, as fractions a year."""

    key = ()
    window_columns = ("quarter_start", "quarter_end")

    quarter_start: Day
    quarter_end: Day
    underpayment_rate: Annotated[Rate, Field(lt=1)]
    overpayment_corporate_rate: Annotated[Rate, Field(lt=1)]
    overpayment_noncorporate_rate: Annotated[Rate, Field(lt=1)]

    @model_validator(mode="after")
    def _is_one_calendar_quarter(self) -> "InterestRate":
        start = self.quarter_start
        if start.day != 1 or start.month % 3 != 1:
            raise RowError("quarter_start", f"{start} is not the first day of a calendar quarter")
        following = date(start.year + start.month // 10, (start.month + 2) % 12 + 1, 1)
        if (following - self.quarter_end).days != 1:
            raise RowError(
                "quarter_end", f"{self.quarter_end} is not the last day of the quarter that starts on {start}"
            )
        return self


class CapeRule(CitedRow):
    """One rule of who may be on a CAPE declaration, in one window of filing days."""

    key = ("rule_id",)
    window_columns = ("effective_from", "effective_to")

    rule_id: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$")]
    title: Text
    cbp_message: Text | None = None
    fact_needed: Text | None = None
    where_in_ace: Text | None = None
    effective_from: Day
    effective_to: Day | None = None


class ValidationRule(CitedRow):
    """One rule a CAPE declaration is checked by before it is uploaded; the codes are this project's own."""

    key = ("rule_id",)

    rule_id: Annotated[str, Field(pattern=r"^VAL-[FEI]-\d{2}$")]
    title: Text
    severity: Literal["reject", "warn"]
    cbp_message: Text | None = None
    what_to_do: Text

    @model_validator(mode="after")
    def _rejects_on_the_word_of_cbp(self) -> "ValidationRule":
        if self.severity == "reject" and not self.source.startswith(("csms-", "cbp-")):
            raise RowError("severity", f"only what CBP says rejects, and {self.source} is not CBP's; write warn")
        return self


class EntryType(CitedRow):
    """How CAPE treats one entry type in one window of filing days."""

    key = ("entry_type_code",)
    window_columns = ("effective_from", "effective_to")

    entry_type_code: Annotated[str, Field(pattern=r"^\d{2}$")]
    entry_type_name: Text
    cape_treatment: Literal["accepted", "accepted_paid_on_liquidation", "rejected", "ad_cvd_rule", "unknown"]
    recon_flag_allowed: Flag
    duty_deposited: Flag
    ieepa_psc_barred: Flag
    effective_from: Day
    effective_to: Day | None = None


class CapeMessage(CitedRow):
    """One message CBP prints beside a failed entry, in the window of days on which CBP gives it."""

    key = ("message",)
    window_columns = ("effective_from", "effective_to")

    message: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 /-]*[A-Z0-9]$")]
    meaning: Text
    remedy: Literal[
        "psc", "wait_then_refile", "refile_unchanged_once", "remove_cause", "protest_or_court", "await_phase", "unknown"
    ]
    successors: Annotated[tuple[Text, ...], BeforeValidator(_codes), Field(min_length=1)] | None = None
    effective_from: Day
    effective_to: Day | None = None


class TimingPolicy(CitedRow):
    """One named reading of when CBP pays."""

    key = ("timing_policy",)

    timing_policy: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
    clock_start: Literal["acceptance", "liquidation"]
    days_from: WholeNumber
    days_to: WholeNumber
    liquidation_days_to: WholeNumber | None = None
    reading: Text

    @model_validator(mode="after")
    def _days_run_forward(self) -> "TimingPolicy":
        if self.days_to < self.days_from:
            raise RowError("days_to", f"{self.days_to} is before days_from {self.days_from}")
        return self


PolicyPoint = Literal[
    "ieepa_first_day",
    "ieepa_last_day",
    "ieepa_heading_range",
    "law_date",
    "zone_goods_date",
    "fifteen_percent_headings",
    "interest_rates",
    "interest_end",
    "interest_start",
    "interest_ten_thousand_rule",
    "interest_day_count",
    "interest_divisor",
    "interest_compounding",
    "interest_rounding",
    "interest_rounding_mode",
    "interest_beyond_rates",
    "payment_clock",
    "variance_materiality",
    "liquidation_run",
]
POLICY_POINTS: tuple[str, ...] = get_args(PolicyPoint)
VALUE_SHAPES = {
    "a day such as 2026-02-23": r"\d{4}-\d{2}-\d{2}",
    "two headings such as 9903.01.25-9903.01.70": r"9903\.\d{2}\.\d{2}-9903\.\d{2}\.\d{2}",
    "a rate such as 0.080000": r"0\.\d{1,6}",
}
#: What the value of a reading is, and whether every reading of the point has one; other points have none.
POLICY_VALUES = {
    "ieepa_first_day": ("a day such as 2026-02-23", True),
    "ieepa_last_day": ("a day such as 2026-02-23", True),
    "ieepa_heading_range": ("two headings such as 9903.01.25-9903.01.70", True),
    "interest_rates": ("a rate such as 0.080000", False),
    "variance_materiality": ("a rate such as 0.080000", False),
}


class Policy(CitedRow):
    """One named reading of a point on which guides and facts differ."""

    key = ("policy_point", "policy")

    policy_point: PolicyPoint
    policy: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
    policy_value: Text | None = None
    is_default: Flag
    reading: Text

    @model_validator(mode="after")
    def _value_fits_the_point(self) -> "Policy":
        shape, is_needed = POLICY_VALUES.get(self.policy_point, (None, False))
        if self.policy_value is None:
            if is_needed:
                raise RowError("policy_value", f"a reading of {self.policy_point} states {shape}")
        elif shape is None or not re.fullmatch(VALUE_SHAPES[shape], self.policy_value):
            raise RowError("policy_value", f"'{self.policy_value}' cannot stand here: {shape or 'leave it empty'}")
        return self


class QuantityUnit(CitedRow):
    """One unit that duty rates are printed with, and the code ACE reports the quantity under."""

    key = ("printed_unit",)

    printed_unit: Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[a-z0-9]+)*$")]
    unit_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,3}$")]


HtsPrefixes = Annotated[tuple[str, ...], BeforeValidator(_codes), Field(min_length=1)]


class OtherDutyRate(CitedRow):
    """One rate of a duty that is not IEEPA and can stand in a paid total beside it, in one window of entry days."""

    key = ("other_duty",)
    window_columns = ("effective_from", "effective_to")

    other_duty: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
    duty_bucket: Literal["section_301", "section_232"]
    countries: CountryCodes
    rate: Annotated[Rate, Field(gt=0)]
    rate_kind: Literal["ad_valorem_add", "floor_inclusive"]
    hts_prefixes: HtsPrefixes | None = None
    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _codes_are_codes(self) -> "OtherDutyRate":
        for code in self.countries:
            if (code != "ALL" and not re.fullmatch(r"[A-Z]{2}", code)) or code == "EU":
                raise RowError("countries", f"'{code}' is not a two-letter country code; write the EU's members out")
        for prefix in self.hts_prefixes or ():
            if not re.fullmatch(r"\d{2,10}", prefix):
                raise RowError("hts_prefixes", f"'{prefix}' is not the beginning of a tariff number; write its digits")
        return self


class FederalHoliday(CitedRow):
    """One federal holiday, on the day it is observed."""

    key = ("holiday_date",)

    holiday_date: Day
    holiday_name: Text

    @model_validator(mode="after")
    def _is_observed_on_a_working_day(self) -> "FederalHoliday":
        if self.holiday_date.isoweekday() > 5:
            raise RowError("holiday_date", f"{self.holiday_date} is at a weekend; write the day it is observed")
        return self


class ProgrammeDate(CitedRow):
    """When one IEEPA programme was published and first collected."""

    key = ("programme",)

    programme: Text
    publication_date: Day
    first_collection_date: Day


class OriginAlias(CitedRow):
    """One origin code that reports print for a country known under another code."""

    key = ("origin_alias",)

    origin_alias: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    country_code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class RefundType(CitedRow):
    """One word that tells in REV-603's Refund Type of which kind a refund is."""

    key = ("type_words",)

    type_words: Annotated[str, Field(pattern=r"^[A-Z0-9]+( [A-Z0-9]+)*$")]
    refund_class: Literal["cape", "other"]


class StackingRule(CitedRow):
    """What a duty needs or excludes on the same line, in one window of entry days."""

    key = ("stacking_rule",)
    window_columns = ("effective_from", "effective_to")

    stacking_rule: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
    kind: Literal["needs", "excludes"]
    programme: Text
    countries: CountryCodes
    countries_excepted: CountryCodes | None = None
    beside: ProgrammeNames
    effective_from: Day
    effective_to: Day

    @model_validator(mode="after")
    def _stands_beside_another(self) -> "StackingRule":
        _refuse_unclear_countries("countries", self.countries)
        _refuse_unclear_countries("countries_excepted", self.countries_excepted or ())
        if self.programme in self.beside:
            raise RowError("beside", f"{self.programme} stands beside itself; name other programmes")
        if self.countries_excepted is not None and self.countries != ("ALL",):
            raise RowError("countries_excepted", "countries are excepted from ALL only; name the ones it applies to")
        return self


class PreferenceClaim(CitedRow):
    """What a special programme indicator on a line means for one programme, in one window of entry days."""

    key = ("spi_code", "programme")
    window_columns = ("effective_from", "effective_to")

    spi_code: Annotated[str, Field(pattern=r"^[A-Z]{1,2}[+*#]?$")]
    agreement: Text
    countries: CountryCodes
    claim_effect: Literal["exempts", "exempts_listed_goods", "lowers_column_1"]
    programme: Text
    pattern: Text
    effective_from: Day
    effective_to: Day

    @model_validator(mode="after")
    def _names_headings(self) -> "PreferenceClaim":
        _refuse_unclear_countries("countries", self.countries)
        try:
            heading_range(self.pattern)
        except ValueError as error:
            raise RowError("pattern", str(error)) from error
        return self


class AnomalyCode(CitedRow):
    """One code of what can be odd about filed rows, in words; the codes are this project's own, never CBP's."""

    key = ("anomaly_code",)

    anomaly_code: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)+$")]
    anomaly_meaning: Text
    anomaly_effect: Text


class AlertCode(CitedRow):
    """One code of what somebody should look at: how bad, by which clock, what to do; the codes are our own."""

    key = ("alert_code",)

    alert_code: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)+$")]
    severity: Literal["right_at_risk", "money_missing", "action_due", "information"]
    alert_meaning: Text
    clock_days: WholeNumber | None = None
    clock_rule: Literal["before", "from", "after"] | None = None
    counted_from: Text | None = None
    due_days: WholeNumber | None = None
    yields_to: Text | None = None
    next_action: Text
    cbp_mailbox: Annotated[str, Field(pattern=r"^[A-Za-z-]+@cbp\.dhs\.gov$")] | None = None
    whose_reading: Literal["cbp", "law", "guide", "own"]

    @model_validator(mode="after")
    def _has_a_whole_clock_or_none(self) -> "AlertCode":
        told = [self.clock_days is not None, self.clock_rule is not None, self.counted_from is not None]
        if any(told) and not all(told):
            raise RowError("clock_days", "a clock has clock_days, clock_rule and counted_from; give all three or none")
        if self.due_days is not None and (self.clock_days is None or self.due_days < self.clock_days):
            raise RowError("due_days", f"{self.due_days} counts from the same day as clock_days and cannot be less")
        return self

    @model_validator(mode="after")
    def _names_its_mailbox_and_its_author(self) -> "AlertCode":
        if self.cbp_mailbox is not None and self.cbp_mailbox not in self.next_action:
            raise RowError("next_action", f"it does not say to write to {self.cbp_mailbox}")
        if (self.whose_reading == "own") != (self.source == "cape-pipeline-house-rules"):
            raise RowError("whose_reading", f"own goes with cape-pipeline-house-rules, and the source is {self.source}")
        return self


class Assumption(CitedRow):
    """One point the law leaves open, with the reading used here and the other one."""

    key = ("assumption_id",)

    assumption_id: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]
    statement: Text
    default_reading: Text
    other_reading: Text


SEEDS: dict[str, type[SeedRow]] = {
    "sources": Source,
    "ieepa_headings": IeepaHeading,
    "chapter99_families": Chapter99Family,
    "interest_rates": InterestRate,
    "cape_rules": CapeRule,
    "validation_rules": ValidationRule,
    "entry_types": EntryType,
    "cape_messages": CapeMessage,
    "timing_policies": TimingPolicy,
    "policies": Policy,
    "quantity_units": QuantityUnit,
    "other_duty_rates": OtherDutyRate,
    "federal_holidays": FederalHoliday,
    "programme_dates": ProgrammeDate,
    "origin_aliases": OriginAlias,
    "refund_types": RefundType,
    "stacking_rules": StackingRule,
    "preference_claims": PreferenceClaim,
    "anomaly_codes": AnomalyCode,
    "alert_codes": AlertCode,
    "assumptions": Assumption,
}

CITATION = ("source", "locator", "recorded_date", "withdrawn_date", "confidence")


def columns(model: type[SeedRow]) -> tuple[str, ...]:
    """Columns of the model's table, in order: its own, then the citation."""
    own = tuple(name for name in model.model_fields if name in model.__annotations__)
    if issubclass(model, CitedRow):
        return (*own, *CITATION)
    return (*own, "recorded_date")
