"""No CSV for people holds a text that a spreadsheet would execute; amounts stay numbers, drafts stay as they are."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.cookbook import Answer
from cape_pipeline.cookbook_shown import write_csv
from cape_pipeline.inert import EXECUTED, inert, inert_sql
from cape_pipeline.outputs import EXPORTED, write_files
from tests.support.tables import empty_tables, put, settled

HOSTILE = "=cmd|' /C calc'!A1"


@pytest.mark.parametrize("sign", EXECUTED)
def test_a_text_that_begins_like_a_formula_is_marked_as_text(sign: str) -> None:
    assert inert(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["", "abc", "1=1", " =1", "'=1", "a\t", "12-3456789"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


@given(st.text(alphabet=st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n 'a1é"), max_size=6))
def test_sql_and_python_say_the_same(text: str) -> None:
    assert duckdb.execute(f"select {inert_sql('$1')}", [text]).fetchone() == (inert(text),)


def test_an_unknown_text_stays_unknown() -> None:
    assert duckdb.execute(f"select {inert_sql('cast(null as varchar)')}").fetchone() == (None,)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        yield con


def test_every_text_of_every_table_is_written_inert_and_amounts_stay_numbers(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for table_id in EXPORTED:
        if CONTRACTS[table_id].source != "view":
            hostile = {
                field.name: {"VARCHAR": HOSTILE, "VARCHAR[]": [HOSTILE]}.get(field.sql_type, Decimal("-1.5"))
                for field in CONTRACTS[table_id].fields
                if field.sql_type in ("VARCHAR", "VARCHAR[]") or field.sql_type.startswith("DECIMAL")
            }
            con.execute(f"delete from {table_id}")
            put(con, table_id, **hostile)
    con.execute("delete from refunds.declarations")
    with settled(con):
        write_files(con, tmp_path, "crlf")
    texts, numbers = 0, 0
    for table_id in EXPORTED:
        with (tmp_path / f"{CONTRACTS[table_id].table()}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for field in CONTRACTS[table_id].fields:
                    if "VARCHAR" in field.sql_type:
                        assert row[field.name] == "'" + HOSTILE
                        texts += 1
                    elif field.sql_type.startswith("DECIMAL"):
                        assert Decimal(row[field.name]) == Decimal("-1.5")
                        numbers += 1
    assert texts > 100
    assert numbers > 100


def test_an_answer_as_csv_is_inert_too() -> None:
    told = io.StringIO()
    write_csv(told, Answer(("a", "=b"), iter([(HOSTILE, Decimal("-1.50")), (None, date(2026, 7, 20)), ("x", ["=1"])])))
    assert list(csv.reader(io.StringIO(told.getvalue()))) == [
        ["a", "'=b"], ["'" + HOSTILE, "-1.50"], ["", "2026-07-20"], ["x", '["=1"]'],
    ]  # fmt: skip
