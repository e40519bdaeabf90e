"""One recognised file into the `ace` tables, inside the caller's transaction.

Belongs here: getting a file's cells into DuckDB as text, running the typed SELECT, storing rows, set-aside rows and
the load itself. Does not belong here: whether the file was loaded before, and committing or rolling back.
"""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.ace.conversion import WHOLE_ROW, quoted, typed_select
from cape_pipeline.ace.errors import TooManyRejected, UnreadableExport
from cape_pipeline.ace.files import transcode
from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.ace.repeated_keys import CONFLICT, QUARANTINE, REPEATED, judge_repeated_keys, set_aside_contradicted
from cape_pipeline.ace.reports import OncePer
from cape_pipeline.ace.workbook import forget_sheets, read_sheets

REJECT_SHARE = 0.05
#: A single row never stops a file, nor do so few rows of one importer stop a file of many.
ALLOWED_ROWS = 1
ALLOWED_ROWS_OF_IMPORTER = 20
# Cells read beyond the header's, so that a row with too many is seen and not cut.
SPARE_CELLS = 8
# Stands for NULL in a text file, so that an empty cell ('') differs from a cell that is not there.
NO_CELL = "\x01"
PATTERN_SIGNS = frozenset("*?[]{}")
SHEET = "ace_received_sheet"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one file. rows_read = rows_loaded + rows_quarantined; `rows_skipped` were no data.

    `rows_repeated` of the loaded rows equal an earlier row of the file in every cell and stand in the table once.
    """

    load_id: str
    report_code: str
    table_id: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_skipped: dict[str, int]
    faults: tuple[tuple[str, str, int], ...]
    rows_repeated: int
    control_total_usd: Decimal | None


def load_file(
    con: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    load_number: int,
    loaded_at: datetime,
    *,
    reject_share: float = REJECT_SHARE,
) -> LoadResult:
    """Insert the file's rows into its table, the unusable ones into ace.quarantine, and the file into ace.loads.

    Runs inside the transaction the caller has begun, on tables the caller has made from the contracts; whether this
    sha256 was loaded before is the caller's question. `loaded_at` is stored as UTC.

    Raises:
        UnreadableExport: when the file cannot be cut into rows.
        TooManyRejected: when more than `reject_share` of the rows cannot be used, of the file (a single row is allowed)
            or of one importer in it (twenty are). Either way the caller rolls back.
    """
    with tempfile.TemporaryDirectory(prefix="cape_ace_") as folder, _rows_in_order(con, kept=False):
        rows = _typed_rows(con, inspection, Path(folder))
        _refuse_moved_header(con, inspection, rows)
        judge_repeated_keys(con, inspection, rows)
        result = _counts(con, inspection, rows)
        _refuse_too_many(con, inspection, rows, result, reject_share)
        _store(con, inspection, rows, result, load_number, loaded_at)
        set_aside_contradicted(con, inspection)
    return result


# --- cells into typed rows ------------------------------------------------------------------------------------------


def _typed_rows(con: duckdb.DuckDBPyConnection, inspection: Inspection, folder: Path) -> str:
    """SQL for the file's typed rows: one for each row of the file, numbered by `file_row_number` from 0.

    They are written to a Parquet file by a cursor of their own, because a file that cannot be read would otherwise
    end the caller's transaction, and because Parquet numbers its rows.
    """
    target = folder / "rows.parquet"
    with con.cursor() as cursor, _rows_in_order(cursor, kept=True):
        for statement in macros_sql():
            cursor.execute(statement)
        if inspection.sheet_name is not None:
            _type_sheet(cursor, inspection, target)
        else:
            _type_text(cursor, inspection, folder, target)
    return f"read_parquet({quoted(str(target))}, file_row_number = true)"


@contextmanager
def _rows_in_order(con: duckdb.DuckDBPyConnection, *, kept: bool) -> Iterator[None]:
    """Whether rows keep the order of the file while they are written, whatever the database's own setting.

    While they are numbered they must; afterwards they carry their number, and DuckDB compresses them as they come.
    """
    (before,) = _one(con, "select current_setting('preserve_insertion_order')")
    con.execute(f"set preserve_insertion_order = {str(kept).lower()}")
    try:
        yield
    finally:
        con.execute(f"set preserve_insertion_order = {str(before).lower()}")


def _type_sheet(cursor: duckdb.DuckDBPyConnection, inspection: Inspection, target: Path) -> None:
    try:
        frame = next(
            sheet.frame
            for sheet in read_sheets(inspection.path, inspection.encoding)
            if sheet.name == inspection.sheet_name
        )
        cursor.register(SHEET, frame.to_arrow())
        _write(cursor, typed_select(inspection, SHEET, frame.width), target)
    finally:
        forget_sheets()


def _type_text(cursor: duckdb.DuckDBPyConnection, inspection: Inspection, folder: Path, target: Path) -> None:
    """Read a clean file as it stands; rewrite it cell by cell first where DuckDB would cut or number rows otherwise.

    Line breaks inside quoted cells are such a case: DuckDB refuses them when it reads in parallel, and when it does
    not, it takes a quotation mark that never closes for a cell that holds the rest of the file.
    """
    width = len(inspection.headers) + SPARE_CELLS
    if inspection.plain:
        source = _readable_by_duckdb(inspection, folder / "utf8.csv")
        try:
            return _write(cursor, _select_text(inspection, source, width, inspection.delimiter), target)
        except duckdb.Error as error:
            if not _is_about_the_file(error):
                raise
    source = folder / "cells.csv"
    _rewrite(inspection, source, width)
    return _write(cursor, _select_text(inspection, source, width, None), target)


def _readable_by_duckdb(inspection: Inspection, copy: Path) -> Path:
    """The file itself, or a copy where its encoding is another or its name would be taken for a pattern."""
    if inspection.encoding not in ("utf-8", "utf-8-sig"):
        transcode(inspection.path, inspection.encoding or "utf-8", copy)
        return copy
    if PATTERN_SIGNS & set(str(inspection.path)):
        shutil.copyfile(inspection.path, copy)
        return copy
    return inspection.path


def _select_text(inspection: Inspection, source: Path, width: int, delimiter: str | None) -> str:
    """The typed SELECT over a text file; without a delimiter, over one that `_rewrite` has written."""
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(1, width + 1))
    stage = f"""read_csv(
            {quoted(str(source))}, auto_detect = false, header = false, delim = {quoted(delimiter or ",")},
            quote = '"', escape = '"', nullstr = {quoted(NO_CELL)}, null_padding = true, strict_mode = true,
            parallel = {str(delimiter is not None).lower()}, columns = {{{columns}}}
        )"""
    return typed_select(inspection, stage, width)


def _is_about_the_file(error: duckdb.Error) -> bool:
    """Whether DuckDB could not follow the text, rather than ran out of memory or lost the file."""
    return "CSV" in str(error) or "quote" in str(error)


def _write(cursor: duckdb.DuckDBPyConnection, select: str, target: Path) -> None:
    cursor.execute(f"copy ({select}) to {quoted(str(target))} (format parquet)")


def _rewrite(inspection: Inspection, target: Path, width: int) -> None:
    """The file's records as a clean CSV, empty lines kept as rows with one empty cell.

    First as strictly as CSV is meant; where quotation marks stand in the wrong places, once more leniently, and then
    no cell may hold a line break: it would be a row swallowed by the one before.

    Raises:
        UnreadableExport: when quotation marks join several rows into one, one never closes, or a character is cut.
    """
    try:
        _copy_records(inspection, target, width, strict=True)
    except (csv.Error, UnicodeError):
        try:
            _copy_records(inspection, target, width, strict=False)
        except (csv.Error, UnicodeError) as error:
            raise UnreadableExport(
                inspection.path, f"the file cannot be cut into rows ({error}): export it again, best as XLSX"
            ) from error


def _copy_records(inspection: Inspection, target: Path, width: int, *, strict: bool) -> None:
    source = inspection.path.open(encoding=inspection.encoding or "utf-8", newline="")
    with source, target.open("w", encoding="utf-8", newline="") as out:
        reader = csv.reader(source, delimiter=inspection.delimiter or ",", strict=strict)
        csv.writer(out).writerows(_records(reader, width, strict=strict))


def _records(rows: Iterable[list[str]], width: int, *, strict: bool) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        if not strict and any("\n" in cell or "\r" in cell for cell in row):
            raise csv.Error(f"in row {number} a quotation mark out of place joins several rows into one")
        cells = [cell.replace("\x00", "").replace(NO_CELL, "") for cell in row] or [""]
        yield cells if len(cells) <= width else [*cells[: width - 1], " ".join(cells[width - 1 :])]


# --- typed rows into tables -----------------------------------------------------------------------------------------


def _refuse_moved_header(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> None:
    """The row where the header was found must read as the header; otherwise no row could be named.

    Raises:
        UnreadableExport: when it does not: the file has changed since it was inspected.
    """
    header = con.execute(f"select row_kind from {rows} where file_row_number = {inspection.header_row - 1}").fetchone()
    if header != ("header",):
        raise UnreadableExport(
            inspection.path, f"the header is not in row {inspection.header_row} any more: the file has changed"
        )


def _counts(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> LoadResult:
    below_header = f"from {rows} where file_row_number >= {inspection.header_row}"
    amount = inspection.report.control_total
    total = f"sum({amount}) filter (row_kind is null and faults is null)" if amount in inspection.cell_of else "null"
    data, rejected, control_total = _one(
        con,
        f"""select count(*) filter (row_kind is null), count(*) filter (faults is not null),
            cast({total} as decimal(18, 2)) {below_header}""",
    )
    skipped = dict(
        con.execute(
            f"select row_kind, count(*) {below_header} and row_kind is not null group by row_kind order by row_kind"
        ).fetchall()
    )
    repeated, conflicting, repeated_usd = _one(
        con,
        f"""select count(*) filter (is_equal), count(*) filter (not is_equal),
            cast(coalesce(sum(amount_usd), 0) as decimal(18, 2)) from {REPEATED}""",
    )
    faults = con.execute(
        f"""select fault.column_name, fault.reason_code, count(*) as row_count
        from (select unnest(faults) as fault {below_header})
        group by fault.column_name, fault.reason_code
        order by row_count desc, fault.column_name, fault.reason_code"""
    ).fetchall()
    if conflicting:
        faults.append((WHOLE_ROW, CONFLICT, conflicting))
    return LoadResult(
        load_id=inspection.load_id,
        report_code=inspection.report_code,
        table_id=inspection.table_id,
        rows_read=data,
        rows_loaded=data - rejected - conflicting,
        rows_quarantined=rejected + conflicting,
        rows_skipped=skipped,
        faults=tuple(sorted(faults, key=lambda fault: (-fault[2], fault[0], fault[1]))),
        rows_repeated=repeated,
        control_total_usd=None if control_total is None else control_total - repeated_usd,
    )


def _refuse_too_many(
    con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str, result: LoadResult, reject_share: float
) -> None:
    """Judge the share of rows set aside, of the file and of each importer in it (P5)."""
    if result.rows_quarantined > max(ALLOWED_ROWS, reject_share * result.rows_read):
        raise TooManyRejected(inspection.path, result.rows_read, result.rows_quarantined, result.faults)
    if result.rows_quarantined <= ALLOWED_ROWS_OF_IMPORTER or "importer_number" not in inspection.cell_of:
        return
    worst = con.execute(
        f"""select importer_key, count(*) as rows_read, count(*) filter (is_set_aside) as rows_rejected
        from (
            select importer_key, faults is not null or repeated.is_equal is false as is_set_aside
            from {rows} as received
            left join {REPEATED} as repeated using (file_row_number)
            where file_row_number >= {inspection.header_row} and row_kind is null and importer_key is not null
        )
        group by importer_key
        having rows_rejected > greatest({ALLOWED_ROWS_OF_IMPORTER}, {reject_share} * rows_read)
        order by rows_rejected / rows_read desc, importer_key limit 1"""
    ).fetchone()
    if worst:
        importer, read, rejected = worst
        raise TooManyRejected(inspection.path, read, rejected, result.faults, of=f"importer …{importer[-4:]}")


def _store(
    con: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    rows: str,
    result: LoadResult,
    load_number: int,
    loaded_at: datetime,
) -> None:
    derived = ("importer_key",) if "importer_number" in inspection.cell_of else ()
    typed = {*inspection.columns_present, *derived, "other_cells"}
    columns = [name for name in inspection.report.contract.column_names() if name in typed]
    usable = f"""from {rows}
        where file_row_number >= {inspection.header_row} and row_kind is null and faults is null
          and file_row_number not in (select file_row_number from {REPEATED})"""
    load_id = quoted(inspection.load_id)
    con.execute(
        f"""insert into {inspection.table_id} (load_id, source_row, {", ".join(columns)})
        select {load_id}, file_row_number + 1, {", ".join(columns)}
        {usable}"""
    )
    for grain, into in inspection.report.once_per.items():
        _store_once(con, inspection, usable, grain, into)
    _store_faults(con, inspection, rows, "entry_number" if "entry_number" in typed else "null")
    told = {
        "load_id": inspection.load_id,
        "load_number": load_number,
        "report_code": inspection.report_code,
        "file_name": inspection.file_name,
        "report_run_date": inspection.report_run_date,
        "report_run_date_basis": inspection.report_run_date_basis,
        "asked_from_date": inspection.asked_for.first_day,
        "asked_to_date": inspection.asked_for.last_day,
        "sheet_name": inspection.sheet_name,
        "header_row": inspection.header_row,
        "columns_present": list(inspection.columns_present),
        "columns_missing": list(inspection.columns_missing),
        "columns_unknown": list(inspection.columns_unknown),
        "rows_read": result.rows_read,
        "rows_loaded": result.rows_loaded,
        "rows_quarantined": result.rows_quarantined,
        "rows_skipped": sum(result.rows_skipped.values()),
        "control_total_usd": result.control_total_usd,
        "loaded_at": _utc(loaded_at),
    }
    con.execute(
        f"insert into ace.loads ({', '.join(told)}) values ({', '.join(literal(value) for value in told.values())})"
    )


def _store_once(con: duckdb.DuckDBPyConnection, inspection: Inspection, usable: str, grain: str, into: OncePer) -> None:
    """Amounts that the report repeats on every row of a key: each different set of them once, with its first row."""
    amounts = [c.name for c in inspection.report.columns if c.per == grain and c.name in inspection.cell_of]
    if not amounts:
        return
    columns = ", ".join((*into.key, *amounts))
    some = " or ".join(f"{name} is not null" for name in amounts)
    con.execute(
        f"""insert into {into.contract.table_id()} (load_id, source_row, {columns})
        select {quoted(inspection.load_id)}, min(file_row_number) + 1, {columns}
        {usable} and ({some})
        group by {columns}"""
    )


def _store_faults(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str, entry_number: str) -> None:
    con.execute(
        f"""insert into {QUARANTINE}
        select {quoted(inspection.load_id)}, source_row, {quoted(inspection.report_code)}, entry_number,
            fault.column_name, fault.reason_code, fault.raw_value, fault.detail, raw_row
        from (
            select file_row_number + 1 as source_row, {entry_number} as entry_number, unnest(faults) as fault, raw_row
            from {rows}
            where file_row_number >= {inspection.header_row} and row_kind is null and faults is not null
        )"""
    )


def literal(value: object) -> str:
    """A value as SQL text. The first bound value makes DuckDB import pandas, which takes longer than many a load."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]::varchar[]"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp {quoted(value.isoformat(sep=' '))}"
    if isinstance(value, date):
        return f"date {quoted(value.isoformat())}"
    return quoted(str(value))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The one row of a query that always has one."""
    (row,) = con.execute(query).fetchall()
    return row
