"""The archive holds each received file once, as it was, and never half of one."""

import hashlib
import os
import stat
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import archive as module
from cape_pipeline.ace.archive import NotKept, NotRestored, clear_drafts, keep, place_of, restore


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def received(folder: Path, content: bytes = b"Entry Summary Number\r\nMYK01010039\r\n") -> tuple[Path, str]:
    """A file and its sha256."""
    path = folder / "ES-003.csv"
    path.write_bytes(content)
    return path, hashlib.sha256(content).hexdigest()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_its_sha256_and_only_its_owner_may_read_it(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    place = keep(archive, source, load_id)
    assert place == archive / load_id[:2] / f"{load_id}.zst"
    assert files(archive) == [place]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (archive, place.parent)] == [0o700, 0o700]


def test_the_mode_of_a_file_does_not_depend_on_the_umask(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    before = os.umask(0)
    try:
        place = keep(archive, source, load_id)
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@given(content=st.binary(max_size=5000).map(lambda some: some * 3))
def test_what_is_restored_is_what_was_received(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    source, load_id = received(folder, content)
    keep(folder / "archive", source, load_id)
    restore(folder / "archive", load_id, folder / "again.csv")
    assert (folder / "again.csv").read_bytes() == content


def test_a_file_of_many_pieces_goes_in_and_out_without_being_held_in_memory(archive: Path, tmp_path: Path) -> None:
    content = os.urandom(1 << 20) * 24 + b"the end"
    source, load_id = received(tmp_path, content)
    tracemalloc.start()
    try:
        keep(archive, source, load_id)
        restore(archive, load_id, tmp_path / "again.csv")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(content) / 4
    assert (tmp_path / "again.csv").read_bytes() == content


def test_what_repeats_is_kept_small(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path, b"MYK01010039,01,12-3456789,4601\r\n" * 10_000)
    assert keep(archive, source, load_id).stat().st_size < source.stat().st_size / 20


def test_a_file_that_is_there_is_left_alone(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    before = keep(archive, source, load_id).stat()
    after = keep(archive, source, load_id).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("damage", [lambda kept: kept[:-5], lambda _: b"rubbish", lambda _: b""])
def test_a_damaged_file_is_not_restored_and_is_replaced_when_it_is_received_again(
    damage: Callable[[bytes], bytes], archive: Path, tmp_path: Path
) -> None:
    source, load_id = received(tmp_path)
    place = keep(archive, source, load_id)
    place.write_bytes(damage(place.read_bytes()))
    with pytest.raises(NotRestored, match="is damaged"):
        restore(archive, load_id, tmp_path / "again.csv")
    assert not (tmp_path / "again.csv").exists()
    keep(archive, source, load_id)
    restore(archive, load_id, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == source.read_bytes()


def test_a_file_that_is_not_there_is_not_restored(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(NotRestored, match="does not hold"):
        restore(archive, "0" * 64, tmp_path / "again.csv")
    assert files(tmp_path) == []


def test_a_file_that_changed_meanwhile_is_not_kept_under_the_old_name(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    source.write_bytes(b"another export")
    with pytest.raises(NotKept, match="has changed while it was read"):
        keep(archive, source, load_id)
    assert files(archive) == []


def test_a_place_that_cannot_be_written_is_named_with_what_to_do(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    archive.write_text("a file where the folder should be")
    with pytest.raises(NotKept, match=r"ES-003\.csv cannot be kept in .*archive \(.*\).*make room.*--discard-raw"):
        keep(archive, source, load_id)


def test_a_full_disk_leaves_nothing_behind(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(28, "Error writing bytes to file. Detail: no space")

    source, load_id = received(tmp_path)
    monkeypatch.setattr(module, "_copy", full)
    with pytest.raises(NotKept, match="No space left on device"):
        keep(archive, source, load_id)
    assert files(archive) == []


def test_a_process_that_ends_in_the_middle_leaves_no_file_of_that_name(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Path) -> NoReturn:
        raise KeyboardInterrupt

    source, load_id = received(tmp_path)
    monkeypatch.setattr(module, "flush", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep(archive, source, load_id)
    assert not place_of(archive, load_id).exists()
    assert files(archive) == []


def test_what_killed_runs_left_half_written_is_cleared_and_what_is_whole_stays(archive: Path, tmp_path: Path) -> None:
    source, load_id = received(tmp_path)
    place = keep(archive, source, load_id)
    (place.parent / f".{place.name}.0123abcd.part").write_text("half")
    clear_drafts(archive)
    assert files(archive) == [place]
    clear_drafts(tmp_path / "no archive yet")
