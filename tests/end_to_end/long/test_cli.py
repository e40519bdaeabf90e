"""The command line on the demonstration: examples of the help run, JSON is JSON, and Ctrl-C ends a run cleanly."""

import glob
import json
import re
import shlex
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app

WAREHOUSE = "cape-demo/warehouse/cape.duckdb"
ENTRY = "99944000704"
#: Run elsewhere: the first makes what the others are run on, the others are servers (test_ui.py, test_cluster.py).
ELSEWHERE = ("cape demo", "cape ui", "cape worker")
JSON_COMMANDS = [
    "check cape-demo/exports/claim_details_ZQX.csv",
    f"explain {ENTRY}",
    f"history {ENTRY}",
    "interest 5000.25 --from 2025-05-15 --to 2026-06-10",
    "sql --list",
    'sql "select * from reports.position"',
    "registry pages --check",
    "calibrate refunds_received.csv",
    "sample --entries 500 --seed 3 small-sample",
]


def examples() -> list[str]:
    """Every example of every help, as the help prints it."""
    group = typer.main.get_command(app)
    commands = ["", *group.commands]  # type: ignore[attr-defined]
    commands += [f"registry {name}" for name in group.commands["registry"].commands]  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.rich_utils.MAX_WIDTH", 300)  # so that no example is broken; typer reads it once a process
        helps = [CliRunner().invoke(app, [*command.split(), "--help"]).stdout for command in commands]
    return sorted({line for text in helps for line in re.findall(r"(?m)^ Example: (cape .*?) *$", text)})


@pytest.fixture(scope="module")
def folder(finished_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cape-demo, as its user has it, and a file of refunds really received."""
    folder = shutil.copytree(finished_demo, tmp_path_factory.mktemp("examples"), dirs_exist_ok=True)
    days = ["--from", "2025-05-15", "--to", "2026-06-10"]
    rows = ["principal_usd,deposit_date,liquidation_date,interest_usd"]
    for principal in ("1000.00", "25000.00"):
        walk = json.loads(CliRunner().invoke(app, ["interest", principal, *days, "--json"]).stdout)
        rows.append(f"{principal},2025-05-15,2026-06-10,{walk['interest_usd']}")
    (folder / "refunds_received.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CAPE_WAREHOUSE", WAREHOUSE)
    monkeypatch.setenv("CAPE_OUT", "cape-demo/out")
    return folder


def cape(line: str, columns: int = 80) -> Result:
    """A line as a shell would give it to the program."""
    words = [found for word in shlex.split(line) for found in sorted(glob.glob(word)) or [word]]  # noqa: PTH207
    return CliRunner().invoke(app, words, env={"COLUMNS": str(columns)})


def test_every_command_but_those_run_elsewhere_has_an_example_here() -> None:
    assert len(examples()) >= 14
    assert {name for name in ELSEWHERE if any(line.startswith(name) for line in examples())} == set(ELSEWHERE)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("line", [line for line in examples() if not line.startswith(ELSEWHERE)])
def test_an_example_of_the_help_runs_as_it_stands(line: str) -> None:
    result = cape(line.removeprefix("cape "))
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("line", JSON_COMMANDS)
def test_json_is_alone_on_standard_output(line: str) -> None:
    result = cape(f"{line} --json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)


def test_the_demonstration_tells_its_places_and_position_as_json(finished_demo: Path) -> None:
    told: dict[str, Any] = json.loads((finished_demo / "demo.json").read_text(encoding="utf-8"))
    assert told["is_published"] is True
    assert Path(told["snapshot"]).name == "cape_analyst.duckdb"
    assert {Path(told[place]).name for place in ("exports", "templates", "out")} == {"exports", "templates", "out"}
    with duckdb.connect(str(finished_demo / "cape-demo/warehouse/cape_analyst.duckdb"), read_only=True) as con:
        ((count, principal),) = con.execute("select entry_count, refund_principal_usd from reports.position").fetchall()
    assert (told["position"]["entry_count"], Decimal(told["position"]["refund_principal_usd"])) == (count, principal)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("line", [f"explain {ENTRY}", "sql --question what_to_file_today"])
def test_no_figure_is_cut_at_either_width(line: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cape_pipeline.commands.terminal.out._width", width)
    told = cape(line).stdout
    assert "…" not in told
    if line.startswith("sql"):
        amounts = json.loads(cape(f"{line} --json").stdout)[:50]
        assert {row["refund_principal_usd"] for row in amounts} <= set(told.split())
        assert {row["entry_number"] for row in amounts} <= set(told.split())


@pytest.mark.usefixtures("here")
def test_an_entry_that_no_report_names_is_looked_at_for_what_is_wrong_with_it() -> None:
    for line, doubt in (
        ("explain 999-4400070-5", "its check digit would be 4: look at the number again"),
        ("explain 4400070", "an entry number has a filer code of three characters, seven digits and a check digit"),
        ("history 99944000705", "its check digit would be 4: look at the number again"),
    ):
        result = cape(line)
        assert (result.exit_code, result.stdout) == (2, "")
        assert doubt in result.stderr
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("here")
def test_two_statements_are_refused_and_none_is_run() -> None:
    result = cape('sql "select 1; select 2"')
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "cape: the question is more than one statement: ask them one by one\n"


@pytest.mark.usefixtures("here")
def test_a_snapshot_of_another_release_is_said_to_be_one(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "w_analyst.duckdb")):
        pass
    for line in (f"explain {ENTRY}", "sql --question what_to_file_today", "registry diff shipped shipped"):
        result = cape(f"{line} --warehouse {tmp_path / 'w.duckdb'}")
        assert result.exit_code == 2, result.output
        assert "bring it up to date with cape run" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_ctrl_c_ends_a_run_with_130_and_the_same_command_finishes_it(tmp_path: Path) -> None:
    exports = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
    line = ["run", "--exports", str(exports), "--warehouse", str(tmp_path / "w/cape.duckdb"), "--as-of", "2026-07-20"]
    line += ["--out", str(tmp_path / "out")]
    program = """
import os, signal
from cape_pipeline.run_progress import Watch
see = Watch.see
def press(watch, event):
    if event is not None and event.step_key == "entries__eligibility":
        os.kill(os.getpid(), signal.SIGINT)
    see(watch, event)
Watch.see = press
from cape_pipeline.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program, *line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, ""), done.stderr
    assert done.stderr == "cape: interrupted; what was finished stands, and the same command begins the rest anew\n"
    assert not (tmp_path / "w/cape_analyst.duckdb").exists()
    result = CliRunner().invoke(app, [*line, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["is_published"] is True
