"""Closing a period: its tables are built as of its last day on a scratch copy, and frozen under a name.

Belongs here: what may be closed, what is frozen and what the manifest says of it. Does not belong here: the files
(`frozen.py`), and any figure (`sql/reports/`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.assets.closes import publish_closes
from cape_pipeline.assets.registry import publish_as_of, stored_as_of
from cape_pipeline.close.frozen import (
    ENTRIES,
    MANIFEST,
    NAME,
    CloseStands,
    as_json,
    read_closes,
    sha256_of,
    write_close,
)
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.reports import ReceivableEntries
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from cape_pipeline.release import code_version
from cape_pipeline.resources import connect, writing
from cape_pipeline.settings import EMBEDDED, Settings
from cape_pipeline.staleness import refuse_stale
from cape_pipeline.warehouse.builds import read_builds, registry_version
from cape_pipeline.warehouse.connection import working_folder
from cape_pipeline.warehouse.snapshot import write_snapshot

#: What is frozen, by file: a SELECT in one order, so that the same figures are the same bytes.
FROZEN = {
    ENTRIES: "select * from reports.receivable_movements order by importer_key, entry_number",
    "position.csv": "select * from reports.receivable_position order by importer_key, stage",
    "rollforward.csv": "select * from reports.receivable_rollforward order by importer_key",
    "interest_by_period.csv": """
select months.*
from reports.interest_by_period as months
left join (select max(opening_date) as opening_date from reports.receivable_rollforward) as opening on true
where months.period_end > coalesce(opening.opening_date, date '1900-01-01')
order by months.entry_number, months.period_end
""",
}
WANTED = (
    "reports.receivable_position",
    "reports.receivable_rollforward",
    "reports.receivable_rollforward_total",
    "reports.interest_by_period",
)
INPUTS = """
select load_id as sha256, file_name, report_code, report_run_date
from ace.readable_loads
order by load_id
"""


class CannotClose(Exception):
    """What was asked for cannot be closed; nothing was written."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A period as it stands closed: its manifest, its folder, and whether it was written just now."""

    manifest: Mapping[str, Any]
    folder: Path
    is_new: bool


def close_period(settings: Settings, period_end: date, name: str | None = None) -> Closed:
    """Freeze the books as of the last day of a period; nothing of the warehouse is written.

    Reports that state a later run date are not read: the period is closed as it was known by its last day. A file that
    states none is always read, as in a run.

    Args:
        settings: name the warehouse, beside which the folder of closes lies.
        period_end: the last day of the period; no later than the valuation day of the warehouse.
        name: what the close is called; the day itself without it.

    Raises:
        CannotClose: no warehouse, a day that has not come there, a name that is none or stands for another day, or a
            period before one that is closed already.
        CloseStands: the period is closed, otherwise than it would be now, or under another name.
        StaleWarehouse: tables of the warehouse are older than what they read.
        UnusableClose: the files of an earlier close are not what was frozen.
        WarehouseUnusable, StoredRowsInTheWay: the warehouse cannot be used by this release.
        BrokenPromise: a table breaks its contract or a claim as of the day.
    """
    close_name = name or period_end.isoformat()
    if not NAME.fullmatch(close_name):
        raise CannotClose(
            f"--name {close_name}: letters, digits, dots, dashes and underscores only, a letter or digit first"
        )
    if settings.storage == EMBEDDED and not settings.warehouse.is_file():
        raise CannotClose(f"{settings.warehouse}: no such warehouse; make one with cape run or cape demo")
    with writing(settings) as held:
        _refuse_unfit(held, settings, period_end, close_name)
        with _scratch(held, settings) as con:
            publish_closes(con, settings.closes)
            publish_as_of(con, period_end)
            rebuild(con, MONTHS, WANTED)
            files = {file: _csv(con, select) for file, select in FROZEN.items()}
            manifest = _manifest(con, close_name, period_end, files)
        is_new = write_close(settings.closes, close_name, {**files, MANIFEST: as_json(manifest)})
    return Closed(manifest, settings.closes / close_name, is_new)


def _refuse_unfit(con: duckdb.DuckDBPyConnection, settings: Settings, period_end: date, close_name: str) -> None:
    refuse_stale(con)
    as_of = stored_as_of(con)
    if as_of is None or period_end > as_of:
        stands = f"stands as of {as_of}" if as_of else "has no valuation day yet"
        raise CannotClose(
            f"{period_end} is not over in {settings.warehouse}, which {stands}:"
            f" cape run --as-of {period_end} or later first"
        )
    closes = read_closes(settings.closes)
    for close in closes:
        if close.close_name == close_name and close.period_end != period_end:
            raise CannotClose(f"{close.folder} closes {close.period_end}: give {period_end} another name with --name")
        if close.period_end == period_end and close.close_name != close_name:
            raise CloseStands(f"{period_end} is closed already, as {close.folder}")
    later = [close for close in closes if close.period_end > period_end]
    if later and all(close.period_end != period_end for close in closes):
        raise CannotClose(
            f"{later[0].folder} is a later period and closed already: {period_end} cannot be put before its opening"
        )


@contextmanager
def _scratch(held: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writer's connection to a copy of the warehouse, which is gone afterwards."""
    with working_folder(held, "close-") as folder:
        scratch = folder / "scratch.duckdb"
        write_snapshot(held, scratch)
        con = connect(settings.embedded_in(scratch))
        try:
            yield con
        finally:
            con.close()


def _csv(con: duckdb.DuckDBPyConnection, select: str) -> bytes:
    with working_folder(con, "close-") as folder:
        path = folder / "frozen.csv"
        con.execute(f"copy ({select}) to '{str(path).replace(chr(39), chr(39) * 2)}' (format csv, header)")
        return path.read_bytes()


def _manifest(
    con: duckdb.DuckDBPyConnection, close_name: str, period_end: date, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """What was frozen, from which inputs and by what; it holds no clock, so that the same close is the same bytes."""
    inputs = _rows(con, INPUTS)
    readings = _rows(con, "select * from registry.policies_in_force")
    totals = _rows(con, "select * exclude (period_end) from reports.receivable_rollforward_total")
    total = totals[0] if totals else {}
    return {
        "close_name": close_name,
        "period_end": period_end.isoformat(),
        "as_of_date": period_end.isoformat(),
        "known_by_date": period_end.isoformat(),
        "opening_close_name": total.get("opening_close_name"),
        "code_version": code_version(),
        "registry_version": registry_version(ReceivableEntries, read_builds(con), CONTRACTS),
        "settings": readings[0] if readings else {},
        "settings_sha256": sha256_of(as_json(readings)),
        "inputs": inputs,
        "inputs_sha256": sha256_of(as_json(inputs)),
        "entry_count": total.get("entry_count", 0),
        "closing_usd": total.get("closing_usd", "0.00"),
        "rollforward": total,
        "files": {file: sha256_of(content) for file, content in files.items()},
    }


def _rows(con: duckdb.DuckDBPyConnection, select: str) -> list[dict[str, Any]]:
    """Rows as a manifest writes them: amounts and days as text, never as floating point numbers."""
    cursor = con.execute(select)
    names = [column[0] for column in cursor.description or ()]
    plain = (bool, int, str, list, type(None))
    return [
        {name: value if isinstance(value, plain) else str(value) for name, value in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]
