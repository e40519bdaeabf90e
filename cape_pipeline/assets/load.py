"""ace: what was received. One asset for all tables of received rows, because every file writes to several of them.

Belongs here: which files are new, and the transaction around each. Does not belong here: how a file is read
(`cape_pipeline/ace/`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb

from cape_pipeline.ace import Inspection, LoadResult, UnreadableExport, find_exports, inspect_file, load_file
from cape_pipeline.ace.errors import UnknownExport
from cape_pipeline.assets.tables import asset_key, check_results, check_specs, definition_metadata
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.publish import BrokenPromise, Publication, record_received

RECEIVED = tuple(contract for contract in CONTRACTS.values() if contract.source == "received")


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
            recognised.append(inspect_file(path))
        except UnknownExport as stranger:
            unknown.append(stranger)
        except UnreadableExport as damaged:
            raise UnusableExports(f"{damaged}. Nothing was loaded") from damaged
    if not recognised:
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise UnusableExports(f"none of the files in {folder} is a report known here. {unknown[0]}{more}")
    return Folder(tuple(recognised), tuple(unknown))


def load_folder(
    con: duckdb.DuckDBPyConnection, folder: Path, tell: Callable[[str], None] = lambda _: None
) -> FolderLoad:
    """Load what is new in an exports folder, each file in a transaction of its own.

    Raises:
        UnusableExports: as `read_folder`.
        TooManyRejected: too much of a file cannot be used; that file was not loaded.
    """
    seen = read_folder(folder)
    known = {load_id for (load_id,) in con.execute("select load_id from ace.loads").fetchall()}
    (number,) = con.execute("select coalesce(max(load_number), 0) from ace.loads").fetchone() or (0,)
    loaded = []
    for inspection in seen.recognised:
        if inspection.load_id in known:
            continue
        known.add(inspection.load_id)
        number += 1
        tell(f"{inspection.file_name}: {inspection.report_code}")
        loaded.append(_load_one(con, inspection, number))
    return FolderLoad(tuple(loaded), seen.notices())


def _load_one(con: duckdb.DuckDBPyConnection, inspection: Inspection, number: int) -> LoadResult:
    con.execute("begin")
    try:
        result = load_file(con, inspection, number, datetime.now(UTC))
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return result


def record_all(con: duckdb.DuckDBPyConnection) -> dict[str, Publication]:
    """Check every table of received rows and record what it holds, in one transaction.

    Raises:
        BrokenPromise: a table breaks its contract; nothing was recorded.
    """
    con.execute("begin")
    try:
        published = {contract.table_id(): record_received(con, contract) for contract in RECEIVED}
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return published


class ExportsFolder(dg.Config):
    """Where the exports lie; empty means the folder of the settings."""

    exports: str = ""


@dg.multi_asset(
    name="load_exports",
    specs=[
        dg.AssetSpec(
            asset_key(contract.table_id()),
            group_name="ace",
            description=contract.description(),
            kinds={"duckdb", "csv", "excel"},
            metadata=definition_metadata(contract),
        )
        for contract in RECEIVED
    ],
    check_specs=[spec for contract in RECEIVED for spec in check_specs(contract)],
)
def load_exports(context: dg.AssetExecutionContext, config: ExportsFolder, warehouse: Warehouse) -> Iterator[object]:
    """Load what is new in the exports folder; a file loaded before is left alone."""
    folder = Path(config.exports or warehouse.exports)
    outcome = load_folder(warehouse.connection, folder, context.log.info)
    for sentence in outcome.notices:
        context.log.warning(sentence)
    try:
        published = record_all(warehouse.connection)
    except BrokenPromise as broken:
        yield from check_results(broken.table_id, broken.checks)
        raise dg.Failure(description=str(broken), allow_retries=False) from broken
    for contract in RECEIVED:
        publication = published[contract.table_id()]
        new = sum(result.rows_loaded for result in outcome.loaded if result.table_id == contract.table_id())
        yield dg.MaterializeResult(
            asset_key=asset_key(contract.table_id()),
            metadata={"dagster/row_count": publication.row_count, "rows new": new},
            check_results=check_results(contract.table_id(), publication.checks),
        )
