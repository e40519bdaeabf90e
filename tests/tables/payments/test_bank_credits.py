"""payments.bank_credits: every line at the bank is accounted for, and what is not explained is listed."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
ACCOUNTED, CASH = "every_line_is_accounted_for", "what_is_explained_is_the_cash_of_refunds"


def line(con: Connection, key: str, amount: str, **columns: Any) -> None:
    row = {"value_date": date(2026, 6, 17), "is_cbp": True, "credit_count": 1, **columns}
    put(con, "entries.bank_credits", credit_key=key, amount_usd=Decimal(amount), **row)


def match(con: Connection, key: str, number: str, basis: str = "trace", *, is_certain: bool = True) -> None:
    put(con, "entries.credit_matches", credit_key=key, refund_number=number, match_basis=basis, is_certain=is_certain)


def cash(con: Connection, number: str, deposited: str | None, total: str | None = None) -> None:
    amounts = {"deposited_usd": deposited and Decimal(deposited), "rev603_usd": total and Decimal(total)}
    put(con, "entries.refund_cash", refund_number=number, **amounts)


def told(con: Connection) -> dict[str, dict[str, Any]]:
    assert broken_promises(con, "payments.bank_credits") == []
    build(con, "payments.bank_credits")
    assert broken_claim(con, "payments.bank_credits", ACCOUNTED) == []
    assert broken_claim(con, "payments.bank_credits", CASH) == []
    return {row["credit_key"]: row for row in rows_of(con, "payments.bank_credits")}


def split(row: dict[str, Any]) -> tuple[str, Decimal, Decimal]:
    return row["credit_finding"], row["explained_usd"], row["unexplained_usd"]


def test_a_line_that_is_one_refund_is_explained(con: Connection) -> None:
    line(con, "a", "104.00")
    match(con, "a", "R1", "amount")
    cash(con, "R1", "104.00")
    row = told(con)["a"]
    assert split(row) == ("one_refund", Decimal("104.00"), Decimal("0.00"))
    assert (row["refund_numbers"], row["candidate_refunds"], row["match_basis"]) == (["R1"], [], "amount")


def test_one_refund_in_several_credits_explains_each(con: Connection) -> None:
    for key, amount in (("a", "100.00"), ("b", "4.00")):
        line(con, key, amount)
        match(con, key, "R1", "principal_and_interest")
    cash(con, "R1", "104.00")
    rows = told(con)
    assert split(rows["a"]) == ("part_of_refund", Decimal("100.00"), Decimal("0.00"))
    assert split(rows["b"]) == ("part_of_refund", Decimal("4.00"), Decimal("0.00"))


def test_equal_lines_of_one_refund_count_each(con: Connection) -> None:
    line(con, "a", "52.00", credit_count=2)
    match(con, "a", "R1")
    cash(con, "R1", "104.00")
    row = told(con)["a"]
    assert split(row) == ("part_of_refund", Decimal("104.00"), Decimal("0.00"))
    assert row["credit_total_usd"] == Decimal("104.00")


def test_several_refunds_in_one_credit_are_named(con: Connection) -> None:
    line(con, "a", "154.00")
    for number, amount in (("R2", "50.00"), ("R1", "104.00")):
        match(con, "a", number, "two_refunds")
        cash(con, number, amount)
    row = told(con)["a"]
    assert split(row) == ("several_refunds", Decimal("154.00"), Decimal("0.00"))
    assert row["refund_numbers"] == ["R1", "R2"]


def test_a_credit_that_fits_several_refunds_is_listed_with_them_and_explains_nothing(con: Connection) -> None:
    line(con, "a", "104.00")
    for number in ("R2", "R1"):
        match(con, "a", number, "amount", is_certain=False)
        cash(con, number, None, "104.00")
    row = told(con)["a"]
    assert split(row) == ("ambiguous", Decimal("0.00"), Decimal("104.00"))
    assert (row["refund_numbers"], row["candidate_refunds"], row["match_basis"]) == ([], ["R1", "R2"], None)


def test_an_unmatched_credit_is_listed_with_refunds_of_its_amount_on_any_day(con: Connection) -> None:
    line(con, "a", "104.00")
    line(con, "b", "9.00")
    cash(con, "R1", None, "104.00")
    cash(con, "R2", "104.00", "104.00")
    line(con, "c", "104.00", trace_key="T")
    match(con, "c", "R2")
    rows = told(con)
    assert split(rows["a"]) == ("unmatched", Decimal("0.00"), Decimal("104.00"))
    assert (rows["a"]["candidate_refunds"], rows["b"]["candidate_refunds"]) == (["R1"], [])


def test_lines_of_others_and_debits_that_take_back_nothing_are_counted_apart(con: Connection) -> None:
    line(con, "a", "18450.00", is_cbp=False)
    line(con, "b", "-35.00", is_cbp=False)
    line(con, "c", "-900.00")
    rows = told(con)
    assert [split(rows[key]) for key in "abc"] == [("not_cbp", 0, 0), ("not_cbp", 0, 0), ("other_debit", 0, 0)]


@pytest.mark.parametrize("is_owned", [True, False])
def test_a_credit_taken_back_within_its_trace_is_reversed(con: Connection, *, is_owned: bool) -> None:
    for key, amount in (("a", "104.00"), ("b", "-104.00")):
        line(con, key, amount, trace_key="T1")
        if is_owned:
            match(con, key, "R1")
    cash(con, "R1", "0.00" if is_owned else None, "104.00")
    rows = told(con)
    assert split(rows["a"]) == ("reversed", Decimal("104.00"), Decimal("0.00"))
    assert split(rows["b"]) == ("reversed", Decimal("-104.00"), Decimal("0.00"))


def test_what_a_debit_takes_back_in_part_stays_open_with_its_sign(con: Connection) -> None:
    line(con, "a", "104.00", trace_key="T1")
    line(con, "b", "-4.00", trace_key="T1")
    rows = told(con)
    assert [split(rows[key])[::2] for key in "ab"] == [
        ("unmatched", Decimal("104.00")),
        ("unmatched", Decimal("-4.00")),
    ]


def test_without_a_bank_file_there_is_nothing_to_account_for(con: Connection) -> None:
    assert told(con) == {}


@pytest.mark.parametrize(
    "change", ["explained_usd = explained_usd + 0.01", "unexplained_usd = 1", "credit_total_usd = 1"]
)
def test_the_claim_fires_when_a_line_is_a_cent_off(con: Connection, change: str) -> None:
    line(con, "a", "104.00")
    build(con, "payments.bank_credits")
    con.execute(f"update payments.bank_credits set {change}")
    assert len(broken_claim(con, "payments.bank_credits", ACCOUNTED)) == 1


def test_the_claim_fires_when_a_line_is_lost(con: Connection) -> None:
    build(con, "payments.bank_credits")
    line(con, "a", "104.00")
    assert len(broken_claim(con, "payments.bank_credits", ACCOUNTED)) == 1


def test_the_claim_fires_when_refunds_have_other_cash_than_lines_explain(con: Connection) -> None:
    cash(con, "R1", "104.00")
    build(con, "payments.bank_credits")
    (row,) = broken_claim(con, "payments.bank_credits", CASH)
    assert (row["explained_usd"], row["deposited_usd"]) == (0, Decimal("104.00"))


@pytest.mark.parametrize(
    ("amount", "finding"), [("-0.01", "other_debit"), ("0.00", "unmatched"), ("0.01", "unmatched")]
)
def test_a_debit_takes_money_back_and_a_line_of_nothing_is_none(con: Connection, amount: str, finding: str) -> None:
    line(con, "a", amount)
    unexplained = Decimal(amount) if finding == "unmatched" else Decimal("0.00")
    assert split(told(con)["a"]) == (finding, Decimal("0.00"), unexplained)
