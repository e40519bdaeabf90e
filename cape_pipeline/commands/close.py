"""`cape close`: the books of a period, frozen.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from typing import Annotated

import typer

from cape_pipeline.commands.options import DAY, DEFAULTS, JsonOption, WarehouseOption
from cape_pipeline.commands.terminal import (
    BROKEN,
    as_day,
    err,
    fail,
    out,
    print_json,
    sentences,
    settings_of_environment,
)


def close(
    period: Annotated[str, typer.Option(help="Last day of the period", metavar=DAY)],
    name: Annotated[str, typer.Option(help="Name of the close; default the day itself", metavar="NAME")] = "",
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Freeze the books as of the last day of a period.

    Position, roll-forward and interest, with inputs and readings. The files lie
    in the folder closes beside the warehouse and are never overwritten: the
    same close again changes nothing, another content under its name is refused.
    Later runs open with it and show what is known otherwise since.

    Example: cape close --period 2026-06-30 --warehouse cape-demo/warehouse/cape.duckdb
    """
    last_day = as_day(period, "--period")
    with err.status("Building the books as of the day"):
        from cape_pipeline.close.closing import CannotClose, close_period
        from cape_pipeline.close.frozen import CloseStands, UnusableClose
        from cape_pipeline.close.shown import print_closed
        from cape_pipeline.staleness import StaleWarehouse
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
        print_json(told)
    else:
        print_closed(out, closed)
