"""The two sides of a comparison: folders of seeds as a command line names them.

Belongs here: reading a name into a registry, or the sentence why it is none. Does not belong here: how seeds are judged
(`cape_pipeline/registry/load.py`), what is compared (`comparison.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from cape_pipeline.registry.load import RegistryError, load_registry, unlike_this_release
from cape_pipeline.registry.models import SEEDS
from cape_pipeline.settings import project_files

SHIPPED = "shipped"
WITH_DAY = re.compile(r"(?P<folder>.+)@(?P<day>\d{4}-\d{2}-\d{2})")


class UnusableSide(Exception):
    """A or B is no registry this release can read; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Side:
    """One registry: as the user names it, and what it holds (on one day of belief, where one is named)."""

    name: str
    folder: Path
    believed_on: date | None
    tables: Mapping[str, pl.DataFrame]

    @property
    def is_whole(self) -> bool:
        """Whether amounts can be computed under it: every table holds a row."""
        return not self.begun_later

    @property
    def begun_later(self) -> tuple[str, ...]:
        """Tables of which nothing was recorded by the day of belief."""
        return tuple(table for table in SEEDS if self.tables[f"registry.{table}"].is_empty())


def read_side(name: str) -> Side:
    """Read one side of the comparison.

    Args:
        name: a folder of seeds, or `shipped` for this installation's own; `@YYYY-MM-DD` behind it means what that
            folder held to be right on that day.

    Raises:
        UnusableSide: no folder, no day, a folder of another release, or seeds that do not load.
    """
    place, day = _place_and_day(name)
    folder = project_files("registry_seeds") if place == SHIPPED else Path(place)
    if not folder.is_dir():
        raise UnusableSide(
            f"{name}: no folder {folder}; name a folder of seeds, or {SHIPPED} for this installation's own"
        )
    if unlike := unlike_this_release(folder):
        raise UnusableSide(
            f"{name}: not a registry of this release: {', '.join(unlike)}; compare it with the release it belongs to"
        )
    try:
        tables = load_registry(folder, day)
    except RegistryError as error:
        raise UnusableSide(f"{name}: the seeds cannot be used\n{error}") from error
    side = Side(name, folder, day, tables)
    if len(side.begun_later) == len(SEEDS):
        raise UnusableSide(f"{name}: nothing was recorded by {day}; the first rows are of {_first_day(folder)}")
    return side


def _place_and_day(name: str) -> tuple[str, date | None]:
    found = WITH_DAY.fullmatch(name)
    if found is None:
        if "@" in name and not Path(name).is_dir():
            raise UnusableSide(f"{name}: write the day behind @ as YYYY-MM-DD, such as {SHIPPED}@2026-11-20")
        return name, None
    try:
        return found["folder"], date.fromisoformat(found["day"])
    except ValueError as error:
        raise UnusableSide(f"{name}: {found['day']} is no day of the calendar") from error


def _first_day(folder: Path) -> date:
    days = [frame["recorded_date"].min() for frame in load_registry(folder).values()]
    return min(day for day in days if isinstance(day, date))
