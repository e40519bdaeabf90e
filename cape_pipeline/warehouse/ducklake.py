"""A warehouse that several machines write: a DuckLake, its catalog in PostgreSQL, its rows in Parquet files.

The same SQL runs on it, because its database is attached and made current, so that schema.table means the same there.

Belongs here: opening a lake, whose turn it is to write, what a conflict of two writers is, and the removal of what
earlier states leave behind. Does not belong here: what is written (`publish.py`), and the embedded file
(`connection.py`).
"""

import hashlib
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb

from cape_pipeline.privacy import fetch_nothing
from cape_pipeline.warehouse.connection import WarehouseUnusable, first_line
from cape_pipeline.warehouse.macros import create_macros

#: The name under which a lake is attached.
LAKE = "lake"
EXTENSIONS = {"ducklake": "duckdb-extension-ducklake", "postgres_scanner": "duckdb-extension-postgres-scanner"}
S3_EXTENSIONS = {"httpfs": "duckdb-extension-httpfs"}
BROUGHT = "the extra `cluster` of this package brings it"
S3 = "s3://"
#: Whose turn it is: advisory locks of the catalog's database. The first number names them and means nothing else, the
#: second is the group's, or the gate through which one process at a time looks at them.
TURN, GATE = 20_250_204, 0
HOLDERS = """
select distinct coalesce(nullif(application_name, ''), 'session ' || pid)
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and classid = %(turn)s and objid not in (%(gate)s, %(number)s)
    and pg_locks.database = (select oid from pg_database where datname = current_database())
order by 1
"""
LOOK_AGAIN_SECONDS = 0.5
#: What DuckLake says when another transaction has changed what this one changed or read, and nothing else is wrong.
CONFLICTS = re.compile(
    r"Transaction conflict|Exceeded the maximum retry count|conflict on|could not serialize access|deadlock detected"
)


@dataclass(frozen=True, slots=True)
class Lake:
    """Where a lake is. Neither its catalog nor any other field holds a password or a key."""

    #: postgresql://user@host:port/database; the password comes from PGPASSWORD or ~/.pgpass, which PostgreSQL reads.
    catalog: str
    #: A folder, or s3://bucket/prefix.
    data_path: str
    s3_endpoint: str = ""
    s3_region: str = ""

    @property
    def is_on_s3(self) -> bool:
        return self.data_path.startswith(S3)

    @property
    def shown(self) -> str:
        """The catalog as messages name it."""
        parts = urlsplit(self.catalog)
        port = f":{parts.port}" if parts.port else ""
        return f"the catalog {parts.path.strip('/')} on {parts.hostname or 'this machine'}{port}"

    def parameters(self) -> dict[str, str]:
        """The catalog's address as PostgreSQL's client takes it, with the name of this process.

        Raises:
            WarehouseUnusable: the address is none, or holds a password.
        """
        parts = urlsplit(self.catalog)
        more = dict(parse_qsl(parts.query))
        if parts.password is not None or any("password" in name.lower() for name in more):
            raise WarehouseUnusable(
                "the address of the catalog holds a password, and settings are shown and stored:"
                " take it out, and give it in PGPASSWORD or ~/.pgpass"
            )
        if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
            raise WarehouseUnusable("the address of the catalog is not postgresql://user@host:port/database")
        told = {
            "host": parts.hostname,
            "port": str(parts.port) if parts.port else None,
            "user": unquote(parts.username) if parts.username else None,
            "dbname": unquote(parts.path.strip("/")),
            "application_name": process_name(),
            "connect_timeout": "10",
            "keepalives_idle": "60",
        }
        return {name: value for name, value in told.items() if value} | more


def process_name() -> str:
    """This process as PostgreSQL shows it to others: program, number and machine."""
    return f"{Path(sys.argv[0]).name or 'python'} (process {os.getpid()} on {socket.gethostname()})"[-63:]


def is_lake(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the connection's current database is a lake rather than a file."""
    kind = con.execute("select type from duckdb_databases() where database_name = current_database()").fetchone()
    return kind == ("ducklake",)


# --- opening --------------------------------------------------------------------------------------------------------


def open_lake(lake: Lake, spill: Path, *, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    """A connection whose current database is the lake, which is made if the catalog holds none.

    Args:
        lake: where it is.
        spill: the folder in which this process makes a folder of its own for what does not fit into memory.
        memory_limit: as DuckDB takes it.
        threads: for this connection.

    Raises:
        WarehouseUnusable: an extension is not installed, the catalog cannot be reached, is another lake's or lies
            elsewhere, the keys of S3 are missing, or DuckDB does not understand the memory limit or the threads.
    """
    address = lake.parameters()
    connection = duckdb.connect(":memory:")
    try:
        _load_extensions(connection, lake)
        _limit(connection, lake, _own_spill(spill), memory_limit, threads)
        if lake.is_on_s3:
            _use_keys(connection, lake)
        _attach(connection, lake, address)
        create_macros(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _load_extensions(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Load the extensions from their packages: nothing is downloaded, nothing is written into the user's home."""
    fetch_nothing(connection)
    for name, package in (EXTENSIONS | (S3_EXTENSIONS if lake.is_on_s3 else {})).items():
        try:
            path = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
            connection.execute(f"load {_quoted(str(path / f'{name}.duckdb_extension'))}")
        except (ModuleNotFoundError, duckdb.Error) as error:
            raise WarehouseUnusable(
                f"DuckDB {duckdb.__version__} cannot load its extension {name}: install {package} of this version,"
                f" {BROUGHT}"
            ) from error


def _limit(connection: duckdb.DuckDBPyConnection, lake: Lake, spill: Path, memory_limit: str, threads: int) -> None:
    try:
        connection.execute("set enable_progress_bar = false")
        connection.execute("set threads = ?", [threads])
        connection.execute("set memory_limit = ?", [memory_limit])
        connection.execute("set temp_directory = ?", [str(spill)])
        connection.execute("set timezone = 'America/New_York'")
    except duckdb.Error as error:
        raise WarehouseUnusable(
            f"{lake.shown} cannot be opened with memory limit {memory_limit} and {threads} threads: {first_line(error)}"
        ) from error


def _own_spill(spill: Path) -> Path:
    """A folder for this process; those that processes of this machine left behind when they were killed go."""
    with suppress(OSError):
        for left in spill.glob(f"{socket.gethostname()}-*"):
            number = left.name.rpartition("-")[2]
            if number.isdigit() and not Path("/proc", number).exists():
                rmtree(left, ignore_errors=True)
    return spill / f"{socket.gethostname()}-{os.getpid()}"


def _use_keys(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Give DuckDB the keys that AWS's own variables hold; they stay in memory and are not shown again."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        raise WarehouseUnusable(
            f"the keys for {lake.data_path} are missing: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = urlsplit(lake.s3_endpoint if "://" in lake.s3_endpoint else f"https://{lake.s3_endpoint}")
    options: dict[str, Any] = {"key_id": key, "secret": secret, "region": lake.s3_region or region or "us-east-1"}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        options["session_token"] = token
    if lake.s3_endpoint:
        options |= {"endpoint": endpoint.netloc, "use_ssl": endpoint.scheme == "https", "url_style": "path"}
    given = ", ".join(f"{name} ${name}" for name in options)
    try:
        connection.execute(f"create secret warehouse_files (type s3, {given})", options)
    except duckdb.Error:
        raise WarehouseUnusable(f"DuckDB does not accept the keys or the endpoint for {lake.data_path}") from None


def _attach(connection: duckdb.DuckDBPyConnection, lake: Lake, address: dict[str, str]) -> None:
    told = " ".join(f"{name}={_escaped(value)}" for name, value in address.items())
    try:
        # a snapshot number that another writer took first is taken again; what is not about numbers is not retried here
        connection.execute("set ducklake_max_retry_count = 50")
        connection.execute("set ducklake_retry_wait_ms = 20")
        connection.execute(
            f"attach {_quoted(f'ducklake:postgres:{told}')} as {LAKE} (data_path {_quoted(lake.data_path)})"
        )
        connection.execute(f"use {LAKE}")
    except duckdb.Error as error:
        raise WarehouseUnusable(f"{lake.shown} cannot be opened: {_told(error, told)}") from None


def _told(error: duckdb.Error, address: str) -> str:
    """What DuckDB says, without the address it repeats."""
    return first_line(error).replace(f"postgres:{address}", "it").replace(address, "it")


def _escaped(value: str) -> str:
    """A value of a connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- whose turn it is to write --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Turn:
    """The turn of this process at one lake, for all that use it; it ends with the session, so also with the process."""

    session: Any  # a connection of psycopg2, which carries no types
    users: int = field(default=1)


_turns: dict[str, _Turn] = {}
_turns_lock = threading.Lock()


@contextmanager
def turn(lake: Lake, group: str, *, wait_seconds: float) -> Iterator[None]:
    """Write to the lake beside all processes of the same group, while those of other groups wait.

    A group is one run, whose steps may stand on several machines, or all runs that may write beside each other. What a
    process does meanwhile in further turns belongs to its first.

    Raises:
        WarehouseUnusable: another group holds the lake for longer than `wait_seconds`, its catalog is out of reach, or
            who asks may only read it.
    """
    with _turns_lock:
        if held := _turns.get(lake.catalog):
            held.users += 1
        else:
            _turns[lake.catalog] = held = _Turn(_session_with_turn(lake, group, wait_seconds))
    try:
        yield
    finally:
        with _turns_lock:
            held.users -= 1
            if not held.users:
                del _turns[lake.catalog]
                held.session.close()


def _session_with_turn(lake: Lake, group: str, wait_seconds: float) -> Any:
    try:
        import psycopg2  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise WarehouseUnusable(f"psycopg2 is not installed: {BROUGHT}") from error
    try:
        session = psycopg2.connect(**lake.parameters())
        session.autocommit = True
    except psycopg2.Error as error:
        raise WarehouseUnusable(f"{lake.shown} cannot be reached: {first_line(error)}") from None
    user = session.info.user
    try:
        with session.cursor() as cursor:
            _take_turn(lake, cursor, _number_of(group), wait_seconds)
    except psycopg2.errors.InsufficientPrivilege:
        session.close()
        raise WarehouseUnusable(
            f"{lake.shown} may only be read by {user}: name the user that writes in the address of the catalog"
            " (deploy/README.md, Roles), or read the lake or the snapshot"
        ) from None
    except BaseException:
        session.close()
        raise
    return session


def _take_turn(lake: Lake, cursor: Any, number: int, wait_seconds: float) -> None:
    give_up_at = time.monotonic() + wait_seconds
    while holders := _take_or_name_holders(cursor, number):
        if time.monotonic() >= give_up_at:
            raise WarehouseUnusable(
                f"{lake.shown} is held by {', '.join(holders)}; waited {wait_seconds:.0f} s."
                " End that process or wait for it; analysts read the snapshot instead"
            )
        time.sleep(LOOK_AGAIN_SECONDS)


def _take_or_name_holders(cursor: Any, number: int) -> list[str]:
    """Take the turn and name nobody, or name who holds it for another group; one process looks at a time."""
    cursor.execute("select pg_advisory_lock(%s, %s)", (TURN, GATE))
    cursor.execute(HOLDERS, {"turn": TURN, "gate": GATE, "number": number})
    holders = [name for (name,) in cursor.fetchall()]
    if not holders:
        cursor.execute("select pg_advisory_lock_shared(%s, %s)", (TURN, number))
    cursor.execute("select pg_advisory_unlock(%s, %s)", (TURN, GATE))
    return holders


def _number_of(group: str) -> int:
    """The group as the number of an advisory lock; that of the gate is none."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:4]) % 0x7FFF_FFFF or 1


# --- conflicts ------------------------------------------------------------------------------------------------------


def is_conflict(error: BaseException) -> bool:
    """Whether a transaction failed only because another one was committed first: done again, it may succeed."""
    return isinstance(error, duckdb.Error) and CONFLICTS.search(str(error)) is not None


# --- what earlier states leave behind -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Removed:
    """What `expire` removed."""

    snapshots: int
    files: int
    orphans: int


def expire(con: duckdb.DuckDBPyConnection, *, states_before: datetime, files_before: datetime) -> Removed:
    """Forget the states of before `states_before`, and remove the files that no state needs any more.

    The newest state always stays. Files that were given up, or left by a writer that was killed, after `files_before`
    stay too, because somebody may still be reading or writing them. To be called by a writer that is alone.

    Args:
        con: a connection to a lake.
        states_before: with a time zone.
        files_before: with a time zone; at least a day before now, unless nobody else uses the lake.
    """
    snapshots = con.execute(
        f"call ducklake_expire_snapshots('{LAKE}', older_than => cast(? as timestamptz))", [states_before]
    ).fetchall()
    given_up = con.execute(
        f"call ducklake_cleanup_old_files('{LAKE}', older_than => cast(? as timestamptz))", [files_before]
    ).fetchall()
    orphans = con.execute(
        f"call ducklake_delete_orphaned_files('{LAKE}', older_than => cast(? as timestamptz))", [files_before]
    ).fetchall()
    return Removed(len(snapshots), len(given_up), len(orphans))
