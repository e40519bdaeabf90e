"""`python -m tests.upgrade COMMIT`: keeps what the product of a commit makes of the exports here, beside this file.

Before a release, keep that of the release before. The file holds the exports, the warehouse and the closes, and weighs
some 200 KB.

Belongs here: the steps of a user of that time, by its own command line. Does not belong here: this product's own code,
none of which runs here.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.upgrade.kept import CLOSED, CLOSES, EXPORTS, FIRST, FIRST_DAY, HERE, LAST_DAY, ROOT, SUFFIX, TOLD, WAREHOUSE

GOLDEN = ROOT / "tests" / "golden" / "guide14" / "exports"


def main() -> int:
    """Make and keep it; the exit code."""
    commit = git("rev-parse", "--short=7", sys.argv[1]).decode().strip()
    with TemporaryDirectory() as folder:
        code, place = Path(folder) / "code", Path(folder) / "place"
        code.mkdir()
        subprocess.run(["tar", "-x"], input=git("archive", commit), cwd=code, check=True)  # noqa: S607 (the path's)
        said = use(code, place)
        (place / TOLD).write_text(json.dumps({"commit": commit, "steps": said}, indent=1) + "\n", encoding="utf-8")
        kept = HERE / f"{commit}{SUFFIX}"
        with tarfile.open(kept, "w:xz", preset=9) as packed:
            for name in (TOLD, EXPORTS, WAREHOUSE, CLOSES):
                if (place / name).exists():
                    packed.add(place / name, name, filter=nobody)
    sys.stdout.write(f"{kept.relative_to(ROOT)}: {kept.stat().st_size} bytes, {len(said)} steps\n")
    return 0


def use(code: Path, place: Path) -> list[str]:
    """The steps of a user who files nothing in April, closes the books, and is paid by July; gives those it knew."""
    exports = place / EXPORTS
    exports.mkdir(parents=True)
    for name in FIRST:
        shutil.copy(GOLDEN / name, exports / name)
    run = ["run", "--exports", EXPORTS, "--warehouse", WAREHOUSE, "--out", "out"]
    said = [step(code, place, *run, "--as-of", FIRST_DAY, "--attest", "drawback", "--attested-by", "A. Person")]
    if knows(code, "close", "--period"):
        said.append(step(code, place, "close", "--period", CLOSED, "--warehouse", WAREHOUSE))
    shutil.copytree(GOLDEN, exports, dirs_exist_ok=True)
    history = ["--history"] if knows(code, "run", "--history") else []
    said.append(step(code, place, *run, "--as-of", LAST_DAY, *history))
    return said


def step(code: Path, place: Path, *arguments: str) -> str:
    """Run a command of that time; gives it as it was written."""
    ended = subprocess.run(
        command(*arguments), env=environment(code), cwd=place, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(f"cape {' '.join(arguments)}\n{ended.stdout}{ended.stderr}")
    return f"cape {' '.join(arguments)}"


def knows(code: Path, name: str, option: str = "") -> bool:
    """Whether the product of that time has a command, and an option of it."""
    told = subprocess.run(
        command(name, "--help"), env=environment(code), cwd=code, capture_output=True, text=True, check=False
    )
    return told.returncode == 0 and option in told.stdout


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cape_pipeline.cli", *arguments]


def environment(code: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CAPE_")}
    return ours | {"PYTHONPATH": str(code), "DAGSTER_DISABLE_TELEMETRY": "1", "COLUMNS": "200"}


def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file as nobody's, of no time: who keeps it, and when, is no part of it."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607 (the path's)


if __name__ == "__main__":
    sys.exit(main())
