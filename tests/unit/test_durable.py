"""A file that is replaced is the old one or the new one, and nothing lies beside it afterwards."""

import os
from pathlib import Path

import pytest

from cape_pipeline import durable
from cape_pipeline.durable import draft_of, replace_whole


def test_the_new_content_stands_and_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        replace_whole(tmp_path / "note.json", "π\r\n")
    finally:
        os.umask(umask)
    assert (tmp_path / "note.json").read_bytes() == "π\r\n".encode()
    assert (tmp_path / "note.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["note.json"]


def test_a_file_that_stands_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "note.json").touch(mode=0o640)
    (tmp_path / "note.json").chmod(0o640)
    replace_whole(tmp_path / "note.json", b"new")
    assert (tmp_path / "note.json").stat().st_mode & 0o777 == 0o640


def test_bytes_and_name_are_on_the_disk_in_this_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, seen = tmp_path / "note.json", []
    target.write_text("old")
    monkeypatch.setattr(durable, "flush", lambda path: seen.append((path, target.read_text())))
    replace_whole(target, "new")
    assert seen == [(draft_of(target), "old"), (tmp_path, "new")]


def test_what_goes_wrong_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "note.json").write_text("old")
    monkeypatch.setattr(durable, "flush", full)
    with pytest.raises(OSError, match="No space left"):
        replace_whole(tmp_path / "note.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("note.json", "old")]


def test_what_a_killed_process_left_is_overwritten(tmp_path: Path) -> None:
    draft_of(tmp_path / "note.json").write_text("half of a much longer text")
    replace_whole(tmp_path / "note.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("note.json", "new")]
