"""A warehouse of an earlier release goes on under this one, to the tables of a new warehouse from the same exports.

What only the old one can know is kept: which file came first, what somebody vouched for, and the books that it closed.

Belongs here: whole warehouses that earlier code made (`tests/upgrade`). Does not belong here: what becomes of one table
whose contract changed (`tests/unit/warehouse/test_tables.py`).
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.assets.load import load_folder
from cape_pipeline.cli import app
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.builds import read_builds
from tests.support.pipeline import empty_warehouse, run_on
from tests.upgrade.kept import CLOSED, CLOSES, EXPORTS, FIRST, FIRST_DAY, LAST_DAY, TOLD, WAREHOUSE, kept, unpack

#: What a person entered or a run noted, and no later run could find again.
ONLY_THERE = ("ace.attestations", "ace.loads", "ace.closes")

#: Columns that the release which loaded a file did not look for it cannot have missed; its word of that day stands.
OF_ITS_TIME = {"ace.loads": "columns_missing"}


@pytest.fixture(scope="module", params=kept(), ids=lambda path: path.name.partition(".")[0])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exports, the warehouse and the closes as the earlier code left them."""
    folder = tmp_path_factory.mktemp("upgrade")
    unpack(request.param, folder)
    return folder


@pytest.fixture(scope="module")
def upgraded(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """That warehouse, after this code's run on it, on the same day and from the same exports."""
    warehouse = shutil.copy(place / WAREHOUSE, place / "upgraded.duckdb")
    with closing(connect(Settings(warehouse=Path(warehouse)))) as con:
        run_on(con, place / EXPORTS, date.fromisoformat(LAST_DAY), closes=place / CLOSES)
        yield con


@pytest.fixture(scope="module")
def fresh(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new warehouse that saw the same exports on the same two days."""
    first = place / "first"
    first.mkdir()
    for name in (*FIRST, "attestations.csv"):
        shutil.copy(place / EXPORTS / name, first / name)
    with closing(empty_warehouse()) as con:
        load_folder(con, first, archive=place / "archive")  # which is kept by a run and not by the steps of one
        run_on(con, first, date.fromisoformat(FIRST_DAY))
        load_folder(con, place / EXPORTS, archive=place / "archive")
        run_on(con, place / EXPORTS, date.fromisoformat(LAST_DAY), closes=place / CLOSES)
        yield con


def rows_of(con: duckdb.DuckDBPyConnection, table_id: str) -> list[tuple[object, ...]]:
    compared = [field.name for field in CONTRACTS[table_id].fields if not field.volatile]
    columns = ", ".join(name for name in compared if OF_ITS_TIME.get(table_id) != name)
    return con.execute(f"select {columns} from {table_id} order by all").fetchall()


def test_a_warehouse_of_an_earlier_release_is_kept() -> None:
    assert kept()
    assert all(path.stat().st_size < 1_000_000 for path in kept())


def test_every_table_is_that_of_a_new_warehouse(
    upgraded: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection
) -> None:
    assert [table_id for table_id in CONTRACTS if rows_of(upgraded, table_id) != rows_of(fresh, table_id)] == []


def test_a_load_misses_no_fewer_columns_today_than_on_its_day(
    upgraded: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection
) -> None:
    asked = "select load_id, columns_missing from ace.loads"
    then, now = (dict(con.execute(asked).fetchall()) for con in (upgraded, fresh))
    assert then.keys() == now.keys()
    assert all(set(then[load_id] or ()) <= set(now[load_id] or ()) for load_id in then)


def test_every_table_and_column_has_its_form_and_its_words(
    upgraded: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection
) -> None:
    asked = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
        " where database_name = current_database() and schema_name <> 'main' order by all"
    )
    found, wanted = (con.execute(asked).fetchall() for con in (upgraded, fresh))
    assert len(wanted) > 1000
    assert found == wanted


def test_what_stands_is_recorded_as_in_a_new_warehouse(
    upgraded: duckdb.DuckDBPyConnection, fresh: duckdb.DuckDBPyConnection
) -> None:
    found, wanted = (
        {key: build.content_hash for key, build in read_builds(con).items() if key[0] not in OF_ITS_TIME}
        for con in (upgraded, fresh)
    )
    assert found == wanted


def test_what_only_the_old_warehouse_knew_is_kept(place: Path, upgraded: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect(str(place / WAREHOUSE), read_only=True) as before:
        held = {
            name
            for (name,) in before.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
        }
        for table_id in ONLY_THERE:
            if table_id not in held:  # it was not there yet
                continue
            names = [name for name, *_ in before.execute(f"describe {table_id}").fetchall()]
            same = ", ".join(field.name for field in CONTRACTS[table_id].fields if field.name in names)
            asked = f"select {same} from {table_id} order by all"
            assert upgraded.execute(asked).fetchall() == before.execute(asked).fetchall()
            assert before.execute(asked).fetchall() or table_id == "ace.closes"


def test_the_books_that_the_earlier_release_closed_open_this_one_s(
    place: Path, upgraded: duckdb.DuckDBPyConnection
) -> None:
    steps = json.loads((place / TOLD).read_text(encoding="utf-8"))["steps"]
    closed = any(step.startswith("cape close") for step in steps)
    found = upgraded.execute("select period_end from ace.closes").fetchall()
    assert found == ([(date.fromisoformat(CLOSED),)] if closed else [])


def test_a_warehouse_of_a_newer_release_is_refused_in_one_sentence_and_left_as_it_is(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Path(shutil.copy(place / WAREHOUSE, tmp_path / "cape.duckdb"))
    monkeypatch.setattr("cape_pipeline.resources.package_version", lambda: "9.1.0")
    connect(Settings(warehouse=warehouse)).close()
    before = warehouse.read_bytes()
    monkeypatch.setattr("cape_pipeline.resources.package_version", lambda: "9.0.7")
    ran = CliRunner().invoke(
        app, ["run", "--exports", str(place / EXPORTS), "--warehouse", str(warehouse), "--out", str(tmp_path / "out")]
    )
    told = " ".join(ran.output.split())
    assert ran.exit_code == 2, told
    assert "release 9.1.0 of this product has written this warehouse, and this is release 9.0.7" in told
    assert "Traceback" not in told
    assert warehouse.read_bytes() == before
