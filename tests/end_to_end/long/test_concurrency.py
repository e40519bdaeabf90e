"""Analysts read while runs swap the snapshot; runs that want to write at once do so one after another.

Belongs here: what several processes do at the same time. Does not belong here: what one that is killed leaves
(`test_crashes.py`).
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app
from cape_pipeline.warehouse.snapshot import write_snapshot

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "tests" / "golden" / "guide14" / "exports"
AS_OF = "2026-07-20"
BUILDS = "select table_id, partition_month, input_hash, row_count, content_hash from warehouse.builds order by all"
SWAPS = 40
PATIENCE_SECONDS = 600

#: Opens the snapshot again and again until its input ends, and tells every day it saw, and every doubt.
READER = """
import json, select, sys, duckdb
days, odd, opened = set(), [], 0
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as con:
            opened += 1
            seen = {
                con.execute(f"select max(as_of_date) from {table}").fetchone()[0].isoformat()
                for table in ("registry.as_of", "reports.position", "registry.as_of", "entries.eligibility")
            }
            days |= seen
            if len(seen) > 1:
                odd.append(sorted(seen))
    except duckdb.Error as error:
        odd.append(str(error))
print(json.dumps({"opened": opened, "days": sorted(days), "odd": odd}))
"""
#: What the UI starts when a month of a table is asked for: the job `everything` over one month, in the same instance.
MONTH_FROM_THE_UI = """
import sys
from pathlib import Path
import dagster as dg
from cape_pipeline import automation
from cape_pipeline.definitions import defs
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
warehouse, exports, out = map(Path, sys.argv[1:])
settings = Settings(warehouse=warehouse, exports=exports, out=out, lock_wait_seconds=600.0)
with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
    done = defs.resolve_job_def(automation.everything.name).execute_in_process(
        instance=instance, run_config=Warehouse.run_config(settings), tags=automation.range_tags("2025-11", "2025-11"),
        asset_selection=[dg.AssetKey(["lines", "duty_splits"])], raise_on_error=False,
    )
print("success" if done.success else "failure")
"""


def cape(*arguments: object, **environment: str) -> Result:
    given = {"COLUMNS": "160", **environment}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=given)


def builds(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute(BUILDS).fetchall()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def finished(finished_run: Path, tmp_path: Path) -> Path:
    """What a run left, to change it."""
    return shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)


def test_analysts_who_read_while_the_snapshot_is_swapped_never_fail_and_never_see_two_days(finished: Path) -> None:
    snapshot = finished / "w/cape_analyst.duckdb"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(snapshot)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    days = [date(2026, 7, 20) + timedelta(days=count) for count in range(SWAPS)]
    with duckdb.connect(str(finished / "w/cape.duckdb")) as con:
        for day in days:
            con.execute("begin")
            for table in ("registry.as_of", "reports.position", "entries.eligibility"):
                kind = con.execute(
                    "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?", [table]
                ).fetchone()
                if kind:
                    con.execute(f"update {table} set as_of_date = ?", [day])
            con.execute("commit")
            write_snapshot(con, snapshot)
    told = json.loads(reader.communicate("\n", timeout=PATIENCE_SECONDS)[0])
    assert told["odd"] == []
    assert told["opened"] > 1
    assert set(told["days"]) <= {day.isoformat() for day in days}
    assert len(told["days"]) > 1, "nothing was swapped while the analyst read"


def started(*program: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, *map(str, program)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CAPE_LOCK_WAIT_SECONDS": str(PATIENCE_SECONDS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(holds: Callable[[], Any], process: "subprocess.Popen[str]") -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert process.poll() is None, "the run ended before it was seen at work"
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def holds_the_warehouse(path: Path) -> bool:
    """Whether another process holds it: it is opened in a process of its own, which gives no lock of this one away."""
    probe = subprocess.run(
        [sys.executable, "-c", "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True)", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "Conflicting lock" in probe.stderr


def test_runs_and_a_month_asked_for_in_the_ui_write_one_after_another_while_others_look(finished: Path) -> None:
    """A run to another day and back, by two runs at once, and a month between them, ends with the tables of the one."""
    warehouse, out = finished / "w/cape.duckdb", finished / "out"
    expected, expected_files = builds(warehouse), files(out)
    places = ["--exports", EXPORTS, "--warehouse", warehouse, "--out", out]
    first = started("-m", "cape_pipeline.cli", "run", *places, "--as-of", "2026-07-21")
    try:
        wait_until(lambda: holds_the_warehouse(warehouse), first)
        month = started("-c", MONTH_FROM_THE_UI, warehouse, EXPORTS, out)
        refused = cape("run", *places, "--as-of", AS_OF, CAPE_LOCK_WAIT_SECONDS="0")
        assert refused.exit_code == 2
        assert f"is held by process {first.pid} " in refused.stderr
        refused = cape("verify", "--warehouse", warehouse, CAPE_LOCK_WAIT_SECONDS="0")
        assert (refused.exit_code, f"is held by process {first.pid} " in refused.stderr) == (2, True), refused.output
        explained = cape("explain", "MYK-0101003-9", "--warehouse", warehouse, "--json")
        assert explained.exit_code == 0, explained.output
        assert first.poll() is None, "the first run was not at work any more"
        second = started("-m", "cape_pipeline.cli", "run", *places, "--as-of", AS_OF)
        told = [process.communicate(timeout=PATIENCE_SECONDS) for process in (first, month, second)]
    finally:
        first.kill()
    assert [first.returncode, month.returncode, second.returncode] == [0, 0, 0], told
    assert told[1][0].splitlines()[-1:] == ["success"], told[1]
    # whoever of the two waiting came last, a run of everything as of the day brings the tables of that day
    assert cape("run", *places, "--as-of", AS_OF).exit_code == 0
    assert builds(warehouse) == builds(finished / "w/cape_analyst.duckdb") == expected
    assert files(out) == expected_files
