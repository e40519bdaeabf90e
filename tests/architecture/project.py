"""What the architecture tests look at: the project's files, its SQL as syntax trees, its modules and contracts.

Belongs here: finding and parsing, each once. Does not belong here: any rule; those are the tests beside this module.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import sqlglot
from pathspec import GitIgnoreSpec
from sqlglot import exp

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cape_pipeline"
TESTS = ROOT / "tests"
SQL = ROOT / "sql"

#: The schemas in the order data flows: a table reads its own schema and those before it, nothing after it.
FLOW = ("registry", "ace", "lines", "entries", "refunds", "payments", "reports")


@dataclass(frozen=True)
class SqlFile:
    """One SQL file: where it lies, what it says on top, and its statements."""

    path: Path

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def schema(self) -> str:
        return self.path.relative_to(SQL).parts[0]

    @property
    def table(self) -> str:
        """The table it builds, or for a claim the table it is about."""
        return self.path.stem.split("__", 1)[0]

    @property
    def table_id(self) -> str:
        return f"{self.schema}.{self.table}"

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def comment(self) -> tuple[str, ...]:
        """The lines of the comment block on top, without their dashes."""
        lines = []
        for line in self.text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").strip())
        return tuple(lines)

    @cached_property
    def statements(self) -> tuple[exp.Expr | None, ...]:
        return tuple(sqlglot.parse(self.text, read="duckdb"))

    @property
    def tree(self) -> exp.Expr:
        (tree,) = self.statements
        assert tree is not None, f"{self.where} is empty"
        return tree

    @property
    def upstream(self) -> frozenset[str]:
        """The tables it reads, as schema.table; names without a schema are its own CTEs."""
        return frozenset(f"{table.db}.{table.name}" for table in self.tree.find_all(exp.Table) if table.db)


@cache
def table_files() -> tuple[SqlFile, ...]:
    """Every SQL file that builds a table or view."""
    return tuple(SqlFile(path) for schema in FLOW for path in sorted((SQL / schema).glob("*.sql")))


@cache
def claim_files() -> tuple[SqlFile, ...]:
    """Every SQL file that selects what breaks a claim."""
    return tuple(SqlFile(path) for schema in FLOW for path in sorted((SQL / schema / "checks").glob("*.sql")))


@dataclass(frozen=True)
class Module:
    """One Python module of the project."""

    path: Path

    @property
    def where(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    @property
    def imports(self) -> frozenset[str]:
        """The full names it imports, wherever in the module."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
        return frozenset(names)


def modules(folder: Path) -> tuple[Module, ...]:
    """Every Python module in a folder and below, in order of path."""
    return tuple(Module(path) for path in sorted(folder.rglob("*.py")))


@cache
def project_paths() -> tuple[Path, ...]:
    """Every file of the project: what lies in the checkout and is not ignored by .gitignore."""
    return tuple(_not_ignored(ROOT, GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text().splitlines())))


def _not_ignored(folder: Path, ignored: GitIgnoreSpec) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(ROOT).as_posix()
        if name == ".git" or ignored.match_file(f"{name}/" if path.is_dir() else name):
            continue
        if path.is_dir():
            yield from _not_ignored(path, ignored)
        else:
            yield path


def words(text: str) -> frozenset[str]:
    """The words of a text in lower case; snake_case and CamelCase names are taken apart."""
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text))
