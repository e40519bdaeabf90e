"""Which bank line pays which refund, in `entries.credit_matches`: by trace, else by money and days, and never a guess.

Belongs here: what is found, what is a candidate, what is not sought. Does not belong here: the sums that follow.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
DAY = date(2026, 6, 15)


def refund(con: Connection, number: str, total: str | None, days: int = 0, **columns: Any) -> None:
    row = {
        "payee_key": "P",
        "refund_date": DAY + timedelta(days=days),
        "rev603_usd": total and Decimal(total),
        **columns,
    }
    put(con, "entries.reported_refunds", refund_number=number, **row)


def parts(con: Connection, number: str, principal: str, interest: str) -> None:
    """Its entry in ES-022."""
    amounts = {"principal_usd": Decimal(principal), "interest_usd": Decimal(interest)}
    put(con, "entries.refunded_entries", refund_number=number, **amounts)


def credit(con: Connection, key: str, amount: str, days: int = 2, **columns: Any) -> None:
    row = {"value_date": DAY + timedelta(days=days), "is_cbp": True, "credit_count": 1, **columns}
    put(con, "entries.bank_credits", credit_key=key, amount_usd=Decimal(amount), **row)


def found(con: Connection) -> dict[tuple[str, str], tuple[str, bool]]:
    assert broken_promises(con, "entries.credit_matches") == []
    rows = rows_of(con, "entries.credit_matches")
    return {(row["credit_key"], row["refund_number"]): (row["match_basis"], row["is_certain"]) for row in rows}


# ---- traces -------------------------------------------------------------------------------------------------------


def test_the_trace_ties_a_line_to_its_refund_whatever_the_amount_the_day_and_the_payer(con: Connection) -> None:
    refund(con, "R1", "104.00", trace_key="T1")
    credit(con, "a", "60.00", 40, trace_key="T1", is_cbp=False)
    credit(con, "b", "-3.00", trace_key="T1")
    assert found(con) == {("a", "R1"): ("trace", True), ("b", "R1"): ("trace", True)}


@pytest.mark.parametrize(("second", "is_certain"), [("46.00", True), ("46.01", False), (None, False)])
def test_refunds_of_one_trace_share_its_lines_only_where_these_sum_to_them(
    con: Connection, second: str | None, *, is_certain: bool
) -> None:
    refund(con, "R1", "104.00", trace_key="T1")
    refund(con, "R2", second, trace_key="T1")
    credit(con, "a", "100.00", trace_key="T1")
    credit(con, "b", "50.00", trace_key="T1")
    assert found(con) == {
        (line, number): ("shared_trace", is_certain) for line in ("a", "b") for number in ("R1", "R2")
    }


def test_a_refund_whose_trace_stands_at_the_bank_takes_no_other_line(con: Connection) -> None:
    refund(con, "R1", "104.00", trace_key="T1")
    credit(con, "a", "1.00", trace_key="T1")
    credit(con, "b", "104.00")
    assert found(con) == {("a", "R1"): ("trace", True)}


@pytest.mark.parametrize(
    ("of_refund", "of_line", "is_found"),
    [(None, None, True), ("T1", None, True), (None, "T9", True), ("T1", "T9", False)],
)
def test_two_different_traces_are_never_one_payment(
    con: Connection, of_refund: str | None, of_line: str | None, *, is_found: bool
) -> None:
    refund(con, "R1", "104.00", trace_key=of_refund)
    credit(con, "a", "104.00", trace_key=of_line)
    assert bool(found(con)) is is_found


# ---- one refund ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "is_found"), [(-2, False), (-1, True), (0, True), (14, True), (15, False)])
def test_a_line_is_sought_from_the_day_before_the_refund_date_to_14_days_after_it(
    con: Connection, days: int, *, is_found: bool
) -> None:
    refund(con, "R1", "104.00")
    credit(con, "a", "104.00", days)
    assert found(con) == ({("a", "R1"): ("amount", True)} if is_found else {})


@pytest.mark.parametrize("change", [{"is_cbp": False}, {"amount": "104.01"}, {"amount": "-104.00"}])
def test_another_payers_line_another_amount_and_a_debit_are_not_it(con: Connection, change: dict[str, Any]) -> None:
    refund(con, "R1", "104.00")
    credit(con, "a", **{"amount": "104.00", **change})
    assert found(con) == {}


@pytest.mark.parametrize("missing", [{"refund_date": None}, {"rev603_usd": None}, {"rev603_usd": Decimal(0)}])
def test_a_refund_without_a_date_or_an_amount_is_sought_by_trace_only(con: Connection, missing: dict[str, Any]) -> None:
    refund(con, "R1", "104.00", **missing)
    credit(con, "a", "104.00")
    assert found(con) == {}


def test_principal_and_interest_are_found_as_two_lines(con: Connection) -> None:
    refund(con, "R1", "104.00")
    parts(con, "R1", "100.00", "4.00")
    credit(con, "a", "100.00", 1)
    credit(con, "b", "4.00", 3)
    assert found(con) == {(line, "R1"): ("principal_and_interest", True) for line in ("a", "b")}


@pytest.mark.parametrize(
    ("total", "principal", "interest"),
    [("104.01", "100.00", "4.00"), ("104.00", "100.01", "3.99"), ("104.00", "104.00", "0.00")],
)
def test_two_lines_that_are_not_its_principal_and_interest_are_not_it(
    con: Connection, total: str, principal: str, interest: str
) -> None:
    refund(con, "R1", total)
    parts(con, "R1", principal, interest)
    credit(con, "a", "100.00")
    credit(con, "b", "4.00")
    assert found(con) == {}


@pytest.mark.parametrize(
    ("total", "second", "days", "is_found"),
    [
        ("150000000.00", "50000000.01", 2, True), ("150000000.00", "50000000.01", 3, False),
        ("150000000.00", "50000000.02", 2, False),
    ],
)  # fmt: skip
def test_a_refund_too_large_for_one_ach_credit_is_found_in_the_pieces_of_one_day(
    con: Connection, total: str, second: str, days: int, *, is_found: bool
) -> None:
    refund(con, "R1", total)
    credit(con, "a", "99999999.99")
    credit(con, "b", second, days)
    assert found(con) == ({(line, "R1"): ("pieces_of_one_day", True) for line in ("a", "b")} if is_found else {})


def test_a_refund_that_one_credit_can_hold_is_not_pieced_together(con: Connection) -> None:
    refund(con, "R1", "99999999.99")
    credit(con, "a", "99999990.00")
    credit(con, "b", "9.99")
    assert found(con) == {}


# ---- several refunds ----------------------------------------------------------------------------------------------


def test_one_line_may_be_all_refunds_of_a_payee_and_refund_date(con: Connection) -> None:
    for number, total in (("R1", "10.00"), ("R2", "20.00"), ("R3", "40.00")):
        refund(con, number, total)
    refund(con, "R4", "80.00", payee_key="Q")
    credit(con, "a", "70.00")
    assert found(con) == {("a", number): ("payee_and_refund_date", True) for number in ("R1", "R2", "R3")}


@pytest.mark.parametrize(
    ("days", "payee", "is_found"), [(0, "P", True), (3, "P", True), (4, "P", False), (0, "Q", False), (0, None, False)]
)
def test_one_line_may_be_two_refunds_of_a_payee_at_most_three_days_apart(
    con: Connection, days: int, payee: str | None, *, is_found: bool
) -> None:
    refund(con, "R1", "10.00")
    refund(con, "R2", "20.00", days, payee_key=payee)
    credit(con, "a", "30.00", 6)
    basis = "payee_and_refund_date" if days == 0 else "two_refunds"
    assert found(con) == ({("a", number): (basis, True) for number in ("R1", "R2")} if is_found else {})


def test_two_of_three_refunds_of_a_day_are_found_too(con: Connection) -> None:
    for number, total in (("R1", "10.00"), ("R2", "20.00"), ("R3", "40.00")):
        refund(con, number, total)
    credit(con, "a", "50.00")
    assert found(con) == {("a", number): ("two_refunds", True) for number in ("R1", "R3")}


def test_pairs_are_not_sought_among_more_than_40_refunds_of_a_payee_and_day(con: Connection) -> None:
    for n in range(41):
        refund(con, f"R{n}", str(1000 + 2**0 * n * n))
    credit(con, "a", str(1000 + 1 + 1000 + 4))
    assert found(con) == {}


# ---- never a guess ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refunds", "lines"), [(("R1",), ("a", "b")), (("R1", "R2"), ("a",)), (("R1", "R2"), ("a", "b"))]
)
def test_what_fits_more_than_once_is_a_candidate_for_all(
    con: Connection, refunds: tuple[str, ...], lines: tuple[str, ...]
) -> None:
    for number in refunds:
        refund(con, number, "104.00", payee_key=number)
    for line in lines:
        credit(con, line, "104.00")
    assert found(con) == {(line, number): ("amount", False) for line in lines for number in refunds}


def test_two_equal_lines_are_two_and_fit_one_refund_twice(con: Connection) -> None:
    refund(con, "R1", "104.00")
    credit(con, "a", "104.00", credit_count=2)
    assert found(con) == {("a", "R1"): ("amount", False)}


def test_one_line_that_is_one_refund_or_the_sum_of_two_is_neither(con: Connection) -> None:
    refund(con, "R1", "10.00")
    refund(con, "R2", "20.00")
    refund(con, "R3", "30.00", payee_key="Q")
    credit(con, "a", "30.00")
    assert {certain for _, certain in found(con).values()} == {False}
    assert {number for _, number in found(con)} == {"R1", "R2", "R3"}


# ---- reversals, reissues, bills -----------------------------------------------------------------------------------


def test_what_a_debit_leaves_of_a_trace_that_no_refund_names_is_one_amount(con: Connection) -> None:
    refund(con, "R1", "104.00")
    credit(con, "a", "154.00", trace_key="T9")
    credit(con, "b", "-50.00", trace_key="T9")
    assert found(con) == {(line, "R1"): ("amount", True) for line in ("a", "b")}


def test_a_credit_taken_back_wholly_pays_nothing(con: Connection) -> None:
    refund(con, "R1", "104.00")
    credit(con, "a", "104.00", trace_key="T9")
    credit(con, "b", "-104.00", trace_key="T9")
    assert found(con) == {}


def test_a_refund_that_was_issued_again_is_sought_no_more(con: Connection) -> None:
    refund(con, "R1", "104.00")
    refund(con, "R2", "104.00", 5)
    put(con, "entries.refund_chains", refund_number="R1", reissued_as="R2", last_refund_number="R2")
    credit(con, "a", "104.00", 7)
    assert found(con) == {("a", "R2"): ("amount", True)}


def test_of_a_diverted_refund_the_total_less_its_bills_is_sought(con: Connection) -> None:
    refund(con, "R1", "104.00")
    put(con, "entries.refund_offsets", refund_number="R1", diverted_usd=Decimal("30.00"))
    credit(con, "a", "74.00")
    assert found(con) == {("a", "R1"): ("amount", True)}
