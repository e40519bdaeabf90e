"""`cape history`: how the answers for entries came to be.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from typing import Annotated

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.options import DEFAULTS, ClientOption, JsonOption, WarehouseOption
from cape_pipeline.commands.terminal import (
    BROKEN,
    err,
    fail,
    of_client,
    out,
    print_json,
    sentences,
    settings_of_environment,
)


def history(
    entries: Annotated[
        list[str],
        typer.Argument(
            help="Entry summary numbers, with or without dashes",
            metavar="ENTRY",
            autocompletion=completion.entry_numbers,
        ),
    ],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show how the status and path of entries changed, day by day, and why.

    Every day on which an entry may have turned is computed anew on a scratch
    copy, so this takes a while.

    Example: cape history 99944000704 --warehouse cape-demo/warehouse/cape.duckdb
    """
    from cape_pipeline.eligibility_history import UnknownEntries, history_of
    from cape_pipeline.eligibility_history_shown import print_history
    from cape_pipeline.summary import SnapshotUnusable
    from cape_pipeline.warehouse.publish import BrokenPromise

    settings = of_client(replace(settings_of_environment(), warehouse=warehouse), client)
    try:
        with err.status("Computing each day"), sentences():
            changes = history_of(settings, entries)
    except (UnknownEntries, SnapshotUnusable) as error:
        fail(str(error))
    except BrokenPromise as error:
        fail(str(error), BROKEN)
    if as_json:
        print_json(changes)
    else:
        print_history(out, changes)
