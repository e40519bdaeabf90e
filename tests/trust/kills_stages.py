"""Where a run can be killed, from inside: at the n-th time that one of its stages is reached, or a moment later.

Belongs here: the stages, counting them in an undisturbed run, and ending the process at one of them. Does not belong
here: killing at a moment of the clock, and what is compared afterwards (`kills.py`, `kills_checks.py`).
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cape_pipeline import history, outputs, visit
from cape_pipeline.ace import archive
from cape_pipeline.assets import load
from cape_pipeline.warehouse import snapshot, transaction

Reached = Callable[[str], None]

#: Every stage, with how often one is drawn beside the others.
STAGES = {
    "table transaction": 6,
    "load transaction": 3,
    "archived file": 2,
    "output file begun": 2,
    "outputs change places": 2,
    "snapshot copied": 3,
    "wait for the disk": 4,
    "file operation in out": 4,
    "file operation beside the warehouse": 4,
    "event of Dagster": 4,
    "note of the run": 1,
}


@dataclass(frozen=True, slots=True)
class Point:
    """Where one run is killed: at a stage's n-th time, so many seconds later; the process alone or with its children.

    One that has not come there by `at_latest`, in seconds since it began, is killed then from outside; so is one whose
    stage is `clock`. What an earlier run finished is not done again, so that a stage may not be reached as often.
    """

    stage: str
    number: int
    seconds: float
    at_latest: float
    with_children: bool


CLOCK = "clock"


class Stages:
    """The stages of this process, counted; at the given point it ends."""

    def __init__(self, folder: Path, point: Point | None) -> None:
        self.counts: Counter[str] = Counter()
        self._folder = str(folder)
        self._point = point

    def reached(self, stage: str) -> None:
        self.counts[stage] += 1
        point = self._point
        if point is None or stage != point.stage or self.counts[stage] != point.number:
            return
        if point.seconds:
            threading.Thread(target=_die_later, args=(point,), daemon=True).start()
        else:
            _die(point)

    def watch(self) -> None:
        """Have every stage of this process counted from here on."""
        _around(transaction, "_once", self.reached)
        _around_load(self.reached)
        _before(archive, "_copy", lambda: self.reached("archived file"))
        _before(outputs, "_private_file", lambda: self.reached("output file begun"))
        _before(outputs, "_put_in_place", lambda: self.reached("outputs change places"))
        _before(snapshot, "_copy", lambda: self.reached("snapshot copied"))
        _before(snapshot.subprocess, "run", lambda: self.reached("snapshot copied"))
        _before(os, "fsync", lambda: self.reached("wait for the disk"))
        _before(history.KeptOpenEventLog, "store_event", lambda: self.reached("event of Dagster"))
        _before(visit, "remember", lambda: self.reached("note of the run"))
        _before(visit, "replace_whole", lambda: self.reached("note of the run"))
        sys.addaudithook(self._hear)

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event not in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"):
            return
        name = str(given[0])
        if not name.startswith(self._folder) or (event == "open" and not _writes(given)):
            return
        below = name[len(self._folder) + 1 :].partition("/")[0]
        if below == "out":
            self.reached("file operation in out")
        elif below == "w":
            self.reached("file operation beside the warehouse")


def _writes(given: tuple[Any, ...]) -> bool:
    _, mode, flags = given
    return bool(mode and set(str(mode)) & set("wax+")) or bool(int(flags or 0) & (os.O_WRONLY | os.O_RDWR))


def _die(point: Point) -> None:
    if point.with_children:
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _die_later(point: Point) -> None:
    time.sleep(point.seconds)
    _die(point)


def _before(where: Any, name: str, tell: Callable[[], None]) -> None:
    original = getattr(where, name)

    def told(*given: Any, **named: Any) -> Any:
        tell()
        return original(*given, **named)

    setattr(where, name, told)


def _around(where: Any, name: str, reached: Reached) -> None:
    """A table's transaction, before it begins, before it is committed, and after."""
    original = getattr(where, name)

    def told(con: Any, work: Callable[[], Any], leaving: Callable[[], None]) -> Any:
        def worked() -> Any:
            done = work()
            reached("table transaction")
            return done

        reached("table transaction")
        done = original(con, worked, leaving)
        reached("table transaction")
        return done

    setattr(where, name, told)


def _around_load(reached: Reached) -> None:
    original = load._transaction

    @contextmanager
    def told(con: Any) -> Iterator[None]:
        reached("load transaction")
        with original(con):
            yield
            reached("load transaction")
        reached("load transaction")

    load._transaction = told
