"""reports: the files that leave the pipeline, and the analysts' snapshot that closes every run.

Belongs here: writing files from finished tables. Does not belong here: any figure; each is read from a table.
"""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import dagster as dg
import duckdb

from cape_pipeline.assets.tables import asset_key
from cape_pipeline.calendar_file import DeadlineEvent, calendar_file
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.reconciliation_requests import request_files
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.builds import stale_tables
from cape_pipeline.warehouse.snapshot import write_snapshot

#: Tables written as CSV files, each under its own name, in the order of their grain.
EXPORTED = (
    "reports.position",
    "reports.position_by_path",
    "reports.deadline_calendar",
    "reports.reconciliation_watch_list",
    "reports.exceptions",
    "reports.receivable_position",
    "reports.receivable_entries",
    "reports.receivable_rollforward",
    "reports.receivable_rollforward_total",
    "reports.prior_period_differences",
    "reports.payee_readiness",
    "ace.coverage",
    "entries.eligibility",
    "entries.cape_effects",
    "lines.duty_splits",
    "refunds.interest_accruals",
    "refunds.late_interest",
    "refunds.refund_batches",
    "refunds.payment_windows",
    "refunds.what_if_filed_today",
    "refunds.filing_candidates",
    "refunds.declarations",
    "refunds.resubmissions",
    "payments.entry_refunds",
    "payments.rev603_reconciliation",
    "payments.cash_waterfall",
    "payments.bank_credits",
    "payments.other_refunds",
    "payments.alerts",
)
MANIFEST = "manifest.csv"
DECLARATIONS = "declarations"
REQUESTS = "reconciliation_requests"
CALENDAR = "deadlines.ics"


class StaleWarehouse(Exception):
    """Tables do not stem from one state of their inputs, so analysts must not be shown them."""


def months_in_play(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Entry months that hold entries now, or hold rows from an earlier build."""
    rows = con.execute(
        "select partition_month from lines.entry_baselines"
        " union select partition_month from warehouse.builds where list_contains($monthly, table_id) and row_count > 0"
        " order by 1",
        {"monthly": [table_id for table_id, contract in CONTRACTS.items() if contract.is_built_by_month()]},
    ).fetchall()
    return [month for (month,) in rows]


def refuse_stale(con: duckdb.DuckDBPyConnection) -> None:
    """Raise unless every table stems from what its inputs are now.

    Raises:
        StaleWarehouse: naming the table-months that are behind.
    """
    behind = stale_tables(con, CONTRACTS, months_in_play(con))
    if behind:
        more = f" (and {len(behind) - 3} more)" if len(behind) > 3 else ""
        raise StaleWarehouse("; ".join(behind[:3]) + more + ": run everything to publish")


def write_files(con: duckdb.DuckDBPyConnection, out: Path, line_ending: str) -> list[Path]:
    """Write tables, drafted declarations, calendar and requests to CBP under `out`, and a manifest with their hashes.

    Files of an earlier run that are no longer drafted are removed; files this pipeline did not write are left alone.

    Raises:
        UnusableDraft: a draft breaks a validation rule; nothing was written.
    """
    drafts = checked_drafts(con, line_ending)
    declarations = out / DECLARATIONS
    declarations.mkdir(parents=True, exist_ok=True)
    before = _manifest(out)
    written = [_write_table(con, table_id, out) for table_id in EXPORTED]
    written += [_write_atomically(declarations / name, content) for name, content in drafts.items()]
    written += _write_calendar(con, out)
    written += _write_requests(con, out / REQUESTS)
    for name in before - {str(path.relative_to(out)) for path in written}:
        (out / name).unlink(missing_ok=True)
    _write_manifest(out, written)
    return written


def _write_table(con: duckdb.DuckDBPyConnection, table_id: str, out: Path) -> Path:
    """One table as CSV: UTF-8, comma, one header row, lists joined with a blank."""
    contract = CONTRACTS[table_id]
    columns = ", ".join(
        f"array_to_string({field.name}, ' ') as {field.name}" if field.sql_type == "VARCHAR[]" else field.name
        for field in contract.fields
    )
    target = out / f"{contract.table()}.csv"
    temporary = target.with_name(f".{target.name}.tmp")
    grain = ", ".join(contract.grain)
    con.execute(
        f"copy (select {columns} from {table_id} order by {grain}) to '{_quoted(temporary)}' (format csv, header)"
    )
    temporary.replace(target)
    return target


def _write_calendar(con: duckdb.DuckDBPyConnection, out: Path) -> list[Path]:
    """The deadlines as an iCalendar file; none where there is no deadline, since an empty calendar is not valid."""
    columns = ", ".join(field.name for field in fields(DeadlineEvent))
    rows = con.execute(f"select {columns} from reports.calendar_events order by deadline_date, event_key").fetchall()
    if not rows:
        return []
    (as_of,) = con.execute("select as_of_date from registry.as_of").fetchall()[0]
    text = calendar_file([DeadlineEvent(*row) for row in rows], as_of)
    return [_write_atomically(out / CALENDAR, text)]


def _write_requests(con: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """A letter and an audit trail for every refund whose variance is material; no folder where there is none."""
    files = request_files(con)
    if files:
        folder.mkdir(parents=True, exist_ok=True)
    return [_write_atomically(folder / name, content) for name, content in files.items()]


def _write_atomically(target: Path, text: str | bytes) -> Path:
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.write_bytes(text if isinstance(text, bytes) else text.encode("ascii"))
    temporary.replace(target)
    return target


def _manifest(out: Path) -> set[str]:
    path = out / MANIFEST
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        return {row["file_name"] for row in csv.DictReader(file)}


def _write_manifest(out: Path, written: Sequence[Path]) -> None:
    lines = ["file_name,sha256"]
    for path in sorted(written):
        lines.append(f"{path.relative_to(out)},{hashlib.sha256(path.read_bytes()).hexdigest()}")
    _write_atomically(out / MANIFEST, "\r\n".join(lines) + "\r\n")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


ALL_TABLES = [
    asset_key(contract.table_id()) for contract in CONTRACTS.values() if contract.source in ("sql", "view", "python")
]


@dg.asset(
    key=asset_key("reports.output_files"),
    # not only of those it writes: it refuses while any table is stale
    deps=ALL_TABLES,
    group_name="reports",
    kinds={"csv"},
)
def output_files(warehouse: Warehouse) -> dg.MaterializeResult:
    """Report tables as CSV files, drafted declarations, calendar, requests to CBP and a manifest of their hashes."""
    refuse_stale(warehouse.connection)
    out = Path(warehouse.out)
    written = write_files(warehouse.connection, out, warehouse.line_ending)
    return dg.MaterializeResult(metadata={"files": len(written), "folder": dg.MetadataValue.path(str(out))})


@dg.asset(
    key=asset_key("reports.analyst_snapshot"),
    deps=[*ALL_TABLES, asset_key("reports.output_files")],
    group_name="reports",
    kinds={"duckdb"},
)
def analyst_snapshot(warehouse: Warehouse) -> dg.MaterializeResult:
    """The read-only copy analysts query, swapped in whole after everything else; refused while any table is stale."""
    refuse_stale(warehouse.connection)
    target = warehouse.settings.snapshot
    size = write_snapshot(warehouse.connection, target)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(target)), "bytes": size})
