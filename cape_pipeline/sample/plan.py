"""How many entries whom and when: the counts that fix a sample of a size before anything is drawn.

Belongs here: months, filers, pools of importers, and the runs of consecutive entries they make. Does not belong here:
the draw of a single entry (`draws.py`).
"""

import hashlib
from dataclasses import dataclass
from itertools import accumulate, pairwise

from cape_pipeline.sample.timetable import EntryDay

ENTRIES_PER_IMPORTER = 161
MOST_ENTRIES = 60_000_000
MOST_FILERS, ENTRIES_PER_FILER = 60, 2_000
SERIALS = 9_000_000  # of the ten million that seven digits hold
MOST_STRIDE = 40
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True, slots=True)
class Filer:
    """A filer with its entries over all months and its importers, numbered through."""

    code: str
    number: int
    entry_count: int
    first_importer: int
    importer_count: int


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive entries of one filer in one month, of which the first has the number `first_entry` overall."""

    month: str
    filer: Filer
    first_entry: int
    first_serial: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A sample of a size: nothing in it depends on a draw."""

    entries: int
    seed: int
    filers: tuple[Filer, ...]
    runs: tuple[Run, ...]
    stride: int

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(run.month for run in self.runs))

    @property
    def importers(self) -> int:
        return sum(filer.importer_count for filer in self.filers)

    def salt(self, purpose: str) -> int:
        """A number that sets the draws of one purpose apart from all others, below 2 to the power of 60."""
        told = hashlib.sha256(f"{self.seed} {self.entries} {purpose}".encode()).digest()
        return int.from_bytes(told[:8], "big") >> 4


def plan(entries: int, seed: int, days: tuple[EntryDay, ...]) -> Plan:
    """The plan of so many entries.

    Raises:
        ValueError: for fewer than one entry, or more than the entry numbers of the sample's filers hold.
    """
    if not 1 <= entries <= MOST_ENTRIES:
        raise ValueError(f"a sample has between 1 and {MOST_ENTRIES:,} entries, not {entries:,}")
    filer_count = min(max(entries // ENTRIES_PER_FILER, 4), MOST_FILERS)
    codes = _codes(filer_count, seed)
    of_filers = shared_out(entries, [1_000_000 // (rank + 3) for rank in range(filer_count)])
    importers = [max(count // ENTRIES_PER_IMPORTER, 1) for count in of_filers]
    firsts = [0, *accumulate(importers)]
    filers = tuple(
        Filer(code, number, count, first, pool)
        for number, (code, count, first, pool) in enumerate(zip(codes, of_filers, firsts, importers, strict=False))
    )
    stride = max(min(MOST_STRIDE, SERIALS // max(of_filers)), 1)
    return Plan(entries, seed, filers, tuple(_runs(filers, days, stride)), stride)


def shared_out(total: int, shares: list[int]) -> list[int]:
    """Whole numbers that make `total`, as near to the shares as they can be."""
    bounds = [total * upto // sum(shares) for upto in accumulate(shares, initial=0)]
    return [upper - lower for lower, upper in pairwise(bounds)]


def _runs(filers: tuple[Filer, ...], days: tuple[EntryDay, ...], stride: int) -> list[Run]:
    months = list(dict.fromkeys(day.month for day in days))
    shares = [sum(day.month == month for day in days) for month in months]
    counts = {filer.number: shared_out(filer.entry_count, shares) for filer in filers}
    serials = dict.fromkeys(counts, 1_000_000 - stride)
    found, first_entry = [], 0
    for place, month in enumerate(months):
        for filer in sorted(filers, key=lambda filer: filer.code):
            count = counts[filer.number][place]
            if count:
                found.append(Run(month, filer, first_entry, serials[filer.number] + stride, count))
            serials[filer.number] += count * stride
            first_entry += count
    return found


def _codes(count: int, seed: int) -> list[str]:
    """Made-up filer codes, each once; every fourth is of digits only, which spreadsheets like to spoil."""
    found: list[str] = []
    turn = 0
    while len(found) < count:
        told = hashlib.sha256(f"filer {seed} {turn}".encode()).digest()
        letters = "".join(LETTERS[byte % len(LETTERS)] for byte in told[:3])
        code = f"{900 + told[3] % 100}" if len(found) % 4 == 3 else letters
        if code not in found:
            found.append(code)
        turn += 1
    return found
