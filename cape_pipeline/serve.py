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

LOOPBACK = "127.0.0.1"


def serve(settings: Settings, exports: Path | None, port: int, say: Callable[[str], None]) -> int:
    """Run web server and daemon until interrupted; both end together. Returns the exit code."""
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
    command = [sys.executable, "-m", "dagster", "dev", "-m", "cape_pipeline.definitions"]
    command += ["-h", LOOPBACK, "-p", str(port)]
    say(f"Dagster UI on http://{LOOPBACK}:{port}   warehouse {settings.warehouse}   exports {settings.exports}")
    process = subprocess.Popen(command, env=environment)  # noqa: S603 (our own interpreter, no shell, a port number)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        return process.wait()
