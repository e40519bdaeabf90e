"""Kill `cape run` again and again, let the next run go on, and compare with runs that nobody disturbed.

A life is a folder in which days follow each other: the first exports, another valuation day, new exports that landed,
the same exports told by client. Each day's run is killed and begun again, and killed, until one comes to its end. Then
every table of warehouse and snapshot, every output file, the archive and the names of all files must be those of a life
without kills; and after each kill no reader may see anything half-written. One process imports everything and forks
for each run, because starting takes longer than many a run; what is killed is that fork, a whole `cape run`.

Belongs here: lives, days, where to kill, and the figures. Does not belong here: what a stage is (`kills_stages.py`) and
what is compared (`kills_checks.py`).
"""

import gc
import json
import os
import pickle
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cape_pipeline import automation, cli
from cape_pipeline.definitions import defs
from cape_pipeline.sample import write_sample
from tests.trust.kills_checks import NOTHING, State, differences, half_written, state_of
from tests.trust.kills_stages import CLOCK, STAGES, Point, Stages

ENTRIES, SAMPLE = 60, 7
#: The last day takes as long as the others together: one of so many lives comes to it.
LIVES_WITH_CLIENTS = 4
#: A run that takes longer hangs.
PATIENCE_SECONDS = 600.0
#: Kills of one day before a run is left alone.
FEWEST_KILLS, MOST_KILLS = 4, 14
#: Of ten points so many are drawn from the clock, the others from the stages.
BY_CLOCK = 4
#: Seconds after a stage was reached within which half of those runs are killed: inside what the stage begins.
SOON = 0.06


@dataclass(frozen=True, slots=True)
class Day:
    """One run that a life asks for: which exports lie there, and the valuation day."""

    name: str
    as_of: str
    exports: str


DAYS = (
    Day("first run", "2026-05-20", "first"),
    Day("another day", "2026-05-25", "first"),
    Day("exports landed", "2026-07-20", "all"),
    Day("clients told apart", "2026-07-20", "clients"),
)


@dataclass(slots=True)
class Difference:
    """What was not as it should be, and what is needed to see it again: the seed, the life, and where it was killed."""

    life: int
    day: str
    kills: list[dict[str, Any]]
    sentences: list[str]


@dataclass(slots=True)
class KillFigures:
    """What was done and what was found."""

    seed: int
    kills: int = 0
    runs_to_the_end: int = 0
    lives: int = 0
    by_stage: Counter[str] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    with_children: int = 0
    differences: list[Difference] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Expected:
    """An undisturbed day: what stands after it, how often each stage was reached, and how long it took."""

    state: State
    counts: dict[str, int]
    seconds: float


def run(
    points: int = 200,
    seed: int = 1,
    *,
    only_life: int | None = None,
    days: int = len(DAYS),
    tell: Callable[[str], None] = lambda _: None,
) -> KillFigures:
    """Kill at so many points, and compare at the end of each day.

    Args:
        points: how many kills; the last life is not ended early, so there may be a few more.
        seed: which points; those of a life follow from it and the life's number, the moments of the clock roughly.
        only_life: this life alone, to see a difference again.
        days: how many days a life has.
        tell: is told of each day.
    """
    begun = time.monotonic()
    _be_ready()
    figures = KillFigures(seed)
    with TemporaryDirectory(prefix="cape-kills-") as told:
        place = Path(told)
        _in_a_fork(lambda: write_sample(place / "sample", ENTRIES, SAMPLE))
        expected = _undisturbed(place / "undisturbed", place / "sample", DAYS[:days], tell)
        life = only_life or 1
        while figures.kills < points:
            _live(place / f"life-{life}", place / "sample", life, DAYS[:days], expected, figures, points, tell)
            shutil.rmtree(place / f"life-{life}")
            figures.lives += 1
            life += 1
            if only_life:
                break
    figures.seconds = time.monotonic() - begun
    return figures


def lines(figures: KillFigures) -> list[str]:
    """The figures in sentences."""
    stages = ", ".join(f"{stage} {count}" for stage, count in sorted(figures.by_stage.items(), key=lambda s: -s[1]))
    told = [
        f"{figures.kills} kills (seed {figures.seed}) in {figures.lives} lives, {figures.with_children} of them with"
        f" child processes; {figures.runs_to_the_end} runs to the end compared: {len(figures.differences)} differences"
        f" ({figures.seconds / 60:.0f} min)",
        f"killed at: {stages}",
    ]
    for odd in figures.differences:
        told.append(f"life {odd.life}, {odd.day}, after {len(odd.kills)} kills: {'; '.join(odd.sentences)}")
        told.append(f"  kills: {json.dumps(odd.kills)}")
    return told


def _live(
    folder: Path,
    sample: Path,
    life: int,
    days: tuple[Day, ...],
    expected: list[_Expected],
    figures: KillFigures,
    points: int,
    tell: Callable[[str], None],
) -> None:
    """One life: each day killed until a run comes to its end, and compared then."""
    choose = random.Random(f"{figures.seed}/{life}")
    before = NOTHING
    if life % LIVES_WITH_CLIENTS:
        days = tuple(day for day in days if day.exports != "clients")
    for day, undisturbed in zip(days, expected, strict=False):
        _lay_out(folder, sample, day)
        done: list[Point] = []
        most = choose.randint(FEWEST_KILLS, MOST_KILLS)
        while True:
            is_left_alone = len(done) == most or figures.kills >= points
            point = None if is_left_alone else _point(choose, undisturbed)
            ended = _run_and_kill(folder, day, point)
            if ended.is_killed and point:
                done.append(point)
                figures.kills += 1
                figures.by_stage[CLOCK if ended.by_clock else point.stage] += 1
                figures.by_day[day.name] += 1
                figures.with_children += point.with_children
                found = _checked(lambda: list(half_written(folder, before, undisturbed.state)))  # noqa: B023
            elif ended.code == 0:
                figures.runs_to_the_end += 1
                found = _checked(lambda: list(differences(folder, undisturbed.state)))  # noqa: B023
            else:
                found = [f"the run ended with {ended.code}: {ended.last_words}"]
            if found:
                figures.differences.append(Difference(life, day.name, [asdict(one) for one in done], found))
                tell(f"life {life}, {day.name}: {found}")
            if not ended.is_killed:
                break
        tell(f"life {life}, {day.name}: {len(done)} kills, {figures.kills} so far, {len(figures.differences)} differ")
        before = undisturbed.state
        if found:
            return


def _point(choose: random.Random, undisturbed: _Expected) -> Point:
    """Where to kill: at a moment of the whole run, or at one time of one stage, at once or a little later."""
    with_children = choose.random() < 0.3
    at_latest = choose.uniform(0, undisturbed.seconds)
    if choose.randrange(10) < BY_CLOCK:
        return Point(CLOCK, 1, 0.0, at_latest, with_children)
    reached = [stage for stage in STAGES if undisturbed.counts.get(stage)]
    (stage,) = choose.choices(reached, [STAGES[stage] for stage in reached])
    seconds = choose.choice((0.0, choose.uniform(0, SOON)))
    at_latest = max(at_latest, undisturbed.seconds * choose.random())
    return Point(stage, choose.randint(1, undisturbed.counts[stage]), seconds, at_latest, with_children)


def _undisturbed(folder: Path, sample: Path, days: tuple[Day, ...], tell: Callable[[str], None]) -> list[_Expected]:
    expected = []
    for day in days:
        _lay_out(folder, sample, day)
        ended = _run_and_kill(folder, day, None)
        if ended.code != 0:
            raise RuntimeError(f"the undisturbed run of {day.name} ended with {ended.code}: {ended.last_words}")
        state = _in_a_fork(lambda: state_of(folder))
        expected.append(_Expected(state, ended.counts, ended.seconds))
        tell(f"undisturbed, {day.name}: {ended.seconds:.1f} s, {ended.counts}")
    return expected


def _lay_out(folder: Path, sample: Path, day: Day) -> None:
    """The exports as they lie on that day; those that lie there already stay as they are."""
    exports = folder / "exports"
    for made in (exports, folder / "tmp"):
        made.mkdir(parents=True, exist_ok=True)
    for path in sorted(sample.glob("*.csv")):
        is_later = any(word in path.name for word in ("2026-0", "bank", "claim", "declarations"))
        target = exports / path.name
        if not target.exists() and (
            day.exports != "first" or not is_later or path.name.endswith("_run_2026-05-15.csv")
        ):
            shutil.copy2(path, target)
    if day.exports == "clients":
        importers = exports / "importers.csv"
        header, *rows = importers.read_text(encoding="utf-8-sig").splitlines()
        if "client_id" not in header:
            told = [f"{header},client_id", *(f"{row},client {at % 2}" for at, row in enumerate(rows))]
            importers.write_text("\n".join(told) + "\n", encoding="utf-8")


# ---- processes ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended: killed, from outside at a moment of the clock or at a stage, or with an exit code."""

    is_killed: bool
    by_clock: bool
    code: int | None
    seconds: float
    counts: dict[str, int]
    last_words: str


def _be_ready() -> None:
    """Load and resolve what every run needs, and leave it to no collector, which would copy it in each fork."""
    for job in (automation.load, automation.position):
        defs.resolve_job_def(job.name)
    gc.collect()
    gc.freeze()


def _run_and_kill(folder: Path, day: Day, point: Point | None) -> _Ended:
    """A whole `cape run` in a process group of its own, killed at the point if it comes there."""
    log, told = folder / "log", folder / "counts.json"
    told.unlink(missing_ok=True)
    begun = time.monotonic()
    process = os.fork()
    if process == 0:
        _be_the_run(folder, day, point, log, told)
    is_killed = False
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        passed = time.monotonic() - begun
        if not is_killed and (passed > PATIENCE_SECONDS or (point is not None and passed >= point.at_latest)):
            is_killed = passed <= PATIENCE_SECONDS
            _kill(process, with_children=point is None or point.with_children)
        time.sleep(0.005)
    seconds = time.monotonic() - begun
    by_signal = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return _Ended(
        by_signal and seconds <= PATIENCE_SECONDS,
        is_killed,
        None if by_signal else os.waitstatus_to_exitcode(status),
        seconds,
        json.loads(told.read_text()) if told.exists() else {},
        "\n".join(log.read_text(errors="replace").splitlines()[-8:]),
    )


def _kill(process: int, *, with_children: bool) -> None:
    try:
        if with_children:
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(process, signal.SIGKILL)  # it has no group of its own yet


def _be_the_run(folder: Path, day: Day, point: Point | None, log: Path, told: Path) -> None:
    """In the fork: `cape run`, with its stages watched; ends this process."""
    code = 70
    try:
        os.setsid()
        written = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        os.dup2(written, 1)
        os.dup2(written, 2)
        os.environ["TMPDIR"] = str(folder / "tmp")
        stages = Stages(folder, point)
        stages.watch()
        gc.disable()  # a collector would touch, and so copy, all that the parent has loaded
        sys.argv = ["cape", "run", "--exports", str(folder / "exports"), "--warehouse", str(folder / "w/cape.duckdb")]
        sys.argv += ["--out", str(folder / "out"), "--as-of", day.as_of]
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told.write_text(json.dumps(stages.counts))
    except BaseException:  # noqa: BLE001 (a fork must end here, and say why)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _checked(look: Callable[[], list[str]]) -> list[str]:
    """What a check tells; that it could not be made is told too."""
    try:
        return _in_a_fork(look)
    except RuntimeError as error:
        return [str(error)]


def _in_a_fork(work: Callable[[], Any]) -> Any:
    """What the work gives, done in a process of its own, so that no thread of an engine is there when others fork."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            answer: tuple[bool, Any] = (True, work())
        except BaseException:  # noqa: BLE001 (it is told to the parent)
            answer = (False, traceback.format_exc())
        with os.fdopen(writing, "wb") as out:
            pickle.dump(answer, out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        text = told.read()
    os.waitpid(process, 0)
    nothing = (False, "the process ended without an answer")
    is_done, answer_or_error = pickle.loads(text) if text else nothing  # noqa: S301 (written by the fork above)
    if not is_done:
        raise RuntimeError(str(answer_or_error))
    return answer_or_error
