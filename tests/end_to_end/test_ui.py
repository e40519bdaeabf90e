"""`cape ui`: the Dagster UI opens on loopback, shows the runs of `cape run`, and builds one month of a table again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.settings import Settings

EXPORTS = Path(__file__).parents[1] / "golden" / "guide14" / "exports"
PATIENCE_SECONDS = 240  # a shared machine may be slow; a run of one month takes seconds
RUNS = "{runsOrError{... on Runs{results{runId status jobName}}}}"
RUN_ONE_MONTH = """
mutation($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""


class Ui:
    """The web server's GraphQL, as the pages of the UI use it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(  # noqa: S310 (a loopback address)
            f"{self.address}/graphql", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def is_up(self) -> bool:
        try:
            return bool(self.ask("{version}"))
        except (urllib.error.URLError, OSError):
            return False

    def runs(self) -> list[dict[str, str]]:
        return self.ask(RUNS)["runsOrError"]["results"]


def wait_for(what: Callable[[], Any], sentence: str) -> Any:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        if found := what():
            return found
        time.sleep(1)
    pytest.fail(sentence)


@pytest.fixture
def settings(finished_run: Path, tmp_path: Path) -> Settings:
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    return Settings(warehouse=tmp_path / "w" / "cape.duckdb", exports=EXPORTS, out=tmp_path / "out")


@pytest.fixture
def ui(settings: Settings, tmp_path: Path) -> Iterator[Ui]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cape_pipeline.cli", "ui", "--warehouse", str(settings.warehouse)]
    with (
        (tmp_path / "ui.log").open("w") as log,
        subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "CAPE_OUT": str(settings.out)},
        ) as process,
    ):
        opened = Ui(port)
        try:
            wait_for(opened.is_up, "the UI did not open")
            yield opened
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def test_one_month_of_the_duty_splits_is_built_again_from_the_ui(ui: Ui, settings: Settings) -> None:
    before = ui.runs()
    assert {shown["jobName"] for shown in before} == {"load", "position"}, "the runs of cape run are not shown"
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("update warehouse.builds set input_hash = 'other' where table_id = 'lines.duty_splits'")
        rows = con.execute("select * from lines.duty_splits order by all").fetchall()
    asked = {"partitionNames": ["2025-11"], "assetSelection": [{"path": ["lines", "duty_splits"]}], "tags": []}
    launched = ui.ask(RUN_ONE_MONTH, asked=asked)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def new_run() -> dict[str, str] | None:
        known = {shown["runId"] for shown in before}
        new = [shown for shown in ui.runs() if shown["runId"] not in known]
        return new[0] if new and new[0]["status"] in ("SUCCESS", "FAILURE", "CANCELED") else None

    ended = wait_for(new_run, "the run of one month did not end")
    assert ended["status"] == "SUCCESS"
    with duckdb.connect(str(settings.warehouse)) as con:
        built = con.execute(
            "select partition_month from warehouse.builds where table_id = 'lines.duty_splits'"
            " and input_hash <> 'other'"
        ).fetchall()
        assert built == [("2025-11",)]
        assert con.execute("select * from lines.duty_splits order by all").fetchall() == rows
