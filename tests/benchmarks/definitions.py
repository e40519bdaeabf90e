"""What it costs to load the definitions, beside the libraries alone that they cannot do without.

Belongs here: `import cape_pipeline.definitions` against `import dagster, pandera.polars`, in processes of their own
that take turns. Does not belong here: what a run costs.

`python -m tests.benchmarks.definitions [TIMES]` prints the median of each in seconds of CPU and their ratio, and ends
with 1 where it is above 1.5.
"""

import os
import statistics
import subprocess
import sys
import tempfile

BARE = "import dagster, pandera.polars"
OURS = "import cape_pipeline.definitions"
MOST = 1.5
TIMES = 7


def cpu_seconds(program: str, cache: str) -> float:
    """Seconds of CPU that a fresh interpreter takes for the program; compiled modules are kept in `cache`."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", f"import time; {program}; print(time.process_time())"],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, "PYTHONPYCACHEPREFIX": cache, "DAGSTER_DISABLE_TELEMETRY": "yes"},
    )
    return float(done.stdout.splitlines()[-1])


def main(times: int) -> int:
    """Measure both, one after the other, as often as asked."""
    measured: dict[str, list[float]] = {BARE: [], OURS: []}
    with tempfile.TemporaryDirectory() as cache:
        for program in measured:  # the first time compiles
            cpu_seconds(program, cache)
        for _ in range(times):
            for program, seconds in measured.items():
                seconds.append(cpu_seconds(program, cache))
    bare, ours = (statistics.median(seconds) for seconds in measured.values())
    print(f"{BARE}: {bare:.2f} s    {OURS}: {ours:.2f} s    ratio {ours / bare:.2f} (at most {MOST})")  # noqa: T201
    return int(ours / bare > MOST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES))
