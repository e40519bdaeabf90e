"""Declarations for tests: right entry numbers, files made of rows, and what the rules find in them.

Belongs here: making and checking. Does not belong here: expectations.
"""

from collections.abc import Iterable

import duckdb

from cape_pipeline.ace import check_digit, macros_sql
from cape_pipeline.declaration_check.checking import Checked, check_declaration
from cape_pipeline.declaration_check.received import Received, received_text
from cape_pipeline.declaration_check.rules import shipped_rules
from cape_pipeline.filing import Submitter

RULES = shipped_rules()


def number(serial: int, filer_code: str = "ABC") -> str:
    """A right entry number."""
    ten = f"{filer_code}{serial:07d}"
    return f"{ten}{check_digit(ten)}"


def numbers(count: int) -> list[str]:
    return [number(serial) for serial in range(1, count + 1)]


def content(rows: Iterable[str], header: str = "Entry Number", end: str = "\n") -> bytes:
    return "".join(f"{row}{end}" for row in (header, *rows)).encode()


def checked(received: Received | bytes, submitter: Submitter | None = None) -> Checked:
    """What the rules find without a warehouse."""
    if isinstance(received, bytes):
        received = received_text("declaration.csv", received)
    with duckdb.connect() as con:
        for macro in macros_sql():
            con.execute(macro)
        return check_declaration(con, received, RULES, submitter, has_warehouse=False)


def found(received: Received | bytes) -> list[tuple[int, str, str]]:
    """(row, rule, severity) of every finding."""
    return told(checked(received))


def told(result: Checked) -> list[tuple[int, str, str]]:
    return [(finding.row_number, finding.rule.rule_id, finding.rule.severity) for finding in result.findings]
