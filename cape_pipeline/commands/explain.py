"""`cape explain`: the audit trail of one entry.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from typing import Annotated

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.options import DEFAULTS, ClientOption, JsonOption, WarehouseOption
from cape_pipeline.commands.terminal import fail, of_client, out, print_json, settings_of_environment


def explain(
    entry: Annotated[
        str,
        typer.Argument(
            help="Entry summary number, with or without dashes",
            metavar="ENTRY",
            autocompletion=completion.entry_numbers,
        ),
    ],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show the whole audit trail of one entry.

    Its rows as received, the rules with their source, the split of the duty,
    the interest walk, the payment batch and what was paid.

    Example: cape explain 999-4400070-4 --warehouse cape-demo/warehouse/cape.duckdb
    """
    from cape_pipeline.explain import NoSuchEntry, explain_entry
    from cape_pipeline.explanation import print_explanation
    from cape_pipeline.summary import SnapshotUnusable

    settings = of_client(replace(settings_of_environment(), warehouse=warehouse), client)
    try:
        explanation = explain_entry(settings, entry)
    except (NoSuchEntry, SnapshotUnusable) as error:
        fail(str(error))
    if as_json:
        print_json(explanation)
    else:
        print_explanation(out, explanation)
