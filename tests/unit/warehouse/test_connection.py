"""The writer opens its file alone, says who else holds it, and refuses what DuckDB would trip over."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import SCHEMAS
from cape_pipeline.warehouse import connection
from cape_pipeline.warehouse.connection import WarehouseUnusable, open_warehouse, working_folder

HOLD = """
import sys, duckdb
with duckdb.connect(sys.argv[1]) as con:
    print("held", flush=True)
    sys.stdin.readline()
"""


def opened(path: Path, **changes: Any) -> duckdb.DuckDBPyConnection:
    settings = {"lock_wait_seconds": 0.0, "memory_limit": "500MB", "threads": 1, **changes}
    return open_warehouse(path, SCHEMAS, **settings)


@contextmanager
def held(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """The file held by another process until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def test_the_file_and_its_folders_are_made_and_the_settings_hold(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "cape.duckdb"
    with opened(path) as con:
        assert con.execute("select cents(1.00, 0.005), partition_month_of(null)").fetchone() is not None
        told = con.execute(
            "select current_setting('threads'), current_setting('memory_limit'), current_setting('TimeZone'),"
            " current_setting('enable_progress_bar'), current_setting('temp_directory')"
        ).fetchone()
    assert told == (1, "476.8 MiB", "America/New_York", False, f"{path}.spill")
    assert path.is_file()


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path / "cape.duckdb") as con:
        con.execute("create table t as select 1 as a")
    with opened(tmp_path / "cape.duckdb") as con:
        assert con.execute("from t").fetchall() == [(1,)]


@pytest.mark.parametrize(
    "name", [*(f"{schema}.duckdb" for schema in SCHEMAS), "warehouse.duckdb", "ACE.db", "ace", "ace.v2.duckdb"]
)
def test_a_file_named_after_a_schema_is_refused_and_not_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(WarehouseUnusable, match=r"may not be named after one of its schemas \(\w+\).*another name$"):
        opened(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["cape.duckdb", "ace_2026.duckdb", "my.ace", 'odd " name.duckdb', "it's.duckdb"])
def test_any_other_name_can_hold_the_schemas(tmp_path: Path, name: str) -> None:
    with opened(tmp_path / name) as con:
        for schema in (*SCHEMAS, "warehouse"):
            con.execute(f"create schema {schema}")
            con.execute(f"create table {schema}.t (a int)")


def test_a_file_held_by_another_process_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "cape.duckdb"
    with held(path) as holder, pytest.raises(WarehouseUnusable) as refusal:
        opened(path)
    sentence = str(refusal.value)
    assert sentence.startswith(f"{path} is held by process {holder.pid} (")
    assert sentence.endswith(
        "waited 0 s. End that process or wait for it; analysts read the snapshot beside it instead"
    )


@dataclass
class Clock:
    """A clock that only runs while somebody sleeps, and what happens then."""

    while_asleep: Callable[[], object] = lambda: None
    now: float = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.while_asleep()


def test_a_file_that_is_let_go_in_time_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cape.duckdb"
    with held(path) as holder:
        clock = Clock(while_asleep=lambda: holder.communicate("\n", timeout=30))
        monkeypatch.setattr(connection, "time", clock)
        opened(path, lock_wait_seconds=60.0).close()
    assert clock.now == 100.0 + connection.LOOK_AGAIN_SECONDS


def test_it_waits_as_long_as_it_was_told_and_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cape.duckdb"
    clock = Clock()
    monkeypatch.setattr(connection, "time", clock)
    with held(path), pytest.raises(WarehouseUnusable, match="waited 2 s"):
        opened(path, lock_wait_seconds=2.0)
    assert clock.now == 102.0


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cape.duckdb"
    path.write_text("Entry Number\r\n" * 1000)
    with pytest.raises(WarehouseUnusable, match=r"cape\.duckdb cannot be opened as a warehouse: "):
        opened(path)
    assert path.read_text().startswith("Entry Number")


def test_a_folder_is_no_warehouse(tmp_path: Path) -> None:
    (tmp_path / "cape.duckdb").mkdir()
    with pytest.raises(WarehouseUnusable, match=r"cape\.duckdb cannot be opened as a warehouse: "):
        opened(tmp_path / "cape.duckdb")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseUnusable, match="cannot make this folder"):
        opened(tmp_path / "file" / "cape.duckdb")


@pytest.mark.parametrize("wrong", [{"memory_limit": "plenty"}, {"threads": 0}])
def test_settings_duckdb_does_not_understand_are_refused_and_the_file_is_let_go(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    path = tmp_path / "cape.duckdb"
    with pytest.raises(WarehouseUnusable, match="cannot be opened with memory limit") as refusal:
        opened(path, **wrong)
    with held(path):
        assert refusal.value.__traceback__ is not None  # whoever holds the error does not hold the file


def test_a_clock_that_stands_still_does_not_make_it_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped(Clock):
        def monotonic(self) -> float:
            return 100.0

    path, clock = tmp_path / "cape.duckdb", Stopped()
    monkeypatch.setattr(connection, "time", clock)
    with held(path), pytest.raises(WarehouseUnusable, match="waited 2 s"):
        opened(path, lock_wait_seconds=2.0)


def test_what_a_killed_run_was_writing_goes_when_the_warehouse_is_opened(tmp_path: Path) -> None:
    left = tmp_path / "cape.duckdb.spill" / "held-views-abc"
    left.mkdir(parents=True)
    (left / "held.duckdb").write_text("half")
    opened(tmp_path / "cape.duckdb").close()
    assert [path.name for path in tmp_path.iterdir()] == ["cape.duckdb"]


def test_a_working_folder_lies_where_the_warehouse_spills_and_nothing_of_it_stays(tmp_path: Path) -> None:
    with opened(tmp_path / "cape.duckdb") as con:
        with working_folder(con, "held-views-") as folder, working_folder(con, "client-") as other:
            (folder / "file").touch()
            assert {folder.parent, other.parent} == {tmp_path / "cape.duckdb.spill"}
            assert folder.parent.stat().st_mode & 0o777 == 0o700
        assert not folder.parent.exists()


def test_a_connection_that_spills_elsewhere_works_among_the_systems_temporary_files(tmp_path: Path) -> None:
    with duckdb.connect() as con, working_folder(con, "held-views-") as folder:
        assert folder.name.startswith("held-views-")
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_file_of_another_engine_is_refused_without_asking_the_network_for_one_that_reads_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cape.duckdb")) as con:
        con.execute("create table t (a)")
    with pytest.raises(WarehouseUnusable) as refusal:
        opened(tmp_path / "cape.duckdb")
    assert "http" not in str(refusal.value)
    assert "Put " in str(refusal.value)


@pytest.mark.parametrize("length", [0, 1, 100, 5000, 20000])
def test_a_file_that_is_cut_off_is_refused_with_what_to_restore(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cape.duckdb"
    with opened(path) as con:
        con.execute("create table t as select range as a from range(100000)")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(WarehouseUnusable, match=r"back from a backup.*archive beside the warehouse"):
        opened(path)
