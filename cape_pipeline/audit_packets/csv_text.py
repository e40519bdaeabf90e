"""Rows as the text of a CSV file, made by the engine, so that no program here loops over them.

Belongs here: the SQL that turns one row into one line. Does not belong here: which rows (`members.py`).

The text is RFC 4180 with CRLF: comma, quotes where needed, one header. An unknown value is an empty cell, a list is
joined with blanks, an amount is written exactly, and no text is one that a spreadsheet executes (`inert.py`).
"""

import csv
import io
from collections.abc import Sequence

from cape_pipeline.inert import inert, inert_sql

LINE_END = "\r\n"
LINE_END_SQL = "chr(13) || chr(10)"
#: A cell that holds one of these stands in quotes.
QUOTED = (",", '"', "\r", "\n")


def line_sql(columns: Sequence[tuple[str, str]]) -> str:
    """The SQL expression of one line, without its end, for columns given as name and DuckDB type."""
    return " || ',' || ".join(_cell_sql(name, sql_type) for name, sql_type in columns)


def _cell_sql(name: str, sql_type: str) -> str:
    if sql_type == "VARCHAR[]":
        return _text_sql(f"array_to_string({name}, ' ')")
    if sql_type == "VARCHAR":
        return _text_sql(name)
    return f"coalesce(cast({name} as varchar), '')"


def _text_sql(expression: str) -> str:
    told = f"coalesce({expression}, '')"
    safe = inert_sql(told)
    # four plain searches are twice as fast as one regular expression, and a packet has millions of cells
    needs_quotes = " or ".join(f"contains({told}, chr({ord(sign)}))" for sign in QUOTED)
    return f"if({needs_quotes}, '\"' || replace({safe}, '\"', '\"\"') || '\"', {safe})"


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """A short table of this project's own words as the same kind of CSV."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator=LINE_END)
    writer.writerow(header)
    writer.writerows(
        [["" if cell is None else inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    )
    return told.getvalue().encode()
