"""Whether the tables of a warehouse stem from one state of their inputs, so that they may be shown.

Belongs here: which months are in play, and refusing what is behind. Does not belong here: when a table is behind
(`warehouse/builds.py`).
"""

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import stale_tables


class StaleWarehouse(Exception):
    """Tables do not stem from one state of their inputs, so analysts must not be shown them."""


def months_in_play(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Entry months that hold entries now, or hold rows from an earlier build."""
    rows = con.execute(
        "select partition_month from lines.entry_baselines"
        " union select partition_month from warehouse.builds where list_contains($monthly, table_id) and row_count > 0"
        " order by 1",
        {"monthly": [table_id for table_id, contract in CONTRACTS.items() if contract.is_built_by_month()]},
    ).fetchall()
    return [month for (month,) in rows]


def refuse_stale(con: duckdb.DuckDBPyConnection) -> None:
    """Raise unless every table stems from what its inputs are now.

    Raises:
        StaleWarehouse: naming the table-months that are behind.
    """
    behind = stale_tables(con, CONTRACTS, months_in_play(con))
    if behind:
        more = f" (and {len(behind) - 3} more)" if len(behind) > 3 else ""
        raise StaleWarehouse("; ".join(behind[:3]) + more + ": run everything to publish")
