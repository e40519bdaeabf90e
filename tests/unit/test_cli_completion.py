"""A shell completes commands, options and the values that are known: asked as bash and zsh ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.commands import completion
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.ace import ATTESTED_FACTS
from cape_pipeline.cookbook import ready_questions
from cape_pipeline.interest.conventions import OPTIONS
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files

PROGRAM = "from cape_pipeline.cli import main; main()"


def asked(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    assert done.stderr == ""
    return done.stdout


def bash(*words: str, **environment: str) -> list[str]:
    """What bash would offer for the last word."""
    told = {"_CAPE_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(("cape", *words)), "COMP_CWORD": str(len(words))}
    return asked(told | environment).split()


def zsh(line: str) -> str:
    return asked({"_CAPE_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": line})


# ---- through the shells' protocol ---------------------------------------------------------------------------------


def test_bash_completes_commands_options_and_values(tmp_path: Path) -> None:
    assert bash("ca") == ["calibrate"]
    assert bash("run", "--acc") == ["--accept-stale"]
    assert bash("sql", "--question", "what_to_file") == ["what_to_file_today"]
    snapshot = snapshot_in(tmp_path, "99944000704", "ABC12345676")
    assert bash("explain", "999", CAPE_WAREHOUSE=str(snapshot)) == ["99944000704"]


def test_zsh_completes_them_with_what_they_mean() -> None:
    assert '"corporate"' in zsh("cape interest 1 --rate-class cor")
    told = zsh("cape run --policy ieepa_last_day=")
    assert '"ieepa_last_day=last_collection":"Collection ended at' in told
    assert told.startswith("_arguments '*: :((")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_script_of_a_shell_is_shown(shell: str) -> None:
    told = asked({"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}, "--show-completion", shell)
    assert f"_CAPE_COMPLETE=complete_{shell}" in told
    if shell == "bash":
        subprocess.run([str(shutil.which("bash")), "-n"], input=told, text=True, check=True)


def test_installing_writes_the_script_where_bash_reads_it(tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path)}
    script = '"$@" --install-completion; exit $?'  # not its last command, or bash would become it
    done = subprocess.run(
        [str(shutil.which("bash")), "-c", script, "_", sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    written = tmp_path / ".bash_completions" / "cape.sh"
    assert "complete -o default -F _cape_completion cape" in written.read_text(encoding="utf-8")
    assert str(written) in (tmp_path / ".bashrc").read_text(encoding="utf-8")


# ---- the names themselves -----------------------------------------------------------------------------------------


class Named:
    """What a completion is told of the command line so far."""

    def __init__(self, **params: object) -> None:
        self.params = params


def offered(which: object, incomplete: str = "", **params: object) -> list[str]:
    found = which(Named(**params), incomplete)  # type: ignore[operator]
    return [name if isinstance(name, str) else name[0] for name in found]


def test_every_ready_question_is_offered_with_its_words() -> None:
    assert offered(completion.questions) == sorted(ready_questions())
    asks = dict(completion.questions(Named(), "what_to"))
    assert ready_questions()["what_to_file_today"].comment.startswith(asks["what_to_file_today"])
    assert offered(completion.questions, "../") == []


def test_the_groups_offered_are_those_of_the_tables() -> None:
    assert set(offered(completion.groups)) == {contract.layer() for contract in CONTRACTS.values()}
    assert offered(completion.groups, "pay") == ["payments"]


def test_the_policies_offered_are_those_in_force() -> None:
    frame = load_registry(project_files("registry_seeds"))["registry.policies"]
    known = [f"{point}={policy}" for point, policy in frame.select("policy_point", "policy").iter_rows()]
    assert sorted(offered(completion.policies)) == sorted(known)


def test_every_value_of_every_convention_is_offered() -> None:
    assert len(offered(completion.conventions)) == sum(map(len, OPTIONS.values()))
    assert offered(completion.conventions, "day_count=b") == ["day_count=both"]


def test_a_fact_is_offered_once_behind_those_that_are_named() -> None:
    assert offered(completion.facts) == list(ATTESTED_FACTS)
    assert offered(completion.facts, "drawback,surety") == ["drawback,surety_paid"]
    assert offered(completion.facts, "drawback,dra") == []


def test_the_kinds_of_submitters_are_offered() -> None:
    assert offered(completion.submitters, "b") == ["broker:"]


def snapshot_in(folder: Path, *numbers: str) -> Path:
    with duckdb.connect(str(folder / "w_analyst.duckdb")) as con:
        con.execute("create schema entries; create table entries.eligibility (entry_number varchar)")
        con.executemany("insert into entries.eligibility values (?)", [[number] for number in numbers])
    return folder / "w.duckdb"


def test_entry_numbers_are_offered_with_or_without_dashes_and_at_most_fifty(tmp_path: Path) -> None:
    warehouse = snapshot_in(tmp_path, *(f"ABC{number:08}" for number in range(60)), "XYZ00000001")
    assert offered(completion.entry_numbers, "xyz-0", warehouse=warehouse) == ["XYZ00000001"]
    assert len(offered(completion.entry_numbers, "", warehouse=warehouse)) == completion.MOST_ENTRIES


def test_without_a_snapshot_that_can_be_read_no_entry_is_offered(tmp_path: Path) -> None:
    assert offered(completion.entry_numbers, "", warehouse=tmp_path / "no.duckdb") == []
    (tmp_path / "w_analyst.duckdb").write_text("no database", encoding="utf-8")
    assert offered(completion.entry_numbers, "", warehouse=tmp_path / "w.duckdb") == []
    with duckdb.connect(str(tmp_path / "old_analyst.duckdb")):
        pass
    assert offered(completion.entry_numbers, "", warehouse=tmp_path / "old.duckdb") == []
