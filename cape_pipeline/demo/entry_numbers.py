"""Entry numbers with valid check digits for the demonstration.

Belongs here: making numbers. Does not belong here: checking a user's numbers, which is the pipeline's own work and is
written apart so that one can test the other.
"""


def check_digit(first_ten: str) -> int:
    """The check digit that follows three filer characters and seven digits (ACE CATAIR, Entry Summary Create/Update).

    Letters count A to I as 1 to 9, J to R as 1 to 9, S to Z as 2 to 9; every second character is doubled, a product
    above 9 counts as the sum of its digits, and the digit completes the total to a multiple of ten.
    """
    total = 0
    for position, character in enumerate(first_ten, start=1):
        value = int(character) if character.isdigit() else _letter_value(character)
        if position % 2 == 0:
            value = sum(divmod(value * 2, 10))
        total += value
    return -total % 10


def entry_number(filer_code: str, serial: int) -> str:
    """Eleven characters without dashes, such as ABC12345676."""
    first_ten = f"{filer_code}{serial:07d}"
    return f"{first_ten}{check_digit(first_ten)}"


def _letter_value(letter: str) -> int:
    first_of_row = "A" if letter < "J" else "J" if letter < "S" else "R"
    return ord(letter) - ord(first_of_row) + 1
