"""ace: what was received. One asset for all tables of received rows, because every file writes to several of them.

Belongs here: which files are new, and the transaction around each. Does not belong here: how a file is read
(`cape_pipeline/ace/`).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import dagster as dg
import duckdb

from cape_pipeline.ace import Inspection, LoadResult, UnreadableExport, find_exports, inspect_file, load_files
from cape_pipeline.ace.archive import NotKept, clear_drafts, keep
from cape_pipeline.ace.errors import UnknownExport
from cape_pipeline.ace.files import refuse_way_out
from cape_pipeline.ace.given_run_dates import apply_given_run_dates, run_date_notices
from cape_pipeline.ace.load import REJECT_SHARE
from cape_pipeline.ace.staging import are_alike
from cape_pipeline.assets.failures import said_for_people
from cape_pipeline.assets.shown import asset_key, check_results, sample_metadata
from cape_pipeline.assets.tables import check_specs, table_spec
from cape_pipeline.assets.touched import accounted_loads, in_order, months_touched
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import Warehouse
from cape_pipeline.staleness import months_in_play
from cape_pipeline.warehouse.publish import BrokenPromise, Publication, record_received

RECEIVED = tuple(contract for contract in CONTRACTS.values() if contract.source == "received")
MONTHS_TOUCHED = "months touched"
MONTHS_IN_PLAY = "months in play"
#: Files of so many bytes land in one transaction: enough for one statement to pay, and little to do again after a stop.
BYTES_TOGETHER = 256 << 20


class UnusableExports(Exception):
    """The folder as a whole cannot be loaded; nothing of it was."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in an exports folder: reports that were recognised, and files that are no report known here."""

    recognised: tuple[Inspection, ...]
    unknown: tuple[UnknownExport, ...]

    def notices(self) -> tuple[str, ...]:
        """Sentences about files that are no report known here, and about columns that are missing."""
        advice = (sentence for seen in self.recognised for sentence in seen.advice())
        return (*(str(stranger) for stranger in self.unknown), *advice)


@dataclass(frozen=True, slots=True)
class FolderLoad:
    """What became of an exports folder: the loads that are new, and what was noticed about its files."""

    loaded: tuple[LoadResult, ...]
    notices: tuple[str, ...]


def read_folder(folder: Path) -> Folder:
    """Look at every file of an exports folder without writing anything.

    Raises:
        UnusableExports: no folder, no file, no report among the files, or a file that is damaged.
    """
    if not folder.is_dir():
        raise UnusableExports(f"{folder}: no such folder; name the folder that holds the ACE exports with --exports")
    paths = find_exports(folder)
    if not paths:
        raise UnusableExports(f"{folder} holds no CSV or XLSX file: save the ACE exports there and run again")
    recognised, unknown = [], []
    for path in paths:
        try:
            refuse_way_out(path, folder)
            found = _inspected(path)
        except UnreadableExport as damaged:
            raise UnusableExports(f"{damaged}. Nothing was loaded") from damaged
        if isinstance(found, UnknownExport):
            unknown.append(found)
        else:
            recognised.append(found)
    if not recognised:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise UnusableExports(
            f"none of the files in {folder} is a report known here. {str(unknown[0]).rstrip('.')}{more}. Export the"
            " reports that README"
            " names under 'What goes in', or see with cape check FILE what a file is taken for"
        )
    return Folder(tuple(recognised), tuple(unknown))


def _inspected(path: Path) -> Inspection | UnknownExport:
    """What a file is. A run looks at its folder more than once, and a workbook must be read whole for it."""
    try:
        now = path.stat()
    except OSError:
        return inspect_file(path)  # which says what is wrong
    return _inspected_once(path, now.st_size, now.st_mtime_ns)


@lru_cache(maxsize=4096)
def _inspected_once(path: Path, _size: int, _modified: int) -> Inspection | UnknownExport:
    try:
        return inspect_file(path)
    except UnknownExport as stranger:
        return stranger


def load_folder(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    tell: Callable[[str], None] = lambda _: None,
    *,
    archive: Path | None = None,
    reject_share: float = REJECT_SHARE,
) -> FolderLoad:
    """Load what is new in an exports folder, then the run dates of loads.csv.

    A file lands whole or not at all. Files that look alike and follow each other land in one transaction, with the same
    outcome as one by one: where one of them stops the load, those before it stand. Each file that is loaded is kept in
    `archive`; without one its raw input is not retained, and its load says so.

    Raises:
        UnusableExports: as `read_folder`.
        TooManyRejected: more than `reject_share` of a file cannot be used; that file was not loaded.
        NotKept: a file cannot be put into the archive; that file was not loaded.
    """
    seen = read_folder(folder)
    known = {load_id for (load_id,) in con.execute("select load_id from ace.loads").fetchall()}
    (before,) = con.execute("select coalesce(max(load_number), 0) from ace.loads").fetchone() or (0,)
    new = list({one.load_id: one for one in reversed(seen.recognised) if one.load_id not in known}.values())[::-1]
    loaded: list[LoadResult] = []
    most = len(new)
    if archive is not None:
        clear_drafts(archive)
    while waiting := new[len(loaded) :]:
        together = _together(waiting, most)
        for inspection in together:
            tell(f"{inspection.file_name}: {inspection.report_code}")
        try:
            with _transaction(con):
                results = _load_some(con, together, before + len(loaded) + 1, archive, reject_share)
        except _KeptInPart as kept:
            most = kept.count
            continue
        most = 2 * len(together) if len(results) == len(together) else len(results)
        loaded += results
    with _transaction(con):
        apply_given_run_dates(con)
    return FolderLoad(tuple(loaded), (*seen.notices(), *load_notices(con, before)))


class _KeptInPart(Exception):
    """Only the first `count` of several files can be kept in the archive."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


def _together(waiting: Sequence[Inspection], most: int) -> list[Inspection]:
    """The files that are loaded next: the first, and those right behind it that look alike, up to so many bytes."""
    together, size = [waiting[0]], waiting[0].path.stat().st_size
    for inspection in waiting[1:most]:
        size += inspection.path.stat().st_size
        if size > BYTES_TOGETHER or not are_alike(waiting[0], inspection):
            break
        together.append(inspection)
    return together


def _load_some(
    con: duckdb.DuckDBPyConnection,
    together: Sequence[Inspection],
    number: int,
    archive: Path | None,
    reject_share: float,
) -> list[LoadResult]:
    """Load the first file and as many of the others as can be loaded with it, and keep each of them."""
    results = load_files(con, together, number, datetime.now(UTC), reject_share=reject_share)
    if archive is not None:
        _keep_each(archive, together[: len(results)])
    con.execute(
        "update ace.loads set is_raw_kept = $kept where load_number >= $number",
        {"kept": archive is not None, "number": number},
    )
    return results


def _keep_each(archive: Path, together: Sequence[Inspection]) -> None:
    for at, inspection in enumerate(together):
        try:
            keep(archive, inspection.path, inspection.load_id)
        except NotKept as refused:
            if at == 0:
                raise
            raise _KeptInPart(at) from refused


@contextmanager
def _transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def load_notices(con: duckdb.DuckDBPyConnection, last_before: int) -> tuple[str, ...]:
    """Sentences about the loads that stand: their run dates, and files after load `last_before` that are not kept."""
    (count,) = con.execute(
        "select count(*) from ace.loads where load_number > ? and not is_raw_kept", [last_before]
    ).fetchone() or (0,)
    notices = run_date_notices(con)
    if count:
        files, them = ("1 new file is", "it") if count == 1 else (f"{count} new files are", "them")
        notices.append(
            f"{files} not kept in the archive, as asked: keep {them} elsewhere for five years (19 CFR 163.4)"
        )
    return tuple(notices)


def record_all(con: duckdb.DuckDBPyConnection) -> dict[str, Publication]:
    """Check every table of received rows and record what it holds, in one transaction.

    Raises:
        BrokenPromise: a table breaks its contract; nothing was recorded.
    """
    with _transaction(con):
        return {contract.table_id(): record_received(con, contract) for contract in RECEIVED}


class ExportsFolder(dg.Config):
    """Where the exports lie; empty means the folder of the settings."""

    exports: str = ""


@dg.multi_asset(
    name="load_exports",
    specs=[table_spec(contract, {"duckdb", "csv", "excel"}) for contract in RECEIVED],
    check_specs=[spec for contract in RECEIVED for spec in check_specs(contract)],
)
def load_exports(context: dg.AssetExecutionContext, config: ExportsFolder, warehouse: Warehouse) -> Iterator[object]:
    """Load what is new in the exports folder; a file loaded before is left alone."""
    con, settings = warehouse.connection, warehouse.settings
    folder = Path(config.exports or warehouse.exports)
    with said_for_people():
        accounted = accounted_loads(con)
        outcome = load_folder(
            con,
            folder,
            context.log.info,
            archive=None if settings.discard_raw else settings.archive,
            reject_share=settings.reject_share,
        )
        for sentence in outcome.notices:
            context.log.warning(sentence)
        try:
            recorded = record_all(con)
        except BrokenPromise as broken:
            yield from check_results(broken.table_id, broken.checks)
            raise
        months = _months_metadata(con, accounted)
        new = _rows_new(outcome.loaded)
        for contract in RECEIVED:
            table_id = contract.table_id()
            publication = recorded[table_id]
            yield dg.MaterializeResult(
                asset_key=asset_key(table_id),
                metadata={
                    "dagster/row_count": publication.row_count,
                    "rows new": new[table_id],
                    **(months if table_id == "ace.loads" else {}),
                    **(sample_metadata(con, contract, publication.months_built) if new[table_id] else {}),
                },
                check_results=check_results(table_id, publication.checks),
            )


def _rows_new(loaded: Sequence[LoadResult]) -> Counter[str]:
    """How many rows each table of received rows got."""
    new: Counter[str] = Counter()
    for result in loaded:
        new[result.table_id] += result.rows_loaded
    new["ace.loads"] = len(loaded)
    new["ace.quarantine"] = sum(result.rows_quarantined for result in loaded)
    return new


def _months_metadata(con: duckdb.DuckDBPyConnection, accounted: int) -> dict[str, dg.JsonMetadataValue]:
    """The months the new loads touch, and all months in play with them."""
    touched = months_touched(con, accounted)
    return {
        MONTHS_TOUCHED: dg.MetadataValue.json(list(touched)),
        MONTHS_IN_PLAY: dg.MetadataValue.json(list(in_order({*touched, *months_in_play(con)}))),
    }
