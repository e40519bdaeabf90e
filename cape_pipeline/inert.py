"""Texts that no spreadsheet executes: what a cell of a CSV file for people may begin with.

Belongs here: the one rule, for Python and for SQL. Does not belong here: writing files, and workbooks, whose cells have
types of their own. A declaration for CBP is not changed by it: its format is checked before it is written.
"""

#: A spreadsheet takes a text that begins with one of these for a formula, or for a blank before one; with East Asian
#: settings also where the sign is written in full width.
EXECUTED = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What a spreadsheet reads as "this is text", and people as nothing.
MARK = "'"


def inert(text: str) -> str:
    """The text as a spreadsheet shows it and does not execute it; numbers are no texts and need none of it."""
    return MARK + text if text.startswith(EXECUTED) else text


def inert_sql(expression: str) -> str:
    """The same for a SQL expression that yields text; null stays null."""
    signs = ", ".join(str(ord(sign)) for sign in EXECUTED)
    return f"if(unicode({expression}) in ({signs}), chr({ord(MARK)}) || {expression}, {expression})"
