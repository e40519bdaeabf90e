"""Fuzzing of every reader of what somebody else wrote: it may read an input or refuse it politely, and nothing else.

Each reader runs in forked processes of its own with bounded memory and a time-out for a batch, so that a crash, a hang
or a process killed for its memory is caught and told with its input. Inputs are real samples, changed by a seeded
generator; where a reader is code of this project's own, an input that reaches a line not reached before is kept and
changed further. What must hold of accepted inputs (nothing lost, both readings agree, the same twice) stands in
`fuzz_readers.py`.

Belongs here: running readers, watching them, counting. Does not belong here: what a reader is, and how inputs are made.
"""

import base64
import json
import multiprocessing as mp
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from types import CodeType, FrameType
from typing import Any

INPUTS, SEED = 1_000_000, 20260720
#: What a reader's process may have, in bytes of address space, and how long a batch may take: of the processor's time,
#: so that a busy machine makes no hang, and by the clock, for one that waits for ever.
MOST_MEMORY = 12 << 30
MOST_SECONDS = 120
MOST_CLOCK_SECONDS = 1800
TICKS = os.sysconf("SC_CLK_TCK")
#: Of so many inputs of a guided reader one is traced line by line.
TRACED = 8
MOST_KEPT = 400
MOST_FINDINGS_OF_A_KIND = 3
#: Where files are written that live for a millisecond.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a folder of this run's own is made in it)


@dataclass(frozen=True)
class Finding:
    """An input that was neither read nor refused politely: `what` happened, and the input in base64 to repeat it."""

    reader: str
    kind: str
    what: str
    inputs: tuple[str, ...]


@dataclass
class ReaderFigures:
    """What came of one reader's inputs; a `crash` is any outcome that is not allowed, a hang one over the time-out."""

    reader: str
    an_input: str
    inputs: int = 0
    accepted: int = 0
    crashes: int = 0
    hangs: int = 0
    kept: int = 0

    @property
    def refused(self) -> int:
        return self.inputs - self.accepted - self.crashes - self.hangs


@dataclass
class FuzzFigures:
    """A whole run: its seed, each reader, and what was found."""

    seed: int
    readers: list[ReaderFigures] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        return sum(one.inputs for one in self.readers)

    @property
    def crashes(self) -> int:
        return sum(one.crashes for one in self.readers)

    @property
    def hangs(self) -> int:
        return sum(one.hangs for one in self.readers)


def run(
    inputs: int = INPUTS, seed: int = SEED, readers: Sequence[str] = (), tell: Callable[[str], None] = lambda _: None
) -> FuzzFigures:
    """Give all readers together so many inputs, each its share, at least one.

    Args:
        inputs: how many, over all readers.
        seed: the same seed gives the same inputs.
        readers: names of those to run; none for all.
        tell: told a sentence after each reader.
    """
    from tests.trust.fuzz_readers import READERS

    figures = FuzzFigures(seed)
    chosen = [reader for reader in READERS if not readers or reader.name in readers]
    whole = sum(reader.share for reader in chosen)
    for reader in chosen:
        count = max(1, ceil(inputs * reader.share / whole))
        told = ReaderFigures(reader.name, reader.an_input)
        figures.readers.append(told)
        _run_reader(reader.name, count, seed, told, figures.findings)
        tell(_line(told))
    return figures


def lines(figures: FuzzFigures) -> list[str]:
    """The figures as sentences."""
    told = [_line(one) for one in figures.readers]
    told += [
        f"{found.reader}: {found.kind}: {found.what} (input {' '.join(found.inputs)[:2000]})"
        for found in figures.findings
    ]
    return [
        *told,
        f"{figures.inputs:,} inputs over {len(figures.readers)} readers with seed {figures.seed}:"
        f" {figures.crashes:,} crashes, {figures.hangs:,} hangs",
    ]


def _line(told: ReaderFigures) -> str:
    kept = f", {told.kept:,} kept for new lines" if told.kept else ""
    return (
        f"{told.reader}: {told.inputs:,} inputs ({told.an_input}): {told.accepted:,} read, {told.refused:,} refused"
        f" politely, {told.crashes:,} crashes, {told.hangs:,} hangs{kept}"
    )


# --- watching -------------------------------------------------------------------------------------------------------


def _run_reader(name: str, count: int, seed: int, told: ReaderFigures, findings: list[Finding]) -> None:
    """All inputs of one reader; after a process died or hung, the next begins behind the batch it was in."""
    at = 0
    kinds: Counter[str] = Counter()
    while at < count:
        ours, theirs = mp.Pipe(duplex=False)
        child = mp.get_context("fork").Process(target=_work, args=(name, at, count, seed, theirs))
        child.start()
        theirs.close()
        batch: list[bytes] = []
        try:
            while at < count:
                if not _answers(ours, child.pid):
                    _note(findings, kinds, told, name, "hang", f"no end within {MOST_SECONDS} seconds", batch)
                    at += max(1, len(batch))
                    break
                kind, *message = ours.recv()
                if kind == "batch":
                    (batch,) = message
                elif kind == "broken":
                    what, culprits = message
                    _note(findings, kinds, told, name, "crash", what, culprits)
                else:
                    accepted, told.kept = message
                    told.accepted += accepted
                    told.inputs += len(batch)
                    at += len(batch)
                    batch = []
        except EOFError:
            child.join()
            _note(findings, kinds, told, name, "crash", f"the process died ({child.exitcode})", batch)
            at += max(1, len(batch))
        child.kill()
        child.join()
        ours.close()


def _answers(ours: Connection, pid: int | None) -> bool:
    """Whether the process says something before its time is over."""
    begun, clock = _processor_seconds(pid), time.monotonic()
    while not ours.poll(min(5.0, MOST_SECONDS)):
        is_over = time.monotonic() - clock > MOST_CLOCK_SECONDS
        if is_over or _processor_seconds(pid) - begun > MOST_SECONDS:
            return False
    return True


def _processor_seconds(pid: int | None) -> float:
    """What a process, and those of its children that have ended, took of the processor."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:  # it has ended, and its last words are on their way
        return 0
    return sum(map(int, told[11:15])) / TICKS


def _note(
    findings: list[Finding],
    kinds: Counter[str],
    told: ReaderFigures,
    reader: str,
    kind: str,
    what: str,
    culprits: Sequence[bytes],
) -> None:
    """Count it, and keep the first few of a kind whole."""
    if kind == "hang":
        told.hangs += 1
        told.inputs += max(1, len(culprits))
    else:
        told.crashes += 1
        if what.startswith("the process died"):
            told.inputs += max(1, len(culprits))
    kinds[what.split(": ")[0]] += 1
    if kinds[what.split(": ")[0]] <= MOST_FINDINGS_OF_A_KIND:
        encoded = tuple(base64.b64encode(one).decode() for one in culprits[:200])
        findings.append(Finding(reader, kind, what, encoded))


# --- in the process of a reader -------------------------------------------------------------------------------------


def _work(name: str, start: int, count: int, seed: int, out: Connection) -> None:
    from tests.trust.fuzz_readers import READERS, inputs_of

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    (reader,) = [one for one in READERS if one.name == name]
    with tempfile.TemporaryDirectory(prefix="cape_fuzz_", dir=IN_MEMORY) as folder:
        read = reader.begin(Path(folder))
        corpus = reader.seeds()
        lines_reached = Lines() if reader.guided else None
        kept, at = 0, start
        if lines_reached:  # what the samples themselves reach is nothing new
            for sample in corpus:
                _guarded(read, [sample], out, lines_reached)
        while at < count:
            rng = Random(f"{seed} {name} {at}")
            batch = list(inputs_of(reader, rng, corpus, min(reader.batch, count - at)))
            out.send(("batch", batch))
            traced = batch[::TRACED] if lines_reached else []
            accepted = _guarded(read, [one for one in batch if one not in traced] if traced else batch, out, None)
            for one in traced:
                before = lines_reached.count if lines_reached else 0
                accepted += _guarded(read, [one], out, lines_reached)
                if lines_reached and lines_reached.count > before:
                    corpus = [*corpus, one][-MOST_KEPT:] if len(corpus) < MOST_KEPT else [*corpus[1:], one]
                    kept += 1
            out.send(("done", min(accepted, len(batch)), kept))
            at += len(batch)
    out.close()
    os._exit(0)  # what is still open needs no end


def _guarded(
    read: Callable[[list[bytes]], int], batch: list[bytes], out: "Connection | Broken", reached: "Lines | None"
) -> int:
    """How many of a batch were accepted; what breaks is looked for one by one."""
    if not batch:
        return 0
    try:
        if reached is None:
            return read(batch)
        with reached:
            return read(batch)
    except Exception as error:  # noqa: BLE001 (any error is what is looked for)
        if len(batch) == 1:
            out.send(("broken", _told(error), batch))
            return 0
        first = _told(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        if len(batch) == 1:
            out.send(("broken", _told(error), batch))
            return 0
        first = _told(error)
    half = len(batch) // 2
    found = Broken()
    accepted = _guarded(read, batch[:half], found, None) + _guarded(read, batch[half:], found, None)
    if not found.told:
        out.send(("broken", f"only together: {first}", batch))
    for told in found.told:
        out.send(told)
    return accepted


class Broken:
    """Findings on their way out."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def send(self, told: tuple[Any, ...]) -> None:
        self.told.append(told)


def _told(error: BaseException) -> str:
    """The error with its place: type and the innermost lines of this project."""
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "cape_pipeline" in frame.filename or "trust" in frame.filename
    ]
    return f"{type(error).__name__} at {' '.join(frames[-3:])}: {str(error)[:300]}"


class Lines:
    """Which lines of the product were reached while inside; a function all of whose lines were is not traced again."""

    def __init__(self) -> None:
        self._seen: dict[CodeType, set[int]] = {}
        self._left: dict[CodeType, int] = {}
        self.count = 0

    def __enter__(self) -> None:
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if code not in self._left:
            ours = "cape_pipeline" in code.co_filename
            self._left[code] = len({line for *_, line in code.co_lines() if line}) if ours else 0
            self._seen[code] = set()
        return self._line if self._left[code] else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        seen = self._seen[frame.f_code]
        if event == "line" and frame.f_lineno not in seen:
            seen.add(frame.f_lineno)
            self.count += 1
            self._left[frame.f_code] -= 1
        return self._line


def repeated(reader_name: str, encoded: Iterable[str]) -> int:
    """Read inputs of a finding again, in this process, so that a debugger can stay with them."""
    from tests.trust.fuzz_readers import READERS

    (reader,) = [one for one in READERS if one.name == reader_name]
    with tempfile.TemporaryDirectory(prefix="cape_fuzz_", dir=IN_MEMORY) as folder:
        return reader.begin(Path(folder))([base64.b64decode(one) for one in encoded])


def written(figures: FuzzFigures, path: Path) -> None:
    """The findings as JSON, with every input."""
    told = [vars(found) for found in figures.findings]
    path.write_text(json.dumps({"seed": figures.seed, "findings": told}, indent=1), encoding="utf-8")
