"""A run on several machines: PostgreSQL, Redis, and workers in processes of their own, one of which is killed.

Belongs here: that the answer is the same as on one machine, whoever built which month and whatever became of a worker.
Does not belong here: the lake itself (`tests/unit/warehouse`), and the lease of a step alone (`tests/unit/cluster`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.assets.turns import built_by_month
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import connect
from cape_pipeline.settings import CELERY, DUCKLAKE, Settings
from tests.support.servers import PostgreSQL, Redis, postgresql, redis

__all__ = ["postgresql", "redis"]  # the fixtures

ROOT = Path(__file__).parents[3]
AS_OF = "2026-07-20"
CAPE = (sys.executable, "-m", "cape_pipeline.cli")
#: What PostgreSQL holds of Dagster's history: the steps of the months that began and ended, of which run.
STEPS = "select run_id from event_logs where step_key = 'months' and dagster_event_type = %s order by id"
TAKEN_BY = (
    "select run_id from event_logs where step_key = 'months' and dagster_event_type = 'ENGINE_EVENT'"
    " and event like %s order by id"
)


@dataclass(slots=True)
class Cluster:
    """One installation on several machines, in a folder of its own."""

    folder: Path
    exports: Path
    servers: PostgreSQL
    broker: Redis
    history: str = field(init=False)
    settings: Settings = field(init=False)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.history = self.servers.new_database()
        self.settings = Settings(
            warehouse=self.folder / "w/cape.duckdb",
            exports=self.exports,
            out=self.folder / "out",
            threads=1,
            storage=DUCKLAKE,
            catalog=self.servers.address(self.servers.new_database()),
            data_path=str(self.folder / "data"),
            executor=CELERY,
            broker=self.broker.address(0),
            backend=self.broker.address(1),
            dagster_database=self.servers.address(self.history),
            months_per_run=3,
            lease_seconds=4,
        )

    def environment(self) -> dict[str, str]:
        given = {**os.environ, **self.settings.as_environment(), "PGPASSWORD": self.servers.password}
        return {**given, "PYTHONPATH": str(ROOT)}

    def start_worker(self, name: str) -> None:
        """A worker as `cape worker` starts it, in a session of its own, as on a machine of its own."""
        command = [*CAPE, "worker", "--name", name]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.workers[name] = subprocess.Popen(
                command, env=self.environment(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def kill_worker(self, name: str) -> None:
        """End it and the step in it at once, without a word to anybody, as a machine does that loses its power."""
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers.pop(name).wait()

    def start_run(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*CAPE, "run", "--exports", str(self.exports), "--as-of", AS_OF],
            env=self.environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run_ids(self, statement: str, *given: object) -> list[str]:
        if not self.servers.execute("select 1 from pg_tables where tablename = 'event_logs'", database=self.history):
            return []
        return [str(run) for (run,) in self.servers.execute(statement, *given, database=self.history)]

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        os.environ["PGPASSWORD"] = self.servers.password
        con = connect(self.settings)
        try:
            yield con
        finally:
            con.close()
            del os.environ["PGPASSWORD"]


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, finished_demo: Path, postgresql: PostgreSQL, redis: Redis
) -> Iterator[Cluster]:
    exports = finished_demo / "cape-demo" / "exports"
    made = Cluster(tmp_path_factory.mktemp("cluster"), exports, postgresql, redis)
    yield made
    for name in list(made.workers):
        made.kill_worker(name)


@pytest.fixture(scope="module")
def with_one_worker(cluster: Cluster) -> Cluster:
    """The cluster after a first run, whose months one worker built; that worker is still there."""
    cluster.start_worker("first")
    told = ended_well(cluster.start_run())
    assert "Traceback" not in told
    return cluster


def comes_true(what: Callable[[], bool], seconds: float) -> bool:
    give_up_at = time.monotonic() + seconds
    while not (true := what()) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return true


def differences(con: duckdb.DuckDBPyConnection, embedded: Path) -> dict[str, int]:
    """The tables with rows that only one of the two warehouses has, and how many; the clock's own columns aside."""
    con.execute(f"attach '{embedded}' as embedded (read_only)")
    found = {}
    for table_id, contract in CONTRACTS.items():
        names = ", ".join(column.name for column in contract.fields if not column.volatile)
        here, there = f"select {names} from {table_id}", f"select {names} from embedded.{table_id}"
        one = con.execute(
            f"select count(*) from (({here} except all {there}) union all ({there} except all {here}))"
        ).fetchone()
        if one != (0,):
            found[table_id] = one[0] if one else 0
    return found


def ended_well(run: subprocess.Popen[str]) -> str:
    told, _ = run.communicate(timeout=900)
    assert run.returncode == 0, told
    return told


def without_months(con: duckdb.DuckDBPyConnection) -> None:
    """The tables that are built by month as they are before any month is built."""
    for table in built_by_month():
        con.execute(f"delete from {table}")
        con.execute("delete from warehouse.builds where table_id = ?", [table])


def test_without_a_worker_a_run_says_so_and_loads_nothing(cluster: Cluster) -> None:
    run = cluster.start_run()
    told, _ = run.communicate(timeout=300)
    assert run.returncode == 2, told
    assert "no worker listens on the broker" in told
    assert "Traceback" not in told
    with cluster.tables() as con:
        assert con.execute("select count(*) from ace.loads").fetchone() == (0,)


def test_one_worker_builds_the_tables_that_one_machine_builds(with_one_worker: Cluster, finished_demo: Path) -> None:
    assert len(with_one_worker.run_ids(STEPS, "STEP_SUCCESS")) > 1, "the months were not spread over steps"
    with with_one_worker.tables() as con:
        assert differences(con, finished_demo / "cape-demo/warehouse/cape.duckdb") == {}


def test_a_worker_killed_in_the_middle_of_a_month_leaves_nothing_and_two_others_build_all_that_is_left(
    with_one_worker: Cluster, finished_demo: Path
) -> None:
    cluster = with_one_worker
    with cluster.tables() as con:
        without_months(con)
    before = len(cluster.run_ids(STEPS, "STEP_START"))
    run = cluster.start_run()
    assert comes_true(lambda: len(cluster.run_ids(STEPS, "STEP_START")) > before, 300), "no month was begun"
    cluster.kill_worker("first")
    begun, done = cluster.run_ids(STEPS, "STEP_START")[before:], cluster.run_ids(STEPS, "STEP_SUCCESS")
    (month,) = set(begun) - set(done)  # what the worker had not finished
    cluster.start_worker("second")
    cluster.start_worker("third")
    ended_well(run)
    assert cluster.run_ids(STEPS, "STEP_START").count(month) == 2
    assert cluster.run_ids(STEPS, "STEP_SUCCESS").count(month) == 1
    for name in ("second", "third"):
        assert cluster.run_ids(TAKEN_BY, f"%{name}@%"), f"the worker {name} built nothing"
    with cluster.tables() as con:
        assert differences(con, finished_demo / "cape-demo/warehouse/cape.duckdb") == {}


def test_no_password_stands_in_the_history_of_runs_or_in_its_configuration(with_one_worker: Cluster) -> None:
    cluster = with_one_worker
    secret = cluster.servers.password
    for table, column in (("runs", "run_body"), ("event_logs", "event")):
        found = cluster.servers.execute(
            f"select 1 from {table} where {column} like %s limit 1", f"%{secret}%", database=cluster.history
        )
        assert found == [], table
    configuration = cluster.settings.dagster_home / "dagster.yaml"
    assert "storage" in configuration.read_text(encoding="utf-8")
    assert secret not in configuration.read_text(encoding="utf-8")
