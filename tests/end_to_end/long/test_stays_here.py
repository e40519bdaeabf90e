"""Nothing leaves the machine, and nobody else on it may read what is written: the programs themselves are watched."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from cape_pipeline.cli import main; main()"]
#: Loaded by every Python process that the program starts: writes down whoever is asked for on the network, and refuses.
WATCH = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        told = address[0] if isinstance(address, tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        told = arguments[0]
    elif event in ("socket.sendto", "socket.sendmsg"):
        told = arguments[1][0] if isinstance(arguments[1], tuple) else ""
    else:
        return
    told = told.decode() if isinstance(told, bytes) else told
    if told and told not in ("localhost", "::1", "0.0.0.0", "::") and not told.startswith("127."):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{event} {told}\\n")
        raise OSError(f"no network here: {told}")

sys.addaudithook(watch)
"""


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """The environment of a watched program, with a home folder of its own."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    (tmp_path / "home").mkdir()
    paths = [str(tmp_path / "watch"), *filter(None, [os.environ.get("PYTHONPATH")]), str(Path.cwd())]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CAPE_", "DAGSTER_"))},
        "PYTHONPATH": os.pathsep.join(paths),
        "HOME": str(tmp_path / "home"),
        "NETWORK_LOG": str(tmp_path / "network.log"),
    }


def asked_for(watched: dict[str, str]) -> list[str]:
    log = Path(watched["NETWORK_LOG"])
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def cape(watched: dict[str, str], *arguments: object) -> None:
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)], env=watched, capture_output=True, text=True, check=False, umask=0
    )
    assert done.returncode == 0, done.stdout + done.stderr


def open_to_others(folder: Path) -> list[str]:
    return sorted(
        f"{path.relative_to(folder)} {path.stat().st_mode & 0o777:o}"
        for path in folder.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o077
    )


def test_the_watch_itself_sees_an_attempt(watched: dict[str, str]) -> None:
    program = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", program], env=watched, capture_output=True, check=False)
    assert done.returncode != 0
    assert asked_for(watched)


def test_nothing_that_a_command_writes_is_anybody_elses_and_none_asks_the_network(
    watched: dict[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    demo, warehouse = place / "demo", place / "demo" / "warehouse" / "cape.duckdb"
    cape(watched, "demo", demo)
    cape(watched, "sample", place / "sample", "--entries", 50)
    cape(watched, "close", "--period", "2026-06-30", "--warehouse", warehouse)
    attest = ["--attest", "drawback", "--attested-by", "Somebody"]
    cape(watched, "run", "--exports", demo / "exports", "--warehouse", warehouse, "--out", place / "out", *attest)
    cape(watched, "redact", demo / "exports", place / "copy", "--key-file", place / "key")
    assert open_to_others(place) == []
    assert len(list(place.rglob("*"))) > 100
    assert asked_for(watched) == []


def test_the_ui_starts_and_asks_nobody_but_this_machine(watched: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    warehouse, exports = tmp_path / "w" / "cape.duckdb", tmp_path / "exports"
    exports.mkdir()
    header = "importer_number,name,rate_class,ach_enrolled,periodic_monthly_statement"
    (exports / "importers.csv").write_text(f"{header}\n12-3456789,Somebody Inc,corporate,Y,Y\n", encoding="utf-8")
    cape(watched, "run", "--exports", exports, "--warehouse", warehouse, "--out", tmp_path / "out")
    with (tmp_path / "ui.log").open("wb") as log:
        ui = subprocess.Popen(
            [*PROGRAM, "ui", "--warehouse", str(warehouse), "--port", str(port)], env=watched, stdout=log, stderr=log
        )
    try:
        page = _page(f"http://127.0.0.1:{port}/", ui, tmp_path / "ui.log")
        assert b"Dagster" in page
        time.sleep(10)  # the daemon's first turns
        assert ui.poll() is None
    finally:
        ui.terminate()
        ui.wait(60)
    assert asked_for(watched) == []
    assert open_to_others(tmp_path / "w") == []


def _page(address: str, ui: subprocess.Popen[bytes], log: Path) -> bytes:
    for _ in range(120):
        assert ui.poll() is None, log.read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(address) as answer:  # noqa: S310 (our own address)
                return bytes(answer.read())
        except OSError:
            time.sleep(1)
    raise AssertionError(log.read_text(encoding="utf-8"))
