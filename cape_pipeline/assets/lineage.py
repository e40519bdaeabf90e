"""The column lineage of every table built by SQL, as the UI shows it.

Belongs here: which tables it is asked for, and the file it is kept in. Does not belong here: following the columns
(`cape_pipeline/warehouse/lineage.py`), and what else is known of a SELECT (`cape_pipeline/warehouse/query.py`).

To follow the columns of all tables takes longer than to build them on small exports, and changes with the SQL files
only. So it is written beside them by `python -m cape_pipeline.assets.lineage`, and a test holds it equal to them. The
same command writes what the syntax trees say of every SELECT and claim.
"""

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import project_files
from cape_pipeline.warehouse.query import FACTS, Query, claims_of, facts_as_text, table_query

if TYPE_CHECKING:
    from cape_pipeline.warehouse.lineage import StoredColumns

FILE = "column_lineage.json"

#: Table, then column, then the `schema.table.column` names it is made from.
TableLineage = dict[str, dict[str, list[str]]]


def lineage_of_sql() -> TableLineage:
    """What the SQL files say now; columns without a source are left out."""
    from cape_pipeline.warehouse.lineage import column_lineage

    stored = _stored_columns()
    found: TableLineage = {}
    for contract in CONTRACTS.values():
        if contract.source in ("sql", "view"):
            columns = column_lineage(table_query(contract.table_id()).tree, stored)
            found[contract.table_id()] = {
                name: [f"{table_id}.{column}" for table_id, column in sources]
                for name, sources in columns.items()
                if sources
            }
    return found


def queries_of_sql() -> list[Query]:
    """The SELECT of every table and of every claim."""
    by_sql = [table_id for table_id, contract in CONTRACTS.items() if contract.source in ("sql", "view")]
    return [*map(table_query, by_sql), *(claim for table_id in CONTRACTS for claim in claims_of(table_id))]


def as_text(lineage: TableLineage) -> str:
    """The file's text: a line for each column, so that a change of one shows as one."""
    return (
        json.dumps(lineage, indent=1, sort_keys=True)
        .replace("[\n   ", "[")
        .replace(",\n   ", ", ")
        .replace("\n  ]", "]")
        + "\n"
    )


def column_lineage_metadata(table_id: str) -> dict[str, dg.TableColumnLineage]:
    """The lineage of one table for its materialisation; nothing for a table that Python makes."""
    columns = _written().get(table_id)
    if not columns:
        return {}
    return {
        "dagster/column_lineage": dg.TableColumnLineage(
            {name: [_dependency(source) for source in sources] for name, sources in columns.items()}
        )
    }


def _dependency(source: str) -> dg.TableColumnDep:
    schema, table, column = source.split(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey([schema, table]), column_name=column)


@cache
def _written() -> TableLineage:
    lineage: TableLineage = json.loads(_file().read_text(encoding="utf-8"))
    return lineage


def _file() -> Path:
    return project_files("sql") / FILE


def write_files() -> None:
    """Write both files anew from the SQL files."""
    _file().write_text(as_text(lineage_of_sql()), encoding="utf-8")
    (project_files("sql") / FACTS).write_text(facts_as_text(queries_of_sql()), encoding="utf-8")


def _stored_columns() -> "StoredColumns":
    stored: StoredColumns = {}
    for contract in CONTRACTS.values():
        columns = {field.name: field.sql_type for field in contract.fields}
        stored.setdefault(contract.layer(), {})[contract.table()] = columns
    return stored


if __name__ == "__main__":
    write_files()
