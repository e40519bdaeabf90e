"""Questions to the analysts' snapshot: the ready ones of sql/queries, and any SELECT of an analyst's own.

Belongs here: finding the ready questions, and asking without touching anything. Does not belong here: any figure that
is not in a table, and how an answer is printed (`cookbook_shown.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from cape_pipeline.settings import Settings, project_files
from cape_pipeline.summary import open_snapshot, snapshot_of
from cape_pipeline.warehouse.query import Query

ROWS_AT_A_TIME = 10_000


class QuestionUnusable(Exception):
    """DuckDB cannot answer what was asked; the sentence says why."""


@dataclass(frozen=True)
class Answer:
    """The columns of an answer, and its rows, which are read once while the snapshot is open."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@cache
def ready_questions() -> Mapping[str, Query]:
    """Every file of sql/queries by its name; its comment is the question in words."""
    folder = project_files("sql") / "queries"
    return {path.stem: Query(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))}


def ask(settings: Settings, statement: str) -> Answer:
    """Ask the snapshot beside the warehouse, or the snapshot itself where it is named.

    The snapshot is opened for reading only, and no other file can be read or written through the question.

    Args:
        settings: names the warehouse.
        statement: one SQL statement.

    Raises:
        QuestionUnusable: DuckDB refuses the statement.
        SnapshotUnusable: there is no snapshot, or it cannot be opened.
    """
    try:
        statement.encode()
    except UnicodeEncodeError as error:
        raise QuestionUnusable("the question holds bytes that are no letters") from error
    con = open_snapshot(snapshot_of(settings))
    try:
        con.execute("set enable_external_access = false")
        con.execute(f"set memory_limit = '{settings.memory_limit}'")
        con.execute(f"set threads = {settings.threads}")
        if len(statements := duckdb.extract_statements(statement)) != 1:
            con.close()
            many = "more than one statement: ask them one by one" if statements else "no statement"
            raise QuestionUnusable(f"the question is {many}")
        asked = con.execute(statement)
    except duckdb.Error as error:
        con.close()
        raise QuestionUnusable(f"the question cannot be answered: {error}") from error
    columns = tuple(str(column[0]) for column in asked.description or ())
    return Answer(columns, _rows(con))


def _rows(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := con.fetchmany(ROWS_AT_A_TIME):
            yield from rows
    finally:
        con.close()
