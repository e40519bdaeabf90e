"""Publish: build, check and commit in one transaction. A table that breaks its promises is never seen.

Belongs here: the transaction around one table. Does not belong here: any table in particular, Dagster, or what a
promise says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

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
)
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.contract_sql import (
    Offence,
    count_of,
    grain_offences,
    sample,
    shape_offences,
    value_offences,
)
from cape_pipeline.warehouse.masking import masked_rows
from cape_pipeline.warehouse.query import Query, claims_of, table_query
from cape_pipeline.warehouse.tables import comment_sql

CONTRACT_CHECK = "contract"
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
    """What became of a table: rows it holds now, the months that were built, and its checks."""

    table_id: str
    row_count: int
    months_built: tuple[str, ...]
    checks: tuple[CheckOutcome, ...]


class BrokenPromise(Exception):
    """A table broke its contract or a claim; nothing of it was written."""

    def __init__(self, table_id: str, checks: Sequence[CheckOutcome]):
        self.table_id = table_id
        self.checks = tuple(checks)
        broken = [
            f"{check.name}: {offence.promise} ({offence.count} rows, such as {_short(offence.rows)})"
            for check in checks
            for offence in check.offences
        ]
        super().__init__(f"{table_id} was not written, the table before it stands. " + "; ".join(broken))


class MovedKey(Exception):
    """A key of the requested months has moved to a month that was not requested."""


def _short(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in list(rows[0].items())[:6]) if rows else "none shown"


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
        _in_transaction(con, lambda: _build(con, contract, contracts, due, told))
    return Publication(
        contract.table_id(),
        row_count(con, contract),
        tuple(due),
        outcomes_of(contract, {}),
    )


def _stands(builds: Builds, contract: type[TableContract], month: str) -> str | None:
    build = builds.get((contract.table_id(), month))
    return build.input_hash if build else None


def row_count(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> int:
    """Rows in the table now."""
    (count,) = con.execute(f"select count(*) from {contract.table_id()}").fetchone() or (0,)
    return int(count)


def outcomes_of(contract: type[TableContract], found: Mapping[str, Sequence[Offence]]) -> tuple[CheckOutcome, ...]:
    """The contract and every claim of a table, each with what was found; what identifies somebody is masked."""
    named = [(CONTRACT_CHECK, f"Columns, values and grain of {contract.table_id()} are as declared")]
    if contract.source != "received":
        named += [(claim.name, claim.comment) for claim in claims_of(contract.table_id())]
    return tuple(
        CheckOutcome(name, told, tuple(_as_shown(offence, contract) for offence in found.get(name, ())))
        for name, told in named
    )


def _as_shown(offence: Offence, contract: type[TableContract]) -> Offence:
    return replace(offence, rows=masked_rows(offence.rows, contract))


def _in_transaction(con: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    con.execute("begin")
    try:
        done = work()
        con.execute("commit")
        return done
    except BaseException:
        with suppress(duckdb.TransactionException):  # a commit that failed has rolled back already
            con.execute("rollback")
        raise
    finally:
        con.execute(f"drop table if exists {BUILD}")
        con.execute(f"drop table if exists {VANISHED}")


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
    con.execute(f"create temp table build as {query.text}", _given(query, due, contract, contracts, con))
    _refuse_unless_kept(contract, shape_offences(con, contract, BUILD) or value_offences(con, contract, BUILD))
    if is_monthly(contract):
        _refuse_moved_keys(con, contract, contracts, due)
        _replace_months(con, contract, due)
    else:
        con.execute(f"delete from {contract.table_id()}")
        _insert(con, contract)
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
    _refuse_unless_kept(contract, shape_offences(con, contract, "given_frame"))
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
    """Check a table of received rows and record what it holds, inside the caller's transaction.

    Raises:
        BrokenPromise: the contract does not hold; the caller rolls back.
    """
    table = contract.table_id()
    _refuse_unless_kept(contract, [*value_offences(con, contract, table), *grain_offences(con, contract, table)])
    whole = record_whole(con, contract, None, content_of(con, contract, table))
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
    table = contract.table_id()
    found: dict[str, list[Offence]] = {}
    if repeated := grain_offences(con, contract, table):
        found[CONTRACT_CHECK] = repeated
    for claim in claims_of(table):
        if broken := _broken_claim(con, claim, due):
            found[claim.name] = [broken]
    if found:
        raise BrokenPromise(table, outcomes_of(contract, found))


def _months_of(contract: type[TableContract], months: Iterable[str]) -> str:
    named = ", ".join(f"'{month}'" for month in months)
    return f"(select * from {contract.table_id()} where partition_month in ({named}))"


def _broken_claim(con: duckdb.DuckDBPyConnection, claim: Query, due: list[str]) -> Offence | None:
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


def _replace_view(con: duckdb.DuckDBPyConnection, contract: type[TableContract], query: Query, told: str) -> None:
    view = contract.table_id()
    con.execute(f"create or replace view {view} as {query.text}")
    _refuse_unless_kept(contract, shape_offences(con, contract, view) or value_offences(con, contract, view))
    _refuse_unless_true(con, contract, [WHOLE])
    for statement in comment_sql(contract):
        con.execute(statement)
    record(con, view, {WHOLE: Build(told, row_count(con, contract), told)})


def _replace_months(con: duckdb.DuckDBPyConnection, contract: type[TableContract], due: Sequence[str]) -> None:
    """Delete the months and every row whose key is among the new rows; a month that lost rows so becomes stale."""
    table = contract.table_id()
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
    """A key that vanishes from the months asked for, yet stands upstream in another month, would be lost."""
    keys = ", ".join(contract.grain)
    con.execute(
        f"create temp table vanished as select {keys}, partition_month from {contract.table_id()}"
        f" where list_contains($months, partition_month) and ({keys}) not in (select ({keys}) from {BUILD})",
        {"months": list(due)},
    )
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
