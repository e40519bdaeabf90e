"""The Celery application of a worker: `celery -A cape_pipeline.cluster.celery_app worker`, which `cape worker` starts.

Belongs here: Dagster's tasks on the broker of the settings. Does not belong here: what the tasks do (Dagster).
"""

from dagster_celery.executor import CeleryExecutor
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task

from cape_pipeline.cluster.broker import celery_settings, check_cluster
from cape_pipeline.cluster.lease import Lease
from cape_pipeline.privacy import keep_files_to_owner
from cape_pipeline.settings import Settings

keep_files_to_owner()
settings = Settings.from_environment()
check_cluster(settings)
app = make_app(
    CeleryExecutor.for_cli(
        broker=settings.broker, backend=settings.backend, config_source=celery_settings(settings)
    ).app_args()
)
app.steps["consumer"].add(Lease)
execute_plan = create_task(app)
