"""Where things are and what may be set: the paths and limits of one installation.

Belongs here: settings with their defaults, and the one resolver of the project's own files. Does not belong here: what
a run is asked to do (its as-of day, its months), which is an argument of the run.
"""

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
PACKAGE = Path(__file__).resolve().parent
#: Line ends of drafted declarations: what CBP's spreadsheet template saves, and what one guide asks for.
LINE_ENDINGS = {"crlf": "\r\n", "lf": "\n"}
#: Words by which a bank tells that CBP or Treasury sent a credit: a regular expression over the line's description in
#: upper case (P59).
BANK_ORIGINATORS = "CBP|CUSTOMS|CAPE|IEEPA|US TREAS|TREASURY"
#: Who an asset may belong to, as Dagster takes it.
OWNER = re.compile(r"team:[A-Za-z0-9_]+|[^@\s,]+@[^@\s,]+\.[^@\s,]+")
YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


class UnusableSetting(Exception):
    """An environment variable holds what its setting cannot be; the sentence names it."""


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


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in YES | NO:
        raise ValueError(text)
    return word in YES


def _share(text: str) -> float:
    share = float(text)
    if math.isnan(share) or not 0 <= share <= 1:
        raise ValueError(text)
    return share


def _pattern(text: str) -> str:
    import duckdb

    try:
        duckdb.execute("select regexp_matches('', ?)", [text])
    except duckdb.Error as error:
        raise ValueError(text) from error
    if not text.strip():
        raise ValueError(text)
    return text


def _owners(text: str) -> str:
    names = [name.strip() for name in text.split(",")]
    if not all(OWNER.fullmatch(name) for name in names):
        raise ValueError(text)
    return ",".join(names)


def _hours(text: str) -> int:
    hours = int(text)
    if hours < 0:
        raise ValueError(text)
    return hours


def _line_ending(text: str) -> str:
    word = text.strip().lower()
    if word not in LINE_ENDINGS:
        raise ValueError(text)
    return word


# How each kind of setting is read from text, and what to write where it cannot be.
READERS: dict[type | str, tuple[Callable[[str], Any], str]] = {
    type(Path()): (Path, "write a path"),
    str: (str, "write a text"),
    int: (int, "write a whole number, such as 2"),
    float: (float, "write a number, such as 60"),
    bool: (_truth, "write true or false"),
    "line_ending": (_line_ending, "write crlf or lf"),
    "owners": (_owners, "write team:name or an e-mail address, several joined by commas"),
    "freshness_hours": (_hours, "write a whole number of hours, such as 30, or 0 for none"),
    "bank_originators": (_pattern, "write a regular expression, such as CBP|CUSTOMS"),
    "reject_share": (_share, "write a share from 0 to 1, such as 0.05"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation: each field has an environment variable of the same name in capitals behind `CAPE_`.

    `reject_share` is the share of a file's rows above which unusable ones stop its load; `discard_raw` means that
    loaded files are not kept in the archive; `history` that every run finds entries.eligibility_history; `policies`
    names readings in place of the default ones, as point=policy joined by commas; `submitters` says who submits
    declarations, as importer:NUMBER or broker:FILERCODE joined by commas; `line_ending` is that of drafted
    declarations, crlf or lf; `bank_originators` is a regular expression over a bank line's description in upper case,
    by which it is CBP's or Treasury's; `clients` names the broker's clients whose files are written, by client_id or
    folder, joined by commas, empty for all; `owners` are whom Dagster names as owners of every asset, joined by commas;
    `freshness_hours` is how old the last load and the last snapshot may be until the UI shows them as late, 0 for ever.
    """

    warehouse: Path = Path("warehouse/cape.duckdb")
    exports: Path = Path("exports")
    out: Path = Path("out")
    memory_limit: str = "2GB"
    threads: int = 2
    lock_wait_seconds: float = 60.0
    reject_share: float = 0.05
    discard_raw: bool = False
    history: bool = False
    policies: str = ""
    submitters: str = ""
    line_ending: str = "crlf"
    bank_originators: str = BANK_ORIGINATORS
    clients: str = ""
    owners: str = "team:customs_data"
    freshness_hours: int = 0

    @classmethod
    def from_environment(cls) -> "Settings":
        """The defaults, with what the environment says otherwise.

        Raises:
            UnusableSetting: a variable that cannot be read as what its setting is.
        """
        settings = cls()
        for name in cls.__slots__:
            text = os.environ.get(f"CAPE_{name.upper()}")
            if text is None:
                continue
            read, advice = READERS.get(name) or READERS[type(getattr(settings, name))]
            try:
                settings = replace(settings, **{name: read(text)})
            except ValueError as error:
                raise UnusableSetting(f"CAPE_{name.upper()}={text}: {advice}") from error
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
    def archive(self) -> Path:
        """The loaded files themselves, as received."""
        return self.warehouse.parent / "archive"

    @property
    def closes(self) -> Path:
        """The periods of the books that were closed, one folder each."""
        return self.warehouse.parent / "closes"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance of this warehouse."""
        return self.warehouse.parent / "dagster"
