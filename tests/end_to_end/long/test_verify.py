"""`cape verify` on a finished run: silent about what is whole, and naming each thing that somebody changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app


@pytest.fixture
def warehouse(finished_run: Path, tmp_path: Path) -> Path:
    """The warehouse of a run, to be changed."""
    return shutil.copytree(finished_run / "w", tmp_path / "w") / "cape.duckdb"


def verify(warehouse: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["verify", "--warehouse", str(warehouse), *more], env={"COLUMNS": "160"})


def findings(warehouse: Path) -> list[dict[str, Any]]:
    result = verify(warehouse, "--json")
    assert result.exit_code == 1, result.output
    told = json.loads(result.stdout)
    assert not told["is_whole"]
    return list(told["findings"])


def change(warehouse: Path, statement: str) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute(statement)


def test_what_a_run_wrote_is_as_recorded_and_no_view_breaks_a_promise(warehouse: Path) -> None:
    before = warehouse.read_bytes()
    result = verify(warehouse)
    assert result.exit_code == 0, result.output
    assert "All of it is as recorded." in result.stdout
    assert warehouse.read_bytes() == before


def test_a_changed_amount_is_told_with_its_table_and_month(warehouse: Path) -> None:
    change(
        warehouse, "update lines.duty_splits set line_value_usd = line_value_usd + 1 where partition_month = '2025-06'"
    )
    told = [finding for finding in findings(warehouse) if finding["kind"] == "table"]
    assert [finding["name"] for finding in told] == ["lines.duty_splits"]
    assert "its rows of 2025-06 are not those that were written" in told[0]["sentence"]


def test_a_value_that_breaks_a_promise_is_told_masked(warehouse: Path) -> None:
    change(warehouse, "update lines.entry_baselines set partition_month = 'June'")
    told = [finding for finding in findings(warehouse) if finding["kind"] == "promise"]
    assert "partition_month: str_matches" in told[0]["sentence"]
    with duckdb.connect(str(warehouse)) as con:
        numbers = con.execute("select distinct importer_number from lines.entry_baselines").fetchall()
    assert numbers
    assert not any(number in json.dumps(told) for (number,) in numbers)


def test_a_claim_that_is_no_longer_true_is_told(warehouse: Path) -> None:
    change(
        warehouse,
        "delete from lines.duty_splits where entry_number = (select min(entry_number) from lines.duty_splits)",
    )
    told = [finding["sentence"] for finding in findings(warehouse) if finding["name"] == "lines.entry_amounts"]
    assert len(told) == 1
    assert "broken by 1 rows, such as" in told[0]


def test_a_received_file_that_was_changed_or_lost_in_the_archive_is_told(warehouse: Path) -> None:
    kept = sorted((warehouse.parent / "archive").glob("??/*.zst"))
    kept[0].write_bytes(kept[0].read_bytes()[:-1] + b"x")
    kept[1].unlink()
    told = {finding["sentence"].split(":")[0].split("zst ")[1] for finding in findings(warehouse)}
    assert told == {"is not the file that was loaded", "is gone"}


def test_a_received_amount_that_was_changed_is_told_by_the_control_total_of_its_file(warehouse: Path) -> None:
    change(warehouse, "update ace.es003_tariff_lines set duty_usd = duty_usd + 0.01 where source_row = 2")
    told = [finding for finding in findings(warehouse) if finding["kind"] == "received file"]
    assert [finding["name"] for finding in told] == ["ES-003_entry_summary_line_tariff_details.csv"]
    assert "when it was loaded" in told[0]["sentence"]


def test_the_control_total_of_every_file_is_told_to_tie_out(warehouse: Path) -> None:
    totals = {total["file_name"]: total for total in json.loads(verify(warehouse, "--json").stdout)["control_totals"]}
    with duckdb.connect(str(warehouse), read_only=True) as con:
        loads = con.execute("select file_name, rows_loaded, cast(control_total_usd as varchar) from ace.loads")
        expected = {name: (rows, total) for name, rows, total in loads.fetchall()}
    assert {name: (told["rows_loaded"], told["control_total_usd"]) for name, told in totals.items()} == expected
    assert any(total for _, total in expected.values())


def test_an_issued_position_that_lost_a_seed_is_told(warehouse: Path) -> None:
    seeds = sorted((warehouse.parent / "archive" / "positions").rglob("*.zst"))
    seeds[0].unlink()
    (told,) = findings(warehouse)
    assert told["kind"] == "issued position"
    assert "is gone or damaged" in told["sentence"]


def test_another_registry_and_what_it_leaves_behind_is_told(warehouse: Path) -> None:
    change(warehouse, "update warehouse.builds set content_hash = '1' where table_id = 'registry.ieepa_headings'")
    told = findings(warehouse)
    assert ("registry", "registry.ieepa_headings") in {(finding["kind"], finding["name"]) for finding in told}
    assert any(
        finding["kind"] == "behind" and "is older than what it reads (2025-" in finding["sentence"] for finding in told
    )


def test_without_a_warehouse_it_says_so_and_makes_none(tmp_path: Path) -> None:
    result = verify(tmp_path / "cape.duckdb")
    assert result.exit_code == 2
    assert "there is no warehouse" in result.stderr
    assert list(tmp_path.iterdir()) == []
