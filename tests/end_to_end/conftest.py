"""What several files start from: one finished run of the worked example, made once and copied by whoever changes it.

Belongs here: what is shared between files. Does not belong here: a run whose own course is what a test is about.
"""

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app

EXPORTS = Path(__file__).parents[1] / "golden" / "guide14" / "exports"


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `cape run` as of 2026-07-20 leaves: `w` (warehouse, snapshot, archive, history) and `out`.

    One for all workers of a test run: copy it, do not write into it.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, unfinished = shared / "finished_run", shared / "unfinished_run"
    with (shared / "finished_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            places = ["--warehouse", str(unfinished / "w/cape.duckdb"), "--out", str(unfinished / "out")]
            result = CliRunner().invoke(app, ["run", "--exports", str(EXPORTS), *places, "--as-of", "2026-07-20"])
            assert result.exit_code == 0, result.output
            unfinished.rename(made)
    return made
