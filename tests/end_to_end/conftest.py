"""What several files start from: finished runs, each made once for all workers and copied by whoever changes it.

Belongs here: what is shared between files. Does not belong here: a run whose own course is what a test is about.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app
from tests.support.pipeline import empty_warehouse

EXPORTS = Path(__file__).parents[1] / "golden" / "guide14" / "exports"


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of this test run that the first worker to ask for it makes, while the others wait."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, unfinished = shared / name, shared / f"unfinished_{name}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(made)
    return made


def cape(*arguments: object) -> str:
    """What a command that must end well prints."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `cape run` as of 2026-07-20 leaves: `w` (warehouse, snapshot, archive, history) and `out`.

    One for all workers of a test run: copy it, do not write into it.
    """

    def make(folder: Path) -> None:
        places = ["--warehouse", folder / "w/cape.duckdb", "--out", folder / "out"]
        cape("run", "--exports", EXPORTS, *places, "--as-of", "2026-07-20")

    return made_once(tmp_path_factory, "finished_run", make)


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `cape-demo`, as `cape demo --json` leaves it, and what that printed, in `demo.json`.

    One for all workers of a test run: copy it, do not write into it.
    """

    def make(folder: Path) -> None:
        told = cape("demo", folder / "cape-demo", "--json")
        (folder / "demo.json").write_text(told, encoding="utf-8")

    return made_once(tmp_path_factory, "finished_demo", make)


@pytest.fixture(scope="module")
def demo_tables(finished_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection, with every macro, to a copy of the demonstration's warehouse: a file's own, to write into."""
    made = finished_demo / "cape-demo" / "warehouse" / "cape.duckdb"
    with empty_warehouse(str(shutil.copy(made, tmp_path_factory.mktemp("demo") / "demo.duckdb"))) as con:
        yield con
