"""What executes the months of a run: Celery workers, pods of Kubernetes, or the run's own process.

Belongs here: the choice. Does not belong here: what Celery is told (`broker.py`).
"""

import dagster as dg

from cape_pipeline.cluster.broker import ClusterUnusable, executor_config
from cape_pipeline.settings import CELERY, KUBERNETES, Settings


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """The executor of the months. All other steps run in the process of their run, on one connection.

    Raises:
        ClusterUnusable: the packages of that executor are not installed.
    """
    if settings.executor == CELERY:
        return _celery(settings)
    if settings.executor == KUBERNETES:
        return _kubernetes()
    return dg.in_process_executor


def _celery(settings: Settings) -> dg.ExecutorDefinition:
    try:
        from dagster_celery import celery_executor
    except ImportError as error:
        raise ClusterUnusable(
            "CAPE_EXECUTOR=celery needs the packages of the extra cluster: pip install 'cape-pipeline[cluster]'"
        ) from error
    configured: dg.ExecutorDefinition = celery_executor.configured(executor_config(settings), name="celery")
    return configured


def _kubernetes() -> dg.ExecutorDefinition:
    try:
        from dagster_k8s import k8s_job_executor
    except ImportError as error:
        raise ClusterUnusable(
            "CAPE_EXECUTOR=kubernetes needs the package dagster-k8s beside the extra cluster: pip install dagster-k8s"
        ) from error
    return k8s_job_executor
