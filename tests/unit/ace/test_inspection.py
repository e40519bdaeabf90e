"""A file is recognised by its headers, wherever they stand, and a file that is not is refused in one sentence."""

from datetime import date, datetime
from typing import Any

import pytest

from cape_pipeline.ace import UnreadableExport
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

EVERY_REPORT = samples.EVERY_REPORT


@pytest.mark.parametrize("code", EVERY_REPORT)
def test_every_report_is_recognised_as_csv_and_as_xlsx_under_any_name(code: str, intake: Intake) -> None:
    as_csv = intake.inspect(intake.csv(EVERY_REPORT[code], "download (3).csv"))
    as_xlsx = intake.inspect(intake.xlsx({"Sheet 7": EVERY_REPORT[code]}, "download.xlsx"))
    assert as_csv.report_code == as_xlsx.report_code == code
    assert as_csv.cell_of == as_xlsx.cell_of
    assert (as_csv.sheet_name, as_xlsx.sheet_name) == (None, "Sheet 7")


def test_claim_details_are_recognised_with_their_wrappers_and_byte_order_mark(intake: Intake) -> None:
    found = intake.inspect(intake.bytes(samples.CLAIM_DETAILS))
    assert (found.report_code, found.encoding) == ("CAPE-CLAIM-DETAILS", "utf-8-sig")
    assert found.columns_missing == ()


@pytest.mark.parametrize("code", EVERY_REPORT)
def test_the_order_of_columns_does_not_matter(code: str, intake: Intake) -> None:
    rows = [list(reversed(row)) for row in EVERY_REPORT[code]]
    found = intake.inspect(intake.csv(rows))
    assert found.report_code == code
    width = len(EVERY_REPORT[code][0])
    straight = intake.inspect(intake.csv(EVERY_REPORT[code]))
    assert found.cell_of == {name: width - 1 - cell for name, cell in straight.cell_of.items()}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_told_from_the_headers(delimiter: str, intake: Intake) -> None:
    found = intake.inspect(intake.csv(EVERY_REPORT["ES-003"], "es003.txt", delimiter=delimiter))
    assert found.delimiter == delimiter


def test_the_header_row_may_stand_below_metadata(intake: Intake) -> None:
    rows = [*samples.REV603_METADATA, samples.REV603_HEADERS, *samples.REFUNDS]
    for path in (intake.csv(rows), intake.xlsx({"Report": rows})):
        found = intake.inspect(path)
        assert (found.report_code, found.header_row) == ("REV-603", 6)
        assert (found.report_run_date, found.report_run_date_basis) == (date(2026, 7, 20), "metadata_row")


def test_headers_differ_in_case_spacing_and_punctuation(intake: Intake) -> None:
    rows = [[header.upper().replace(" ", "_") for header in samples.ES003_HEADERS], *samples.ES003_ENTRY]
    assert intake.inspect(intake.csv(rows)).columns_unknown == ()


def test_unknown_columns_are_reported_and_never_fatal(intake: Intake) -> None:
    rows = [[*row, extra] for row, extra in zip(EVERY_REPORT["ES-003"], ["Our PO", *"abcd"], strict=True)]
    found = intake.inspect(intake.csv(rows))
    assert found.columns_unknown == ("Our PO",)


def test_of_two_headers_for_one_column_the_canonical_one_counts(intake: Intake) -> None:
    rows = [["Date", *samples.BANK[0][1:], "Value Date"], [*samples.BANK[1], "2026-05-14"]]
    found = intake.inspect(intake.csv(rows))
    assert found.cell_of["value_date"] == 4
    assert found.columns_unknown == ("Date",)


def test_the_same_header_twice_is_refused(intake: Intake) -> None:
    rows = [[*samples.ES003_HEADERS, "Line Tariff Duty Amount"], [*samples.es003_row(), "$1.00"]]
    with pytest.raises(UnreadableExport, match="'Line Tariff Duty Amount' stands twice in row 1"):
        intake.inspect(intake.csv(rows))


def test_a_default_es003_says_which_columns_are_missing_and_how_to_add_them(intake: Intake) -> None:
    rows = [row[: len(samples.ES003_DEFAULT)] for row in EVERY_REPORT["ES-003"]]
    found = intake.inspect(intake.csv(rows))
    assert {"liquidation_status", "liquidation_date"} <= set(found.columns_missing)
    eligibility = next(sentence for sentence in found.advice() if "eligibility" in sentence)
    assert "'Liquidation Status' and 'Liquidation Date'" in eligibility
    assert "shown as review" in eligibility
    assert "Report Builder" in eligibility
    assert "ES-003" in eligibility
    assert not intake.inspect(intake.csv(EVERY_REPORT["ES-003"])).advice()


@pytest.mark.parametrize("label", ["Tariff Ordinal Number", "Entry Summary Number"])
def test_a_missing_needed_column_names_the_table_and_how_to_add_it(intake: Intake, label: str) -> None:
    cell = samples.ES003_HEADERS.index(label)
    rows = [row[:cell] + row[cell + 1 :] for row in EVERY_REPORT["ES-003"]]
    with pytest.raises(UnreadableExport) as refused:
        intake.inspect(intake.csv(rows))
    assert "row 1 look like ES-003" in refused.value.reason
    assert f"'{label}', without which ace.es003_tariff_lines cannot be built" in refused.value.reason
    assert "Report Builder" in refused.value.reason


def test_a_file_of_another_kind_names_the_nearest_report(intake: Intake) -> None:
    with pytest.raises(UnreadableExport, match=r"of no report known here; nearest is [A-Z0-9-]+ .* needs '"):
        intake.inspect(intake.csv([["Amount", "Colour"], ["1", "red"]]))
    with pytest.raises(UnreadableExport, match="no row of the first 60 holds a header"):
        intake.inspect(intake.csv([["Colour", "Size"], ["red", "1"]]))


def test_headers_that_fit_two_reports_equally_are_refused(intake: Intake) -> None:
    rows = [["Refund ID", "Payee ID", "Total Refund Amount", "Refund Secondary Status", "Reject Reason"]]
    rows.append(["R1", "12-3456789", "$1.00", "Returned", "NO ACH"])
    assert intake.inspect(intake.csv(rows)).report_code == "REV-613"
    twice = [["Claim Number", "Entry Number", "Refund Number", "Principal", "Interest", "Refund Status", "Filer Code"]]
    assert intake.inspect(intake.csv(twice)).report_code == "ES-022"
    equal = [["Claim Number", "Entry Number", "Refund Number", "Principal", "Trace Number", "Filer Code"]]
    with pytest.raises(UnreadableExport, match="fit ES-022 and REV-615 equally well"):
        intake.inspect(intake.csv(equal))


def test_two_worksheets_that_each_hold_a_report_are_refused(intake: Intake) -> None:
    rows = EVERY_REPORT["ES-003"]
    with pytest.raises(UnreadableExport, match="worksheets 'Copy' and 'Main Report' each hold a report"):
        intake.inspect(intake.xlsx({"Main Report": rows, "Copy": rows}))


def test_an_empty_workbook_and_a_cut_one_are_refused(intake: Intake) -> None:
    with pytest.raises(UnreadableExport, match="no filled cell"):
        intake.inspect(intake.xlsx({"Sheet1": []}))
    whole = intake.xlsx({"Main Report": EVERY_REPORT["ES-003"]}, "whole.xlsx").read_bytes()
    for length in (4, 100, len(whole) // 2, len(whole) - 10):
        with pytest.raises(UnreadableExport, match="cut off, damaged or protected"):
            intake.inspect(intake.bytes(whole[:length], f"cut{length}.xlsx"))


def test_a_text_file_that_ends_in_half_a_row_is_refused(intake: Intake) -> None:
    whole = intake.csv(EVERY_REPORT["ES-003"]).read_bytes()
    assert intake.inspect(intake.bytes(whole.rstrip(b"\r\n"), "no_last_line_end.csv")).report_code == "ES-003"
    last = whole.rstrip(b"\r\n").rfind(b"\n")
    with pytest.raises(UnreadableExport, match=r"cut off: its last row has \d+ of 32 cells"):
        intake.inspect(intake.bytes(whole[: last + 60], "cut.csv"))


def test_a_last_line_that_is_a_total_is_not_half_a_row(intake: Intake) -> None:
    whole = intake.csv(EVERY_REPORT["ES-003"]).read_bytes()
    assert intake.inspect(intake.bytes(whole + b"Total,4", "total.csv")).report_code == "ES-003"


# --- run dates ------------------------------------------------------------------------------------------------------


def test_the_run_date_of_the_parameters_sheet_comes_first(intake: Intake) -> None:
    typed_day = datetime(2026, 7, 17, 6)  # noqa: DTZ001 - a spreadsheet knows no zone
    parameters: list[list[Any]] = [
        ["Report Parameters:"],
        ["Entry Date (Begin)", "02/01/2025"],
        ["Run Date", typed_day],
    ]
    rows = [["Run Date: 07/20/2026"], *EVERY_REPORT["ES-003"]]
    path = intake.xlsx({"Main Report": rows, "Parameters": parameters}, "ES-003 2026-07-21.xlsx")
    found = intake.inspect(path)
    assert (found.report_run_date, found.report_run_date_basis) == (date(2026, 7, 17), "parameters_sheet")


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        (["Run Date: 07/20/2026"], date(2026, 7, 20)),
        (["Run Date:", "07/20/2026 06:00 AM"], date(2026, 7, 20)),
        (["Report Run Date", "", "2026-07-20"], date(2026, 7, 20)),
        (["Last Refresh Date: July 20, 2026"], date(2026, 7, 20)),
        (["Entry Date (Begin): 02/01/2025"], None),
        (["Run Date: 20/07/2026"], None),
    ],
)
def test_the_run_date_is_read_from_a_labelled_row_above_the_header(
    cells: list[str], day: date | None, intake: Intake
) -> None:
    found = intake.inspect(intake.csv([cells, *EVERY_REPORT["ES-003"]]))
    assert found.report_run_date == day
    assert found.report_run_date_basis == ("metadata_row" if day else "unknown")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("ES-003_2026-07-20.csv", date(2026, 7, 20)),
        ("ES-003_20260720.csv", date(2026, 7, 20)),
        ("ES003 07-20-2026.csv", date(2026, 7, 20)),
        ("ES003 07.20.2026.csv", date(2026, 7, 20)),
        ("ES003_07202026_final.csv", date(2026, 7, 20)),
        ("ES-003_2025-02-01_2025-02-28.csv", None),
        ("ES-003_2026-07.csv", None),
        ("claim_100000240001.csv", None),
        ("ES-003_2026-13-20.csv", None),
    ],
)
def test_the_run_date_is_read_from_the_name_when_it_states_one_day(name: str, day: date | None, intake: Intake) -> None:
    found = intake.inspect(intake.csv(EVERY_REPORT["ES-003"], name))
    assert found.report_run_date == day
    assert found.report_run_date_basis == ("file_name" if day else "unknown")


# ---- files of one column ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["Entry Number", "entry number", "ENTRY NUMBER"])
def test_a_file_whose_first_row_is_the_one_header_entry_number_is_an_uploaded_declaration(
    intake: Intake, header: str
) -> None:
    assert intake.inspect(intake.csv([[header], ["MYK01010039"]])).report_code == "UPLOADED"


@pytest.mark.parametrize(
    "rows",
    [
        [["Entry Number", "Importer Number"], ["MYK01010039", "12-3456789"]],
        [["Our entries"], ["Entry Number"], ["MYK01010039"]],
        [["Entry Number", "Remark"], ["MYK01010039", "ours"]],
    ],
)
def test_a_file_with_another_column_or_a_title_is_no_uploaded_declaration(
    intake: Intake, rows: list[list[str]]
) -> None:
    with pytest.raises(UnreadableExport):
        intake.inspect(intake.csv(rows))
