"""A copy of the warehouse for each client: its own received rows, and every table built from them anew.

No row, count or hash of the whole gets into a copy: rows are read through the list of `separation.py` and written into
a database of their own, where the tables are checked and built by the same SQL. A client's last snapshot is where its
copy starts from, so that only what changed for this client is built.

A file that holds several clients' rows stands in a copy under another load_id and a name that tells nothing, with
counts and row numbers of the client's rows alone.

Belongs here: making the copies. Does not belong here: whose a row is (`separation.py`), and writing a client's files
(`outputs.py`).
"""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from cape_pipeline.ace.given_run_dates import WITHOUT_RUN_DATE
from cape_pipeline.ace.reports import report_book
from cape_pipeline.clients.known import Client
from cape_pipeline.clients.names import client_snapshot
from cape_pipeline.clients.owners import client_ids_of, owners
from cape_pipeline.clients.separation import FILES, LOADED, RECEIVED, THE_SAME
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import COMPUTED, rebuild
from cape_pipeline.resources import connect
from cape_pipeline.settings import BANK_ORIGINATORS, Settings
from cape_pipeline.warehouse.connection import WarehouseUnusable, working_folder
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.publish import publish_frame, record_received
from cape_pipeline.warehouse.tables import StoredRowsInTheWay

#: Reports that are run for a broker's whole business: where one holds several clients' rows, that it holds none of a
#: client's says something of this client, too.
REFUND_REPORTS = ("ES-022", "REV-603", "REV-613", "REV-615")

OWNED = """
create table separation.owned as
select rows.table_id, loads.load_number, rows.source_row, rows.owner, rows.is_shared, rows.part_usd
from ({rows}) as rows
join ace.loads as loads on rows.load_id = loads.load_id
"""
#: The files of one client: those that hold a row of its own or everybody's, and mixed refund reports without one.
FILES_OF = """
create or replace table separation.files as
with rows as (
    select
        load_number,
        bool_or(owner = $owner) as has_own,
        bool_or(owner is null) as has_everybodys,
        bool_and(owner = $owner) and not bool_or(owner is null) as is_all_own,
        count(distinct owner) > 1 as is_of_several
    from separation.owned
    group by load_number
),
chosen as (
    select loads.load_id, loads.load_number, loads.report_code, loads.file_name, loads.report_run_date,
        not rows.is_all_own as is_mixed
    from ace.loads as loads
    join rows on loads.load_number = rows.load_number
    where rows.has_own
       or rows.has_everybodys
       or (rows.is_of_several and list_contains($refund_reports, loads.report_code))
)
select
    load_id,
    load_number,
    is_mixed,
    if(is_mixed, sha256(load_id || '|' || $client_id), load_id) as shown_load_id,
    cast(row_number() over (order by load_number) as integer) as shown_load_number,
    case
        when not is_mixed then file_name
        -- the user's own files replace each other by name
        when list_contains($named_files, report_code)
            then report_code || ' ' || dense_rank() over (partition by report_code, is_mixed order by file_name)
        else report_code || ' ' || coalesce(cast(report_run_date as varchar), 'undated')
    end as shown_file_name,
    file_name
from chosen
"""
#: Rows of a mixed file are numbered as if it held the client's alone.
NUMBERS_OF = """
create or replace table separation.numbers as
select load_number, source_row, cast(1 + row_number() over (partition by load_number order by source_row) as integer)
    as shown_source_row
from (
    select distinct owned.load_number, owned.source_row
    from separation.owned as owned
    join separation.files as files on owned.load_number = files.load_number
    where files.is_mixed
      and (owned.owner = $owner or owned.owner is null)
)
"""
#: What is told of a file; counts and totals of a mixed one are made from the rows in the copy, in `COUNT`.
SHOWN = {
    "load_id": "files.shown_load_id",
    "load_number": "files.shown_load_number",
    "file_name": "files.shown_file_name",
    "sheet_name": "if(files.is_mixed, null, rows.sheet_name)",
    "header_row": "if(files.is_mixed, 1, rows.header_row)",
    "columns_unknown": "if(files.is_mixed, cast([] as varchar[]), rows.columns_unknown)",
    "rows_read": "if(files.is_mixed, 0, rows.rows_read)",
    "rows_loaded": "if(files.is_mixed, 0, rows.rows_loaded)",
    "rows_quarantined": "if(files.is_mixed, 0, rows.rows_quarantined)",
    "rows_skipped": "if(files.is_mixed, null, rows.rows_skipped)",
}
#: The name of an uploaded file, as the copy knows the file.
UPLOADED_AS = """(
    select arg_max(files.shown_file_name, files.load_number)
    from separation.files as files
    where files.file_name = rows.file_name
)"""
#: The name of a file that nobody put into the folder, of a declaration of several clients.
WITHHELD_NAME = "if(rows.file_name is null, null, 'file of claim ' || rows.claim_number)"
COUNT = """
update ace.loads set
    rows_loaded = told.rows_loaded,
    rows_quarantined = told.rows_quarantined,
    rows_read = told.rows_loaded + told.rows_quarantined,
    control_total_usd = if(ace.loads.control_total_usd is null, null, told.control_total_usd),
    columns_unknown = told.columns_unknown
from (
    select
        mixed.load_id,
        (select count(*) from {table} as rows where rows.load_id = mixed.load_id) as rows_loaded,
        (select count(distinct rows.source_row) from ace.quarantine as rows where rows.load_id = mixed.load_id)
            as rows_quarantined,
        (select coalesce(sum({amount}), 0) from {table} as rows where rows.load_id = mixed.load_id)
            as control_total_usd,
        coalesce((
            select list_sort(list(distinct header))
            from (select unnest(json_keys(rows.other_cells)) as header from {table} as rows
                  where rows.load_id = mixed.load_id)
        ), []) as columns_unknown
    from mixed_files as mixed
) as told
where ace.loads.load_id = told.load_id and ace.loads.report_code = '{report}'
"""


@dataclass(frozen=True, slots=True)
class ClientCopy:
    """A client with a writer's connection to its copy, which is gone afterwards."""

    client: Client
    con: duckdb.DuckDBPyConnection


def client_copies(
    con: duckdb.DuckDBPyConnection, settings: Settings, clients: Collection[Client]
) -> Iterator[ClientCopy]:
    """The copy of each client in turn, open until the next one is asked for.

    Args:
        con: the writer's connection to the finished warehouse; it is only read.
        settings: names the warehouse, beside which the clients' last snapshots lie.
        clients: those of `clients_of` that are wanted.

    Raises:
        BrokenPromise: a table of a copy breaks its contract or a claim.
    """
    client_ids = client_ids_of(con)
    with owners(con, client_ids):
        every_row = " union all ".join(
            f"select '{table_id}' as table_id, owned.* from ({rows.owned}) as owned"
            for table_id, rows in RECEIVED.items()
        )
        con.execute(OWNED.format(rows=every_row))
        for client in clients:
            with working_folder(con, "client-") as folder:
                scratch = settings.embedded_in(folder / "scratch.duckdb")
                copy = _begun(scratch, client_snapshot(settings.warehouse, client.folder))
                try:
                    _fill(con, copy, client)
                    yield ClientCopy(client, copy)
                finally:
                    copy.close()


def _begun(scratch: Settings, last: Path) -> duckdb.DuckDBPyConnection:
    """The client's last snapshot as a database to write, or an empty one where there is none that can be used."""
    if last.exists():
        shutil.copyfile(last, scratch.warehouse)
        try:
            return connect(scratch)
        except (WarehouseUnusable, StoredRowsInTheWay, duckdb.Error):
            scratch.warehouse.unlink(missing_ok=True)
            scratch.warehouse.with_name(f"{scratch.warehouse.name}.wal").unlink(missing_ok=True)
    return connect(scratch)


def _fill(con: duckdb.DuckDBPyConnection, copy: duckdb.DuckDBPyConnection, client: Client) -> None:
    """Put what is the client's into the copy, and build everything on it."""
    given = {"owner": client.owner, "client_id": client.client_id or ""}
    con.execute(FILES_OF, {**given, "refund_reports": list(REFUND_REPORTS), "named_files": list(WITHOUT_RUN_DATE)})
    con.execute(NUMBERS_OF, {"owner": client.owner})
    copy.execute("begin")
    for table_id in (FILES, *RECEIVED):
        _receive(con, copy, table_id, client.owner)
    _count_mixed_files(con, copy)
    for table_id in (FILES, *RECEIVED):
        record_received(copy, CONTRACTS[table_id])
    copy.execute("commit")
    for table_id, select in LOADED.items():
        if table_id not in COMPUTED:
            publish_frame(copy, CONTRACTS[table_id], _frame(con, table_id, select, given))
    rebuild(copy, MONTHS)
    for table_id in COMPUTED.keys() & LOADED.keys():
        publish_frame(copy, CONTRACTS[table_id], _frame(con, table_id, LOADED[table_id], given))


def _receive(con: duckdb.DuckDBPyConnection, copy: duckdb.DuckDBPyConnection, table_id: str, owner: int) -> None:
    """The rows of one received table that are the client's or everybody's, in place of those in the copy."""
    contract = CONTRACTS[table_id]
    rows = con.execute(_files_select(contract) if table_id == FILES else _rows_select(contract, owner))
    copy.execute(f"delete from {table_id}")
    copy.register("given_rows", rows.to_arrow_reader())
    copy.execute(f"insert into {table_id} by name select * from given_rows")
    copy.unregister("given_rows")


def _files_select(contract: type[TableContract]) -> str:
    columns = ", ".join(f"{SHOWN.get(name, f'rows.{name}')} as {name}" for name in contract.column_names())
    return (
        f"select {columns} from ace.loads as rows join separation.files as files on rows.load_id = files.load_id"
        " order by files.load_number"
    )


def _rows_select(contract: type[TableContract], owner: int) -> str:
    table_id = contract.table_id()
    rows = RECEIVED[table_id]
    shown = {name: told.replace("$owner", str(owner)) for name, told in rows.guarded.items()}
    for name, told in rows.replaced.items():
        shown[name] = f"if(owned.is_shared, {told}, {shown.get(name, f'rows.{name}')})"
    shown["load_id"] = "files.shown_load_id"
    shown["source_row"] = "coalesce(numbers.shown_source_row, rows.source_row)"
    if table_id == "ace.declarations":
        shown["file_name"] = f"coalesce({UPLOADED_AS}, if(owned.is_shared, {WITHHELD_NAME}, rows.file_name))"
    columns = ", ".join(f"{shown.get(name, f'rows.{name}')} as {name}" for name in contract.column_names())
    return f"""
        select {columns}
        from {table_id} as rows
        join separation.files as files on rows.load_id = files.load_id
        join (
            select distinct load_number, source_row, is_shared, part_usd
            from separation.owned
            where table_id = '{table_id}' and (owner = {owner} or owner is null)
        ) as owned on files.load_number = owned.load_number and rows.source_row = owned.source_row
        left join separation.numbers as numbers
            on files.load_number = numbers.load_number and rows.source_row = numbers.source_row
        order by files.load_number, rows.source_row
    """


def _count_mixed_files(con: duckdb.DuckDBPyConnection, copy: duckdb.DuckDBPyConnection) -> None:
    """Counts, total and unknown headers of the files that hold other rows too, by the rows in the copy."""
    mixed = con.execute("select shown_load_id as load_id from separation.files where is_mixed").pl()
    copy.register("mixed_files", mixed)
    for report in report_book().reports:
        table = report.contract.table_id()
        copy.execute(COUNT.format(table=table, amount=report.control_total or "null", report=report.code))
    copy.unregister("mixed_files")


def _frame(con: duckdb.DuckDBPyConnection, table_id: str, select: str, given: dict[str, object]) -> pl.DataFrame:
    """The rows of a table that is loaded by Python as they are told to the client."""
    text = f"select * from {table_id}" if select is THE_SAME else select
    offered = {**given, "shipped_pattern": BANK_ORIGINATORS}
    used = {name: value for name, value in offered.items() if f"${name}" in text}
    return con.execute(text, used).pl().cast(CONTRACTS[table_id].empty_frame().schema)
