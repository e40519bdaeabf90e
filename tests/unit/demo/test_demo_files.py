"""The files themselves: same bytes for the same seed, the layouts ACE prints, and the answers they add up to."""

import csv
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from cape_pipeline.demo import DemoSet, write_demo
from cape_pipeline.demo.exports import (
    ES003_HEADER,
    ES022_HEADER,
    FIRST_ES003,
    RESENT_ES003,
    REV603_HEADER,
    SECOND_ES003,
)

FILES = {
    "ES-003_entry_summary_line_tariff_details_2026-04-20.csv",
    "ES-003_entry_summary_line_tariff_details_jul2025_to_feb2026.xlsx",
    "ES-003_sent_on_by_broker_2026-07-16.csv",
    "ES-022_cape_entry_summary_2026-07-17.xlsx",
    "REV-603_trade_refund.xlsx",
    "REV-613_ach_rejected_refunds_2026-07-17.csv",
    "bank_deposits.csv",
    "claim_details_999.csv",
    "claim_details_ZQX.csv",
    "declarations.csv",
    "entry_facts.csv",
    "importers.csv",
}


def rows_of_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def rows_of_sheet(path: Path, sheet: str, header_row: int = 0) -> list[dict[str, str]]:
    loaded = fastexcel.read_excel(path).load_sheet(sheet, header_row=header_row, dtypes="string")
    return loaded.to_polars().fill_null("").to_dicts()


def usd(printed: str) -> Decimal:
    return Decimal(re.sub(r"[$,]", "", printed))


def as_printed(row: dict[str, str]) -> dict[str, str]:
    """A row of the typed workbook in the formats of the CSV."""
    dates = {name: date.fromisoformat(cell[:10]).strftime("%m/%d/%Y") for name, cell in row.items()
             if name.endswith("Date") and cell}  # fmt: skip
    money = {name: f"${Decimal(cell):,.2f}" for name, cell in row.items() if name.endswith("Amount")}
    return {**row, **dates, **money}


def test_the_same_seed_writes_the_same_bytes(demo: DemoSet, tmp_path: Path) -> None:
    again = write_demo(tmp_path)
    assert [path.name for path in again.files] == [path.name for path in demo.files]
    assert [path.read_bytes() for path in again.files] == [path.read_bytes() for path in demo.files]
    assert again.answers_json() == demo.answers_json()


def test_workbooks_state_a_fixed_day_of_creation_not_the_clocks(demo: DemoSet) -> None:
    for path in (path for path in demo.files if path.suffix == ".xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert archive.read("docProps/core.xml").count(b"2026-07-20T08:00:00Z") == 2


def test_another_seed_writes_another_set_of_the_same_story(demo: DemoSet, tmp_path: Path) -> None:
    other = write_demo(tmp_path, seed=7)
    assert other.answers_json() != demo.answers_json()
    assert sorted(entry.scenario for entry in other.answers.entries) == sorted(
        entry.scenario for entry in demo.answers.entries
    )


def test_the_set_names_its_files_and_leaves_others_alone(demo: DemoSet, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert {path.name for path in write_demo(tmp_path).files} == FILES == {path.name for path in demo.files}
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_es003_rows_number_about_seven_hundred(exports: Path) -> None:
    rows = len(rows_of_csv(exports / FIRST_ES003)) + len(rows_of_csv(exports / RESENT_ES003))
    rows += len(rows_of_sheet(exports / SECOND_ES003, "Main Report"))
    assert 600 <= rows <= 850


def test_both_es003_layouts_have_the_same_32_columns_and_the_workbook_states_its_run(exports: Path) -> None:
    workbook = fastexcel.read_excel(exports / SECOND_ES003)
    assert workbook.sheet_names == ["Main Report", "Parameters"]
    assert workbook.load_sheet("Main Report").to_polars().columns == list(ES003_HEADER)
    assert tuple(rows_of_csv(exports / FIRST_ES003)[0]) == ES003_HEADER
    told = workbook.load_sheet("Parameters", header_row=None, dtypes="string").to_polars().to_series().to_list()
    assert "Run Date: 07/17/2026" in told


def test_the_workbook_holds_days_and_amounts_as_such_and_codes_as_text(exports: Path) -> None:
    sheet = fastexcel.read_excel(exports / SECOND_ES003).load_sheet("Main Report").to_polars()
    assert isinstance(sheet.schema["Entry Date"], pl.Datetime | pl.Date)
    assert sheet.schema["Line Tariff Duty Amount"] == pl.Float64
    assert sheet.schema["Entry Type Code"] == sheet.schema["HTS Number - Full"] == pl.String


def test_lines_of_the_versions_before_acceptance_add_up_to_the_answers(demo: DemoSet, exports: Path) -> None:
    runs = [
        (date(2026, 4, 20), rows_of_csv(exports / FIRST_ES003)),
        (date(2026, 7, 16), rows_of_csv(exports / RESENT_ES003)),
        (date(2026, 7, 17), [as_printed(row) for row in rows_of_sheet(exports / SECOND_ES003, "Main Report")]),
    ]
    accepted = {entry.entry_number: entry.accepted_date for entry in demo.answers.entries}
    filed: dict[tuple[str, int], Decimal] = {}
    for run, rows in runs:
        seen: dict[tuple[str, int], Decimal] = {}
        for row in rows:
            number = row["Entry Summary Number"]
            if row["Line Tariff Duty Amount"].startswith("$") and run < (accepted.get(number) or date.max):
                key = number, int(row["Entry Summary Line Number"])
                seen[key] = seen.get(key, Decimal(0)) + usd(row["Line Tariff Duty Amount"])
        filed.update(seen)
    answered = {(line.entry_number, line.line_number): line.paid_usd for line in demo.answers.lines}
    assert answered.items() <= filed.items()
    unanswered = {number for number, _ in filed.keys() - answered.keys()}
    readable = {number for number in unanswered if re.fullmatch(r"[A-Z0-9]{3}[0-9]{8}", number)}
    assert len(unanswered) == 2
    assert readable == {row.entry_number for row in demo.answers.quarantine if row.entry_number}


def test_an_entry_cape_took_has_no_ieepa_rows_in_the_later_run(demo: DemoSet, exports: Path) -> None:
    taken = {
        entry.entry_number
        for entry in demo.answers.entries
        if entry.accepted_date and entry.accepted_date <= date(2026, 7, 17)
    }
    later = [
        row for row in rows_of_sheet(exports / SECOND_ES003, "Main Report") if row["Entry Summary Number"] in taken
    ]
    assert later
    assert not [row for row in later if row["HTS Number - Full"].startswith(("990301", "990302"))]


def test_only_the_commodity_row_carries_goods_value_and_column_1_rate(exports: Path) -> None:
    for row in rows_of_csv(exports / FIRST_ES003):
        is_chapter_99 = row["HTS Number - Full"].startswith("99")
        assert (usd(row["Line Tariff Goods Value Amount"]) == 0) == is_chapter_99
        assert not (is_chapter_99 and row["Column 1 Current Primary Duty Rate"])


def test_the_damaged_file_has_exactly_the_rows_the_answers_name(demo: DemoSet, exports: Path) -> None:
    rows = rows_of_csv(exports / RESENT_ES003)
    bad = {
        number
        for number, row in enumerate(rows, start=2)
        if not re.fullmatch(r"[A-Z0-9]{3}[0-9]{8}", row["Entry Summary Number"])
        or not row["Line Tariff Duty Amount"].startswith("$")
    }
    assert {row.source_row for row in demo.answers.quarantine} == bad
    assert {row.reason_code for row in demo.answers.quarantine} == {"digits_lost", "amount_unreadable"}
    assert len(bad) / len(rows) < 0.05


def test_claim_details_wrap_numbers_as_formulas_behind_a_byte_order_mark(exports: Path) -> None:
    raw = (exports / "claim_details_ZQX.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfENTRY_NUMBER,CLAIM_NUMBER,STATUS,ERROR_DESCRIPTION\r\n")
    line = re.compile(rb'="ZQX[0-9]{8}",="[0-9]{12}",(Entry Summary Updated,|Failed,[A-Z/ ]+)')
    assert all(line.fullmatch(row) for row in raw.split(b"\r\n")[1:-1])


def test_claim_details_name_every_accepted_entry_and_every_failure(demo: DemoSet, exports: Path) -> None:
    results = [
        (row["ENTRY_NUMBER"][2:-1], row["CLAIM_NUMBER"][2:-1], row["STATUS"])
        for filer in ("ZQX", "999")
        for row in rows_of_csv(exports / f"claim_details_{filer}.csv")
    ]
    updated = {(entry, claim) for entry, claim, status in results if status == "Entry Summary Updated"}
    assert updated == {(entry.entry_number, entry.claim_number) for entry in demo.answers.entries if entry.claim_number}
    assert len([status for *_, status in results if status == "Failed"]) == 7


def test_es022_adds_up_to_the_refunds(demo: DemoSet, exports: Path) -> None:
    rows = rows_of_sheet(exports / "ES-022_cape_entry_summary_2026-07-17.xlsx", "Main Report")
    assert tuple(rows[0]) == ES022_HEADER
    totals: dict[str, Decimal] = {}
    for row in (row for row in rows if row["Refund Number"]):
        paid = usd(row["Refund Amount"]) + usd(row["Interest Amount"])
        totals[row["Refund Number"]] = totals.get(row["Refund Number"], Decimal(0)) + paid
    assert totals == {refund.refund_number: refund.es022_usd for refund in demo.answers.refunds if refund.es022_usd}


def test_rev603_has_its_header_in_row_6_and_a_total_below_an_empty_row(demo: DemoSet, exports: Path) -> None:
    path = exports / "REV-603_trade_refund.xlsx"
    assert fastexcel.read_excel(path).sheet_names == ["Report"]
    head = fastexcel.read_excel(path).load_sheet("Report", header_row=None, n_rows=4, dtypes="string").to_polars()
    assert head.to_series(0).to_list()[2] == "Run Date: 07/17/2026"
    rows = rows_of_sheet(path, "Report", header_row=5)
    assert tuple(rows[0]) == REV603_HEADER
    *refunds, empty, total = rows
    assert not any(empty.values())
    shown = {row["Refund ID"]: usd(row["Total Refund Amount"]) for row in refunds}
    assert shown == {refund.refund_number: refund.rev603_usd for refund in demo.answers.refunds if refund.rev603_usd}
    assert usd(total["Total Refund Amount"]) == sum(shown.values())
    assert not total["Refund ID"]


def test_the_bank_credits_of_each_trace_are_the_cash_of_its_refund(demo: DemoSet, exports: Path) -> None:
    cash: dict[str, Decimal] = {}
    rows = rows_of_csv(exports / "bank_deposits.csv")
    for row in (row for row in rows if row["Trace Number"]):
        cash[row["Trace Number"]] = cash.get(row["Trace Number"], Decimal(0)) + Decimal(row["Amount"])
    assert cash == {
        refund.trace_number: refund.deposited_usd for refund in demo.answers.refunds if refund.deposited_usd
    }
    assert len([row for row in rows if "CBP" not in row["Description"]]) == demo.answers.bank_rows_not_cbp
    assert all(date.fromisoformat(row["Date"]) <= demo.as_of for row in rows)


def test_rev613_lists_the_rejected_refunds(demo: DemoSet, exports: Path) -> None:
    rows = rows_of_csv(exports / "REV-613_ach_rejected_refunds_2026-07-17.csv")
    assert {row["Refund ID"]: usd(row["Refund Amount"]) for row in rows} == {
        refund.refund_number: refund.rejected_usd for refund in demo.answers.refunds if refund.rejected_usd
    }


def test_no_date_in_any_file_lies_after_the_valuation_day_but_due_dates(demo: DemoSet, exports: Path) -> None:
    for name in ("declarations.csv", "entry_facts.csv", "bank_deposits.csv"):
        for row in rows_of_csv(exports / name):
            for column, cell in row.items():
                if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) and column != "recon_due_date":
                    assert date.fromisoformat(cell) <= demo.as_of, (name, column, cell)


@pytest.mark.parametrize("name", ["importers.csv", "entry_facts.csv", "declarations.csv"])
def test_reference_files_have_one_row_a_key(exports: Path, name: str) -> None:
    keys = [next(iter(row.values())) for row in rows_of_csv(exports / name)]
    assert len(set(keys)) == len(keys) > 0
