"""What a shell offers behind an option: names that are known without starting anything heavy.

Belongs here: lists of names from the project's own files, and entry numbers of a snapshot. Does not belong here: the
options themselves, and whether a value is right (the command says so).

A shell shows nothing of an error here: where there is nothing to offer, the list is empty.
"""

import csv
from pathlib import Path

import typer

from cape_pipeline.settings import Settings, UnusableSetting, project_files

Offered = list[str | tuple[str, str]]
#: More entry numbers than these help nobody to choose.
MOST_ENTRIES = 50
#: Folders of sql/ that hold no tables.
OTHER_FOLDERS = {"queries"}
ENTRIES = """
select entry_number
from entries.eligibility
where starts_with(entry_number, $begun)
order by entry_number
limit $most
"""


def questions(context: typer.Context, incomplete: str) -> Offered:
    """The ready questions, each with what it asks."""
    del context
    return [
        (path.stem, path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("-- "))
        for path in sorted((project_files("sql") / "queries").glob("*.sql"))
        if path.stem.startswith(incomplete)
    ]


def groups(context: typer.Context, incomplete: str) -> Offered:
    """The groups of tables."""
    del context
    folders = (path.name for path in sorted(project_files("sql").iterdir()) if path.is_dir())
    return [name for name in folders if name.startswith(incomplete) and name not in OTHER_FOLDERS]


def policies(context: typer.Context, incomplete: str) -> Offered:
    """Every reading that is not withdrawn, as point=policy."""
    del context
    with (project_files("registry_seeds") / "policies.csv").open(encoding="utf-8", newline="") as file:
        choices = [
            (f"{row['policy_point']}={row['policy']}", row["reading"])
            for row in csv.DictReader(file)
            if not row["withdrawn_date"]
        ]
    return [choice for choice in choices if choice[0].startswith(incomplete)]


def conventions(context: typer.Context, incomplete: str) -> Offered:
    """Every value of every interest convention, as name=value."""
    from cape_pipeline.interest.conventions import OPTIONS

    del context
    choices = (f"{name}={str(value).lower()}" for name, values in OPTIONS.items() for value in values)
    return [choice for choice in choices if choice.startswith(incomplete)]


def facts(context: typer.Context, incomplete: str) -> Offered:
    """The facts that can be vouched for; behind a comma the ones that are not named yet."""
    from cape_pipeline.contracts.ace import ATTESTED_FACTS

    del context
    named, comma, begun = incomplete.rpartition(",")
    rest = (fact for fact in ATTESTED_FACTS if fact not in named.split(",") and fact.startswith(begun))
    return [f"{named}{comma}{fact}" for fact in rest]


def submitters(context: typer.Context, incomplete: str) -> Offered:
    """The two kinds of submitters, whose number or code follows."""
    del context
    return [kind for kind in ("importer:", "broker:") if kind.startswith(incomplete)]


def entry_numbers(context: typer.Context, incomplete: str) -> Offered:
    """Entry numbers of the snapshot that begin so; none where there is no snapshot that can be read."""
    import duckdb

    from cape_pipeline.summary import SnapshotUnusable, open_snapshot, rows_of, snapshot_of

    try:
        settings = Settings.from_environment()
        warehouse = context.params.get("warehouse") or settings.warehouse
        with open_snapshot(snapshot_of(Settings(warehouse=Path(warehouse)))) as con:
            found = rows_of(con, ENTRIES, {"begun": incomplete.replace("-", "").upper(), "most": MOST_ENTRIES})
    except (SnapshotUnusable, UnusableSetting, duckdb.Error):
        return []
    return [row["entry_number"] for row in found]
