"""The outside world of a run: one warehouse file, opened once, and the folders beside it.

Belongs here: the Dagster resource and what it opens and closes. Does not belong here: what is done with it (`assets/`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
from pydantic import PrivateAttr

from cape_pipeline.ace import macros_sql
from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.run_tags import tags_after, tags_before
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.connection import open_warehouse
from cape_pipeline.warehouse.tables import ensure_tables


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """The writer's connection to the warehouse, with its macros and with every table there, empty if new.

    Raises:
        WarehouseUnusable: the file is held, unreadable or badly named.
        StoredRowsInTheWay: the file was made by another release and cannot be converted.
    """
    connection = open_warehouse(
        settings.warehouse,
        SCHEMAS,
        lock_wait_seconds=settings.lock_wait_seconds,
        memory_limit=settings.memory_limit,
        threads=settings.threads,
    )
    for macro in macros_sql():
        connection.execute(macro)
    ensure_tables(connection, CONTRACTS.values())
    return connection


class Warehouse(dg.ConfigurableResource):
    """The warehouse of one run: one connection for all its steps, so that DuckDB's lock covers the run."""

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
        self._connection = connect(self.settings)
        try:
            yield self
        finally:
            con = self._connection
            self._tag(context, lambda _: tags_after(con))
            con.close()
            self._connection = None

    @staticmethod
    def _tag(context: dg.InitResourceContext, told: Callable[[Mapping[str, str]], dict[str, str]]) -> None:
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, told(context.run.tags))
