"""Rows as CSV text made in SQL: read by Python's csv they are what they were, and no cell is one a spreadsheet runs."""

import csv
import io
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.audit_packets.csv_text import csv_text, line_sql
from cape_pipeline.inert import EXECUTED


def line(row: dict[str, object], **types: str) -> str:
    frame = pl.DataFrame({name: [value] for name, value in row.items()}, strict=False)
    with duckdb.connect() as con:
        con.register("told", frame)
        casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in types.items())
        found = con.execute(f"select {line_sql(list(types.items()))} from (select {casts} from told)").fetchone()
    assert found is not None
    return str(found[0])


def cells(text: str) -> list[str]:
    (row,) = csv.reader(io.StringIO(text, newline=""), strict=True)
    return row


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)


@given(TEXT | st.sampled_from(['=1+1"', "a,b", "\r\n", "@x", "-5", "'", '""']), st.lists(TEXT, max_size=3))
def test_a_text_comes_back_as_it_was_but_for_the_mark_of_what_would_be_executed(told: str, words: list[str]) -> None:
    joined = " ".join(words)
    expected = [f"'{text}" if text.startswith(EXECUTED) else text for text in (told, joined)]
    assert cells(line({"a": told, "b": words}, a="VARCHAR", b="VARCHAR[]") + ",end") == [*expected, "end"]


@pytest.mark.parametrize("sign", EXECUTED)
def test_no_text_begins_as_a_formula(sign: str) -> None:
    (cell, _) = cells(line({"a": f"{sign}cmd", "b": "x"}, a="VARCHAR", b="VARCHAR"))
    assert cell == f"'{sign}cmd"


def test_amounts_days_and_unknowns_are_exact_and_plain() -> None:
    row = {"a": Decimal("-1234567890123456.78"), "b": date(2026, 7, 20), "c": None, "d": True, "e": None}
    types = {"a": "DECIMAL(18,2)", "b": "DATE", "c": "DECIMAL(18,2)", "d": "BOOLEAN", "e": "VARCHAR"}
    assert line(row, **types) == "-1234567890123456.78,2026-07-20,,true,"


def test_a_short_table_of_our_own_words_is_the_same_kind_of_text() -> None:
    assert csv_text(("a", "b"), [("=x", None), ('say "so"', 2)]) == b'a,b\r\n\'=x,\r\n"say ""so""",2\r\n'
