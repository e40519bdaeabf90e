"""Where the tables stand is a setting; what it may hold, and that a password is not kept in it, is said here."""

from pathlib import Path

import dagster as dg
import pytest

from cape_pipeline.resources import TURN_TAG, Warehouse, group_of, lake_of, writing
from cape_pipeline.settings import DUCKLAKE, EMBEDDED, Settings, UnusableSetting
from cape_pipeline.warehouse.connection import WarehouseUnusable
from cape_pipeline.warehouse.ducklake import Lake

CATALOG = "postgresql://cape@db.example:5432/lake"


def test_the_tables_stand_in_one_file_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.from_environment().storage == EMBEDDED
    monkeypatch.setenv("CAPE_STORAGE", " DuckLake ")
    assert Settings.from_environment().storage == DUCKLAKE


@pytest.mark.parametrize(
    ("name", "text", "advice"),
    [
        ("CAPE_STORAGE", "cloud", "write one of embedded, ducklake"),
        ("CAPE_CATALOG", "lake", "write postgresql://user@host:port/database, without the password"),
        ("CAPE_CATALOG", "mysql://cape@db.example/lake", "write postgresql://user@host:port/database"),
        ("CAPE_CATALOG", "postgresql://cape@db.example", "write postgresql://user@host:port/database"),
        ("CAPE_KEEP_SNAPSHOTS_DAYS", "0", "write a whole number of days from 1"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_what_it_may_be(
    name: str, text: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(UnusableSetting, match=f"{name}.*: {advice}"):
        Settings.from_environment()


@pytest.mark.parametrize(
    "text", ["postgresql://cape:s3cr3t@db.example/lake", "postgresql://db.example/lake?user=cape&password=s3cr3t"]
)
def test_a_password_in_the_address_is_refused_and_said_nowhere(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_CATALOG", text)
    with pytest.raises(UnusableSetting, match=r"belongs into PGPASSWORD or ~/\.pgpass") as refused:
        Settings.from_environment()
    assert "s3cr3t" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_folder_of_data_is_the_same_wherever_a_worker_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAPE_DATA_PATH", "lake/data")
    assert Settings.from_environment().data_path == str(tmp_path / "lake" / "data")
    monkeypatch.setenv("CAPE_DATA_PATH", "s3://bucket/lake")
    assert Settings.from_environment().data_path == "s3://bucket/lake"


def test_settings_of_a_lake_pass_through_the_environment_and_through_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        storage=DUCKLAKE,
        catalog=CATALOG,
        data_path="s3://bucket/lake",
        s3_endpoint="https://s3.example",
        s3_region="eu-central-1",
        keep_snapshots_days=3,
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert lake_of(Settings.from_environment()) == lake_of(Warehouse.of(settings).settings) == lake_of(settings)
    assert lake_of(settings) == Lake(CATALOG, "s3://bucket/lake", "https://s3.example", "eu-central-1")
    assert Warehouse.of(settings).settings.storage == DUCKLAKE
    assert Settings.from_environment().keep_snapshots_days == 3


@pytest.mark.parametrize("settings", [Settings(storage=DUCKLAKE, catalog=CATALOG), Settings(storage=DUCKLAKE)])
def test_a_lake_without_an_address_is_told_what_it_needs(settings: Settings) -> None:
    with (
        pytest.raises(WarehouseUnusable, match=r"a DuckLake needs CAPE_CATALOG=.* and CAPE_DATA_PATH="),
        writing(settings),
    ):
        pytest.fail("it was opened")


def test_a_scratch_copy_is_a_file_wherever_the_tables_stand(tmp_path: Path) -> None:
    scratch = Settings(storage=DUCKLAKE, catalog=CATALOG, memory_limit="3GB").embedded_in(tmp_path / "scratch.duckdb")
    assert (scratch.storage, scratch.warehouse, scratch.memory_limit) == (EMBEDDED, tmp_path / "scratch.duckdb", "3GB")


def test_runs_of_months_write_beside_each_other_and_every_other_run_alone() -> None:
    one, other = (dg.DagsterRun(job_name="months", run_id=run_id) for run_id in ("1", "2"))
    assert group_of(one) == group_of(other)
    load, position = (dg.DagsterRun(job_name=name, run_id=name) for name in ("load", "position"))
    assert len({group_of(one), group_of(load), group_of(position)}) == 3


def test_runs_of_one_command_are_one_group() -> None:
    names = ("load", "months", "position")
    runs = [dg.DagsterRun(job_name=name, run_id=name, tags={TURN_TAG: "cape run 1"}) for name in names]
    assert {group_of(run) for run in runs} == {"cape run 1"}
