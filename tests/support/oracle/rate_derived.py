"""What the stated duty of a line without chapter 99 rows can hold of IEEPA, worked out again line by line.

Belongs here: every combination of rates that origin and day allow, tried one after the other. Does not belong here:
SQL, anything of the product, or the rates themselves, which are given as plain rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

CENT = Decimal("0.01")
ZERO = Decimal(0)
FLOOR = Fraction(15, 100)
END_OF_TRANSIT = date(2025, 10, 4)
WHOLE_COUNTRIES_EXEMPT = {"9903.01.26", "9903.01.27", "9903.01.29"}


@dataclass(frozen=True)
class StatedLine:
    """One line as a list states it; None is a blank cell. `column_1_rate` is a fraction, None where unknown."""

    origin: str | None
    day: date | None
    hts: str
    value: Decimal | None
    column_1_rate: Fraction | None = None
    may_be_free: bool = False
    total: Decimal | None = None
    ieepa: Decimal | None = None
    column_1: Decimal | None = None
    section_301: Decimal | None = None
    section_232: Decimal | None = None
    other: Decimal | None = None


@dataclass(frozen=True)
class Verdict:
    """The least and the most that IEEPA duty can be, what was paid, and what kind of answer that is."""

    paid: Decimal
    low: Decimal
    high: Decimal
    finding: str


@dataclass(frozen=True)
class Stack:
    """One combination: rates added, whether a 15 % heading is in it, and the other duties beside."""

    added: Fraction
    has_floor: bool
    has_reciprocal: bool
    rate_301: Fraction
    rate_232: Fraction
    is_232_inclusive: bool


NOTHING = Stack(
    added=Fraction(0),
    has_floor=False,
    has_reciprocal=False,
    rate_301=Fraction(0),
    rate_232=Fraction(0),
    is_232_inclusive=False,
)


def cents(amount: Decimal | Fraction, rate: Fraction | int = 1) -> Decimal:
    """Amount times rate, half up to the cent, of amounts of zero or more."""
    exact = Fraction(amount) * rate * 100
    return Decimal((exact.numerator * 2 + exact.denominator) // (exact.denominator * 2)) * CENT


def is_near(stated: Decimal, expected: Decimal) -> bool:
    """Within the greater of half a percent of what was expected and one cent."""
    return abs(stated - expected) <= max(expected * Decimal("0.005"), CENT)


@dataclass(frozen=True)
class Oracle:
    """The rates, as plain rows: `headings` of IEEPA, `others` of Sections 301 and 232, `aliases` of origins."""

    headings: Sequence[Mapping[str, Any]]
    others: Sequence[Mapping[str, Any]]
    aliases: Mapping[str, str]

    @cached_property
    def _never_reciprocal(self) -> set[str]:
        return {
            country for row in self.headings if row["heading"] in WHOLE_COUNTRIES_EXEMPT for country in row["countries"]
        }

    def _on(self, day: date) -> list[Mapping[str, Any]]:
        return [row for row in self.headings if row["effective_from"] <= day <= row["effective_to"]]

    def is_collected(self, day: date) -> bool:
        """Whether any programme collects duty on the day, wherever the goods come from."""
        return any(row["imposes_duty"] for row in self._on(day))

    def ieepa_rates(self, origin: str, day: date) -> Iterator[tuple[Fraction, bool, bool]]:
        """Every sum of rates, one a programme or none: (added, has a 15 % heading, has a reciprocal duty)."""
        rows = self._on(day)
        own = {row["heading"] for row in rows if origin in row["countries"]}
        has_own_heading = any(heading.startswith("9903.02.") for heading in own)
        choices: dict[str, list[Mapping[str, Any] | None]] = {}
        for row in rows:
            if not row["imposes_duty"] or not {origin, "ALL"} & set(row["countries"]):
                continue
            programme = "reciprocal" if row["programme"] == "transshipment" else row["programme"]
            if programme == "reciprocal" and origin in self._never_reciprocal:
                continue
            if row["heading"] == "9903.01.25" and has_own_heading and day > END_OF_TRANSIT:
                continue
            choices.setdefault(programme, [None]).append(row)
        for combination in product(*choices.values()):
            chosen = [row for row in combination if row is not None]
            yield (
                sum((Fraction(row["rate"]) for row in chosen if row["rate"] is not None), Fraction(0)),
                any(row["rate"] is None for row in chosen),
                any(row["programme"] in ("reciprocal", "transshipment") for row in chosen),
            )

    def other_rates(self, bucket: str, origin: str, day: date, hts: str) -> list[tuple[Fraction, bool]]:
        """The rates of Section 301 or 232 the line can bear, and none: (rate, whether it includes column 1)."""
        found = [(Fraction(0), False)]
        for row in self.others:
            if row["duty_bucket"] != bucket or not {origin, "ALL"} & set(row["countries"]):
                continue
            if day < row["effective_from"] or (row["effective_to"] is not None and day > row["effective_to"]):
                continue
            if row["hts_prefixes"] is not None and not hts.startswith(tuple(row["hts_prefixes"])):
                continue
            found.append((Fraction(row["rate"]), row["rate_kind"] == "floor_inclusive"))
        return found

    def stacks(self, line: StatedLine) -> list[Stack] | None:
        """Every stack of the line; None where origin or day is unknown and something is collected."""
        if line.day is None:
            return None
        if line.origin is None:
            return None if self.is_collected(line.day) else [NOTHING]
        origin = self.aliases.get(line.origin, line.origin)
        return [
            Stack(added, has_floor, has_reciprocal, rate_301, rate_232, inclusive)
            for added, has_floor, has_reciprocal in self.ieepa_rates(origin, line.day)
            for rate_301, _ in self.other_rates("section_301", origin, line.day, line.hts)
            for rate_232, inclusive in self.other_rates("section_232", origin, line.day, line.hts)
            if not (rate_232 and has_reciprocal)
        ]

    def judge(self, line: StatedLine) -> Verdict:
        """The verdict on one line."""
        others = sum((part for part in (line.section_301, line.section_232, line.other) if part is not None), ZERO)
        types = others + (line.ieepa or ZERO) + (line.column_1 or ZERO)
        has_types = any(
            part is not None for part in (line.ieepa, line.column_1, line.section_301, line.section_232, line.other)
        )
        paid = line.total if line.total is not None else types
        stacks = self.stacks(line)
        is_free = stacks is not None and all(not stack.added and not stack.has_floor for stack in stacks)
        rest = None if line.total is None else line.total - others - (line.column_1 or ZERO)
        open_amount = line.ieepa if line.ieepa is not None else rest
        if self._contradicts(line, types, paid, open_amount, has_types=has_types):
            most = line.ieepa if line.ieepa is not None else paid
            if most <= 0:
                return Verdict(paid, most, ZERO if is_free and line.ieepa is None else most, "contradictory")
            high = ZERO if is_free and line.ieepa is None else max(min(most, paid), ZERO)
            return Verdict(paid, ZERO, high, "contradictory")
        if open_amount is None:
            return Verdict(paid, ZERO, ZERO, "none" if is_free and has_types else "absent")
        if open_amount == 0 or (is_free and line.ieepa is None):
            return Verdict(paid, ZERO, ZERO, "none")
        if open_amount < 0:
            return Verdict(paid, open_amount, open_amount, "credit")
        if line.ieepa is not None:
            return self._stated(line, stacks or [], paid, open_amount)
        return self._from_total(line, stacks or [], paid, open_amount)

    @staticmethod
    def _contradicts(
        line: StatedLine, types: Decimal, paid: Decimal, open_amount: Decimal | None, *, has_types: bool
    ) -> bool:
        if open_amount is not None and open_amount > paid:
            return True
        if line.total is None or not has_types:
            return False
        is_full = line.column_1 is not None and line.ieepa is not None
        return types > line.total or (is_full and types != line.total)

    def _dues(self, line: StatedLine) -> list[Decimal | None]:
        if line.value is None or line.value <= 0:
            return []
        due = None if line.column_1_rate is None else cents(line.value, line.column_1_rate)
        free = [ZERO] if line.may_be_free and line.column_1_rate and not line.column_1 else []
        return [due, *free]

    def _stated(self, line: StatedLine, stacks: Sequence[Stack], paid: Decimal, stated: Decimal) -> Verdict:
        value = line.value or ZERO
        lows, highs = [], []
        for due, stack in product(self._dues(line), stacks):
            if stack.rate_301 or stack.rate_232 or (line.section_232 and stack.has_reciprocal):
                continue
            added = cents(value, stack.added)
            if not stack.has_floor:
                if is_near(stated, added):
                    lows.append(stated)
                    highs.append(stated)
                continue
            floor = cents(value, FLOOR)
            if line.column_1 is not None and line.column_1 > 0:
                if is_near(stated + line.column_1, added + floor):
                    lows.append(stated)
                    highs.append(stated)
                continue
            net = added + max(floor - (due or ZERO), ZERO)
            if line.column_1 is None and due and is_near(stated, net):
                lows.append(stated)
                highs.append(stated)
            if is_near(stated, added + floor):
                lows.append(max(stated - (floor if due is None else min(due, floor)), ZERO))
                highs.append(stated if due is None else stated - min(due, floor))
        if lows:
            return Verdict(paid, min(lows), max(highs), "fitting")
        return Verdict(paid, ZERO, stated, "unfitting")

    def _from_total(self, line: StatedLine, stacks: Sequence[Stack], paid: Decimal, rest: Decimal) -> Verdict:
        value = line.value or ZERO
        has_column_1 = line.column_1 is not None and line.column_1 > 0
        lows, highs, allowed = [], [], []
        for due, stack in product(self._dues(line), stacks):
            standing = line.column_1 if has_column_1 else due
            floor = cents(value, FLOOR) if stack.has_floor else ZERO
            ieepa = cents(value, stack.added) + (max(floor - (standing or ZERO), ZERO) if stack.has_floor else ZERO)
            allowed.append(ieepa)
            if due is None and line.column_1 is None:
                continue
            if (stack.rate_301 and line.section_301 is not None) or (stack.rate_232 and line.section_232 is not None):
                continue
            if line.section_232 and stack.has_reciprocal:
                continue
            stands_apart = has_column_1 if stack.has_floor else line.column_1 is not None
            column_1 = ZERO if stands_apart else (due or ZERO)
            section_232 = cents(value, stack.rate_232)
            if stack.is_232_inclusive:
                section_232 = max(section_232 - (standing or ZERO), ZERO)
            beside = column_1 + cents(value, stack.rate_301) + section_232
            if not is_near(rest, beside + ieepa):
                continue
            high = max(rest - beside, ZERO) if ieepa else ZERO
            is_hidden = stack.has_floor and not has_column_1 and due is None
            lows.append(high - min(floor, high) if is_hidden else high)
            highs.append(high)
        if lows:
            return Verdict(paid, min(lows), max(highs), "fitting")
        return Verdict(paid, ZERO, min(rest, max(allowed, default=rest)), "unfitting")
