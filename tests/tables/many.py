"""Many rows at once, for the property tests that try hundreds of cases in one statement.

Belongs here: inserting rows in bulk. Does not belong here: what they hold.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put


def put_many(con: duckdb.DuckDBPyConnection, table_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns; the others are made up as `put` does, alike in every row."""
    if not rows:
        return
    assert all(row.keys() == rows[0].keys() for row in rows), "name the same columns in every row"
    template = put(con, table_id, **rows[0])
    frame = pl.DataFrame([template | row for row in rows[1:]], schema=CONTRACTS[table_id].empty_frame().schema)
    con.register("many_rows", frame)
    try:
        con.execute(f"insert into {table_id} ({', '.join(frame.columns)}) from many_rows")
    finally:
        con.unregister("many_rows")
