"""How the answer for an entry summary came to be: each change of status or path, with its day and what turned it.

Belongs here: which days are asked, and what of the answers is a change. Does not belong here: any rule (`sql/entries`),
which days may turn an answer (`entries.turning_days`), or how many days are asked at once
(`eligibility_history_days.py`).

Nothing is remembered from earlier runs: the same inputs give the same history, on whatever days the pipeline ran.
"""

import re
from collections.abc import Collection
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.ace.entry_number import doubt_about
from cape_pipeline.contracts.entries import EligibilityHistory
from cape_pipeline.eligibility_history_days import scratch_database, write_answers
from cape_pipeline.scratch import scratch_copy
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.query import table_query

TURNS = """
insert into history.turns
select
    turning_days.entry_number,
    turning_days.turning_date,
    list(turning_days.cause_code order by turning_days.cause_code),
    list(turning_days.message order by turning_days.cause_code)
from ({turning_days}) as turning_days
cross join registry.as_of as day
where turning_days.is_answer_day
  and turning_days.turning_date <= day.as_of_date
  and ($wanted is null or list_contains($wanted, turning_days.entry_number))
group by turning_days.entry_number, turning_days.turning_date
"""
CHANGES = """
with

followed as (

    select
        entry_number,
        as_of_date as changed_date,
        cape_status,
        recommended_path,
        path_reason,
        lag(cape_status) over days as cape_status_before,
        lag(recommended_path) over days as recommended_path_before
    from history.answers
    window days as (partition by entry_number order by as_of_date)

)

select
    followed.entry_number,
    followed.changed_date,
    followed.cape_status_before,
    followed.recommended_path_before,
    followed.cape_status,
    followed.recommended_path,
    followed.path_reason,
    turns.cause_codes,
    turns.causes
from followed
join history.turns as turns
    on followed.entry_number = turns.entry_number
   and followed.changed_date = turns.turning_date
where (followed.cape_status, followed.recommended_path)
    is distinct from (followed.cape_status_before, followed.recommended_path_before)
order by followed.changed_date, followed.entry_number
"""


class UnknownEntries(Exception):
    """Entries are asked for that no report names; the sentence names them."""


def history_of(settings: Settings, entry_numbers: Collection[str]) -> list[dict[str, Any]]:
    """The changes of the named entries, found on a scratch copy of the analysts' snapshot.

    Args:
        settings: names the warehouse whose snapshot is asked; nothing of it is written.
        entry_numbers: with or without dashes.

    Returns:
        The rows of `eligibility_history`.

    Raises:
        UnknownEntries: no report in the warehouse names one of them.
        SnapshotUnusable, WarehouseUnusable, StoredRowsInTheWay: there is no snapshot that this release can use.
    """
    wanted = {re.sub(r"[^A-Z0-9]", "", number.upper()) for number in entry_numbers}
    with scratch_copy(settings) as con:
        known = {number for (number,) in con.execute("select entry_number from entries.eligibility").fetchall()}
        if unknown := sorted(wanted - known):
            doubt = doubt_about(unknown[0])
            raise UnknownEntries(
                f"no report in {settings.warehouse} names entry {', '.join(unknown)}"
                + (f"; of {unknown[0]}: {doubt}" if doubt else "")
            )
        return eligibility_history(con, wanted).to_dicts()


def eligibility_history(con: duckdb.DuckDBPyConnection, entry_numbers: Collection[str] | None = None) -> pl.DataFrame:
    """Every change of status or path up to the stored as-of day, as each day knew it.

    The reports that state a run date are read from that day on only, as in a run as of the day. An entry that no report
    names yet has no answer, so its first row has nothing before it. The warehouse is read and not written.

    Args:
        con: a writer's connection, outside of a transaction, to a warehouse that is up to date.
        entry_numbers: the entries asked for, without dashes; every entry without it.

    Returns:
        One row a change, with the columns of `entries.eligibility_history`, in order of day and entry.
    """
    wanted = None if entry_numbers is None else sorted(entry_numbers)
    with scratch_database(con):
        con.execute(TURNS.format(turning_days=table_query("entries.turning_days").text), {"wanted": wanted})
        write_answers(con)
        return con.execute(CHANGES).pl().cast(EligibilityHistory.empty_frame().schema)
