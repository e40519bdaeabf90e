"""`cape demo`: sample exports, a run on them, and where everything is.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import JsonOption
from cape_pipeline.commands.run import run_and_tell, run_for_json
from cape_pipeline.commands.terminal import fail, out, print_json, settings_of_environment, starting_dagster
from cape_pipeline.settings import Settings


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder to write the demonstration into", metavar="FOLDER")] = Path(
        "cape-demo"
    ),
    as_json: JsonOption = False,
) -> None:
    """Write sample exports, run on them, and print the position.

    The companies are made up and the same every time. It ends with where
    everything is, and what to try next.

    Example: cape demo
    """
    settings = replace(
        settings_of_environment(),
        exports=folder / "exports",
        warehouse=folder / "warehouse" / "cape.duckdb",
        out=folder / "out",
    )
    with starting_dagster():
        from cape_pipeline.demo import write_demo, write_templates
        from cape_pipeline.run import Request

    exports, templates = settings.exports, folder / "templates"
    try:
        written = write_demo(exports)
        if not templates.exists():
            write_templates(templates)
    except OSError as error:
        fail(f"{folder}: cannot write the demonstration there ({error.strerror})")
    request = Request(as_of=written.as_of, policies=settings.policies, submitters=settings.submitters)
    if as_json:
        print_json({**run_for_json(settings, request), "exports": str(exports), "templates": str(templates)})
        return
    run_and_tell(settings, request)
    out.print(
        f"\nExports        {exports}   (made-up companies; the same every time)"
        f"\nTemplates      {templates}   for reference files of your own: importers.csv, entry_facts.csv, …"
        f"\nOne entry      cape explain {_an_entry(settings)} --warehouse {settings.warehouse}"
        f"\nDagster UI     cape ui --warehouse {settings.warehouse} --exports {exports}",
        highlight=False,
        soft_wrap=True,
    )


def _an_entry(settings: Settings) -> str:
    from cape_pipeline.summary import a_refunded_entry

    return a_refunded_entry(settings.snapshot)
