"""What the intake of an ES-003 costs beside the bare libraries, in one run.

Belongs here: the command, the order of the stages and the report. Does not belong here: the stages themselves
(`stages.py`), and any pass or fail: a machine under load must not break a build, so the command always ends with 0.

`python -m tests.benchmarks.intake` compares; with `--memory` it loads a CSV of 2 GB and a workbook of 500,000 rows and
tells the peak of memory. What counts is the ratio of cpu seconds, ours to bare, of stages that ran one after the other;
load average and a loop that never changes stand beside it, because the machine itself may be busy.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.stages import Measured

GOAL_RATIO = 2.5
GOAL_PEAK_MB = 3 * 2**30 / 1e6
MEMORY_CSV_ROWS = 12_200_000
MEMORY_XLSX_ROWS = 500_000
NAMES = {
    "bare_csv": "bare DuckDB read_csv, typed",
    "our_csv": "CAPE Pipeline, CSV",
    "bare_xlsx": "bare fastexcel, text",
    "our_xlsx": "CAPE Pipeline, XLSX",
}


def write_file(path: Path, rows: int) -> None:
    """Write the export in another process, so that this one stays small."""
    subprocess.run([sys.executable, "-m", "tests.benchmarks.exports", path, str(rows)], check=True)


def run_stage(stage: str, path: Path, scratch: Path) -> Measured:
    """One stage in a process and a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix=stage, dir=scratch))
    try:
        command = [sys.executable, "-m", "tests.benchmarks.stages", stage, path, folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return Measured(**json.loads(done.stdout.splitlines()[-1]))
    finally:
        shutil.rmtree(folder)


def calibrate() -> float:
    """Seconds for two million additions: what the machine gives at this moment."""
    start = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number
    return time.process_time() - start


def table(measured: dict[str, list[Measured]]) -> list[str]:
    """Markdown: the median of each figure over the repeats, the highest peak."""
    lines = ["| | rows | rows per second | cpu s | wall s | peak MB |", "|---|---:|---:|---:|---:|---:|"]
    for stage, runs in measured.items():
        wall = median(run.wall_seconds for run in runs)
        cpu = median(run.cpu_seconds for run in runs)
        peak = max(run.peak_mb for run in runs)
        speed = runs[0].rows / wall
        lines.append(f"| {NAMES[stage]} | {runs[0].rows:,} | {speed:,.0f} | {cpu:.2f} | {wall:.2f} | {peak:,.0f} |")
    return lines


def ratio(measured: dict[str, list[Measured]], kind: str) -> tuple[float, list[float]]:
    """Cpu seconds of ours to bare: the median over the rounds, and that of each round."""
    pairs = zip(measured[f"our_{kind}"], measured[f"bare_{kind}"], strict=True)
    rounds = [ours.cpu_seconds / bare.cpu_seconds for ours, bare in pairs]
    return median(rounds), rounds


def told(kind: str, found: tuple[float, list[float]], goal: float | None) -> str:
    """The sentence about one ratio."""
    middle, rounds = found
    verdict = "" if goal is None else f"; goal at most {goal}: {'met' if middle <= goal else 'not met'}"
    each = ", ".join(f"{one:.2f}" for one in rounds)
    return f"- {kind.upper()}: ours / bare = {middle:.2f} cpu seconds ({each}){verdict}"


def compare(scratch: Path, rows: int, xlsx_rows: int, repeat: int) -> list[str]:
    """Every stage once a round, one after the other, in as many rounds as asked for."""
    paths = {"csv": scratch / "ES-003_2026-07-01.csv", "xlsx": scratch / "ES-003_2026-07-01.xlsx"}
    write_file(paths["csv"], rows)
    write_file(paths["xlsx"], xlsx_rows)
    measured: dict[str, list[Measured]] = {stage: [] for stage in NAMES}
    loads, loops = [], []
    for _ in range(repeat):
        for stage, runs in measured.items():
            loads.append(os.getloadavg()[0])
            loops.append(calibrate())
            runs.append(run_stage(stage, paths[stage.rpartition("_")[2]], scratch))
    return [
        "## Intake of one ES-003",
        "",
        *table(measured),
        "",
        told("csv", ratio(measured, "csv"), GOAL_RATIO),
        told("xlsx", ratio(measured, "xlsx"), None),
        f"- {repeat} rounds, medians; CSV of {paths['csv'].stat().st_size / 1e6:,.0f} MB,"
        f" XLSX of {paths['xlsx'].stat().st_size / 1e6:,.0f} MB",
        f"- load average {min(loads):.2f} to {max(loads):.2f} on {os.cpu_count()} cores; two million additions took"
        f" {min(loops):.3f} to {max(loops):.3f} s (median {median(loops):.3f})",
    ]


def peaks(scratch: Path, csv_rows: int, xlsx_rows: int) -> list[str]:
    """The intake of a very large file of each kind, one after the other, each deleted afterwards."""
    lines = ["## Peak of memory", "", "| | file MB | rows | rows per second | peak MB | goal |"]
    lines.append("|---|---:|---:|---:|---:|---|")
    for kind, rows in (("csv", csv_rows), ("xlsx", xlsx_rows)):
        path = scratch / f"ES-003_2026-07-01.{kind}"
        write_file(path, rows)
        run = run_stage(f"our_{kind}", path, scratch)
        size = path.stat().st_size / 1e6
        path.unlink()
        verdict = f"at most {GOAL_PEAK_MB:,.0f}: {'met' if run.peak_mb <= GOAL_PEAK_MB else 'not met'}"
        speed = run.rows / run.wall_seconds
        lines.append(f"| {kind.upper()} | {size:,.0f} | {run.rows:,} | {speed:,.0f} | {run.peak_mb:,.0f} | {verdict} |")
    return lines


def main() -> None:
    """Measure, print, and write the same to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.intake", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="tariff rows of the CSV")
    parser.add_argument("--xlsx-rows", type=int, default=100_000, help="tariff rows of the workbook")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--memory", action="store_true", help="load a 2 GB CSV and a 500,000-row XLSX instead")
    parser.add_argument("--scratch", type=Path, help="folder for the files, deleted afterwards; --memory takes 8 GB")
    parser.add_argument("--results", type=Path, help="write the tables to this Markdown file as well")
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="cape_benchmark_", dir=asked.scratch) as folder:
            if asked.memory:
                lines = peaks(Path(folder), MEMORY_CSV_ROWS, MEMORY_XLSX_ROWS)
            else:
                lines = compare(Path(folder), asked.rows, asked.xlsx_rows, asked.repeat)
    except subprocess.CalledProcessError as failed:
        lines = [f"no figures: `{' '.join(map(str, failed.cmd[2:4]))}` ended with an error"]
    text = "\n".join(lines) + "\n"
    sys.stdout.write(text)
    if asked.results:
        asked.results.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
