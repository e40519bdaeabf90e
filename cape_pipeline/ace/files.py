"""Files as bytes: which ones are there, what they weigh, their hash, their encoding, whether they are cleanly cut.

Belongs here: everything about a file that needs no knowledge of reports. Does not belong here: cells and headers.
"""

import codecs
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from cape_pipeline.ace.bank_statement import is_bank_statement
from cape_pipeline.ace.errors import UnreadableExport

SUFFIXES = frozenset({".csv", ".xlsx", ".txt", ".tsv", ".bai", ".bai2", ".bta"})
CHUNK = 1 << 20
HEAD_BYTES = 1 << 18
WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the bytes tells.

    `encoding` is None for a workbook. `is_text` means rows and cells as text: neither a workbook nor a BAI2 statement.
    `plain` means that every line end is the same and no line is empty, so that the n-th record of the file is the n-th
    row a spreadsheet shows. `has_long_line`: some line has more than a million bytes.
    """

    sha256: str
    encoding: str | None
    plain: bool
    head: bytes
    tail: bytes
    has_long_line: bool = False

    @property
    def is_text(self) -> bool:
        return self.encoding is not None and not is_bank_statement(self.head)


def find_exports(folder: Path) -> list[Path]:
    """Files that may be exports: CSV, TSV, TXT, XLSX and BAI2 under the folder, ordered by name.

    Left out: hidden files and folders, Excel's lock files (`~$…`) and every folder named `out`.

    Raises:
        UnreadableExport: when the folder is not there or is not a folder.
    """
    if not folder.is_dir():
        raise UnreadableExport(folder, "there is no such folder")
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$")) for part in parts)
        if not hidden and "out" not in parts[:-1] and path.suffix.lower() in SUFFIXES and path.is_file():
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def refuse_way_out(path: Path, folder: Path) -> None:
    """Who may put links into a folder could have files read that he may not read himself.

    Raises:
        UnreadableExport: when the file is a link that leads out of the folder.
    """
    if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
        raise UnreadableExport(path, "this is a link that leads out of the exports folder: put the file itself there")


def scan(path: Path) -> Scan:
    """One pass over the file: hash, encoding, line ends.

    Raises:
        UnreadableExport: when the file is missing, a folder, a pipe or device, empty, a PDF, or may not be read.
    """
    try:
        if stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):
            raise UnreadableExport(path, "this is a pipe or a device, not a file")  # which might never end
        return _scan(path)
    except FileNotFoundError:
        raise UnreadableExport(path, "there is no such file") from None
    except IsADirectoryError:
        raise UnreadableExport(path, "this is a folder, not a file") from None
    except OSError as error:
        raise UnreadableExport(path, f"the file cannot be read ({error.strerror or error})") from error


def transcode(source: Path, encoding: str, target: Path) -> None:
    """Write the text of `source` to `target` in UTF-8, in pieces."""
    with source.open(encoding=encoding, newline="", errors="strict") as text, target.open("wb") as out:
        while piece := text.read(CHUNK):
            out.write(piece.encode())


def _scan(path: Path) -> Scan:
    digest = hashlib.sha256()
    lines = _LineEnds()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = is_between_characters = True
    head = tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines.feed(chunk)
            head = head or chunk[:HEAD_BYTES]
            tail = chunk[-HEAD_BYTES:] if len(chunk) >= HEAD_BYTES else (tail + chunk)[-HEAD_BYTES:]
            if not (chunk.isascii() and is_between_characters):
                is_utf8 = is_utf8 and _decodes(utf8, chunk, final=False)
                is_between_characters = not utf8.getstate()[0]
    is_utf8 = is_utf8 and _decodes(utf8, b"", final=True)
    if not head.strip():
        raise UnreadableExport(path, "the file is empty")
    if head.startswith(b"%PDF"):
        raise UnreadableExport(path, "this is a PDF: export the report as CSV or XLSX")
    if head.startswith(WORKBOOK_MAGIC):
        return Scan(digest.hexdigest(), None, plain=False, head=b"", tail=b"")
    encoding = _encoding(path, head, is_utf8=is_utf8)
    plain = lines.plain and not encoding.startswith("utf-16")
    return Scan(digest.hexdigest(), encoding, plain=plain, head=head, tail=tail, has_long_line=lines.has_long)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(path: Path, head: bytes, *, is_utf8: bool) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    # UTF-16 without its mark: in a text of mostly Latin letters every second byte is zero.
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    if is_utf8:
        return "utf-8"
    # Five byte values mean nothing in Windows-1252; ISO 8859-1 gives every byte a meaning.
    try:
        transcodable = codecs.getincrementaldecoder("cp1252")()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                transcodable.decode(chunk)
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


class _LineEnds:
    """Counts line ends over chunks; two in a row mean an empty line, unless they stand at the end of the file.

    Looking for a byte is far quicker than counting it: feeds are counted only where returns stand beside them, and
    elsewhere are one or none.
    """

    def __init__(self) -> None:
        self._counts = {b"\r\n": 0, b"\n": 0, b"\r": 0}
        self._has_zero = self._has_empty_line = self.has_long = False
        self._before = b"\n"

    def feed(self, chunk: bytes) -> None:
        returns = chunk.count(b"\r") if b"\r" in chunk else 0
        feeds = chunk.count(b"\n") if returns else int(b"\n" in chunk)
        pairs = chunk.count(b"\r\n") if returns else 0
        self.has_long = self.has_long or (len(chunk) == CHUNK and not feeds and not returns)
        self._counts[b"\n"] += feeds
        self._counts[b"\r"] += returns
        self._has_zero = self._has_zero or b"\x00" in chunk
        if returns:
            self._counts[b"\r\n"] += pairs + (self._before[-1:] + chunk[:1] == b"\r\n")
        kept = chunk.rstrip(b"\r\n")  # which is the chunk itself, not a copy, unless it ends with a line
        if not self._has_empty_line:
            edge = self._before + kept[:2] if kept else b""
            self._has_empty_line = any(
                twice in piece for twice in self._twice(feeds, returns, pairs) for piece in (edge, kept)
            )
        ends = chunk[len(kept) :]
        self._before = (ends if kept else self._before + ends)[-CHUNK:]

    @staticmethod
    def _twice(feeds: int, returns: int, pairs: int) -> tuple[bytes, ...]:
        """Two line ends in a row, in the forms that a piece with these line ends can hold."""
        if not returns:
            return (b"\n\n",)
        if feeds == returns == pairs:
            return (b"\n\r\n",)
        return (b"\n\n", b"\n\r\n", b"\r\r", b"\r\n\r")

    @property
    def plain(self) -> bool:
        pairs, feeds, returns = self._counts[b"\r\n"], self._counts[b"\n"], self._counts[b"\r"]
        uniform = (feeds == pairs and returns == pairs) or returns == 0 or feeds == 0
        return uniform and not self._has_empty_line and not self._has_zero
