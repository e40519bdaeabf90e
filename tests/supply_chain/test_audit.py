"""The audit is green only where every pinned package was asked about, and nothing is known of any that was not judged.

Tried with a pip-audit of the test's own, which answers what it is told to.
"""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from tests.supply_chain.audit import CLEAN, FOUND, JUDGED, UNKNOWN, NoAnswer, found_program, run
from tests.supply_chain.pins import pinned

CONSTRAINTS = """\
# a comment
one==1.0 \\
    --hash=sha256:aa
    # via two
Two.Words==2.0 ; python_version < "4" \\
    --hash=sha256:bb
"""
FINE = [{"name": "one", "version": "1.0", "vulns": []}, {"name": "two-words", "version": "2.0", "vulns": []}]
BAD = [
    FINE[0],
    {**FINE[1], "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}]},
]
UNASKED = [FINE[0], {"name": "two-words", "skip_reason": "not found"}]
JUDGEMENT = """
[[judged]]
vulnerability = "PYSEC-2026-1"
package = "two-words"
version = "{}"
reason = "its server is never started"
on = 2026-11-22
"""


def audited(tmp_path: Path, answer: object, *, said: str = "", judged: str = "judged = []") -> tuple[list[str], int]:
    """What the command says where pip-audit answers so."""
    written = answer if isinstance(answer, str) else json.dumps({"dependencies": answer, "fixes": []})
    program = tmp_path / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.stdout.write({written!r})\nsys.stderr.write({said!r})\nsys.exit(1)\n",
        encoding="utf-8",
    )
    program.chmod(0o700)
    (tmp_path / "constraints.txt").write_text(CONSTRAINTS, encoding="utf-8")
    (tmp_path / "judged.toml").write_text(judged, encoding="utf-8")
    return run(str(program), tmp_path / "constraints.txt", tmp_path / "judged.toml")


def test_pins_are_read_with_their_markers_and_without_their_hashes() -> None:
    assert pinned(CONSTRAINTS) == {"one": "1.0", "two-words": "2.0"}


def test_it_is_green_where_all_were_asked_about_and_nothing_is_known(tmp_path: Path) -> None:
    lines, code = audited(tmp_path, FINE)
    assert code == CLEAN
    assert lines == ["2 of 2 packages were asked about: 0 known vulnerabilities, 0 of them judged in judged.toml"]


def test_a_vulnerability_is_named_with_the_release_that_mends_it(tmp_path: Path) -> None:
    lines, code = audited(tmp_path, BAD)
    assert code == FOUND
    assert lines[0] == "two-words 2.0: PYSEC-2026-1, mended in 2.1: raise the pin (CONTRIBUTING.md, Packages)"


def test_what_was_judged_for_this_version_is_counted_and_not_named(tmp_path: Path) -> None:
    lines, code = audited(tmp_path, BAD, judged=JUDGEMENT.format("2.0"))
    assert code == CLEAN
    assert lines == ["2 of 2 packages were asked about: 1 known vulnerabilities, 1 of them judged in judged.toml"]


def test_a_judgement_of_another_version_does_not_hold(tmp_path: Path) -> None:
    lines, code = audited(tmp_path, BAD, judged=JUDGEMENT.format("1.9"))
    assert code == FOUND
    assert "take it out" in lines[1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (UNASKED, "two-words: nothing is known (not found)"),
        (FINE[:1], "two-words: nothing is known (the answer does not speak of two-words 2.0)"),
        ([FINE[0], {**FINE[1], "version": "1.9"}], "two-words: nothing is known (the answer does not speak of"),
        ([], "one: nothing is known"),
    ],
)
def test_a_package_that_was_not_asked_about_is_never_green(tmp_path: Path, answer: object, why: str) -> None:
    lines, code = audited(tmp_path, answer, said="No known vulnerabilities found")
    assert code == UNKNOWN
    assert lines[0].startswith(why)


def test_what_is_found_counts_more_than_what_is_not_known(tmp_path: Path) -> None:
    assert audited(tmp_path, [BAD[1], {"name": "one", "skip_reason": "not found"}])[1] == FOUND


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", "{}", '{"dependencies": [{"name": "one"}]}'])
def test_without_an_answer_it_says_so(tmp_path: Path, answer: str) -> None:
    lines, code = audited(tmp_path, answer, said="a warning\nERROR: Could not connect to the vulnerability feed\n")
    assert code == UNKNOWN
    (line,) = lines
    assert line.startswith("the audit says nothing: ")
    assert answer or line.endswith("Could not connect to the vulnerability feed")


def test_without_pip_audit_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.supply_chain.audit.OWN", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAnswer, match=r"python3\.11 -m venv \.venv-audit"):
        found_program()
    assert run()[1] == UNKNOWN


def test_every_judgement_gives_its_reason_and_its_day() -> None:
    for one in tomllib.loads(JUDGED.read_text(encoding="utf-8"))["judged"]:
        assert set(one) == {"vulnerability", "package", "version", "reason", "on"}
        assert one["reason"]
