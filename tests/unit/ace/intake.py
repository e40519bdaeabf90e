"""Files written on the spot and loaded into empty `ace` tables made from the contracts.

Belongs here: writing small files and loading them. Does not belong here: any expectation.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from cape_pipeline.ace import Inspection, LoadResult, inspect_file, load_file
from cape_pipeline.contracts import ace
from cape_pipeline.warehouse.contract import TableContract

Cell = Any
Row = Sequence[Cell]


def received_contracts() -> list[type[TableContract]]:
    """Contracts of the tables that hold received rows."""
    contracts = [c for c in vars(ace).values() if isinstance(c, type) and issubclass(c, TableContract)]
    return [contract for contract in contracts if getattr(contract, "source", None) == "received"]


class Intake:
    """Writes files into a folder and loads them into empty `ace` tables."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.folder = folder
        self.loads = 0

    def bytes(self, content: bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def csv(
        self, rows: Sequence[Row], name: str = "file.csv", *, delimiter: str = ",", encoding: str = "utf-8"
    ) -> Path:
        lines = [delimiter.join(_csv_cell(cell, delimiter) for cell in row) for row in rows]
        return self.bytes(("\r\n".join(lines) + "\r\n").encode(encoding), name)

    def xlsx(self, sheets: dict[str, Sequence[Row]], name: str = "file.xlsx") -> Path:
        path = self.folder / name
        book = xlsxwriter.Workbook(path, {"default_date_format": "mm/dd/yyyy"})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for row_number, row in enumerate(rows):
                for cell_number, cell in enumerate(row):
                    if cell is not None:
                        write = sheet.write_string if isinstance(cell, str) else sheet.write
                        write(row_number, cell_number, cell)
        book.close()
        return path

    def inspect(self, path: Path) -> Inspection:
        return inspect_file(path)

    def load(self, path: Path, **limits: Any) -> LoadResult:
        self.loads += 1
        return load_file(self.con, inspect_file(path), self.loads, datetime(2026, 7, 20, 12), **limits)  # noqa: DTZ001

    def rows(self, table: str, columns: str, order: str = "source_row") -> list[tuple[Any, ...]]:
        return self.con.execute(f"select {columns} from ace.{table} order by {order}").fetchall()

    def quarantine(self, columns: str = "source_row, column_name, reason_code, raw_value") -> list[tuple[Any, ...]]:
        return self.rows("quarantine", columns, "source_row, column_name")


@contextmanager
def undone(place: Intake) -> Iterator[Intake]:
    """What is loaded inside is taken back at the end."""
    place.con.execute("begin")
    try:
        yield place
    finally:
        place.con.execute("rollback")


def _csv_cell(cell: Cell, delimiter: str) -> str:
    text = "" if cell is None else str(cell)
    if text.startswith('="') or not any(sign in text for sign in (delimiter, '"', "\n", "\r")):
        return text
    return '"' + text.replace('"', '""') + '"'
