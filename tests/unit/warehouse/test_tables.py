"""Every contract has its table: derived ones follow a change, received ones grow and never lose a row or a column."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import Build, read_builds, record
from cape_pipeline.warehouse.connection import WarehouseUnusable
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.tables import NUMBERED, OWN_COMMENTS, StoredRowsInTheWay, ensure_tables
from tests.unit.warehouse import shop

COLOUR = Field("colour", "VARCHAR", "Its colour", nullable=True)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        ensure_tables(con, shop.CONTRACTS.values())
        yield con


def released(contract: type[TableContract], **changes: Any) -> type[TableContract]:
    """The same contract as another release has it."""
    return type(contract.__name__, (contract,), {"__module__": shop.__name__, "__doc__": contract.__doc__, **changes})


def columns(con: duckdb.DuckDBPyConnection, table_id: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind, *_ in con.execute(f"describe {table_id}").fetchall()]


def comments(con: duckdb.DuckDBPyConnection, table_id: str) -> list[str]:
    rows = con.execute(
        "select comment from duckdb_columns() where schema_name || '.' || table_name = ? order by column_index",
        [table_id],
    ).fetchall()
    return [comment for (comment,) in rows]


def fill(con: duckdb.DuckDBPyConnection, table_id: str, values: str) -> None:
    con.execute(f"insert into {table_id} values ({values})")
    record(con, table_id, {"all": Build("input", 1, "content")})


# ---- every table of the project -----------------------------------------------------------------------------------


def test_every_table_of_the_project_has_the_columns_and_the_comments_of_its_contract() -> None:
    with duckdb.connect() as con:
        ensure_tables(con, CONTRACTS.values())
        tables = dict(con.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall())
        stored = {table_id for table_id, contract in CONTRACTS.items() if contract.source != "view"}
        assert set(tables) == stored | {f"warehouse.{name}" for name in OWN_COMMENTS}
        assert all(tables.values())
        for table_id in stored:
            contract = CONTRACTS[table_id]
            assert columns(con, table_id) == [(field.name, field.sql_type) for field in contract.fields]
            assert comments(con, table_id) == [field.description for field in contract.fields]
            assert tables[table_id] == f"{contract.description()} Grain: {', '.join(contract.grain)}."


def test_asking_again_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, "shop.totals", "'tea', 1.00, 'v'")
    fill(con, "shop.orders", "'001', null, 'tea', 1, null")
    ensure_tables(con, shop.CONTRACTS.values())
    assert con.execute("select count(*) from shop.totals").fetchone() == (1,)
    assert con.execute("select count(*) from shop.orders").fetchone() == (1,)
    assert len(read_builds(con)) == 2


# ---- derived tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        (*shop.Totals.fields, COLOUR),
        shop.Totals.fields[:-1],
        shop.Totals.fields[::-1],
        (shop.Totals.fields[0], replace(shop.Totals.fields[1], sql_type="DECIMAL(9,6)"), shop.Totals.fields[2]),
    ],
)
def test_a_derived_table_whose_contract_changed_is_empty_and_due(
    con: duckdb.DuckDBPyConnection, fields: tuple[Field, ...]
) -> None:
    fill(con, "shop.totals", "'tea', 1.00, 'v'")
    fill(con, "shop.forecasts", "'tea', 1.00")
    ensure_tables(con, [released(shop.Totals, fields=fields), shop.Forecasts])
    assert columns(con, "shop.totals") == [(field.name, field.sql_type) for field in fields]
    assert con.execute("select count(*) from shop.totals").fetchone() == (0,)
    assert set(read_builds(con)) == {("shop.forecasts", "all")}
    assert comments(con, "shop.totals") == [field.description for field in fields]


def test_a_new_description_reaches_the_comments_and_leaves_the_rows(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, "shop.totals", "'tea', 1.00, 'v'")
    fields = (replace(shop.Totals.fields[0], description="What's sold"), *shop.Totals.fields[1:])
    ensure_tables(con, [released(shop.Totals, fields=fields)])
    assert comments(con, "shop.totals")[0] == "What's sold"
    assert con.execute("select count(*) from shop.totals").fetchone() == (1,)


def test_a_view_may_become_a_table_and_a_table_a_view(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create view shop.dear_items as select item, amount_usd from shop.totals")
    record(con, "shop.dear_items", {"all": Build("input", 1, "content")})
    record(con, "shop.totals", {"all": Build("input", 1, "content")})
    ensure_tables(con, [released(shop.DearItems, source="sql"), released(shop.Totals, source="view")])
    kinds = con.execute("select table_name, table_type from information_schema.tables where table_schema = 'shop'")
    found = dict(kinds.fetchall())
    assert found["dear_items"] == "BASE TABLE"
    assert "totals" not in found
    assert read_builds(con) == {}


# ---- received tables ----------------------------------------------------------------------------------------------


def test_a_table_of_received_rows_gains_columns_and_keeps_its_rows(con: duckdb.DuckDBPyConnection) -> None:
    fill(con, "shop.orders", "'001', null, 'tea', 1, null")
    wider = released(shop.Orders, fields=(shop.Orders.fields[0], COLOUR, *shop.Orders.fields[1:]))
    ensure_tables(con, [wider])
    ensure_tables(con, [wider])
    assert con.execute("select order_number, item, colour from shop.orders").fetchall() == [("001", "tea", None)]
    assert read_builds(con)["shop.orders", "all"].row_count == 1
    assert "Its colour" in comments(con, "shop.orders")


@pytest.mark.parametrize(
    "fields",
    [
        shop.Orders.fields[:-1],
        (*shop.Orders.fields[:-1], replace(shop.Orders.fields[-1], sql_type="DATE")),
        (*shop.Orders.fields[:-1], replace(shop.Orders.fields[-1], name="arrived_at")),
        (*shop.Orders.fields, COLOUR.required()),
    ],
    ids=["without a column", "with another type", "with another name", "with a column its rows cannot fill"],
)
def test_a_table_of_received_rows_is_never_made_to_lose_anything(
    con: duckdb.DuckDBPyConnection, fields: tuple[Field, ...]
) -> None:
    fill(con, "shop.orders", "'001', null, 'tea', 1, null")
    before = columns(con, "shop.orders")
    changed = released(shop.Totals, fields=(*shop.Totals.fields, COLOUR))
    with pytest.raises(StoredRowsInTheWay, match=r"^shop\.orders in this warehouse was made by another release"):
        ensure_tables(con, [changed, released(shop.Orders, fields=fields)])
    assert columns(con, "shop.orders") == before
    assert con.execute("select count(*) from shop.orders").fetchone() == (1,)
    assert ("colour", "VARCHAR") not in columns(con, "shop.totals"), "what came before it is undone too"


def test_an_empty_table_of_received_rows_may_gain_a_required_column(con: duckdb.DuckDBPyConnection) -> None:
    ensure_tables(con, [released(shop.Orders, fields=(*shop.Orders.fields, COLOUR.required()))])
    assert ("colour", "VARCHAR") in columns(con, "shop.orders")


# ---- releases -----------------------------------------------------------------------------------------------------


def release_of(con: duckdb.DuckDBPyConnection) -> list[tuple[str]]:
    return con.execute("select release from warehouse.releases").fetchall()


@pytest.mark.parametrize("newer", ["0.1.0", "0.1.1", "0.2.0", "0.10.0", "1.0.0"])
def test_the_newest_release_that_wrote_here_is_known(con: duckdb.DuckDBPyConnection, newer: str) -> None:
    ensure_tables(con, shop.CONTRACTS.values(), "0.1.0")
    ensure_tables(con, shop.CONTRACTS.values(), newer)
    assert release_of(con) == [(newer,)]


@pytest.mark.parametrize(("newer", "older"), [("0.1.1", "0.1.0"), ("0.10.0", "0.9.9"), ("10.0.0", "9.9.9")])
def test_an_older_release_refuses_what_a_newer_one_made_and_changes_nothing(
    con: duckdb.DuckDBPyConnection, newer: str, older: str
) -> None:
    ensure_tables(con, shop.CONTRACTS.values(), newer)
    fill(con, "shop.totals", "'tea', 1.00, 'v'")
    changed = released(shop.Totals, fields=(*shop.Totals.fields, COLOUR))
    with pytest.raises(WarehouseUnusable, match=f"^release {newer} of this product .* install {newer} or a newer one"):
        ensure_tables(con, [changed], older)
    assert release_of(con) == [(newer,)]
    assert con.execute("select count(*) from shop.totals").fetchone() == (1,)
    assert columns(con, "shop.totals") == [(field.name, field.sql_type) for field in shop.Totals.fields]


@pytest.mark.parametrize("nameless", ["", "unreleased", "0.1", "0.2.0.dev1"])
def test_code_that_was_never_released_is_neither_noted_nor_refused(
    con: duckdb.DuckDBPyConnection, nameless: str
) -> None:
    ensure_tables(con, shop.CONTRACTS.values(), "0.1.0")
    ensure_tables(con, shop.CONTRACTS.values(), nameless)
    assert release_of(con) == [("0.1.0",)]


def test_releases_of_this_project_are_numbered_so_that_they_can_be_held_against_each_other() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert NUMBERED.fullmatch(project["version"])
