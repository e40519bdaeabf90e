"""Hold views while they are read often: each is computed once, for as long as many readers ask for the same rows.

A view of a finished warehouse gives every reader the same rows and computes them for each anew. Where one process reads
many times, the rows are kept in a catalogue of its own, in memory or in a file, under the same names.

Belongs here: that catalogue. Does not belong here: which views are worth it (who reads knows), and following by key
(`by_key.py`).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext

import duckdb

from cape_pipeline.warehouse.builds import Contracts, reads_of
from cape_pipeline.warehouse.connection import STORAGE_VERSION, working_folder
from cape_pipeline.warehouse.query import table_query

CATALOG = "held_views"


@contextmanager
def held_views(
    con: duckdb.DuckDBPyConnection, views: Collection[str], contracts: Contracts, *, is_large: bool = False
) -> Iterator[None]:
    """Let the names of all tables of a finished warehouse mean the same rows, those of `views` computed once.

    Nothing may be written to the warehouse meanwhile. Views that read a held view read what is held.

    Args:
        con: a connection to the warehouse, or to a copy.
        views: the views to hold, by their table ids.
        contracts: of every table.
        is_large: hold them in a file where the engine spills: it is compressed, and in memory they would fill the limit
            and then more disk than the warehouse.
    """
    ((catalog,),) = con.execute("select current_database()").fetchall()
    with working_folder(con, "held-views-") if is_large else nullcontext() as folder:
        held_in = str(folder / "held.duckdb").replace("'", "''") if folder else ":memory:"
        con.execute(f"attach '{held_in}' as {CATALOG} (storage_version '{STORAGE_VERSION}')")
        with _meaning(con, catalog, views, contracts):
            yield


@contextmanager
def _meaning(
    con: duckdb.DuckDBPyConnection, catalog: str, views: Collection[str], contracts: Contracts
) -> Iterator[None]:
    try:
        con.execute(f"use {CATALOG}")
        try:
            made: set[str] = set()
            for table_id in contracts:
                _show(con, table_id, f'"{catalog}"', views, contracts, made)
            yield
        finally:
            con.execute(f'use "{catalog}"')
    finally:
        con.execute(f"detach {CATALOG}")


def _show(
    con: duckdb.DuckDBPyConnection,
    table_id: str,
    catalog: str,
    views: Collection[str],
    contracts: Contracts,
    made: set[str],
) -> None:
    """A stored table as it stands; a view from its own text, after what it reads."""
    if table_id in made:
        return
    made.add(table_id)
    contract = contracts[table_id]
    con.execute(f"create schema if not exists {table_id.split('.')[0]}")
    if contract.source != "view":
        con.execute(f"create view {table_id} as from {catalog}.{table_id}")
        return
    for upstream in reads_of(contract):
        _show(con, upstream, catalog, views, contracts, made)
    kind = "table" if table_id in views else "view"
    con.execute(f"create {kind} {table_id} as {table_query(table_id).text}")
