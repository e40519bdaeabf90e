"""Somebody has said of every table that is not built by SQL whose its rows are, and of each row exactly once."""

import duckdb
import pytest

from cape_pipeline.clients.owners import owners
from cape_pipeline.clients.separation import FILES, LOADED, RECEIVED, THE_SAME
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.rebuild import COMPUTED
from tests.support.pipeline import empty_warehouse

OWNED = ["load_id", "source_row", "owner", "is_shared", "part_usd"]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    return empty_warehouse()


def test_every_received_table_is_listed() -> None:
    received = {table_id for table_id, contract in CONTRACTS.items() if contract.source == "received"}
    assert {*RECEIVED, FILES} == received


def test_every_table_loaded_by_python_is_listed_or_computed_from_others() -> None:
    python = {table_id for table_id, contract in CONTRACTS.items() if contract.source == "python"}
    assert set(LOADED) | set(COMPUTED) == python


def test_only_the_law_and_the_readings_are_the_same_for_all() -> None:
    assert {table_id.split(".")[0] for table_id, told in LOADED.items() if told is THE_SAME} == {"registry"}


@pytest.mark.parametrize("table_id", RECEIVED)
def test_whose_the_rows_are_can_be_asked_of_an_empty_warehouse(con: duckdb.DuckDBPyConnection, table_id: str) -> None:
    with owners(con, ["a", "b"]):
        asked = con.execute(RECEIVED[table_id].owned)
        assert [column[0] for column in asked.description or ()] == OWNED
        assert asked.fetchall() == []


@pytest.mark.parametrize("table_id", RECEIVED)
def test_what_is_replaced_in_a_shared_row_is_a_column_that_may_be_unknown(table_id: str) -> None:
    fields = {field.name: field for field in CONTRACTS[table_id].fields}
    for name, told in {**RECEIVED[table_id].guarded, **RECEIVED[table_id].replaced}.items():
        assert name in fields
        assert fields[name].nullable or told != "null", name


@pytest.mark.parametrize("table_id", [table_id for table_id, told in LOADED.items() if told is not THE_SAME])
def test_a_table_loaded_by_python_has_the_columns_of_its_contract(
    con: duckdb.DuckDBPyConnection, table_id: str
) -> None:
    given = {"owner": 1, "client_id": "a", "shipped_pattern": "x"}
    used = {name: value for name, value in given.items() if f"${name}" in LOADED[table_id]}
    with owners(con, ["a", "b"]):
        asked = con.execute(LOADED[table_id], used)
        assert [column[0] for column in asked.description or ()] == list(CONTRACTS[table_id].column_names())
