"""Received rows are recorded by the part they came in: what was checked and hashed once is not looked at again.

A part (`arrives_by`) only ever loses rows, so one that holds as many rows as were recorded is the recorded one;
`cape verify` hashes every row all the same.

Belongs here: which parts are due, and what stands of each (`warehouse.received_parts`). Does not belong here: storing
received rows, and what is promised of them (`contract_sql.py`).
"""

import duckdb

from cape_pipeline.warehouse.builds import content_sql
from cape_pipeline.warehouse.contract import TableContract

DUE = "temp.parts_due"


def find_due_parts(con: duckdb.DuckDBPyConnection, contract: type[TableContract], column: str) -> str:
    """Put the parts that are not as recorded under this contract into a temporary table; returns their rows."""
    table = contract.table_id()
    con.execute(
        f"""
        create or replace temp table parts_due as
        select coalesce(stands.part, recorded.part) as part
        from (select {column} as part, count(*) as row_count from {table} group by all) as stands
        full join (
            select part, row_count
            from warehouse.received_parts
            where table_id = $table_id and definition = $definition
        ) as recorded
            on stands.part = recorded.part
        where stands.row_count is distinct from recorded.row_count
        """,
        {"table_id": table, "definition": contract.fingerprint()},
    )
    known = con.execute("select 1 from warehouse.received_parts where table_id = ? limit 1", [table]).fetchone()
    if known is None:
        return table
    return f"(select * from {table} where {column} is null or {column} in (select part from {DUE}))"


def record_parts(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], column: str, rows: str
) -> tuple[int, str]:
    """Record what stands of the due parts, and return row count and content hash of the whole table: they are sums."""
    given = {"table_id": contract.table_id(), "definition": contract.fingerprint()}
    if con.execute(f"select 1 from {DUE} limit 1").fetchone() is not None:
        con.execute(
            f"""
            delete from warehouse.received_parts
            where table_id = $table_id and (definition <> $definition or part in (select part from {DUE}))
            """,
            given,
        )
        con.execute(
            f"""
            insert into warehouse.received_parts
            select $table_id, {column}, $definition, count(*), {content_sql(contract)}
            from {rows}
            group by {column}
            """,
            given,
        )
    con.execute(f"drop table {DUE}")
    ((count, content),) = con.execute(
        """
        select coalesce(sum(row_count), 0), coalesce(cast(sum(cast(content_hash as hugeint)) as varchar), '')
        from warehouse.received_parts
        where table_id = $table_id
        """,
        {"table_id": contract.table_id()},
    ).fetchall()
    return int(count), content
