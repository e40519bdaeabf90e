"""The writer's connection: one for a whole run, so that DuckDB's own lock covers the run and ends with its process.

Belongs here: opening the warehouse file, waiting for its lock, naming who holds it, and the folder beside it for what
is written meanwhile. Does not belong here: what is written (`publish.py`), how analysts read (`snapshot.py`), or a
warehouse of several machines (`ducklake.py`).
"""

import re
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import duckdb

from cape_pipeline.warehouse.macros import create_macros

HELD = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)", re.DOTALL)
#: What DuckDB says of a file whose bytes are not those it wrote.
DAMAGED = re.compile(
    r"corrupt|not a valid DuckDB database|Could not read enough bytes|WAL was created|replaying WAL|sqlite_scanner",
    re.IGNORECASE,
)
LOOK_AGAIN_SECONDS = 0.5
OWN_SCHEMA = "warehouse"
SPILL = ".spill"
#: The oldest DuckDB that can read a new warehouse: its way of storing texts costs a quarter less than the default one.
STORAGE_VERSION = "v1.4.0"
#: A file of another engine under the warehouse's name must not make DuckDB fetch from the network what would read it.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "autoinstall_known_extensions": "false",
}


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
    spill = path.with_name(f"{path.name}{SPILL}")
    rmtree(spill, ignore_errors=True)  # what a run left that was killed: nobody else has the warehouse now
    try:
        connection.execute("set enable_progress_bar = false")
        connection.execute("set threads = ?", [threads])
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set temp_directory = ?", [str(spill)])
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
    waits = ceil(lock_wait_seconds / LOOK_AGAIN_SECONDS)  # counted, because a clock may stand still or go back
    while True:
        try:
            return duckdb.connect(str(path), config=CONFIG)
        except duckdb.Error as error:
            holder = HELD.search(str(error))
            if holder is None:
                raise WarehouseUnusable(_why_unusable(path, error)) from error
            if not waits:
                raise WarehouseUnusable(
                    f"{path} is held by process {holder['pid']} ({Path(holder['program']).name}) since before this run;"
                    f" waited {lock_wait_seconds:.0f} s. End that process or wait for it; analysts read the snapshot"
                    " beside it instead"
                ) from error
            waits -= 1
            time.sleep(LOOK_AGAIN_SECONDS)


def _why_unusable(path: Path, error: duckdb.Error) -> str:
    told = f"{path} cannot be opened as a warehouse: {first_line(error)}".rstrip(".")
    return f"{told}. {advice_for_damage(str(path))}" if is_damage(error) else told


def is_damage(error: BaseException) -> bool:
    """Whether DuckDB says that a file is none of its own, or no longer as it was written."""
    return isinstance(error, duckdb.Error) and DAMAGED.search(str(error)) is not None


def advice_for_damage(path: str) -> str:
    """What to do about a damaged warehouse: every table in it can be made again from the files that were received."""
    return (
        f"Put {path} back from a backup, or move it and the .wal beside it away and run again: the files that were"
        " received are then loaded anew from the exports folder, and those no longer there lie in the folder archive"
        " beside the warehouse, each as <sha256>.zst (zstd unpacks it)"
    )


def first_line(error: Exception) -> str:
    """What a library says went wrong, without the statement it points into."""
    return (str(error).splitlines() or [type(error).__name__])[0]


@contextmanager
def working_folder(con: duckdb.DuckDBPyConnection, prefix: str) -> Iterator[Path]:
    """A folder for what is written on the way to a result, gone afterwards.

    It lies where the writer's connection spills, so that the next run clears what a killed one left; for a connection
    that spills nowhere of the project's, among the system's temporary files.
    """
    (told,) = con.execute("select current_setting('temp_directory')").fetchone() or ("",)
    spill = Path(told)
    if SPILL not in (spill.suffix, spill.parent.suffix):
        with TemporaryDirectory(prefix=prefix) as folder:
            yield Path(folder)
        return
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(prefix=prefix, dir=spill) as folder:
            yield Path(folder)
    finally:
        with suppress(OSError):  # something else lies there still
            spill.rmdir()
