"""Options that several commands have, so that each has one name and one description.

Belongs here: an option of more than one command, and how options are written in help. Does not belong here: what a
single command takes (its own module).
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from cape_pipeline.settings import Settings

DEFAULTS = Settings()
DAY, MONTH, FILE, FOLDER = "YYYY-MM-DD", "YYYY-MM", "FILE", "FOLDER"


def flag(name: str, told: str, **more: Any) -> Any:
    """An option that is given or not, without a value in its help."""
    return typer.Option(name, help=told, metavar="", **more)


WarehouseOption = Annotated[
    Path,
    typer.Option(
        "--warehouse",
        help="The warehouse file; the analysts' snapshot lies beside it",
        metavar=FILE,
        envvar="CAPE_WAREHOUSE",
    ),
]
ClientOption = Annotated[
    str,
    typer.Option(
        "--client",
        help="Only what is this client's, by client_id of importers.csv or the name of its folder under out",
        metavar="CLIENT",
    ),
]
JsonOption = Annotated[bool, flag("--json", "Print JSON, for machines")]
