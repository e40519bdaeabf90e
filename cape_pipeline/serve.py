"""`cape ui`: Dagster's web server and daemon on the instance of one warehouse.

Belongs here: starting and ending both. Does not belong here: definitions, and the instance's own settings (`run.py`).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg

from cape_pipeline.run import dagster_home, last_exports
from cape_pipeline.settings import Settings


def serve(
    settings: Settings,
    exports: Path | None,
    port: int,
    say: Callable[[str], None],
    *,
    host: str,
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
    server = ["dagster_webserver", "--read-only"] if read_only else ["dagster", "dev"]
    command = [sys.executable, "-m", *server, "-m", "cape_pipeline.definitions", "-h", host, "-p", str(port)]
    named = "Dagster UI, read-only," if read_only else "Dagster UI"
    say(f"{named} on http://{host}:{port}   warehouse {settings.warehouse}   exports {settings.exports}")
    signal.signal(signal.SIGTERM, _interrupt)  # as a service manager ends it
    process = subprocess.Popen(command, env=environment)  # noqa: S603 (our own interpreter, no shell, a port number)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        return process.wait()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
