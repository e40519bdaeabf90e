"""The analysts' copy: a read-only file beside the warehouse, swapped in whole.

Belongs here: writing and swapping the copy. Does not belong here: deciding whether the warehouse is fit to be shown.
"""

import os
from pathlib import Path

import duckdb


def write_snapshot(con: duckdb.DuckDBPyConnection, target: Path) -> int:
    """Copy the whole warehouse into `target` and return the copy's size in bytes.

    The copy is written under a temporary name, flushed, and renamed, so that a reader sees the old one or the new one.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    (catalog,) = con.execute("select current_database()").fetchone() or ("",)
    con.execute(f"attach '{str(temporary).replace(chr(39), chr(39) * 2)}' as analyst_snapshot")
    try:
        con.execute(f'copy from database "{catalog}" to analyst_snapshot')
    finally:
        con.execute("detach analyst_snapshot")
    _flush(temporary)
    os.replace(temporary, target)
    _flush(target.parent)
    return target.stat().st_size


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
