"""`cape check`: what the loader makes of a file, shown without loading it anywhere.

Belongs here: telling declarations and audit packets from what the loader takes, running the loader's own functions on a
database in memory, and printing what came of it. Does not belong here: any judgement of a cell or a row; those are the
loader's (`cape_pipeline/ace/`), so that both say the same, for a declaration those of
`cape_pipeline/declaration_check/`, and for a packet those of `cape_pipeline/audit_packets/`.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from cape_pipeline.ace import Inspection, LoadResult, TooManyRejected, UnreadableExport, inspect_file, load_file
from cape_pipeline.ace.conversion import quoted
from cape_pipeline.ace.given_run_dates import HOW_TO_DATE, WITHOUT_RUN_DATE
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.audit_packets.show import SUFFIX, PacketVerdict, check_packet, packet_json
from cape_pipeline.audit_packets.zip_file import UnusablePacket
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.declaration_check.checking import check_declaration, snapshot_connection
from cape_pipeline.declaration_check.received import received_file
from cape_pipeline.declaration_check.rules import RULES_OF_SUBMITTER, WITH_WAREHOUSE, shipped_rules
from cape_pipeline.declaration_check.show import DeclarationVerdict, declaration_json
from cape_pipeline.filing import Submitter
from cape_pipeline.layout import shown
from cape_pipeline.settings import Settings, UnusableSetting
from cape_pipeline.summary import SnapshotUnusable, snapshot_of
from cape_pipeline.warehouse.tables import create_table_sql

WHOLE, IN_PART, UNUSABLE = 0, 1, 2
SHOWN = 20
LONGEST_VALUE = 60
EVERY_ROW = 1.0
OF_A_REAL_LOAD = frozenset({"file_name", "load_number", "loaded_at", "is_raw_kept"})
#: A declaration in a state in which the loader takes it, too.
UPLOADED = "UPLOADED"
REASONS = {
    "required_value_missing": "empty, and no row can do without it",
    "entry_number_shape": "not a valid entry number",
    "digits_lost": "digits were lost in a spreadsheet",
    "date_unreadable": "not a date",
    "amount_unreadable": "not an amount",
    "number_unreadable": "not such a number",
    "code_unreadable": "not such a code",
    "value_not_in_vocabulary": "not one of the known values",
    "conflicting_row": "another row of the same key says otherwise",
    "row_shape": "the cells do not fit the header",
}
STATED = {
    "parameters_sheet": "stated on the Parameters sheet",
    "metadata_row": "stated above the header",
    "file_name": "from the file name",
}


@dataclass(frozen=True, slots=True)
class Unusable:
    """A file that cannot be read or recognised; the sentence names it."""

    path: Path
    sentence: str
    exit_code: int = UNUSABLE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the loader makes of a file: its row in ace.loads, its rows in ace.quarantine, and whether it is refused."""

    inspection: Inspection
    result: LoadResult
    load: dict[str, Any]
    quarantine: list[dict[str, Any]]
    refusal: str | None

    @property
    def path(self) -> Path:
        return self.inspection.path

    @property
    def exit_code(self) -> int:
        return IN_PART if self.quarantine or self.refusal else WHOLE

    @property
    def sentence(self) -> str:
        """What the loader would do."""
        if self.refusal:
            return f"The loader would refuse this file: {self.refusal}"
        loaded, aside = self.result.rows_loaded, self.result.rows_quarantined
        if aside:
            return f"The loader takes {_rows(loaded)} and sets {aside:,} aside"
        return f"The loader takes the whole file: {_rows(loaded)}"


def check_file(
    path: Path, settings: Settings, submitter: Submitter | None = None
) -> Verdict | DeclarationVerdict | PacketVerdict | Unusable:
    """Look at one file as the loader would, in memory and in a temporary folder; nothing else is written.

    A CAPE declaration, however damaged, is judged by the validation rules: what the loader would still take of one, CBP
    may refuse. The rules of entries and of identity go by the analysts' snapshot of `settings`, where there is one.

    A ZIP file is looked at as the audit packet of a declaration, by itself.

    Args:
        path: the file.
        settings: limits, and the warehouse beside which the snapshot lies.
        submitter: who uploads the declaration, where that is known.

    Raises:
        UnusableSetting: DuckDB does not understand the memory limit or the threads.
        RegistryError: the seeds, which hold the validation rules, cannot be used.
    """
    if path.suffix.lower() == SUFFIX:
        return _packet(path)
    try:
        inspection = inspect_file(path)
        if inspection.report_code == UPLOADED and (declaration := _declaration(path, settings, submitter)):
            return declaration
        with _tables_in_memory(settings) as con:
            result, refusal = _load(con, inspection, settings.reject_share)
            ((load,), quarantine) = _stored(con, "ace.loads"), _stored(con, "ace.quarantine")
    except UnreadableExport as error:
        return _declaration(path, settings, submitter) or Unusable(path, str(error))
    except duckdb.OutOfMemoryException:
        return Unusable(path, f"{path}: {settings.memory_limit} of memory are too little for it: set CAPE_MEMORY_LIMIT")
    except MemoryError:
        return Unusable(path, f"{path}: the memory of this machine is too little for it")
    return Verdict(inspection, result, load, quarantine, refusal)


@contextmanager
def _tables_in_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Empty tables of received rows, under the limits of the warehouse's own connection."""
    with tempfile.TemporaryDirectory(prefix="cape_check_") as spill, duckdb.connect() as con:
        try:
            # written out, not bound: the first bound value makes DuckDB import pandas, which takes longer than a check
            con.execute("set enable_progress_bar = false")
            con.execute(f"set threads = {settings.threads}")
            con.execute(f"set memory_limit = {quoted(settings.memory_limit)}")
            con.execute(f"set temp_directory = {quoted(spill)}")
            con.execute("set timezone = 'America/New_York'")
        except duckdb.Error as error:
            raise UnusableSetting(
                f"memory limit {settings.memory_limit} and {settings.threads} threads: {str(error).splitlines()[0]}"
            ) from error
        for macro in macros_sql():
            con.execute(macro)
        con.execute("create schema ace")
        for contract in CONTRACTS.values():
            if contract.source == "received":
                con.execute(create_table_sql(contract))
        yield con


def _load(con: duckdb.DuckDBPyConnection, inspection: Inspection, reject_share: float) -> tuple[LoadResult, str | None]:
    """The loader's own result and no refusal; or why it refuses the file, and the result as if it did not."""
    now = datetime.now(UTC)
    con.execute("begin")
    try:
        return load_file(con, inspection, 1, now, reject_share=reject_share), None
    except TooManyRejected as refused:
        con.execute("rollback")
        con.execute("begin")
        return load_file(con, inspection, 1, now, reject_share=EVERY_ROW), refused.reason


def _stored(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    contract = CONTRACTS[table]
    names = contract.column_names()
    columns, grain = ", ".join(names), ", ".join(contract.grain)
    rows = con.execute(f"select {columns} from {table} order by {grain}").fetchall()  # noqa: S608 (names of contracts)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _packet(path: Path) -> PacketVerdict | Unusable:
    try:
        return check_packet(path)
    except UnusablePacket as error:
        return Unusable(
            path, f"{path}: no audit packet: {error}. Exports in a ZIP file are unpacked before they are checked"
        )


def _declaration(path: Path, settings: Settings, submitter: Submitter | None) -> DeclarationVerdict | None:
    """The verdict on a declaration; None where the file is none."""
    try:
        received = received_file(path)
    except UnreadableExport:
        return None
    if received is None:
        return None
    rules = shipped_rules()
    unasked = () if submitter else RULES_OF_SUBMITTER
    not_run = [f"{' and '.join(unasked)}: say who uploads the file with --submitter"] if unasked else []
    try:
        with snapshot_connection(snapshot_of(settings)) as con:
            checked = check_declaration(con, received, rules, submitter, has_warehouse=True)
    except SnapshotUnusable as error:
        with snapshot_connection(None) as con:
            checked = check_declaration(con, received, rules, submitter, has_warehouse=False)
        unknown = [rule_id for rule_id in sorted(rules) if rule_id in WITH_WAREHOUSE and rule_id not in unasked]
        not_run.insert(0, f"{', '.join(unknown)} (entries and identity): {error}")
    return DeclarationVerdict(path, checked, tuple(not_run))


# --- for machines ---------------------------------------------------------------------------------------------------


def verdict_json(verdict: Verdict | DeclarationVerdict | PacketVerdict | Unusable) -> dict[str, Any]:
    """One file as plain data; every row set aside, each whole. Amounts and days are left to `default=str`."""
    if isinstance(verdict, DeclarationVerdict):
        return declaration_json(verdict)
    if isinstance(verdict, PacketVerdict):
        return packet_json(verdict)
    if isinstance(verdict, Unusable):
        return {"file": str(verdict.path), "verdict": "unusable", "sentence": verdict.sentence}
    told = {name: value for name, value in verdict.load.items() if name not in OF_A_REAL_LOAD}
    return {
        "file": str(verdict.path),
        "verdict": "refused" if verdict.refusal else "in_part" if verdict.quarantine else "whole",
        "sentence": verdict.sentence,
        "report_title": verdict.inspection.report.title,
        "table": verdict.inspection.table_id,
        **told,
        "rows_skipped": verdict.result.rows_skipped,
        "advice": verdict.inspection.advice(),
        "quarantine": [
            {
                "source_row": row["source_row"],
                "column_name": row["column_name"],
                "reason_code": row["reason_code"],
                "reason": REASONS[row["reason_code"]],
                "raw_value": row["raw_value"],
                "detail": row["detail"],
                "raw_row": json.loads(row["raw_row"]),
            }
            for row in verdict.quarantine
        ],
    }


# --- for people -----------------------------------------------------------------------------------------------------


def print_verdict(console: Console, verdict: Verdict) -> None:
    """One file: what it is, what is in it, what is wrong with it, and what the loader would do."""
    console.print(shown(str(verdict.path)), style="bold", soft_wrap=True)
    facts = _grid()
    for label, told in _facts(verdict):
        facts.add_row(label, shown(told))
    console.print(facts)
    if verdict.quarantine:
        console.print(shown(f"\n  Set aside, by row of the {'sheet' if verdict.load['sheet_name'] else 'file'}"))
        console.print(_faults(verdict))
        if (rest := len(verdict.quarantine) - SHOWN) > 0:
            console.print(shown(f"  and {rest:,} more; --json prints all of them, each with its whole row"))
    console.print(shown(f"\n{verdict.sentence}."))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    load, inspection, result = verdict.load, verdict.inspection, verdict.result
    report = inspection.report
    yield "  report", f"{report.code} ({report.title})"
    yield "  table", inspection.table_id
    sheet = f"sheet {load['sheet_name']}, " if load["sheet_name"] else ""
    yield "  header", f"{sheet}row {load['header_row']}"
    yield "  run date", _run_date(load)
    if load["asked_from_date"] or load["asked_to_date"]:
        yield "  asked for", f"{load['asked_from_date'] or 'any day'} to {load['asked_to_date'] or 'any day'}"
    yield "  columns", f"{len(load['columns_present'])} of the {len(report.columns)} known of this report"
    if load["columns_missing"]:
        yield "  not in it", _list([report.column(name).label for name in load["columns_missing"]])
    if load["columns_unknown"]:
        yield "  unknown", f"{_list(load['columns_unknown'])} (kept as received, used for nothing)"
    yield (
        "  rows",
        (
            f"{result.rows_read:,} read = {result.rows_loaded:,} loaded + {result.rows_quarantined:,} set aside"
            f"{_skipped(result.rows_skipped)}"
        ),
    )
    if load["control_total_usd"] is not None:
        yield "  control total", f"{load['control_total_usd']:,.2f} over the loaded rows, to compare with ACE"
    for sentence in inspection.advice():
        yield "  note", sentence


def _run_date(load: dict[str, Any]) -> str:
    if load["report_run_date"]:
        return f"{load['report_run_date']}, {STATED[load['report_run_date_basis']]}"
    if load["report_code"] in WITHOUT_RUN_DATE:
        return "none stated, none needed"
    return f"none stated: {HOW_TO_DATE}"


def _skipped(kinds: dict[str, int]) -> str:
    if not kinds:
        return ""
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    return f"; {sum(kinds.values()):,} skipped as no data ({told})"


def _faults(verdict: Verdict) -> Table:
    grid = _grid()
    for row in verdict.quarantine[:SHOWN]:
        told = f"{_column(verdict.inspection, row['column_name'])}: {REASONS[row['reason_code']]}"
        if row["raw_value"] is not None:
            told += f", found {_value(row['raw_value'])}"
        if row["detail"]:
            told += f" ({row['detail']})"
        grid.add_row(f"  {row['source_row']:>6}", shown(told))
    return grid


def _column(inspection: Inspection, name: str) -> str:
    """The header of the file itself, because that is where the reader looks."""
    return inspection.headers[inspection.cell_of[name]] if name in inspection.cell_of else name.replace("_", " ")


def _value(text: str) -> str:
    return repr(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
