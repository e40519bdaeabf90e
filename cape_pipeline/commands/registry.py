"""`cape registry …`: the law as data, its readable pages and what a change of it does.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import FILE, JsonOption, flag
from cape_pipeline.commands.terminal import BROKEN, err, fail, out, print_json, say, sentences, settings_of_environment
from cape_pipeline.settings import Settings, project_files


def begin_registry(context: typer.Context) -> None:
    """The law as data: readable pages, and what a change of it does.

    Example: cape registry pages --check
    """
    if context.invoked_subcommand is None:
        context.get_help()


def pages(
    seeds: Annotated[
        Path | None, typer.Argument(help="Folder of seeds; default this installation's own", metavar="FOLDER")
    ] = None,
    is_check: Annotated[bool, flag("--check", "Write nothing; end with 1 unless the pages are right")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the registry's readable pages, one for each IEEPA programme.

    They are made from the seeds and lie beside them.

    Example: cape registry pages --check
    """
    from cape_pipeline.registry.load import RegistryError
    from cape_pipeline.registry.pages import pages_of, stale_pages, write_pages

    folder = seeds or project_files("registry_seeds")
    if not folder.is_dir():
        fail(f"{folder}: no such folder; name a folder of seeds, or none for this installation's own")
    try:
        texts = pages_of(folder)
    except RegistryError as error:
        fail(str(error))
    if is_check:
        stale = stale_pages(folder, texts)
        if as_json:
            print_json({"folder": str(folder), "page_count": len(texts), "stale": stale})
        else:
            for sentence in stale:
                say(sentence)
            if not stale:
                out.print(f"{len(texts)} pages in {folder / 'programmes'} are right", highlight=False)
        raise typer.Exit(BROKEN if stale else 0)
    try:
        written = write_pages(folder, texts)
    except OSError as error:
        fail(f"{folder}: cannot write the pages there ({error.strerror})")
    if as_json:
        print_json({"folder": str(folder), "page_count": len(texts), "written": [str(page) for page in written]})
        return
    out.print(f"{len(texts)} pages in {folder / 'programmes'}, {len(written)} of them new or changed", highlight=False)


def diff(
    a: Annotated[
        str,
        typer.Argument(
            help="Folder of seeds, or shipped; @YYYY-MM-DD behind it: as believed that day", metavar="BEFORE"
        ),
    ],
    b: Annotated[str, typer.Argument(help="The same, after the change", metavar="AFTER")],
    warehouse: Annotated[
        Path | None,
        typer.Option(
            help="Warehouse whose amounts are compared; default the usual one, where there is one",
            metavar=FILE,
            envvar="CAPE_WAREHOUSE",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two registries, and what that does to amounts.

    The analysts' snapshot is rebuilt under each in a scratch copy; nothing of
    the warehouse is written. Ends with 0 whether or not anything differs.

    Example: cape registry diff shipped@2026-11-20 shipped
    """
    with err.status("Reading the seeds") as status:
        from cape_pipeline.registry_diff.amounts import UnfitRegistry
        from cape_pipeline.registry_diff.comparison import compare
        from cape_pipeline.registry_diff.show import print_comparison
        from cape_pipeline.registry_diff.sides import UnusableSide, read_side
        from cape_pipeline.summary import SnapshotUnusable

        settings: Settings | None = settings_of_environment()
        if settings is not None and warehouse is not None:
            settings = replace(settings, warehouse=warehouse)
        elif settings is not None and not settings.snapshot.exists():
            settings = None
        try:
            with sentences():
                told = compare(read_side(a), read_side(b), settings, status.update, is_complete=as_json)
        except (UnusableSide, SnapshotUnusable) as error:
            fail(str(error))
        except UnfitRegistry as error:
            fail(str(error), BROKEN)
    if as_json:
        print_json(told)
    else:
        print_comparison(out, told)
