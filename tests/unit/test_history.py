"""What a run records is what Dagster's own storage would have recorded, readable at once and after whatever happens."""

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from cape_pipeline.history import recording
from cape_pipeline.run import end_killed_runs
from cape_pipeline.run_tags import TRIGGER

MONTHS = dg.StaticPartitionsDefinition(["2025-03", "2025-04", "2025-05"])
RANGE = {"dagster/asset_partition_range_start": "2025-03", "dagster/asset_partition_range_end": "2025-04"}
Look = Callable[[], None]


def job_that(look: Look) -> dg.JobDefinition:
    """A job of two assets, the second by month and with a check; `look` is called in the middle of the second."""

    @dg.asset
    def received() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"rows": 7})

    @dg.asset(
        deps=[received],
        partitions_def=MONTHS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[dg.AssetCheckSpec("contract", asset="lines")],
    )
    def lines() -> dg.MaterializeResult:
        look()
        told = dg.AssetCheckResult(check_name="contract", passed=True, metadata={"offending rows": 0})
        return dg.MaterializeResult(metadata={"rows": 5}, check_results=[told])

    return dg.Definitions(
        assets=[received, lines],
        jobs=[dg.define_asset_job("both", selection="*")],
        executor=dg.in_process_executor,
    ).resolve_job_def("both")


def run_in(instance: dg.DagsterInstance, look: Look = lambda: None) -> dg.ExecuteInProcessResult:
    return job_that(look).execute_in_process(instance=instance, tags=RANGE, raise_on_error=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    (made / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    return made


@pytest.fixture
def writer(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        yield instance


def as_the_ui_opens(home: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.from_config(str(home))


def types_of(instance: dg.DagsterInstance, run_id: str) -> list[dg.DagsterEventType]:
    return [entry.dagster_event.event_type for entry in instance.all_logs(run_id) if entry.dagster_event]


def rows_in(home: Path, file: Path, query: str) -> Counter[Any]:
    with sqlite3.connect(home / file) as con:
        return Counter(con.execute(query).fetchall())


def recorded(home: Path, run_id: str) -> dict[str, Counter[Any]]:
    """All that the files of an instance say of a run, apart from clocks, ids and the texts of events."""
    events = "select dagster_event_type, step_key, asset_key, partition from event_logs"
    index, shard = Path("history/runs/index.db"), Path(f"history/runs/{run_id}.db")
    checks = "asset_key, check_name, partition, execution_status, materialization_event_storage_id is null"
    return {
        "run": rows_in(home, shard, events),
        "index": rows_in(home, index, events),
        "assets": rows_in(home, index, "select asset_key, last_materialization is null, tags from asset_keys"),
        "tags": rows_in(home, index, "select asset_key, key from asset_event_tags"),
        "checks": rows_in(home, index, f"select {checks} from asset_check_executions"),
        "runs": rows_in(home, Path("history/runs.db"), "select pipeline_name, status from runs"),
    }


def test_the_files_say_what_dagsters_own_storage_would_have_said(home: Path, tmp_path: Path) -> None:
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        ours = run_in(instance).run_id
    own = tmp_path / "own"
    own.mkdir()
    with as_the_ui_opens(own) as instance:
        theirs = run_in(instance).run_id
    told = recorded(home, ours)
    assert told["index"].total() == 10
    assert told == recorded(own, theirs)


def test_a_finished_run_is_shown_with_its_materialisations_and_checks(home: Path) -> None:
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        result = run_in(instance)
    with as_the_ui_opens(home) as ui:
        run = ui.get_run_by_id(result.run_id)
        assert run
        assert run.status is dg.DagsterRunStatus.SUCCESS
        assert types_of(ui, result.run_id)[-1] == dg.DagsterEventType.RUN_SUCCESS
        (shown,) = ui.fetch_materializations(dg.AssetKey("received"), limit=5).records
        assert shown.asset_materialization
        assert shown.asset_materialization.metadata["rows"].value == 7
        assert ui.get_materialized_partitions(dg.AssetKey("lines")) == {"2025-03", "2025-04"}
        key = dg.AssetCheckKey(dg.AssetKey("lines"), "contract")
        (check,) = ui.event_log_storage.get_asset_check_execution_history(key, limit=5)
        assert check.status.value == "SUCCEEDED"


def test_the_ui_reads_and_writes_while_a_run_writes(home: Path, writer: dg.DagsterInstance) -> None:
    seen: list[object] = []

    def look() -> None:
        with as_the_ui_opens(home) as ui:
            (run,) = ui.get_runs()
            seen.extend([run.status, types_of(ui, run.run_id).count(dg.DagsterEventType.STEP_SUCCESS)])
            seen.append(len(ui.fetch_materializations(dg.AssetKey("received"), limit=5).records))
            ui.add_run_tags(run.run_id, {"looked": "at"})

    result = run_in(writer, look)
    assert result.success
    assert seen == [dg.DagsterRunStatus.STARTED, 1, 1]
    with as_the_ui_opens(home) as ui:
        assert ui.get_runs()[0].tags["looked"] == "at"


def test_a_step_that_fails_is_shown_failed_with_its_error(home: Path, writer: dg.DagsterInstance) -> None:
    def look() -> None:
        raise dg.Failure("the table was not written")

    result = run_in(writer, look)
    with as_the_ui_opens(home) as ui:
        (run,) = ui.get_runs()
        assert run.status is dg.DagsterRunStatus.FAILURE
        (failed,) = ui.all_logs(result.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        assert failed.dagster_event
        assert "the table was not written" in str(failed.dagster_event.step_failure_data)


KILLED = """
import os, signal, sys
from pathlib import Path
import dagster as dg
from cape_pipeline.history import recording
from cape_pipeline.run import end_killed_runs
from cape_pipeline.run_tags import TRIGGER
from tests.unit.test_history import run_in
with dg.DagsterInstance.from_ref(recording(Path(sys.argv[1]))) as instance:
    run_in(instance, lambda: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_run_that_is_killed_is_shown_as_far_as_it_came_and_the_next_one_runs(home: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(home)], check=False, cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    with as_the_ui_opens(home) as ui:
        (run,) = ui.get_runs()
        assert run.status is dg.DagsterRunStatus.STARTED
        types = types_of(ui, run.run_id)
        assert types.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 1
        assert types[-1] == dg.DagsterEventType.STEP_START
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        assert run_in(instance).success
    with as_the_ui_opens(home) as ui:
        assert [run.status for run in ui.get_runs()] == [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.STARTED]
    for file in (home / "history").rglob("*.db"):
        with sqlite3.connect(file) as con:
            assert con.execute("pragma integrity_check").fetchall() == [("ok",)], file


def test_nothing_stays_open_and_nothing_unwritten_after_a_run(home: Path) -> None:
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        run_in(instance)
    assert sorted((home / "history").rglob("*.db-wal")) == []
    assert not [link for link in Path("/proc/self/fd").iterdir() if str(home) in str(link.resolve())]


def test_one_file_is_opened_once_for_all_events_of_a_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Counter[str] = Counter()
    connect = sqlite3.dbapi2.connect

    def count(file: str, *arguments: Any, **more: Any) -> sqlite3.Connection:
        opened[Path(file).name] += 1
        return connect(file, *arguments, **more)

    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        monkeypatch.setattr(sqlite3.dbapi2, "connect", count)
        result = run_in(instance)
    assert set(opened) <= {"index.db", "runs.db", f"{result.run_id}.db"}
    assert max(opened.values()) <= 2, opened


def test_a_storage_that_the_instance_names_itself_is_left_to_it(home: Path) -> None:
    (home / "dagster.yaml").write_text(
        "compute_logs: {module: a.b, class: Ours}\nstorage: {postgres: {postgres_url: x}}\n"
    )
    told = recording(home)
    assert told.storage_data
    assert (told.storage_data.class_name, told.compute_logs_data.class_name) == ("DagsterPostgresStorage", "Ours")


def test_a_run_of_the_command_line_that_was_killed_is_told_as_failed_by_the_next_one_so_that_no_queue_waits_for_it(
    home: Path,
) -> None:
    with dg.DagsterInstance.from_ref(recording(home)) as instance:
        job = job_that(lambda: None)
        killed, from_the_ui = (instance.create_run_for_job(job, tags=tags) for tags in ({TRIGGER: "cli"}, {}))
        for run in (killed, from_the_ui):
            instance.report_dagster_event(started(run), run.run_id)
        finished = job.execute_in_process(instance=instance, tags={**RANGE, TRIGGER: "cli"})
        end_killed_runs(instance)
        statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses[killed.run_id] is dg.DagsterRunStatus.FAILURE
    assert statuses[from_the_ui.run_id] is dg.DagsterRunStatus.STARTED
    assert statuses[finished.run_id] is dg.DagsterRunStatus.SUCCESS


def started(run: dg.DagsterRun) -> dg.DagsterEvent:
    return dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name)
