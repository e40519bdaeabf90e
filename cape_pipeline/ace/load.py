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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.ace.conversion import quoted, typed_select
from cape_pipeline.ace.errors import TooManyRejected, UnreadableExport
from cape_pipeline.ace.files import transcode
from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.ace.workbook import forget_sheets, read_sheets

REJECT_SHARE = 0.05
REJECT_ROWS = 20
# Cells read beyond the header's, so that a row with too many is seen and not cut.
SPARE_CELLS = 8
# Stands for NULL in a text file, so that an empty cell ('') differs from a cell that is not there.
NO_CELL = "\x01"
PATTERN_SIGNS = frozenset("*?[]{}")
SHEET = "ace_received_sheet"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one file. rows_read = rows_loaded + rows_quarantined; `rows_skipped` were no data."""

    load_id: str
    report_code: str
    table_id: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_skipped: dict[str, int]
    faults: tuple[tuple[str, str, int], ...]


def load_file(
    con: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    load_number: int,
    loaded_at: datetime,
    *,
    reject_share: float = REJECT_SHARE,
    reject_rows: int = REJECT_ROWS,
) -> LoadResult:
    """Insert the file's rows into its table, the unusable ones into ace.quarantine, and the file into ace.loads.

    Runs inside the transaction the caller has begun, on tables the caller has made from the contracts; whether this
    sha256 was loaded before is the caller's question. `loaded_at` is stored as UTC.

    Raises:
        UnreadableExport: when the file cannot be cut into rows.
        TooManyRejected: when more than `reject_share` of the rows, and more than `reject_rows` rows, cannot be used.
            Either way the caller rolls back.
    """
    with tempfile.TemporaryDirectory(prefix="cape_ace_") as folder:
        rows = _typed_rows(con, inspection, Path(folder))
        _refuse_moved_header(con, inspection, rows)
        result = _counts(con, inspection, rows)
        if result.rows_quarantined > max(reject_rows, reject_share * result.rows_read):
            raise TooManyRejected(inspection.path, result.rows_read, result.rows_quarantined, result.faults)
        _store(con, inspection, rows, result, load_number, loaded_at)
    return result


# --- cells into typed rows ------------------------------------------------------------------------------------------


def _typed_rows(con: duckdb.DuckDBPyConnection, inspection: Inspection, folder: Path) -> str:
    """SQL for the file's typed rows: one for each row of the file, numbered by `file_row_number` from 0.

    They are written to a Parquet file by a cursor of their own, because a file that cannot be read would otherwise
    end the caller's transaction, and because Parquet numbers its rows.
    """
    target = folder / "rows.parquet"
    with con.cursor() as cursor, _file_order(cursor):
        for statement in macros_sql():
            cursor.execute(statement)
        if inspection.sheet_name is not None:
            _type_sheet(cursor, inspection, target)
        else:
            _type_text(cursor, inspection, folder, target)
    return f"read_parquet({quoted(str(target))}, file_row_number = true)"


@contextmanager
def _file_order(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Rows keep the order of the file while they are written, whatever the database's own setting."""
    (before,) = _one(cursor, "select current_setting('preserve_insertion_order')")
    cursor.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        cursor.execute(f"set preserve_insertion_order = {str(before).lower()}")


def _type_sheet(cursor: duckdb.DuckDBPyConnection, inspection: Inspection, target: Path) -> None:
    try:
        frame = next(sheet.frame for sheet in read_sheets(inspection.path) if sheet.name == inspection.sheet_name)
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
    header = con.execute(
        f"select row_kind from {rows} where file_row_number = ?", [inspection.header_row - 1]
    ).fetchone()
    if header != ("header",):
        raise UnreadableExport(
            inspection.path, f"the header is not in row {inspection.header_row} any more: the file has changed"
        )


def _counts(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> LoadResult:
    below_header = f"from {rows} where file_row_number >= {inspection.header_row}"
    rows_read, rejected = _one(
        con, f"select count(*) filter (row_kind is null), count(*) filter (faults is not null) {below_header}"
    )
    skipped = con.execute(
        f"select row_kind, count(*) {below_header} and row_kind is not null group by row_kind order by row_kind"
    ).fetchall()
    faults = con.execute(
        f"""select fault.column_name, fault.reason_code, count(*) as row_count
        from (select unnest(faults) as fault {below_header})
        group by fault.column_name, fault.reason_code
        order by row_count desc, fault.column_name, fault.reason_code"""
    ).fetchall()
    return LoadResult(
        load_id=inspection.load_id,
        report_code=inspection.report_code,
        table_id=inspection.table_id,
        rows_read=rows_read,
        rows_loaded=rows_read - rejected,
        rows_quarantined=rejected,
        rows_skipped=dict(skipped),
        faults=tuple(faults),
    )


def _store(
    con: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    rows: str,
    result: LoadResult,
    load_number: int,
    loaded_at: datetime,
) -> None:
    derived = ("importer_key",) if "importer_number" in inspection.cell_of else ()
    typed = {*inspection.columns_present, *derived}
    columns = [name for name in inspection.report.contract.column_names() if name in typed]
    data = f"file_row_number >= {inspection.header_row} and row_kind is null"
    con.execute(
        f"""insert into {inspection.table_id} (load_id, source_row, {", ".join(columns)})
        select ?, file_row_number + 1, {", ".join(columns)}
        from {rows}
        where {data} and faults is null""",
        [inspection.load_id],
    )
    entry_number = "entry_number" if "entry_number" in typed else "null"
    con.execute(
        f"""insert into ace.quarantine
            (load_id, source_row, report_code, entry_number, column_name, reason_code, raw_value, detail, raw_row)
        select ?, source_row, ?, entry_number, fault.column_name, fault.reason_code, fault.raw_value, fault.detail,
            raw_row
        from (
            select file_row_number + 1 as source_row, {entry_number} as entry_number, unnest(faults) as fault, raw_row
            from {rows}
            where {data} and faults is not null
        )""",
        [inspection.load_id, inspection.report_code],
    )
    told = {
        "load_id": inspection.load_id,
        "load_number": load_number,
        "report_code": inspection.report_code,
        "file_name": inspection.file_name,
        "report_run_date": inspection.report_run_date,
        "report_run_date_basis": inspection.report_run_date_basis,
        "sheet_name": inspection.sheet_name,
        "header_row": inspection.header_row,
        "columns_present": list(inspection.columns_present),
        "columns_missing": list(inspection.columns_missing),
        "columns_unknown": list(inspection.columns_unknown),
        "rows_read": result.rows_read,
        "rows_loaded": result.rows_loaded,
        "rows_quarantined": result.rows_quarantined,
        "rows_skipped": sum(result.rows_skipped.values()),
        "loaded_at": _utc(loaded_at),
    }
    con.execute(
        f"insert into ace.loads ({', '.join(told)}) values ({', '.join('?' for _ in told)})", list(told.values())
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The one row of a query that always has one."""
    (row,) = con.execute(query).fetchall()
    return row
