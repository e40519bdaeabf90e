"""Files made to harm: they are read as what they are or refused with a sentence, and nothing is executed or opened."""

import io
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from cape_pipeline.ace import UnreadableExport, find_exports, inspect_file, workbook
from cape_pipeline.ace.files import CHUNK, refuse_way_out, scan
from cape_pipeline.ace.inspection import MOST_COLUMNS
from cape_pipeline.ace.workbook import forget_sheets, read_sheets
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>Entry Number</t></is></c></row>'
HOSTILE_NAMES = [
    "..", "...csv", "'; drop table ace.loads; --", "%s%n", "a\nb", "a\tb", 'a"b', "[red]", "{}", "$HOME", "`id`",
    "\u202ecsv",
    "x" * 200, "*", "?", "[a-z]", "-rf", " ", "con", "\x1b[31m", "<script>", "=1+1",
]  # fmt: skip


def book(
    folder: Path,
    sheet: Iterable[str] = (HEADER,),
    *,
    strings: Iterable[str] = (),
    dimension: str = "A1",
    more: dict[str, str] | None = None,
    prologue: str = "",
) -> Path:
    """An XLSX workbook of one sheet, written member by member, so that it may hold what no library writes."""
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", '<?xml version="1.0"?><Types/>')
        packed.writestr("_rels/.rels", _related((("rId1", f"{OFFICE}/officeDocument", "xl/workbook.xml"),)))
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{NAMESPACE}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/>'
            "</sheets></workbook>",
        )
        told = (
            ("rId1", f"{OFFICE}/worksheet", "worksheets/sheet1.xml"),
            ("rId2", f"{OFFICE}/sharedStrings", "sharedStrings.xml"),
        )
        packed.writestr("xl/_rels/workbook.xml.rels", _related(told))
        _write(packed, "xl/sharedStrings.xml", [f'{prologue}<sst xmlns="{NAMESPACE}">', *strings, "</sst>"])
        begin = f'<worksheet xmlns="{NAMESPACE}"><dimension ref="{dimension}"/><sheetData>'
        _write(packed, "xl/worksheets/sheet1.xml", [begin, *sheet, "</sheetData></worksheet>"])
        for name, content in (more or {}).items():
            packed.writestr(name, content)
    return path


def _related(told: Iterable[tuple[str, str, str]]) -> str:
    inside = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in told)
    return f'<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def _write(packed: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    with packed.open(name, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece.encode())


def text_cell(place: str, told: str = "x") -> str:
    row = "".join(sign for sign in place if sign.isdigit())
    return f'<row r="{row}"><c r="{place}" t="inlineStr"><is><t>{told}</t></is></c></row>'


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableExport) as refused:
        inspect_file(path)
    return refused.value.reason


# --- workbooks ------------------------------------------------------------------------------------------------------


def test_a_cell_in_the_last_row_and_column_takes_no_memory_of_ours(tmp_path: Path) -> None:
    assert "6 GB of memory" in refusal(book(tmp_path, [HEADER, text_cell("XFD1048576")]))
    assert read_sheets(book(tmp_path))[0].frame.rows() == [("Entry Number",)]  # the next one is read


def test_a_sheet_of_more_cells_than_a_report_has_is_refused(tmp_path: Path) -> None:
    assert "export the report as CSV" in refusal(book(tmp_path, [HEADER, text_cell("BMA1048576")]))


def test_a_cell_at_no_place_of_a_sheet_is_damage(tmp_path: Path) -> None:
    assert "damaged" in refusal(book(tmp_path, [HEADER, text_cell("ZZZZZZZ99999999999")]))


def test_a_sheet_that_says_it_is_full_is_read_for_what_it_holds(tmp_path: Path) -> None:
    seen = inspect_file(book(tmp_path, [HEADER, text_cell("A2", "MYK01010039")], dimension="A1:XFD1048576"))
    assert (seen.report_code, seen.headers) == ("UPLOADED", ("Entry Number",))


def test_a_million_empty_rows_are_read(tmp_path: Path) -> None:
    (sheet,) = read_sheets(book(tmp_path, [HEADER, text_cell("A1048576")]))
    assert sheet.frame.shape == (1_048_576, 1)


def test_a_stray_cell_far_to_the_right_is_refused_with_what_to_do(tmp_path: Path) -> None:
    rows = [[*samples.ES003_HEADERS], *samples.ES003_ENTRY]
    cells = [
        f'<row r="{at}">'
        + "".join(
            f'<c r="{_column(place)}{at}" t="inlineStr"><is><t>{told}</t></is></c>' for place, told in enumerate(row)
        )
        + "</row>"
        for at, row in enumerate(rows, start=1)
    ]
    assert f"has 16,384 cells, and {MOST_COLUMNS:,}" in refusal(book(tmp_path, [*cells, text_cell("XFD9")]))


def _column(place: int) -> str:
    first, last = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def test_a_workbook_that_says_it_unpacks_to_more_than_any_export_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path, [HEADER, *[f'<row r="2">{" " * CHUNK}</row>'] * 20])
    assert path.stat().st_size < CHUNK
    monkeypatch.setattr(workbook, "MOST_UNPACKED_BYTES", 19 * CHUNK)
    forget_sheets()
    assert "unpacks to 0 GB, as none does that ACE exports" in refusal(path)


def test_strings_that_fill_the_memory_end_the_process_that_reads_and_not_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook._end_own()
    monkeypatch.setattr(workbook, "MOST_MEMORY", 1 << 30)
    try:
        path = book(tmp_path, strings=["<si><t>x</t></si>" * 1_000_000] * 16)
        assert "1 GB of memory" in refusal(path)
    finally:
        workbook._end_own()


def test_a_workbook_that_is_never_done_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_SECONDS", 0)
    assert "0 minutes" in refusal(book(tmp_path))


def test_entities_are_not_multiplied(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    prologue = f'<!DOCTYPE s [<!ENTITY a "{"x" * 1000}">{levels}]>'
    path = book(tmp_path, strings=["<si><t>&j;</t></si>"], prologue=prologue)
    assert "damaged" in refusal(path)


def test_a_file_that_an_entity_names_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    prologue = f'<!DOCTYPE s [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
    cell = '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    path = book(tmp_path, [HEADER, cell], strings=["<si><t>&x;</t></si>"], prologue=prologue)
    try:
        told = [sheet.frame.rows() for sheet in read_sheets(path)]
    except UnreadableExport:
        return
    assert "secret" not in str(told)


def test_formulas_links_and_macros_are_text_or_nothing(tmp_path: Path, intake: Intake) -> None:
    link = f'<externalLink xmlns="{NAMESPACE}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
    cells = '<row r="2"><c r="A2" t="str"><f>cmd|\'/C calc\'!A0</f><v>MYK01010039</v></c></row>'
    more = {"xl/externalLinks/externalLink1.xml": link, "xl/vbaProject.bin": "Sub Auto_Open()"}
    result = intake.load(book(tmp_path, [HEADER, cells], more=more))
    assert (result.report_code, result.rows_loaded) == ("UPLOADED", 1)


def test_a_workbook_in_a_workbook_stays_packed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("../../outside.txt", "x" * 1000)
    path = tmp_path / "nested.xlsx"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("inner.xlsx", inner.getvalue())
    assert "damaged" in refusal(path)
    assert [file.name for file in tmp_path.rglob("*")] == ["nested.xlsx"]


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["", "\n", "\nMYK01010401\n"])
def test_a_row_longer_than_any_row_of_a_report_is_not_left_out_without_a_word(intake: Intake, ending: str) -> None:
    """DuckDB leaves out a last row that is longer than its buffer."""
    header = ",".join(samples.DECLARATIONS[0])
    path = intake.bytes(f"{header}\nC1,2026-04-22,2026-04-22\nC2,{'x' * 34_000_000},{ending}".encode())
    assert "more than a million characters" in refusal(path)


def test_a_cell_of_many_lines_that_is_too_long_is_refused(intake: Intake) -> None:
    path = intake.csv([samples.DECLARATIONS[0], ["C1", "x\n" * 20_000_000, ""]])
    with pytest.raises(UnreadableExport, match=r"cannot be cut into rows|longer than any row"):
        intake.load(path)


def test_a_last_row_that_cannot_be_cut_into_cells_is_told(intake: Intake) -> None:
    content = ",".join(samples.DECLARATIONS[0]) + "\nC1," + "x" * 200_000
    path = intake.bytes(content.encode())
    try:
        intake.load(path)
    except UnreadableExport as refused:
        assert "cut" in refused.reason


def test_a_header_of_a_hundred_thousand_cells_is_refused(intake: Intake) -> None:
    path = intake.csv([[*samples.ES003_HEADERS, *(f"x{at}" for at in range(30_000))], *samples.ES003_ENTRY])
    assert f"and {MOST_COLUMNS:,} can be read" in refusal(path)


def test_as_many_columns_as_can_be_read_are_kept(intake: Intake) -> None:
    more = [f"x{at}" for at in range(MOST_COLUMNS - len(samples.ES003_HEADERS))]
    rows = [[*row, *more] for row in samples.ES003_ENTRY]
    assert intake.load(intake.csv([[*samples.ES003_HEADERS, *more], *rows])).rows_loaded == len(rows)


def test_zero_bytes_in_a_header_are_no_part_of_a_statement(intake: Intake) -> None:
    rows = [[f"{sign}\x00" for sign in samples.BANK[0]], *samples.BANK[1:]]
    path = intake.csv([["Da\x00te", *samples.BANK[0][1:]], *rows, ["Zz\x00", "x", "1.00", "y"]])
    assert intake.load(path, reject_share=1.0).rows_quarantined == 1


@pytest.mark.parametrize(
    "content", [b"\n" * 100_000, b"\x00" * 100_000, b'"' * 100_000, b"x" * 100_000, b"," * 100_000]
)
def test_a_file_of_nothing_but_one_sign_is_refused(intake: Intake, content: bytes) -> None:
    assert refusal(intake.bytes(content))


def test_many_empty_lines_are_counted_and_no_row_is_lost(intake: Intake) -> None:
    rows = intake.csv(samples.BANK).read_bytes()
    result = intake.load(intake.bytes(rows + b"\n" * 100_000 + rows.split(b"\r\n")[1] + b"\r\n"))
    assert (result.rows_loaded, result.rows_skipped) == (3, {"blank": 100_000})


# --- names and places -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_file_is_loaded_whatever_it_is_called_and_is_its_own_name(intake: Intake, name: str) -> None:
    path = intake.csv(samples.DECLARATIONS, f"_{name}.csv")
    assert intake.load(path).rows_loaded == 1
    assert intake.con.execute("select file_name from ace.loads").fetchall() == [(path.name,)]
    assert find_exports(intake.folder) == [path]


def test_a_name_that_is_no_text_is_refused_with_a_sentence_that_is(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.csv")
    path.write_bytes(b"Entry Number\nMYK01010039\n")
    with pytest.raises(UnreadableExport, match="rename it") as refused:
        inspect_file(path)
    assert str(refused.value).encode()


def test_texts_of_a_file_stay_texts_in_every_statement(intake: Intake) -> None:
    hostile = "'; drop table ace.loads; --"
    header = [*samples.EXCLUSIONS[0], hostile, "$1", "{}", '"', "\\"]
    row = ["MYK01010039", hostile, "A'", "2026-07-20", "1", "2", "3", "4", "5"]
    assert intake.load(intake.csv([header, row, ["x'", *row[1:]]]), reject_share=1.0).rows_quarantined == 1
    assert intake.rows("exclusions", "exclusion_reason") == [(hostile,)]
    assert intake.quarantine("raw_value") == [("x'",)]


def test_a_sheet_may_be_called_anything(intake: Intake) -> None:
    path = intake.xlsx({"a'; --": samples.UPLOADED})
    intake.load(path)
    assert intake.con.execute("select sheet_name from ace.loads").fetchall() == [("a'; --",)]


def test_pipes_devices_and_folders_are_no_exports(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    (tmp_path / "nowhere.csv").symlink_to("missing")
    (tmp_path / "round.csv").symlink_to("round.csv")
    assert find_exports(tmp_path) == []


@pytest.mark.parametrize("name", ["pipe", "device"])
def test_a_pipe_or_device_that_is_named_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    with pytest.raises(UnreadableExport, match="a pipe or a device"):
        scan(tmp_path / name)


def test_a_link_may_lead_to_a_file_of_the_folder_and_not_out_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    for place in (folder, tmp_path):
        (place / "file.csv").write_bytes(b"Entry Number\n")
    (folder / "inside.csv").symlink_to("file.csv")
    (folder / "outside.csv").symlink_to(tmp_path / "file.csv")
    (tmp_path / "linked").symlink_to(folder)
    for name in ("file.csv", "inside.csv"):
        refuse_way_out(folder / name, folder)
        refuse_way_out(tmp_path / "linked" / name, tmp_path / "linked")
    with pytest.raises(UnreadableExport, match="leads out of the exports folder"):
        refuse_way_out(folder / "outside.csv", folder)
