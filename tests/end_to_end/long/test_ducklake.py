"""The whole pipeline on a DuckLake, with PostgreSQL and an S3 server: the same tables and files as in one file.

A writer that meets another or dies in the middle of a publication leaves nothing half-written, and no password and no
key stands anywhere.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.demo import write_demo
from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.resources import connect, writing
from cape_pipeline.sample import write_sample
from cape_pipeline.settings import DUCKLAKE, Settings
from cape_pipeline.warehouse.builds import Build, read_builds
from cape_pipeline.warehouse.ducklake import expire
from cape_pipeline.warehouse.publish import publish
from tests.end_to_end.conftest import EXPORTS
from tests.support.pipeline import run_on
from tests.support.servers import S3, PostgreSQL
from tests.support.servers import postgresql as postgresql
from tests.support.servers import s3 as s3

CAPE = (sys.executable, "-m", "cape_pipeline.cli")
TABLE = "lines.classified_lines"
MONTHS = ("2025-06", "2025-07")
#: A worker that builds a month of a table as `months` runs do, and says how often it had to begin. Before its first
#: commit it does what its last argument says, when the rows are written and checked already.
WORKER = f"""
import os, signal, sys, time
from pathlib import Path
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import writing
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse import publish as publishing

month, meeting, before_commit = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
attempts, check = 0, publishing._check_and_record

def meet():
    (meeting / month).touch()
    while len(list(meeting.iterdir())) < 2:
        time.sleep(0.05)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def checked(*given):
    global attempts
    attempts += 1
    check(*given)
    if attempts == 1:
        globals()[before_commit]()

publishing._check_and_record = checked
with writing(Settings.from_environment(), "months") as con:
    publishing.publish(con, CONTRACTS["{TABLE}"], CONTRACTS, [month])
print(attempts)
"""


@pytest.fixture(scope="module")
def servers(postgresql: PostgreSQL, s3: S3) -> Iterator[tuple[PostgreSQL, S3]]:
    """The servers, with their password and keys in the environment."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in (s3.environment() | {"PGPASSWORD": postgresql.password}).items():
            environment.setenv(name, value)
        yield postgresql, s3


def new_lake(servers: tuple[PostgreSQL, S3], folder: Path) -> Settings:
    """Settings of an empty lake."""
    postgresql, s3 = servers
    return Settings(
        warehouse=folder / "w" / "cape.duckdb",
        out=folder / "out",
        storage=DUCKLAKE,
        catalog=postgresql.address(postgresql.new_database()),
        data_path=f"s3://{s3.new_bucket()}/warehouse",
        s3_endpoint=s3.endpoint,
        lock_wait_seconds=10,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's exports."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def lake(servers: tuple[PostgreSQL, S3], demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake with the demonstration in it; whoever changes it leaves it as it was."""
    settings = new_lake(servers, tmp_path_factory.mktemp("lake"))
    with writing(settings) as con:
        run_on(con, demo, AS_OF)
    return settings


@pytest.fixture
def there(lake: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the lake with the demonstration in it."""
    with closing(connect(lake)) as con:
        yield con


# --- the same tables ------------------------------------------------------------------------------------------------


def test_the_demonstration_has_the_same_tables_on_a_lake_as_in_a_file_and_again_a_day_later(
    there: duckdb.DuckDBPyConnection, demo: Path, tmp_path: Path
) -> None:
    with writing(Settings(warehouse=tmp_path / "file.duckdb")) as here:
        run_on(here, demo, AS_OF)
        assert_the_same(there, here, tmp_path)
        for con in (there, here):
            run_on(con, demo, AS_OF + timedelta(days=1))
        assert_the_same(there, here, tmp_path)
    run_on(there, demo, AS_OF)


def test_a_sample_has_the_same_tables_on_a_lake_as_in_a_file(servers: tuple[PostgreSQL, S3], tmp_path: Path) -> None:
    sample, settings = tmp_path / "sample", new_lake(servers, tmp_path)
    write_sample(sample, 2_000, 8)
    with writing(settings) as there, writing(settings.embedded_in(tmp_path / "file.duckdb")) as here:
        run_on(there, sample, AS_OF)
        run_on(here, sample, AS_OF)
        assert_the_same(there, here, tmp_path)


def assert_the_same(there: duckdb.DuckDBPyConnection, here: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table and view has the same rows in both, read by each itself, and the same is recorded of it."""
    with duckdb.connect() as con:
        for table_id, contract in CONTRACTS.items():
            columns = ", ".join(field.name for field in contract.fields if not field.volatile)
            rows = []
            for storage, name in ((there, "there"), (here, "here")):
                storage.execute(f"copy (select {columns} from {table_id}) to '{folder / name}' (format parquet)")
                rows.append(f"from read_parquet('{folder / name}')")
            counts = [con.execute(f"select count(*) {one}").fetchone() for one in rows]
            missing = [con.execute(f"{one} except all {other}").fetchall() for one, other in (rows, rows[::-1])]
            assert (counts[0], missing) == (counts[1], [[], []]), table_id
    assert read_builds(there) == read_builds(here)


# --- two writers, and one that dies ---------------------------------------------------------------------------------


def test_two_workers_that_publish_months_of_one_table_at_once_both_succeed(
    there: duckdb.DuckDBPyConnection, lake: Settings, tmp_path: Path
) -> None:
    before = rows_and_builds(there)
    make_due(there)
    (tmp_path / "meeting").mkdir()
    workers = [start_worker(lake, month, tmp_path / "meeting", "meet") for month in MONTHS]
    told = [worker.communicate(timeout=900) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], told
    assert sorted(int(out) for out, _ in told) == [1, 2]
    assert rows_and_builds(there) == before


def test_a_worker_killed_in_a_publication_leaves_nothing_and_the_next_does_its_month(
    there: duckdb.DuckDBPyConnection, lake: Settings, s3: S3, tmp_path: Path
) -> None:
    before = rows_and_builds(there)
    make_due(there)
    there.execute(f"delete from {TABLE} where partition_month = ?", [MONTHS[0]])
    without, bucket = rows_and_builds(there), lake.data_path.split("/")[2]
    files = s3.objects(bucket)
    killed = start_worker(lake, MONTHS[0], tmp_path, "die")
    killed.communicate(timeout=900)
    assert killed.returncode == -signal.SIGKILL
    left = s3.objects(bucket).keys() - files.keys()
    assert left, "the worker was killed before it had written anything"
    assert rows_and_builds(there) == without

    with writing(lake) as con:  # a group of its own: the dead worker's turn is free
        assert publish(con, CONTRACTS[TABLE], CONTRACTS, MONTHS).months_built == MONTHS
        assert rows_and_builds(con) == before
        later = datetime.now(UTC) + timedelta(minutes=1)
        assert expire(con, states_before=later, files_before=later).orphans >= len(left)
    assert not s3.objects(bucket).keys() & left
    assert rows_and_builds(there) == before


def rows_and_builds(con: duckdb.DuckDBPyConnection) -> tuple[list[tuple[object, ...]], dict[str, Build]]:
    rows = con.execute(f"from {TABLE} order by all").fetchall()
    return rows, {month: build for (table, month), build in read_builds(con).items() if table == TABLE}


def make_due(con: duckdb.DuckDBPyConnection) -> None:
    """Both months, and only they, are due again."""
    con.execute(
        "update warehouse.builds set input_hash = 'due' where table_id = ? and partition_month in (?, ?)",
        [TABLE, *MONTHS],
    )


def start_worker(lake: Settings, month: str, meeting: Path, before_commit: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, month, str(meeting), before_commit],
        env=os.environ | lake.as_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# --- through the command line ---------------------------------------------------------------------------------------


def run_on_lake(lake: Settings) -> subprocess.CompletedProcess[str]:
    """What a `cape run` on a lake said."""
    places = ["--exports", str(EXPORTS), "--warehouse", str(lake.warehouse), "--out", str(lake.out)]
    ended = subprocess.run(
        [*CAPE, "run", *places, "--as-of", "2026-07-20"],
        env=os.environ | lake.as_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def test_a_run_on_a_lake_writes_the_files_of_a_run_on_a_file_and_no_secret(
    servers: tuple[PostgreSQL, S3], finished_run: Path, tmp_path: Path
) -> None:
    (postgresql, s3), lake = servers, new_lake(servers, tmp_path)
    ran = run_on_lake(lake)
    assert files_in(lake.out) == files_in(finished_run / "out")
    shutil.copy(finished_run / "w" / "cape_analyst.duckdb", tmp_path / "file.duckdb")
    with (
        duckdb.connect(str(lake.snapshot), read_only=True) as there,
        duckdb.connect(str(tmp_path / "file.duckdb"), read_only=True) as here,
    ):
        assert_the_same(there, here, tmp_path)
        comments = "select schema_name, table_name, column_name, comment from duckdb_columns() order by all"
        assert there.execute(comments).fetchall() == here.execute(comments).fetchall()
    assert not lake.warehouse.exists()

    written = [path for path in lake.warehouse.parent.rglob("*") if path.is_file()]
    assert lake.snapshot in written
    for secret in (postgresql.password, s3.secret, s3.key):
        assert secret not in ran.stdout + ran.stderr
        assert [path for path in written if secret.encode() in path.read_bytes()] == []
        assert secret not in contents_of(postgresql, lake.catalog.rpartition("/")[2])


def test_a_catalog_that_is_out_of_reach_is_told_in_one_sentence(
    lake: Settings, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    nowhere = os.environ | lake.as_environment() | {"CAPE_CATALOG": postgresql.address("nowhere")}
    run = [*CAPE, "run", "--exports", EXPORTS, "--out", tmp_path]
    ended = subprocess.run(run, env=nowhere, capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    told = " ".join((ended.stdout + ended.stderr).split())
    assert "the catalog nowhere on 127.0.0.1" in told
    assert 'database "nowhere" does not exist' in told
    assert "Traceback" not in told
    assert postgresql.password not in told


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def contents_of(postgresql: PostgreSQL, database: str) -> str:
    """Every cell of every table of a database."""
    named = "select schemaname || '.' || quote_ident(tablename) from pg_tables where schemaname = 'public'"
    tables = [name for (name,) in postgresql.execute(named, database=database)]
    assert tables
    with closing(psycopg2.connect(postgresql.address(database, with_password=True))) as con, con.cursor() as cursor:
        cells = []
        for table in tables:
            cursor.execute(f"select * from {table}")
            cells.append(str(cursor.fetchall()))
        return "\n".join(cells)
