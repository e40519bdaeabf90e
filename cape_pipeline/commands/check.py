"""`cape check`: what the loader makes of a file, or CBP of a declaration.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.options import FILE, ClientOption, JsonOption
from cape_pipeline.commands.terminal import err, fail, of_client, out, print_json, say, settings_of_environment
from cape_pipeline.settings import UnusableSetting

if TYPE_CHECKING:
    from cape_pipeline.filing import Submitter


def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="ACE exports, reference files, CAPE declarations or audit packets", metavar="FILE"),
    ],
    warehouse: Annotated[
        Path | None,
        typer.Option(
            help="Warehouse whose snapshot knows the entries of a declaration; default the usual one",
            metavar=FILE,
            envvar="CAPE_WAREHOUSE",
        ),
    ] = None,
    submitter: Annotated[
        str,
        typer.Option(
            help="Who uploads the declaration: importer:NUMBER or broker:FILERCODE",
            metavar="SUBMITTER",
            autocompletion=completion.submitters,
        ),
    ] = "",
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show what the loader makes of a file, or CBP of a declaration.

    Writes nothing. Ends with 0 when every row is used, 1 when rows are set
    aside or the file is refused, 2 when it cannot be read. A declaration ends
    with 1 when a rule rejects the file or a row of it; warnings end with 0. An
    audit packet (ZIP) ends with 1 when a byte of it was changed or its files
    disagree.

    Example: cape check cape-demo/exports/claim_details_ZQX.csv

    Example: cape check cape-demo/out/declarations/*_ZQX_*.csv --submitter broker:ZQX
    """
    from cape_pipeline.audit_packets.show import PacketVerdict, print_packet
    from cape_pipeline.check import Unusable, Verdict, check_file, print_verdict, verdict_json
    from cape_pipeline.declaration_check.show import print_declaration
    from cape_pipeline.registry.load import RegistryError

    settings = settings_of_environment()
    if warehouse:
        settings = replace(settings, warehouse=warehouse)
    settings = of_client(settings, client)
    uploads = _one_submitter(submitter)
    verdicts = []
    for path in files:
        with err.status(f"Looking at {path.name}"):
            try:
                verdict = check_file(path, settings, uploads)
            except (UnusableSetting, RegistryError) as error:
                fail(str(error))
        verdicts.append(verdict)
        if as_json:
            continue
        if len(verdicts) > 1:
            out.print()
        if isinstance(verdict, Unusable):
            say(verdict.sentence)
        elif isinstance(verdict, Verdict):
            print_verdict(out, verdict)
        elif isinstance(verdict, PacketVerdict):
            print_packet(out, verdict)
        else:
            print_declaration(out, verdict)
    if as_json:
        told = {"files": [verdict_json(verdict) for verdict in verdicts]}
        print_json(told)
    raise typer.Exit(max(verdict.exit_code for verdict in verdicts))


def _one_submitter(text: str) -> "Submitter | None":
    """Who uploads the one file, if that was said."""
    from cape_pipeline.filing import UnusableFilingChoice, as_submitters

    try:
        named = as_submitters(text)
    except UnusableFilingChoice as error:
        fail(f"--{error}")
    if len(named) > 1:
        fail(f"--submitter {text}: one file is uploaded by one submitter")
    return named[0] if named else None
