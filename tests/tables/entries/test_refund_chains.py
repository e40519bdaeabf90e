"""Which refund replaces a returned one, in `entries.refund_chains`.

Belongs here: the links and their ends. Does not belong here: what counts in totals (`payments`).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
DAY = date(2026, 6, 1)


def refund(con: Connection, number: str, days: int, *, is_returned: bool = False, **columns: Any) -> None:
    row = {
        "refund_class": "cape",
        "payee_key": "P",
        "refund_date": DAY + timedelta(days=days),
        "rev603_usd": Decimal("104.00"),
        **columns,
    }
    put(con, "entries.reported_refunds", refund_number=number, is_said_returned=is_returned, **row)


def links(con: Connection) -> dict[str, tuple[str, str]]:
    assert broken_promises(con, "entries.refund_chains") == []
    rows = rows_of(con, "entries.refund_chains")
    return {row["refund_number"]: (row["reissued_as"], row["last_refund_number"]) for row in rows}


def test_a_returned_refund_is_replaced_by_the_next_of_its_payee_and_amount(con: Connection) -> None:
    refund(con, "R1", 0, is_returned=True)
    refund(con, "R2", 9)
    refund(con, "R3", 20)
    assert links(con) == {"R1": ("R2", "R2")}


@pytest.mark.parametrize(
    "change",
    [
        {"payee_key": "Q"}, {"rev603_usd": Decimal("104.01")}, {"refund_date": DAY}, {"refund_class": "other"},
        {"refund_date": None}, {"rev603_usd": None}, {"payee_key": None},
    ],
)  # fmt: skip
def test_another_payee_amount_kind_or_no_later_day_replaces_nothing(con: Connection, change: dict[str, Any]) -> None:
    refund(con, "R1", 0, is_returned=True)
    refund(con, "R2", 9, **change)
    assert links(con) == {}


def test_a_refund_that_came_is_replaced_by_none(con: Connection) -> None:
    refund(con, "R1", 0)
    refund(con, "R2", 9)
    assert links(con) == {}


def test_a_chain_ends_at_its_last_refund(con: Connection) -> None:
    refund(con, "R1", 0, is_returned=True)
    refund(con, "R2", 7, is_returned=True)
    refund(con, "R3", 14)
    assert links(con) == {"R1": ("R2", "R3"), "R2": ("R3", "R3")}


def test_one_refund_replaces_one_returned_refund_the_last_before_it(con: Connection) -> None:
    refund(con, "R1", 0, is_returned=True, rev603_usd=Decimal("9.00"))
    refund(con, "R2", 0, is_returned=True)
    refund(con, "R3", 0, is_returned=True)
    refund(con, "R4", 9)
    assert links(con) == {"R2": ("R4", "R4")}


@pytest.mark.parametrize(
    ("first", "second", "is_linked"),
    [(DAY, DAY, True), (DAY, None, True), (None, None, True), (DAY, DAY - timedelta(days=1), False)],
)
def test_two_liquidation_dates_that_are_both_known_must_be_one(
    con: Connection, first: date | None, second: date | None, *, is_linked: bool
) -> None:
    refund(con, "R1", 0, is_returned=True)
    refund(con, "R2", 9)
    load_id = put_load(con, 1, "ES-022")
    for number, day in (("R1", first), ("R2", second)):
        if day:
            put(con, "ace.es022_entries", load_id=load_id, refund_number=number, liquidation_date=day)
    assert bool(links(con)) is is_linked


@pytest.mark.parametrize(
    ("amounts", "is_linked"), [((), True), (("104.00", "-104.00"), True), (("104.00",), False), (("50.00",), False)]
)
def test_a_returned_refund_whose_cash_stands_at_the_bank_is_not_replaced(
    con: Connection, amounts: tuple[str, ...], *, is_linked: bool
) -> None:
    refund(con, "R1", 0, is_returned=True, trace_key="T1")
    refund(con, "R2", 9)
    for amount in amounts:
        put(con, "entries.bank_credits", credit_key=amount, amount_usd=Decimal(amount), trace_key="T1")
    assert bool(links(con)) is is_linked
