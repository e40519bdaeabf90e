"""What arrives beside the plain reports: contradictions between files of one day, bank layouts, BAI2, prompts.

Belongs here: how such files end in the `ace` tables. Does not belong here: damaged cells (`test_damages.py`) and the
reading of a BAI2 statement itself (`test_bank_statement.py`).
"""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.ace import UnreadableExport
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

HEADERS = samples.ES003_HEADERS
STATEMENT = (
    b"01,121000358,CAPECO,260514,0100,1,80,,2/\n02,CAPECO,121000358,1,260513,,USD,2/\n03,000123456789,USD,010,0,,/\n"
    b"16,142,100000,Z,091000012345678,,US TREASURY CBP REFUND/\n49,100000,3/\n98,100000,1,5/\n99,100000,1,7/\n"
)


def test_two_files_of_one_run_date_that_contradict_each_other_both_lose_the_row(intake: Intake) -> None:
    same, other = samples.es003_row(ordinal="1"), samples.es003_row(ordinal="2")
    intake.load(intake.csv([HEADERS, same, other], "ES-003 2026-04-01 a.csv"))
    result = intake.load(intake.csv([HEADERS, same, samples.es003_row(ordinal="2", duty="$1.00")], "b 2026-04-01.csv"))
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (2, 1, 1)
    assert intake.rows("es003_tariff_lines", "tariff_ordinal", "load_id") == [(1,), (1,)]
    counts = intake.rows("loads", "rows_read, rows_loaded, rows_quarantined, control_total_usd", "load_number")
    assert counts == [(2, 1, 1, Decimal("8362.02"))] * 2
    assert intake.quarantine("source_row, reason_code, raw_value") == [(3, "conflicting_row", "MYK01010039 1 2")] * 2


@pytest.mark.parametrize("name", ["ES-003 2026-04-02.csv", "undated.csv"])
def test_files_of_other_run_dates_are_versions_and_contradict_nothing(name: str, intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, samples.es003_row()], "ES-003 2026-04-01.csv"))
    intake.load(intake.csv([HEADERS, samples.es003_row(duty="$1.00")], name))
    assert intake.quarantine() == []
    assert len(intake.rows("es003_tariff_lines", "duty_usd")) == 2


def test_a_column_that_one_of_the_two_files_lacks_is_no_contradiction(intake: Intake) -> None:
    lacking = HEADERS.index("Line Tariff Goods Value Amount")
    row = samples.es003_row(value="$5.00")
    intake.load(intake.csv([HEADERS, row], "ES-003 2026-04-01 a.csv"))
    without = [[cell for place, cell in enumerate(cells) if place != lacking] for cells in (HEADERS, row)]
    intake.load(intake.csv(without, "ES-003 2026-04-01 b.csv"))
    assert intake.quarantine() == []


@pytest.mark.parametrize(
    ("debit", "credit", "amount"),
    [
        ("", "1,000.00", Decimal("1000.00")),
        ("0.00", "1,000.00", Decimal("1000.00")),
        ("1,000.00", "", Decimal("-1000.00")),
        ("1,000.00", "0.00", Decimal("-1000.00")),
        ("(1,000.00)", "", Decimal("-1000.00")),
    ],
)
def test_separate_columns_of_debits_and_credits_are_one_signed_amount(
    debit: str, credit: str, amount: Decimal, intake: Intake
) -> None:
    intake.load(intake.csv([["Date", "Description", "Debit", "Credit"], ["2026-05-13", "CBP", debit, credit]]))
    assert intake.rows("bank_deposits", "amount_usd") == [(amount,)]


@pytest.mark.parametrize("header", ["Debit", "CR/DR"])
def test_a_debit_is_seen_also_where_its_column_is_the_first(header: str, intake: Intake) -> None:
    rest = ["Date", "Description", "Credit" if header == "Debit" else "Amount"]
    first, amount = ("5.00", "") if header == "Debit" else ("DR", "5.00")
    intake.load(intake.csv([[header, *rest], [first, "2026-05-13", "CBP", amount]]))
    assert intake.rows("bank_deposits", "amount_usd") == [(Decimal("-5.00"),)]


def test_a_row_with_both_a_debit_and_a_credit_is_set_aside(intake: Intake) -> None:
    intake.load(intake.csv([["Date", "Description", "Debit", "Credit"], ["2026-05-13", "CBP", "1.00", "2.00"]]))
    assert intake.quarantine() == [(2, "amount_usd", "amount_unreadable", "credit 2.00 and debit 1.00")]


@pytest.mark.parametrize(("mark", "sign"), [("CR", 1), ("Credit", 1), ("DR", -1), ("debit", -1), ("", 1)])
def test_a_column_of_directions_gives_the_amount_its_sign(mark: str, sign: int, intake: Intake) -> None:
    intake.load(intake.csv([["Date", "Description", "CR/DR", "Amount"], ["2026-05-13", "CBP", mark, "7.00"]]))
    assert intake.rows("bank_deposits", "amount_usd") == [(Decimal("7.00") * sign,)]


def test_a_bai2_statement_is_loaded_as_bank_credits_with_the_line_of_the_file(intake: Intake) -> None:
    result = intake.load(intake.bytes(STATEMENT, "statement.bai"))
    assert (result.report_code, result.rows_read, result.control_total_usd) == ("BANK", 1, Decimal("1000.00"))
    assert intake.rows("bank_deposits", "source_row, value_date, amount_usd, trace_number, account_last_four") == [
        (4, date(2026, 5, 13), Decimal("1000.00"), "091000012345678", "6789")
    ]


def test_a_bai2_statement_that_is_cut_off_is_refused(intake: Intake) -> None:
    with pytest.raises(UnreadableExport):
        intake.inspect(intake.bytes(STATEMENT[:-18], "statement.txt"))


def test_the_entry_dates_a_report_was_asked_for_are_read_from_its_parameters(intake: Intake) -> None:
    prompts = [["Report Parameters:"], ["Entry Date (Begin): 01/01/2025"], ["Entry Date (End):", "03/31/2025"]]
    intake.load(intake.xlsx({"Main Report": [HEADERS, samples.es003_row()], "Parameters": prompts}))
    assert intake.rows("loads", "asked_from_date, asked_to_date", "load_id") == [(date(2025, 1, 1), date(2025, 3, 31))]


def test_a_report_without_prompts_says_nothing_of_what_was_asked_for(intake: Intake) -> None:
    intake.load(intake.csv([HEADERS, samples.es003_row()]))
    assert intake.rows("loads", "asked_from_date, asked_to_date", "load_id") == [(None, None)]
