"""The files of closed periods: written whole once, never changed, and read only as they were frozen."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cape_pipeline.close.frozen import (
    ENTRIES,
    MANIFEST,
    NAME,
    CloseStands,
    UnusableClose,
    as_json,
    read_closes,
    sha256_of,
    write_close,
)


def files(name: str = "june", last_day: str = "2026-06-30", entries: bytes = b"a,b\n", **told: Any) -> dict[str, bytes]:
    manifest = {"close_name": name, "period_end": last_day, "files": {ENTRIES: sha256_of(entries)}, **told}
    return {ENTRIES: entries, MANIFEST: as_json(manifest)}


def test_without_a_folder_nothing_is_closed(tmp_path: Path) -> None:
    assert read_closes(tmp_path / "closes") == []


def test_a_close_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert write_close(tmp_path, "june", files())
    (close,) = read_closes(tmp_path)
    assert (close.close_name, close.period_end, close.folder) == ("june", date(2026, 6, 30), tmp_path / "june")
    assert close.manifest_sha256 == sha256_of((tmp_path / "june" / MANIFEST).read_bytes())


def test_closes_are_read_in_order_of_their_days_whatever_their_names(tmp_path: Path) -> None:
    write_close(tmp_path, "a", files("a", "2026-06-30"))
    write_close(tmp_path, "b", files("b", "2026-05-31"))
    assert [close.close_name for close in read_closes(tmp_path)] == ["b", "a"]


def test_the_same_close_again_writes_nothing(tmp_path: Path) -> None:
    write_close(tmp_path, "june", files())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "june").iterdir()}
    assert not write_close(tmp_path, "june", files())
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "june").iterdir()} == before


def test_other_figures_under_the_name_are_refused_and_what_stands_is_untouched(tmp_path: Path) -> None:
    write_close(tmp_path, "june", files())
    with pytest.raises(CloseStands, match=r"june was closed otherwise \(entries.csv\) and is never overwritten"):
        write_close(tmp_path, "june", files(entries=b"a,c\n"))
    assert (tmp_path / "june" / ENTRIES).read_bytes() == b"a,b\n"


def test_equal_figures_from_other_inputs_are_refused_with_what_differs(tmp_path: Path) -> None:
    write_close(tmp_path, "june", files(code_version="1"))
    with pytest.raises(CloseStands, match="the figures are the same; code_version"):
        write_close(tmp_path, "june", files(code_version="2"))


def test_a_close_that_was_not_finished_counts_for_nothing_and_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / ".june.tmp").mkdir()
    (tmp_path / ".june.tmp" / ENTRIES).write_bytes(b"half")
    assert read_closes(tmp_path) == []
    assert write_close(tmp_path, "june", files())
    assert [path.name for path in tmp_path.iterdir()] == ["june"]


def test_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    write_close(tmp_path, "june", files())
    (tmp_path / "june" / ENTRIES).write_bytes(b"a,b \n")
    with pytest.raises(UnusableClose, match=r"entries.csv is not the file that was frozen"):
        read_closes(tmp_path)


@pytest.mark.parametrize("gone", [ENTRIES, MANIFEST])
def test_a_file_that_is_gone_is_named(tmp_path: Path, gone: str) -> None:
    write_close(tmp_path, "june", files())
    (tmp_path / "june" / gone).unlink()
    with pytest.raises(UnusableClose, match=f"{gone} cannot be read"):
        read_closes(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"close_name": "june", "period_end": "June", "files": {}}'])
def test_a_manifest_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    write_close(tmp_path, "june", files())
    (tmp_path / "june" / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(UnusableClose, match=r"manifest.json is no manifest of a closed period"):
        read_closes(tmp_path)


def test_a_close_stays_in_the_folder_of_its_name(tmp_path: Path) -> None:
    write_close(tmp_path, "june", files())
    (tmp_path / "june").rename(tmp_path / "other")
    with pytest.raises(UnusableClose, match="a close stays in the folder of its name"):
        read_closes(tmp_path)


def test_one_day_is_closed_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_close(tmp_path, name, files(name))
    with pytest.raises(UnusableClose, match="both close 2026-06-30"):
        read_closes(tmp_path)


def test_a_manifest_is_the_same_bytes_for_the_same_content() -> None:
    assert as_json({"b": 1, "a": date(2026, 6, 30)}) == as_json({"a": date(2026, 6, 30), "b": 1})
    assert json.loads(as_json({"a": date(2026, 6, 30)})) == {"a": "2026-06-30"}


@pytest.mark.parametrize(
    ("name", "fits"), [("2026-06-30", True), ("june_v1.0", True), ("", False), (".hidden", False), ("a/b", False)]
)
def test_a_name_is_a_plain_name_of_a_folder(name: str, fits: bool) -> None:  # noqa: FBT001 (a parametrised test)
    assert bool(NAME.fullmatch(name)) is fits
