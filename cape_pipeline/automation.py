"""What runs, and when: the jobs and the daily schedule.

Belongs here: selections of assets and their triggers. Does not belong here: the assets themselves.
"""

from datetime import datetime

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from cape_pipeline.assets.tables import asset_key
from cape_pipeline.partitions import MONTHS
from cape_pipeline.settings import EASTERN

AS_OF_OP = "registry__as_of"

#: What must stand before it is known which months hold entries.
RECEIVED = dg.AssetSelection.groups("ace", "registry") | dg.AssetSelection.assets(asset_key("lines.entry_baselines"))

load = dg.define_asset_job(
    "load",
    selection=RECEIVED,
    description="Load what is new: exports, registry, as-of day; ends where the months that hold entries are known",
)
position = dg.define_asset_job(
    "position",
    selection=dg.AssetSelection.all() - RECEIVED,
    description="Everything after loading, for the months asked for, then files and the analysts' snapshot",
)
everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="Load what is new and bring every table, file and the analysts' snapshot up to date",
)


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run cover all months from `first` to `last`."""
    return {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}


def as_of_config(day: str) -> dict[str, object]:
    """Run configuration that makes `day` (YYYY-MM-DD) the valuation day."""
    return {AS_OF_OP: {"config": {"as_of": day}}}


@dg.schedule(
    job=everything,
    cron_schedule="0 6 * * *",
    execution_timezone="America/New_York",
    description="Every day at 06:00 US Eastern, with that day as the valuation day; off until switched on",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for everything, valued at the scheduled day in US Eastern."""
    moment: datetime = context.scheduled_execution_time
    day = moment.astimezone(EASTERN).date().isoformat()
    return dg.RunRequest(
        run_key=day,
        run_config={"ops": as_of_config(day)},
        tags={**range_tags(MONTHS[0], MONTHS[-1]), "as_of": day},
    )
