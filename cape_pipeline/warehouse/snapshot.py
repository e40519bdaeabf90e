"""The analysts' copy: a read-only file beside the warehouse, swapped in whole.

Belongs here: writing and swapping the copy. Does not belong here: deciding whether the warehouse is fit to be shown.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import duckdb

from cape_pipeline.durable import draft_of, flush
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.ducklake import is_lake
from cape_pipeline.warehouse.tables import comment

COPY = "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer, 16 << 20)"


def write_snapshot(
    con: duckdb.DuckDBPyConnection,
    target: Path,
    contracts: Iterable[type[TableContract]] = (),
    *,
    is_private: bool = False,
) -> int:
    """Copy the whole warehouse into `target` and return the copy's size in bytes.

    The copy is the owner's alone. Where that was widened for the copy before it (another group, another mode), the new
    one may be read by the same; a private one never is.

    From a lake the views of `contracts` get their words in the copy: a lake holds none for columns of views.

    The copy is written under a temporary name, flushed, and renamed, so that a reader sees the old one or the new one.
    The name is always the same, because a warehouse has one writer: what a killed run left behind is overwritten.

    Raises:
        duckdb.Error, OSError: the copy could not be written; the old one stands, and nothing is left beside it.
    """
    temporary = draft_of(target)
    _remove(temporary)
    try:
        _copy(con, temporary)
        if is_lake(con):
            _comment_views(temporary, contracts)
        _let_read(temporary, None if is_private else target)
        flush(temporary)
        temporary.replace(target)
    except BaseException:
        _remove(temporary)
        raise
    flush(target.parent)
    return target.stat().st_size


def _let_read(copy: Path, before: Path | None) -> None:
    """Nobody but the owner may write a copy, and only who may read the one before it may read it."""
    copy.chmod(0o600)
    if before is None or not before.exists():
        return
    was = before.stat()
    if was.st_gid != copy.stat().st_gid:
        try:
            os.chown(copy, -1, was.st_gid)
        except PermissionError:  # the owner is not in that group any more: another one must not read in its place
            return
    copy.chmod(0o600 | was.st_mode & 0o044)


def withdraw_snapshot(target: Path) -> None:
    """Take a snapshot away, and what a killed run left of one."""
    _remove(draft_of(target))
    target.unlink(missing_ok=True)


def _copy(con: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Byte for byte where the warehouse is one settled file, else row by row, which costs a hundred times as much.

    The bytes hold the free space of the file too; DuckDB fills it again, so a copy is as large as the warehouse.
    """
    source = _settled_file(con)
    if source is None:
        _copy_rows(con, target)
    else:
        _copy_bytes(source, target)


def _settled_file(con: duckdb.DuckDBPyConnection) -> Path | None:
    """The warehouse's own file with all that was committed in it; None where it has none, or a log stays beside it."""
    kind, path = con.execute(
        "select type, path from duckdb_databases() where database_name = current_database()"
    ).fetchone() or (None, None)
    if kind != "duckdb" or path is None:
        return None
    with suppress(duckdb.TransactionException):  # somebody else's transaction is open: the log tells
        con.execute("checkpoint")
    log = Path(f"{path}.wal")
    return None if log.exists() and log.stat().st_size else Path(path)


def _copy_bytes(source: Path, target: Path) -> None:
    """Copy the file in a process of its own.

    In this one, to close the file once it was read would give up DuckDB's lock on it, on systems whose locks are those
    of POSIX: a second run could then write beside this one. The target is opened here: should this process be killed,
    the other goes on writing to that file, and never to one that a later run opens under the same name.
    """
    with target.open("xb") as copy:
        done = subprocess.run(  # noqa: S603 (this interpreter, and code that stands above)
            [sys.executable, "-I", "-S", "-c", COPY, str(source)],
            stdout=copy,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        told = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
        raise OSError(f"{source} could not be copied to {target}: {told[0]}")


def _copy_rows(con: duckdb.DuckDBPyConnection, target: Path) -> None:
    (catalog,) = con.execute("select current_database()").fetchone() or ("",)
    source, copy = _quoted(catalog, '"'), _quoted(f"copy of {catalog}", '"')
    con.execute(f"attach {_quoted(str(target), chr(39))} as {copy}")
    try:
        con.execute(f"copy from database {source} to {copy}")
    finally:
        con.execute(f"detach {copy}")


def _comment_views(copy: Path, contracts: Iterable[type[TableContract]]) -> None:
    with duckdb.connect(str(copy)) as con:
        for contract in contracts:
            if contract.source == "view":
                comment(con, contract)


def _remove(temporary: Path) -> None:
    for path in (temporary, temporary.with_name(f"{temporary.name}.wal")):
        path.unlink(missing_ok=True)


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark
