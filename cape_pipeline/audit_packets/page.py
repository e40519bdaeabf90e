"""packet.html: the packet for eyes, one page without scripts that a browser shows and prints.

Belongs here: which words and cells go on the page. Does not belong here: any figure, and the layout
(`templates/packet.html`). Whatever the data hold is escaped, by the template or, cell by cell, here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from cape_pipeline.audit_packets.declaration_file import IN_WORDS, DeclarationFile
from cape_pipeline.audit_packets.readme import RELIANCES, amounts, identity, money
from cape_pipeline.html import escaped, html_environment

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

#: Rows of one section that are on the page; the CSV file beside it holds all.
MOST_SHOWN = 250
LONGEST_ON_ONE_LINE = 24
NUMBERS = frozenset(
    {"row_number", "line_number", "tariff_ordinal", "days", "rate", "rows_concerned", "rows_loaded", "used_count"}
)
#: Amounts CBP reports: where there is no refund yet, none is reported, which is not the same as unknown.
OF_REFUNDS = ("refunded_", "cbp_")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the page: the rows that are shown, of `row_count` in the file."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    row_count: int

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """Heading of each column, and whether it holds amounts or numbers."""
        return [(name.removesuffix("_usd").replace("_", " "), _is_number(name)) for name in self.columns]

    @property
    def body(self) -> "Markup":
        """The rows of the table, each cell with the class it is set in: a number, a short text on one line, or none."""
        from markupsafe import Markup

        place = self.columns.index("refund_number") if "refund_number" in self.columns else None
        is_number = [_is_number(name) for name in self.columns]
        rows = []
        for row in self.rows:
            is_refunded = place is None or row[place] is not None
            texts = [_cell(name, value, is_refunded=is_refunded) for name, value in zip(self.columns, row, strict=True)]
            cells = "".join(_set(text, is_figure) for text, is_figure in zip(texts, is_number, strict=True))
            rows.append(f"<tr>{cells}</tr>\n")
        return Markup("".join(rows))  # noqa: S704 (every text in it is escaped by _set)

    @property
    def left_out(self) -> int:
        return self.row_count - len(self.rows)


def page_html(
    declaration: Mapping[str, Any],
    totals: Mapping[str, Any],
    shared: Mapping[str, Any],
    file: DeclarationFile,
    sections: Sequence[Section],
) -> bytes:
    """The page.

    Args:
        declaration: a row of refunds.declarations.
        totals: sums over its entries and what rests on facts of the user's.
        shared: as_of_date, registry_version and code_version are told.
        file: the declaration file.
        sections: the tables, in the order of the page.
    """
    reliance = [
        (words, f"{told['entry_count']:,}", money(told["relying_principal_usd"]), money(told["relying_interest_usd"]))
        for use, words in RELIANCES.items()
        if (told := totals["reliance"].get(use))
    ]
    by_name = {section.name: section for section in sections}
    ordered = [by_name[name] for name in ORDER if name in by_name]
    return (
        _template()
        .render(
            name=declaration["declaration_id"],
            identity=identity(declaration, totals, shared),
            amounts=amounts(totals),
            reliance=reliance,
            file_state=IN_WORDS[file.state],
            sections=ordered,
            not_retained=[*totals["not_retained"], *totals["retention_unknown"]],
            shared=shared,
        )
        .encode()
    )


#: From what was declared to what it rests on.
ORDER = (
    "entries.csv",
    "results.csv",
    "refunds.csv",
    "rows.csv",
    "facts.csv",
    "interest.csv",
    "law.csv",
    "policies.csv",
    "assumptions.csv",
    "validation.csv",
    "set_aside.csv",
    "inputs.csv",
)


@cache
def _template() -> "Template":
    return html_environment("cape_pipeline.audit_packets").get_template("packet.html")


def _is_number(name: str) -> bool:
    return name.endswith(("_usd", "_count", "_row", "_rate")) or name in NUMBERS


def _set(text: str, is_number: bool) -> str:  # noqa: FBT001 (a private line of a loop over all cells)
    if is_number:
        return f'<td class="n">{escaped(text)}</td>'
    return f'<td class="s">{escaped(text)}</td>' if len(text) <= LONGEST_ON_ONE_LINE else f"<td>{escaped(text)}</td>"


def _cell(name: str, value: object, *, is_refunded: bool) -> str:
    if value is None:
        if not is_refunded and name.startswith(OF_REFUNDS):
            return "none yet"
        return "unknown" if name.endswith("_usd") else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return _decimal(name, value)
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _decimal(name: str, value: Decimal) -> str:
    """A rate without the zeros behind it; an amount as it is, the walk of the interest to six places."""
    if not name.endswith("_usd"):
        return f"{value.normalize():f}"
    return f"{value:,.6f}" if name.startswith("quarter_") else f"{value:,.2f}"
