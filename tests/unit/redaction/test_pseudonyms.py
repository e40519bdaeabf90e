"""Pseudonyms keep the form of a number and what hangs on it, meet nobody else's, and tell nothing without the key."""

import re
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import macros_sql
from cape_pipeline.ace.entry_number import check_digit
from cape_pipeline.redaction.pseudonyms import UNREADABLE, Pseudonyms

ONE = Pseudonyms(b"0123456789abcdef")
OTHER = Pseudonyms(b"another key than that")
tens = st.from_regex(r"[A-Z0-9]{3}[0-9]{7}", fullmatch=True)
entries = st.from_regex(r"[A-Z0-9]{3}[0-9]{8}", fullmatch=True)
importers = st.one_of(
    st.from_regex(r"[0-9]{2}-[0-9]{7}", fullmatch=True),
    st.from_regex(r"[0-9]{2}-[0-9]{7}[0-9A-Z]{2}", fullmatch=True),
    st.from_regex(r"[0-9]{3}-[0-9]{2}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"[0-9]{6}-[0-9]{5}", fullmatch=True),
)
KINDS: list[Callable[[Pseudonyms, str], str]] = [
    Pseudonyms.entry_number, Pseudonyms.filer_code, Pseudonyms.importer_number, Pseudonyms.last_four,
    Pseudonyms.reference, Pseudonyms.trace_number, Pseudonyms.document_number, Pseudonyms.text_reference,
    Pseudonyms.name, Pseudonyms.submitter, Pseudonyms.alert_key, Pseudonyms.file_name, Pseudonyms.redacted,
    Pseudonyms.stand_in,
]  # fmt: skip


@pytest.fixture(scope="module")
def ace() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    for macro in macros_sql():
        con.execute(macro)
    return con


def form(text: str) -> str:
    return re.sub("[a-z]", "a", re.sub("[A-Z]", "A", re.sub("[0-9]", "9", text)))


# --- entry numbers --------------------------------------------------------------------------------------------------


@given(ten=tens)
def test_a_check_digit_that_fits_still_fits(ten: str) -> None:
    made = ONE.entry_number(f"{ten}{check_digit(ten)}")
    assert made[10] == str(check_digit(made[:10]))


@given(ten=tens, wrong_by=st.integers(1, 9))
def test_a_wrong_check_digit_stays_wrong(ten: str, wrong_by: int) -> None:
    made = ONE.entry_number(f"{ten}{(check_digit(ten) + wrong_by) % 10}")
    assert made[10] != str(check_digit(made[:10]))


@given(one=entries, other=entries)
def test_two_entries_have_two_pseudonyms_and_one_filer_only_where_they_had_one(one: str, other: str) -> None:
    a, b = ONE.entry_number(one), ONE.entry_number(other)
    assert (a == b) == (one == other)
    assert (a[:3] == b[:3]) == (one[:3] == other[:3])
    assert ONE.filer_code(one[:3]) == a[:3]


def test_no_two_of_many_entries_of_a_filer_collide() -> None:
    assert len({ONE.entry_number(f"ABC{number:08}") for number in range(20_000)}) == 20_000


def test_an_entry_number_keeps_the_signs_between_its_parts() -> None:
    plain = ONE.entry_number("ZQX21003667")
    assert ONE.entry_number("ZQX-2100366-7") == f"{plain[:3]}-{plain[3:10]}-{plain[10]}"
    assert ONE.entry_number("zqx21003667") == plain


@pytest.mark.parametrize("lost", ["9.99440E+10", "94400070", "ZQX2100366", "n/a", "ZQX2100366 77x"])
def test_what_is_no_entry_number_becomes_something_of_the_same_form(lost: str) -> None:
    made = ONE.entry_number(lost)
    assert made != lost
    assert form(made.replace("E+", "")) == form(lost.replace("E+", ""))


# --- importer numbers -----------------------------------------------------------------------------------------------


@given(number=importers)
def test_an_importer_number_keeps_its_form(number: str) -> None:
    made = ONE.importer_number(number)
    assert re.sub("[0-9]", "9", made[:10]) == re.sub("[0-9]", "9", number[:10])
    assert len(made) == len(number)


@given(one=importers, other=importers)
def test_two_importers_meet_under_pseudonyms_exactly_where_they_met(
    ace: duckdb.DuckDBPyConnection, one: str, other: str
) -> None:
    texts = (one, other, ONE.importer_number(one), ONE.importer_number(other))
    told = ace.execute("select " + ", ".join(f"importer_key('{text}')" for text in texts)).fetchone()
    assert told is not None
    assert (told[0] == told[1]) == (told[2] == told[3])
    assert (told[0][:9] == told[1][:9]) == (told[2][:9] == told[3][:9])


def test_the_suffix_is_kept_and_no_suffix_is_the_same_as_00() -> None:
    base = ONE.importer_number("12-3456789")
    assert ONE.importer_number("12-345678900") == f"{base}00"
    assert ONE.importer_number("12-3456789AB") == f"{base}AB"
    assert ONE.importer_number("123456789") == base.replace("-", "")


@given(number=st.from_regex(r"[0-9]{8}|[0-9]{10}|[0-9]\.[0-9]{3}E\+[0-9]{2}|#[A-Z]{4}", fullmatch=True))
def test_an_importer_number_that_cannot_be_read_stays_so(ace: duckdb.DuckDBPyConnection, number: str) -> None:
    for text in (number, ONE.importer_number(number)):
        assert ace.execute(f"select ace_importer_number('{text}')").fetchone() == (None,)


# --- other references and texts -------------------------------------------------------------------------------------


def test_a_reference_has_one_pseudonym_in_every_column() -> None:
    assert ONE.reference("R00204248") == ONE.text_reference("R00204248") == ONE.trace_number("r-00204248")
    assert ONE.alert_key("R001 R00204248") == f"R001 {ONE.reference('R00204248')}"
    assert ONE.alert_key("D002 ZQX21003667") == f"D002 {ONE.entry_number('ZQX21003667')}"
    assert ONE.alert_key("D002 12-3456789") == f"D002 {ONE.importer_number('12-3456789')}"
    assert ONE.alert_key("L001 REV-603") == "L001 REV-603"


def test_traces_are_the_same_without_their_leading_zeros_and_none_stays_none() -> None:
    assert ONE.trace_number("000031000300044153") == ONE.trace_number("31000300044153")
    assert ONE.trace_number("0000") == "0"


def test_a_reference_that_a_spreadsheet_cut_stays_cut() -> None:
    assert re.fullmatch(r"[0-9]\.[0-9]{5}E\+11", ONE.reference("1.00000E+11"))


def test_an_account_becomes_four_other_characters_whatever_of_it_was_written() -> None:
    assert ONE.last_four("xxxx-4410") == ONE.last_four("4410") == ONE.last_four("000123454410")
    assert re.fullmatch("[0-9]{4}", ONE.last_four("4410"))
    assert len({ONE.last_four(f"{number:04}") for number in range(10_000)}) == 10_000


def test_who_submitted_a_declaration_keeps_its_pseudonym() -> None:
    assert ONE.submitter("broker: ZQX") == f"broker:{ONE.filer_code('ZQX')}"
    assert ONE.submitter("importer:12-3456789") == f"importer:{ONE.importer_number('12-3456789')}"
    assert ONE.submitter("Jane of the desk") == ONE.name("Jane of the desk")


def test_a_text_too_long_for_a_number_leaves_nothing_of_itself() -> None:
    assert ONE.stand_in("A" * 65) == UNREADABLE


@given(text=st.text(min_size=6, max_size=30).filter(lambda text: len(set(text)) > 3 and text.strip() == text))
def test_names_and_references_hold_nothing_of_the_text_and_differ_by_key(text: str) -> None:
    for make in (Pseudonyms.name, Pseudonyms.text_reference):
        assert text not in make(ONE, text)
        assert make(ONE, text) == make(ONE, text) != make(OTHER, text)


@given(text=st.text(min_size=1, max_size=80))
def test_every_text_has_a_pseudonym_of_every_kind(text: str) -> None:
    for make in KINDS:
        assert make(ONE, text) == make(ONE, text)


def test_another_key_gives_another_pseudonym() -> None:
    assert ONE.entry_number("ZQX21003667") != OTHER.entry_number("ZQX21003667")
    assert ONE.importer_number("12-3456789") != OTHER.importer_number("12-3456789")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Pseudonyms(b"short")
