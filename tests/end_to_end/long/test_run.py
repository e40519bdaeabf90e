"""`cape run` on the worked example: once, twice, in parts, and with what goes wrong in real folders."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.ace.archive import restore
from cape_pipeline.cli import app

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
ES_003 = "ES-003_entry_summary_line_tariff_details.csv"


def cape(*arguments: object) -> Result:
    """One command in this process; its exit code and output."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


def run(exports: Path, folder: Path, *more: object) -> Result:
    return cape("run", "--exports", exports, "--warehouse", folder / "w/cape.duckdb", "--out", folder / "out", *more)


def contents(folder: Path) -> list[tuple[object, ...]]:
    """Every table-month with its content hash, as the snapshot has it."""
    with duckdb.connect(str(folder / "w/cape_analyst.duckdb"), read_only=True) as con:
        return con.execute(
            "select table_id, partition_month, row_count, content_hash from warehouse.builds order by all"
        ).fetchall()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def done(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the warehouse, the snapshot and the outputs of one run."""
    return shutil.copytree(finished_run, tmp_path_factory.mktemp("done"), dirs_exist_ok=True)


def test_the_closing_summary_says_what_came_back_and_that_all_of_it_is_at_the_bank(done: Path) -> None:
    with duckdb.connect(str(done / "w/cape_analyst.duckdb"), read_only=True) as con:
        told = con.execute(
            "select entry_count, refund_principal_usd, refunded_principal_usd, deposited_usd, open_principal_usd"
            " from reports.position"
        ).fetchone()
    assert [str(part) for part in told or ()] == ["14", "230849.80", "230849.80", "238459.63", "0.00"]


def test_a_second_run_on_the_same_folder_changes_nothing(done: Path) -> None:
    tables, outputs = contents(done), files(done / "out")
    result = run(EXPORTS, done, "--as-of", "2026-07-20", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["files_loaded"] == 0
    assert contents(done) == tables
    assert files(done / "out") == outputs


def test_the_same_exports_in_another_place_give_the_same_tables_and_files(done: Path, tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere"
    shutil.copytree(EXPORTS, copied)
    assert run(copied, tmp_path, "--as-of", "2026-07-20").exit_code == 0
    assert contents(tmp_path) == contents(done)
    assert files(tmp_path / "out") == files(done / "out")


def test_a_reading_chosen_for_the_run_is_named_and_the_next_run_is_by_the_default_again(
    finished_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run, tmp_path, dirs_exist_ok=True)
    told = run(EXPORTS, tmp_path, "--as-of", "2026-07-20", "--policy", "payment_clock=filing_guide_30_60")
    assert told.exit_code == 0, told.output
    assert "Not the default reading of the law: payment_clock=filing_guide_30_60." in told.output
    told = run(EXPORTS, tmp_path, "--as-of", "2026-07-20")
    assert "Not the default reading" not in told.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--policy", "law_date=today"), "policy law_date=today: the readings of law_date are entry_date, filing_date"),
        (("--policy", "law_day=entry_date"), "policy law_day=entry_date: there is no point law_day; the points are"),
        (("--policy", "law_date"), "policy law_date: write point=policy"),
        (("--policy", "law_date=filing_date", "--only", "lines"), "--policy changes the reading for every table"),
    ],
)
def test_a_reading_there_is_none_of_is_refused_before_anything_is_written(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    told = run(EXPORTS, tmp_path, *options)
    assert told.exit_code == 2
    assert sentence in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_exports_are_kept_beside_the_warehouse_as_they_came(done: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(done / "w/cape_analyst.duckdb"), read_only=True) as con:
        loads = con.execute("select load_id, file_name, is_raw_kept from ace.loads").fetchall()
    assert {name for _, name, _ in loads} == {path.name for path in EXPORTS.iterdir()}
    assert {is_kept for _, _, is_kept in loads} == {True}
    for load_id, name, _ in loads:
        restore(done / "w/archive", load_id, tmp_path / name)
        assert (tmp_path / name).read_bytes() == (EXPORTS / name).read_bytes()


def test_a_run_may_discard_what_it_loads_and_says_so_beside_the_dates_it_was_given(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    shutil.copytree(EXPORTS, exports)
    (exports / "loads.csv").write_text(f"file_name,report_run_date\n{ES_003},2026-07-19\nES-003.csv,2026-07-19\n")
    result = run(exports, tmp_path, "--as-of", "2026-07-20", "--discard-raw")
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "w/archive").iterdir()] == ["positions"]
    assert "Note: 9 new files are not kept in the archive" in result.stderr
    assert "Note: loads.csv says when ES-003.csv was run, but no file of that name was loaded" in result.stderr
    assert re.search(r"Note: 2 files state no run date \(ES-022_\S+, claim_details.csv\)", result.stderr)
    with duckdb.connect(str(tmp_path / "w/cape_analyst.duckdb"), read_only=True) as con:
        told = con.execute("select cast(newest_es003_run_date as varchar), undated_load_count from reports.position")
        assert told.fetchone() == ("2026-07-19", 2)


def test_an_archive_that_cannot_be_written_stops_the_run_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w/archive").write_text("a file where the folder should be")
    result = run(EXPORTS, tmp_path, "--as-of", "2026-07-20")
    assert result.exit_code == 2, result.output
    assert "cannot be kept" in result.stderr
    assert "--discard-raw" in result.stderr
    with duckdb.connect(str(tmp_path / "w/cape.duckdb"), read_only=True) as con:
        assert con.execute("select count(*) from ace.loads").fetchone() == (0,)


def test_a_part_is_run_on_the_stored_day_and_publishes_nothing(done: Path) -> None:
    snapshot = done / "w/cape_analyst.duckdb"
    before = snapshot.stat().st_mtime_ns
    result = run(EXPORTS, done, "--only", "lines", "--from", "2025-05", "--to", "2025-06")
    assert result.exit_code == 0, result.output
    assert "as of 2026-07-20" in result.stdout
    assert snapshot.stat().st_mtime_ns == before


def test_a_valuation_day_for_a_part_of_the_tables_is_refused(done: Path) -> None:
    result = run(EXPORTS, done, "--only", "lines", "--as-of", "2026-07-20")
    assert result.exit_code == 2
    assert "--as-of changes the day for every table" in result.stderr


def test_explain_tells_the_whole_story_of_an_entry(done: Path) -> None:
    result = cape("explain", "MYK-0101003-9", "--warehouse", done / "w/cape.duckdb", "--json")
    told = json.loads(result.stdout)
    assert [row["duty_usd"] for row in told["received_rows"]] == ["20905.05", "16724.04", "8362.02", "3093.95"]
    assert {row["file_name"] for row in told["files"]} == {ES_003, "ES-022_cape_entry_summary.xlsx"}
    assert [row["interest_usd"] for row in told["interest"]] == ["1442.60"]
    assert sum(float(row["interest_usd"]) for row in told["interest_segments"]) == pytest.approx(1442.60, abs=0.005)
    assert [row["match_status"] for row in told["reconciliation"]] == ["matched"]
    assert {row["source"] for row in told["sources"]} >= {"csms-68340863", "usc-19-1505"}
    assert [row["rule_source"] for row in told["contributions"] if row["heading"] == "9903.01.24"] != [None]


def test_explain_prints_the_same_for_people(done: Path) -> None:
    result = cape("explain", "MYK01010039", "--warehouse", done / "w/cape.duckdb")
    assert result.exit_code == 0
    assert "refunded / none" in result.stdout
    assert "9903.01.24" in result.stdout


def test_explaining_an_entry_no_report_names_is_one_sentence(done: Path) -> None:
    result = cape("explain", "ABC12345676", "--warehouse", done / "w/cape.duckdb")
    assert result.exit_code == 2
    assert "names entry ABC12345676" in result.stderr


def test_without_the_liquidation_columns_the_run_names_both_and_nothing_is_guessed(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    with (EXPORTS / ES_003).open(newline="", encoding="utf-8") as source:
        rows = list(csv.reader(source))
    kept = [at for at, name in enumerate(rows[0]) if name not in ("Liquidation Status", "Liquidation Date")]
    with (exports / ES_003).open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([[row[at] for at in kept] for row in rows])
    for name in ("importers.csv", "entry_facts.csv"):
        shutil.copy(EXPORTS / name, exports / name)
    result = run(exports, tmp_path, "--as-of", "2026-04-22")
    assert result.exit_code == 0, result.output
    assert "Liquidation Status" in result.stderr
    assert "Liquidation Date" in result.stderr
    assert "add" in result.stderr
    with duckdb.connect(str(tmp_path / "w/cape_analyst.duckdb"), read_only=True) as con:
        statuses = con.execute(
            "select cape_status, recommended_path, count(*) from entries.eligibility group by all"
        ).fetchall()
        lines = con.execute("select count(*) from lines.duty_splits").fetchone()
    assert statuses == [("review", "manual_review", 14)]
    assert lines == (14,)


@pytest.fixture
def folder_of_unknown_files(tmp_path: Path) -> Path:
    folder = tmp_path / "unknown"
    folder.mkdir()
    (folder / "notes.csv").write_text("subject,remark\nlunch,none\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder_with_a_truncated_workbook(tmp_path: Path) -> Path:
    folder = tmp_path / "truncated"
    shutil.copytree(EXPORTS, folder)
    whole = (EXPORTS / "REV-603_trade_refund.xlsx").read_bytes()
    (folder / "REV-603_trade_refund.xlsx").write_bytes(whole[: len(whole) // 2])
    return folder


def refused(exports: Path, folder: Path) -> str:
    """Run where nothing may be written; the sentence on standard error."""
    result = run(exports, folder / "result", "--as-of", "2026-07-20")
    assert result.exit_code == 2, result.output
    assert not (folder / "result").exists(), "something was written"
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr


def test_an_empty_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no CSV or XLSX file" in refused(tmp_path / "empty", tmp_path)


def test_a_wrong_path_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere", tmp_path)


def test_a_folder_of_unknown_files_is_refused_in_one_sentence(folder_of_unknown_files: Path, tmp_path: Path) -> None:
    sentence = refused(folder_of_unknown_files, tmp_path)
    assert "is a report known here" in sentence
    assert "notes.csv" in sentence


def test_a_truncated_workbook_is_refused_in_one_sentence(
    folder_with_a_truncated_workbook: Path, tmp_path: Path
) -> None:
    sentence = refused(folder_with_a_truncated_workbook, tmp_path)
    assert "REV-603_trade_refund.xlsx" in sentence
    assert "Nothing was loaded" in sentence


def test_a_warehouse_named_after_a_schema_is_refused(tmp_path: Path) -> None:
    result = cape("run", "--exports", EXPORTS, "--warehouse", tmp_path / "lines.duckdb")
    assert result.exit_code == 2
    assert "may not be named after one of its schemas" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def held_warehouse(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A warehouse another process holds open, and that process."""
    path = tmp_path / "w" / "cape.duckdb"
    path.parent.mkdir()
    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        yield path, process.pid
        process.kill()


def test_a_warehouse_held_by_another_process_is_refused_naming_it(
    held_warehouse: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, process = held_warehouse
    monkeypatch.setenv("CAPE_LOCK_WAIT_SECONDS", "0.2")
    result = run(EXPORTS, tmp_path)
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert f"process {process}" in result.stderr
    assert not (tmp_path / "out").exists()


def test_interest_is_the_published_example_to_the_cent() -> None:
    result = cape(
        "interest", "100000", "--from", "2025-05-15", "--to", "2026-06-10", "--rate-class", "corporate", "--json"
    )
    told = json.loads(result.stdout)
    assert told["interest_usd"] == "6430.69"
    assert len(told["segments"]) == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["abc", "--from", "2025-05-15", "--to", "2026-06-10"], "not an amount of dollars"),
        (["-1", "--from", "2025-05-15", "--to", "2026-06-10"], ""),
        (["1.005", "--from", "2025-05-15", "--to", "2026-06-10"], "whole cents"),
        (["100", "--from", "15.5.2025", "--to", "2026-06-10"], "write the day as YYYY-MM-DD"),
        (["100", "--from", "2026-06-11", "--to", "2026-06-10"], ""),
        (["100", "--from", "2025-05-15", "--to", "2027-01-01"], "the last quarter with a published rate"),
    ],
)
def test_interest_that_cannot_be_computed_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = cape("interest", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
