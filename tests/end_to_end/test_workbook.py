"""The workbook of the demonstration: every formula computed anew, every amount compared with the warehouse."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import fastexcel
import openpyxl
import pytest

from cape_pipeline.warehouse.snapshot import write_snapshot
from cape_pipeline.workbook import workbook
from cape_pipeline.workbook.cells import kind_of
from cape_pipeline.workbook.sheets import Sheet, sheets
from tests.unit.workbook.reading import (
    HEADER,
    TOTALS,
    Calculated,
    cents,
    column,
    disagreements,
    formulas,
    heads,
    opened,
    summary_lines,
)


@pytest.fixture(scope="module")
def con(demo_tables: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    return demo_tables


@pytest.fixture(scope="module")
def content(con: duckdb.DuckDBPyConnection) -> bytes:
    return workbook(con)


@pytest.fixture(scope="module")
def values(content: bytes) -> openpyxl.Workbook:
    return opened(content, values=True)


def amounts(sheet: Sheet) -> list[str]:
    return [told.field.name for told in sheet.columns if kind_of(told.field) == "usd"]


def test_every_amount_of_every_sheet_sums_to_the_cent(
    con: duckdb.DuckDBPyConnection, values: openpyxl.Workbook
) -> None:
    compared = 0
    for sheet in sheets(con):
        for name in amounts(sheet):
            told = f"select count(*), count({name}), coalesce(sum({name}), 0) from ({sheet.query})"
            rows, known, total = con.execute(told).fetchall()[0]
            found = [cents(value) for value in column(values[sheet.name], name)]
            if rows:
                assert (len(found), len([value for value in found if value is not None])) == (rows, known), name
            assert sum(value or Decimal(0) for value in found) == total, f"{sheet.name}: {name}"
            compared += known
    assert compared > 5_000


def test_every_total_is_that_of_the_warehouse(con: duckdb.DuckDBPyConnection, values: openpyxl.Workbook) -> None:
    for sheet in sheets(con):
        for name in sheet.totals:
            where = f" where {sheet.counted_by}" if sheet.counted_by else ""
            (total,) = con.execute(f"select sum({name}) from ({sheet.query}){where}").fetchall()[0]
            shown = values[sheet.name].cell(TOTALS, heads(values[sheet.name])[name]).value
            assert cents(shown) == total, f"{sheet.name}: {name}"


def test_every_formula_computed_anew_comes_to_the_value_beside_it(content: bytes, tmp_path: Path) -> None:
    assert len(list(formulas(content))) > 800
    assert disagreements(content, tmp_path) == []


def test_only_totals_and_declared_columns_are_formulas(con: duckdb.DuckDBPyConnection, content: bytes) -> None:
    by_name = {sheet.name: sheet for sheet in sheets(con)}
    book = opened(content)
    for name, cell, _ in formulas(content):
        if name != "Summary":
            header = book[name].cell(HEADER, cell.column).value
            computed = [told.field.name for told in by_name[name].columns if told.formula]
            assert header in (by_name[name].totals if cell.row == TOTALS else computed), f"{name}!{cell.coordinate}"


def test_the_first_sheet_shows_the_figures_of_the_warehouse(
    con: duckdb.DuckDBPyConnection, content: bytes, values: openpyxl.Workbook, tmp_path: Path
) -> None:
    lines = summary_lines(values["Summary"])
    rows = {str(cell.value): cell.row for cell in values["Summary"]["A"]}
    calculated = Calculated(content, tmp_path)

    def shown(label: str, column: int) -> Decimal | None:
        """The figure as it stands and as it is computed anew: the same."""
        stored = cents(lines[label][column - 2])
        assert cents(calculated.value("Summary", rows[label], column)) == stored
        return stored

    receivable = "select sum({}) from reports.receivable_entries"
    for name, column_number in (("principal_usd", 3), ("open_principal_usd", 8), ("open_interest_usd", 9)):
        (wanted,) = con.execute(receivable.format(name)).fetchall()[0]
        assert shown("All stages", column_number) == wanted
    (closing,) = con.execute("select closing_usd from reports.receivable_rollforward_total").fetchall()[0]
    assert shown("Closing", 4) == closing
    waterfall = "select {} from payments.cash_waterfall where payee_number is null"
    for label, name in (
        ("ES-022", "es022_usd"),
        ("Found at the bank", "deposited_usd"),
        ("Unexplained", "unexplained_usd"),
    ):
        (wanted,) = con.execute(waterfall.format(name)).fetchall()[0]
        assert shown(label, 2) == wanted
    assert shown("Checks that do not close", 2) == 0
    assert {line[3] for label, line in lines.items() if label in rows and len(line) > 3} >= {"closes"}


def test_an_entry_changed_by_hand_breaks_the_checks(content: bytes, values: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = values["Receivable entries"]
    at = heads(sheet)["open_principal_usd"]
    calculated = Calculated(content, tmp_path)
    calculated.change("Receivable entries", sheet.max_row, at, 1_000_000.01)
    rows = {str(cell.value): cell.row for cell in values["Summary"]["A"]}
    assert calculated.value("Summary", rows["Checks that do not close"], 2) >= 1
    assert calculated.value("Summary", rows["Receivable and its entries: open_principal_usd"], 5) == "does not close"


def test_another_reader_finds_the_same_rows_and_types(con: duckdb.DuckDBPyConnection, content: bytes) -> None:
    reader = fastexcel.read_excel(content)
    assert reader.sheet_names[0] == "Summary"
    assert reader.sheet_names[-1] == "Dictionary"
    frame = reader.load_sheet("Receivable entries", header_row=HEADER - 1).to_polars()
    rows, principal = con.execute("select count(*), sum(principal_usd) from reports.receivable_entries").fetchall()[0]
    assert frame.height == rows
    assert frame.schema["entry_number"].is_(frame.schema["stage"])
    assert frame.schema["entry_date"].is_temporal()
    assert sum(Decimal(str(value)).quantize(Decimal("0.01")) for value in frame["principal_usd"]) == principal
    wanted = con.execute("select entry_number from reports.receivable_entries order by entry_number").fetchall()
    assert frame["entry_number"].to_list() == [number for (number,) in wanted]


def test_the_snapshot_gives_the_same_workbook(con: duckdb.DuckDBPyConnection, content: bytes, tmp_path: Path) -> None:
    write_snapshot(con, tmp_path / "cape_analyst.duckdb")
    with duckdb.connect(str(tmp_path / "cape_analyst.duckdb"), read_only=True) as snapshot:
        assert workbook(snapshot) == content


def test_nothing_in_the_file_reaches_out_of_it(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        told = {name: archive.read(name).decode() for name in names}
    assert not [
        name for name in names if "external" in name.lower() or "vba" in name.lower() or "query" in name.lower()
    ]
    assert not [name for name, text in told.items() if 'TargetMode="External"' in text or "<ddeLink" in text]


MOST = 7


@pytest.fixture(scope="module")
def shortened(con: duckdb.DuckDBPyConnection) -> bytes:
    return workbook(con, most_rows=MOST)


def test_a_shortened_workbook_holds_few_rows_of_every_table(
    con: duckdb.DuckDBPyConnection, shortened: bytes, content: bytes
) -> None:
    few, all_of_them = opened(shortened, values=True), opened(content, values=True)
    for sheet in sheets(con):
        (row_count,) = con.execute(f"select count(*) from ({sheet.query})").fetchall()[0]
        if row_count <= MOST:
            assert list(few[sheet.name].values) == list(all_of_them[sheet.name].values)
            continue
        rest = few[sheet.name].max_row - HEADER - MOST
        assert rest >= 1, sheet.name
        told = str(few[sheet.name].cell(2, 1).value)
        assert f"{MOST} rows of" in told, sheet.name
        assert f"most of {row_count:,}: {row_count - MOST:,} more are not shown" in told, sheet.name


def test_the_totals_of_a_shortened_workbook_are_those_of_all_rows(
    con: duckdb.DuckDBPyConnection, shortened: bytes
) -> None:
    test_every_total_is_that_of_the_warehouse(con, opened(shortened, values=True))


def test_every_formula_of_a_shortened_workbook_comes_to_the_figures_of_all_rows(
    content: bytes, shortened: bytes, tmp_path: Path
) -> None:
    assert disagreements(shortened, tmp_path) == []
    whole, few = (summary_lines(opened(book, values=True)["Summary"]) for book in (content, shortened))
    sheet_names = set(opened(content).sheetnames)
    assert {label: line for label, line in few.items() if label not in sheet_names} == {
        label: line for label, line in whole.items() if label not in sheet_names
    }
    assert few["Checks that do not close"][0] == 0
