"""Tiny upstream tables for tests of one table: rows with only the columns that matter, the rest made up to fit.

Belongs here: inserting rows and running one SELECT. Does not belong here: expectations.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import BANK_ORIGINATORS, project_files
from cape_pipeline.warehouse.contract import Field
from cape_pipeline.warehouse.query import Query, table_query
from cape_pipeline.warehouse.tables import create_table_sql
from tests.support.pipeline import build_order, empty_warehouse

MADE_UP: dict[str, Any] = {
    "VARCHAR": "x",
    "VARCHAR[]": [],
    "DATE": date(2025, 6, 2),
    "TIMESTAMP": datetime(2026, 1, 1),  # noqa: DTZ001 (the column is a timestamp without zone)
    "BOOLEAN": False,
    "INTEGER": 1,
    "BIGINT": 1,
}
#: Tables between others, each a step of what the next one tells: they are views here, so that a test of the next one
#: need not build them.
STEPS = (
    "entries.liquidation_tracks",
    "refunds.deposit_terms",
    "refunds.open_ends",
    "refunds.accrual_spans",
    "refunds.interest_growth",
    "refunds.interest_exceptions",
    "refunds.interest_versions",
    "refunds.booked_spans",
    "refunds.booked_growth",
    "refunds.accrued_exceptions",
    "refunds.late_waits",
    "refunds.batch_members",
    "reports.receivable_versions",
)
#: What the schema's name begins with where the rows of views are held for one SELECT (`answered`).
ANSWERED = "answered_"
#: What a view's name ends with while a table stands in its place (`settled`).
ASIDE = "__aside"
STANDING = "select schema_name || '.' || view_name, view_oid from duckdb_views() where not internal"
FITTING = {
    "entry_number": "ABC12345676",
    "load_id": "0" * 64,
    "partition_month": "2025-06",
    "entry_month": "2025-06",
    "heading": "9903.01.25",
    "hts_number": "99030125",
    "filer_code": "ABC",
}


@cache
def _made() -> tuple[duckdb.DuckDBPyConnection, frozenset[tuple[str, int]]]:
    """The connection, and the views made here, which are not those that a test puts in their place."""
    con = empty_warehouse()
    # of a few rows through views over views the plan costs more than the answer; whole runs are planned as everywhere
    con.execute("pragma disable_optimizer")
    for table_id in _views():
        if table_id in STEPS:
            con.execute(f"drop table {table_id}")
        con.execute(f"create view {table_id} as {_view_text(table_id)}")
        con.execute(f"create schema if not exists {ANSWERED}{table_id.split('.')[0]}")
    _take_defaults(con)
    return con, frozenset(con.execute(STANDING).fetchall())


def _shared() -> duckdb.DuckDBPyConnection:
    return _made()[0]


@cache
def _views() -> tuple[str, ...]:
    """Every table that is a view while no row is put into it, in order of dependency."""
    return tuple(table for table in build_order() if table in STEPS or CONTRACTS[table].source == "view")


def _view_text(table_id: str) -> str:
    return table_query(table_id).text.replace("$registry_version", "'test'")


def answered(con: duckdb.DuckDBPyConnection, query: Query) -> str:
    """The text of a SELECT, to be run at once: in place of each view it reads a table of what the view answers now.

    A plan repeats a view wherever it is read, and the views below it as often again; so each is run once, and the
    next ones read its rows. The rows are the same, and are gone with what a test writes.
    """
    if con is not _shared():
        return query.text
    needed = _views_below(query, _standing(con))
    _answer(con, needed)
    return _reading_answers(query.text, needed)


@contextmanager
def settled(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While something reads many tables, each view is a table of what it answered at the beginning; write none then."""
    views = _standing(con)
    _answer(con, views)
    for table_id in views:
        con.execute(f"alter view {table_id} rename to {_name(table_id)}{ASIDE}")
        con.execute(create_table_sql(CONTRACTS[table_id]))
        con.execute(f"insert into {table_id} from {ANSWERED}{table_id}")
    try:
        yield
    finally:
        for table_id in views:
            con.execute(f"drop table {table_id}")
            con.execute(f"alter view {table_id}{ASIDE} rename to {_name(table_id)}")


def _name(table_id: str) -> str:
    return table_id.split(".")[1]


def _standing(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The views made here into which no row was put, in order of dependency."""
    names = dict(_made()[1].intersection(con.execute(STANDING).fetchall()))
    return tuple(table_id for table_id in _views() if table_id in names)


def _answer(con: duckdb.DuckDBPyConnection, views: tuple[str, ...]) -> None:
    """Hold the rows of views, each of which comes after those it reads."""
    for table_id in views:
        name = f"{ANSWERED}{table_id}"
        con.execute(f"create or replace table {name} as {_reading_answers(_view_text(table_id), views)}")


@cache
def _views_below(query: Query, standing: tuple[str, ...]) -> tuple[str, ...]:
    """The views that a SELECT reads, itself or through other views, in order of dependency."""
    found: set[str] = set()
    asked = list(query.upstream)
    while asked:
        table_id = asked.pop()
        if table_id in standing and table_id not in found:
            found.add(table_id)
            asked += table_query(table_id).upstream
    return tuple(table_id for table_id in standing if table_id in found)


@cache
def _reading_answers(text: str, views: tuple[str, ...]) -> str:
    for table_id in views:
        text = re.sub(rf"(?<![\w.']){re.escape(table_id)}(?![\w.'])", f"{ANSWERED}{table_id}", text)
    return text


def _take_defaults(con: duckdb.DuckDBPyConnection) -> None:
    """Every default reading is in force, as in a run that chooses none."""
    con.register("seeded", load_registry(project_files("registry_seeds"))["registry.policies"])
    con.execute("insert into registry.policies by name select * from seeded")
    con.unregister("seeded")
    con.execute(f"insert into registry.policies_in_force {table_query('registry.policies_in_force').text}")
    con.execute("delete from registry.policies")
    con.execute("insert into registry.bank_originators values (?)", [BANK_ORIGINATORS])


@contextmanager
def empty_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every table on one connection for the whole test process; what is written is rolled back.

    All are empty, apart from views and `STEPS`, but registry.policies_in_force and registry.bank_originators, where
    every default stands.
    """
    con = _shared()
    con.execute("begin")
    try:
        yield con
    finally:
        con.execute("rollback")


def choose(con: duckdb.DuckDBPyConnection, **readings: Any) -> None:
    """Put other readings in force: columns of registry.policies_in_force with their values."""
    told = ", ".join(f"{name} = ?" for name in readings)
    con.execute(f"update registry.policies_in_force set {told}", list(readings.values()))


def put(con: duckdb.DuckDBPyConnection, table_id: str, **values: Any) -> dict[str, Any]:
    """Insert one row: what is given, null where the contract allows it, else something that fits. Returns the row.

    A view that a row is put into is an empty table from then on, until what is written is rolled back.
    """
    contract = CONTRACTS[table_id]
    if stands_as_view(con, table_id):
        clear(con, table_id)
    unknown = set(values) - set(contract.column_names())
    assert not unknown, f"{table_id} has no {sorted(unknown)}"
    row = {field.name: values.get(field.name, _fit(field)) for field in contract.fields}
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into {table_id} ({', '.join(row)}) values ({marks})", list(row.values()))
    return row


def stands_as_view(con: duckdb.DuckDBPyConnection, table_id: str) -> bool:
    """Whether the table is a view, or one of `STEPS`, into which no row was put."""
    if table_id not in STEPS and CONTRACTS[table_id].source != "view":
        return False
    schema, name = table_id.split(".")
    select = "select 1 from duckdb_views() where schema_name = ? and view_name = ?"
    return con.execute(select, [schema, name]).fetchone() is not None


def clear(con: duckdb.DuckDBPyConnection, table_id: str) -> None:
    """Leave no row in a table; a view becomes an empty table, until what is written is rolled back."""
    if stands_as_view(con, table_id):
        con.execute(f"drop view {table_id}")
        con.execute(create_table_sql(CONTRACTS[table_id]))
    else:
        con.execute(f"delete from {table_id}")


def _fit(field: Field) -> Any:
    if field.nullable:
        return None
    if field.one_of:
        return field.one_of[0]
    if field.name in FITTING:
        return FITTING[field.name]
    if field.sql_type.startswith("DECIMAL"):
        return Decimal(0)
    return MADE_UP[field.sql_type]


def rows_of(
    con: duckdb.DuckDBPyConnection, table_id: str, months: tuple[str, ...] = MONTHS, registry_version: str = "test"
) -> list[dict[str, Any]]:
    """What the table's SELECT makes of the upstream rows, in order of its grain; the table itself is not written."""
    query = table_query(table_id)
    offered: Mapping[str, Any] = {"months": list(months), "registry_version": registry_version}
    given = {name: value for name, value in offered.items() if name in query.parameters}
    grain = ", ".join(CONTRACTS[table_id].grain)
    cursor = con.execute(f"select * from ({answered(con, query)}) order by {grain}", given)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
