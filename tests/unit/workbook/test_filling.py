"""The layout all sheets share: header, totals, filter, pages, numbered sheets, and bytes that repeat."""

import hashlib
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
from openpyxl.utils import get_column_letter

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.workbook.sheets import sheets
from tests.support.tables import put
from tests.unit.workbook.reading import (
    FIRST,
    HEADER,
    TOTALS,
    Calculated,
    cents,
    column,
    disagreements,
    filled,
    heads,
    opened,
)


def put_entries(con: duckdb.DuckDBPyConnection, count: int) -> None:
    """Entries of 100.01, 200.02 and so on, the last of them of unknown principal."""
    for number in range(1, count + 1):
        put(
            con,
            "reports.receivable_entries",
            entry_number=f"ABC{number:08}",
            importer_key="k",
            stage="accepted",
            principal_usd=None if number == count else number * Decimal("100.01"),
        )


def test_header_filter_frozen_rows_and_page_fit_the_rows(con: duckdb.DuckDBPyConnection) -> None:
    put_entries(con, 3)
    for sheet in opened(filled(con)).worksheets[1:-1]:
        rows = 3 if sheet.title == "Receivable entries" else sheet.max_row - HEADER
        last = f"{get_column_letter(len(heads(sheet)))}{max(HEADER + rows, FIRST)}"
        assert sheet.freeze_panes == "B5", sheet.title
        assert sheet.auto_filter.ref == f"A{HEADER}:{last}", sheet.title
        assert sheet.print_title_rows == "$3:$4", sheet.title
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0), sheet.title
        assert "As of 2026-07-20" in sheet.oddFooter.center.text, sheet.title
        assert all(sheet.column_dimensions[get_column_letter(at)].width >= 10 for at in (1, len(heads(sheet))))


def test_every_header_says_what_its_column_means(con: duckdb.DuckDBPyConnection) -> None:
    book = opened(filled(con))
    meanings = {field.name: field.description for field in CONTRACTS["payments.rev603_reconciliation"].fields}
    sheet = book["Refunds"]
    for name, position in heads(sheet).items():
        comment = sheet.cell(HEADER, position).comment.text
        assert comment.startswith(meanings.get(name, comment)), name
    told = {(row[0], row[1]): row[4] for row in book["Dictionary"].iter_rows(min_row=2, values_only=True)}
    shown = {(sheet.title, name) for sheet in book.worksheets[1:-1] for name in heads(sheet)}
    assert set(told) == shown
    assert all(told.values())


def test_totals_cover_every_row_and_follow_the_filter(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_entries(con, 4)
    content = filled(con)
    sheet = opened(content)["Receivable entries"]
    at = heads(sheet)["principal_usd"]
    letter = get_column_letter(at)
    assert sheet.cell(TOTALS, at).value == (f'=IF(COUNT({letter}5:{letter}8)=0,"",SUBTOTAL(109,{letter}5:{letter}8))')
    assert opened(content, values=True)["Receivable entries"].cell(TOTALS, at).value == 600.06
    calculated = Calculated(content, tmp_path)
    calculated.change("Receivable entries", FIRST + 3, at, 0.07)  # the last row counts too
    assert cents(calculated.value("Receivable entries", TOTALS, at)) == Decimal("600.13")


def test_totals_of_refunds_are_those_of_refunds_that_count(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for key, counts, amount in (("1", True, "10.10"), ("2", False, "5.05"), ("3", True, None)):
        put(
            con,
            "payments.rev603_reconciliation",
            reconciliation_key=key,
            refund_number=key,
            is_counted=counts,
            rev603_usd=amount and Decimal(amount),
        )
    content = filled(con)
    sheet = opened(content, values=True)["Refunds"]
    assert sheet.cell(TOTALS, heads(sheet)["rev603_usd"]).value == 10.1
    assert sheet.cell(TOTALS, 1).value == "Total where is_counted"
    assert disagreements(content, tmp_path) == []


def test_a_table_that_does_not_fit_goes_on_in_numbered_sheets(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put_entries(con, 7)
    content = filled(con, rows_of_a_sheet=3)
    book = opened(content, values=True)
    parts = [book[name] for name in ("Receivable entries", "Receivable entries 2", "Receivable entries 3")]
    assert [column(part, "entry_number") for part in parts] == [
        ["ABC00000001", "ABC00000002", "ABC00000003"],
        ["ABC00000004", "ABC00000005", "ABC00000006"],
        ["ABC00000007"],
    ]
    at = heads(parts[0])["principal_usd"]
    assert [part.cell(TOTALS, at).value for part in parts] == [600.06, 1500.15, None]
    assert "sheet 2 of 3" in parts[1]["A2"].value
    labels = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    assert labels["Entry summaries known"] == 7
    assert labels["Receivable and its entries: principal_usd"] == 0
    assert {name: labels[name] for name in labels if str(name).startswith("Receivable entries")} == {
        "Receivable entries": 3,
        "Receivable entries 2": 3,
        "Receivable entries 3": 1,
    }
    assert disagreements(content, tmp_path) == []


def test_rows_that_just_fit_take_one_sheet(con: duckdb.DuckDBPyConnection) -> None:
    put_entries(con, 3)
    assert "Receivable entries 2" not in opened(filled(con, rows_of_a_sheet=3)).sheetnames


def test_a_row_that_does_not_close_shows_by_how_much(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    put(
        con,
        "reports.receivable_rollforward",
        importer_key="k",
        opening_principal_usd=Decimal("100.00"),
        period_interest_usd=Decimal("2.50"),
        cash_principal_usd=Decimal("-40.00"),
        closing_principal_usd=Decimal("60.00"),
        closing_interest_usd=Decimal("2.51"),
    )
    put(
        con,
        "payments.bank_credits",
        credit_finding="not_cbp",
        credit_total_usd=Decimal("9.00"),
        explained_usd=Decimal("0.00"),
        unexplained_usd=Decimal("0.00"),
    )
    content = filled(con)
    book = opened(content, values=True)
    assert [cents(value) for value in column(book["Rollforward"], "computed_closing_usd")] == [Decimal("62.50")]
    assert [cents(value) for value in column(book["Rollforward"], "closing_check_usd")] == [Decimal("-0.01")]
    assert column(book["Bank credits"], "credit_check_usd") == [0]
    assert disagreements(content, tmp_path) == []


def test_the_way_of_a_refund_is_checked_as_far_as_it_is_known(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    nothing = dict.fromkeys(("diverted_usd", "rejected_usd", "pending_usd"), Decimal("0.00"))
    way = nothing | {"deposited_usd": Decimal("90.00"), "unexplained_usd": Decimal("10.00")}
    known = {"refund_number": "R", "rev603_usd": Decimal("100.00"), "es022_usd": Decimal("99.00")}
    for key, values in (
        ("closes", known | {"consolidation_variance_usd": Decimal("1.00")}),
        ("does not", known | {"rev603_usd": Decimal("100.01")}),
        ("by ES-022", known | {"rev603_usd": None, "es022_usd": Decimal("100.00")}),
        ("total unknown", known | {"rev603_usd": None, "es022_usd": None}),
        ("rest unknown", known | {"unexplained_usd": None}),
        ("batch", known | {"refund_number": None}),
    ):
        put(con, "payments.rev603_reconciliation", **way | values | {"reconciliation_key": key})
    content = filled(con)
    sheet = opened(content, values=True)["Refunds"]
    keys = column(sheet, "reconciliation_key")
    found = dict(zip(keys, (cents(value) for value in column(sheet, "cash_check_usd")), strict=True))
    closing, off = Decimal("0.00"), Decimal("0.01")
    assert found == {
        "closes": closing,
        "does not": off,
        "by ES-022": closing,
        "total unknown": None,
        "rest unknown": None,
        "batch": None,
    }
    reports = dict(zip(keys, (cents(value) for value in column(sheet, "rev603_check_usd")), strict=True))
    assert reports == dict.fromkeys(keys) | {"closes": closing}
    assert disagreements(content, tmp_path) == []


def test_a_month_of_interest_is_a_column(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("drop view reports.interest_by_period")
    con.execute(
        "create view reports.interest_by_period as from (values"
        " ('ABC00000001', date '2026-05-31', date '2026-05-31', cast(1.10 as decimal(18, 2)), null),"
        " ('ABC00000001', date '2026-06-30', date '2026-06-30', cast(2.20 as decimal(18, 2)), null),"
        " ('ABC00000002', date '2026-06-30', date '2026-06-30', null, 'rates_not_published'))"
        " as months(entry_number, period_end, accrued_through_date, interest_usd, interest_unknown_reason)"
    )
    put_entries(con, 2)
    book = opened(filled(con), values=True)
    sheet = book["Interest by entry"]
    assert column(sheet, "interest_2026_05_usd") == [1.1, None]
    assert column(sheet, "interest_2026_06_usd") == [2.2, None]
    assert [value or None for value in column(sheet, "months_usd")] == [3.3, None]
    assert column(sheet, "month_unknown_reason") == [None, "rates_not_published"]
    by_month = book["Interest by month"]
    assert column(by_month, "interest_usd") == [1.1, 2.2]
    assert column(by_month, "interest_unknown_count") == [0, 1]


def test_the_same_tables_give_the_same_bytes_and_the_day_is_the_as_of_day(con: duckdb.DuckDBPyConnection) -> None:
    put_entries(con, 2)
    content = filled(con)
    assert hashlib.sha256(filled(con)).digest() == hashlib.sha256(content).digest()
    assert opened(content).properties.created == datetime(2026, 7, 20)  # noqa: DTZ001 (the file states UTC)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert str(date(2026, 7, 20)) in archive.read("docProps/core.xml").decode()


def test_what_a_sheet_shows_its_query_gives(con: duckdb.DuckDBPyConnection) -> None:
    for sheet in sheets(con):
        con.execute(sheet.query)
        given = {told[0] for told in con.description or ()}
        names = [told.field.name for told in sheet.columns]
        assert len(set(names)) == len(names), sheet.name
        assert set(names) | set(sheet.order) <= given, sheet.name
        assert set(sheet.totals) <= set(names), sheet.name
        assert not sheet.counted_by or sheet.counted_by in names
