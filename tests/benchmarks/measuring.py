"""What a process of its own costs: processor, wall, memory and disk; and what the machine gives at that moment.

Belongs here: starting a process and measuring it from outside. Does not belong here: what is measured.

The measuring process imports nothing large: Linux counts what a parent held into the peak of its child.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOOK_SECONDS = 0.2
LAST_WORDS = 3_000


@dataclass(frozen=True, slots=True)
class Cost:
    """One process: seconds of the processor with all its threads and children, wall, peaks of memory and disk in MB.

    `told` is the JSON object it printed last; `load` and `loop` say how busy the machine was when it began.
    """

    cpu: float
    wall: float
    peak_mb: float
    spill_mb: float
    disk_mb: float
    load: float
    loop: float
    told: Mapping[str, Any] = field(default_factory=dict)


class Failed(Exception):
    """A measured process ended with an error, so there is no figure."""


def calibrate() -> float:
    """Seconds of the processor for two million additions."""
    start = time.process_time()
    total = 0
    for number in range(2_000_000):
        total += number
    return time.process_time() - start


def size_of(folder: Path) -> int:
    """Bytes of the files under a folder; one that vanishes meanwhile counts nothing, one with two names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        try:
            told = path.lstat()
        except OSError:
            continue
        if path.is_file():
            seen[(told.st_dev, told.st_ino)] = told.st_size
    return sum(seen.values())


@dataclass(slots=True)
class _Disk:
    """The most that lay in a folder while it was watched, and the most of it in DuckDB's spill folders."""

    folder: Path
    most: int = 0
    most_spilled: int = 0

    def look(self) -> None:
        self.most = max(self.most, size_of(self.folder))
        spilled = sum(size_of(path) for path in self.folder.rglob("*.spill") if path.is_dir())
        self.most_spilled = max(self.most_spilled, spilled)


@contextmanager
def _watched(folder: Path) -> Iterator[_Disk]:
    disk, ended = _Disk(folder), threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            disk.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield disk
    finally:
        ended.set()
        watcher.join()
        disk.look()


def cost_of(module: str, *words: object, disk: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run `python -m module words` in a fresh process and measure it; `disk` is the folder it writes under.

    Raises:
        Failed: it ended with an error; the sentence holds its last words.
    """
    command = [sys.executable, "-m", module, *map(str, words)]
    load, loop = os.getloadavg()[0], calibrate()
    # not a pipe: nobody reads while the process is waited for
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, _watched(disk) as watched:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()  # nobody is left to wait for it
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - start
        out.seek(0)
        printed = out.read()
    if process.returncode:
        raise Failed(f"{module} {' '.join(map(str, words[:2]))} ended with {process.returncode}: {_end_of(printed)}")
    told = _told(printed.splitlines())
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(
        cpu=used.ru_utime + used.ru_stime,
        wall=wall,
        # a process that lets its peak begin anew tells the highest itself
        peak_mb=max(used.ru_maxrss * unit / 1e6, told.get("peak_mb", 0.0)),
        spill_mb=watched.most_spilled / 1e6,
        disk_mb=watched.most / 1e6,
        load=load,
        loop=loop,
        told=told,
    )


def _told(lines: Sequence[str]) -> Mapping[str, Any]:
    try:
        told = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _end_of(printed: str) -> str:
    return printed[-LAST_WORDS:].strip()
