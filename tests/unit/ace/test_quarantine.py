"""What cannot be used is set aside with file, row, column and reason; nothing is lost and nothing is guessed."""

import json
from decimal import Decimal

import pytest
import xlsxwriter

from cape_pipeline.ace import TooManyRejected, UnreadableExport
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, received_contracts

HEADERS = samples.ES003_HEADERS


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"entry": ""}, "entry_number", "required_value_missing"),
        ({"entry": "6.0576E+10"}, "entry_number", "digits_lost"),
        ({"entry": "5760693420"}, "entry_number", "digits_lost"),
        ({"entry": "BII0001"}, "entry_number", "entry_number_shape"),
        ({"entry": "MYK0101003X"}, "entry_number", "entry_number_shape"),
        ({"line": ""}, "line_number", "required_value_missing"),
        ({"line": "one"}, "line_number", "number_unreadable"),
        ({"line": "0"}, "line_number", "number_unreadable"),
        ({"ordinal": " "}, "tariff_ordinal", "required_value_missing"),
        ({"ordinal": "1.5"}, "tariff_ordinal", "number_unreadable"),
        ({"hts": ""}, "hts_number", "required_value_missing"),
        ({"hts": "101210010"}, "hts_number", "digits_lost"),
        ({"hts": "9.90301E+09"}, "hts_number", "digits_lost"),
        ({"hts": "9903"}, "hts_number", "number_unreadable"),
        ({"duty": "1.234"}, "duty_usd", "amount_unreadable"),
        ({"duty": "n/a"}, "duty_usd", "amount_unreadable"),
        ({"value": "1.2E+05"}, "goods_value_usd", "amount_unreadable"),
        ({"entry_date": "14/05/2025"}, "entry_date", "date_unreadable"),
        ({"entry_date": "03/20/1900"}, "entry_date", "date_unreadable"),
        ({"entry_date": "01/01/2100"}, "entry_date", "date_unreadable"),
        ({"liquidation_date": "soon"}, "liquidation_date", "date_unreadable"),
        ({"importer": "1.23457E+11"}, "importer_number", "digits_lost"),
        ({"importer": "12345678"}, "importer_number", "digits_lost"),
        ({"importer": "#N/A"}, "importer_number", "code_unreadable"),
        ({"entry_type": "01 02"}, "entry_type_code", "code_unreadable"),
    ],
)
def test_a_damaged_cell_sets_its_row_aside_with_its_reason(
    change: dict[str, str], column: str, reason: str, intake: Intake
) -> None:
    good = samples.es003_row()
    result = intake.load(intake.csv([HEADERS, good, samples.es003_row(**change), samples.es003_row(ordinal="4")]))
    raw = next(iter(change.values())).strip() or None
    assert intake.quarantine() == [(3, column, reason, raw)]
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (3, 2, 1)
    assert result.faults == ((column, reason, 1),)
    assert intake.rows("es003_tariff_lines", "source_row") == [(2,), (4,)]


def test_each_damaged_cell_of_a_row_has_its_own_reason_and_the_row_counts_once(intake: Intake) -> None:
    result = intake.load(intake.csv([HEADERS, samples.es003_row(duty="x", hts="1", entry_date="y")]))
    assert [(column, reason) for _, column, reason, _ in intake.quarantine()] == [
        ("duty_usd", "amount_unreadable"),
        ("entry_date", "date_unreadable"),
        ("hts_number", "number_unreadable"),
    ]
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (1, 0, 1)


def test_the_whole_raw_row_and_the_entry_are_kept(intake: Intake) -> None:
    rows = [[*HEADERS, "Our PO", ""], [*samples.es003_row(duty=" 1.234 "), "4711", "note"]]
    intake.load(intake.csv(rows))
    ((raw_row, entry_number, report_code, detail),) = intake.quarantine("raw_row, entry_number, report_code, detail")
    told = json.loads(raw_row)
    assert told["Line Tariff Duty Amount"] == " 1.234 "
    assert told["Our PO"] == "4711"
    assert told["column 34"] == "note"
    assert (entry_number, report_code) == ("MYK01010039", "ES-003")
    assert "two decimals" in detail


def test_the_entry_of_a_row_is_unknown_when_its_number_is_at_fault(intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, samples.es003_row(entry="6.0576E+10")]))
    assert intake.quarantine("entry_number") == [(None,)]


def test_a_wrong_check_digit_in_cbps_report_is_kept_as_cbp_prints_it(intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, samples.es003_row(entry="MYK01010030")]))
    assert intake.rows("es003_tariff_lines", "entry_number") == [("MYK01010030",)]
    assert intake.quarantine() == []


def test_a_wrong_check_digit_in_the_users_list_names_the_expected_one(intake: Intake) -> None:
    rows = [["entry_number", "drawback"], ["MYK01010030", "N"], ["MYK01010039", "N"]]
    intake.load(intake.csv(rows))
    assert intake.quarantine("source_row, column_name, reason_code, raw_value, detail") == [
        (2, "entry_number", "entry_number_shape", "MYK01010030", "check digit 0 does not fit; expected 9")
    ]
    assert intake.rows("entry_facts", "entry_number") == [("MYK01010039",)]


@pytest.mark.parametrize(
    ("column", "cell"), [("drawback", "maybe"), ("protest_status", "pending"), ("adcvd_status", "yes")]
)
def test_a_word_outside_the_vocabulary_is_not_understood(column: str, cell: str, intake: Intake) -> None:
    intake.load(intake.csv([["entry_number", column], ["MYK01010039", cell]]))
    assert intake.quarantine() == [(2, column, "value_not_in_vocabulary", cell)]


def test_a_failed_formula_is_not_an_empty_cell(intake: Intake) -> None:
    path = intake.folder / "formula.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Main Report")
    sheet.write_row(0, 0, ["entry_number", "drawback"])
    sheet.write_row(1, 0, ["MYK01010039"])
    sheet.write_formula(1, 1, "=NA()", None, "#N/A")
    book.close()
    intake.load(path)
    assert intake.quarantine("column_name, reason_code") == [("drawback", "value_not_in_vocabulary")]


# --- rows that are no data, and rows that are cut --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ([""] * 32, "blank"),
        ([" "] * 32, "blank"),
        (["Total"] + [""] * 25 + ["$49,085.06"] + [""] * 5, "total"),
        (["Grand Total:"] + [""] * 24 + ["$83,620.21", "$49,085.06"] + [""] * 5, "total"),
        ([""] * 26 + ["$49,085.06"] + [""] * 5, "total"),
        ([""] * 16 + ["Sum:"] + [""] * 9 + ["$49,085.06"] + [""] * 5, "total"),
        (["FOR OFFICIAL USE ONLY"] + [""] * 31, "footer"),
        (["Page 1 of 3"] + [""] * 31, "footer"),
        (HEADERS, "header"),
    ],
)
def test_rows_that_are_no_data_are_counted_as_skipped(row: list[str], kind: str, intake: Intake) -> None:
    for path in (
        intake.csv([HEADERS, samples.es003_row(), row]),
        intake.xlsx({"Main Report": [HEADERS, samples.es003_row(), row, ["", "x"]]}),
    ):
        result = intake.load(path, reject_share=1.0)
        assert result.rows_skipped.get(kind) == 1
        assert result.rows_loaded == 1


@pytest.mark.parametrize(
    "row",
    [
        ["checked by an analyst"] + [""] * 31,
        [""] * 5 + ["a note"] + [""] * 26,
        [""] * 10 + ["CN"] + [""] * 15 + ["$1.00"] + [""] * 5,
    ],
)
def test_a_row_without_keys_that_is_no_known_total_is_set_aside_not_dropped(row: list[str], intake: Intake) -> None:
    result = intake.load(intake.csv([HEADERS, samples.es003_row(), row]))
    assert result.rows_skipped == {}
    assert result.rows_quarantined == 1
    ((_, column, reason, _), *more) = intake.quarantine()
    assert more == [] or column != "whole_row"
    assert reason in ("row_shape", "entry_number_shape", "required_value_missing")


def test_a_refund_row_without_its_number_is_set_aside(intake: Intake) -> None:
    row = samples.rev603_row("", "$5.00", "031")
    intake.load(intake.csv([samples.REV603_HEADERS, row]))
    assert intake.quarantine("column_name, reason_code") == [("whole_row", "row_shape")]


def test_a_company_whose_name_starts_with_total_is_data(intake: Intake) -> None:
    rows = [samples.BANK[0], ["2026-05-13", "TOTAL FREIGHT INC", "5.00", "1"], ["", "TOTAL FREIGHT INC", "5.00", "1"]]
    result = intake.load(intake.csv(rows))
    assert result.rows_loaded == 1
    assert intake.quarantine("column_name, reason_code") == [("whole_row", "row_shape")]


def test_a_total_in_a_key_that_takes_any_text_is_no_refund(intake: Intake) -> None:
    total = ["Total", *samples.REV603_TOTAL[1:]]
    result = intake.load(intake.csv([samples.REV603_HEADERS, samples.rev603_row("R1", "$5.00", "031"), total]))
    assert intake.rows("rev603_refunds", "refund_number") == [("R1",)]
    assert result.rows_skipped == {"total": 1}


def test_a_row_with_cells_beyond_the_header_is_cut_at_the_wrong_places(intake: Intake) -> None:
    text = "Date,Description,Amount\r\n2026-05-13,CBP,118577.73\r\n2026-05-14,CBP,$1,234.56\r\n2026-05-15,CBP,1.00,\r\n"
    intake.load(intake.bytes(text.encode()))
    assert intake.rows("bank_deposits", "source_row, amount_usd") == [(2, Decimal("118577.73")), (4, Decimal("1.00"))]
    assert intake.quarantine("source_row, column_name, reason_code") == [(3, "whole_row", "row_shape")]


def test_a_row_that_ends_before_its_money_is_cut_and_one_that_ends_in_blanks_is_not(intake: Intake) -> None:
    text = "Date,Amount,Description,Trace Number\r\n2026-05-13,5.00\r\n2026-05-14\r\n2026-05-15,6.00,CBP,1\r\n"
    intake.load(intake.bytes(text.encode()))
    assert intake.rows("bank_deposits", "source_row, description") == [(2, None), (4, "CBP")]
    assert intake.quarantine("source_row, reason_code") == [(3, "row_shape")]


def test_a_very_long_row_is_set_aside_whole(intake: Intake) -> None:
    text = "Date,Amount,Description\n2026-05-13,5.00,CBP\n2026-05-14" + ",x" * 40 + "\n2026-05-15,6.00,CBP\n"
    intake.load(intake.bytes(text.encode()))
    assert intake.rows("bank_deposits", "source_row") == [(2,), (4,)]
    ((raw_row,),) = intake.quarantine("raw_row")
    assert raw_row.count("x") == 40


def test_quotation_marks_in_the_wrong_place_do_not_cost_rows(intake: Intake) -> None:
    text = 'Date,Amount,Description\n2026-05-13,5.00,PIPE 12" STEEL\n2026-05-14,6.00,"A "B" C"\n2026-05-15,7.00,D\n'
    intake.load(intake.bytes(text.encode()))
    assert [amount for (amount,) in intake.rows("bank_deposits", "amount_usd")] == [5, 6, 7]


@pytest.mark.parametrize(
    "text",
    [
        'Date,Amount,Description\n2026-05-13,5.00,"never closed\n2026-05-14,6.00,B\n',
        'Date,Amount,Description\n2026-05-13,5.00,"A" B\n2026-05-14,6.00,"never closed\n2026-05-15,6.00,C\n',
        'Date,Amount,Description\n2026-05-13,5.00,"opened\n2026-05-14,6.00,"B"\n',
    ],
)
def test_a_quotation_mark_that_swallows_rows_refuses_the_file(text: str, intake: Intake) -> None:
    with pytest.raises(UnreadableExport, match="cannot be cut into rows"):
        intake.load(intake.bytes(text.encode()))


def test_after_a_text_had_to_be_read_twice_the_transaction_still_stands(intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, samples.es003_row()], "first.csv"))
    text = 'Date,Amount,Description\n2026-05-13,5.00,"two\nlines"\n2026-05-14,6.00,"A "B" C"\n'
    with pytest.raises(UnreadableExport):
        intake.load(intake.bytes(text.encode(), "broken.csv"))
    intake.load(intake.bytes(b'Date,Amount,Description\n2026-05-13,5.00,"two\nlines"\n', "good.csv"))
    assert intake.rows("loads", "file_name", "load_number") == [("first.csv",), ("good.csv",)]


# --- a whole file in doubt ------------------------------------------------------------------------------------------


def test_a_file_with_too_many_unusable_rows_stops_and_says_why(intake: Intake) -> None:
    rows = [samples.es003_row()] * 79 + [samples.es003_row(entry="6.0576E+10")] * 21
    with pytest.raises(TooManyRejected) as refused:
        intake.load(intake.csv([HEADERS, *rows]))
    assert (refused.value.rows_read, refused.value.rows_rejected) == (100, 21)
    assert refused.value.faults == (("entry_number", "digits_lost", 21),)
    assert "entry_number digits lost in 21 rows" in refused.value.reason
    assert intake.rows("loads", "load_id", "load_number") == []


@pytest.mark.parametrize(("good", "bad", "stops"), [(95, 5, False), (94, 6, True), (1, 1, False), (30, 2, True)])
def test_the_file_stops_above_the_share_and_a_single_row_never_stops_it(
    good: int, bad: int, *, stops: bool, intake: Intake
) -> None:
    path = intake.csv([HEADERS, *[samples.es003_row()] * good, *[samples.es003_row(duty="x")] * bad])
    if stops:
        with pytest.raises(TooManyRejected):
            intake.load(path)
    else:
        assert intake.load(path).rows_quarantined == bad


@pytest.mark.parametrize(("bad", "stops"), [(20, False), (21, True)])
def test_more_than_twenty_rows_and_the_share_of_one_importer_stop_the_file(
    bad: int, *, stops: bool, intake: Intake
) -> None:
    good = [samples.es003_row()] * 1000
    other = [samples.es003_row(importer="98-7654321", duty="x")] * bad
    path = intake.csv([HEADERS, *good, *other])
    if stops:
        with pytest.raises(TooManyRejected, match="21 of 21 rows of importer …4321"):
            intake.load(path)
    else:
        assert intake.load(path).rows_quarantined == bad


def test_the_share_can_be_set(intake: Intake) -> None:
    path = intake.csv([HEADERS, samples.es003_row(), samples.es003_row(duty="x"), samples.es003_row(duty="y")])
    with pytest.raises(TooManyRejected):
        intake.load(path, reject_share=0.6)
    assert intake.load(path, reject_share=0.7).rows_quarantined == 2


def test_quarantined_rows_keep_their_own_contract(intake: Intake) -> None:
    rows = [samples.es003_row(duty="x", hts="1"), samples.es003_row(entry="?"), ["note"] + [""] * 31]
    intake.load(intake.csv([HEADERS, *rows]), reject_share=1.0)
    contract = next(contract for contract in received_contracts() if contract.table() == "quarantine")
    contract.check_frame(intake.con.sql("select * from ace.quarantine").pl())
