"""One run of the pipeline through Dagster, in this process: load, then everything that follows for the months in play.

Belongs here: the order of the jobs, the instance they are recorded in, and what a run reports about itself. Does not
belong here: printing (`commands/`) or any table (`assets/`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import uuid4

import dagster as dg
import duckdb

from cape_pipeline import automation, visit
from cape_pipeline.assets.load import Folder, UnusableExports, load_notices, read_folder
from cape_pipeline.assets.registry import publish_submitters, shipped_readings, stored_as_of
from cape_pipeline.assets.tables import asset_key
from cape_pipeline.clients.known import Client, UnknownClient, clients_of
from cape_pipeline.cluster.instance import WRITTEN, instance_text
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.definitions import defs
from cape_pipeline.durable import replace_whole
from cape_pipeline.filing import Attestation, UnusableFilingChoice, as_submitters, record_attestation
from cape_pipeline.history import recording
from cape_pipeline.partitions import MONTHS, months_between
from cape_pipeline.registry.choices import UnknownPolicy, as_choices, check_choices
from cape_pipeline.resources import TURN_TAG, Warehouse, writing
from cape_pipeline.run_failures import failure_in
from cape_pipeline.run_progress import QUIET, Progress, Watch
from cape_pipeline.run_tags import TRIGGER
from cape_pipeline.settings import Settings
from cape_pipeline.staleness import months_in_play

INSTANCE = """# The Dagster instance of one warehouse. Nothing about it leaves this machine.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
# A run that could not open the warehouse, or whose process died, is asked for again by the daemon, if its job says so;
# one whose step failed is not: it would fail again, or has tried by itself.
run_retries:
  enabled: true
  max_retries: 0
  retry_on_asset_or_op_failure: false
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: 30
"""
#: `cape run` has a person in front of it, who sees why it ended.
NO_RETRIES = {"dagster/max_retries": "0"}
LAST_EXPORTS = "exports_folder.txt"
#: Dagster's own job over every asset.
ALL_ASSETS = "__ASSET_JOB"
GROUPS = tuple(dict.fromkeys(contract.layer() for contract in CONTRACTS.values()))


class UnusableRequest(Exception):
    """What was asked for cannot be run."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do: a valuation day, or a part of the tables, or all of it as of the stored day."""

    as_of: date | None = None
    only: str | None = None
    first_month: str | None = None
    last_month: str | None = None
    #: Readings in place of defaults, as point=policy joined by commas; unknown repeats the stored ones.
    policies: str | None = None
    #: Who submits, as importer:NUMBER or broker:FILERCODE joined by commas; unknown repeats the stored ones.
    submitters: str | None = None
    #: What somebody vouches for from this run on; it is written into the exports folder and loaded from there.
    attestation: Attestation | None = None

    @property
    def is_part(self) -> bool:
        return bool(self.only or self.first_month or self.last_month)

    @property
    def asked(self) -> visit.Asked:
        """What a run of everything is asked for."""
        return visit.Asked(self.as_of, self.policies, self.submitters)


@dataclass(slots=True)
class Told:
    """What a run said of itself: files loaded, what was noticed, and whether analysts see the new position."""

    loads_before: int = 0
    loads_after: int = 0
    notices: list[str] = field(default_factory=list)
    #: Those that a run of the same files says again: all but what is said of files that are new.
    lasting_notices: tuple[str, ...] = ()
    as_of: date | None = None
    is_published: bool = False
    #: The clients that files were written for; none where nothing is kept apart.
    clients: tuple[Client, ...] = ()
    contested_count: int = 0


def dagster_home(settings: Settings) -> Path:
    """The folder of the warehouse's persistent instance, where `cape ui` finds it, made if it is new."""
    home = settings.dagster_home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if _may_write(configuration):
        replace_whole(configuration, instance_text(settings) if settings.is_cluster else INSTANCE)
    return home


def _may_write(configuration: Path) -> bool:
    """Whether an instance's configuration is new, or as it was written here: what somebody changed stays."""
    if not configuration.exists():
        return True
    text = configuration.read_text(encoding="utf-8")
    return text == INSTANCE or text.startswith(WRITTEN)


def end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Tell the runs of `cape run` as failed that seem to go on: their processes are dead, and the queue would wait.

    To be called by who holds the warehouse, because `cape run` records no run before it holds it.
    """
    going_on = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        tags={TRIGGER: "cli"},
    )
    for record in instance.get_run_records(going_on):
        instance.report_run_failed(record.dagster_run, "Its process was killed; the next run went on from there.")


def last_exports(settings: Settings) -> Path | None:
    """The exports folder of the warehouse's last run, if it had one."""
    told = settings.dagster_home / LAST_EXPORTS
    return Path(told.read_text(encoding="utf-8")) if told.is_file() else None


def check_request(request: Request) -> None:
    """Refuse what cannot be run.

    Raises:
        UnusableRequest: an unknown group, month or policy, or a valuation day or policy for a part of the tables.
    """
    if request.as_of and request.is_part:
        raise UnusableRequest(
            "--as-of changes the day for every table, so it cannot be combined with --only, --from or --to:"
            " run everything with --as-of, or the part without it"
        )
    if request.policies:
        if request.is_part:
            raise UnusableRequest(
                "--policy changes the reading for every table, so it cannot be combined with --only, --from or --to"
            )
        try:
            check_choices(as_choices(request.policies), shipped_readings())
        except UnknownPolicy as error:
            raise UnusableRequest(str(error)) from error
    if (request.submitters or request.attestation) and request.is_part:
        raise UnusableRequest(
            "--submitter, --attest and --accept-stale change which entries are drafted, so they cannot be combined with"
            " --only, --from or --to"
        )
    try:
        as_submitters(request.submitters or "")
    except UnusableFilingChoice as error:
        raise UnusableRequest(str(error)) from error
    if request.only and request.only not in GROUPS:
        raise UnusableRequest(f"--only {request.only}: the groups are {', '.join(GROUPS)}")
    if request.first_month or request.last_month:
        try:
            months_between(request.first_month or MONTHS[0], request.last_month or MONTHS[-1])
        except ValueError as error:
            raise UnusableRequest(str(error)) from error


def run(settings: Settings, request: Request, progress: Progress = lambda *_: None) -> Told:
    """Run what was asked for and say what came of it.

    The warehouse is held from the first look to the last step, so that nothing changes in between.

    Raises:
        UnusableRequest, UnusableExports, WarehouseUnusable: nothing was written.
        RunFailed: a step failed; what was committed before it stands, and analysts see the snapshot before.
    """
    check_request(request)
    if request.attestation:
        _record(settings.exports, request.attestation)
    loads = not request.is_part or request.only == "ace"
    looked_at = visit.look(settings.exports) if loads else {}
    folder = read_folder(settings.exports) if loads else None
    turn = f"cape run {uuid4()}"
    with writing(settings, turn) as held:
        visit.forget(settings)
        told = Told(loads_before=_load_count(held))
        last_before = _last_load(held)
        if folder:
            told.notices = list(folder.notices())
        with dg.DagsterInstance.from_ref(recording(dagster_home(settings))) as instance:
            replace_whole(settings.dagster_home / LAST_EXPORTS, str(settings.exports.resolve()))
            if not settings.is_cluster:
                end_killed_runs(instance)
            runner = _Runner(settings, instance, progress, {TURN_TAG: turn} if settings.is_cluster else {})
            if request.is_part:
                _run_part(runner, held, request)
            else:
                _run_whole(runner, held, request)
        told.loads_after = _load_count(held)
        if folder:
            told.lasting_notices = (*told.notices, *load_notices(held, _last_load(held)))
            told.notices += load_notices(held, last_before)
        told.as_of = stored_as_of(held)
        told.is_published = not request.is_part
        if told.is_published:
            clients = clients_of(held)
            told.clients = tuple(clients.asked_for(settings.clients)) if clients.apart else ()
            told.contested_count = clients.contested_count
    if folder and told.is_published:
        _remember(settings, request, told, folder, looked_at)
    return told


def _remember(settings: Settings, request: Request, told: Told, folder: Folder, looked_at: visit.Listing) -> None:
    """Leave a note by which the next run sees that it has nothing to do; what was said of new files is not repeated."""
    if told.as_of:
        visit.remember(
            settings,
            request.asked,
            visit.Seen(
                told.as_of,
                told.lasting_notices,
                tuple((client.client_id, client.name, client.folder) for client in told.clients),
                told.contested_count,
            ),
            {inspection.path: inspection.load_id for inspection in folder.recognised},
            looked_at,
        )


def _record(exports: Path, attestation: Attestation) -> None:
    """Write the attestation where the run will load it from.

    Raises:
        UnusableExports: there is no such folder, or its attestations.csv cannot take the rows.
    """
    try:
        record_attestation(exports, attestation)
    except UnusableFilingChoice as error:
        raise UnusableExports(str(error)) from error


def _load_count(con: duckdb.DuckDBPyConnection) -> int:
    (count,) = con.execute("select count(*) from ace.loads").fetchone() or (0,)
    return int(count)


def _last_load(con: duckdb.DuckDBPyConnection) -> int:
    (number,) = con.execute("select coalesce(max(load_number), 0) from ace.loads").fetchone() or (0,)
    return int(number)


def _run_whole(runner: "_Runner", con: duckdb.DuckDBPyConnection, request: Request) -> None:
    runner.check()
    config = automation.as_of_config(request.as_of.isoformat()) if request.as_of else {}
    if request.policies is not None:
        config |= automation.policies_config(request.policies)
    if request.submitters is not None:  # stored here: the configuration of a run is kept with it, and must not tell who
        publish_submitters(con, as_submitters(request.submitters))
    runner.execute(automation.load.name, run_config={"ops": config} if config else {})
    try:
        clients_of(con).asked_for(runner.settings.clients)
    except UnknownClient as error:
        raise UnusableRequest(f"{error}. Loaded files stand, and no output was written") from error
    months = months_in_play(con) or [MONTHS[0]]
    ordered = [month for month in MONTHS if month in months]
    if runner.settings.is_cluster:
        runner.build_months(ordered)
    runner.execute(automation.position.name, tags=automation.range_tags(ordered[0], ordered[-1]))


def _run_part(runner: "_Runner", con: duckdb.DuckDBPyConnection, request: Request) -> None:
    """The named part on the tables as they stand; nothing is published, because what follows it is then older."""
    contracts = [contract for contract in CONTRACTS.values() if request.only in (None, contract.layer())]
    if request.first_month or request.last_month:
        contracts = [contract for contract in contracts if contract.partition]
    elif request.only != "ace":
        contracts = [contract for contract in contracts if contract.source != "received"]
    if not contracts:
        raise UnusableRequest(f"--only {request.only} holds no table that is built by month")
    tags = {}
    if any(contract.partition for contract in contracts):
        in_play = [month for month in MONTHS if month in months_in_play(con)] or [MONTHS[0]]
        tags = automation.range_tags(request.first_month or in_play[0], request.last_month or in_play[-1])
    selection = [asset_key(contract.table_id()) for contract in contracts]
    job = ALL_ASSETS if runner.settings.is_cluster else automation.everything.name
    runner.execute(job, tags=tags, selection=selection)


@dataclass(frozen=True, slots=True)
class _Runner:
    """Executes jobs in this process and tells their progress."""

    settings: Settings
    instance: dg.DagsterInstance
    progress: Progress
    #: What all runs of one `cape run` say.
    tags: Mapping[str, str]

    def execute(
        self,
        job_name: str,
        *,
        run_config: Mapping[str, object] | None = None,
        tags: Mapping[str, str] | None = None,
        selection: Sequence[dg.AssetKey] | None = None,
    ) -> None:
        job = defs.resolve_job_def(job_name)
        run_id = str(uuid4())
        watch = Watch(self.progress, len(selection or job.nodes))
        self.instance.add_event_listener(run_id, lambda entry: watch.see(entry.dagster_event))
        result = job.execute_in_process(
            instance=self.instance,
            run_id=run_id,
            run_config={**(run_config or {}), **QUIET, **Warehouse.run_config(self.settings)},
            tags={**self.tags, **(tags or {}), TRIGGER: "cli", **NO_RETRIES},
            raise_on_error=False,
            asset_selection=selection,
        )
        if not result.success:
            raise failure_in(result.all_events)

    def check(self) -> None:
        """Refuse a whole run that could not be finished; raises ClusterUnusable."""
        if self.settings.is_cluster:
            from cape_pipeline.cluster.runs import check_months

            check_months(self.settings)

    def build_months(self, asked: Sequence[str]) -> None:
        """Build what is built by month, on the workers of the cluster."""
        from cape_pipeline.cluster.runs import build_months

        build_months(self.settings, self.instance, asked, self.progress, {**self.tags, TRIGGER: "cli", **NO_RETRIES})
