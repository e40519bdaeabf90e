"""A run that would change nothing is known by its note; whatever differs from the note is a reason to run in full."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from cape_pipeline import visit
from cape_pipeline.settings import Settings

ASKED = visit.Asked(date(2026, 7, 20), "", "")
SEEN = visit.Seen(date(2026, 7, 20), ("a file is not known",), (), 2)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation after a run: exports, warehouse, snapshot, files and their manifest."""
    exports, out = tmp_path / "exports", tmp_path / "out"
    exports.mkdir()
    out.mkdir()
    (exports / "ES-003.csv").write_text("Entry Summary Number\n", encoding="utf-8")
    (exports / "importers.csv").write_text("importer_number\n", encoding="utf-8")
    (out / "position.csv").write_text("as_of_date\n2026-07-20\n", encoding="utf-8")
    (out / "manifest.csv").write_text("file_name,sha256\nposition.csv,ab\n", encoding="utf-8")
    settings = replace(Settings(), exports=exports, out=out, warehouse=tmp_path / "cape.duckdb")
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create schema warehouse")
        con.execute(
            "create table warehouse.builds as select 'lines.a' as table_id, 'all' as partition_month,"
            " 'x' as input_hash, 'y' as content_hash"
        )
    settings.snapshot.write_bytes(b"snapshot")
    return settings


def remember(settings: Settings, **given: object) -> None:
    exports = {path: visit._sha256(path) for path in settings.exports.iterdir()}
    visit.remember(settings, ASKED, SEEN, exports, visit.look(settings.exports), **given)


def test_the_same_request_on_the_same_state_has_nothing_new_and_hears_what_the_run_said(settings: Settings) -> None:
    remember(settings)
    assert visit.nothing_new(settings, ASKED) == SEEN


def test_clients_are_told_again(settings: Settings) -> None:
    (settings.out / "acme").mkdir()
    (settings.out / "manifest.csv").rename(settings.out / "acme" / "manifest.csv")
    (settings.out / "position.csv").rename(settings.out / "acme" / "position.csv")
    snapshot = settings.warehouse.parent / "clients" / "acme" / "cape_analyst.duckdb"
    snapshot.parent.mkdir(parents=True)
    snapshot.write_bytes(b"snapshot")
    seen = replace(SEEN, clients=(("acme", "acme", "acme"),))
    visit.remember(settings, ASKED, seen, {}, visit.look(settings.exports))
    assert visit.nothing_new(settings, ASKED) == seen
    snapshot.unlink()
    assert visit.nothing_new(settings, ASKED) is None


def test_without_a_note_everything_is_run(settings: Settings) -> None:
    assert visit.nothing_new(settings, ASKED) is None
    remember(settings)
    visit.forget(settings)
    assert visit.nothing_new(settings, ASKED) is None


@pytest.mark.parametrize(
    "asked",
    [
        visit.Asked(date(2026, 7, 21), "", ""),
        visit.Asked(None, "", ""),
        visit.Asked(date(2026, 7, 20), None, ""),
        visit.Asked(date(2026, 7, 20), "point=policy", ""),
        visit.Asked(date(2026, 7, 20), "", "broker:ABC"),
    ],
)
def test_another_request_is_run(settings: Settings, asked: visit.Asked) -> None:
    remember(settings)
    assert visit.nothing_new(settings, asked) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"workbook_rows": 5},
        {"line_ending": "lf"},
        {"clients": "acme"},
        {"bank_originators": "CBP"},
        {"writes_snapshot": False},
        {"history": True},
    ],
)
def test_other_settings_are_run(settings: Settings, changed: dict[str, object]) -> None:
    remember(settings)
    assert visit.nothing_new(replace(settings, **changed), ASKED) is None


def _touch(path: Path) -> None:
    told = path.stat()
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns + 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda settings: (settings.exports / "new.csv").write_text("a\n", encoding="utf-8"),
        lambda settings: (settings.exports / "importers.csv").unlink(),
        lambda settings: (settings.exports / "importers.csv").write_text("importer_numbeR\n", encoding="utf-8"),
        lambda settings: (settings.exports / "importers.csv").write_text("more\nrows\n", encoding="utf-8"),
        lambda settings: (settings.out / "position.csv").unlink(),
        lambda settings: (settings.out / "position.csv").write_text("as_of_date\n2026-07-21\n", encoding="utf-8"),
        lambda settings: (settings.out / "manifest.csv").unlink(),
        lambda settings: settings.snapshot.unlink(),
        lambda settings: _touch(settings.snapshot),
        lambda settings: _touch(settings.warehouse),
        lambda settings: settings.warehouse.unlink(),
        lambda settings: settings.warehouse.with_name("cape.duckdb.wal").write_bytes(b"more"),
        lambda settings: (
            (settings.closes / "2026-06-30").mkdir(parents=True)
            or (settings.closes / "2026-06-30" / "entries.parquet").write_bytes(b"x")
        ),
        lambda settings: visit.note_of(settings).write_text("{", encoding="utf-8"),
        lambda settings: visit.note_of(settings).write_text("[]", encoding="utf-8"),
        lambda settings: visit.note_of(settings).write_text('{"format": 0}', encoding="utf-8"),
    ],
)
def test_whatever_is_not_as_it_was_is_run(settings: Settings, change: Callable[[Settings], object]) -> None:
    remember(settings)
    change(settings)
    assert visit.nothing_new(settings, ASKED) is None


def test_another_content_of_a_table_is_run_even_if_the_file_looks_the_same(settings: Settings) -> None:
    remember(settings)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("update warehouse.builds set content_hash = 'z'")
    note = json.loads(visit.note_of(settings).read_text(encoding="utf-8"))
    note["warehouse"] = visit._listing([settings.warehouse])
    visit.note_of(settings).write_text(json.dumps(note), encoding="utf-8")
    assert visit.nothing_new(settings, ASKED) is None


def test_other_code_is_run(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "package").mkdir()
    module = tmp_path / "package" / "module.py"
    module.write_text("a = 1\n", encoding="utf-8")
    monkeypatch.setattr(visit, "PACKAGE", tmp_path / "package")
    remember(settings)
    assert visit.nothing_new(settings, ASKED) == SEEN
    module.write_text("a = 2\n", encoding="utf-8")
    assert visit.nothing_new(settings, ASKED) is None


def test_a_file_that_was_copied_anew_is_known_by_its_bytes(settings: Settings) -> None:
    remember(settings)
    _touch(settings.exports / "importers.csv")
    assert visit.nothing_new(settings, ASKED) == SEEN


def test_a_file_whose_bytes_are_not_known_must_not_be_touched(settings: Settings) -> None:
    visit.remember(settings, ASKED, SEEN, {}, visit.look(settings.exports))
    assert visit.nothing_new(settings, ASKED) == SEEN
    _touch(settings.exports / "importers.csv")
    assert visit.nothing_new(settings, ASKED) is None


def test_a_folder_that_changed_while_the_run_read_it_leaves_no_note(settings: Settings) -> None:
    looked_at = visit.look(settings.exports)
    (settings.exports / "late.csv").write_text("a\n", encoding="utf-8")
    visit.remember(settings, ASKED, SEEN, {}, looked_at)
    assert not visit.note_of(settings).exists()


def test_a_warehouse_that_is_held_is_run_so_that_the_run_waits_for_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(settings)

    def held(*_: object, **__: object) -> None:
        raise duckdb.IOException("Conflicting lock is held")

    monkeypatch.setattr(duckdb, "connect", held)
    assert visit.nothing_new(settings, ASKED) is None


def test_without_files_or_snapshot_that_were_wanted_there_is_no_note(settings: Settings) -> None:
    (settings.out / "manifest.csv").unlink()
    remember(settings)
    assert not visit.note_of(settings).exists()


def test_a_visit_is_one_line_in_a_list(settings: Settings) -> None:
    for minute in (0, 1):
        visit.record_visit(settings, date(2026, 7, 20), datetime(2026, 7, 20, 12, minute, tzinfo=UTC))
    assert visit.visits_of(settings).read_text(encoding="utf-8").splitlines() == [
        "visited_at,as_of_date",
        "2026-07-20T12:00:00+00:00,2026-07-20",
        "2026-07-20T12:01:00+00:00,2026-07-20",
    ]
