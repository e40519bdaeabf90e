"""`cape restore`: issued positions, and one of them built again from the archive.

Belongs here: its arguments and what it prints. Does not belong here: the work (`cape_pipeline/issued/`).
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import DEFAULTS, FOLDER, JsonOption, WarehouseOption, flag
from cape_pipeline.commands.terminal import BROKEN, err, fail, out, print_json, sentences, settings_of_environment
from cape_pipeline.settings import Settings


def restore(
    position: Annotated[str, typer.Argument(help="Name of the position, or its start", metavar="POSITION")] = "",
    folder: Annotated[Path | None, typer.Argument(help="New folder to build it in", metavar=FOLDER)] = None,
    is_list: Annotated[bool, flag("--list", "Show the positions that were issued")] = False,
    exports: Annotated[
        Path | None,
        typer.Option(help="Where received files lie that were loaded with --discard-raw", metavar=FOLDER),
    ] = None,
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    as_json: JsonOption = False,
) -> None:
    """Build an issued position again, from the archive alone.

    Every run that writes files issues a position: it keeps what it was made
    of in the archive beside the warehouse. This builds its tables and files
    again in a new folder and compares them, byte for byte. Ends with 0 when
    they are the same, 1 when they differ, 2 when something is missing.

    Example: cape restore --list --warehouse cape-demo/warehouse/cape.duckdb
    """
    settings = replace(settings_of_environment(), warehouse=warehouse)
    if is_list and not position:
        _list(settings, as_json)
    elif position and folder and not is_list:
        _restore(settings, position, folder, exports, as_json)
    else:
        fail("name a position and a new folder, or --list to see which positions there are")


def _list(settings: Settings, as_json: bool) -> None:
    from cape_pipeline.issued.keeping import issued_positions
    from cape_pipeline.issued.shown import print_issued

    found = issued_positions(settings)
    if as_json:
        print_json([asdict(issued) for issued in found])
    elif found:
        print_issued(out, found)
    else:
        fail(f"{settings.archive} holds no issued position: a run that writes files issues one")


def _restore(settings: Settings, position: str, folder: Path, exports: Path | None, as_json: bool) -> None:
    from cape_pipeline.ace import UnreadableExport
    from cape_pipeline.ace.archive import NotRestored
    from cape_pipeline.issued.keeping import NoSuchPosition
    from cape_pipeline.issued.restoring import CannotRestore, restore_position
    from cape_pipeline.issued.shown import print_restored
    from cape_pipeline.warehouse.publish import BrokenPromise

    try:
        with err.status("Restoring") as status, sentences():
            restored = restore_position(
                settings,
                position,
                folder,
                exports=exports,
                progress=lambda what: status.update(f"Restoring {what}"),
            )
    except (NoSuchPosition, CannotRestore, NotRestored, UnreadableExport) as error:
        fail(str(error))
    except BrokenPromise as error:
        fail(str(error), BROKEN)
    except OSError as error:
        fail(f"{folder}: cannot be written ({error.strerror or error})")
    if as_json:
        print_json({"is_the_same": restored.is_the_same, **asdict(restored)})
    else:
        print_restored(out, restored)
    if not restored.is_the_same:
        raise typer.Exit(BROKEN)
