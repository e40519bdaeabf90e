"""`cape run`: load what is new and bring every table up to date, with progress on a terminal.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.interrupts import stop_if_heard
from cape_pipeline.commands.options import DAY, DEFAULTS, FOLDER, MONTH, JsonOption, WarehouseOption, flag
from cape_pipeline.commands.terminal import (
    as_day,
    as_month,
    err,
    fail,
    out,
    print_json,
    sentences,
    settings_of_environment,
    starting_dagster,
)
from cape_pipeline.settings import Settings

if TYPE_CHECKING:
    from cape_pipeline.run import Request, Told
    from cape_pipeline.summary import Summary
    from cape_pipeline.visit import Seen


def run(
    exports: Annotated[
        Path,
        typer.Option(help="Folder with the ACE exports and reference files", metavar=FOLDER, envvar="CAPE_EXPORTS"),
    ],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_of: Annotated[
        str, typer.Option(help="Valuation day; default today in US Eastern", metavar=DAY, show_default=False)
    ] = "",
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder for reports and drafts", metavar=FOLDER, envvar="CAPE_OUT")
    ] = DEFAULTS.out,
    only: Annotated[
        str,
        typer.Option(
            help="Only one group, such as refunds, on the tables as they stand; publishes nothing",
            metavar="GROUP",
            autocompletion=completion.groups,
        ),
    ] = "",
    first_month: Annotated[
        str, typer.Option("--from", help="First month to build; publishes nothing", metavar=MONTH)
    ] = "",
    last_month: Annotated[str, typer.Option("--to", help="Last month to build; publishes nothing", metavar=MONTH)] = "",
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="A reading in place of the default; may be repeated (registry_seeds/README.md)",
            metavar="POINT=POLICY",
            autocompletion=completion.policies,
        ),
    ] = None,
    submitter: Annotated[
        list[str] | None,
        typer.Option(
            help="Who submits: importer:NUMBER or broker:FILERCODE; may be repeated; default every importer for itself",
            metavar="SUBMITTER",
            autocompletion=completion.submitters,
        ),
    ] = None,
    attest: Annotated[
        str,
        typer.Option(
            help="Facts to vouch for, joined by commas: drawback, surety_paid, protest_scope, recon_due_date,"
            " ready_to_refile; written to attestations.csv in the exports folder",
            metavar="FACTS",
            autocompletion=completion.facts,
        ),
    ] = "",
    attested_by: Annotated[str, typer.Option("--attested-by", help="Who vouches for them", metavar="NAME")] = "",
    accept_stale: Annotated[
        bool, flag("--accept-stale", "Draft entries whose liquidation status is stale; recorded likewise")
    ] = False,
    discard_raw: Annotated[
        bool, flag("--discard-raw", "Do not keep the loaded files in the archive beside the warehouse")
    ] = False,
    history: Annotated[
        bool, flag("--history", "Find how every answer came to be: fills entries.eligibility_history")
    ] = False,
    client: Annotated[
        list[str] | None,
        typer.Option(
            help="Write only the files of this client, by client_id of importers.csv; may be repeated; default all",
            metavar="CLIENT",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Load what is new, bring every table up to date, write the outputs.

    Ends with 0 when everything was built, 1 when a table breaks what it
    promises, 2 when a file or an option cannot be used. What was finished
    before stands, and analysts see the snapshot before.

    Example: cape run --exports cape-demo/exports --as-of 2026-07-20
    """
    day = as_day(as_of, "--as-of") if as_of else None
    first, last = as_month(first_month, "--from"), as_month(last_month, "--to")
    settings = replace(settings_of_environment(), exports=exports, warehouse=warehouse, out=out_folder)
    if discard_raw:
        settings = replace(settings, discard_raw=True)
    if history:
        settings = replace(settings, history=True)
    if client:
        settings = replace(settings, clients=_clients_setting(client))

    from cape_pipeline import visit
    from cape_pipeline.filing import UnusableFilingChoice, as_attestation
    from cape_pipeline.settings import today_eastern

    try:
        attestation = as_attestation(attest, attested_by, today_eastern(), accepts_stale=accept_stale)
    except UnusableFilingChoice as error:
        fail(str(error))
    is_part = bool(only or first_month or last_month)
    if client and is_part:
        fail("--client says whose files are written; a part of the tables writes none, so leave --client out")
    asked = visit.Asked(
        as_of=day or (None if is_part else today_eastern()),
        policies=(",".join(policy or ()) or settings.policies) if policy or not is_part else None,
        submitters=(",".join(submitter or ()) or settings.submitters) if submitter or not is_part else None,
    )
    if not is_part and attestation is None and (seen := visit.nothing_new(settings, asked)):
        _tell_visit(settings, seen, as_json=as_json)
        return
    with starting_dagster():
        from cape_pipeline.run import Request
    request = Request(
        as_of=asked.as_of,
        only=only or None,
        first_month=first,
        last_month=last,
        policies=asked.policies,
        submitters=asked.submitters,
        attestation=attestation,
    )
    if as_json:
        print_json(run_for_json(settings, request))
    else:
        run_and_tell(settings, request)


def run_for_json(settings: Settings, request: "Request") -> dict[str, Any]:
    """Run, and say as data what came of it; the position only where it was published."""
    told = _run(settings, request)
    outcome = Outcome(
        told.as_of,
        told.notices,
        told.loads_after - told.loads_before,
        [(client.client_id, client.name, client.folder) for client in told.clients],
        told.contested_count,
        is_published=told.is_published,
    )
    return _as_data(settings, outcome)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is told of a run, whether or not it had anything to do; of each client its client_id, name and folder."""

    as_of: date | None
    notices: Sequence[str]
    new_files: int
    clients: Sequence[tuple[str | None, str, str]]
    contested_count: int
    is_published: bool = True
    is_unchanged: bool = False


def _as_data(settings: Settings, outcome: Outcome) -> dict[str, Any]:
    from cape_pipeline.clients.names import client_snapshot
    from cape_pipeline.summary import summary_json

    summary = summary_json(_position(settings)) if outcome.is_published else {}
    return {
        "as_of_date": outcome.as_of,
        "is_published": outcome.is_published,
        "is_unchanged": outcome.is_unchanged,
        "files_loaded": outcome.new_files,
        "notices": list(outcome.notices),
        "warehouse": str(settings.warehouse),
        "snapshot": str(settings.snapshot) if settings.writes_snapshot else None,
        "out": str(settings.out),
        "clients": [
            {
                "client_id": client_id,
                "out": str(settings.out / folder),
                "snapshot": str(client_snapshot(settings.warehouse, folder)),
            }
            for client_id, _, folder in outcome.clients
        ],
        "contested_entry_count": outcome.contested_count,
        **summary,
    }


def run_and_tell(settings: Settings, request: "Request") -> None:
    """Run, and print the position for people."""
    told = _run(settings, request)
    if not told.is_published:
        day = told.as_of.isoformat() if told.as_of else "no day yet"
        out.print(
            f"Done as of {day}. The analysts' snapshot was not replaced: run everything to publish.", highlight=False
        )
        return
    new = told.loads_after - told.loads_before
    clients = [(client.client_id, client.name, client.folder) for client in told.clients]
    _print_position(settings, Outcome(told.as_of, told.notices, new, clients, told.contested_count))


def _tell_visit(settings: Settings, seen: "Seen", *, as_json: bool) -> None:
    """The position of the run before, which the same request would only repeat."""
    from cape_pipeline import visit

    visit.record_visit(settings, seen.as_of)
    outcome = Outcome(seen.as_of, seen.notices, 0, seen.clients, seen.contested_count, is_unchanged=True)
    if as_json:
        print_json(_as_data(settings, outcome))
        return
    _print_notices(seen.notices)
    _print_position(settings, outcome)


def _print_position(settings: Settings, outcome: Outcome) -> None:
    from cape_pipeline.summary import print_summary

    new = outcome.new_files
    files = "nothing new to load" if not new else f"{new} new file{'s' if new > 1 else ''} loaded"
    print_summary(out, _position(settings), files)
    if outcome.is_unchanged:
        out.print(
            "\nNothing changed since the last run (files, day, settings, code, tables, outputs): nothing was built or"
            " written.",
            highlight=False,
            soft_wrap=True,
        )
    lines = _files_lines(settings, outcome)
    if settings.writes_snapshot:
        lines.insert(0, f"Snapshot       {settings.snapshot}   (read-only; close and reopen to see a newer one)")
    out.print("\n" + "\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _position(settings: Settings) -> "Summary":
    """The position, from the snapshot; from the warehouse itself where no snapshot is written."""
    from cape_pipeline.summary import read_summary

    return read_summary(settings.snapshot if settings.writes_snapshot else settings.warehouse)


def _clients_setting(names: list[str]) -> str:
    """The clients as the setting names them: one whose client_id holds a comma by its folder."""
    from cape_pipeline.clients.names import folder_of

    return ",".join(folder_of(name) if "," in name else name for name in names)


def _files_lines(settings: Settings, told: Outcome) -> list[str]:
    """Where the files lie: in one folder, or for each client in one of its own."""
    if not told.clients:
        return [
            f"Report         {settings.out / 'report.html'}   (open it in a browser)",
            f"Files          {settings.out}",
        ]
    from cape_pipeline.clients.names import NO_CLIENT, clients_folder

    lines = [
        f"Clients        {len(told.clients)}, each with a report.html and files of its own; the figures above are of"
        " all together"
    ]
    for _, name, folder in told.clients:
        rest = "   (importers without a client: not to be handed on)" if folder == NO_CLIENT else ""
        lines.append(f"  {name}: {settings.out / folder}{rest}")
    lines.append(f"Their own      {clients_folder(settings.warehouse)}   (a snapshot of each; --client reads it)")
    if told.contested_count:
        lines.append(
            f"{told.contested_count:,} entries are in no client's files, because received rows name importers of"
            " several clients, or of a client and of none, for them: complete client_id in importers.csv, or see"
            f" {NO_CLIENT}"
        )
    return lines


def _run(settings: Settings, request: "Request") -> "Told":
    """Run with progress on a terminal; what was noticed is said beside the answer, not in it."""
    from cape_pipeline import run as pipeline

    with sentences(), _progress() as progress:
        told = pipeline.run(settings, request, progress)
    _print_notices(told.notices)
    return told


def _print_notices(notices: Sequence[str]) -> None:
    for notice in notices:
        err.print(f"Note: {notice}", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar with steps done, rate and time left, on a terminal only."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.1f} steps/s" if task.speed else "", style="dim")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("looking at the exports", total=None)

        def tell(step: str, done: int, steps: int) -> None:
            stop_if_heard()
            bar.update(task, description=step, completed=done, total=steps)

        yield tell
