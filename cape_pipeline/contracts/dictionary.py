"""The data dictionary: a page of Markdown for every schema and an index, written from contracts and SQL alone.

Belongs here: what a page shows of a table, the same every time. Does not belong here: what a table promises (the other
modules of this package), Dagster, and any row of data.

`python -m cape_pipeline.contracts.dictionary` writes the pages into `sql/`; with `--check` it writes nothing and ends
with 1 where a page is not what the contracts say.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from cape_pipeline.ace.reports import Report, report_book
from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.registry.models import SEEDS
from cape_pipeline.settings import project_files
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.query import Query, claims_of, table_query

INDEX = "README.md"
QUESTIONS = "queries"
COMMAND = "python -m cape_pipeline.contracts.dictionary"
MARK = f"<!-- Written by `{COMMAND}` from the contracts: change those, not this file. -->"
#: What one row of a schema is about, and which question the schema answers.
SCHEMAS_IN_WORDS = {
    "registry": ("one dated, cited rule", "What does the law say, on which days, by which source?"),
    "ace": ("one received row", "What did we receive, from which file and row, and what was unusable?"),
    "lines": ("a tariff row, an entry line", "What is each filed duty, and how does the stack split?"),
    "entries": ("an entry summary", "May it go on a CAPE declaration today, why not, what else, by when?"),
    "refunds": (
        "an entry, a declaration, a payment batch",
        "How much with interest, filed how, paid when, in which batch?",
    ),
    "payments": ("a refund", "What did CBP pay, what is missing, why, what to do next?"),
    "reports": (
        "an importer, a day, the portfolio",
        "What does a manager, a broker or an auditor need to see?",
    ),
}
MONTHS_IN_WORDS = {
    "entry_month": "entry month, each month by itself",
    "liquidation_month": "liquidation month, always whole",
    "refund_month": "refund month, always whole",
}
#: Modules that make the tables whose contracts name none.
ASSETS_OF_PYTHON = {"registry": "cape_pipeline.assets.registry", "ace": "cape_pipeline.assets.closes"}
UNITS_BY_SUFFIX = {"_usd": "US dollars", "_rate": "fraction", "_share": "fraction", "_pct": "percent"}
#: What becomes of an identifying value where more people look than into the warehouse.
MASKED = {
    "last_four": "Identifying: Dagster shows its last four characters",
    "nothing": "Identifying: not shown in Dagster",
}
DAYS = ("_days", "_days_from", "_days_to", "_days_left", "_days_late", "_days_apart")
READING = (
    "A column that **may be unknown** can be empty: that means unknown, never zero and never no. Money is in US"
    " dollars, a rate a fraction (0.250000 is 25 %), a date a day in US Eastern. A **promise** or a **claim** that does"
    " not hold stops the table: its old rows stay. The same sentences stand in the warehouse as comments of tables and"
    " columns."
)


def dictionary_pages() -> dict[str, str]:
    """The text of every page by its path below `sql/`, the index first."""
    return {INDEX: _index(), **{f"{schema}/{INDEX}": _schema_page(schema) for schema in SCHEMAS}}


def write_dictionary(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Write the pages into a folder of SQL.

    Returns:
        The files that were new or changed.
    """
    changed = [folder / name for name, text in pages.items() if _stored(folder / name) != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path.relative_to(folder).as_posix()], encoding="utf-8", newline="\n")
    return changed


def stale_dictionary(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """A sentence for each page of a folder of SQL that is missing, or not what the contracts say."""
    return [
        f"sql/{name}: {'missing' if stored is None else 'not what the contracts say'}; write it with {COMMAND}"
        for name, text in pages.items()
        if (stored := _stored(folder / name)) != text
    ]


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


# --- pages -----------------------------------------------------------------------------------------------------------


def _index() -> str:
    rows = [[f"[`{schema}`]({schema}/{INDEX})", str(len(_of(schema))), *SCHEMAS_IN_WORDS[schema]] for schema in SCHEMAS]
    return _page(
        "Data dictionary",
        f"Every table of the warehouse: {len(CONTRACTS)} in {len(SCHEMAS)} schemas, in the order data flows."
        " How to add one: [ADDING_A_TABLE.md](ADDING_A_TABLE.md). How to ask: [ANALYSTS.md](ANALYSTS.md).",
        READING,
        _table(["schema", "tables", "one row is", "it answers"], rows),
        "## All tables",
        _table(
            ["table", "one row is"],
            [[_link(table_id, ""), contract.description()] for table_id, contract in CONTRACTS.items()],
        ),
        "## Ready questions",
        "`cape sql --question NAME` asks one of them.",
        _table(["question", "in words"], [[f"[{name}]({QUESTIONS}/{name}.sql)", text] for name, text in _questions()]),
    )


def _schema_page(schema: str) -> str:
    row_is, answers = SCHEMAS_IN_WORDS[schema]
    tables = _of(schema)
    return _page(
        schema,
        f"{answers} One row is {row_is}. All schemas: [data dictionary](../{INDEX}).",
        *_pages_beside(project_files("sql") / schema),
        READING,
        " · ".join(f"[{contract.table()}](#{contract.table()})" for contract in tables),
        *(part for contract in tables for part in _table_parts(contract)),
    )


def _pages_beside(folder: Path) -> Iterator[str]:
    """Links to the pages that people wrote about the schema."""
    pages = [path for path in sorted(folder.glob("*.md")) if path.name != INDEX]
    if pages:
        titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in pages]
        links = [f"[{title}]({path.name})" for path, title in zip(pages, titles, strict=True)]
        yield f"See also: {', '.join(links)}."


def _table_parts(contract: type[TableContract]) -> Iterator[str]:
    table_id = contract.table_id()
    yield f"## {contract.table()}"
    yield " ".join((contract.description(), *_how_it_is_made(contract))).strip()
    facts = [("Grain", ", ".join(f"`{name}`" for name in contract.grain)), ("Made by", _made_by(contract))]
    if contract.partition:
        facts.append(("Built by", MONTHS_IN_WORDS[contract.partition]))
    facts += [("Reads", _links(upstream_of(table_id))), ("Read by", _links(_readers()[table_id]))]
    yield "\n".join(f"- {name}: {said}" for name, said in facts if said)
    yield _table(
        ["column", "type", "may be unknown", "unit", "meaning"],
        [
            [
                f"`{f.name}`",
                f.sql_type,
                "yes" if f.nullable else "",
                unit_of(f),
                ". ".join((_meaning(f), *_header(contract, f))),
            ]
            for f in contract.fields
        ],
    )
    claims = claims_of(table_id)
    if claims:
        yield "Claims:"
        yield "\n".join(f"- [{_words(claim.name)}](checks/{_claim_file(contract, claim)})" for claim in claims)


# --- one table -------------------------------------------------------------------------------------------------------


def upstream_of(table_id: str) -> tuple[str, ...]:
    """The tables a table is made from: those its SELECT names, or those that the contract of a Python table names."""
    contract = CONTRACTS[table_id]
    return table_query(table_id).upstream if contract.source in ("sql", "view") else tuple(sorted(contract.reads))


@cache
def _readers() -> dict[str, tuple[str, ...]]:
    readers: dict[str, list[str]] = {table_id: [] for table_id in CONTRACTS}
    for table_id in CONTRACTS:
        for upstream in upstream_of(table_id):
            readers[upstream].append(table_id)
    return {table_id: tuple(found) for table_id, found in readers.items()}


def _made_by(contract: type[TableContract]) -> str:
    table = contract.table()
    if contract.source in ("sql", "view"):
        kind = "a view over " if contract.source == "view" else ""
        return f"{kind}the SELECT in [{table}.sql]({table}.sql)"
    if contract.source == "received":
        return _received_from(table)
    if contract.layer() == "registry" and table in SEEDS:
        return f"the seed [{table}.csv](../../registry_seeds/{table}.csv)"
    return ", ".join(f"`{module}`" for module in contract.made_by or (ASSETS_OF_PYTHON[contract.layer()],))


def _how_it_is_made(contract: type[TableContract]) -> Iterator[str]:
    """What the SQL file says on top, without the line of the grain."""
    if contract.source in ("sql", "view"):
        yield table_query(contract.table_id()).comment.split(" Grain: ")[0]


def _reports_of(table: str) -> list[Report]:
    """The reports whose rows become rows of a received table."""
    return [
        report
        for report in report_book().reports
        if table in {report.contract.table(), *(once.contract.table() for once in report.once_per.values())}
    ]


def _received_from(table: str) -> str:
    where = "[reports.toml](../../cape_pipeline/ace/reports.toml)"
    reports = [f"{report.code} ({report.title})" for report in _reports_of(table)]
    return f"received files of {', '.join(reports)}, as {where} tells them" if reports else "every received file"


def _header(contract: type[TableContract], field: Field) -> Iterator[str]:
    """What files call a column of a received table."""
    if contract.source == "received":
        named = {
            column.label: None
            for report in _reports_of(contract.table())
            for column in report.columns
            if column.name == field.name
        }
        if named:
            yield "In the file: " + ", ".join(f"`{label}`" for label in named)


def unit_of(field: Field) -> str:
    """The unit of a column, as the rules of naming tell it; nothing for words and yes or no."""
    if field.sql_type == "DATE":
        return "day"
    if field.sql_type == "TIMESTAMP":
        return "UTC"
    if field.sql_type == "INTEGER" and (field.name == "days" or any(part in f"_{field.name}" for part in DAYS)):
        return "days"
    if field.name.endswith("_count"):
        return "count"
    if field.sql_type == "DECIMAL(9,6)":
        return "fraction"
    return next((unit for suffix, unit in UNITS_BY_SUFFIX.items() if field.name.endswith(suffix)), "")


def _meaning(field: Field) -> str:
    parts = [field.description]
    if field.one_of is not None:
        parts.append("One of " + ", ".join(f"`{value}`" for value in field.one_of))
    if field.at_least is not None:
        parts.append(f"At least {field.at_least}")
    if field.at_most is not None:
        parts.append(f"At most {field.at_most}")
    if field.matches is not None:
        parts.append(f"Looks like `{field.matches}`")
    if field.is_identifying:
        parts.append(MASKED[field.shown])
    return ". ".join(part.rstrip(".") for part in parts)


def _claim_file(contract: type[TableContract], claim: Query) -> str:
    return f"{contract.table()}__{claim.name}.sql"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _of(schema: str) -> list[type[TableContract]]:
    return [contract for contract in CONTRACTS.values() if contract.layer() == schema]


def _questions() -> list[tuple[str, str]]:
    files = sorted((project_files("sql") / QUESTIONS).glob("*.sql"))
    return [(path.stem, Query(path.stem, path.read_text(encoding="utf-8")).comment) for path in files]


# --- Markdown --------------------------------------------------------------------------------------------------------


def _link(table_id: str, up: str) -> str:
    schema, table = table_id.split(".")
    return f"[{table_id}]({up}{schema}/{INDEX}#{table})"


def _links(table_ids: Sequence[str]) -> str:
    return ", ".join(_link(table_id, "../") for table_id in table_ids)


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((MARK, f"# {title}", *parts)) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or say which are stale.

    Returns:
        0, or 1 where `--check` finds a page that is not what the contracts say.
    """
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the data dictionary into sql/.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a page is stale")
    asked = parser.parse_args(arguments)
    folder, pages = project_files("sql"), dictionary_pages()
    if asked.check:
        stale = stale_dictionary(folder, pages)
        sys.stdout.write("".join(f"{sentence}\n" for sentence in stale))
        return 1 if stale else 0
    changed = write_dictionary(folder, pages)
    sys.stdout.write(f"{len(changed)} of {len(pages)} pages written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
