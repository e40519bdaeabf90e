"""The months of a run on a cluster: this machine follows their runs, the workers execute them beside each other.

Belongs here: many runs at a time, and what is said when one fails. Does not belong here: the order of the jobs
(`cape_pipeline/run.py`), and what executes a step (`executor.py`).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from uuid import uuid4

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.execution.api import execute_run_iterator
from dagster._core.instance.ref import InstanceRef

from cape_pipeline.automation import range_tags
from cape_pipeline.cluster.broker import ClusterUnusable, check_cluster
from cape_pipeline.cluster.worker import refuse_without_workers
from cape_pipeline.partitions import in_runs
from cape_pipeline.resources import MONTHS_JOB, Warehouse
from cape_pipeline.run_failures import RunFailed, failure_in
from cape_pipeline.run_progress import QUIET, Progress
from cape_pipeline.settings import KUBERNETES, Settings

CODE_LOCATION = ReconstructableRepository(ModuleCodePointer("cape_pipeline.definitions", "defs", None))
#: Runs that are followed at a time, each by a process that does nothing but wait for its step. Threads would not do:
#: Dagster sets up logging anew for every run, which locks up where another run is writing its events.
MOST_RUNS = 16
#: What a run of months says that finds an entry under another month than before: both belong into one run.
MOVED = "MovedKey"
Months = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Followed:
    """What it takes to follow a run of months, from any process of this machine."""

    settings: Settings
    instance: InstanceRef
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Why:
    """Why a run failed, as a process can hand it on."""

    step: str
    sentence: str
    kind: str | None
    is_about_files: bool


def check_months(settings: Settings) -> None:
    """Refuse a run whose months nobody would build, before anything is loaded.

    Raises:
        ClusterUnusable: the settings lack what a cluster needs, no worker listens, or runs are begun by Kubernetes.
    """
    check_cluster(settings)
    if settings.executor == KUBERNETES:
        raise ClusterUnusable(
            "with CAPE_EXECUTOR=kubernetes runs are pods that Dagster starts: use the schedule, the sensors or the UI;"
            " cape run takes CAPE_EXECUTOR=celery, or in_process"
        )
    refuse_without_workers(settings)


def build_months(
    settings: Settings, instance: dg.DagsterInstance, asked: Sequence[str], progress: Progress, tags: Mapping[str, str]
) -> None:
    """Build the months beside each other, in as many runs as the settings say; all of them, though one fails.

    Where entries moved from one month to another, which two runs at a time cannot follow, what is left is built in one
    run.

    Raises:
        RunFailed: naming the first month that failed, and how many more.
    """
    followed = Followed(_seen_anywhere(settings), instance.get_ref(), tags)
    failed = _failures(followed, in_runs(asked, settings.months_per_run), progress)
    if failed and all(why.kind == MOVED for why in failed.values()):
        failed = _failures(followed, [(asked[0], asked[-1])], progress)
    if failed:
        raise _named(failed)


def _failures(followed: Followed, ranges: Sequence[Months], progress: Progress) -> dict[Months, Why]:
    """Follow a run of each of the ranges of months to its end; why they failed, of those that did, in their order."""
    processes = get_context("forkserver")
    processes.set_forkserver_preload(["cape_pipeline.definitions", __name__])  # imported once, for all of them
    failed = {}
    with ProcessPoolExecutor(min(MOST_RUNS, len(ranges)), mp_context=processes) as pool:
        runs = {pool.submit(build_range, followed, ends): ends for ends in ranges}
        for done, run in enumerate(as_completed(runs), start=1):
            progress(f"months {_shown(runs[run])}", done, len(ranges))
            if why := run.result():
                failed[runs[run]] = why
    return {ends: failed[ends] for ends in ranges if ends in failed}


def build_range(followed: Followed, ends: Months) -> Why | None:
    """Follow the run of the months from the first to the last; why it failed, if it did."""
    job = ReconstructableJob(CODE_LOCATION, MONTHS_JOB)
    failures = []
    with dg.DagsterInstance.from_ref(followed.instance) as instance:
        run = instance.create_run_for_job(
            job_def=job.get_definition(),
            run_id=str(uuid4()),
            run_config={**QUIET, **Warehouse.run_config(followed.settings)},
            tags={**followed.tags, **range_tags(*ends)},
            job_code_origin=job.get_python_origin(),
        )
        failures = [event for event in execute_run_iterator(job, run, instance) if event.is_step_failure]
        ended = instance.get_run_by_id(run.run_id)
    if ended is not None and ended.is_success:
        return None
    failure = failure_in(failures)
    return Why(failure.step, failure.sentence, failure.kind, failure.is_about_files)


def _seen_anywhere(settings: Settings) -> Settings:
    """The same folders, named so that they do not depend on where a process was started."""
    return replace(
        settings,
        warehouse=settings.warehouse.resolve(),
        exports=settings.exports.resolve(),
        out=settings.out.resolve(),
    )


def _named(failed: Mapping[Months, Why]) -> RunFailed:
    """The first month that failed, in one sentence; the others stand in the history of runs."""
    ends, why = next(iter(failed.items()))
    more = f" ({len(failed) - 1} more failed too)" if len(failed) > 1 else ""
    return RunFailed(f"{why.step} {_shown(ends)}", f"{why.sentence}{more}", why.kind, is_about_files=why.is_about_files)


def _shown(ends: Months) -> str:
    first, last = ends
    return first if first == last else f"{first} to {last}"
