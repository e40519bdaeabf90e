"""The tables a contract asks for: their DDL, their comments, and what happens when a contract or the release changes.

Belongs here: creating and replacing empty tables, and refusing what a newer release made. Does not belong here: filling
them (`publish.py`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from cape_pipeline.warehouse.connection import WarehouseUnusable
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.ducklake import is_lake
from cape_pipeline.warehouse.transaction import in_transaction

BUILDS = """
create table if not exists warehouse.builds (
    table_id varchar not null,
    partition_month varchar not null,
    input_hash varchar not null,
    row_count bigint,
    content_hash varchar not null
)
"""
# Warehouses made earlier have a key there and count the rows of views: not every storage has keys.
BUILDS_WITH_KEY = """
select 1
from duckdb_constraints()
where database_name = current_database() and schema_name = 'warehouse' and table_name = 'builds'
    and constraint_type = 'PRIMARY KEY'
"""
# What stood before the changes that are known by key, and those keys (`changes.py`).
CHANGES = (
    """
create table if not exists warehouse.changes (
    table_id varchar not null,
    partition_month varchar not null,
    input_hash varchar not null,
    row_count bigint,
    content_hash varchar not null
)
""",
    """
create table if not exists warehouse.changed_keys (
    table_id varchar not null,
    key varchar not null
)
""",
)
# What stands of each received part in each table of received rows (`received.py`).
RECEIVED_PARTS = """
create table if not exists warehouse.received_parts (
    table_id varchar not null,
    part varchar not null,
    definition varchar not null,
    row_count bigint not null,
    content_hash varchar not null
)
"""
# An older release does not know what a newer one changed, and would take its rows for what they are not.
RELEASES = """
create table if not exists warehouse.releases (
    release varchar not null
)
"""
NUMBERED = re.compile(r"\d+\.\d+\.\d+")
OWN_COMMENTS = {
    "builds": "What stands in each table-month and from which inputs it was built; written with the rows themselves",
    "changes": "What stood in each table-month before its last change, where it is known which keys changed",
    "changed_keys": "The keys whose rows changed in each of these tables",
    "releases": "The newest release that has written here; an older one refuses to",
    "received_parts": "What stands of each received file in each table of received rows, checked under this contract",
}
COMMENTS_ON_OWN = """
select table_name, comment
from duckdb_tables()
where database_name = current_database() and schema_name = 'warehouse'
"""
# Each is asked once for all tables: DuckDB looks through its whole catalogue for every such question.
KINDS = """
select table_schema || '.' || table_name, table_type = 'VIEW'
from information_schema.tables
where table_catalog = current_database()
"""
COLUMNS = """
select schema_name || '.' || table_name, column_name, data_type, comment
from duckdb_columns()
where database_name = current_database()
order by table_oid, column_index
"""


class StoredRowsInTheWay(Exception):
    """Received rows cannot be rebuilt, so a table of them is never dropped."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A table or view as the warehouse holds it: its columns in order, as (name, type, comment)."""

    is_view: bool
    columns: tuple[tuple[str, str, str | None], ...]


def create_table_sql(contract: type[TableContract], name: str | None = None) -> str:
    """DDL of the table, without keys: the contract guards them inside every transaction."""
    columns = ", ".join(f"{field.name} {field.sql_type}" for field in contract.fields)
    return f"create table {name or contract.table_id()} ({columns})"


def comment_sql(contract: type[TableContract]) -> list[str]:
    """COMMENT statements for the table or view and each of its columns."""
    kind = "view" if contract.source == "view" else "table"
    grain = ", ".join(contract.grain)
    return [
        f"comment on {kind} {contract.table_id()} is {_quoted(f'{contract.description()} Grain: {grain}.')}",
        *(f"comment on column {contract.table_id()}.{f.name} is {_quoted(f.description)}" for f in contract.fields),
    ]


def ensure_tables(con: duckdb.DuckDBPyConnection, contracts: Iterable[type[TableContract]], release: str = "") -> None:
    """Every contract's schema and table exists, empty if it is new, in one transaction.

    A derived table whose contract changed is dropped and will be rebuilt; a table of received rows gains new columns.

    Args:
        con: a writer's connection.
        contracts: of every table.
        release: of this product, three numbers with dots; what is none, such as that of code that was never released,
            is neither held against the warehouse's nor noted there.

    Raises:
        WarehouseUnusable: a newer release wrote here; nothing is changed.
        StoredRowsInTheWay: when a table of received rows would lose or change a column, or its rows lack one that is
            now required.
    """
    in_transaction(con, lambda: _ensure_all(con, list(contracts), release))


def _ensure_all(con: duckdb.DuckDBPyConnection, contracts: Iterable[type[TableContract]], release: str) -> None:
    """Nothing is written where all stands: in a lake, whatever is written is a commit that others may conflict with."""
    con.execute("create schema if not exists warehouse")
    _ensure_own(con)
    _note_release(con, release)
    stored = _stored(con)
    for contract in contracts:
        con.execute(f"create schema if not exists {contract.layer()}")
        stands = _without_the_other_kind(con, contract, stored.get(contract.table_id()))
        if contract.source != "view":
            _ensure_table(con, contract, stands.columns if stands else ())


def _ensure_own(con: duckdb.DuckDBPyConnection) -> None:
    """The kernel's own tables: what stands, and what is known of how it changed."""
    _without_key(con)
    for table in (BUILDS, *CHANGES, RECEIVED_PARTS, RELEASES):
        con.execute(table)
    stands = dict(con.execute(COMMENTS_ON_OWN).fetchall())
    for table, told in OWN_COMMENTS.items():
        if stands[table] != told:
            con.execute(f"comment on table warehouse.{table} is {_quoted(told)}")


def _without_key(con: duckdb.DuckDBPyConnection) -> None:
    """The builds of an older release are kept, in a table as it is made now."""
    if con.execute(BUILDS_WITH_KEY).fetchone() is None:
        return
    con.execute("create temp table builds_before as from warehouse.builds")
    con.execute("drop table warehouse.builds")
    con.execute(BUILDS)
    con.execute("insert into warehouse.builds from builds_before")
    con.execute("drop table builds_before")


def _note_release(con: duckdb.DuckDBPyConnection, release: str) -> None:
    if not NUMBERED.fullmatch(release):
        return
    wrote = [one for (one,) in con.execute("select release from warehouse.releases").fetchall()]
    newest = max([*wrote, release], key=_numbers)
    if newest != release:
        raise WarehouseUnusable(
            f"release {newest} of this product has written this warehouse, and this is release {release}, which could"
            f" misread or lose what {newest} keeps there: install {newest} or a newer one, or load the exports into a"
            " new warehouse; nothing was changed"
        )
    if wrote != [release]:
        con.execute("delete from warehouse.releases")
        con.execute("insert into warehouse.releases values (?)", [release])


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _stored(con: duckdb.DuckDBPyConnection) -> dict[str, Stored]:
    """Every table and view of the warehouse by its name."""
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    for table_id, *column in con.execute(COLUMNS).fetchall():
        columns.setdefault(table_id, []).append((column[0], column[1], column[2]))
    return {
        table_id: Stored(is_view, tuple(columns.get(table_id, ())))
        for table_id, is_view in con.execute(KINDS).fetchall()
    }


def _without_the_other_kind(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], stored: Stored | None
) -> Stored | None:
    """A view that is a table now, or a table that is a view now, is derived: it is dropped and will be rebuilt."""
    if stored is None or stored.is_view == (contract.source == "view"):
        return stored
    con.execute(f"drop {'view' if stored.is_view else 'table'} {contract.table_id()}")
    con.execute("delete from warehouse.builds where table_id = ?", [contract.table_id()])
    return None


def _ensure_table(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], columns: Sequence[tuple[str, str, str | None]]
) -> None:
    stored = {name: kind for name, kind, _ in columns}
    promised = {field.name: field.sql_type for field in contract.fields}
    if list(stored.items()) == list(promised.items()):
        if [comment for *_, comment in columns] != [field.description for field in contract.fields]:
            comment(con, contract)
    elif stored and contract.source == "received":
        _widen(con, contract, stored)
    else:
        con.execute(f"drop table if exists {contract.table_id()}")
        con.execute("delete from warehouse.builds where table_id = ?", [contract.table_id()])
        con.execute(create_table_sql(contract))
        if contract.is_built_by_month() and is_lake(con):
            con.execute(f"alter table {contract.table_id()} set partitioned by (partition_month)")
        comment(con, contract)


def _widen(con: duckdb.DuckDBPyConnection, contract: type[TableContract], stored: dict[str, str]) -> None:
    new: list[Field] = [field for field in contract.fields if field.name not in stored]
    kept = {field.name: field.sql_type for field in contract.fields if field.name in stored}
    holds_rows = con.execute(f"select 1 from {contract.table_id()} limit 1").fetchone() is not None
    if kept != stored or (holds_rows and not all(field.nullable for field in new)):
        raise StoredRowsInTheWay(
            f"{contract.table_id()} in this warehouse was made by another release and cannot be converted:"
            " load the exports into a new warehouse file"
        )
    for field in new:
        con.execute(f"alter table {contract.table_id()} add column {field.name} {field.sql_type}")
    comment(con, contract)


def comment(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> None:
    """Put the contract's words on the table or view and on its columns; in a lake, columns of views take none."""
    whole, *columns = comment_sql(contract)
    con.execute(whole)
    if contract.source == "view" and is_lake(con):
        return
    for statement in columns:
        con.execute(statement)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
