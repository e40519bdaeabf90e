"""Every reader of what somebody else wrote, as something that takes bytes and may only read them or refuse politely.

The readers: export files by their first rows (finding the encoding, the header, the report, the run date), whole export
files as CSV and as workbooks, their rows and their cells, BAI2 statements, run dates, loads.csv (among the rows), the
names of files and of folders to write, CAPE declarations, audit packets, refunds received (`cape calibrate`), the
registry's seeds, settings, submitters and attested facts, attestations.csv, entry numbers, the entry of `cape explain`
and the question of `cape sql`.

Belongs here: one reader after the other, what one input of it is, and what must hold of what it accepts. Does not
belong here: how inputs are made (`fuzz_mutations.py`) and run (`fuzz.py`).
"""

import csv
import io
import json
import os
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import duckdb
import polars as pl

from cape_pipeline import filing
from cape_pipeline.ace import (
    TooManyRejected,
    UnreadableExport,
    find_exports,
    inspect_file,
    load_file,
    macros_sql,
    usual_rows,
)
from cape_pipeline.ace.bank_statement import read_bank_statement
from cape_pipeline.ace.entry_number import check_digit, doubt_about
from cape_pipeline.ace.files import SUFFIXES
from cape_pipeline.ace.given_run_dates import apply_given_run_dates, run_date_notices
from cape_pipeline.ace.run_date import find_asked_for, find_run_date
from cape_pipeline.audit_packets.show import check_packet, packet_json
from cape_pipeline.audit_packets.zip_file import UnusablePacket
from cape_pipeline.calibration.received import read_refunds
from cape_pipeline.clients.names import SAFE, folder_of, folders_of
from cape_pipeline.cookbook import QuestionUnusable, ask
from cape_pipeline.cookbook_shown import write_csv
from cape_pipeline.declaration_check.checking import check_declarations, snapshot_connection
from cape_pipeline.declaration_check.received import received_file
from cape_pipeline.declaration_check.rules import shipped_rules
from cape_pipeline.explain import NoSuchEntry, explain_entry
from cape_pipeline.inert import inert, inert_sql
from cape_pipeline.interest import RateTable
from cape_pipeline.layout import shown
from cape_pipeline.registry.load import RegistryError, load_registry
from cape_pipeline.settings import Settings, UnusableSetting, project_files, variable_of
from cape_pipeline.summary import SnapshotUnusable
from cape_pipeline.warehouse.tables import create_table_sql
from tests.support.pipeline import empty_warehouse
from tests.trust.fuzz_mutations import PAYLOADS, RAW, SEAM, mutated, mutated_cell, mutated_row, text
from tests.unit.ace import bai2_samples, samples
from tests.unit.ace.intake import received_contracts
from tests.unit.audit_packets import test_verifying

#: How a reader may refuse: each of these ends a command with a sentence and exit code 1 or 2.
POLITE = (
    UnreadableExport, TooManyRejected, UnusablePacket, RegistryError, UnusableSetting, filing.UnusableFilingChoice,
    NoSuchEntry, QuestionUnusable, SnapshotUnusable,
)  # fmt: skip
LOADED_AT = datetime(2026, 7, 20, 12)  # noqa: DTZ001 (stored as it stands)
EVERY_ROW = 1.0

Reading = Callable[[list[bytes]], int]


class BrokenPromise(AssertionError):
    """A reader accepted an input, and what must hold of it does not."""


@dataclass(frozen=True)
class Reader:
    """One reader: `begin` makes, in a folder of its own, what reads a batch and tells how many were accepted.

    `share` is how many of about a thousand inputs it gets; `guided` whether inputs that reach a new line of the product
    are kept and changed again. `narrow` chooses what of the corpus a batch is made of.
    """

    name: str
    an_input: str
    share: float
    batch: int
    seeds: Callable[[], list[bytes]]
    begin: Callable[[Path], Reading]
    mutate: Callable[[Random, Sequence[bytes]], bytes] = mutated
    guided: bool = True
    narrow: Callable[[Random, Sequence[bytes]], Sequence[bytes]] = lambda _, corpus: corpus


def must(holds: bool, told: str) -> None:  # noqa: FBT001 (it reads as a sentence)
    """What must hold of an accepted input."""
    if not holds:
        raise BrokenPromise(told)


def each(read: Callable[[bytes], None]) -> Reading:
    """A reader of one input as one of a batch: refused politely or accepted."""

    def read_all(inputs: list[bytes]) -> int:
        accepted = 0
        for told in inputs:
            try:
                read(told)
                accepted += 1
            except POLITE as refused:
                must(0 < len(str(refused)) < 20_000, f"a refusal of {len(str(refused))} characters")
                shown(str(refused))
        return accepted

    return read_all


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


# --- cells ----------------------------------------------------------------------------------------------------------

READ_CELLS = f"""
with cells as materialized (select cell, ace_clean(cell) as clean from received),
    parsed as (
        select cell, ace_day(clean) as day, ace_amount(clean) as amount, ace_whole(clean) as whole,
            ace_entry_number(clean) as entry_number, ace_hts_number(clean) as hts_number,
            [ace_code(clean), ace_importer_number(clean), ace_last_four(clean), ace_word(clean), importer_key(clean),
                importer_key(cell), ace_credit_or_debit(cell, cell), ace_credit_or_debit(cell, '0'),
                ace_directed(cell, cell), ace_directed(cell, 'debit'), ace_amount(ace_directed(cell, 'D'))::varchar,
                ace_quick_code(cell), ace_quick_entry_number(cell), ace_quick_hts_number(cell),
                ace_quick_importer_number(cell)] as texts,
            [ace_quick_day(cell)] as days, [ace_quick_amount(cell)] as amounts, [ace_quick_whole(cell)] as wholes,
            [ace_flag(clean), ace_digits_lost(clean), entry_check_digit_ok(clean)] as flags,
            [entry_check_digit(clean), entry_check_digit(cell)] as digits, {inert_sql("cell")} as inert
        from cells
    )
select cell, inert,
    (day is null or year(day) not between 1 and 9999 or ace_day(strftime(day, '%Y-%m-%d')) is not distinct from day)
    and (amount is null or ace_amount(amount::varchar) is not distinct from amount)
    and (whole is null or ace_whole(whole::varchar) is not distinct from whole)
    and (entry_number is null or ace_entry_number(entry_number) is not distinct from entry_number)
    and (hts_number is null or ace_hts_number(hts_number) is not distinct from hts_number) as reads_the_same_again,
    day is not null or amount is not null or whole is not null or entry_number is not null as is_read,
    hash(parsed) as told
from parsed
"""


def _cells(_: Path) -> Reading:
    con = duckdb.connect()
    for macro in macros_sql():
        con.execute(macro)

    def read(inputs: list[bytes]) -> int:
        cells = [text(told).encode("utf-8", "replace").decode() for told in inputs]
        con.register("received", pl.DataFrame({"cell": cells}).to_arrow())
        found = con.execute(READ_CELLS).fetchall()
        must(len(found) == len(cells), "a cell was lost")
        for cell, told, same, _, _ in found:
            must(told == inert(cell), f"SQL makes {told!r} inert, Python {inert(cell)!r}")
            must(same, f"{cell!r} is not read the same again")
        return sum(is_read for *_, is_read, _ in found)

    return read


def _cell_seeds() -> list[bytes]:
    told = {cell for rows in samples.EVERY_REPORT.values() for row in rows for cell in row} | set(PAYLOADS)
    return sorted(cell.encode("utf-8", "surrogatepass") for cell in told)


# --- rows and files of exports --------------------------------------------------------------------------------------


class _Store:
    """Empty `ace` tables into which files are loaded and taken out again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = duckdb.connect()
        for setting in ("enable_progress_bar = false", "threads = 1", "memory_limit = '2GB'"):
            self.con.execute(f"set {setting}")
        for macro in macros_sql():
            self.con.execute(macro)
        self.con.execute("create schema ace")
        for contract in received_contracts():
            self.con.execute(create_table_sql(contract))

    def file(self, content: bytes, name: str) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def load(self, path: Path, written: Sequence[Sequence[str]] | None = None) -> Any:
        """Load a file twice, by the usual pattern and in full, and hold both against each other and the rules."""
        quick = self._once(path, written)
        with patch.object(usual_rows, "_fits", lambda *_: "false"):
            full = self._once(path)
        must(quick == full, "the usual pattern reads otherwise than the full reading")

    def _once(self, path: Path, written: Sequence[Sequence[str]] | None = None) -> Any:
        self.con.execute("begin")
        try:
            seen = inspect_file(path)
            result = load_file(self.con, seen, 1, LOADED_AT, reject_share=EVERY_ROW)
            table, repeated = seen.table_id, result.rows_repeated
            must(result.rows_read == result.rows_loaded + result.rows_quarantined, "rows read, loaded and set aside")
            ((stored,),) = self.con.execute(f"select count(*) from {table}").fetchall()
            must(
                stored + repeated == result.rows_loaded, f"{stored} stored, {repeated} repeated of {result.rows_loaded}"
            )
            aside = self.con.execute(
                "select source_row, raw_row, reason_code from ace.quarantine order by all"
            ).fetchall()
            must(len({row for row, _, _ in aside}) == result.rows_quarantined, "rows set aside")
            if written is not None:
                must(result.rows_read + sum(result.rows_skipped.values()) == len(written), "a row was lost")
                for number, raw, reason in aside:
                    if reason == "conflicting_row":  # told as it was read, since every cell could be
                        continue
                    _hold_raw(raw, written[number - 2], len(seen.headers))
            if seen.report_code == "LOADS":
                apply_given_run_dates(self.con)
                run_date_notices(self.con)
            kept = [
                f"select hash(t) from {table} as t order by all",
                "select hash(q) from ace.quarantine as q order by all",
                "select hash(l) from ace.loads as l",
            ]
            return [self.con.execute(query).fetchall() for query in kept]
        finally:
            self.con.execute("rollback")


def _hold_raw(raw: str, row: Sequence[str], width: int) -> None:
    """Every cell of a row set aside is still there, as received."""
    told = list(json.loads(raw).values())
    for at, cell in enumerate(row[:width]):
        must((told[at] or "") == cell.replace("\x00", "").replace("\x01", ""), f"cell {at + 1} of a row set aside")


def _rows(folder: Path) -> Reading:
    store = _Store(folder)

    def read(inputs: list[bytes]) -> int:
        by_file: dict[tuple[str, bool], list[list[str]]] = {}
        for told in inputs:
            report, *cells = told.decode("utf-8", "replace").split(SEAM)
            is_plain = not any(sign in cell for cell in cells for sign in "\r\n\x00")
            by_file.setdefault((report, is_plain), []).append(cells)
        for (report, is_plain), rows in by_file.items():
            if report in samples.EVERY_REPORT:
                content = _quoted([_headers(report), *rows], is_plain=is_plain)
                store.load(store.file(content, "export_2026-07-20.csv"), rows)
        return len(inputs)

    return read


def _quoted(rows: Sequence[Sequence[str]], *, is_plain: bool) -> bytes:
    """Cells quoted where they must be; a row without a cell is an empty cell."""
    lines = []
    for row in rows:
        cells = [
            '"' + cell.replace('"', '""') + '"' if any(s in cell for s in ',"\r\n') or not is_plain else cell
            for cell in row
        ]
        lines.append(",".join(cells) if any(cells) else ",".join(['""', *cells[1:]]))
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


@cache
def _headers(report: str) -> list[str]:
    return list(samples.EVERY_REPORT[report][0])


def _row_seeds() -> list[bytes]:
    return [SEAM.join([report, *row]).encode() for report, rows in samples.EVERY_REPORT.items() for row in rows[1:]]


def _of_one_report(rng: Random, corpus: Sequence[bytes]) -> Sequence[bytes]:
    """Rows of one report fill a file: reading one costs more than reading its rows."""
    report = rng.choice(sorted(samples.EVERY_REPORT)).encode()
    return [row for row in corpus if row.split(SEAM.encode())[0] == report]


def _whole_files(folder: Path) -> Reading:
    store = _Store(folder)
    return each(lambda told: store.load(store.file(told, "export.csv")))


def _first_rows(folder: Path) -> Reading:
    path = folder / "export_2026-07-20.csv"

    def read(told: bytes) -> None:
        path.write_bytes(told)
        seen = inspect_file(path)
        must(all(0 <= cell < len(seen.headers) for cell in seen.cell_of.values()), "a column lies outside the header")
        must(all(column.name in seen.cell_of for column in seen.report.needed), "a needed column is missing")
        seen.advice()

    return each(read)


def _file_seeds() -> list[bytes]:
    found = [as_csv(rows) for rows in samples.EVERY_REPORT.values()]
    found += [samples.CLAIM_DETAILS, as_csv([*samples.REV603_METADATA, *samples.EVERY_REPORT["REV-603"]], "\t")]
    found += [as_csv(samples.EVERY_REPORT["ES-003"]).decode().encode("utf-16"), as_csv(samples.BANK, ";")]
    found += [b'"a', b"Entry Number", b"Entry Number\n" + b"MYK01010039\n" * 20, b"," * 5000, b"\n" * 300]
    return [*found, as_csv([[f"Column {at}" for at in range(300)]]), b"Entry Number," * 400]


# --- workbooks ------------------------------------------------------------------------------------------------------


def _workbooks(folder: Path) -> Reading:
    store = _Store(folder)
    numbers = iter(range(1 << 60))

    def read(told: bytes) -> None:
        path = store.file(told, f"book_{next(numbers)}.xlsx")  # another name: the workbook read last is kept by name
        try:
            store.load(path)
        finally:
            path.unlink()

    return each(read)


def _workbook_seeds() -> list[bytes]:
    import xlsxwriter

    found = []
    for report in ("ES-003", "UPLOADED", "BANK", "ATTESTATIONS"):
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False})
        sheet = book.add_worksheet("Main Report")
        for at, row in enumerate(samples.EVERY_REPORT[report]):
            for column, cell in enumerate(row):
                sheet.write_string(at, column, cell)
        sheet.write_formula(8, 0, "=1/0", value="#DIV/0!")
        sheet.write_datetime(9, 1, LOADED_AT, book.add_format({"num_format": "mm/dd/yyyy"}))
        parameters = book.add_worksheet("Parameters")
        parameters.write_row(0, 0, ["Run Date:", "07/20/2026"])
        book.close()
        found.append(out.getvalue())
    return found


def mutated_workbook(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """The bytes of the ZIP changed, or a member of it, packed anew."""
    told = rng.choice(corpus)
    if rng.random() < 0.3:
        return mutated(rng, [told])
    try:
        with zipfile.ZipFile(io.BytesIO(told)) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error, EOFError, RuntimeError):
        return mutated(rng, [told])
    name = rng.choice(sorted(members))
    way = rng.random()
    if way < 0.1:
        del members[name]
    elif way < 0.15:
        members[f"{name}/../../{name}"] = members[name]
    elif way < 0.5:
        members[name] = _mutated_xml(rng, members[name])
    else:
        sheets = sorted(told for told in members if "sheet" in told or "shared" in told or "workbook" in told)
        chosen = rng.choice(sheets or [name])
        members[chosen] = mutated(rng, [members[chosen]])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as packed:
        for member, content in members.items():
            packed.writestr(member, content)
    return out.getvalue()


def _mutated_xml(rng: Random, told: bytes) -> bytes:
    """A value between quotation marks or tags replaced."""
    pieces = told.split(b'"' if rng.random() < 0.6 else b">")
    mark = b'"' if told.count(b'"') >= len(pieces) - 1 > 0 and b'"'.join(pieces) == told else b">"
    at = rng.randrange(len(pieces))
    pieces[at] = rng.choice(
        (rng.choice(RAW), rng.choice(PAYLOADS).encode("utf-8", "surrogatepass"), b"-1", b"4294967296")
    )
    return mark.join(pieces)


# --- statements, dates, names ---------------------------------------------------------------------------------------


def _statements(folder: Path) -> Reading:
    path = folder / "statement.bai2"

    def read(told: bytes) -> None:
        path.write_bytes(told)
        frame = read_bank_statement(path)
        lines = told.count(b"\n") + told.count(b"\r") + 1
        must(frame.height <= lines + 1, "more rows than lines")
        must(frame.height == 0 or frame.row(0)[0] == "Value Date", "no header")

    return each(read)


def _statement_seeds() -> list[bytes]:
    transactions = [
        "16,165,5000,,REF1,CUST1,CBP REFUND TRACE 031000300100000/",
        "16,475,700,V,260721,,REF,,TEXT/\n88,MORE, TEXT TRN*1*031000300100000",
        "16,142,1000,S,500,300,200,0123456789,,ACH",
        "16,301,900,D,2,1,400,2,500,REF,,X/",
        "16,890,,,,,notice/",
    ]
    found = [bai2_samples.one_account(one, total=int(one.split(",")[2] or 0)) for one in transactions]
    found.append(bai2_samples.one_account(*transactions[:2], total=4300))
    accounts = [bai2_samples.account(transactions[:1], 5000, "03,0012346789,JPY,010,5000,,/")]
    found.append(bai2_samples.file([bai2_samples.group(accounts, currency="JPY")]))
    return ["\n".join(lines).encode() for lines in found] + ["\r\n".join(found[0]).encode("utf-16")]


def _run_dates(_: Path) -> Reading:
    def read(told: bytes) -> None:
        first, *rows = text(told).split("\n")
        grid = [row.split(",") for row in rows]
        found = find_run_date([grid[::2]], grid, first)
        must((found.day is None) == (found.basis == "unknown"), "a day without a basis")
        asked = find_asked_for([grid], grid[::-1])
        for day in (found.day, asked.first_day, asked.last_day):
            must(day is None or 2000 <= day.year <= 2099, "a day outside the century")

    return each(read)


def _run_date_seeds() -> list[bytes]:
    days = ("07/20/2026", "2026-07-20", "July 20, 2026", "Jul 20, 2026", "20-Jul-2026", "7-20-2026")
    labels = ("Run Date", "Report Run Date", "From", "To", "Start Date", "Entry Date From")
    found = [f"ES-003_2026-07-20.csv\n{label}: {day}\n{label},,{day}" for label in labels for day in days]
    names = ["x 20260720.csv", "07-20-2026.csv", "07202026_ES.csv", "2026.07.20-2026.07.21.csv", "2" * 60 + ".csv"]
    return [told.encode() for told in [*found, *names]]


def _client_names(_: Path) -> Reading:
    def read(inputs: list[bytes]) -> int:
        names = {text(told).encode("utf-8", "replace").decode() for told in inputs}
        folders = folders_of(names)
        must(len({folder.lower() for folder in folders.values()}) == len(names), "two clients share a folder")
        for name in names:
            for folder in (folder_of(name), folders[name]):
                must(bool(SAFE.fullmatch(folder)), f"{folder!r} is no safe name")
                must(Path(folder).name == folder and ".." not in folder, f"{folder!r} leads elsewhere")
        return len(inputs)

    return read


def _file_names(folder: Path) -> Reading:
    place = folder / "exports"
    content = as_csv(samples.EVERY_REPORT["UPLOADED"])

    def read(inputs: list[bytes]) -> int:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        made = set()
        for told in inputs:
            name = told.replace(b"\x00", b"").replace(b"/", b"").strip(b".")[:200] or b"x"
            path = Path(os.fsdecode(os.path.join(os.fsencode(place), name + b".csv")))  # noqa: PTH118 (bytes)
            path.write_bytes(content)
            made.add(path)
        found = find_exports(place)
        hidden = {path for path in made if path.name.startswith((".", "~$"))}
        must(set(found) == {path for path in made - hidden if path.suffix.lower() in SUFFIXES}, "files found and made")
        for path in found[:20]:
            shown(str(path))
            try:
                seen = inspect_file(path)
            except UnreadableExport as refused:
                is_text = all(not 0xD800 <= ord(sign) < 0xE000 for sign in str(path))
                must(not is_text and "rename it" in str(refused), f"{path.name!r} is refused: {refused}")
                continue
            must(seen.report_code == "UPLOADED", f"{path.name!r} is taken for {seen.report_code}")
        return len(inputs)

    return read


def _name_seeds() -> list[bytes]:
    names = [
        "ES-003_2026-07-20",
        "Acme Imports, Inc.",
        "no_client",
        "declarations",
        "con",
        "client-0123456789ab",
        "x" * 200,
    ]
    return [name.encode("utf-8", "surrogatepass") for name in [*names, *PAYLOADS]]


def _entry_numbers(_: Path) -> Reading:
    con = duckdb.connect()
    for macro in macros_sql():
        con.execute(macro)

    def read(inputs: list[bytes]) -> int:
        numbers = [text(told).encode("utf-8", "replace").decode() for told in inputs]
        con.register("numbers", pl.DataFrame({"number": numbers}).to_arrow())
        asked = "select number, entry_check_digit(number), ace_entry_number(number) from numbers"
        sound = 0
        for number, digit, entry in con.execute(asked).fetchall():
            doubt_about(number)
            try:
                told: int | None = check_digit(number[:10])
            except ValueError:
                told = None
            is_number = (
                len(number) in (10, 11)
                and told is not None
                and number[10:].isascii()
                and (not number[10:] or number[10:].isdigit())
            )
            must(digit == (told if is_number else None), f"{number!r}: check digit {digit} in SQL, {told} in Python")
            sound += entry is not None
        return sound

    return read


# --- declarations, packets, refunds received ------------------------------------------------------------------------


def _declarations(folder: Path) -> Reading:
    rules = shipped_rules()
    path = folder / "declaration.csv"

    def read(inputs: list[bytes]) -> int:
        received = []
        for told in inputs:
            path.write_bytes(told)
            try:
                found = received_file(path)
            except UnreadableExport:
                continue
            if found is not None:
                must(found.byte_count == len(told), "bytes of a declaration")
                received.append((found, None))
        with snapshot_connection(None) as con:
            checked = check_declarations(con, received, rules, has_warehouse=False)
        must(len(checked) == len(received), "a declaration was lost")
        for one in checked:
            for finding in one.findings:
                shown(finding.sentence)
        return len(received)

    return read


def _declaration_seeds() -> list[bytes]:
    header, numbers = b"Entry Number\r\n", [b"MYK01010039", b"60576069342", b"MYK-0101040-1", b"=1+1", b"x,y"]
    found = [header + b"\r\n".join(numbers[:count]) + end for count in range(1, 6) for end in (b"", b"\r\n")]
    found += [b"MYK01010039\n60576069342\n", b"entry numbers;\n" + numbers[0], b"\xef\xbb\xbf" + header + numbers[0]]
    return [*found, (header + numbers[0]).decode().encode("utf-16"), header + b"MYK01010039\r\n" * 300]


def _packets(folder: Path) -> Reading:
    path = folder / "packet.zip"

    def read(told: bytes) -> None:
        path.write_bytes(told)
        verdict = check_packet(path)
        json.dumps(packet_json(verdict), default=str)
        for sentence in verdict.findings:
            shown(sentence)

    return each(read)


def _packet_seeds() -> list[bytes]:
    whole = test_verifying.packet()
    told = test_verifying.manifest(test_verifying.MEMBERS, totals={"entry_count": 10**30, "x_usd": "NaN"})
    return [whole, test_verifying.packet(told), test_verifying.packet({}), test_verifying.packet(rows=b'a,"b\n'), b"PK"]


def mutated_packet(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """The bytes changed, or a member changed and listed with its new hash, so that what it says is read."""
    if rng.random() < 0.4:
        return mutated(rng, corpus)
    members = dict(test_verifying.MEMBERS)
    name = rng.choice(sorted(members))
    members[name] = mutated(rng, [members[name]])
    told = test_verifying.manifest(members)
    if rng.random() < 0.5:
        place = told
        while True:
            key = rng.choice(sorted(place))
            if isinstance(place[key], dict) and place[key] and rng.random() < 0.7:
                place = place[key]
                continue
            place[key] = rng.choice((None, [], {}, -1, 1e308, 10**400, "NaN", "sNaN", True, [[]], rng.choice(PAYLOADS)))
            break
    manifest = json.dumps(told).encode()
    if rng.random() < 0.2:
        manifest = mutated(rng, [manifest])
    try:
        return test_verifying.zip_bytes({**members, "manifest.json": manifest})
    except ValueError:
        return b"PK"


def _refunds(folder: Path) -> Reading:
    path = folder / "refunds.csv"
    rates = RateTable.from_csv(project_files("registry_seeds") / "interest_rates.csv")

    def read(told: bytes) -> None:
        path.write_bytes(told)
        found = read_refunds(path, rates)
        used = {deposit.row_number for refund in found.refunds for deposit in refund.deposits}
        aside = {row.row_number for row in found.set_aside}
        must(not used & aside, "a row is used and set aside")
        must(len(used | aside) == found.rows_read, "a row was lost")

    return each(read)


def _refund_seeds() -> list[bytes]:
    header = "refund_id,entry_number,principal_usd,deposit_date,liquidation_date,interest_usd,payment_date,rate_class"
    more = "entry_date,late_interest_usd,paid_row_usd,goods_value_usd,column_1_rate,column_1_duty_usd"
    row = "R1,ABC-1234567-6,1000.00,2025-05-15,2026-06-10,64.31,2026-06-20,corporate,05/14/2025,,$10.00,100,3.7%,3.70"
    told = "\n".join([f"{header},{more}", row, row.replace("R1", "R2"), row.replace("1000.00", "5.00")]) + "\n"
    return [told.encode(), told.replace(",", ";").encode("utf-16"), told.replace("\n", "\r").encode()]


# --- the registry, settings, choices --------------------------------------------------------------------------------


def _registry(folder: Path) -> Reading:
    seeds, changed = project_files("registry_seeds"), folder / "seeds"
    shutil.copytree(seeds, changed, ignore=lambda _, names: [name for name in names if not name.endswith(".csv")])

    def read(told: bytes) -> None:
        name, _, content = told.partition(b"\n")
        path = changed / text(name)
        if path.name != text(name) or not (seeds / path.name).is_file():
            return
        path.write_bytes(content)
        try:
            load_registry(changed)
        finally:
            shutil.copyfile(seeds / path.name, path)

    return each(read)


def _registry_seeds() -> list[bytes]:
    return [
        path.name.encode() + b"\n" + path.read_bytes()
        for path in sorted(project_files("registry_seeds").glob("*.csv"))
        if path.stat().st_size < 20_000
    ]


def mutated_seed(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """A seed file with its name kept."""
    name, _, content = rng.choice(corpus).partition(b"\n")
    return name + b"\n" + mutated(rng, [content])


def _settings(_: Path) -> Reading:
    names = {variable_of(name) for name in Settings.__slots__}

    def read(told: bytes) -> None:
        name, _, value = told.partition(b"=")
        variable = text(name).strip()
        if variable not in names:
            raise UnusableSetting("no such variable")
        with patch.dict(os.environ, {variable: os.fsdecode(value.replace(b"\x00", b""))}):
            found = Settings.from_environment()
        with patch.dict(os.environ, found.as_environment()):
            again = Settings.from_environment()
        must(again.as_environment() == found.as_environment(), f"{variable} is not handed on as it is")

    return each(read)


def _settings_seeds() -> list[bytes]:
    found = [f"{name}={value}" for name, value in Settings().as_environment().items()]
    found += ["CAPE_CATALOG=postgresql://u@h:1/d", "CAPE_DATA_PATH=s3://b/p", "CAPE_BANK_ORIGINATORS=(a+)+$"]
    return [
        told.encode() for told in [*found, "CAPE_OWNERS=team:a,b@c.de", "CAPE_REJECT_SHARE=nan", "CAPE_THREADS=1e3"]
    ]


def mutated_setting(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """A variable with its name kept."""
    name, _, value = rng.choice(corpus).partition(b"=")
    return name + b"=" + (mutated_cell(rng, [value]) if rng.random() < 0.6 else mutated(rng, [value])[:2000])


def _choices(_: Path) -> Reading:
    def read(told: bytes) -> None:
        asked = text(told)
        if ":" not in asked:
            filing.as_attestation(asked, asked, date(2026, 7, 20))
            return
        for submitter in filing.as_submitters(asked):
            must(filing.as_submitters(str(submitter)) == (submitter,), f"{submitter} is not read again as itself")

    return each(read)


def _choice_seeds() -> list[bytes]:
    return [b"importer:12-3456789,broker:ABC", b"drawback,surety_paid", b"broker:abc"]


def _attestation_seeds() -> list[bytes]:
    return [as_csv([filing.COLUMNS, ["drawback", "12-3456789", "", "A. Broker", "2026-07-20", "a letter"]])]


def _attestations(folder: Path) -> Reading:
    path = folder / filing.ATTESTATIONS
    attestation = filing.Attestation(("drawback", "surety_paid"), "A. Broker", date(2026, 7, 20))

    def read(told: bytes) -> None:
        path.write_bytes(told)
        before = told
        try:
            filing.record_attestation(folder, attestation)
        except filing.UnusableFilingChoice:
            must(path.read_bytes() == before, "a file that was refused was changed")
            raise
        once = path.read_bytes()
        filing.record_attestation(folder, attestation)
        must(path.read_bytes() == once, "what stands there is written again")

    return each(read)


# --- arguments of commands ------------------------------------------------------------------------------------------


def _snapshot(folder: Path) -> Settings:
    """The snapshot of an empty warehouse with a day."""
    settings = replace(Settings(), warehouse=folder / "cape.duckdb")
    with empty_warehouse(str(settings.snapshot)) as con:
        con.execute("insert into registry.as_of (as_of_date) values (date '2026-07-20')")
    return settings


def _explain(folder: Path) -> Reading:
    settings = _snapshot(folder)
    return each(lambda told: explain_entry(settings, text(told)) and None)


def _questions(folder: Path) -> Reading:
    settings = _snapshot(folder)

    def read(told: bytes) -> None:
        answer = ask(settings, text(told))
        try:
            write_csv(io.StringIO(), answer)
        except duckdb.Error as error:
            raise QuestionUnusable(str(error)) from error

    return each(read)


def _question_seeds() -> list[bytes]:
    return [
        b"select * from reports.position", b"select 1, 'a', date '2026-01-01', [1, 2], {'a': 1}", b"select 1; select 2",
        b"select count(*) from ace.loads group by all", b"copy (select 1) to 'x.csv'", b"attach 'x.db' as x",
        b"select * from read_csv('/etc/passwd')", b"drop table ace.loads", b"install httpfs", b"pragma database_list",
        b"with recursive r(n) as (select 1 union all select n + 1 from r where n < 9) select * from r", b"", b"--",
    ]  # fmt: skip


READERS = (
    Reader("client names", "a client's name", 60, 2000, _name_seeds, _client_names, mutated_cell),
    Reader("choices", "a submitter or an attested fact", 50, 1000, _choice_seeds, _choices),
    Reader("run dates", "a file name and rows with prompts", 80, 1000, _run_date_seeds, _run_dates),
    Reader("file names", "a name of a file", 10, 500, _name_seeds, _file_names, mutated_cell),
    Reader("settings", "an environment variable", 5, 500, _settings_seeds, _settings, mutated_setting),
    Reader("entry numbers", "an entry number", 80, 4000, _cell_seeds, _entry_numbers, mutated_cell, guided=False),
    Reader("cells", "a cell, by every macro of cells", 400, 4000, _cell_seeds, _cells, mutated_cell, guided=False),
    Reader(
        "rows", "a row of a report, loaded both ways", 200, 6000, _row_seeds, _rows, mutated_row, guided=False,
        narrow=_of_one_report,
    ),
    Reader("attestations", "an attestations.csv", 8, 100, _attestation_seeds, _attestations),
    Reader("packets", "an audit packet", 10, 100, _packet_seeds, _packets, mutated_packet),
    Reader("statements", "a BAI2 statement", 50, 300, _statement_seeds, _statements),
    Reader("first rows", "a file, looked at by its first rows", 50, 300, _file_seeds, _first_rows),
    Reader("declarations", "a CAPE declaration", 8, 200, _declaration_seeds, _declarations, guided=False),
    Reader("refunds", "a file of refunds received", 0.4, 20, _refund_seeds, _refunds),
    Reader("registry", "a seed file of the registry", 0.4, 20, _registry_seeds, _registry, mutated_seed),
    Reader("explain", "an entry to explain", 0.3, 50, _cell_seeds, _explain, mutated_cell, guided=False),
    Reader("questions", "a question in SQL", 0.3, 50, _question_seeds, _questions, guided=False),
    Reader("whole files", "an export file, loaded both ways", 0.4, 20, _file_seeds, _whole_files, guided=False),
    Reader(
        "workbooks", "an XLSX workbook, loaded both ways where it is an export", 0.2, 20, _workbook_seeds, _workbooks,
        mutated_workbook,
    ),
)  # fmt: skip


def inputs_of(reader: Reader, rng: Random, corpus: Sequence[bytes], count: int) -> Iterator[bytes]:
    """A batch of inputs."""
    corpus = reader.narrow(rng, corpus)
    for _ in range(count):
        yield reader.mutate(rng, corpus)
