"""A broker's list of entry lines is recognised by its headers, and only where it is no ES-003."""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.ace.errors import UnknownExport
from cape_pipeline.ace.reports import report_book
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

TOTAL = [
    ["Entry Number", "Line No", "Entry Date", "IOR Number", "Entry Type", "COO", "HTS Code", "Entered Value",
     "General Rate", "SPI", "Total Duty", "MPF", "HMF"],
    ["MYK-0101003-9", "1", "05/14/2025", "12-3456789", "1", "CN", "8501.10.9000", "$1,000.00", "3.7%", "", "$587.00",
     "$3.46", "$1.25"],
]  # fmt: skip
TYPES = [
    ["Entry #", "Line #", "HTS", "Value", "Base Duty", "IEEPA Fentanyl", "IEEPA Reciprocal", "301", "Section 232 Duty",
     "Our reference"],
    ["MYK01010039", "1", "8501109000", "1000", "37", "200", "100", "250", "", "PO 4711"],
]  # fmt: skip


def test_a_list_with_a_total_is_read_with_its_fees_beside_the_duty(intake: Intake) -> None:
    result = intake.load(intake.csv(TOTAL))
    assert result.report_code == "BROKER-LINES"
    assert intake.rows(
        "broker_lines",
        "entry_number, line_number, entry_date, importer_key, entry_type_code, country_of_origin, hts_number,"
        " goods_value_usd, column_1_rate_filed, line_spi_code, paid_duty_usd, mpf_usd, hmf_usd, ieepa_duty_usd",
    ) == [
        ("MYK01010039", 1, date(2025, 5, 14), "123456789", "01", "CN", "8501109000", Decimal(1000), "3.7%", None,
         Decimal(587), Decimal("3.46"), Decimal("1.25"), None),
    ]  # fmt: skip
    assert intake.rows("loads", "control_total_usd", "load_number") == [(Decimal(587),)]


def test_a_list_with_a_column_a_type_needs_no_total(intake: Intake) -> None:
    intake.load(intake.xlsx({"Lines": TYPES}))
    (row,) = intake.rows(
        "broker_lines",
        "ieepa_fentanyl_duty_usd, ieepa_reciprocal_duty_usd, section_301_duty_usd, section_232_duty_usd,"
        " column_1_duty_usd, paid_duty_usd, other_cells",
    )
    assert row[:6] == (Decimal(200), Decimal(100), Decimal(250), None, Decimal(37), None)
    assert "PO 4711" in row[6]


@pytest.mark.parametrize("lacking", ["Entry Number", "Line No", "HTS Code", "Total Duty"])
def test_without_entry_line_tariff_number_and_any_duty_it_is_no_list_of_lines(lacking: str, intake: Intake) -> None:
    cell = TOTAL[0].index(lacking)
    with pytest.raises(UnknownExport):
        intake.inspect(intake.csv([[*row[:cell], *row[cell + 1 :]] for row in TOTAL]))


def test_an_es_003_is_never_taken_for_a_list_of_lines(intake: Intake) -> None:
    assert intake.inspect(intake.csv(samples.EVERY_REPORT["ES-003"])).report_code == "ES-003"


@pytest.mark.parametrize("lacking", ["Tariff Ordinal Number", "Line Tariff Duty Amount"])
def test_an_es_003_that_lacks_a_column_is_refused_as_an_es_003(lacking: str, intake: Intake) -> None:
    rows = samples.EVERY_REPORT["ES-003"]
    cell = rows[0].index(lacking)
    with pytest.raises(UnknownExport, match=f"look like ES-003.*but lack '{lacking}'"):
        intake.inspect(intake.csv([[*row[:cell], *row[cell + 1 :]] for row in rows]))


@pytest.mark.parametrize("code", samples.EVERY_REPORT)
def test_no_other_report_is_taken_for_a_list_of_lines(code: str, intake: Intake) -> None:
    assert intake.inspect(intake.csv(samples.EVERY_REPORT[code])).report_code == code


@pytest.mark.parametrize(
    ("column", "header"),
    [
        (column.name, header)
        for column in report_book().report("BROKER-LINES").columns
        for header in (column.name, *column.headers)
    ],
)
def test_every_header_names_its_column(column: str, header: str) -> None:
    aliases = report_book().report("BROKER-LINES").aliases
    assert aliases["".join(sign for sign in header.lower() if sign.isascii() and sign.isalnum())][1] == column


def test_one_line_twice_is_one_line_and_a_line_that_contradicts_itself_is_set_aside(intake: Intake) -> None:
    again, otherwise = list(TOTAL[1]), list(TOTAL[1])
    intake.load(intake.csv([*TOTAL, again]))
    assert len(intake.rows("broker_lines", "line_number")) == 1
    otherwise[10] = "$588.00"
    intake.load(intake.csv([*TOTAL, otherwise], "other.csv"), reject_share=1.0)
    assert [row[2] for row in intake.quarantine()] == ["conflicting_row", "conflicting_row"]


def test_what_a_list_cannot_tell_is_said_with_how_to_add_it(intake: Intake) -> None:
    advice = " ".join(intake.inspect(intake.csv(TYPES)).advice())
    assert "which rates can apply cannot be told" in advice
    assert "An ES-003 from ACE" in advice


def test_the_layout_is_marked_as_not_cbps() -> None:
    assert report_book().report("BROKER-LINES").unconfirmed
