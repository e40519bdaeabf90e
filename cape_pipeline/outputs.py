"""The files that leave the pipeline, written whole or not at all, for all or for each client.

Belongs here: which files there are, their names and folders, and writing them. Does not belong here: any figure, each
is read from a table; what stands in a document (its own package); when they are written (`assets/reports.py`).
"""

import csv
import hashlib
import shutil
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from cape_pipeline.calendar_file import MOST_EVENTS, DeadlineEvent, calendar_file
from cape_pipeline.clients.copies import ClientCopy, client_copies
from cape_pipeline.clients.known import Client, clients_of
from cape_pipeline.clients.names import client_snapshot, clients_folder
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.durable import draft_of, flush, replace_whole
from cape_pipeline.inert import inert_sql
from cape_pipeline.reconciliation_requests import request_files
from cape_pipeline.settings import AUDIT_PACKETS, CSV_ROWS, WORKBOOK_ROWS, Settings
from cape_pipeline.warehouse.contract import Field
from cape_pipeline.warehouse.held import held_views
from cape_pipeline.warehouse.snapshot import withdraw_snapshot, write_snapshot

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
#: Views that files, report and workbook read again and again, and that cost more to compute than to keep meanwhile.
HELD = (
    "refunds.interest_accruals",
    "refunds.entry_interest",
    "refunds.accrued_interest",
    "reports.deadline_calendar",
    "reports.calendar_events",
    "reports.receivable_entries",
    "reports.receivable_movements",
    "reports.interest_by_period",
)
#: Entries of which these views are held in memory; at a million they take 2 GB there, which is the whole limit.
MOST_HELD_IN_MEMORY = 500_000
MANIFEST = "manifest.csv"
#: The folder in which the next files are written before any of those that stand is touched.
BEING_WRITTEN = ".being_written"
#: While files change places: the names of those before and those after, because there is no manifest then.
CHANGING = ".manifest_changing.csv"
NOT_WRITTEN = "tables_not_written.csv"
DECLARATIONS = "declarations"
REQUESTS = "reconciliation_requests"
CALENDAR = "deadlines.ics"
PAGE = "report.html"
WORKBOOK = "cape_position.xlsx"
PACKETS = "audit_packets"


def write_files(
    con: duckdb.DuckDBPyConnection,
    out: Path,
    line_ending: str,
    *,
    csv_rows: int = CSV_ROWS,
    workbook_rows: int = WORKBOOK_ROWS,
    most_packets: int = AUDIT_PACKETS,
) -> list[Path]:
    """Write tables, declarations, calendar, requests to CBP and documents under `out`, and a manifest of their hashes.

    All of them are written whole, and are on the disk, before the first takes its place: what goes wrong until then
    leaves the files before, with their manifest. While they change places, which is renaming alone, there is no
    manifest; so where one stands, every file it names is there with its hash, also after a crash.

    Files of an earlier run that are no longer written are removed; files this pipeline did not write are left alone.

    Args:
        con: the finished warehouse, or a client's copy of it.
        out: the folder, made if it is new.
        line_ending: of drafted declarations, `crlf` or `lf`.
        csv_rows: a table of more rows is not written; `tables_not_written.csv` names it.
        workbook_rows: of a table in the workbook; no workbook if 0.
        most_packets: of more declarations no audit packets are written.

    Raises:
        UnusableDraft: a draft breaks a validation rule; nothing was written.
        OSError, duckdb.Error: no room or no permission.
    """
    drafts = checked_drafts(con, line_ending)
    make_private(out / DECLARATIONS)
    _clear_what_was_left(out)
    new = out / BEING_WRITTEN
    make_private(new / DECLARATIONS)
    try:
        written = _write_tables(con, new, csv_rows)
        written += [_write(new / DECLARATIONS / name, content) for name, content in drafts.items()]
        written += _write_calendar(con, new)
        written += _write_all(new / REQUESTS, request_files(con))
        written += _write_documents(con, new, workbook_rows, most_packets)
        for path in written:
            flush(path)
        names = [path.relative_to(new) for path in written]
        _put_in_place(out, names)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [out / name for name in names]


def withdraw_files(out: Path) -> None:
    """Remove what an earlier run wrote directly under `out`, by its manifest, and the folders that are empty then."""
    written = _known(out)
    if written:
        _begin_to_change(out, written)
    for name in written:
        (out / name).unlink(missing_ok=True)
    (out / CHANGING).unlink(missing_ok=True)
    _clear_what_was_left(out)
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
        return [Written(None, settings.out, tuple(_write_as_set(con, settings.out, settings)))]
    withdraw_files(settings.out)
    return [_write_client(copy, settings) for copy in client_copies(con, settings, wanted)]


def _write_as_set(con: duckdb.DuckDBPyConnection, out: Path, settings: Settings) -> list[Path]:
    ((entry_count,),) = con.execute("select count(*) from entries.eligibility").fetchall()
    with held_views(con, HELD, CONTRACTS, is_large=entry_count > MOST_HELD_IN_MEMORY):
        return write_files(
            con,
            out,
            settings.line_ending,
            csv_rows=settings.csv_rows,
            workbook_rows=settings.workbook_rows,
            most_packets=settings.audit_packets,
        )


def _write_client(copy: ClientCopy, settings: Settings) -> Written:
    folder = settings.out / copy.client.folder
    files = _write_as_set(copy.con, folder, settings)
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
        withdraw_snapshot(snapshot)
        with suppress(OSError):
            gone.rmdir()
    if not folders:
        with suppress(OSError):
            known.rmdir()


def _write_tables(con: duckdb.DuckDBPyConnection, out: Path, most_rows: int) -> list[Path]:
    """Every exported table that a spreadsheet could still open, and a list of those it could not."""
    row_counts = {table_id: con.execute(f"select count(*) from {table_id}").fetchall()[0][0] for table_id in EXPORTED}
    written = [_write_table(con, table_id, out) for table_id in EXPORTED if row_counts[table_id] <= most_rows]
    left = [(table_id, row_count) for table_id, row_count in row_counts.items() if row_count > most_rows]
    if not left:
        return written
    lines = ["table,row_count", *(f"{table_id},{row_count}" for table_id, row_count in left)]
    return [*written, _write(out / NOT_WRITTEN, "\r\n".join(lines) + "\r\n")]


def _write_table(con: duckdb.DuckDBPyConnection, table_id: str, out: Path) -> Path:
    """One table as CSV: UTF-8, comma, a header row, lists joined with a blank, no text that a spreadsheet executes."""
    contract = CONTRACTS[table_id]
    columns = ", ".join(f"{_csv_sql(field)} as {field.name}" for field in contract.fields)
    target = _private_file(out / f"{contract.table()}.csv")
    grain = ", ".join(f"rows.{name}" for name in contract.grain)
    con.execute(
        f"copy (select {columns} from {table_id} as rows order by {grain}) to '{_quoted(target)}'"
        " (format csv, header, use_tmp_file false)"
    )
    return target


def _csv_sql(field: Field) -> str:
    column = f"rows.{field.name}"
    if field.sql_type == "VARCHAR[]":
        return inert_sql(f"array_to_string({column}, ' ')")
    return inert_sql(column) if field.sql_type == "VARCHAR" else column


def _write_calendar(con: duckdb.DuckDBPyConnection, out: Path) -> list[Path]:
    """The nearest deadlines as an iCalendar file; none where there is no deadline: an empty calendar is not valid."""
    columns = ", ".join(field.name for field in fields(DeadlineEvent))
    rows = con.execute(
        f"select count(*) over () as event_count, {columns} from reports.calendar_events"
        " order by deadline_date < as_of_date, abs(deadline_date - as_of_date), event_key limit $most",
        {"most": MOST_EVENTS},
    ).fetchall()
    if not rows:
        return []
    (as_of,) = con.execute("select as_of_date from registry.as_of").fetchall()[0]
    events = sorted((DeadlineEvent(*row[1:]) for row in rows), key=lambda event: (event.deadline_date, event.event_key))
    return [_write(out / CALENDAR, calendar_file(events, as_of, rows[0][0] - len(rows)))]


def _write_documents(con: duckdb.DuckDBPyConnection, out: Path, workbook_rows: int, most_packets: int) -> list[Path]:
    """The report, the workbook and the audit packets; none of them before there is a valuation day."""
    if con.execute("select 1 from registry.as_of").fetchone() is None:
        return []
    # imported when they are drawn: what writes them is heavy, and the code location must load quickly
    from cape_pipeline.audit_packets import audit_packets
    from cape_pipeline.report_page import report_page
    from cape_pipeline.workbook import workbook

    written = [_write(out / PAGE, report_page(con))]
    if workbook_rows:
        written.append(_write(out / WORKBOOK, workbook(con, most_rows=workbook_rows)))
    # beyond a number nobody reads them all, and each is written when it is asked for (`cape packet`)
    (declaration_count,) = con.execute("select count(*) from refunds.declarations").fetchone() or (0,)
    packets = audit_packets(con) if declaration_count <= most_packets else {}
    return [*written, *_write_all(out / PACKETS, packets)]


def _write_all(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Files by their names; no folder where there is none."""
    if contents:
        make_private(folder)
    return [_write(folder / name, content) for name, content in contents.items()]


def make_private(folder: Path) -> None:
    """The folder and those above it; what is made here is the owner's alone, what stands is left as it is."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _private_file(path: Path) -> Path:
    """An empty file for the owner alone, to be written to."""
    path.touch(mode=0o600, exist_ok=False)
    return path


def _write(path: Path, content: str | bytes) -> Path:
    _private_file(path).write_bytes(content if isinstance(content, bytes) else content.encode("ascii"))
    return path


def _put_in_place(out: Path, names: list[Path]) -> None:
    """Let the new files take their places, take away those that are not among them, and write the manifest."""
    new, now = out / BEING_WRITTEN, {name.as_posix() for name in names}
    manifest = ["file_name,sha256"]
    for name in sorted(names):
        with (new / name).open("rb") as file:
            manifest.append(f"{name.as_posix()},{hashlib.file_digest(file, 'sha256').hexdigest()}")
    before = _known(out)
    _begin_to_change(out, before | now)
    for name in names:
        make_private((out / name).parent)
        (new / name).replace(out / name)
    for gone in before - now:
        (out / gone).unlink(missing_ok=True)
    for folder in {(out / name).parent for name in names}:
        flush(folder)
    replace_whole(out / MANIFEST, "\r\n".join(manifest) + "\r\n")
    (out / CHANGING).unlink()


def _begin_to_change(out: Path, names: Iterable[str]) -> None:
    """Take the manifest away; which files are the pipeline's is known still, so that none is left behind by a crash."""
    replace_whole(out / CHANGING, "\r\n".join(["file_name", *sorted(names)]) + "\r\n")
    (out / MANIFEST).unlink(missing_ok=True)
    flush(out)


def _clear_what_was_left(out: Path) -> None:
    """Remove what a run that was killed had begun to write."""
    shutil.rmtree(out / BEING_WRITTEN, ignore_errors=True)
    for name in (MANIFEST, CHANGING):
        draft_of(out / name).unlink(missing_ok=True)


def _known(out: Path) -> set[str]:
    """Names of the files an earlier run wrote; a name that leads out of the folder was never one of them."""
    names = set()
    for path in (out / MANIFEST, out / CHANGING):
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                names |= {row["file_name"] for row in csv.DictReader(file)}
    return {name for name in names if (out / name).resolve().is_relative_to(out.resolve())}


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
