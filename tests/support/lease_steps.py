"""A Celery application with a step that takes its time, under the lease of the product.

Belongs here: what the tests of the lease start as a worker. Does not belong here: the tests.
"""

import os
import time
from pathlib import Path

from dagster_celery.executor import CeleryExecutor
from dagster_celery.make_app import make_app

from cape_pipeline.cluster.broker import celery_settings
from cape_pipeline.cluster.lease import Lease
from cape_pipeline.settings import Settings

settings = Settings.from_environment()
app = make_app(
    CeleryExecutor.for_cli(
        broker=settings.broker, backend=settings.backend, config_source=celery_settings(settings)
    ).app_args()
)

app.steps["consumer"].add(Lease)


@app.task(name="take_time")
def take_time(began: str, seconds: float) -> int:
    """Note in the file `began` which process began, wait, and return the process."""
    with Path(began).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    return os.getpid()
