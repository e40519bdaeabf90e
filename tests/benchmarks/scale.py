"""What the pipeline costs beside the floor, by size: `python -m tests.benchmarks.scale [--entries N …] [--write]`.

Belongs here: the command, the order in which things are measured, and keeping the figures. Does not belong here: how a
process is measured (`measuring.py`), what a stage does (`product.py`), how figures are shown (`results.py`).

One round measures, one after the other and each in processes of its own: the floor, `cape run` on new exports, the
floor again, the stages without Dagster, pandas at the smallest size, and the refreshes of what `cape run` made. Figures
are medians over the rounds, and what counts is their ratio to the floor: the machine may be busy, so load and a loop
that never changes stand beside.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cape_pipeline.settings import Settings, today_eastern
from tests.benchmarks import results
from tests.benchmarks.measuring import Cost, Failed, cost_of

SIZES = (100_000, 1_000_000, 5_000_000)
PANDAS_SIZE = 100_000
PARTS = ("floor", "run", "refresh", "stages", "pandas")
SEED = 1
FIGURES = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("RESULTS.md")
MONTH = "2025-07"
Figures = dict[str, Any]


@contextmanager
def scratch(parent: Path | None, *, is_kept: bool = False) -> Iterator[Path]:
    """A folder that is deleted afterwards, unless it is to be looked at."""
    folder = Path(tempfile.mkdtemp(prefix="cape_scale_", dir=parent))
    try:
        yield folder
    finally:
        if is_kept:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def seen(cost: Cost) -> Figures:
    """A cost as it is kept."""
    return {
        "cpu": cost.told.get("work_cpu", cost.cpu),
        "process_cpu": cost.cpu,
        "wall": cost.wall,
        "peak_mb": cost.peak_mb,
        "spill_mb": cost.spill_mb,
        "disk_mb": cost.disk_mb,
        "load": cost.load,
        "loop": cost.loop,
        "told": dict(cost.told),
    }


def measured(name: str, module: str, *words: object, disk: Path) -> Figures:
    """Run, measure, and say so on the way."""
    found = seen(cost_of(module, *words, disk=disk))
    say(
        f"  {name:24s} cpu {found['cpu']:8.1f} s  wall {found['wall']:8.1f} s  peak {found['peak_mb']:7,.0f} MB"
        f"  load {found['load']:.1f}  loop {found['loop']:.3f}"
    )
    return found


def make_sample(folder: Path, entries: int) -> Figures:
    folder.mkdir(parents=True)
    return measured("sample", "cape_pipeline.cli", "sample", folder, "--entries", entries, "--seed", SEED, disk=folder)


def as_of_day(exports: Path) -> date:
    """The valuation day of a sample, from its answers."""
    told = json.loads((exports / "answers" / "totals.json").read_text(encoding="utf-8"))
    return date.fromisoformat(told["as_of"])


def entries_of(exports: Path) -> int:
    return int(json.loads((exports / "answers" / "totals.json").read_text(encoding="utf-8"))["entries"])


def linked(exports: Path, folder: Path) -> Path:
    """The exports under other names for the same bytes, so that files can be added without touching the sample."""
    folder.mkdir(parents=True)
    for path in sorted(exports.glob("*.csv")):
        try:
            os.link(path, folder / path.name)
        except OSError:  # another disk
            shutil.copyfile(path, folder / path.name)
    return folder


def one_round(exports: Path, folder: Path, parts: frozenset[str], found: Figures) -> None:
    """Everything once, in the order of the charter; what was measured is in `found` even where a later part fails."""
    day = as_of_day(exports)
    if "floor" in parts:
        found["floors"] = [floor_once(exports, folder)]
    if "run" in parts:
        run_once(exports, folder / "run", day, found)
    if "floor" in parts:
        found["floors"].append(floor_once(exports, folder))
    if "stages" in parts:
        stages(exports, folder / "stages", day, found)
    if "pandas" in parts and entries_of(exports) <= PANDAS_SIZE:
        found["pandas"] = pandas_once(exports, folder)
    if {"run", "refresh"} <= parts:
        refresh(folder / "run", day, found)
    shutil.rmtree(folder)


def floor_once(exports: Path, folder: Path) -> Figures:
    database = folder / "floor" / "floor.duckdb"
    database.parent.mkdir(parents=True)
    found = measured("floor", "tests.benchmarks.floor", exports, database, disk=database.parent)
    shutil.rmtree(database.parent)
    return found


def cape(name: str, folder: Path, *more: object) -> Figures:
    """`cape run` as a user starts it, on the exports, warehouse and files of one folder."""
    words = ("run", "--exports", folder / "exports", "--warehouse", folder / "warehouse" / "cape.duckdb")
    return measured(name, "cape_pipeline.cli", *words, "--out", folder / "out", *more, disk=folder)


def run_once(sample: Path, folder: Path, day: date, found: Figures) -> None:
    """`cape run` from exports on disk to everything, on a new warehouse."""
    linked(sample, folder / "exports")
    found["run"] = cape("cape run", folder, "--as-of", day)
    found["run"]["warehouse_mb"] = (folder / "warehouse" / "cape.duckdb").stat().st_size / 1e6
    found["run"]["out_mb"] = size_mb(folder / "out")


def refresh(folder: Path, day: date, found: Figures) -> None:
    """What the same day, the next day, a day's new rows and a month exported again cost on what then stands."""
    next_day = day + timedelta(days=1)
    found["same_day"] = cape("nothing new", folder, "--as-of", day)
    found["next_day"] = cape("as-of one day later", folder, "--as-of", next_day)
    cost_of("tests.benchmarks.changes", "day", folder / "exports", disk=folder)
    found["new_file"] = cape("one day's new rows", folder, "--as-of", next_day)
    cost_of("tests.benchmarks.changes", "month", folder / "exports", disk=folder)
    found["month_load"] = cape("load a month again", folder, "--only", "ace")
    found["month_build"] = cape("one month", folder, "--from", MONTH, "--to", MONTH)


def size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def stages(exports: Path, folder: Path, day: date, found: Figures) -> None:
    """The same without Dagster, each stage in a process of its own, and the tables again where little is new."""
    warehouse = folder / "cape.duckdb"
    own = linked(exports, folder / "exports")

    def stage(name: str, words: str, on: date) -> Figures:
        return measured(name, "tests.benchmarks.product", words, own, warehouse, on, disk=folder)

    for name in ("receive", "tables", "outputs"):
        found[name] = stage(name, name, day)
    found["tables_same_day"] = stage("tables, nothing new", "refresh", day)
    found["tables_next_day"] = stage("tables, one day later", "refresh", day + timedelta(days=1))
    shutil.rmtree(folder)


def pandas_once(exports: Path, folder: Path) -> Figures:
    out = folder / "pandas"
    out.mkdir(parents=True)
    found = measured("pandas", "tests.benchmarks.pandas_version", exports, out, as_of_day(exports), disk=out)
    shutil.rmtree(out)
    return found


def at_size(exports: Path, folder: Path, parts: frozenset[str], repeat: int) -> Figures:
    """Every round of one size."""
    rounds: list[Figures] = []
    for number in range(repeat):
        say(f"round {number + 1} of {repeat}, {entries_of(exports):,} entries")
        rounds.append({})
        try:
            one_round(exports, folder / f"round_{number}", parts, rounds[-1])
        except Failed as failed:
            say(f"what follows in this round was not measured: {failed}")
    exports_mb = sum(path.stat().st_size for path in exports.glob("*.csv")) / 1e6
    return {"entries": entries_of(exports), "exports_mb": exports_mb, "rounds": rounds, **conditions()}


def conditions() -> Figures:
    """The day, the machine and the versions: no name of a host, no path."""
    settings = Settings.from_environment()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    names = ("cape-pipeline", "duckdb", "dagster", "polars", "pandera", "pandas")
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a checkout that is not installed has no version of its own
    return {
        "measured_on": today_eastern().isoformat(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": versions,
        "threads": settings.threads,
        "memory_limit": settings.memory_limit,
    }


def keep(found: Mapping[str, Figures]) -> None:
    """Put the figures of these sizes in place of the ones before, and write the page anew."""
    before = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    text = json.dumps({**before, **found}, indent=1, sort_keys=True) + "\n"
    FIGURES.write_text(text, encoding="utf-8")
    PAGE.write_text(results.page(json.loads(text)), encoding="utf-8")


def arguments() -> argparse.Namespace:
    about = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=about)
    parser.add_argument("--entries", type=int, nargs="+", default=list(SIZES), help="sizes of the samples")
    parser.add_argument("--exports", type=Path, nargs="+", help="folders made by `cape sample`, in place of --entries")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="only these parts")
    parser.add_argument("--scratch", type=Path, help="folder for everything that is written")
    parser.add_argument("--keep", action="store_true", help="do not delete the samples made")
    parser.add_argument("--write", action="store_true", help="keep the figures, and write RESULTS.md anew")
    parser.add_argument("--nation", type=int, nargs="?", const=0, help="all entries there are, or so many")
    parser.add_argument("--slices", type=int, default=0, help="of the nation; by default a month each")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    found: dict[str, Figures] = {}
    try:
        with scratch(asked.scratch, is_kept=asked.keep) as folder:
            if asked.nation is not None:
                from tests.benchmarks import nation

                told = nation.run(folder, asked.nation or nation.ENTRIES, asked.slices, say, is_kept=asked.keep)
                found[f"nation_{told['entries']}"] = {**told, **conditions()}
            else:
                for number, exports in enumerate(asked.exports or asked.entries):
                    place = folder / f"size_{number}"
                    if not isinstance(exports, Path):
                        make_sample(place / "sample", exports)
                        exports = place / "sample"
                    of_size = at_size(exports, place, frozenset(asked.only), asked.repeat)
                    found[str(of_size["entries"])] = of_size
    except Failed as failed:
        say(f"no figures: {failed}")
        sys.exit(1)
    if asked.write:
        keep(found)
    sys.stdout.write(results.page(found))


if __name__ == "__main__":
    main()
