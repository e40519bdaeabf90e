"""lines.specific_duties: column 1 duty by the quantity, for lines under a 15 % heading."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.lines.filed import COMMODITY, Line, Row, classify_all, split
from tests.tables.promises import broken_promises, build

TABLE = "lines.specific_duties"
KILOGRAMS = (("1,000", "KG"),)


def german(
    rate: str | None,
    quantities: tuple[tuple[str | None, str | None], ...] = KILOGRAMS,
    *,
    floor_duty: str = "150",
    fact: str | None = None,
    value: str | None = "1000",
    more: tuple[Row, ...] = (),
) -> Line:
    """A line under the 15 % heading of the European Union, all of it on the chapter 99 row."""
    commodity = Row(COMMODITY, Decimal(0), Decimal(value) if value else None, rate, quantities)
    rows = (Row("99030220", Decimal(floor_duty)), commodity, *more)
    return Line("DE", date(2025, 10, 1), rows, column_1_fact=fact)


def duties(con: duckdb.DuckDBPyConnection, filed: Line) -> dict[str, Decimal]:
    classify_all(con, [filed])
    build(con, "lines.classified_lines")
    assert broken_promises(con, TABLE) == []
    return {row["column_1_basis"]: row["specific_duty_usd"] for row in rows_of(con, TABLE)}


@pytest.mark.parametrize(
    ("rate", "due"),
    [
        ("2.8¢/kg", "28.00"),
        ("2.8 cents/kg", "28.00"),
        ("2.8 CENTS per KG", "28.00"),
        ("$0.028/kg", "28.00"),
        ("2.8¢/kg + 8.5%", "113.00"),
        ("8.5% + 2.8 cents / kg", "113.00"),
        ("0.0045 cents/kg", "0.05"),
        ("0.0044 cents/kg", "0.04"),
    ],
)
def test_a_rate_by_the_kilogram_is_reckoned_with_the_kilograms(
    con: duckdb.DuckDBPyConnection, rate: str, due: str
) -> None:
    assert duties(con, german(rate)) == {"printed": Decimal(due)}


@pytest.mark.parametrize(
    ("rate", "quantities", "due"),
    [
        ("20 cents/doz. pr.", (("50", "DPR"),), "10.00"),
        ("5¢/liter", (("12", "NO"), ("9.5", "L")), "0.48"),
        ("5¢/liter", (("12", "NO"), (None, None), ("9.5", " l ")), "0.48"),
        ("1¢/kg + 2¢/liter", (("10", "KG"), ("10", "L")), "0.30"),
        ("1.5¢/m2", (("33.333", "M2"),), "0.50"),
        ("$1.50/thousand", (("2", "THS"),), "3.00"),
    ],
)
def test_the_quantity_is_the_one_reported_in_the_unit_of_the_rate(
    con: duckdb.DuckDBPyConnection, rate: str, quantities: Any, due: str
) -> None:
    assert duties(con, german(rate, quantities)) == {"printed": Decimal(due)}


@pytest.mark.parametrize(
    "rate",
    [
        "2.8 cents/kg on the lead content",
        "2.8 cents/stone",
        "2.8 kg",
        "2.8/kg",
        "cents/kg",
        "2.8¢/kg + 3¢/kg",
        "2.8¢/kg + 5% + 3%",
        "2.8¢/kg + the rate that applies to the case",
        "-2.8¢/kg",
        "",
    ],
)
def test_a_rate_that_cannot_be_read_gives_nothing(con: duckdb.DuckDBPyConnection, rate: str) -> None:
    assert duties(con, german(rate)) == {}


@pytest.mark.parametrize("rate", ["4%", "Free", "0.04", "0"])
def test_a_rate_of_the_value_alone_needs_no_quantity(con: duckdb.DuckDBPyConnection, rate: str) -> None:
    assert duties(con, german(rate)) == {}


@pytest.mark.parametrize(
    "quantities",
    [
        (),
        (("1000", "G"),),
        (("1000", None),),
        ((None, "KG"),),
        (("many", "KG"),),
        (("-3", "KG"),),
        (("1,00", "KG"),),
        (("1000", "KG"), ("999", "KG")),
        (("1000", "KG"), (None, "KG")),
    ],
)
def test_a_quantity_that_is_missing_or_ambiguous_gives_nothing(con: duckdb.DuckDBPyConnection, quantities: Any) -> None:
    assert duties(con, german("2.8¢/kg", quantities)) == {}


def test_one_quantity_stated_twice_is_one(con: duckdb.DuckDBPyConnection) -> None:
    assert duties(con, german("2.8¢/kg", (("1000", "KG"), ("1,000.00", "KG")))) == {"printed": Decimal("28.00")}


def test_a_part_without_its_quantity_leaves_the_whole_rate_unknown(con: duckdb.DuckDBPyConnection) -> None:
    assert duties(con, german("1¢/kg + 2¢/liter", (("10", "KG"),))) == {}


def test_with_two_commodity_rows_no_quantity_can_be_told_to_be_the_lines(con: duckdb.DuckDBPyConnection) -> None:
    other = Row("0101210010", Decimal(0), Decimal(0), None, KILOGRAMS)
    assert duties(con, german("2.8¢/kg", more=(other,))) == {}


def test_a_line_under_another_heading_is_not_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    filed = german("2.8¢/kg")
    vietnamese = Line("VN", filed.entry_date, (Row("99030269", Decimal(200)), *filed.rows[1:]))
    assert duties(con, vietnamese) == {}


def test_a_compound_rate_needs_the_value_and_a_specific_one_does_not(con: duckdb.DuckDBPyConnection) -> None:
    assert duties(con, german("2.8¢/kg + 1%", value=None)) == {}
    assert duties(con, german("2.8¢/kg", value=None)) == {"printed": Decimal("28.00")}


def test_the_user_may_state_a_specific_rate_too(con: duckdb.DuckDBPyConnection) -> None:
    assert duties(con, german("3¢/kg", fact="2¢/kg")) == {"printed": 30, "entry_facts": 20}


# ---- what the split makes of it ------------------------------------------------------------------------------------


def test_column_1_by_the_kilogram_is_taken_out_of_the_15_percent_row(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, german("2.8¢/kg + 1.25%"))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["column_1_usd"]) == (
        Decimal("109.50"),
        Decimal("109.50"),
        Decimal("40.50"),
    )
    assert (row["column_1_basis"], row["column_1_applied_rate"]) == ("printed", Decimal("0.0405"))
    assert (row["split_basis"], row["split_confidence"]) == ("replacement_net", "assumed")
    assert row["rests_on_assumption"] == "column1_restored"


def test_the_printed_rate_goes_before_the_users_and_the_users_before_the_commodity_row(
    con: duckdb.DuckDBPyConnection,
) -> None:
    bases = [split(con, filed)["column_1_basis"] for filed in (
        german("3¢/kg", fact="2%"), german("3¢/stone", fact="2¢/kg"), german("3¢/stone", fact="2%"),
    )]  # fmt: skip
    assert bases == ["printed", "entry_facts", "entry_facts"]


def test_a_specific_duty_of_15_percent_or_more_leaves_nothing(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, german("16¢/kg"))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["column_1_usd"]) == (0, 0, 150)
    assert row["anomaly_codes"] == ["COLUMN-1-NOT-BELOW-FLOOR"]


def test_a_duty_of_a_thousand_times_the_value_has_no_rate_and_breaks_nothing(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, german("$900/kg", value="0.01", floor_duty="0.01"))
    assert (row["ieepa_low_usd"], row["column_1_applied_rate"]) == (0, None)
