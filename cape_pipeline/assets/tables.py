"""One asset for each table built by SQL: key, dependencies, checks and description follow from contract and SQL file.

Belongs here: the factory, and what the asset of every table has in common. Does not belong here: any table in
particular, and the assets made in Python (`load.py`, `registry.py`, `interest.py`, `reports.py`).
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import dagster as dg
import duckdb

from cape_pipeline.assets.failures import said_for_people
from cape_pipeline.assets.shown import (
    asset_key,
    check_results,
    counted,
    counted_by_month,
    definition_metadata,
    detailed,
)
from cape_pipeline.assets.turns import built_by_month, in_order_of_reading
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.builds import definition, is_by_sql
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.publish import BrokenPromise, Publication, outcomes_of, publish
from cape_pipeline.warehouse.query import table_query

months = dg.StaticPartitionsDefinition(list(MONTHS))


def check_specs(contract: type[TableContract]) -> list[dg.AssetCheckSpec]:
    """The contract and every claim of the table, as checks of its asset."""
    return [
        dg.AssetCheckSpec(name=check.name, asset=asset_key(contract.table_id()), description=check.description)
        for check in outcomes_of(contract, {})
    ]


def table_spec(contract: type[TableContract], kinds: set[str]) -> dg.AssetSpec:
    """The asset of one table among several that are loaded together."""
    return dg.AssetSpec(
        asset_key(contract.table_id()),
        group_name=contract.layer(),
        description=contract.description(),
        kinds=kinds,
        code_version=code_version_of(contract),
        metadata=definition_metadata(contract),
    )


def code_version_of(contract: type[TableContract]) -> str:
    """Hash of how the table is made: its SELECT, or what it promises and the Python that makes its rows."""
    return table_query(contract.table_id()).version if is_by_sql(contract) else definition(contract)[:16]


def published(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    publish_it: Callable[[], Publication],
    told: Mapping[str, Any] | None = None,
) -> Iterator[object]:
    """What the step of one table yields: its materialisation and checks, or the offending rows and then the failure."""
    with said_for_people():
        try:
            publication = publish_it()
        except BrokenPromise as broken:
            yield from check_results(broken.table_id, broken.checks)
            raise
        yield materialised(con, contract, publication, told)


def all_published(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[type[TableContract]],
    publish_them: Callable[[], Mapping[str, Publication]],
) -> Iterator[object]:
    """The same for a step of several tables, of which one that breaks its promise stops all."""
    with said_for_people():
        try:
            publications = publish_them()
        except BrokenPromise as broken:
            yield from check_results(broken.table_id, broken.checks)
            raise
        for contract in contracts:
            yield materialised(con, contract, publications[contract.table_id()])


def materialised(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    publication: Publication,
    told: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult[Any]:
    """A table as it stands after its step, with its checks, and what else the step tells of it.

    Of a run of several months Dagster writes an event for each; what is told of the whole table stands with the newest,
    which is the one the UI shows.
    """
    table_id = contract.table_id()
    metadata = {**counted(publication), **(told or {})}
    details = detailed(con, contract, publication)
    months_asked = _months_asked(contract)
    if len(months_asked) > 1:
        context = dg.AssetExecutionContext.get()
        for month, count in counted_by_month(con, table_id, months_asked).items():
            context.add_asset_metadata(count, asset_key(table_id), month)
        context.add_asset_metadata(details, asset_key(table_id), _newest_month(context))
    else:
        metadata |= details
    return dg.MaterializeResult(
        asset_key=asset_key(table_id),
        metadata=metadata,
        check_results=check_results(table_id, publication.checks),
    )


def _newest_month(context: dg.AssetExecutionContext) -> str:
    """The month whose event Dagster writes last: it takes them from a set, in an order of its own."""
    chosen = months.empty_subset().with_partition_key_range(months, context.partition_key_range)
    return list(chosen.get_partition_keys())[-1]


def _months_asked(contract: type[TableContract]) -> Sequence[str]:
    """The months the running step was asked for; none of a table that has none, whatever else the run builds."""
    context = dg.AssetExecutionContext.get()
    has_months = contract.partition and (context.has_partition_key or context.has_partition_key_range)
    return context.partition_keys if has_months else ()


def _partition_mapping(contract: type[TableContract], upstream: str) -> dg.PartitionMapping | None:
    """Entry months follow entry months; where the month means something else, all months are read."""
    other = CONTRACTS.get(upstream)
    if contract.partition is None or other is None or other.partition is None or contract.partition == other.partition:
        return None
    return dg.AllPartitionMapping()


def _reads(contract: type[TableContract]) -> list[dg.AssetDep]:
    return [
        dg.AssetDep(asset_key(upstream), partition_mapping=_partition_mapping(contract, upstream))
        for upstream in table_query(contract.table_id()).upstream
    ]


def _described(contract: type[TableContract]) -> dict[str, Any]:
    """What the asset of a table is called and says, whatever step builds it."""
    return {
        "key": asset_key(contract.table_id()),
        "deps": _reads(contract),
        "group_name": contract.layer(),
        "description": f"{contract.description()}\n\n{table_query(contract.table_id()).comment}",
        "kinds": {"duckdb", "sql"} if contract.source == "sql" else {"duckdb", "view"},
        "code_version": code_version_of(contract),
        "metadata": definition_metadata(contract),
        "partitions_def": months if contract.partition else None,
    }


def table_asset(contract: type[TableContract]) -> dg.AssetsDefinition:
    """The asset of one table or view built by SQL; of a table with months, one step builds all that are asked for."""

    @dg.asset(
        **_described(contract),
        check_specs=check_specs(contract),
        backfill_policy=dg.BackfillPolicy.single_run() if contract.partition else None,
    )
    def build(warehouse: Warehouse) -> Iterator[object]:
        con = warehouse.connection
        yield from published(con, contract, lambda: publish(con, contract, CONTRACTS, _months_asked(contract)))

    asset: dg.AssetsDefinition = build
    return asset


def months_asset(contracts: Sequence[type[TableContract]], months_per_run: int) -> dg.AssetsDefinition:
    """One step for several tables of the same months, so that a machine takes a month as a whole.

    `contracts` come in an order in which each stands after those it reads. A backfill asks for a run for every
    `months_per_run` months.
    """

    @dg.multi_asset(
        name="months",
        specs=[dg.AssetSpec(**_described(contract)) for contract in contracts],
        check_specs=[spec for contract in contracts for spec in check_specs(contract)],
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=months_per_run),
        can_subset=True,
    )
    def build(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[object]:
        con = warehouse.connection
        for contract in contracts:
            if asset_key(contract.table_id()) in context.selected_asset_keys:
                yield from published(con, contract, partial(publish, con, contract, CONTRACTS, _months_asked(contract)))

    return build


def table_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """The assets of all tables and views built by SQL.

    In one process every table has a step of its own. On a cluster a step costs seconds, and what is built by month is
    spread by month: there the tables whose months do not wait for one another share a step.
    """
    contracts = [contract for contract in CONTRACTS.values() if contract.source in ("sql", "view")]
    spread = in_order_of_reading(built_by_month()) if settings.is_cluster else ()
    with warnings.catch_warnings():
        # A whole range of months in a run is what one DuckDB writer needs; the parameter is stable but marked beta.
        warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)
        assets = [table_asset(contract) for contract in contracts if contract.table_id() not in spread]
        if spread:
            assets.append(months_asset([CONTRACTS[table] for table in spread], settings.months_per_run))
        return assets
