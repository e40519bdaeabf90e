"""The whole country on a small machine: one slice of the exports at a time is written, loaded and deleted.

Belongs here: cutting a sample into slices of months, and the order of the steps. Does not belong here: what a step does
(`product.py`), measuring (`measuring.py`).

The slices together are byte for byte the files that `cape sample` writes at once for the same number of entries, so the
tables are the same too. Only the answers of all slices are kept, because the reports on claims and refunds, which are
the last slice, are made from them.

`python -m tests.benchmarks.nation EXPORTS ANSWERS ENTRIES SLICES NUMBER` writes one slice; the one after the last month
holds the reports beside ES-003.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import Cost, cost_of, size_of

ENTRIES = 53_173_939
SEED = 1
MONTHS = 13
#: The valuation day of every sample: to import it would bring in libraries that belong to the measured processes alone.
AS_OF = "2026-07-20"
PRODUCT = "tests.benchmarks.product"


def write_slice(exports: Path, answers: Path, entries: int, slices: int, number: int) -> None:
    """Write the monthly files of one slice, and their answers; for `number == slices` all that is not monthly."""
    import duckdb

    from cape_pipeline.sample import companions, generator
    from cape_pipeline.sample.law import Law
    from cape_pipeline.sample.plan import plan
    from cape_pipeline.sample.tables import create_tables
    from cape_pipeline.sample.timetable import MONTHLY_RUN, NEWER_RUN, entry_days
    from cape_pipeline.settings import Settings, project_files

    settings = Settings.from_environment()
    days = entry_days()
    planned = plan(entries, SEED, days)
    exports.mkdir(parents=True, exist_ok=True)
    answers.mkdir(parents=True, exist_ok=True)
    spill = Path(tempfile.mkdtemp(suffix=".spill", dir=answers.parent))
    try:
        with duckdb.connect(config={"temp_directory": str(spill)}) as con:
            generator._limit(con, settings.threads, settings.memory_limit)
            create_tables(con, planned, days, Law(project_files("registry_seeds")))
            for month in months_of(planned.months, slices, number):
                generator._monthly(con, planned, exports / f"ES-003_entries_{month}_run_{MONTHLY_RUN}.csv", month)
                generator._answers(con, planned, answers / f"entries-{month}.parquet", month)
            if number == slices:
                generator._newer(con, planned, exports / f"ES-003_entries_seen_again_{NEWER_RUN}.csv", "")
                generator._sent_on(con, planned, exports / f"ES-003_sent_on_by_broker_{MONTHLY_RUN}.csv", "")
                companions.write(con, planned, exports, answers)
    finally:
        shutil.rmtree(spill)


def months_of(months: tuple[str, ...], slices: int, number: int) -> tuple[str, ...]:
    """The months of a slice: as many for each as for any other, or one less."""
    bounds = [len(months) * place // slices for place in range(slices + 1)]
    return months[bounds[number] : bounds[number + 1]] if number < slices else ()


def run(
    folder: Path, entries: int, slices: int, say: Callable[[str], None], *, is_kept: bool = False
) -> dict[str, Any]:
    """All of it; the warehouse is deleted at the end unless it is to be looked at. Returns the figures."""
    slices = min(slices or MONTHS, MONTHS)
    exports, answers, warehouse = folder / "exports", folder / "answers", folder / "warehouse" / "cape.duckdb"
    costs: dict[str, list[Cost]] = {"sample": [], "receive": [], "tables": [], "outputs": []}

    def step(kind: str, module: str, *words: object) -> Cost:
        cost = cost_of(module, *words, disk=folder, environment={"CAPE_DISCARD_RAW": "true"})
        costs[kind].append(cost)
        say(
            f"  {kind:8s} {words[0] if module == PRODUCT else words[-1]!s:16s} cpu {cost.cpu:8.1f} s"
            f"  wall {cost.wall:8.1f} s  peak {cost.peak_mb:7,.0f} MB  disk {cost.disk_mb:8,.0f} MB"
        )
        return cost

    started, writing, rows = time.perf_counter(), 0.0, 0
    exports.mkdir(parents=True)
    step("receive", PRODUCT, "begin", exports, warehouse, AS_OF)
    for number in range(slices + 1):
        writing += step("sample", __name__, exports, answers, entries, slices, number).wall
        rows += int(step("receive", PRODUCT, "load", exports, warehouse, AS_OF).told["rows"])
        shutil.rmtree(exports)
    exports.mkdir()
    step("receive", PRODUCT, "record", exports, warehouse, AS_OF)
    tables = step("tables", PRODUCT, "tables_by_month", exports, warehouse, AS_OF)
    step("outputs", PRODUCT, "outputs", exports, warehouse, AS_OF)
    found = {
        "entries": entries,
        "slices": slices,
        "rows": rows,
        "entries_built": tables.told["entries"],
        "wall": time.perf_counter() - started - writing,
        "peak_mb": max(cost.peak_mb for kind in ("receive", "tables", "outputs") for cost in costs[kind]),
        "disk_mb": max(cost.disk_mb for of_kind in costs.values() for cost in of_kind),
        "warehouse_mb": warehouse.stat().st_size / 1e6,
        "all_mb": size_of(folder) / 1e6,
        "began": [{"load": cost.load, "loop": cost.loop} for of_kind in costs.values() for cost in of_kind],
        **{f"{kind}_cpu": sum(cost.cpu for cost in of_kind) for kind, of_kind in costs.items()},
    }
    if not is_kept:
        shutil.rmtree(warehouse.parent)
    return found


if __name__ == "__main__":
    write_slice(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6]))
