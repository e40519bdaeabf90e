"""Run dates the user gives in loads.csv, for files that state none themselves.

Belongs here: putting them into `ace.loads`, and what is to be said about run dates. Does not belong here: the date a
file states (`run_date.py`), and which of two versions is newer.

A line names a file as it is called; it is about the newest load of that name, because a name that is used again means
another file by then. Of each loads.csv only the newest load of its own name counts, whole: a line that was removed
withdraws its date. What the file itself states always wins.
"""

from typing import Any

import duckdb

#: Reports that need no run date: the user's own files replace each other by name, and bank credits have their days.
WITHOUT_RUN_DATE = (
    "IMPORTERS", "ENTRY-FACTS", "DECLARATIONS", "UPLOADED", "ATTESTATIONS", "EXCLUSIONS", "ALERTS-ACK", "DEPOSITS",
    "PAYEES", "BANK", "BILLS", "MATERIALITY", "LOADS",
)  # fmt: skip
HOW_TO_DATE = (
    "put the date into the file name, such as ES-003_2026-07-20.csv, or give it in loads.csv"
    " (columns file_name, report_run_date)"
)
MOST_NAMES = 3

# One row for each file name that a loads.csv in force names: the days given for it, and the files that give them.
_GIVEN = """
    loads_files as (
        select load_id, file_name
        from ace.loads
        where report_code = 'LOADS'
        qualify load_number = max(load_number) over (partition by file_name)
    ),
    given as (
        select
            lines.file_name,
            list_sort(list_distinct(list(lines.report_run_date))) as days,
            list_sort(list_distinct(list(loads_files.file_name))) as told_by
        from ace.load_run_dates as lines
        join loads_files
            on lines.load_id = loads_files.load_id
        group by lines.file_name
    ),
    newest as (
        select load_id, file_name, report_run_date, report_run_date_basis
        from ace.loads
        qualify load_number = max(load_number) over (partition by file_name)
    )
"""
_APPLY = f"""
with {_GIVEN},
    wanted as (
        select loads.load_id, given.days[1] as report_run_date
        from ace.loads as loads
        left join newest
            on loads.load_id = newest.load_id
        left join given
            on newest.file_name = given.file_name
           and len(given.days) = 1
        where loads.report_run_date_basis in ('unknown', 'loads_file')
    )
update ace.loads
set
    report_run_date = wanted.report_run_date,
    report_run_date_basis = case when wanted.report_run_date is null then 'unknown' else 'loads_file' end
from wanted
where loads.load_id = wanted.load_id
  and loads.report_run_date is distinct from wanted.report_run_date
"""
_CONTRADICTIONS = f"with {_GIVEN} select file_name, days, told_by from given where len(days) > 1 order by file_name"
_STRANGERS = f"""
with {_GIVEN}
select file_name, told_by from given anti join newest using (file_name) order by file_name
"""
_DENIED = f"""
with {_GIVEN}
select newest.file_name, given.days[1], given.told_by, newest.report_run_date, newest.report_run_date_basis
from newest
join given
    on newest.file_name = given.file_name
where newest.report_run_date_basis not in ('unknown', 'loads_file')
  and len(given.days) = 1
  and newest.report_run_date <> given.days[1]
order by newest.file_name
"""
_UNDATED = f"""
select count(*), list_sort(list_distinct(list(file_name)))
from ace.loads
where report_run_date is null
  and report_code not in {WITHOUT_RUN_DATE}
"""


def apply_given_run_dates(con: duckdb.DuckDBPyConnection) -> None:
    """Bring `ace.loads` in line with the loads.csv files in force, inside the caller's transaction.

    The same loads give the same dates, however often and in however many steps they came.
    """
    con.execute(_APPLY)


def run_date_notices(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Sentences about run dates: contradictions, file names that no load has, and files without a date."""
    return [
        *(_contradiction(*row) for row in _rows(con, _CONTRADICTIONS)),
        *(_denial(*row) for row in _rows(con, _DENIED)),
        *(_stranger(*row) for row in _rows(con, _STRANGERS)),
        *_undated(con),
    ]


def _contradiction(file_name: str, days: list[Any], told_by: list[str]) -> str:
    told = " and ".join(day.isoformat() for day in days)
    who = f"{told_by[0]} gives" if len(told_by) == 1 else f"{' and '.join(told_by)} give"
    return f"{who} different run dates for {file_name}, {told}: none of them is used. Keep the one that is right"


def _denial(file_name: str, given: Any, told_by: list[str], stated: Any, basis: str) -> str:
    place = {
        "parameters_sheet": "its Parameters sheet",
        "metadata_row": "the rows above its header",
        "file_name": "its name",
    }[basis]
    return f"{_say(told_by)} that {file_name} was run on {given}, but {place} says {stated}: {stated} is used"


def _stranger(file_name: str, told_by: list[str]) -> str:
    return (
        f"{_say(told_by)} when {file_name} was run, but no file of that name was loaded: write the name as the file"
        " has it, with its ending"
    )


def _say(told_by: list[str]) -> str:
    return f"{told_by[0]} says" if len(told_by) == 1 else f"{' and '.join(told_by)} say"


def _undated(con: duckdb.DuckDBPyConnection) -> list[str]:
    ((count, names),) = _rows(con, _UNDATED)
    if not count:
        return []
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    told = "1 file states no run date" if count == 1 else f"{count} files state no run date"
    return [
        f"{told} ({shown}{more}), so of two versions of an entry the one loaded later counts as newer: {HOW_TO_DATE}"
    ]


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()
