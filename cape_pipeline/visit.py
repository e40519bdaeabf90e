"""A run that would change nothing: how it is known without doing it.

A run that ended whole leaves a note beside the warehouse of all it rested on: what was asked, the settings, the code,
the files it looked at, the warehouse and what stands in each of its tables, and the files it wrote. Where all of that
is as it was, the same request would build and write the same again. Whatever differs, is missing or cannot be read is a
reason to run in full; the note only ever spares work. A run takes the note away before it writes anything.

Belongs here: the note, and comparing it. Does not belong here: what makes a table due (`warehouse/builds.py`), and
running (`run.py`). Neither Dagster nor a contract is imported: their import costs more than the comparison.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cape_pipeline.durable import draft_of, replace_whole
from cape_pipeline.settings import EASTERN, EMBEDDED, PACKAGE, Settings, project_files

FORMAT = 1
MANIFEST = "manifest.csv"
#: What else decides the bytes that are written.
LIBRARIES = ("duckdb", "polars", "xlsxwriter", "jinja2", "itables", "icalendar", "matplotlib", "openpyxl", "fastexcel")
#: Size and time of modification of a file, by its path.
Listing = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run of everything is asked for; None repeats what is stored."""

    as_of: date | None
    policies: str | None
    submitters: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run said of itself that the same request would say again."""

    as_of: date
    notices: tuple[str, ...] = ()
    #: client_id, name and folder of each client that files were written for; none where nothing is kept apart.
    clients: tuple[tuple[str | None, str, str], ...] = ()
    contested_count: int = 0


@dataclass(frozen=True, slots=True)
class _Note:
    asked: str
    settings: str
    code: str
    exports: Listing
    sha256s: Mapping[str, str]
    closes: Listing
    warehouse: Listing
    builds: str
    written: Listing
    seen: Mapping[str, Any] = field(default_factory=dict)


def note_of(settings: Settings) -> Path:
    """Where the note of a warehouse lies."""
    return settings.warehouse.with_name(f"{settings.warehouse.name}.last_run.json")


def visits_of(settings: Settings) -> Path:
    """The list of the visits that found nothing to do, one line each, oldest first."""
    return settings.warehouse.with_name(f"{settings.warehouse.name}.visits.csv")


def forget(settings: Settings) -> None:
    """Take the note away, and what a killed run left of one: from here on the warehouse is not what it says."""
    note = note_of(settings)
    for path in (draft_of(note), note):
        path.unlink(missing_ok=True)


def remember(settings: Settings, asked: Asked, seen: Seen, sha256s: Mapping[Path, str], looked_at: Listing) -> None:
    """Leave a note of a run that ended whole, after the warehouse was closed; none where it could not be trusted.

    Args:
        settings: of the run.
        asked: what it was asked for.
        seen: what it said of itself.
        sha256s: of the files it looked at, as far as they are known.
        looked_at: the exports folder as it was before the run read it.
    """
    if settings.storage != EMBEDDED or settings.is_cluster or _listed(settings.exports) != looked_at:
        return
    with suppress(OSError, LookupError, ValueError):
        told = _Note(
            asked=_told(asked),
            settings=_settings_told(settings),
            code=_code(),
            exports=looked_at,
            sha256s={str(path.resolve()): sha256 for path, sha256 in sha256s.items()},
            closes=_listing(_files_under(settings.closes)),
            warehouse=_listing([settings.warehouse]),
            builds=_builds(settings.warehouse),
            written=_listing(_written(settings, [folder for *_, folder in seen.clients])),
            seen={**asdict(seen), "as_of": seen.as_of.isoformat()},
        )
        replace_whole(note_of(settings), json.dumps({"format": FORMAT, **asdict(told)}, sort_keys=True))


def look(exports: Path) -> Listing:
    """The exports folder as it is now, by name, size and time of modification; nothing is opened."""
    return _listed(exports)


def nothing_new(settings: Settings, asked: Asked) -> Seen | None:
    """What the last run said, if the same request would change nothing; None on any doubt."""
    try:
        note = json.loads(note_of(settings).read_text(encoding="utf-8"))
        if not (
            note["format"] == FORMAT
            and settings.storage == EMBEDDED
            and note["asked"] == _told(asked)
            and note["settings"] == _settings_told(settings)
            and _same(note["warehouse"], _listing([settings.warehouse]))
            and not settings.warehouse.with_name(f"{settings.warehouse.name}.wal").exists()
            and _same(note["written"], _listing(Path(name) for name in note["written"]))
            and _same(note["closes"], _listing(_files_under(settings.closes)))
            and _same_contents(note, _listed(settings.exports))
            and note["code"] == _code()
            and note["builds"] == _builds(settings.warehouse)
        ):
            return None
        seen = note["seen"]
        return Seen(
            date.fromisoformat(seen["as_of"]),
            tuple(seen["notices"]),
            tuple((client_id, name, folder) for client_id, name, folder in seen["clients"]),
            int(seen["contested_count"]),
        )
    except (OSError, LookupError, TypeError, ValueError):
        return None


def record_visit(settings: Settings, as_of: date, now: datetime | None = None) -> None:
    """Add a line to the list of visits; it is told to people only, and nothing depends on it."""
    moment = (now or datetime.now(EASTERN)).isoformat(timespec="seconds")
    path = visits_of(settings)
    with suppress(OSError):
        is_new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(("visited_at,as_of_date\r\n" if is_new else "") + f"{moment},{as_of}\r\n")


def _told(asked: Asked) -> str:
    return json.dumps([str(asked.as_of) if asked.as_of else None, asked.policies, asked.submitters])


def _settings_told(settings: Settings) -> str:
    told = json.dumps(settings.as_environment(), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _code() -> str:
    """The product's own files by size and time of modification, and the versions of what it is built on."""
    folders = [PACKAGE, project_files("sql"), project_files("registry_seeds")]
    files = (path for folder in folders for path in _files_under(folder) if "__pycache__" not in path.parts)
    told = [sys.version, *map(_version, LIBRARIES), json.dumps(_listing(files), sort_keys=True)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def _listed(exports: Path) -> Listing:
    from cape_pipeline.ace.errors import UnreadableExport
    from cape_pipeline.ace.files import find_exports

    try:
        return _listing(find_exports(exports))
    except UnreadableExport:
        return {}


def _files_under(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _listing(paths: Iterable[Path]) -> Listing:
    """Raises OSError where one of them is gone."""
    told = {}
    for path in paths:
        found = path.stat()
        told[str(path.resolve())] = (found.st_size, found.st_mtime_ns)
    return told


def _same(before: Mapping[str, Sequence[int]], now: Listing) -> bool:
    return {name: tuple(told) for name, told in before.items()} == now


def _same_contents(note: Mapping[str, Any], now: Listing) -> bool:
    """Whether the exports are the files of the note; one that was only touched or copied anew is hashed again."""
    before = {name: tuple(told) for name, told in note["exports"].items()}
    if not now or before.keys() != now.keys():
        return False
    return all(
        before[name] == told or (before[name][0] == told[0] and note["sha256s"].get(name) == _sha256(Path(name)))
        for name, told in now.items()
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _builds(warehouse: Path) -> str:
    """Hash of what stands in every table-month, and from which inputs.

    Raises:
        OSError: the warehouse is held, or no warehouse.
    """
    import duckdb

    try:
        with duckdb.connect(str(warehouse), read_only=True) as con:
            rows = con.execute(
                "select table_id, partition_month, input_hash, content_hash from warehouse.builds order by all"
            ).fetchall()
    except duckdb.Error as error:
        raise OSError(str(error)) from error
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _written(settings: Settings, folders: Sequence[str]) -> list[Path]:
    """Every file that was written, by the manifests beside them, and the snapshots.

    Raises:
        OSError, LookupError: a manifest is missing or none.
    """
    from cape_pipeline.clients.names import client_snapshot

    roots = [settings.out / folder for folder in folders] or [settings.out]
    files = [client_snapshot(settings.warehouse, folder) for folder in folders]
    if settings.writes_snapshot:
        files.append(settings.snapshot)
    for root in roots:
        manifest = root / MANIFEST
        files.append(manifest)
        with manifest.open(encoding="utf-8", newline="") as file:
            files += [root / row["file_name"] for row in csv.DictReader(file)]
    return files
