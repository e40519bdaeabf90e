"""A warehouse on a DuckLake: opening it, whose turn it is, conflicts of two writers, and what expires."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import psycopg2  # type: ignore[import-untyped]
import pytest

from cape_pipeline.warehouse import ducklake, query
from cape_pipeline.warehouse import publish as publishing
from cape_pipeline.warehouse.builds import read_builds
from cape_pipeline.warehouse.connection import WarehouseUnusable
from cape_pipeline.warehouse.ducklake import LAKE, Lake, Removed, expire, is_conflict, is_lake, open_lake, turn
from cape_pipeline.warehouse.publish import BrokenPromise
from cape_pipeline.warehouse.snapshot import write_snapshot
from cape_pipeline.warehouse.tables import ensure_tables
from cape_pipeline.warehouse.transaction import in_transaction
from tests.support.servers import LOOPBACK, S3, PostgreSQL
from tests.unit.warehouse import shop
from tests.unit.warehouse.conftest import Shop, forget, open_shop

#: A second process that takes a turn, says so, and keeps it until its input ends.
HOLD = """
import sys
from cape_pipeline.warehouse.ducklake import Lake, turn
with turn(Lake(sys.argv[1], "unused"), sys.argv[2], wait_seconds=5):
    print("held", flush=True)
    sys.stdin.read()
"""
ROLES = Path(__file__).parents[3] / "deploy" / "roles.sql"
Open = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture
def lake(postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Where a new lake is to be: a catalog of its own, a folder of its own, the password in the environment."""
    monkeypatch.setenv("PGPASSWORD", postgresql.password)
    return Lake(postgresql.address(postgresql.emptied_database("lakes")), str(tmp_path / "data"))


@pytest.fixture
def opening(lake: Lake, tmp_path: Path) -> Iterator[Open]:
    """Opens connections to the lake, which are closed afterwards."""
    opened = []

    def open_one(at: Lake = lake, **limits: object) -> duckdb.DuckDBPyConnection:
        con = open_lake(at, tmp_path / "spill", **{"memory_limit": "500MB", "threads": 1} | limits)
        opened.append(con)
        return con

    yield open_one
    for con in opened:
        con.close()


@pytest.fixture
def opened(opening: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop with its prices and three orders, two in March and one in April, in a lake; nothing is built."""
    monkeypatch.setattr(query, "project_files", lambda name: tmp_path / name)
    yield open_shop(tmp_path / "sql", opening())
    forget()


# --- opening --------------------------------------------------------------------------------------------------------


def test_the_lake_is_the_current_database_so_the_same_sql_means_it(opening: Open) -> None:
    con, other = opening(), opening()
    assert is_lake(con)
    con.execute("create schema shop")
    con.execute("create table shop.prices as select 'tea' as item")
    assert other.execute("from shop.prices").fetchall() == [("tea",)]


def test_a_file_is_no_lake() -> None:
    with duckdb.connect() as con:
        assert not is_lake(con)


def test_nothing_is_loaded_from_the_network_or_from_the_home_of_the_user(
    opening: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    con = opening()
    assert con.execute("select current_setting('autoinstall_known_extensions')").fetchone() == (False,)
    assert not (tmp_path / "home").exists()


def test_rows_stand_on_s3_where_the_data_path_says_so(
    opening: Open, lake: Lake, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    bucket = s3.new_bucket()
    con = opening(Lake(lake.catalog, f"s3://{bucket}/warehouse", s3_endpoint=s3.endpoint))
    con.execute("create table many as select range as number from range(1000)")
    assert [name for name in s3.objects(bucket) if name.endswith(".parquet")]
    assert con.execute("select count(*), sum(number) from many").fetchone() == (1000, 499_500)


def test_without_keys_s3_is_refused_by_the_names_of_the_variables(
    opening: Open, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with pytest.raises(WarehouseUnusable, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        opening(Lake(lake.catalog, "s3://somewhere/warehouse"))


def test_wrong_keys_are_not_repeated(opening: Open, lake: Lake, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "WRONGKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-0123456789")
    con = opening(Lake(lake.catalog, "s3://no-such-bucket/warehouse", s3_endpoint=s3.endpoint))
    with pytest.raises(duckdb.Error) as refused:
        con.execute("create table many as select range as number from range(1000)")
    assert "wrong-secret-0123456789" not in str(refused.value)
    assert "wrong-secret-0123456789" not in str(con.execute("from duckdb_secrets()").fetchall())


@pytest.mark.parametrize("address", ["postgresql://me:{}@{}/lake", "postgresql://me@{1}/lake?password={0}"])
def test_a_password_in_the_address_is_refused_and_not_repeated(opening: Open, address: str) -> None:
    with pytest.raises(WarehouseUnusable, match=r"PGPASSWORD or ~/\.pgpass") as refused:
        opening(Lake(address.format("s3cr3t", LOOPBACK), "unused"))
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["", "lake", "mysql://me@host/lake", "postgresql://me@host", "postgresql://me@host/"]
)
def test_an_address_of_no_catalog_is_refused(opening: Open, address: str) -> None:
    with pytest.raises(WarehouseUnusable, match="is not postgresql://user@host:port/database"):
        opening(Lake(address, "unused"))


def test_a_wrong_password_is_told_by_where_it_is_not_taken(
    opening: Open, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "not-the-right-one")
    for attempt in (opening, lambda: turn(lake, "me", wait_seconds=0).__enter__()):
        with pytest.raises(WarehouseUnusable, match=r"the catalog lakes on 127\.0\.0\.1:\d+ cannot be") as refused:
            attempt()
        assert "authentication failed" in str(refused.value)
        assert "not-the-right-one" not in str(refused.value)
        assert refused.value.__cause__ is None


def test_a_lake_whose_files_lie_elsewhere_is_refused(opening: Open, lake: Lake, tmp_path: Path) -> None:
    opening().execute("create table one as select 1 as number")
    with pytest.raises(WarehouseUnusable, match="does not match existing data path"):
        opening(Lake(lake.catalog, str(tmp_path / "elsewhere")))


def test_a_memory_limit_that_is_none_is_named(opening: Open) -> None:
    with pytest.raises(WarehouseUnusable, match="memory limit much and 1 threads"):
        opening(memory_limit="much")


def test_a_missing_extension_is_told_by_the_package_to_install(opening: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ducklake, "EXTENSIONS", {"nowhere": "duckdb-extension-nowhere"})
    with pytest.raises(WarehouseUnusable, match="install duckdb-extension-nowhere of this version, the extra"):
        opening()


def test_what_a_killed_process_spilled_is_removed_and_what_a_living_one_spills_is_not(
    opening: Open, tmp_path: Path
) -> None:
    con = opening()
    ((spill,),) = con.execute("select current_setting('temp_directory')").fetchall()
    name = Path(spill).name.rpartition("-")[0]
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, living = (tmp_path / "spill" / f"{name}-{number}" for number in (gone.pid, os.getppid()))
    for folder in (left, living):
        folder.mkdir(parents=True)
    opening()
    assert (left.exists(), living.exists()) == (False, True)


# --- whose turn it is -----------------------------------------------------------------------------------------------


@pytest.fixture
def holder(lake: Lake) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the turn of the group `run 1`."""
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, lake.catalog, "run 1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert held.stdout.readline() == "held\n"
    yield held
    held.kill()
    held.communicate()


def test_another_group_waits_and_is_then_refused_with_the_holder_named(
    lake: Lake, holder: subprocess.Popen[str]
) -> None:
    sentence = rf"the catalog \w+ on 127\.0\.0\.1:\d+ is held by .*\(process {holder.pid} on .*\); waited 1 s\."
    with pytest.raises(WarehouseUnusable, match=sentence), turn(lake, "run 2", wait_seconds=1):
        pytest.fail("the turn was taken")


def test_the_same_group_works_beside_it(lake: Lake, holder: subprocess.Popen[str]) -> None:
    with turn(lake, "run 1", wait_seconds=0):
        assert holder.poll() is None


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_turn_of_a_process_that_died_is_free(
    lake: Lake, holder: subprocess.Popen[str], how: signal.Signals
) -> None:
    holder.send_signal(how)
    holder.wait()
    with turn(lake, "run 2", wait_seconds=10):
        pass


def test_a_turn_that_ended_is_free(lake: Lake, holder: subprocess.Popen[str]) -> None:
    holder.communicate("")
    with turn(lake, "run 2", wait_seconds=0):
        pass


def test_within_one_process_further_turns_belong_to_the_first(lake: Lake) -> None:
    held = subprocess.Popen  # a process that is not this one, started while two turns of this one overlap
    with turn(lake, "run 1", wait_seconds=0):
        with turn(lake, "run 2", wait_seconds=0):
            pass
        refused = held([sys.executable, "-c", HOLD.replace("=5", "=0"), lake.catalog, "run 2"], stderr=subprocess.PIPE)
        assert b"is held by" in refused.communicate()[1]
    with turn(lake, "run 3", wait_seconds=0):
        pass


# --- conflicts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two_writers(opening: Open) -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    """Two connections to a lake with a table of two months."""
    one, other = opening(), opening()
    one.execute("create table sales (month varchar, amount integer)")
    one.execute("insert into sales select month, 1 from (values ('march'), ('april')) as months (month), range(20)")
    return one, other


def replace_month(con: duckdb.DuckDBPyConnection, month: str, amount: int) -> None:
    con.execute("delete from sales where month = ?", [month])
    con.execute("insert into sales select ?, ? from range(20)", [month, amount])


def test_work_that_met_another_commit_is_done_again_and_both_stand(
    two_writers: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
) -> None:
    one, other = two_writers
    attempts = []

    def work() -> str:
        attempts.append("begun")
        replace_month(one, "march", 3)
        if len(attempts) == 1:
            in_transaction(other, lambda: replace_month(other, "april", 4))
        return "done"

    assert in_transaction(one, work) == "done"
    assert len(attempts) == 2
    assert one.execute("select month, sum(amount), count(*) from sales group by month order by month").fetchall() == [
        ("april", 80, 20),
        ("march", 60, 20),
    ]


def test_what_is_no_conflict_is_tried_once_and_nothing_of_it_stands(
    two_writers: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection],
) -> None:
    one, other = two_writers
    attempts = []

    def work() -> None:
        attempts.append("begun")
        replace_month(one, "march", 3)
        one.execute("select error('the rows are wrong')")

    with pytest.raises(duckdb.InvalidInputException, match="the rows are wrong"):
        in_transaction(one, work)
    assert len(attempts) == 1
    assert other.execute("select sum(amount) from sales").fetchone() == (40,)
    in_transaction(one, lambda: replace_month(one, "march", 2))


@pytest.mark.parametrize(
    "error",
    [
        duckdb.ConstraintException("conflict"),
        ValueError("Transaction conflict"),
        duckdb.IOException("Could not connect to server"),
        KeyboardInterrupt(),
    ],
)
def test_other_errors_are_no_conflict(error: BaseException) -> None:
    assert not is_conflict(error)


# --- the kernel on a lake -------------------------------------------------------------------------------------------


def test_what_is_built_by_month_is_stored_by_month(opened: Shop) -> None:
    opened.build_all()
    opened.con.execute(
        "insert into shop.sales select * from shop.sales, range(50)".replace("select *", "select sales.*")
    )
    stored = opened.rows(f"select data_file from ducklake_list_files('{LAKE}', 'sales', schema => 'shop')")
    assert {month for (name,) in stored for month in re.findall(r"partition_month=([0-9-]+)/", name)} == {
        "2025-03",
        "2025-04",
    }


def test_tables_that_stand_are_not_written_again(opened: Shop) -> None:
    before = opened.rows(f"select max(snapshot_id) from ducklake_snapshots('{LAKE}')")
    ensure_tables(opened.con, shop.CONTRACTS.values())
    assert opened.rows(f"select max(snapshot_id) from ducklake_snapshots('{LAKE}')") == before


def test_a_lake_holds_the_tables_that_a_file_does(opened: Shop, tmp_path: Path) -> None:
    opened.build_all()
    with duckdb.connect() as memory:
        same = open_shop(tmp_path / "sql", memory)
        same.build_all()
        assert read_builds(opened.con) == read_builds(memory)
        for table_id in shop.CONTRACTS:
            select = f"select columns(* exclude (received_at)) from {table_id} order by all"
            select = select if table_id == "shop.orders" else f"from {table_id} order by all"
            assert opened.rows(select) == same.rows(select), table_id


def test_a_month_that_met_another_is_put_in_place_again_and_not_computed_again(
    opened: Shop, opening: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.build_all()
    before = opened.sales(), read_builds(opened.con)
    opened.con.execute("update warehouse.builds set input_hash = 'due' where table_id = 'shop.sales'")
    other = Shop(opening(), opened.folder)
    made, put = [], []
    make, replace = publishing._make_months, publishing._replace_months

    def counted(con: duckdb.DuckDBPyConnection, *given: object) -> None:
        made.append(con)
        make(con, *given)

    def meeting(con: duckdb.DuckDBPyConnection, *given: object) -> None:
        put.append(con)
        replace(con, *given)
        if put == [opened.con]:
            other.build("shop.sales", "2025-04")

    monkeypatch.setattr(publishing, "_make_months", counted)
    monkeypatch.setattr(publishing, "_replace_months", meeting)
    opened.build("shop.sales", "2025-03")
    assert made == [opened.con, other.con]
    assert put == [opened.con, other.con, opened.con]
    assert (opened.sales(), read_builds(opened.con)) == before
    for con in (opened.con, other.con):
        assert con.execute("select table_name from duckdb_tables() where temporary").fetchall() == []


def test_a_build_that_breaks_a_promise_leaves_the_lake_as_it_was(opened: Shop) -> None:
    opened.build_all()
    before = opened.sales(), read_builds(opened.con)
    opened.receive(o001="2025-03-05", o002="2025-03-31", o003="2025-04-01", o004="2025-04-02")
    opened.claim("shop.sales", "nobody_buys", "-- Nobody buys\nselect order_number from shop.sales")
    with pytest.raises(BrokenPromise, match="Nobody buys"):
        opened.build("shop.sales")
    assert opened.sales() == before[0]


def test_a_snapshot_of_a_lake_is_a_file_with_every_comment(opened: Shop, tmp_path: Path) -> None:
    opened.build_all()
    target = tmp_path / "analysts.duckdb"
    write_snapshot(opened.con, target, shop.CONTRACTS.values())
    with duckdb.connect(str(target), read_only=True) as con:
        for table_id, contract in shop.CONTRACTS.items():
            schema, table = table_id.split(".")
            told = con.execute(
                "select comment from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
                [schema, table],
            ).fetchall()
            assert told == [(field.description,) for field in contract.fields], table_id
            assert con.execute(f"from {table_id} order by all").fetchall() == opened.rows(
                f"from {table_id} order by all"
            )


# --- what expires ---------------------------------------------------------------------------------------------------


def test_earlier_states_expire_with_their_files_and_the_newest_stays(opened: Shop, lake: Lake) -> None:
    con = opened.con
    for round_ in range(4):
        con.execute("create or replace table many as select range as number, ? as round from range(1000)", [round_])
    orphan = Path(lake.data_path) / "main" / "many" / "ducklake-left-by-a-killed-writer.parquet"
    con.execute(f"copy (select 1 as number) to '{orphan}' (format parquet)")
    states, stored = len(con.execute(f"from ducklake_snapshots('{LAKE}')").fetchall()), files_of(lake)
    later = datetime.now(UTC) + timedelta(minutes=1)

    assert expire(con, states_before=later - timedelta(days=7), files_before=later - timedelta(days=7)) == Removed(
        0, 0, 0
    )
    assert files_of(lake) == stored
    removed = expire(con, states_before=later, files_before=later)
    assert removed.snapshots == states - 1
    assert removed.files >= 3
    assert removed.orphans == 1
    assert len(files_of(lake)) == len(stored) - removed.files - removed.orphans
    assert opened.rows("select count(*), max(round) from many") == [(1000, 3)]
    opened.build_all()


def files_of(lake: Lake) -> set[Path]:
    return set(Path(lake.data_path).rglob("*.parquet"))


# --- who may write --------------------------------------------------------------------------------------------------


def test_a_reader_of_the_catalog_reads_and_writes_nothing(
    opening: Open, lake: Lake, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgresql.emptied_database("lake")
    postgresql.run_file(ROLES, name, {"CAPE_DATABASE_PASSWORD": "writes, and 'only' that"})
    postgresql.execute("drop role if exists jane")
    postgresql.execute("create role jane login password 'only reads' in role cape_reader")

    def lake_of(user: str) -> Lake:
        return Lake(postgresql.address(name).replace(f"{postgresql.user}@", f"{user}@"), lake.data_path)

    monkeypatch.setenv("PGPASSWORD", "writes, and 'only' that")
    owner = opening(lake_of("cape_writer"))
    owner.execute("create table sales as select range as number from range(100)")
    owner.execute("create table prices as select 1 as number")

    monkeypatch.setenv("PGPASSWORD", "only reads")
    jane = opening(lake_of("jane"))
    assert jane.execute("select count(*), (select count(*) from prices) from sales").fetchone() == (100, 1)
    for attempt in (
        "insert into sales select range from range(100)",
        "insert into prices values (2)",
        "delete from sales where number < 50",
        "drop table sales",
        "create table other as select range as number from range(100)",
        f"call ducklake_expire_snapshots('{LAKE}', older_than => now())",
    ):
        with pytest.raises(duckdb.Error, match="permission denied"):
            jane.execute(attempt)
    with pytest.raises(WarehouseUnusable, match=r"the catalog lake on .* may only be read by jane: name the user that"):
        turn(lake_of("jane"), "a run", wait_seconds=0).__enter__()
    assert owner.execute("select count(*), (select count(*) from prices) from sales").fetchone() == (100, 1)


def test_the_catalog_holds_no_password(opened: Shop, lake: Lake, postgresql: PostgreSQL) -> None:
    opened.build_all()
    database = lake.catalog.rpartition("/")[2]
    tables = postgresql.execute(
        "select schemaname || '.' || quote_ident(tablename) from pg_tables where schemaname = 'public'",
        database=database,
    )
    assert tables
    with closing(psycopg2.connect(postgresql.address(database, with_password=True))) as con, con.cursor() as cursor:
        for (table,) in tables:
            cursor.execute(f"select * from {table}")
            assert postgresql.password not in str(cursor.fetchall())
