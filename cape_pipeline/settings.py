"""Where things are and what may be set: the paths and limits of one installation.

Belongs here: settings with their defaults, and the one resolver of the project's own files. Does not belong here: what
a run is asked to do (its as-of day, its months), which is an argument of the run.
"""

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
PACKAGE = Path(__file__).resolve().parent
#: Line ends of drafted declarations: what CBP's spreadsheet template saves, and what one guide asks for.
LINE_ENDINGS = {"crlf": "\r\n", "lf": "\n"}
#: Words by which a bank tells that CBP or Treasury sent a credit: a regular expression over the line's description in
#: upper case (P59).
BANK_ORIGINATORS = "CBP|CUSTOMS|CAPE|IEEPA|US TREAS|TREASURY"
#: What executes the steps of a run: its own process, workers that take them from a broker, or pods of Kubernetes.
IN_PROCESS, CELERY, KUBERNETES = "in_process", "celery", "kubernetes"
EXECUTORS = (IN_PROCESS, CELERY, KUBERNETES)
#: Where the tables stand: in one file that one process writes, or in a DuckLake that several machines write.
EMBEDDED, DUCKLAKE = "embedded", "ducklake"
STORAGES = (EMBEDDED, DUCKLAKE)
#: Settings in which somebody may have written a password: what they hold is not repeated in a message.
ADDRESSES = frozenset({"catalog", "broker", "backend", "dagster_database"})
#: Who an asset may belong to, as Dagster takes it.
OWNER = re.compile(r"team:[A-Za-z0-9_]+|[^@\s,]+@[^@\s,]+\.[^@\s,]+")
YES, NO = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})


#: Rows of a table that somebody may still look at one by one, and declarations whose packets somebody may keep.
WORKBOOK_ROWS, AUDIT_PACKETS = 2_000, 250
#: Rows of a table that a spreadsheet still opens, below a header.
CSV_ROWS = 1_048_575
#: Settings whose variable has another name than theirs, because theirs is a question and `snapshot` a path.
VARIABLES = {"writes_snapshot": "CAPE_SNAPSHOT"}


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


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return VARIABLES.get(name) or f"CAPE_{name.upper()}"


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

    text.encode()  # bytes of the environment that are no text are no pattern either
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


def _executor(text: str) -> str:
    word = text.strip().lower()
    if word not in EXECUTORS:
        raise ValueError(text)
    return word


def _storage(text: str) -> str:
    word = text.strip().lower()
    if word not in STORAGES:
        raise ValueError(text)
    return word


def _catalog(text: str) -> str:
    """The address of the catalog; one that holds a password is refused, because settings are shown and stored."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/")):
        raise ValueError(text)
    if parts.password is not None or "password" in parts.query.lower():
        raise ValueError(text)
    return text


def _data_path(text: str) -> str:
    """An address as it stands, or a folder by its full path, because workers start in folders of their own."""
    return text if "://" in text or not text else str(Path(text).resolve())


def _from_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _from_zero(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


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
    "executor": (_executor, f"write one of {', '.join(EXECUTORS)}"),
    "storage": (_storage, f"write one of {', '.join(STORAGES)}"),
    "catalog": (
        _catalog,
        "write postgresql://user@host:port/database, without the password: that belongs into PGPASSWORD or ~/.pgpass",
    ),
    "dagster_database": (
        _catalog,
        "write postgresql://user@host:port/database, without the password: that belongs into PGPASSWORD or ~/.pgpass",
    ),
    "data_path": (_data_path, "write s3://bucket/prefix or a folder"),
    "keep_snapshots_days": (_from_one, "write a whole number of days from 1"),
    "months_per_run": (_from_one, "write a whole number from 1"),
    "lease_seconds": (_from_one, "write a whole number of seconds from 1, such as 60"),
    "owners": (_owners, "write team:name or an e-mail address, several joined by commas"),
    "csv_rows": (_from_zero, "write up to how many rows a table is written as CSV, such as 1048575, or 0 for none"),
    "workbook_rows": (_from_zero, "write how many rows a sheet holds, such as 2000, or 0 for no workbook"),
    "audit_packets": (_from_zero, "write of how many declarations a run writes packets, such as 250, or 0 for none"),
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

    `csv_rows` is up to how many rows a table is written as CSV, of more it stands in the warehouse alone;
    `workbook_rows` is how many rows of a table stand in the workbook, those that matter most, 0 for no workbook;
    `audit_packets` of how many declarations a run writes all packets, of more it writes none and `cape packet` writes
    the one that is asked for; `writes_snapshot` (CAPE_SNAPSHOT) whether a run copies the warehouse for analysts.

    `storage` is where the tables stand, embedded (the file `warehouse`) or ducklake; there `catalog` is the address of
    its PostgreSQL database, without the password, `data_path` the folder or s3://bucket/prefix of its files,
    `s3_endpoint` and `s3_region` where that bucket is (the keys stand in the environment variables that AWS uses), and
    `keep_snapshots_days` for how many days earlier states of it can be read.

    On more than one machine: `executor` is what executes the steps; `broker` and `backend` are the addresses of the
    Celery broker and of its results, `dagster_database` that of the PostgreSQL database with Dagster's history of runs;
    `months_per_run` is how many months one step builds; `lease_seconds` is after how many seconds without a sign of
    life a worker counts as dead, and its step is given to another.
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
    csv_rows: int = CSV_ROWS
    workbook_rows: int = WORKBOOK_ROWS
    audit_packets: int = AUDIT_PACKETS
    writes_snapshot: bool = True
    storage: str = EMBEDDED
    catalog: str = ""
    data_path: str = ""
    s3_endpoint: str = ""
    s3_region: str = ""
    keep_snapshots_days: int = 7
    executor: str = IN_PROCESS
    broker: str = field(default="", repr=False)
    backend: str = field(default="", repr=False)
    dagster_database: str = ""
    months_per_run: int = 1
    lease_seconds: int = 60

    def embedded_in(self, warehouse: Path) -> "Settings":
        """The same settings for a file of its own, such as a scratch copy, wherever the tables stand."""
        return replace(self, warehouse=warehouse, storage=EMBEDDED)

    @property
    def is_cluster(self) -> bool:
        """Whether steps run in other processes than the run's own."""
        return self.executor != IN_PROCESS

    @classmethod
    def from_environment(cls) -> "Settings":
        """The defaults, with what the environment says otherwise.

        Raises:
            UnusableSetting: a variable that cannot be read as what its setting is.
        """
        settings = cls()
        for name in cls.__slots__:
            text = os.environ.get(variable_of(name))
            if text is None:
                continue
            read, advice = READERS.get(name) or READERS[type(getattr(settings, name))]
            try:
                settings = replace(settings, **{name: read(text)})
            except ValueError as error:
                if name in ADDRESSES:
                    raise UnusableSetting(f"CAPE_{name.upper()}: {advice}") from None
                raise UnusableSetting(f"{variable_of(name)}={text}: {advice}") from error
        return settings

    def as_environment(self) -> dict[str, str]:
        """The same settings for a child process."""
        return {
            variable_of(name): str(value.resolve() if isinstance(value, Path) else value)
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
