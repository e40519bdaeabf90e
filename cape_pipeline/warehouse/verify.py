"""Verify: what stands in the warehouse is looked at again, whole, and nothing is written.

Belongs here: the look at one table or view as it stands now. Does not belong here: what a run checks of what it builds
(`publish.py`), or which tables are asked for.
"""

import duckdb

from cape_pipeline.warehouse.builds import WHOLE, Builds, content_of
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.contract_sql import Offence, grain_offences, value_offences
from cape_pipeline.warehouse.publish import broken_claim
from cape_pipeline.warehouse.query import claims_of


def broken_promises(con: duckdb.DuckDBPyConnection, contract: type[TableContract], builds: Builds) -> list[Offence]:
    """Values and keys of a table or view that break its contract, and claims that are not true of it, now.

    A view is computed in full. A claim about months is asked of all that were ever built.
    """
    relation = contract.table_id()
    months = sorted({month for _, month in builds} - {WHOLE})
    claims = [broken for claim in claims_of(relation) if (broken := broken_claim(con, claim, months))]
    return [*value_offences(con, contract, relation), *grain_offences(con, contract, relation), *claims]


def changed_months(con: duckdb.DuckDBPyConnection, contract: type[TableContract], builds: Builds) -> list[str]:
    """The months (or `all`) of a table whose rows are not those that were recorded with them; none of a view."""
    if contract.source == "view":
        return []
    table_id = contract.table_id()
    found = content_of(con, contract, table_id)
    recorded = {
        month: (build.row_count, build.content_hash)
        for (recorded_id, month), build in builds.items()
        if recorded_id == table_id and build.row_count
    }
    return sorted(month for month in {*found, *recorded} if found.get(month) != recorded.get(month))
