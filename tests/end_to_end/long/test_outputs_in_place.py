"""Output files change as a set: where a manifest stands, what it names is there, wherever a run was stopped."""

import csv
import hashlib
import itertools
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline import durable, outputs
from cape_pipeline.outputs import BEING_WRITTEN, CHANGING, MANIFEST, withdraw_files, write_files
from tests.support.tables import empty_tables, put, settled


class Killed(BaseException):
    """What no handler of the product is for."""


@pytest.fixture
def con(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of which few files are written, so that a run can be stopped at each step of them."""
    monkeypatch.setattr(outputs, "EXPORTED", ("reports.position", "reports.calendar_events", "payments.alerts"))
    monkeypatch.setattr(outputs, "_write_documents", lambda *_: [])
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=date(2026, 7, 20))
        put(con, "reports.calendar_events", event_key="a table from here on")
        yield con


def say(con: duckdb.DuckDBPyConnection, *days: int) -> None:
    """One deadline for each day; with none there is no calendar."""
    con.execute("delete from reports.calendar_events")
    for day in days:
        put(con, "reports.calendar_events", event_key=f"k{day}", deadline_kind="psc", deadline_date=date(2026, 9, day))


def write(con: duckdb.DuckDBPyConnection, out: Path) -> dict[str, bytes]:
    with settled(con):
        write_files(con, out, "crlf", workbook_rows=0)
    return standing(out)


def standing(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def is_told_truly(out: Path) -> bool:
    """Whether a manifest stands; where one does, every file that it names has the bytes it tells."""
    if not (out / MANIFEST).exists():
        return False
    with (out / MANIFEST).open(newline="") as file:
        for row in csv.DictReader(file):
            assert hashlib.sha256((out / row["file_name"]).read_bytes()).hexdigest() == row["sha256"]
    return True


def stopped_at(number: int, patch: pytest.MonkeyPatch) -> None:
    """End the process, as it were, before the n-th renaming, removal or wait for the disk."""
    calls = itertools.count()

    def guarded(name: str) -> None:
        original = getattr(os, name)

        def told(*given: Any, **named: Any) -> Any:
            if next(calls) >= number:
                raise Killed
            return original(*given, **named)

        patch.setattr(os, name, told)

    for name in ("replace", "unlink", "fsync"):
        guarded(name)


def test_wherever_a_run_is_stopped_a_manifest_tells_the_truth_and_the_next_run_leaves_nothing_of_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    say(con, 1)
    before = write(con, tmp_path / "before")
    say(con)
    after = write(con, tmp_path / "after")
    assert "deadlines.ics" in before.keys() - after.keys()
    stops, seen = 0, set()
    for number in itertools.count():
        out = tmp_path / f"stopped_{number}"
        say(con, 1)
        write(con, out)
        say(con)
        with pytest.MonkeyPatch.context() as patch:
            stopped_at(number, patch)
            patch.setattr(outputs.shutil, "rmtree", lambda *_, **__: None)
            try:
                write(con, out)
            except Killed:
                stops += 1
            else:
                break
        told = standing(out)
        visible = {name: content for name, content in told.items() if not name.startswith(".")}
        seen.add(is_told_truly(out))
        assert all(content in (before.get(name), after.get(name)) for name, content in visible.items())
        if MANIFEST in visible:
            assert visible in (before, after)
        else:
            assert CHANGING in told
        assert write(con, out) == after
    assert stops > len(after)
    assert seen == {True, False}


def test_what_goes_wrong_while_files_are_written_leaves_those_before(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(con, 1)
    before = write(con, tmp_path)
    say(con, 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs, "_write_documents", full)
    with pytest.raises(OSError, match="No space left"):
        write(con, tmp_path)
    assert standing(tmp_path) == before
    assert not (tmp_path / BEING_WRITTEN).exists()


def test_every_file_and_folder_is_on_the_disk_before_the_manifest_stands(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(con, 1)
    flushed: list[Path] = []
    monkeypatch.setattr(outputs, "flush", flushed.append)
    monkeypatch.setattr(durable, "flush", flushed.append)
    names = write(con, tmp_path).keys() - {MANIFEST}
    written = {str(path.relative_to(tmp_path / BEING_WRITTEN)) for path in flushed if BEING_WRITTEN in path.parts}
    assert written == names
    manifest = flushed.index(tmp_path / f".{MANIFEST}.tmp")
    assert {tmp_path / name for name in names} == {
        tmp_path / path.relative_to(tmp_path / BEING_WRITTEN) for path in flushed[:manifest] if path.is_relative_to(
            tmp_path / BEING_WRITTEN)
    }  # fmt: skip
    assert tmp_path in flushed[:manifest]
    assert flushed[-1] == tmp_path


def test_files_that_changed_places_only_in_part_are_withdrawn_too(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    say(con, 1)
    write(con, tmp_path / "out")
    outputs._begin_to_change(tmp_path / "out", ["position.csv", "deadlines.ics", "gone.csv"])
    (tmp_path / "out" / BEING_WRITTEN).mkdir()
    for name in standing(tmp_path / "out").keys() - {CHANGING, "position.csv", "deadlines.ics"}:
        (tmp_path / "out" / name).unlink()
    withdraw_files(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_of_somebody_elses_stays_where_it_is(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    say(con, 1)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".notes.tmp").write_text("mine")
    assert {"notes.txt", ".notes.tmp"} <= write(con, tmp_path).keys()
    withdraw_files(tmp_path)
    assert standing(tmp_path).keys() == {"notes.txt", ".notes.tmp"}
