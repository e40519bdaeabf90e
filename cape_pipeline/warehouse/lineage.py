"""Column lineage: which stored columns each column of a table is made from, read from its SELECT's syntax tree.

Belongs here: following names through CTEs, subqueries and unions. Does not belong here: any table of this product, and
how lineage is shown.

A column is made from what its expression names. What only decides which rows there are (joins, filters, order) is no
part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope
from sqlglot.schema import MappingSchema

#: Schema, then table, then column and type.
StoredColumns = dict[str, dict[str, dict[str, str]]]
StoredColumn = tuple[str, str]
Lineage = dict[str, tuple[StoredColumn, ...]]


def column_lineage(select: exp.Query, stored: StoredColumns) -> Lineage:
    """The stored columns behind each column of a SELECT.

    Args:
        select: the syntax tree; it is not changed.
        stored: every table it reads with its columns.

    Returns:
        For each column, in order, the `(schema.table, column)` pairs it is made from, in order of name; none for a
        constant, a count of rows or a parameter.

    Raises:
        ValueError: a column cannot be followed.
    """
    tree = select.copy()
    for parameter in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        parameter.replace(exp.Null())
    schema = MappingSchema(dict(stored), dialect="duckdb")
    try:
        tree = qualify(tree, dialect="duckdb", schema=schema, validate_qualify_columns=False, quote_identifiers=False)
    except OptimizeError as error:
        raise ValueError(f"the columns of this SELECT cannot be told apart: {error}") from error
    scope = build_scope(tree)
    if scope is None:
        raise ValueError("this is no SELECT")
    followed = _Followed({id(query): inner for inner in scope.traverse() if (query := _query(inner)) is not None})
    return {name: tuple(sorted(followed.column(scope, name))) for name in tree.named_selects}


@dataclass
class _Followed:
    """The scope of every SELECT, and what was found so far, so that no column of a CTE is followed twice."""

    scopes: Mapping[int, Scope]
    known: dict[tuple[int, str], frozenset[StoredColumn]] = field(default_factory=dict)

    def column(self, scope: Scope, name: str) -> frozenset[StoredColumn]:
        key = (id(scope), name)
        if key not in self.known:
            self.known[key] = frozenset()  # a recursive CTE asks for itself
            self.known[key] = self._follow(scope, name)
        return self.known[key]

    def _follow(self, scope: Scope, name: str) -> frozenset[StoredColumn]:
        if isinstance(scope.expression, exp.SetOperation):
            return self._of_both_sides(scope, scope.expression, name)
        query = _query(scope)
        if query is None:  # a table function, such as unnest: all it is given
            return self._named_in(scope.expression)
        made = next((made for made in query.selects if made.alias_or_name == name), None)
        return frozenset() if made is None else self._named_in(made)

    def _named_in(self, expression: exp.Expr) -> frozenset[StoredColumn]:
        return frozenset().union(*(self._of_column(column) for column in expression.find_all(exp.Column)))

    def _of_both_sides(self, scope: Scope, union: exp.SetOperation, name: str) -> frozenset[StoredColumn]:
        names = [name, name]
        if not union.args.get("by_name"):
            position = union.named_selects.index(name)
            names = [side.named_selects[position] for side in (union.left, union.right)]
        sides = zip(scope.set_operation_scopes, names, strict=True)
        return frozenset().union(*(self.column(side, column) for side, column in sides))

    def _of_column(self, column: exp.Column) -> frozenset[StoredColumn]:
        if not column.table:
            if _is_lambda_variable(column):
                return frozenset()
            raise ValueError(f"nothing that is read here holds a column {column.name}")
        source = _source_of(self.scopes[id(column.parent_select)], column.table)
        if isinstance(source, exp.Table):
            return frozenset({(f"{source.db}.{source.name}", column.name)})
        return self.column(source, column.name) if source is not None else frozenset()


def _query(scope: Scope) -> exp.Query | None:
    """The query of a scope; that of a LATERAL stands inside it. A table function has none."""
    expression = scope.expression
    query = expression.this if isinstance(expression, exp.Lateral) else expression
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    return query if isinstance(query, exp.Query) else None


def _is_lambda_variable(column: exp.Column) -> bool:
    around = column.find_ancestor(exp.Lambda)
    while around is not None:
        if column.name in {variable.name for variable in around.expressions}:
            return True
        around = around.find_ancestor(exp.Lambda)
    return False


def _source_of(scope: Scope, alias: str) -> exp.Table | Scope | None:
    """What a name stands for here, or in the query around a subquery."""
    asked: Scope | None = scope
    while asked is not None:
        if alias in asked.sources:
            found = asked.sources[alias]
            return found if isinstance(found, (exp.Table, Scope)) else None
        asked = asked.parent
    return None
