"""Query: one file, one SELECT, one table; what it reads and takes is asked of its syntax tree.

Belongs here: finding, parsing and fingerprinting SQL files. Does not belong here: running them (`publish.py`).
"""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp

from cape_pipeline.settings import project_files


@dataclass(frozen=True)
class Query:
    """A SELECT in a file, with the leading comment as its description."""

    name: str
    text: str

    @cached_property
    def tree(self) -> exp.Query:
        """The syntax tree.

        Raises:
            ValueError: when the file holds anything but exactly one SELECT.
        """
        statements = sqlglot.parse(self.text, read="duckdb")
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise ValueError(f"{self.name}: a SQL file holds exactly one SELECT")
        return statements[0]

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """The tables it reads, as schema.table, in order of name."""
        return tuple(sorted({f"{table.db}.{table.name}" for table in self.tree.find_all(exp.Table) if table.db}))

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The `$names` it takes."""
        return frozenset(found.name for found in self.tree.find_all(exp.Parameter, exp.Placeholder))

    @cached_property
    def version(self) -> str:
        """Hash of the syntax tree: comments and layout do not make data stale."""
        return hashlib.sha256(self.tree.sql(dialect="duckdb", comments=False).encode()).hexdigest()[:16]

    @property
    def comment(self) -> str:
        """The comment block on top, as one line."""
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").strip())
        return " ".join(lines)


@cache
def table_query(table_id: str) -> Query:
    """The SELECT that builds a table: sql/<schema>/<table>.sql."""
    layer, table = table_id.split(".")
    return Query(table_id, (project_files("sql") / layer / f"{table}.sql").read_text(encoding="utf-8"))


@cache
def claims_of(table_id: str) -> tuple[Query, ...]:
    """The claims on a table, in order of name: sql/<schema>/checks/<table>__<claim>.sql selects what breaks them."""
    layer, table = table_id.split(".")
    folder = project_files("sql") / layer / "checks"
    return tuple(_claim(path) for path in sorted(folder.glob(f"{table}__*.sql")))


def _claim(path: Path) -> Query:
    return Query(path.stem.split("__", 1)[1], path.read_text(encoding="utf-8"))
