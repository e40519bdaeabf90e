"""The tables a contract asks for: their DDL, their comments, and what happens when a contract changes.

Belongs here: creating and replacing empty tables. Does not belong here: filling them (`publish.py`).
"""

from collections.abc import Iterable

import duckdb

from cape_pipeline.warehouse.contract import Field, TableContract

BUILDS = """
create table if not exists warehouse.builds (
    table_id varchar not null,
    partition_month varchar not null,
    input_hash varchar not null,
    row_count bigint not null,
    content_hash varchar not null,
    primary key (table_id, partition_month)
)
"""
BUILDS_COMMENT = "What stands in each table-month and from which inputs it was built; written with the rows themselves"


class StoredRowsInTheWay(Exception):
    """Received rows cannot be rebuilt, so a table of them is never dropped."""


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


def ensure_tables(con: duckdb.DuckDBPyConnection, contracts: Iterable[type[TableContract]]) -> None:
    """Every contract's schema and table exists, empty if it is new, in one transaction.

    A derived table whose contract changed is dropped and will be rebuilt; a table of received rows gains new columns.

    Raises:
        StoredRowsInTheWay: when a table of received rows would lose or change a column, or its rows lack one that is
            now required.
    """
    con.execute("begin")
    try:
        con.execute("create schema if not exists warehouse")
        con.execute(BUILDS)
        con.execute(f"comment on table warehouse.builds is {_quoted(BUILDS_COMMENT)}")
        for contract in contracts:
            con.execute(f"create schema if not exists {contract.layer()}")
            _drop_the_other_kind(con, contract)
            if contract.source != "view":
                _ensure_table(con, contract)
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def _drop_the_other_kind(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> None:
    """A view that is a table now, or a table that is a view now, is derived: it is dropped and will be rebuilt."""
    stored = con.execute(
        "select table_type from information_schema.tables"
        " where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [contract.layer(), contract.table()],
    ).fetchone()
    if stored and (stored[0] == "VIEW") != (contract.source == "view"):
        con.execute(f"drop {'view' if stored[0] == 'VIEW' else 'table'} {contract.table_id()}")
        con.execute("delete from warehouse.builds where table_id = ?", [contract.table_id()])


def _ensure_table(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> None:
    columns = con.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = ? and table_name = ?"
        " and database_name = current_database() order by column_index",
        [contract.layer(), contract.table()],
    ).fetchall()
    stored = {name: kind for name, kind, _ in columns}
    promised = {field.name: field.sql_type for field in contract.fields}
    if list(stored.items()) == list(promised.items()):
        if [comment for *_, comment in columns] != [field.description for field in contract.fields]:
            _comment(con, contract)
    elif stored and contract.source == "received":
        _widen(con, contract, stored)
    else:
        con.execute(f"drop table if exists {contract.table_id()}")
        con.execute("delete from warehouse.builds where table_id = ?", [contract.table_id()])
        con.execute(create_table_sql(contract))
        _comment(con, contract)


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
    _comment(con, contract)


def _comment(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> None:
    for statement in comment_sql(contract):
        con.execute(statement)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
