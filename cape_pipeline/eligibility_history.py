"""How the answer for an entry summary came to be: each change of status or path, with its day and what turned it.

Belongs here: asking the tables of the pipeline again, as of every day on which an answer may turn, and keeping what
changed. Does not belong here: any rule (`sql/entries`), which days may turn an answer (`entries.turning_days`).

Nothing is remembered from earlier runs: the same inputs give the same history, on whatever days the pipeline ran.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import duckdb

from cape_pipeline.assets.registry import publish_as_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from cape_pipeline.scratch import scratch_copy
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.query import table_query

#: What a change is a change of.
ANSWER = ("cape_status", "recommended_path")
TURNING = """
select turning_days.entry_number, turning_days.turning_date, turning_days.cause_code, turning_days.message
from ({turning_days}) as turning_days
cross join registry.as_of as day
where turning_days.turning_date <= day.as_of_date
  and ($wanted is null or list_contains($wanted, turning_days.entry_number))
order by turning_days.turning_date, turning_days.entry_number, turning_days.cause_code
"""
ANSWERS = """
select entry_number, cape_status, recommended_path, path_reason
from entries.eligibility
where list_contains($turning, entry_number)
order by entry_number
"""

Row = dict[str, Any]
#: Day, then entry number, then the causes as code and words.
Turns = dict[date, dict[str, list[tuple[str, str]]]]


class UnknownEntries(Exception):
    """Entries are asked for that no report names; the sentence names them."""


def history_of(settings: Settings, entry_numbers: Collection[str]) -> list[Row]:
    """The changes of the named entries, found on a scratch copy of the analysts' snapshot.

    Args:
        settings: names the warehouse whose snapshot is asked; nothing of it is written.
        entry_numbers: with or without dashes.

    Returns:
        As `eligibility_history`.

    Raises:
        UnknownEntries: no report in the warehouse names one of them.
        SnapshotUnusable, WarehouseUnusable, StoredRowsInTheWay: there is no snapshot that this release can use.
        BrokenPromise: a table breaks its contract or a claim as of one of the days.
    """
    wanted = {re.sub(r"[^A-Z0-9]", "", number.upper()) for number in entry_numbers}
    with scratch_copy(settings) as con:
        known = {number for (number,) in con.execute("select entry_number from entries.eligibility").fetchall()}
        if unknown := sorted(wanted - known):
            raise UnknownEntries(f"no report in {settings.warehouse} names entry {', '.join(unknown)}")
        return eligibility_history(con, wanted)


def eligibility_history(con: duckdb.DuckDBPyConnection, entry_numbers: Collection[str] | None = None) -> list[Row]:
    """Every change of status or path up to the stored as-of day, as each day knew it.

    The reports that state a run date are read from that day on only, as in a run as of the day. An entry that no report
    names yet has no answer, so its first row has nothing before it. The tables are built once for every day on which an
    entry that is asked for may turn, and end on the last of them: hand over a scratch copy of a warehouse.

    Args:
        con: a writer's connection to a warehouse that is up to date.
        entry_numbers: the entries asked for; every entry without it.

    Returns:
        One row a change, in order of day and entry: `entry_number`, `changed_on`, `cape_status_before` and
        `recommended_path_before` (None at first), `cape_status`, `recommended_path`, `path_reason` (of the new answer),
        `cause_codes` and `causes` (all that turned on the day, in words).

    Raises:
        BrokenPromise: a table breaks its contract or a claim as of one of the days.
    """
    turns = _turns(con, entry_numbers)
    before: dict[str, Row] = {}
    changes = []
    for day, causes in turns.items():
        for answer in _answers(con, day, list(causes)):
            known = before.get(answer["entry_number"])
            if known is None or any(known[name] != answer[name] for name in ANSWER):
                changes.append(_change(day, known, answer, causes[answer["entry_number"]]))
            before[answer["entry_number"]] = answer
    return changes


def _turns(con: duckdb.DuckDBPyConnection, entry_numbers: Collection[str] | None) -> Turns:
    query = TURNING.format(turning_days=table_query("entries.turning_days").text)
    wanted = None if entry_numbers is None else sorted(entry_numbers)
    turns: Turns = {}
    for entry_number, day, code, message in con.execute(query, {"wanted": wanted}).fetchall():
        turns.setdefault(day, {}).setdefault(entry_number, []).append((code, message))
    return turns


def _answers(con: duckdb.DuckDBPyConnection, day: date, turning: list[str]) -> Iterator[Row]:
    publish_as_of(con, day)
    rebuild(con, MONTHS, (CONTRACTS["entries.eligibility"].table_id(),))
    cursor = con.execute(ANSWERS, {"turning": turning})
    names = [column[0] for column in cursor.description or ()]
    yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _change(day: date, known: Row | None, answer: Row, causes: list[tuple[str, str]]) -> Row:
    return {
        "entry_number": answer["entry_number"],
        "changed_on": day,
        **{f"{name}_before": known and known[name] for name in ANSWER},
        **{name: answer[name] for name in (*ANSWER, "path_reason")},
        "cause_codes": [code for code, _ in causes],
        "causes": [message for _, message in causes],
    }
