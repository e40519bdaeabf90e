"""Query: one file, one SELECT, one table; what it reads and takes is asked of its syntax tree.

To parse every file takes longer than all else that a run starts with, and changes with the files only. So what the
trees say is written beside them (`query_facts.json`, by `python -m cape_pipeline.assets.lineage`), under the hash of
the text: a file that has changed since is parsed, and a test holds the facts equal to the trees.

Belongs here: finding, parsing and fingerprinting SQL files. Does not belong here: running them (`publish.py`).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cape_pipeline.settings import project_files

if TYPE_CHECKING:  # sqlglot is imported by what parses
    from sqlglot import exp

FACTS = "query_facts.json"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the syntax tree of a SELECT says: tables it reads, parameters it takes, and the hash of the tree."""

    upstream: tuple[str, ...]
    parameters: frozenset[str]
    version: str


@dataclass(frozen=True)
class Query:
    """A SELECT in a file, with the leading comment as its description."""

    name: str
    text: str

    @cached_property
    def tree(self) -> "exp.Query":
        """The syntax tree.

        Raises:
            ValueError: when the file holds anything but exactly one SELECT.
        """
        import sqlglot
        from sqlglot import exp

        statements = sqlglot.parse(self.text, read="duckdb")
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise ValueError(f"{self.name}: a SQL file holds exactly one SELECT")
        return statements[0]

    @cached_property
    def facts(self) -> Facts:
        """What is written about this very text, else what its tree says."""
        return _written(project_files("sql")).get(self.text_hash) or self.parsed()

    def parsed(self) -> Facts:
        """What the syntax tree says.

        Raises:
            ValueError: as `tree`.
        """
        from sqlglot import exp

        tables = {f"{table.db}.{table.name}" for table in self.tree.find_all(exp.Table) if table.db}
        parameters = frozenset(found.name for found in self.tree.find_all(exp.Parameter, exp.Placeholder))
        canonical = self.tree.sql(dialect="duckdb", comments=False)
        return Facts(tuple(sorted(tables)), parameters, hashlib.sha256(canonical.encode()).hexdigest()[:16])

    @property
    def text_hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def upstream(self) -> tuple[str, ...]:
        """The tables it reads, as schema.table, in order of name."""
        return self.facts.upstream

    @property
    def parameters(self) -> frozenset[str]:
        """The `$names` it takes."""
        return self.facts.parameters

    @property
    def version(self) -> str:
        """Hash of the syntax tree: comments and layout do not make data stale."""
        return self.facts.version

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


def facts_as_text(queries: Iterable[Query]) -> str:
    """The text of the file of facts: a line for each SELECT, in order of its hash."""
    facts = {query.text_hash: query.parsed() for query in queries}
    lines = (
        f'"{text_hash}": '
        + json.dumps({"upstream": told.upstream, "parameters": sorted(told.parameters), "version": told.version})
        for text_hash, told in sorted(facts.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


@cache
def _written(folder: Path) -> dict[str, Facts]:
    path = folder / FACTS
    if not path.is_file():
        return {}
    return {
        text_hash: Facts(tuple(told["upstream"]), frozenset(told["parameters"]), told["version"])
        for text_hash, told in json.loads(path.read_text(encoding="utf-8")).items()
    }
