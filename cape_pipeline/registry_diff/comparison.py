"""One comparison as plain data: what differs in the seeds, and what that does to the amounts of a warehouse.

Belongs here: the shape of the answer. Does not belong here: how amounts are found (`amounts.py`), printing (`show.py`).
"""

from collections.abc import Callable
from typing import Any

from cape_pipeline.registry.differences import TableDifference, breaches, differences, row_name
from cape_pipeline.registry_diff.amounts import compare_amounts
from cape_pipeline.registry_diff.sides import Side
from cape_pipeline.settings import Settings


def compare(
    a: Side,
    b: Side,
    settings: Settings | None,
    tell: Callable[[str], None] = lambda _: None,
    *,
    is_complete: bool = False,
) -> dict[str, Any]:
    """Compare two registries, and what each makes of the entries of a warehouse.

    Args:
        a: the side before the change.
        b: the side after it.
        settings: names the warehouse whose snapshot is rebuilt, in a scratch copy; None compares the seeds alone.
        tell: is told what is being done.
        is_complete: also every entry and every tariff row that differs; else aggregates and the largest.

    Returns:
        Plain data: `a`, `b`, `tables` (what differs in the seeds), `breaches` (rows edited or deleted in place) and
        `amounts`, which is None where `amounts_not_compared` says why. Amounts are Decimal.

    Raises:
        SnapshotUnusable: there is no snapshot beside the warehouse.
        UnusableSide: a policy the warehouse was run under is unknown to a side.
        UnfitRegistry: the tables cannot be built under a side.
        WarehouseUnusable, StoredRowsInTheWay: the snapshot cannot be used by this release.
    """
    found = differences(a.tables, b.tables)
    reason = _no_amounts(a, b, settings)
    return {
        "a": _side_json(a),
        "b": _side_json(b),
        "tables": [_table_json(difference, a) for difference in found],
        "breaches": list(breaches(a.tables, b.tables)) if a.believed_on is b.believed_on is None else [],
        "amounts_not_compared": reason,
        "amounts": None
        if reason or settings is None
        else compare_amounts(a, b, settings, tell, is_complete=is_complete),
    }


def _no_amounts(a: Side, b: Side, settings: Settings | None) -> str | None:
    """Why amounts cannot be compared, if so."""
    for side in (a, b):
        if not side.is_whole:
            files = ", ".join(f"{table}.csv" for table in side.begun_later)
            return f"{side.name}: nothing of {files} was recorded by {side.believed_on}, so it decides no amount"
    return "no warehouse to compare amounts on; name one with --warehouse" if settings is None else None


def _side_json(side: Side) -> dict[str, Any]:
    return {"name": side.name, "folder": str(side.folder), "believed_on": side.believed_on}


def _table_json(difference: TableDifference, a: Side) -> dict[str, Any]:
    table = difference.table
    return {
        "table": table,
        "is_new": table in a.begun_later,
        "added": [{"row": row_name(table, row), **row} for row in difference.added],
        "withdrawn": [{"row": row_name(table, row), **row} for row in difference.withdrawn],
        "changed": [
            {
                "row": change.name,
                "cells": [{"column": cell.column, "a": cell.a, "b": cell.b} for cell in change.cells],
                "a": change.a,
                "b": change.b,
            }
            for change in difference.changed
        ],
    }
