"""The cells of received files as typed rows in a place of their own, from where they are judged and stored.

Belongs here: getting cells into DuckDB as text, running both readings, numbering rows. Does not belong here: what the
readings are (`usual_rows.py`, `conversion.py`), and whether rows are stored (`load.py`).

Files that look alike are read by one statement, which costs far less than one for each. The place is a database in
memory that is attached while it is needed; DuckDB moves to disk what does not fit under its memory limit.
"""

import csv
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import duckdb

from cape_pipeline.ace.conversion import FAULT_TYPE, quoted, typed_columns, typed_select
from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.ace.files import transcode
from cape_pipeline.ace.inspection import Inspection, clean_cell
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.ace.usual_rows import usual_select
from cape_pipeline.ace.workbook import forget_sheets, read_sheets

# Cells read beyond the header's, so that a row with too many is seen and not cut.
SPARE_CELLS = 8
# Stands for NULL in a text file, so that an empty cell ('') differs from a cell that is not there.
NO_CELL = "\x01"
PATTERN_SIGNS = frozenset("*?[]{}")
UTF8 = frozenset({"utf-8", "utf-8-sig"})
SHEET = "ace_received_sheet"
#: Makes a table of a SELECT over cells, of which a row has so many.
Make = Callable[[str, int], None]

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class _Place:
    """Names of the tables of one staging: all rows read quickly, the cells of those to read in full, these read."""

    schema: str

    @property
    def usual(self) -> str:
        return f"{self.schema}.usual_rows"

    @property
    def other_cells(self) -> str:
        return f"{self.schema}.other_cells"

    @property
    def others(self) -> str:
        return f"{self.schema}.other_rows"

    @property
    def files(self) -> str:
        return f"{self.schema}.files"

    @property
    def rows(self) -> str:
        return f"{self.schema}.received_rows"


@dataclass(frozen=True, slots=True)
class Staged:
    """Where the rows of files that are loaded together stand.

    `rows` has one row for each row of each file below its header: `file_at` (place of the file among them, from 0),
    `file_row_number` (from 0), `load_id`, `day_at` (place of the first file with the same run date; a file without one
    is alone), the typed columns, `other_cells`, `row_kind`, `faults` and `raw_row`. `headers_stand` says of each file
    whether its header stands where it was found.
    """

    rows: str
    headers_stand: tuple[bool, ...]


class NotTogether(Exception):
    """DuckDB cannot follow the text of one of several files: they must be read one by one."""


def are_alike(one: Inspection, other: Inspection) -> bool:
    """Whether both files can be read by one statement: clean text in UTF-8 with the same header in the same row."""
    return all(_reads_in_place(seen) for seen in (one, other)) and (
        (one.report.code, one.delimiter, one.header_row, one.headers, one.cell_of)
        == (other.report.code, other.delimiter, other.header_row, other.headers, other.cell_of)
    )


def _reads_in_place(seen: Inspection) -> bool:
    return seen.plain and seen.encoding in UTF8 and not PATTERN_SIGNS & set(str(seen.path))


@contextmanager
def staged(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection], folder: Path) -> Iterator[Staged]:
    """The rows of files that are alike, or of one file, for as long as one is inside; `folder` takes what is rewritten.

    A cursor of its own reads them, because a file that cannot be read would otherwise end the caller's transaction. The
    place has another name each time, because a transaction that has seen one sees no other of its name.

    Raises:
        NotTogether: one of several files is not cleanly cut.
        UnreadableExport: a single file cannot be cut into rows.
    """
    database = f"ace_received_{next(_numbers)}"
    place = _Place(f"{database}.main")
    with con.cursor() as cursor:
        cursor.execute(f"attach ':memory:' as {database}")
        try:
            for statement in macros_sql():
                cursor.execute(statement)
            with rows_in_order(cursor, kept=True):
                _read(cursor, place, together, folder)
            _number(cursor, place, together)
            _read_others(cursor, place, together[0])
            yield Staged(place.rows, _headers_stand(cursor, place, together))
        finally:
            cursor.execute(f"detach {database}")


@contextmanager
def rows_in_order(con: duckdb.DuckDBPyConnection, *, kept: bool) -> Iterator[None]:
    """Whether rows keep the order of the file while they are written, whatever the database's own setting.

    While they are numbered they must; afterwards they carry their number, and DuckDB compresses them as they come.
    """
    (before,) = con.execute("select current_setting('preserve_insertion_order')").fetchone() or (False,)
    con.execute(f"set preserve_insertion_order = {str(kept).lower()}")
    try:
        yield
    finally:
        with con.cursor() as other:  # the transaction may be one that an error has ended
            other.execute(f"set preserve_insertion_order = {str(before).lower()}")


# --- cells ----------------------------------------------------------------------------------------------------------


def read_cells(cursor: duckdb.DuckDBPyConnection, seen: Inspection, folder: Path, table: str) -> int:
    """Make `table` of the cells of one file as they stand, and return how many cells a row has.

    Columns `file_at` (0) and `c1`, `c2`, … of text; row n of the file is the row with the rowid n - 1. In a text file
    NULL (not '') is a cell that is not there, and there are more cells than the header has. `folder` takes what is
    rewritten. The caller keeps rows in order (`rows_in_order`).

    Raises:
        UnreadableExport: when the file cannot be cut into rows.
    """
    widths = []

    def make(stage: str, width: int) -> None:
        cursor.execute(f"create or replace table {table} as select file_at, {_cells(width)} from {stage}")
        widths.append(width)

    if seen.sheet_name is not None:
        _read_sheet(cursor, make, seen)
    else:
        _read_one(make, seen, folder)
    return widths[-1]


def _read(cursor: duckdb.DuckDBPyConnection, place: _Place, together: Sequence[Inspection], folder: Path) -> None:
    """Make the table of usual rows, which has a row for each row of the files, in their order."""
    first = together[0]

    def make(stage: str, width: int) -> None:
        cursor.execute(f"create or replace table {place.usual} as {usual_select(first, stage, width)}")

    if first.sheet_name is not None:
        _read_sheet(cursor, make, first)
    elif len(together) > 1:
        try:
            _read_text(make, first, [seen.path for seen in together], first.delimiter)
        except duckdb.Error as error:
            if _is_about_the_file(error):
                raise NotTogether from error
            raise
    else:
        _read_one(make, first, folder)


def _read_sheet(cursor: duckdb.DuckDBPyConnection, make: Make, seen: Inspection) -> None:
    try:
        frame = next(sheet.frame for sheet in read_sheets(seen.path, seen.encoding) if sheet.name == seen.sheet_name)
        cursor.register(SHEET, frame.to_arrow())
        try:
            make(f"(select 0 as file_at, {_cells(frame.width)} from {SHEET})", frame.width)
        finally:
            cursor.unregister(SHEET)
    finally:
        forget_sheets()


def _read_one(make: Make, seen: Inspection, folder: Path) -> None:
    """Read a clean file as it stands; rewrite it cell by cell first where DuckDB would cut or number rows otherwise.

    Line breaks inside quoted cells are such a case: DuckDB refuses them when it reads in parallel, and when it does
    not, it takes a quotation mark that never closes for a cell that holds the rest of the file.
    """
    if seen.plain:
        source = _readable_by_duckdb(seen, folder / "utf8.csv")
        try:
            return _read_text(make, seen, [source], seen.delimiter)
        except duckdb.Error as error:
            if not _is_about_the_file(error):
                raise
    source = folder / "cells.csv"
    _rewrite(seen, source, len(seen.headers) + SPARE_CELLS)
    try:
        return _read_text(make, seen, [source], None)
    except duckdb.Error as error:
        if not _is_about_the_file(error):
            raise
        raise UnreadableExport(
            seen.path, "a row of it is longer than any row of a report: look for a quotation mark that never closes"
        ) from error


def _readable_by_duckdb(seen: Inspection, copy: Path) -> Path:
    """The file itself, or a copy where its encoding is another or its name would be taken for a pattern."""
    if seen.encoding not in UTF8:
        transcode(seen.path, seen.encoding or "utf-8", copy)
        return copy
    if PATTERN_SIGNS & set(str(seen.path)):
        shutil.copyfile(seen.path, copy)
        return copy
    return seen.path


def _read_text(make: Make, seen: Inspection, paths: Sequence[Path], delimiter: str | None) -> None:
    """Without a delimiter, a file that `_rewrite` has written."""
    width = len(seen.headers) + SPARE_CELLS
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(1, width + 1))
    stage = f"""(
            select cast(file_index as integer) as file_at, {_cells(width)}
            from read_csv(
                [{", ".join(quoted(str(path)) for path in paths)}], auto_detect = false, header = false,
                delim = {quoted(delimiter or ",")}, quote = '"', escape = '"', nullstr = {quoted(NO_CELL)},
                null_padding = true, strict_mode = true, parallel = {str(delimiter is not None).lower()},
                columns = {{{columns}}}
            )
        )"""
    make(stage, width)


def _cells(width: int) -> str:
    return ", ".join(f"c{position}" for position in range(1, width + 1))


def _is_about_the_file(error: duckdb.Error) -> bool:
    """Whether DuckDB could not follow the text, rather than ran out of memory or lost the file."""
    return "CSV" in str(error) or "quote" in str(error)


def _rewrite(seen: Inspection, target: Path, width: int) -> None:
    """The file's records as a clean CSV, empty lines kept as rows with one empty cell.

    First as strictly as CSV is meant; where quotation marks stand in the wrong places, once more leniently, and then
    no cell may hold a line break: it would be a row swallowed by the one before.

    Raises:
        UnreadableExport: when quotation marks join several rows into one, one never closes, or a character is cut.
    """
    try:
        _copy_records(seen, target, width, strict=True)
    except (csv.Error, UnicodeError):
        try:
            _copy_records(seen, target, width, strict=False)
        except (csv.Error, UnicodeError) as error:
            raise UnreadableExport(
                seen.path, f"the file cannot be cut into rows ({error}): export it again, best as XLSX"
            ) from error


def _copy_records(seen: Inspection, target: Path, width: int, *, strict: bool) -> None:
    source = seen.path.open(encoding=seen.encoding or "utf-8", newline="")
    with source, target.open("w", encoding="utf-8", newline="") as out:
        reader = csv.reader(source, delimiter=seen.delimiter or ",", strict=strict)
        csv.writer(out).writerows(_records(reader, width, strict=strict))


def _records(rows: Iterable[list[str]], width: int, *, strict: bool) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        if not strict and any("\n" in cell or "\r" in cell for cell in row):
            raise csv.Error(f"in row {number} a quotation mark out of place joins several rows into one")
        cells = [cell.replace("\x00", "").replace(NO_CELL, "") for cell in row] or [""]
        yield cells if len(cells) <= width else [*cells[: width - 1], " ".join(cells[width - 1 :])]


# --- rows -----------------------------------------------------------------------------------------------------------


def _number(cursor: duckdb.DuckDBPyConnection, place: _Place, together: Sequence[Inspection]) -> None:
    """The files, each with the first of its rows: they stand one after the other, in the order of the files."""
    first_row = dict(cursor.execute(f"select file_at, min(rowid) from {place.usual} group by file_at").fetchall())
    days = [seen.report_run_date for seen in together]
    told = ", ".join(
        f"({at}, {quoted(seen.load_id)}, {at if days[at] is None else days.index(days[at])}, {first_row.get(at, 0)})"
        for at, seen in enumerate(together)
    )
    cursor.execute(
        f"""create or replace table {place.files} as
        select cast(file_at as integer) as file_at, load_id, day_at, cast(first_row as bigint) as first_row
        from (values {told}) as files (file_at, load_id, day_at, first_row)"""
    )


def _headers_stand(
    cursor: duckdb.DuckDBPyConnection, place: _Place, together: Sequence[Inspection]
) -> tuple[bool, ...]:
    """Whether the row where the header was found holds the header's cells."""
    row = together[0].header_row - 1
    found = dict(
        cursor.execute(
            f"select file_at, cells from {place.usual} as received join {place.files} using (file_at)"
            f" where received.rowid - first_row = {row}"
        ).fetchall()
    )
    return tuple(_is_header(seen, found.get(at)) for at, seen in enumerate(together))


def _is_header(seen: Inspection, cells: list[str | None] | None) -> bool:
    return cells is not None and all(
        clean_cell(cells[cell] or "") == seen.headers[cell] for cell in seen.cell_of.values()
    )


def _read_others(cursor: duckdb.DuckDBPyConnection, place: _Place, seen: Inspection) -> None:
    """Read in full the rows that are not usual, where there are any, and show them with the usual ones."""
    number = "cast(received.rowid - first_row as bigint)"
    below_header = f"received.rowid - first_row >= {seen.header_row}"
    typed = ", ".join([*typed_columns(seen), "other_cells"])
    rows = f"""
        select
            file_at, {number} as file_row_number, load_id, day_at, {typed},
            cast(null as varchar) as row_kind, cast(null as {FAULT_TYPE}[]) as faults, cast(null as varchar) as raw_row
        from {place.usual} as received join {place.files} using (file_at)
        where cells is null and {below_header}"""
    cursor.execute(
        f"""create or replace table {place.other_cells} as
        select file_at, {number} as file_row_number, cells
        from {place.usual} as received join {place.files} using (file_at)
        where cells is not null and {below_header}"""
    )
    if any_other := cursor.execute(f"select len(cells) from {place.other_cells} limit 1").fetchone():
        cells = ", ".join(f"cells[{position}] as c{position}" for position in range(1, any_other[0] + 1))
        stage = f"(select file_at, file_row_number, {cells} from {place.other_cells})"
        cursor.execute(f"create or replace table {place.others} as {typed_select(seen, stage, any_other[0])}")
        rows += f"""
        union all
        select file_at, file_row_number, load_id, day_at, {typed}, row_kind, faults, raw_row
        from {place.others} join {place.files} using (file_at)"""
    cursor.execute(f"create or replace view {place.rows} as {rows}")
