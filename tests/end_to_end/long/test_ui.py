"""`cape ui`: the Dagster UI opens on loopback, shows the runs of `cape run`, and builds what it is asked for.

One month of a table, or every month of all of them in one run; for viewers it opens read-only.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.partitions import MONTHS
from cape_pipeline.settings import Settings

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
PATIENCE_SECONDS = 240  # a shared machine may be slow; a run of one month takes seconds
RUNS = "{runsOrError{... on Runs{results{runId status jobName tags{key value}}}}}"
PERMISSIONS = "{permissions{permission value}}"
SET_OF_EVERYTHING = "everything_partition_set"
BACKFILL = """
mutation($asked: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $asked) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
TERMINATE = "mutation($run: String!) {terminateRun(runId: $run) {__typename}}"


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

    def runs(self) -> list[dict[str, Any]]:
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
def ui(settings: Settings) -> Iterator[Ui]:
    with opened_ui(settings) as ui:
        yield ui


@contextmanager
def opened_ui(settings: Settings, *options: str) -> Iterator[Ui]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cape_pipeline.cli", "ui", "--warehouse", str(settings.warehouse)]
    with (
        settings.out.with_name("ui.log").open("w") as log,
        subprocess.Popen(
            [*command, *options, "--port", str(port)],
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


def ended_since(ui: Ui, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs that were not there before, once all of them have ended."""
    known = {shown["runId"] for shown in before}
    new = [shown for shown in ui.runs() if shown["runId"] not in known]
    return new if all(shown["status"] in ("SUCCESS", "FAILURE", "CANCELED") for shown in new) else []


def test_one_month_of_the_duty_splits_is_built_again_from_the_ui(ui: Ui, settings: Settings) -> None:
    before = ui.runs()
    assert {shown["jobName"] for shown in before} == {"load", "position"}, "the runs of cape run are not shown"
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("update warehouse.builds set input_hash = 'other' where table_id = 'lines.duty_splits'")
        rows = con.execute("select * from lines.duty_splits order by all").fetchall()
    asked = {"partitionNames": ["2025-11"], "assetSelection": [{"path": ["lines", "duty_splits"]}], "tags": []}
    launched = ui.ask(BACKFILL, asked=asked)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    (ended,) = wait_for(lambda: ended_since(ui, before), "the run of one month did not end")
    assert ended["status"] == "SUCCESS"
    with duckdb.connect(str(settings.warehouse)) as con:
        built = con.execute(
            "select partition_month from warehouse.builds where table_id = 'lines.duty_splits'"
            " and input_hash <> 'other'"
        ).fetchall()
        assert built == [("2025-11",)]
        assert con.execute("select * from lines.duty_splits order by all").fetchall() == rows


def test_a_backfill_of_everything_over_all_months_is_one_run(ui: Ui) -> None:
    """Only until it works: what a run of all months builds is tested without the UI, in a tenth of the time."""
    before = {shown["runId"] for shown in ui.runs()}
    place = {"repositoryLocationName": "cape_pipeline.definitions", "repositoryName": "__repository__"}
    selector = {"partitionSetName": SET_OF_EVERYTHING, "repositorySelector": place}
    launched = ui.ask(BACKFILL, asked={"selector": selector, "allPartitions": True, "tags": []})
    assert launched["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", launched

    def working() -> list[dict[str, Any]]:
        new = [shown for shown in ui.runs() if shown["runId"] not in before]
        return new if any(tag["key"] == "cape/trigger" for shown in new for tag in shown["tags"]) else []

    (run,) = wait_for(working, "the backfill did not start")
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    first, last = tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]
    assert (run["jobName"], first, last) == ("everything", MONTHS[0], MONTHS[-1])
    assert (tags["cape/trigger"], tags["cape/exports"]) == ("ui", EXPORTS.name)
    assert ui.ask(TERMINATE, run=run["runId"])["terminateRun"]["__typename"] == "TerminateRunSuccess"


def test_read_only_nothing_can_be_started_or_changed_and_everything_is_seen(settings: Settings) -> None:
    with opened_ui(settings, "--read-only") as ui:
        assert {shown["jobName"] for shown in ui.runs()} == {"load", "position"}
        allowed = {one["permission"] for one in ui.ask(PERMISSIONS)["permissions"] if one["value"]}
        assert allowed == set()
        asked = {"partitionNames": ["2025-11"], "assetSelection": [{"path": ["lines", "duty_splits"]}], "tags": []}
        refused = ui.ask(BACKFILL, asked=asked)["launchPartitionBackfill"]
        assert refused["__typename"] == "UnauthorizedError"
        assert len(ui.runs()) == 2


def test_no_link_and_no_page_of_another_site_changes_anything(ui: Ui) -> None:
    asked = urllib.parse.urlencode({"query": 'mutation {terminateRun(runId: "none") {__typename}}'})
    by_link = urllib.request.Request(f"{ui.address}/graphql?{asked}")  # noqa: S310 (a loopback address)
    json_of_another_site = urllib.request.Request(  # noqa: S310
        f"{ui.address}/graphql",
        data=b'{"query": "{version}"}',
        headers={"Content-Type": "application/json", "Origin": "https://example.com"},
    )
    for request in (by_link, json_of_another_site):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(request, timeout=30)  # noqa: S310
    assert ui.ask(TERMINATE, run="none")["terminateRun"]["__typename"] == "RunNotFoundError"
