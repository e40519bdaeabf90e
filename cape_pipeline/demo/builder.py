"""Makes entries: every choice that the seed decides.

Belongs here: days, goods, values and numbers picked within what a scenario allows. Does not belong here: the scenarios
(`scenarios.py`).
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from cape_pipeline.demo import days
from cape_pipeline.demo.cast import DIGIT_FILER, LETTER_FILER, UNUSED_DAY, WAREHOUSE_ENTRY, Importer
from cape_pipeline.demo.duties import GOODS, Line, line_of, metal_split
from cape_pipeline.demo.entry import Entry
from cape_pipeline.demo.entry_numbers import entry_number


class Builder:
    """Collects entries; every choice comes from one random generator, so that a seed means one set."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.entries: list[Entry] = []

    def add(
        self,
        scenario: str,
        importer: Importer,
        first: str,
        last: str,
        status: str,
        path: str,
        *,
        goods: tuple[str, ...] = (),
        lines: Callable[[date], tuple[Line, ...]] | None = None,
        entry_type: str = "01",
        cycle: bool = False,
        count: int = 1,
        **told: object,
    ) -> None:
        """`count` entries dated between `first` and `last`; `cycle` liquidates them in the ordinary course.

        `goods` are filed one a line; without them one to three of the importer's own.
        """
        for _ in range(count):
            day = self.day(date.fromisoformat(first), date.fromisoformat(last))
            if lines:
                filed = lines(day)
            elif goods:
                filed = self.lines_of(goods, day, importer)
            else:
                filed = self.own_lines(day, importer)
            liquidation = days.ordinary_liquidation_day(day) if cycle else None
            entry = Entry(
                number="",
                scenario=scenario,
                importer=importer,
                entry_type=entry_type,
                entry_date=day,
                lines=filed,
                status=status,
                path=path,
                **{"liquidation": liquidation, **told},  # type: ignore[arg-type]
            )
            self.entries.append(self.with_usual_facts(entry))

    def with_usual_facts(self, entry: Entry) -> Entry:
        """The facts a broker keeps anyway: box 28, and the deposit day of every second ordinary payer."""
        facts = dict(entry.facts)
        if entry.importer.notify_party:
            facts["box28_number"] = entry.importer.notify_party
        if entry.entry_type == "31":
            facts["warehouse_entry_number"] = WAREHOUSE_ENTRY
        if entry.status == "refunded" and not entry.owed:
            facts["prior_refund_usd"] = str(entry.ieepa_low_usd)
        if not entry.importer.monthly_statement and self.chance.random() < 0.5:
            paid = entry.summary_date + timedelta(days=self.chance.randrange(0, 4))
            facts["deposit_date"] = days.business_day_on_or_after(paid).isoformat()
        return replace(entry, facts=facts)

    def day(self, first: date, last: date) -> date:
        """A working day between two days, both included."""
        span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        return self.chance.choice([day for day in span if days.is_business_day(day) and day != UNUSED_DAY])

    def own_lines(self, day: date, importer: Importer) -> tuple[Line, ...]:
        """One to three lines of the importer's own goods, at least one with a duty to tell about on that day.

        Raises:
            ValueError: where none of the importer's goods pays IEEPA or Section 122 duty on that day.
        """
        paying = [name for name in importer.goods if self.pays(name, day)]
        if not paying:
            raise ValueError(f"nothing that {importer.name} imports pays a chapter 99 duty on {day}")
        first = self.chance.choice(paying)
        others = [name for name in importer.goods if name != first]
        more = self.chance.sample(others, self.chance.choice((0, 0, 0, 1, 1, 2)))
        return self.lines_of((first, *more), day, importer)

    def pays(self, name: str, day: date) -> bool:
        line = line_of(GOODS[name], day, 1000)
        return line.ieepa_high_usd > 0 or "section_122" in line.parts

    def lines_of(self, names: tuple[str, ...], day: date, importer: Importer) -> tuple[Line, ...]:
        return tuple(self.line(name, day, importer) for name in names)

    def line(self, name: str, day: date, importer: Importer) -> Line:
        # Filing software differs: one broker keys the chapter 99 numbers first, the other the commodity.
        return line_of(GOODS[name], day, self.value(), chapter_99_first=importer.filer == LETTER_FILER)

    def split(self, metal: str, rest: str) -> Callable[[date], tuple[Line, ...]]:
        """Two lines a day: the steel content and what is not steel."""
        return lambda day: metal_split(GOODS[metal], GOODS[rest], day, self.value(), self.value())

    def changed(self, name: str, change: Callable[[Line], Line]) -> Callable[[date], tuple[Line, ...]]:
        """One line a day, filed otherwise than it should be."""
        return lambda day: (change(line_of(GOODS[name], day, self.value())),)

    def value(self) -> int:
        return self.chance.randrange(3_000, 70_000)

    def numbered(self) -> tuple[Entry, ...]:
        """The entries in order of their numbers, which each filer gives out day by day."""
        numbered = []
        serial = {LETTER_FILER: 2_100_000, DIGIT_FILER: 4_400_000}
        for entry in sorted(self.entries, key=lambda entry: entry.entry_date):
            filer = entry.importer.filer
            serial[filer] += self.chance.randrange(3, 90)
            numbered.append(replace(entry, number=entry_number(filer, serial[filer])))
        return tuple(sorted(numbered, key=lambda entry: entry.number))
