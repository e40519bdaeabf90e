"""Descriptions of issued positions in the archive, with the seeds and closed periods they name; and the list of them.

Belongs here: writing and reading descriptions, and the table `warehouse.issued_positions`. Does not belong here: what a
description says (`describing.py`), and received files, which lie in the archive already.
"""

import getpass
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from cape_pipeline.ace.archive import (
    OWNER_ONLY_FOLDER,
    NotRestored,
    is_whole,
    place_of,
    restore,
    store,
)
from cape_pipeline.close.frozen import as_json
from cape_pipeline.durable import replace_whole
from cape_pipeline.issued.describing import (
    Description,
    describe,
    position_id_of,
    seed_files,
)
from cape_pipeline.outputs import Written
from cape_pipeline.settings import Settings
from cape_pipeline.summary import SnapshotUnusable, open_snapshot, snapshot_of

TABLE = "warehouse.issued_positions"
DDL = f"""
create table if not exists {TABLE} (
    position_id varchar not null,
    as_of_date date,
    issued_at timestamp not null,
    issued_by varchar,
    registry_version varchar not null,
    code_version varchar not null,
    input_count bigint not null,
    file_count bigint not null
)
"""
COMMENTS = {
    "position_id": "Name of the position: the start of the hash of all it rests on and of all that came of it",
    "as_of_date": "Valuation day",
    "issued_at": "When it was first issued (UTC)",
    "issued_by": "Account on this machine whose run issued it first",
    "registry_version": "Hash of the dated rules behind the books",
    "code_version": "Release, and the hash of how every table is made",
    "input_count": "Received files it was made of",
    "file_count": "Files that were written from it",
}
WHOLE_COMMENT = "Every position that left the pipeline as files, once; cape restore builds it again"


class NoSuchPosition(Exception):
    """A position is asked for that was not issued here, or whose description is not what was kept."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A position that was issued. When (UTC) and by which account is known while the list in the warehouse stands."""

    position_id: str
    as_of_date: str | None
    issued_at: datetime | None
    issued_by: str | None
    registry_version: str
    code_version: str
    input_count: int
    file_count: int


def positions_folder(archive: Path) -> Path:
    """Where the descriptions lie, and beside them, by their hashes, the seeds and the files of closes."""
    return archive / "positions"


def issue(con: duckdb.DuckDBPyConnection, settings: Settings, written: list[Written]) -> str:
    """Keep the description of the position that was just written, list it, and return its name.

    Raises:
        UnusableClose: a closed period is not what was frozen.
        OSError: the archive cannot be written.
    """
    description = describe(con, settings, written)
    position_id = position_id_of(description)
    folder = positions_folder(settings.archive)
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    for path, sha256 in _sources(settings, description):
        store(folder, path, sha256)
    replace_whole(folder / f"{position_id}.json", as_json(description))
    _list(con, position_id, description)
    return position_id


def issued_positions(settings: Settings) -> list[Issued]:
    """Every position whose description is kept, by valuation day, the last one first.

    Descriptions outlive the warehouse; when each was issued is read from the snapshot, if there is one.

    Raises:
        NoSuchPosition: a description is not the one that was kept.
    """
    issued = _issued_when(settings)
    found = []
    for path in positions_folder(settings.archive).glob("*.json"):
        position_id, told = read_description(settings.archive, path.stem)
        when, who = issued.get(position_id, (None, None))
        found.append(
            Issued(
                position_id,
                told["as_of_date"],
                when,
                who,
                told["registry_version"],
                told["code_version"],
                len(told["inputs"]),
                len(told["files"]),
            )
        )
    return sorted(
        found, key=lambda one: (one.as_of_date or "", str(one.issued_at or ""), one.position_id), reverse=True
    )


def _issued_when(settings: Settings) -> dict[str, tuple[datetime, str | None]]:
    try:
        with open_snapshot(snapshot_of(settings)) as con:
            if not _is_listed(con):
                return {}
            rows = con.execute(f"select position_id, issued_at, issued_by from {TABLE}").fetchall()  # noqa: S608
    except (SnapshotUnusable, duckdb.Error):
        return {}
    return {position_id: (when, who) for position_id, when, who in rows}


def read_description(archive: Path, position_id: str) -> tuple[str, Description]:
    """The whole name and the description of a position, by its name or the start of it.

    Raises:
        NoSuchPosition: there is none, several begin so, or the description is not the one that was kept.
    """
    folder = positions_folder(archive)
    found = sorted(folder.glob(f"{position_id}*.json")) if re.fullmatch(r"[0-9a-f]{4,16}", position_id) else []
    if len(found) != 1:
        which = "several positions begin so" if found else "no such position was issued"
        raise NoSuchPosition(f"{position_id}: {which}; cape restore --list names those that were")
    try:
        description = dict(json.loads(found[0].read_bytes()))
    except ValueError as error:
        raise NoSuchPosition(f"{found[0]} is damaged: put it back from a backup") from error
    if position_id_of(description) != found[0].stem:
        raise NoSuchPosition(f"{found[0]} was changed since it was kept: put it back from a backup")
    return found[0].stem, description


def count_positions(archive: Path) -> int:
    """How many positions were issued, by their descriptions."""
    return sum(1 for _ in positions_folder(archive).glob("*.json"))


def lacking(archive: Path) -> list[tuple[str, str]]:
    """(position, sentence) for every kept description that could not be built again as it stands.

    Received files are looked at elsewhere: a position that was made of files which were not kept is no fault.
    """
    folder = positions_folder(archive)
    found = []
    sound: dict[str, bool] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            _, description = read_description(archive, path.stem)
        except NoSuchPosition as damaged:
            found.append((path.stem, str(damaged)))
            continue
        for name, sha256 in _named_sources(description):
            if sha256 not in sound:
                sound[sha256] = is_whole(folder, sha256)
            if not sound[sha256]:
                place = place_of(folder, sha256)
                found.append((path.stem, f"its {name}, {place}, is gone or damaged: put it back from a backup"))
    return found


def restore_sources(archive: Path, description: Description, seeds: Path, closes: Path) -> None:
    """Write the seeds and the closed periods of a position into these folders.

    Raises:
        NotRestored: one of them is not in the archive, or damaged.
        OSError: a folder cannot be written.
    """
    folder = positions_folder(archive)
    seeds.mkdir(mode=OWNER_ONLY_FOLDER, parents=True)
    for name, sha256 in description["seeds"].items():
        restore(folder, sha256, seeds / safe_name(name))
    for close_name, files in description["closes"].items():
        (closes / safe_name(close_name)).mkdir(mode=OWNER_ONLY_FOLDER, parents=True)
        for name, sha256 in files.items():
            restore(folder, sha256, closes / close_name / safe_name(name))


def safe_name(name: str) -> str:
    """The name of one file; a description that leads out of its folder was never written here.

    Raises:
        NotRestored: the name is a path.
    """
    if Path(name).name != name or name in ("", ".", ".."):
        raise NotRestored(f"{name!r} is no name of a file: the description of the position was changed")
    return name


def _sources(settings: Settings, description: Description) -> Iterator[tuple[Path, str]]:
    for path in seed_files():
        yield path, description["seeds"][path.name]
    for close_name, files in description["closes"].items():
        for name, sha256 in files.items():
            yield settings.closes / close_name / name, sha256


def _named_sources(description: Description) -> Iterator[tuple[str, str]]:
    for name, sha256 in description["seeds"].items():
        yield f"seed {name}", sha256
    for close_name, files in description["closes"].items():
        for name, sha256 in files.items():
            yield f"close {close_name}, {name}", sha256


def _is_listed(con: duckdb.DuckDBPyConnection) -> bool:
    schema, table = TABLE.split(".")
    found = con.execute(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, table],
    )
    return found.fetchone() is not None


def _list(con: duckdb.DuckDBPyConnection, position_id: str, description: Description) -> None:
    """Add the position to the list, unless it stands there."""
    if not _is_listed(con):
        con.execute(DDL)
        con.execute(f"comment on table {TABLE} is '{WHOLE_COMMENT}'")
        for column, told in COMMENTS.items():
            con.execute(f"comment on column {TABLE}.{column} is '{told}'")
    con.execute(
        f"""insert into {TABLE}
        select $position_id, $as_of_date, $issued_at, $issued_by, $registry_version, $code_version, $inputs, $files
        where not exists (from {TABLE} where position_id = $position_id)""",
        {
            "position_id": position_id,
            "as_of_date": description["as_of_date"],
            "issued_at": datetime.now(UTC).replace(tzinfo=None),
            "issued_by": _account(),
            "registry_version": description["registry_version"],
            "code_version": description["code_version"],
            "inputs": len(description["inputs"]),
            "files": len(description["files"]),
        },
    )


def _account() -> str | None:
    """The name of the account that runs this, which a container may not have."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
