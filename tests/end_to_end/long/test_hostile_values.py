"""A whole run on exports with payloads in every text that may hold them: no output executes any of it.

The payloads are formulas, scripts, SQL, markup and signs that steer a terminal, in names, descriptions, addresses,
evidence, entry numbers, headers, sheets, clients and the names of files.
"""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from playwright.sync_api import Dialog, sync_playwright
from typer.testing import CliRunner

from cape_pipeline.ace import inspect_file
from cape_pipeline.ace.workbook import read_sheets
from cape_pipeline.cli import app
from cape_pipeline.inert import EXECUTED

MARK = "xq7"
BODY = (
    f"{MARK}</script><script>document.title='{MARK}'</script><img src=x onerror=alert(1)><b onclick=alert(1)>"
    "\u202e[red]x[/red]\x1b[31m\x1b]0;x\x07'; drop table ace.loads; -- %s{{7*7}}\"&,"
)
PAYLOADS = tuple(f"{sign}cmd|' /C calc'!A1 {BODY}" for sign in "=+-@")
HEADER = "=1+1 <b onclick=alert(1)>'; drop table ace.loads; --"
FILE_NAME = "=1+1 <img src=x onerror=alert(1)>'; --[red]\u202e%s.csv"
CLIENTS = ("=../../../outside<script>alert(1)</script>", "@CON\x1b[31m")
#: Columns whose text nothing is made of; to descriptions and reasons the payload is added, since words in them count.
TEXTS = frozenset({
    "manufacturer_id", "foreign_exporter_id", "importer_name", "filer_name", "company_name", "care_of", "address",
    "cf4811_name", "center_id_name", "evidence", "recorded_by", "payee_name", "bond_number", "standard_visa_number",
})  # fmt: skip
ADDED_TO = frozenset({"description", "reject_reason"})
FIGURES = """
select entry_count, refund_principal_usd, refunded_principal_usd, deposited_usd, open_principal_usd
from reports.position
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NUMBER = re.compile(r"[A-Z0-9]{3}-?[0-9]{7}-?[0-9]")


def cape(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})
    assert result.exit_code in (0, 1), result.output
    return result.output


@pytest.fixture(scope="module")
def clean(finished_demo: Path) -> Path:
    return finished_demo / "cape-demo"


@pytest.fixture(scope="module")
def place(clean: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hostile exports, and the warehouse and the outputs of a run on them."""
    folder = tmp_path_factory.mktemp("hostile") / "inside"
    (folder / "exports").mkdir(parents=True)
    for path in sorted((clean / "exports").iterdir()):
        _poison(path, folder / "exports")
    (folder / "exports/exclusions.csv").write_text(
        "entry_number,reason,excluded_by,excluded_on\n"
        f'ABC12345676,"{_cell(PAYLOADS[0])}","{_cell(PAYLOADS[3])}",2026-07-20\n'
    )
    with duckdb.connect(str(clean / "warehouse/cape_analyst.duckdb"), read_only=True) as con:
        ((day,),) = con.execute("select as_of_date from registry.as_of").fetchall()
    cape("run", *_places(folder), "--exports", folder / "exports", "--out", folder / "out", "--as-of", day)
    return folder


def _places(folder: Path) -> tuple[object, ...]:
    return ("--warehouse", folder / "warehouse/cape.duckdb")


def _cell(text: str) -> str:
    return text.replace('"', '""')


def _poison(path: Path, folder: Path) -> None:
    """A copy of an export with a payload in each of its texts, a header more, and a row whose entry number is one."""
    seen = inspect_file(path)
    sheets = _sheets(path) if seen.sheet_name is not None else {"": _csv_rows(path.read_text(encoding="utf-8-sig"))}
    rows = sheets[seen.sheet_name or ""]
    is_importers = seen.report_code == "IMPORTERS"
    rows[seen.header_row - 1] += [HEADER, *(["client_id"] if is_importers else [])]
    needed = [cell for name, cell in seen.cell_of.items() if seen.report.column(name).required]
    for at, row in enumerate(rows[seen.header_row :]):
        if not all(row[cell] for cell in needed):  # a total or a footer
            continue
        _poison_cells(row, seen.cell_of, at)
        row += [PAYLOADS[at % 4], *([CLIENTS[at % 2]] if is_importers else [])]
    if seen.report_code == "ES-003" and "broker" not in path.name:  # in whose file enough is wrong already
        wrong = list(rows[seen.header_row])
        wrong[seen.cell_of["entry_number"]] = PAYLOADS[0]
        rows.append(wrong)
    name = FILE_NAME if path.name == "claim_details_ZQX.csv" else path.name
    if seen.sheet_name is not None:
        _write_book(folder / name, sheets)
    else:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        (folder / name).write_text(out.getvalue(), encoding="utf-8", newline="")


def _poison_cells(row: list[str], cell_of: dict[str, int], at: int) -> None:
    for name, cell in cell_of.items():
        if name in TEXTS:
            row[cell] = PAYLOADS[at % 4]
        elif name in ADDED_TO and row[cell]:
            row[cell] += f" {BODY}"


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    return {sheet.name: [list(row) for row in sheet.frame.rows()] for sheet in read_sheets(path)}


def _csv_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def _write_book(path: Path, sheets: dict[str, list[list[str]]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for column, told in enumerate(row):
                    sheet.write_string(at, column, told)


def files(folder: Path, suffix: str) -> Iterator[tuple[str, bytes]]:
    """The files of an ending under a folder, and those in packets."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == suffix:
            yield str(path), path.read_bytes()
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    if name.endswith(suffix):
                        yield f"{path}/{name}", packed.read(name)


def test_payloads_change_no_figure_and_drop_no_table(clean: Path, place: Path) -> None:
    told = []
    for folder in (clean, place):
        with duckdb.connect(str(folder / "warehouse/cape_analyst.duckdb"), read_only=True) as con:
            told.append(con.execute(FIGURES).fetchall())
            loads = con.execute("select count(*) from ace.loads").fetchall()
    assert told[0] == told[1]
    assert loads == [(len(list((place / "exports").iterdir())),)]


def test_the_payloads_are_there_to_be_told(place: Path) -> None:
    holding = {
        Path(name).name
        for suffix in (".csv", ".html", ".xlsx")
        for name, content in files(place / "out", suffix)
        if MARK in _text(content, suffix)
    }
    assert {"entries.csv", "report.html"} <= holding


def _text(content: bytes, suffix: str) -> str:
    if suffix != ".xlsx":
        return content.decode("utf-8")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "".join(packed.read(part).decode() for part in packed.namelist() if part.endswith(".xml"))


def test_nothing_is_written_outside_its_folder_nor_under_a_name_that_leads_out(place: Path) -> None:
    assert sorted(path.name for path in place.parent.iterdir()) == ["inside"]
    names = {
        path.name for part in ("out", "warehouse") for path in (place / part).rglob("*") if "dagster" not in path.parts
    }
    assert [name for name in names if not re.fullmatch(r"[\w.()+ -]+", name, re.ASCII) or ".." in name] == []


def test_no_cell_of_a_csv_is_executed(place: Path) -> None:
    read = 0
    for name, content in files(place / "out", ".csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True):
            for cell in row:
                read += 1
                assert not cell.startswith(EXECUTED) or _is_number(cell), (name, cell[:80])
    assert read > 10_000


def _is_number(cell: str) -> bool:
    try:
        Decimal(cell)
    except InvalidOperation:
        return False
    return True


def test_declarations_hold_their_header_and_entry_numbers_alone(place: Path) -> None:
    drafts = [path for path in (place / "out").rglob("*.csv") if path.parent.name == "declarations"]
    assert drafts
    for path in drafts:
        header, *numbers = path.read_text(encoding="ascii").split()
        assert (header, numbers[0]) == ("Entry", "Number")
        assert all(NUMBER.fullmatch(number) for number in numbers[1:])


def test_workbooks_hold_no_formula_but_their_own_and_no_link(clean: Path, place: Path) -> None:
    own = {shape for _, content in files(clean / "out", ".xlsx") for shape in _formulas(content)}
    books = list(files(place / "out", ".xlsx"))
    assert books
    for name, content in books:
        assert {word for formula in _formulas(content) for word in _words(formula)} <= {
            word for formula in own for word in _words(formula)
        }, name
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.namelist()
            related = "".join(packed.read(part).decode() for part in parts if part.endswith(".rels"))
        assert [part for part in parts if "external" in part.lower() or "vba" in part.lower()] == []
        assert 'TargetMode="External"' not in related


def _formulas(content: bytes) -> set[str]:
    """Formulas without their places."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = "".join(packed.read(part).decode() for part in packed.namelist() if "worksheets/sheet" in part)
    told = re.findall(r"<f[^>]*>([^<]*)</f>", sheets)
    return {re.sub(r"[A-Z]{1,3}\$?[0-9]+", "A1", re.sub(r"'[^']*'!", "S!", formula)) for formula in told}


def _words(formula: str) -> set[str]:
    """What a formula is made of: its functions, its texts and its signs."""
    return set(re.findall(r"[A-Z]+(?=\()|\"[^\"]*\"|[^\w\s,]", formula))


class _Elements(HTMLParser):
    """Which elements with which attributes a page has, and what their addresses are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, frozenset[str]]] = set()
        self.addresses: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, frozenset(name for name, _ in attrs)))
        self.scripts += tag == "script"
        self.addresses |= {told or "" for name, told in attrs if name in ("href", "src", "action")}


def _elements(content: bytes) -> _Elements:
    parser = _Elements()
    parser.feed(content.decode("utf-8"))
    return parser


def test_pages_hold_no_element_that_the_same_page_without_payloads_has_not(clean: Path, place: Path) -> None:
    own: dict[str, list[_Elements]] = {}
    for name, content in files(clean / "out", ".html"):
        own.setdefault(Path(name).name, []).append(_elements(content))
    pages = list(files(place / "out", ".html"))
    assert {Path(name).name for name, _ in pages} == set(own)
    for name, content in pages:
        told, known = _elements(content), own[Path(name).name]
        tags = {tag for page in known for tag, _ in page.found}
        attributes = {attribute for page in known for _, named in page.found for attribute in named}
        assert {tag for tag, _ in told.found} <= tags, name
        assert {attribute for _, named in told.found for attribute in named} <= attributes, name
        assert not any(attribute.startswith("on") for attribute in attributes)
        assert told.scripts == known[0].scripts, name
        outside = {address for address in told.addresses if not address.startswith(("#", "data:"))}
        assert outside <= {address for page in known for address in page.addresses}, name


def test_a_browser_that_opens_the_pages_runs_nothing_and_asks_for_nothing(place: Path, tmp_path: Path) -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found is not None, "the pages are tested in a real browser: install Chromium"
    pages = dict(files(place / "out", ".html"))
    chosen = {Path(name).name: content for name, content in pages.items()}
    complaints: list[str] = []

    def refuse(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        for name, content in chosen.items():
            (tmp_path / name).write_bytes(content)
            tab = browser.new_context(offline=True).new_page()
            tab.on("dialog", refuse)
            tab.on("request", lambda request: complaints.append(request.url) if not _is_own(request.url) else None)
            tab.goto((tmp_path / name).as_uri())
            assert MARK not in tab.title()
        browser.close()
    assert complaints == []


def _is_own(address: str) -> bool:
    return address.startswith(("data:", "blob:")) or address.endswith(".html")


def test_calendars_hold_the_entries_they_were_given_and_no_other(clean: Path, place: Path) -> None:
    kinds = {line for _, content in files(clean / "out", ".ics") for line in _begins(content)}
    calendars = list(files(place / "out", ".ics"))
    assert calendars
    for _, content in calendars:
        told = _begins(content)
        assert set(told) <= kinds
        assert len(told) == len(re.findall(rb"(?m)^END:", content))
        assert b"\x1b" not in content


def _begins(content: bytes) -> list[str]:
    return re.findall(r"(?m)^BEGIN:.*$", content.decode())


def test_letters_and_notes_hold_no_sign_that_steers_a_terminal(place: Path) -> None:
    letters = list(files(place / "out", ".txt"))
    assert letters
    for name, content in letters:
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", content.decode()), name


def test_commands_print_payloads_as_text(place: Path) -> None:
    with duckdb.connect(str(place / "warehouse/cape_analyst.duckdb"), read_only=True) as con:
        ((entry,),) = con.execute("select min(entry_number) from payments.entry_refunds").fetchall()
    told = cape("explain", entry, *_places(place))
    told += cape("sql", "select importer_name from ace.current_importers", *_places(place))
    for path in sorted((place / "exports").iterdir()):
        told += cape("check", path, *_places(place))
    assert MARK in told
    assert "[red]x[/red]" in told
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", told)


def test_a_name_with_a_tag_is_text_in_every_json_too(place: Path) -> None:
    (path,) = [path for path in (place / "exports").iterdir() if path.name == FILE_NAME]
    told: Any = cape("check", path, "--json", *_places(place))
    assert "\x1b" not in told
