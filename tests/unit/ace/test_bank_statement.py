"""A BAI2 statement becomes a table whose rows are the lines of the file, or is refused with a sentence."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cape_pipeline.ace.bank_statement import HEADERS, is_bank_statement, read_bank_statement
from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.ace.reports import normalise_header, report_book
from tests.unit.ace.bai2_samples import ACCOUNT, FILE_HEADER, account, file, group, one_account

Read = Callable[..., pl.DataFrame]
REFUND = "16,165,123456,Z,BANKREF1,CUSTREF1,US CUSTOMS REFUND"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "statement.bai"


@pytest.fixture
def read(path: Path) -> Read:
    def write_and_read(lines: Sequence[str], end: str = "\n", encoding: str = "utf-8") -> pl.DataFrame:
        path.write_bytes((end.join(lines) + end).encode(encoding))
        return read_bank_statement(path, encoding)

    return write_and_read


def cells(frame: pl.DataFrame, line: int) -> dict[str, str]:
    """The row of a line of the file, by header."""
    return dict(zip(frame.row(0), frame.row(line - 1), strict=True))


def filled(frame: pl.DataFrame) -> list[int]:
    """Lines of the file, beside the headers, whose rows hold anything."""
    return [number for number, row in enumerate(frame.rows(), start=1) if number > 1 and any(row)]


def refusal(read: Read, lines: Sequence[str]) -> str:
    with pytest.raises(UnreadableExport) as caught:
        read(lines)
    return caught.value.reason


# --- the table ------------------------------------------------------------------------------------------------------


def test_a_transaction_is_the_row_of_its_line_under_headers_on_row_one(read: Read) -> None:
    frame = read(one_account(REFUND, "16,165,5,Z,B,C,FIVE CENTS", total=123461))
    assert frame.columns == [f"c{n}" for n in range(1, 14)]
    assert set(frame.dtypes) == {pl.String}
    assert frame.row(0) == HEADERS
    assert frame.height == 8
    assert filled(frame) == [4, 5]
    assert cells(frame, 4) == {
        "Value Date": "2026-07-20",
        "Amount": "1234.56",
        "Description": "US CUSTOMS REFUND",
        "Trace Number": "BANKREF1",
        "Account Number": "0012346789",
        "Currency": "USD",
        "Value Date Basis": "group as-of date",
        "As-of Date": "2026-07-20",
        "BAI Type Code": "165",
        "BAI Funds Type": "Z",
        "BAI Bank Reference": "BANKREF1",
        "BAI Customer Reference": "CUSTREF1",
        "BAI Group Status": "",
    }
    assert cells(frame, 5)["Amount"] == "0.05"


def test_several_groups_and_accounts_keep_their_own_day_and_number(read: Read) -> None:
    first = account([REFUND], 123456, "03,1111,USD,010,0,,/")
    second = account(["16,165,200,Z,,,B"], 200, "03,2222,,,,,/")
    third = account(["16,165,300,Z,,,C"], 300, "03,3333,,,,,/")
    frame = read(file([group([first, second]), group([third], as_of="260721")]))
    told = [tuple(cells(frame, line)[name] for name in HEADERS[:5]) for line in filled(frame)]
    assert told == [
        ("2026-07-20", "1234.56", "US CUSTOMS REFUND", "BANKREF1", "1111"),
        ("2026-07-20", "2.00", "B", "", "2222"),
        ("2026-07-21", "3.00", "C", "", "3333"),
    ]
    assert filled(frame) == [4, 7, 12]


def test_the_headers_of_a_statement_are_recognised_as_bank_credits() -> None:
    bank = next(report for report in report_book().reports if report.code == "BANK")
    known = {normalise_header(header) for column in bank.columns for header in column.headers}
    assert [header for header in HEADERS if normalise_header(header) in known] == list(HEADERS[:5])


def test_a_file_of_several_statements_is_read_whole(read: Read) -> None:
    one = one_account(REFUND, total=123456)
    assert filled(read([*one, "", *one])) == [4, 12]


def test_a_statement_without_transactions_has_no_rows(read: Read) -> None:
    assert filled(read(file([group([account([], 0)])]))) == []


# --- what a bank may write differently ------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_line_ends_and_encodings_do_not_matter(read: Read, end: str, encoding: str) -> None:
    frame = read(one_account("16,165,1500,Z,,,CRÉDIT", total=1500), end, encoding)
    assert (filled(frame), cells(frame, 4)["Description"]) == ([4], "CRÉDIT")


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.removesuffix("/"),
        lambda line: line.ljust(80),
        lambda line: line if line.endswith("/") else f"{line}/",
        str.lower,
    ],
    ids=["slashes left out", "padded to 80", "a slash behind the text", "lower case"],
)
def test_small_deviations_of_banks_do_not_matter(read: Read, change: Callable[[str], str]) -> None:
    row = cells(read([change(line) for line in one_account(REFUND, total=123456)]), 4)
    assert (row["Amount"], row["Description"].upper()) == ("1234.56", "US CUSTOMS REFUND")
    assert (row["Currency"], row["BAI Funds Type"]) == ("USD", "Z")


def test_blank_lines_keep_their_number(read: Read) -> None:
    header, *rest = one_account(REFUND, total=123456)
    assert filled(read([header, "", "   ", *rest, "", "\x1a"])) == [6]


def test_missing_account_and_group_trailers_are_tolerated(read: Read) -> None:
    lines = [FILE_HEADER, "02,C,B,1,260720,,,/", ACCOUNT, REFUND, "03,2222,,,,,/", "16,165,1,Z,,,", "99,123457,1,7/"]
    assert filled(read(lines)) == [4, 6]


@pytest.mark.parametrize("counted", [5, 3], ids=["with continuations", "without"])
def test_a_count_of_records_may_leave_out_continuations(read: Read, counted: int) -> None:
    lines = [FILE_HEADER, "02,C,B,1,260720/", ACCOUNT, REFUND, "88,ONE", "88,TWO", f"49,123456,{counted}/", "99/"]
    assert filled(read(lines)) == [4]


@pytest.mark.parametrize(
    ("summaries", "total"),
    [
        (["03,6789,USD,010,5000,,,100,-700,2,Z/"], 123456 + 4300),
        (["03,6789,USD,010,5000,,,100,700,2,S,1,2,3/"], 123456 + 5700),
        (["03,6789,USD,015,5000,,V,260720,0000,100,700,2,D,2,0,400,1,300/"], 123456 + 5700),
        (["03,6789,USD,010,5000,,,045/", "88,700,,,100,0,,/"], 123456 + 5700),
        (["03,6789,USD,010,5000,,/", "88,045,700,,/"], 123456 + 5700),
        (["03,6789,USD,010,5000/", "88,045,700/"], 123456 + 5700),
        (["03,6789,USD,010,5000,,,,/", "88,045,700,,,/"], 123456 + 5700),
        (["03,6789,USD,010,5000,,,100,700,2,Z/"], 123456),
        (["03,6789,USD,balances withheld/"], 123456),
    ],
)
def test_a_control_total_fits_the_summaries_however_they_are_written(
    read: Read, summaries: list[str], total: int
) -> None:
    lines = [FILE_HEADER, "02,C,B,1,260720/", *summaries, REFUND, f"49,{total},{len(summaries) + 2}/", "99/"]
    frame = read(lines)
    assert cells(frame, 3 + len(summaries))["Amount"] == "1234.56"
    with pytest.raises(UnreadableExport, match="the account ending 6789"):
        read([line.replace(f"49,{total},", f"49,{total + 1},") for line in lines])


# --- signs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_code", "amount", "expected"),
    [
        ("100", "1500", "15.00"),
        ("399", "1500", "15.00"),
        ("400", "1500", "-15.00"),
        ("455", "+0001500", "-15.00"),
        ("699", "1500", "-15.00"),
        ("166", "-1500", "-15.00"),
        ("165", "0", "0.00"),
        ("165", "-5", "-0.05"),
        ("929", "1500", "15.00 (type code 929 is neither credit nor debit)"),
        ("930", "1500", "15.00"),
        ("959", "1500", "15.00"),
        ("960", "1500", "-15.00"),
        ("999", "1500", "-15.00"),
        ("099", "1500", "15.00 (type code 099 is neither credit nor debit)"),
        ("700", "1500", "15.00 (type code 700 is neither credit nor debit)"),
        ("890", "1500", "15.00 (type code 890 is neither credit nor debit)"),
        ("ACH", "1500", "15.00 (type code ACH is neither credit nor debit)"),
        ("", "1500", "15.00 (type code missing is neither credit nor debit)"),
        ("455", "-1500", "-15.00 USD (a debit with a minus sign: in or out is unclear)"),
    ],
)
def test_the_type_code_gives_the_sign(read: Read, type_code: str, amount: str, expected: str) -> None:
    frame = read(one_account(f"16,{type_code},{amount},Z,B,C,T", total=int(amount)))
    assert cells(frame, 4)["Amount"] == expected


@pytest.mark.parametrize("amount", ["", "0", "000"])
def test_a_notice_without_money_is_no_row(read: Read, amount: str) -> None:
    assert filled(read(one_account(REFUND, f"16,890,{amount},,,,SEE ATTACHED", total=123456))) == [4]


# --- currencies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_account", "of_group", "amount", "currency"),
    [
        ("", "", "1234.56", "USD"),
        ("usd", "EUR", "1234.56", "USD"),
        ("EUR", "", "1234.56 EUR", "EUR"),
        ("", "EUR", "1234.56 EUR", "EUR"),
        ("JPY", "", "123456 JPY", "JPY"),
        ("KWD", "", "123.456 KWD", "KWD"),
    ],
)
def test_an_amount_in_another_currency_names_it(
    read: Read, of_account: str, of_group: str, amount: str, currency: str
) -> None:
    header = f"03,6789,{of_account},,,,/"
    frame = read(file([group([account([REFUND], 123456, header)], currency=of_group)]))
    assert (cells(frame, 4)["Amount"], cells(frame, 4)["Currency"]) == (amount, currency)


# --- funds types and references -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("funds", "value_date", "basis"),
    [
        ("Z", "2026-07-20", "group as-of date"),
        ("", "2026-07-20", "group as-of date"),
        ("0", "2026-07-20", "group as-of date"),
        ("1", "2026-07-20", "group as-of date"),
        ("2", "2026-07-20", "group as-of date"),
        ("S,100,200,1200", "2026-07-20", "group as-of date"),
        ("D,0", "2026-07-20", "group as-of date"),
        ("D,3,0,100,1,200,2,1200", "2026-07-20", "group as-of date"),
        ("V,,", "2026-07-20", "group as-of date"),
        ("V,260722,", "2026-07-22", "funds availability date"),
        ("V,260722,2400", "2026-07-22", "funds availability date"),
        ("V,260722,09:30", "2026-07-22", "funds availability date"),
        ("V,260722", "2026-07-22", "funds availability date"),
        ("V,20260722,", "2026-07-22", "funds availability date"),
        ("V,280229,", "2028-02-29", "funds availability date"),
    ],
)
def test_the_references_are_found_behind_every_funds_type(read: Read, funds: str, value_date: str, basis: str) -> None:
    row = cells(read(one_account(f"16,165,1500,{funds},BANKREF,CUSTREF,TEXT, MORE/TEXT", total=1500)), 4)
    assert (row["Value Date"], row["Value Date Basis"]) == (value_date, basis)
    assert (row["BAI Bank Reference"], row["BAI Customer Reference"]) == ("BANKREF", "CUSTREF")
    assert row["Description"] == "TEXT, MORE/TEXT"


@pytest.mark.parametrize(
    "lines",
    [
        ["16,165,1500,V,260722,,BANK,CUST,ONE, TWO/THREE", "88,FOUR, FIVE/"],
        ["16,165,1500,V,260722,,BANK,CUST/", "88,ONE, TWO/THREE", "88,FOUR, FIVE"],
        ["16,165,1500,V,260722,,BANK,CUST,/", "88,ONE, TWO/THREE", "88,FOUR, FIVE"],
        ["16,165,1500,V,260722,,BANK/", "88,CUST,ONE, TWO/THREE FOUR, FIVE/"],
        ["16,165,1500/", "88,V,260722/", "88,,BANK,CUST/", "88,ONE, TWO/THREE FOUR, FIVE/"],
    ],
)
def test_a_transaction_may_go_on_over_lines_anywhere(read: Read, lines: list[str]) -> None:
    frame = read(one_account("\n".join(lines), REFUND, total=124956))
    row = cells(frame, 4)
    assert (row["Value Date"], row["BAI Bank Reference"], row["BAI Customer Reference"]) == (
        "2026-07-22",
        "BANK",
        "CUST",
    )
    assert row["Description"] == "ONE, TWO/THREE FOUR, FIVE"
    assert filled(frame) == [4, 4 + len(lines)]


def test_distributed_availability_may_go_on_over_lines(read: Read) -> None:
    row = cells(read(one_account("16,165,1500,D/\n88,2,0,500/\n88,1,1000,BANK,CUST,TEXT", total=1500)), 4)
    assert (row["BAI Bank Reference"], row["BAI Customer Reference"], row["Description"]) == ("BANK", "CUST", "TEXT")


@pytest.mark.parametrize("short", ["16,165,1500/", "16,165,1500,Z/", "16,165,1500,Z,BANKREF", "16,165,1500,V,260720/"])
def test_a_transaction_may_end_before_its_last_fields(read: Read, short: str) -> None:
    row = cells(read(one_account(short, total=1500)), 4)
    assert (row["Value Date"], row["Amount"], row["Description"]) == ("2026-07-20", "15.00", "")


# --- the trace number -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bank", "customer", "text", "trace"),
    [
        ("987654321098765", "C", "REFUND TRACE#:091000012345678", "091000012345678"),
        ("B", "C", "REFUND trace no 091000012345678 PPD", "091000012345678"),
        ("B", "C", "TRACE NUMBER: 091000012345678,EED:260720", "091000012345678"),
        ("B", "C", "TRACE 2345678", "2345678"),
        ("B", "C", "TRACE#:0910000\n88,12345678 CUSTOMS", "091000012345678"),
        ("B", "C", "TRACE#:091000012345678\n88,2026 CUSTOMS", "091000012345678"),
        ("B", "C", "TRACE#:\n88,091000012345678", "091000012345678"),
        ("987654321098765", "091000012345678", "REFUND", "987654321098765"),
        ("B1", "091000012345678", "REFUND", "091000012345678"),
        ("B1", "C1", r"TRN*1*091000012345678*1234567890\\", "091000012345678"),
        ("B1", "C1", r"TRN*1*12345*1234567890\\", "B1"),
        ("B1", "C1", "TRACE 2 OF 3", "B1"),
        ("B1", "C1", "RETRACE 091000012345678", "B1"),
        ("TWO WORDS", "C1", "REFUND", ""),
        ("000000000000000", "", "REFUND", ""),
        ("#1", "", "REFUND", ""),
        ("", "C1", "REFUND", ""),
    ],
)
def test_the_trace_number_is_taken_from_the_text_then_a_reference(
    read: Read, bank: str, customer: str, text: str, trace: str
) -> None:
    row = cells(read(one_account(f"16,165,1500,Z,{bank},{customer},{text}", total=1500)), 4)
    assert row["Trace Number"] == trace
    assert (row["BAI Bank Reference"], row["BAI Customer Reference"]) == (bank, customer)


# --- damage in one transaction --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transaction", "header", "cell"),
    [
        ("16,165,15A0,Z,B,C,T", "Amount", "15A0 (no whole number of minor units)"),
        ("16,165,15.00,Z,B,C,T", "Amount", "15.00 (no whole number of minor units)"),
        ("16,165,,Z,B,C,T", "Amount", ""),
        ("16,165,1500,V,260732,,B,C,T", "Value Date", "260732 (no day as YYMMDD)"),
        ("16,165,1500,V,46073,,B,C,T", "Value Date", "46073 (no day as YYMMDD)"),
        ("16,165,1500,V,270229,,B,C,T", "Value Date", "270229 (no day as YYMMDD)"),
        ("16,165,1500,X,B,C,T", "Value Date", "funds type X (none of BAI2)"),
        ("16,165,1500,D,many,B,C,T", "Value Date", "funds type D (none of BAI2)"),
    ],
)
def test_damage_stands_in_its_cell_and_nowhere_else(read: Read, transaction: str, header: str, cell: str) -> None:
    amount = transaction.split(",")[2]
    frame = read(one_account(transaction, REFUND, total=123456 + (1500 if amount == "1500" else 0)))
    assert cells(frame, 4)[header] == cell
    assert cells(frame, 4)["Account Number"] == "0012346789"
    assert cells(frame, 5)["Amount"] == "1234.56"


@pytest.mark.parametrize(
    "transaction", ["16,165,1500,X,B,C,T/1", "16,165,1500,X,B,C\n88,T/1", "16,165,1500,X,B\n88,C,T/1"]
)
def test_behind_an_unknown_funds_type_nothing_is_lost_or_taken_for_a_reference(read: Read, transaction: str) -> None:
    row = cells(read(one_account(transaction, total=1500)), 4)
    assert re.sub(" ", ",", row["Description"]) == "B,C,T/1"
    assert (row["BAI Bank Reference"], row["Trace Number"]) == ("", "")


@pytest.mark.parametrize(
    "transaction",
    [
        "16,165,15A0,Z,B,C,T",
        "16,165,15.00,Z,B,C,T",
        "16,929,1500,Z,B,C,T",
        "16,455,-1500,Z,B,C,T",
        "16,165,1500,V,46073,,B,C,T",
        "16,165,1500,X,B,C,T",
        "16,165,1500,V,,,B,C,T\n03,9,EUR/\n16,165,1500,Z",
    ],
)
def test_what_is_no_dollar_amount_of_a_known_day_is_read_as_none(read: Read, ace_connection, transaction: str) -> None:
    for statement in macros_sql():
        ace_connection.execute(statement)
    lines = [FILE_HEADER, "02,C,B,1,260720/", ACCOUNT, *transaction.split("\n"), "99/"]
    frame = read(lines)
    row = cells(frame, filled(frame)[-1])
    query = "select ace_day(ace_clean(?)) is not null and ace_amount(ace_clean(?)) is not null"
    assert ace_connection.execute(query, [row["Value Date"], row["Amount"]]).fetchone() == (False,)


# --- files that are refused -----------------------------------------------------------------------------------------


def test_a_statement_cut_off_anywhere_is_refused(read: Read) -> None:
    lines = one_account(REFUND, f"{REFUND}\n88,MORE", total=246912)
    for kept in range(1, len(lines)):
        assert "cut off" in refusal(read, lines[:kept])


def test_a_statement_that_lost_any_line_is_refused(read: Read) -> None:
    first = account([f"{REFUND}\n88,MORE", REFUND], 246912, "03,1111,,,,,/")
    lines = file([group([first, account([REFUND], 123456)]), group([account(["16,165,0,Z,,,"], 0)])])
    assert len(filled(read(lines))) == 4
    for lost in range(len(lines)):
        assert refusal(read, [*lines[:lost], *lines[lost + 1 :]])


def test_a_wrong_control_total_names_the_end_of_the_account_and_both_figures(read: Read) -> None:
    lines = [line.replace("49,123456,", "49,9123456,") for line in one_account(REFUND, total=123456)]
    told = refusal(read, lines)
    assert told.startswith(
        "the account ending 6789 (lines 3 to 5) is not whole: its control total is 91,234.56,"
        " but its records add up to 1,234.56; lines are missing or changed: fetch the statement"
    )
    assert "0012346789" not in told


@pytest.mark.parametrize(
    ("trailer", "changed", "who", "what"),
    [
        (
            "49,123456,3/",
            "49,123456,4/",
            "the account ending 6789 (lines 3 to 5)",
            "it should have 4 records, but has 3",
        ),
        ("98,123456,1,5/", "98,123457,1,5/", "the group (lines 2 to 6)", "its control total is 1,234.57, but"),
        ("98,123456,1,5/", "98,123456,2,5/", "the group (lines 2 to 6)", "it should have 2 accounts, but has 1"),
        ("98,123456,1,5/", "98,123456,1,4/", "the group (lines 2 to 6)", "it should have 4 records, but has 5"),
        ("99,123456,1,7/", "99,-123456,1,7/", "the file (lines 1 to 7)", "its control total is -1,234.56, but"),
        ("99,123456,1,7/", "99,123456,0,7/", "the file (lines 1 to 7)", "it should have 0 groups, but has 1"),
        ("99,123456,1,7/", "99,123456,1,8/", "the file (lines 1 to 7)", "it should have 8 records, but has 7"),
    ],
)
def test_every_control_figure_is_held_against_the_records(
    read: Read, trailer: str, changed: str, who: str, what: str
) -> None:
    lines = one_account(REFUND, total=123456)
    assert trailer in lines
    told = refusal(read, [changed if line == trailer else line for line in lines])
    assert told.startswith(f"{who} is not whole: {what}")


def test_a_control_figure_that_is_no_number_is_refused_by_line(read: Read) -> None:
    *lines, _ = one_account(REFUND, total=123456)
    assert refusal(read, [*lines, "99,1234.56,1,7/"]).startswith("line 7: a control figure is no whole")


def test_totals_are_not_held_against_an_amount_that_cannot_be_read_but_counts_are(read: Read) -> None:
    lines = one_account("16,165,15A0,Z,B,C,T", REFUND, total=124956)
    assert filled(read(lines)) == [4, 5]
    assert "records" in refusal(read, [line for line in lines if line != REFUND])


@pytest.mark.parametrize("summary", [",,,,/", ",balances withheld/"])
@pytest.mark.parametrize("amount", ["15A0", "1500"])
def test_an_account_without_a_trailer_counts_in_its_group_only_where_it_can_be_added_up(
    read: Read, summary: str, amount: str
) -> None:
    unclosed = [f"03,6789,{summary}", f"16,165,{amount},Z,B,C,T"]
    lines = [FILE_HEADER, "02,C,B,1,260720/", *unclosed, *account([REFUND], 123456), "98,999,2/", "99,999,1,9/"]
    if summary == ",,,,/" and amount == "1500":
        assert "its control total is 9.99, but its records add up to 1,249.56" in refusal(read, lines)
        lines[-2:] = ["98,124956,2/", "99,124956,1,9/"]
    assert filled(read(lines)) == [4, 6]


def test_a_file_total_is_not_held_against_a_group_that_cannot_be_added_up(read: Read) -> None:
    damaged = ["02,C,B,1,260720/", ACCOUNT, "16,165,15A0,Z,B,C,T"]
    lines = [FILE_HEADER, *damaged, *group([account([REFUND], 123456)]), "99,999,2,10/"]
    assert filled(read(lines)) == [4, 7]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["88,TEXT", "99/"], "line 1: a record 88 stands before any file header"),
        (["02,C,B,1,260720/"], "line 1: a record 02 stands before any file header"),
        ([FILE_HEADER, ACCOUNT, "99/"], "line 2: an account (03) stands outside any group"),
        ([FILE_HEADER, REFUND, "99/"], "line 2: a transaction (16) stands outside any account"),
        ([FILE_HEADER, "02,C,B,1,260720/", REFUND, "99/"], "line 3: a transaction (16) stands outside any account"),
        ([FILE_HEADER, "02,C,B,1,260720/", "49,0,2/", "99/"], "line 3: an account ends (49) that has not begun"),
        ([FILE_HEADER, "98,0,1,2/", "99/"], "line 2: a group ends (98) that has not begun"),
        ([FILE_HEADER, FILE_HEADER], "line 2: a file begins before the one before it has ended"),
        ([FILE_HEADER, "99/", "16,165"], "line 3: a record 16 stands before any file header"),
        ([FILE_HEADER, "17,A,B", "99/"], "line 2 starts with no record code of BAI2"),
        ([FILE_HEADER, "0260720", "99/"], "line 2 starts with no record code of BAI2"),
        ([FILE_HEADER.replace(",2/", ",3/"), "99/"], "line 1: this is version 3 of the format: ask the bank for BAI2"),
        ([FILE_HEADER, "02,C,B,1,261320/", "99/"], "line 2: the group's as-of date is no day"),
        ([FILE_HEADER, "02,C,B,2,260720/", "99/"], "line 2: group status 2 takes back data"),
        ([FILE_HEADER, "02,C,B,4,260720/", "99/"], "line 2: group status 4 marks test data"),
        (["", " "], "line 1: there is no file header"),
    ],
)
def test_a_broken_frame_is_refused_by_line(read: Read, lines: list[str], told: str) -> None:
    assert refusal(read, lines).startswith(told)


def test_a_correction_is_marked(read: Read) -> None:
    frame = read(file([group([account([REFUND], 123456)], status="3")]))
    assert cells(frame, 4)["BAI Group Status"] == "correction"


def test_a_file_of_another_encoding_or_none_is_refused(path: Path) -> None:
    path.write_bytes("\n".join(one_account("16,165,1500,Z,,,CRÉDIT", total=1500)).encode("cp1252"))
    with pytest.raises(UnreadableExport, match="the text is not utf-8"):
        read_bank_statement(path)
    with pytest.raises(UnreadableExport, match="cannot be read"):
        read_bank_statement(path.with_name("missing"))


# --- recognition ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (FILE_HEADER.encode(), True),
        (b"\xef\xbb\xbf" + FILE_HEADER.encode(), True),
        (FILE_HEADER.encode("utf-16"), True),
        (FILE_HEADER.encode("utf-16-be"), True),
        (b"\r\n\r\n" + FILE_HEADER.encode(), True),
        (b"01,A,B,260720/", True),
        (b"01,A,B,261320/", False),
        (b"01,A,B,2607,", False),
        (b"01,A,B,260720", False),
        (b"1,A,B,260720,", False),
        (b"02,A,B,260720,", False),
        (b"Value Date,Amount\n01,A,B,260720,", False),
        (b"01,A\n,B,260720,", False),
        (b"", False),
    ],
)
def test_a_statement_is_known_by_its_file_header(head: bytes, *, expected: bool) -> None:
    assert is_bank_statement(head) is expected


# --- any statement --------------------------------------------------------------------------------------------------

WORDS = st.text("ABCXYZ019", min_size=1, max_size=12)
TEXTS = st.text("AB 01,./", max_size=30).map(str.strip).filter(lambda text: not text.endswith("/"))
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@st.composite
def written(draw: st.DrawFn, as_of: date) -> tuple[list[str], int, tuple[str, ...]]:
    """A transaction: its lines, its amount in cents as stated, and the row it must become."""
    cents, is_debit = draw(st.integers(0, 10**12)), draw(st.booleans())
    value_date = draw(st.none() | DAYS)
    bank, customer, text = draw(WORDS), draw(WORDS), draw(TEXTS)
    funds = draw(st.sampled_from(["Z", "", "0", "S,1,2,3", "D,2,0,5,1,6"]))
    if value_date:
        funds = f"V,{value_date:%y%m%d}," + draw(st.sampled_from(["", "0930"]))
    head = f"16,{'475' if is_debit else '165'},{cents},{funds},{bank},{customer}"
    pieces = [piece for piece in (part.strip() for part in text.split(" ")) if piece and not piece.endswith("/")]
    lines = [f"{head},{pieces[0] if pieces else '/'}", *(f"88,{piece}" for piece in pieces[1:])]
    if draw(st.booleans()):
        lines = [f"{head}/", *(f"88,{piece}" for piece in pieces)]
    sign = "-" if is_debit and cents else ""
    row = (
        (value_date or as_of).isoformat(),
        f"{sign}{cents // 100}.{cents % 100:02}",
        " ".join(pieces),
        bank,
        customer,
    )
    return lines, cents, row


@st.composite
def statements(draw: st.DrawFn) -> tuple[list[str], dict[int, tuple[str, ...]]]:
    """The lines of a statement, and by line number the rows it must become."""
    groups, expected = [], {}
    line = 1
    for _ in range(draw(st.integers(1, 3))):
        as_of = draw(DAYS)
        accounts = []
        line += 1
        for number in range(draw(st.integers(1, 3))):
            transactions = draw(st.lists(written(as_of), max_size=4))
            line += 1
            for lines, _cents, row in transactions:
                expected[line + 1] = (*row, f"77{number}")
                line += len(lines)
            total = sum(cents for _, cents, _ in transactions)
            accounts.append(account(["\n".join(lines) for lines, _, _ in transactions], total, f"03,77{number},,,,,/"))
            line += 1
        groups.append(group(accounts, as_of=f"{as_of:%y%m%d}"))
        line += 1
    return file(groups), expected


@settings(max_examples=150, deadline=None)
@given(statements(), st.sampled_from(["\n", "\r\n"]))
def test_whatever_a_bank_wrote_comes_back_at_its_line(
    tmp_path_factory: pytest.TempPathFactory,
    statement: tuple[list[str], dict[int, tuple[str, ...]]],
    end: str,
) -> None:
    lines, expected = statement
    path = tmp_path_factory.getbasetemp() / "any.bai"
    path.write_bytes(end.join(lines).encode())
    frame = read_bank_statement(path)
    names = ("Value Date", "Amount", "Description", "BAI Bank Reference", "BAI Customer Reference", "Account Number")
    assert {line: tuple(cells(frame, line)[name] for name in names) for line in filled(frame)} == expected
