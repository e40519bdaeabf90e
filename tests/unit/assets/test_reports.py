"""The calendar among the output files: written from its table, listed in the manifest, gone when nothing is ahead."""

from datetime import date
from pathlib import Path

import duckdb
from icalendar import Calendar

from cape_pipeline.outputs import write_files
from tests.support.tables import empty_tables, put

AS_OF = date(2026, 7, 20)


def written(con: duckdb.DuckDBPyConnection, out: Path) -> set[str]:
    """The names of the files that stand in `out` after writing, apart from the manifest, which must list all others."""
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


def test_calendar_and_watch_list_are_also_written_as_tables(tmp_path: Path) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        assert {"deadline_calendar.csv", "reconciliation_watch_list.csv"} <= written(con, tmp_path)
