"""The page itself: what was read, put into the template, with everything it needs inside it.

Belongs here: template, style, script and charts in one document that loads nothing. Does not belong here: reading
tables (`reading.py`), what they are (`contents.py`).
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import duckdb

from cape_pipeline.charts import exposure_by_path, payment_calendar
from cape_pipeline.html import html_environment
from cape_pipeline.report_page.contents import DO_FIRST, HEADLINE, SECTIONS, Section
from cape_pipeline.report_page.reading import (
    MOST_ROWS,
    ShownTable,
    descriptions,
    first_row,
    query_of,
    read_table,
    rows_of,
    statement_of,
)
from cape_pipeline.report_page.words import MEANINGS, UNKNOWN, money, spelled
from cape_pipeline.warehouse.query import Query

if TYPE_CHECKING:
    from jinja2 import Template

CHARTS = {"exposure_by_path": exposure_by_path, "payment_calendar": payment_calendar}
#: Lines of what ends first that fit on the first screen.
MOST_TO_DO = 5
#: What would begin or end a script element or a comment of HTML, written within text and patterns of JavaScript.
ENDS_SCRIPT = re.compile(r"<(!--|/?script)", re.IGNORECASE)
#: How an ES module of its own hands out its names: `export{local as public, …}`, once.
EXPORTS = re.compile(r"\bexport\s*\{([^}]*)\}\s*;?")


class UnusableLibrary(Exception):
    """The DataTables bundle of itables is not what this page can hold."""


def report_page(con: duckdb.DuckDBPyConnection, most_rows: int = MOST_ROWS) -> bytes:
    """The report as one HTML document in UTF-8 that loads nothing from anywhere.

    The same tables give the same bytes; the day on it is registry.as_of, never a clock's.

    Args:
        con: a connection to a finished warehouse or the analysts' snapshot; nothing is written. Whatever it holds is
            shown, so it must hold only what the reader may see.
        most_rows: rows of one table that are shown, the most urgent first; totals are over all of them.

    Raises:
        UnusableLibrary: the installed itables has no DataTables bundle that can stand in a page.
    """
    described = descriptions(con)
    tables = {
        table.name: read_table(con, table, described, most_rows) for section in SECTIONS for table in section.tables
    }
    due, more_due = rows_of(con, DO_FIRST.name, MOST_TO_DO)
    script = _script()
    return (
        _template()
        .render(
            position=first_row(con, HEADLINE.name),
            to_file=first_row(con, "to_file"),
            due=due,
            more_due=more_due,
            severities=rows_of(con, "alerts_by_severity", MOST_TO_DO)[0],
            chosen=_chosen(con),
            sections=SECTIONS,
            tables=tables,
            charts={section.chart: _picture(con, section) for section in SECTIONS if section.chart},
            evidence_rows=_evidence(tables),
            style=_own("page.css"),
            library_style=_library_style(),
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
        .encode()
    )


@cache
def _template() -> "Template":
    environment = html_environment("cape_pipeline.report_page")
    environment.filters |= {"usd": _usd, "deadline": _deadline, "severity": _severity}
    environment.tests |= {"absent": lambda value: value is None}
    return environment.get_template("page.html.jinja")


def _usd(amount: Any) -> str:
    return UNKNOWN if amount is None else money(amount)


def _deadline(kind: str) -> str:
    return MEANINGS["deadline_kind"].get(kind) or spelled(kind)


def _severity(severity: str) -> str:
    return MEANINGS["severity"].get(severity) or spelled(severity)


def _chosen(con: duckdb.DuckDBPyConnection) -> Sequence[str]:
    """The readings in force that are not the default ones."""
    row = con.execute("select other_than_default from registry.policies_in_force").fetchone()
    return [str(policy) for policy in sorted(row[0] if row else [])]


def _picture(con: duckdb.DuckDBPyConnection, section: Section) -> str:
    """A chart as the address of a picture; as a picture it can neither run nor load anything."""
    svg = CHARTS[section.chart](con)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""


def _evidence(tables: Mapping[str, ShownTable]) -> list[tuple[Query, str]]:
    """Every query of the page with its text, in the order of the page."""
    first = [query_of(name) for name in (HEADLINE.name, "to_file", DO_FIRST.name)]
    return [(query, statement_of(query)) for query in [*first, *(shown.query for shown in tables.values())]]


@cache
def _own(name: str) -> str:
    return (files("cape_pipeline.report_page") / "templates" / name).read_text(encoding="utf-8")


@cache
def _library(name: str) -> str:
    return (files("itables") / "html" / name).read_text(encoding="utf-8")


@cache
def _library_style() -> str:
    """The style of DataTables.

    Raises:
        UnusableLibrary: it would end its element.
    """
    style = _library("dt_bundle.css")
    if "</style" in style.lower():
        raise UnusableLibrary("the style sheet of itables ends a style element; install the pinned version of itables")
    return style


@cache
def _script() -> str:
    """DataTables and what sets it up, as one script: so its hash alone may run, and nothing the data could bring in.

    Raises:
        UnusableLibrary: the bundle is no module that hands out its default.
    """
    library = _library("dt_bundle.js").replace("\r\n", "\n").replace("\r", "\n")
    handed_out = EXPORTS.findall(library)
    if len(handed_out) != 1 or "default" not in handed_out[0]:
        raise UnusableLibrary("the DataTables bundle of itables has no default export; install the pinned version")
    pairs = [pair.split() for pair in handed_out[0].split(",")]
    names = {public: local for local, _, public in (pair for pair in pairs if len(pair) == 3)}
    text = EXPORTS.sub(lambda _: f"const DataTable={names['default']};", library) + "\n" + _own("page.js")
    return ENDS_SCRIPT.sub(r"\\x3C\1", text)
