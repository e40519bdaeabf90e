"""Follow by key: of a table whose rows of different keys play no part in each other, only the changed keys are rebuilt.

The table's own SELECT is run unchanged, in a catalogue of views that show, of every table with that key, only the rows
of the keys that changed. So there is one text of every rule, and no second way of writing it.

Belongs here: when a table may follow so, and the rows it then replaces. Does not belong here: where changes begin and
how they are kept (`changes.py`), or what is checked of rows (`contract_sql.py`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import duckdb

from cape_pipeline.warehouse.builds import (
    WHOLE,
    Build,
    Builds,
    Contracts,
    Inputs,
    content_of,
    is_by_sql,
    is_monthly,
    reads_of,
)
from cape_pipeline.warehouse.changes import builds_before, note_changes, take_changed_keys
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.query import Query, table_query

PART = "changed_part"  # the catalogue of views over the changed keys
KEYS = "keys_to_follow"
BUILD = "temp.build"
#: Where more keys changed than these and than this share of the rows, the whole table is built at less cost.
ALWAYS_FEW, MOST_OF_ALL = 1_000, 0.2


@dataclass(frozen=True, slots=True)
class Following:
    """A table that can follow its upstream tables by key: the tables that changed, and the key."""

    key: str
    changed: frozenset[str]


def following(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    builds: Builds,
    contracts: Contracts,
    asked: Sequence[str],
) -> Following | None:
    """How a table can follow by key; None where it must be built as a whole.

    It can where it stands from the very inputs that stood before changes which are known by key, in all its months.
    """
    key = contract.independent_by
    if key is None or not is_by_sql(contract):
        return None
    before, changed = builds_before(con, builds)
    read = frozenset(changed & set(reads_of(contract)))
    stands = {month: build for (table, month), build in builds.items() if table == contract.table_id()}
    told = [month for month in stands if is_monthly(contract) or month == WHOLE]
    if not read or not told or not set(told) <= set(asked):
        return None
    inputs = Inputs(before, contracts)
    if any(stands[month].input_hash != inputs.hash_of(contract, month) for month in told):
        return None
    return Following(key, read)


def follow_view(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], builds: Builds, followed: Following
) -> None:
    """Pass on the keys that changed upstream of a view: its rows of other keys are what they were."""
    tables = ", ".join(f"'{table}'" for table in sorted(followed.changed))
    keys = f"select distinct key from warehouse.changed_keys where table_id in ({tables})"
    note_changes(con, contract.table_id(), builds, keys)


def is_worth_following(con: duckdb.DuckDBPyConnection, contract: type[TableContract], followed: Following) -> bool:
    """Whether few enough keys changed; they then stand in a temporary table."""
    count = take_changed_keys(con, KEYS, followed.changed)
    ((stands,),) = con.execute(f"select count(*) from {contract.table_id()}").fetchall()
    return count <= max(ALWAYS_FEW, MOST_OF_ALL * int(stands))


@contextmanager
def part_of_the_warehouse(
    con: duckdb.DuckDBPyConnection, tables: Iterable[str], contracts: Contracts, key: str
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Views of the tables over the keys to follow; what is yielded makes their names mean these while it lasts."""
    ((catalog,),) = con.execute("select current_database()").fetchall()
    con.execute(f"attach if not exists ':memory:' as {PART}")

    @contextmanager
    def meant() -> Iterator[None]:
        con.execute(f"use {PART}")
        try:
            yield
        finally:
            con.execute(f'use "{catalog}"')

    try:
        made: set[str] = set()
        for table_id in tables:
            _show_part(con, table_id, contracts, key, catalog, meant, made)
        yield meant
    finally:
        con.execute(f"detach database if exists {PART}")


def is_told_by_keys(claim: Query, contracts: Contracts, key: str) -> bool:
    """Whether a claim can be asked of the changed keys alone: nothing it reads was summed over several keys."""
    read = [contracts[table_id] for table_id in claim.upstream if table_id in contracts]
    return all(not is_by_sql(contract) or key in contract.column_names() for contract in read)


def _show_part(
    con: duckdb.DuckDBPyConnection,
    table_id: str,
    contracts: Contracts,
    key: str,
    catalog: str,
    meant: Callable[[], AbstractContextManager[None]],
    made: set[str],
) -> None:
    if table_id in made:
        return
    made.add(table_id)
    contract = contracts.get(table_id)
    con.execute(f"create schema if not exists {PART}.{table_id.split('.')[0]}")
    if contract is not None and contract.source == "view" and contract.independent_by == key:
        for upstream in reads_of(contract):
            _show_part(con, upstream, contracts, key, catalog, meant, made)
        with meant():
            con.execute(f"create view {PART}.{table_id} as {table_query(table_id).text}")
        return
    has_key = contract is not None and key in contract.column_names()
    of_keys = f" where {key} in (select key from temp.{KEYS})" if has_key else ""
    con.execute(f'create view {PART}.{table_id} as select * from "{catalog}".{table_id}{of_keys}')


def replace_keys(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], builds: Builds, key: str
) -> dict[str, Build]:
    """Put the rows of `temp.build` in the place of those of the same keys, where they differ.

    Returns:
        what stands then, by month or as a whole, under the inputs recorded before; all that stood is told.
    """
    table = contract.table_id()
    columns = ", ".join(contract.column_names())
    stood = f"(select * from {table} where {key} in (select key from temp.{KEYS}))"
    con.execute(f"create or replace temp table rows_before as from {stood}")
    told = ", ".join(field.name for field in contract.fields if not field.volatile)
    summed = f"select {key} as key, count(*) as rows, sum(hash({told})) as content from"
    con.execute(
        "create or replace temp table keys_that_changed as"
        f" select coalesce(stood.key, made.key) as key from ({summed} rows_before group by all) as stood"
        f" full join ({summed} {BUILD} group by all) as made on stood.key = made.key"
        " where stood.rows is distinct from made.rows or stood.content is distinct from made.content"
    )
    changed = f"where {key} in (select key from temp.keys_that_changed)"
    gone = content_of(con, contract, f"(select * from rows_before {changed})")
    come = content_of(con, contract, f"(select * from {BUILD} {changed})")
    con.execute(f"delete from {table} {changed}")
    con.execute(f"insert into {table} ({columns}) select {columns} from {BUILD} {changed}")
    if gone or come:
        note_changes(con, table, builds, "select key from temp.keys_that_changed")
    con.execute("drop table temp.rows_before")
    con.execute("drop table temp.keys_that_changed")
    stands = {month: build for (table_id, month), build in builds.items() if table_id == table}
    return _moved(stands, gone, come)


def _moved(
    stands: Mapping[str, Build], gone: Mapping[str, tuple[int, str]], come: Mapping[str, tuple[int, str]]
) -> dict[str, Build]:
    """The contents without what went and with what came: they are sums over rows."""
    nothing = (0, "0")
    moved = {}
    for month in {*stands, *gone, *come}:
        stood = stands.get(month, Build("", 0, ""))
        (less, less_hash), (more, more_hash) = gone.get(month, nothing), come.get(month, nothing)
        count = (stood.row_count or 0) - less + more
        content = int(stood.content_hash or 0) - int(less_hash) + int(more_hash)
        moved[month] = Build(stood.input_hash, count, str(content) if count else "")
    return moved
