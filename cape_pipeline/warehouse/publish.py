"""Publish: build, check and commit in one transaction. A table that breaks its promises is never seen.

Belongs here: the transaction around one table. Does not belong here: any table in particular, Dagster, or what a
promise says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

import duckdb
import polars as pl

from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse.builds import (
    MOVED,
    UNTOLD,
    WHOLE,
    Build,
    Builds,
    Contracts,
    Inputs,
    content_of,
    input_hash,
    is_monthly,
    read_builds,
    record,
    record_whole,
    registry_version,
    rows_recorded,
)
from cape_pipeline.warehouse.by_key import (
    Following,
    follow_view,
    following,
    is_told_by_keys,
    is_worth_following,
    part_of_the_warehouse,
    replace_keys,
)
from cape_pipeline.warehouse.changes import forget_changes
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.contract_sql import (
    Offence,
    count_of,
    grain_offences,
    sample,
    shape_offences,
    such_as,
    value_offences,
)
from cape_pipeline.warehouse.ducklake import is_lake
from cape_pipeline.warehouse.masking import masked_rows
from cape_pipeline.warehouse.query import Query, claims_of, table_query
from cape_pipeline.warehouse.received import find_due_parts, record_parts
from cape_pipeline.warehouse.tables import comment
from cape_pipeline.warehouse.transaction import in_transaction

CONTRACT_CHECK = "contract"
#: What of the contract is checked at a run, of a table and of a view.
PROMISED = ("Columns, values and grain", "Columns and types")
BUILD = "temp.build"
VANISHED = "temp.vanished"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check of a table found: its name, its sentence and the offenders."""

    name: str
    description: str
    offences: tuple[Offence, ...]

    @property
    def passed(self) -> bool:
        return not self.offences


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of a table: rows it holds now (unknown of a view), the months that were built, and its checks."""

    table_id: str
    row_count: int | None
    months_built: tuple[str, ...]
    checks: tuple[CheckOutcome, ...]


class BrokenPromise(Exception):
    """A table broke its contract or a claim; nothing of it was written."""

    def __init__(self, table_id: str, checks: Sequence[CheckOutcome]):
        self.table_id = table_id
        self.checks = tuple(checks)
        broken = [
            f"{check.name}: {offence.promise} ({offence.count} rows, such as {such_as(offence.rows)})"
            for check in checks
            for offence in check.offences
        ]
        super().__init__(f"{table_id} was not written, the table before it stands. " + "; ".join(broken))


class MovedKey(Exception):
    """A key of the requested months has moved to a month that was not requested."""


def publish(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    months: Sequence[str] | None = None,
) -> Publication:
    """Bring a table built by SQL up to date for the months asked for (all of a table that has no months).

    What stands from unchanged inputs is not built again.

    Raises:
        BrokenPromise: the contract, the grain or a claim does not hold; nothing was changed.
        MovedKey: a key left the months asked for; nothing was changed.
    """
    builds = read_builds(con)
    asked = list(months or []) if is_monthly(contract) else [WHOLE]
    inputs = Inputs(builds, contracts)
    hashes = {month: inputs.hash_of(contract, month) for month in asked}
    due = [month for month in asked if _stands(builds, contract, month) != hashes[month]]
    if due:
        told = {month: hashes[month] if inputs.is_told(contract) else UNTOLD for month in due}
        followed = following(con, contract, builds, contracts, asked)
        if followed and contract.source != "view" and is_worth_following(con, contract, followed):
            _follow(con, contract, contracts, builds, followed, due, told)
        elif is_lake(con) and not _holds_only(con, contract, due):
            _make_and_put(con, contract, contracts, due, told)
        else:
            _in_transaction(con, lambda: _build_whole(con, contract, contracts, builds, followed, due, told))
    return Publication(contract.table_id(), rows_recorded(con, contract), tuple(due), outcomes_of(contract, {}))


def _stands(builds: Builds, contract: type[TableContract], month: str) -> str | None:
    build = builds.get((contract.table_id(), month))
    return build.input_hash if build else None


def outcomes_of(contract: type[TableContract], found: Mapping[str, Sequence[Offence]]) -> tuple[CheckOutcome, ...]:
    """The contract and every claim of a table, each with what was found; what identifies somebody is masked."""
    named = [(CONTRACT_CHECK, f"{PROMISED[contract.source == 'view']} of {contract.table_id()} are as declared")]
    if contract.source != "received":
        named += [(claim.name, claim.comment) for claim in claims_of(contract.table_id())]
    return tuple(
        CheckOutcome(name, told, tuple(_as_shown(offence, contract) for offence in found.get(name, ())))
        for name, told in named
    )


def _as_shown(offence: Offence, contract: type[TableContract]) -> Offence:
    return replace(offence, rows=masked_rows(offence.rows, contract))


def _in_transaction(con: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    return in_transaction(con, work, lambda: _drop_temporary(con))


def _drop_temporary(con: duckdb.DuckDBPyConnection, *tables: str) -> None:
    for table in tables or (BUILD, VANISHED):
        con.execute(f"drop table if exists {table}")


def _make_and_put(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    due: Sequence[str],
    hashes: Mapping[str, str],
) -> None:
    """Compute the months before the transaction that puts them in place, so that this is short.

    Workers that publish other months meanwhile make it begin again, and the rows need not be computed again for that.
    Where what they were computed from changed too, they are due again, because the inputs told are those before.
    """

    def put() -> None:
        _replace_months(con, contract, contracts, due)
        _check_and_record(con, contract, {month: hashes[month] for month in due})
        forget_changes(con, contract.table_id())

    try:
        _make_months(con, contract, _given(table_query(contract.table_id()), due, contract, contracts, con))
        in_transaction(con, put, lambda: _drop_temporary(con, VANISHED))
    finally:
        _drop_temporary(con)


def _build_whole(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    builds: Builds,
    followed: Following | None,
    due: Sequence[str],
    hashes: Mapping[str, str],
) -> None:
    """Build all that is due; which keys changed is then not known, unless of a view, whose rows are not stored."""
    _build(con, contract, contracts, due, hashes)
    if followed and contract.source == "view":
        follow_view(con, contract, builds, followed)
    else:
        forget_changes(con, contract.table_id())


def _follow(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    builds: Builds,
    followed: Following,
    due: Sequence[str],
    hashes: Mapping[str, str],
) -> None:
    """Build the rows of the keys that changed and put them in their places, checked as all rows are."""
    table = contract.table_id()
    query, claims = table_query(table), claims_of(table)
    needed = {table, *query.upstream, *(upstream for claim in claims for upstream in claim.upstream)}
    given = _given(query, due, contract, contracts, con)
    with part_of_the_warehouse(con, sorted(needed), contracts, followed.key) as part:
        try:
            with part():
                con.execute(f"create temp table build as {query.text}", given)
            _refuse_unless_kept(contract, value_offences(con, contract, BUILD))
            _refuse_unless_kept(contract, grain_offences(con, contract, BUILD))
            in_transaction(con, lambda: _put_in_place(con, contract, contracts, builds, followed, hashes, part))
        finally:
            _drop_temporary(con, BUILD)


def _put_in_place(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    builds: Builds,
    followed: Following,
    hashes: Mapping[str, str],
    part: Callable[[], AbstractContextManager[None]],
) -> None:
    stands = replace_keys(con, contract, builds, followed.key)
    found = {}
    for claim in claims_of(contract.table_id()):
        with part() if is_told_by_keys(claim, contracts, followed.key) else nullcontext():
            if broken := broken_claim(con, claim, list(hashes)):
                found[claim.name] = [broken]
    if found:
        raise BrokenPromise(contract.table_id(), outcomes_of(contract, found))
    told = hashes if is_monthly(contract) else dict.fromkeys(stands, hashes[WHOLE])
    record(
        con,
        contract.table_id(),
        {month: replace(build, input_hash=told.get(month, build.input_hash)) for month, build in stands.items()},
    )


def _build(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    due: Sequence[str],
    hashes: Mapping[str, str],
) -> None:
    query = table_query(contract.table_id())
    if contract.source == "view":
        _replace_view(con, contract, query, hashes[WHOLE])
        return
    given = _given(query, due, contract, contracts, con)
    if _holds_only(con, contract, due):
        _replace_all(con, contract, contracts, due, given)
    else:
        _make_months(con, contract, given)
        _replace_months(con, contract, contracts, due)
    _check_and_record(con, contract, {month: hashes[month] for month in due})


def publish_frame(con: duckdb.DuckDBPyConnection, contract: type[TableContract], frame: pl.DataFrame) -> Publication:
    """Replace a small table made in Python, under the same promises; an equal table is left as it stands.

    Nothing is coerced: the frame has the contract's columns, in its order, of its types.

    Raises:
        BrokenPromise: the contract, the grain or a claim does not hold; nothing was changed.
    """
    builds = read_builds(con)
    told = input_hash(contract, WHOLE, builds, {})
    con.register("given_frame", frame)
    try:
        built = _in_transaction(con, lambda: _build_from_frame(con, contract, builds, told))
    finally:
        con.unregister("given_frame")
    return Publication(contract.table_id(), frame.height, built, outcomes_of(contract, {}))


def _build_from_frame(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], builds: Builds, told: str
) -> tuple[str, ...]:
    """The months built: none where an equal table stands from the same inputs."""
    _refuse_unless_kept(contract, shape_offences(con, contract, "from given_frame"))
    con.execute("create temp table build as from given_frame")
    _refuse_unless_kept(contract, value_offences(con, contract, BUILD))
    count, content = content_of(con, contract, BUILD).get(WHOLE, (0, ""))
    if builds.get((contract.table_id(), WHOLE)) == Build(told, count, content):
        return ()
    con.execute(f"delete from {contract.table_id()}")
    _insert(con, contract)
    _check_and_record(con, contract, {WHOLE: told})
    return (WHOLE,)


def record_received(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> Publication:
    """Check what is new in a table of received rows and record what it holds, inside the caller's transaction.

    Raises:
        BrokenPromise: the contract does not hold; the caller rolls back.
    """
    table, column = contract.table_id(), contract.arrives_by
    rows = table if column is None else find_due_parts(con, contract, column)
    _refuse_unless_kept(contract, [*value_offences(con, contract, rows), *grain_offences(con, contract, rows)])
    if column is None:
        contents = content_of(con, contract, table)
    else:
        count, content = record_parts(con, contract, column, rows)
        contents = {WHOLE: (count, content)} if count else {}
    whole = record_whole(con, contract, None, contents)
    return Publication(table, whole.row_count, (WHOLE,), outcomes_of(contract, {}))


def _check_and_record(con: duckdb.DuckDBPyConnection, contract: type[TableContract], hashes: Mapping[str, str]) -> None:
    """Grain and claims on the whole table, then its builds: the last steps before the commit."""
    _refuse_unless_true(con, contract, list(hashes))
    if not is_monthly(contract):
        record_whole(con, contract, hashes[WHOLE], content_of(con, contract, contract.table_id()))
        return
    contents = content_of(con, contract, _months_of(contract, hashes))
    record(
        con,
        contract.table_id(),
        {month: Build(told, *contents.get(month, (0, ""))) for month, told in hashes.items()},
    )


def _refuse_unless_true(con: duckdb.DuckDBPyConnection, contract: type[TableContract], due: list[str]) -> None:
    """The grain of a table and every claim about it; the keys of a view are those of the tables it reads."""
    table = contract.table_id()
    found: dict[str, list[Offence]] = {}
    if contract.source != "view" and (repeated := grain_offences(con, contract, table)):
        found[CONTRACT_CHECK] = repeated
    for claim in claims_of(table):
        if broken := broken_claim(con, claim, due):
            found[claim.name] = [broken]
    if found:
        raise BrokenPromise(table, outcomes_of(contract, found))


def _months_of(contract: type[TableContract], months: Iterable[str]) -> str:
    named = ", ".join(f"'{month}'" for month in months)
    return f"(select * from {contract.table_id()} where partition_month in ({named}))"


def broken_claim(con: duckdb.DuckDBPyConnection, claim: Query, due: list[str]) -> Offence | None:
    """The rows that a claim selects because they break it, asked of the months that are due; None where it is true."""
    given = {"months": due} if "months" in claim.parameters else {}
    count = count_of(con, claim.text, given)
    return Offence(claim.comment, count, sample(con, claim.text, given)) if count else None


def _given(
    query: Query,
    months: Sequence[str],
    contract: type[TableContract],
    contracts: Contracts,
    con: duckdb.DuckDBPyConnection,
) -> dict[str, object]:
    """The `$names` a SELECT takes: the months asked for, and the version of the registry that decides its rows."""
    given: dict[str, object] = {}
    if "months" in query.parameters:
        given["months"] = list(months)
    if "registry_version" in query.parameters:
        given["registry_version"] = registry_version(contract, read_builds(con), contracts)
    return given


def _refuse_unless_kept(contract: type[TableContract], offences: Sequence[Offence]) -> None:
    if offences:
        raise BrokenPromise(contract.table_id(), outcomes_of(contract, {CONTRACT_CHECK: offences}))


def _insert(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> None:
    columns = ", ".join(contract.column_names())
    con.execute(f"insert into {contract.table_id()} ({columns}) select {columns} from {BUILD}")


def _holds_only(con: duckdb.DuckDBPyConnection, contract: type[TableContract], due: Sequence[str]) -> bool:
    """Whether no row of another month stands in the table."""
    if not is_monthly(contract):
        return True
    other = f"select 1 from {contract.table_id()} where not list_contains($months, partition_month) limit 1"
    return con.execute(other, {"months": list(due)}).fetchone() is None


def _replace_all(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    due: Sequence[str],
    given: Mapping[str, object],
) -> None:
    """Delete all rows and insert what the SELECT gives, straight into the table: no row is written twice."""
    table, columns = contract.table_id(), ", ".join(contract.column_names())
    query = table_query(table)
    _refuse_unless_kept(contract, shape_offences(con, contract, query.text, given))
    if is_monthly(contract):
        con.execute(f"create temp table vanished as select {columns_of_key(contract)} from {table}")
    con.execute(f"delete from {table}")
    con.execute(f"insert into {table} ({columns})\n{query.text}", given)
    _refuse_unless_kept(contract, value_offences(con, contract, table))
    if is_monthly(contract):
        keys = ", ".join(contract.grain)
        con.execute(f"delete from {VANISHED} where ({keys}) in (select ({keys}) from {table})")
        _refuse_moved_keys(con, contract, contracts, due)


def columns_of_key(contract: type[TableContract]) -> str:
    """The grain of a table built by month, and its month."""
    return ", ".join(dict.fromkeys([*contract.grain, "partition_month"]))


def _replace_view(con: duckdb.DuckDBPyConnection, contract: type[TableContract], query: Query, told: str) -> None:
    """A view keeps the shape it promises, and its claims are true; its values are those of tables that were checked.

    To compute every row of a view only to look at it would cost more than the tables: `cape verify` does it.
    """
    view = contract.table_id()
    con.execute(f"create or replace view {view} as {query.text}")
    _refuse_unless_kept(contract, shape_offences(con, contract, f"from {view}"))
    _refuse_unless_true(con, contract, [WHOLE])
    comment(con, contract)
    record(con, view, {WHOLE: Build(told, None, told)})


def _make_months(con: duckdb.DuckDBPyConnection, contract: type[TableContract], given: Mapping[str, object]) -> None:
    """Compute the rows of the months into a temporary table."""
    con.execute(f"create temp table build as {table_query(contract.table_id()).text}", given)
    _refuse_unless_kept(
        contract, shape_offences(con, contract, f"from {BUILD}") or value_offences(con, contract, BUILD)
    )


def _replace_months(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    contracts: Contracts,
    due: Sequence[str],
) -> None:
    """Delete the months and every row whose key is among the new rows; a month that lost rows so becomes stale."""
    table = contract.table_id()
    keys = ", ".join(contract.grain)
    con.execute(
        f"create temp table vanished as select {columns_of_key(contract)} from {table}"
        f" where list_contains($months, partition_month) and ({keys}) not in (select ({keys}) from {BUILD})",
        {"months": list(due)},
    )
    _refuse_moved_keys(con, contract, contracts, due)
    same_key = " and ".join(f"stored.{name} = build.{name}" for name in contract.grain)
    is_built = f"exists (select 1 from {BUILD} where {same_key})"
    elsewhere = f"not list_contains($months, stored.partition_month) and {is_built}"
    robbed = con.execute(
        f"select distinct stored.partition_month from {table} as stored where {elsewhere}", {"months": list(due)}
    ).fetchall()
    con.execute(f"delete from {table} as stored where {elsewhere}", {"months": list(due)})
    con.execute(f"delete from {table} where list_contains($months, partition_month)", {"months": list(due)})
    _insert(con, contract)
    if robbed:
        contents = content_of(con, contract, _months_of(contract, [month for (month,) in robbed]))
        record(con, table, {month: Build(MOVED, *contents.get(month, (0, ""))) for (month,) in robbed})


def _refuse_moved_keys(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], contracts: Contracts, due: Sequence[str]
) -> None:
    """A key that vanished from the months asked for, yet stands upstream in another month, would be lost."""
    others = [month for month in MONTHS if month not in due]
    if not others or not count_of(con, f"from {VANISHED}"):
        return
    query = table_query(contract.table_id())
    same_key = " and ".join(f"vanished.{name} = upstream.{name}" for name in contract.grain)
    moved = con.execute(
        f"with upstream as ({query.text}\n) select vanished.{contract.grain[0]}, vanished.partition_month,"
        f" upstream.partition_month from {VANISHED} join upstream on {same_key} order by all limit 1",
        _given(query, others, contract, contracts, con),
    ).fetchone()
    if moved:
        key, was, now = moved
        raise MovedKey(f"{contract.table_id()}: {key} moved from {was} to {now}: run both months")
