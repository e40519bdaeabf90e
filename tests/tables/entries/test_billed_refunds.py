"""Which diverted refunds are named by bills, and what those come to, in `entries.billed_refunds`.

Belongs here: which bills count. Does not belong here: what they support (`refund_offsets`, `refund_total_bases`).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def bill(con: Connection, amount: str, number: str = "B1", load: int = 2, **columns: Any) -> None:
    given = {"refund_number": "R1", "bill_number": number, "amount_usd": Decimal(amount), **columns}
    put(con, "ace.bills", load_id=f"{load:064}", **given)


def billed(con: Connection, **refund: Any) -> list[tuple[Any, ...]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    for load in (2, 3):
        put_load(con, load, "BILLS")
    given = {"refund_number": "R1", "rev603_usd": Decimal("104.00"), "is_said_diverted": True, **refund}
    put(con, "entries.reported_refunds", **given)
    assert broken_promises(con, "entries.billed_refunds") == []
    return [(row["bill_usd"], row["bill_numbers"]) for row in rows_of(con, "entries.billed_refunds")]


def test_bills_of_one_refund_add_up(con: Connection) -> None:
    bill(con, "30.00", "B2")
    bill(con, "20.00", "B1")
    assert billed(con) == [(Decimal("50.00"), ["B1", "B2"])]


def test_a_bill_in_two_files_is_one_bill_at_its_highest_amount(con: Connection) -> None:
    bill(con, "30.00", load=2)
    bill(con, "25.00", load=3)
    assert billed(con) == [(Decimal("30.00"), ["B1"])]


@pytest.mark.parametrize(
    ("columns", "is_counted"),
    [
        ({"bill_date": AS_OF}, True), ({"bill_date": AS_OF + timedelta(days=1)}, False), ({"bill_date": None}, True),
        ({"bill_status": "Cancelled"}, False), ({"bill_status": "void"}, False), ({"bill_status": "Paid"}, True),
    ],
)  # fmt: skip
def test_a_cancelled_bill_or_one_of_a_later_day_does_not_count(
    con: Connection, columns: dict[str, date | str | None], *, is_counted: bool
) -> None:
    bill(con, "30.00", **columns)
    assert billed(con) == ([(Decimal("30.00"), ["B1"])] if is_counted else [])


def test_a_refund_that_is_not_said_diverted_is_not_billed(con: Connection) -> None:
    bill(con, "30.00")
    assert billed(con, is_said_diverted=False) == []


@pytest.mark.parametrize(("interest", "expected"), [(Decimal("4.00"), Decimal("104.00")), (None, None)])
def test_what_es022_comes_to_is_unknown_where_one_part_is(
    con: Connection, interest: Decimal | None, expected: Decimal | None
) -> None:
    put(con, "entries.refunded_entries", refund_number="R1", principal_usd=Decimal("100.00"), interest_usd=interest)
    bill(con, "30.00")
    billed(con)
    (row,) = rows_of(con, "entries.billed_refunds")
    assert row["es022_usd"] == expected
