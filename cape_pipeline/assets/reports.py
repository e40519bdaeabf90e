"""reports: the files that leave the pipeline, and the analysts' snapshot that closes every run.

Belongs here: writing files from finished tables. Does not belong here: any figure; each is read from a table.
"""

import csv
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from cape_pipeline.assets.failures import said_for_people
from cape_pipeline.assets.shown import asset_key
from cape_pipeline.calendar_file import DeadlineEvent, calendar_file
from cape_pipeline.clients.copies import ClientCopy, client_copies
from cape_pipeline.clients.known import Client, clients_of
from cape_pipeline.clients.names import client_snapshot, clients_folder
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.inert import inert_sql
from cape_pipeline.reconciliation_requests import request_files
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.builds import stale_tables
from cape_pipeline.warehouse.contract import Field
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
PAGE = "report.html"
WORKBOOK = "cape_position.xlsx"
PACKETS = "audit_packets"


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
    """Write tables, declarations, calendar, requests to CBP and documents under `out`, and a manifest of their hashes.

    Files of an earlier run that are no longer written are removed; files this pipeline did not write are left alone.

    Raises:
        UnusableDraft: a draft breaks a validation rule; nothing was written.
    """
    drafts = checked_drafts(con, line_ending)
    make_private(out / DECLARATIONS)
    before = _manifest(out)
    written = [_write_table(con, table_id, out) for table_id in EXPORTED]
    written += [_write_atomically(out / DECLARATIONS / name, content) for name, content in drafts.items()]
    written += _write_calendar(con, out)
    written += _write_all(out / REQUESTS, request_files(con))
    written += _write_documents(con, out)
    for name in before - {str(path.relative_to(out)) for path in written}:
        (out / name).unlink(missing_ok=True)
    _write_manifest(out, written)
    return written


def withdraw_files(out: Path) -> None:
    """Remove what an earlier run wrote directly under `out`, by its manifest, and the folders that are empty then."""
    written = _manifest(out)
    for name in written:
        (out / name).unlink(missing_ok=True)
    (out / MANIFEST).unlink(missing_ok=True)
    for folder in (out / DECLARATIONS, out / REQUESTS, out / PACKETS, out) if written else ():
        with suppress(OSError):  # somebody else's files lie there, or there is no such folder
            folder.rmdir()


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one client, or for all where clients are not kept apart."""

    client: Client | None
    folder: Path
    files: tuple[Path, ...]


def write_outputs(con: duckdb.DuckDBPyConnection, settings: Settings) -> list[Written]:
    """The files of everything under `out`; with several clients those of each in a folder of its own, and none mixed.

    Each client's snapshot is written with its files. A client that is gone, and the mixed files of a warehouse that
    had but one client, leave nothing behind of what was written for them.

    Args:
        con: the writer's connection to the finished warehouse.
        settings: `clients` names those whose files are wanted, by client_id or folder; empty for every one.

    Raises:
        UnknownClient: a client is wanted that there is not; nothing was written.
        UnusableDraft: a draft breaks a validation rule.
        BrokenPromise: a table of a client's copy breaks its contract or a claim.
    """
    clients = clients_of(con)
    wanted = clients.asked_for(settings.clients)
    _withdraw_others(settings, {client.folder for client in clients.apart})
    if not clients.apart:
        return [Written(None, settings.out, tuple(write_files(con, settings.out, settings.line_ending)))]
    withdraw_files(settings.out)
    return [_write_client(copy, settings) for copy in client_copies(con, settings, wanted)]


def _write_client(copy: ClientCopy, settings: Settings) -> Written:
    folder = settings.out / copy.client.folder
    files = write_files(copy.con, folder, settings.line_ending)
    snapshot = client_snapshot(settings.warehouse, copy.client.folder)
    make_private(snapshot.parent)
    write_snapshot(copy.con, snapshot, is_private=True)
    return Written(copy.client, folder, tuple(files))


def _withdraw_others(settings: Settings, folders: Collection[str]) -> None:
    """Remove files and snapshot of clients that are there no more; the folders of snapshots tell who there was."""
    known = clients_folder(settings.warehouse)
    for gone in sorted(known.iterdir()) if known.is_dir() else ():
        snapshot = client_snapshot(settings.warehouse, gone.name)
        if gone.name in folders or not snapshot.is_file():
            continue
        withdraw_files(settings.out / gone.name)
        snapshot.unlink()
        with suppress(OSError):
            gone.rmdir()
    if not folders:
        with suppress(OSError):
            known.rmdir()


def _write_table(con: duckdb.DuckDBPyConnection, table_id: str, out: Path) -> Path:
    """One table as CSV: UTF-8, comma, a header row, lists joined with a blank, no text that a spreadsheet executes."""
    contract = CONTRACTS[table_id]
    columns = ", ".join(f"{_csv_sql(field)} as {field.name}" for field in contract.fields)
    target = out / f"{contract.table()}.csv"
    temporary = _private_file(target)
    grain = ", ".join(f"rows.{name}" for name in contract.grain)
    con.execute(
        f"copy (select {columns} from {table_id} as rows order by {grain}) to '{_quoted(temporary)}'"
        " (format csv, header, use_tmp_file false)"
    )
    temporary.replace(target)
    return target


def _csv_sql(field: Field) -> str:
    column = f"rows.{field.name}"
    if field.sql_type == "VARCHAR[]":
        return inert_sql(f"array_to_string({column}, ' ')")
    return inert_sql(column) if field.sql_type == "VARCHAR" else column


def _write_calendar(con: duckdb.DuckDBPyConnection, out: Path) -> list[Path]:
    """The deadlines as an iCalendar file; none where there is no deadline, since an empty calendar is not valid."""
    columns = ", ".join(field.name for field in fields(DeadlineEvent))
    rows = con.execute(f"select {columns} from reports.calendar_events order by deadline_date, event_key").fetchall()
    if not rows:
        return []
    (as_of,) = con.execute("select as_of_date from registry.as_of").fetchall()[0]
    text = calendar_file([DeadlineEvent(*row) for row in rows], as_of)
    return [_write_atomically(out / CALENDAR, text)]


def _write_documents(con: duckdb.DuckDBPyConnection, out: Path) -> list[Path]:
    """The report, the workbook and the audit packets; none of them before there is a valuation day."""
    if con.execute("select 1 from registry.as_of").fetchone() is None:
        return []
    # imported when they are drawn: what writes them is heavy, and the code location must load quickly
    from cape_pipeline.audit_packets import audit_packets
    from cape_pipeline.report_page import report_page
    from cape_pipeline.workbook import workbook

    page = _write_atomically(out / PAGE, report_page(con))
    book = _write_atomically(out / WORKBOOK, workbook(con))
    return [page, book, *_write_all(out / PACKETS, audit_packets(con))]


def _write_all(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Files by their names; no folder where there is none."""
    if contents:
        make_private(folder)
    return [_write_atomically(folder / name, content) for name, content in contents.items()]


def make_private(folder: Path) -> None:
    """The folder and those above it; what is made here is the owner's alone, what stands is left as it is."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _private_file(target: Path) -> Path:
    """An empty file beside `target`, for the owner alone, to write to before it takes the target's place."""
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600, exist_ok=False)
    return temporary


def _write_atomically(target: Path, text: str | bytes) -> Path:
    temporary = _private_file(target)
    temporary.write_bytes(text if isinstance(text, bytes) else text.encode("ascii"))
    temporary.replace(target)
    return target


def _manifest(out: Path) -> set[str]:
    """Names of the files an earlier run wrote; a name that leads out of the folder was never one of them."""
    path = out / MANIFEST
    if not path.is_file():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        names = {row["file_name"] for row in csv.DictReader(file)}
    return {name for name in names if (out / name).resolve().is_relative_to(out.resolve())}


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
#: The assets that are files: what each is, how it is shown, and which of the written files it is.
FILE_ASSETS = {
    "reports.output_files": ("Report tables as CSV, drafted declarations, calendar, requests to CBP, manifest", "csv"),
    "reports.report_page": ("The position as one page that any browser opens without a network", "html"),
    "reports.workbook": ("The position as an Excel workbook for finance", "excel"),
    "reports.audit_packets": ("For each declaration a packet of what it rests on, for an auditor or CBP", "zip"),
}


def asset_of(file: Path) -> str:
    """The asset a written file belongs to."""
    names = {PAGE: "reports.report_page", WORKBOOK: "reports.workbook"}
    return "reports.audit_packets" if file.parent.name == PACKETS else names.get(file.name, "reports.output_files")


@dg.multi_asset(
    name="output_files",
    specs=[
        dg.AssetSpec(
            asset_key(name),
            # not only of the tables it shows: it refuses while any table is stale
            deps=ALL_TABLES,
            group_name="reports",
            description=f"{description}; of each client in a folder of its own where there are several",
            kinds={kind},
        )
        for name, (description, kind) in FILE_ASSETS.items()
    ],
)
def output_files(warehouse: Warehouse) -> Iterator[object]:
    """Write every file that leaves the pipeline; with several clients from a copy of each client's rows alone."""
    with said_for_people():
        refuse_stale(warehouse.connection)
        written = write_outputs(warehouse.connection, warehouse.settings)
        for name in FILE_ASSETS:
            files = [file for of_one in written for file in of_one.files if asset_of(file) == name]
            yield dg.MaterializeResult(
                asset_key=asset_key(name),
                metadata={
                    "path": dg.MetadataValue.path(warehouse.out),
                    "files": len(files),
                    "bytes": sum(file.stat().st_size for file in files),
                    "clients": sum(of_one.client is not None for of_one in written),
                },
            )


@dg.asset(
    key=asset_key("reports.analyst_snapshot"),
    deps=[*ALL_TABLES, *(asset_key(name) for name in FILE_ASSETS)],
    group_name="reports",
    kinds={"duckdb"},
)
def analyst_snapshot(warehouse: Warehouse) -> dg.MaterializeResult[Any]:
    """The read-only copy analysts query, swapped in whole after everything else; refused while any table is stale."""
    with said_for_people():
        refuse_stale(warehouse.connection)
        target = warehouse.settings.snapshot
        size = write_snapshot(warehouse.connection, target)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(target)), "bytes": size})
