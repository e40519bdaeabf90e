"""A file of received refunds, read from CSV or XLSX.

Belongs here: finding the header, reading the cells as the loader reads those of an export, joining the rows of a
refund, and setting aside what cannot be used, each row with its reason. Does not belong here: what the columns are
called (`columns.py`), and judging how well a convention fits.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.ace.files import scan
from cape_pipeline.ace.inspection import DELIMITERS, HEADER_ROWS, clean_cell
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.ace.reports import normalise_header, quoted_list
from cape_pipeline.ace.workbook import forget_sheets, read_sheets
from cape_pipeline.calibration.columns import COLUMNS, HOW_TO_WRITE, NEEDED, ONCE_PER_REFUND, Column
from cape_pipeline.calibration.refunds import Deposit, Received, Refund, SetAside
from cape_pipeline.interest.accrual import LARGEST_PRINCIPAL
from cape_pipeline.interest.exact import CENT
from cape_pipeline.interest.rates import RATE_CLASSES, RateTable

RATE = r"""case
    when lower(cell) = 'free' then 0
    when regexp_full_match(cell, '[0-9]{0,3}(\.[0-9]{1,6})? ?%')
        then try_cast(trim(replace(cell, '%', '')) as decimal(18, 8)) / 100
    when regexp_full_match(cell, '0?(\.[0-9]{1,8})?') then try_cast(cell as decimal(18, 8))
end"""
READ = {
    "name": "cell",
    "entry_number": "coalesce(ace_entry_number(cell), upper(cell))",
    "amount": "ace_amount(cell)",
    "day": "ace_day(cell)",
    "rate_class": "nullif(ace_word(cell), 'unknown')",
    "rate": f"cast({RATE} as decimal(18, 8))",
}
NOT_SAID = frozenset({"unknown", "both", "?"})
STARTS = ("deposit_date", "entry_summary_date", "entry_date")


@dataclass(frozen=True, slots=True)
class _Table:
    """The cells of a file below its header. `rows` are counted as a spreadsheet counts them, from 1."""

    cell_of: dict[str, int]
    width: int
    rows: list[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One read row: `values` by column name, `faults` of single cells."""

    row_number: int
    values: dict[str, Any]
    faults: tuple[SetAside, ...]


def read_refunds(path: Path, rates: RateTable) -> Received:
    """The refunds of a file.

    Rows with the same refund_id and entry_number are the deposits of one refund, which has one figure of interest: on
    one of its rows, or the same on each. A refund one of whose rows cannot be used is set aside whole.

    Args:
        path: a CSV (also separated by tabs, semicolons or bars) or XLSX file with a header row.
        rates: the published rates; a refund with a day outside them is set aside.

    Raises:
        UnreadableExport: the file is missing, empty or damaged, or its header lacks a needed column.
    """
    table = _table(path)
    rows = _read_rows(table)
    set_aside = [fault for row in rows for fault in row.faults]
    refunds = []
    for name, members in _by_refund(rows).items():
        faults = _faults_of_refund(members, rates)
        if any(row.faults for row in members) or faults:
            told = {fault.row_number for row in members for fault in row.faults} | {f.row_number for f in faults}
            set_aside += faults
            set_aside += [
                SetAside(row.row_number, None, None, f"another row of refund {name} cannot be used", is_damage=False)
                for row in members
                if row.row_number not in told
            ]
        else:
            refunds.append(_refund(name, members))
    places = [column.name for column in COLUMNS]
    order = sorted(set_aside, key=lambda row: (row.row_number, places.index(row.column) if row.column else -1))
    return Received(tuple(refunds), tuple(order), len(rows), frozenset(table.cell_of))


# --- cells ----------------------------------------------------------------------------------------------------------


def _table(path: Path) -> _Table:
    scanned = scan(path)
    if scanned.encoding is None:
        try:
            sheets = [[list(row) for row in sheet.frame.rows()] for sheet in read_sheets(path) if sheet.visible]
        finally:
            forget_sheets()
        found = [_below_header(path, sheet) for sheet in sheets]
    else:
        text = path.read_text(encoding=scanned.encoding, errors="replace").removeprefix("\ufeff")
        found = [_below_header(path, _records(text, delimiter)) for delimiter in DELIMITERS]
    best = max((table for table in found if table), key=lambda table: len(table.cell_of), default=None)
    names = [name for name in NEEDED if best is None or name not in best.cell_of]
    if best is None or names:
        raise UnreadableExport(
            path,
            f"no row of the first {HEADER_ROWS} names the columns {quoted_list(list(NEEDED))}"
            if best is None
            else f"the header lacks {quoted_list(names)}",
        )
    return best


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a text; where quotation marks stand in the wrong places, one row a line, the marks in the cells."""
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return [line.split(delimiter) for line in io.StringIO(text, newline=None).read().split("\n")]


def _below_header(path: Path, grid: Sequence[Sequence[str]]) -> _Table | None:
    """The table under the row that names most columns, two at the least."""
    best: tuple[int, dict[str, int]] | None = None
    for position, cells in enumerate(grid[:HEADER_ROWS]):
        cell_of = _cells_of(path, cells)
        if len(cell_of) > (len(best[1]) if best else 1):
            best = (position, cell_of)
    if best is None:
        return None
    position, cell_of = best
    rows = [
        (number, [clean_cell(cell) for cell in cells])
        for number, cells in enumerate(grid, start=1)
        if number > position + 1 and any(clean_cell(cell) for cell in cells)
    ]
    return _Table(cell_of, len(grid[position]), rows)


def _cells_of(path: Path, cells: Sequence[str]) -> dict[str, int]:
    keys = [normalise_header(clean_cell(cell)) for cell in cells]
    cell_of: dict[str, int] = {}
    for column in COLUMNS:
        places = [place for place, key in enumerate(keys) if key in column.keys]
        if len(places) > 1:
            named = quoted_list([clean_cell(cells[place]) for place in places])
            raise UnreadableExport(path, f"the headers {named} all name {column.name}: keep one of the columns")
        if places:
            cell_of[column.name] = places[0]
    return cell_of


def _read_rows(table: _Table) -> list[_Row]:
    columns = [column for column in COLUMNS if column.name in table.cell_of]
    texts = {column.name: [_cell(cells, table.cell_of[column.name]) for _, cells in table.rows] for column in columns}
    values = _values(columns, texts)
    read = []
    for position, (number, cells) in enumerate(table.rows):
        row = {column.name: values[column.name][position] for column in columns}
        faults = [
            *(_fault(number, column, row, texts[column.name][position]) for column in columns),
            _shape_fault(number, cells, table.width),
        ]
        _settle_column_1(row)
        read.append(_Row(number, row, tuple(fault for fault in faults if fault is not None)))
    return read


def _cell(cells: Sequence[str], place: int) -> str | None:
    return (cells[place] or None) if place < len(cells) else None


def _values(columns: Sequence[Column], texts: dict[str, list[str | None]]) -> dict[str, list[Any]]:
    """The cells, read by the loader's own macros."""
    frame = pl.DataFrame(texts, schema={column.name: pl.String for column in columns})
    with duckdb.connect() as con:
        for macro in macros_sql():
            con.execute(macro)
        con.register("received", frame.with_row_index("position").to_arrow())
        return {
            column.name: [
                value
                for (value,) in con.execute(
                    # the columns' own names and readings, nothing of the file
                    f"select {READ[column.kind]} from (select position, {column.name} as cell from received)"  # noqa: S608
                    " order by position"
                ).fetchall()
            ]
            for column in columns
        }


def _fault(number: int, column: Column, row: dict[str, Any], text: str | None) -> SetAside | None:
    """What is wrong with one cell; a wrong value is taken out of the row."""
    value = row[column.name]
    reason = None
    if column.kind == "rate_class":
        if text is not None and text.lower() in NOT_SAID:
            row[column.name] = None
        elif value is not None and value not in RATE_CLASSES:
            reason = f"'{text}' {HOW_TO_WRITE[column.kind]}"
    elif text is not None and value is None:
        reason = f"'{text}' {HOW_TO_WRITE[column.kind]}"
    elif column.kind == "amount" and value is not None and not 0 <= value <= LARGEST_PRINCIPAL:
        reason = f"'{text}' is below zero; write what was received as a positive amount"
    elif text is None and column.is_needed and column.name not in ONCE_PER_REFUND:
        reason = "the cell is empty, and no row can do without it"
    elif column.name == "principal_usd" and value == 0:
        return SetAside(number, column.name, text, "no interest can be told from a principal of zero", is_damage=False)
    if reason is None:
        return None
    row[column.name] = None
    return SetAside(number, column.name, text, reason, is_damage=True)


def _shape_fault(number: int, cells: Sequence[str], width: int) -> SetAside | None:
    if not any(cells[width:]):
        return None
    return SetAside(number, None, None, "the row has more cells than the header", is_damage=True)


def _settle_column_1(row: dict[str, Any]) -> None:
    """Column 1 duty from value and rate, where it is not stated itself."""
    value, rate = row.get("goods_value_usd"), row.get("column_1_rate")
    if row.get("column_1_duty_usd") is None and value is not None and rate is not None:
        row["column_1_duty_usd"] = (value * rate).quantize(CENT, rounding=ROUND_HALF_UP)


# --- refunds --------------------------------------------------------------------------------------------------------


def _by_refund(rows: Iterable[_Row]) -> dict[str, list[_Row]]:
    """Rows by refund, in the order of the file; a row that names neither refund nor entry is a refund by itself."""
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        parts = [row.values[name] for name in ("refund_id", "entry_number") if row.values.get(name)]
        grouped.setdefault(" ".join(parts) or f"row {row.row_number}", []).append(row)
    return grouped


def _faults_of_refund(members: Sequence[_Row], rates: RateTable) -> list[SetAside]:
    """What keeps a refund from being used though every cell is readable, told at the rows it concerns."""
    faulty = {(fault.row_number, fault.column) for row in members for fault in row.faults}
    found = []
    for name in ONCE_PER_REFUND:
        told = {row.values[name] for row in members if row.values.get(name) is not None}
        if len(told) > 1:
            reason = f"the rows of the refund differ in {name}; write it once, or give each refund its own refund_id"
            found += [SetAside(row.row_number, name, None, reason, is_damage=False) for row in members]
        if not told and name in NEEDED and not any(column == name for _, column in faulty):
            reason = "the cell is empty, and no refund can do without it"
            found.append(SetAside(members[0].row_number, name, None, reason, is_damage=True))
    return found or [fault for row in members for fault in _faults_of_days(row, members, rates)]


def _faults_of_days(row: _Row, members: Sequence[_Row], rates: RateTable) -> list[SetAside]:
    liquidated: date | None = _once(members, "liquidation_date")
    paid: date | None = _once(members, "payment_date")
    if liquidated is None:
        return []
    found = []
    for name in STARTS:
        day = row.values.get(name)
        if day is not None and day > liquidated:
            reason = f"{day} lies after the liquidation on {liquidated}"
        elif day is not None and day < rates.first_day:
            reason = f"{day} lies before the first published rate, of the quarter from {rates.first_day}"
        else:
            continue
        found.append(SetAside(row.row_number, name, str(day), reason, is_damage=False))
    if paid is not None and paid < liquidated:
        reason = f"{paid} lies before the liquidation on {liquidated}"
        found.append(SetAside(row.row_number, "payment_date", str(paid), reason, is_damage=False))
    for name, day in (("liquidation_date", liquidated), ("payment_date", paid)):
        if day is not None and day > rates.last_day:
            reason = f"{day} lies after {rates.last_day}, the last day with a published rate"
            found.append(SetAside(row.row_number, name, str(day), reason, is_damage=False))
    return found


def _refund(name: str, members: Sequence[_Row]) -> Refund:
    late = _once(members, "late_interest_usd")
    return Refund(
        name=name,
        payment=_once(members, "payment_id") or _once(members, "refund_id") or name,
        deposits=tuple(_deposit(row) for row in members),
        liquidation_date=_once(members, "liquidation_date"),
        interest_usd=_once(members, "interest_usd") + (late or Decimal(0)),
        payment_date=_once(members, "payment_date"),
        rate_class=_once(members, "rate_class"),
    )


def _deposit(row: _Row) -> Deposit:
    values = row.values
    return Deposit(
        row_number=row.row_number,
        principal_usd=values["principal_usd"],
        deposit_date=values["deposit_date"],
        entry_summary_date=values.get("entry_summary_date"),
        entry_date=values.get("entry_date"),
        paid_row_usd=values.get("paid_row_usd"),
        column_1_duty_usd=values.get("column_1_duty_usd"),
    )


def _once(members: Sequence[_Row], name: str) -> Any:
    """The value a refund's rows agree in; None where none has it."""
    return next((row.values[name] for row in members if row.values.get(name) is not None), None)
