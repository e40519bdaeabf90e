"""Pseudonyms: what stands in a redacted copy in the place of a number or a name, the same for the same value.

Belongs here: pseudonyms of single values under a secret key, in plain Python. Does not belong here: which column gets
which (`treatments.py`), and files (`copies.py`).

Each is a function of the key and the value alone, so that files redacted apart under one key still meet. Two values
never share a pseudonym: entry numbers, importer numbers and accounts are permuted within their own form, which is
reversed only with the key; any other reference and every name becomes a hash long enough that none meets another.
"""

import hmac
import re
from collections.abc import Sequence

from cape_pipeline.ace.entry_number import check_digit

DIGITS, UPPER, LOWER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
#: The signs of hashed references: no vowels, so that no word comes about, and none that looks like another.
HASH_SIGNS = "23456789BCDFGHJKMNPQRSTVWXYZ"
HASH_LENGTH, NAME_LENGTH = 13, 11
ROUNDS = 8
LEAST_KEY_BYTES = 16
#: What a text is replaced by where nothing but its being there is kept, and where nobody could read the cell.
REDACTED, UNREADABLE = "(redacted)", "# (unreadable)"
#: A cell that cannot be read and is longer holds no number.
LONGEST_NUMBER = 64

_ENTRY_NUMBER = re.compile(r"[A-Z0-9]{3}[0-9]{8}")
_IMPORTER = re.compile(r"([0-9]{9})([A-Z0-9]{2})?")
_TEN_OR_EIGHT = re.compile(r"[0-9]{8}|[0-9]{10}")
_SCIENTIFIC = re.compile(r"([0-9](?:\.[0-9]+)?)([eE]\+?)([0-9]+)")
_DECIMAL_POINT = re.compile(r"([0-9]+)\.0+")
_REPORT_CODE = re.compile(r"[A-Z]{2,4}-[0-9]{3}")


class Pseudonyms:
    """All pseudonyms under one key of at least 16 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < LEAST_KEY_BYTES:
            raise ValueError(f"a key has at least {LEAST_KEY_BYTES} bytes")
        self._key = key
        self._filers: dict[str, str] = {}

    # one method for each kind of value; each takes a filled cell without outer blanks

    def entry_number(self, cell: str) -> str:
        """An entry number in the form it is written in; a wrong check digit stays wrong by as much."""
        plain = _without_decimals(cell)
        signs = _alphanumeric(plain)
        if not _ENTRY_NUMBER.fullmatch(signs.upper()):
            return self.stand_in(cell)
        return _written_like(plain, self._entry(signs.upper()))

    def filer_code(self, cell: str) -> str:
        """A filer code: the first three characters of its entries' pseudonyms."""
        plain = _without_decimals(cell)
        signs = _alphanumeric(plain).upper()
        if len(signs) > 3 or len(signs) != len(plain):
            return self.stand_in(cell)
        if signs.isdigit():
            signs = signs.rjust(3, "0")
        return self._filer(signs) if len(signs) == 3 else self.stand_in(cell)

    def importer_number(self, cell: str) -> str:
        """An importer number in its form; the two characters of a suffix are kept, so that related ones stay so."""
        plain = _without_decimals(cell)
        if plain.startswith("#") or _SCIENTIFIC.fullmatch(plain) or _TEN_OR_EIGHT.fullmatch(plain):
            return self.stand_in(cell)
        signs = _alphanumeric(plain).upper()
        if found := _IMPORTER.fullmatch(signs):
            return _written_like(plain, self._permuted(found[1], "importer") + (found[2] or ""))
        if not signs:
            return self.stand_in(cell)
        number = self._permuted(signs, "importer")
        while _SCIENTIFIC.fullmatch(number):  # which could not be read; to go on permuting keeps numbers apart
            number = self._permuted(number, "importer")
        return _written_like(plain, number)

    def last_four(self, cell: str) -> str:
        """The last four characters of an account, whatever of its number was written."""
        signs = _alphanumeric(_without_decimals(cell)).upper()
        if cell.startswith("#") or not signs:
            return self.stand_in(cell)
        return self._permuted(f"000{signs}"[-4:], "account")

    def reference(self, cell: str) -> str:
        """A claim, refund, bill, statement or other number: the same in every column."""
        if " " in cell or cell.startswith("#") or _is_cut(cell):
            return self.stand_in(cell)
        return f"ID{self._hashed('reference', _without_decimals(cell), HASH_LENGTH)}"

    def trace_number(self, cell: str) -> str:
        """A trace number: leading zeros, signs and small letters do not matter, as where it is matched."""
        if " " in cell or cell.startswith("#") or _is_cut(cell):
            return self.stand_in(cell)
        signs = _alphanumeric(_without_decimals(cell)).upper().lstrip("0")
        return f"ID{self._hashed('reference', signs, HASH_LENGTH)}" if signs else "0"

    def document_number(self, cell: str) -> str:
        """An entry number where it is one, else a reference."""
        is_entry = _ENTRY_NUMBER.fullmatch(_alphanumeric(cell).upper())
        return self.entry_number(cell) if is_entry else self.text_reference(cell)

    def text_reference(self, cell: str) -> str:
        """A reference that may hold blanks."""
        return f"ID{self._hashed('reference', cell, HASH_LENGTH)}"

    def name(self, cell: str) -> str:
        """A name, an address or a client."""
        return f"Name {self._hashed('name', cell, NAME_LENGTH)}"

    def submitter(self, cell: str) -> str:
        """Who uploaded a declaration: importer:NUMBER or broker:FILERCODE; a name where it is neither."""
        kind, mark, who = (part.strip() for part in cell.partition(":"))
        if mark and who and kind == "broker":
            return f"{kind}:{self.filer_code(who)}"
        if mark and who and kind == "importer":
            return f"{kind}:{self.importer_number(who)}"
        return self.name(cell)

    def alert_key(self, cell: str) -> str:
        """The alert's code, and what it concerns under its own pseudonym: an entry, a refund, a claim, a payee."""
        code, _, subject = cell.partition(" ")
        if not re.fullmatch(r"[A-Z]+[0-9]+", code) or not subject:
            return self.text_reference(cell)
        if _REPORT_CODE.fullmatch(subject):
            return cell
        if _ENTRY_NUMBER.fullmatch(subject):
            return f"{code} {self.entry_number(subject)}"
        if re.fullmatch(r"[0-9]{2}-[0-9]{7}([0-9A-Z]{2})?|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{6}-[0-9]{5}", subject):
            return f"{code} {self.importer_number(subject)}"
        return f"{code} {self.text_reference(subject)}"

    def file_name(self, name: str) -> str:
        """The name of a file that is not in the folder."""
        return f"file_{self._hashed('file', name, NAME_LENGTH)}.csv"

    def redacted(self, cell: str) -> str:
        """That there is a text, and nothing of it; what takes a cell has the same shape as every other method."""
        return REDACTED if cell else ""

    def stand_in(self, cell: str, attempt: int = 0) -> str:
        """What stands for a cell that cannot be read: digits for digits, letters for letters, other signs as they are.

        Whether it fails for the same reason is for the caller to see, who may ask for another `attempt`.
        """
        if len(cell) > LONGEST_NUMBER:
            return UNREADABLE
        tweak = f"stand-in {attempt}"
        if found := _SCIENTIFIC.fullmatch(cell):
            digits = self._permuted(_alphanumeric(found[1]), tweak)
            return _written_like(found[1], digits) + found[2] + found[3]
        signs = "".join(sign for sign in cell if sign.isascii())
        return _written_like(signs, self._permuted(_alphanumeric(signs), tweak)) or UNREADABLE

    # how

    def _entry(self, number: str) -> str:
        ten, check = number[:10], int(number[10])
        filer = self._filer(number[:3])
        serial = self._permuted(number[3:10], f"entry of {number[:3]}")
        wrong_by = check - check_digit(ten)
        return f"{filer}{serial}{(check_digit(filer + serial) + wrong_by) % 10}"

    def _filer(self, code: str) -> str:
        if code in self._filers:
            return self._filers[code]
        alphabet = DIGITS + UPPER
        number = sum(alphabet.index(sign) * len(alphabet) ** place for place, sign in enumerate(reversed(code)))
        place = self._place(number, len(alphabet) ** 3, "filer")
        self._filers[code] = "".join(alphabet[place // len(alphabet) ** power % len(alphabet)] for power in (2, 1, 0))
        return self._filers[code]

    def _permuted(self, signs: str, tweak: str) -> str:
        """Letters and digits of ASCII, permuted among all texts with digits and letters in the same places."""
        alphabets = [_alphabet(sign) for sign in signs]
        number = 0
        for sign, alphabet in zip(signs, alphabets, strict=True):
            number = number * len(alphabet) + alphabet.index(sign)
        form = "".join(alphabet[0] for alphabet in alphabets)
        return _written_out(self._place(number, _size(alphabets), f"{tweak} {form}"), alphabets)

    def _place(self, number: int, size: int, tweak: str) -> int:
        """A permutation of the numbers below `size`: a balanced Feistel network, walked until it is below it again."""
        half = max(1, ((size - 1).bit_length() + 1) // 2)
        while True:
            number = self._feistel(number, half, tweak)
            if number < size:
                return number

    def _feistel(self, number: int, half: int, tweak: str) -> int:
        left, right = number >> half, number & ((1 << half) - 1)
        width = (half + 7) // 8
        for round_number in range(ROUNDS):
            told = f"{tweak}|{half}|{round_number}|".encode() + right.to_bytes(width, "big")
            left, right = right, left ^ (self._digest(told, width) & ((1 << half) - 1))
        return left << half | right

    def _digest(self, told: bytes, width: int) -> int:
        digest = hmac.digest(self._key, told, "sha256")
        while len(digest) < width:
            digest += hmac.digest(self._key, digest, "sha256")
        return int.from_bytes(digest[:width], "big")

    def _hashed(self, kind: str, text: str, length: int) -> str:
        number = self._digest(f"{kind}|{text}".encode(), 16)
        return "".join(HASH_SIGNS[number // len(HASH_SIGNS) ** place % len(HASH_SIGNS)] for place in range(length))


def _alphabet(sign: str) -> str:
    return DIGITS if sign in DIGITS else UPPER if sign in UPPER else LOWER


def _size(alphabets: Sequence[str]) -> int:
    size = 1
    for alphabet in alphabets:
        size *= len(alphabet)
    return size


def _written_out(number: int, alphabets: Sequence[str]) -> str:
    signs = []
    for alphabet in reversed(alphabets):
        number, place = divmod(number, len(alphabet))
        signs.append(alphabet[place])
    return "".join(reversed(signs))


def _alphanumeric(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text)


def _without_decimals(cell: str) -> str:
    """A number that a spreadsheet gave a decimal point loses it, as where it is read."""
    found = _DECIMAL_POINT.fullmatch(cell)
    return found[1] if found else cell


def _is_cut(cell: str) -> bool:
    """Whether a spreadsheet wrote a long number so that its digits are lost."""
    found = _SCIENTIFIC.fullmatch(cell)
    return found is not None and ("+" in found[2] or "." in found[1])


def _written_like(template: str, signs: str) -> str:
    """The signs in the places of the letters and digits of the template, whose other signs stay."""
    following = iter(signs)
    return "".join(next(following) if re.fullmatch(r"[A-Za-z0-9]", sign) else sign for sign in template)
