"""Which keys changed: what is known of the last publication of a table, so that what follows it need not look at all.

A change begins with a table whose only value moves along a clock (`moves_keys_of`); the view it names lists which keys
turn on which day. Each table that follows by key (`by_key.py`) passes on the keys of its own rows that did change.
What is known is `warehouse.changes` (what stood before, by table-month) and `warehouse.changed_keys`; it is of use only
to a table whose recorded inputs are exactly those that stood before, so that nothing rests on its being complete.

Belongs here: writing, reading and forgetting what changed. Does not belong here: building a table from it.
"""

from collections.abc import Collection, Mapping
from datetime import date

import duckdb

from cape_pipeline.warehouse.builds import Build, Builds, Contracts, Inputs, write
from cape_pipeline.warehouse.contract import TableContract


def forget_changes(con: duckdb.DuckDBPyConnection, table_id: str | None = None) -> None:
    """Nothing is known any more of how a table changed, or of how any did."""
    known = "where table_id = $table_id" if table_id else ""
    given = {"table_id": table_id} if table_id else {}
    if con.execute(f"select 1 from warehouse.changes {known} limit 1", given).fetchone() is None:
        return  # to delete nothing is dear in a lake
    for table in ("warehouse.changes", "warehouse.changed_keys"):
        con.execute(f"delete from {table} {known}", given)


def note_changes(con: duckdb.DuckDBPyConnection, table_id: str, before: Builds, keys: str) -> None:
    """Keep what stood of a table before it changed, and the keys whose rows changed.

    Args:
        con: inside the transaction of the change.
        table_id: the table.
        before: the builds as they stood before.
        keys: a SELECT of one column, the keys.
    """
    forget_changes(con, table_id)
    stood = {month: build for (table, month), build in before.items() if table == table_id}
    if not stood:
        return
    write(con, "warehouse.changes", table_id, stood)
    con.execute(
        f"insert into warehouse.changed_keys select $table_id, key from ({keys}) as changed (key)",
        {"table_id": table_id},
    )


def note_moved_day(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    builds: Builds,
    contracts: Contracts,
    day: date,
) -> None:
    """The keys that turn between the day a table holds and the later one it is given; else nothing is known.

    To be asked before the table is written. What the list of turns is made from must stand as its inputs are.

    Args:
        con: the writer's connection.
        contract: a table of one row and one column, a day, with `moves_keys_of`.
        builds: the builds as they stand.
        contracts: every contract.
        day: the new day.
    """
    forget_changes(con)
    turns = contract.moves_keys_of
    if turns is None or turns.listed_in not in contracts or not Inputs(builds, contracts).is_settled(turns.listed_in):
        return
    stands = con.execute(f"select {contract.column_names()[0]} from {contract.table_id()}").fetchall()
    if len(stands) != 1 or not stands[0][0] < day:
        return
    turning = (
        f"select distinct {turns.key} from {turns.listed_in}"
        f" where {turns.on_day} > date '{stands[0][0]}' and {turns.on_day} <= date '{day}'"
    )
    note_changes(con, contract.table_id(), builds, turning)


def builds_before(con: duckdb.DuckDBPyConnection, builds: Builds) -> tuple[Mapping[tuple[str, str], Build], set[str]]:
    """The builds as they stood before the changes that are known by key, and the tables that so changed."""
    rows = con.execute(
        "select table_id, partition_month, input_hash, row_count, content_hash from warehouse.changes"
    ).fetchall()
    changed = {table_id for table_id, *_ in rows}
    before = {(table_id, month): Build(*told) for table_id, month, *told in rows}
    return {**{key: build for key, build in builds.items() if key[0] not in changed}, **before}, changed


def take_changed_keys(con: duckdb.DuckDBPyConnection, name: str, tables: Collection[str]) -> int:
    """Put the keys that changed in any of the tables into a temporary table of one column, `key`; how many they are."""
    con.execute(
        f"create or replace temp table {name} as"
        " select distinct key from warehouse.changed_keys where list_contains($tables, table_id)",
        {"tables": sorted(tables)},
    )
    ((count,),) = con.execute(f"select count(*) from temp.{name}").fetchall()
    return int(count)
