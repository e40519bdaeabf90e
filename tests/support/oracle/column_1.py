"""The ordinary (column 1) duty that a line owes, as far as the file states it.

What belongs here: reading a printed rate, finding the quantity a specific rate is charged on, and the due amount. What
does not: what the amount is used for (``lines``). Units of quantity come in as data: ``printed_unit`` and
``unit_code``, one pair a row.

``READINGS`` lists what had to be chosen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.oracle.values import cents

Record = dict[str, Any]

READINGS: tuple[str, ...] = (
    (
        "A quantity that is blank or no plain decimal is unknown, and may differ from another one in the same unit, so "
        "that neither counts. 12 and 12.0 are one quantity."
    ),
    (
        "A comma in a quantity is a thousands comma only where it stands before each three digits; 1,5 is no plain "
        "decimal, since it may be one and a half."
    ),
    (
        "A compound rate states each unit once, by whatever name, and a percentage at most once, in any order; "
        "anything else is unknown."
    ),
    (
        "A quantity has at most twelve digits before the point and six after it; a longer one is not what ACE prints "
        "and is unknown."
    ),
    "Free, 0 % and 0 are equal rates, and so are 4 % and 0.04.",
    "A fact that states a rate is asked only where the report states none that can be read, even a misfitting one.",
)

PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) *%")
FRACTION = re.compile(r"0?\.[0-9]+|0")
NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
SPECIFIC = (
    (re.compile(rf"{NUMBER}¢/(.+)"), Decimal("0.01")),
    (re.compile(rf"{NUMBER} *cents/(.+)"), Decimal("0.01")),
    (re.compile(rf"{NUMBER} *cents +per +(.+)"), Decimal("0.01")),
    (re.compile(rf"\${NUMBER}/(.+)"), Decimal(1)),
)
QUANTITY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?|[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Rate:
    """A rate as printed: an ad valorem fraction, and dollars per unit by printed unit (empty if purely ad valorem)."""

    ad_valorem: Decimal
    per_unit: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Column1:
    """Column 1 duty of a line in dollars, the rate or ad valorem equivalent it stands for, and where it is known from.

    That is `printed`, `entry_facts` or `filed_base_row`.
    """

    due: Decimal
    rate: Fraction
    basis: str

    @property
    def applied_rate(self) -> Decimal | None:
        """The rate with six decimals, half up; None from 1,000 on, where the table has no room for it."""
        scaled = self.rate * 1_000_000
        if scaled >= 1_000_000_000:
            return None
        return Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)) / 1_000_000


def read_rate(text: str | None) -> Rate | None:
    """What a printed rate says, or None where it says nothing that can be computed.

    `Free` and `0` are 0, `3.7%` and `.037` an ad valorem rate, `2.8¢/kg`, `2.8 cents/kg`, `2.8 cents per kg` and
    `$0.028/kg` specific rates; such terms joined by + are a compound rate.
    """
    text = re.sub(r" *([+/]) *", r"\1", (text or "").strip().lower())
    if text == "free":
        return Rate(Decimal(0))
    if FRACTION.fullmatch(text):
        return Rate(Decimal(text))
    percentages: list[Decimal] = []
    per_unit: dict[str, Decimal] = {}
    for term in text.split("+"):
        if match := PERCENT.fullmatch(term):
            percentages.append(Decimal(match.group(1)) / 100)
            continue
        specific = _specific_term(term)
        if specific is None or specific[0] in per_unit:
            return None
        per_unit[specific[0]] = specific[1]
    if len(percentages) > 1:
        return None
    return Rate(percentages[0] if percentages else Decimal(0), tuple(per_unit.items()))


def _specific_term(term: str) -> tuple[str, Decimal] | None:
    for pattern, dollars in SPECIFIC:
        if match := pattern.fullmatch(term):
            return plain_unit(match.group(2)), Decimal(match.group(1)) * dollars
    return None


def plain_unit(printed: str) -> str:
    """A printed unit as units are compared: lower case, no blanks, no final dot."""
    return printed.lower().replace(" ", "").removesuffix(".")


def quantity_of(row: Record, unit: str, quantity_units: Sequence[Record]) -> Decimal | None:
    """The one quantity of a tariff row in a printed unit, or None where there is none, two, or one that is unknown.

    Args:
        row: optional quantity_1 … quantity_3 (text) and quantity_1_unit … quantity_3_unit.
        unit: as ``plain_unit`` gives it.
        quantity_units: rows with printed_unit and unit_code.
    """
    codes = codes_of(unit, quantity_units)
    found = {
        read_quantity(row.get(f"quantity_{number}"))
        for number in (1, 2, 3)
        if str(row.get(f"quantity_{number}_unit") or "").strip().upper() in codes
    }
    return found.pop() if len(found) == 1 else None


def codes_of(unit: str, quantity_units: Sequence[Record]) -> set[str]:
    """The codes a quantity in a printed unit is reported under."""
    return {one["unit_code"] for one in quantity_units if plain_unit(one["printed_unit"]) == unit}


def read_quantity(text: str | None) -> Decimal | None:
    """A plain decimal of 0 or more, thousands commas allowed; anything else is None."""
    text = (text or "").strip()
    return Decimal(text.replace(",", "")) if QUANTITY.fullmatch(text) else None


def column_1_of(
    commodity_rows: Sequence[Record],
    fact: str | None,
    value: Decimal,
    quantity_units: Sequence[Record],
) -> Column1 | None:
    """Column 1 duty of a line from the printed rates, else from the user's own rate; None where neither tells.

    Args:
        commodity_rows: the Chapter 1-97 rows; optional column_1_rate, line_spi_code and quantities. A row under the
            Korean agreement states no rate: the printed general one did not apply to it.
        fact: the user's own column 1 rate of the entry, in the same spelling.
        value: entered value of the line in dollars, above 0.
        quantity_units: as for ``quantity_of``.
    """
    texts = [
        str(row["column_1_rate"])
        for row in commodity_rows
        if str(row.get("column_1_rate") or "").strip() and not _is_korean(row)
    ]
    rates = [read_rate(text) for text in texts]
    ad_valorem = {rate.ad_valorem for rate in rates if rate is not None and not rate.per_unit}
    printed = None
    if rates and all(rate is not None and not rate.per_unit for rate in rates) and len(ad_valorem) == 1:
        printed = Rate(ad_valorem.pop())
    elif len(commodity_rows) == 1 and rates:
        printed = rates[0]
    for rate, basis in ((printed, "printed"), (read_rate(fact), "entry_facts")):
        if rate is not None and (due := _due(rate, commodity_rows, value, quantity_units)) is not None:
            equivalent = Fraction(due) / Fraction(value) if rate.per_unit else Fraction(rate.ad_valorem)
            return Column1(due, equivalent, basis)
    return None


def _due(
    rate: Rate, commodity_rows: Sequence[Record], value: Decimal, quantity_units: Sequence[Record]
) -> Decimal | None:
    due = rate.ad_valorem * value
    if rate.per_unit and len(commodity_rows) != 1:
        return None
    codes = [code for unit, _ in rate.per_unit for code in codes_of(unit, quantity_units)]
    if len(codes) != len(set(codes)):
        return None
    for unit, dollars in rate.per_unit:
        quantity = quantity_of(commodity_rows[0], unit, quantity_units)
        if quantity is None:
            return None
        due += quantity * dollars
    return cents(due)


def _is_korean(row: Record) -> bool:
    return str(row.get("line_spi_code") or "").strip().upper().startswith("KR")
