"""Lines of a broker's list at random: most of them what a real line of that day and origin would state, some damaged.

Belongs here: making lines. Does not belong here: splitting them or judging the split.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from tests.support.oracle.rate_derived import Oracle, StatedLine, cents
from tests.tables.lines.filed import shipped_registry
from tests.tables.lines.listed import SHIRT, listed

ORIGINS = (
    "CN",
    "HK",
    "MO",
    "VN",
    "DE",
    "JP",
    "KR",
    "CH",
    "LI",
    "GB",
    "BR",
    "IN",
    "CA",
    "XO",
    "MX",
    "RU",
    "TW",
    "AU",
    "ZZ",
)
GOODS = (SHIRT, SHIRT, "8708991234", "8703230110", "4407110001", "9401614011", "7318150000", "8501109000")
RATES = ((0, "Free"), (37, "3.7%"), (40, "4%"), (25, "2.5%"), (160, "16%"), (320, "32%"), (None, None), (None, "2¢/kg"))
FIRST, LAST = date(2025, 1, 25), date(2026, 3, 5)


def oracle() -> Oracle:
    """The oracle over the shipped registry, as plain rows."""
    frames = {
        name: shipped_registry()[f"registry.{name}"].to_dicts() for name in ("ieepa_headings", "other_duty_rates")
    }
    aliases = shipped_registry()["registry.origin_aliases"].to_dicts()
    return Oracle(
        [row for row in frames["ieepa_headings"] if row["withdrawn_date"] is None],
        [row for row in frames["other_duty_rates"] if row["withdrawn_date"] is None],
        {row["origin_alias"]: row["country_code"] for row in aliases if row["withdrawn_date"] is None},
    )


def pairs(seed: int, count: int, law: Oracle) -> list[tuple[dict[str, Any], StatedLine]]:
    """Lines as the tables take them, each with what the oracle takes."""
    random = Random(seed)
    days = _edges(law.headings)
    return [_pair(random, law, days) for _ in range(count)]


def _edges(headings: Sequence[Mapping[str, Any]]) -> list[date]:
    """Days on which something changes, and the days beside them."""
    edges = {row[end] for row in headings for end in ("effective_from", "effective_to")}
    return sorted({day + timedelta(days=shift) for day in edges for shift in (-1, 0, 1)})


def _pair(random: Random, law: Oracle, days: Sequence[date]) -> tuple[dict[str, Any], StatedLine]:
    origin = None if random.random() < 0.03 else random.choice(ORIGINS)
    day = (
        random.choice(days) if random.random() < 0.5 else FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
    )
    stated_day = None if random.random() < 0.02 else day
    hts = random.choice(GOODS)
    value = Decimal(random.choice((1, 7, 1000, 12345, 99999, 350000, 10_000_000))) * random.choice((1, Decimal("0.01")))
    per_mille, printed = random.choice(RATES)
    rate = None if per_mille is None else Fraction(per_mille, 1000)
    spi = random.choice((None, None, None, "KR", "S"))
    due = cents(value, rate or 0)
    stacks = law.stacks(StatedLine(origin or "VN", day, hts, value)) or []
    collecting = [stack for stack in stacks if stack.added or stack.has_floor]
    plain = [stack for stack in collecting if not stack.rate_301 and not stack.rate_232]
    stack = random.choice(random.choice((stacks, collecting or stacks, plain or stacks, plain or stacks)))
    floor = max(cents(value, Fraction(15, 100)) - due, Decimal(0)) if stack.has_floor else Decimal(0)
    ieepa = cents(value, stack.added) + floor
    duty_301 = cents(value, stack.rate_301)
    duty_232 = cents(value, stack.rate_232)
    duty_232 = max(duty_232 - due, Decimal(0)) if stack.is_232_inclusive else duty_232
    told = _told(random, ieepa, due, duty_301, duty_232, is_whole=stack.has_floor and random.random() < 0.5)
    if random.random() < 0.12 and told:
        name = random.choice(sorted(told))
        amount = told[name] or Decimal(0)
        told[name] = random.choice((amount + Decimal("0.01"), amount + 13, -amount, amount * 2, None))
    stated_value = random.choice((None, Decimal(0))) if random.random() < 0.03 else value
    row = listed(
        origin,
        None if stated_day is None else stated_day.isoformat(),
        value=None if stated_value is None else str(stated_value),
        hts=hts,
        rate=printed,
        spi=spi,
        **{name: None if amount is None else str(amount) for name, amount in _apart(random, told).items()},
    )
    known_rate = None if spi == "KR" else rate
    line = StatedLine(
        origin,
        stated_day,
        hts,
        stated_value,
        known_rate,
        may_be_free=spi is not None,
        total=told.get("paid"),
        ieepa=told.get("ieepa"),
        column_1=told.get("column_1"),
        section_301=told.get("section_301"),
        section_232=told.get("section_232"),
        other=told.get("other"),
    )
    return row, line


def _told(
    random: Random, ieepa: Decimal, due: Decimal, duty_301: Decimal, duty_232: Decimal, *, is_whole: bool
) -> dict[str, Decimal | None]:
    """The amounts one of several layouts states: a total, the types, both, or parts of them."""
    other = random.choice((None, None, Decimal("12.34")))
    types: dict[str, Decimal | None] = {
        "ieepa": ieepa + due if is_whole else ieepa,
        "column_1": Decimal(0) if is_whole else due,
        "section_301": duty_301,
        "section_232": duty_232,
        "other": other,
    }
    total = ieepa + due + duty_301 + duty_232 + (other or 0)
    layout = random.randrange(6)
    if layout <= 1:
        return {"paid": total - (other or 0)}
    if layout == 2:
        return types
    if layout == 3:
        return {"paid": total, **types}
    kept = {name: amount for name, amount in types.items() if random.random() < 0.5}
    return {"paid": total, **kept} if layout == 4 else kept


def _apart(random: Random, told: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
    """Now and then the IEEPA duty in columns of its programmes, which add up to it."""
    amount = told.get("ieepa")
    if amount is None or random.random() < 0.6:
        return dict(told)
    one, other = random.sample(("ieepa_fentanyl", "ieepa_reciprocal", "ieepa_brazil", "ieepa_india"), 2)
    rest = {name: stated for name, stated in told.items() if name != "ieepa" or random.random() < 0.2}
    share = cents(abs(amount), Fraction(2, 5)) * (1 if amount >= 0 else -1)
    return {**rest, one: share, other: amount - share}
