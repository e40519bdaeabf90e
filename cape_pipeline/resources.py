"""The outside world of a run: one warehouse, a file or a lake, opened once, and the folders beside it.

Belongs here: the Dagster resource and what it opens and closes. Does not belong here: what is done with it (`assets/`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from cape_pipeline.ace import macros_sql
from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.release import package_version
from cape_pipeline.run_tags import tags_after, tags_before
from cape_pipeline.settings import AUDIT_PACKETS, CSV_ROWS, DUCKLAKE, EMBEDDED, WORKBOOK_ROWS, Settings
from cape_pipeline.warehouse.connection import SPILL, WarehouseUnusable, open_warehouse
from cape_pipeline.warehouse.ducklake import Lake, open_lake, process_name, turn
from cape_pipeline.warehouse.tables import ensure_tables

#: Runs of this job write beside each other, each other months; every other run writes alone.
MONTHS_JOB = "months"
#: The tag of several runs that count as one.
TURN_TAG = "cape/turn"


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The writer's connection to the warehouse, with its macros and with every table there, empty if new.

    A file is held until the connection is closed; of a lake, see `writing`.

    Raises:
        WarehouseUnusable: the file is held, unreadable or badly named, the lake cannot be opened, or a newer release
            wrote there.
        StoredRowsInTheWay: the warehouse was made by another release and cannot be converted.
    """
    connection = open_storage(settings)
    try:
        for macro in macros_sql():
            connection.execute(macro)
        ensure_tables(connection, CONTRACTS.values(), package_version())
    except BaseException:
        connection.close()
        raise
    return connection


def open_storage(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the file or the lake as it stands; nothing is made in it.

    Raises:
        WarehouseUnusable: as `connect`.
    """
    if settings.storage == DUCKLAKE:
        return open_lake(
            lake_of(settings),
            settings.warehouse.with_name(f"{settings.warehouse.name}{SPILL}"),
            memory_limit=settings.memory_limit,
            threads=settings.threads,
        )
    return open_warehouse(
        settings.warehouse,
        SCHEMAS,
        lock_wait_seconds=settings.lock_wait_seconds,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )


def lake_of(settings: Settings) -> Lake:
    """Where the lake of an installation is.

    Raises:
        WarehouseUnusable: the settings do not say it.
    """
    if not settings.catalog or not settings.data_path:
        raise WarehouseUnusable(
            "a DuckLake needs CAPE_CATALOG=postgresql://user@host:port/database and CAPE_DATA_PATH=s3://bucket/prefix"
            " or a folder"
        )
    return Lake(settings.catalog, settings.data_path, settings.s3_endpoint, settings.s3_region)


@contextmanager
def writing(settings: Settings, group: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """A `connect`ion for a run, closed at its end, whatever happened; until then no other run may write.

    In a lake, what is of the same group may write at the same time, and nothing else; without one it is this process.

    Raises:
        WarehouseUnusable: as `connect`, or another run holds the lake for longer than `lock_wait_seconds`.
        StoredRowsInTheWay: as `connect`.
    """
    with ExitStack() as held:
        if settings.storage == DUCKLAKE:
            name = group or process_name()
            held.enter_context(turn(lake_of(settings), name, wait_seconds=settings.lock_wait_seconds))
        yield held.enter_context(closing(connect(settings)))


def group_of(run: dg.DagsterRun | None) -> str:
    """With whom a run may write to a lake: the steps of a run together, and runs of months beside each other.

    Runs that carry the same tag `cape/turn` are one, such as those of one `cape run`.
    """
    if run is None:
        return ""
    return run.tags.get(TURN_TAG) or (MONTHS_JOB if run.job_name == MONTHS_JOB else run.run_id)


class Warehouse(dg.ConfigurableResource):
    """The warehouse of one run: one connection for all steps of a process, so that its lock covers the run."""

    path: str
    exports: str
    out: str
    memory_limit: str
    threads: int
    lock_wait_seconds: float
    reject_share: float
    discard_raw: bool
    history: bool
    line_ending: str
    bank_originators: str
    clients: str = ""
    csv_rows: int = CSV_ROWS
    workbook_rows: int = WORKBOOK_ROWS
    audit_packets: int = AUDIT_PACKETS
    writes_snapshot: bool = True
    storage: str = EMBEDDED
    catalog: str = ""
    data_path: str = ""
    s3_endpoint: str = ""
    s3_region: str = ""

    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, settings: Settings) -> "Warehouse":
        return cls(
            path=str(settings.warehouse),
            exports=str(settings.exports),
            out=str(settings.out),
            memory_limit=settings.memory_limit,
            threads=settings.threads,
            lock_wait_seconds=settings.lock_wait_seconds,
            reject_share=settings.reject_share,
            discard_raw=settings.discard_raw,
            history=settings.history,
            line_ending=settings.line_ending,
            bank_originators=settings.bank_originators,
            clients=settings.clients,
            csv_rows=settings.csv_rows,
            workbook_rows=settings.workbook_rows,
            audit_packets=settings.audit_packets,
            writes_snapshot=settings.writes_snapshot,
            storage=settings.storage,
            catalog=settings.catalog,
            data_path=settings.data_path,
            s3_endpoint=settings.s3_endpoint,
            s3_region=settings.s3_region,
        )

    @classmethod
    def run_config(cls, settings: Settings) -> dict[str, object]:
        """The part of a run's configuration that makes it use other settings than the code location's."""
        given = cls.of(settings)
        return {"resources": {"warehouse": {"config": {name: getattr(given, name) for name in cls.model_fields}}}}

    @property
    def settings(self) -> Settings:
        return Settings(
            warehouse=Path(self.path),
            exports=Path(self.exports),
            out=Path(self.out),
            memory_limit=self.memory_limit,
            threads=self.threads,
            lock_wait_seconds=self.lock_wait_seconds,
            reject_share=self.reject_share,
            discard_raw=self.discard_raw,
            history=self.history,
            line_ending=self.line_ending,
            bank_originators=self.bank_originators,
            clients=self.clients,
            csv_rows=self.csv_rows,
            workbook_rows=self.workbook_rows,
            audit_packets=self.audit_packets,
            writes_snapshot=self.writes_snapshot,
            storage=self.storage,
            catalog=self.catalog,
            data_path=self.data_path,
            s3_endpoint=self.s3_endpoint,
            s3_region=self.s3_region,
        )

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise RuntimeError("the warehouse is open only while a run executes")
        return self._connection

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        """Open for the run, close at its end, whatever happened; the run's tags say what it used."""
        self._tag(context, lambda tags: tags_before(self.settings, tags))
        with writing(self.settings, group_of(context.run)) as con:
            self._connection = con
            try:
                yield self
            finally:
                self._tag(context, lambda _: tags_after(con))
                self._connection = None

    @staticmethod
    def _tag(context: dg.InitResourceContext, told: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, told(context.run.tags))
