"""What `cape history` prints: the changes of an entry's answer as a table.

Belongs here: words and layout. Does not belong here: finding the changes (`eligibility_history.py`).
"""

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from cape_pipeline.layout import Column, print_records, print_rows

COLUMNS = tuple(map(Column, ("day", "entry", "answer", "reason", "what turned on the day")))


def print_history(console: Console, changes: Sequence[dict[str, Any]]) -> None:
    """Print the changes of one or several entries, oldest first, one row a change."""
    rows = [
        (
            change["changed_date"].isoformat(),
            change["entry_number"],
            f"{change['cape_status']} / {change['recommended_path']}",
            change["path_reason"],
            "\n".join(dict.fromkeys(change["causes"])),
        )
        for change in changes
    ]
    print_rows(console, COLUMNS, rows, print_records)
