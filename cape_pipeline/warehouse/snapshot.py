"""The analysts' copy: a read-only file beside the warehouse, swapped in whole.

Belongs here: writing and swapping the copy. Does not belong here: deciding whether the warehouse is fit to be shown.
"""

from pathlib import Path

import duckdb

from cape_pipeline.durable import flush


def write_snapshot(con: duckdb.DuckDBPyConnection, target: Path, *, is_private: bool = False) -> int:
    """Copy the whole warehouse into `target` and return the copy's size in bytes; private: for the owner alone.

    The copy is written under a temporary name, flushed, and renamed, so that a reader sees the old one or the new one.
    The name is always the same, because a warehouse has one writer: what a killed run left behind is overwritten.

    Raises:
        duckdb.Error, OSError: the copy could not be written; the old one stands, and nothing is left beside it.
    """
    temporary = target.with_name(f".{target.name}.tmp")
    _remove(temporary)
    try:
        _copy(con, temporary)
        if is_private:
            temporary.chmod(0o600)
        flush(temporary)
        temporary.replace(target)
    except BaseException:
        _remove(temporary)
        raise
    flush(target.parent)
    return target.stat().st_size


def _copy(con: duckdb.DuckDBPyConnection, target: Path) -> None:
    (catalog,) = con.execute("select current_database()").fetchone() or ("",)
    source, copy = _quoted(catalog, '"'), _quoted(f"copy of {catalog}", '"')
    con.execute(f"attach {_quoted(str(target), chr(39))} as {copy}")
    try:
        con.execute(f"copy from database {source} to {copy}")
    finally:
        con.execute(f"detach {copy}")


def _remove(temporary: Path) -> None:
    for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
        path.unlink(missing_ok=True)


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark
