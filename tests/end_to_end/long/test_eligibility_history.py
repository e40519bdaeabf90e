"""The history of an answer, against runs as of the days it tells of, their eves and days between them."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import DagsterInstance
from rich.console import Console

from cape_pipeline import eligibility_history_days
from cape_pipeline.assets.eligibility_history import publish_history, publish_no_history
from cape_pipeline.assets.registry import publish_as_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.definitions import defs
from cape_pipeline.eligibility_history import UnknownEntries, eligibility_history, history_of
from cape_pipeline.eligibility_history_shown import print_history
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from cape_pipeline.resources import Warehouse
from cape_pipeline.run import Request, run
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.builds import stale_tables
from cape_pipeline.warehouse.query import table_query
from cape_pipeline.warehouse.snapshot import write_snapshot
from tests.support.pipeline import empty_warehouse, run_on

LIQUIDATES, FLAGGED, ACCEPTED = "MYK01010039", "MYK01010401", "MYK01010773"
ENTRIES = (LIQUIDATES, FLAGGED, ACCEPTED)
AS_OF = date(2026, 8, 12)
IMPORTER = "12-3456789"
#: Run date of each ES-003, and the liquidation it shows of the entry that liquidates.
RUNS = {"2026-04-18": ("Unliquidated", ""), "2026-07-01": ("Liquidated", "05/15/2026")}
FACTS = {
    "drawback": "N", "protest_status": "none", "surety_paid": "N", "recon_09_filed": "N",
    "recon_due_date": "2026-09-10",
}  # fmt: skip
#: What every run knows, day by day: entry, day, answer before, answer, and a cause that the day has.
EXPECTED = [
    (LIQUIDATES, "2026-04-18", None, ("ineligible", "await_phase"), "REPORTED"),
    (LIQUIDATES, "2026-04-20", ("ineligible", "await_phase"), ("eligible", "file_cape"), "CAPE-OPEN-BEGINS"),
    (LIQUIDATES, "2026-08-04", ("eligible", "file_cape"), ("ineligible", "file_protest"), "DAY-80-PAST"),
    (FLAGGED, "2026-04-18", None, ("ineligible", "await_phase"), "REPORTED"),
    (FLAGGED, "2026-06-29", ("ineligible", "await_phase"), ("eligible", "file_cape"), "RECON-FLAG-ENDS"),
    (FLAGGED, "2026-08-11", ("eligible", "file_cape"), ("review", "file_recon_first"), "RECON-30-DAYS"),
    (ACCEPTED, "2026-04-18", None, ("ineligible", "await_phase"), "REPORTED"),
    (ACCEPTED, "2026-04-20", ("ineligible", "await_phase"), ("eligible", "file_cape"), "CAPE-OPEN-BEGINS"),
    (ACCEPTED, "2026-04-23", ("eligible", "file_cape"), ("accepted", "await_refund"), "REPORTED"),
]
BETWEEN = (date(2026, 4, 25), date(2026, 5, 15), date(2026, 5, 16), date(2026, 7, 1), date(2026, 7, 14), AS_OF)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three entries, seen by two runs of ES-003 and one of Claim Details."""
    folder = tmp_path_factory.mktemp("exports")
    for run_date in RUNS:
        rows = [row for entry in ENTRIES for row in _tariff_rows(entry, run_date)]
        _write(folder / f"ES-003_{run_date}.csv", rows)
    claim = {"ENTRY_NUMBER": ACCEPTED, "CLAIM_NUMBER": "100000240001", "STATUS": "Entry Summary Updated"}
    _write(folder / "claim_details_2026-04-23.csv", [{**claim, "ERROR_DESCRIPTION": ""}])
    declaration = {"claim_number": "100000240001", "filed_date": "2026-04-22", "accepted_date": "2026-04-22"}
    _write(folder / "declarations.csv", [declaration])
    _write(folder / "entry_facts.csv", [{"entry_number": entry, **FACTS} for entry in ENTRIES])
    return folder


def _tariff_rows(entry: str, run: str) -> list[dict[str, str]]:
    status, liquidated_on = RUNS[run] if entry == LIQUIDATES else ("Unliquidated", "")
    shared = {
        "Entry Summary Number": entry,
        "Entry Type Code": "01",
        "Importer Number": IMPORTER,
        "Entry Date": "08/10/2025",
        "Entry Summary Date": "08/20/2025",
        "Entry Summary Line Number": "1",
        "Country of Origin Code": "CN",
        "Liquidation Status": status,
        "Liquidation Date": liquidated_on,
        "Reconciliation Indicator": "Y" if entry == FLAGGED else "",
        "NAFTA Reconciliation Indicator": "",
        "Protest Number": "",
        "Protest Status": "",
    }
    tariff = (("1", "99030124", "0.00", "100.00"), ("2", "8471300100", "1000.00", "0.00"))
    names = ("Tariff Ordinal Number", "HTS Number - Full", "Line Tariff Goods Value Amount", "Line Tariff Duty Amount")
    return [{**shared, **dict(zip(names, row, strict=True))} for row in tariff]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def con(folder: Path) -> duckdb.DuckDBPyConnection:
    """The warehouse as of the last day."""
    warehouse = empty_warehouse()
    run_on(warehouse, folder, AS_OF)
    return warehouse


@pytest.fixture(scope="module")
def history(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return eligibility_history(con).to_dicts()


def answers_as_of(con: duckdb.DuckDBPyConnection, day: date) -> dict[str, tuple[str, str]]:
    """What a run as of the day says of every entry."""
    publish_as_of(con, day)
    rebuild(con, MONTHS, ("entries.eligibility",))
    rows = con.execute("select entry_number, cape_status, recommended_path from entries.eligibility").fetchall()
    return {entry: (status, path) for entry, status, path in rows}


def test_each_change_is_told_with_its_day_and_cause(history: list[dict[str, Any]]) -> None:
    told = [
        (
            row["entry_number"],
            row["changed_date"].isoformat(),
            row["cape_status_before"] and (row["cape_status_before"], row["recommended_path_before"]),
            (row["cape_status"], row["recommended_path"]),
        )
        for row in history
    ]
    assert told == sorted((row[:4] for row in EXPECTED), key=lambda row: (row[1], row[0]))
    causes = {(row["entry_number"], row["changed_date"].isoformat()): row["cause_codes"] for row in history}
    assert [row[4] for row in EXPECTED if row[4] not in causes[row[0], row[1]]] == []


def test_runs_as_of_each_day_its_eve_and_days_between_say_what_the_history_says(
    con: duckdb.DuckDBPyConnection, history: list[dict[str, Any]]
) -> None:
    changed_date = {row["changed_date"] for row in history}
    days = sorted({day - timedelta(days=eve) for day, eve in product(changed_date, (0, 1))} | set(BETWEEN))
    replayed, differing = {}, []
    for day in days:
        told = {
            row["entry_number"]: (row["cape_status"], row["recommended_path"])
            for row in history
            if row["changed_date"] <= day
        }
        replayed[day] = told
        if told != (asked := answers_as_of(con, day)):
            differing.append((day, told, asked))
    assert differing == []
    assert replayed[date(2026, 4, 17)] == {}


@pytest.fixture(scope="module")
def snapshot(con: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The snapshot of the warehouse as of the first day of CAPE."""
    publish_as_of(con, date(2026, 4, 20))
    rebuild(con, MONTHS, ("entries.eligibility",))
    settings = Settings(warehouse=tmp_path_factory.mktemp("kept") / "cape.duckdb")
    write_snapshot(con, settings.snapshot)
    return settings


def test_the_history_of_one_entry_is_told_from_the_snapshot_and_leaves_it_as_it_was(snapshot: Settings) -> None:
    before = snapshot.snapshot.read_bytes()
    told = history_of(snapshot, ["myk-0101040-1"])
    assert [(row["entry_number"], row["changed_date"].isoformat()) for row in told] == [(FLAGGED, "2026-04-18")]
    assert snapshot.snapshot.read_bytes() == before
    console = Console(record=True, width=160, file=StringIO())
    print_history(console, told)
    text = console.export_text()
    assert [
        word for word in ("2026-04-18", FLAGGED, "ineligible / await_phase", "A report on it") if word not in text
    ] == []


def test_an_entry_that_no_report_names_is_one_sentence(snapshot: Settings) -> None:
    with pytest.raises(UnknownEntries, match="names entry ABC12345676"):
        history_of(snapshot, [FLAGGED, "ABC-1234567-6"])


def test_asking_many_days_at_once_and_one_after_the_other_gives_the_same(
    con: duckdb.DuckDBPyConnection, history: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_as_of(con, AS_OF)
    rebuild(con, MONTHS, ("entries.eligibility",))
    monkeypatch.setattr(eligibility_history_days, "_build_by_day", eligibility_history_days._build_day_by_day)
    assert eligibility_history(con, [LIQUIDATES]).to_dicts() == [
        row for row in history if row["entry_number"] == LIQUIDATES
    ]


def test_the_warehouse_is_as_it_was_after_the_history_was_found(con: duckdb.DuckDBPyConnection) -> None:
    publish_as_of(con, AS_OF)
    rebuild(con, MONTHS, ("entries.eligibility",))
    before = con.execute("from warehouse.builds order by all").fetchall()
    eligibility_history(con)
    assert con.execute("from warehouse.builds order by all").fetchall() == before
    assert con.execute("select database_name from duckdb_databases() where database_name = 'history'").fetchall() == []


def test_the_table_holds_the_history_where_it_is_asked_for_and_else_nothing(
    con: duckdb.DuckDBPyConnection, history: list[dict[str, Any]]
) -> None:
    publish_as_of(con, AS_OF)
    rebuild(con, MONTHS, ("entries.eligibility",))
    publish_history(con)
    stored = con.execute("from entries.eligibility_history order by changed_date, entry_number").pl().to_dicts()
    assert stored == history
    assert [told for told in stale_tables(con, CONTRACTS, []) if "eligibility_history" in told] == []
    publish_no_history(con)
    assert con.execute("from entries.eligibility_history").fetchall() == []


def test_what_an_earlier_run_found_is_stale_once_the_day_has_moved(con: duckdb.DuckDBPyConnection) -> None:
    publish_as_of(con, date(2026, 8, 3))
    rebuild(con, MONTHS, ("entries.eligibility",))
    publish_history(con)
    publish_as_of(con, AS_OF)
    rebuild(con, MONTHS, ("entries.eligibility",))
    assert [told for told in stale_tables(con, CONTRACTS, []) if "eligibility_history" in told] == [
        "entries.eligibility_history all is older than what it reads"
    ]
    rebuild(con, MONTHS, ("entries.eligibility_history",))
    assert con.execute("from entries.eligibility_history").fetchall() == []
    assert [told for told in stale_tables(con, CONTRACTS, []) if "eligibility_history" in told] == []


def test_every_table_on_the_way_to_the_answer_is_found_where_it_is_read() -> None:
    dependent = eligibility_history_days.dependent_tables()
    assert {"ace.readable_loads", "lines.entry_amounts", "entries.eligibility_decisions"} <= set(dependent)
    unseen = {
        table_id: read - {found[3] for found in eligibility_history_days.READ.finditer(table_query(table_id).text)}
        for table_id in dependent
        if (read := set(table_query(table_id).upstream))
    }
    assert [table_id for table_id, tables in unseen.items() if tables] == []


def test_before_cape_opens_the_calendar_shows_its_first_day_for_what_it_will_take(
    con: duckdb.DuckDBPyConnection,
) -> None:
    publish_as_of(con, date(2026, 4, 18))
    rebuild(con, MONTHS, ("reports.deadline_calendar",))
    waiting = con.execute(
        "select entry_number, deadline_date from reports.deadline_calendar where deadline_kind = 'cape_opening'"
    ).fetchall()
    assert sorted(waiting) == [(LIQUIDATES, date(2026, 4, 20)), (ACCEPTED, date(2026, 4, 20))]


#: Both sides of each phase.
DEMO_DAYS = [
    date(2026, 4, 19), date(2026, 4, 20), date(2026, 6, 28), date(2026, 6, 29), date(2026, 7, 6), date(2026, 7, 7),
]  # fmt: skip


def test_runs_as_of_single_days_of_the_demo_say_what_its_history_says(demo_tables: duckdb.DuckDBPyConnection) -> None:
    demo = demo_tables
    numbers = [row[0] for row in demo.execute("select entry_number from entries.eligibility order by 1").fetchall()]
    sample = set(numbers[::6])
    told = eligibility_history(demo, sample).to_dicts()
    day_80 = demo.execute(
        "select distinct cape_deadline_date from entries.eligibility"
        " where cape_deadline_date < (select as_of_date from registry.as_of) order by 1 desc limit 1"
    ).fetchall()
    days = sorted({*DEMO_DAYS, *(day + timedelta(days=eve) for (day,) in day_80 for eve in (0, 1))})
    assert len(days) > len(DEMO_DAYS)
    differing = {}
    for day in days:
        kept = {
            row["entry_number"]: (row["cape_status"], row["recommended_path"])
            for row in told
            if row["changed_date"] <= day
        }
        asked = {entry: answer for entry, answer in answers_as_of(demo, day).items() if entry in sample}
        if kept != asked:
            differing[day] = sorted(set(kept.items()) ^ set(asked.items()))[:4]
    assert differing == {}


def test_the_ui_can_ask_for_the_history_and_the_next_whole_run_leaves_none(folder: Path, tmp_path: Path) -> None:
    settings = Settings(warehouse=tmp_path / "w" / "cape.duckdb", exports=folder, out=tmp_path / "out")
    run(settings, Request(as_of=AS_OF))
    assert stored_changes(settings) == []
    job = defs.resolve_job_def("history")
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, run_config={**(job.run_config or {}), **Warehouse.run_config(settings)}
        )
    assert result.success
    assert (LIQUIDATES, date(2026, 8, 4), "ineligible", "file_protest") in stored_changes(settings)
    run(settings, Request(as_of=AS_OF))
    assert stored_changes(settings) == []
    run(replace(settings, history=True), Request(as_of=date(2026, 8, 3)))
    kept = stored_changes(settings)
    assert (LIQUIDATES, date(2026, 4, 20), "eligible", "file_cape") in kept
    assert max(day for _, day, *_ in kept) <= date(2026, 8, 3)


def stored_changes(settings: Settings) -> list[tuple[Any, ...]]:
    """The history as analysts see it."""
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        return con.execute(
            "select entry_number, changed_date, cape_status, recommended_path from entries.eligibility_history"
        ).fetchall()
