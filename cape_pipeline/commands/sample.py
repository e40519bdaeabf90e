"""`cape sample`: exports of any size with known answers.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import FOLDER, JsonOption
from cape_pipeline.commands.terminal import err, fail, out, settings_of_environment


def sample(
    folder: Annotated[Path, typer.Argument(help="Folder to write the sample into", metavar=FOLDER)],
    entries: Annotated[
        int, typer.Option("--entries", help="How many entry summaries", min=1, metavar="NUMBER")
    ] = 10_000,
    seed: Annotated[
        int,
        typer.Option("--seed", help="Which sample: number and seed alike, bytes alike", metavar="NUMBER"),
    ] = 1,
    as_json: JsonOption = False,
) -> None:
    """Write exports of any size with known answers.

    The exports can be run on as they are; the answers, which a run passes
    over, lie in the folder answers. A million entries take about 0.8 GB.

    Example: cape sample --entries 2000 --seed 1 cape-sample
    """
    from cape_pipeline.sample import MOST_ENTRIES, write_sample

    if entries > MOST_ENTRIES:
        fail(f"--entries {entries}: a sample has at most {MOST_ENTRIES:,} entries")
    settings = settings_of_environment()
    try:
        with err.status(f"Writing {entries:,} entries"):
            written = write_sample(folder, entries, seed, threads=settings.threads, memory_limit=settings.memory_limit)
    except OSError as error:
        fail(f"{folder}: cannot write the sample there ({error.strerror})")
    if as_json:
        told = {
            "as_of": written.as_of,
            "entries": written.entries,
            "seed": written.seed,
            "es003_rows": written.es003_rows,
            "files": written.files,
            "answers": written.answers,
        }
        print(json.dumps(told, indent=1, default=str))  # noqa: T201
        return
    out.print(
        f"Exports   {folder}   ({written.entries:,} entries, {written.es003_rows:,} tariff rows, made-up companies)"
        f"\nAnswers   {written.answers}   (one row an entry and one a refund, true by construction)"
        f"\nRun       cape run --exports {folder} --as-of {written.as_of}",
        highlight=False,
        soft_wrap=True,
    )
