"""The rules of the file: each is met by a right declaration and names the row of its breach."""

import re
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import macros_sql
from cape_pipeline.declaration_check.checking import check_declarations
from cape_pipeline.declaration_check.received import received_file, received_text
from cape_pipeline.declaration_check.rules import EXPRESSIONS
from cape_pipeline.filing import Submitter
from tests.unit.declaration_check.declarations import RULES, checked, content, found, number, numbers

GOOD = numbers(3)


def detail_of(file: bytes, rule_id: str) -> list[str]:
    return [finding.detail for finding in checked(file).findings if finding.rule.rule_id == rule_id]


def test_every_rule_of_the_registry_has_an_expression_and_every_expression_a_rule() -> None:
    assert set(RULES) == set(EXPRESSIONS)


def test_a_right_file_breaks_no_rule() -> None:
    assert found(content(GOOD)) == []
    assert checked(content(GOOD)).number_count == 3


def test_the_line_ends_of_the_template_only_warn_and_are_named_once() -> None:
    assert found(content(GOOD, end="\r\n")) == [(1, "VAL-F-04", "warn")]


def test_a_file_whose_last_line_is_not_ended_is_right() -> None:
    assert found(content(GOOD).rstrip(b"\n")) == []


def test_lines_that_end_with_cr_alone_reject_and_the_rows_are_still_read() -> None:
    assert found(content([*GOOD, "ABC12"], end="\r")) == [(1, "VAL-F-02", "reject"), (5, "VAL-F-10", "reject")]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1f"])
def test_a_control_character_rejects_with_its_row(sign: str) -> None:
    assert (3, "VAL-F-02", "reject") in found(content([GOOD[0], GOOD[1] + sign]))


def test_a_byte_order_mark_only_warns() -> None:
    assert found(b"\xef\xbb\xbf" + content(GOOD)) == [(1, "VAL-F-03", "warn")]


def test_utf_16_is_no_csv_and_its_rows_are_read() -> None:
    text = content([*GOOD, "ABC12"]).decode().encode("utf-16")
    told = found(received_text("declaration.csv", text, "utf-16"))
    assert told == [(1, "VAL-F-01", "reject"), (1, "VAL-F-03", "warn"), (5, "VAL-F-10", "reject")]


@pytest.mark.parametrize(("name", "is_right"), [("a.csv", True), ("A.CSV", True), ("a.txt", False), ("a", False)])
def test_the_name_of_the_file_ends_in_csv(name: str, *, is_right: bool) -> None:
    assert found(received_text(name, content(GOOD))) == ([] if is_right else [(1, "VAL-F-01", "reject")])


@pytest.mark.parametrize(
    "header", ["entry number", "Entry  Number", "EntryNumber", "Entry Number ", "Entry Numbers", "Entry Summary Number"]
)
def test_another_header_rejects_in_row_1(header: str) -> None:
    assert found(content(GOOD, header)) == [(1, "VAL-F-05", "reject")]


def test_a_file_without_header_rejects_and_its_first_row_counts_as_a_number() -> None:
    file = content(GOOD[1:], GOOD[0])
    assert found(file) == [(1, "VAL-F-05", "reject")]
    assert checked(file).number_count == 3


def test_a_header_below_a_blank_row_rejects_where_it_stands() -> None:
    assert found(b"\n" + content(GOOD)) == [(2, "VAL-F-05", "reject"), (1, "VAL-F-15", "warn")]


def test_a_second_column_rejects_in_every_row_that_has_one() -> None:
    file = content([f"{GOOD[0]},12-3456789", GOOD[1], f"{GOOD[2]},"], "Entry Number,Importer")
    assert found(file) == [(row, "VAL-F-06", "reject") for row in (1, 2, 4)]
    assert detail_of(file, "VAL-F-06") == ["a second column", "a second column", "an empty second column"]


def test_a_header_alone_rejects() -> None:
    assert found(content([])) == [(2, "VAL-F-07", "reject")]
    assert found(content(["", ""])) == [(2, "VAL-F-07", "reject"), (2, "VAL-F-15", "warn"), (3, "VAL-F-15", "warn")]


@pytest.mark.parametrize(("count", "expected"), [(9_999, []), (10_000, [(10_001, "VAL-F-08", "reject")])])
def test_9999_numbers_are_right_and_the_row_of_the_next_one_rejects(
    count: int, expected: list[tuple[int, str, str]]
) -> None:
    assert found(content(numbers(count))) == expected


@pytest.mark.parametrize(("size", "is_broken"), [(999_999, False), (1_000_000, True)])
def test_a_million_bytes_warn(size: int, *, is_broken: bool) -> None:
    file = content(GOOD)
    file += b"\n" * (size - len(file))
    assert ((1, "VAL-F-09", "warn") in found(file)) == is_broken


@pytest.mark.parametrize(
    "text", ["ABC12", "ABC0000001AB", "ABCD0000001", "ABC000000123", "---", "Total", "ABC000000O1"]
)
def test_what_is_no_entry_number_rejects(text: str) -> None:
    assert found(content([GOOD[0], text])) == [(3, "VAL-F-10", "reject")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("6.05761E+10", "scientific notation"),
        ("60576069342.0", "decimals"),
        ("576069342.00", "decimals"),
        ("576069342", "9 digits"),
        ("5760693420", "10 digits"),
        ("########", "in place of a value"),
    ],
)
def test_what_a_spreadsheet_did_to_a_number_is_named_and_rejects(text: str, told: str) -> None:
    file = content([GOOD[0], text])
    assert found(file) == [(3, "VAL-F-11", "reject")]
    assert told in detail_of(file, "VAL-F-11")[0]


@given(
    serial=st.integers(0, 9_999_999), filer_code=st.from_regex(r"[A-Z0-9]{3}", fullmatch=True), digit=st.integers(0, 9)
)
def test_exactly_the_right_last_digit_passes_and_another_is_told_the_expected_one(
    serial: int, filer_code: str, digit: int
) -> None:
    right = number(serial, filer_code)
    given_number = right[:10] + str(digit)
    file = content([given_number])
    expected = [] if given_number == right else [(2, "VAL-F-12", "reject")]
    assert found(file) == expected
    assert all(told.endswith(f"expected {right[-1]}") for told in detail_of(file, "VAL-F-12"))


def test_a_duplicate_rejects_at_its_second_row_however_it_is_written() -> None:
    dashed = f"{GOOD[0][:3]}-{GOOD[0][3:10]}-{GOOD[0][10:]}"
    file = content([GOOD[0], GOOD[1], dashed])
    assert found(file) == [(4, "VAL-F-13", "reject"), (4, "VAL-F-14", "warn")]
    assert detail_of(file, "VAL-F-13") == ["first in row 2"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{0}-{1}-{2}", "dashes"),
        ("{0} {1} {2}", "blanks"),
        (" {0}{1}{2}", "blanks"),
        ("{0}.{1}.{2}", "other signs"),
        ('="{0}{1}{2}"', "a text formula"),
    ],
)
def test_signs_that_cbp_strips_only_warn_and_are_named(written: str, told: str) -> None:
    file = content([written.format(GOOD[0][:3], GOOD[0][3:10], GOOD[0][10:])])
    assert found(file) == [(2, "VAL-F-14", "warn")]
    assert detail_of(file, "VAL-F-14") == [told]


def test_lower_case_only_warns() -> None:
    file = content([GOOD[0].lower()])
    assert found(file) == [(2, "VAL-F-14", "warn")]
    assert detail_of(file, "VAL-F-14") == ["lower case"]


def test_blank_rows_warn_and_say_where_they_stand() -> None:
    file = content([GOOD[0], "", GOOD[1], "", ""])
    assert found(file) == [(row, "VAL-F-15", "warn") for row in (3, 5, 6)]
    assert [told.rpartition("row ")[2] for told in detail_of(file, "VAL-F-15")] == [
        "among the numbers",
        "behind the last number",
        "behind the last number",
    ]


def test_quotes_warn_and_are_seen_through() -> None:
    file = content([f'"{GOOD[0]}"', f'"=""{GOOD[1]}"""'], '"Entry Number"')
    assert [(row, rule) for row, rule, _ in found(file)] == [
        (3, "VAL-F-14"),
        (1, "VAL-F-16"),
        (2, "VAL-F-16"),
        (3, "VAL-F-16"),
    ]


def test_a_sign_that_cannot_be_seen_warns_with_its_code() -> None:
    file = content([f"{GOOD[0]}\u200b"])
    assert found(file) == [(2, "VAL-F-14", "warn"), (2, "VAL-F-17", "warn")]
    assert detail_of(file, "VAL-F-17") == ["U+200B"]


@given(st.text(max_size=40))
def test_whatever_stands_in_a_row_is_judged_and_never_passes_as_a_number_unless_it_is_one(text: str) -> None:
    result = checked(content([text.replace("\n", "").replace("\r", "")]))
    stripped = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    if not re.fullmatch(r"[A-Z0-9]{3}[0-9]{8}", stripped):
        assert result.rejects


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first_line",
    ["Entry Number", "entry_number", '"Entry Number"', "Entry Number,Importer", "Entry Number;Importer", GOOD[0]],
)
def test_a_damaged_declaration_is_still_seen_as_one(tmp_path: Path, first_line: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content(GOOD, first_line))
    assert received_file(path) is not None


@pytest.mark.parametrize(
    "first_line", ["Importer Number", "a,b,c,d", "Entry Number,a,b,c", "Entry Number of Lines", "12"]
)
def test_what_is_headed_otherwise_is_no_declaration(tmp_path: Path, first_line: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content(GOOD, first_line))
    assert received_file(path) is None


def test_a_saved_template_is_a_workbook_and_its_rows_are_judged(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Entry Number", GOOD[0], f"{GOOD[1]}x"])
        sheet.write_number(3, 0, 60576069342)
    received = received_file(path)
    assert received is not None
    assert found(received) == [(1, "VAL-F-01", "reject"), (3, "VAL-F-10", "reject")]


# --- who uploads -----------------------------------------------------------------------------------------------------


def test_a_broker_is_told_the_numbers_of_other_filers_without_a_warehouse() -> None:
    file = content([GOOD[0], number(1, "XYZ")])
    result = checked(file, Submitter("broker", "ABC"))
    assert [(finding.row_number, finding.rule.rule_id) for finding in result.findings] == [(3, "VAL-I-02")]
    assert checked(file).findings == ()


def test_files_checked_together_are_each_judged_alone() -> None:
    files = [
        received_text("declaration.csv", content(rows))
        for rows in (
            numbers(3),
            [],
            [number(1), number(1)],
            [number(1), "", number(2)],
            numbers(10_001),
            [number(7)[:-1] + "x"],
        )
    ]
    files += [received_text("no_header.csv", content([number(2)], header=number(1)))]
    files += [received_text("named.txt", content(numbers(2), end="\r\n"))]
    asked = [(file, Submitter("broker", "XYZ") if place % 2 else None) for place, file in enumerate(files)]
    with duckdb.connect() as con:
        for macro in macros_sql():
            con.execute(macro)
        together = check_declarations(con, asked, RULES, has_warehouse=False)
    assert together == [checked(file, submitter) for file, submitter in asked]
    assert sum(len(one.findings) for one in together) > 10
