"""The months of a run: what is said when one fails, and months that must be built together.

Belongs here: what `cape run` makes of the runs it follows. Does not belong here: the runs themselves
(`tests/end_to_end/long/test_cluster.py`).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import dagster as dg
import pytest

from cape_pipeline.cluster import runs
from cape_pipeline.cluster.broker import ClusterUnusable
from cape_pipeline.cluster.instance import WRITTEN, instance_text
from cape_pipeline.cluster.runs import MOVED, Months, Why, build_months, check_months
from cape_pipeline.cluster.worker import become_worker, refuse_without_workers
from cape_pipeline.run import INSTANCE, dagster_home
from cape_pipeline.run_failures import RunFailed
from cape_pipeline.settings import CELERY, KUBERNETES, Settings

CLUSTER = replace(
    Settings(),
    executor=CELERY,
    broker="redis://broker/0",
    backend="redis://broker/1",
    dagster_database="postgresql://cape@catalog:5432/dagster",
)
MOVED_KEY = Why("months", "111 moved from 2026-01 to 2026-02: run both months", MOVED, is_about_files=False)
BROKEN = Why("months", "lines.duty_splits was not written", "BrokenPromise", is_about_files=False)


class Instance:
    def get_ref(self) -> None:
        return None


@dataclass
class Followed:
    """Stands for the runs: which ranges of months were asked for, and why some of them failed."""

    why: dict[Months, Why] = field(default_factory=dict)
    asked: list[list[Months]] = field(default_factory=list)

    def __call__(self, _followed: object, ranges: Sequence[Months], _progress: object) -> dict[Months, Why]:
        self.asked.append(list(ranges))
        return {ends: self.why[ends] for ends in ranges if ends in self.why}


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> Followed:
    made = Followed()
    monkeypatch.setattr(runs, "_failures", made)
    return made


def build(settings: Settings = CLUSTER) -> None:
    instance = cast("dg.DagsterInstance", Instance())
    build_months(settings, instance, ["undated", "2026-01", "2026-02", "2026-03"], lambda *_: None, {})


def test_every_month_is_asked_for_once_in_ranges_of_the_size_the_settings_say(followed: Followed) -> None:
    build()
    build(replace(CLUSTER, months_per_run=2))
    first, second = followed.asked
    assert first == [(month, month) for month in ("undated", "2026-01", "2026-02", "2026-03")]
    assert second == [("undated", "undated"), ("2026-01", "2026-02"), ("2026-03", "2026-03")]


def test_the_month_that_failed_is_named_and_how_many_more(followed: Followed) -> None:
    followed.why = {("2026-01", "2026-01"): BROKEN, ("2026-03", "2026-03"): BROKEN}
    with pytest.raises(RunFailed) as failed:
        build()
    assert failed.value.step == "months 2026-01"
    assert failed.value.sentence == "lines.duty_splits was not written (1 more failed too)"


def test_months_between_which_an_entry_moved_are_built_in_one_run(followed: Followed) -> None:
    followed.why = {("2026-01", "2026-01"): MOVED_KEY}
    build()
    assert followed.asked[1:] == [[("undated", "2026-03")]]


def test_a_move_beside_another_failure_is_told_and_not_tried_again(followed: Followed) -> None:
    followed.why = {("2026-01", "2026-01"): MOVED_KEY, ("2026-02", "2026-02"): BROKEN}
    with pytest.raises(RunFailed, match="moved from 2026-01 to 2026-02"):
        build()
    assert len(followed.asked) == 1


def test_a_failure_of_all_months_together_names_them_all(followed: Followed) -> None:
    followed.why = {("2026-01", "2026-01"): MOVED_KEY, ("undated", "2026-03"): BROKEN}
    with pytest.raises(RunFailed) as failed:
        build()
    assert failed.value.step == "months undated to 2026-03"


def test_a_broker_out_of_reach_is_said_in_a_sentence() -> None:
    unreachable = replace(CLUSTER, broker="redis://127.0.0.1:1/0", backend="redis://127.0.0.1:1/1")
    with pytest.raises(ClusterUnusable, match="the broker in CAPE_BROKER cannot be reached"):
        refuse_without_workers(unreachable)


def test_where_months_are_built_on_the_spot_a_worker_has_nothing_to_take() -> None:
    with pytest.raises(ClusterUnusable, match="CAPE_EXECUTOR=in_process: there is nothing for a worker to take"):
        become_worker(Settings(), "idle")


def test_cape_run_leaves_runs_to_kubernetes_where_months_are_pods() -> None:
    with pytest.raises(ClusterUnusable, match="runs are pods that Dagster starts"):
        check_months(replace(CLUSTER, executor=KUBERNETES))


def test_a_command_that_lacks_the_packages_of_a_cluster_ends_with_a_sentence(tmp_path: Path) -> None:
    missing = "import sys; sys.modules['dagster_celery'] = None; from cape_pipeline.cli import main; main()"
    environment = {**os.environ, "CAPE_EXECUTOR": CELERY}
    told = subprocess.run(
        [sys.executable, "-c", missing, "run", "--exports", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert told.returncode == 2
    assert "needs the packages of the extra cluster" in told.stderr
    assert "Traceback" not in told.stderr


# ---- the instance -------------------------------------------------------------------------------------------------


def test_the_history_of_a_cluster_lies_in_postgresql_by_the_driver_dagster_is_written_for() -> None:
    assert 'postgres_url: "postgresql+psycopg2://cape@catalog:5432/dagster"' in instance_text(CLUSTER)


def test_the_instance_follows_the_settings_until_somebody_takes_it_over(tmp_path: Path) -> None:
    alone = replace(Settings(), warehouse=tmp_path / "w" / "cape.duckdb")
    together = replace(CLUSTER, warehouse=alone.warehouse)
    configuration = dagster_home(alone) / "dagster.yaml"
    assert configuration.read_text(encoding="utf-8") == INSTANCE
    dagster_home(together)
    assert configuration.read_text(encoding="utf-8") == instance_text(together)
    dagster_home(alone)
    assert configuration.read_text(encoding="utf-8") == INSTANCE
    changed = instance_text(together).removeprefix(WRITTEN)
    configuration.write_text(changed, encoding="utf-8")
    dagster_home(alone)
    assert configuration.read_text(encoding="utf-8") == changed
