"""warehouse.builds: what stands in each table-month, from which inputs, and what has become stale.

A table with a `partition_month` tells its content by month, also when it is built whole; a month of a table that is
built by month then depends on that month of it only. A view with months has no content of its own: in its place stands
how it is made, and that month of what it reads.

Belongs here: input hashes, content hashes, and the judgement of staleness. Does not belong here: building
(`publish.py`). The rows of `warehouse.builds` are written in the transaction of the rows they describe.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb

from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.macros import MACROS_VERSION
from cape_pipeline.warehouse.query import claims_of, table_query

WHOLE = "all"  # the month under which a table that is built whole is recorded, beside its months if it has any
MOVED = "moved"  # the input hash of a month that lost rows to another month: stale until it is built again
UNTOLD = "untold"  # the input hash of rows read through a table that was itself behind: stale until built again
INPUTS = "inputs by month"  # which inputs are told, and how: another way of telling makes every table due once


@dataclass(frozen=True, slots=True)
class Build:
    """One table-month as it stands; the rows of a view are not counted."""

    input_hash: str
    row_count: int | None
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
    return Inputs(builds, contracts).hash_of(contract, month)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input hashes of tables over one state of the builds, each worked out once."""

    builds: Builds
    contracts: Contracts
    _hashes: dict[tuple[str, str], str] = field(default_factory=dict)
    _settled: dict[str, bool] = field(default_factory=dict)
    _definitions: dict[str, str] = field(default_factory=dict)

    def hash_of(self, contract: type[TableContract], month: str) -> str:
        """Hash of all that decides the rows of a table-month."""
        key = (contract.table_id(), month)
        if key not in self._hashes:
            self._hashes[key] = self._hash(contract, month)
        return self._hashes[key]

    def _hash(self, contract: type[TableContract], month: str) -> str:
        told = [INPUTS, contract.table_id(), month, self._definition(contract), MACROS_VERSION]
        for upstream in reads_of(contract):
            if upstream in contract.reads_through:
                told += self._through(upstream)
            else:
                told += self._told_of(upstream, contract, month if is_monthly(contract) else None)
        if is_by_sql(contract) and "registry_version" in table_query(contract.table_id()).parameters:
            told.append(registry_version(contract, self.builds, self.contracts))
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]

    def _told_of(self, upstream: str, reader: type[TableContract], month: str | None) -> list[str]:
        """The content of what is read, of one month of it where the reader's month is made from that alone."""
        read = self.contracts.get(upstream)
        if month and read and read.month_meaning() == reader.month_meaning():
            if tells_by_month(read):
                return _contents(upstream, month, self.builds)
            if read.partition:
                behind = [line for table in reads_of(read) for line in self._told_of(table, read, month)]
                return [self._definition(read), *behind]
        return _contents(upstream, None, self.builds)

    def _through(self, upstream: str) -> list[str]:
        """What is left to say of a table whose content another one tells: how it is made."""
        contract = self.contracts.get(upstream)
        return [self._definition(contract)] if contract is not None and contract.source != "received" else []

    def _definition(self, contract: type[TableContract]) -> str:
        """How a table is made and what it promises, told once for all its months."""
        table_id = contract.table_id()
        if table_id not in self._definitions:
            self._definitions[table_id] = definition(contract)
        return self._definitions[table_id]

    def is_told(self, contract: type[TableContract]) -> bool:
        """Whether what the table reads through others is what these tell now: all of them were made from one state."""
        return all(self.is_settled(table) for pair in contract.reads_through.items() for table in pair)

    def is_settled(self, table_id: str) -> bool:
        """Whether the table, and all that it is made from, stand as their inputs are now."""
        if table_id not in self._settled:
            self._settled[table_id] = self._stands_on_settled(table_id)
        return self._settled[table_id]

    def _stands_on_settled(self, table_id: str) -> bool:
        contract = self.contracts.get(table_id)
        if contract is None or contract.source == "received":
            return True
        months = MONTHS if is_monthly(contract) else (WHOLE,)
        standing = {month: self.builds[table_id, month] for month in months if (table_id, month) in self.builds}
        return (
            bool(standing)
            and all(build.input_hash == self.hash_of(contract, month) for month, build in standing.items())
            and all(self.is_settled(upstream) for upstream in reads_of(contract))
        )


def tells_by_month(contract: type[TableContract]) -> bool:
    """Whether the content of the table is recorded by month."""
    return contract.source != "view" and contract.month_meaning() is not None


def definition(contract: type[TableContract]) -> str:
    """Hash of how a table is made and what it promises, apart from what it is made from."""
    told = [contract.fingerprint(), *(f"{claim.name}={claim.version}" for claim in claims_of(contract.table_id()))]
    told += [table_query(contract.table_id()).version] if is_by_sql(contract) else []
    told += [_code_version(name) for name in contract.made_by]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


@cache
def _code_version(name: str) -> str:
    """Hash of the source of a package or module of this product."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ValueError(f"{name} is no package or module, so its code cannot be told")
    origin = Path(spec.origin)
    paths = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
    return hashlib.sha256(b"\n".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _contents(table_id: str, month: str | None, builds: Builds) -> list[str]:
    """One line for the month, or for the whole table; where no rows stand nothing is said."""
    whole = (WHOLE,) if (table_id, WHOLE) in builds else MONTHS
    return [
        f"{table_id} {at}={build.content_hash}"
        for at in (whole if month is None else (month,))
        if (build := builds.get((table_id, at))) is not None and build.row_count != 0
    ]


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


def content_sql(contract: type[TableContract]) -> str:
    """The hash of rows as an aggregate: a sum, so that neither their order nor how they are grouped matters."""
    columns = ", ".join(field.name for field in contract.fields if not field.volatile)
    return f"cast(sum(hash({columns})) as varchar)"


def content_of(
    con: duckdb.DuckDBPyConnection, contract: type[TableContract], relation: str
) -> dict[str, tuple[int, str]]:
    """(row count, content hash) by month, and of the whole where the table is not built by month.

    The hash does not depend on the order of rows nor on volatile columns. Without rows nothing is said.
    """
    month = "partition_month" if tells_by_month(contract) else f"'{WHOLE}'"
    rows = con.execute(
        f"select {month} as month, count(*), {content_sql(contract)} from {relation} group by month"
    ).fetchall()
    contents = {at: (count, content) for at, count, content in rows}
    if contents and not is_monthly(contract):
        counts, hashes = zip(*contents.values(), strict=True)
        contents[WHOLE] = (sum(counts), str(sum(int(content) for content in hashes)))
    return contents


def record_whole(
    con: duckdb.DuckDBPyConnection,
    contract: type[TableContract],
    told: str | None,
    contents: Mapping[str, tuple[int, str]],
) -> Build:
    """Record a table built whole and each month it holds or held; `told` is its input hash, else its content."""
    count, content = contents.get(WHOLE, (0, ""))
    whole = Build(content if told is None else told, count, content)
    stands = {WHOLE: whole}
    if tells_by_month(contract):
        held = con.execute(
            "select partition_month from warehouse.builds where table_id = ?", [contract.table_id()]
        ).fetchall()
        for month in sorted(({month for (month,) in held} | set(contents)) - {WHOLE}):
            stands[month] = Build(whole.input_hash, *contents.get(month, (0, "")))
    record(con, contract.table_id(), stands)
    return whole


def record(con: duckdb.DuckDBPyConnection, table_id: str, stands: Mapping[str, Build]) -> None:
    """Write the builds of months of a table, replacing those before."""
    con.execute(
        "delete from warehouse.builds where table_id = $table_id and list_contains($months, partition_month)",
        {"table_id": table_id, "months": list(stands)},
    )
    write(con, "warehouse.builds", table_id, stands)


def write(con: duckdb.DuckDBPyConnection, kept_in: str, table_id: str, stands: Mapping[str, Build]) -> None:
    """Add what stands in months of a table to a table of builds."""
    con.execute(
        f"insert into {kept_in} select $table_id, unnest($months), unnest($inputs), unnest($counts), unnest($contents)",
        {
            "table_id": table_id,
            "months": list(stands),
            "inputs": [build.input_hash for build in stands.values()],
            "counts": [build.row_count for build in stands.values()],
            "contents": [build.content_hash for build in stands.values()],
        },
    )


def rows_recorded(con: duckdb.DuckDBPyConnection, contract: type[TableContract]) -> int | None:
    """Rows in the table, as recorded with them; unknown of a view."""
    if contract.source == "view":
        return None
    whole = "partition_month <> $whole" if is_monthly(contract) else "partition_month = $whole"
    (count,) = con.execute(
        f"select coalesce(sum(row_count), 0) from warehouse.builds where table_id = $table_id and {whole}",
        {"table_id": contract.table_id(), "whole": WHOLE},
    ).fetchall()[0]
    return int(count)


def stale_tables(con: duckdb.DuckDBPyConnection, contracts: Contracts, months: Iterable[str]) -> list[str]:
    """Sentences naming every table-month whose inputs are no longer those it was built from."""
    builds = read_builds(con)
    inputs = Inputs(builds, contracts)
    asked = sorted(set(months))
    found = []
    for table_id, contract in contracts.items():
        if contract.source == "received":
            continue
        for month in asked if is_monthly(contract) else [WHOLE]:
            stands = builds.get((table_id, month))
            if stands is None:
                found.append(f"{table_id} {month} has not been built")
            elif stands.input_hash != inputs.hash_of(contract, month):
                found.append(f"{table_id} {month} is older than what it reads")
    return found
