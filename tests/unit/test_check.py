"""`cape check` says of a file what the loader makes of it, and writes nothing."""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from cape_pipeline import check as module
from cape_pipeline.ace import TooManyRejected, inspect_file, load_file
from cape_pipeline.check import REASONS, Unusable, Verdict, check_file, print_verdict
from cape_pipeline.cli import app
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import Settings, UnusableSetting
from tests.support.tables import empty_tables

EXPORTS = Path(__file__).parents[1] / "golden" / "guide14" / "exports"
ES_003 = "ES-003_entry_summary_line_tariff_details.csv"
SETTINGS = Settings()


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *(str(argument) for argument in arguments)])


def damaged(folder: Path, changes: dict[int, dict[str, str]], name: str = "ES-003_2026-07-01.csv") -> Path:
    """The worked example's ES-003 with cells of some data rows (counted from 1) changed."""
    with (EXPORTS / ES_003).open(newline="", encoding="utf-8") as source:
        header, *rows = csv.reader(source)
    for number, cells in changes.items():
        for column, text in cells.items():
            rows[number - 1][header.index(column)] = text
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([header, *rows])
    return path


def with_bad_dates(folder: Path, count: int) -> Path:
    return damaged(folder, {number: {"Entry Date": "soon"} for number in range(1, count + 1)})


def verdict_of(path: Path, settings: Settings = SETTINGS) -> Verdict:
    verdict = check_file(path, settings)
    assert isinstance(verdict, Verdict)
    return verdict


def printed(verdict: Verdict, width: int = 80) -> str:
    text = StringIO()
    print_verdict(Console(width=width, file=text), verdict)
    return text.getvalue()


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        yield con


# --- the loader's own verdict ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.iterdir()))
def test_every_file_of_the_worked_example_is_taken_whole(name: str) -> None:
    result = cape(EXPORTS / name)
    assert result.exit_code == 0, result.output
    assert "The loader takes the whole file" in result.stdout


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_verdict_is_what_a_load_of_the_same_file_stores(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, *, is_damaged: bool
) -> None:
    path = damaged(tmp_path, {2: {"HTS Number - Full": "9.90301E+07"}, 7: {"Entry Date": "soon"}} if is_damaged else {})
    verdict = verdict_of(path)
    result = load_file(con, inspect_file(path), 1, datetime.now(UTC))
    assert verdict.result == result
    assert verdict.quarantine == stored(con, "ace.quarantine")
    (load,) = stored(con, "ace.loads")
    assert {**verdict.load, "loaded_at": None} == {**load, "loaded_at": None}
    assert bool(verdict.quarantine) == is_damaged


def stored(con: duckdb.DuckDBPyConnection, table: str) -> list[dict[str, Any]]:
    contract = CONTRACTS[table]
    rows = con.execute(
        f"select {', '.join(contract.column_names())} from {table} order by {', '.join(contract.grain)}"
    ).fetchall()
    return [dict(zip(contract.column_names(), row, strict=True)) for row in rows]


@pytest.mark.parametrize(("bad", "is_refused"), [(2, False), (3, True)])
def test_a_file_is_refused_exactly_where_the_loader_refuses_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, bad: int, *, is_refused: bool
) -> None:
    path = with_bad_dates(tmp_path, bad)
    verdict = verdict_of(path)
    assert (verdict.refusal is not None) == is_refused
    assert len(verdict.quarantine) == verdict.result.rows_quarantined == bad
    assert cape(path).exit_code == 1
    if is_refused:
        with pytest.raises(TooManyRejected) as refused:
            load_file(con, inspect_file(path), 1, datetime.now(UTC), reject_share=SETTINGS.reject_share)
        assert verdict.refusal == refused.value.reason
        assert verdict.sentence.startswith("The loader would refuse this file: 3 of 40 rows cannot be used")


def test_the_share_above_which_a_file_is_refused_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_bad_dates(tmp_path, 30)
    assert verdict_of(path, replace(SETTINGS, reject_share=0.75)).refusal is None
    assert verdict_of(path, replace(SETTINGS, reject_share=0.74)).refusal is not None
    monkeypatch.setenv("CAPE_REJECT_SHARE", "0.75")
    assert "would refuse" not in cape(path).stdout


def test_nothing_is_written_where_the_command_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = with_bad_dates(tmp_path, 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert cape(path).exit_code == 1
    assert list((tmp_path / "here").iterdir()) == []
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [path.name, "here"]


def test_what_does_not_fit_into_memory_is_spilled_elsewhere_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []

    def load(con: duckdb.DuckDBPyConnection, *rest: Any) -> Any:
        seen.extend(con.execute("select current_setting('temp_directory'), current_setting('threads')").fetchall())
        return really(con, *rest)

    really = module._load
    monkeypatch.setattr(module, "_load", load)
    monkeypatch.chdir(tmp_path)
    check_file(EXPORTS / "importers.csv", replace(SETTINGS, threads=1))
    ((spill, threads),) = seen
    assert Path(spill).is_absolute()
    assert not Path(spill).exists()
    assert threads == 1


def test_every_reason_of_the_quarantine_has_its_words() -> None:
    (codes,) = [field.one_of for field in CONTRACTS["ace.quarantine"].fields if field.name == "reason_code"]
    assert set(REASONS) == set(codes or ())


# --- what is printed ------------------------------------------------------------------------------------------------


def test_a_row_set_aside_is_told_by_row_header_reason_value_and_what_was_expected(tmp_path: Path) -> None:
    path = damaged(tmp_path, {3: {"HTS Number - Full": "9.90301E+07"}})
    told = " ".join(printed(verdict_of(path)).split())
    assert "4 HTS Number - Full: digits were lost in a spreadsheet, found '9.90301E+07' (" in told
    assert "40 read = 39 loaded + 1 set aside" in told
    assert "The loader takes 39 rows and sets 1 aside." in told


def test_what_a_file_holds_is_printed_as_it_stands(tmp_path: Path) -> None:
    path = damaged(tmp_path, {3: {"Entry Date": "[bold]soon[/bold]"}}, name="ES-003 [red].csv")
    told = printed(verdict_of(path))
    assert "'[bold]soon[/bold]'" in told
    assert "ES-003 [red].csv" in told


@pytest.mark.parametrize("width", [40, 80])
def test_only_the_path_may_be_longer_than_the_terminal_is_wide(tmp_path: Path, width: int) -> None:
    path = with_bad_dates(tmp_path, 30)
    first, *others = printed(verdict_of(path), width).splitlines()
    assert first == str(path)
    assert max(len(line) for line in others) <= width


@pytest.mark.parametrize(("bad", "rest"), [(20, None), (21, "and 1 more; --json prints all of them")])
def test_the_first_twenty_reasons_are_printed_and_the_rest_is_counted(
    tmp_path: Path, bad: int, rest: str | None
) -> None:
    told = printed(verdict_of(with_bad_dates(tmp_path, bad)))
    assert told.count("Entry Date: not a date") == 20
    assert (" more; --json" in told) == (rest is not None)
    assert rest is None or rest in told


def test_a_long_value_is_cut_in_print_and_whole_in_json(tmp_path: Path) -> None:
    path = damaged(tmp_path, {1: {"Entry Date": "x" * 61}, 2: {"Entry Date": "y" * 60}})
    told = printed(verdict_of(path), 200)
    assert f"'{'x' * 60}…'" in told
    assert f"'{'y' * 60}'" in told
    (file,) = json.loads(cape(path, "--json").stdout)["files"]
    assert file["quarantine"][0]["raw_value"] == "x" * 61


def test_columns_that_are_missing_are_named_with_what_cannot_be_told_and_how_to_add_them(tmp_path: Path) -> None:
    with (EXPORTS / ES_003).open(newline="", encoding="utf-8") as source:
        header, *rows = csv.reader(source)
    at = header.index("Liquidation Status")
    path = tmp_path / "ES-003.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(
            [
                [*row[:at], *row[at + 1 :], extra]
                for row, extra in zip([header, *rows], ["My Remark", *"x" * 40], strict=True)
            ]
        )
    result = cape(path)
    told = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert "has no column 'Liquidation Status': eligibility cannot be decided" in told
    assert "add 'Liquidation Status'" in told
    assert "My Remark (kept as received" in told


def test_the_run_date_is_told_with_where_it_stands_or_how_to_give_it(tmp_path: Path) -> None:
    assert "2026-07-01, from the file name" in printed(verdict_of(damaged(tmp_path, {})))
    assert "2026-07-20, stated above the header" in printed(verdict_of(EXPORTS / "REV-603_trade_refund.xlsx"))
    assert "none stated: put the date into the file name" in printed(verdict_of(EXPORTS / ES_003))
    assert "none stated, none needed" in printed(verdict_of(EXPORTS / "importers.csv"))


def test_the_sheet_and_the_header_row_of_a_workbook_are_told() -> None:
    told = " ".join(printed(verdict_of(EXPORTS / "REV-603_trade_refund.xlsx")).split())
    assert "sheet Report, row 6" in told
    assert "2 skipped as no data (1 blank, 1 total)" in told


def test_the_control_total_is_told(tmp_path: Path) -> None:
    path = damaged(tmp_path, {1: {"Entry Date": "soon"}})
    with path.open(newline="", encoding="utf-8") as source:
        texts = [row["Line Tariff Duty Amount"] for row in csv.DictReader(source)]
    total = sum(Decimal(text.strip("$").replace(",", "")) for text in texts[1:])
    assert f"control total {total:,.2f} over the loaded rows" in " ".join(printed(verdict_of(path)).split())
    assert json.loads(cape(path, "--json").stdout)["files"][0]["control_total_usd"] == str(total)


# --- for machines ---------------------------------------------------------------------------------------------------


def test_json_holds_every_row_set_aside_with_its_whole_row(tmp_path: Path) -> None:
    path = with_bad_dates(tmp_path, 30)
    result = cape(path, "--json")
    assert result.exit_code == 1
    (file,) = json.loads(result.stdout)["files"]
    assert (file["file"], file["verdict"], file["report_code"]) == (str(path), "refused", "ES-003")
    assert (file["rows_read"], file["rows_loaded"], file["rows_quarantined"]) == (40, 10, 30)
    assert (file["report_run_date"], file["report_run_date_basis"]) == ("2026-07-01", "file_name")
    assert [row["source_row"] for row in file["quarantine"]] == list(range(2, 32))
    first = file["quarantine"][0]
    assert (first["column_name"], first["reason_code"], first["raw_value"]) == ("entry_date", "date_unreadable", "soon")
    assert first["raw_row"]["Entry Summary Number"] == "MYK01010039"
    assert "soon" in first["raw_row"].values()


@pytest.mark.parametrize(("bad", "word", "code"), [(0, "whole", 0), (1, "in_part", 1), (30, "refused", 1)])
def test_the_verdict_is_one_word_for_machines(tmp_path: Path, bad: int, word: str, code: int) -> None:
    result = cape(with_bad_dates(tmp_path, bad), "--json")
    (file,) = json.loads(result.stdout)["files"]
    assert (file["verdict"], result.exit_code) == (word, code)


# --- files that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"subject,remark\nlunch,none\n", "no row of the first 60 holds a header of a report known here"),
    ],
)
def test_a_file_that_is_no_report_is_one_sentence_that_names_it(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    result = cape(path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"cape: {path}: ")
    assert len(result.stderr.splitlines()) == 1
    assert sentence in result.stderr


def test_a_file_that_is_not_there_and_a_folder_are_one_sentence_each(tmp_path: Path) -> None:
    assert "there is no such file" in cape(tmp_path / "none.csv").stderr
    assert "this is a folder, not a file" in cape(tmp_path).stderr


def test_each_of_several_files_gets_its_verdict_and_the_worst_decides_the_exit_code(tmp_path: Path) -> None:
    good, bad, none = EXPORTS / "importers.csv", with_bad_dates(tmp_path, 1), tmp_path / "none.csv"
    assert cape(good, bad).exit_code == cape(bad, good).exit_code == 1
    result = cape(none, bad, good, "--json")
    assert result.exit_code == 2
    assert [file["verdict"] for file in json.loads(result.stdout)["files"]] == ["unusable", "in_part", "whole"]
    result = cape(none, bad, good)
    assert "none.csv" in result.stderr
    assert str(bad) in result.stdout
    assert str(good) in result.stdout


def test_a_truncated_workbook_is_unusable(tmp_path: Path) -> None:
    whole = (EXPORTS / "REV-603_trade_refund.xlsx").read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    assert isinstance(check_file(tmp_path / "cut.xlsx", SETTINGS), Unusable)


def test_too_little_memory_is_said_with_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise duckdb.OutOfMemoryException("could not allocate")

    monkeypatch.setattr(module, "_load", exhausted)
    shutil.copy(EXPORTS / "importers.csv", tmp_path / "importers.csv")
    verdict = check_file(tmp_path / "importers.csv", SETTINGS)
    assert isinstance(verdict, Unusable)
    assert "set CAPE_MEMORY_LIMIT" in verdict.sentence


def test_a_memory_limit_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnusableSetting, match="memory limit much and 2 threads"):
        check_file(EXPORTS / "importers.csv", replace(SETTINGS, memory_limit="much"))
    monkeypatch.setenv("CAPE_MEMORY_LIMIT", "much")
    result = cape(EXPORTS / "importers.csv")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("name", ["es\x1b[2J\u202e.csv", "[red]es.csv"])
def test_names_headers_and_cells_of_a_file_steer_no_terminal(tmp_path: Path, name: str) -> None:
    rows = [
        ["claim_number", "filed_date", "[bold]\x1b[31mx\x9b"],
        ["C1", "\x1b[1mnever", ""],
        ["C2", "2026-04-22", "y"],
    ]
    (tmp_path / name).write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    told = cape(tmp_path / name).output
    assert "[bold]␛[31mx" in told
    assert not any(sign in told for sign in "\x1b\x9b\u202e")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    for name in ("pipe.csv", "pipe.zip"):
        os.mkfifo(tmp_path / name)
        told = cape(tmp_path / name)
        assert told.exit_code == 2
        assert "a pipe or a device" in told.output


def test_memory_that_does_not_suffice_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_: Path) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "inspect_file", exhausted)
    assert "too little for it" in cape(tmp_path / "x.csv").output
