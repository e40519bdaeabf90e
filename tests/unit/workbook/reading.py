"""The workbook made, and read as others read it: by openpyxl, and by IronCalc, which computes every formula anew."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import ironcalc
import openpyxl
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from cape_pipeline.workbook import workbook
from tests.support.tables import settled

HEADER, FIRST, TOTALS = 4, 5, 3  # rows as a spreadsheet counts them


def filled(con: duckdb.DuckDBPyConnection, **how: int) -> bytes:
    """The workbook of the tables as they stand."""
    with settled(con):
        return workbook(con, **how)


def opened(content: bytes, *, values: bool = False) -> openpyxl.Workbook:
    """The workbook with its formulas, or with the values that stand beside them."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def heads(sheet: Worksheet) -> dict[str, int]:
    """By header the number of its column."""
    return {cell.value: cell.column for cell in sheet[HEADER] if cell.value is not None}


def cells(sheet: Worksheet, name: str) -> list[Cell]:
    """The cells of a column below its header, as many as the sheet has rows."""
    return [sheet.cell(row, heads(sheet)[name]) for row in range(FIRST, sheet.max_row + 1)]


def column(sheet: Worksheet, name: str) -> list[Any]:
    return [cell.value for cell in cells(sheet, name)]


def cents(value: Any) -> Decimal | None:
    """An amount as it reads at two decimals; it must be no further from it than a double is."""
    if value is None or value == "":
        return None
    amount = Decimal(repr(value))
    assert abs(amount - amount.quantize(Decimal("0.01"))) < Decimal("0.000001"), value
    return amount.quantize(Decimal("0.01"))


def summary_lines(sheet: Worksheet) -> dict[str, list[Any]]:
    """The first sheet by label; a label that stands twice is told by its last line."""
    return {str(row[0]): list(row[1:]) for row in sheet.iter_rows(values_only=True) if row[0] is not None}


class Calculated:
    """The workbook in a program that calculates."""

    def __init__(self, content: bytes, folder: Path) -> None:
        path = folder / "calculated.xlsx"
        path.write_bytes(content)
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        self.names = [told["name"] for told in self.model.get_worksheets_properties()]
        self.model.evaluate()

    def value(self, sheet: str, row: int, column: int) -> Any:
        return self.model.get_cell_value(self.names.index(sheet), row, column)

    def change(self, sheet: str, row: int, column: int, number: float) -> None:
        """Write another number into a cell and calculate anew."""
        self.model.update_cell_with_number(self.names.index(sheet), row, column, number)
        self.model.evaluate()


def formulas(content: bytes) -> Iterator[tuple[str, Cell, Any]]:
    """Every formula: its sheet, its cell, and the value that stands beside it."""
    stored = opened(content, values=True)
    for sheet in opened(content):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    value = stored[sheet.title].cell(cell.row, cell.column).value
                    yield sheet.title, cell, "" if value is None else value


def disagreements(content: bytes, folder: Path) -> list[str]:
    """Formulas that come to something else than the value beside them."""
    calculated = Calculated(content, folder)
    told = []
    for sheet, cell, stored in formulas(content):
        found = calculated.value(sheet, cell.row, cell.column)
        found = "" if found is None else found
        is_number = isinstance(stored, int | float) and isinstance(found, int | float)
        if (cents(found) != cents(stored)) if is_number else (found != stored):
            told.append(f"{sheet}!{cell.coordinate} {cell.value}: {found!r} instead of {stored!r}")
    return told
