"""The written files: the same bytes every time, in the layouts of the reports, with rows that make the answers."""

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.ace.files import find_exports
from cape_pipeline.demo.entry_numbers import check_digit
from cape_pipeline.demo.exports import ES003_HEADER
from cape_pipeline.sample import Written, write_sample
from cape_pipeline.sample.timetable import MONTHLY_RUN, NEWER_RUN

IEEPA = ("990301", "990302")


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def usd(cell: str) -> Decimal:
    return Decimal(cell.replace("$", "").replace(",", ""))


def monthly(exports: Path) -> list[Path]:
    return sorted(exports.glob(f"ES-003_entries_20*_run_{MONTHLY_RUN}.csv"))


@pytest.fixture(scope="module")
def answers(exports: Path) -> dict[str, dict[str, Any]]:
    found = duckdb.sql(f"from read_parquet('{exports}/answers/entries-*.parquet')")
    return {row[0]: dict(zip(found.columns, row, strict=True)) for row in found.fetchall()}


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_number_and_seed_write_the_same_bytes_with_one_thread_and_with_two(tmp_path: Path) -> None:
    for threads in (1, 2):
        write_sample(tmp_path / f"{threads}", 800, 5, threads=threads)
    assert hashes(tmp_path / "1") == hashes(tmp_path / "2")


def test_another_seed_writes_other_entries(written: Written, tmp_path: Path) -> None:
    other = write_sample(tmp_path, written.entries, written.seed + 1)
    assert not set(hashes(tmp_path).values()) & set(hashes(written.answers.parent).values())
    assert other.entries == written.entries


def test_nothing_is_left_behind_but_the_files_told(written: Written, exports: Path) -> None:
    assert tuple(sorted(path for path in exports.iterdir() if path.is_file())) == written.files
    assert [path.name for path in exports.iterdir() if path.is_dir()] == ["answers"]


def test_the_loader_passes_over_the_answers(written: Written, exports: Path) -> None:
    assert tuple(find_exports(exports)) == written.files


def test_a_sample_of_one_entry_is_whole(tmp_path: Path) -> None:
    written = write_sample(tmp_path, 1, 1)
    assert json.loads((written.answers / "totals.json").read_text(encoding="utf-8"))["entries"] == 1


def test_every_file_has_lines_that_end_alike_and_the_columns_of_the_report(exports: Path) -> None:
    for path in exports.glob("ES-003*.csv"):
        content = path.read_bytes()
        assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert tuple(rows[0]) == ES003_HEADER
        assert {len(row) for row in rows} == {len(ES003_HEADER)}


def test_a_file_is_in_order_of_entry_line_and_ordinal_and_holds_one_month(exports: Path) -> None:
    assert len(monthly(exports)) == 13
    for path in monthly(exports):
        kept = [row for row in rows_of(path) if row["Entry Summary Number"] and "E+" not in row["Entry Summary Number"]]
        keys = [
            (
                row["Entry Summary Number"].replace("-", ""),
                int(row["Entry Summary Line Number"]),
                int(row["Tariff Ordinal Number"]),
            )
            for row in kept
        ]
        assert keys == sorted(keys)
        assert len(set(keys)) == len(keys)
        assert {f"{row['Entry Date'][6:]}-{row['Entry Date'][:2]}" for row in kept} == {path.name[15:22]}


def test_every_entry_number_has_its_check_digit_and_stands_once_in_the_answers(
    answers: dict[str, dict[str, Any]], written: Written
) -> None:
    assert len(answers) == written.entries
    assert all(number == number[:10] + str(check_digit(number[:10])) for number in answers)


def test_the_rows_of_an_entry_make_its_answers_to_the_cent(exports: Path, answers: dict[str, dict[str, Any]]) -> None:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    ieepa: dict[str, Decimal] = defaultdict(Decimal)
    for path in monthly(exports):
        for row in rows_of(path):
            number = row["Entry Summary Number"].replace("-", "")
            if number not in answers or row["Line Tariff Duty Amount"] == "#VALUE!":
                continue
            duty = usd(row["Line Tariff Duty Amount"])
            paid[number] += duty
            ieepa[number] += duty if row["HTS Number - Full"].startswith(IEEPA) else 0
    parts = ("section_301_usd", "section_232_usd", "section_122_usd", "other_chapter99_usd", "column_1_usd")
    compared = 0
    for number, answer in answers.items():
        if answer["ieepa_high_usd"] is None:
            continue
        assert paid[number] == answer["ieepa_high_usd"] + sum(answer[part] for part in parts), number
        assert answer["ieepa_low_usd"] <= answer["ieepa_high_usd"] <= ieepa[number]
        compared += 1
    assert compared > len(answers) * 0.99


def test_the_newer_run_shows_no_ieepa_row_of_what_cape_has_taken(
    exports: Path, answers: dict[str, dict[str, Any]]
) -> None:
    again: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(exports / f"ES-003_entries_seen_again_{NEWER_RUN}.csv"):
        number = row["Entry Summary Number"].replace("-", "")
        if number:
            again[number].append(row["HTS Number - Full"])
    taken = {number for number in again if answers[number]["accepted_date"]}
    assert 0.01 < len(taken) / len(answers) < 0.03
    assert not any(code.startswith(IEEPA) for number in taken for code in again[number])
    assert all(any(code.startswith(IEEPA) for code in again[number]) for number in set(again) - taken)


def test_what_a_broker_sent_on_stands_alike_in_the_monthly_files(exports: Path) -> None:
    (sent_on,) = exports.glob("ES-003_sent_on*.csv")
    lines = sent_on.read_text(encoding="utf-8").splitlines()[1:]
    known = {line for path in monthly(exports) for line in path.read_text(encoding="utf-8").splitlines()}
    assert lines
    assert set(lines) <= known


def test_the_proportions_are_natural(written: Written, answers: dict[str, dict[str, Any]]) -> None:
    count = len(answers)
    lines = sum(answer["line_count"] for answer in answers.values())
    accepted = sum(answer["accepted_date"] is not None for answer in answers.values())
    paying = sum((answer["ieepa_high_usd"] or 0) > 0 for answer in answers.values())
    assert 4.3 < written.es003_rows / count < 4.7
    assert 1.6 < lines / count < 1.8
    assert 0.36 < accepted / count < 0.42
    assert 0.78 < paying / count < 0.83


def test_a_few_importers_have_most_entries(tmp_path: Path) -> None:
    write_sample(tmp_path, 40_000, 1)
    found = duckdb.sql(
        f"select count(*) as n from read_parquet('{tmp_path}/answers/entries-*.parquet') group by importer_number"
    ).fetchall()
    sizes = sorted((size for (size,) in found), reverse=True)
    assert sum(sizes[: len(sizes) // 10]) > 0.4 * 40_000
    assert sizes[len(sizes) // 2] < 161


def test_the_cash_of_a_refund_is_its_credits(exports: Path) -> None:
    cash: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(exports / "bank_deposits.csv"):
        cash[row["Trace Number"]] += Decimal(row["Amount"])
    refunds = duckdb.sql(
        f"select trace_number, deposited_usd, total_usd, match_status from '{exports}/answers/refunds.parquet'"
    ).fetchall()
    assert {trace for trace, deposited, _, _ in refunds if deposited} == set(cash)
    assert all(cash[trace] == deposited for trace, deposited, _, _ in refunds if deposited)
    assert all((deposited == total) == (status == "matched") for _, deposited, total, status in refunds)
