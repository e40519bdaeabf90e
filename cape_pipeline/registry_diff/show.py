"""A comparison for people: what changed in the law, then what that does to the amounts.

Belongs here: tables and sentences on the console. Does not belong here: finding anything (`comparison.py`).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from cape_pipeline.registry_diff.amounts import AMOUNTS, ANSWERS, OF_A_ROW, OF_A_ROW_AMOUNTS, SIDES

MOST_SHOWN = 20
#: Cells that say when a row was written, not what it says: shown only where nothing else differs.
BOOKKEEPING = ("recorded_date", "withdrawn_date")


def print_comparison(console: Console, told: dict[str, Any]) -> None:
    """Print a comparison for people: what changed in the law, then what that does to the amounts."""
    for letter in SIDES:
        side = told[letter]
        console.print(f"{letter.upper()}  {side['name']}", style="bold", highlight=False, markup=False)
    for difference in told["tables"]:
        _print_table_difference(console, difference)
    if not told["tables"]:
        console.print("\nBoth hold the same to be right.", highlight=False)
    for sentence in told["breaches"][:MOST_SHOWN]:
        console.print(f"Against the rules: {sentence}", style="yellow", highlight=False, markup=False)
    if told["amounts"] is None:
        console.print(f"\nAmounts: {told['amounts_not_compared']}.", highlight=False, markup=False)
    else:
        _print_amounts(console, told["amounts"])


def _print_table_difference(console: Console, difference: dict[str, Any]) -> None:
    if difference["is_new"]:
        console.print(f"\nregistry.{difference['table']}: new, {len(difference['added'])} rows", highlight=False)
        return
    counts = ", ".join(
        f"{len(difference[kind])} {kind}" for kind in ("added", "withdrawn", "changed") if difference[kind]
    )
    rows = [
        *([row["row"], kind, "", ""] for kind in ("added", "withdrawn") for row in difference[kind]),
        *(
            [change["row"], cell["column"], _cell(cell["a"]), _cell(cell["b"])]
            for change in difference["changed"]
            for cell in _cells_to_show(change["cells"])
        ),
    ]
    _print(console, f"registry.{difference['table']}: {counts}", ["row", "cell", "A", "B"], rows)


def _cells_to_show(cells: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    return [cell for cell in cells if cell["column"] not in BOOKKEEPING] or cells


def _print_amounts(console: Console, amounts: dict[str, Any]) -> None:
    totals = amounts["totals"]
    console.print(
        f"\nAs of {amounts['as_of_date']}, on {amounts['snapshot']}: {totals['changed_entry_count']:,} of"
        f" {totals['entry_count_b']:,} entries differ.",
        style="bold",
        highlight=False,
        markup=False,
    )
    if amounts["rebuilt"]["a"]:
        console.print(
            f"The warehouse does not stand on A: {len(amounts['rebuilt']['a'])} tables were rebuilt under it first.",
            highlight=False,
        )
    words = ("IEEPA principal", "at most", "interest")
    columns = ["", "A", "B", "change", "unknown A", "unknown B"]
    _print(
        console,
        "Totals",
        columns,
        [
            [
                word,
                *_two(totals, name),
                *(f"{totals[f'{name}_unknown_count_{letter}']:,}" for letter in SIDES),
            ]
            for word, name in zip(words, AMOUNTS, strict=True)
        ],
    )
    if not totals["changed_entry_count"] and not totals["changed_tariff_row_count"]:
        return
    _print(
        console,
        "By importer, where it changes",
        ["importer", *(f"{word} {side}" for word in words for side in ("A", "B", "change"))],
        [
            [_cell(row["importer_number"]), *(text for name in AMOUNTS for text in _two(row, name))]
            for row in amounts["by_importer"]
            if _differs(row, AMOUNTS)
        ],
    )
    _print(
        console,
        "By programme, where it changes",
        ["programme", *(f"{word} {side}" for word in ("certain", "at most") for side in ("A", "B", "change"))],
        [
            [_cell(row["programme"]), *(text for name in OF_A_ROW_AMOUNTS for text in _two(row, name))]
            for row in amounts["by_programme"]
            if _differs(row, OF_A_ROW_AMOUNTS)
        ],
    )
    _print(
        console,
        "By answer",
        ["A", "B", "entries"],
        [
            [
                *(f"{row[f'cape_status_{side}']} / {row[f'recommended_path_{side}']}" for side in SIDES),
                f"{row['entry_count']:,}",
            ]
            for row in amounts["by_answer"]
        ],
    )
    _print(
        console,
        "Tariff rows by heading",
        ["heading", "rows", "duty", "what differs", "certain A", "B", "change"],
        [
            [
                row["heading"],
                f"{row['tariff_row_count']:,}",
                _cell(row["duty_usd"]),
                _differing(row, OF_A_ROW),
                *_two(row, "ieepa_low_usd"),
            ]
            for row in amounts["by_heading"]
        ],
    )
    _print(
        console,
        f"The largest changes (at most {MOST_SHOWN}; --json has every entry)",
        ["entry", *(f"{word} {side}" for word in words for side in ("A", "B")), "other answers"],
        [
            [
                row["entry_number"],
                *(_cell(row[f"{name}_{letter}"], "unknown") for name in AMOUNTS for letter in SIDES),
                _differing(row, ANSWERS),
            ]
            for row in amounts["largest"]
        ],
    )


def _differs(row: dict[str, Any], names: Sequence[str]) -> bool:
    return any(row[f"{name}_a"] != row[f"{name}_b"] for name in names)


def _differing(row: dict[str, Any], names: Sequence[str]) -> str:
    """`name: this → that` for every column that differs."""
    return "; ".join(
        f"{name.replace('_', ' ')}: {_cell(row[f'{name}_a'], 'none')} → {_cell(row[f'{name}_b'], 'none')}"
        for name in names
        if row[f"{name}_a"] != row[f"{name}_b"]
    )


def _two(row: dict[str, Any], name: str) -> tuple[str, str, str]:
    """A, B and the change; a change of what is unknown is unknown."""
    a, b = row[f"{name}_a"], row[f"{name}_b"]
    change = "unknown" if a is None or b is None else f"{b - a:+,.2f}"
    return _cell(a, "unknown"), _cell(b, "unknown"), change


def _print(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows[:MOST_SHOWN]:
        table.add_row(*row)
    console.print()
    console.print(table)
    if len(rows) > MOST_SHOWN:
        console.print(f"… and {len(rows) - MOST_SHOWN:,} more; --json has them all", highlight=False)


def _cell(value: Any, unknown: str = "") -> str:
    match value:
        case None:
            return unknown
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:,}"
        case list() | tuple():
            return " ".join(map(str, value)) or unknown
        case _:
            return str(value)
