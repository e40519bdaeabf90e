"""Mutants of the tables' SELECTs: each differs in one small thing that somebody could get wrong unnoticed.

Belongs here: what can be changed in a syntax tree, the name a mutant keeps, and the seeded draw. Does not belong here:
trying mutants against the tests (`mutants.py`).
"""

import hashlib
import math
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import sqlglot
from sqlglot import exp

#: A replacement of a node; none takes the node away.
Replacement = exp.Expr | None
#: Folders of sql/ that build no table: queries are answers for analysts.
NOT_TABLES = ("queries",)
FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.ArgMin: exp.ArgMax,
    exp.ArgMax: exp.ArgMin,
    exp.Least: exp.Greatest,
    exp.Greatest: exp.Least,
    exp.LogicalAnd: exp.LogicalOr,
    exp.LogicalOr: exp.LogicalAnd,
}
DAY_NAMES = ("_date", "_day", "_start", "_end", "effective_from", "effective_to")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Site:
    """A change that can be made: the node by its place in the tree, and which of the operator's changes of it."""

    index: int
    operator: str
    variant: int


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file: the texts are of the smallest clause around the change, `text` is the whole SELECT."""

    mutant_id: str
    table_id: str
    operator: str
    before: str
    after: str
    text: str

    @property
    def schema(self) -> str:
        return self.table_id.split(".")[0]


def table_files(sql: Path) -> dict[str, Path]:
    """The file of every table that a SELECT builds, by schema.table, in order of name."""
    return {
        f"{path.parent.name}.{path.stem}": path
        for path in sorted(sql.glob("*/*.sql"))
        if path.parent.name not in NOT_TABLES
    }


def printed(tree: exp.Expr) -> str:
    """A tree as text, without comments; the tests' control runs on this text too."""
    return tree.sql(dialect="duckdb", comments=False)


def parsed(text: str) -> exp.Expr:
    """The tree of a SELECT."""
    return sqlglot.parse_one(text, read="duckdb")


def sites_of(tree: exp.Expr) -> list[Site]:
    """Every change that can be made in a tree, in its order."""
    return [
        Site(index, operator, variant)
        for index, node in enumerate(tree.walk())
        for operator, mutate in OPERATORS.items()
        for variant, _ in enumerate(mutate(node))
    ]


def mutant_at(table_id: str, tree: exp.Expr, site: Site) -> Mutant | None:
    """The mutant of one change; none where the text is the original's after all."""
    copy = tree.copy()
    node = next(found for index, found in enumerate(copy.walk()) if index == site.index)
    replacement = next(made for at, made in enumerate(OPERATORS[site.operator](node)) if at == site.variant)
    query, clause = node.find_ancestor(exp.CTE), _clause(node)
    before = printed(clause or copy)
    if node is copy:
        assert replacement is not None
        copy = replacement
    elif replacement is None:
        node.pop()
    else:
        node.replace(replacement)
    text = printed(copy)
    after = printed(clause or copy)
    if isinstance(node, exp.Join):  # a query would be shown whole
        before, after = printed(node), printed(replacement) if replacement else ""
    if before == after:
        return None
    told = "\n".join((table_id, query.alias if query else "", site.operator, before, after))
    mutant_id = hashlib.sha256(told.encode()).hexdigest()[:12]
    return Mutant(mutant_id, table_id, site.operator, before, after, text)


def draw(texts: dict[str, str], count: int, seed: int, plans: Callable[[Mutant], bool] | None = None) -> list[Mutant]:
    """Mutants drawn over all files: each file at least one, larger ones more, and in a file each operator as often.

    Args:
        texts: the SELECT of every table.
        count: mutants wanted; fewer come back only where there are no more.
        seed: the same one draws the same mutants of the same texts.
        plans: whether the engine can plan a mutant; one that it cannot is not counted, since any test would tell.
    """
    drawn = random.Random(seed)
    trees = {table_id: parsed(text) for table_id, text in texts.items()}
    heaps = {table_id: _in_drawn_order(sites_of(tree), drawn) for table_id, tree in trees.items()}
    wanted: dict[str, Mutant] = {}
    taken = dict.fromkeys(heaps, 0)
    weights = {table_id: math.sqrt(len(heap)) for table_id, heap in heaps.items()}
    order = drawn.sample(sorted(heaps), len(heaps))
    while len(wanted) < count and any(heaps.values()):
        # the file that lags furthest behind its share; at the beginning all do
        table_id = min((name for name in order if heaps[name]), key=lambda name: taken[name] / weights[name])
        mutant = mutant_at(table_id, trees[table_id], heaps[table_id].pop())
        if mutant and mutant.mutant_id not in wanted and (plans is None or plans(mutant)):
            wanted[mutant.mutant_id] = mutant
            taken[table_id] += 1
    return list(wanted.values())


def _in_drawn_order(sites: Sequence[Site], drawn: random.Random) -> list[Site]:
    """A heap to pop from: one of each operator after the other, operators and places drawn."""
    of_operator: defaultdict[str, list[Site]] = defaultdict(list)
    for site in sites:
        of_operator[site.operator].append(site)
    for alike in of_operator.values():
        drawn.shuffle(alike)
    rounds: list[Site] = []
    while of_operator:
        for name in drawn.sample(sorted(of_operator), len(of_operator)):
            rounds.append(of_operator[name].pop())
            if not of_operator[name]:
                del of_operator[name]
    return rounds[::-1]


def _clause(node: exp.Expr) -> exp.Expr | None:
    """What is shown of a change: the nearest column, join or condition around it, else the query."""
    around = node.parent
    while around is not None and not isinstance(
        around, exp.Alias | exp.Join | exp.Where | exp.Having | exp.Qualify | exp.Case | exp.If | exp.Query | exp.CTE
    ):
        around = around.parent
    return around


def _comparison(node: exp.Expr) -> Iterator[Replacement]:
    flipped = FLIPPED.get(type(node))
    if flipped:
        yield flipped(this=node.this.copy(), expression=node.expression.copy())
    if type(node) is exp.Between:
        value, low, high = node.this, node.args["low"], node.args["high"]
        yield _both(exp.GT, exp.LTE, value, low, high)
        yield _both(exp.GTE, exp.LT, value, low, high)


def _both(first: type[exp.Expr], second: type[exp.Expr], value: exp.Expr, low: exp.Expr, high: exp.Expr) -> Replacement:
    return exp.paren(
        exp.And(
            this=first(this=value.copy(), expression=low.copy()),
            expression=second(this=value.copy(), expression=high.copy()),
        )
    )


def _join(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is not exp.Join or not (node.args.get("on") or node.args.get("using")):
        return
    if node.kind in ("SEMI", "ANTI"):
        return
    if node.side in ("", "LEFT"):
        copy = node.copy()
        copy.set("side", "LEFT" if node.side == "" else None)
        copy.set("kind", None)
        yield copy


def _day(node: exp.Expr) -> Iterator[Replacement]:
    compared = (*FLIPPED, exp.Between)
    if type(node) is exp.Column and isinstance(node.parent, compared) and node.name.endswith(DAY_NAMES):
        yield exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    if type(node) is exp.Literal and node.is_string and ISO_DAY.fullmatch(node.name):
        day = date.fromisoformat(node.name)
        yield exp.Literal.string((day + timedelta(days=-1 if day.year == date.max.year else 1)).isoformat())
    if type(node) is exp.Interval and isinstance(node.this, exp.Literal):
        copy = node.copy()
        copy.this.replace(exp.Literal.string(str(int(node.this.name) + 1)))
        yield copy


def _connective(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) in (exp.And, exp.Or):
        other = exp.Or if type(node) is exp.And else exp.And
        yield exp.paren(other(this=node.this.copy(), expression=node.expression.copy()))


def _negation(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Not:
        yield node.this.copy()
    if type(node) in (exp.Is, exp.In, exp.Exists) and type(node.parent) is not exp.Not:
        yield exp.Not(this=exp.paren(node.copy()))


def _extreme(node: exp.Expr) -> Iterator[Replacement]:
    opposite = OPPOSITE.get(type(node))
    if opposite:
        yield opposite(**{name: _copied(value) for name, value in node.args.items()})


def _copied(value: object) -> object:
    if isinstance(value, exp.Expr):
        return value.copy()
    if isinstance(value, list):
        return [_copied(member) for member in value]
    return value


def _order(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Ordered:
        copy = node.copy()
        copy.set("desc", not node.args.get("desc"))
        # the place of nulls stays as it is, so that the change is one
        copy.set("nulls_first", node.args.get("nulls_first"))
        yield copy


def _fallback(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Coalesce and node.expressions:
        if len(node.expressions) == 1:
            yield node.this.copy()
        else:
            copy = node.copy()
            copy.set("expressions", copy.expressions[:-1])
            yield copy


def _branch(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Case:
        ifs = node.args["ifs"]
        for index in range(len(ifs)):
            if len(ifs) > 1:
                copy = node.copy()
                copy.set("ifs", [branch for at, branch in enumerate(copy.args["ifs"]) if at != index])
                yield copy
            elif node.args.get("default") is not None:
                yield exp.paren(node.args["default"].copy())
        if not isinstance(node.args.get("default"), exp.Null | None):
            copy = node.copy()
            copy.set("default", None)
            yield copy
    if type(node) is exp.If and type(node.parent) is not exp.Case:
        yield exp.paren(node.args["true"].copy())
        if node.args.get("false") is not None:
            yield exp.paren(node.args["false"].copy())


def _union(node: exp.Expr) -> Iterator[Replacement]:
    if isinstance(node, exp.SetOperation):
        for kept in (node.this, node.expression):
            copy = kept.copy()
            if node.args.get("with_") and not copy.args.get("with_"):
                copy.set("with_", node.args["with_"].copy())
            yield copy


def _distinct(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Select and node.args.get("distinct"):
        copy = node.copy()
        copy.set("distinct", None)
        yield copy
    if type(node) is exp.Distinct and isinstance(node.parent, exp.AggFunc) and len(node.expressions) == 1:
        yield node.expressions[0].copy()
    if type(node) is exp.Union and node.args.get("distinct"):
        union = node.copy()
        union.args["distinct"] = False
        yield union


def _constant(node: exp.Expr) -> Iterator[Replacement]:
    # the parser adds to list_sort where nulls go, which no file says
    if type(node) is exp.Boolean and type(node.parent) is not exp.ArraySort:
        yield exp.Boolean(this=not node.this)
    if type(node) is not exp.Literal or isinstance(node.parent, exp.DataTypeParam | exp.Interval):
        return
    if node.is_string:
        if not ISO_DAY.fullmatch(node.name):
            yield exp.Literal.string(node.name + "x")
    else:
        number = Decimal(node.name)
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)
        yield exp.Literal.number(str(number + Decimal(1).scaleb(min(exponent, 0))))


def _arithmetic(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) in (exp.Add, exp.Sub):
        other = exp.Sub if type(node) is exp.Add else exp.Add
        yield exp.paren(other(this=node.this.copy(), expression=node.expression.copy()))


def _condition(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) in (exp.And, exp.Or):
        yield node.this.copy()
        yield node.expression.copy()
    if type(node) is exp.Filter:
        yield node.this.copy()
    if (type(node) is exp.Where and isinstance(node.parent, exp.Select)) or type(node) in (exp.Having, exp.Qualify):
        yield None


def _member(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.In and len(node.expressions) > 1:
        for index in range(len(node.expressions)):
            copy = node.copy()
            copy.set("expressions", [member for at, member in enumerate(copy.expressions) if at != index])
            yield copy


def _partition(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Window:
        parts = node.args.get("partition_by") or []
        for index in range(len(parts)):
            copy = node.copy()
            copy.set("partition_by", [part for at, part in enumerate(copy.args["partition_by"]) if at != index])
            yield copy


def _sign(node: exp.Expr) -> Iterator[Replacement]:
    if type(node) is exp.Sum and not isinstance(node.parent, exp.Filter | exp.Window | exp.Neg):
        yield exp.paren(exp.Neg(this=node.copy()))


#: Every kind of change, by the name that the figures print.
OPERATORS: dict[str, Callable[[exp.Expr], Iterator[Replacement]]] = {
    "comparison flipped": _comparison,
    "join made inner or left": _join,
    "day moved by one": _day,
    "and and or swapped": _connective,
    "negation turned": _negation,
    "least and greatest swapped": _extreme,
    "order turned": _order,
    "fallback removed": _fallback,
    "branch removed": _branch,
    "union branch dropped": _union,
    "distinct dropped": _distinct,
    "constant changed": _constant,
    "plus and minus swapped": _arithmetic,
    "condition dropped": _condition,
    "list member dropped": _member,
    "partition dropped": _partition,
    "sum of another sign": _sign,
}
