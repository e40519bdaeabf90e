"""ace.closes and ace.closed_entries: the periods that were closed, as their frozen files say.

Belongs here: publishing what the folder of closes holds. Does not belong here: writing a close
(`cape_pipeline/close/`), and what becomes of it (`sql/reports/`).
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.tables import all_published, check_specs, table_spec
from cape_pipeline.close.frozen import ENTRIES, FrozenClose, UnusableClose, read_closes
from cape_pipeline.contracts.ace import ClosedEntries, Closes
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.publish import Publication, publish_frame

TABLES = (Closes, ClosedEntries)


def publish_closes(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Publication]:
    """Make the closes of the folder those of the warehouse; none where there is no such folder.

    Raises:
        UnusableClose: the files of a close are not what was frozen; nothing was published.
    """
    closes = read_closes(folder)
    frames = {
        Closes: pl.DataFrame([_row(close) for close in closes], schema=Closes.empty_frame().schema, orient="row"),
        ClosedEntries: pl.concat([ClosedEntries.empty_frame(), *(_entries(close) for close in closes)]),
    }
    return {contract.table_id(): publish_frame(con, contract, frame) for contract, frame in frames.items()}


def _row(close: FrozenClose) -> tuple[object, ...]:
    told = {**close.manifest, "manifest_sha256": close.manifest_sha256}
    frame = pl.DataFrame(
        {field.name: [None if told.get(field.name) is None else str(told[field.name])] for field in Closes.fields},
        schema=dict.fromkeys(Closes.column_names(), pl.String),
    )
    return _typed(close, "its manifest", frame, Closes.empty_frame().schema).row(0)


def _entries(close: FrozenClose) -> pl.DataFrame:
    text = pl.read_csv(BytesIO((close.folder / ENTRIES).read_bytes()), infer_schema=False)
    wanted = ClosedEntries.empty_frame().schema
    named = text.with_columns(pl.lit(close.close_name).alias("close_name"))
    if missing := [name for name in wanted if name not in named.columns]:
        raise UnusableClose(f"{close.folder / ENTRIES} lacks {', '.join(missing)}: it was frozen by another release")
    return _typed(close, ENTRIES, named.select(list(wanted)), wanted)


def _typed(close: FrozenClose, what: str, text: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Columns of text as the columns of a contract; nothing is guessed."""
    try:
        return text.select(_read_as(pl.col(name), kind) for name, kind in schema.items())
    except pl.exceptions.PolarsError as error:
        raise UnusableClose(f"{close.folder}: {what} holds what cannot be read ({error})") from error


def _read_as(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if kind == pl.Boolean:
        return column.replace_strict({"true": True, "false": False}, return_dtype=pl.Boolean)
    return column.str.to_date("%Y-%m-%d") if kind == pl.Date else column.cast(kind)


@dg.multi_asset(
    name="load_closes",
    specs=[table_spec(contract, {"duckdb", "csv"}) for contract in TABLES],
    check_specs=[spec for contract in TABLES for spec in check_specs(contract)],
)
def load_closes(warehouse: Warehouse) -> Iterator[object]:
    """Read the periods that were closed, each held against the hashes of its manifest."""
    con = warehouse.connection
    yield from all_published(con, TABLES, lambda: publish_closes(con, warehouse.settings.closes))
