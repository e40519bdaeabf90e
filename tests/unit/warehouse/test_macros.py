"""The arithmetic that is written once: months, cents and printed rates."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse.macros import create_macros


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        create_macros(con)
        create_macros(con)
        yield con


def one(con: duckdb.DuckDBPyConnection, expression: str, *given: Any) -> Any:
    row = con.execute(f"select {expression}", given).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (None, "undated"),
        (date(1999, 5, 5), "2025-01"),
        (date(2024, 12, 31), "2025-01"),
        (date(2025, 1, 1), "2025-01"),
        (date(2025, 2, 1), "2025-02"),
        (date(2028, 12, 31), "2028-12"),
        (date(2029, 1, 1), "2028-12"),
        (date(2100, 7, 7), "2028-12"),
    ],
)
def test_every_day_has_a_month_and_what_lies_outside_stands_in_the_first_or_last(
    con: duckdb.DuckDBPyConnection, day: date | None, month: str
) -> None:
    assert one(con, "partition_month_of(cast(? as date))", day) == month


@given(day=st.dates())
def test_no_day_falls_out_of_the_months(day: date, con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, "partition_month_of(cast(? as date))", day) in MONTHS


@given(
    amount=st.decimals(Decimal("-9999999999.99"), Decimal("9999999999.99"), places=2),
    factor=st.decimals(Decimal("-2"), Decimal("2"), places=20),
)
@example(amount=Decimal("25.00"), factor=Decimal("0.0002"))
@example(amount=Decimal("-25.00"), factor=Decimal("0.0002"))
@example(amount=Decimal("25.00"), factor=Decimal("0.00019999999999999999"))
@example(amount=Decimal("9999999999.99"), factor=Decimal("0.5"))
@example(amount=Decimal("999999999.99"), factor=Decimal("0.50000000049999999999"))  # a hair below a half cent
@example(amount=Decimal("999999999.99"), factor=Decimal("0.50000000050000000001"))
@example(amount=Decimal("1000000000.00"), factor=Decimal("1.000000000005"))  # a half where a double cannot tell
def test_cents_are_rounded_once_and_half_up(amount: Decimal, factor: Decimal, con: duckdb.DuckDBPyConnection) -> None:
    exact = (amount * factor).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert one(con, "cents(cast(? as decimal(18, 2)), cast(? as decimal(38, 20)))", amount, factor) == exact


def test_cents_near_a_half_are_those_of_the_exact_product(con: duckdb.DuckDBPyConnection) -> None:
    """Products a little beside a half cent, from a thousandth of a cent down to what a double cannot see."""
    wrong = con.execute(
        """
        with products as (
            select
                cast(dollars as decimal(18, 2)) as amount,
                cast(0.005 + sign * cast(power(10, -exponent) as decimal(38, 20)) as decimal(38, 20)) as factor
            from (select unnest([1, 3, 9, 101, 9999, 123457, 99999999, 899999999, 5000000001]) as dollars)
            cross join (select unnest([-1, 0, 1]) as sign)
            cross join (select unnest(range(4, 20)) as exponent)
        )
        select amount, factor from products
        where cents(amount, factor) <> cast(round(cast(amount as decimal(38, 2)) * factor, 2) as decimal(18, 2))
        """
    ).fetchall()
    assert wrong == []


def test_an_unknown_amount_or_factor_has_unknown_cents(con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, "cents(null, 0.5)") is None
    assert one(con, "cents(1.00, null)") is None


@pytest.mark.parametrize(
    ("printed", "rate"),
    [
        ("Free", "0"),
        (" FREE ", "0"),
        ("3.7%", "0.037"),
        ("3.7 %", "0.037"),
        ("120%", "1.2"),
        (".037", "0.037"),
        ("0.037", "0.037"),
        ("0", "0"),
        ("0.00", "0"),
        ("3.7", None),
        ("37", None),
        ("1.5 cents/kg", None),
        ("3.7% + 1.5 cents/kg", None),
        ("", None),
        (None, None),
    ],
)
def test_a_printed_rate_is_a_fraction_only_where_it_says_so(
    con: duckdb.DuckDBPyConnection, printed: str | None, rate: str | None
) -> None:
    assert one(con, "fraction_of(cast(? as varchar))", printed) == (None if rate is None else Decimal(rate))
