"""ES-003 files of any size for benchmarks, the same at every run, as CSV or as a workbook.

Belongs here: writing the files. Does not belong here: reading or measuring anything (`stages.py`).

`python -m tests.benchmarks.exports FILE ROWS` writes one, in a process of its own, so that the one that measures stays
small.

Every entry has two lines of two tariff rows, a fitting check digit, and one day of entry. The columns are the report's
27 default ones and the five that the guide asks users to add; half of the amounts are printed with a separator and so
stand in quotation marks, as ACE writes them.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import xlsxwriter

from cape_pipeline.ace import macros_sql

ROWS_PER_ENTRY = 4
#: What the workbook holds as numbers; everything else is text in it, as in the exports seen.
NUMBERS = frozenset(
    {"Entry Summary Line Number", "Tariff Ordinal Number", "Line Tariff Goods Value Amount", "Line Tariff Duty Amount"}
)
BATCH = 20_000


def _day(column: str, first_day: str, spread: int) -> str:
    return f"strftime(date '{first_day}' + cast(entry % {spread} as integer), '%m/%d/%Y') as \"{column}\""


def _money(below: int) -> str:
    return f"'$' || format('{{:,}}', i % {below}) || '.' || lpad(cast(i % 100 as varchar), 2, '0')"


def _select(rows: int) -> str:
    """One row for each tariff row; a cell that ACE leaves empty is NULL."""
    return f"""
        with
            numbered as (
                select
                    i, i // {ROWS_PER_ENTRY} as entry, i % 2 as is_goods,
                    'MYK' || lpad(cast(i // {ROWS_PER_ENTRY} as varchar), 7, '0') as ten
                from range({rows}) as numbers (i)
            )
        select
            ten || entry_check_digit(ten) as "Entry Summary Number",
            '01' as "Entry Type Code",
            '12-' || lpad(cast(entry // 175 as varchar), 7, '0') as "Importer Number",
            '4601' as "Port of Entry Code",
            {_day("Entry Date", "2025-02-04", 380)},
            {_day("Entry Summary Date", "2025-02-14", 380)},
            {_day("Initial Entry Summary Create Date", "2025-02-04", 380)},
            cast(1 + (i % {ROWS_PER_ENTRY}) // 2 as varchar) as "Entry Summary Line Number",
            '701' as "Review Team Number",
            'CN' as "Country of Origin Code",
            'CN' as "Country of Export Code",
            'CNEXAMPL' || (i % 1000) || 'SHA' as "Manufacturer ID",
            null as "Foreign Exporter ID",
            null as "Line SPI Code",
            null as "Standard Visa Number",
            null as "Textile Category Code",
            null as "Textile Category",
            cast(1 + is_goods as varchar) as "Tariff Ordinal Number",
            if(is_goods = 1, '84713001' || lpad(cast(i % 100 as varchar), 2, '0'), '99030125') as "HTS Number - Full",
            if(is_goods = 1, cast(i % 500 as varchar), null) as "Line Tariff Quantity (1)",
            if(is_goods = 1, 'NO', null) as "Line Tariff UOM (1) Code",
            null as "Line Tariff Quantity (2)",
            null as "Line Tariff UOM (2) Code",
            null as "Line Tariff Quantity (3)",
            null as "Line Tariff UOM (3) Code",
            if(is_goods = 1, {_money(90_000)}, '$0.00') as "Line Tariff Goods Value Amount",
            {_money(9_000)} as "Line Tariff Duty Amount",
            'Liquidated' as "Liquidation Status",
            {_day("Liquidation Date", "2026-01-04", 180)},
            null as "Reconciliation Indicator",
            null as "Protest Status",
            'Free' as "Column 1 Current Primary Duty Rate"
        from numbered"""


def _connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute("set threads = 2")
    for macro in macros_sql():
        con.execute(macro)
    return con


def write_csv(path: Path, rows: int) -> None:
    """An ES-003 of so many tariff rows."""
    with _connection() as con:
        con.execute("set preserve_insertion_order = true")
        con.execute(f"copy ({_select(rows)}) to '{path}' (format csv, header)")


def write_xlsx(path: Path, rows: int) -> None:
    """The same as a workbook of the sheets `Main Report` and `Parameters`, written row by row."""
    with _connection() as con, xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        found = con.execute(_select(rows))
        names = [column[0] for column in found.description or []]
        sheet = book.add_worksheet("Main Report")
        for number, cells in enumerate(itertools.chain([names], _batches(found))):
            for place, (name, cell) in enumerate(zip(names, cells, strict=True)):
                if cell is not None and number and name in NUMBERS:
                    sheet.write_number(number, place, float(cell.replace("$", "").replace(",", "")))
                elif cell is not None:
                    sheet.write_string(number, place, cell)
        parameters = book.add_worksheet("Parameters")
        parameters.write_row(0, 0, ["Report Run Date:", "07/01/2026"])


def _batches(found: duckdb.DuckDBPyConnection) -> Iterator[tuple[str | None, ...]]:
    while batch := found.fetchmany(BATCH):
        yield from batch


if __name__ == "__main__":
    target = Path(sys.argv[1])
    (write_xlsx if target.suffix == ".xlsx" else write_csv)(target, int(sys.argv[2]))
