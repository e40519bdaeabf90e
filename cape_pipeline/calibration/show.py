"""A calibration for people: the verdict, the best combinations, one change at a time, refund by refund.

Belongs here: tables and sentences on the console. Does not belong here: finding anything (`findings.py`).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cape_pipeline.calibration.findings import named

MOST_REFUNDS = 20
MOST_COMBINATIONS = 10
FIT = ("to the cent", "≤ 1 cent", "≤ 5 cents", "largest", "mean")


def print_calibration(console: Console, told: dict[str, Any]) -> None:
    """Print a calibration; the verdict comes last, where it is read first on a terminal."""
    aside = len({row["row_number"] for row in told["set_aside"]})
    count, rows = told["refund_count"], told["rows_read"]
    _say(
        console,
        f"{told['file']}: {count:,} refund{'' if count == 1 else 's'} of {rows:,} row{'' if rows == 1 else 's'}"
        + (f", {aside:,} row{'' if aside == 1 else 's'} set aside" if aside else ""),
        bold=True,
    )
    _print_combinations(console, told)
    _print(
        console,
        "The default with one option changed",
        ("changed", *FIT),
        [("nothing (the default)", *_fit(told["default"]))]
        + [(named(score["changes"]), *_fit(score)) for score in told["one_difference"]],
    )
    _print_refunds(console, told["refunds"])
    print_set_aside(console, told["set_aside"])
    console.print()
    for sentence in (*told["column_1"]["verdict"], *told["verdict"]):
        _say(console, sentence)


def print_set_aside(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Every row that is not used, and why."""
    if rows:
        _say(console, "\nSet aside", bold=True)
    for row in rows:
        _say(console, f"  {row['sentence']}")


def _print_combinations(console: Console, told: dict[str, Any]) -> None:
    alike: dict[int, list[dict[str, Any]]] = {}
    for score in told["combinations"]:
        alike.setdefault(score["alike_number"], []).append(score)
    tried = f"{told['combination_count']:,} combinations"
    if told["passed_over_count"]:
        why = "they cannot reproduce as many as the best" if told["is_search_complete"] else "too little fits"
        tried += f", {told['passed_over_count']:,} of them passed over: {why}"
    _print(
        console,
        f"Best fits ({tried})",
        ("differs from the default in", *FIT, "others alike"),
        [
            (named(scores[0]["changes"]), *_fit(scores[0]), f"{len(scores) - 1:,}")
            for scores in islice(alike.values(), MOST_COMBINATIONS)
        ],
    )


def _print_refunds(console: Console, refunds: Sequence[dict[str, Any]]) -> None:
    """The refunds the best fit misses most, then those the default misses most, then the order of the file."""
    worst = sorted(
        refunds, key=lambda refund: (-_size(refund["best_difference_usd"]), -_size(refund["default_difference_usd"]))
    )
    more = f", {MOST_REFUNDS} of {len(refunds):,}, the largest differences first" if len(refunds) > MOST_REFUNDS else ""
    _print(
        console,
        f"Computed less received{more}",
        ("refund", "principal", "interest received", "default", "best fit"),
        [
            (
                refund["refund"],
                f"{refund['principal_usd']:,.2f}",
                f"{refund['interest_usd']:,.2f}",
                _difference(refund["default_difference_usd"]),
                _difference(refund["best_difference_usd"]),
            )
            for refund in worst[:MOST_REFUNDS]
        ],
    )


def _size(difference: Decimal | None) -> Decimal:
    return Decimal("Infinity") if difference is None else abs(difference)


def _difference(difference: Decimal | None) -> str:
    return "lacks a date" if difference is None else f"{difference:+,.2f}" if difference else "0.00"


def _fit(score: dict[str, Any]) -> tuple[str, ...]:
    amounts = (score["largest_difference_usd"], score["mean_difference_usd"])
    return (
        *(f"{score[name]:,}" for name in ("exact", "within_1_cent", "within_5_cents")),
        *("" if amount is None else f"{amount:,.2f}" for amount in amounts),
    )


def _print(console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    _say(console, f"\n{title}", bold=True)
    table = Table(*columns)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # as Text, or [x] in a refund's name becomes a style
    console.print(table)


def _say(console: Console, sentence: str, *, bold: bool = False) -> None:
    console.print(sentence, style="bold" if bold else None, highlight=False, markup=False, soft_wrap=True)
