"""An issued position built again: a warehouse and files of its own, from nothing but the archive, and what differs.

Belongs here: taking the inputs out of the archive, building, comparing. Does not belong here: what a description says
(`describing.py`), where it is kept (`keeping.py`), and how a table or a file is made.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from cape_pipeline.ace import find_exports
from cape_pipeline.ace.archive import OWNER_ONLY_FOLDER, place_of, restore, store
from cape_pipeline.ace.files import scan
from cape_pipeline.assets.eligibility_history import publish_history
from cape_pipeline.assets.load import load_folder, record_all
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.issued.describing import DECIDING, Description, describe, differing
from cape_pipeline.issued.keeping import read_description, restore_sources, safe_name
from cape_pipeline.outputs import write_outputs
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import publish_choices_of_a_run, rebuild
from cape_pipeline.registry.load import load_registry
from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.snapshot import write_snapshot

Progress = Callable[[str], None]
#: Parts of a description that say by what a position was made, not from what.
MADE_BY = ("code_version", "libraries")


class CannotRestore(Exception):
    """The position cannot be built again here; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A position that was built again: where, and in what it differs from the one that was issued.

    `made_by` names what it was made by before, where that is not what made it now: the code, or a library.
    """

    position_id: str
    as_of_date: str | None
    folder: Path
    table_count: int
    file_count: int
    differing_tables: tuple[str, ...]
    differing_files: tuple[str, ...]
    made_by: tuple[str, ...]

    @property
    def is_the_same(self) -> bool:
        return not self.differing_tables and not self.differing_files


def restore_position(
    settings: Settings,
    position_id: str,
    target: Path,
    *,
    exports: Path | None = None,
    progress: Progress = lambda _: None,
) -> Restored:
    """Build an issued position again under `target`: exports, registry_seeds, warehouse and out.

    Args:
        settings: name the warehouse that issued it, beside which the archive lies; memory and threads hold here too.
        position_id: its name or the start of it.
        target: a folder that is new or empty.
        exports: where received files lie that were not kept in the archive; any name will do, their hashes tell.
        progress: is told what is done.

    Raises:
        NoSuchPosition: no position has that name.
        CannotRestore: the folder is not empty, or a received file is neither in the archive nor in `exports`.
        NotRestored: what the archive holds is damaged.
        UnreadableExport: a file of `exports` cannot be read.
        RegistryError, BrokenPromise: this release cannot use the seeds of then, or what follows from them.
        OSError: the folder cannot be written.
    """
    position_id, description = read_description(settings.archive, position_id)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CannotRestore(f"{target} is there and not empty: name a new folder")
    found = _found_elsewhere(settings.archive, description, exports)
    target.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    again = _settings_of(settings, description, target)
    progress("inputs")
    _restore_inputs(settings.archive, description, again.exports, found)
    restore_sources(settings.archive, description, target / "registry_seeds", again.closes)
    con = connect(again)
    try:
        now = _build(con, again, description, target / "registry_seeds", progress)
    finally:
        con.close()
    return Restored(
        position_id,
        description["as_of_date"],
        target,
        len(description["tables"]),
        len(description["files"]),
        tuple(differing(description["tables"], now["tables"])),
        tuple(differing(description["files"], now["files"])),
        tuple(_changes(description, now)),
    )


def _settings_of(settings: Settings, description: Description, target: Path) -> Settings:
    """Where things are made anew, with the settings that decided then."""
    return replace(
        settings.embedded_in(target / "warehouse" / "cape.duckdb"),
        exports=target / "exports",
        out=target / "out",
        history=description["finds_history"],
        **{name: description["settings"][name] for name in DECIDING},
    )


def _found_elsewhere(archive: Path, description: Description, exports: Path | None) -> dict[str, Path]:
    """Files that the archive does not hold, by their hash."""
    wanted = {
        received["sha256"]: received["file_name"]
        for received in description["inputs"]
        if not place_of(archive, received["sha256"]).is_file()
    }
    there = _by_hash(find_exports(exports)) if wanted and exports else {}
    if missing := [name for sha256, name in wanted.items() if sha256 not in there]:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        where = f"nor in {exports}" if exports else "and --exports names no folder that holds it"
        raise CannotRestore(f"{missing[0]}{more}: not in {archive} (a load with --discard-raw keeps no file), {where}")
    return {sha256: there[sha256] for sha256 in wanted}


def _by_hash(paths: Iterable[Path]) -> dict[str, Path]:
    return {scan(path).sha256: path for path in paths}


def _restore_inputs(archive: Path, description: Description, exports: Path, found: dict[str, Path]) -> None:
    """Every received file in a folder of its own, whose number is that of its load, so that they load in that order."""
    for number, received in enumerate(description["inputs"], start=1):
        folder = exports / f"{number:06d}"
        folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True)
        source = archive
        if received["sha256"] in found:
            source = exports.parent / "given"
            store(source, found[received["sha256"]], received["sha256"])
        restore(source, received["sha256"], folder / safe_name(received["file_name"]))


def _build(
    con: duckdb.DuckDBPyConnection, settings: Settings, description: Description, seeds: Path, progress: Progress
) -> Description:
    """Everything a run does, from these inputs; returns the description of what came of it."""
    as_of = description["as_of_date"]
    publish_choices_of_a_run(
        con,
        load_registry(seeds),
        date.fromisoformat(as_of) if as_of else None,
        description["policies"],
        ",".join(description["submitters"]),
        settings.closes,
        bank_originators=settings.bank_originators,
        line_ending=settings.line_ending,
    )
    if description["inputs"]:
        # a file that was loaded then is loaded now, however many of its rows were set aside
        load_folder(con, settings.exports, progress, archive=settings.archive, reject_share=1.0)
        _as_kept(con, description)
    record_all(con)
    progress("tables")
    rebuild(con, MONTHS)
    if settings.history:
        publish_history(con)
    progress("files")
    written = write_outputs(con, settings)
    write_snapshot(con, settings.snapshot, CONTRACTS.values())
    return describe(con, settings, written)


def _as_kept(con: duckdb.DuckDBPyConnection, description: Description) -> None:
    """A load says whether its file was kept, which it was not then if it had to be given now."""
    con.execute(
        "update ace.loads set is_raw_kept = false where list_contains($not_kept, load_id)",
        {"not_kept": [received["sha256"] for received in description["inputs"] if not received["is_kept"]]},
    )


def _changes(before: Description, now: Description) -> list[str]:
    told = [f"code {before['code_version']}"] if before["code_version"] != now["code_version"] else []
    return told + [
        f"{name} {before['libraries'].get(name) or 'not installed'}"
        for name in differing(before["libraries"], now["libraries"])
    ]
