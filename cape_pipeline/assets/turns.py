"""Which tables are built before the months, which month by month, and which after all months: told by what they read.

Belongs here: the three turns of a run, from the contracts and SQL files. Does not belong here: jobs (`automation.py`),
and how a table is built (`tables.py`).
"""

from collections.abc import Iterable
from functools import cache

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import is_monthly, reads_of


@cache
def built_before_months() -> frozenset[str]:
    """Tables a month cannot be built without; none of them waits for a month."""
    ahead = list(built_by_month())
    behind: set[str] = set()
    while ahead:
        found = {table for table in _reads(ahead.pop()) if table not in behind}
        behind |= found
        ahead += found
    return frozenset(behind - built_by_month())


@cache
def built_by_month() -> frozenset[str]:
    """Tables of which one month waits for no other month, so that many machines may build many months at a time.

    A table built by month that reads one which sums over all months, such as `entries.eligibility`, is not among them.
    """
    return frozenset(
        table for table, contract in CONTRACTS.items() if is_monthly(contract) and not _waits_for_all_months(table)
    )


def in_order_of_reading(tables: Iterable[str]) -> tuple[str, ...]:
    """The tables, each after those of them that it reads."""
    asked = frozenset(tables)
    return tuple(sorted(asked, key=lambda table: (_depth(table, asked), table)))


def _reads(table: str) -> tuple[str, ...]:
    contract = CONTRACTS.get(table)
    return () if contract is None or contract.source == "received" else reads_of(contract)


@cache
def _has_months_behind(table: str) -> bool:
    return any(_is_monthly(read) or _has_months_behind(read) for read in _reads(table))


@cache
def _waits_for_all_months(table: str) -> bool:
    return (not _is_monthly(table) and _has_months_behind(table)) or any(
        _waits_for_all_months(read) for read in _reads(table)
    )


def _is_monthly(table: str) -> bool:
    return table in CONTRACTS and is_monthly(CONTRACTS[table])


@cache
def _depth(table: str, asked: frozenset[str]) -> int:
    return 1 + max((_depth(read, asked) for read in _reads(table) if read in asked), default=0)
