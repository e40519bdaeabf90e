"""Running the validation rules on declarations, one or many at a time.

Belongs here: the rows of files on a connection, which rules run there, and what they found. Does not belong here: the
rules (`rules.py`), and how findings are told (`show.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from cape_pipeline.ace.macros import macros_sql
from cape_pipeline.declaration_check.received import Received
from cape_pipeline.declaration_check.rules import (
    EXPRESSIONS,
    FAMILIES,
    NUMBERS,
    ROWS,
    WITHOUT_WAREHOUSE,
    ValidationRule,
)
from cape_pipeline.filing import Submitter
from cape_pipeline.summary import SnapshotUnusable, open_snapshot

REJECT, WARN = "reject", "warn"
SCRATCH = ("declaration_file", "declaration_rows", "declaration_numbers")
LINES = "declaration_lines"


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of one rule in one row of the file (counted from 1); `found` is what stands there."""

    rule: ValidationRule
    row_number: int
    found: str | None
    detail: str

    @property
    def is_reject(self) -> bool:
        return self.rule.severity == REJECT

    @property
    def sentence(self) -> str:
        """Row, rule, severity and what is the matter, for one line."""
        found = f", found {self.found!r}" if self.found is not None else ""
        return f"row {self.row_number}: {self.rule.rule_id} ({self.rule.severity}): {self.detail}{found}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found in one declaration, by rule and row; `as_of` is the day the warehouse speaks of."""

    number_count: int
    findings: tuple[Finding, ...]
    as_of: date | None

    @property
    def rejects(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_reject)


def check_declaration(
    con: duckdb.DuckDBPyConnection,
    received: Received,
    rules: Mapping[str, ValidationRule],
    submitter: Submitter | None = None,
    *,
    has_warehouse: bool,
) -> Checked:
    """Run every rule that can run on one file; as `check_declarations`."""
    (checked,) = check_declarations(con, [(received, submitter)], rules, has_warehouse=has_warehouse)
    return checked


def check_declarations(
    con: duckdb.DuckDBPyConnection,
    files: Sequence[tuple[Received, Submitter | None]],
    rules: Mapping[str, ValidationRule],
    *,
    has_warehouse: bool,
) -> list[Checked]:
    """Run every rule that can run on each of the files, every rule once for all of them.

    Args:
        con: a connection with the loader's macros; three temporary tables come and go on it.
        files: each with who uploads it; without one no rule asks whose its entries are.
        rules: by id, as the registry states them; a rule that is withdrawn does not run.
        has_warehouse: whether the tables of `entries` and `ace` can be read on `con`; without them only the rules of
            the file run, and a broker's filer code is compared.

    Returns:
        What was found in each file, in their order.

    Raises:
        SnapshotUnusable: the tables are of another release.
    """
    if not files:
        return []
    expressions = EXPRESSIONS if has_warehouse else WITHOUT_WAREHOUSE
    findings: list[list[Finding]] = [[] for _ in files]
    with _rows_of(con, files):
        try:
            for rule_id, rule in sorted(rules.items(), key=_by_family):
                if rule_id not in expressions:
                    continue
                asked = f"select file_number, row_number, found, detail from ({expressions[rule_id]}) order by all"  # noqa: S608 (ours)
                for file_number, *row in con.execute(asked).fetchall():
                    findings[file_number].append(Finding(rule, *row))
            as_of = con.execute("select as_of_date from registry.as_of").fetchone() if has_warehouse else None
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise SnapshotUnusable(
                f"the warehouse lacks a table or column of this release; bring it up to date with cape run"
                f" ({str(error).splitlines()[0]})"
            ) from error
        counts = dict(con.execute("select file_number, count(*) from declaration_numbers group by all").fetchall())
    return [
        Checked(counts.get(file_number, 0), tuple(found), as_of[0] if as_of else None)
        for file_number, found in enumerate(findings)
    ]


@contextmanager
def snapshot_connection(snapshot: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to check on: to the snapshot, read-only, or to nothing.

    Raises:
        SnapshotUnusable: the snapshot is not there or no snapshot.
    """
    with open_snapshot(snapshot) if snapshot else duckdb.connect() as con:
        for macro in macros_sql():
            con.execute(macro)
        yield con


@contextmanager
def _rows_of(con: duckdb.DuckDBPyConnection, files: Sequence[tuple[Received, Submitter | None]]) -> Iterator[None]:
    """The files, their rows and their numbers as temporary tables; a file's number is its place, from 0."""
    lines = pl.concat(
        received.lines.select(pl.lit(number, pl.Int32).alias("file_number"), "row_number", "line")
        for number, (received, _) in enumerate(files)
    )
    facts = pl.DataFrame([_facts(number, *file) for number, file in enumerate(files)], infer_schema_length=None)
    con.register(LINES, lines)
    con.register("declaration_facts", facts)
    try:
        con.execute("create or replace temp table declaration_file as from declaration_facts")
        con.execute(f"create or replace temp table declaration_rows as {ROWS}")
        con.execute(f"create or replace temp table declaration_numbers as {NUMBERS}")
        yield
    finally:
        con.unregister("declaration_facts")
        con.unregister(LINES)
        for table in SCRATCH:
            con.execute(f"drop table if exists temp.{table}")


def _facts(number: int, received: Received, submitter: Submitter | None) -> dict[str, str | int | bool]:
    return {
        "file_number": number,
        "file_name": received.name,
        "header_row": received.header_row,
        "is_workbook": received.is_workbook,
        "is_named_csv": received.is_named_csv,
        "encoding": received.encoding,
        "has_byte_order_mark": received.has_byte_order_mark,
        "byte_count": received.byte_count,
        "crlf_count": received.crlf_count,
        "bare_return_count": received.bare_return_count,
        "submitter_type": submitter.submitter_type if submitter else "",
        "submitter_id": submitter.submitter_id if submitter else "",
    }


def _by_family(item: tuple[str, ValidationRule]) -> tuple[int, str]:
    rule_id, rule = item
    return list(FAMILIES).index(rule.family) if rule.family in FAMILIES else len(FAMILIES), rule_id
