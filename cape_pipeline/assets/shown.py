"""What Dagster's UI is told of a table: its columns before it is built, counts, a few rows and a picture afterwards.

Everything here lands in the history of runs, which more people read than the warehouse: rows are few, short and masked.

Belongs here: metadata of assets and their checks. Does not belong here: the assets, what is masked
(`cape_pipeline/contracts/fields.py`), and how a picture is drawn (`cape_pipeline/charts.py`).
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

from cape_pipeline.assets.lineage import column_lineage_metadata
from cape_pipeline.warehouse.builds import WHOLE
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.masking import masked
from cape_pipeline.warehouse.publish import CheckOutcome, Publication

UNCHANGED = "nothing: its inputs and rules have not changed"
SAMPLE = "sample"
SAMPLE_ROWS = 5
LONGEST_CELL = 60
SCHEMA_TYPES = {"BOOLEAN": "bool", "INTEGER": "int", "BIGINT": "int"}


def asset_key(table_id: str) -> dg.AssetKey:
    """The asset key of a table: its schema and its name."""
    return dg.AssetKey(table_id.split("."))


def definition_metadata(contract: type[TableContract]) -> dict[str, object]:
    """What the UI shows of a table before it is built: columns, grain and name."""
    columns = [
        dg.TableColumn(
            name=field.name,
            type=field.sql_type,
            description=field.description,
            constraints=_constraints(field.nullable),
        )
        for field in contract.fields
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": contract.table_id(),
        "grain": ", ".join(contract.grain),
    }


def _constraints(nullable: bool) -> dg.TableColumnConstraints:  # noqa: FBT001 (Dagster's own word)
    return dg.TableColumnConstraints(nullable=nullable)


def counted(publication: Publication) -> dict[str, str | int]:
    """What the UI shows of a table after a run, with every month of it: rows, and what was built."""
    rows = {} if publication.row_count is None else {"dagster/row_count": publication.row_count}
    return {**rows, "built": ", ".join(publication.months_built) or UNCHANGED}


def counted_by_month(con: duckdb.DuckDBPyConnection, table_id: str, months: Sequence[str]) -> dict[str, dict[str, int]]:
    """The rows of each of the months that is recorded."""
    rows = con.execute(
        "select partition_month, row_count from warehouse.builds where table_id = $table_id"
        " and list_contains($months, partition_month)",
        {"table_id": table_id, "months": list(months)},
    ).fetchall()
    return {month: {"dagster/partition_row_count": count} for month, count in rows}


def detailed(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], publication: Publication
) -> dict[str, dg.MetadataValue[Any] | dg.TableColumnLineage]:
    """Where the columns of a table come from, and if it was built, a few of its rows and its picture.

    It is told once for a run: with all its months it would be ten times the rest of the history.
    """
    table_id = contract.table_id()
    told: dict[str, dg.MetadataValue[Any] | dg.TableColumnLineage] = {**column_lineage_metadata(table_id)}
    if publication.months_built and contract.source != "view":  # to show a few rows of a view would compute it
        told |= sample_metadata(con, contract, publication.months_built)
        told |= picture_metadata(con, table_id)
    return told


def is_unchanged(metadata: Mapping[str, dg.MetadataValue]) -> bool:
    """Whether a materialisation built nothing."""
    return metadata["built"].value == UNCHANGED


def sample_metadata(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], months_built: Sequence[str]
) -> dict[str, dg.TableMetadataValue]:
    """The first rows of what was built, in the order of the grain, masked; nothing of an empty table."""
    months = [month for month in months_built if month != WHOLE]
    of_months = "where list_contains($months, partition_month)" if months else ""
    cursor = con.execute(
        f"select * from {contract.table_id()} {of_months} order by {', '.join(contract.grain)} limit {SAMPLE_ROWS}",  # noqa: S608 (names of contracts)
        {"months": months} if months else {},
    )
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return {}
    return {SAMPLE: rows_as_table([masked(row, contract) for row in rows], contract.fields)}


def rows_as_table(rows: Sequence[Mapping[str, Any]], fields: Iterable[Field] = ()) -> dg.TableMetadataValue:
    """Rows as the UI's table: plain cells, which no browser takes for markup; a long text is cut."""
    types = {field.name: SCHEMA_TYPES.get(field.sql_type, "string") for field in fields}
    columns = [dg.TableColumn(name, types.get(name, "string")) for name in rows[0]]
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: as_cell(value) for name, value in row.items()}) for row in rows],
        schema=dg.TableSchema(columns),
    )


def as_cell(value: Any) -> str | int | bool | None:
    """A value as the UI's table takes it: amounts and days as text, lists joined, what is unknown left unknown."""
    if value is None or isinstance(value, bool | int):
        return value
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def picture_metadata(con: duckdb.DuckDBPyConnection, table_id: str) -> dict[str, dg.MarkdownMetadataValue]:
    """The picture of a table that says more as one, drawn from tables that stand; none where nothing is to draw."""
    if table_id not in PICTURES:
        return {}
    name, draw = PICTURES[table_id]
    drawing = draw(con)
    if not drawing:
        return {}
    encoded = base64.b64encode(drawing.encode()).decode()
    return {name: dg.MetadataValue.md(f"![{name}](data:image/svg+xml;base64,{encoded})")}


def _exposure(con: duckdb.DuckDBPyConnection) -> str:
    from cape_pipeline.charts import exposure_by_path

    return exposure_by_path(con)


def _calendar(con: duckdb.DuckDBPyConnection) -> str:
    from cape_pipeline.charts import payment_calendar

    return payment_calendar(con)


#: Name and drawing by table.
PICTURES: dict[str, tuple[str, Callable[[duckdb.DuckDBPyConnection], str]]] = {
    "reports.position_by_path": ("exposure by path", _exposure),
    "refunds.refund_batches": ("payment calendar", _calendar),
}


def check_results(table_id: str, checks: Sequence[CheckOutcome]) -> list[dg.AssetCheckResult]:
    """Each check's outcome with up to twenty offending rows of every promise that is broken."""
    return [
        dg.AssetCheckResult(
            asset_key=asset_key(table_id),
            check_name=check.name,
            passed=check.passed,
            severity=dg.AssetCheckSeverity.ERROR,
            metadata={
                "offending rows": sum(offence.count for offence in check.offences),
                **{
                    f"{offence.count} × {offence.promise}": rows_as_table(offence.rows)
                    for offence in check.offences
                    if offence.rows
                },
            },
        )
        for check in checks
    ]
