"""`cape redact`: a copy of exports that tells nobody who somebody is.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cape_pipeline.commands.options import FILE, JsonOption
from cape_pipeline.commands.terminal import BROKEN, err, fail, out, print_json, say, settings_of_environment

if TYPE_CHECKING:
    from cape_pipeline.redaction import Redaction


def redact(
    exports: Annotated[Path, typer.Argument(help="Folder with the exports", metavar="EXPORTS")],
    target: Annotated[Path, typer.Argument(help="Folder to write the copy into; empty or new", metavar="TARGET")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="Secret by which a later copy has the same pseudonyms; made where there is none. Never hand it on",
            metavar=FILE,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a copy of exports that tells nobody who somebody is.

    Numbers of importers, entries, claims, refunds, payments and accounts,
    names, addresses and texts are replaced, in all files alike; amounts, days,
    tariff numbers and CBP's words stay, so that a run on the copy comes to the
    same. Who knows your trade may still know a shipment by its amounts.

    Ends with 1, and writes nothing, when a replaced value was found in a
    column that stays.

    Example: cape redact cape-demo/exports shareable
    """
    from cape_pipeline.ace.errors import UnreadableExport
    from cape_pipeline.redaction import Unredactable, redact_folder
    from cape_pipeline.redaction.folder import read_key

    settings = settings_of_environment()
    try:
        if key_file is not None and key_file.resolve().is_relative_to(target.resolve()):
            raise Unredactable(f"--key-file {key_file}: the key must not lie in the copy")
        with err.status("Writing the copy"):
            done = redact_folder(
                exports,
                target,
                key=None if key_file is None else read_key(key_file),
                originators=settings.bank_originators,
                memory_limit=settings.memory_limit,
                threads=settings.threads,
            )
    except (UnreadableExport, Unredactable) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{target}: cannot write the copy there ({error.strerror})")
    if as_json:
        print_json(_told(done))
    else:
        _print(done, target)
    if done.leaks:
        raise typer.Exit(BROKEN)


def _told(done: "Redaction") -> dict[str, Any]:
    return {
        "files": done.files,
        "rows": done.rows,
        "columns_unknown": done.columns_unknown,
        "left_out": [{"file": str(left.path), "reason": left.reason} for left in done.left_out],
        "leaks": [{"file": str(leak.path), "row": leak.row, "column": leak.column} for leak in done.leaks],
    }


def _print(done: "Redaction", target: Path) -> None:
    for left in done.left_out:
        say(f"not copied: {left.reason}")
    for leak in done.leaks:
        say(f"{leak.path}, row {leak.row}, column {leak.column}: holds a value that is replaced elsewhere")
    if done.leaks:
        say("nothing was written: empty these cells in the exports, or leave the files out, and try again")
        return
    unknown = sum(map(len, done.columns_unknown.values()))
    out.print(
        f"Copy      {target}   ({len(done.files)} files, {done.rows:,} rows; {len(done.left_out)} files not copied)"
        f"\nEmptied   {unknown} columns that no report has, renamed column_N"
        f"\nStays     amounts, days, tariff numbers, ports, statuses: who knows your trade may know a shipment by them"
        f"\nRun       cape run --exports {target}",
        highlight=False,
        soft_wrap=True,
    )
