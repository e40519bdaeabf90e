"""The wheel holds all that a run needs: installed elsewhere, in an empty folder, the demonstration works."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.project import ROOT


def run(*command: str | Path, folder: Path) -> str:
    """Standard output of a command that must succeed, run as a user would: nothing of this checkout on its path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(list(map(str, command)), cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment with the wheel installed; its dependencies are those of the running one."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist", folder=ROOT)
    (wheel,) = (folder / "dist").glob("cape_pipeline-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", folder / "fresh", folder=folder)
    python = folder / "fresh" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "-q")
    run(*pip, "--no-deps", "--no-index", wheel, folder=folder)
    purelib = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder).strip()
    dependencies = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (Path(purelib) / "dependencies.pth").write_text("\n".join(dependencies) + "\n")
    return folder / "fresh" / "bin"


@pytest.mark.parametrize("name", ["sql", "registry_seeds"])
def test_sql_and_seeds_come_from_inside_the_installed_package(environment: Path, tmp_path: Path, name: str) -> None:
    program = f"from cape_pipeline.settings import project_files; print(project_files({name!r}))"
    installed = Path(run(environment / "python", "-c", program, folder=tmp_path).strip())
    assert installed.parts[-3:] == ("cape_pipeline", "_data", name)
    assert ROOT not in installed.parents
    assert files_in(installed) == files_in(ROOT / name)
    assert files_in(installed)


def test_the_demonstration_runs_from_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    assert run(environment / "cape", "demo", folder=tmp_path).strip()
    assert list(tmp_path.rglob("cape.duckdb"))
    assert list(tmp_path.rglob("cape_analyst.duckdb"))


def test_the_command_can_also_be_started_as_a_module(environment: Path, tmp_path: Path) -> None:
    assert "demo" in run(environment / "python", "-m", "cape_pipeline.cli", "--help", folder=tmp_path)
