"""A redacted folder: the same rows, faults and days, under names that tell nothing, and not a byte of who it was."""

import csv
import io
import stat
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from cape_pipeline.ace.inspection import inspect_file
from cape_pipeline.redaction import Redaction, Unredactable, redact_folder
from cape_pipeline.redaction.folder import read_key
from cape_pipeline.redaction.pseudonyms import Pseudonyms
from cape_pipeline.settings import BANK_ORIGINATORS
from tests.support.pipeline import empty_warehouse, receive

KEY = b"a key of the tests, long enough"
HEADERS = [
    "Entry Summary Number", "Importer Number", "Importer Name", "Entry Date", "Entry Summary Line Number",
    "Tariff Ordinal Number", "HTS Number - Full", "Line Tariff Goods Value Amount", "Line Tariff Duty Amount",
    "Liquidation Status",
]  # fmt: skip
ROW = [
    "ZQX21003667", "12-3456789", "Larkspindle Inc", "05/14/2025", "1", "1", "99030124", "$1,000.00", "$100.00",
    "Unliquidated",
]  # fmt: skip
POISON = "poison"


def csv_text(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def changed(**cells: str) -> list[str]:
    names = {header.replace(" ", "").replace("-", ""): at for at, header in enumerate(HEADERS)}
    row = list(ROW)
    for name, cell in cells.items():
        row[names[name]] = cell
    return row


def redacted(exports: Path, target: Path, key: bytes | None = KEY) -> Redaction:
    return redact_folder(exports, target, key=key, originators=BANK_ORIGINATORS, memory_limit="1GB", threads=1)


def folder(tmp_path: Path, **files: str) -> Path:
    exports = tmp_path / "exports"
    exports.mkdir()
    for name, text in files.items():
        (exports / f"{name}.csv").write_text(text, encoding="utf-8")
    return exports


def copied_rows(target: Path, name: str) -> list[list[str]]:
    with (target / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def everything(target: Path) -> str:
    return "\n".join(
        f"{path.relative_to(target)}\n{path.read_text(encoding='utf-8')}"
        for path in sorted(target.rglob("*"))
        if path.is_file()
    )


def set_aside(exports: Path) -> list[tuple[object, ...]]:
    with empty_warehouse() as con:
        receive(con, exports, date(2026, 7, 20))
        return con.execute(
            "select report_code, source_row, column_name, reason_code from ace.quarantine order by all"
        ).fetchall()


# --- what becomes of rows -------------------------------------------------------------------------------------------


def test_numbers_and_names_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    redacted(folder(tmp_path, es003=csv_text(HEADERS, ROW)), tmp_path / "copy")
    made = Pseudonyms(KEY)
    assert copied_rows(tmp_path / "copy", "0001_ES-003.csv") == [
        HEADERS,
        [made.entry_number(ROW[0]), made.importer_number(ROW[1]), made.name(ROW[2]), *ROW[3:]],
    ]


def test_every_row_keeps_its_fault_and_its_place(tmp_path: Path) -> None:
    rows = [
        *(changed(EntrySummaryLineNumber=str(number)) for number in range(1, 400)),
        changed(EntrySummaryNumber="9.99440E+10"),
        changed(EntrySummaryNumber="94400070"),
        changed(EntrySummaryNumber="no number"),
        changed(EntrySummaryNumber=""),
        changed(ImporterNumber="12345678"),
        changed(ImporterNumber="#REF!"),
        changed(EntryDate="31.12.2025"),
        changed(EntryDate="soon"),
        changed(EntrySummaryLineNumber="one"),
        changed(HTSNumberFull="9.90301E+09"),
        changed(HTSNumberFull="990301"),
        changed(HTSNumberFull="9903012"),
        changed(LineTariffDutyAmount="12-3456789"),
        changed(LineTariffDutyAmount="12.345"),
        [*changed(EntrySummaryLineNumber="500"), "", "too many"],
        changed(EntrySummaryLineNumber="501")[:6],
        [""] * len(HEADERS),
        ["Grand Total", *[""] * 6, "$1.00", "$2.00", ""],
        HEADERS,
        ["Confidential"],
        ["Run date 07/20/2026 by Jane Poison"],
    ]
    exports = folder(tmp_path, es003=csv_text(HEADERS, *rows))
    redacted(exports, tmp_path / "copy")
    faults = set_aside(exports)
    assert set_aside(tmp_path / "copy") == faults
    assert len(faults) == 16
    assert "Jane" not in everything(tmp_path / "copy")
    assert "3456789" not in everything(tmp_path / "copy")


def test_a_wrong_check_digit_is_still_found(tmp_path: Path) -> None:
    facts = csv_text(["entry_number", "drawback"], ["ZQX21003668", "N"], *[["ZQX21003667", "Y"]] * 30)
    exports = folder(tmp_path, entry_facts=facts)
    redacted(exports, tmp_path / "copy")
    assert set_aside(tmp_path / "copy") == set_aside(exports) != []


# --- nothing tells --------------------------------------------------------------------------------------------------


def test_nothing_of_unknown_columns_headers_names_sheets_notes_and_preambles_is_left(tmp_path: Path) -> None:
    exports = folder(
        tmp_path,
        poison_corp_es003=csv_text(
            [f"{POISON} Corp of Springfield"],
            ["Run Date", "07/17/2026"],
            ["Prepared by", POISON],
            [*HEADERS, f"{POISON} PO number", "", "Ünser Poison"],
            [*ROW, f"{POISON}-4711", f"{POISON} unnamed", "1,234.00"],
        ),
        bank=csv_text(
            ["Date", "Description", "Amount", "Trace Number", "Account Number", "Poison reference"],
            ["2026-05-14", f"CBP REFUND {POISON} LLC", "10.00", "031000300044153", "poison99887766", POISON],
            ["2026-05-15", f"{POISON} WAGES", "-10.00", "", "99887766", POISON],
        ),
        entry_facts=csv_text(
            ["entry_number", "drawback", "evidence", "recorded_by"], ["ZQX21003667", "N", f"mail of {POISON}", POISON]
        ),
    )
    book = xlsxwriter.Workbook(exports / f"{POISON}_2026-07-18.xlsx")
    sheet = book.add_worksheet(f"{POISON} sheet")
    for at, cells in enumerate((HEADERS, changed(ImporterName=f"{POISON} Ltd"))):
        sheet.write_row(at, 0, cells)
    book.add_worksheet("Parameters").write_row(0, 0, ["Importer", POISON])
    book.close()
    done = redacted(exports, tmp_path / "copy")
    assert (len(done.files), done.left_out, done.leaks) == (4, (), ())
    told = everything(tmp_path / "copy").lower()
    for secret in (POISON, "99887766", "4711", "044153", "larkspindle", "springfield", "zqx", "3456789", "ünser"):
        assert secret not in told, secret
    assert done.columns_unknown["0004_ES-003.csv"] == ("column_11", "column_13")
    assert "cbp (redacted)" in told


def test_a_header_is_spelled_as_our_list_has_it(tmp_path: Path) -> None:
    redacted(folder(tmp_path, es003=csv_text(["Entry Number 会社!", *HEADERS[1:]], ROW)), tmp_path / "copy")
    assert copied_rows(tmp_path / "copy", "0001_ES-003.csv")[0][0] == "Entry Number"


def test_a_replaced_value_in_a_column_that_stays_is_found_and_nothing_is_written(tmp_path: Path) -> None:
    exports = folder(tmp_path, es003=csv_text(HEADERS, ROW, changed(LiquidationStatus="held for Larkspindle, Inc.")))
    done = redacted(exports, tmp_path / "copy")
    assert [(leak.path.name, leak.row, leak.column) for leak in done.leaks] == [("es003.csv", 3, "Liquidation Status")]
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("cell", ["12-3456789", "123456789", "see 12-3456789!", "ZQX-2100366-7", "zqx21003667"])
def test_a_number_is_found_however_it_is_written(cell: str, tmp_path: Path) -> None:
    done = redacted(folder(tmp_path, es003=csv_text(HEADERS, changed(LiquidationStatus=cell))), tmp_path / "copy")
    assert len(done.leaks) == 1


def test_a_number_among_the_amounts_is_found(tmp_path: Path) -> None:
    exports = folder(tmp_path, es003=csv_text(HEADERS, changed(LineTariffDutyAmount="123456789")))
    assert [leak.column for leak in redacted(exports, tmp_path / "copy").leaks] == ["Line Tariff Duty Amount"]


# --- the folder -----------------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_bytes_and_another_other_ones(tmp_path: Path) -> None:
    exports = folder(tmp_path, es003=csv_text(HEADERS, ROW))
    for name, key in (("one", KEY), ("two", KEY), ("three", None), ("four", None)):
        redacted(exports, tmp_path / name, key)
    told = [everything(tmp_path / name) for name in ("one", "two", "three", "four")]
    assert told[0] == told[1]
    assert len(set(told)) == 3


def test_the_days_a_file_states_are_stated_by_its_copy(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    above = [["ES-003"], ["Run Date: 07/17/2026"], ["Entry Date (Begin)", "02/01/2025"], []]
    (exports / "above.csv").write_text(csv_text(*above, HEADERS, ROW), encoding="utf-8")
    (exports / "name 2026-06-30.csv").write_text(csv_text(HEADERS, ROW), encoding="utf-8")
    done = redacted(exports, tmp_path / "copy")
    one, other = (inspect_file(tmp_path / "copy" / name) for name in done.files)
    original = inspect_file(exports / "above.csv")
    assert (one.run_date, one.asked_for, one.header_row) == (original.run_date, original.asked_for, 5)
    assert (other.report_run_date, other.report_run_date_basis) == (date(2026, 6, 30), "file_name")


def test_files_of_one_name_keep_one_name_and_lists_of_names_name_the_copies(tmp_path: Path) -> None:
    exports = folder(
        tmp_path,
        loads=csv_text(
            ["file_name", "report_run_date"], ["es003.csv", "2026-07-01"], ["gone poison.csv", "2026-07-02"]
        ),
        es003=csv_text(HEADERS, ROW),
    )
    (exports / "later").mkdir()
    (exports / "later" / "es003.csv").write_text(csv_text(HEADERS, ROW, ROW), encoding="utf-8")
    done = redacted(exports, tmp_path / "copy")
    assert done.files == ("0001_ES-003.csv", "0002/0001_ES-003.csv", "0003_LOADS.csv")
    named = [row[0] for row in copied_rows(tmp_path / "copy", "0003_LOADS.csv")]
    assert named == ["file_name", "0001_ES-003.csv", Pseudonyms(KEY).file_name("gone poison.csv")]


def test_files_that_differ_only_in_what_was_taken_out_stay_two(tmp_path: Path) -> None:
    rows = [[*HEADERS, "Buyer"], [*ROW, "one"]], [[*HEADERS, "Buyer"], [*ROW, "two"]]
    exports = folder(tmp_path, a=csv_text(*rows[0]), b=csv_text(*rows[1]))
    done = redacted(exports, tmp_path / "copy")
    assert len({inspect_file(tmp_path / "copy" / name).load_id for name in done.files}) == 2


def test_the_copy_is_the_owners_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    redacted(folder(tmp_path, es003=csv_text(HEADERS, ROW)), tmp_path / "copy")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "copy").rglob("*")}
    assert (modes, stat.S_IMODE((tmp_path / "copy").stat().st_mode)) == ({0o600}, 0o700)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "exports"]


def test_what_is_no_export_is_not_copied_and_named(tmp_path: Path) -> None:
    exports = folder(tmp_path, es003=csv_text(HEADERS, ROW), notes="poison, and nothing else\n")
    done = redacted(exports, tmp_path / "copy")
    assert [left.path.name for left in done.left_out] == ["notes.csv"]
    assert POISON not in everything(tmp_path / "copy")


def test_a_target_that_holds_something_or_lies_among_the_exports_is_refused(tmp_path: Path) -> None:
    exports = folder(tmp_path, es003=csv_text(HEADERS, ROW))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(Unredactable, match="there is something already"):
        redacted(exports, tmp_path / "full")
    with pytest.raises(Unredactable, match="would be loaded with them"):
        redacted(exports, exports / "copy")
    with pytest.raises(Unredactable, match="none of 0 files"):
        redacted(tmp_path / "full", tmp_path / "copy")


def test_a_key_file_is_made_once_for_the_owner_alone_and_a_short_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = read_key(path)
    assert (read_key(path), len(key), stat.S_IMODE(path.stat().st_mode)) == (key, 64, 0o600)
    path.write_text("short", encoding="ascii")
    with pytest.raises(Unredactable, match="at least 16 characters"):
        read_key(path)
