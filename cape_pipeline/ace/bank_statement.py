"""BAI2 bank statements, the format US banks send, as a table of text cells like any other received file.

Belongs here: the records of BAI2, which of their fields is which cell, and the control figures that prove that no line
is missing. Does not belong here: typing cells and setting rows aside (`conversion.py`), and which credit is CBP's.

The reader is our own: the statements of real banks deviate from the manual where its readers refuse the whole file
(custom type codes, fields left out at a record's end), and a row must be known by its line. A transaction that cannot
be understood keeps its damaged text, told as such, in the cell that cannot be read, so that the row is set aside; a
file whose frame is broken or whose control figures do not fit is refused.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from cape_pipeline.ace.errors import UnreadableExport

#: Headers of the table. The bank's references have names of their own, so that none is taken for the trace number.
HEADERS = (
    "Value Date",
    "Amount",
    "Description",
    "Trace Number",
    "Account Number",
    "Currency",
    "Value Date Basis",
    "As-of Date",
    "BAI Type Code",
    "BAI Funds Type",
    "BAI Bank Reference",
    "BAI Customer Reference",
    "BAI Group Status",
)
NO_ROW = ("",) * len(HEADERS)

FILE, GROUP, ACCOUNT, TRANSACTION, CONTINUATION = "01", "02", "03", "16", "88"
ACCOUNT_END, GROUP_END, FILE_END = "49", "98", "99"
OPENING = frozenset({FILE, GROUP, ACCOUNT})
RECORD_CODES = OPENING | {TRANSACTION, CONTINUATION, ACCOUNT_END, GROUP_END, FILE_END}

USD = "USD"
# ISO 4217: currencies whose amounts have another number of decimals than two.
NO_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
     "XPF"}
)  # fmt: skip
THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
# Type codes whose amounts come in or go out. The rest are balances (001-099), loan balances, notices without money
# (890) and customs of one bank (900-929): no direction can be told of them.
CREDITS = frozenset(range(100, 400)) | {706, 708} | frozenset(range(721, 729)) | frozenset(range(930, 960))
DEBITS = frozenset(range(400, 700)) | frozenset(range(960, 1000))
NOTICE = "890"
# What follows the funds type before the references: nothing, three amounts, or a date and a time.
FUNDS_FIELDS = {"": 0, "Z": 0, "0": 0, "1": 0, "2": 0, "S": 3, "V": 2}
GROUP_STATUS_REFUSED = {
    "2": "group status 2 takes back data sent before: remove this file and the statement it takes back",
    "4": "group status 4 marks test data: ask the bank for the real statement",
}
CORRECTION = "3"

_HEAD = re.compile(r"\s*01,[^,\r\n]*,[^,\r\n]*, *([0-9]{6}|[0-9]{8}) *[,/]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_TIME = re.compile(r"[0-9]{4}|[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_TRACE_LABEL = r"(?<![A-Z])TRACE\s*(?:NUMBER|NUM|NBR|NO|ID)?[\s.#:=-]*"
# An ACH trace number has 15 digits; seven of them are the sequence number, which some banks print alone.
_FULL_TRACE = re.compile(_TRACE_LABEL + r"([0-9]{15})(?![0-9])", re.IGNORECASE)
_ANY_TRACE = re.compile(_TRACE_LABEL + r"([0-9][0-9A-Z]{6,})", re.IGNORECASE)
_ADDENDA_TRACE = re.compile(r"TRN\*1\*([0-9]{15})(?![0-9])", re.IGNORECASE)
_FIFTEEN_DIGITS = re.compile(r"[0-9]{15}")
_ONE_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")

FETCH_AGAIN = "fetch the statement from the bank again, or export the account's transactions as CSV"


def is_bank_statement(head: bytes) -> bool:
    """Whether a file's first bytes are the file header record of BAI2: 01, sender, receiver, day.

    Blank lines and a byte order mark before it, and UTF-16, do not matter.
    """
    text = head[:4096].replace(b"\x00", b"").decode("latin-1").removeprefix("\xef\xbb\xbf")
    match = _HEAD.match(text.removeprefix("\xff\xfe").removeprefix("\xfe\xff"))
    return match is not None and _day(match[1]) is not None


def read_bank_statement(path: Path, encoding: str = "utf-8") -> pl.DataFrame:
    """A BAI2 file as a table of text: columns `c1`, `c2`, …, row n is line n + 1 of the file.

    Row 0 holds `HEADERS`; the row of a transaction detail record's (16) first line holds its values, every other row
    is empty. Days are YYYY-MM-DD. Amounts are in whole currency, debits negative: `1234.56`, `-1234.56`; an amount that
    is not in dollars, has no known direction or cannot be read is followed by words that say so, so that it never
    passes for dollars.

    The value date is the day of funds availability where the bank states one (funds type V), else the group's as-of
    date; `Value Date Basis` says which. The trace number is what follows TRACE in the text, else a reference of 15
    digits (the bank's, the customer's, a TRN*1* segment of the text), else the bank reference where it is one word.

    Not held against the bank: blank lines, any line ends, padding, slashes left out, lower case, missing account or
    group trailers, several files in one, record counts that leave out continuations, control totals without summaries.

    Raises:
        UnreadableExport: the file cannot be decoded, its records break their order, it is cut off before its file
            trailer (99), it is test data or takes earlier data back, or a control total or count does not fit.
    """
    reader = _Reader(path)
    height = 0
    try:
        with path.open(encoding=encoding, errors="strict") as text:
            for record in _records(path, _counted(text)):
                reader.take(record)
                height = record.last_line
    except UnicodeDecodeError as error:
        raise UnreadableExport(path, f"the text is not {encoding}: {FETCH_AGAIN}") from error
    except OSError as error:
        raise UnreadableExport(path, f"the file cannot be read ({error.strerror or error})") from error
    reader.finish(height)
    rows = reader.rows + [NO_ROW] * (height - len(reader.rows))
    schema = {f"c{position}": pl.String for position in range(1, len(HEADERS) + 1)}
    return pl.DataFrame(rows, schema=schema, orient="row")


# --- records --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    """One record with its continuations: what stands behind the code on each line, without the closing slash."""

    line: int
    last_line: int
    code: str
    parts: list[str]


def _counted(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, outer blanks and the end-of-file sign off."""
    for number, line in enumerate(lines, start=1):
        yield number, line.strip(" \t\r\n\x00\x1a\ufeff\u00a0")


def _records(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[_Record]:
    """Records in order, continuations joined to the record they continue, blank lines left out."""
    line, code, parts = 0, "", [""]
    for number, text in lines:
        if not text:
            continue
        new_code, content = _code_and_content(path, number, text)
        if new_code == CONTINUATION and code:
            parts.append(content)
            continue
        if code:
            yield _Record(line, number - 1, code, parts)
        line, code, parts = number, new_code, [content]
    if code:
        yield _Record(line, line + len(parts) - 1, code, parts)


def _code_and_content(path: Path, number: int, text: str) -> tuple[str, str]:
    code, comma, content = text[:2], text[2:3], text[3:]
    if code not in RECORD_CODES or comma not in (",", "/", ""):
        raise UnreadableExport(
            path, f"line {number} starts with no record code of BAI2 ({', '.join(sorted(RECORD_CODES))}): {FETCH_AGAIN}"
        )
    return code, content.removesuffix("/").rstrip()


def _fields(parts: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in ",".join(parts).split(",")]


def _at(fields: Sequence[str], position: int) -> str:
    """A field; a record may end before its last fields."""
    return fields[position] if position < len(fields) else ""


# --- the statement --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Section:
    """An open file, group or account: what its trailer is held against. Totals are in minor units of the currency.

    `certain` is false where an amount could not be read, so that no total can be formed.
    """

    line: int
    name: str
    records: int = 0
    continuations: int = 0
    members: int = 0
    total: int = 0
    certain: bool = True


@dataclass(slots=True)
class _Group(_Section):
    as_of: str = ""
    currency: str = USD
    status: str = ""


@dataclass(slots=True)
class _Account(_Section):
    """`summaries` holds the readings of the amounts of record 03; more than one where banks write it differently."""

    number: str = ""
    currency: str = USD
    summaries: list[int] = field(default_factory=list)

    def possible_totals(self) -> list[int]:
        """The manual sums summaries and transactions; some banks sum the transactions alone."""
        return [self.total + summary for summary in self.summaries] + [self.total]


class _Reader:
    """Takes record after record; keeps the rows and the open sections."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[tuple[str, ...]] = [HEADERS]
        self._file: _Section | None = None
        self._group: _Group | None = None
        self._account: _Account | None = None
        self._take = {
            FILE: self._file_header,
            GROUP: self._group_header,
            ACCOUNT: self._account_header,
            TRANSACTION: self._transaction,
            ACCOUNT_END: self._account_trailer,
            GROUP_END: self._group_trailer,
            FILE_END: self._file_trailer,
        }

    def take(self, record: _Record) -> None:
        if record.code == CONTINUATION or (record.code != FILE and self._file is None):
            raise self._refusal(record.line, f"a record {record.code} stands before any file header (01)")
        if record.code in OPENING:
            self._take[record.code](record)
            self._count(record)
        else:
            self._count(record)
            self._take[record.code](record)

    def finish(self, height: int) -> None:
        if not height:
            raise self._refusal(1, "there is no file header (01)")
        if self._file is not None:
            raise UnreadableExport(
                self.path, f"the statement is cut off: it ends without its file trailer (record 99): {FETCH_AGAIN}"
            )

    def _count(self, record: _Record) -> None:
        for section in (self._file, self._group, self._account):
            if section is not None:
                section.records += len(record.parts)
                section.continuations += len(record.parts) - 1

    def _refusal(self, line: int, what: str) -> UnreadableExport:
        return UnreadableExport(self.path, f"line {line}: {what}: {FETCH_AGAIN}")

    # headers

    def _file_header(self, record: _Record) -> None:
        if self._file is not None:
            raise self._refusal(record.line, "a file begins before the one before it has ended (record 99)")
        version = _at(_fields(record.parts), 7)
        if version not in ("", "2"):
            raise UnreadableExport(
                self.path, f"line {record.line}: this is version {version} of the format: ask the bank for BAI2"
            )
        self._file = _Section(record.line, "the file")

    def _group_header(self, record: _Record) -> None:
        self._close_group()
        fields = _fields(record.parts)
        status, as_of = _at(fields, 2), _day(_at(fields, 3))
        if status in GROUP_STATUS_REFUSED:
            raise UnreadableExport(self.path, f"line {record.line}: {GROUP_STATUS_REFUSED[status]}")
        if as_of is None:
            raise self._refusal(record.line, "the group's as-of date is no day as YYMMDD")
        self._group = _Group(
            record.line, "the group", as_of=as_of, currency=_at(fields, 5).upper() or USD, status=status
        )

    def _account_header(self, record: _Record) -> None:
        self._close_account()
        if self._group is None:
            raise self._refusal(record.line, "an account (03) stands outside any group (02)")
        fields = _fields(record.parts)
        number = _at(fields, 0)
        ending = "".join(sign for sign in number if sign.isalnum())[-4:]
        self._account = _Account(
            record.line,
            f"the account ending {ending}" if ending else "the account without a number",
            number=number,
            currency=_at(fields, 1).upper() or self._group.currency,
            summaries=_summary_totals(record.parts),
        )

    # transactions

    def _transaction(self, record: _Record) -> None:
        if self._group is None or self._account is None:
            raise self._refusal(record.line, "a transaction (16) stands outside any account (03)")
        fields, text = _transaction_fields(record.parts)
        amount = _at(fields, 1)
        if _WHOLE.fullmatch(amount):
            self._account.total += int(amount)
        elif amount:
            self._account.certain = False
        if _at(fields, 0) == NOTICE and not amount.strip("+-0"):
            return
        self.rows.extend([NO_ROW] * (record.line - 1 - len(self.rows)))
        self.rows.append(_row(fields, text, self._group, self._account))

    # trailers

    def _account_trailer(self, record: _Record) -> None:
        account = self._account
        if account is None:
            raise self._refusal(record.line, "an account ends (49) that has not begun (03)")
        fields = _fields(record.parts)
        self._hold_total(record, account, _at(fields, 0), account.possible_totals(), account.currency)
        self._hold_records(record, account, _at(fields, 1))
        self._close_account(self._whole(record, _at(fields, 0)))

    def _group_trailer(self, record: _Record) -> None:
        self._close_account()
        group = self._group
        if group is None:
            raise self._refusal(record.line, "a group ends (98) that has not begun (02)")
        fields = _fields(record.parts)
        self._hold_total(record, group, _at(fields, 0), [group.total], group.currency)
        self._hold(record, group, "accounts", _at(fields, 1), [group.members])
        self._hold_records(record, group, _at(fields, 2))
        self._close_group(self._whole(record, _at(fields, 0)))

    def _file_trailer(self, record: _Record) -> None:
        self._close_group()
        if self._file is None:
            raise self._refusal(record.line, "a file ends (99) that has not begun (01)")
        fields = _fields(record.parts)
        self._hold_total(record, self._file, _at(fields, 0), [self._file.total], USD)
        self._hold(record, self._file, "groups", _at(fields, 1), [self._file.members])
        self._hold_records(record, self._file, _at(fields, 2))
        self._file = None

    def _close_account(self, stated: int | None = None) -> None:
        """Pass the account's total, as stated or else as found, on to its group."""
        if self._account is not None and self._group is not None:
            found = self._account.possible_totals()[0]
            self._group.members += 1
            self._group.total += found if stated is None else stated
            is_found = self._account.certain and bool(self._account.summaries)
            self._group.certain = self._group.certain and (stated is not None or is_found)
        self._account = None

    def _close_group(self, stated: int | None = None) -> None:
        self._close_account()
        if self._group is not None and self._file is not None:
            self._file.members += 1
            self._file.total += self._group.total if stated is None else stated
            self._file.certain = self._file.certain and (stated is not None or self._group.certain)
        self._group = None

    def _whole(self, record: _Record, text: str) -> int | None:
        if text and not _WHOLE.fullmatch(text):
            raise self._refusal(record.line, "a control figure is no whole number")
        return int(text) if text else None

    def _hold_total(self, record: _Record, section: _Section, text: str, found: Sequence[int], currency: str) -> None:
        stated = self._whole(record, text)
        if section.certain and stated is not None and stated not in found:
            told = f"its control total is {_grouped(stated, currency)}, but its records add up to"
            raise self._mismatch(record, section, f"{told} {_grouped(found[0], currency)}")

    def _hold_records(self, record: _Record, section: _Section, text: str) -> None:
        """Some banks leave continuations out of the count; a missing line is seen either way."""
        self._hold(record, section, "records", text, [section.records, section.records - section.continuations])

    def _hold(self, record: _Record, section: _Section, what: str, text: str, found: Collection[int]) -> None:
        stated = self._whole(record, text)
        if stated is not None and stated not in found:
            raise self._mismatch(record, section, f"it should have {stated} {what}, but has {next(iter(found))}")

    def _mismatch(self, record: _Record, section: _Section, what: str) -> UnreadableExport:
        lines = f"lines {section.line} to {record.last_line}"
        return UnreadableExport(
            self.path, f"{section.name} ({lines}) is not whole: {what}; lines are missing or changed: {FETCH_AGAIN}"
        )


def _summary_totals(parts: Sequence[str]) -> list[int]:
    """What the summaries of a record 03 add up to: read across its lines, or each line on its own; [] if neither."""
    across = _fields(parts)[2:]
    readings = [_summary_total([across]), _summary_total([_fields([parts[0]])[2:], *map(_fields_of, parts[1:])])]
    return list(dict.fromkeys(reading for reading in readings if reading is not None))


def _fields_of(part: str) -> list[str]:
    return _fields([part])


def _summary_total(lines: Iterable[Sequence[str]]) -> int | None:
    """Sum of the amounts of (type code, amount, items, funds type …); None where the fields are none of these."""
    total = 0
    for fields in lines:
        position = 0
        while position < len(fields):
            if not fields[position]:  # an empty summary, or a comma too many
                position += 1
                continue
            amount = _at(fields, position + 1)
            width = _funds_width(fields, position + 3)
            if not re.fullmatch("[0-9]{3}", fields[position]) or not _WHOLE.fullmatch(amount or "0") or width is None:
                return None
            total += int(amount or 0)
            position += 4 + width
    return total


# --- transactions ---------------------------------------------------------------------------------------------------


def _funds_width(fields: Sequence[str], position: int) -> int | None:
    """How many fields belong to the funds type at a position; None where it is no funds type."""
    funds = _at(fields, position).upper()
    if funds == "D":
        count = _at(fields, position + 1)
        return 1 + 2 * int(count) if re.fullmatch("[0-9]{1,3}", count) else None
    if funds == "V" and (time := _at(fields, position + 2)) and not _TIME.fullmatch(time):
        return 1  # the time is left out, with its comma
    return FUNDS_FIELDS.get(funds)


def _transaction_fields(parts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The fields before the text, and the lines of the text, which may hold commas and slashes.

    Where the funds type cannot be read, the place of the references is unknown: all behind it is text.
    """
    fields: list[str] = []
    text: list[str] = []
    for part in parts:
        if text:
            text.append(part)
            continue
        fields += part.split(",")
        width = _funds_width([cell.strip() for cell in fields[:5]], 2)
        begin = 3 if width is None else 5 + width
        if len(fields) > begin:
            text = [",".join(fields[begin:])]
            del fields[begin:]
    return [cell.strip() for cell in fields], [line.strip() for line in text]


def _row(fields: Sequence[str], text: Sequence[str], group: _Group, account: _Account) -> tuple[str, ...]:
    """One transaction in the order of `HEADERS`."""
    type_code, amount, funds = _at(fields, 0), _at(fields, 1), _at(fields, 2).upper()
    width = _funds_width(fields, 2)
    value_date, basis = group.as_of, "group as-of date"
    bank_reference = customer_reference = ""
    if width is None:
        value_date, basis, text = f"funds type {funds} (none of BAI2)", "", [",".join(fields[3:]), *text]
    else:
        bank_reference, customer_reference = _at(fields, 3 + width), _at(fields, 4 + width)
    if funds == "V" and (stated := _at(fields, 3)):
        value_date, basis = _day(stated) or f"{stated} (no day as YYMMDD)", "funds availability date"
    return (
        value_date,
        _amount(amount, type_code, account.currency),
        " ".join(line for line in text if line),
        _trace(text, bank_reference, customer_reference),
        account.number,
        account.currency,
        basis,
        group.as_of,
        type_code,
        funds,
        bank_reference,
        customer_reference,
        "correction" if group.status == CORRECTION else "",
    )


def _amount(text: str, type_code: str, currency: str) -> str:
    """The amount with its sign; followed by words where it is no dollar amount of a known direction."""
    if not text:
        return ""
    if not _WHOLE.fullmatch(text):
        return f"{text} (no whole number of minor units)"
    minor = int(text)
    code = int(type_code) if re.fullmatch("[0-9]{3}", type_code) else 0
    shown = _money(-minor if code in DEBITS else minor, currency)
    if currency != USD:
        shown = f"{shown} {currency}"
    if code in DEBITS and text.startswith("-"):
        return f"{_money(minor, currency)} {currency} (a debit with a minus sign: in or out is unclear)"
    if code not in CREDITS and code not in DEBITS:
        return f"{shown} (type code {type_code or 'missing'} is neither credit nor debit)"
    return shown


def _money(minor: int, currency: str) -> str:
    decimals = 0 if currency in NO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    if not decimals:
        return str(minor)
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def _grouped(minor: int, currency: str) -> str:
    whole, point, cents = _money(minor, currency).lstrip("-").partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{cents}"


def _trace(text: Sequence[str], bank_reference: str, customer_reference: str) -> str:
    """The ACH trace number where the bank printed it, else the bank reference; '' where neither is one word."""
    spaced, joined = " ".join(text), "".join(text)
    # A number may be broken at a line's end; only the full length shows that two pieces belong together.
    match = _FULL_TRACE.search(spaced) or _FULL_TRACE.search(joined) or _ANY_TRACE.search(spaced)
    if match:
        return match[1].upper()
    addenda = _ADDENDA_TRACE.search(joined)
    for reference in (bank_reference, customer_reference, addenda[1] if addenda else ""):
        if _FIFTEEN_DIGITS.fullmatch(reference) and reference.strip("0"):
            return reference
    return bank_reference if _ONE_WORD.fullmatch(bank_reference) and bank_reference.strip("0") else ""


@lru_cache(maxsize=4096)
def _day(text: str) -> str | None:
    """YYMMDD (or, from some banks, YYYYMMDD) of this century as YYYY-MM-DD; None where it is no day."""
    full = f"20{text}" if len(text) == 6 else text
    if not re.fullmatch("20[0-9]{6}", full):
        return None
    try:
        return date(int(full[:4]), int(full[4:6]), int(full[6:])).isoformat()
    except ValueError:
        return None
