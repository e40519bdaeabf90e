"""The whole pipeline on one connection, without Dagster: the same functions the assets call, in order of dependency.

Belongs here: what tests need to build tables quickly. Does not belong here: expectations.
"""

from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from cape_pipeline.ace import macros_sql
from cape_pipeline.assets.interest import publish_factors
from cape_pipeline.assets.load import load_folder, record_all
from cape_pipeline.assets.registry import publish_as_of, publish_registry
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse.macros import create_macros
from cape_pipeline.warehouse.publish import publish
from cape_pipeline.warehouse.query import table_query
from cape_pipeline.warehouse.tables import ensure_tables


def empty_warehouse(path: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection with every macro, and every table empty."""
    con = duckdb.connect(path)
    con.execute("set threads = 1")
    create_macros(con)
    for macro in macros_sql():
        con.execute(macro)
    ensure_tables(con, CONTRACTS.values())
    return con


def build_order() -> list[str]:
    """Tables built by SQL or from a table, each after what it reads."""
    reads = {
        table_id: set(table_query(table_id).upstream)
        for table_id, contract in CONTRACTS.items()
        if contract.source in ("sql", "view")
    }
    reads["refunds.interest_factors"] = {"refunds.accrual_terms", "registry.interest_rates"}
    return [table_id for table_id in TopologicalSorter(reads).static_order() if table_id in reads]


def build(con: duckdb.DuckDBPyConnection, months: tuple[str, ...] = MONTHS) -> None:
    """Bring every table after the received ones up to date."""
    for table_id in build_order():
        if table_id == "refunds.interest_factors":
            publish_factors(con)
        else:
            publish(con, CONTRACTS[table_id], CONTRACTS, months)


def run_on(con: duckdb.DuckDBPyConnection, exports: Path, as_of: date) -> None:
    """Load a folder of exports and build everything as of a day."""
    publish_registry(con)
    publish_as_of(con, as_of)
    load_folder(con, exports)
    record_all(con)
    build(con)
