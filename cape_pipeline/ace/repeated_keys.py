"""Rows of one file, or of files run on the same day, that have one key: equal ones are one row, unequal ones are none.

Belongs here: finding them, and setting aside what another load of the same day contradicts. Does not belong here: which
columns are the key and which may not differ (`reports.toml`), and versions of different days (`sql/ace`).
"""

from collections.abc import Sequence

import duckdb

from cape_pipeline.ace.conversion import WHOLE_ROW, quoted
from cape_pipeline.ace.inspection import Inspection

CONFLICT = "conflicting_row"
QUARANTINE = """ace.quarantine
    (load_id, source_row, report_code, entry_number, column_name, reason_code, raw_value, detail, raw_row)"""
#: Rows of the files being loaded that are not stored: equal repetitions and contradicted ones.
REPEATED = "temp.ace_repeated_rows"
#: Rows of earlier loads that the first file being loaded contradicts.
ELSEWHERE = "temp.ace_contradicted_rows"
#: Usable rows of the files being loaded whose key stands more than once in them, in files of one run date.
_SUSPECT = "temp.ace_suspect_rows"
#: Pairs of a row being loaded and a stored row of the same run date that says otherwise.
_PAIRS = "temp.ace_contradicting_rows"
COLUMNS = """file_at integer, file_row_number bigint, is_equal boolean, entry_number varchar, key_text varchar,
    detail varchar, amount_usd decimal(18, 2), typed_row varchar"""


def judge_repeated_keys(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection], rows: str) -> int:
    """Fill the temporary tables for the usable `rows` of files; empty where their report has no key.

    Of equal rows all but the first are repetitions. Where rows of a key differ in a column that may not differ, in one
    file or against another file of the same run date, none of them can be trusted and all are set aside.

    Returns how many of the files, from the first, do not contradict each other: a file that says otherwise than one
    before it must be judged after that one is stored, since only one of them decides what is stored for a third.
    """
    con.execute(f"create or replace {_temporary(REPEATED)} ({COLUMNS})")
    con.execute(f"create or replace {_temporary(ELSEWHERE)} (load_id varchar, source_row integer)")
    if not together[0].report.key:
        return len(together)
    usable = f"{rows} where row_kind is null and faults is null"
    _find_suspects(con, together[0], usable)
    _within_each_file(con, together[0])
    return min(_first_contradiction(con, together), _against_stored(con, together, usable))


def _temporary(name: str) -> str:
    return f"temp table {name.removeprefix('temp.')}"


def _find_suspects(con: duckdb.DuckDBPyConnection, seen: Inspection, usable: str) -> None:
    """One aggregate over all rows, which finds next to none; all else is done with those few."""
    key = ", ".join(seen.report.key)
    con.execute(
        f"""create or replace {_temporary(_SUSPECT)} as
        with repeated_keys as (
            select day_at, {key} from {usable} group by day_at, {key} having count(*) > 1
        )
        select file_at, day_at, file_row_number, {", ".join(_typed(seen))}
        from {usable} and (day_at, {key}) in (select (day_at, {key}) from repeated_keys)"""
    )


def _within_each_file(con: duckdb.DuckDBPyConnection, seen: Inspection) -> None:
    key = ", ".join(("file_at", *seen.report.key))
    typed = ", ".join(_typed(seen))
    may_not_differ = ", ".join(_may_not_differ(seen))
    con.execute(
        f"""insert into {REPEATED}
        with repeated as (
            select
                file_at, file_row_number, {typed},
                count(distinct cast(row({may_not_differ}) as varchar)) over (partition by {key}) > 1 as is_contradicted,
                row_number() over (partition by file_at, {typed} order by file_row_number) > 1 as is_repetition
            from {_SUSPECT}
        )
        select file_at, file_row_number, not is_contradicted, entry_number, {_key_text(seen)},
            'another row of the file with this key says otherwise', {_amount(seen)}, {_typed_row(seen)}
        from repeated
        where is_contradicted or is_repetition"""
    )


def _first_contradiction(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection]) -> int:
    """Place of the first file that says otherwise than one before it of the same run date; if none, their number."""
    seen = together[0]
    key = ", ".join(("day_at", *seen.report.key))
    (place,) = con.execute(
        f"""with contradicted_keys as (
            select list_sort(list(distinct file_at)) as places
            from {_SUSPECT}
            group by {key}
            having count(distinct file_at) > 1 and count(distinct row({", ".join(_may_not_differ(seen))})) > 1
        )
        select min(places[2]) from contradicted_keys"""
    ).fetchone() or (None,)
    return len(together) if place is None else int(place)


def _against_stored(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection], usable: str) -> int:
    """Compare with the rows of other loads of this report with the same stated run date, where both have the column.

    Sets aside what the first file and stored rows contradict each other in; place of the first later file that
    contradicts stored rows, their number if none does.
    """
    seen = together[0]
    days = sorted({f"date {quoted(str(one.report_run_date))}" for one in together if one.report_run_date is not None})
    of_the_days = f"report_code = {quoted(seen.report_code)} and report_run_date in ({', '.join(days)})"
    if not days or con.execute(f"select 1 from ace.loads where {of_the_days} limit 1").fetchone() is None:
        return len(together)
    same_key = " and ".join(f"received.{name} = stored.{name}" for name in seen.report.key)
    differs = " or ".join(
        f"(list_contains(loads.columns_present, {quoted(name)}) and received.{name} is distinct from stored.{name})"
        for name in _may_not_differ(seen)
    )
    typed = ", ".join(_typed(seen))
    con.execute(
        f"""create or replace {_temporary(_PAIRS)} as
        with
            loads as (
                select load_id, report_run_date, columns_present from ace.loads where {of_the_days}
            ),
            files as (
                select day_at, cast(day as date) as report_run_date
                from (values {_days_by_place(together)}) as days (day_at, day)
            ),
            shared_entries as (
                select distinct entry_number from {seen.table_id} as stored
                semi join (select entry_number from {usable}) as received using (entry_number)
                where load_id in (select load_id from loads)
            ),
            received as (
                select file_at, day_at, file_row_number, {typed} from {usable}
                and entry_number in (select entry_number from shared_entries)
            )
        select received.*, stored.load_id, stored.source_row
        from received
        join files using (day_at)
        join loads using (report_run_date)
        join {seen.table_id} as stored on loads.load_id = stored.load_id and {same_key}
        where {differs}"""
    )
    con.execute(f"insert into {ELSEWHERE} select distinct load_id, source_row from {_PAIRS} where file_at = 0")
    con.execute(
        f"""insert into {REPEATED}
        with contradicted as (
            select distinct file_at, file_row_number, {typed}
            from {_PAIRS}
            where file_at = 0
              and file_row_number not in (select file_row_number from {REPEATED} where file_at = 0)
        )
        select file_at, file_row_number, false, entry_number, {_key_text(seen)},
            'another file of the same run date says otherwise', {_amount(seen)}, {_typed_row(seen)}
        from contradicted"""
    )
    (place,) = con.execute(f"select min(file_at) from {_PAIRS} where file_at > 0").fetchone() or (None,)
    return len(together) if place is None else int(place)


def _days_by_place(together: Sequence[Inspection]) -> str:
    """Run dates, each with the place of the first file that has it."""
    days = [one.report_run_date for one in together]
    return ", ".join(f"({days.index(day)}, {quoted(str(day))})" for day in sorted({d for d in days if d is not None}))


def set_aside_contradicted(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection], count: int) -> None:
    """Put the contradicted rows of the first `count` files into quarantine, and those of earlier loads."""
    seen = together[0]
    load_ids = ", ".join(quoted(one.load_id) for one in together)
    con.execute(
        f"""insert into {QUARANTINE}
        select [{load_ids}][file_at + 1], file_row_number + 1, {quoted(seen.report_code)}, entry_number,
            {quoted(WHOLE_ROW)}, {quoted(CONFLICT)}, key_text, detail, typed_row
        from {REPEATED}
        where not is_equal and file_at < {count}"""
    )
    if con.execute(f"select 1 from {ELSEWHERE} limit 1").fetchone():
        _set_aside_elsewhere(con, seen)


def _set_aside_elsewhere(con: duckdb.DuckDBPyConnection, inspection: Inspection) -> None:
    """Move the rows of earlier loads that the file contradicts, and mend what their loads say."""
    table = inspection.table_id
    names = [name for name in inspection.report.contract.column_names() if name not in ("load_id", "source_row")]
    stored = ", ".join(names)
    typed_row = (
        f"cast(json_object({', '.join(f'{quoted(name)}, cast({name} as varchar)' for name in names)}) as varchar)"
    )
    contradicted = f"({table}.load_id, {table}.source_row) in (select (load_id, source_row) from {ELSEWHERE})"
    con.execute(
        f"""insert into {QUARANTINE}
        select load_id, source_row, {quoted(inspection.report_code)}, entry_number, {quoted(WHOLE_ROW)},
            {quoted(CONFLICT)}, {_key_text(inspection)}, 'another file of the same run date says otherwise', {typed_row}
        from (select load_id, source_row, {stored} from {table} where {contradicted})"""
    )
    con.execute(
        f"""update ace.loads set
            rows_loaded = rows_loaded - moved.row_count,
            rows_quarantined = rows_quarantined + moved.row_count,
            control_total_usd = control_total_usd - moved.total_usd
        from (
            select load_id, count(*) as row_count,
                cast(coalesce(sum({inspection.report.control_total or "null"}), 0) as decimal(18, 2)) as total_usd
            from {table} where {contradicted} group by load_id
        ) as moved
        where ace.loads.load_id = moved.load_id"""
    )
    con.execute(f"delete from {table} where {contradicted}")


def _typed(inspection: Inspection) -> list[str]:
    return [*inspection.columns_present, "other_cells"]


def _may_not_differ(inspection: Inspection) -> list[str]:
    return [name for name in inspection.report.conflict if name in inspection.cell_of]


def _key_text(inspection: Inspection) -> str:
    return f"concat_ws(' ', {', '.join(inspection.report.key)})"


def _amount(inspection: Inspection) -> str:
    amount = inspection.report.control_total
    return amount if amount is not None and amount in inspection.cell_of else "null"


def _typed_row(inspection: Inspection) -> str:
    pairs = ", ".join(
        f"{quoted(inspection.headers[inspection.cell_of[name]])}, cast({name} as varchar)"
        for name in inspection.columns_present
    )
    return f"cast(json_object({pairs}) as varchar)"
