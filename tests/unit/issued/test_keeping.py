"""A kept description is found by the start of its name, and told apart from one that was changed, lost or made up."""

import hashlib
import json
from pathlib import Path

import pytest

from cape_pipeline.ace.archive import NotRestored, store
from cape_pipeline.close.frozen import as_json
from cape_pipeline.issued.describing import differing, position_id_of
from cape_pipeline.issued.keeping import (
    NoSuchPosition,
    count_positions,
    lacking,
    positions_folder,
    read_description,
    restore_sources,
    safe_name,
)

SEED = b"programme,effective_from\r\n"


def described(folder: Path, **other: object) -> tuple[str, dict[str, object]]:
    """A description that names one seed and one close, both kept in the archive of the folder."""
    seed, close = folder / "heading.csv", folder / "entries.csv"
    seed.write_bytes(SEED)
    close.write_bytes(b"entry_number\r\n")
    sha256s = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (seed, close)}
    told: dict[str, object] = {
        "format": 1,
        "as_of_date": "2026-07-20",
        "inputs": [],
        "seeds": {"headings.csv": sha256s["heading.csv"]},
        "closes": {"2026-06-30": {"entries.csv": sha256s["entries.csv"]}},
        **other,
    }
    positions = positions_folder(folder / "archive")
    for path in (seed, close):
        store(positions, path, sha256s[path.name])
    name = position_id_of(told)
    (positions / f"{name}.json").write_bytes(as_json(told))
    return name, told


def test_a_position_is_found_by_its_name_and_by_its_start(tmp_path: Path) -> None:
    name, told = described(tmp_path)
    assert read_description(tmp_path / "archive", name) == (name, told)
    assert read_description(tmp_path / "archive", name[:4]) == (name, told)


@pytest.mark.parametrize("asked", ["", "*", "abc", "../x", "ABCD", "0123456789abcdef0"])
def test_what_is_no_start_of_a_name_finds_nothing(tmp_path: Path, asked: str) -> None:
    described(tmp_path)
    with pytest.raises(NoSuchPosition, match="cape restore --list"):
        read_description(tmp_path / "archive", asked)


def test_a_start_that_two_positions_share_names_neither(tmp_path: Path) -> None:
    start = described(tmp_path)[0][:4]
    assert read_description(tmp_path / "archive", start)
    positions = positions_folder(tmp_path / "archive")
    (positions / f"{start}000000000000.json").write_text("{}")
    with pytest.raises(NoSuchPosition, match="several positions begin so"):
        read_description(tmp_path / "archive", start)


def test_whatever_a_description_says_is_part_of_the_name(tmp_path: Path) -> None:
    name, told = described(tmp_path)
    others = [described(tmp_path, **{key: "otherwise"})[0] for key in ("format", "as_of_date", "inputs")]
    assert len({name, *others}) == 4
    assert position_id_of(dict(reversed(told.items()))) == name


def test_a_changed_description_is_refused(tmp_path: Path) -> None:
    name, told = described(tmp_path)
    path = positions_folder(tmp_path / "archive") / f"{name}.json"
    path.write_text(json.dumps({**told, "as_of_date": "2026-07-21"}))
    with pytest.raises(NoSuchPosition, match="was changed since it was kept"):
        read_description(tmp_path / "archive", name)
    path.write_bytes(b"{")
    with pytest.raises(NoSuchPosition, match="is damaged"):
        read_description(tmp_path / "archive", name)
    assert [position for position, _ in lacking(tmp_path / "archive")] == [name]


def test_nothing_is_lacking_until_a_seed_or_a_close_is_gone(tmp_path: Path) -> None:
    name, _ = described(tmp_path)
    archive = tmp_path / "archive"
    assert (count_positions(archive), lacking(archive)) == (1, [])
    for kept in positions_folder(archive).rglob("*.zst"):
        kept.unlink()
    told = lacking(archive)
    assert [position for position, _ in told] == [name, name]
    assert "seed headings.csv" in told[0][1]
    assert "close 2026-06-30, entries.csv" in told[1][1]


def test_without_an_archive_nothing_is_lacking(tmp_path: Path) -> None:
    assert (count_positions(tmp_path), lacking(tmp_path)) == (0, [])


def test_seeds_and_closes_come_back_byte_for_byte(tmp_path: Path) -> None:
    _, told = described(tmp_path)
    restore_sources(tmp_path / "archive", told, tmp_path / "seeds", tmp_path / "closes")
    assert (tmp_path / "seeds" / "headings.csv").read_bytes() == SEED
    assert (tmp_path / "closes" / "2026-06-30" / "entries.csv").read_bytes() == b"entry_number\r\n"


@pytest.mark.parametrize("name", ["", ".", "..", "../up.csv", "a/b.csv", "/etc/passwd"])
def test_a_name_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(NotRestored):
        safe_name(name)


def test_what_differs_is_named_whether_it_changed_came_or_went() -> None:
    assert differing({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 0, "d": 4}) == ["b", "c", "d"]
