"""Change safety: mutants of the tables' SELECTs, each tried against the tests that should tell it from the original.

A mutant lives in the memory of a forked process, where its text stands in place of the file's; no file is written. It
is tried on the tests of its own table, and where these pass on the wider ones: those of every table that reads or
names it, the demonstration's answers, the law, the oracle and the worked examples. A control runs the same tests on
every SELECT unchanged (printed from its tree, as mutants are), so that a test that fails anyhow catches nothing.

Belongs here: trying mutants and counting what caught them. Does not belong here: how a mutant is made
(`mutants_made.py`) or which ones cannot change a result (`mutants_equivalent.toml`).
"""

import ast
import json
import os
import re
import signal
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, settings

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import project_files
from cape_pipeline.warehouse.query import table_query
from tests.support import tables
from tests.trust.mutants_made import Mutant, draw, parsed, printed, table_files

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).parent / "mutants_equivalent.toml"
SEED = 20261122
COUNT = 250
#: Seconds until a mutant's tests are taken to hang; the control takes a tenth of it at most.
OWN_SECONDS, WIDER_SECONDS = 300, 1800
#: A property test that has failed need not look for its smallest example.
PROFILE = "mutants"
EVERYWHERE = (
    "tests/end_to_end/test_demo_answers.py",
    "tests/golden/test_guide14.py",
    "tests/golden/test_guide14_alerts.py",
    "tests/golden/test_worked_checks.py",
    "tests/golden/test_interest_conventions.py",
    "tests/golden/test_policies.py",
)
#: What else holds the tables of lines.
OF_LINES = ("tests/law", "tests/tables/test_lines_against_the_oracle.py")
#: What a fork leaves in its folder.
PRINTED, FAILURES = "printed", "failures"
PASSED, FAILED, HUNG = "passed", "failed", "hung"
OWN, WIDER, SURVIVED = "own tests", "wider tests", "survived"


@dataclass(frozen=True, slots=True)
class Tests:
    """What pytest is to run: files or folders, perhaps some of their tests only, to the first failure or to the end."""

    files: tuple[str, ...]
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    to_the_end: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """How tests ended: passed, failed or hung, and the first that failed (in a control, every one)."""

    verdict: str
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutant and what became of it: caught by its own tests, by the wider ones, or survived."""

    mutant_id: str
    table_id: str
    operator: str
    before: str
    after: str
    fate: str
    caught_by: str
    hung: bool
    equivalent: str


@dataclass(frozen=True, slots=True)
class MutantFigures:
    """What a run of mutants found; `red_anyhow` are tests that fail without a mutant and so caught nothing."""

    seed: int
    tried: tuple[Tried, ...]
    red_anyhow: tuple[str, ...]

    @property
    def caught(self) -> int:
        return sum(mutant.fate != SURVIVED for mutant in self.tried)

    @property
    def equivalent(self) -> int:
        """Survivors that cannot change a result, with the reason in the list."""
        return sum(mutant.fate == SURVIVED and bool(mutant.equivalent) for mutant in self.tried)

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """What no test told, and nothing says it cannot matter."""
        return tuple(mutant for mutant in self.tried if mutant.fate == SURVIVED and not mutant.equivalent)


def run(
    count: int = COUNT,
    seed: int = SEED,
    log: Path | None = None,
    among: Iterable[str] | None = None,
    *,
    wider: bool = True,
    say: Callable[[str], None] = print,
) -> MutantFigures:
    """Draw mutants and try each.

    Args:
        count: how many.
        seed: of the draw; the same seed draws the same mutants of the same files.
        log: takes a JSON line for each trial as it ends.
        among: ids of mutants to try, of those drawn; all by default.
        wider: whether what its own tests pass goes on to the wider tests.
        say: told of each trial, one sentence.
    """
    only = None if among is None else frozenset(among)
    prepare()
    texts = _texts()
    drawn = [mutant for mutant in draw(texts, count, seed, plans) if only is None or mutant.mutant_id in only]
    fates: dict[str, tuple[str, Trial]] = {}
    stages: list[tuple[str, Callable[[str], tuple[str, ...]], int]] = [(OWN, own_tests, OWN_SECONDS)]
    if wider:
        stages.append((WIDER, wider_tests, WIDER_SECONDS))
    red: set[str] = set()
    for stage, tests_of, seconds in stages:
        left = [mutant for mutant in drawn if mutant.mutant_id not in fates]
        for number, mutant in enumerate(left, start=1):
            trial = _trial(mutant, tests_of(mutant.table_id), seconds, red)
            say(f"{stage} {number}/{len(left)} {mutant.mutant_id} {mutant.table_id} {mutant.operator}: {_ended(trial)}")
            _write(log, stage, mutant, trial)
            if trial.verdict != PASSED:
                fates[mutant.mutant_id] = stage, trial
        found = _control({test for _, trial in fates.values() for test in trial.failures} - red)
        red |= found
        for mutant in [mutant for mutant in left if found.intersection(_failures(fates.get(mutant.mutant_id)))]:
            fates[mutant.mutant_id] = stage, _trial(mutant, tests_of(mutant.table_id), seconds, red)
            if fates[mutant.mutant_id][1].verdict == PASSED:
                del fates[mutant.mutant_id]
    judged = equivalents()
    survived = SURVIVED, Trial(PASSED, ())
    tried = tuple(_told(mutant, *fates.get(mutant.mutant_id, survived), judged) for mutant in drawn)
    return MutantFigures(seed, tried, tuple(sorted(red)))


def _trial(mutant: Mutant, tests: Sequence[str], seconds: int, red: set[str]) -> Trial:
    """Try a mutant on tests, apart from those that fail anyhow."""
    if not tests:
        return Trial(PASSED, ())
    return tried_on({mutant.table_id: mutant.text}, Tests(tuple(tests), without=frozenset(red)), seconds)


def _control(tests: set[str]) -> set[str]:
    """Those of the tests that fail on every SELECT unchanged."""
    if not tests:
        return set()
    files = sorted({test.split("::")[0] for test in tests})
    wanted = Tests(tuple(files), only=frozenset(tests), to_the_end=True)
    return set(tried_on(_printed(), wanted, WIDER_SECONDS).failures)


def _failures(fate: tuple[str, Trial] | None) -> tuple[str, ...]:
    return fate[1].failures if fate else ()


def _ended(trial: Trial) -> str:
    if trial.verdict == FAILED:
        return f"caught by {', '.join(trial.failures) or 'a crash'}"
    return "they pass" if trial.verdict == PASSED else "caught by the time-out"


def lines(figures: MutantFigures) -> list[str]:
    """The figures as sentences: the score both ways, by schema and by kind of change, and every survivor."""
    made, caught, equivalent = len(figures.tried), figures.caught, figures.equivalent
    told = [
        f"Seed {figures.seed}: {made} mutants of {len({mutant.table_id for mutant in figures.tried})} tables.",
        f"Caught {caught} ({_share(caught, made)} of all, {_share(caught, made - equivalent)} of those that can"
        f" change a result); {equivalent} cannot, each with its reason in {EQUIVALENT.name}.",
        f"By the time-out alone: {sum(mutant.hung for mutant in figures.tried)}.",
        *_by("schema", figures.tried, lambda mutant: mutant.table_id.split(".")[0]),
        *_by("change", figures.tried, lambda mutant: mutant.operator),
    ]
    told += [f"This test fails without any mutant and catches none: {test}" for test in figures.red_anyhow]
    for mutant in figures.survivors:
        told += [
            f"Survived {mutant.mutant_id} in {mutant.table_id}, {mutant.operator}:",
            f"  {mutant.before}",
            f"  {mutant.after}",
        ]
    return told


def _by(what: str, tried: Sequence[Tried], name_of: Callable[[Tried], str]) -> list[str]:
    fates = Counter((name_of(mutant), _fate(mutant)) for mutant in tried)
    return [
        f"{what} {name}: {sum(fates[name, fate] for fate in (OWN, WIDER, SURVIVED, 'equivalent'))} made,"
        f" {fates[name, OWN]} caught by own tests, {fates[name, WIDER]} by wider tests,"
        f" {fates[name, SURVIVED]} survived, {fates[name, 'equivalent']} equivalent"
        for name in sorted({name for name, _ in fates})
    ]


def _fate(mutant: Tried) -> str:
    return "equivalent" if mutant.fate == SURVIVED and mutant.equivalent else mutant.fate


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _told(mutant: Mutant, fate: str, trial: Trial, judged: Mapping[str, str]) -> Tried:
    return Tried(
        mutant.mutant_id,
        mutant.table_id,
        mutant.operator,
        mutant.before,
        mutant.after,
        fate,
        trial.failures[0] if trial.failures else ("time-out" if trial.verdict == HUNG else ""),
        trial.verdict == HUNG,
        judged.get(mutant.mutant_id, ""),
    )


def _write(log: Path | None, stage: str, mutant: Mutant, trial: Trial) -> None:
    if log is None:
        return
    with log.open("a", encoding="utf-8") as file:
        told = asdict(mutant) | {"stage": stage, "verdict": trial.verdict, "failures": trial.failures}
        file.write(json.dumps(told) + "\n")


def equivalents(path: Path = EQUIVALENT) -> dict[str, str]:
    """Mutants judged unable to change a result: the reason by the mutant's id."""
    listed = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return {mutant["id"]: mutant["reason"] for mutant in listed}


def plans(mutant: Mutant) -> bool:
    """Whether the engine can plan the text, given empty tables."""
    con = tables._made()[0]
    offered = {"months": ["2025-06"], "registry_version": "test"}
    given = {name: value for name, value in offered.items() if f"${name}" in mutant.text}
    try:
        con.execute(f"explain {mutant.text}", given)
    except duckdb.Error:
        return False
    return True


@cache
def own_tests(table_id: str) -> tuple[str, ...]:
    """The file of tests of a table, then the files that its docstring sends the reader to, by name or by table."""
    own = _test_file(table_id)
    if not own:
        return ()
    told = ast.get_docstring(ast.parse(_test_texts()[own])) or ""
    folder = Path(own).parent
    named = [
        *re.findall(r"\w+/test_\w+\.py", told),
        *(f"{folder.name}/{name}" for name in re.findall(r"(?<!/)\btest_\w+\.py", told)),
    ]
    files = [f"{folder.parent}/{name}" for name in named]
    files += [
        _test_file(name) for name in table_files(project_files("sql")) if re.search(rf"\b{re.escape(name)}\b", told)
    ]
    return tuple(dict.fromkeys([own, *(file for file in files if file in _test_texts())]))


def _test_file(table_id: str) -> str:
    """The file of tests of a table, if there is one."""
    schema, table = table_id.split(".")
    path = f"tests/tables/{schema}/test_{table}.py"
    return path if path in _test_texts() else ""


def wider_tests(table_id: str) -> tuple[str, ...]:
    """The tests of every table that reads or names it, then what holds them all together."""
    readers = [_test_file(name) for name in table_files(project_files("sql")) if table_id in table_query(name).upstream]
    pattern = re.compile(rf"\b{re.escape(table_id)}\b")
    naming = [path for path, text in _test_texts().items() if pattern.search(text)]
    of_lines = OF_LINES if table_id.split(".")[0] in ("ace", "lines", "registry") else ()
    own = own_tests(table_id)
    wanted = dict.fromkeys([*filter(None, readers), *naming, *EVERYWHERE, *of_lines])
    return tuple(test for test in wanted if test not in own)


@cache
def _test_texts() -> dict[str, str]:
    files = sorted((ROOT / "tests" / "tables").rglob("test_*.py"))
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


@cache
def _texts() -> dict[str, str]:
    """The SELECT of every table, once for the whole run: another's edit in the middle of it changes nothing."""
    return {table_id: path.read_text(encoding="utf-8") for table_id, path in table_files(project_files("sql")).items()}


@cache
def _printed() -> dict[str, str]:
    return {table_id: printed(parsed(text)) for table_id, text in _texts().items()}


@cache
def prepare() -> None:
    """Import what tests import and make the empty tables, once, so that a fork begins with the first test.

    A thread does not live on in a fork, so that nothing here may set Polars to work: the defaults are put into the
    tables after the fork.
    """
    import pandera.polars  # noqa: F401 (slow to import)

    import tests.conftest
    import tests.tables.promises  # noqa: F401 (what the tests of tables begin with)

    for contract in CONTRACTS.values():
        contract.schema()

    settings.register_profile(
        PROFILE, settings.get_profile("steady"), phases=(Phase.explicit, Phase.reuse, Phase.generate)
    )
    defaults = tables._take_defaults
    tables._take_defaults = _take_no_defaults
    try:
        tables._made()
    finally:
        tables._take_defaults = defaults


def _take_no_defaults(con: duckdb.DuckDBPyConnection) -> None:
    """What stands in for the defaults until the fork."""


def tried_on(texts: Mapping[str, str], wanted: Tests, seconds: int) -> Trial:
    """Run tests in a fork in which SELECTs have other texts.

    Args:
        texts: by table.
        wanted: the tests.
        seconds: until they are taken to hang, and killed.

    Raises:
        RuntimeError: the tests could not be run at all.
    """
    prepare()
    with tempfile.TemporaryDirectory(prefix="mutant") as name:
        folder = Path(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking where threads live: none works then
            process = os.fork()
        if process == 0:
            _in_the_fork(texts, wanted, folder)
        status = _waited_for(process, seconds)
        printed_text = (folder / PRINTED).read_text(encoding="utf-8", errors="replace")
        failures = tuple(json.loads((folder / FAILURES).read_text())) if (folder / FAILURES).exists() else ()
    if status is None:
        return Trial(HUNG, ())
    code = os.waitstatus_to_exitcode(status)
    if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return Trial(PASSED, ())
    if failures or code < 0:  # below nothing: a signal, and so a crash of the engine
        return Trial(FAILED, failures)
    raise RuntimeError(f"pytest {' '.join(wanted.files)} ended with {code}:\n{printed_text[-4000:]}")


class _Recorder:
    """A plugin of pytest: leaves out tests, and remembers those that fail."""

    def __init__(self, wanted: Tests) -> None:
        self.wanted = wanted
        self.failures: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        only, without = self.wanted.only, self.wanted.without
        items[:] = [item for item in items if item.nodeid not in without and (not only or item.nodeid in only)]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failures.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.nodeid not in self.failures:
            self.failures.append(report.nodeid)


def _in_the_fork(texts: Mapping[str, str], wanted: Tests, folder: Path) -> None:
    """Run pytest with its output and the failures in files, and end the process with its exit code."""
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        os.setsid()
        with (folder / PRINTED).open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        # other streams than those that a test run around this one has put in place
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        os.chdir(ROOT)
        recorder = _Recorder(wanted)
        quiet = ["-q", "--no-header", "--tb=short", "-o", "addopts=", "--import-mode=importlib"]
        quiet += [f"-pno:{plugin}" for plugin in ("cacheprovider", "xdist", "xdist.looponfail")]
        quiet += ["-W", "ignore::pytest.PytestAssertRewriteWarning", f"--hypothesis-profile={PROFILE}"]
        stop = [] if wanted.to_the_end else ["-x"]
        with instead_of_files(texts):
            _begin(texts)
            code = int(pytest.main([*quiet, *stop, f"--basetemp={folder}/pytest", *wanted.files], [recorder]))
        (folder / FAILURES).write_text(json.dumps(recorder.failures))
    finally:
        if sys.exc_info()[0]:
            traceback.print_exc()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


@contextmanager
def instead_of_files(texts: Mapping[str, str]) -> Iterator[None]:
    """While it lasts, the SELECTs of tables have other texts than their files."""
    paths = {project_files("sql") / f"{table_id.replace('.', '/')}.sql": text for table_id, text in texts.items()}
    read = Path.read_text

    def read_text(self: Path, *arguments: str | None, **named: str | None) -> str:
        return paths[self] if self in paths else read(self, *arguments, **named)

    Path.read_text = read_text  # type: ignore[method-assign]
    table_query.cache_clear()
    try:
        yield
    finally:
        Path.read_text = read  # type: ignore[method-assign]
        table_query.cache_clear()


def _begin(texts: Mapping[str, str]) -> None:
    """Make the empty tables ready: the views anew where one of them is changed, and the defaults."""
    if any(table_id in tables._views() for table_id in texts):
        tables._made.cache_clear()
        tables._made()
    else:
        tables._take_defaults(tables._made()[0])


def _waited_for(process: int, seconds: int) -> int | None:
    """The status that a process ends with; none when it had to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.02)
    os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return None
