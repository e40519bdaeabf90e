"""A worker: a process that takes steps from the broker and executes them, one at a time, until it is told to end.

Belongs here: starting it. Does not belong here: what the broker is told (`broker.py`).
"""

import os
import socket
import sys

from cape_pipeline.cluster.broker import QUEUE, ClusterUnusable, check_cluster
from cape_pipeline.settings import CELERY, Settings

#: How long a worker may take to say that it is there.
ANSWER_SECONDS = 5


def worker_command(name: str) -> list[str]:
    """The command line of a worker that listens for steps; its name is its own among all workers."""
    return [
        *(sys.executable, "-m", "celery", "--app", "cape_pipeline.cluster.celery_app", "worker"),
        *("--hostname", name, "--queues", QUEUE),
        # one step at a time in a process of its own, so that the worker lives whatever becomes of the step
        *("--pool", "prefork", "--concurrency", "1"),
        *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
    ]


def become_worker(settings: Settings, name: str) -> None:
    """Turn this process into a worker, so that whoever ends it ends the worker.

    Raises:
        ClusterUnusable: the settings name no broker.
    """
    if settings.executor != CELERY:
        raise ClusterUnusable(
            f"CAPE_EXECUTOR={settings.executor}: there is nothing for a worker to take; set CAPE_EXECUTOR=celery"
            " on this machine as on the others"
        )
    check_cluster(settings)
    command = worker_command(f"{name}@{socket.gethostname()}")
    os.execv(command[0], command)  # noqa: S606 (our own interpreter, no shell)


def refuse_without_workers(settings: Settings) -> None:
    """Make sure that somebody takes the months; while none does, a run would wait without a word.

    Raises:
        ClusterUnusable: the broker cannot be reached, or no worker answers on it.
    """
    if settings.executor != CELERY:
        return
    from celery import Celery  # type: ignore[import-untyped]
    from kombu.exceptions import OperationalError

    with Celery("dagster", broker=settings.broker, backend=settings.backend) as app:
        try:
            with app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=ANSWER_SECONDS)
                answers = app.control.inspect(timeout=ANSWER_SECONDS, connection=connection).ping()
        except OperationalError:
            raise ClusterUnusable(
                "the broker in CAPE_BROKER cannot be reached: start it, or mend its address"
            ) from None
    if not answers:
        raise ClusterUnusable(
            "no worker listens on the broker in CAPE_BROKER: start cape worker on at least one machine, with the same"
            " CAPE_ settings"
        )
