"""The tables of the page, read from a finished warehouse: set-based, capped, with totals over all rows.

Belongs here: running the SELECTs of `queries/` and turning rows into cells. Does not belong here: the SELECTs
themselves, and markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.report_page.contents import NONE, Table
from cape_pipeline.report_page.words import COPIED, LONG_WORDS, NAMES, SENTENCES, UNKNOWN, heading, is_amount, written
from cape_pipeline.warehouse.query import Query

#: Rows of a table on the page; the most urgent come first, and a sentence says how to see the others.
MOST_ROWS = 500
#: By column name and table, what the warehouse says about a column.
Descriptions = Mapping[str, Mapping[str, str]]
#: Flags and counts that are worth a column only where one of them is set.
RARELY_TRUE = frozenset(
    {"acknowledged_count", "carried_forward_count", "is_forecast_passed", "is_payee_ambiguous", "is_refiling"}
)
#: Columns that make a link of the text before them, and have no place of their own.
ADDRESSES = {"source_title": "source_address"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is shown."""

    name: str
    heading: str
    #: What the warehouse says about columns of this name.
    description: str
    is_number: bool

    @property
    def css_class(self) -> str:
        """How its cells are set."""
        if self.is_number:
            return "n"
        if self.name in SENTENCES:
            return "s"
        if self.name in NAMES:
            return "m"
        if self.name in LONG_WORDS:
            return "l"
        return "k" if self.name in COPIED or self.name.endswith("_date") else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, what it is sorted by where that differs, and where it leads."""

    text: str
    order: str | None = None
    is_absent: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table with all it takes to print it."""

    table: Table
    query: Query
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    row_count: int
    #: A cell for each column, empty where nothing is summed; none where the table has no totals.
    totals: Sequence[Cell]

    @property
    def hidden_count(self) -> int:
        """Rows that are not shown."""
        return self.row_count - len(self.rows)


@cache
def query_of(name: str) -> Query:
    """The SELECT of a table of the page; its comment says what the table holds."""
    return Query(name, (files("cape_pipeline.report_page") / "queries" / f"{name}.sql").read_text(encoding="utf-8"))


def statement_of(query: Query) -> str:
    """The SELECT without its comment, as it can be asked again."""
    lines = [line for line in query.text.splitlines() if not line.lstrip().startswith("--")]
    return "\n".join(lines).strip()


def first_row(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """The only row of a query, by column; every value is None where the warehouse is empty."""
    cursor = con.execute(query_of(name).text)
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone()
    return dict(zip(names, row or [None] * len(names), strict=True))


def rows_of(con: duckdb.DuckDBPyConnection, name: str, most: int) -> tuple[list[dict[str, Any]], int]:
    """The first rows of a query by column, and how many more there are."""
    cursor = con.execute(query_of(name).text)
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows[:most]], max(0, len(rows) - most)


def descriptions(con: duckdb.DuckDBPyConnection) -> Descriptions:
    """What the warehouse says about its columns, by column name and table.

    A lake holds no words about columns of views; what the contract says of them is what a file would hold.
    """
    rows = con.execute(
        "select column_name, schema_name || '.' || table_name, comment from duckdb_columns()"
        " where not internal and database_name = current_database() order by all"
    ).fetchall()
    described: dict[str, dict[str, str]] = {}
    for column, table, comment in rows:
        if told := comment or _promised(table).get(column):
            described.setdefault(column, {})[table] = told
    return described


@cache
def _promised(table: str) -> dict[str, str]:
    """What the contract of a table says about its columns."""
    contract = CONTRACTS.get(table)
    return {field.name: field.description for field in contract.fields} if contract else {}


def _description(name: str, query: Query, described: Descriptions) -> str:
    """What the tables of a query say about a column; nothing where they do not agree."""
    told = {text for table, text in described.get(name, {}).items() if table in query.upstream}
    return told.pop() if len(told) == 1 else ""


def read_table(
    con: duckdb.DuckDBPyConnection, table: Table, described: Descriptions, most_rows: int = MOST_ROWS
) -> ShownTable:
    """A table of the page.

    Args:
        con: a connection to a finished warehouse or snapshot; nothing is written.
        table: which one.
        described: what the warehouse says about its columns.
        most_rows: rows that are shown.
    """
    query = query_of(table.name)
    # computed once for what is shown and for what is asked of all rows; its order is kept
    con.execute(f"create or replace temp table report_rows as {query.text}")
    try:
        cursor = con.execute("select * from temp.report_rows limit $most", {"most": most_rows})
        types = {str(name): str(sql_type) for name, sql_type, *_ in cursor.description or ()}
        received = cursor.fetchall()
        row_count, sums, silent = _over_all_rows(con, table, types)
    finally:
        con.execute("drop table if exists temp.report_rows")
    names = list(types)
    links = {names.index(text): names.index(address) for text, address in ADDRESSES.items() if text in names}
    shown = [place for place, name in enumerate(names) if place not in links.values() and name not in silent]
    columns = [
        _column(names[place], types[names[place]], _description(names[place], query, described)) for place in shown
    ]
    rows = [
        [
            _cell(table, column, row[place], row[links[place]] if place in links else None)
            for place, column in zip(shown, columns, strict=True)
        ]
        for row in received
    ]
    return ShownTable(table, query, columns, rows, row_count, _total_cells(table, columns, sums))


def _column(name: str, sql_type: str, description: str) -> Column:
    is_number = sql_type.startswith(("DECIMAL", "INT", "BIGINT", "HUGEINT", "DOUBLE", "NUMBER"))
    return Column(name, heading(name), description, is_number)


def _cell(table: Table, column: Column, value: Any, address: str | None) -> Cell:
    if value is None or value == []:
        text = table.absent.get(column.name) or (UNKNOWN if is_amount(column.name) else NONE)
        return Cell(text, "" if column.is_number else None, is_absent=True)
    return Cell(written(column.name, value), str(value) if column.is_number else None, link=_followed(address))


def _followed(address: str | None) -> str:
    """An address a reader may follow: only one of the web, nothing that runs."""
    return address if address and address.startswith(("https://", "http://")) else ""


def _over_all_rows(
    con: duckdb.DuckDBPyConnection, table: Table, types: Mapping[str, str]
) -> tuple[int, Mapping[str, tuple[Any, int]], frozenset[str]]:
    """What is asked of all rows, shown or not.

    Returns:
        How many there are; by column its sum and how many rows lack it; and the columns that say nothing in any row,
        which are not worth their room. An amount always says something, if only that it is unknown.
    """
    sums = [part for name in table.totals for part in (f"sum({name})", f"count(*) - count({name})")]
    asked = {name: _says_something(name, sql_type) for name, sql_type in types.items() if not is_amount(name)}
    wanted = ", ".join(["count(*)", *sums, *(f"coalesce(bool_or({test}), false)" for test in asked.values())])
    row = con.execute(f"select {wanted} from temp.report_rows").fetchone() or (0,)  # noqa: S608 (this package's names)
    told = row[1 + len(sums) :]
    silent = frozenset(name for name, says in zip(asked, told, strict=True) if not says)
    return row[0], {name: (row[1 + 2 * at], row[2 + 2 * at]) for at, name in enumerate(table.totals)}, silent


def _says_something(name: str, sql_type: str) -> str:
    """The SQL that asks whether a value is worth a column: nothing empty, and no count of nothing unknown."""
    if sql_type.endswith("[]"):
        return f"len({name}) > 0"
    if name.endswith("_unknown_count") or name in RARELY_TRUE:
        return f"cast({name} as integer) > 0"
    return f"{name} is not null"


def _total_cells(table: Table, columns: Sequence[Column], sums: Mapping[str, tuple[Any, int]]) -> list[Cell]:
    if not sums:
        return []
    return [
        _total_cell(column.name, *sums[column.name], table) if column.name in sums else Cell("") for column in columns
    ]


def _total_cell(name: str, total: Any, absent_count: int, table: Table) -> Cell:
    """A sum that lacks rows with an unknown amount says so."""
    if total is None:
        return Cell(table.absent.get(name) or UNKNOWN, "", is_absent=True)
    lacks = f" + {absent_count:,} unknown" if absent_count and name not in table.absent else ""
    return Cell(written(name, total) + lacks, str(total))
