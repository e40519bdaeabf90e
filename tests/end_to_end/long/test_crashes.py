"""Runs that are killed, meet a full disk, a folder they may not write, a clock that stands still, a damaged warehouse.

Each says in one sentence what to do or is gone on with by the next run, which ends with the tables of an undisturbed
one. Where many runs are killed, and at which points, is told in `tests/trust/kills.py`; here is a slice of it.
"""

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "tests" / "golden" / "guide14" / "exports"
AS_OF = "2026-07-20"
BUILDS = "select table_id, partition_month, input_hash, row_count, content_hash from warehouse.builds order by all"
#: Of Linux: what drops a right of root, and the two by which it may write and read everywhere.
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
PATIENCE_SECONDS = 400

SLICE = """
import json, sys
from tests.trust.kills import run
figures = run(4, 3, days=1)
print(json.dumps([figures.kills, figures.runs_to_the_end, [odd.sentences for odd in figures.differences]]))
"""
#: A clock that stands still for one thread and goes back for whoever asks again, before anything else is imported.
STOPPED = """
import itertools, sys, time
seconds, elapsed = itertools.count(1784548800, -1), itertools.repeat(1000.0)
time.time = lambda: float(next(seconds))
time.monotonic = lambda: next(elapsed)
from cape_pipeline.cli import main
main()
"""


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


def run(folder: Path, as_of: str = AS_OF) -> Result:
    return cape("run", "--exports", EXPORTS, "--warehouse", folder / "w/cape.duckdb", "--out", folder / "out",
                "--as-of", as_of)  # fmt: skip


def without_special_rights() -> None:
    """Take from root, of this process, the right to write where the modes of files forbid it."""
    if os.geteuid() == 0:
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0)


def run_apart(folder: Path, *program: str) -> "subprocess.CompletedProcess[str]":
    """`cape run` in a process of its own, which may do no more than any owner of the files."""
    started = program or ("-m", "cape_pipeline.cli")
    options = ["--exports", EXPORTS, "--warehouse", folder / "w/cape.duckdb", "--out", folder / "out", "--as-of", AS_OF]
    return subprocess.run(
        [sys.executable, *started, "run", *map(str, options)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "COLUMNS": "160"},
        preexec_fn=without_special_rights,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def builds(folder: Path, name: str = "cape_analyst.duckdb") -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "w" / name), read_only=True) as con:
        return con.execute(BUILDS).fetchall()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sentence(told: "Result | subprocess.CompletedProcess[str]") -> str:
    """The one plain sentence of a run that could not be done; notes of what was noticed are no part of it."""
    code = told.exit_code if isinstance(told, Result) else told.returncode
    assert code == 2, (code, told.stdout, told.stderr)
    assert "Traceback" not in told.stderr
    (line,) = [line for line in told.stderr.splitlines() if line.startswith("cape: ")]
    return line


@pytest.fixture
def finished(finished_run: Path, tmp_path: Path) -> Path:
    """What a run left, to change it."""
    return shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)


def test_killed_at_random_points_the_next_runs_come_to_the_same_tables_and_files(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SLICE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    kills, runs_to_the_end, differing = json.loads(told.stdout)
    assert (kills, differing) == (4, [])
    assert runs_to_the_end


def test_a_full_disk_is_told_and_with_room_the_run_goes_on_to_the_same_tables(
    finished_run: Path, tmp_path: Path
) -> None:
    """On a small file system of its own where this process may mount one, else below a limit on the size of files."""
    is_mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(tmp_path)], capture_output=True, check=False
    ).returncode == 0  # fmt: skip
    try:
        limited = () if is_mounted else ("-c", f"{LIMIT}import runpy; runpy.run_module('cape_pipeline.cli')")
        told = sentence(run_apart(tmp_path, *limited))
        assert "make room" in told
        assert not (tmp_path / "out" / "manifest.csv").exists()
        if is_mounted:
            subprocess.run(["/bin/mount", "-o", "remount,size=500m", str(tmp_path)], check=True)
        ended = run_apart(tmp_path)
        assert ended.returncode == 0, ended.stderr
        assert builds(tmp_path) == builds(finished_run)
        assert files(tmp_path / "out") == files(finished_run / "out")
        left = [path for path in tmp_path.rglob("*") if path.suffix in (".tmp", ".part", ".spill", ".wal")]
        assert left == []
    finally:
        if is_mounted:
            subprocess.run(["/bin/umount", str(tmp_path)], check=True)


LIMIT = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + (
    "resource.setrlimit(resource.RLIMIT_FSIZE, (8 << 20, 8 << 20))\n"
)


def test_a_folder_for_outputs_that_may_not_be_written_leaves_files_and_snapshot_as_they_are(
    finished_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    with duckdb.connect(str(tmp_path / "w/cape.duckdb")) as con:
        con.execute("update warehouse.builds set input_hash = 'other' where table_id = 'reports.position'")
    before = files(tmp_path / "out")
    folders = [path for path in (tmp_path / "out", *(tmp_path / "out").rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o500)
    told = sentence(run_apart(tmp_path))
    assert "step output_files failed: " in told
    assert "the right to read and write there" in told
    assert files(tmp_path / "out") == before
    assert builds(tmp_path) == builds(finished_run)
    for folder in folders:
        folder.chmod(0o700)
    ended = run_apart(tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize("name", ["w", "w/dagster", "w/cape.duckdb"])
def test_a_warehouse_or_history_that_may_not_be_written_is_told(finished_run: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    (tmp_path / "w/cape.duckdb.last_run.json").unlink()
    (tmp_path / name).chmod(0o500)
    told = sentence(run_apart(tmp_path))
    assert "Permission denied" in told or "readonly" in told or "unable to open" in told
    (tmp_path / name).chmod(0o700)
    assert builds(tmp_path) == builds(tmp_path, "cape.duckdb") == builds(finished_run)


def test_with_a_clock_that_goes_back_and_one_that_stands_still_the_tables_are_the_same(
    finished_run: Path, tmp_path: Path
) -> None:
    ended = run_apart(tmp_path, "-c", STOPPED)
    assert ended.returncode == 0, ended.stderr
    assert builds(tmp_path) == builds(finished_run)
    assert files(tmp_path / "out") == files(finished_run / "out")


# ---- a damaged warehouse --------------------------------------------------------------------------------------------


def flipped(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        found = file.read(8)
        file.seek(at)
        file.write(bytes(byte ^ 0xFF for byte in found))


def another_engines(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as con:
        con.execute("create table rows (a)")
    con.close()


def older_log(path: Path) -> None:
    """The log of an older state of the same file, as a careless restore leaves it."""
    copy = path.with_name("copy.duckdb")
    shutil.copyfile(path, copy)
    with duckdb.connect(str(copy)) as con:
        con.execute("set checkpoint_threshold = '1GB'")
        con.execute("create table registry.in_the_log as select 1 as a")
        shutil.copyfile(f"{copy}.wal", f"{path}.kept")
    with duckdb.connect(str(path)) as con:
        con.execute("create table registry.in_the_file as select 1 as a")
    Path(f"{path}.kept").rename(f"{path}.wal")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "first header": lambda path: flipped(path, 20),
    "header of a state": lambda path: flipped(path, 4096 + 16),
    "no header": lambda path: flipped(path, 8),
    "cut in half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "an export": lambda path: shutil.copyfile(EXPORTS / "importers.csv", path),
    "another engine's": another_engines,
    "log of another state": older_log,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_warehouse_is_told_with_what_to_restore_and_left_as_it_is(
    finished: Path, damage: Callable[[Path], object]
) -> None:
    path = finished / "w/cape.duckdb"
    damage(path)
    before = path.read_bytes()
    told = sentence(run(finished, "2026-07-21"))
    for part in (f"Put {path}", "back from a backup", "exports folder", "archive", "<sha256>.zst"):
        assert part.replace(f"{path}", "") in told
    assert path.read_bytes() == before
    assert builds(finished)
    assert (finished / "out/manifest.csv").is_file()


def test_damage_deep_in_the_file_is_told_and_a_new_warehouse_has_the_same_tables(
    finished: Path, finished_run: Path
) -> None:
    path = finished / "w/cape.duckdb"
    os.truncate(path, path.stat().st_size - (256 << 10))
    for at in range(3 * 4096 + 5000, path.stat().st_size, 64 << 10):
        flipped(path, at)
    assert "Put " in sentence(run(finished, "2026-07-21"))
    path.unlink()
    ended = run(finished)
    assert ended.exit_code == 0, ended.output
    assert builds(finished) == builds(finished_run)
    assert files(finished / "out") == files(finished_run / "out")
