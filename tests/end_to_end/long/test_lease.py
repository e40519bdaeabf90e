"""A step is its worker's as long as the worker lives, and another's soon after; on a real broker with real workers.

Belongs here: the lease alone. Does not belong here: what a step does (`tests/end_to_end/long/test_cluster.py`).
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from celery import Celery  # type: ignore[import-untyped]
from celery.result import AsyncResult  # type: ignore[import-untyped]

from cape_pipeline.cluster.broker import QUEUE
from cape_pipeline.cluster.worker import worker_command
from cape_pipeline.settings import CELERY, Settings
from tests.support.servers import Redis, redis

__all__ = ["redis"]  # the fixture

ROOT = Path(__file__).parents[3]
LEASE_SECONDS = 2
Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def settings(redis: Redis) -> Settings:
    return replace(
        Settings(),
        executor=CELERY,
        broker=redis.address(0),
        backend=redis.address(1),
        dagster_database="postgresql://nobody@localhost/none",
        lease_seconds=LEASE_SECONDS,
    )


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Iterator[Start]:
    """Starts workers as `cape worker` does, with the step of these tests; all are ended."""
    started = []

    def worker(name: str) -> subprocess.Popen[bytes]:
        command = worker_command(name)
        command[command.index("cape_pipeline.cluster.celery_app")] = "tests.support.lease_steps"
        environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": str(ROOT)}
        with (tmp_path / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=tmp_path, stdout=log, stderr=log, start_new_session=True
            )
        started.append(process)
        return process

    yield worker
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def ask(settings: Settings, tmp_path: Path) -> Iterator[Callable[[float], AsyncResult]]:
    """Asks for a step of so many seconds, which notes in `began` who began it."""
    with Celery("asking", broker=settings.broker, backend=settings.backend) as app:

        def step(seconds: float) -> AsyncResult:
            return app.send_task("take_time", (str(tmp_path / "began"), seconds), queue=QUEUE)

        yield step
        app.control.purge()


def began(folder: Path) -> list[int]:
    """The processes that began the step, one after the other."""
    told = folder / "began"
    return [int(line) for line in told.read_text(encoding="utf-8").split()] if told.exists() else []


def wait_until_begun(folder: Path, times: int) -> None:
    give_up_at = time.monotonic() + 60
    while len(began(folder)) < times:
        assert time.monotonic() < give_up_at, f"the step was begun {len(began(folder))} times, not {times}"
        time.sleep(0.05)


def test_a_step_that_takes_longer_than_the_lease_stays_with_its_living_worker(
    start: Start, ask: Callable[[float], AsyncResult], tmp_path: Path
) -> None:
    start("one")
    start("two")
    result = ask(4 * LEASE_SECONDS)
    process = result.get(timeout=120)
    assert began(tmp_path) == [process]


def test_the_step_of_a_machine_that_died_is_begun_again_by_another(
    start: Start, ask: Callable[[float], AsyncResult], tmp_path: Path
) -> None:
    doomed = start("doomed")
    result = ask(3.0)
    wait_until_begun(tmp_path, 1)
    os.killpg(doomed.pid, signal.SIGKILL)
    start("other")
    process = result.get(timeout=120)
    first, last = began(tmp_path)
    assert process == last != first


def test_a_step_whose_process_alone_is_killed_for_want_of_memory_is_begun_again(
    start: Start, ask: Callable[[float], AsyncResult], tmp_path: Path
) -> None:
    start("only")
    result = ask(3.0)
    wait_until_begun(tmp_path, 1)
    os.kill(began(tmp_path)[0], signal.SIGKILL)
    process = result.get(timeout=120)
    first, last = began(tmp_path)
    assert process == last != first
