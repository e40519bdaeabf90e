"""`cape verify`: whether files, registry and tables are what the warehouse says they are.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from dataclasses import asdict, replace

import typer

from cape_pipeline.commands.options import DEFAULTS, JsonOption, WarehouseOption
from cape_pipeline.commands.terminal import BROKEN, err, fail, out, print_json, settings_of_environment
from cape_pipeline.layout import shown

MOST_SHOWN = 40


def verify(warehouse: WarehouseOption = DEFAULTS.warehouse, as_json: JsonOption = False) -> None:
    """Look whether everything is what the warehouse says it is.

    Hashes every archived file and every table again, adds up the rows of every
    file, compares the registry with this installation's, computes every view,
    checks every promise and every claim, and that every issued position could
    be built again. Writes nothing. Ends with 0 when all is as recorded, 1 when something was
    changed, 2 when the warehouse cannot be read.

    Example: cape verify --warehouse cape-demo/warehouse/cape.duckdb
    """
    from cape_pipeline.registry.load import RegistryError
    from cape_pipeline.verification import verify as look
    from cape_pipeline.warehouse.connection import WarehouseUnusable

    settings = replace(settings_of_environment(), warehouse=warehouse)
    try:
        with err.status("Verifying") as status:
            verification = look(settings, lambda what: status.update(f"Verifying {what}"))
    except (WarehouseUnusable, RegistryError) as error:
        fail(str(error))
    if as_json:
        print_json({"is_whole": verification.is_whole, **asdict(verification)})
    else:
        out.print(
            f"Hashed {verification.files_hashed:,} received files and {verification.tables_hashed:,} tables, added up"
            f" {len(verification.control_totals):,} files, computed {verification.views_computed:,} views, compared"
            f" {verification.seeds_compared:,} registry tables, examined {verification.positions_examined:,} issued"
            " positions.",
            highlight=False,
        )
        if verification.files_not_kept:
            out.print(f"{verification.files_not_kept:,} files were not kept (--discard-raw): nothing to hash.")
        for finding in verification.findings[:MOST_SHOWN]:
            out.print(shown(f"{finding.kind}: {finding.name}: {finding.sentence}"), style="yellow", soft_wrap=True)
        if len(verification.findings) > MOST_SHOWN:
            out.print(f"… and {len(verification.findings) - MOST_SHOWN:,} more: --json has all of them.")
        if verification.is_whole:
            out.print("All of it is as recorded.")
    if not verification.is_whole:
        raise typer.Exit(BROKEN)
