"""reports: the files that leave the pipeline, and the analysts' snapshot that closes every run, as assets.

Belongs here: which asset a file is, and what is shown of it. Does not belong here: any figure, and writing files
(`outputs.py`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from cape_pipeline.assets.failures import said_for_people
from cape_pipeline.assets.shown import asset_key
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.issued.keeping import issue
from cape_pipeline.outputs import PACKETS, PAGE, WORKBOOK, write_outputs
from cape_pipeline.resources import Warehouse
from cape_pipeline.staleness import refuse_stale
from cape_pipeline.warehouse.snapshot import withdraw_snapshot, write_snapshot

ALL_TABLES = [
    asset_key(contract.table_id()) for contract in CONTRACTS.values() if contract.source in ("sql", "view", "python")
]
#: The assets that are files: what each is, how it is shown, and which of the written files it is.
FILE_ASSETS = {
    "reports.output_files": ("Report tables as CSV, drafted declarations, calendar, requests to CBP, manifest", "csv"),
    "reports.report_page": ("The position as one page that any browser opens without a network", "html"),
    "reports.workbook": ("The position as an Excel workbook for finance", "excel"),
    "reports.audit_packets": ("For each declaration a packet of what it rests on, for an auditor or CBP", "zip"),
}


def asset_of(file: Path) -> str:
    """The asset a written file belongs to."""
    names = {PAGE: "reports.report_page", WORKBOOK: "reports.workbook"}
    return "reports.audit_packets" if file.parent.name == PACKETS else names.get(file.name, "reports.output_files")


@dg.multi_asset(
    name="output_files",
    specs=[
        dg.AssetSpec(
            asset_key(name),
            # not only of the tables it shows: it refuses while any table is stale
            deps=ALL_TABLES,
            group_name="reports",
            description=f"{description}; of each client in a folder of its own where there are several",
            kinds={kind},
        )
        for name, (description, kind) in FILE_ASSETS.items()
    ],
)
def output_files(warehouse: Warehouse) -> Iterator[object]:
    """Write every file that leaves the pipeline; with several clients from a copy of each client's rows alone."""
    with said_for_people():
        refuse_stale(warehouse.connection)
        written = write_outputs(warehouse.connection, warehouse.settings)
        position_id = issue(warehouse.connection, warehouse.settings, written)
        for name in FILE_ASSETS:
            files = [file for of_one in written for file in of_one.files if asset_of(file) == name]
            yield dg.MaterializeResult(
                asset_key=asset_key(name),
                metadata={
                    "path": dg.MetadataValue.path(warehouse.out),
                    "files": len(files),
                    "bytes": sum(file.stat().st_size for file in files),
                    "clients": sum(of_one.client is not None for of_one in written),
                    "issued position": position_id,
                },
            )


@dg.asset(
    key=asset_key("reports.analyst_snapshot"),
    deps=[*ALL_TABLES, *(asset_key(name) for name in FILE_ASSETS)],
    group_name="reports",
    kinds={"duckdb"},
)
def analyst_snapshot(warehouse: Warehouse) -> dg.MaterializeResult[Any]:
    """The read-only copy analysts query, swapped in whole after everything else; refused while any table is stale.

    With CAPE_SNAPSHOT=off there is none: one of an earlier run is taken away, because it tells another position.
    """
    with said_for_people():
        refuse_stale(warehouse.connection)
        target = warehouse.settings.snapshot
        if not warehouse.settings.writes_snapshot:
            withdraw_snapshot(target)
            return dg.MaterializeResult(metadata={"written": False})
        size = write_snapshot(warehouse.connection, target, CONTRACTS.values())
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(target)), "bytes": size})
