"""`cape …`: the commands, their arguments, and what they print.

Belongs here: reading arguments, turning errors into one sentence and an exit code, printing. Does not belong here: any
work; each command calls one function elsewhere. Heavy libraries are imported only by the commands that need them.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console

from cape_pipeline.settings import Settings, UnusableSetting, project_files

if TYPE_CHECKING:
    from cape_pipeline.filing import Submitter
    from cape_pipeline.interest import Segment
    from cape_pipeline.run import Request

BROKEN, UNUSABLE = 1, 2
DEFAULTS = Settings()

app = typer.Typer(
    name="cape",
    help="From US Customs ACE exports to reconciled IEEPA tariff refunds.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
registry_app = typer.Typer(name="registry", help="The law as data: readable pages, and what a change of it does.")
app.add_typer(registry_app)
PIPED_WIDTH = 160  # tables in a pipe or a file are not squeezed into a terminal's width
# without emoji, or broker:ABC: in a sentence becomes one
out = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, emoji=False)
err = Console(stderr=True, emoji=False)

WarehouseOption = Annotated[
    Path, typer.Option("--warehouse", help="The warehouse file; the analysts' snapshot lies beside it")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for machines")]


class RateClass(StrEnum):
    """Interest rate classes as a command line spells them."""

    corporate = "corporate"
    noncorporate = "noncorporate"
    underpayment = "underpayment"


def say(sentence: str) -> None:
    """One plain sentence about what cannot be done."""
    err.print(f"cape: {sentence}", markup=False, highlight=False, soft_wrap=True)


def fail(sentence: str, code: int = UNUSABLE) -> NoReturn:
    """End with one plain sentence and an exit code."""
    say(sentence)
    raise typer.Exit(code)


def as_day(text: str, option: str) -> date:
    """A day written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: write the day as YYYY-MM-DD, such as 2026-07-20")


def settings_of_environment() -> Settings:
    """The settings of this installation."""
    try:
        return Settings.from_environment()
    except UnusableSetting as error:
        fail(str(error))


@contextmanager
def sentences() -> Iterator[None]:
    """Every error a run can end with, as a sentence and its exit code."""
    from cape_pipeline.assets.load import UnusableExports
    from cape_pipeline.registry.load import RegistryError
    from cape_pipeline.run import RunFailed, UnusableRequest
    from cape_pipeline.warehouse.connection import WarehouseUnusable
    from cape_pipeline.warehouse.tables import StoredRowsInTheWay

    try:
        yield
    except (UnusableExports, UnusableRequest, WarehouseUnusable, StoredRowsInTheWay, RegistryError) as error:
        fail(str(error))
    except RunFailed as failed:
        fail(f"step {failed.step} failed: {failed.sentence}", UNUSABLE if failed.is_about_files else BROKEN)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write the demonstration into")] = Path("cape-demo"),
) -> None:
    """Write sample exports, run on them, and print the position and where everything is.

    Example: cape demo
    """
    settings = replace(
        settings_of_environment(),
        exports=folder / "exports",
        warehouse=folder / "warehouse" / "cape.duckdb",
        out=folder / "out",
    )
    with _starting_dagster():
        from cape_pipeline.demo import write_demo, write_templates
        from cape_pipeline.run import Request

    exports, templates = settings.exports, folder / "templates"
    try:
        written = write_demo(exports)
        if not templates.exists():
            write_templates(templates)
    except OSError as error:
        fail(f"{folder}: cannot write the demonstration there ({error.strerror})")
    _run_and_tell(
        settings,
        Request(as_of=written.as_of, policies=settings.policies, submitters=settings.submitters),
        as_json=False,
    )
    out.print(
        f"\nExports        {exports}   (made-up companies; the same every time)"
        f"\nTemplates      {templates}   for reference files of your own: importers.csv, entry_facts.csv, …"
        f"\nOne entry      cape explain {_an_entry(settings)} --warehouse {settings.warehouse}"
        f"\nDagster UI     cape ui --warehouse {settings.warehouse} --exports {exports}",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def run(
    exports: Annotated[Path, typer.Option(help="Folder with the ACE exports and reference files")],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_of: Annotated[str, typer.Option(help="Valuation day, YYYY-MM-DD; default today in US Eastern")] = "",
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for reports and drafts")] = DEFAULTS.out,
    only: Annotated[str, typer.Option(help="Only one group, on the tables as they stand; publishes nothing")] = "",
    first_month: Annotated[str, typer.Option("--from", help="First month, YYYY-MM; publishes nothing")] = "",
    last_month: Annotated[str, typer.Option("--to", help="Last month, YYYY-MM")] = "",
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="A reading in place of the default, point=policy; may be repeated (registry_seeds/README.md)"
        ),
    ] = None,
    submitter: Annotated[
        list[str] | None,
        typer.Option(
            help="Who submits, importer:NUMBER or broker:FILERCODE; may be repeated; default every importer for itself"
        ),
    ] = None,
    attest: Annotated[
        str,
        typer.Option(
            help="Facts to vouch for, joined by commas: drawback, surety_paid, recon_due_date, ready_to_refile;"
            " written to attestations.csv in the exports folder"
        ),
    ] = "",
    attested_by: Annotated[str, typer.Option("--attested-by", help="Who vouches for them")] = "",
    accept_stale: Annotated[
        bool, typer.Option("--accept-stale", help="Draft entries whose liquidation status is stale; recorded likewise")
    ] = False,
    discard_raw: Annotated[
        bool, typer.Option("--discard-raw", help="Do not keep the loaded files in the archive beside the warehouse")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="Find how every answer came to be: fills entries.eligibility_history")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load what is new, bring every table up to date through Dagster, write the outputs.

    Example: cape run --exports exports --as-of 2026-07-20
    """
    settings = replace(settings_of_environment(), exports=exports, warehouse=warehouse, out=out_folder)
    if discard_raw:
        settings = replace(settings, discard_raw=True)
    if history:
        settings = replace(settings, history=True)

    with _starting_dagster():
        from cape_pipeline.filing import UnusableFilingChoice, as_attestation
        from cape_pipeline.run import Request
    from cape_pipeline.settings import today_eastern

    try:
        attestation = as_attestation(attest, attested_by, today_eastern(), accepts_stale=accept_stale)
    except UnusableFilingChoice as error:
        fail(str(error))
    is_part = bool(only or first_month or last_month)
    day = as_day(as_of, "--as-of") if as_of else None
    request = Request(
        as_of=day or (None if is_part else today_eastern()),
        only=only or None,
        first_month=first_month or None,
        last_month=last_month or None,
        policies=(",".join(policy or ()) or settings.policies) if policy or not is_part else None,
        submitters=(",".join(submitter or ()) or settings.submitters) if submitter or not is_part else None,
        attestation=attestation,
    )
    _run_and_tell(settings, request, as_json=as_json)


def _run_and_tell(settings: Settings, request: "Request", *, as_json: bool) -> None:
    from cape_pipeline import run as pipeline
    from cape_pipeline.summary import print_summary, read_summary, summary_json

    with sentences(), _progress() as progress:
        told = pipeline.run(settings, request, progress)
    for notice in told.notices:
        err.print(f"Note: {notice}", markup=False, highlight=False, soft_wrap=True)
    if not told.is_published:
        day = told.as_of.isoformat() if told.as_of else "no day yet"
        out.print(
            f"Done as of {day}. The analysts' snapshot was not replaced: run everything to publish.", highlight=False
        )
        return
    summary = read_summary(settings.snapshot)
    new = told.loads_after - told.loads_before
    if as_json:
        print(json.dumps({"files_loaded": new, **summary_json(summary)}, indent=1, default=str))  # noqa: T201
        return
    files = "nothing new to load" if not new else f"{new} new file{'s' if new > 1 else ''} loaded"
    print_summary(out, summary, files)
    out.print(
        f"\nSnapshot       {settings.snapshot}   (read-only; close and reopen to see a newer one)"
        f"\nFiles          {settings.out}",
        highlight=False,
        soft_wrap=True,
    )


@contextmanager
def _starting_dagster() -> Iterator[None]:
    """Import what a run needs, saying so. Python looks for garbage later: here it would find none, in a fifth more."""
    gc.disable()
    try:
        with err.status("Starting Dagster"):
            yield
    finally:
        gc.enable()


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar with steps done, rate and time left, on a terminal only."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("looking at the exports", total=None)

        def tell(step: str, done: int, steps: int) -> None:
            bar.update(task, description=step, completed=done, total=steps)

        yield tell


def _an_entry(settings: Settings) -> str:
    from cape_pipeline.summary import a_refunded_entry

    return a_refunded_entry(settings.snapshot)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="ACE exports, reference files or CAPE declarations")],
    warehouse: Annotated[
        Path | None,
        typer.Option(help="Warehouse whose snapshot knows the entries of a declaration; default the usual one"),
    ] = None,
    submitter: Annotated[
        str, typer.Option(help="Who uploads the declaration: importer:NUMBER or broker:FILERCODE")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Show what the loader makes of a file, or what CBP would say to a CAPE declaration. Writes nothing.

    Ends with 0 when every row is used, 1 when rows are set aside or the file is refused, 2 when it cannot be read. A
    declaration ends with 1 when a rule rejects the file or a row of it; warnings alone end with 0.

    Example: cape check exports/ES-003.csv, or cape check declaration.csv --submitter broker:ABC
    """
    from cape_pipeline.check import Unusable, Verdict, check_file, print_verdict, verdict_json
    from cape_pipeline.declaration_check.show import print_declaration
    from cape_pipeline.registry.load import RegistryError

    settings = settings_of_environment()
    if warehouse:
        settings = replace(settings, warehouse=warehouse)
    uploads = _one_submitter(submitter)
    verdicts = []
    for path in files:
        with err.status(f"Looking at {path.name}"):
            try:
                verdict = check_file(path, settings, uploads)
            except (UnusableSetting, RegistryError) as error:
                fail(str(error))
        verdicts.append(verdict)
        if as_json:
            continue
        if len(verdicts) > 1:
            out.print()
        if isinstance(verdict, Unusable):
            say(verdict.sentence)
        elif isinstance(verdict, Verdict):
            print_verdict(out, verdict)
        else:
            print_declaration(out, verdict)
    if as_json:
        told = {"files": [verdict_json(verdict) for verdict in verdicts]}
        print(json.dumps(told, indent=1, default=str))  # noqa: T201
    raise typer.Exit(max(verdict.exit_code for verdict in verdicts))


def _one_submitter(text: str) -> "Submitter | None":
    """Who uploads the one file, if that was said."""
    from cape_pipeline.filing import UnusableFilingChoice, as_submitters

    try:
        named = as_submitters(text)
    except UnusableFilingChoice as error:
        fail(f"--{error}")
    if len(named) > 1:
        fail(f"--submitter {text}: one file is uploaded by one submitter")
    return named[0] if named else None


@app.command()
def explain(
    entry: Annotated[str, typer.Argument(help="Entry summary number, with or without dashes")],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Show the whole audit trail of one entry: rows, rules with source, split, interest walk, batch, payment.

    Example: cape explain ABC-1234567-6
    """
    from cape_pipeline.explain import NoSuchEntry, explain_entry
    from cape_pipeline.explanation import print_explanation
    from cape_pipeline.summary import SnapshotUnusable

    settings = replace(settings_of_environment(), warehouse=warehouse)
    try:
        explanation = explain_entry(settings, entry)
    except (NoSuchEntry, SnapshotUnusable) as error:
        fail(str(error))
    if as_json:
        print(json.dumps(explanation, indent=1, default=str))  # noqa: T201
    else:
        print_explanation(out, explanation)


@app.command()
def sql(
    statement: Annotated[str, typer.Argument(help="One SELECT on the tables of the snapshot")] = "",
    question: Annotated[str, typer.Option("--question", help="A ready question by its name, see --list")] = "",
    list_questions: Annotated[bool, typer.Option("--list", help="List the ready questions")] = False,
    rows: Annotated[int, typer.Option("--rows", min=1, help="The most rows of a printed table")] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every row as CSV")] = False,
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Ask the analysts' snapshot: a SELECT of your own, or one of the ready questions. Nothing can be changed by it.

    Example: cape sql --question what_to_file_today
    Example: cape sql "select cape_status, count(*) from entries.eligibility group by all"
    """
    from cape_pipeline.cookbook import QuestionUnusable, ask, ready_questions
    from cape_pipeline.cookbook_shown import print_answer, print_questions, write_csv, write_json
    from cape_pipeline.summary import SnapshotUnusable

    questions = ready_questions()
    if list_questions:
        print_questions(out, questions)
        return
    if bool(statement) == bool(question):
        fail("name one SELECT, or one ready question with --question; --list shows them")
    if question and question not in questions:
        fail(f"--question {question}: there is no such question; --list shows them")
    settings = replace(settings_of_environment(), warehouse=warehouse)
    try:
        answer = ask(settings, statement or questions[question].text)
        if as_json:
            write_json(sys.stdout, answer)
        elif as_csv:
            write_csv(sys.stdout, answer)
        else:
            print_answer(out, answer, rows)
    except (QuestionUnusable, SnapshotUnusable) as error:
        fail(str(error))


@app.command()
def history(
    entries: Annotated[list[str], typer.Argument(help="Entry summary numbers, with or without dashes")],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Show how the status and path of entries changed, each change with its day and what turned it.

    Every day on which an entry may have turned is computed anew on a scratch copy, so this takes a while.

    Example: cape history ABC-1234567-6
    """
    from cape_pipeline.eligibility_history import UnknownEntries, history_of
    from cape_pipeline.eligibility_history_shown import print_history
    from cape_pipeline.summary import SnapshotUnusable
    from cape_pipeline.warehouse.publish import BrokenPromise

    settings = replace(settings_of_environment(), warehouse=warehouse)
    try:
        with err.status("Computing each day"), sentences():
            changes = history_of(settings, entries)
    except (UnknownEntries, SnapshotUnusable) as error:
        fail(str(error))
    except BrokenPromise as error:
        fail(str(error), BROKEN)
    if as_json:
        print(json.dumps(changes, indent=1, default=str))  # noqa: T201
    else:
        print_history(out, changes)


@app.command()
def interest(
    amount: Annotated[str, typer.Argument(help="Principal in dollars, such as 100000.00")],
    start: Annotated[str, typer.Option("--from", help="Day of the deposit, YYYY-MM-DD; it does not count")],
    end: Annotated[str, typer.Option("--to", help="Day of the (re)liquidation, YYYY-MM-DD; it counts")],
    rate_class: Annotated[RateClass, typer.Option(help="Whose rate")] = RateClass.corporate,
    convention: Annotated[
        list[str] | None,
        typer.Option(help="A convention in place of the default, such as day_count=both; may be repeated"),
    ] = None,
    carry_forward: Annotated[
        bool, typer.Option("--carry-forward", help="Past the last published quarter, go on with its rate, and say so")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the interest on an amount, quarter by quarter, to the cent.

    Example: cape interest 100000 --from 2025-05-15 --to 2026-06-10 --rate-class corporate
    """
    from cape_pipeline.interest import InterestError, RateTable, walk
    from cape_pipeline.interest.choosing import changes_of, conventions_of

    first, last = as_day(start, "--from"), as_day(end, "--to")
    try:
        principal = Decimal(amount.replace("$", "").replace(",", ""))
    except InvalidOperation:
        fail(f"{amount} is not an amount of dollars, such as 100000.00")
    if not principal.is_finite() or principal < 0 or principal != principal.quantize(Decimal("0.01")):
        fail(f"{amount}: give a principal of zero or more, in dollars and whole cents")
    try:
        rates = RateTable.from_csv(project_files("registry_seeds") / "interest_rates.csv")
        conventions = conventions_of(convention or ())
        accrued = walk(principal, first, last, rate_class.value, rates, conventions, carry_forward=carry_forward)
    except InterestError as error:
        fail(str(error))
    changes = changes_of(conventions)
    if as_json:
        print(json.dumps(accrued.to_json_dict() | {"conventions_changed": changes}, indent=1))  # noqa: T201
        return
    from rich.table import Table

    table = Table("quarter", "days", "rate", "opening", "interest", "closing")
    for column in table.columns[1:]:
        column.justify = "right"
    for segment in accrued.segments:
        table.add_row(
            segment.quarter_start.isoformat(),
            str(segment.days),
            _rate_shown(segment),
            *(f"{amount:,.6f}" for amount in (segment.opening_usd, segment.interest_usd, segment.closing_usd)),
        )
    out.print(table)
    by = ", ".join(f"{name}={value}" for name, value in changes.items())
    out.print(
        f"Interest {accrued.interest_usd:,.2f} on {principal:,.2f} over {accrued.days} days,"
        f" {rate_class.value} rate, " + (f"not by the default but with {by}" if by else "rounded once to the cent"),
        highlight=False,
        soft_wrap=True,
    )
    if accrued.carried_forward:
        out.print(
            f"No rate is published after {rates.last_day}: that of its quarter was carried forward (marked *)",
            highlight=False,
            soft_wrap=True,
        )


def _rate_shown(segment: "Segment") -> str:
    """The annual rate in percent, with the reduced one beside it; a star marks one carried forward."""
    shown = f"{segment.annual_rate * 100:.2f} %"
    if segment.rate_above_ten_thousand is not None:
        shown += f" / {segment.rate_above_ten_thousand * 100:.2f} %"
    return shown + (" *" if segment.carried_forward else "")


@app.command()
def calibrate(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX of refunds really received, a row for each deposit")],
    as_json: JsonOption = False,
) -> None:
    """Show which interest conventions reproduce refunds really received. Writes nothing.

    Columns: principal_usd, deposit_date, liquidation_date, interest_usd; where known refund_id, entry_number,
    payment_id, entry_date, entry_summary_date, payment_date, late_interest_usd, rate_class; and to test the principal
    of 15 percent headings paid_row_usd, column_1_duty_usd, or goods_value_usd and column_1_rate.

    Ends with 0 when every row is used, 1 when rows are set aside, 2 when a cell cannot be read or nothing can be used.

    Example: cape calibrate refunds_received.csv
    """
    with err.status(f"Looking at {file.name}"):
        from cape_pipeline.ace.errors import UnreadableExport
        from cape_pipeline.calibration.findings import NothingToFit, calibrate_file
        from cape_pipeline.calibration.show import print_calibration, print_set_aside
        from cape_pipeline.interest import InterestError, RateTable

        try:
            rates = RateTable.from_csv(project_files("registry_seeds") / "interest_rates.csv")
            told = calibrate_file(file, rates)
        except NothingToFit as error:
            print_set_aside(err, error.set_aside)
            fail(str(error))
        except (UnreadableExport, InterestError) as error:
            fail(str(error))
    if as_json:
        print(json.dumps(told, indent=1, default=str))  # noqa: T201
    else:
        print_calibration(out, told)
    if told["set_aside"]:
        raise typer.Exit(UNUSABLE if told["is_damaged"] else BROKEN)


@app.command()
def close(
    period: Annotated[str, typer.Option(help="Last day of the period, YYYY-MM-DD")],
    name: Annotated[str, typer.Option(help="Name of the close; default the day itself")] = "",
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Freeze the books as of the last day of a period: position, roll-forward and interest, with inputs and readings.

    The files lie in the folder closes beside the warehouse and are never overwritten: the same close again changes
    nothing, another content under its name is refused. Later runs open with it and show what is known otherwise since.

    Example: cape close --period 2026-06-30
    """
    last_day = as_day(period, "--period")
    with err.status("Building the books as of the day"):
        from cape_pipeline.assets.reports import StaleWarehouse
        from cape_pipeline.close.closing import CannotClose, close_period
        from cape_pipeline.close.frozen import CloseStands, UnusableClose
        from cape_pipeline.close.shown import print_closed
        from cape_pipeline.warehouse.publish import BrokenPromise

        settings = replace(settings_of_environment(), warehouse=warehouse)
        try:
            with sentences():
                closed = close_period(settings, last_day, name or None)
        except (CannotClose, CloseStands, UnusableClose) as error:
            fail(str(error))
        except (StaleWarehouse, BrokenPromise) as error:
            fail(str(error), BROKEN)
    if as_json:
        told = {**closed.manifest, "folder": str(closed.folder), "is_new": closed.is_new}
        print(json.dumps(told, indent=1, default=str))  # noqa: T201
    else:
        print_closed(out, closed)


@registry_app.command()
def pages(
    seeds: Annotated[Path | None, typer.Argument(help="Folder of seeds; default this installation's own")] = None,
    is_check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 unless the pages are right")
    ] = False,
) -> None:
    """Write the registry's readable pages, one for each IEEPA programme, from the seeds.

    Example: cape registry pages --check
    """
    from cape_pipeline.registry.load import RegistryError
    from cape_pipeline.registry.pages import pages_of, stale_pages, write_pages

    folder = seeds or project_files("registry_seeds")
    try:
        texts = pages_of(folder)
    except RegistryError as error:
        fail(str(error))
    if is_check:
        stale = stale_pages(folder, texts)
        for sentence in stale:
            say(sentence)
        raise typer.Exit(BROKEN if stale else 0)
    try:
        written = write_pages(folder, texts)
    except OSError as error:
        fail(f"{folder}: cannot write the pages there ({error.strerror})")
    out.print(f"{len(texts)} pages in {folder / 'programmes'}, {len(written)} of them new or changed", highlight=False)


@registry_app.command()
def diff(
    a: Annotated[str, typer.Argument(help="Folder of seeds, or shipped; @YYYY-MM-DD behind it: as believed that day")],
    b: Annotated[str, typer.Argument(help="The same, after the change")],
    warehouse: Annotated[
        Path | None,
        typer.Option(help="Warehouse whose amounts are compared; default the usual one, where there is one"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two registries, and what the change does to the amounts already computed.

    The analysts' snapshot is rebuilt under each in a scratch copy; nothing of the warehouse is written. Ends with 0
    whether or not anything differs.

    Example: cape registry diff shipped new_seeds --warehouse cape-demo/warehouse/cape.duckdb
    """
    with err.status("Reading the seeds") as status:
        from cape_pipeline.registry_diff.amounts import UnfitRegistry
        from cape_pipeline.registry_diff.comparison import compare
        from cape_pipeline.registry_diff.show import print_comparison
        from cape_pipeline.registry_diff.sides import UnusableSide, read_side
        from cape_pipeline.summary import SnapshotUnusable

        settings: Settings | None = settings_of_environment()
        if settings is not None and warehouse is not None:
            settings = replace(settings, warehouse=warehouse)
        elif settings is not None and not settings.snapshot.exists():
            settings = None
        try:
            with sentences():
                told = compare(read_side(a), read_side(b), settings, status.update, is_complete=as_json)
        except (UnusableSide, SnapshotUnusable) as error:
            fail(str(error))
        except UnfitRegistry as error:
            fail(str(error), BROKEN)
    if as_json:
        print(json.dumps(told, indent=1, default=str))  # noqa: T201
    else:
        print_comparison(out, told)


@app.command()
def ui(
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    exports: Annotated[Path | None, typer.Option(help="Exports folder; default that of the last run")] = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1")] = 3000,
) -> None:
    """Open the Dagster UI on this project, with the warehouse's own history of runs. Ends with Ctrl-C.

    Example: cape ui --warehouse cape-demo/warehouse/cape.duckdb
    """
    settings = replace(settings_of_environment(), warehouse=warehouse)
    from cape_pipeline.serve import serve

    if not warehouse.exists():
        fail(f"{warehouse}: no such warehouse; make one with cape run or cape demo")
    raise typer.Exit(serve(settings, exports, port, lambda text: out.print(text, highlight=False, soft_wrap=True)))


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
