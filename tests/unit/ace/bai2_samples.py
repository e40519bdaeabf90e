"""BAI2 statements written on the spot, with control figures that fit unless a test says otherwise.

Belongs here: putting records together. Does not belong here: any expectation.
"""

from collections.abc import Sequence

FILE_HEADER = "01,121000358,CUSTOMER,260721,0600,1,,,2/"
ACCOUNT = "03,0012346789,,,,,/"


def account(transactions: Sequence[str], total: int, header: str = ACCOUNT) -> list[str]:
    """An account with its trailer; `total` in minor units, as the bank would state it."""
    lines = [line for transaction in transactions for line in transaction.split("\n")]
    return [header, *lines, f"49,{total},{len(lines) + 2}/"]


def group(accounts: Sequence[list[str]], *, as_of: str = "260720", currency: str = "", status: str = "1") -> list[str]:
    lines = [line for one in accounts for line in one]
    total = sum(int(one[-1].split(",")[1]) for one in accounts)
    header = f"02,CUSTOMER,121000358,{status},{as_of},,{currency},2/"
    return [header, *lines, f"98,{total},{len(accounts)},{len(lines) + 2}/"]


def file(groups: Sequence[list[str]]) -> list[str]:
    lines = [line for one in groups for line in one]
    total = sum(int(one[-1].split(",")[1]) for one in groups)
    return [FILE_HEADER, *lines, f"99,{total},{len(groups)},{len(lines) + 2}/"]


def one_account(*transactions: str, total: int, header: str = ACCOUNT) -> list[str]:
    """A file of one group of one account. Its first transaction stands on line 4."""
    return file([group([account(transactions, total, header)])])
