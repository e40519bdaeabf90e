"""A scratch copy of the analysts' snapshot, for questions that need tables to be built again.

Belongs here: making the copy and removing it. Does not belong here: what is built on it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from cape_pipeline.summary import open_snapshot, snapshot_of


@contextmanager
def scratch_copy(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writer's connection to a copy of the snapshot, which is gone afterwards: nothing of the user's is written.

    Raises:
        SnapshotUnusable: there is no snapshot beside the warehouse.
        WarehouseUnusable, StoredRowsInTheWay: the snapshot cannot be used by this release.
    """
    snapshot = snapshot_of(settings)
    open_snapshot(snapshot).close()
    with TemporaryDirectory(prefix="cape-scratch-") as folder:
        scratch = Path(folder) / "scratch.duckdb"
        shutil.copyfile(snapshot, scratch)
        con = connect(settings.embedded_in(scratch))
        try:
            yield con
        finally:
            con.close()
