"""Column 1 duty as printed: what a rate says, which quantity it is charged on, and what is due.

What belongs here: literal texts and quantities with known answers. What does not: the split that uses them.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.support.oracle.column_1 import Column1, Rate, column_1_of, quantity_of, read_quantity, read_rate

UNITS = [
    {"printed_unit": printed, "unit_code": code}
    for printed, code in (("kg", "KG"), ("liter", "L"), ("doz. pr.", "DPR"), ("each", "NO"), ("no.", "NO"))
]
KG = (("kg", Decimal("0.028")),)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("Free", Rate(Decimal(0))),
        (" FREE ", Rate(Decimal(0))),
        ("0", Rate(Decimal(0))),
        ("3.7%", Rate(Decimal("0.037"))),
        ("15 %", Rate(Decimal("0.15"))),
        ("350%", Rate(Decimal("3.5"))),
        (".037", Rate(Decimal("0.037"))),
        ("0.037", Rate(Decimal("0.037"))),
        ("2.8¢/kg", Rate(Decimal(0), KG)),
        ("2.8 cents/kg", Rate(Decimal(0), KG)),
        ("2.8 CENTS per KG", Rate(Decimal(0), KG)),
        ("$0.028 / kg.", Rate(Decimal(0), KG)),
        ("2.8¢/kg + 8.5%", Rate(Decimal("0.085"), KG)),
        ("8.5% +2.8¢/kg", Rate(Decimal("0.085"), KG)),
        ("$1/doz. pr. + 2.8¢/kg", Rate(Decimal(0), (("doz.pr", Decimal(1)), *KG))),
    ],
)
def test_a_rate_is_read_as_it_is_printed(text: str, rate: Rate) -> None:
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            "3.7",
            "1",
            "1000%",
            "-4%",
            "four",
            "Free + 5%",
            "4% + 5%",
            "4% +",
            "2¢/kg + 3¢/kg",
            "5¢",
            "5/kg",
            "$.5/kg",
        ),
        *("0.037 + 2¢/kg", "The rate applicable to the article", "1e-2", "4% ad valorem"),
    ],
)
def test_anything_else_is_no_rate(text: str | None) -> None:
    assert read_rate(text) is None


def test_a_rate_on_part_of_the_goods_has_no_unit_that_is_known() -> None:
    assert due("1.5¢/kg on the lead content", commodity()) is None


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("12", "12"), (" 12.50 ", "12.5"), ("1,234,567.8", "1234567.8"), ("0", "0")],
)
def test_a_quantity_is_a_plain_decimal(text: str, quantity: str) -> None:
    assert read_quantity(text) == Decimal(quantity)


@pytest.mark.parametrize(
    "text", [None, "", "-1", "1,5", "12,34", "1234,567", "1e3", "12 kg", "X", ".", "1" * 13, "0.1234567"]
)
def test_anything_else_is_no_quantity(text: str | None) -> None:
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    ("quantities", "answer"),
    [
        ([("12", "KG")], 12),
        ([("12", " kg ")], 12),
        ([("5", "NO"), ("12", "KG")], 12),
        ([("12", "KG"), ("12.0", "KG")], 12),
        ([("12", "KG"), ("x", "KG")], None),
        ([("12", "KG"), (None, "KG")], None),
        ([("12", "KG"), ("13", "KG")], None),
        ([("12", "L")], None),
        ([("12", None)], None),
        ([(None, "KG")], None),
        ([], None),
    ],
)
def test_the_quantity_is_the_one_in_the_unit_of_the_rate(
    quantities: list[tuple[str | None, str | None]], answer: int | None
) -> None:
    assert quantity_of(commodity(quantities=quantities), "kg", UNITS) == answer


def test_one_unit_by_two_names_is_not_charged_twice() -> None:
    assert due("2¢/each + 2¢/no.", commodity(quantities=[("7", "NO")])) is None


def test_two_printed_units_may_be_reported_under_one_code_and_an_unknown_one_under_none() -> None:
    row = commodity(quantities=[("7", "NO")])
    assert quantity_of(row, "each", UNITS) == quantity_of(row, "no", UNITS) == 7
    assert quantity_of(row, "bale", UNITS) is None


def commodity(text: str | None = None, quantities: Any = (("1000", "KG"),), **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"column_1_rate": text, **more}
    for number, (quantity, unit) in enumerate(quantities, 1):
        row |= {f"quantity_{number}": quantity, f"quantity_{number}_unit": unit}
    return row


def due(text: str | None, *rows: dict[str, Any], fact: str | None = None) -> Decimal | None:
    first, *others = rows
    found = column_1_of([{**first, "column_1_rate": text}, *others], fact, Decimal("333.33"), UNITS)
    return None if found is None else found.due


def test_what_is_due_is_rounded_once_to_the_cent() -> None:
    assert due("3.7%", commodity()) == Decimal("12.33")
    assert due("0.25¢/kg + 3.7%", commodity(quantities=[("2", "KG")])) == Decimal("12.34")  # 12.33321 and 0.005


def test_the_rate_of_a_specific_duty_is_its_share_of_the_value() -> None:
    found = column_1_of([commodity("2.8¢/kg")], None, Decimal("333.33"), UNITS)
    assert found == Column1(Decimal("28.00"), Fraction(2800, 33333), "printed")
    assert found.applied_rate == Decimal("0.084001")
    assert Column1(Decimal(1), Fraction(1, 2_000_000), "entry_facts").applied_rate == Decimal("0.000001")


def test_equal_rates_of_several_rows_are_one_and_different_ones_are_none() -> None:
    assert [due("4%", commodity(), commodity(other)) for other in ("4%", "0.04", None, " ")] == [Decimal("13.33")] * 4
    assert due("Free", commodity(), commodity("0%")) == 0
    assert due("4%", commodity(), commodity("5%")) is None
    assert due("4%", commodity(), commodity("5¢/kg")) is None


def test_a_specific_rate_needs_a_line_with_one_commodity_row() -> None:
    assert due("2.8¢/kg", commodity()) == 28
    assert due("2.8¢/kg", commodity(), commodity(None, [])) is None


def test_the_fact_speaks_where_the_printed_rate_cannot_be_computed_and_only_there() -> None:
    assert due(None, commodity(), fact="2.8¢/kg") == 28
    assert due("2.8¢/liter", commodity(), fact="4%") == Decimal("13.33")
    assert due("3.7%", commodity(), fact="4%") == Decimal("12.33")
    assert due(None, commodity(), commodity(), fact="2.8¢/kg") is None
    assert due(None, commodity(), fact="four") is None


@pytest.mark.parametrize("spi", ["KR", " kr", "KR+"])
def test_under_the_korean_agreement_the_printed_rate_did_not_apply(spi: str) -> None:
    assert due("4%", commodity(line_spi_code=spi)) is None
    assert due("4%", commodity(line_spi_code=spi), fact="Free") == 0
    assert due("4%", commodity(line_spi_code="JP")) == Decimal("13.33")
