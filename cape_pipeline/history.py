"""The history of runs as `cape run` writes it: Dagster's own SQLite files, each opened once for a whole run.

Dagster's storage makes a new engine and connection for every statement, so that one of the thousand events of a run
costs milliseconds, and each close of a file waits for the disk. Here a file stays open until the run ends. Files,
tables, statements and transactions are Dagster's: `cape ui` reads and goes on writing them with Dagster's own storage,
also while a run writes.

Belongs here: how the files are kept open. Does not belong here: what is written into them (Dagster), and where the
instance of a warehouse lies (`run.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as db
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory, _runs_directory
from dagster._serdes import ConfigurableClassData


def recording(home: Path) -> InstanceRef:
    """The instance in `home` as a run records to it: with files kept open, and its output left on the terminal.

    Dagster's capture of standard output starts four processes for each job, to hold what `cape run` prints for the
    person in front of it; the steps print nothing. What `dagster.yaml` says of storage or logs holds instead, if it
    does.
    """
    told = InstanceRef.from_dir(str(home))
    if told.storage_data and told.storage_data.class_name == DagsterSqliteStorage.__name__:
        told = told._replace(storage_data=_instead(told.storage_data, KeptOpenStorage))
    if told.compute_logs_data.class_name == LocalComputeLogManager.__name__:
        told = told._replace(compute_logs_data=_instead(told.compute_logs_data, NoOpComputeLogManager, "{}"))
    return told


def _instead(given: ConfigurableClassData, kind: type, config: str | None = None) -> ConfigurableClassData:
    """The same place for another class."""
    return ConfigurableClassData(kind.__module__, kind.__name__, given.config_yaml if config is None else config)


def _kept_open(url: str) -> db.Engine:
    """An engine that keeps its connections, and with them what it has compiled.

    Of a file in WAL mode, `normal` leaves every transaction whole and visible whatever becomes of this process; only a
    power cut may take the last of them.
    """
    engine = db.create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    @db.event.listens_for(engine, "connect")
    def _wait_less(connection: Any, _record: object) -> None:
        connection.execute("pragma synchronous = normal")

    return engine


class KeptOpenEventLog(SqliteEventLogStorage):
    """Dagster's event log with one engine for each of its files."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, db.Engine] = {}
        self._tables: set[str] = set()
        self._asset_columns: set[str] = set()
        super().__init__(base_dir, inst_data)

    def _engine(self, shard: str) -> db.Engine:
        if shard not in self._engines:
            self._engines[shard] = _kept_open(self.conn_string_for_shard(shard))
        return self._engines[shard]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index holds the table; asked for every event, and no table ever goes."""
        if table_name not in self._tables and db.inspect(self._engine(INDEX_SHARD_NAME)).has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: db.Connection, column_name: str) -> bool:
        if column_name not in self._asset_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._asset_columns.add(column_name)
        return column_name in self._asset_columns

    def dispose(self) -> None:
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()


class KeptOpenRuns(SqliteRunStorage):
    """Dagster's list of runs with one engine."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engine = _kept_open(conn_string)
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[db.Connection]:
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        self._engine.dispose()


class KeptOpenStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage; the ticks of schedules and sensors, which a run does not write, are kept as ever."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._run_storage = KeptOpenRuns.from_local(_runs_directory(base_dir))
        self._event_log_storage = KeptOpenEventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        return cls.from_local(inst_data=inst_data, **config_value)
