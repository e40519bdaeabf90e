"""`cape packet`: the audit packet of one declaration.

Belongs here: its arguments, and writing the file. Does not belong here: the packet (`cape_pipeline/audit_packets/`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import DEFAULTS, FOLDER, ClientOption, JsonOption, WarehouseOption
from cape_pipeline.commands.terminal import fail, of_client, out, print_json, settings_of_environment


def packet(
    declaration: Annotated[
        str,
        typer.Argument(help="Its declaration_id, CAPE claim number or file name", metavar="DECLARATION"),
    ],
    warehouse: WarehouseOption = DEFAULTS.warehouse,
    folder: Annotated[Path, typer.Option("--to", help="Folder to write it into", metavar=FOLDER)] = Path(),
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the audit packet of one declaration.

    A run writes the packets of all declarations by itself where there are not
    too many of them (CAPE_AUDIT_PACKETS). It is made from the snapshot, so it
    is as of the day of the last run.

    Example: cape packet 100000310014 --warehouse cape-demo/warehouse/cape.duckdb
    """
    from cape_pipeline.audit_packets.asking import NoSuchPacket, packet_of
    from cape_pipeline.durable import replace_whole
    from cape_pipeline.summary import SnapshotUnusable

    settings = of_client(replace(settings_of_environment(), warehouse=warehouse), client)
    try:
        name, content = packet_of(settings, declaration)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        replace_whole(target, content)
    except (NoSuchPacket, SnapshotUnusable) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder}: cannot write the packet there ({error.strerror})")
    if as_json:
        print_json({"packet": str(target)})
    else:
        out.print(f"Packet   {target}   (cape check {target} shows it)", highlight=False, markup=False, soft_wrap=True)
