"""Received rows are recorded part by part, and what is recorded is always what a look at all of them would find."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cape_pipeline.warehouse.builds import WHOLE, content_of, read_builds
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.macros import create_macros
from cape_pipeline.warehouse.publish import BrokenPromise, record_received
from cape_pipeline.warehouse.tables import ensure_tables
from cape_pipeline.warehouse.transaction import in_transaction


class Deliveries(TableContract):
    """One row of one delivery."""

    source = "received"
    arrives_by = "delivery"
    fields = (
        Field("delivery", "VARCHAR", "Delivery the row came in"),
        Field("place", "INTEGER", "Its place there", at_least=1),
        Field("quantity", "INTEGER", "How many", at_least=0),
        Field("received_at", "TIMESTAMP", "When it came in", nullable=True, volatile=True),
    )
    grain = ("delivery", "place")

    @classmethod
    def layer(cls) -> str:
        return "shop"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with opened() as connection:
        yield connection


def opened() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    create_macros(connection)
    ensure_tables(connection, [Deliveries])
    return connection


def deliver(con: duckdb.DuckDBPyConnection, delivery: str | None, *rows: tuple[int | None, int | None]) -> None:
    con.executemany(
        "insert into shop.deliveries values (?, ?, ?, null)", [[delivery, place, quantity] for place, quantity in rows]
    )


def record(con: duckdb.DuckDBPyConnection) -> int | None:
    return in_transaction(con, lambda: record_received(con, Deliveries)).row_count


def recorded(con: duckdb.DuckDBPyConnection) -> tuple[int | None, str]:
    build = read_builds(con)["shop.deliveries", WHOLE]
    assert build.input_hash == build.content_hash
    return build.row_count, build.content_hash


def whole(con: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    return content_of(con, Deliveries, "shop.deliveries").get(WHOLE, (0, ""))


QUANTITIES = st.lists(st.integers(0, 9), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("comes"), QUANTITIES),
        st.tuples(st.just("loses a row"), st.integers(0, 9)),
        st.tuples(st.just("goes"), st.integers(0, 9)),
        st.tuples(st.just("nothing"), st.none()),
    ),
    max_size=8,
)


@given(steps=STEPS)
@settings(deadline=None)
def test_what_is_recorded_part_by_part_is_what_all_rows_come_to(steps: list[tuple[str, Any]]) -> None:
    with opened() as con:
        for number, (step, told) in enumerate(steps):
            names = [
                name for (name,) in con.execute("select distinct delivery from shop.deliveries order by 1").fetchall()
            ]
            if step == "comes":
                deliver(con, f"d{number}", *enumerate(told, start=1))
            elif step == "loses a row" and names:
                con.execute("delete from shop.deliveries where delivery = ? and place = 1", [names[told % len(names)]])
            elif step == "goes" and names:
                con.execute("delete from shop.deliveries where delivery = ?", [names[told % len(names)]])
            record(con)
            assert recorded(con) == whole(con)


def test_rows_that_were_recorded_are_not_looked_at_again_and_new_ones_are(con: duckdb.DuckDBPyConnection) -> None:
    deliver(con, "first", (1, 5))
    record(con)
    con.execute("update shop.deliveries set quantity = -1")
    assert record(con) == 1
    deliver(con, "second", (1, -1))
    with pytest.raises(BrokenPromise, match="quantity"):
        record(con)


@pytest.mark.parametrize(
    ("delivery", "rows"),
    [("second", [(1, -1)]), ("second", [(1, None)]), ("second", [(1, 5), (1, 6)]), (None, [(1, 5)])],
)
def test_a_part_that_breaks_the_contract_is_refused_and_nothing_recorded(
    con: duckdb.DuckDBPyConnection, delivery: str | None, rows: list[tuple[int, int | None]]
) -> None:
    deliver(con, "first", (1, 5))
    record(con)
    before = (recorded(con), con.execute("from warehouse.received_parts").fetchall())
    deliver(con, delivery, *rows)
    for _ in range(2):
        with pytest.raises(BrokenPromise):
            record(con)
    assert (recorded(con), con.execute("from warehouse.received_parts").fetchall()) == before


def test_after_a_change_of_the_contract_all_rows_are_looked_at(
    con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(con, "first", (1, 5))
    record(con)
    stricter = tuple(
        Field("quantity", "INTEGER", "How many", at_least=6) if field.name == "quantity" else field
        for field in Deliveries.fields
    )
    monkeypatch.setattr(Deliveries, "fields", stricter)
    monkeypatch.setattr("cape_pipeline.warehouse.contract._SCHEMAS", {})
    with pytest.raises(BrokenPromise, match="quantity"):
        record(con)
    con.execute("update shop.deliveries set quantity = 6")
    assert record(con) == 1
    assert recorded(con) == whole(con)
    assert con.execute("select count(*) from warehouse.received_parts").fetchone() == (1,)


def test_an_empty_table_is_recorded_as_one(con: duckdb.DuckDBPyConnection) -> None:
    assert record(con) == 0
    assert recorded(con) == (0, "")
