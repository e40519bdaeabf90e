"""A sheet of a table, filled: title, totals, header, rows, and what makes it pleasant to read and print.

Belongs here: the layout that all sheets of tables share, and rows in batches. Does not belong here: which sheets there
are (`sheets`), types and limits of a cell (`cells`), and the first sheet (`summary`).

Above the header stand the totals, so that they stay in sight; they follow the filter. A sheet that is full goes on in
another one of the same layout. Of a table with more rows than are wanted those stand here that matter most; the others
are a few lines behind them, so that every sum is still that of all rows.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from cape_pipeline.workbook.cells import NUMBER_FORMATS, TOO_LONG, is_too_long, kind_of, misfit_sql, value_sql
from cape_pipeline.workbook.sheets import Column, Sheet

#: Rows of a sheet, counted from 0 as XlsxWriter does.
TITLE, SOURCE, TOTALS, HEADER, FIRST = 0, 1, 2, 3, 4
#: What Excel holds, less the rows above the data and some lines behind them.
ROWS_OF_A_SHEET = 1_048_576 - FIRST - 572
ROWS_AT_ONCE = 20_000
LETTER_PAPER = 1
#: Characters of the usual font that fit across a page in landscape at the smallest size that is still read.
CHARACTERS_ACROSS = 190
WIDTHS = {"usd": 17, "rate": 12, "count": 10, "whole": 10, "day": 12, "flag": 9}
WIDEST = 60


#: Where the rows stand that are shown of a table with too many.
SHOWN = "temp.workbook_shown"
#: Where all rows stand of a table whose SELECT is run but once.
ROWS = "temp.workbook_rows"


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet of the file that holds rows of a table: its name, how many, and how many lines of rows not shown."""

    name: str
    row_count: int
    rest_count: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Of rows that are told as one: how many, sums, by column how many have a value, and how many checks fail."""

    row_count: int
    sums: dict[str, Any]
    filled: dict[str, int]
    wrong: dict[str, int]


#: By the values of the columns that are told apart.
Groups = Mapping[tuple[Any, ...], Sums]


@dataclass(frozen=True, slots=True)
class Filled:
    """A table in the file: on which sheets, and the totals of all its rows; None where no value is known.

    `unseen` tells of a column how many of the rows that are not shown have a value.
    """

    sheet: Sheet
    parts: tuple[Part, ...]
    totals: dict[str, Decimal | int | None]
    written_as_text: frozenset[str]
    unseen_count: int = 0
    unseen: Mapping[str, int] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)

    def missing_count(self, name: str) -> int:
        """Rows, shown or not, in which a column has no value."""
        return sum(told.row_count - told.filled[name] for told in self.groups.values())

    def filled_count(self, name: str) -> int:
        """Rows, shown or not, in which a column has a value."""
        return sum(told.filled[name] for told in self.groups.values())

    def wrong_count(self, name: str) -> int:
        """Rows, shown or not, in which a check is not zero."""
        return sum(told.wrong[name] for told in self.groups.values())

    def where(self, name: str, by: str, holds: Callable[[Any], bool]) -> tuple[int, Decimal | int | None]:
        """How many rows have such a value in a column that is told apart, and what they sum to in another."""
        at = list(self.sheet.told_apart).index(by)
        met = [told for key, told in self.groups.items() if holds(key[at])]
        return sum(told.row_count for told in met), _add(told.sums[name] for told in met)

    @property
    def row_count(self) -> int:
        """Rows of the table, shown or not."""
        return sum(part.row_count for part in self.parts) + self.unseen_count

    def ranges(self, name: str) -> list[str]:
        """The cells of a column and of the lines of rows not shown, on each sheet, as another sheet names them."""
        letter = letter_of(self.sheet, name)
        return [
            f"'{part.name}'!${letter}${FIRST + 1}:${letter}${FIRST + max(part.row_count + part.rest_count, 1)}"
            for part in self.parts
        ]

    def row_ranges(self, name: str) -> list[str]:
        """The same without the lines of rows not shown."""
        letter = letter_of(self.sheet, name)
        return [
            f"'{part.name}'!${letter}${FIRST + 1}:${letter}${FIRST + max(part.row_count, 1)}" for part in self.parts
        ]


@dataclass(frozen=True, slots=True)
class Rest:
    """What is told of the rows of a table that are not shown: how many, sums of all rows, and lines of sums."""

    row_count: int = 0
    #: Of each line the values of the columns that are told apart, how many rows, and the sums, as the sheet has them.
    lines: Sequence[tuple[Any, ...]] = ()
    totals: Mapping[str, Decimal | int | None] = field(default_factory=dict)
    #: By column how many of these rows have a value.
    filled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a sheet's rows before they are read: how many, sums, widths, values that do not fit."""

    row_count: int
    totals: dict[str, Decimal | int | None]
    widths: dict[str, int]
    misfit_counts: dict[str, int]


class Looks:
    """The formats of a file, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.values: dict[str, Format] = {
            kind: book.add_format({"num_format": code, "valign": "top"}) for kind, code in NUMBER_FORMATS.items()
        }
        self.totals: dict[str, Format] = {
            kind: book.add_format({"num_format": code, "bold": True, "bg_color": "#EEF2F7", "bottom": 1})
            for kind, code in NUMBER_FORMATS.items()
        }
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.section = book.add_format({"bold": True, "font_size": 12, "font_color": "#1F3864"})
        self.quiet = book.add_format({"font_color": "#595959"})
        self.header = book.add_format(
            {
                "bold": True,
                "bg_color": "#1F3864",
                "font_color": "#FFFFFF",
                "text_wrap": True,
                "valign": "top",
                "border": 1,
            }
        )
        self.run = book.add_format({})


def letter_of(sheet: Sheet, name: str) -> str:
    """The letter of a column.

    Raises:
        ValueError: the sheet has no such column.
    """
    return str(xl_col_to_name([column.field.name for column in sheet.columns].index(name)))


def fill(
    con: duckdb.DuckDBPyConnection,
    book: Workbook,
    looks: Looks,
    sheet: Sheet,
    as_of: str,
    rows_of_a_sheet: int,
    most_rows: int,
) -> Filled:
    """Write a table on as many sheets as it needs; of more than `most_rows` rows those that matter most."""
    by = ", ".join((*sheet.matters_by, *sheet.order))
    every = sheet
    if sheet.is_summed:
        con.execute(f"create or replace temp table workbook_rows as {sheet.query}")
        every = replace(sheet, query=f"select * from {ROWS}")
    con.execute(f"create or replace temp table workbook_shown as from ({every.query}) order by {by} limit {most_rows}")
    try:
        shown = replace(sheet, query=f"select * from {SHOWN}")
        seen = whole = _sums(con, shown)
        if sum(of_all.row_count for of_all in seen.values()) == most_rows:
            whole = _sums(con, every)
        filled = _fill(con, book, looks, shown, as_of, rows_of_a_sheet, _rest(sheet, whole, seen))
        return replace(filled, sheet=sheet, groups=whole)
    finally:
        con.execute(f"drop table if exists {SHOWN}")
        con.execute(f"drop table if exists {ROWS}")


def _rest(sheet: Sheet, whole: Groups, seen: Groups) -> Rest:
    """All rows less those shown, told apart as the first sheet sums them; nothing where all are shown."""
    row_count = sum(of_all.row_count for of_all in whole.values()) - sum(each.row_count for each in seen.values())
    if not row_count:
        return Rest()
    filled = sheet.counted_columns
    lines = []
    for key, of_all in whole.items():
        of_shown = seen.get(key)
        if of_shown is None:
            lines.append((*key, of_all.row_count, *of_all.sums.values()))
        elif of_all.row_count > of_shown.row_count:
            sums = (
                None if of_all.filled[name] == of_shown.filled[name] else amount - (of_shown.sums[name] or 0)
                for name, amount in of_all.sums.items()
            )
            lines.append((*key, of_all.row_count - of_shown.row_count, *sums))
    counts = (
        sum(of_all.filled[name] for of_all in whole.values()) - sum(of_shown.filled[name] for of_shown in seen.values())
        for name in filled
    )
    places = list(sheet.told_apart)
    counted = [
        of_all.sums for key, of_all in whole.items() if not sheet.counted_by or key[places.index(sheet.counted_by)]
    ]
    return Rest(
        row_count,
        lines,
        {name: _add(sums[name] for sums in counted) for name in sheet.totals},
        dict(zip(filled, counts, strict=True)),
    )


def _sums(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> dict[tuple[Any, ...], Sums]:
    """The rows of a sheet in one pass, by the values of the columns that are told apart."""
    keys, names = list(sheet.told_apart.values()), sheet.counted_columns
    checks = check_columns(sheet)
    asked = ", ".join(
        [
            *keys,
            "count(*)",
            *(f"sum({name})" for name in sheet.totals),
            *(f"count({name})" for name in names),
            *(f"count(*) filter (where {name} <> 0)" for name in checks),
        ]
    )
    by = ", ".join(str(at) for at in range(1, len(keys) + 1)) or "()"
    rows = con.execute(f"select {asked} from ({sheet.query}) group by {by} order by {by if keys else 1}").fetchall()
    sums, filled, wrong = (
        len(keys) + 1,
        len(keys) + 1 + len(sheet.totals),
        len(keys) + 1 + len(sheet.totals) + len(names),
    )
    return {
        row[: len(keys)]: Sums(
            row[len(keys)],
            dict(zip(sheet.totals, row[sums:filled], strict=True)),
            dict(zip(names, row[filled:wrong], strict=True)),
            dict(zip(checks, row[wrong:], strict=True)),
        )
        for row in rows
    }


def check_columns(sheet: Sheet) -> list[str]:
    """The columns of a sheet whose cells must be zero."""
    return [column.field.name for column in sheet.columns if column.field.name.endswith("_check_usd")]


def _fill(
    con: duckdb.DuckDBPyConnection,
    book: Workbook,
    looks: Looks,
    sheet: Sheet,
    as_of: str,
    rows_of_a_sheet: int,
    rest: Rest,
) -> Filled:
    surveys = survey(con, sheet, rows_of_a_sheet)
    names = [sheet.name if number == 1 else f"{sheet.name} {number}" for number in range(1, len(surveys) + 1)]
    worksheets = [book.add_worksheet(name) for name in names]
    parts = [Part(name, surveyed.row_count) for name, surveyed in zip(names, surveys, strict=True)]
    parts[-1] = replace(parts[-1], rest_count=len(rest.lines))
    totals = {name: _add(surveyed.totals[name] for surveyed in surveys) for name in sheet.totals}
    for worksheet, surveyed, part in zip(worksheets, surveys, parts, strict=True):
        _lay_out(worksheet, looks, sheet, surveyed, as_of)
        head = surveyed if not part.rest_count else replace(surveyed, totals=_with_rest(surveyed.totals, totals, rest))
        _write_head(worksheet, looks, sheet, head, as_of, names, rest, part)
    misfits = _misfits(con, sheet) if any(count for each in surveys for count in each.misfit_counts.values()) else {}
    _write_rows(con, worksheets, looks, sheet, rows_of_a_sheet, misfits)
    _write_rest(worksheets[-1], looks, sheet, FIRST + parts[-1].row_count, rest)
    too_long = {name for name, count in _misfit_counts(surveys) if count}
    return Filled(
        sheet,
        tuple(parts),
        dict(rest.totals) or totals,
        frozenset(too_long | _too_long_in(sheet, rest)),
        rest.row_count,
        rest.filled,
    )


def _with_rest(
    own: Mapping[str, Decimal | int | None], shown: Mapping[str, Decimal | int | None], rest: Rest
) -> dict[str, Decimal | int | None]:
    """The totals of the sheet that ends with the lines of rows not shown: its own, and those of all other rows."""
    unseen = {name: None if amount is None else amount - (shown[name] or 0) for name, amount in rest.totals.items()}
    return {name: _add([own[name], unseen[name]]) for name in own}


def _misfit_counts(surveys: Sequence[Survey]) -> list[tuple[str, int]]:
    return [item for each in surveys for item in each.misfit_counts.items()]


def _too_long_in(sheet: Sheet, rest: Rest) -> set[str]:
    """Columns of which a line of rows not shown has more digits than Excel keeps."""
    first = len(sheet.told_apart) + 1
    return {
        name
        for line in rest.lines
        for name, amount in zip(sheet.totals, line[first:], strict=True)
        if is_too_long(amount)
    }


def _write_rest(worksheet: Worksheet, looks: Looks, sheet: Sheet, first_row: int, rest: Rest) -> None:
    """The rows that are not shown: a line for all with the same values of the columns told apart, with their sums."""
    for row, line in enumerate(rest.lines, start=first_row):
        keys, row_count, sums = (
            line[: len(sheet.told_apart)],
            line[len(sheet.told_apart)],
            line[len(sheet.told_apart) + 1 :],
        )
        told = dict(zip((*sheet.told_apart, *sheet.totals), (*keys, *sums), strict=True))
        for position, column in enumerate(sheet.columns):
            name, kind = column.field.name, kind_of(column.field)
            look = looks.totals[kind]
            if name not in told:
                if position == 0:
                    worksheet.write_string(row, 0, f"{row_count:,} rows not shown", looks.totals["text"])
            elif kind == "day" and told[name] is not None:
                worksheet.write_datetime(row, position, told[name], look)
            elif kind == "flag" and told[name] is not None:
                worksheet.write_boolean(row, position, told[name], look)
            elif kind == "text" and told[name] is not None:
                write_text(worksheet, looks, row, position, told[name], look)
            else:
                write_value(worksheet, row, position, told[name], kind, look)


def survey(con: duckdb.DuckDBPyConnection, sheet: Sheet, rows_of_a_sheet: int) -> list[Survey]:
    """What each sheet of a table will hold; one without rows where the table has none."""
    texts = [column.field.name for column in sheet.columns if kind_of(column.field) == "text"]
    misfits = [(column.field.name, sql) for column in sheet.columns if (sql := misfit_sql(column.field))]
    counted = f" filter (where {sheet.counted_by})" if sheet.counted_by else ""
    told = [
        *(f"sum({name}){counted}" for name in sheet.totals),
        *(f"max(length(cast({name} as varchar)))" for name in texts),
        *(f"count({sql})" for _, sql in misfits),
    ]
    rows = con.execute(
        f"""
        with shown as ({sheet.query}),
        numbered as (
            select *, (row_number() over (order by {", ".join(sheet.order)}) - 1) // {rows_of_a_sheet} as part_number
            from shown
        )
        select count(*), {", ".join(told)} from numbered group by part_number order by part_number
        """
    ).fetchall()
    first, second = len(sheet.totals) + 1, len(sheet.totals) + 1 + len(texts)
    return [
        Survey(
            row[0],
            dict(zip(sheet.totals, row[1:first], strict=True)),
            dict(zip(texts, row[first:second], strict=True)),
            dict(zip((name for name, _ in misfits), row[second:], strict=True)),
        )
        for row in rows
    ] or [Survey(0, dict.fromkeys(sheet.totals), dict.fromkeys(texts, 0), {})]


def write_text(
    worksheet: Worksheet, looks: Looks, row: int, column: int, text: str, look: Format | None = None
) -> None:
    """A text as text, whatever it begins with, also one that XlsxWriter would take for the inside of a cell."""
    if text.startswith("<r>") and text.endswith("</r>"):
        fragments = (text[:1], looks.run, text[1:])
        worksheet.write_rich_string(row, column, *(fragments if look is None else (*fragments, look)))
    else:
        worksheet.write_string(row, column, text, look)


def write_value(
    worksheet: Worksheet, row: int, column: int, value: Any, kind: str, look: Format, formula: str = ""
) -> None:
    """A value with the formula that computes it; an unknown one is an empty cell, one too long for a number a text."""
    if kind == "usd" and is_too_long(value):
        worksheet.write_string(row, column, str(value), look)
        worksheet.write_comment(row, column, TOO_LONG)
    elif formula:
        worksheet.write_formula(row, column, f"={formula}", look, "" if value is None else float(value))
    elif value is None:
        worksheet.write_blank(row, column, None, look)
    else:
        worksheet.write_number(row, column, float(value), look)


def _lay_out(worksheet: Worksheet, looks: Looks, sheet: Sheet, surveyed: Survey, as_of: str) -> None:
    """Widths, formats, filter, what stays in sight, and the page."""
    last_row, last_column = FIRST + max(surveyed.row_count, 1) - 1, len(sheet.columns) - 1
    across = 0
    for position, column in enumerate(sheet.columns):
        width = _width(column, surveyed)
        worksheet.set_column(position, position, width, looks.values[kind_of(column.field)])
        across += width
    worksheet.set_row(HEADER, 32)
    worksheet.freeze_panes(FIRST, 1)
    worksheet.autofilter(HEADER, 0, last_row, last_column)
    worksheet.ignore_errors({"number_stored_as_text": f"A{FIRST + 1}:{xl_col_to_name(last_column)}{last_row + 1}"})
    worksheet.set_landscape()
    worksheet.set_paper(LETTER_PAPER)
    worksheet.repeat_rows(TOTALS, HEADER)
    worksheet.repeat_columns(0)
    worksheet.fit_to_pages(math.ceil(across / CHARACTERS_ACROSS), 0)
    worksheet.set_footer(f"&L&A&CAs of {as_of}&RPage &P of &N")


def _width(column: Column, surveyed: Survey) -> int:
    """As wide as the values, within limits; a long header is broken in two."""
    values = WIDTHS.get(kind_of(column.field)) or (surveyed.widths[column.field.name] or 0) + 2
    return min(max(values, len(column.field.name) // 2 + 5, 10), WIDEST)


def _write_head(
    worksheet: Worksheet,
    looks: Looks,
    sheet: Sheet,
    surveyed: Survey,
    as_of: str,
    names: Sequence[str],
    rest: Rest,
    part: Part,
) -> None:
    """Title, source, totals and header, with the meaning of each column as a comment of its header."""
    worksheet.write_string(TITLE, 0, f"{worksheet.get_name()}: {sheet.about}", looks.title)
    pieces = f" (sheet {names.index(worksheet.get_name()) + 1} of {len(names)}; its totals are its own)"
    told = f"{surveyed.row_count:,} rows of {sheet.source} as of {as_of}{pieces if len(names) > 1 else ''}."
    if rest.row_count:
        told += _not_shown(surveyed.row_count + rest.row_count, rest, is_last=names[-1] == worksheet.get_name())
    worksheet.write_string(
        SOURCE,
        0,
        f"{told} An empty cell is unknown, never zero. What a column means: point at its header.",
        looks.quiet,
    )
    label = f"Total where {sheet.counted_by}" if sheet.counted_by else "Total of the rows shown"
    if part.rest_count and not sheet.counted_by:
        label = "Total of all rows"
    if sheet.totals:
        worksheet.write_string(TOTALS, 0, label, looks.totals["text"])
    # row by row: what is above the row last written has left the memory
    for position, column in enumerate(sheet.columns):
        name, kind = column.field.name, kind_of(column.field)
        if name in sheet.totals:
            is_text = surveyed.misfit_counts.get(name) or name in _too_long_in(sheet, rest)
            formula = "" if is_text else _total_formula(sheet, name, part)
            write_value(worksheet, TOTALS, position, surveyed.totals[name], kind, looks.totals[kind], formula)
    for position, column in enumerate(sheet.columns):
        worksheet.write_string(HEADER, position, column.field.name, looks.header)
        worksheet.write_comment(HEADER, position, meaning_of(column), {"x_scale": 2, "y_scale": 1.5})


def meaning_of(column: Column) -> str:
    """What a column means, with its vocabulary where it is closed."""
    values = f" One of: {', '.join(column.field.one_of)}." if column.field.one_of else ""
    return f"{column.field.description.rstrip('.')}.{values}"


def _not_shown(all_count: int, rest: Rest, *, is_last: bool) -> str:
    """That there are more rows than these, which ones stand here, and where all of them do."""
    where = " the last lines of this sheet hold their sums," if is_last else ""
    return (
        f" They are those that matter most of {all_count:,}: {rest.row_count:,} more are not shown,{where} and the"
        " table holds every row (CAPE_WORKBOOK_ROWS sets how many are shown)."
    )


def _total_formula(sheet: Sheet, name: str, part: Part) -> str:
    """The sum of a column; nothing where no value is known.

    It follows the filter, unless there are lines of rows not shown, which no filter looks into.
    """
    cells = _cells(sheet, name, part.row_count + part.rest_count)
    if sheet.counted_by:
        counted = _cells(sheet, sheet.counted_by, part.row_count + part.rest_count)
        return f'IF(COUNTIFS({counted},TRUE,{cells},"<>")=0,"",SUMIFS({cells},{counted},TRUE))'
    total = f"SUM({cells})" if part.rest_count else f"SUBTOTAL(109,{cells})"
    return f'IF(COUNT({cells})=0,"",{total})'


def _cells(sheet: Sheet, name: str, row_count: int) -> str:
    letter = letter_of(sheet, name)
    return f"{letter}{FIRST + 1}:{letter}{FIRST + max(row_count, 1)}"


def _write_rows(
    con: duckdb.DuckDBPyConnection,
    worksheets: Sequence[Worksheet],
    looks: Looks,
    sheet: Sheet,
    rows_of_a_sheet: int,
    misfits: Mapping[int, list[tuple[int, str]]],
) -> None:
    """Every row in order, from the top of the first sheet to the end of the last."""
    values = ", ".join(value_sql(column.field) for column in sheet.columns)
    con.execute(f"select {values} from ({sheet.query}) order by {', '.join(sheet.order)}")
    formulas = [
        (position, _row_formula(sheet, column.formula))
        for position, column in enumerate(sheet.columns)
        if column.formula
    ]
    number = 0
    for worksheet in worksheets:
        writers = _writers(worksheet, sheet)
        for row, cells in enumerate(_rows(con, rows_of_a_sheet), start=FIRST):
            for position, write in writers:
                if (value := cells[position]) is not None:
                    write(row, position, value)
            for position, formula in formulas:
                value = cells[position]
                worksheet.write_formula(
                    row, position, formula.format(row=row + 1), None, "" if value is None else value
                )
            for position, text in misfits.get(number, ()):
                _write_misfit(worksheet, looks, sheet, row, position, text)
            number += 1


def _writers(worksheet: Worksheet, sheet: Sheet) -> list[tuple[int, Callable[[int, int, Any], Any]]]:
    """By position what writes a known value of the column; formulas are written apart."""
    writers = {"text": worksheet.write_string, "flag": worksheet.write_boolean}
    return [
        (position, writers.get(kind_of(column.field), worksheet.write_number))
        for position, column in enumerate(sheet.columns)
        if not column.formula
    ]


def _row_formula(sheet: Sheet, formula: str) -> str:
    """The formula with `{row}` left open: `{name}` becomes the cell of that column."""
    return "=" + formula.format(
        **{column.field.name: f"{letter_of(sheet, column.field.name)}{{row}}" for column in sheet.columns}
    )


def _rows(con: duckdb.DuckDBPyConnection, most: int) -> Iterator[tuple[Any, ...]]:
    """The next rows of the query that is open, as many as a sheet takes."""
    while most and (batch := con.fetchmany(min(ROWS_AT_ONCE, most))):
        yield from batch
        most -= len(batch)


def _misfits(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> dict[int, list[tuple[int, str]]]:
    """By row of the table, counted from 0, what no cell of its kind can hold: position and text."""
    texts = {
        position: sql
        for position, column in enumerate(sheet.columns)
        if not column.formula and (sql := misfit_sql(column.field))
    }
    rows = con.execute(
        f"""
        with shown as ({sheet.query}),
        numbered as (
            select row_number() over (order by {", ".join(sheet.order)}) - 1 as row_number, {
            ", ".join(f"{sql} as text_{position}" for position, sql in texts.items())
        }
            from shown
        )
        select * from numbered
        where coalesce({", ".join(f"text_{position}" for position in texts)}) is not null
        """
    ).fetchall()
    return {
        row[0]: [(position, text) for position, text in zip(texts, row[1:], strict=True) if text is not None]
        for row in rows
    }


def _write_misfit(worksheet: Worksheet, looks: Looks, sheet: Sheet, row: int, position: int, text: str) -> None:
    write_text(worksheet, looks, row, position, text)
    if kind_of(sheet.columns[position].field) == "usd":
        worksheet.write_comment(row, position, TOO_LONG)


def _add(amounts: Iterable[Decimal | int | None]) -> Decimal | int | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], known[0]) if known else None
