"""What `cape history` prints: the changes of an entry's answer as a table.

Belongs here: words and layout. Does not belong here: finding the changes (`eligibility_history.py`).
"""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def print_history(console: Console, changes: Sequence[dict[str, Any]]) -> None:
    """Print the changes of one or several entries, oldest first, one row a change."""
    table = Table("Day", "Entry", "Answer", "Reason", "What turned on the day", header_style="bold")
    for change in changes:
        table.add_row(
            change["changed_date"].isoformat(),
            change["entry_number"],
            f"{change['cape_status']} / {change['recommended_path']}",
            change["path_reason"],
            "\n".join(dict.fromkeys(change["causes"])),
        )
    console.print(table)
