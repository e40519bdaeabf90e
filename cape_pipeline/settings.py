"""Where things are and what may be set: the paths and limits of one installation.

Belongs here: settings with their defaults, and the one resolver of the project's own files. Does not belong here: what
a run is asked to do (its as-of day, its months), which is an argument of the run.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
PACKAGE = Path(__file__).resolve().parent


def project_files(name: str) -> Path:
    """The project's own data folder `name` (`sql`, `registry_seeds`).

    In a wheel it lies inside the package, in a checkout beside it.

    Raises:
        FileNotFoundError: when the installation holds neither.
    """
    for candidate in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of cape-pipeline has no {name}/ folder: install it again")


def today_eastern() -> date:
    """Today in US Eastern, the day CBP's deadlines are counted in. Only the edge of a run may ask."""
    return datetime.now(EASTERN).date()


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation: each field has an environment variable of the same name in capitals behind `CAPE_`."""

    warehouse: Path = Path("warehouse/cape.duckdb")
    exports: Path = Path("exports")
    out: Path = Path("out")
    memory_limit: str = "4GB"
    threads: int = 2
    lock_wait_seconds: float = 60.0
    timing_policy: str | None = field(default=None)

    @classmethod
    def from_environment(cls) -> "Settings":
        given = {name: os.environ[f"CAPE_{name.upper()}"] for name in cls.__slots__ if f"CAPE_{name.upper()}" in os.environ}
        settings = cls()
        for name, text in given.items():
            settings = replace(settings, **{name: _typed(getattr(settings, name), text)})
        return settings

    def as_environment(self) -> dict[str, str]:
        """The same settings for a child process."""
        return {
            f"CAPE_{name.upper()}": str(value.resolve() if isinstance(value, Path) else value)
            for name in self.__slots__
            if (value := getattr(self, name)) is not None
        }

    @property
    def snapshot(self) -> Path:
        """The analysts' read-only copy, beside the warehouse."""
        return self.warehouse.with_name(f"{self.warehouse.stem}_analyst.duckdb")

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance of this warehouse."""
        return self.warehouse.parent / "dagster"


def _typed(default: object, text: str) -> object:
    if isinstance(default, Path):
        return Path(text)
    if isinstance(default, bool | int | float):
        return type(default)(text)
    return text
