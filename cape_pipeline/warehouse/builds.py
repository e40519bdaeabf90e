"""warehouse.builds: what stands in each table-month, from which inputs, and what has become stale.

Belongs here: input hashes, content hashes, and the judgement of staleness. Does not belong here: building
(`publish.py`). The rows of `warehouse.builds` are written in the transaction of the rows they describe.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.macros import MACROS_VERSION
from cape_pipeline.warehouse.query import claims_of, table_query

WHOLE = "all"  # the month under which an unpartitioned table is recorded
MOVED = "moved"  # the input hash of a month that lost rows to another month: stale until it is built again


@dataclass(frozen=True, slots=True)
class Build:
    """One table-month as it stands."""

    input_hash: str
    row_count: int
    content_hash: str


Builds = Mapping[tuple[str, str], Build]
Contracts = Mapping[str, type[TableContract]]


def read_builds(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Build]:
    """Every recorded build, by (table, month)."""
    rows = con.execute(
        "select table_id, partition_month, input_hash, row_count, content_hash from warehouse.builds"
    ).fetchall()
    return {(table, month): Build(*told) for table, month, *told in rows}


def is_monthly(contract: type[TableContract]) -> bool:
    """Whether the table is built month by month; else any run rebuilds it whole."""
    return contract.is_built_by_month()


def is_by_sql(contract: type[TableContract]) -> bool:
    """Whether a SELECT makes the table or view."""
    return contract.source in ("sql", "view")


def reads_of(contract: type[TableContract]) -> tuple[str, ...]:
    """The tables it is made from, as schema.table."""
    return table_query(contract.table_id()).upstream if is_by_sql(contract) else contract.reads


def input_hash(contract: type[TableContract], month: str, builds: Builds, contracts: Contracts) -> str:
    """Hash of all that decides the rows of a table-month: SQL, contract, claims, macros and the upstream contents."""
    told = [contract.table_id(), month, contract.fingerprint(), MACROS_VERSION]
    told += [f"{claim.name}={claim.version}" for claim in claims_of(contract.table_id())]
    for upstream in reads_of(contract):
        same_month = is_monthly(contract) and upstream in contracts and is_monthly(contracts[upstream])
        told += _contents(upstream, month if same_month else None, builds)
    if is_by_sql(contract):
        query = table_query(contract.table_id())
        told.append(query.version)
        if "registry_version" in query.parameters:
            told.append(registry_version(contract, builds, contracts))
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _contents(table_id: str, month: str | None, builds: Builds) -> list[str]:
    """One line for each month of a table that holds rows; a month without rows says nothing."""
    return sorted(
        f"{table_id} {at}={build.content_hash}"
        for (table, at), build in builds.items()
        if table == table_id and (month is None or at == month) and build.row_count
    )


def registry_version(contract: type[TableContract], builds: Builds, contracts: Contracts) -> str:
    """Hash of the dated rules that decide a table: the registry tables it reads, directly or through what it reads."""
    rules, seen, ahead = set(), set(), [contract.table_id()]
    while ahead:
        table_id = ahead.pop()
        if table_id in seen:
            continue
        seen.add(table_id)
        if table_id.startswith("registry.") and table_id != "registry.as_of":
            rules.add(table_id)
        if table_id in contracts:
            ahead += reads_of(contracts[table_id])
    told = [line for table_id in sorted(rules) for line in _contents(table_id, None, builds)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def content_of(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], relation: str
) -> dict[str, tuple[int, str]]:
    """(row count, content hash) by month; the hash does not depend on the order of rows nor on volatile columns."""
    columns = ", ".join(field.name for field in contract.fields if not field.volatile)
    month = "partition_month" if is_monthly(contract) else f"'{WHOLE}'"
    rows = con.execute(
        f"select {month} as month, count(*), cast(sum(hash({columns})) as varchar) from {relation} group by month"
    ).fetchall()
    return {at: (count, content) for at, count, content in rows}


def record(con: duckdb.DuckDBPyConnection, table_id: str, month: str, build: Build) -> None:
    """Write one build, replacing the one before."""
    con.execute(
        "insert or replace into warehouse.builds values (?, ?, ?, ?, ?)",
        [table_id, month, build.input_hash, build.row_count, build.content_hash],
    )


def stale_tables(con: duckdb.DuckDBPyConnection, contracts: Contracts, months: Iterable[str]) -> list[str]:
    """Sentences naming every table-month whose inputs are no longer those it was built from."""
    builds = read_builds(con)
    asked = sorted(set(months))
    found = []
    for table_id, contract in contracts.items():
        if contract.source == "received":
            continue
        for month in asked if is_monthly(contract) else [WHOLE]:
            stands = builds.get((table_id, month))
            if stands is None:
                found.append(f"{table_id} {month} has not been built")
            elif stands.input_hash != input_hash(contract, month, builds, contracts):
                found.append(f"{table_id} {month} is older than what it reads")
    return found
