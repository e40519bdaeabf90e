"""One received file as a redacted CSV: the same rows in the same order, each cell as its column's treatment says.

Belongs here: cells in, cells out, set-based in DuckDB; only different values pass through Python. Does not belong here:
pseudonyms (`pseudonyms.py`), which files there are and what the copies are called (`folder.py`).

Whatever is wrong with a row stays wrong: a cell that its column cannot read is replaced by one that it cannot read for
the same reason, a row with too few or too many cells keeps their number, and totals and repeated headers stay such.
"""

# ruff: noqa: S608 (tables and columns are this package's own, headers and values are quoted)

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from cape_pipeline.ace.conversion import quoted, reading
from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.reports import ReportColumn, normalise_header, report_book
from cape_pipeline.ace.staging import read_cells, rows_in_order
from cape_pipeline.redaction.pseudonyms import REDACTED, UNREADABLE, Pseudonyms
from cape_pipeline.redaction.treatments import DESCRIPTION, FILE_NAME, KEPT, Treatment, treatment_of

CELLS, LINES = "cells", "lines"
#: What rows that are no data are called in the copy; both are read as what they stand for.
TOTAL, FOOTER = "Total", "Confidential"
#: A cell of a column nobody knows that is read as an amount: a row of totals is known by them.
NO_AMOUNT = "0.00"
CREDIT, DEBIT = "credit", "debit"
MOST_ATTEMPTS = 6
ORIGINATOR = "CBP"

MACROS = (
    # RFC 4180: quotation marks around what would otherwise be cut, doubled inside.
    """create or replace temp macro csv_cell(cell) as
        case
            when regexp_matches(cell, '[",\r\n]|^[ \t]|[ \t]$') then '"' || replace(cell, '"', '""') || '"'
            else cell
        end""",
)


@dataclass(frozen=True, slots=True)
class Place:
    """One column of a file: its cell from 0, its header as filed and in the copy, and what becomes of its cells."""

    at: int
    filed: str
    header: str
    column: ReportColumn | None
    part: str
    treatment: Treatment

    @property
    def cell(self) -> str:
        return f"c{self.at + 1}"

    @property
    def is_plain(self) -> bool:
        """Whether its cells are days and figures, which stay as they are."""
        return self.column is not None and self.treatment is KEPT and self.column.kind not in ("text", "code")

    @property
    def is_replaced(self) -> bool:
        return self.treatment is not KEPT


@dataclass(frozen=True, slots=True)
class Given:
    """What the copies of a folder have in common."""

    pseudonyms: Pseudonyms
    file_names: dict[str, str]
    originators: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What was written: rows below the header, the row of the header there and in the original, and the columns."""

    rows: int
    header_row: int
    original_header_row: int
    places: tuple[Place, ...]


def places_of(seen: Inspection) -> tuple[Place, ...]:
    """Every column of a recognised file."""
    taken = {cell: name for name, cell in seen.cell_of.items()}
    return tuple(_place(seen, at, taken.get(at)) for at in range(len(seen.headers)))


def write_copy(con: duckdb.DuckDBPyConnection, seen: Inspection, target: Path, given: Given, folder: Path) -> Copied:
    """Write the redacted copy of a file to `target`, and note in `originals` and `made` what was replaced by what.

    `con` has the macros of `ace` and both tables (`leaks.prepare`); `folder` takes what is rewritten on the way.

    Raises:
        UnreadableExport: when the file cannot be cut into rows.
    """
    for macro in MACROS:
        con.execute(macro)
    with rows_in_order(con, kept=True):
        width = read_cells(con, seen, folder, CELLS)
    places = places_of(seen)
    changing = _changing(con, seen, places)
    written = [_written(con, seen, place, given, changing) for place in places]
    spare = [f"case when {cell} <> '' then {quoted(REDACTED)} else {cell} end" for cell in _cells(len(places), width)]
    head = _head(seen, places)
    joins = " ".join(join for _, join in written)
    row = ", ".join(f"csv_cell({cell})" for cell in [*(cell for cell, _ in written), *spare])
    above = ", ".join(f"({at - len(head)}, {quoted(line)})" for at, line in enumerate(head))
    con.execute(
        f"""copy (
            select line
            from (
                select row_at, line from (values {above}) as above (row_at, line)
                union all
                select
                    received.rowid as row_at,
                    array_to_string(list_filter([{row}], lambda cell: cell is not null), ',') as line
                from {CELLS} as received {joins}
                where received.rowid >= {seen.header_row}
            )
            order by row_at
        ) to {quoted(str(target))} (format csv, header false, delimiter '\x1f', quote '', escape '')"""
    )
    (rows,) = con.execute(f"select count(*) from {CELLS} where rowid >= {seen.header_row}").fetchone() or (0,)
    return Copied(rows, len(head), seen.header_row, places)


# --- columns --------------------------------------------------------------------------------------------------------


def _place(seen: Inspection, at: int, name: str | None) -> Place:
    filed = seen.headers[at]
    if name is None:
        return Place(at, filed, f"column_{at + 1}" if filed else "", None, "", KEPT)
    column_name, _, part = name.partition(".")
    column = seen.report.column(column_name)
    return Place(at, filed, _spelled(column, part, filed), column, part, treatment_of(column))


def _spelled(column: ReportColumn, part: str, filed: str) -> str:
    """The header as our list spells it, because signs that recognition passes over may tell something."""
    listed = {"debit": column.debit, "direction": column.direction}.get(part, (*column.headers, column.name))
    return next(header for header in listed if normalise_header(header) == normalise_header(filed))


def _changing(con: duckdb.DuckDBPyConnection, seen: Inspection, places: Sequence[Place]) -> set[Place]:
    """The known columns of which some cell changes: all that are replaced, and of the others by one look at all."""
    kept = [place for place in places if place.column is not None and not place.is_replaced]
    looks = ", ".join(
        f"(select coalesce(bool_or({_changes_here(place)}), false) from"
        f" (select {place.cell} from {CELLS} where rowid >= {seen.header_row} group by {place.cell}))"
        for place in kept
    )
    found = (con.execute(f"select {looks}").fetchone() or ()) if kept else ()
    changing = {place for place, changes in zip(kept, found, strict=True) if changes}
    return changing | {place for place in places if place.is_replaced}


def _changes_here(place: Place) -> str:
    """SQL: whether a cell is not kept as it is."""
    clean = f"ace_clean({place.cell})"
    if place.is_replaced:
        return f"{clean} is not null"
    readable = _readable(place, clean)
    if readable is None:
        return f"{_label(place, clean)} is not null"
    return f"{clean} is not null and not {readable}"


def _label(place: Place, clean: str) -> str:
    """SQL: what a cell of a row that is no data becomes; NULL for any other."""
    return f"case when {clean} = {quoted(place.filed)} then {quoted(place.header)} {_labels(clean)} end"


def _written(
    con: duckdb.DuckDBPyConnection, seen: Inspection, place: Place, given: Given, changing: Collection[Place]
) -> tuple[str, str]:
    """The SQL of a column's cells in the copy, and the join it needs."""
    cell = f"received.{place.cell}"
    if place.column is None:
        return _unknown(place), ""
    if place not in changing:
        return cell, ""
    changes = _changes(con, seen, place, given)
    join = f"left join {changes} on received.{place.cell} = {changes}.original"
    kept = cell if not place.is_replaced else f"case when ace_clean({cell}) is not null then '{UNREADABLE}' else '' end"
    return f"case when {cell} is not null then coalesce({changes}.replacement, {kept}) end", join


def _unknown(place: Place) -> str:
    """Only that there is a cell, and whether it could be of a row of totals."""
    cell = f"received.{place.cell}"
    clean = f"ace_clean({cell})"
    header = f"when {clean} = {quoted(place.filed)} then {quoted(place.header)}" if place.filed else ""
    return f"""case
            when {cell} is null then null
            when {clean} is null then ''
            {header}
            when ace_amount({clean}) is not null then '{NO_AMOUNT}'
            {_labels(clean)}
            else '{REDACTED}'
        end"""


def _labels(clean: str) -> str:
    book = report_book()
    return f"""when regexp_full_match(lower({clean}), {quoted(book.total_label)}) then '{TOTAL}'
            when regexp_full_match(lower({clean}), {quoted(book.footer)}) then '{FOOTER}'"""


def _changes(con: duckdb.DuckDBPyConnection, seen: Inspection, place: Place, given: Given) -> str:
    """A table of a column's cells that change and what they become."""
    clean = f"ace_clean({place.cell})"
    found = con.execute(
        f"""select {place.cell} as original, {clean} as cell, {_label(place, clean)} as label
        from {CELLS}
        where rowid >= {seen.header_row} and {_changes_here(place)}
        group by {place.cell}"""
    ).pl()
    make = _maker(place, given)
    cells = found["cell"].to_list()
    labels = found["label"].to_list()
    replaced = [label if label is not None else make(cell) for cell, label in zip(cells, labels, strict=True)]
    frame = found.with_columns(pl.Series("replacement", replaced, dtype=pl.String))
    table = f"changes_{place.at + 1}"
    _keep(con, table, frame)
    _fail_alike(con, table, place, given.pseudonyms)
    _note(con, table, place)
    return table


def _maker(place: Place, given: Given) -> Callable[[str], str]:
    """What a filled cell of a column becomes."""
    pseudonyms, treatment = given.pseudonyms, place.treatment
    if place.part == "direction":
        return _direction
    if treatment is DESCRIPTION:
        return partial(_description, originators=re.compile(given.originators))
    if treatment is FILE_NAME:
        return lambda name: given.file_names.get(name) or pseudonyms.file_name(name)
    if treatment.pseudonym is None:
        return pseudonyms.stand_in
    return partial(treatment.pseudonym, pseudonyms)


def _direction(cell: str) -> str:
    """Which of the two a bank says; the words are those that the loader takes for a debit."""
    word = "".join(sign for sign in cell.lower() if sign.isalnum())
    return DEBIT if word in ("d", "dr", "db", "debit", "debits", "withdrawal", "achdebit") else CREDIT


def _description(cell: str, originators: re.Pattern[str]) -> str:
    """Whether CBP sent a credit is all that matching asks of a bank's text."""
    return f"{ORIGINATOR} {REDACTED}" if originators.search(cell.upper()) else REDACTED


# --- cells that cannot be read --------------------------------------------------------------------------------------


def _readable(place: Place, clean: str) -> str | None:
    """SQL: whether a clean cell is of its column's kind; None for texts, which are all readable."""
    column = place.column
    if column is None or column.kind == "text":
        return None
    if place.part == "direction":
        return "false"
    if column.kind == "code" and place.treatment is KEPT:
        return None
    if column.kind == "vocabulary":
        words = ", ".join(quoted(_word(word)) for word in column.field.one_of or ())
        return f"coalesce(ace_word({clean}) in ({words}), false)"
    if column.kind == "flag":
        return f"(ace_flag({clean}) is not null or lower({clean}) in ('unknown', '?'))"
    return f"({reading(column, clean)} is not null)"


def _word(word: str) -> str:
    return "".join(sign for sign in word.lower() if sign.isalnum())


def _why_unreadable(place: Place, text: str) -> str | None:
    """SQL: a text that is the same for two cells which the loader uses, or sets aside for the same reason."""
    readable = _readable(place, text)
    if readable is None or place.part == "direction":
        return None
    digits = f"ace_number_as_digits({text})"
    few = {
        "entry_number": f"regexp_full_match({digits}, '[0-9]{{8,10}}')",
        "hts_number": f"regexp_full_match(replace({digits}, '.', ''), '[0-9]{{7}}|[0-9]{{9}}')",
        "importer_number": f"(not {readable} and regexp_full_match({digits}, '[0-9]+'))",
    }.get(place.column.kind if place.column else "", "false")
    return f"concat_ws('|', {readable}, coalesce(ace_digits_lost({text}), false), coalesce({few}, false))"


def _fail_alike(con: duckdb.DuckDBPyConnection, table: str, place: Place, pseudonyms: Pseudonyms) -> None:
    """Try other stand-ins for cells whose stand-in would be used, or set aside for another reason."""
    readable, why, why_now = _readable(place, "cell"), *(_why_unreadable(place, it) for it in ("cell", "replacement"))
    if why is None:
        return
    for attempt in range(1, MOST_ATTEMPTS + 1):
        otherwise = con.execute(
            f"select original, cell from {table} where label is null and not {readable} and {why} <> {why_now}"
        ).pl()
        if otherwise.is_empty():
            return
        last = attempt == MOST_ATTEMPTS
        again = [UNREADABLE if last else pseudonyms.stand_in(cell, attempt) for cell in otherwise["cell"].to_list()]
        _keep(con, "again", otherwise.with_columns(pl.Series("replacement", again, dtype=pl.String)))
        con.execute(
            f"update {table} set replacement = again.replacement from again where {table}.original = again.original"
        )


# --- rows above, and what is noted ----------------------------------------------------------------------------------


def _head(seen: Inspection, places: Sequence[Place]) -> list[str]:
    """The rows down to the header: the days the file states, then rows that only keep the others in their place."""
    told = []
    if not seen.report.alone:
        if seen.report_run_date_basis in ("parameters_sheet", "metadata_row"):
            told.append(f"Run Date,{seen.report_run_date}")
        if seen.asked_for.first_day:
            told.append(f"Entry Date (Begin),{seen.asked_for.first_day}")
        if seen.asked_for.last_day:
            told.append(f"Entry Date (End),{seen.asked_for.last_day}")
    fill = [REDACTED] * (seen.header_row - 1 - len(told))
    header = ",".join(f'"{place.header}"' if "," in place.header else place.header for place in places)
    return [*told, *fill, header]


def _note(con: duckdb.DuckDBPyConnection, table: str, place: Place) -> None:
    """Remember what must not be found in the copy."""
    search = place.treatment.search
    if search is None:
        return
    con.execute(
        f"insert into originals select cell, '{search}' from {table} where label is null and replacement <> cell"
    )
    con.execute(f"insert into made select replacement from {table} where label is null")


def _keep(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    con.register("frame_of_changes", frame.to_arrow())
    try:
        con.execute(f"create or replace temp table {table} as select {', '.join(frame.columns)} from frame_of_changes")
    finally:
        con.unregister("frame_of_changes")


def _cells(first: int, width: int) -> list[str]:
    return [f"received.c{at + 1}" for at in range(first, width)]
