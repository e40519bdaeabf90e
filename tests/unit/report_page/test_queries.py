"""The queries of the page: each stands on it once, says what it is, and can be asked again as the page shows it."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.report_page.contents import DO_FIRST, HEADLINE, SECTIONS
from cape_pipeline.report_page.reading import query_of, statement_of
from tests.support.tables import empty_tables, put, settled

NAMES = sorted(path.name.removesuffix(".sql") for path in (files("cape_pipeline.report_page") / "queries").iterdir())


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as tables:
        put(tables, "registry.as_of", as_of_date=date(2026, 7, 20))
        with settled(tables):
            yield tables


def test_every_query_stands_on_the_page_once() -> None:
    tables = [table.name for section in SECTIONS for table in section.tables]
    assert Counter([*tables, HEADLINE.name, DO_FIRST.name, "to_file"]) == Counter(NAMES)


def test_every_section_has_its_own_anchor() -> None:
    anchors = [section.anchor for section in SECTIONS]
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_says_in_a_sentence_what_it_shows(name: str) -> None:
    assert query_of(name).comment.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_query_can_be_pasted_between_double_quotes_of_a_shell(name: str) -> None:
    assert re.search(r'["$`\\!]', statement_of(query_of(name))) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_query_reads_tables_of_the_warehouse_only(name: str) -> None:
    assert set(query_of(name).upstream) <= set(CONTRACTS)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_needs_nothing_but_the_snapshot(name: str, con: duckdb.DuckDBPyConnection) -> None:
    """Neither a parameter nor a macro: the snapshot has none."""
    assert query_of(name).parameters == frozenset()
    macros = {
        row[0] for row in con.execute("select function_name from duckdb_functions() where not internal").fetchall()
    }
    assert macros & set(re.findall(r"(\w+)\(", statement_of(query_of(name)))) == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_query_has_an_answer_where_there_is_nothing_yet(name: str, con: duckdb.DuckDBPyConnection) -> None:
    assert len(con.execute(statement_of(query_of(name))).fetchall()) <= 7


@pytest.mark.parametrize(
    "table", [table for section in SECTIONS for table in section.tables], ids=lambda table: table.name
)
def test_what_is_summed_or_worded_is_a_column(table, con: duckdb.DuckDBPyConnection) -> None:
    con.execute(query_of(table.name).text)
    columns = {column[0] for column in con.description or ()}
    assert {*table.totals, *table.absent} <= columns
