"""How fast samples are written, and in how much memory: `python -m tests.benchmarks.sample [--entries N …]`.

Belongs here: what `cape sample` costs by size. Does not belong here: what the pipeline makes of a sample.

Every size is written in a process of its own, so that its peak of memory is its own. Seconds of the processor are what
is compared: on a busy machine the wall tells of the others.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (100_000, 1_000_000)
SEED = 1
HEAD = ("entries", "rows", "cpu s", "wall s", "rows/cpu s", "rows/s", "peak MB", "exports MB", "answers MB")


def measured(entries: int, folder: Path) -> dict[str, float]:
    """Write one sample in this process and say what it took."""
    from cape_pipeline.sample import write_sample
    from tests.benchmarks.stages import peak_mb

    wall, cpu = time.perf_counter(), time.process_time()
    written = write_sample(folder, entries, SEED)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "entries": entries,
        "rows": written.es003_rows,
        "cpu s": cpu,
        "wall s": wall,
        "rows/cpu s": written.es003_rows / cpu,
        "rows/s": written.es003_rows / wall,
        "peak MB": peak_mb(),
        "exports MB": sum(path.stat().st_size for path in written.files) / 1e6,
        "answers MB": sum(path.stat().st_size for path in written.answers.iterdir()) / 1e6,
    }


def in_a_process(entries: int) -> dict[str, float]:
    """The same in a fresh process, into a folder that is deleted again."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.sample", "--one", str(entries), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast samples are written")
    parser.add_argument("--entries", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--one", nargs=2, metavar=("ENTRIES", "FOLDER"), help="write one sample here and print JSON")
    asked = parser.parse_args()
    if asked.one:
        sys.stdout.write(json.dumps(measured(int(asked.one[0]), Path(asked.one[1]))) + "\n")
        return
    sys.stdout.write(f"| {' | '.join(HEAD)} |\n|{'---:|' * len(HEAD)}\n")
    for entries in asked.entries:
        found = in_a_process(entries)
        cells = (
            f"{found[name]:,.1f}" if name.endswith(" s") and "rows" not in name else f"{found[name]:,.0f}"
            for name in HEAD
        )
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
