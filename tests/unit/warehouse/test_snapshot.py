"""The analysts' copy: everything the warehouse has, swapped in whole, never in the way of who reads the old one."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse import snapshot
from cape_pipeline.warehouse.publish import publish
from cape_pipeline.warehouse.snapshot import withdraw_snapshot, write_snapshot
from tests.support.pipeline import empty_warehouse

READ = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as con:
    print(con.execute("select max(as_of_date) from registry.as_of").fetchone()[0], flush=True)
    sys.stdin.readline()
    print(con.execute("select max(as_of_date) from registry.as_of").fetchone()[0], flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "where analysts' files lie"


@pytest.fixture
def con(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    folder.mkdir()
    with empty_warehouse(str(folder / "cape.duckdb")) as con:
        say(con, 20)
        yield con


def say(con: duckdb.DuckDBPyConnection, day: int) -> None:
    con.execute("delete from registry.as_of")
    con.execute("insert into registry.as_of values (?)", [date(2026, 7, day)])


def said(target: Path) -> Any:
    with duckdb.connect(str(target), read_only=True) as reader:
        return reader.execute("select day(as_of_date) from registry.as_of").fetchall()


def beside(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"cape.duckdb", "cape.duckdb.wal"}


def test_the_copy_has_the_rows_and_its_size_is_told(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    target = folder / "cape_analyst.duckdb"
    assert write_snapshot(con, target) == target.stat().st_size > 0
    assert said(target) == [(20,)]
    assert beside(folder) == {"cape_analyst.duckdb"}


def test_the_copy_has_every_table_view_and_comment(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for contract in CONTRACTS.values():
        if contract.source == "view":
            publish(con, contract, CONTRACTS)
    asked = (
        "select schema_name, table_name, comment from duckdb_tables() where not temporary order by all",
        "select schema_name, view_name, comment from duckdb_views() where not internal order by all",
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
        " where not internal order by all",
    )
    write_snapshot(con, folder / "cape_analyst.duckdb")
    with duckdb.connect(str(folder / "cape_analyst.duckdb"), read_only=True) as reader:
        for question in asked:
            answer = con.execute(question).fetchall()
            assert reader.execute(question).fetchall() == answer
            assert answer
            assert all(row[-1] for row in answer if row[0] != "warehouse")


def test_an_analyst_can_read_every_table_and_view_without_the_macros_of_the_writer(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    for contract in CONTRACTS.values():
        if contract.source == "view":
            publish(con, contract, CONTRACTS)
    write_snapshot(con, folder / "cape_analyst.duckdb")
    with duckdb.connect(str(folder / "cape_analyst.duckdb"), read_only=True) as reader:
        for table_id in CONTRACTS:
            reader.execute(f"select * from {table_id}").fetchall()


def test_who_reads_the_old_one_keeps_his_view_and_who_comes_after_sees_the_new_one(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    reader = subprocess.Popen(
        [sys.executable, "-c", READ, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdin
    assert reader.stdout
    assert reader.stdout.readline() == "2026-07-20\n"
    say(con, 21)
    write_snapshot(con, target)
    assert reader.communicate("\n", timeout=30)[0] == "2026-07-20\n"
    assert said(target) == [(21,)]


def test_what_an_analyst_writes_into_it_touches_nothing_else_and_is_gone_with_the_next(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    con.execute("checkpoint")
    warehouse = (folder / "cape.duckdb").read_bytes()
    with duckdb.connect(str(target)) as analyst:
        analyst.execute("delete from registry.as_of")
        analyst.execute("create table reports.mine as select 1 as number")
        analyst.execute("drop table lines.duty_splits")
    assert said(target) == []
    assert (folder / "cape.duckdb").read_bytes() == warehouse
    write_snapshot(con, target)
    with duckdb.connect(str(target), read_only=True) as reader:
        assert reader.execute("select day(as_of_date) from registry.as_of").fetchall() == [(20,)]
        assert reader.execute("select count(*) from lines.duty_splits").fetchone() == (0,)
        with pytest.raises(duckdb.CatalogException, match="mine does not exist"):
            reader.execute("from reports.mine")
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            reader.execute("delete from registry.as_of")


def test_the_new_one_appears_at_once_under_its_name(
    con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    say(con, 21)
    seen = []

    def look_before(flushed: Path) -> None:
        seen.append((flushed.name, said(target)))

    monkeypatch.setattr(snapshot, "flush", look_before)
    write_snapshot(con, target)
    assert seen == [(".cape_analyst.duckdb.tmp", [(20,)]), (folder.name, [(21,)])]


@pytest.mark.parametrize("step", ["_copy", "flush"])
def test_a_failure_leaves_the_old_one_and_nothing_beside_it(
    con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    say(con, 21)
    done = getattr(snapshot, step)

    def fail(*given: Any) -> None:
        done(*given)
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(snapshot, step, fail)
        with pytest.raises(OSError, match="no space left"):
            write_snapshot(con, target)
    assert said(target) == [(20,)]
    assert beside(folder) == {"cape_analyst.duckdb"}
    write_snapshot(con, target)
    assert said(target) == [(21,)]


def test_a_copy_row_by_row_that_breaks_in_the_middle_leaves_nothing_and_lets_go_of_its_file(
    con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk:
        def execute(self, statement: str) -> duckdb.DuckDBPyConnection:
            done = con.execute(statement)
            if statement.startswith("copy from database"):
                raise duckdb.IOException("no space left")
            return done

    monkeypatch.setattr(snapshot, "_settled_file", lambda _: None)
    with pytest.raises(duckdb.IOException, match="no space left"):
        write_snapshot(FullDisk(), folder / "cape_analyst.duckdb")
    assert beside(folder) == set()
    attached = con.execute("select database_name from duckdb_databases() where not internal").fetchall()
    assert attached == [("cape",)]


def test_a_copy_of_bytes_that_breaks_leaves_nothing(
    con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "COPY", "print('half', flush=True); raise OSError('full')")
    with pytest.raises(OSError, match=r"could not be copied.*full"):
        write_snapshot(con, folder / "cape_analyst.duckdb")
    assert beside(folder) == set()


def test_the_lock_on_the_warehouse_stands_after_its_bytes_were_copied(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    write_snapshot(con, folder / "cape_analyst.duckdb")
    second = subprocess.run(
        [sys.executable, "-c", "import sys, duckdb; duckdb.connect(sys.argv[1])", str(folder / "cape.duckdb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Conflicting lock" in second.stderr


def test_while_a_transaction_is_open_elsewhere_the_rows_that_are_committed_are_copied(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    other = con.cursor()
    other.execute("begin")
    other.execute("insert into registry.as_of values (date '2026-07-25')")
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    other.execute("rollback")
    assert said(target) == [(20,)]


def test_a_warehouse_without_a_file_is_copied_row_by_row(folder: Path) -> None:
    folder.mkdir()
    with empty_warehouse() as con:
        say(con, 22)
        write_snapshot(con, folder / "cape_analyst.duckdb")
    assert said(folder / "cape_analyst.duckdb") == [(22,)]


def test_a_folder_that_is_not_there_is_an_error(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with pytest.raises((duckdb.Error, OSError)):
        write_snapshot(con, folder / "missing" / "cape_analyst.duckdb")
    assert beside(folder) == set()


def test_what_a_killed_run_left_behind_is_overwritten(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    (folder / ".cape_analyst.duckdb.tmp").write_text("half a file")
    (folder / ".cape_analyst.duckdb.tmp.wal").write_text("half a log")
    write_snapshot(con, folder / "cape_analyst.duckdb")
    assert said(folder / "cape_analyst.duckdb") == [(20,)]
    assert beside(folder) == {"cape_analyst.duckdb"}


def test_the_copy_is_another_file_than_the_one_before(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    target = folder / "cape_analyst.duckdb"
    write_snapshot(con, target)
    before = target.stat().st_ino
    (folder / "kept.duckdb").hardlink_to(target)
    say(con, 21)
    write_snapshot(con, target)
    assert target.stat().st_ino != before
    assert said(folder / "kept.duckdb") == [(20,)]


@pytest.mark.parametrize("name", ['odd " name.duckdb', "analyst_snapshot.duckdb", "it's.duckdb"])
def test_a_warehouse_of_any_name_can_be_copied(tmp_path: Path, name: str) -> None:
    with duckdb.connect(str(tmp_path / name)) as con:
        con.execute("create schema registry")
        con.execute("create table registry.as_of as select date '2026-07-20' as as_of_date")
        write_snapshot(con, tmp_path / "copy.duckdb")
    assert said(tmp_path / "copy.duckdb") == [(20,)]


def test_a_snapshot_is_withdrawn_with_what_a_killed_run_left_of_one(
    con: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    write_snapshot(con, folder / "cape_analyst.duckdb")
    (folder / ".cape_analyst.duckdb.tmp").write_text("half a file")
    withdraw_snapshot(folder / "cape_analyst.duckdb")
    withdraw_snapshot(folder / "cape_analyst.duckdb")
    assert beside(folder) == set()


def test_a_copying_process_that_outlives_its_run_writes_to_no_later_copy(
    con: duckdb.DuckDBPyConnection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was given the open file, so that what is under the name by then is not its own."""
    target = folder / "cape_analyst.duckdb"

    def outlived(command: list[str], **given: Any) -> Any:
        draft = Path(given["stdout"].name)
        draft.unlink()
        draft.write_bytes(b"of a later run")
        done = real(command, **given)
        assert draft.read_bytes() == b"of a later run"
        return done

    real = subprocess.run
    monkeypatch.setattr(snapshot.subprocess, "run", outlived)
    write_snapshot(con, target)
    assert target.read_bytes() == b"of a later run"
