"""One asset for each table built by SQL: key, dependencies, checks and description follow from contract and SQL file.

Belongs here: the factory. Does not belong here: any table in particular, and the assets made in Python (`load.py`,
`registry.py`, `interest.py`, `reports.py`).
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from cape_pipeline.assets.lineage import column_lineage_metadata
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.contract_sql import Offence
from cape_pipeline.warehouse.publish import BrokenPromise, CheckOutcome, Publication, outcomes_of, publish
from cape_pipeline.warehouse.query import table_query

months = dg.StaticPartitionsDefinition(list(MONTHS))
UNCHANGED = "nothing: its inputs and rules have not changed"


def asset_key(table_id: str) -> dg.AssetKey:
    """The asset key of a table: its schema and its name."""
    return dg.AssetKey(table_id.split("."))


def check_specs(contract: type[TableContract]) -> list[dg.AssetCheckSpec]:
    """The contract and every claim of the table, as checks of its asset."""
    return [
        dg.AssetCheckSpec(name=check.name, asset=asset_key(contract.table_id()), description=check.description)
        for check in outcomes_of(contract, {})
    ]


def definition_metadata(contract: type[TableContract]) -> dict[str, object]:
    """What the UI shows of a table before it is built: columns, grain and name."""
    columns = [
        dg.TableColumn(
            name=field.name,
            type=field.sql_type,
            description=field.description,
            constraints=dg.TableColumnConstraints(nullable=field.nullable),
        )
        for field in contract.fields
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": contract.table_id(),
        "grain": ", ".join(contract.grain),
    }


def check_results(table_id: str, checks: Sequence[CheckOutcome]) -> list[dg.AssetCheckResult]:
    """Each check's outcome with up to twenty offending rows."""
    return [
        dg.AssetCheckResult(
            asset_key=asset_key(table_id),
            check_name=check.name,
            passed=check.passed,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={
                "offending rows": sum(offence.count for offence in check.offences),
                **({"such as": dg.MetadataValue.md(_table(check.offences))} if check.offences else {}),
            },
        )
        for check in checks
    ]


def _table(offences: Sequence[Offence]) -> str:
    parts = []
    for offence in offences:
        parts.append(f"**{offence.promise}** ({offence.count})")
        if offence.rows:
            names = list(offence.rows[0])
            parts.append("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
            parts[-1] += "".join("\n| " + " | ".join(str(row[name]) for name in names) + " |" for row in offence.rows)
    return "\n\n".join(parts)


def publication_metadata(publication: Publication) -> dict[str, str | int]:
    """What the UI shows of a table after it was built."""
    return {
        "dagster/row_count": publication.row_count,
        "built": ", ".join(publication.months_built) or UNCHANGED,
    }


def is_unchanged(metadata: Mapping[str, dg.MetadataValue]) -> bool:
    """Whether a materialisation built nothing."""
    return metadata["built"].value == UNCHANGED


def _partition_mapping(contract: type[TableContract], upstream: str) -> dg.PartitionMapping | None:
    """Entry months follow entry months; where the month means something else, all months are read."""
    other = CONTRACTS.get(upstream)
    if contract.partition is None or other is None or other.partition is None or contract.partition == other.partition:
        return None
    return dg.AllPartitionMapping()


def table_asset(contract: type[TableContract]) -> dg.AssetsDefinition:
    """The asset of one table or view built by SQL."""
    table_id = contract.table_id()
    query = table_query(table_id)

    @dg.asset(
        key=asset_key(table_id),
        deps=[
            dg.AssetDep(asset_key(upstream), partition_mapping=_partition_mapping(contract, upstream))
            for upstream in query.upstream
        ],
        check_specs=check_specs(contract),
        group_name=contract.layer(),
        description=f"{contract.description()}\n\n{query.comment}",
        kinds={"duckdb", "sql"} if contract.source == "sql" else {"duckdb", "view"},
        code_version=query.version,
        metadata=definition_metadata(contract),
        partitions_def=months if contract.partition else None,
        backfill_policy=dg.BackfillPolicy.single_run() if contract.partition else None,
    )
    def build(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[object]:
        asked = context.partition_keys if context.has_partition_key or context.has_partition_key_range else None
        try:
            publication = publish(warehouse.connection, contract, CONTRACTS, asked)
        except BrokenPromise as broken:
            yield from check_results(table_id, broken.checks)
            raise dg.Failure(description=str(broken), allow_retries=False) from broken
        yield dg.MaterializeResult(
            asset_key=asset_key(table_id),
            metadata={**publication_metadata(publication), **column_lineage_metadata(table_id)},
            check_results=check_results(table_id, publication.checks),
        )

    return build


with warnings.catch_warnings():
    # One run for a whole range of months is what DuckDB's one writer needs; the parameter is stable but marked beta.
    warnings.filterwarnings("ignore", message="Parameter `backfill_policy`", category=dg.BetaWarning)
    table_assets = [table_asset(contract) for contract in CONTRACTS.values() if contract.source in ("sql", "view")]
