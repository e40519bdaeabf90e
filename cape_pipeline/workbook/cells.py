"""How a column's values become cells: which type of Excel, in what format, and what Excel could not hold.

Belongs here: the SELECT expression of a column that gives what is written, and the limits of a cell. Does not belong
here: which columns a sheet has (`sheets`), and writing (`filling`).
"""

from types import MappingProxyType
from typing import Any, Literal

from cape_pipeline.warehouse.contract import Field

Kind = Literal["text", "usd", "rate", "count", "whole", "day", "flag"]

#: What the values of each kind look like. Text stays text when somebody edits the cell: no lost zero, no formula.
NUMBER_FORMATS = MappingProxyType(
    {
        "text": "@",
        "usd": "#,##0.00;[Red]-#,##0.00",
        "rate": "0.0000%",
        "count": "#,##0",
        "whole": "0",
        "day": "yyyy-mm-dd",
        "flag": "General",
    }
)
#: What the Dictionary sheet calls each kind.
KINDS_IN_WORDS = MappingProxyType(
    {
        "text": "text",
        "usd": "amount in US dollars",
        "rate": "rate (a fraction, shown in percent)",
        "count": "count",
        "whole": "whole number",
        "day": "day",
        "flag": "TRUE or FALSE",
    }
)
#: Excel keeps 15 digits: from here on an amount would lose its cents.
FIRST_AMOUNT_TOO_LONG = 10**13
#: A cell holds 32,767 units of UTF-16; a character is two of them at most.
MOST_CHARACTERS = 16_000
#: Excel counts days from the first, and takes 1900 for a leap year: days before the second are one off.
DAY_ZERO, FIRST_DAY, LAST_DAY = "1899-12-30", "1900-03-01", "9999-12-31"
TOO_LONG = "Written as text: Excel keeps 15 digits of a number, and this amount with its cents has more"


def kind_of(field: Field) -> Kind:
    """The kind of cell a column's values are written as.

    Raises:
        KeyError: for a type no sheet shows, as an unrounded amount or a clock.
    """
    if field.sql_type == "INTEGER":
        return "count" if field.name.endswith("_count") or field.name.startswith("rows_") else "whole"
    kinds: dict[str, Kind] = {
        "VARCHAR": "text",
        "VARCHAR[]": "text",
        "DATE": "day",
        "BOOLEAN": "flag",
        "DECIMAL(18,2)": "usd",
        "DECIMAL(9,6)": "rate",
    }
    return kinds[field.sql_type]


def value_sql(field: Field) -> str:
    """What is written of the column: text, number, day number or boolean; null where it is unknown or `misfit_sql`."""
    kind, name = kind_of(field), field.name
    if kind == "text":
        return f"case when not {_is_markup(field)} then {_text(field)} end"
    if kind == "usd":
        return f"case when abs({name}) < {FIRST_AMOUNT_TOO_LONG} then cast({name} as double) end"
    if kind == "day":
        return f"case when {_is_day_of_excel(name)} then date_diff('day', date '{DAY_ZERO}', {name}) end"
    return f"cast({name} as double)" if kind == "rate" else name


def misfit_sql(field: Field) -> str | None:
    """The value as text where a cell of its kind cannot hold it; None for kinds of which a cell holds every value."""
    kind, name = kind_of(field), field.name
    if kind == "text":
        return f"case when {_is_markup(field)} then {_text(field)} end"
    if kind == "usd":
        return f"case when abs({name}) >= {FIRST_AMOUNT_TOO_LONG} then cast({name} as varchar) end"
    if kind == "day":
        return f"case when not {_is_day_of_excel(name)} then cast({name} as varchar) end"
    return None


def is_too_long(amount: Any) -> bool:
    """Whether an amount has more digits than Excel keeps."""
    return amount is not None and abs(amount) >= FIRST_AMOUNT_TOO_LONG


def _text(field: Field) -> str:
    """The text; what is longer than a cell says where it ends and how long it is."""
    text = f"array_to_string({field.name}, '; ')" if field.sql_type == "VARCHAR[]" else field.name
    cut = f"left({text}, {MOST_CHARACTERS}) || ' … (cut here; ' || length({text}) || ' characters in all)'"
    return f"nullif(case when length({text}) > {MOST_CHARACTERS} then {cut} else {text} end, '')"


def _is_markup(field: Field) -> str:
    """XlsxWriter takes a text in these marks for the inside of a cell and would write it as it stands."""
    return f"coalesce({_text(field)} like '<r>%</r>', false)"


def _is_day_of_excel(name: str) -> str:
    return f"{name} between date '{FIRST_DAY}' and date '{LAST_DAY}'"
