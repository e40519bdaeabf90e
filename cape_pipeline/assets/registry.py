"""registry: the law as tables, and the valuation day.

Belongs here: publishing the seeds and the as-of day. Does not belong here: reading and judging the seeds
(`cape_pipeline/registry/`).
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.tables import asset_key, check_results, check_specs, definition_metadata, publication_metadata
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.registry import AsOf
from cape_pipeline.registry.load import load_registry
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import project_files, today_eastern
from cape_pipeline.warehouse.publish import Publication, publish_frame

SEEDED = tuple(
    contract
    for contract in CONTRACTS.values()
    if contract.layer() == "registry" and contract.source == "python" and contract is not AsOf
)


def publish_registry(con: duckdb.DuckDBPyConnection) -> dict[str, Publication]:
    """Publish every seed table; one that has not changed is left as it stands.

    Raises:
        RegistryError: a seed cannot be used; nothing was published.
    """
    frames = load_registry(project_files("registry_seeds"))
    return {contract.table_id(): publish_frame(con, contract, frames[contract.table_id()]) for contract in SEEDED}


def stored_as_of(con: duckdb.DuckDBPyConnection) -> date | None:
    """The valuation day the warehouse holds, if it holds one."""
    row = con.execute("select as_of_date from registry.as_of").fetchone()
    return row[0] if row else None


def publish_as_of(con: duckdb.DuckDBPyConnection, day: date) -> Publication:
    """Make `day` the valuation day of the warehouse."""
    return publish_frame(con, AsOf, pl.DataFrame({"as_of_date": [day]}))


@dg.multi_asset(
    name="load_registry",
    specs=[
        dg.AssetSpec(
            asset_key(contract.table_id()),
            group_name="registry",
            description=contract.description(),
            kinds={"duckdb", "csv"},
            metadata=definition_metadata(contract),
        )
        for contract in SEEDED
    ],
    check_specs=[spec for contract in SEEDED for spec in check_specs(contract)],
)
def load_registry_seeds(warehouse: Warehouse) -> Iterator[object]:
    """Load the dated, cited rules of registry_seeds/."""
    published = publish_registry(warehouse.connection)
    for contract in SEEDED:
        publication = published[contract.table_id()]
        yield dg.MaterializeResult(
            asset_key=asset_key(contract.table_id()),
            metadata=publication_metadata(publication),
            check_results=check_results(contract.table_id(), publication.checks),
        )


class ValuationDay(dg.Config):
    """The valuation day as YYYY-MM-DD; empty repeats the stored one, or takes today in US Eastern if there is none."""

    as_of: str = ""


@dg.asset(
    key=asset_key(AsOf.table_id()),
    group_name="registry",
    description=AsOf.description(),
    kinds={"duckdb", "python"},
    metadata=definition_metadata(AsOf),
    check_specs=check_specs(AsOf),
)
def as_of(config: ValuationDay, warehouse: Warehouse) -> dg.MaterializeResult:
    """Store the valuation day, which every table that depends on it reads."""
    day = date.fromisoformat(config.as_of) if config.as_of else stored_as_of(warehouse.connection) or today_eastern()
    publication = publish_as_of(warehouse.connection, day)
    return dg.MaterializeResult(
        metadata={"as of": day.isoformat(), "dagster/row_count": 1},
        check_results=check_results(AsOf.table_id(), publication.checks),
    )
