"""The whole pipeline on one connection, without Dagster: the same functions the assets call, in order of dependency.

Belongs here: what tests need to build tables quickly. Does not belong here: expectations.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.ace import macros_sql
from cape_pipeline.assets.load import load_folder, record_all
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import build_order as build_order  # for tests that build in their own way
from cape_pipeline.rebuild import publish_choices_of_a_run, rebuild
from cape_pipeline.warehouse.macros import create_macros
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


def build(con: duckdb.DuckDBPyConnection, months: tuple[str, ...] = MONTHS) -> None:
    """Bring every table after the received ones up to date."""
    rebuild(con, months)


def receive(
    con: duckdb.DuckDBPyConnection,
    exports: Path | None,
    as_of: date,
    policies: Mapping[str, str] | None = None,
    submitters: str = "",
    closes: Path | None = None,
) -> None:
    """Set the day, the readings chosen for defaults and the other choices of a run, and load a folder, if any."""
    publish_choices_of_a_run(con, None, as_of, policies or {}, submitters, closes or Path("no closes"))
    if exports is not None:
        load_folder(con, exports)
    record_all(con)


def run_on(con: duckdb.DuckDBPyConnection, exports: Path | None, as_of: date, *choices: Any, **named: Any) -> None:
    """Receive all that `receive` does, and build everything."""
    receive(con, exports, as_of, *choices, **named)
    build(con)
