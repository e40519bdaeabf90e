"""What `cape close` prints: the roll-forward of the period, and where it lies frozen.

Belongs here: printing a close. Does not belong here: any figure that is not in its manifest.
"""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from cape_pipeline.close.closing import Closed

#: The lines of the roll-forward, in the order in which they make the closing balance.
LINES = {
    "opening_usd": "Opening",
    "newly_recognised_usd": "Newly recognised",
    "period_interest_usd": "Interest of the period",
    "cash_principal_usd": "Cash, principal",
    "cash_interest_usd": "Cash, interest",
    "offset_movement_usd": "Offset",
    "remeasured_usd": "Remeasured",
    "written_off_usd": "Written off",
    "closing_usd": "Closing",
}


def print_closed(out: Console, closed: Closed) -> None:
    """The roll-forward over all importers, what it opens with, and the folder."""
    told, total = closed.manifest, closed.manifest["rollforward"]
    opening = told["opening_close_name"]
    table = Table(title=f"Receivable at {told['period_end']}", title_justify="left")
    table.add_column("")
    table.add_column("USD", justify="right")
    for name, line in LINES.items():
        table.add_row(line, f"{Decimal(total.get(name, '0.00')):,.2f}")
    out.print(table)
    nothing = "nothing: no earlier period is closed, so everything is recognised for the first time"
    out.print(f"Opening from   {opening or nothing}", highlight=False, soft_wrap=True)
    for name, sentence in (
        ("unapplied_cash_usd", "Cash for CAPE refunds that could be applied to no entry: {:,.2f}"),
        ("principal_unknown_count", "Entries whose principal is unknown, in no figure above: {:,}"),
        ("interest_unknown_count", "Entries whose interest is unknown: {:,}"),
    ):
        amount = Decimal(total.get(name, 0))
        if amount:
            out.print(sentence.format(amount), highlight=False)
    state = "written now, never to be overwritten" if closed.is_new else "stands as it was, nothing was written"
    out.print(f"Frozen in      {closed.folder}   ({state})", highlight=False, soft_wrap=True)
