"""Broken and hostile inputs made of real ones: bytes flipped, cells swapped, quotes left open, encodings mixed.

Belongs here: changing bytes and cells by a seeded generator. Does not belong here: reading them, and any expectation.
"""

import codecs
from collections.abc import Sequence
from random import Random

#: What stands between the cells of a row, and behind the report of it, where an input is a row.
SEAM = "\x1f"
MOST_BYTES = 1 << 16

PAYLOADS = (
    "=cmd|' /C calc'!A1", "=HYPERLINK(\"http://x.invalid\",\"x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\uff1d1",
    "'=1", "'; drop table ace.loads; --", "') or 1=1 --", "$1", "{}", "{0}", "%s", "%n%x", "${HOME}", "`id`", "$(id)",
    "\\", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</script>", "&lt;", "]]>", "<!--",
    "javascript:x", "[red]x[/red]", "[/]", "[link=http://x.invalid]x", ":bomb:", "\x1b[2J\x1b[31mx", "\x1b]0;x\x07",
    "\u202ex", "\u2066x", "../../x", "..\\..\\x", "/etc/passwd", "C:\\x", "con", "nul", "file:///x", "\\\\x\\y", "~",
    "*", "?", "[a]", "", " ", "\u00a0", "\u200b", "\ufeff", "\x00", "\x01", "\x02", "\x1a", "\x1f", "\x7f", "\x85",
    "\u2028", "\u0130", "ß", "\U0001f600", "e\u0301", "\ud800", "١٢٣", "①", "Ⅷ", "１２", "٣.٥", "½", "0", "-0", "00",
    "1", "-1", "1.0", "1.005", "1e5", "1E+308", "-1e-308", "nan", "inf", "-inf", "NULL", "null", "None", "true",
    "0x10", "1_000", "1,2,3", "12,34", "1,234,567.89", "$1,234.56", "($5.00)", "$-", "- $ 5", "$$1", "--1",
    "999999999", "1000000000", "2147483648", "9223372036854775808", "9999999999999999.99", "99999999999999999.99", "9",
    "9", "9", "0.", "0", "1", "0.30000000000000004", "1", "0", ".00", "05/14/2025", "5/4/2025", "14/05/2025",
    "02/29/2025", "02/29/2024", "00/00/0000", "12/31/1999", "01/01/2100", "05/14/25", "2025-05-14",
    "2025-05-14T10:00:00", "2025-05-14 24:00:00", "9999-12-31", "0001-01-01", "0000-00-00", "2025-13-01", "45791",
    "45791.5", "99999", "99999.9", "-1", "60", "05/14/2025 12:00:00 AM", "20250514", "May 14, 2025",
    "2025-05-14 10:00:00.123456789", "2025-W20", "infinity", "epoch", "294247-01-10", "290000-01-01", "MYK01010039",
    "MYK-0101003-9", "myk 0101003 9", "MYK01010038", "60576069342", "6.0576E+10", "ABC", "=\"MYK01010039\"",
    "12-3456789", "12-345678900", "123-45-6789", "251071-00000", "123456789", "12345678", "#REF!", "#N/A", "********",
    "99030125", "9903.01.25", "8501109000", "99030125.0", "101210010", "9903", "Total", "Grand Total", "unknown", "?",
    "Y", "N", "x", "x y z", "a\nb", "a\r\nb", 'a"b', '""', '"', "a,b", "a;b", "a\tb", "a|b", "=\"\"", '="x', '="""',
)  # fmt: skip
RAW = (
    b"", b"\x00", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b'"', b'""', b'"""', b"'", b",", b";", b"\t", b"|", b"\r", b"\n", b"\r\n", b"\n\r", b"\n\n", b"\x0b", b"\x0c",
    b"\x1a", b"\x1c", b"\x85", b"\xe2\x80\xa8", b"/", b"\\", b"01,", b"02,", b"03,", b"16,", b"88,", b"49,", b"98,",
    b"99,", b"-", b"+", b".", b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"[]{}", b"*", b":", b"=",
    b"Run Date: 13/45/2026", b"Total", b"Entry Number", b"importer:", b"broker:", b"0", b"9",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b'<c r="XFD1048576"><v>1</v></c>', b'r="A99999999999"',
    b'count="4294967295"', b'ref="A1:XFD1048576"',
)  # fmt: skip


def text(told: bytes) -> str:
    """The text of an input, surrogates included, which some calls hand on and no file holds."""
    try:
        return told.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return told.decode("utf-8", "replace")


def mutated(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """One of the corpus with one to five things wrong with it."""
    told = rng.choice(corpus)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        told = rng.choice(_WAYS)(rng, told, corpus)[:MOST_BYTES]
    return told


def mutated_row(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """One row of cells with something wrong in one to three of them, or one too many, or too few."""
    report, *cells = text(rng.choice(corpus)).split(SEAM)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(cells)) if cells else 0
        way = rng.random()
        if way < 0.90 and cells:
            cells[at] = cell(rng, cells[at])
        elif way < 0.93:
            cells.insert(at, cell(rng, ""))
        elif way < 0.95 and cells:
            del cells[at]
        elif way < 0.97:
            cells = cells[:at]
        elif way < 0.99:
            cells += [cell(rng, "")] * rng.choice((1, 2, 9, 40))
        elif cells:
            other = rng.randrange(len(cells))
            cells[at], cells[other] = cells[other], cells[at]
    return SEAM.join([report, *cells]).encode("utf-8", "surrogatepass")


def mutated_cell(rng: Random, corpus: Sequence[bytes]) -> bytes:
    """One cell of the corpus, or a payload, changed."""
    return cell(rng, text(rng.choice(corpus))).encode("utf-8", "surrogatepass")


def cell(rng: Random, told: str) -> str:
    """The text of a cell, changed."""
    way = rng.random()
    if way < 0.45:
        return rng.choice(PAYLOADS)
    if way < 0.55:
        return told + rng.choice(PAYLOADS)
    if way < 0.62:
        return rng.choice(PAYLOADS) + told
    if way < 0.67:
        return f'="{told}"'
    if way < 0.72:
        return rng.choice((told.lower(), told.upper(), told.strip(), f" {told}", f"{told} ", told[::-1], told * 2))
    at = rng.randrange(len(told) + 1)
    if way < 0.86:
        return told[:at] + told[at + 1 :]
    if way < 0.97:
        return told[:at] + chr(rng.choice((rng.randrange(32, 127), rng.randrange(0, 0x3000)))) + told[at + 1 :]
    return told[:at] + "".join(rng.choice("0123456789./-,$() ") for _ in range(rng.randrange(1, 30))) + told[at:]


# --- ways of breaking bytes -----------------------------------------------------------------------------------------


def _flip(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    if not told:
        return b"\x00"
    at = rng.randrange(len(told))
    return told[:at] + bytes([told[at] ^ (1 << rng.randrange(8))]) + told[at + 1 :]


def _put(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    at, to = _span(rng, told)
    return told[:at] + rng.choice(RAW) + told[rng.choice((at, to)) :]


def _put_payload(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    at, to = _cell_span(rng, told)
    return told[:at] + rng.choice(PAYLOADS).encode("utf-8", "surrogatepass") + told[to:]


def _cut(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    at, to = _span(rng, told)
    return rng.choice((told[:at], told[at:], told[:at] + told[to:]))


def _repeat(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    at, to = _span(rng, told)
    return told[:at] + told[at:to] * rng.choice((2, 2, 3, 10, 200)) + told[to:]


def _splice(rng: Random, told: bytes, corpus: Sequence[bytes]) -> bytes:
    other = rng.choice(corpus)
    return told[: _span(rng, told)[0]] + other[_span(rng, other)[0] :]


def _lines(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    lines = told.split(b"\n")
    way = rng.randrange(5)
    if way == 0:
        rng.shuffle(lines)
    elif way == 1:
        del lines[rng.randrange(len(lines))]
    elif way == 2:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
    elif way == 3:
        return told.replace(b"\r\n", b"\n").replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"\n\r", b"\x85")))
    else:
        at = rng.randrange(len(lines))
        cells = lines[at].split(b",")
        rng.shuffle(cells)
        lines[at] = b",".join(cells)
    return b"\n".join(lines)


def _encode(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    text = told.decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "latin-1", "cp037"))
    mark = rng.choice((b"", b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return mark + text.encode(encoding, "replace")


def _delimit(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    return told.replace(b",", rng.choice((b"\t", b";", b"|", b", ", b",,", b'","', b"^")))


def _random(rng: Random, told: bytes, _: Sequence[bytes]) -> bytes:
    at, to = _span(rng, told)
    return told[:at] + rng.randbytes(rng.randrange(40)) + told[to:]


def _span(rng: Random, told: bytes) -> tuple[int, int]:
    at = rng.randrange(len(told) + 1)
    return at, min(len(told), at + rng.choice((1, 2, 4, 16, 64, 1000)))


def _cell_span(rng: Random, told: bytes) -> tuple[int, int]:
    """Where a cell begins and ends, as a comma or line end would cut it."""
    at = rng.randrange(len(told) + 1)
    start = max(told.rfind(b",", 0, at), told.rfind(b"\n", 0, at)) + 1
    ends = [end for end in (told.find(b",", start), told.find(b"\n", start)) if end >= 0]
    return start, min(ends, default=len(told))


_WAYS = (
    _flip, _flip, _put, _put, _put, _put_payload, _put_payload, _put_payload, _cut, _repeat, _splice, _lines, _lines,
    _encode, _delimit, _random,
)  # fmt: skip
