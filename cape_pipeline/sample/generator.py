"""One call that writes a sample: the monthly ES-003 files, what follows from them, and the answers beside them.

Belongs here: which files there are, in which order, and the limits they are made under. Does not belong here: what an
entry is (`kinds.py`), how it is drawn (`draws.py`), what small files hold (`companions.py`).
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from cape_pipeline.ace import macros_sql
from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.demo.exports import ES003_HEADER
from cape_pipeline.sample import companions, draws
from cape_pipeline.sample.law import Law
from cape_pipeline.sample.plan import Plan, plan
from cape_pipeline.sample.tables import create_tables
from cape_pipeline.sample.timetable import MONTHLY_RUN, NEWER_RUN, entry_days
from cape_pipeline.settings import project_files

ANSWERS = "answers"
#: One cell a row and no quotation marks: the text is a line of the file already.
AS_IT_IS = "(format csv, header, quote '', escape '', delimiter e'\\x01')"


@dataclass(frozen=True, slots=True)
class Written:
    """A written sample: its valuation day, how much it is, its files in order of name, and its answers.

    `answers` is a folder of Parquet files, which the loader passes over: `entries-YYYY-MM.parquet`, `refunds.parquet`
    and `totals.json`.
    """

    as_of: date
    entries: int
    seed: int
    es003_rows: int
    files: tuple[Path, ...]
    answers: Path


def write_sample(folder: Path, entries: int, seed: int, *, threads: int = 2, memory_limit: str = "1GB") -> Written:
    """Write exports of so many entry summaries into `folder`, and their answers into `folder/answers`.

    The same number and seed write the same bytes, with any number of threads, as long as the engine's version stays.
    Files of the same names are replaced; nothing else in the folder is touched.

    Raises:
        ValueError: for a number of entries outside 1 to MOST_ENTRIES.
        OSError: when the folder cannot be written.
    """
    days = entry_days()
    planned = plan(entries, seed, days)
    answers = folder / ANSWERS
    answers.mkdir(parents=True, exist_ok=True)
    spill = Path(tempfile.mkdtemp(prefix=".spill-", dir=folder))
    try:
        with duckdb.connect(config={"temp_directory": str(spill)}) as con:
            _limit(con, threads, memory_limit)
            create_tables(con, planned, days, Law(project_files("registry_seeds")))
            files = _write(con, planned, folder, answers, threads)
            rows = companions.count_of_rows(con, answers)
    finally:
        shutil.rmtree(spill)
    return Written(AS_OF, entries, seed, rows, tuple(sorted(files)), answers)


def _limit(con: duckdb.DuckDBPyConnection, threads: int, memory_limit: str) -> None:
    con.execute("set enable_progress_bar = false")
    con.execute(f"set threads = {threads}")
    con.execute(f"set memory_limit = '{memory_limit}'")
    con.execute("set preserve_insertion_order = true")
    # entries pass the small tables in the order in which they are numbered, and are never gathered to be looked up in
    con.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    for macro in (*macros_sql(), *draws.MACROS):
        # the loader's macros belong to one connection, these to all cursors
        con.execute(macro.replace("create or replace temp macro", "create or replace macro"))


def _write(con: duckdb.DuckDBPyConnection, planned: Plan, folder: Path, answers: Path, threads: int) -> list[Path]:
    """The large files month by month, as many at once as there are threads; then what is read from the answers."""
    jobs: list[tuple[Callable[..., None], Path, str]] = []
    for month in planned.months:
        jobs.append((_monthly, folder / f"ES-003_entries_{month}_run_{MONTHLY_RUN}.csv", month))
        jobs.append((_answers, answers / f"entries-{month}.parquet", month))
    jobs.append((_newer, folder / f"ES-003_entries_seen_again_{NEWER_RUN}.csv", ""))
    jobs.append((_sent_on, folder / f"ES-003_sent_on_by_broker_{MONTHLY_RUN}.csv", ""))

    def do(job: tuple[Callable[..., None], Path, str]) -> None:
        work, path, month = job
        with con.cursor() as cursor:
            work(cursor, planned, path, month)

    with ThreadPoolExecutor(max_workers=threads) as pool:
        list(pool.map(do, jobs))
    exports = [path for _, path, _ in jobs if path.parent == folder]
    return [*exports, *companions.write(con, planned, folder, answers)]


def _monthly(con: duckdb.DuckDBPyConnection, planned: Plan, path: Path, month: str) -> None:
    """The entries of a month as brokers export them, in order of their numbers."""
    ctes = [draws.entries(planned, f"entry_month = '{month}'"), draws.led("entries"), draws.lines(planned, "led")]
    _copy(con, [*ctes, draws.LINE_ENDS], draws.rows_as_text(), "", path)


def _newer(con: duckdb.DuckDBPyConnection, planned: Plan, path: Path, _: str) -> None:
    """A run of later: entries that CAPE has taken since, without their IEEPA rows, and a few that liquidated."""
    again = "seen_again as (select * from entries where is_in_newer_run)"
    ctes = [draws.entries(planned, "true"), again, draws.led("seen_again")]
    ctes.append(draws.lines(planned, "led", is_after="is_accepted"))
    order = "order by entry_number, line_number"
    _copy(con, [*ctes, draws.LINE_ENDS], draws.rows_as_text(is_newer=True), order, path)


def _sent_on(con: duckdb.DuckDBPyConnection, planned: Plan, path: Path, _: str) -> None:
    """Rows that stand in a monthly file already, sent once more by a broker."""
    chosen = "sent_on as (select * from entries where is_sent_on)"
    ctes = [draws.entries(planned, "true"), chosen, draws.led("sent_on"), draws.lines(planned, "led")]
    _copy(con, [*ctes, draws.LINE_ENDS], draws.rows_as_text(), "order by entry_number, line_number", path)


def _copy(con: duckdb.DuckDBPyConnection, ctes: Sequence[str], cell: str, order: str, path: Path) -> None:
    header = ",".join(ES003_HEADER)
    con.execute(f"""
        copy (with {",".join(ctes)} select {cell} as "{header}\r" from ended {order})
        to '{_quoted(path)}' {AS_IT_IS}
    """)


def _answers(con: duckdb.DuckDBPyConnection, planned: Plan, path: Path, month: str) -> None:
    ctes = [draws.entries(planned, f"entry_month = '{month}'"), draws.lines(planned, "entries"), draws.amounts()]
    con.execute(f"""
        copy (with {",".join(ctes)}, {draws.answers(planned)} order by fated.entry_number)
        to '{_quoted(path)}' (format parquet, compression zstd)
    """)


def _quoted(path: Path) -> str:
    return path.as_posix().replace("'", "''")
