"""Which months a load touches: where its entries stand now and stood before, or every month where that cannot be told.

Belongs here: months told from received rows. Does not belong here: loading (`load.py`), or asking for a run
(`automation.py`).
"""

from collections.abc import Iterable

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.staleness import months_in_play
from cape_pipeline.warehouse.builds import WHOLE, is_monthly, read_builds, reads_of, stale_tables

#: Reports whose rows concern the entry they name and no other. Refunds and credits are matched among all entries; what
#: users state of entries is read as a whole; importers, declarations and run dates name no entry.
BY_ENTRY = frozenset({"ES-003", "BROKER-LINES", "ES-701", "REV-103", "CAPE-CLAIM-DETAILS"})
#: What every load changes, whatever it holds.
LISTS_OF_LOADS = frozenset({"ace.loads", "ace.readable_loads"})

MONTHS_OF_ROWS = """
with

entries as (

    select
        entry_number,
        bool_or(entry_date is not null) as is_dated
    from named
    group by entry_number

)

select partition_month_of(entry_date) as partition_month
from named
where entry_date is not null

union

select coalesce(baselines.partition_month, 'undated') as partition_month
from entries
left join lines.entry_baselines as baselines
    on entries.entry_number = baselines.entry_number
where baselines.entry_number is not null
   or not entries.is_dated
"""


def accounted_loads(con: duckdb.DuckDBPyConnection) -> int:
    """The last load number that every table stands for; 0 where a table is behind, so that it cannot be told."""
    if stale_tables(con, CONTRACTS, months_in_play(con)):
        return 0
    recorded = read_builds(con).get(("ace.loads", WHOLE))
    return recorded.row_count or 0 if recorded else 0


def months_touched(con: duckdb.DuckDBPyConnection, accounted: int) -> tuple[str, ...]:
    """The months touched by the loads after load number `accounted`, in order; to be asked before the baselines follow.

    They are the months of the entry dates in the new rows, and those under which their entries stand; and every month
    in play where a report is not told by entry, where a table is due in every month, where a loads.csv may date other
    loads anew, or where nothing is accounted for.
    """
    reports = _new_reports(con, accounted)
    if not reports:
        return ()
    touched = _months_of_rows(con, accounted)
    if accounted == 0 or not reports <= BY_ENTRY or _has_given_run_dates(con) or due_in_every_month():
        touched |= set(months_in_play(con))
    return in_order(touched)


def in_order(months: Iterable[str]) -> tuple[str, ...]:
    """The months in the order of the partitions."""
    asked = set(months)
    return tuple(month for month in MONTHS if month in asked)


def due_in_every_month() -> list[str]:
    """Tables built by month of which any load makes every month due, because they read the list of the loads."""
    return [
        table_id
        for table_id, contract in CONTRACTS.items()
        if is_monthly(contract) and LISTS_OF_LOADS & (set(reads_of(contract)) - set(contract.reads_through))
    ]


def _has_given_run_dates(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a file that arrives can take the date from an older one of its name, whose months it does not name."""
    return con.execute("select 1 from ace.load_run_dates limit 1").fetchone() is not None


def _new_reports(con: duckdb.DuckDBPyConnection, accounted: int) -> set[str]:
    select = "select distinct report_code from ace.loads where load_number > ?"
    return {report for (report,) in con.execute(select, [accounted]).fetchall()}


def _months_of_rows(con: duckdb.DuckDBPyConnection, accounted: int) -> set[str]:
    rows = " union all ".join(
        f"select entry_number, {'entry_date' if 'entry_date' in names else 'cast(null as date) as entry_date'}"  # noqa: S608 (names of contracts)
        f" from {table_id} where entry_number is not null"
        " and load_id in (select load_id from ace.loads where load_number > $accounted)"
        for table_id, names in _tables_by_entry().items()
    )
    select = f"with named as (select distinct * from ({rows})) from ({MONTHS_OF_ROWS})"  # noqa: S608 (as above)
    found = con.execute(select, {"accounted": accounted}).fetchall()
    return {month for (month,) in found}


def _tables_by_entry() -> dict[str, tuple[str, ...]]:
    """The columns of every table of received rows that names entries."""
    return {
        table_id: contract.column_names()
        for table_id, contract in CONTRACTS.items()
        if contract.source == "received" and {"entry_number", "load_id"} <= set(contract.column_names())
    }
