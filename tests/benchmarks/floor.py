"""The floor: the least that any pipeline on this engine must do with the exports, so that costs can be told as a ratio.

Belongs here: every file read as text, days and money typed, one table a report, checkpointed. Does not belong here: any
check, the product (only its engine settings are used), and what is compared with the floor.

All files of one header are one report, read by one CREATE TABLE AS; days go through `strptime`, money through two
`replace` and a cast, and what cannot be read is left empty. The definition stands still, so that ratios of different
days can be compared.
"""

import csv
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import duckdb

from cape_pipeline.settings import Settings

AMOUNTS = ("Amount", "Total Refund Amount", "prior_refund_usd")
WHOLES = ("Entry Summary Line Number", "Tariff Ordinal Number")


def reports(exports: Path) -> dict[tuple[str, ...], list[Path]]:
    """The CSV files of a folder by their header: each key is one report."""
    found: dict[tuple[str, ...], list[Path]] = {}
    for path in sorted(exports.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found.setdefault(tuple(next(csv.reader(file))), []).append(path)
    return found


def typed(header: str) -> str:
    """The expression of one column."""
    cell = f'"{header}"'
    if header.endswith(" Date"):
        return f"cast(try_strptime({cell}, '%m/%d/%Y') as date) as {cell}"
    if header.endswith("_date") or header in ("Date", "recorded_on"):
        return f"cast(try_strptime({cell}, '%Y-%m-%d') as date) as {cell}"
    if header in AMOUNTS or header.endswith(" Amount"):
        return f"try_cast(replace(replace({cell}, '$', ''), ',', '') as decimal(18, 2)) as {cell}"
    return f"try_cast({cell} as integer) as {cell}" if header in WHOLES else cell


def load(exports: Path, database: Path, settings: Settings) -> int:
    """Make one table a report in a new database, with the product's engine settings; returns the rows."""
    con = duckdb.connect(str(database))
    con.execute("set enable_progress_bar = false")
    con.execute("set threads = ?", [settings.threads])
    con.execute("set memory_limit = ?", [settings.memory_limit])
    con.execute("set temp_directory = ?", [str(database.with_suffix(".spill"))])
    rows = 0
    for number, (headers, paths) in enumerate(reports(exports).items()):
        columns = ", ".join(typed(header) for header in headers)
        con.execute(
            f"create table report_{number} as select {columns}"
            f" from read_csv({_listed(paths)}, all_varchar = true, header = true)"
        )
        ((count,),) = con.execute(f"select count(*) from report_{number}").fetchall()
        rows += count
    con.execute("checkpoint")
    con.close()
    return rows


def _listed(paths: Iterable[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"


def main() -> None:
    exports, database = Path(sys.argv[1]), Path(sys.argv[2])
    database.unlink(missing_ok=True)
    imported = time.process_time()
    rows = load(exports, database, Settings.from_environment())
    told = {"rows": rows, "work_cpu": time.process_time() - imported, "file_mb": database.stat().st_size / 1e6}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
