"""`cape ui`: the Dagster UI on one warehouse.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from ipaddress import ip_address
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
        typer.Option(help="Address to listen on; other than this machine's own with --behind-login", metavar="HOST"),
    ] = LOOPBACK,
    behind_login: Annotated[
        bool, flag("--behind-login", "What reaches HOST has passed a login: the UI asks for none (deploy/README.md)")
    ] = False,
    read_only: Annotated[bool, flag("--read-only", "For viewers: nothing can be started, switched or changed")] = False,
) -> None:
    """Open the Dagster UI on this project, with the warehouse's own history of runs. Ends with Ctrl-C.

    With --read-only it is for looking only, on a port of its own beside the other.

    It listens on this machine alone: Dagster's UI has no login, so whoever reaches it can start runs and read rows.

    Example: cape ui --warehouse cape-demo/warehouse/cape.duckdb
    Example: cape ui --read-only --port 3001
    """
    if not behind_login and not is_of_this_machine(host):
        fail(
            f"--host {host}: Dagster's UI has no login: whoever reaches {host}:{port} could start runs and read rows."
            f" Leave --host away and put a proxy that asks for a login before {LOOPBACK}:{port} (deploy/README.md), or"
            " say --behind-login where one stands before it already"
        )
    settings = replace(settings_of_environment(), warehouse=warehouse)
    from cape_pipeline.serve import serve

    if settings.storage == EMBEDDED and not warehouse.exists():
        fail(f"{warehouse}: no such warehouse; make one with cape run or cape demo")

    def say(text: str) -> None:
        out.print(text, highlight=False, soft_wrap=True)

    raise typer.Exit(serve(settings, exports, port, say, host=host, behind_login=behind_login, read_only=read_only))


def is_of_this_machine(host: str) -> bool:
    """Whether nobody but this machine itself can reach an address, as far as the address alone tells."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False
