"""How executor and workers find each other: one configuration of the broker, which both are made from.

Dagster's own worker command takes it from a file of another shape than the executor's, and without it listens in
silence on a broker that nobody uses. Here neither side can be told anything else than the settings.

Belongs here: what Celery is told. Does not belong here: the executor (`executor.py`) and the worker (`worker.py`).
"""

from typing import Any

from cape_pipeline.settings import CELERY, Settings

#: The queue of Dagster's executor.
QUEUE = "dagster"
#: The broker looks this many times in a lease for steps whose worker has not shown a sign of life.
LOOKS_IN_A_LEASE = 4
RESULTS_KEPT_SECONDS = 24 * 60 * 60


class ClusterUnusable(Exception):
    """Steps cannot be given to other machines; the sentence says what is missing and where to set it."""


def check_cluster(settings: Settings) -> None:
    """Refuse settings that name a cluster without what it takes.

    Raises:
        ClusterUnusable: naming the environment variables that are missing.
    """
    needed = {"CAPE_DAGSTER_DATABASE": settings.dagster_database}
    if settings.executor == CELERY:
        needed |= {"CAPE_BROKER": settings.broker, "CAPE_BACKEND": settings.backend}
    if missing := [name for name, value in needed.items() if not value]:
        raise ClusterUnusable(
            f"CAPE_EXECUTOR={settings.executor} needs {' and '.join(missing)} too: deploy/README.md says what each is"
        )


def broker_options(settings: Settings) -> dict[str, Any]:
    """Options of the transport: a step that no living worker holds is given to another after the lease."""
    return {
        "visibility_timeout": settings.lease_seconds,
        "unacked_restore_interval": max(1, settings.lease_seconds // LOOKS_IN_A_LEASE),
        "unacked_restore_throttle": 1,
        "max_retries": 3,
    }


def celery_settings(settings: Settings) -> dict[str, Any]:
    """What executor and worker tell Celery beside the addresses.

    A step is acknowledged when it has ended, not when it is taken: that of a worker that died comes back. It may then
    run twice, which changes nothing: a table is published in one transaction, and what stands is not built again.
    """
    return {
        "broker_transport_options": broker_options(settings),
        "broker_connection_retry_on_startup": True,
        "result_expires": RESULTS_KEPT_SECONDS,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_default_queue": QUEUE,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
    }


def executor_config(settings: Settings) -> dict[str, Any]:
    """The configuration of Dagster's executor. Addresses, which may hold a password, stay in the environment."""
    return {
        "broker": {"env": "CAPE_BROKER"},
        "backend": {"env": "CAPE_BACKEND"},
        "config_source": celery_settings(settings),
    }
