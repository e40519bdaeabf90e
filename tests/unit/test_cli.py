"""Every command says what it takes, refuses a wrong word in one sentence, and ends as a shell expects."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app
from cape_pipeline.commands.interrupts import heard, listening, stop_if_heard

PROGRAM = [sys.executable, "-c", "from cape_pipeline.cli import main; main()"]
COMMANDS = (
    "", "demo", "run", "check", "explain", "sql", "history", "interest", "calibrate", "close", "ui", "registry",
    "redact", "registry pages", "registry diff", "sample", "verify", "worker", "packet", "restore",
)  # fmt: skip
DAYS = ("--from", "2025-05-15", "--to", "2026-06-10")


def cape(*arguments: str, columns: int = 80) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.rich_utils.MAX_WIDTH", columns)  # typer reads it from the environment once a process
        return CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns)})


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, check=False, env=os.environ | environment
    )


# ---- help ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_says_what_every_option_means_within_80_columns(command: str) -> None:
    result = cape(*command.split(), "--help")
    assert result.exit_code == 0, result.output
    assert f"Example: cape {command}".strip() in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_and_argument_has_a_description(command: str) -> None:
    found = typer.main.get_command(app)
    for word in command.split():
        found = found.commands[word]  # type: ignore[attr-defined]
    assert [param.name for param in found.params if not getattr(param, "help", None)] == []


def test_every_command_is_looked_at_here() -> None:
    group = typer.main.get_command(app)
    inner = {f"registry {name}" for name in group.commands["registry"].commands}  # type: ignore[attr-defined]
    assert {"", *group.commands, *inner} == set(COMMANDS)  # type: ignore[attr-defined]


def test_without_a_command_it_says_what_to_do_first() -> None:
    result = cape()
    assert (result.exit_code, result.stderr) == (0, "")
    for first in ("cape demo", "cape check FILE", "cape run --exports FOLDER", "cape --help"):
        assert first in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_a_command_of_its_own_a_group_shows_them() -> None:
    result = cape("registry")
    assert (result.exit_code, "pages" in result.stdout, "diff" in result.stdout) == (0, True, True)


def test_the_release_is_told_and_nothing_else() -> None:
    result = cape("--version")
    assert result.exit_code == 0
    assert result.stdout.split()[0] == "cape-pipeline"
    assert len(result.stdout.split()) == 2


# ---- wrong words --------------------------------------------------------------------------------------------------

WRONG = [
    ("exlpain", "No such command 'exlpain'. Did you mean 'explain'? See cape --help"),
    ("registry page", "Did you mean 'pages'? See cape registry --help"),
    ("run", "Missing option '--exports' (env var: 'CAPE_EXPORTS'). See cape run --help"),
    ("run --exports", "Option '--exports' requires an argument"),
    ("run --export x", "No such option: --export (Possible options: --exports, --out). See cape run --help"),
    ("run --exports x --as-of 2026-02-30", "--as-of 2026-02-30: write the day as YYYY-MM-DD, such as 2026-07-20"),
    ("run --exports x --from 2025-13", "--from 2025-13: write the month as YYYY-MM, such as 2025-08, or undated"),
    ("run --exports x --to May", "--to May: write the month as YYYY-MM"),
    ("check", "Missing argument 'FILE'. See cape check --help"),
    ("check no.csv", "no.csv: there is no such file"),
    ("check .", "this is a folder, not a file"),
    ("explain 1", "no snapshot there; make one with cape run"),
    ("history 1", "no snapshot there; make one with cape run"),
    ("sql", "name one SELECT, or one ready question with --question; --list shows them"),
    ("sql x --question y", "name one SELECT, or one ready question with --question; --list shows them"),
    ("sql --question nope", "--question nope: there is no such question; --list shows them"),
    ("sql x --csv --json", "--json and --csv are two ways to print the same rows: choose one"),
    ("sql x --rows 0", "'--rows'"),
    ("sql x", "no snapshot there; make one with cape run"),
    ("interest", "Missing argument 'AMOUNT'. See cape interest --help"),
    ("interest ten --from 2025-05-15 --to 2026-06-10", "ten is not an amount of dollars, such as 100000.00"),
    (
        "interest 1.005 --from 2025-05-15 --to 2026-06-10",
        "give a principal of zero or more, in dollars and whole cents",
    ),
    ("interest 1 --from 15.5.2025 --to 2026-06-10", "--from 15.5.2025: write the day as YYYY-MM-DD"),
    ("interest 1 --from 2025-05-15 --to 2035-06-10", "(--carry-forward)"),
    ("interest 1 --from 2025-05-15 --to 2026-06-10 --rate-class x", "'x' is not one of 'corporate', 'noncorporate'"),
    ("calibrate no.csv", "no.csv: there is no such file"),
    ("close --period June", "--period June: write the day as YYYY-MM-DD"),
    ("close --period 2026-06-30", "no such warehouse; make one with cape run or cape demo"),
    ("registry pages no", "no: no such folder; name a folder of seeds, or none for this installation's own"),
    ("registry diff a shipped", "a: no folder a; name a folder of seeds, or shipped"),
    ("registry diff shipped@June shipped", "write the day behind @ as YYYY-MM-DD"),
    ("ui --warehouse no.duckdb", "no.duckdb: no such warehouse; make one with cape run or cape demo"),
    ("ui --port 0", "'--port'"),
    ("ui --host 0.0.0.0", "--host 0.0.0.0: Dagster's UI has no login: whoever reaches 0.0.0.0:3000 could start runs"),
    ("ui --host 10.0.0.1 --read-only --port 3001", "a proxy that asks for a login before 127.0.0.1:3001"),
    ("ui --host ::", "has no login"),
    ("ui --host cape.example", "--behind-login where one stands before it already"),
    ("ui --host ::1 --warehouse no.duckdb", "no.duckdb: no such warehouse"),
    ("ui --host localhost --warehouse no.duckdb", "no.duckdb: no such warehouse"),
    ("ui --host 0.0.0.0 --behind-login --warehouse no.duckdb", "no.duckdb: no such warehouse"),
]


@pytest.mark.parametrize(("line", "sentence"), WRONG, ids=[line for line, _ in WRONG])
def test_a_wrong_word_is_refused_in_one_sentence_with_2(
    line: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = cape(*line.split(), columns=200)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("cape: ")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert sentence in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_in_a_sentence_moves_no_cursor(tmp_path: Path) -> None:
    result = cape("check", str(tmp_path / "\x1b[2Jno.csv"))
    assert (result.exit_code, "\x1b" in result.stderr, "␛[2Jno.csv" in result.stderr) == (2, False, True)


@pytest.mark.parametrize(
    "command", ["explain 99944000704", "history 99944000704", "sql select", "close --period 2026-06-30"]
)
def test_a_file_that_is_no_snapshot_is_named_with_2(command: str, tmp_path: Path) -> None:
    for name in ("w.duckdb", "w_analyst.duckdb"):
        (tmp_path / name).write_text("no database", encoding="utf-8")
    result = cape(*command.split(), "--warehouse", str(tmp_path / "w.duckdb"))
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(f"cape: {tmp_path / 'w'}")
    assert len(result.stderr.splitlines()) == 1


def test_the_warehouse_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPE_WAREHOUSE", str(tmp_path / "other.duckdb"))
    for command in ("explain 1", "sql x", "history 1", "close --period 2026-06-30"):
        assert str(tmp_path / "other") in cape(*command.split()).stderr


# ---- how it ends --------------------------------------------------------------------------------------------------


def test_json_stands_alone_on_standard_output() -> None:
    for line in (f"interest 5000.25 {' '.join(DAYS)} --json", "sql --list --json", "registry pages --check --json"):
        result = cape(*line.split())
        assert (result.exit_code, result.stderr) == (0, "")
        assert json.loads(result.stdout)


def test_nothing_is_coloured_in_a_pipe_or_with_no_color_on_a_terminal() -> None:
    for command in (["interest", "5", *DAYS], ["check", "no.csv"]):
        piped = program(*command)
        assert "\x1b" not in piped.stdout + piped.stderr
        assert "\x1b[3" not in on_a_terminal(*command, NO_COLOR="1")[1]


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    bash, line = str(shutil.which("bash")), '"$@" sql --list | head -1'
    done = subprocess.run([bash, "-c", line, "_", *PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
    ids=["ascii", "C"],
)
def test_a_terminal_without_unicode_shows_figures_and_no_error(environment: dict[str, str]) -> None:
    for command, told in (
        (["interest", "5", *DAYS], "Interest 0.32 on 5.00"),
        (["demo", "--help"], "Usage: cape demo"),
    ):
        done = program(*command, **environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert told in done.stdout
        assert done.stdout.isascii()


def test_ctrl_c_is_heard_whoever_swallows_it() -> None:
    with listening():
        assert not heard()
        stop_if_heard()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        assert heard()
        assert heard()
        with pytest.raises(KeyboardInterrupt):
            stop_if_heard()
    with listening():
        assert not heard()


def on_a_terminal(*arguments: str, columns: int = 80, **environment: str) -> tuple[int, str]:
    """The exit code of a command on a terminal, and all that it writes there."""
    import fcntl
    import pty
    import struct
    import termios

    mother, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    told = inherited | {"TERM": "xterm-256color"} | environment
    process = subprocess.Popen([*PROGRAM, *arguments], stdin=child, stdout=child, stderr=child, env=told)
    os.close(child)
    written = b""
    while True:
        try:
            chunk = os.read(mother, 65536)
        except OSError:  # Linux says so when the last writer is gone
            break
        if not chunk:
            break
        written += chunk
    os.close(mother)
    return process.wait(timeout=60), written.decode()


def test_a_terminal_is_used_in_its_width_and_in_colour() -> None:
    code, told = on_a_terminal("interest", "100000", *DAYS, columns=60)
    assert code == 0
    assert "opening 102,294.228420" in " ".join(re.sub(r"\x1b\[[0-9;]*m", "", told).split())
    code, told = on_a_terminal("--help")
    assert (code, "\x1b[" in told) == (0, True)
