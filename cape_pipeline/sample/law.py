"""The dated headings and rates that the sample's goods pay, read from registry_seeds.

Belongs here: which window of a heading covers a day, and its rate. Does not belong here: which goods carry which
heading (`goods.py`), and any judgement of a filed row.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

MILLION = 1_000_000
_INCLUSIVE = re.compile(r"max\((0\.\d+)-column1,0\)")


@dataclass(frozen=True, slots=True)
class Window:
    """A heading on the days it has one rate; rates in parts of a million, `floor` for a rate that includes column 1."""

    heading: str
    programme: str
    countries: frozenset[str]
    first: date
    last: date
    imposes_duty: bool
    rate: int
    floor: int

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def names(self, origin: str) -> bool:
        return origin in self.countries or "ALL" in self.countries


class Law:
    """What the seeds say; withdrawn rows are left out."""

    def __init__(self, seeds: Path) -> None:
        self.seeds = seeds

    @cached_property
    def windows(self) -> dict[str, tuple[Window, ...]]:
        """The windows of every IEEPA heading, in order of their first day."""
        found: dict[str, list[Window]] = {}
        for row in self._rows("ieepa_headings.csv"):
            inclusive = _INCLUSIVE.fullmatch(row["rate_text"])
            window = Window(
                heading=row["heading"],
                programme=row["programme"],
                countries=frozenset(row["countries"].split("|")),
                first=date.fromisoformat(row["effective_from"]),
                last=date.fromisoformat(row["effective_to"]),
                imposes_duty=row["imposes_duty"] == "true",
                rate=parts_per_million(row["rate"]) if row["rate"] else 0,
                floor=parts_per_million(inclusive.group(1)) if inclusive else 0,
            )
            found.setdefault(window.heading, []).append(window)
        return {heading: tuple(sorted(windows, key=lambda w: w.first)) for heading, windows in found.items()}

    def on(self, heading: str, day: date) -> Window | None:
        """The window of an IEEPA heading that covers the day.

        Raises:
            KeyError: for a heading the seeds do not have.
        """
        return next((window for window in self.windows[heading] if window.covers(day)), None)

    def other_rate(self, other_duty: str, day: date) -> int:
        """The rate of a duty that is not IEEPA on a day; nought outside its windows."""
        return next((rate for first, last, rate in self._other_rates[other_duty] if first <= day <= last), 0)

    @cached_property
    def _other_rates(self) -> dict[str, list[tuple[date, date, int]]]:
        found: dict[str, list[tuple[date, date, int]]] = {}
        for row in self._rows("other_duty_rates.csv"):
            last = date.fromisoformat(row["effective_to"]) if row["effective_to"] else date.max
            window = (date.fromisoformat(row["effective_from"]), last, parts_per_million(row["rate"]))
            found.setdefault(row["other_duty"], []).append(window)
        return found

    def stands(self, heading: str, day: date) -> bool:
        """Whether the tariff has this other chapter 99 number on the day."""
        return any(low <= heading <= high and first <= day <= last for low, high, first, last in self._families)

    @cached_property
    def _families(self) -> tuple[tuple[str, str, date, date], ...]:
        found = []
        for row in self._rows("chapter99_families.csv"):
            low, _, high = row["pattern"].partition("-")
            first = date.fromisoformat(row["effective_from"]) if row["effective_from"] else date.min
            last = date.fromisoformat(row["effective_to"]) if row["effective_to"] else date.max
            found.append((low, high or low, first, last))
        return tuple(found)

    @cached_property
    def section_122(self) -> tuple[str, date, date, int]:
        """Heading, first and last day, and the rate, which the family table states in its text."""
        (row,) = (row for row in self._rows("chapter99_families.csv") if row["family"] == "s122")
        (percent,) = re.findall(r"(\d+)%", row["authority"])
        first, last = date.fromisoformat(row["effective_from"]), date.fromisoformat(row["effective_to"])
        return row["pattern"], first, last, int(percent) * MILLION // 100

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.seeds / name).open(encoding="utf-8", newline="") as file:
            yield from (row for row in csv.DictReader(file) if not row["withdrawn_date"])


def parts_per_million(rate: str) -> int:
    """A rate such as 0.25 as a whole number of parts of a million.

    Raises:
        ValueError: when a part of a part would be lost.
    """
    parts = Decimal(rate) * MILLION
    if parts != int(parts):
        raise ValueError(f"the rate {rate} is finer than a part of a million")
    return int(parts)
