"""The Dagster instance that the machines of a cluster share: its history of runs lies in PostgreSQL.

Belongs here: the text of its `dagster.yaml`, which holds no password: PostgreSQL's client takes that from PGPASSWORD or
~/.pgpass on each machine. Does not belong here: the instance of one machine (`run.py`).
"""

from urllib.parse import urlsplit

from cape_pipeline.settings import Settings

#: Where this line stands first, the file follows the settings; without it, it is left as somebody wrote it.
WRITTEN = "# Written from the settings; take this line out to keep what you change.\n"
#: Dagster's statements are written for this driver; SQLAlchemy would take another one where it is installed.
DRIVER = "postgresql+psycopg2"
INSTANCE = (
    WRITTEN
    + """telemetry:
  enabled: false
nux:
  enabled: false
storage:
  postgres:
    postgres_url: "{database}"
# Steps print nothing, and no machine sees the files of another.
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
# Months run beside each other; any other run waits for its turn at the warehouse, CAPE_LOCK_WAIT_SECONDS long.
concurrency:
  runs:
    max_concurrent_runs: 16
# A run whose process died is noticed, and asked for again by the daemon, if its job says so.
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
run_retries:
  enabled: true
  max_retries: 0
  retry_on_asset_or_op_failure: false
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: 30
"""
)


def instance_text(settings: Settings) -> str:
    """The `dagster.yaml` of a cluster."""
    parts = urlsplit(settings.dagster_database)
    return INSTANCE.format(database=parts._replace(scheme=DRIVER).geturl())
