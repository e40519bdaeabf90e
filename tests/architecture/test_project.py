"""The project around the code: what is installed, how it is checked, and what its files must not hold."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.project import ROOT, project_paths

LONG_TESTS = ".venv/bin/pytest tests/end_to_end/long"

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Folders of machines, not of projects.
MACHINE_PATH = re.compile(r"(?<![\w.$}~-])/(?:work|farm|root|tmp|opt|home|Users)/|\b[A-Z]:\\Users\\")
INDEX_ADDRESS = re.compile(
    r"index[-_]url|find[-_]links|https?://(?:[\w.-]*\.)?(?:pypi\.org|pythonhosted\.org)|\.(?:whl|tar\.gz)#sha256", re.I
)


def text_of(path: Path) -> str | None:
    """The text of a file, or None where it is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def pins() -> dict[str, tuple[Version, int]]:
    """Each pinned package with its version and how many hashes it has."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[Version, int]] = {}
    for block in re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text).strip()):
        requirement = Requirement(block.split("\\")[0].strip())
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        found[canonicalize_name(requirement.name)] = Version(pin.version), block.count("--hash=sha256:")
    return found


def requirements() -> list[Requirement]:
    """What the project asks for: to run, to be tested, to be built and to be installed in place."""
    project = PYPROJECT["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"], *PYPROJECT["build-system"]["requires"]]
    return [*map(Requirement, asked), Requirement("editables")]


def commands() -> list[str]:
    """README's commands that do all the set-up: one line each."""
    return [
        line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("python3 ")
    ]


def test_two_commands_do_all_the_set_up_and_the_same_way() -> None:
    demo, check = commands()
    assert demo.endswith("/cape demo")
    assert check.endswith("/pytest")
    set_up = demo.split(" && ")[:-1]
    assert check.split(" && ")[: len(set_up)] == set_up
    assert "--require-hashes -r constraints.txt" in set_up[1]
    assert set_up[2].endswith("--no-deps --no-build-isolation -e .")


def test_the_test_command_lints_checks_the_format_and_the_types() -> None:
    _, check = commands()
    tools = [step.removeprefix(".venv/bin/") for step in check.split(" && ")[3:]]
    assert tools == ["ruff check", "ruff format --check", "mypy", "pytest"]


def test_ci_runs_the_test_command_as_it_stands_and_the_long_tests_where_there_is_a_browser() -> None:
    path = ROOT / ".ci" / "run"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    in_the_checkout = ["set -euo pipefail", 'cd "$(dirname "${BASH_SOURCE[0]}")/.."']
    assert lines == [*in_the_checkout, ".ci/install_servers", "{", commands()[1], "} || exit", LONG_TESTS]
    assert f"`{LONG_TESTS}`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o111


def test_everything_asked_for_is_pinned_within_its_range() -> None:
    pinned = pins()
    outside = {
        str(asked): str(pinned.get(canonicalize_name(asked.name)))
        for asked in requirements()
        if asked.name != PYPROJECT["project"]["name"]  # one extra asks for another of this project
        and (
            canonicalize_name(asked.name) not in pinned
            or pinned[canonicalize_name(asked.name)][0] not in asked.specifier
        )
    }
    assert outside == {}


def test_every_pin_has_its_hashes() -> None:
    assert [name for name, (_, hashes) in pins().items() if hashes == 0] == []


def test_the_engine_is_the_newest_whose_extensions_are_published() -> None:
    assert pins()["duckdb"][0] == Version("1.5.5")


def test_the_command_is_called_cape() -> None:
    assert PYPROJECT["project"]["scripts"] == {"cape": "cape_pipeline.cli:main"}


def test_every_lint_rule_that_is_switched_off_says_why() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    ignores = [line for line in lines if re.match(r'    "[A-Z]+\d+",', line)] + [
        line for line in lines if re.match(r'    "[A-Z]+",(?!\s")', line)
    ]
    assert ignores
    assert [line for line in ignores if "  # " not in line] == []


def test_there_are_files_to_look_at() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in project_paths()}
    assert {"README.md", "pyproject.toml", "constraints.txt", ".ci/run", "cape_pipeline/definitions.py"} <= names
    assert not any(name.startswith((".git/", ".venv/")) for name in names)


def test_no_file_holds_a_path_of_a_machine_or_the_address_of_a_package_index() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in project_paths()
        for number, line in enumerate((text_of(path) or "").splitlines(), 1)
        if MACHINE_PATH.search(line) or INDEX_ADDRESS.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "see /" + "tmp/brief for the rest",
        'open("/' + 'home/someone/exports")',
        "--extra-index" + "-url https://packages.example",
        "https://files.python" + "hosted.org/packages/x",
    ],
)
def test_such_a_line_would_be_found(line: str) -> None:
    assert MACHINE_PATH.search(line) or INDEX_ADDRESS.search(line)


def test_no_readme_is_empty() -> None:
    readmes = [path for path in project_paths() if path.name.lower().startswith("readme")]
    assert readmes
    assert [str(path.relative_to(ROOT)) for path in readmes if len((text_of(path) or "").split()) < 30] == []


def test_the_workspace_loads_the_definitions() -> None:
    assert "python_module: cape_pipeline.definitions" in (ROOT / "workspace.yaml").read_text(encoding="utf-8")
