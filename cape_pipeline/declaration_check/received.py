"""A declaration as it was received: its bytes, its lines, and where its header stands.

Belongs here: telling a declaration from other files, and cutting it into rows whatever is wrong with it. Does not
belong here: saying what is wrong (`rules.py`).
"""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cape_pipeline.ace.files import BYTE_ORDER_MARKS, Scan, scan
from cape_pipeline.ace.reports import normalise_header
from cape_pipeline.ace.workbook import forget_sheets, read_sheets

HEADER = "Entry Number"
#: What people and spreadsheets make of the header, without its signs, blanks and capitals.
HEADERS_MEANT = frozenset(
    {"entrynumber", "entrynumbers", "entryno", "entrynos", "entrysummarynumber", "entrysummarynumbers"}
)
LINE_END = re.compile(r"\r\n|\n|\r")
NUMBER = re.compile(r"[A-Za-z0-9]{3}[- ]?[0-9]{7}[- ]?[0-9]")
LOOKED_AT = 5
MOST_COLUMNS = 3
#: Two hundred times what a declaration of 9,999 entries has; what is larger is no declaration, but may be an export.
MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Received:
    """One file as rows of text.

    `lines` has the columns row_number (from 1, as a spreadsheet counts) and line; `header_row` is 0 where the file
    begins with an entry number. The counts are of bytes and of line ends as they stand in the file; a workbook has
    none.
    """

    name: str
    lines: pl.DataFrame
    header_row: int
    is_workbook: bool = False
    encoding: str = "utf-8"
    has_byte_order_mark: bool = False
    byte_count: int = 0
    crlf_count: int = 0
    bare_return_count: int = 0

    @property
    def is_named_csv(self) -> bool:
        return Path(self.name).suffix.lower() == ".csv"


def received_file(path: Path) -> Received | None:
    """The file as a declaration; None where neither its header nor its first row is one's.

    Raises:
        UnreadableExport: the file is missing, a folder, empty, a PDF, or a workbook that cannot be opened.
    """
    scanned = scan(path)
    if scanned.encoding is None:
        return _of_workbook(path)
    if path.stat().st_size > MOST_BYTES:
        return None
    if not scanned.is_text or _header_row(_first_lines(scanned, scanned.encoding)) is None:
        return None
    return received_text(path.name, path.read_bytes(), scanned.encoding)


def received_text(name: str, content: bytes, encoding: str = "utf-8") -> Received:
    """A text file by its bytes.

    Args:
        name: the file's name, for its ending and for sentences.
        content: all of its bytes.
        encoding: what they are read in; bytes that mean nothing in it are kept as a sign of their own.
    """
    text = content.decode(encoding, errors="replace").removeprefix("\ufeff")
    lines = LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    crlf_count = text.count("\r\n")
    return Received(
        name=name,
        lines=_numbered(lines),
        header_row=_header_row(lines) or 0,
        encoding=encoding,
        has_byte_order_mark=content.startswith(tuple(mark for mark, _ in BYTE_ORDER_MARKS)),
        byte_count=len(content),
        crlf_count=crlf_count,
        bare_return_count=text.count("\r") - crlf_count,
    )


def _of_workbook(path: Path) -> Received | None:
    """The first worksheet that is headed like a declaration, one line a row."""
    try:
        for sheet in read_sheets(path):
            lines = _lines_of_cells(sheet.frame)
            header_row = _header_row(lines)
            if header_row is not None:
                size = path.stat().st_size
                return Received(path.name, _numbered(lines), header_row, is_workbook=True, byte_count=size)
    finally:
        forget_sheets()
    return None


def _lines_of_cells(frame: pl.DataFrame) -> list[str]:
    if frame.width == 0:
        return []
    joined = frame.select(pl.concat_str(pl.all(), separator=",").str.strip_chars_end(","))
    return joined.to_series().to_list()


def _numbered(lines: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"line": lines}, schema={"line": pl.String}).with_row_index("row_number", offset=1)


def _first_lines(scanned: Scan, encoding: str) -> list[str]:
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(scanned.head)
    return LINE_END.split(text.removeprefix("\ufeff"), maxsplit=LOOKED_AT)[:LOOKED_AT]


def _header_row(lines: list[str]) -> int | None:
    """Row of the header; 0 where the first filled row is already an entry number; None where it is no declaration."""
    for row_number, line in enumerate(lines[:LOOKED_AT], start=1):
        cells = line.split(",")
        first = normalise_header(cells[0].strip(' "'))
        if not line.strip(' ,"\t\x1a'):
            continue
        if len(cells) > MOST_COLUMNS:
            return None
        if first in HEADERS_MEANT or re.match(r"entry number\s*[;\t|]", cells[0], flags=re.IGNORECASE):
            return row_number
        return 0 if NUMBER.fullmatch(cells[0].strip(' "=')) else None
    return None
