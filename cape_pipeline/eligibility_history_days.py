"""The answers for entry summaries as of many days at once: each SELECT of the pipeline is run once over all of them.

Belongs here: how a SELECT that is written for one day is asked as of many. Does not belong here: any rule (`sql/`),
which days are asked (`entries.turning_days`), or what of the answers is kept (`eligibility_history.py`).

A SELECT that reads the day, or what depends on it, becomes a lateral subquery of the days: `registry.as_of` is then the
day beside it, and a table that depends on the day is that day's rows of it. `entries.eligibility_decisions` looks at
each entry alone, so there an entry on a day is simply a case of its own, whose day stands beside its facts. What
depends on the day only through the reports that may be read, as all of `lines` does, is built once for each span of
days that read the same. A SELECT that DuckDB cannot ask of many days at once, because of its kind of join, is asked of
one day after the other.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import build_order
from cape_pipeline.warehouse.builds import is_by_sql, reads_of
from cape_pipeline.warehouse.query import table_query

AS_OF = "registry.as_of"
LOADS = "ace.readable_loads"
BASELINES = "lines.entry_baselines"
FACTS = "entries.status_facts"
ANSWER = "entries.eligibility_decisions"

READ = re.compile(r"\b(from|join)(\s+)(\w+\.\w+)\b(?:\s+as\s+(\w+))?", re.IGNORECASE)
ON_DAY = "on_day.day"
THE_DAY = "(select on_day.day as as_of_date)"
THE_FIRST_DAY = "(select min(day) as as_of_date from history.span)"
ROWS_OF_THE_DAY = "(select * exclude (asked_day) from history.{table} as by_day where by_day.asked_day = on_day.day)"
CASES = "(select * replace (entry_number || ' ' || asked_day as entry_number) from history.{table})"
#: In the SELECT of the answer the day follows the facts of the entry, which it calls so.
DAY_OF_THE_CASE = "(select facts.asked_day as as_of_date)"
BY_DAY = """
create or replace table history.{table} as
select on_day.day as asked_day, told.*
from history.span as on_day, lateral ({select}
) as told
{only}
"""
ON_ONE_DAY = """
select date '{day}' as asked_day, told.*
from ({select}
) as told
{only}
"""
#: An entry is asked only on the days on which it may turn.
THAT_TURN = """
join history.turns as turns
    on told.entry_number = turns.entry_number
where turns.turning_date = on_day.day
"""
OF_THE_SPAN = """
create or replace table history.{table} as
{select}
"""
OF_THE_FIRST_DAY = """
create or replace table history.{table} as
select * exclude (asked_day)
from history.alike
where asked_day = (select min(day) from history.span)
"""
ANSWERS = """
insert into history.answers
select
    split_part(told.entry_number, ' ', 1) as entry_number,
    cast(split_part(told.entry_number, ' ', 2) as date) as as_of_date,
    told.cape_status,
    told.recommended_path,
    told.path_reason
from ({select}
) as told
"""
TURN_COLUMNS = "entry_number varchar, turning_date date, cause_codes varchar[], causes varchar[]"
ANSWER_COLUMNS = (
    "entry_number varchar, as_of_date date, cape_status varchar, recommended_path varchar, path_reason varchar"
)
DAYS_ALIKE = """
select list(asked_day order by asked_day) as days
from (select asked_day, sum(hash({columns})) as content from history.alike group by asked_day)
group by content
order by days
"""


@contextmanager
def scratch_database(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """A database in memory named `history` beside the warehouse, whose tables are only read, while days are asked."""
    con.execute("attach ':memory:' as history")
    try:
        for schema in sorted({table_id.split(".")[0] for table_id in dependent_tables()}):
            con.execute(f"create schema history.{schema}")
        con.execute(f"create table history.turns ({TURN_COLUMNS})")
        con.execute(f"create table history.answers ({ANSWER_COLUMNS})")
        yield
    finally:
        con.execute("detach history")


def write_answers(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `history.answers` with the answer for every entry on every day of `history.turns`.

    An entry that no report names yet on a day has no answer for it.

    Args:
        con: in the `scratch_database`, with the macros and a warehouse that is up to date.
    """
    upstream = set(build_order((BASELINES,)))
    before = [table_id for table_id in dependent_tables() if table_id in upstream and table_id != BASELINES]
    after = [table_id for table_id in dependent_tables() if table_id not in upstream and table_id != ANSWER]
    days = con.execute("select distinct turning_date from history.turns order by all").fetchall()
    for reading_alike in _days_alike(con, LOADS, [day for (day,) in days]):
        _set_span(con, reading_alike)
        for table_id in before:
            _build(con, table_id, reading_alike)
        for based_alike in _days_alike(con, BASELINES, reading_alike):
            _set_span(con, based_alike)
            con.execute(OF_THE_FIRST_DAY.format(table=BASELINES))
            for table_id in after:
                _build(con, table_id, based_alike)
            con.execute(ANSWERS.format(select=_as_cases(ANSWER)), _given(ANSWER))


def _days_alike(con: duckdb.DuckDBPyConnection, table_id: str, days: Sequence[date]) -> list[list[date]]:
    """The days on which the table holds the same rows, together; days on which it holds none are left out."""
    _set_span(con, days)
    _build_by_day(con, table_id, "alike", days)
    columns = ", ".join(CONTRACTS[table_id].column_names())
    return [alike for (alike,) in con.execute(DAYS_ALIKE.format(columns=columns)).fetchall()]


def _set_span(con: duckdb.DuckDBPyConnection, days: Sequence[date]) -> None:
    con.execute("create or replace table history.span as select unnest($days) as day", {"days": list(days)})


def _build(con: duckdb.DuckDBPyConnection, table_id: str, days: Sequence[date]) -> None:
    if table_id in tables_by_day():
        _build_by_day(con, table_id, table_id, days)
    else:
        con.execute(OF_THE_SPAN.format(table=table_id, select=_of_the_span(table_id)), _given(table_id))


def _build_by_day(con: duckdb.DuckDBPyConnection, table_id: str, target: str, days: Sequence[date]) -> None:
    """The table as of each day in one statement, or one a day where DuckDB cannot flatten a join of it."""
    told = {"select": _by_day(table_id), "only": THAT_TURN if table_id == FACTS else ""}
    try:
        con.execute(BY_DAY.format(table=target, **told), _given(table_id))
    except (duckdb.NotImplementedException, duckdb.BinderException, duckdb.InternalException):
        _build_day_by_day(con, table_id, target, days)


def _build_day_by_day(con: duckdb.DuckDBPyConnection, table_id: str, target: str, days: Sequence[date]) -> None:
    told = {"select": _by_day(table_id), "only": THAT_TURN if table_id == FACTS else ""}
    beginning = f"create or replace table history.{target} as"
    for day in days:
        on_one_day = ON_ONE_DAY.format(day=day, **told).replace(ON_DAY, f"date '{day}'")
        con.execute(beginning + on_one_day, _given(table_id))
        beginning = f"insert into history.{target}"


def _given(table_id: str) -> dict[str, object]:
    """The `$names` the SELECT takes; the version of the registry decides no answer."""
    given: dict[str, object] = {"months": list(MONTHS), "registry_version": ""}
    return {name: given[name] for name in table_query(table_id).parameters}


@cache
def dependent_tables() -> tuple[str, ...]:
    """The tables that the answer is made from and that depend on the day, each after what it reads.

    Raises:
        ValueError: one of them is not made by a SELECT.
    """
    found: list[str] = []
    for table_id in build_order((ANSWER,)):
        if {AS_OF, *found} & set(reads_of(CONTRACTS[table_id])):
            found.append(table_id)
    if others := [table_id for table_id in found if not is_by_sql(CONTRACTS[table_id])]:
        raise ValueError(f"{', '.join(others)} depends on the day, and no SELECT of it can be asked of another day")
    return tuple(found)


@cache
def tables_by_day() -> tuple[str, ...]:
    """Those of them whose rows may differ between two days with the same reports and baselines."""
    found: list[str] = []
    for table_id in dependent_tables():
        if table_id not in (LOADS, BASELINES) and {AS_OF, *found} & set(table_query(table_id).upstream):
            found.append(table_id)
    return tuple(found)


def _by_day(table_id: str) -> str:
    """The SELECT as a lateral subquery of `on_day`."""
    by_day = dict.fromkeys(tables_by_day(), ROWS_OF_THE_DAY)
    return _reading(table_id, {**_spans(), **by_day, AS_OF: THE_DAY})


def _of_the_span(table_id: str) -> str:
    """The SELECT as of any day of the span."""
    return _reading(table_id, {**_spans(), AS_OF: THE_FIRST_DAY})


def _as_cases(table_id: str) -> str:
    """The SELECT over every entry on every day, each a case of its own.

    Raises:
        ValueError: it reads a table in which entries are not told by their day.
    """
    others = set(_spans()) & set(table_query(table_id).upstream) - set(tables_by_day())
    if others:
        raise ValueError(f"{table_id} cannot be asked of an entry on a day: it reads {', '.join(others)}")
    return _reading(table_id, {**dict.fromkeys(tables_by_day(), CASES), AS_OF: DAY_OF_THE_CASE})


def _spans() -> dict[str, str]:
    return dict.fromkeys(dependent_tables(), "history.{table}")


def _reading(table_id: str, instead: dict[str, str]) -> str:
    """The SELECT with other relations in place of tables it reads, under the names it knows them by."""

    def relation(found: re.Match[str]) -> str:
        keyword, space, table, alias = found.groups()
        if table not in instead:
            return found[0]
        return f"{keyword}{space}{instead[table].format(table=table)} as {alias or table.split('.')[1]}"

    return READ.sub(relation, table_query(table_id).text)
