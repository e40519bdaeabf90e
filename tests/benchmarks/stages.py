"""One stage of a benchmark in a process of its own, so that its peak of memory is its own.

Belongs here: what is done in each stage and how it is measured. Does not belong here: which stages are compared
(`intake.py`), and the files they read (`exports.py`).

`python -m tests.benchmarks.stages STAGE FILE FOLDER` prints one JSON object. What is measured starts when the libraries
are imported and the database is open, and ends after the checkpoint.
"""

import csv
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import fastexcel

from cape_pipeline.settings import Settings

SETTINGS = Settings()
DAYS = ("Entry Date", "Entry Summary Date", "Initial Entry Summary Create Date", "Liquidation Date")
AMOUNTS = ("Line Tariff Goods Value Amount", "Line Tariff Duty Amount")
WHOLES = ("Entry Summary Line Number", "Tariff Ordinal Number")


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage: rows it read, seconds of all its threads, seconds on the wall, its peak of memory in MB."""

    rows: int
    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def bare_csv(path: Path, folder: Path) -> Callable[[], int]:
    """DuckDB alone: every cell as text, the typed columns cast, one table, no check of anything."""
    con = duckdb.connect(folder / "bare.duckdb")
    con.execute("set enable_progress_bar = false")
    con.execute(f"set threads = {SETTINGS.threads}")
    con.execute(f"set memory_limit = '{SETTINGS.memory_limit}'")
    con.execute("set preserve_insertion_order = false")
    with path.open(encoding="utf-8", newline="") as file:
        columns = ", ".join(f'{_typed(header)} as "{header}"' for header in next(csv.reader(file)))

    def read() -> int:
        con.execute(
            f"create table lines as select {columns} from read_csv('{path}', all_varchar = true, header = true)"
        )
        con.execute("checkpoint")
        return con.execute("select count(*) from lines").fetchall()[0][0]

    return read


def _typed(header: str) -> str:
    cell = f'"{header}"'
    if header in DAYS:
        return f"cast(strptime({cell}, '%m/%d/%Y') as date)"
    if header in AMOUNTS:
        return f"cast(replace(replace({cell}, '$', ''), ',', '') as decimal(18, 2))"
    return f"cast({cell} as integer)" if header in WHOLES else cell


def bare_xlsx(path: Path, _folder: Path) -> Callable[[], int]:
    """The workbook reader alone: the first sheet as columns of text, and nothing done with them."""

    def read() -> int:
        sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
        return sheet.to_arrow().num_rows - 1

    return read


def our_intake(path: Path, folder: Path) -> Callable[[], int]:
    """The product on a folder that holds the one file: recognise, keep, type, check, store, into a new warehouse."""
    # here and not above, so that the bare stages hold nothing of it in their memory
    from cape_pipeline.assets.load import load_folder
    from cape_pipeline.resources import connect

    exports = folder / "exports"
    exports.mkdir()
    # a second name and no copy: gigabytes need not be written twice
    os.link(path, exports / path.name)
    installed = Settings(warehouse=folder / "warehouse" / "cape.duckdb", exports=exports)
    con = connect(installed)

    def load() -> int:
        outcome = load_folder(con, exports, archive=installed.archive)
        con.execute("checkpoint")
        (result,) = outcome.loaded
        if result.rows_quarantined:
            raise RuntimeError(f"{result.rows_quarantined} rows were set aside, so the figure would mean nothing")
        return result.rows_loaded

    return load


STAGES = {"bare_csv": bare_csv, "our_csv": our_intake, "bare_xlsx": bare_xlsx, "our_xlsx": our_intake}


def peak_mb() -> float:
    """The most memory this process has held.

    Linux counts what the parent held before the program started into `ru_maxrss`, but not into VmHWM.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def measure(work: Callable[[], int]) -> Measured:
    """Do the work once."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = work()
    return Measured(rows, time.process_time() - cpu, time.perf_counter() - wall, peak_mb())


def main() -> None:
    stage, path, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    measured = measure(STAGES[stage](path, folder))
    sys.stdout.write(json.dumps({name: getattr(measured, name) for name in measured.__slots__}) + "\n")


if __name__ == "__main__":
    main()
