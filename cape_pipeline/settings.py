"""Where things are and what may be set: the paths and limits of one installation.

Belongs here: settings with their defaults, and the one resolver of the project's own files. Does not belong here: what
a run is asked to do (its as-of day, its months), which is an argument of the run.
"""

import os
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
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

    @classmethod
    def from_environment(cls) -> "Settings":
        settings = cls()
        for name in cls.__slots__:
            text = os.environ.get(f"CAPE_{name.upper()}")
            if text is not None:
                given: dict[str, Any] = {name: type(getattr(settings, name))(text)}
                settings = replace(settings, **given)
        return settings

    def as_environment(self) -> dict[str, str]:
        """The same settings for a child process."""
        return {
            f"CAPE_{name.upper()}": str(value.resolve() if isinstance(value, Path) else value)
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
        }

    @property
    def snapshot(self) -> Path:
        """The analysts' read-only copy, beside the warehouse."""
        return self.warehouse.with_name(f"{self.warehouse.stem}_analyst.duckdb")

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance of this warehouse."""
        return self.warehouse.parent / "dagster"
