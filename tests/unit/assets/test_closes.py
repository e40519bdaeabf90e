"""Publishing closed periods: the frozen files as tables, and a sentence for what cannot be read."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cape_pipeline.assets.closes import publish_closes
from cape_pipeline.close.frozen import ENTRIES, MANIFEST, UnusableClose, as_json, sha256_of, write_close
from cape_pipeline.contracts.ace import ClosedEntries
from tests.support.pipeline import empty_warehouse

VALUES = {
    "importer_key": "12-3456789", "importer_number": "", "entry_number": "ABC12345676", "stage": "accepted",
    "is_recognised": "true", "accrued_interest_usd": "",
}  # fmt: skip
COLUMNS = [name for name in ClosedEntries.column_names() if name != "close_name"]


def close(folder: Path, columns: list[str], **values: str) -> None:
    told = {name: "10.00" for name in columns if name.endswith("_usd")} | VALUES | values
    entries = f"{','.join(columns)}\n{','.join(told[name] for name in columns)}\n".encode()
    manifest = {
        "close_name": "june", "period_end": "2026-06-30", "known_by_date": "2026-06-30",
        "opening_close_name": None, "code_version": "1", "registry_version": "2", "settings_sha256": "3",
        "inputs_sha256": "4", "entry_count": 1, "closing_usd": "20.00", "files": {ENTRIES: sha256_of(entries)},
    }  # fmt: skip
    write_close(folder, "june", {ENTRIES: entries, MANIFEST: as_json(manifest)})


def test_without_a_folder_both_tables_are_empty(tmp_path: Path) -> None:
    with empty_warehouse() as con:
        published = publish_closes(con, tmp_path / "closes")
        assert {table: publication.row_count for table, publication in published.items()} == {
            "ace.closes": 0,
            "ace.closed_entries": 0,
        }


def test_a_close_is_a_row_and_its_entries_are_rows_with_what_is_unknown_unknown(tmp_path: Path) -> None:
    close(tmp_path, COLUMNS)
    with empty_warehouse() as con:
        publish_closes(con, tmp_path)
        told = "close_name, period_end, opening_close_name, entry_count, closing_usd"
        assert con.execute(f"select {told} from ace.closes").fetchall() == [
            ("june", date(2026, 6, 30), None, 1, Decimal("20.00"))
        ]
        told = "close_name, importer_number, is_recognised, principal_usd, accrued_interest_usd"
        assert con.execute(f"select {told} from ace.closed_entries").fetchall() == [
            ("june", None, True, Decimal("10.00"), None)
        ]


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    close(tmp_path, COLUMNS[::-1])
    with empty_warehouse() as con:
        publish_closes(con, tmp_path)
        assert con.execute("select entry_number from ace.closed_entries").fetchall() == [("ABC12345676",)]


def test_a_column_that_another_release_did_not_freeze_is_named(tmp_path: Path) -> None:
    close(tmp_path, [name for name in COLUMNS if name != "stage"])
    with empty_warehouse() as con, pytest.raises(UnusableClose, match=r"lacks stage: it was frozen by another release"):
        publish_closes(con, tmp_path)


def test_an_amount_that_is_none_is_refused(tmp_path: Path) -> None:
    close(tmp_path, COLUMNS, closing_principal_usd="ten")
    with empty_warehouse() as con, pytest.raises(UnusableClose, match=r"entries.csv holds what cannot be read"):
        publish_closes(con, tmp_path)
