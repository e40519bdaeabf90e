"""Tables brought up to date on one connection, without Dagster's record of it: the same publications, in order.

Belongs here: what a run rests on, and which tables are built, each after what it reads. Does not belong here: any table
in particular, and `cape run`, whose runs Dagster orders and records (`run.py`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import polars as pl

from cape_pipeline.assets.books import publish_period_factors
from cape_pipeline.assets.closes import publish_closes
from cape_pipeline.assets.interest import publish_factors, publish_late_factors, publish_walks
from cape_pipeline.assets.registry import (
    publish_as_of,
    publish_bank_originators,
    publish_choices,
    publish_declaration_form,
    publish_registry,
    publish_submitters,
)
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.entries import EligibilityHistory
from cape_pipeline.contracts.refunds import InterestFactors, InterestPeriodFactors, InterestWalks, LateFactors
from cape_pipeline.filing import as_submitters
from cape_pipeline.settings import BANK_ORIGINATORS
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


def publish_choices_of_a_run(
    con: duckdb.DuckDBPyConnection,
    seeds: Mapping[str, pl.DataFrame] | None,
    as_of: date | None,
    policies: Mapping[str, str],
    submitters: str,
    closes: Path,
    *,
    bank_originators: str = BANK_ORIGINATORS,
    line_ending: str = "crlf",
) -> None:
    """All that a run rests on beside the files it receives: rules, readings, day, submitters, settings, closed periods.

    Args:
        con: a writer's connection with its macros, and with every table there.
        seeds: frames of the registry by table id; this installation's own without them.
        as_of: the valuation day, if there is one.
        policies: policy by policy point, where it is not the default.
        submitters: as importer:NUMBER or broker:FILERCODE joined by commas.
        closes: the folder of closed periods, if there is one.
        bank_originators: the pattern by which a bank line is CBP's.
        line_ending: of drafted declarations, `crlf` or `lf`.

    Raises:
        RegistryError, UnknownPolicy, UnusableFilingChoice, UnusableClose: one of them cannot be used.
    """
    publish_registry(con, seeds)
    publish_choices(con, policies)
    publish_submitters(con, as_submitters(submitters))
    if as_of is not None:
        publish_as_of(con, as_of)
    publish_bank_originators(con, bank_originators)
    publish_declaration_form(con, line_ending)
    publish_closes(con, closes)


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
