"""The same rows arranged otherwise, in other orders, files and formats, end in the same tables."""

import csv
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fastexcel
import pytest
import xlsxwriter

from cape_pipeline.demo import write_demo
from tests.support.pipeline import empty_warehouse, run_on

GUIDE = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
GUIDE_DAY = date(2026, 7, 20)
#: Before CBP accepted the entries of the guide.
GUIDE_RUN_DATE = "2026-04-20"
#: Each compared table, and its columns that say which file or row a fact came from.
COMPARED = {
    "lines.classified_lines": ["load_id", "source_row"],
    "lines.duty_splits": [],
    "lines.entry_amounts": [],
    "entries.eligibility": [],
    "refunds.interest_accruals": [],
    "payments.rev603_reconciliation": [],
    "reports.position": ["undated_load_count"],
}
AMOUNTS = ("Line Tariff Goods Value Amount", "Line Tariff Duty Amount")
WHOLES = ("Entry Summary Line Number", "Tariff Ordinal Number")
DAYS = ("Entry Date", "Entry Summary Date", "Initial Entry Summary Create Date", "Liquidation Date")

Rows = list[list[Any]]
Tables = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Export:
    """One ES-003: its header and rows as text, whether it came as a workbook, and the run date its name is to state."""

    name: str
    run_date: str | None
    workbook: bool
    header: list[str]
    rows: Rows


@dataclass(frozen=True)
class Case:
    """A set of exports: the ES-003 files, the folder of all of them, and what the tables hold as they came."""

    exports: list[Export]
    folder: Path
    as_of: date
    tables: Tables


# --- files in and out -----------------------------------------------------------------------------------------------


def read(path: Path, run_date: str | None) -> Export:
    if path.suffix == ".xlsx":
        frame = fastexcel.read_excel(path).load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_polars()
        header, *rows = ([cell or "" for cell in row] for row in frame.rows())
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    return Export(path.stem, run_date, path.suffix == ".xlsx", header, rows)


def write(folder: Path, export: Export) -> None:
    name = "_".join(part for part in (export.name, export.run_date) if part)
    if not export.workbook:
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([export.header, *export.rows])
        return
    with xlsxwriter.Workbook(folder / f"{name}.xlsx", {"default_date_format": "mm/dd/yyyy"}) as book:
        sheet = book.add_worksheet("Main Report")
        for number, row in enumerate([export.header, *export.rows]):
            for place, cell in enumerate(row):
                if cell != "":
                    (sheet.write_string if isinstance(cell, str) else sheet.write)(number, place, cell)


# --- arrangements: one export to the files it arrives as ------------------------------------------------------------


def as_it_came(export: Export) -> list[Export]:
    return [export]


def rows_and_columns_shuffled(export: Export) -> list[Export]:
    chance = random.Random(14)
    order = chance.sample(range(len(export.header)), len(export.header))
    header, *rows = ([row[place] for place in order] for row in [export.header, *export.rows])
    return [replace(export, header=header, rows=chance.sample(rows, len(rows)))]


def in_the_other_format(export: Export) -> list[Export]:
    return [replace(export, workbook=not export.workbook)]


def in_typed_cells(export: Export) -> list[Export]:
    """A workbook whose numbers and days are numbers and days, as a spreadsheet keeps them."""
    rows = [[_typed(name, cell) for name, cell in zip(export.header, row, strict=True)] for row in export.rows]
    return [replace(export, workbook=True, rows=rows)]


def in_ten_files(export: Export) -> list[Export]:
    """Every tenth row in each file, so that every entry of more than one row lies in several."""
    parts = [export.rows[start::10] for start in range(10)]
    return [replace(export, name=f"{export.name}_part_{part}", rows=rows) for part, rows in enumerate(parts)]


def in_ten_files_of_both_formats(export: Export) -> list[Export]:
    return [replace(part, workbook=place % 2 == 0) for place, part in enumerate(in_ten_files(export))]


def in_typed_cells_shuffled(export: Export) -> list[Export]:
    (shuffled,) = rows_and_columns_shuffled(export)
    return in_typed_cells(shuffled)


def _typed(name: str, cell: str) -> Any:
    if not cell:
        return cell
    if name in AMOUNTS:
        return float(cell.replace("$", "").replace(",", ""))
    if name in WHOLES:
        return int(cell)
    return datetime.strptime(cell, "%m/%d/%Y") if name in DAYS else cell  # noqa: DTZ007 - a cell has no zone


Arrangement = Callable[[Export], list[Export]]


# --- cases ----------------------------------------------------------------------------------------------------------


def build(exports: list[Export], others: list[Path], arrange: Arrangement, as_of: date, folder: Path) -> Tables:
    """What the compared tables hold when the exports arrive so, beside the other files."""
    for other in others:
        shutil.copy(other, folder / other.name)
    for export in exports:
        for file in arrange(export):
            write(folder, file)
    with empty_warehouse() as con:
        run_on(con, folder, as_of)
        return {
            table: con.execute(f"select * exclude ({', '.join(left_out)}) from {table} order by all").fetchall()
            if left_out
            else con.execute(f"select * from {table} order by all").fetchall()
            for table, left_out in COMPARED.items()
        }


def case(exports: list[Export], folder: Path, as_of: date, target: Path) -> Case:
    return Case(exports, folder, as_of, build(exports, others_of(folder), as_it_came, as_of, target))


def others_of(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith("ES-003")]


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The guide's example, whose ES-003 states no run date."""
    (path,) = GUIDE.glob("ES-003*")
    return case([read(path, None)], GUIDE, GUIDE_DAY, tmp_path_factory.mktemp("undated"))


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The guide's example, with the run date in the file's name."""
    (path,) = GUIDE.glob("ES-003*")
    return case([read(path, GUIDE_RUN_DATE)], GUIDE, GUIDE_DAY, tmp_path_factory.mktemp("dated"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The demonstration: three ES-003 of different days, two as CSV and one as a workbook, some rows unusable."""
    folder = tmp_path_factory.mktemp("demo")
    written = write_demo(folder)
    exports = []
    for path in sorted(folder.glob("ES-003*")):
        stem, _, day = path.stem.rpartition("_")
        # the workbook states its day on a sheet, and its name two months
        came = read(path, day if path.suffix == ".csv" else "2026-07-17")
        exports.append(replace(came, name=stem))
    return case(exports, folder, written.as_of, tmp_path_factory.mktemp("demo_as_it_came"))


ARRANGED: list[tuple[str, Arrangement]] = [
    ("undated", in_typed_cells_shuffled),
    ("undated", in_ten_files),
    ("dated", in_ten_files_of_both_formats),
    ("demo", rows_and_columns_shuffled),
    ("demo", in_the_other_format),
    ("demo", in_ten_files),
]


@pytest.mark.parametrize(("name", "arrange"), ARRANGED, ids=lambda value: getattr(value, "__name__", value))
def test_the_same_rows_arranged_otherwise_give_the_same_tables(
    name: str, arrange: Arrangement, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    came: Case = request.getfixturevalue(name)
    arranged = build(came.exports, others_of(came.folder), arrange, came.as_of, tmp_path)
    for table, rows in came.tables.items():
        assert rows, table
        assert arranged[table] == rows, table
