"""One entry number: its check digit, and what is wrong with one that somebody typed.

Belongs here: the arithmetic for one number. Does not belong here: the same for whole tables (`macros.py`).
"""

import re

# A to I are 1 to 9, J to R are 1 to 9, S to Z are 2 to 9; digits stay (ACE CATAIR, entry summary create/update).
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTER_DIGITS = "12345678912345678923456789"
_AS_DIGITS = str.maketrans(LETTERS, LETTER_DIGITS)


def check_digit(ten: str) -> int:
    """Check digit that belongs to a filer code and seven-digit number (ten characters, upper case, no dashes).

    Every second character counts double, a two-digit product as the sum of its digits; the check digit fills the sum
    up to the next ten.

    Raises:
        ValueError: when the text is not three letters or digits followed by seven digits.
    """
    if not re.fullmatch(r"[A-Z0-9]{3}[0-9]{7}", ten):
        raise ValueError(f"{ten!r} is not a filer code of three characters followed by seven digits")
    total = 0
    for position, digit in enumerate(map(int, ten.translate(_AS_DIGITS)), start=1):
        weighted = digit * 2 if position % 2 == 0 else digit
        total += weighted - 9 if weighted > 9 else weighted
    return -total % 10


def doubt_about(number: str) -> str:
    """What is wrong with a number (upper case, no dashes) as part of a sentence; empty where its form is right."""
    if not re.fullmatch(r"[A-Z0-9]{3}[0-9]{8}", number):
        return "an entry number has a filer code of three characters, seven digits and a check digit, as ABC-1234567-6"
    expected = check_digit(number[:10])
    return "" if number.endswith(str(expected)) else f"its check digit would be {expected}: look at the number again"
