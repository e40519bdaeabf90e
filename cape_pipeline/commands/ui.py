"""`cape ui`: the Dagster UI on one warehouse.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import DEFAULTS, FOLDER, WarehouseOption, flag
from cape_pipeline.commands.terminal import fail, out, settings_of_environment
from cape_pipeline.settings import EMBEDDED

LOOPBACK = "127.0.0.1"


def ui(
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    exports: Annotated[
        Path | None, typer.Option(help="Exports folder; default that of the last run", metavar=FOLDER)
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the UI", min=1, max=65535, metavar="PORT")] = 3000,
    host: Annotated[
        str,
        typer.Option(help="Address to listen on; only behind a login other than the default", metavar="HOST"),
    ] = LOOPBACK,
    read_only: Annotated[bool, flag("--read-only", "For viewers: nothing can be started, switched or changed")] = False,
) -> None:
    """Open the Dagster UI on this project, with the warehouse's own history of runs. Ends with Ctrl-C.

    With --read-only it is for looking only, on a port of its own beside the other.

    Example: cape ui --warehouse cape-demo/warehouse/cape.duckdb
    Example: cape ui --read-only --port 3001
    """
    settings = replace(settings_of_environment(), warehouse=warehouse)
    from cape_pipeline.serve import serve

    if settings.storage == EMBEDDED and not warehouse.exists():
        fail(f"{warehouse}: no such warehouse; make one with cape run or cape demo")

    def say(text: str) -> None:
        out.print(text, highlight=False, soft_wrap=True)

    raise typer.Exit(serve(settings, exports, port, say, host=host, read_only=read_only))
