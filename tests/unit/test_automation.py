"""The sensors of the exports folder: what is complete is loaded, what still grows waits, and what follows is asked for.

Belongs here: when a run is asked for, and with which tags. Does not belong here: what the run does.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from cape_pipeline.assets.load import MONTHS_IN_PLAY, MONTHS_TOUCHED
from cape_pipeline.assets.shown import UNCHANGED
from cape_pipeline.automation import REQUESTED_BY, landed, landing, load, position, range_tags, touched_by
from cape_pipeline.definitions import defs

Tick = Callable[[], dg.SensorResult]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    exports = tmp_path / "exports"
    exports.mkdir()
    monkeypatch.setenv("CAPE_EXPORTS", str(exports))
    return exports


@pytest.fixture
def tick(folder: Path, instance: dg.DagsterInstance) -> Tick:  # noqa: ARG001 (the folder of the settings)
    """One look of the sensor after the other, each with the cursor the one before has left."""
    cursors: list[str | None] = [None]

    def look() -> dg.SensorResult:
        with dg.build_sensor_context(instance=instance, cursor=cursors[-1]) as context:
            result = landing(context)
        assert isinstance(result, dg.SensorResult)
        cursors.append(result.cursor)
        return result

    return look


def reason(result: dg.SensorResult) -> str:
    assert not result.run_requests
    assert result.skip_reason
    return str(result.skip_reason.skip_message)


def key(result: dg.SensorResult) -> str:
    (request,) = result.run_requests or ()
    assert request.tags == {REQUESTED_BY: "landing"}
    return str(request.run_key)


# ---- landing ------------------------------------------------------------------------------------------------------


def test_both_sensors_are_off_until_switched_on_and_ask_for_the_jobs_of_their_turn() -> None:
    assert [sensor.name for sensor in defs.sensors or ()] == ["landing", "landed"]
    assert landing.default_status is dg.DefaultSensorStatus.STOPPED
    assert landed.default_status is dg.DefaultSensorStatus.STOPPED
    assert [job.name for job in landing.jobs] == [load.name]
    assert [job.name for job in landed.jobs] == [position.name]


def test_a_file_is_loaded_once_it_has_not_changed_for_two_looks(folder: Path, tick: Tick) -> None:
    (folder / "ES-003.csv").write_text("Entry")
    assert "ES-003.csv" in reason(tick())
    assert key(tick())


def test_a_file_still_being_written_holds_back_the_run_and_is_named(folder: Path, tick: Tick) -> None:
    (folder / "done.csv").write_text("all of it")
    tick()
    for rows in range(3):
        (folder / "growing.csv").write_text("row\n" * rows)
        told = reason(tick())
        assert "growing.csv" in told
        assert "done.csv" not in told
    assert key(tick())


def test_a_file_written_again_with_the_same_size_is_a_changed_file(folder: Path, tick: Tick) -> None:
    file = folder / "a.csv"
    file.write_text("1")
    tick()
    first = key(tick())
    os.utime(file, ns=(1, 1))
    assert "a.csv" in reason(tick())
    assert key(tick()) != first


def test_the_same_files_have_the_same_key_so_that_they_are_loaded_once(folder: Path, tick: Tick) -> None:
    (folder / "a.csv").write_text("1")
    tick()
    assert len({key(tick()) for _ in range(3)}) == 1


def test_a_file_that_is_gone_is_named_and_what_is_left_is_asked_for_afterwards(folder: Path, tick: Tick) -> None:
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("1")
    tick()
    both = key(tick())
    (folder / "b.csv").unlink()
    assert "b.csv" in reason(tick())
    assert key(tick()) != both


def test_more_than_three_changed_files_are_counted(folder: Path, tick: Tick) -> None:
    for number in range(5):
        (folder / f"{number}.csv").write_text("1")
    assert reason(tick()).startswith("0.csv, 1.csv, 2.csv and 2 more: ")


def test_a_file_that_vanishes_while_the_folder_is_listed_is_no_error(
    folder: Path, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").write_text("1")
    gone = folder / "gone.csv"
    monkeypatch.setattr("cape_pipeline.automation.find_exports", lambda _: [folder / "a.csv", gone])
    assert "gone.csv" not in reason(tick())
    assert key(tick())


def test_an_empty_or_a_missing_folder_is_said_in_a_sentence_and_all_files_are_looked_at_twice_afterwards(
    folder: Path, tick: Tick
) -> None:
    assert reason(tick()) == f"{folder} holds no file that may be an export"
    (folder / "notes.docx").write_text("no export")
    assert reason(tick()) == f"{folder} holds no file that may be an export"
    (folder / "a.csv").write_text("1")
    tick()
    aside = folder.rename(folder.with_name("aside"))
    assert "no such folder" in reason(tick())
    aside.rename(folder)
    assert "a.csv" in reason(tick())
    assert key(tick())


def test_a_folder_that_may_not_be_listed_is_said_in_a_sentence(tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("cape_pipeline.automation.find_exports", refuse)
    assert "Permission denied" in reason(tick())


def test_files_in_folders_of_the_exports_folder_count_and_no_file_is_opened(
    folder: Path, tick: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "june").mkdir()
    (folder / "june" / "a.csv").write_text("1")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the sensor opened a file")

    monkeypatch.setattr(Path, "open", refuse)
    assert "june/a.csv" in reason(tick())
    assert key(tick())


def test_the_files_of_a_shared_drive_keep_their_key_in_another_place(
    folder: Path, tick: Tick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").write_text("1")
    tick()
    before = key(tick())
    shutil.copytree(folder, tmp_path / "elsewhere")
    monkeypatch.setenv("CAPE_EXPORTS", str(tmp_path / "elsewhere"))
    assert key(tick()) == before


# ---- landed -------------------------------------------------------------------------------------------------------

TOLD = {MONTHS_TOUCHED: ["2025-11", "2025-09"], MONTHS_IN_PLAY: ["2025-03", "2025-09", "2025-11", "2026-02"]}


def loaded(
    instance: dg.DagsterInstance, told: dict[str, list[str]], tags: dict[str, str], rules: str = UNCHANGED
) -> dg.ExecuteInProcessResult:
    """A run of a job called `load` that says of itself what is given."""

    @dg.asset(key=["ace", "loads"])
    def loads() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={name: dg.MetadataValue.json(months) for name, months in told.items()})

    @dg.asset(key=["registry", "interest_rates"])
    def rates() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"built": rules})

    @dg.asset(key=["registry", "as_of"])
    def as_of() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"as of": "2026-07-20"})

    jobs = [dg.define_asset_job("load", selection=dg.AssetSelection.all())]
    job = dg.Definitions(assets=[loads, rates, as_of], jobs=jobs).resolve_job_def("load")
    result = job.execute_in_process(instance=instance, tags=tags)
    assert result.success
    return result


def follow(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_run_status_sensor_context(
        sensor_name=landed.name,
        dagster_event=result.get_run_success_event(),
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    )
    asked = landed(context)
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked


def test_after_a_load_of_what_landed_the_position_is_asked_for_from_the_first_month_to_the_last(
    instance: dg.DagsterInstance,
) -> None:
    result = loaded(instance, TOLD, {REQUESTED_BY: "landing"})
    asked = follow(instance, result)
    assert isinstance(asked, dg.RunRequest)
    assert asked.run_key == result.run_id
    assert asked.tags.items() >= range_tags("2025-09", "2025-11").items()
    assert asked.run_config == {}  # the stored valuation day stays


def test_what_has_no_date_comes_before_every_month(instance: dg.DagsterInstance) -> None:
    asked = follow(instance, loaded(instance, {MONTHS_TOUCHED: ["2025-09", "undated"]}, {REQUESTED_BY: "landing"}))
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags.items() >= range_tags("undated", "2025-09").items()


def test_a_rule_changed_by_the_same_load_concerns_every_month_in_play(instance: dg.DagsterInstance) -> None:
    asked = follow(instance, loaded(instance, TOLD, {REQUESTED_BY: "landing"}, rules="all"))
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags.items() >= range_tags("2025-03", "2026-02").items()


def test_a_load_asked_for_by_somebody_else_is_left_to_him(instance: dg.DagsterInstance) -> None:
    for tags in ({}, {REQUESTED_BY: "somebody"}):
        asked = follow(instance, loaded(instance, TOLD, tags))
        assert isinstance(asked, dg.SkipReason)
        assert "not asked for by what landed" in str(asked.skip_message)


@pytest.mark.parametrize("told", [{}, {MONTHS_TOUCHED: [], MONTHS_IN_PLAY: ["2025-03"]}])
def test_a_load_that_touched_nothing_is_followed_by_nothing(
    instance: dg.DagsterInstance, told: dict[str, list[str]]
) -> None:
    asked = follow(instance, loaded(instance, told, {REQUESTED_BY: "landing"}))
    assert isinstance(asked, dg.SkipReason)
    assert "touched no month" in str(asked.skip_message)


def test_the_months_are_those_of_the_run_itself_and_of_no_other(instance: dg.DagsterInstance) -> None:
    first = loaded(instance, {MONTHS_TOUCHED: ["2025-03"]}, {})
    second = loaded(instance, {MONTHS_TOUCHED: ["2025-04"]}, {})
    assert touched_by(instance, first.run_id) == ("2025-03",)
    assert touched_by(instance, second.run_id) == ("2025-04",)


def test_the_cursor_is_the_listing_itself(folder: Path, tick: Tick) -> None:
    (folder / "a.csv").write_text("123")
    told = json.loads(tick().cursor or "")
    assert told == {"a.csv": [3, (folder / "a.csv").stat().st_mtime_ns]}
