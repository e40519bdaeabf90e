"""Recognised files into the `ace` tables, inside the caller's transaction.

Belongs here: judging the typed rows of files, storing rows, set-aside rows and the loads themselves. Does not belong
here: how cells become typed rows (`staging.py`), whether a file was loaded before, and committing or rolling back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.ace.conversion import WHOLE_ROW, has_importer_key, quoted, typed_columns
from cape_pipeline.ace.errors import TooManyRejected, UnreadableExport
from cape_pipeline.ace.inspection import Inspection
from cape_pipeline.ace.repeated_keys import CONFLICT, QUARANTINE, REPEATED, judge_repeated_keys, set_aside_contradicted
from cape_pipeline.ace.reports import OncePer
from cape_pipeline.ace.staging import NotTogether, Staged, rows_in_order, staged
from cape_pipeline.warehouse.connection import working_folder

REJECT_SHARE = 0.05
#: A single row never stops a file, nor do so few rows of one importer stop a file of many.
ALLOWED_ROWS = 1
#: What a load cannot record as its control total, and no report adds up to.
ABOVE_ALL_TOTALS = Decimal(10) ** 16
ALLOWED_ROWS_OF_IMPORTER = 20


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one file. rows_read = rows_loaded + rows_quarantined; `rows_skipped` were no data.

    `rows_repeated` of the loaded rows equal an earlier row of the file in every cell and stand in the table once.
    """

    load_id: str
    report_code: str
    table_id: str
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_skipped: dict[str, int]
    faults: tuple[tuple[str, str, int], ...]
    rows_repeated: int
    control_total_usd: Decimal | None


def load_file(
    con: duckdb.DuckDBPyConnection,
    inspection: Inspection,
    load_number: int,
    loaded_at: datetime,
    *,
    reject_share: float = REJECT_SHARE,
) -> LoadResult:
    """Insert the file's rows into its table, the unusable ones into ace.quarantine, and the file into ace.loads.

    As `load_files` for a single file.
    """
    (result,) = load_files(con, [inspection], load_number, loaded_at, reject_share=reject_share)
    return result


def load_files(
    con: duckdb.DuckDBPyConnection,
    together: Sequence[Inspection],
    load_number: int,
    loaded_at: datetime,
    *,
    reject_share: float = REJECT_SHARE,
) -> list[LoadResult]:
    """Load files that are alike (`staging.are_alike`), numbered from `load_number`, as if one by one in their order.

    Returns the results of those that were loaded: at least the first, and all before one that must be looked at after
    they are stored, because it would be refused or says otherwise than they do. The caller loads the rest afterwards.

    Runs inside the transaction the caller has begun, on tables the caller has made from the contracts; whether a
    sha256 was loaded before is the caller's question. `loaded_at` is stored as UTC.

    Raises:
        UnreadableExport: when the first file cannot be cut into rows.
        TooManyRejected: when more than `reject_share` of its rows cannot be used, of the file (a single row is allowed)
            or of one importer in it (twenty are). Either way the caller rolls back.
    """
    try:
        with (
            working_folder(con, "received-") as folder,
            rows_in_order(con, kept=False),
            staged(con, together, folder) as received,
        ):
            agreeing = judge_repeated_keys(con, together, received.rows)
            judged = _judged(con, together, received.rows)
            refused = _refused(con, together, received, judged, reject_share)
            if 0 in refused:
                raise refused[0]
            results = judged[: min([agreeing, *refused])]
            _store(con, together, received.rows, results, load_number, loaded_at)
            set_aside_contradicted(con, together, len(results))
            return results
    except NotTogether:
        return load_files(con, together[:1], load_number, loaded_at, reject_share=reject_share)


# --- typed rows judged ----------------------------------------------------------------------------------------------


def _judged(con: duckdb.DuckDBPyConnection, together: Sequence[Inspection], rows: str) -> list[LoadResult]:
    """What becomes of each file if it is loaded."""
    seen = together[0]
    amount = seen.report.control_total
    total = f"sum({amount}) filter (row_kind is null and faults is null)" if amount in seen.cell_of else "null"
    counted = _by_file(
        con,
        f"""select file_at, count(*) filter (row_kind is null), count(*) filter (faults is not null),
            cast({total} as decimal(38, 2)) from {rows} group by file_at""",
    )
    skipped = _by_file(
        con,
        f"""select file_at, row_kind, count(*) from {rows} where row_kind is not null
        group by file_at, row_kind order by file_at, row_kind""",
    )
    repeated = _by_file(
        con,
        f"""select file_at, count(*) filter (is_equal), count(*) filter (not is_equal),
            cast(coalesce(sum(amount_usd), 0) as decimal(38, 2)) from {REPEATED} group by file_at""",
    )
    faults = _by_file(
        con,
        f"""select file_at, fault.column_name, fault.reason_code, count(*)
        from (select file_at, unnest(faults) as fault from {rows} where faults is not null)
        group by file_at, fault.column_name, fault.reason_code""",
    )
    return [
        _result(
            seen,
            counted.get(at, [(0, 0, None)])[0],
            dict(skipped.get(at, [])),
            repeated.get(at, [(0, 0, Decimal(0))])[0],
            faults.get(at, []),
        )
        for at, seen in enumerate(together)
    ]


def _by_file(con: duckdb.DuckDBPyConnection, query: str) -> dict[int, list[Any]]:
    """The rows of a query, which begins with `file_at`, by that."""
    found: dict[int, list[Any]] = {}
    for at, *rest in con.execute(query).fetchall():
        found.setdefault(at, []).append(tuple(rest))
    return found


def _result(
    seen: Inspection,
    counted: tuple[int, int, Decimal | None],
    skipped: dict[str, int],
    repeated: tuple[int, int, Decimal],
    faults: list[tuple[str, str, int]],
) -> LoadResult:
    data, rejected, control_total = counted
    equal, conflicting, repeated_usd = repeated
    if conflicting:
        faults = [*faults, (WHOLE_ROW, CONFLICT, conflicting)]
    return LoadResult(
        load_id=seen.load_id,
        report_code=seen.report_code,
        table_id=seen.table_id,
        rows_read=data,
        rows_loaded=data - rejected - conflicting,
        rows_quarantined=rejected + conflicting,
        rows_skipped=skipped,
        faults=tuple(sorted(faults, key=lambda fault: (-fault[2], fault[0], fault[1]))),
        rows_repeated=equal,
        control_total_usd=None if control_total is None else control_total - repeated_usd,
    )


def _refused(
    con: duckdb.DuckDBPyConnection,
    together: Sequence[Inspection],
    received: Staged,
    judged: Sequence[LoadResult],
    reject_share: float,
) -> dict[int, Exception]:
    """Why files must not be loaded, by their place. Without a header where it was found, no row could be named."""
    refused: dict[int, Exception] = {
        at: UnreadableExport(seen.path, f"the header is not in row {seen.header_row} any more: the file has changed")
        for at, (seen, stands) in enumerate(zip(together, received.headers_stand, strict=True))
        if not stands
    }
    worst = _worst_importers(con, together[0], received.rows, judged, reject_share)
    for at, (seen, result) in enumerate(zip(together, judged, strict=True)):
        if at in refused:
            continue
        if abs(result.control_total_usd or Decimal(0)) >= ABOVE_ALL_TOTALS:
            refused[at] = UnreadableExport(
                seen.path,
                f"its column {seen.report.control_total} adds up to {result.control_total_usd:,}, more than any report"
                " does: look whether numbers of another column stand there",
            )
        elif result.rows_quarantined > max(ALLOWED_ROWS, reject_share * result.rows_read):
            refused[at] = TooManyRejected(seen.path, result.rows_read, result.rows_quarantined, result.faults)
        elif at in worst:
            importer, read, rejected = worst[at]
            refused[at] = TooManyRejected(seen.path, read, rejected, result.faults, of=f"importer …{importer[-4:]}")
    return refused


def _worst_importers(
    con: duckdb.DuckDBPyConnection, seen: Inspection, rows: str, judged: Sequence[LoadResult], reject_share: float
) -> dict[int, tuple[str, int, int]]:
    """The importer, of each file that has one, of whose rows too many are set aside, with rows read and set aside (P5).

    Importers are counted in full only where some have so many rows set aside that it matters.
    """
    if not has_importer_key(seen) or all(one.rows_quarantined <= ALLOWED_ROWS_OF_IMPORTER for one in judged):
        return {}
    data = "row_kind is null and importer_key is not null"
    con.execute(
        f"""create or replace temp table ace_importers_in_doubt as
        select file_at, importer_key, count(*) as rows_rejected
        from (
            select file_at, importer_key from {rows} where {data} and faults is not null
            union all
            select file_at, importer_key
            from {REPEATED} join {rows} using (file_at, file_row_number)
            where not is_equal and {data} and faults is null
        )
        group by file_at, importer_key
        having count(*) > {ALLOWED_ROWS_OF_IMPORTER}"""
    )
    if con.execute("select 1 from temp.ace_importers_in_doubt limit 1").fetchone() is None:
        return {}
    worst = _by_file(
        con,
        f"""select file_at, importer_key, count(*) as rows_read, any_value(rows_rejected) as rejected
        from {rows} join temp.ace_importers_in_doubt using (file_at, importer_key)
        where {data}
        group by file_at, importer_key
        having rejected > {reject_share} * count(*)
        order by file_at, rejected / rows_read desc, importer_key""",
    )
    return {at: found[0] for at, found in worst.items() if judged[at].rows_quarantined > ALLOWED_ROWS_OF_IMPORTER}


# --- judged rows into tables ----------------------------------------------------------------------------------------


def _store(
    con: duckdb.DuckDBPyConnection,
    together: Sequence[Inspection],
    rows: str,
    results: Sequence[LoadResult],
    load_number: int,
    loaded_at: datetime,
) -> None:
    """The rows of the first files, as many as there are results, and their loads."""
    seen = together[0]
    stored = {*typed_columns(seen), "other_cells"}
    columns = [name for name in seen.report.contract.column_names() if name in stored]
    data = f"file_at < {len(results)} and row_kind is null"
    repeated = con.execute(f"select 1 from {REPEATED} limit 1").fetchone()
    once = f" and (file_at, file_row_number) not in (select (file_at, file_row_number) from {REPEATED})"
    usable = f"from {rows} where {data} and faults is null{once if repeated else ''}"
    con.execute(
        f"""insert into {seen.table_id} (load_id, source_row, {", ".join(columns)})
        select load_id, file_row_number + 1, {", ".join(columns)}
        {usable}"""
    )
    for grain, into in seen.report.once_per.items():
        _store_once(con, seen, usable, grain, into)
    con.execute(
        f"""insert into {QUARANTINE}
        select load_id, source_row, {quoted(seen.report_code)}, entry_number,
            fault.column_name, fault.reason_code, fault.raw_value, fault.detail, raw_row
        from (
            select load_id, file_row_number + 1 as source_row, unnest(faults) as fault, raw_row,
                {"entry_number" if "entry_number" in stored else "null"} as entry_number
            from {rows}
            where {data} and faults is not null
        )"""
    )
    loads = [
        _load(one, result, load_number + at, loaded_at)
        for at, (one, result) in enumerate(zip(together, results, strict=False))
    ]
    values = ", ".join(f"({', '.join(literal(value) for value in load.values())})" for load in loads)
    con.execute(f"insert into ace.loads ({', '.join(loads[0])}) values {values}")


def _load(seen: Inspection, result: LoadResult, load_number: int, loaded_at: datetime) -> dict[str, object]:
    """The file's row in ace.loads."""
    return {
        "load_id": seen.load_id,
        "load_number": load_number,
        "report_code": seen.report_code,
        "file_name": seen.file_name,
        "report_run_date": seen.report_run_date,
        "report_run_date_basis": seen.report_run_date_basis,
        "asked_from_date": seen.asked_for.first_day,
        "asked_to_date": seen.asked_for.last_day,
        "sheet_name": seen.sheet_name,
        "header_row": seen.header_row,
        "columns_present": list(seen.columns_present),
        "columns_missing": list(seen.columns_missing),
        "columns_unknown": list(seen.columns_unknown),
        "rows_read": result.rows_read,
        "rows_loaded": result.rows_loaded,
        "rows_quarantined": result.rows_quarantined,
        "rows_skipped": sum(result.rows_skipped.values()),
        "control_total_usd": result.control_total_usd,
        "loaded_at": _utc(loaded_at),
    }


def _store_once(con: duckdb.DuckDBPyConnection, seen: Inspection, usable: str, grain: str, into: OncePer) -> None:
    """Amounts that the report repeats on every row of a key: each different set of them once, with its first row."""
    amounts = [c.name for c in seen.report.columns if c.per == grain and c.name in seen.cell_of]
    if not amounts:
        return
    columns = ", ".join((*into.key, *amounts))
    some = " or ".join(f"{name} is not null" for name in amounts)
    con.execute(
        f"""insert into {into.contract.table_id()} (load_id, source_row, {columns})
        select load_id, min(file_row_number) + 1, {columns}
        {usable} and ({some})
        group by load_id, {columns}"""
    )


def literal(value: object) -> str:
    """A value as SQL text. The first bound value makes DuckDB import pandas, which takes longer than many a load."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]::varchar[]"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp {quoted(value.isoformat(sep=' '))}"
    if isinstance(value, date):
        return f"date {quoted(value.isoformat())}"
    return quoted(str(value))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
