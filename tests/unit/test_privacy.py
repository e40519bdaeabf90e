"""What a process writes is its owner's alone, analysts keep what they were given, and the engine fetches nothing."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.privacy import keep_files_to_owner
from cape_pipeline.summary import open_snapshot
from cape_pipeline.warehouse.connection import open_warehouse
from cape_pipeline.warehouse.snapshot import write_snapshot


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    """As on a machine where everything that is made may be read and written by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def warehouse(folder: Path) -> duckdb.DuckDBPyConnection:
    return open_warehouse(folder / "cape.duckdb", (), lock_wait_seconds=0, memory_limit="1GB", threads=1)


def test_files_and_folders_are_the_owners_alone_whatever_the_machine_says(tmp_path: Path) -> None:
    keep_files_to_owner()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert (mode(tmp_path / "folder"), mode(tmp_path / "file")) == (0o700, 0o600)


def test_the_first_snapshot_is_the_owners_alone(tmp_path: Path) -> None:
    with warehouse(tmp_path) as con:
        write_snapshot(con, tmp_path / "snapshot.duckdb")
    assert mode(tmp_path / "snapshot.duckdb") == 0o600


@pytest.mark.parametrize(("given", "kept"), [(0o640, 0o640), (0o644, 0o644), (0o600, 0o600), (0o666, 0o644)])
def test_a_snapshot_may_be_read_by_who_might_read_the_one_before_and_written_by_nobody(
    given: int, kept: int, tmp_path: Path
) -> None:
    target = tmp_path / "snapshot.duckdb"
    with warehouse(tmp_path) as con:
        write_snapshot(con, target)
        target.chmod(given)
        write_snapshot(con, target)
        assert mode(target) == kept
        write_snapshot(con, target, is_private=True)
        assert mode(target) == 0o600


def test_no_connection_downloads_an_extension(tmp_path: Path) -> None:
    with warehouse(tmp_path) as con:
        write_snapshot(con, tmp_path / "snapshot.duckdb")
        with open_snapshot(tmp_path / "snapshot.duckdb") as snapshot:
            for connection in (con, snapshot):
                told = connection.execute("select current_setting('autoinstall_known_extensions')").fetchone()
                assert told == (False,)
