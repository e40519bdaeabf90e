"""How an answer of the snapshot is printed: as a table, as CSV, as JSON.

Belongs here: layout. Does not belong here: asking (`cookbook.py`).
"""

import csv
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cape_pipeline.cookbook import Answer
from cape_pipeline.warehouse.query import Query


def print_questions(console: Console, questions: Mapping[str, Query]) -> None:
    """The names of the ready questions, each with what it asks."""
    table = Table("question", "asks", box=None, pad_edge=False)
    for name, query in questions.items():
        table.add_row(name, Text(query.comment))
    console.print(table)


def print_answer(console: Console, answer: Answer, most_rows: int) -> None:
    """The first rows as a table, and how to see the others; text is never read as markup."""
    table = Table(box=None, pad_edge=False)
    rows = list(islice(answer.rows, most_rows + 1))
    for position, name in enumerate(answer.columns):
        is_number = any(isinstance(row[position], (int, Decimal)) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows[:most_rows]:
        table.add_row(*(Text(_words(value)) for value in row))
    console.print(table)
    if not rows:
        console.print("no rows")
    elif len(rows) > most_rows:
        console.print(f"the first {most_rows} rows; --rows N shows more, --csv and --json all of them")


def write_csv(stream: TextIO, answer: Answer) -> None:
    """Every row as CSV; an unknown value is an empty cell."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([_words(value) for value in row] for row in answer.rows)


def write_json(stream: TextIO, answer: Answer) -> None:
    """Every row as one JSON object in a list, a line each; amounts and days as text."""
    stream.write("[")
    for separator, line in zip(_separators(), _lines(answer), strict=False):
        stream.write(separator + line)
    stream.write("\n]\n")


def _separators() -> Iterator[str]:
    yield "\n"
    while True:
        yield ",\n"


def _lines(answer: Answer) -> Iterator[str]:
    for row in answer.rows:
        yield json.dumps(dict(zip(answer.columns, row, strict=True)), default=str)


def _words(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, default=str) if isinstance(value, (list, dict)) else str(value)
