"""Views that are held while files are written: nothing of the files depends on it, and nothing of it is left."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.outputs import HELD, write_files
from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.held import CATALOG, held_views


@pytest.fixture
def con(finished_run: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = tmp_path / "w" / "cape.duckdb"
    warehouse.parent.mkdir()
    shutil.copyfile(finished_run / "w" / "cape.duckdb", warehouse)
    con = connect(Settings(warehouse=warehouse))
    yield con
    con.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_held_are_views_that_are_written_or_shown() -> None:
    assert {CONTRACTS[view].source for view in HELD} == {"view"}


@pytest.mark.parametrize("is_large", [False, True], ids=["in memory", "in a file"])
def test_the_files_have_the_same_bytes_whether_views_are_held_or_not(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, *, is_large: bool
) -> None:
    write_files(con, tmp_path / "plain", "crlf")
    with held_views(con, HELD, CONTRACTS, is_large=is_large):
        write_files(con, tmp_path / "held", "crlf")
    assert contents(tmp_path / "held") == contents(tmp_path / "plain")


@pytest.mark.parametrize("is_large", [False, True], ids=["in memory", "in a file"])
def test_what_is_held_is_a_table_of_the_same_rows_and_nothing_of_it_stays(
    con: duckdb.DuckDBPyConnection, *, is_large: bool
) -> None:
    before = {view: con.execute(f"from {view} order by all").fetchall() for view in HELD}
    with held_views(con, HELD, CONTRACTS, is_large=is_large):
        select = "select schema_name || '.' || table_name from duckdb_tables() where database_name = ?"
        assert {name for (name,) in con.execute(select, [CATALOG]).fetchall()} == set(HELD)
        assert {view: con.execute(f"from {view} order by all").fetchall() for view in HELD} == before
    assert con.execute("select database_name from duckdb_databases() where not internal").fetchall() == [("cape",)]
    assert con.execute(f"select count(*) from {HELD[0]}").fetchone() == (len(before[HELD[0]]),)


def test_after_an_error_the_names_mean_the_warehouse_again(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ZeroDivisionError), held_views(con, HELD, CONTRACTS):
        raise ZeroDivisionError
    assert con.execute("select current_database()").fetchone() == ("cape",)
