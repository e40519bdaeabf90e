"""`cape ui`: Dagster's web server and daemon on the instance of one warehouse.

Belongs here: starting and ending both. Does not belong here: definitions, the instance's own settings (`run.py`), and
whom the web server answers (`web_server.py`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import dagster as dg

from cape_pipeline.run import dagster_home, last_exports
from cape_pipeline.settings import Settings

LOOK_AGAIN_SECONDS = 0.5
PATIENCE_SECONDS = 30.0
DEFINITIONS = ("-m", "cape_pipeline.definitions")


def serve(
    settings: Settings,
    exports: Path | None,
    port: int,
    say: Callable[[str], None],
    *,
    host: str,
    behind_login: bool = False,
    read_only: bool = False,
) -> int:
    """Run web server and daemon until interrupted; both end together. Returns the exit code.

    Read-only there is no daemon: it is the other one's, which works off what runs, schedules and sensors ask for.
    """
    settings = replace(settings, exports=exports or last_exports(settings) or settings.exports)
    home = dagster_home(settings)
    with dg.DagsterInstance.from_config(str(home)):  # its files are made once, not by web server and daemon at a time
        pass
    environment = {
        **os.environ,
        **settings.as_environment(),
        "DAGSTER_HOME": str(home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    named = "Dagster UI, read-only," if read_only else "Dagster UI"
    say(f"{named} on http://{host}:{port}   warehouse {settings.warehouse}   exports {settings.exports}")
    signal.signal(signal.SIGTERM, _interrupt)  # as a service manager ends it
    asked_as = "any-name" if behind_login else "this-machine"
    server = ["cape_pipeline.web_server", asked_as, *DEFINITIONS, "-h", host, "-p", str(port)]
    daemon = ["dagster._daemon", "run", *DEFINITIONS]
    commands = [[*server, "--read-only"]] if read_only else [server, daemon]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            processes.append(subprocess.Popen([sys.executable, "-m", *command], env=environment))  # noqa: S603 (ours)
        while all(process.poll() is None for process in processes):
            time.sleep(LOOK_AGAIN_SECONDS)
        return max(abs(process.returncode or 0) for process in processes) or 1  # one of them ended by itself
    except KeyboardInterrupt:
        return 0
    finally:
        _end(processes)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask each to end, as Ctrl-C does, and wait; who does not end is ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C has reached them too
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
