"""What a table promises, asked of the rows its SELECT makes now: the contract and the claims, as the build asks them.

Belongs here: running promises inside a test's transaction. Does not belong here: rows or expectations of one table.
"""

from collections.abc import Sequence
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse.contract_sql import grain_offences, shape_offences, value_offences
from cape_pipeline.warehouse.query import Query, claims_of, table_query
from tests.support.tables import answered, stands_as_view


def build(con: duckdb.DuckDBPyConnection, table_id: str, months: Sequence[str] = MONTHS) -> None:
    """Make the table what its SELECT makes of the months, so that the next table can read it; a view is so anyhow."""
    if stands_as_view(con, table_id):
        return
    query = table_query(table_id)
    con.execute(f"delete from {table_id}")
    con.execute(f"insert into {table_id} {answered(con, query)}", _given(query, months))


def broken_promises(con: duckdb.DuckDBPyConnection, table_id: str) -> list[str]:
    """Every promise of the contract that the rows of the SELECT break: columns, types, values, grain."""
    contract, query = CONTRACTS[table_id], table_query(table_id)
    con.execute(f"create or replace temp table made as {answered(con, query)}", _given(query, MONTHS))
    offences = [
        *shape_offences(con, contract, "temp.made"),
        *value_offences(con, contract, "temp.made"),
        *grain_offences(con, contract, "temp.made"),
    ]
    return [offence.promise for offence in offences]


def broken_claim(
    con: duckdb.DuckDBPyConnection, table_id: str, claim: str, months: Sequence[str] = MONTHS
) -> list[dict[str, Any]]:
    """The rows that break one claim on a table as it stands, for the months asked."""
    query = next(query for query in claims_of(table_id) if query.name == claim)
    cursor = con.execute(answered(con, query), _given(query, months))
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _given(query: Query, months: Sequence[str]) -> dict[str, Any]:
    offered = {"months": list(months), "registry_version": "test"}
    return {name: value for name, value in offered.items() if name in query.parameters}
