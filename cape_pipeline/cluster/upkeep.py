"""The upkeep of a lake: earlier states of it end, on a schedule.

Belongs here: when, and up to which day. Does not belong here: how a state is forgotten
(`cape_pipeline/warehouse/ducklake.py`).
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.ducklake import expire

#: Files that nobody needs any more stay so long, because somebody may have begun to read or write them before.
FILES_KEPT = timedelta(days=1)


def upkeep_of(settings: Settings) -> tuple[dg.JobDefinition, dg.ScheduleDefinition]:
    """The job that ends states older than the settings say, and its schedule: on Sundays, off until switched on."""

    @dg.op
    def end_earlier_states(context: dg.OpExecutionContext, warehouse: Warehouse) -> None:
        now = datetime.now(UTC)  # of this machine: nothing that is computed depends on it
        removed = expire(
            warehouse.connection,
            states_before=now - timedelta(days=settings.keep_snapshots_days),
            files_before=now - FILES_KEPT,
        )
        context.log.info(
            f"{removed.snapshots} earlier states ended, {removed.files} files and {removed.orphans} that a writer"
            " left behind removed"
        )

    @dg.job(
        name="upkeep",
        description="End the states of the lake that are older than CAPE_KEEP_SNAPSHOTS_DAYS, and remove their files",
        executor_def=dg.in_process_executor,
    )
    def upkeep() -> None:
        end_earlier_states()

    schedule = dg.ScheduleDefinition(
        name="weekly_upkeep",
        job=upkeep,
        cron_schedule="0 3 * * 0",
        execution_timezone="America/New_York",
        description="Every Sunday at 03:00 US Eastern; off until switched on",
    )
    return upkeep, schedule
