"""Recognising a received file: which report, where its header stands, which header is which column, when it was run.

Belongs here: everything that is decided by looking at a file's first rows. Does not belong here: reading its rows
(`load.py`), and the reports themselves (`reports.toml`).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from cape_pipeline.ace.errors import UnknownExport, UnreadableExport
from cape_pipeline.ace.files import Scan, scan
from cape_pipeline.ace.reports import Report, normalise_header, quoted_list, report_book
from cape_pipeline.ace.run_date import AskedFor, Basis, RunDate, find_asked_for, find_run_date
from cape_pipeline.ace.workbook import Sheet, read_sheets

HEADER_ROWS = 60
#: Cells that a header may have: many times those of any report, and what one statement still reads in a second.
MOST_COLUMNS = 1_000
DELIMITERS = (",", "\t", ";", "|")
BLANKS = " \t\r\n\u00a0\u200b\ufeff\x00\x1a"


@dataclass(frozen=True)
class Inspection:
    """A recognised file. Rows are counted from 1, cells from 0.

    `sheet_name` and `delimiter` exclude each other: a workbook has the one, a text file the other.
    """

    path: Path
    load_id: str
    report: Report
    sheet_name: str | None
    delimiter: str | None
    encoding: str | None
    plain: bool
    header_row: int
    headers: tuple[str, ...]
    cell_of: dict[str, int]
    columns_unknown: tuple[str, ...]
    run_date: RunDate
    asked_for: AskedFor

    @property
    def file_name(self) -> str:
        return self.path.name

    @property
    def report_code(self) -> str:
        return self.report.code

    @property
    def table_id(self) -> str:
        """Table the rows go to."""
        return self.report.contract.table_id()

    @property
    def report_run_date(self) -> date | None:
        return self.run_date.day

    @property
    def report_run_date_basis(self) -> Basis:
        return self.run_date.basis

    @property
    def columns_present(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.report.columns if column.name in self.cell_of)

    @property
    def columns_missing(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.report.columns if column.name not in self.cell_of)

    def advice(self) -> list[str]:
        """One sentence for each thing that cannot be told because columns are missing, with how to add them."""
        consequences: dict[str, list[str]] = {}
        for name in self.columns_missing:
            column = self.report.column(name)
            if column.without:
                consequences.setdefault(column.without, []).append(name)
        return [self._advice(names, consequence) for consequence, names in consequences.items()]

    def _advice(self, names: list[str], consequence: str) -> str:
        columns = tuple(self.report.column(name) for name in names)
        labels = quoted_list([column.label for column in columns])
        noun = "column" if len(columns) == 1 else "columns"
        return f"{self.file_name} has no {noun} {labels}: {consequence}. {self.report.how_to_add(columns)}"


@dataclass(frozen=True)
class _Grid:
    """The first rows of a sheet, or of a text file read with one delimiter."""

    sheet_name: str | None
    delimiter: str | None
    rows: list[list[str]]


@dataclass(frozen=True)
class _Match:
    """One row read as the header of one report."""

    grid: _Grid
    row: int
    report: Report
    cell_of: dict[str, int]
    complete: bool

    @property
    def share(self) -> float:
        """How much of what the report needs is there."""
        needed = self.report.needed
        return sum(column.name in self.cell_of for column in needed) / len(needed)

    @property
    def likeness(self) -> float:
        """That, for each column of the report that is there: a list of one column is like no export of thirty."""
        return self.share * len(self.cell_of)


def inspect_file(path: Path) -> Inspection:
    """Recognise a file by its headers, wherever the header row stands and whatever the file is called.

    Reads the whole file once (its hash is its identity) but types none of its rows.

    Raises:
        UnknownExport: no report fits its headers, or one does but lacks a column its table cannot be built without.
        UnreadableExport: the file is missing, empty, cut off or damaged, or more than one report fits its headers.
    """
    _refuse_name(path)
    scanned = scan(path)
    grids = _text_grids(scanned) if scanned.is_text else _workbook_grids(path, scanned.encoding)
    match = _recognise(path, grids)
    inspection = _inspection(path, scanned, match, [grid for grid in grids if grid.sheet_name != match.grid.sheet_name])
    if inspection.delimiter is not None:
        if scanned.has_long_line:  # of which DuckDB, reading in parallel, leaves the last one out without a word
            raise UnreadableExport(path, "a row of it has more than a million characters, as none of a report has")
        _refuse_cut_off(inspection, scanned)
    return inspection


def _refuse_name(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnreadableExport(path, "its name or a folder's holds bytes that are no letters: rename it") from error


def clean_cell(text: str) -> str:
    """A cell without outer blanks, without Excel's text wrapper ="…", and without zero bytes wherever they stand."""
    text = text.replace("\x00", "").strip(BLANKS)
    if len(text) > 3 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1].replace('""', '"').strip(BLANKS)
    return text


# --- grids ----------------------------------------------------------------------------------------------------------


def _workbook_grids(path: Path, encoding: str | None) -> list[_Grid]:
    """Grids of the visible sheets; of the hidden ones where no visible sheet holds a cell."""
    sheets = [sheet for sheet in read_sheets(path, encoding) if sheet.frame.height]
    shown = [sheet for sheet in sheets if sheet.visible] or sheets
    if not shown:
        raise UnreadableExport(path, "the workbook holds no filled cell")
    return [_sheet_grid(sheet) for sheet in shown]


def _sheet_grid(sheet: Sheet) -> _Grid:
    rows = sheet.frame.head(HEADER_ROWS).rows()
    return _Grid(sheet.name, None, [[clean_cell(cell) for cell in row] for row in rows])


def _text_grids(scanned: Scan) -> list[_Grid]:
    return [_Grid(None, delimiter, _head_rows(scanned, delimiter)) for delimiter in DELIMITERS]


def _head_rows(scanned: Scan, delimiter: str) -> list[list[str]]:
    """First rows of the text, empty lines included, since a spreadsheet counts them."""
    text = scanned.head.decode(scanned.encoding or "utf-8", errors="replace").lstrip("\ufeff")
    rows: list[list[str]] = []
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEADER_ROWS):
            rows.append([clean_cell(cell) for cell in row])
    except csv.Error:
        return rows
    return rows


# --- recognition ----------------------------------------------------------------------------------------------------


def _recognise(path: Path, grids: Sequence[_Grid]) -> _Match:
    matches = [match for grid in grids for match in _matches(grid)]
    complete = [match for match in matches if match.complete]
    if not complete:
        raise UnknownExport(path, _nearest(matches))
    sheets = {match.grid.sheet_name for match in complete}
    if len(sheets) > 1:
        names = quoted_list(sorted(name for name in sheets if name is not None))
        raise UnreadableExport(path, f"the worksheets {names} each hold a report: keep one of them in the file")
    most = max(len(match.cell_of) for match in complete)
    best = [match for match in complete if len(match.cell_of) == most]
    first = min(best, key=lambda match: match.row)
    rivals = sorted({match.report.code for match in best if match.row == first.row})
    if len(rivals) > 1:
        raise UnreadableExport(
            path, f"the headers fit {' and '.join(rivals)} equally well: export the report with more of its columns"
        )
    return first


def _matches(grid: _Grid) -> list[_Match]:
    found = []
    for row, cells in enumerate(grid.rows, start=1):
        keys = [normalise_header(cell) for cell in cells]
        is_alone = row == 1 and sum(bool(key) for key in keys) == 1
        for report in report_book().reports:
            if report.alone and not is_alone:
                continue
            if report.aliases.keys().isdisjoint(keys) or not report.not_with.isdisjoint(keys):
                continue
            if cell_of := _cells(report, keys):
                complete = all(column.name in cell_of for column in report.needed) and (
                    not report.any_of or any(name in cell_of for name in report.any_of)
                )
                found.append(_Match(grid, row, report, cell_of, complete))
    return found


def _cells(report: Report, keys: Sequence[str]) -> dict[str, int]:
    """Column to cell; where two headers name one column, the one that stands first among its aliases."""
    best: dict[str, tuple[int, int]] = {}
    for cell, key in enumerate(keys):
        if key in report.aliases:
            rank, name = report.aliases[key]
            if name not in best or rank < best[name][0]:
                best[name] = (rank, cell)
    return {name: cell for name, (_, cell) in best.items()}


def _nearest(matches: Sequence[_Match]) -> str:
    if not matches:
        codes = ", ".join(dict.fromkeys(report.code for report in report_book().reports))
        return f"no row of the first {HEADER_ROWS} holds a header of a report known here ({codes})"
    nearest = max(matches, key=lambda match: (match.likeness, -match.row))
    report = nearest.report
    missing = tuple(column for column in report.needed if column.name not in nearest.cell_of)
    if missing:
        lacks = quoted_list([column.label for column in missing])
        lacking = missing
    else:
        lacking = tuple(report.column(name) for name in report.any_of)
        lacks = "any of " + ", ".join(f"'{column.label}'" for column in lacking)
    if nearest.share < 0.5 or len(nearest.cell_of) < 2:
        return (
            f"the headers are of no report known here; nearest is {report.code} ({report.title}), which needs {lacks}"
        )
    return (
        f"the headers in row {nearest.row} look like {report.code} ({report.title}) but lack {lacks}, without which"
        f" {report.contract.table_id()} cannot be built. {report.how_to_add(lacking)}"
    )


# --- what was found -------------------------------------------------------------------------------------------------


def _inspection(path: Path, scanned: Scan, match: _Match, others: Sequence[_Grid]) -> Inspection:
    headers = tuple(match.grid.rows[match.row - 1])
    if len(headers) > MOST_COLUMNS:
        raise UnreadableExport(
            path,
            f"row {match.row} has {len(headers):,} cells, and {MOST_COLUMNS:,} can be read: delete the columns that are"
            " not the report's and save it again",
        )
    _refuse_twin_headers(path, match, headers)
    known = set(match.cell_of.values())
    other_rows, above = [grid.rows for grid in others], match.grid.rows[: match.row - 1]
    return Inspection(
        path=path,
        load_id=scanned.sha256,
        report=match.report,
        sheet_name=match.grid.sheet_name,
        delimiter=match.grid.delimiter,
        encoding=scanned.encoding,
        plain=scanned.plain,
        header_row=match.row,
        headers=headers,
        cell_of=match.cell_of,
        columns_unknown=tuple(text for cell, text in enumerate(headers) if text and cell not in known),
        run_date=find_run_date(other_rows, above, path.name),
        asked_for=find_asked_for(other_rows, above),
    )


def _refuse_twin_headers(path: Path, match: _Match, headers: Sequence[str]) -> None:
    keys = [normalise_header(header) for header in headers]
    for name, cell in match.cell_of.items():
        if keys.count(keys[cell]) > 1:
            raise UnreadableExport(
                path,
                f"the header '{headers[cell]}' stands twice in row {match.row}, and which one is"
                f" {name} cannot be told: remove one of the columns",
            )


def _refuse_cut_off(inspection: Inspection, scanned: Scan) -> None:
    """A last line that neither ends nor has all its cells is half a row: more rows are missing behind it."""
    text = scanned.tail.decode(scanned.encoding or "utf-8", errors="replace")
    last = re.split(r"[\r\n]", text)[-1]
    if not last.strip(BLANKS) or last.count('"') % 2:
        return
    try:
        cells = next(csv.reader([last], delimiter=inspection.delimiter or ","))
    except csv.Error as error:
        raise UnreadableExport(inspection.path, f"the last row cannot be cut into cells ({error})") from error
    book = report_book()
    is_label = re.compile(f"{book.total_label}|{book.footer}")
    if len(cells) < len(inspection.headers) and not any(is_label.fullmatch(clean_cell(c).lower()) for c in cells if c):
        raise UnreadableExport(
            inspection.path,
            f"the file is cut off: its last row has {len(cells)} of {len(inspection.headers)} cells and no line end."
            " Export it again",
        )
