"""The tags of a run: who asked for it, and which day, rules, code and files it used, whoever asked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from cape_pipeline.automation import everything, history, load, position
from cape_pipeline.resources import Warehouse
from cape_pipeline.run_tags import AS_OF, CODE_VERSION, EXPORTS, REGISTRY_VERSION, TRIGGER, tags_after, tags_before
from cape_pipeline.settings import Settings
from tests.support.tables import empty_tables, put


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        yield con


@pytest.mark.parametrize(
    ("tags", "trigger"),
    [
        ({TRIGGER: "cli"}, "cli"),
        ({"dagster/schedule_name": "daily"}, "schedule"),
        ({"dagster/sensor_name": "landing"}, "sensor"),
        ({"dagster/backfill": "abcdefgh"}, "ui"),
        ({}, "ui"),
    ],
)
def test_a_run_says_who_asked_for_it(tags: dict[str, str], trigger: str) -> None:
    assert tags_before(Settings(), tags)[TRIGGER] == trigger


def test_a_run_names_the_folder_of_the_exports_without_where_it_lies_and_the_code(tmp_path: Path) -> None:
    told = tags_before(replace(Settings(), exports=tmp_path / "july"), {})
    assert told[EXPORTS] == "july"
    assert re.fullmatch(r".+\+[0-9a-f]{16}", told[CODE_VERSION])


def test_the_day_and_the_rules_are_those_the_warehouse_holds_at_the_end(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("delete from registry.as_of")
    assert AS_OF not in tags_after(con)
    put(con, "registry.as_of", as_of_date=date(2026, 7, 20))
    before = tags_after(con)
    assert before[AS_OF] == "2026-07-20"
    con.execute("delete from warehouse.builds where table_id = 'registry.ieepa_headings'")
    con.execute("insert into warehouse.builds values ('registry.ieepa_headings', 'all', 'input', 1, 'other rules')")
    assert tags_after(con)[REGISTRY_VERSION] != before[REGISTRY_VERSION]


def test_a_warehouse_that_cannot_be_asked_any_more_leaves_the_run_without_them() -> None:
    closed = duckdb.connect()
    closed.close()
    assert tags_after(closed) == {}


def test_a_run_whose_step_fails_is_tagged_all_the_same(tmp_path: Path) -> None:
    @dg.asset
    def failing(warehouse: Warehouse) -> None:
        warehouse.connection.execute("insert into registry.as_of values (date '2026-07-20')")
        raise ValueError

    settings = Settings(warehouse=tmp_path / "w" / "cape.duckdb", exports=tmp_path / "july")
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [failing], instance=instance, resources={"warehouse": Warehouse.of(settings)}, raise_on_error=False
        )
        run = instance.get_run_by_id(result.run_id)
    assert run is not None
    told = {AS_OF: "2026-07-20", EXPORTS: "july", TRIGGER: "ui"}
    assert not result.success
    assert told.items() <= run.tags.items()
    assert {CODE_VERSION, REGISTRY_VERSION} <= set(run.tags)


def test_a_run_of_every_job_may_be_asked_for_again_as_a_whole_and_at_most_twice() -> None:
    for job in (load, position, everything, history):
        assert job.tags == {"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"}
