"""What `cape restore` prints: the positions that were issued, and how one that was built again compares.

Belongs here: printing. Does not belong here: any comparison (`restoring.py`).
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from cape_pipeline.issued.keeping import Issued
from cape_pipeline.issued.restoring import Restored
from cape_pipeline.layout import shown

MOST_SHOWN = 20


def print_issued(out: Console, found: Sequence[Issued]) -> None:
    """One line a position."""
    table = Table("position", "as of", "issued (UTC)", "received files", "files", "code", box=None)
    for issued in found:
        table.add_row(
            issued.position_id,
            issued.as_of_date or "",
            f"{issued.issued_at:%Y-%m-%d %H:%M}" if issued.issued_at else "unknown",
            f"{issued.input_count:,}",
            f"{issued.file_count:,}",
            issued.code_version,
        )
    out.print(table)


def print_restored(out: Console, restored: Restored) -> None:
    """Whether it is the same, and where not; what it was made by then, if that was something else."""
    out.print(
        f"Position {restored.position_id} as of {restored.as_of_date}, built again in {restored.folder}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    if restored.is_the_same:
        out.print(
            f"{restored.table_count:,} tables and {restored.file_count:,} files are the same, byte for byte.",
            highlight=False,
        )
    for kind, names in (("table", restored.differing_tables), ("file", restored.differing_files)):
        for name in names[:MOST_SHOWN]:
            out.print(shown(f"{kind} {name} is not what was issued"), style="yellow", soft_wrap=True)
        if len(names) > MOST_SHOWN:
            out.print(f"… and {len(names) - MOST_SHOWN:,} more: --json has all of them.")
    if restored.made_by and not restored.is_the_same:
        out.print(
            shown(f"It was issued by {', '.join(restored.made_by)}: with that installed it should be the same."),
            soft_wrap=True,
        )
