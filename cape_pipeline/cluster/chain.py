"""Jobs, schedule and sensors of a cluster, where a load, many runs of months and a position are runs of their own.

Belongs here: what follows what there. Does not belong here: what each selects, and what asks for a load when files land
(`cape_pipeline/automation.py`).
"""

from datetime import datetime

import dagster as dg

from cape_pipeline.automation import (
    AFTER_LOADING,
    BY_MONTH,
    REQUESTED_BY,
    RETRIED,
    Automation,
    as_of_config,
    history,
    in_play_by,
    landing,
    load,
    range_tags,
    touched_by,
)
from cape_pipeline.cluster.executor import executor_of
from cape_pipeline.partitions import MONTHS, in_runs
from cape_pipeline.resources import MONTHS_JOB
from cape_pipeline.run_tags import AS_OF
from cape_pipeline.settings import EASTERN, Settings

LOAD_RUN = "load_run"
MONTHS_RUNS = "cape/months_runs"
FIRST, LAST = range_tags("first", "last")
#: A step whose process died without a word is begun again this often, where the executor notices it itself.
STEP_RETRIES = 2


def chain_of(settings: Settings) -> Automation:
    """What runs on a cluster, and when. Only months go to other machines.

    There is no job of everything: one machine would build all its months, or each run of months all its reports.
    """
    months = dg.define_asset_job(
        MONTHS_JOB,
        selection=BY_MONTH,
        executor_def=executor_of(settings),
        op_retry_policy=dg.RetryPolicy(max_retries=STEP_RETRIES),
        description="The tables built by month whose months do not wait for one another, each month by any machine",
        tags=RETRIED,
    )
    position = dg.define_asset_job(
        "position",
        selection=AFTER_LOADING - BY_MONTH,
        description="Everything after the months, for those asked for, then files and the analysts' snapshot",
        tags=RETRIED,
    )
    daily = dg.ScheduleDefinition(
        name="daily",
        job=load,
        cron_schedule="0 6 * * *",
        execution_timezone="America/New_York",
        execution_fn=_load_of_the_day,
        description="Every day at 06:00 US Eastern a load, with that day as the valuation day; `loaded` and `built` ask"
        " for the rest; off until switched on",
    )

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[load],
        request_job=months,
        description="After a load that `landing` or `daily` asked for: its months, in as many runs as the settings say;"
        " off until switched on",
    )
    def loaded(context: dg.RunStatusSensorContext) -> list[dg.RunRequest] | dg.SkipReason:
        return months_after(context.dagster_run, context.instance, settings.months_per_run)

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        monitored_jobs=[months],
        request_job=position,
        description="When all months of a load are built: the position over them; off until switched on",
    )
    def built(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        return position_after(context.dagster_run, context.instance)

    return Automation([load, months, position, history], [daily], [landing, loaded, built])


def _load_of_the_day(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    moment: datetime = context.scheduled_execution_time
    day = moment.astimezone(EASTERN).date().isoformat()
    return dg.RunRequest(run_key=day, run_config={"ops": as_of_config(day)}, tags={AS_OF: day, REQUESTED_BY: "daily"})


def months_after(
    load_run: dg.DagsterRun, instance: dg.DagsterInstance, months_per_run: int
) -> list[dg.RunRequest] | dg.SkipReason:
    """The runs of months that follow a load: of those it touched, or after a new valuation day of all in play."""
    asked_by = load_run.tags.get(REQUESTED_BY)
    if asked_by not in ("landing", "daily"):
        return dg.SkipReason("whoever asked for this load asks for what follows it too")
    told = touched_by if asked_by == "landing" else in_play_by
    ranges = in_runs(told(instance, load_run.run_id), months_per_run)
    if not ranges:
        return dg.SkipReason("the load touched no month: nothing in the exports folder was new")
    shared = {REQUESTED_BY: "loaded", LOAD_RUN: load_run.run_id, MONTHS_RUNS: str(len(ranges))}
    return [
        dg.RunRequest(run_key=f"{load_run.run_id} {first}", tags={**range_tags(first, last), **shared})
        for first, last in ranges
    ]


def position_after(months_run: dg.DagsterRun, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    """The position that follows the last run of the months of a load."""
    load_run = months_run.tags.get(LOAD_RUN)
    if load_run is None:
        return dg.SkipReason("whoever asked for these months asks for the position too")
    done = instance.get_runs(
        dg.RunsFilter(job_name=months_run.job_name, tags={LOAD_RUN: load_run}, statuses=[dg.DagsterRunStatus.SUCCESS])
    )
    ranges = {(run.tags[FIRST], run.tags[LAST]) for run in done}
    due = int(months_run.tags[MONTHS_RUNS])
    if len(ranges) < due:
        return dg.SkipReason(f"{len(ranges)} of {due} runs of months are done")
    ends = sorted({month for both in ranges for month in both}, key=MONTHS.index)
    return dg.RunRequest(
        run_key=load_run, tags={**range_tags(ends[0], ends[-1]), REQUESTED_BY: "built", LOAD_RUN: load_run}
    )
