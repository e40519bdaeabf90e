"""The stages of the product, each to be run and measured in a process of its own.

Belongs here: receiving, building, writing out and refreshing without Dagster, and what each part of them costs. Does
not belong here: `cape run` itself, which `scale.py` starts as a user would; what the costs are compared with.

`python -m tests.benchmarks.product STAGE EXPORTS WAREHOUSE DAY` prints one JSON object. Seconds of the processor count
all threads, and leave out the start of the interpreter and the imports, which are told apart.
"""

import functools
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from cape_pipeline.assets.load import load_folder, record_all
from cape_pipeline.assets.registry import publish_as_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.outputs import write_outputs
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import COMPUTED, build_order
from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from cape_pipeline.staleness import months_in_play, refuse_stale
from cape_pipeline.warehouse import publish as kernel
from cape_pipeline.warehouse.snapshot import write_snapshot
from tests.benchmarks.stages import peak_mb
from tests.support.pipeline import receive as begin

#: What the kernel calls to hold a table to its contract and its claims, and to find whether its content changed. The
#: names are those of `warehouse/publish.py`; a name that is gone ends the measurement.
CHECKS = ("shape_offences", "value_offences", "grain_offences", "broken_claim", "content_of")
#: With these it is known which months hold entries; a run builds the rest for those months.
FIRST = ("lines.entry_baselines",)
MOST_TABLES = 12


class Moved(Exception):
    """A function that is measured by its name is no longer there."""


@contextmanager
def checks_counted() -> Iterator[dict[str, float]]:
    """Seconds of the processor in each of CHECKS while the block runs; one called by another counts in that one.

    Raises:
        Moved: the kernel has no function of that name any more.
    """
    seconds: dict[str, float] = dict.fromkeys(CHECKS, 0.0)
    inside = False

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            nonlocal inside
            if inside:
                return function(*given, **named)
            inside, start = True, time.process_time()
            try:
                return function(*given, **named)
            finally:
                inside = False
                seconds[name] += time.process_time() - start

        return call

    before = {}
    for name in CHECKS:
        if not callable(getattr(kernel, name, None)):
            raise Moved(f"{kernel.__name__} has no {name}: name what checks a table now in {__name__}.CHECKS")
        before[name] = getattr(kernel, name)
    try:
        for name, function in before.items():
            setattr(kernel, name, counted(name, function))
        yield seconds
    finally:
        for name, function in before.items():
            setattr(kernel, name, function)


def reset_peak() -> None:
    """Let the peak of this process's memory begin anew; where Linux does not allow it, it goes on."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def receive_stage(exports: Path, settings: Settings, day: date) -> dict[str, Any]:
    """A new warehouse with the registry, the choices of a run, and every export, each checked and kept."""
    con = connect(settings)
    begin(con, None, day)
    archive = None if settings.discard_raw else settings.archive
    loaded = load_folder(con, exports, archive=archive, reject_share=settings.reject_share).loaded
    record_all(con)
    _close(con)
    return {"rows": sum(result.rows_loaded for result in loaded), "file_mb": settings.warehouse.stat().st_size / 1e6}


def tables_stage(_exports: Path, settings: Settings, _day: date) -> dict[str, Any]:
    """Every table that follows from the received ones; seconds and peak of memory by schema."""
    con = connect(settings)
    told = _tables(con)
    _close(con)
    return {**told, "file_mb": settings.warehouse.stat().st_size / 1e6}


def outputs_stage(_exports: Path, settings: Settings, _day: date) -> dict[str, Any]:
    """Every file that leaves the pipeline, then the analysts' snapshot."""
    con = connect(settings)
    refuse_stale(con)
    written = write_outputs(con, settings)
    files = [path for of_one in written for path in of_one.files]
    start = time.process_time()
    refuse_stale(con)
    size = write_snapshot(con, settings.snapshot)
    snapshot_seconds = time.process_time() - start
    con.close()
    return {
        "files": len(files),
        "out_mb": sum(path.stat().st_size for path in files) / 1e6,
        "snapshot_mb": size / 1e6,
        "snapshot_cpu": snapshot_seconds,
    }


def refresh_stage(exports: Path, settings: Settings, day: date) -> dict[str, Any]:
    """A warehouse that stands, brought to a day with what is new in the folder; no file is written."""
    con = connect(settings)
    publish_as_of(con, day)
    archive = None if settings.discard_raw else settings.archive
    new = load_folder(con, exports, archive=archive, reject_share=settings.reject_share).loaded
    if new:
        record_all(con)
    told = _tables(con)
    _close(con)
    return {**told, "new_files": len(new)}


def begin_stage(_exports: Path, settings: Settings, day: date) -> dict[str, Any]:
    """A new warehouse that holds only the registry, the day and the choices of a run."""
    con = connect(settings)
    begin(con, None, day)
    _close(con)
    return {}


def load_stage(exports: Path, settings: Settings, _day: date) -> dict[str, Any]:
    """One more folder of exports loaded, not yet checked as a whole and not kept."""
    con = connect(settings)
    loaded = load_folder(con, exports, archive=None, reject_share=settings.reject_share).loaded
    _close(con)
    return {"rows": sum(result.rows_loaded for result in loaded)}


def record_stage(_exports: Path, settings: Settings, _day: date) -> dict[str, Any]:
    """All received tables checked, and what they hold recorded."""
    con = connect(settings)
    record_all(con)
    _close(con)
    return {}


def tables_by_month_stage(_exports: Path, settings: Settings, _day: date) -> dict[str, Any]:
    """Every table that follows, one month after the other where a table is built by month."""
    con = connect(settings)
    told = _tables(con, months_at_once=1)
    ((entries,),) = con.execute("select count(*) from entries.eligibility").fetchall()
    _close(con)
    return {**told, "entries": entries}


STAGES: dict[str, Callable[[Path, Settings, date], dict[str, Any]]] = {
    "receive": receive_stage,
    "tables": tables_stage,
    "outputs": outputs_stage,
    "refresh": refresh_stage,
    "begin": begin_stage,
    "load": load_stage,
    "record": record_stage,
    "tables_by_month": tables_by_month_stage,
}


def _tables(con: duckdb.DuckDBPyConnection, months_at_once: int = len(MONTHS)) -> dict[str, Any]:
    """Build as a run does: first what tells the months that hold entries, then the rest for the months between."""
    meter = _Meter(con)
    first = build_order(FIRST)
    meter.build(first, [MONTHS])
    found = [month for month in MONTHS if month in set(months_in_play(con))] or [MONTHS[0]]
    months = MONTHS[MONTHS.index(found[0]) : MONTHS.index(found[-1]) + 1]
    groups = [months[place : place + months_at_once] for place in range(0, len(months), months_at_once)]
    meter.build([table for table in build_order() if table not in set(first)], groups)
    dear = sorted(meter.by_table, key=meter.by_table.__getitem__, reverse=True)[:MOST_TABLES]
    return {
        "schema_cpu": dict(meter.seconds),
        "schema_peak_mb": dict(meter.peaks),
        "peak_mb": max(meter.peaks.values()),
        "tables_built": meter.built,
        "dearest": {table: round(meter.by_table[table], 2) for table in dear},
    }


@dataclass(slots=True)
class _Meter:
    """Builds tables and keeps what they cost: seconds by table and schema, peaks by schema, how many were built."""

    con: duckdb.DuckDBPyConnection
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    peaks: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_table: dict[str, float] = field(default_factory=dict)
    built: int = 0

    def build(self, tables: Sequence[str], groups: Sequence[tuple[str, ...]]) -> None:
        """Each table for one group of months after the other; a table without months once."""
        for table in tables:
            reset_peak()
            start = time.process_time()
            self.built += self._publish(table, groups)
            self.by_table[table] = time.process_time() - start
            schema = table.partition(".")[0]
            self.seconds[schema] += self.by_table[table]
            self.peaks[schema] = max(self.peaks[schema], peak_mb())

    def _publish(self, table: str, groups: Sequence[tuple[str, ...]]) -> bool:
        if table in COMPUTED:
            return bool(COMPUTED[table](self.con).months_built)
        contract = CONTRACTS[table]
        wanted = groups if contract.is_built_by_month() else groups[:1]
        built = [bool(kernel.publish(self.con, contract, CONTRACTS, months).months_built) for months in wanted]
        return any(built)


def _close(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("checkpoint")
    con.close()


def main() -> None:
    stage, exports, warehouse, day = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), date.fromisoformat(sys.argv[4])
    given = Settings.from_environment()
    settings = Settings(
        warehouse=warehouse,
        exports=exports,
        out=warehouse.with_name("out"),
        memory_limit=given.memory_limit,
        threads=given.threads,
        discard_raw=given.discard_raw,
    )
    imported = time.process_time()
    with checks_counted() as checks:
        told = STAGES[stage](exports, settings, day)
    told |= {"work_cpu": time.process_time() - imported, "import_cpu": imported, "checks_cpu": checks}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
