"""What stands in a folder of runs, and whether it is what an undisturbed run leaves, also in the eyes of a reader.

Belongs here: reading warehouse, snapshot, archive and output files, and the sentences of what differs. Does not belong
here: who kills what and when (`kills.py`).
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb

from cape_pipeline.ace.archive import is_whole
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.outputs import CHANGING, MANIFEST
from cape_pipeline.settings import Settings
from cape_pipeline.verification import verify
from cape_pipeline.warehouse.builds import content_of

MOST_TOLD = 5
#: What a killed run may leave beside what it finished; the next one clears or overwrites it.
LEFT_BEHIND = {".cape_analyst.duckdb.tmp", "cape.duckdb.wal", "cape.duckdb.spill", ".cape.duckdb.last_run.json.tmp"}
BUILDS = "select table_id, partition_month, input_hash, row_count, content_hash from warehouse.builds order by all"

Rows = list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class State:
    """What an undisturbed run leaves: the tables by their builds and by their rows, the files, and all names."""

    builds: Rows
    #: (rows, hash over the columns that are no clocks) of each month of each table and view of the snapshot.
    tables: dict[str, dict[str, tuple[int, str]]]
    files: dict[str, str]
    names: frozenset[str]


NOTHING = State([], {}, {}, frozenset())


def settings_of(folder: Path) -> Settings:
    """The settings of the runs of a folder."""
    return Settings(warehouse=folder / "w" / "cape.duckdb", exports=folder / "exports", out=folder / "out")


def state_of(folder: Path) -> State:
    """What stands after a run that ended well."""
    settings = settings_of(folder)
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        tables = {table_id: content_of(con, contract, table_id) for table_id, contract in CONTRACTS.items()}
        builds = con.execute(BUILDS).fetchall()
    return State(builds, tables, _files(settings.out), _names(folder))


def differences(folder: Path, expected: State) -> Iterator[str]:
    """What differs after a run that ended well: tables, snapshot, files, archive, and names that are foreign."""
    settings = settings_of(folder)
    for finding in verify(settings).findings:
        yield f"cape verify tells {finding.kind} {finding.name}: {finding.sentence}"
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        yield from _differing("builds of the warehouse", con.execute(BUILDS).fetchall(), expected.builds)
    found = state_of(folder)
    yield from _differing("builds of the snapshot", found.builds, expected.builds)
    for table_id, content in expected.tables.items():
        if found.tables[table_id] != content:
            yield f"{table_id} of the snapshot holds other rows"
    for name in sorted(found.files.keys() | expected.files.keys()):
        if found.files.get(name) != expected.files.get(name):
            yield f"out/{name}: {_told(name, found.files, expected.files)}"
    for name in sorted(found.names ^ expected.names):
        yield f"{name} is {'there' if name in found.names else 'missing'}, other than after an undisturbed run"
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        unfinished = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        if unfinished:
            yield f"{len(unfinished)} runs are told as still going on, whose processes are dead"


def half_written(folder: Path, before: State, after: State) -> Iterator[str]:
    """What a reader would find half-written in what a killed run left: neither what stood nor what will stand."""
    settings = settings_of(folder)
    yield from _half_written_files(settings.out, before, after)
    if settings.snapshot.exists():
        with duckdb.connect(str(settings.snapshot), read_only=True) as con:
            builds = con.execute(BUILDS).fetchall()
            shown = {table_id: content_of(con, CONTRACTS[table_id], table_id) for table_id in ("reports.position",)}
        if not any(
            builds == state.builds and shown.items() <= state.tables.items()
            for state in (before, after)
            if state.tables
        ):
            yield "the snapshot is neither the one before nor the one after"
    elif before.tables:
        yield "there is no snapshot any more"
    for place in settings.archive.rglob("*.zst"):
        if not is_whole(settings.archive if place.parents[1] == settings.archive else place.parents[1], place.stem):
            yield f"{place} is in the archive and not whole"
    for path in settings.warehouse.parent.iterdir():
        if str(Path("w") / path.name) not in before.names | after.names and path.name not in LEFT_BEHIND:
            yield f"{path.name} lies beside the warehouse"


def _half_written_files(out: Path, before: State, after: State) -> Iterator[str]:
    files = _files(out)
    for name, sha256 in files.items():
        if sha256 not in (before.files.get(name), after.files.get(name)):
            yield f"out/{name} is neither the file before nor the one after"
    if MANIFEST in files:
        with (out / MANIFEST).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if files.get(row["file_name"]) != row["sha256"]:
                    yield f"{MANIFEST} stands and {row['file_name']} is not the file it names"
    elif before.files and not (out / CHANGING).exists():
        yield f"there is neither {MANIFEST} nor {CHANGING}"


def _files(out: Path) -> dict[str, str]:
    """The sha256 of every file a reader looks at; what is hidden is on its way or tells what is."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(out).parts)
    }


def _names(folder: Path) -> frozenset[str]:
    """All that lies beside warehouse and outputs and among temporary files; of the history of runs only that it is."""
    found = {path.relative_to(folder) for top in ("w", "out", "tmp") for path in (folder / top).rglob("*")}
    return frozenset(str(path) for path in found if path.parts[:2] != ("w", "dagster") or len(path.parts) == 2)


def _differing(what: str, found: Rows, expected: Rows) -> Iterator[str]:
    odd = sorted(set(found) ^ set(expected), key=str)
    if odd:
        shown = "; ".join(str(row) for row in odd[:MOST_TOLD])
        yield f"{what}: {len(odd)} rows are not those of an undisturbed run, such as {shown}"


def _told(name: str, found: dict[str, str], expected: dict[str, str]) -> str:
    if name not in found:
        return "missing"
    return "other bytes" if name in expected else "there, and not after an undisturbed run"
