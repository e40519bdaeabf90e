"""What runs, and when: the jobs, the daily schedule, and the sensors of what lands in the exports folder.

Belongs here: selections of assets and their triggers. Does not belong here: the assets themselves. A trigger reads no
export and opens no warehouse: one may be two gigabytes, the other held by a run.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from cape_pipeline.ace.errors import UnreadableExport
from cape_pipeline.ace.files import find_exports
from cape_pipeline.assets.load import MONTHS_IN_PLAY, MONTHS_TOUCHED
from cape_pipeline.assets.reports import FILE_ASSETS
from cape_pipeline.assets.shown import asset_key, is_unchanged
from cape_pipeline.assets.touched import in_order
from cape_pipeline.assets.turns import built_before_months, built_by_month
from cape_pipeline.partitions import MONTHS
from cape_pipeline.resources import MONTHS_JOB
from cape_pipeline.run_tags import AS_OF
from cape_pipeline.settings import EASTERN, Settings

AS_OF_OP = "registry__as_of"
POLICIES_OP = "registry__chosen_policies"
HISTORY = "entries.eligibility_history"
HISTORY_OP = "entries__eligibility_history"
REQUESTED_BY = "cape/requested_by"
TICK_SECONDS = 60
MOST_NAMES = 3

#: (size in bytes, time of modification in nanoseconds) of every file in the exports folder, by its path in it.
Listing = Mapping[str, tuple[int, int]]

#: What is received, the registry, and what no month can be built without.
BEFORE_MONTHS = dg.AssetSelection.groups("ace", "registry") | dg.AssetSelection.assets(
    *(asset_key(table) for table in sorted(built_before_months()))
)
#: What many machines may build at a time, each other months.
BY_MONTH = dg.AssetSelection.assets(*(asset_key(table) for table in sorted(built_by_month())))

AFTER_LOADING = dg.AssetSelection.all() - BEFORE_MONTHS

#: A run whose warehouse stayed held, or whose process died, is asked for again, up to twice and as a whole; one whose
#: step failed is not (`run_retries` in the instance's dagster.yaml).
RETRIED = {"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"}

Job = dg.JobDefinition | UnresolvedAssetJobDefinition


@dataclass(frozen=True, slots=True)
class Automation:
    """What runs, and when: the parts of the code location that are no assets."""

    jobs: list[Job]
    schedules: list[dg.ScheduleDefinition]
    sensors: list[dg.SensorDefinition]


load = dg.define_asset_job(
    "load",
    selection=BEFORE_MONTHS,
    description="Load what is new: exports, registry, as-of day; ends where months can be built, and which is known",
    tags=RETRIED,
)
months = dg.define_asset_job(
    MONTHS_JOB,
    selection=BY_MONTH,
    description="The tables built by month whose months do not wait for one another",
    tags=RETRIED,
)
#: In one process nothing is gained by building the months in a run of their own, so `position` builds them too.
position = dg.define_asset_job(
    "position",
    selection=AFTER_LOADING,
    description="Everything after loading, for the months asked for, then files and the analysts' snapshot",
    tags=RETRIED,
)
everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="Load what is new and bring every table, file and the analysts' snapshot up to date",
    tags=RETRIED,
)
history = dg.define_asset_job(
    "history",
    # files and snapshots of clients are made together
    selection=dg.AssetSelection.assets(
        asset_key(HISTORY), *(asset_key(name) for name in FILE_ASSETS), asset_key("reports.analyst_snapshot")
    ),
    config={"ops": {HISTORY_OP: {"config": {"find_history": True}}}},
    description="Find how the answer of every entry came to be, on the tables as they stand, and publish it",
    tags=RETRIED,
)


def range_tags(first: str, last: str) -> dict[str, str]:
    """Tags that make one run cover all months from `first` to `last`."""
    return {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}


def as_of_config(day: str) -> dict[str, object]:
    """Run configuration that makes `day` (YYYY-MM-DD) the valuation day."""
    return {AS_OF_OP: {"config": {"as_of": day}}}


def policies_config(policies: str) -> dict[str, object]:
    """Run configuration that makes these the readings in force; empty text is every default."""
    return {POLICIES_OP: {"config": {"policies": policies}}}


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
        tags={**range_tags(MONTHS[0], MONTHS[-1]), AS_OF: day},
    )


@dg.sensor(
    job=load,
    minimum_interval_seconds=TICK_SECONDS,
    description="New or changed files in the exports folder are loaded once all of them are complete; off until"
    " switched on",
    default_status=dg.DefaultSensorStatus.STOPPED,
)
def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Ask for a load when the files have not changed for two ticks; what still changes holds all of them back."""
    folder = Settings.from_environment().exports
    try:
        listing = list_exports(folder)
    except (UnreadableExport, OSError) as error:
        return _waits(f"{error}: the exports folder cannot be listed", {})
    if not listing:
        return _waits(f"{folder} holds no file that may be an export", {})
    changed = _changed(_seen(context.cursor), listing)
    if changed:
        return _waits(
            f"{_named(changed)}: new, changed or gone since the last look, so not yet known complete", listing
        )
    request = dg.RunRequest(run_key=_hash_of(listing), tags={REQUESTED_BY: "landing"})
    return dg.SensorResult(run_requests=[request], cursor=json.dumps(listing))


def list_exports(folder: Path) -> Listing:
    """Size and time of modification of every file that may be an export; no file is opened.

    Raises:
        UnreadableExport: there is no such folder.
        OSError: the folder may not be listed.
    """
    listing = {}
    for path in find_exports(folder):
        try:
            told = path.stat()
        except FileNotFoundError:  # renamed or removed while the folder was listed
            continue
        listing[path.relative_to(folder).as_posix()] = (told.st_size, told.st_mtime_ns)
    return listing


def _waits(reason: str, listing: Listing) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=json.dumps(listing))


def _seen(cursor: str | None) -> Listing:
    """The listing of the last tick."""
    return {name: (size, modified) for name, (size, modified) in json.loads(cursor or "{}").items()}


def _changed(before: Listing, now: Listing) -> list[str]:
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _hash_of(listing: Listing) -> str:
    return hashlib.sha256(json.dumps(listing, sort_keys=True).encode()).hexdigest()


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[load],
    request_job=position,
    description="After a load that `landing` asked for: every table of the months it touched; off until switched on",
    default_status=dg.DefaultSensorStatus.STOPPED,
)
def landed(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for the position over the months the load touched, valued at the stored day."""
    run = context.dagster_run
    if run.tags.get(REQUESTED_BY) != "landing":
        return dg.SkipReason("this load was not asked for by what landed: who asked for it asks for the position too")
    months = touched_by(context.instance, run.run_id)
    if not months:
        return dg.SkipReason("the load touched no month: nothing in the exports folder was new")
    return dg.RunRequest(
        run_key=run.run_id, tags={**range_tags(months[0], months[-1]), REQUESTED_BY: "landed", "load_run": run.run_id}
    )


def touched_by(instance: dg.DagsterInstance, run_id: str) -> tuple[str, ...]:
    """The months a load run touched, by its own event log: all in play where the run changed a rule of the registry."""
    shown = _shown_by(instance, run_id)
    has_new_rules = any(
        one.asset_key.path[0] == "registry" and "built" in one.metadata and not is_unchanged(one.metadata)
        for one in shown
    )
    return _months_told(shown, MONTHS_IN_PLAY if has_new_rules else MONTHS_TOUCHED)


def in_play_by(instance: dg.DagsterInstance, run_id: str) -> tuple[str, ...]:
    """All months in play after a load run, by its own event log."""
    return _months_told(_shown_by(instance, run_id), MONTHS_IN_PLAY)


def _shown_by(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetMaterialization]:
    return [
        entry.asset_materialization
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        if entry.asset_materialization
    ]


def _months_told(shown: Iterable[dg.AssetMaterialization], name: str) -> tuple[str, ...]:
    values = [one.metadata[name].value for one in shown if name in one.metadata]
    return in_order(month for value in values if isinstance(value, list) for month in value)


#: What runs on one machine, and when; on a cluster it is `cape_pipeline/cluster/chain.py`.
on_one_machine = Automation(
    jobs=[load, months, position, everything, history], schedules=[daily], sensors=[landing, landed]
)
