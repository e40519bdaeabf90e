"""How values of the warehouse become cells: types, formats, hostile texts, and what a cell cannot hold."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.contract import Field
from cape_pipeline.workbook.cells import kind_of
from tests.support.tables import put
from tests.unit.workbook.reading import TOTALS, cells, column, filled, heads, opened

HOSTILE = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com","click")',
    "{=1+1}",
    "+1+1",
    "-1+1",
    "@SUM(A1:A2)",
    "\tTAB",
    "\rCR",
    "http://example.com/x",
    "file:///etc/passwd",
    "mailto:a@example.com",
    "internal:Summary!A1",
    "0012345678901234567890",
    "1E5",
    "TRUE",
    "2026-07-20",
    "<r><t>x</t></r>",
    '<r></t></is></c><c r="A1"><f>1+1</f></c></r>',
    "</t></is></c>",
    "_x0041_",
    "a\x01b",
    "‮gnp.exe",
    "\U0001f4a9" * 3,
    "&amp; <b> \" '",
    " blanks ",
)


def alert(con: duckdb.DuckDBPyConnection, **values: Any) -> None:
    put(con, "payments.alerts", severity="money_missing", alert_key=values.pop("key", "1"), **values)


def as_in_the_file(text: str) -> str:
    """The text with the escapes of inline strings, which openpyxl leaves as they stand in the file."""
    return text.replace("_x0041_", "_x005F_x0041_").replace("\x01", "_x0001_").replace("\r", "_x000D_")


def test_a_text_stays_the_text_it_is_and_is_never_a_formula_a_link_or_a_number(con: duckdb.DuckDBPyConnection) -> None:
    for number, text in enumerate(HOSTILE):
        alert(con, key=f"{number:02}", message=text, next_action=text, acknowledged_note=text)
        put(con, "ace.current_importers", importer_key=f"{number:02}", importer_name=text)
        put(con, "reports.receivable_position", importer_key=f"{number:02}", stage="accepted")
    book = opened(filled(con))
    for sheet, name in (("Alerts", "message"), ("Alerts", "next_action"), ("Receivable", "importer_name")):
        found = cells(book[sheet], name)
        assert [cell.value for cell in found] == [as_in_the_file(text) for text in HOSTILE]
        assert {(cell.data_type, cell.number_format, cell.hyperlink) for cell in found} == {("s", "@", None)}


def test_numbers_of_entries_importers_and_traces_stay_text(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "reports.receivable_entries", entry_number="00012345678", importer_number="01-0000001", importer_key="1")
    put(con, "payments.rev603_reconciliation", trace_number="00000031000300044524", refund_number="0012")
    book = opened(filled(con))
    assert column(book["Receivable entries"], "entry_number") == ["00012345678"]
    assert column(book["Receivable entries"], "importer_number") == ["01-0000001"]
    assert column(book["Refunds"], "trace_number") == ["00000031000300044524"]
    assert column(book["Refunds"], "refund_number") == ["0012"]


def test_amounts_days_and_flags_have_their_types_and_formats(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        "payments.rev603_reconciliation",
        rev603_usd=Decimal("-1234567.89"),
        refund_variance_rate=Decimal("-0.012345"),
        refund_date=date(2026, 6, 30),
        is_material=True,
        entry_count=12345,
    )
    sheet = opened(filled(con))["Refunds"]
    found = {name: cells(sheet, name)[0] for name in heads(sheet)}
    assert (found["rev603_usd"].value, found["rev603_usd"].number_format) == (-1234567.89, "#,##0.00;[Red]-#,##0.00")
    assert (found["refund_variance_rate"].value, found["refund_variance_rate"].number_format) == (-0.012345, "0.0000%")
    assert (found["refund_date"].value, found["refund_date"].number_format) == (datetime(2026, 6, 30), "yyyy-mm-dd")  # noqa: DTZ001 (a cell has no zone)
    assert (found["is_material"].value, found["is_material"].data_type) == (True, "b")
    assert (found["entry_count"].value, found["entry_count"].number_format) == (12345, "#,##0")


def test_what_is_unknown_is_an_empty_cell_and_never_zero(con: duckdb.DuckDBPyConnection) -> None:
    put(
        con,
        "reports.receivable_entries",
        entry_number="ABC12345676",
        interest_unknown_reason="principal_unknown",
        stage_reason="",
    )
    sheet = opened(filled(con), values=True)["Receivable entries"]
    assert column(sheet, "principal_usd") == [None]
    assert column(sheet, "accrued_interest_usd") == [None]
    assert column(sheet, "interest_unknown_reason") == ["principal_unknown"]
    assert sheet.cell(TOTALS, heads(sheet)["principal_usd"]).value is None
    assert column(sheet, "stage_reason") == [None], "an empty text is an empty cell too"


def test_a_list_is_one_text(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "payments.rev603_reconciliation", variance_causes=["netting", "rounding"], bill_numbers=["=1+1"])
    sheet = opened(filled(con))["Refunds"]
    assert column(sheet, "variance_causes") == ["netting; rounding"]
    assert column(sheet, "bill_numbers") == ["=1+1"]
    assert cells(sheet, "bill_numbers")[0].data_type == "s"


def test_an_amount_of_fifteen_digits_is_a_number(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "payments.bank_credits", credit_key="1", credit_total_usd=Decimal("9999999999999.99"))
    put(con, "payments.bank_credits", credit_key="2", credit_total_usd=Decimal("-9999999999999.99"))
    sheet = opened(filled(con))["Bank credits"]
    assert column(sheet, "credit_total_usd") == [9999999999999.99, -9999999999999.99]
    assert sheet.cell(TOTALS, heads(sheet)["credit_total_usd"]).data_type == "f"


def test_an_amount_of_more_digits_is_written_as_text_with_a_note(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "payments.bank_credits", credit_key="1", credit_total_usd=Decimal("30000000000000.01"))
    put(con, "payments.bank_credits", credit_key="2", credit_total_usd=Decimal("-10000000000000.00"))
    put(con, "payments.bank_credits", credit_key="3", credit_total_usd=Decimal("0.02"))
    sheet = opened(filled(con))["Bank credits"]
    *long, short = cells(sheet, "credit_total_usd")
    assert [(cell.value, cell.data_type) for cell in long] == [("30000000000000.01", "s"), ("-10000000000000.00", "s")]
    assert all("15 digits" in cell.comment.text for cell in long)
    assert short.value == 0.02
    # a formula would leave the texts out: the total is what the warehouse says
    assert sheet.cell(TOTALS, heads(sheet)["credit_total_usd"]).value == "20000000000000.03"


def test_a_day_excel_cannot_count_is_text(con: duckdb.DuckDBPyConnection) -> None:
    for key, day in enumerate((date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31))):
        alert(con, key=str(key), due_date=day)
    assert column(opened(filled(con))["Alerts"], "due_date") == [
        "1900-02-28",
        datetime(1900, 3, 1),  # noqa: DTZ001 (a cell has no zone)
        datetime(9999, 12, 31),  # noqa: DTZ001 (a cell has no zone)
    ]


def test_a_text_longer_than_a_cell_says_where_it_was_cut(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "ace.quarantine", source_row=1, raw_row="x" * 40_000, reason_code="row_shape")
    put(con, "ace.quarantine", source_row=2, raw_row="\U0001f4a9" * 16_000, reason_code="row_shape")
    cut, whole = column(opened(filled(con))["Quarantine"], "raw_row")
    assert cut == "x" * 16_000 + " … (cut here; 40000 characters in all)"
    assert whole == "\U0001f4a9" * 16_000


def test_a_type_no_sheet_shows_is_refused() -> None:
    with pytest.raises(KeyError):
        kind_of(Field("opening_usd", "DECIMAL(38,22)", "unrounded"))


def test_a_count_is_told_from_a_whole_number() -> None:
    fields = {field.name: field for field in CONTRACTS["ace.quarantine"].fields}
    assert kind_of(fields["source_row"]) == "whole"
    assert kind_of(Field("entry_count", "INTEGER", "entries")) == "count"
