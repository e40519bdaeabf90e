"""Tables brought up to date on one connection, without Dagster's record of it: the same publications, in order.

Belongs here: which tables are built, each after what it reads. Does not belong here: any table in particular, and
`cape run`, whose runs Dagster orders and records (`run.py`).
"""

from collections.abc import Callable, Collection, Sequence
from graphlib import TopologicalSorter

import duckdb

from cape_pipeline.assets.books import publish_period_factors
from cape_pipeline.assets.interest import publish_factors, publish_late_factors, publish_walks
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.entries import EligibilityHistory
from cape_pipeline.contracts.refunds import InterestFactors, InterestPeriodFactors, InterestWalks, LateFactors
from cape_pipeline.warehouse.builds import is_by_sql, reads_of
from cape_pipeline.warehouse.publish import Publication, publish, publish_frame

#: Tables whose rows are computed in Python from other tables of the warehouse. The history stays empty: it is found on
#: request, by asking these tables again (`eligibility_history.py`).
COMPUTED: dict[str, Callable[[duckdb.DuckDBPyConnection], Publication]] = {
    EligibilityHistory.table_id(): lambda con: publish_frame(con, EligibilityHistory, EligibilityHistory.empty_frame()),
    InterestFactors.table_id(): publish_factors,
    InterestWalks.table_id(): publish_walks,
    LateFactors.table_id(): publish_late_factors,
    InterestPeriodFactors.table_id(): publish_period_factors,
}


def build_order(wanted: Collection[str] | None = None) -> list[str]:
    """Tables made from other tables, each after what it reads.

    Args:
        wanted: only these tables and all that they are made from; every table without it.
    """
    reads = {
        table_id: set(reads_of(contract))
        for table_id, contract in CONTRACTS.items()
        if is_by_sql(contract) or table_id in COMPUTED
    }
    needed, ahead = set(), list(reads if wanted is None else wanted)
    while ahead:
        table_id = ahead.pop()
        if table_id in reads and table_id not in needed:
            needed.add(table_id)
            ahead += reads[table_id]
    return [table_id for table_id in TopologicalSorter(reads).static_order() if table_id in needed]


def rebuild(
    con: duckdb.DuckDBPyConnection, months: Sequence[str], wanted: Collection[str] | None = None
) -> list[Publication]:
    """Bring tables up to date with what they read; what stands from unchanged inputs is left as it is.

    Args:
        con: a writer's connection with its macros, and with every table there.
        months: the months that tables built by month are built for.
        wanted: only these tables and all that they are made from; every table without it.

    Raises:
        BrokenPromise: a table breaks its contract or a claim; what was built before it stands.
    """
    return [
        COMPUTED[table_id](con) if table_id in COMPUTED else publish(con, CONTRACTS[table_id], CONTRACTS, months)
        for table_id in build_order(wanted)
    ]
