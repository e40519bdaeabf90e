"""`cape sql`: questions to the analysts' snapshot.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

import sys
from dataclasses import replace
from typing import Annotated

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.options import DEFAULTS, ClientOption, JsonOption, WarehouseOption, flag
from cape_pipeline.commands.terminal import fail, of_client, out, print_json, settings_of_environment
from cape_pipeline.settings import Settings


def sql(
    statement: Annotated[
        str, typer.Argument(help="One SELECT on the tables of the snapshot", metavar="SELECT", show_default=False)
    ] = "",
    question: Annotated[
        str,
        typer.Option(
            "--question",
            help="A ready question by its name, see --list",
            metavar="NAME",
            autocompletion=completion.questions,
        ),
    ] = "",
    list_questions: Annotated[bool, flag("--list", "List the ready questions")] = False,
    rows: Annotated[int, typer.Option("--rows", min=1, help="The most rows of a printed table")] = 50,
    as_csv: Annotated[bool, flag("--csv", "Print every row as CSV")] = False,
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> None:
    """Ask the analysts' snapshot; nothing can be changed by it.

    A SELECT of your own, or one of the ready questions.

    Example: cape sql --list

    Example: cape sql --question what_to_file_today --csv

    Example: cape sql "select * from reports.position_by_path" --json
    """
    from cape_pipeline.cookbook import QuestionUnusable, ask, ready_questions
    from cape_pipeline.cookbook_shown import print_answer, write_csv, write_json
    from cape_pipeline.summary import SnapshotUnusable

    if as_json and as_csv:
        fail("--json and --csv are two ways to print the same rows: choose one")
    if list_questions:
        _list_questions(as_json=as_json)
        return
    if bool(statement) == bool(question):
        fail("name one SELECT, or one ready question with --question; --list shows them")
    if question and question not in ready_questions():
        fail(f"--question {question}: there is no such question; --list shows them")
    settings = of_client(replace(settings_of_environment(), warehouse=warehouse), client)
    try:
        answer = ask(settings, statement or ready_questions()[question].text)
        if as_json:
            write_json(sys.stdout, answer)
        elif as_csv:
            write_csv(sys.stdout, answer)
        else:
            print_answer(out, answer, rows)
    except QuestionUnusable as error:
        fail(_of_another_release(settings, error) if question else str(error))
    except SnapshotUnusable as error:
        fail(str(error))


def _list_questions(*, as_json: bool) -> None:
    from cape_pipeline.cookbook import ready_questions
    from cape_pipeline.cookbook_shown import print_questions

    if as_json:
        print_json([{"question": name, "asks": query.comment} for name, query in ready_questions().items()])
    else:
        print_questions(out, ready_questions())


def _of_another_release(settings: Settings, error: Exception) -> str:
    """What a ready question cannot find is not the asker's fault."""
    from cape_pipeline.summary import snapshot_of

    why = str(error.__cause__).splitlines()[0]
    return f"{snapshot_of(settings)} lacks what this question reads; bring it up to date with cape run ({why})"
