"""The writer's connection: one for a whole run, so that DuckDB's own lock covers the run and ends with its process.

Belongs here: opening the warehouse file, waiting for its lock, naming who holds it. Does not belong here: what is
written (`publish.py`), how analysts read (`snapshot.py`), or a warehouse of several machines (`ducklake.py`).
"""

import re
import time
from collections.abc import Collection
from pathlib import Path

import duckdb

from cape_pipeline.warehouse.macros import create_macros

HELD = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)", re.DOTALL)
LOOK_AGAIN_SECONDS = 0.5
OWN_SCHEMA = "warehouse"
#: The oldest DuckDB that can read a new warehouse: its way of storing texts costs a quarter less than the default one.
STORAGE_VERSION = "v1.4.0"


class WarehouseUnusable(Exception):
    """The warehouse cannot be opened for writing; the sentence says why and what to do."""


def open_warehouse(
    path: Path, schemas: Collection[str], *, lock_wait_seconds: float, memory_limit: str, threads: int
) -> duckdb.DuckDBPyConnection:
    """A read-write connection to the warehouse file, which is made if it does not exist.

    Waits up to `lock_wait_seconds` while another process holds the file.

    Raises:
        WarehouseUnusable: the name is a schema's, the file is held, unreadable, or no DuckDB file, or DuckDB does not
            understand the memory limit or the threads.
    """
    if (name := _catalog_of(path)) in {*schemas, OWN_SCHEMA}:
        raise WarehouseUnusable(
            f"{path}: a warehouse file may not be named after one of its schemas ({name}),"
            " because DuckDB could not tell them apart: choose another name"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseUnusable(f"{path.parent}: cannot make this folder ({error.strerror})") from error
    connection = _connect_when_free(path, lock_wait_seconds)
    try:
        connection.execute("set enable_progress_bar = false")
        connection.execute("set threads = ?", [threads])
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set temp_directory = ?", [str(path.with_suffix(".spill"))])
        connection.execute("set timezone = 'America/New_York'")
    except duckdb.Error as error:
        connection.close()
        raise WarehouseUnusable(
            f"{path} cannot be opened with memory limit {memory_limit} and {threads} threads: {first_line(error)}"
        ) from error
    create_macros(connection)
    return connection


def _catalog_of(path: Path) -> str:
    """The name DuckDB gives the file: what stands before the first dot, in any case of letters."""
    return path.name.lstrip(".").split(".")[0].lower()


def _connect_when_free(path: Path, lock_wait_seconds: float) -> duckdb.DuckDBPyConnection:
    give_up_at = time.monotonic() + lock_wait_seconds
    while True:
        try:
            return duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION})
        except duckdb.Error as error:
            holder = HELD.search(str(error))
            if holder is None:
                raise WarehouseUnusable(f"{path} cannot be opened as a warehouse: {first_line(error)}") from error
            if time.monotonic() >= give_up_at:
                raise WarehouseUnusable(
                    f"{path} is held by process {holder['pid']} ({Path(holder['program']).name}) since before this run;"
                    f" waited {lock_wait_seconds:.0f} s. End that process or wait for it; analysts read the snapshot"
                    " beside it instead"
                ) from error
            time.sleep(LOOK_AGAIN_SECONDS)


def first_line(error: Exception) -> str:
    """What a library says went wrong, without the statement it points into."""
    return (str(error).splitlines() or [type(error).__name__])[0]
