"""reports.receivable_receipts: a refund's cash falls on its entries whole and in proportion, or on none."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tables import empty_tables, put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build
from tests.tables.reports.books import entry_of, usd

Connection = duckdb.DuckDBPyConnection


def put_refund(con: Connection, deposited: str, *amounts: tuple[str | None, str | None], diverted: str = "0") -> None:
    put(
        con,
        "payments.rev603_reconciliation",
        reconciliation_key="R1",
        refund_number="R1",
        deposited_usd=usd(deposited),
        diverted_usd=usd(diverted),
        bank_value_date=date(2026, 7, 1),
    )
    for n, (principal, interest) in enumerate(amounts, 1):
        put(
            con,
            "payments.entry_refunds",
            entry_number=entry_of(n),
            refund_number="R1",
            refund_key="R1",
            cbp_principal_usd=usd(principal),
            cbp_interest_usd=usd(interest),
        )


def received(con: Connection) -> list[tuple[str, str]]:
    rows = rows_of(con, "reports.receivable_receipts")
    assert broken_promises(con, "reports.receivable_receipts") == []
    build(con, "reports.receivable_receipts")
    assert broken_claim(con, "reports.receivable_receipts", "hold_a_refunds_cash_whole_or_not_at_all") == []
    return [(str(row["received_principal_usd"]), str(row["received_interest_usd"])) for row in rows]


def test_without_a_refund_nothing_came_in(con: Connection) -> None:
    assert received(con) == []


def test_cash_that_equals_the_refund_falls_on_each_entry_as_cbp_states_it(con: Connection) -> None:
    put_refund(con, "212.34", ("100.00", "4.34"), ("100.00", "8.00"))
    assert received(con) == [("100.00", "4.34"), ("100.00", "8.00")]


def test_cash_below_the_refund_is_shared_in_proportion_with_the_last_cent_on_the_largest_remainder(
    con: Connection,
) -> None:
    put_refund(con, "100.00", ("100.00", "0.00"), ("100.00", "0.00"), ("100.00", "0.00"))
    assert received(con) == [("33.34", "0.00"), ("33.33", "0.00"), ("33.33", "0.00")]


def test_what_a_bill_shows_as_diverted_stands_apart_from_the_cash(con: Connection) -> None:
    put_refund(con, "60.00", ("80.00", "20.00"), diverted="40.00")
    (row,) = rows_of(con, "reports.receivable_receipts")
    assert (row["received_principal_usd"], row["received_interest_usd"]) == (Decimal("48.00"), Decimal("12.00"))
    assert (row["offset_principal_usd"], row["offset_interest_usd"]) == (Decimal("32.00"), Decimal("8.00"))


def test_a_refund_without_cash_shows_nothing(con: Connection) -> None:
    put_refund(con, "0", ("100.00", "4.34"))
    assert received(con) == []


def test_cash_of_a_refund_with_one_unknown_amount_falls_on_no_entry(con: Connection) -> None:
    put_refund(con, "212.34", ("100.00", "4.34"), ("100.00", None))
    assert received(con) == []


def test_cash_of_a_refund_whose_entries_no_report_names_falls_on_no_entry(con: Connection) -> None:
    put_refund(con, "212.34")
    assert received(con) == []


def test_cash_that_was_taken_back_beyond_what_came_is_negative(con: Connection) -> None:
    put_refund(con, "-10.00", ("100.00", "0.00"))
    assert received(con) == [("-10.00", "0.00")]


amounts = st.integers(0, 10**12)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6), amounts, amounts)
def test_no_cent_is_lost_whatever_was_paid(parts: list[tuple[int, int]], deposited: int, diverted: int) -> None:
    def cents(n: int) -> str:
        return str(Decimal(n) / 100)

    with empty_tables() as con:
        told: list[Any] = [(cents(principal), cents(interest)) for principal, interest in parts]
        put_refund(con, cents(deposited), *told, diverted=cents(diverted))
        received(con)
        rows = rows_of(con, "reports.receivable_receipts")
        if sum(map(sum, parts)) and (deposited or diverted):
            assert sum(row["received_principal_usd"] + row["received_interest_usd"] for row in rows) == usd(
                cents(deposited)
            )
