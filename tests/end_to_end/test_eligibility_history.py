"""The history of an answer, against runs as of the days it tells of, their eves and days between them."""

import csv
from datetime import date, timedelta
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from cape_pipeline.assets.registry import publish_as_of
from cape_pipeline.eligibility_history import UnknownEntries, eligibility_history, history_of
from cape_pipeline.eligibility_history_shown import print_history
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from cape_pipeline.settings import Settings
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
    for run in RUNS:
        rows = [row for entry in ENTRIES for row in _tariff_rows(entry, run)]
        _write(folder / f"ES-003_{run}.csv", rows)
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
    told = eligibility_history(con)
    publish_as_of(con, AS_OF)
    rebuild(con, MONTHS, ("entries.eligibility",))
    return told


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
            row["changed_on"].isoformat(),
            row["cape_status_before"] and (row["cape_status_before"], row["recommended_path_before"]),
            (row["cape_status"], row["recommended_path"]),
        )
        for row in history
    ]
    assert told == sorted((row[:4] for row in EXPECTED), key=lambda row: (row[1], row[0]))
    causes = {(row["entry_number"], row["changed_on"].isoformat()): row["cause_codes"] for row in history}
    assert [row[4] for row in EXPECTED if row[4] not in causes[row[0], row[1]]] == []


def test_runs_as_of_each_day_its_eve_and_days_between_say_what_the_history_says(
    con: duckdb.DuckDBPyConnection, history: list[dict[str, Any]]
) -> None:
    changed_on = {row["changed_on"] for row in history}
    days = sorted({day - timedelta(days=eve) for day, eve in product(changed_on, (0, 1))} | set(BETWEEN))
    replayed, differing = {}, []
    for day in days:
        told = {
            row["entry_number"]: (row["cape_status"], row["recommended_path"])
            for row in history
            if row["changed_on"] <= day
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
    assert [(row["entry_number"], row["changed_on"].isoformat()) for row in told] == [(FLAGGED, "2026-04-18")]
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
