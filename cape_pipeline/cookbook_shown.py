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

from cape_pipeline.cookbook import Answer
from cape_pipeline.inert import inert
from cape_pipeline.layout import Column, print_records, print_rows, print_sentences
from cape_pipeline.warehouse.query import Query


def print_questions(console: Console, questions: Mapping[str, Query]) -> None:
    """The names of the ready questions, each with what it asks."""
    rows = [(name, query.comment) for name, query in questions.items()]
    print_rows(console, (Column("question"), Column("asks")), rows, print_sentences, frame=None)


def print_answer(console: Console, answer: Answer, most_rows: int) -> None:
    """The first rows as a table, or one by one where that is too wide, and how to see the others."""
    rows = list(islice(answer.rows, most_rows + 1))
    columns = [
        Column(name, any(isinstance(row[position], (int, Decimal)) for row in rows))
        for position, name in enumerate(answer.columns)
    ]
    cells = [[_on_screen(value) for value in row] for row in rows[:most_rows]]
    print_rows(console, columns, cells, print_records, frame=None)
    if not rows:
        console.print("no rows")
    elif len(rows) > most_rows:
        console.print(f"the first {most_rows} rows; --rows N shows more, --csv and --json all of them")


def write_csv(stream: TextIO, answer: Answer) -> None:
    """Every row as CSV; an unknown value is an empty cell, and no text is one that a spreadsheet executes."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([inert(column) for column in answer.columns])
    writer.writerows([_cell(value) for value in row] for row in answer.rows)


def _cell(value: Any) -> str:
    return inert(value) if isinstance(value, str) else _words(value)


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


def _on_screen(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else _words(value)


def _words(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, default=str) if isinstance(value, (list, dict)) else str(value)
