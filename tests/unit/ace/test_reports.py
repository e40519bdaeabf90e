"""The data file of reports agrees with the contracts."""

import pytest

from cape_pipeline.ace.reports import Report, normalise_header, quoted_list, report_book
from tests.unit.ace.intake import received_contracts

REPORTS = report_book().reports
NOT_IN_FILES = {"load_id", "source_row", "importer_key", "other_cells"}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_every_column_of_the_table_has_its_headers(report: Report) -> None:
    named = {column.name for column in report.columns if column.per is None}
    assert named == set(report.contract.column_names()) - NOT_IN_FILES


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_a_value_the_contract_demands_is_required_of_every_row(report: Report) -> None:
    demanded = {field.name for field in report.contract.fields if not field.nullable} - NOT_IN_FILES
    assert {column.name for column in report.columns if column.required} == demanded


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_a_required_value_has_a_column_the_file_cannot_lack(report: Report) -> None:
    assert all(column.needed for column in report.columns if column.required)
    assert set(report.any_of) <= {column.name for column in report.columns}


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.code)
def test_the_kind_of_a_column_fits_the_type_of_its_field(report: Report) -> None:
    types = {"day": "DATE", "amount": "DECIMAL(18,2)", "whole": "INTEGER", "flag": "BOOLEAN"}
    for column in report.columns:
        assert column.field.sql_type == types.get(column.kind, "VARCHAR"), column.name
        assert (column.kind == "vocabulary") == (column.field.one_of is not None), column.name


def test_every_table_of_received_rows_has_a_report() -> None:
    tables = {contract.table() for contract in received_contracts()} - {"loads", "quarantine"}
    filled = {into.contract.table() for report in REPORTS for into in report.once_per.values()}
    assert {report.contract.table() for report in REPORTS} | filled >= tables


def test_amounts_of_the_line_and_of_the_entry_have_tables_of_their_own() -> None:
    report = report_book().report("ES-003")
    repeated = {column.label: column.per for column in report.columns if column.per}
    assert repeated == {
        "Line Goods Value Amount": "line",
        "Line Duty Amount": "line",
        "Line MPF Amount": "line",
        "Line HMF Amount": "line",
        "Total Paid MPF Amount": "entry",
        "Total Liquidated Duty Amount": "entry",
    }
    assert not {column.name for column in report.columns if column.per} & set(report.contract.column_names())


def test_headers_are_compared_by_letters_and_digits_only() -> None:
    assert normalise_header(" HTS Number - Full") == normalise_header("hts_number_FULL") == "htsnumberfull"
    assert normalise_header("Line Tariff Quantity (1)") != normalise_header("Line Tariff Quantity (2)")


def test_a_list_of_names_reads_like_a_sentence() -> None:
    assert quoted_list(["A"]) == "'A'"
    assert quoted_list(["A", "B", "C"]) == "'A', 'B' and 'C'"
