"""Credits and debits at the bank in `entries.bank_credits`, once however many files repeat them.

Belongs here: overlapping files, equal credits, traces, later days. Does not belong here: which refund a credit pays.
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


def credit(con: Connection, load_id: str, **columns: Any) -> None:
    line = {"value_date": date(2026, 7, 10), "amount_usd": Decimal("104.00"), "trace_number": "T1", **columns}
    put(con, "ace.bank_deposits", load_id=load_id, **line)


def told(con: Connection) -> list[dict[str, Any]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    assert broken_promises(con, "entries.bank_credits") == []
    return rows_of(con, "entries.bank_credits")


@pytest.mark.parametrize(("counts", "expected"), [((1,), 1), ((2,), 2), ((1, 1), 1), ((2, 1), 2), ((1, 2, 2), 2)])
def test_of_equal_credits_there_are_as_many_as_in_the_file_that_has_most(
    con: Connection, counts: tuple[int, ...], expected: int
) -> None:
    for number, count in enumerate(counts, start=1):
        load_id = put_load(con, number, "BANK")
        for _ in range(count):
            credit(con, load_id)
    (row,) = told(con)
    assert (row["credit_count"], row["amount_usd"]) == (expected, Decimal("104.00"))


@pytest.mark.parametrize(
    "change",
    [
        {"value_date": date(2026, 7, 11)}, {"amount_usd": Decimal("104.01")}, {"amount_usd": Decimal("-104.00")},
        {"trace_number": "T2"}, {"trace_number": None}, {"account_last_four": "1234"},
    ],
)  # fmt: skip
def test_lines_that_differ_in_account_day_amount_or_trace_are_two(con: Connection, change: dict[str, Any]) -> None:
    load_id = put_load(con, 1, "BANK")
    credit(con, load_id)
    credit(con, load_id, **change)
    rows = told(con)
    assert [row["credit_count"] for row in rows] == [1, 1]
    assert len({row["credit_key"] for row in rows}) == 2


def test_another_description_is_no_other_credit(con: Connection) -> None:
    credit(con, put_load(con, 1, "BANK"), description="ACH CREDIT CBP")
    credit(con, put_load(con, 2, "BANK"), description="ACH CREDIT  CBP REFUND")
    (row,) = told(con)
    assert row["credit_count"] == 1


@pytest.mark.parametrize("repeated", ["0001-2345 67", "1234567", "00 1234567"])
def test_separators_and_lost_leading_zeros_do_not_make_another_trace(con: Connection, repeated: str) -> None:
    credit(con, put_load(con, 1, "BANK"), trace_number="0001234567")
    credit(con, put_load(con, 2, "BANK"), trace_number=repeated)
    (row,) = told(con)
    assert row["trace_key"] == "1234567"


@pytest.mark.parametrize("trace", [None, "", " - ", "0000"])
def test_a_trace_without_a_sign_is_none(con: Connection, trace: str | None) -> None:
    credit(con, put_load(con, 1, "BANK"), trace_number=trace)
    (row,) = told(con)
    assert row["trace_key"] is None


@pytest.mark.parametrize(("days_ago", "is_seen"), [(0, True), (-1, False)])
def test_a_credit_after_the_day_is_not_seen(con: Connection, days_ago: int, *, is_seen: bool) -> None:
    credit(con, put_load(con, 1, "BANK"), value_date=AS_OF - timedelta(days=days_ago))
    assert bool(told(con)) is is_seen


@pytest.mark.parametrize(
    ("description", "is_cbp"),
    [
        ("CBP REFUND", True), ("us customs", True), ("US TREAS 310", True), ("IEEPA", True), (None, True),
        ("PAYROLL", False), ("", False),
    ],
)  # fmt: skip
def test_a_line_whose_description_is_of_somebody_else_is_not_cbps(
    con: Connection, description: str | None, *, is_cbp: bool
) -> None:
    credit(con, put_load(con, 1, "BANK"), description=description)
    (row,) = told(con)
    assert row["is_cbp"] is is_cbp


def test_a_file_that_may_not_be_read_tells_nothing(con: Connection) -> None:
    credit(con, "9" * 64)
    assert told(con) == []
