"""A contract run inside DuckDB: the Pandera schema compiled to one count query and one query of its key.

Belongs here: the translation, and the reading of its verdict. Does not belong here: the promises themselves. A test
holds this verdict equal to Pandera's own on every contract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

from cape_pipeline.warehouse.contract import TableContract

if TYPE_CHECKING:  # imported by what makes a schema (contract.py)
    import pandera.polars as pa

MOST_OFFENDERS = 20


@dataclass(frozen=True, slots=True)
class Offence:
    """One broken promise: what was promised, how many rows break it, and up to twenty of them."""

    promise: str
    count: int
    rows: tuple[dict[str, Any], ...]


def such_as(rows: Sequence[Mapping[str, Any]]) -> str:
    """The first of some rows for a sentence: its first six columns."""
    return ", ".join(f"{name}={value}" for name, value in list(rows[0].items())[:6]) if rows else "none shown"


def _literal(value: Any) -> str:
    if isinstance(value, int | Decimal):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _broken(column: str, check: "pa.Check") -> str:
    """The SQL condition under which a non-null value breaks a Pandera check."""
    statistics = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return f"{column} < {_literal(statistics['min_value'])}"
        case "less_than_or_equal_to":
            return f"{column} > {_literal(statistics['max_value'])}"
        case "str_matches":
            return f"not {_matches(column, statistics['pattern'])}"
        case "isin":
            return f"{column} not in ({', '.join(_literal(value) for value in statistics['allowed_values'])})"
    raise ValueError(f"{column}: no translation for the Pandera check {check.name}")


def _matches(column: str, pattern: str) -> str:
    """Pandera's str_matches begins at the first character, whether or not the pattern says so.

    A pattern of the whole text is asked as such: DuckDB then looks at each text of a dictionary once, not at each row.
    """
    if pattern.startswith("^") and pattern.endswith("$") and pattern[-2:] != "\\$" and not _has_alternatives(pattern):
        return f"regexp_full_match({column}, {_literal(pattern[1:-1])})"
    return f"regexp_matches({column}, {_literal(pattern if pattern.startswith('^') else f'^{pattern}')})"


def _has_alternatives(pattern: str) -> bool:
    """Whether a `|` stands outside of all brackets, so that the anchors belong to one of several patterns."""
    depth = 0
    for position, sign in enumerate(pattern):
        if pattern[position - 1 : position] == "\\":
            continue
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and depth == 0:
            return True
    return False


def predicates(contract: type[TableContract]) -> list[tuple[str, str]]:
    """(promise, condition that breaks it) for every column, from the Pandera schema."""
    found = []
    for name, column in contract.schema().columns.items():
        if not column.nullable:
            found.append((f"{name} is known", f"{name} is null"))
        found.extend((f"{name}: {check.error}", _broken(name, check)) for check in column.checks)
    return found


def shape_offences(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    select: str,
    given: Mapping[str, object] | None = None,
) -> list[Offence]:
    """Columns of a relation or SELECT that are missing, extra, out of order or of another type; it is not run."""
    found = [(name, kind) for name, kind, *_ in con.execute(f"describe {select}", given or {}).fetchall()]
    promised = [(field.name, field.sql_type) for field in contract.fields]
    if found == promised:
        return []
    rows = tuple(
        {"promised": str(wanted), "found": str(got)}
        for wanted, got in zip(promised + [None] * len(found), found + [None] * len(promised), strict=False)
        if wanted != got and (wanted or got)
    )
    return [Offence("columns, types and order are as declared", len(rows), rows[:MOST_OFFENDERS])]


def value_offences(con: duckdb.DuckDBPyConnection, contract: type[TableContract], relation: str) -> list[Offence]:
    """Broken promises about values: one scan for all counts, then up to twenty rows of each that is broken."""
    asked = predicates(contract)
    if not asked:
        return []
    counts = ", ".join(f"count(*) filter (where {condition})" for _, condition in asked)
    (answer,) = con.execute(f"select {counts} from {relation}").fetchall()
    return [
        Offence(promise, count, sample(con, f"select * from {relation} where {condition}"))
        for (promise, condition), count in zip(asked, answer, strict=True)
        if count
    ]


def grain_offences(con: duckdb.DuckDBPyConnection, contract: type[TableContract], relation: str) -> list[Offence]:
    """Keys that stand more than once."""
    keys = ", ".join(contract.grain)
    repeated = f"select {keys}, count(*) as times from {relation} group by {keys} having count(*) > 1"
    count = count_of(con, repeated)
    return [Offence(f"one row for each {keys}", count, sample(con, repeated))] if count else []


def count_of(con: duckdb.DuckDBPyConnection, select: str, given: dict[str, Any] | None = None) -> int:
    """Rows of a SELECT."""
    ((count,),) = con.execute(f"select count(*) from ({select}\n)", given or {}).fetchall()
    return int(count)


def sample(
    con: duckdb.DuckDBPyConnection, select: str, given: dict[str, Any] | None = None
) -> tuple[dict[str, Any], ...]:
    """Up to twenty rows of a SELECT, as plain dictionaries."""
    cursor = con.execute(f"select * from ({select}\n) limit {MOST_OFFENDERS}", given or {})
    names = [column[0] for column in cursor.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())
