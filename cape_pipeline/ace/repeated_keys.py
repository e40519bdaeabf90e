"""Rows of one file, or of files run on the same day, that have one key: equal ones are one row, unequal ones are none.

Belongs here: finding them, and setting aside what another load of the same day contradicts. Does not belong here: which
columns are the key and which may not differ (`reports.toml`), and versions of different days (`sql/ace`).
"""

import duckdb

from cape_pipeline.ace.conversion import WHOLE_ROW, quoted
from cape_pipeline.ace.inspection import Inspection

CONFLICT = "conflicting_row"
QUARANTINE = """ace.quarantine
    (load_id, source_row, report_code, entry_number, column_name, reason_code, raw_value, detail, raw_row)"""
#: Rows of the file being loaded that are not stored: equal repetitions and contradicted ones.
REPEATED = "temp.ace_repeated_rows"
#: Rows of earlier loads that the file being loaded contradicts.
ELSEWHERE = "temp.ace_contradicted_rows"
COLUMNS = """file_row_number bigint, is_equal boolean, entry_number varchar, key_text varchar, detail varchar,
    amount_usd decimal(18, 2), typed_row varchar"""


def judge_repeated_keys(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> None:
    """Fill the temporary tables for the usable rows of a file; empty where its report has no key.

    Of equal rows all but the first are repetitions. Where rows of a key differ in a column that may not differ, in this
    file or against another file of the same run date, none of them can be trusted and all are set aside.
    """
    con.execute(f"create or replace {_temporary(REPEATED)} ({COLUMNS})")
    con.execute(f"create or replace {_temporary(ELSEWHERE)} (load_id varchar, source_row integer)")
    if not inspection.report.key:
        return
    _within_the_file(con, inspection, rows)
    if inspection.report_run_date is not None:
        _across_files_of_the_day(con, inspection, rows)


def _temporary(name: str) -> str:
    return f"temp table {name.removeprefix('temp.')}"


def _within_the_file(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> None:
    key = ", ".join(inspection.report.key)
    typed = _typed(inspection)
    may_not_differ = ", ".join(_may_not_differ(inspection))
    con.execute(
        f"""insert into {REPEATED}
        with usable as (
            select file_row_number, {", ".join(typed)} from {rows}
            where file_row_number >= {inspection.header_row} and row_kind is null and faults is null
        ),
        repeated_keys as (
            select {key} from usable group by {key} having count(*) > 1
        ),
        repeated as (
            select
                file_row_number, {", ".join(typed)},
                count(distinct cast(row({may_not_differ}) as varchar)) over (partition by {key}) > 1 as is_contradicted,
                row_number() over (partition by {", ".join(typed)} order by file_row_number) > 1 as is_repetition
            from usable
            where ({key}) in (select ({key}) from repeated_keys)
        )
        select file_row_number, not is_contradicted, entry_number, {_key_text(inspection)},
            'another row of the file with this key says otherwise', {_amount(inspection)}, {_typed_row(inspection)}
        from repeated
        where is_contradicted or is_repetition"""
    )


def _across_files_of_the_day(con: duckdb.DuckDBPyConnection, inspection: Inspection, rows: str) -> None:
    """Compare with the rows of other loads of this report with the same stated run date, where both have the column."""
    same_key = " and ".join(f"received.{name} = stored.{name}" for name in inspection.report.key)
    differs = " or ".join(
        f"(list_contains(loads.columns_present, {quoted(name)}) and received.{name} is distinct from stored.{name})"
        for name in _may_not_differ(inspection)
    )
    of_the_day = f"""loads.report_code = {quoted(inspection.report_code)}
        and loads.report_run_date = date {quoted(str(inspection.report_run_date))}"""
    if con.execute(f"select 1 from ace.loads as loads where {of_the_day} limit 1").fetchone() is None:
        return
    contradictions = f"""from {rows} as received
        join {inspection.table_id} as stored on {same_key}
        join ace.loads as loads on stored.load_id = loads.load_id
        where {of_the_day} and ({differs})
          and received.file_row_number >= {inspection.header_row}
          and received.row_kind is null and received.faults is null"""
    con.execute(f"insert into {ELSEWHERE} select distinct stored.load_id, stored.source_row {contradictions}")
    typed = ", ".join(f"received.{name}" for name in _typed(inspection))
    con.execute(
        f"""insert into {REPEATED}
        with contradicted as (
            select distinct received.file_row_number, {typed}
            {contradictions}
              and received.file_row_number not in (select file_row_number from {REPEATED})
        )
        select file_row_number, false, entry_number, {_key_text(inspection)},
            'another file of the same run date says otherwise', {_amount(inspection)}, {_typed_row(inspection)}
        from contradicted"""
    )


def set_aside_contradicted(con: duckdb.DuckDBPyConnection, inspection: Inspection) -> None:
    """Put the contradicted rows into quarantine, those of the file and those of earlier loads."""
    con.execute(
        f"""insert into {QUARANTINE}
        select {quoted(inspection.load_id)}, file_row_number + 1, {quoted(inspection.report_code)}, entry_number,
            {quoted(WHOLE_ROW)}, {quoted(CONFLICT)}, key_text, detail, typed_row
        from {REPEATED}
        where not is_equal"""
    )
    if con.execute(f"select 1 from {ELSEWHERE} limit 1").fetchone():
        _set_aside_elsewhere(con, inspection)


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
