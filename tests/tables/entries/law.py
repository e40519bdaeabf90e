"""The law as the seeds state it, in the tables of a test.

Belongs here: putting seed tables and many rows at once. Does not belong here: expectations, made-up law.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from cape_pipeline.warehouse.contract import Field
from tests.support.tables import FITTING, MADE_UP
from tests.tables.promises import build

READ_BY_ENTRIES = (
    "registry.cape_messages",
    "registry.cape_rules",
    "registry.entry_types",
    "registry.federal_holidays",
    "registry.programme_dates",
)


@cache
def seeds() -> dict[str, pl.DataFrame]:
    """Every seed table by its id, read once."""
    return load_registry(project_files("registry_seeds"))


def put_law(con: duckdb.DuckDBPyConnection) -> None:
    """Insert the seed tables that the tables of `entries` read, and the calendar made of the holidays."""
    for table_id in READ_BY_ENTRIES:
        _insert(con, table_id, seeds()[table_id])
    build(con, "registry.calendar_days")


def put_all(con: duckdb.DuckDBPyConnection, table_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows at once: what is given, null where the contract allows it, else something that fits."""
    if not rows:
        return
    contract = CONTRACTS[table_id]
    schema = contract.empty_frame().schema
    columns = {field.name: [row.get(field.name, _fit(field)) for row in rows] for field in contract.fields}
    _insert(con, table_id, pl.DataFrame(columns, schema=schema))


def _insert(con: duckdb.DuckDBPyConnection, table_id: str, frame: pl.DataFrame) -> None:
    con.register("rows_to_put", frame)
    con.execute(f"insert into {table_id} by name select * from rows_to_put")
    con.unregister("rows_to_put")


def _fit(field: Field) -> Any:
    if field.nullable:
        return None
    if field.one_of:
        return field.one_of[0]
    if field.sql_type.startswith("DECIMAL"):
        return 0
    return FITTING.get(field.name, MADE_UP.get(field.sql_type))
