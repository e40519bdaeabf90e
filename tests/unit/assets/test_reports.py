"""The calendar among the output files: written from its table, listed in the manifest, gone when nothing is ahead."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from icalendar import Calendar

from cape_pipeline import outputs
from cape_pipeline.outputs import write_files
from tests.support.tables import empty_tables, put, settled

AS_OF = date(2026, 7, 20)


def written(con: duckdb.DuckDBPyConnection, out: Path) -> set[str]:
    """The names of the files that stand in `out` after writing, apart from the manifest, which must list all others."""
    with settled(con):
        names = {str(path.relative_to(out)) for path in write_files(con, out, "crlf")}
    manifest = (out / "manifest.csv").read_text(encoding="ascii").splitlines()[1:]
    assert {line.split(",")[0] for line in manifest} == names
    standing = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert standing == names | {"manifest.csv"}
    return names


def test_the_calendar_is_written_while_there_is_a_deadline_and_removed_with_the_last(tmp_path: Path) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        for number, day in enumerate((date(2026, 9, 8), date(2026, 9, 1))):
            put(con, "reports.calendar_events", event_key=f"k{number}", deadline_kind="psc", deadline_date=day)
        assert "deadlines.ics" in written(con, tmp_path)
        first = (tmp_path / "deadlines.ics").read_bytes()
        days = [event["dtstart"].dt for event in Calendar.from_ical(first).walk("VEVENT")]
        assert days == [date(2026, 9, 1), date(2026, 9, 8)]
        written(con, tmp_path)
        assert (tmp_path / "deadlines.ics").read_bytes() == first
        con.execute("delete from reports.calendar_events")
        assert "deadlines.ics" not in written(con, tmp_path)


def test_of_too_many_deadlines_the_nearest_ahead_are_in_the_calendar_then_those_just_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "MOST_EVENTS", 3)
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        for number, days in enumerate((-100, -1, 0, 1, 300)):
            put(
                con,
                "reports.calendar_events",
                event_key=f"k{number}",
                as_of_date=AS_OF,
                deadline_kind="psc",
                deadline_date=AS_OF + timedelta(days),
            )
        written(con, tmp_path)
        calendar = Calendar.from_ical((tmp_path / "deadlines.ics").read_bytes())
        *shown, end = [event["dtstart"].dt for event in calendar.walk("VEVENT")]
    assert shown == [AS_OF + timedelta(days) for days in (0, 1, 300)]
    assert end == AS_OF + timedelta(300)
    assert "The 3 nearest of 5 deadlines" in str(calendar["x-wr-caldesc"])


def test_without_rows_to_show_there_is_no_workbook_and_with_too_many_declarations_no_packet(tmp_path: Path) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        for name in ("C1", "C2"):
            put(con, "refunds.declarations", declaration_id=name, entry_count=0, status="filed")
        with settled(con):
            both = {str(path.relative_to(tmp_path)) for path in write_files(con, tmp_path, "crlf", most_packets=2)}
            assert {"cape_position.xlsx", "report.html"} <= both
            assert len([name for name in both if name.startswith("audit_packets/")]) == 2
            fewer = {
                str(path.relative_to(tmp_path))
                for path in write_files(con, tmp_path, "crlf", workbook_rows=0, most_packets=1)
            }
    assert both - fewer == {name for name in both if name.startswith("audit_packets/")} | {"cape_position.xlsx"}
    assert not (tmp_path / "cape_position.xlsx").exists()
    assert not list((tmp_path / "audit_packets").glob("*.zip"))


def test_calendar_and_watch_list_are_also_written_as_tables(tmp_path: Path) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        assert {"deadline_calendar.csv", "reconciliation_watch_list.csv"} <= written(con, tmp_path)


def test_a_table_of_more_rows_than_are_wanted_is_no_csv_and_is_named_in_a_list(tmp_path: Path) -> None:
    with empty_tables() as con:
        for name in ("C1", "C2"):
            put(con, "refunds.declarations", declaration_id=name, entry_count=0, status="filed")
        with settled(con):
            all_of_them = {path.name for path in write_files(con, tmp_path, "crlf", csv_rows=2)}
            fewer = {path.name for path in write_files(con, tmp_path, "crlf", csv_rows=1)}
            told = (tmp_path / "tables_not_written.csv").read_bytes()
            assert not (tmp_path / "declarations.csv").exists()
            write_files(con, tmp_path, "crlf")
    assert fewer == (all_of_them - {"declarations.csv"}) | {"tables_not_written.csv"}
    assert told == b"table,row_count\r\nrefunds.declarations,2\r\n"
    assert not (tmp_path / "tables_not_written.csv").exists()
