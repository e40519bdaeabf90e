"""What follows what on a cluster: a load, its months in runs of their own, and a position when all of them are built.

Belongs here: what is asked for, when, and with which tags. Does not belong here: what runs (`test_cluster.py`).
"""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
import pytest

from cape_pipeline.assets.load import MONTHS_IN_PLAY, MONTHS_TOUCHED
from cape_pipeline.automation import REQUESTED_BY, everything, load, on_one_machine, range_tags
from cape_pipeline.cluster.broker import ClusterUnusable, celery_settings, check_cluster, executor_config
from cape_pipeline.cluster.chain import LOAD_RUN, MONTHS_RUNS, chain_of, months_after, position_after
from cape_pipeline.cluster.executor import executor_of
from cape_pipeline.resources import MONTHS_JOB
from cape_pipeline.settings import CELERY, KUBERNETES, Settings, UnusableSetting

CLUSTER = replace(
    Settings(),
    executor=CELERY,
    broker="redis://:hidden@broker/0",
    backend="redis://:hidden@broker/1",
    dagster_database="postgresql://cape@catalog/dagster",
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def finished_run(
    instance: dg.DagsterInstance, job_name: str, tags: dict[str, str], metadata: dict[str, list[str]] | None = None
) -> dg.DagsterRun:
    """A run as the history shows it; where metadata is given, it materialised the loads with it."""

    @dg.op
    def told(context: dg.OpExecutionContext) -> None:
        if metadata is not None:
            shown = {name: dg.MetadataValue.json(months) for name, months in metadata.items()}
            context.log_event(dg.AssetMaterialization(dg.AssetKey(["ace", "loads"]), metadata=shown))

    @dg.job(name=job_name)
    def job() -> None:
        told()

    result = job.execute_in_process(instance=instance, tags=tags)
    run = instance.get_run_by_id(result.run_id)
    assert run
    return run


def requests(asked: list[dg.RunRequest] | dg.SkipReason) -> list[dg.RunRequest]:
    assert isinstance(asked, list), asked
    return asked


def reason(asked: object) -> str:
    assert isinstance(asked, dg.SkipReason)
    return str(asked.skip_message)


TOLD = {MONTHS_TOUCHED: ["2026-02"], MONTHS_IN_PLAY: ["undated", "2026-01", "2026-02"]}


# ---- months -------------------------------------------------------------------------------------------------------


def test_after_a_load_that_files_asked_for_the_months_it_touched_are_asked_for(instance: dg.DagsterInstance) -> None:
    run = finished_run(instance, "load", {REQUESTED_BY: "landing"}, TOLD)
    (request,) = requests(months_after(run, instance, 1))
    assert range_tags("2026-02", "2026-02").items() <= request.tags.items()
    assert (request.tags[LOAD_RUN], request.tags[MONTHS_RUNS]) == (run.run_id, "1")


def test_after_a_load_of_a_new_day_all_months_in_play_are_asked_for(instance: dg.DagsterInstance) -> None:
    run = finished_run(instance, "load", {REQUESTED_BY: "daily"}, TOLD)
    asked = requests(months_after(run, instance, 2))
    assert len({request.run_key for request in asked}) == 2
    wanted = [range_tags("undated", "undated"), range_tags("2026-01", "2026-02")]
    assert all(tags.items() <= request.tags.items() for tags, request in zip(wanted, asked, strict=True))


def test_after_a_load_of_cape_run_nothing_is_asked_for_because_it_goes_on_by_itself(
    instance: dg.DagsterInstance,
) -> None:
    assert "asks for what follows it too" in reason(months_after(finished_run(instance, "load", {}, TOLD), instance, 1))


def test_after_a_load_that_touched_no_month_nothing_is_asked_for(instance: dg.DagsterInstance) -> None:
    told = {MONTHS_TOUCHED: [], MONTHS_IN_PLAY: ["2026-01"]}
    run = finished_run(instance, "load", {REQUESTED_BY: "landing"}, told)
    assert "touched no month" in reason(months_after(run, instance, 1))


# ---- position -----------------------------------------------------------------------------------------------------


def test_the_position_waits_for_the_last_of_the_months_and_covers_them_all(instance: dg.DagsterInstance) -> None:
    shared = {LOAD_RUN: "of the load", MONTHS_RUNS: "2"}
    first = finished_run(instance, MONTHS_JOB, {**range_tags("2026-02", "2026-02"), **shared})
    assert "1 of 2" in reason(position_after(first, instance))
    finished_run(instance, MONTHS_JOB, {**range_tags("2026-02", "2026-02"), **shared})  # asked for again
    assert "1 of 2" in reason(position_after(first, instance))
    last = finished_run(instance, MONTHS_JOB, {**range_tags("undated", "undated"), **shared})
    request = position_after(last, instance)
    assert isinstance(request, dg.RunRequest)
    assert range_tags("undated", "2026-02").items() <= request.tags.items()
    assert request.run_key == "of the load"


def test_months_that_somebody_asked_for_by_hand_bring_no_position(instance: dg.DagsterInstance) -> None:
    run = finished_run(instance, MONTHS_JOB, range_tags("2026-02", "2026-02"))
    assert "asks for the position too" in reason(position_after(run, instance))


def test_on_a_cluster_there_is_no_job_that_builds_all_months_in_one_place() -> None:
    chain = chain_of(CLUSTER)
    assert [job.name for job in chain.jobs] == ["load", "months", "position", "history"]
    assert [sensor.name for sensor in chain.sensors] == ["landing", "loaded", "built"]
    assert load in chain.jobs
    assert everything in on_one_machine.jobs
    assert all(sensor.default_status is dg.DefaultSensorStatus.STOPPED for sensor in chain.sensors)
    assert all(schedule.default_status is dg.DefaultScheduleStatus.STOPPED for schedule in chain.schedules)


# ---- executor and broker ------------------------------------------------------------------------------------------


def test_the_executor_is_the_one_the_settings_name() -> None:
    assert executor_of(Settings()) is dg.in_process_executor
    assert executor_of(CLUSTER).name == "celery"
    assert executor_of(replace(CLUSTER, executor=KUBERNETES)).name == "k8s"


def test_an_executor_that_is_not_installed_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "dagster_celery", None)
    monkeypatch.setitem(sys.modules, "dagster_k8s", None)
    for executor, package in ((CELERY, r"cape-pipeline\[cluster\]"), (KUBERNETES, "dagster-k8s")):
        with pytest.raises(ClusterUnusable, match=rf"CAPE_EXECUTOR={executor} needs .*pip install .*{package}"):
            executor_of(replace(CLUSTER, executor=executor))


def test_no_password_of_the_broker_gets_into_what_dagster_stores() -> None:
    assert "hidden" not in str(executor_config(CLUSTER))
    assert "hidden" not in repr(CLUSTER)


def test_executor_and_worker_are_told_the_same_of_the_broker() -> None:
    assert executor_config(CLUSTER)["config_source"] == celery_settings(CLUSTER)


@pytest.mark.parametrize(
    ("field", "variable"),
    [("broker", "CAPE_BROKER"), ("backend", "CAPE_BACKEND"), ("dagster_database", "CAPE_DAGSTER_DATABASE")],
)
def test_settings_that_name_a_cluster_without_what_it_takes_are_refused(field: str, variable: str) -> None:
    check_cluster(CLUSTER)
    with pytest.raises(ClusterUnusable, match=f"CAPE_EXECUTOR=celery needs {variable} too"):
        check_cluster(replace(CLUSTER, **{field: ""}))


def test_a_step_is_acknowledged_when_it_has_ended_and_looked_for_within_the_lease() -> None:
    told = celery_settings(replace(CLUSTER, lease_seconds=20))
    assert told["task_acks_late"] and told["task_reject_on_worker_lost"]
    assert told["broker_transport_options"]["visibility_timeout"] == 20
    assert told["broker_transport_options"]["unacked_restore_interval"] <= 20


@pytest.mark.parametrize(
    ("variable", "text", "advice"),
    [
        ("CAPE_EXECUTOR", "dask", "write one of in_process, celery, kubernetes"),
        ("CAPE_MONTHS_PER_RUN", "0", "write a whole number from 1"),
        ("CAPE_LEASE_SECONDS", "soon", "write a whole number of seconds from 1"),
        ("CAPE_DAGSTER_DATABASE", "postgresql://cape:hidden@catalog/dagster", "without the password"),
        ("CAPE_DAGSTER_DATABASE", "sqlite:///history", "write postgresql://user@host:port/database"),
    ],
)
def test_a_setting_of_a_cluster_that_cannot_be_one_is_named_in_a_sentence(
    variable: str, text: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(UnusableSetting) as unusable:
        Settings.from_environment()
    assert str(unusable.value).startswith(variable)
    assert advice in str(unusable.value)
    assert "hidden" not in str(unusable.value)
