"""payments.entry_refunds: which entry is in which refund, as expected and as CBP reports it."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"
CLAIM = "sum_to_the_reconciliation"


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def put_member(
    con: Connection, entry: str = ENTRY, principal: str | None = "100.00", interest: str | None = "4.00"
) -> None:
    """An accepted entry with what is expected of it."""
    put(con, "entries.case_facts", entry_number=entry, importer_number="12-3456789")
    put(
        con,
        "refunds.batch_entries",
        entry_number=entry,
        claim_number="100000240001",
        payee_number="payee of the batch",
        liquidation_date=date(2026, 6, 6),
        principal_usd=money(principal),
        interest_usd=money(interest),
    )


def put_paid(
    con: Connection, refund: str = "R1", principal: str | None = "100.00", interest: str | None = "4.00", **facts: Any
) -> None:
    """The entry in a refund CBP reports."""
    given = {
        "entry_number": ENTRY,
        "claim_number": "100000240001",
        "payee_number": "payee of the refund",
        "liquidation_date": date(2026, 6, 5),
        "refund_date": date(2026, 7, 1),
        "source_row": 7,
        **facts,
    }
    amounts = {"principal_usd": money(principal), "interest_usd": money(interest)}
    put(con, "entries.refunded_entries", refund_number=refund, **amounts, **given)


def made(con: Connection) -> list[dict[str, Any]]:
    rows = rows_of(con, "payments.entry_refunds")
    assert broken_promises(con, "payments.entry_refunds") == []
    return rows


def test_an_entry_that_agrees_says_so_and_where_the_amounts_stand(con: Connection) -> None:
    put_member(con)
    put_paid(con)
    (row,) = made(con)
    assert (row["refund_number"], row["refund_key"], row["cause"]) == ("R1", "R1", "agrees")
    assert (row["expected_principal_usd"], row["cbp_principal_usd"]) == (Decimal("100.00"), Decimal("100.00"))
    assert (row["principal_variance_usd"], row["interest_variance_usd"]) == (Decimal("0.00"), Decimal("0.00"))
    assert (row["payee_number"], row["liquidation_date"]) == ("payee of the refund", date(2026, 6, 5))
    assert (row["importer_number"], row["source_row"]) == ("12-3456789", 7)


def test_an_accepted_entry_in_no_refund_is_listed_with_what_is_expected(con: Connection) -> None:
    put_member(con)
    (row,) = made(con)
    assert (row["refund_number"], row["refund_key"], row["cause"]) == (None, "none", "not_yet_refunded")
    assert (row["expected_principal_usd"], row["expected_interest_usd"]) == (Decimal("100.00"), Decimal("4.00"))
    assert (row["cbp_principal_usd"], row["principal_variance_usd"], row["load_id"]) == (None, None, None)
    assert (row["payee_number"], row["liquidation_date"]) == ("payee of the batch", date(2026, 6, 6))


@pytest.mark.parametrize(
    ("expected", "paid", "cause"),
    [
        (("100.00", "4.00"), ("99.99", "4.00"), "principal_below_expected"),
        (("100.00", "4.00"), ("100.01", "4.00"), "principal_above_expected"),
        (("100.00", "4.00"), ("100.00", "3.94"), "interest_below_expected"),
        (("100.00", "4.00"), ("100.00", "3.95"), "agrees"),
        (("100.00", "4.00"), ("100.00", "4.05"), "agrees"),
        (("100.00", "4.00"), ("100.00", "4.06"), "interest_above_expected"),
        (("100.00", "4.00"), ("99.99", "4.06"), "principal_below_expected"),
        (("100.00", "4.00"), (None, "4.00"), "cbp_amount_missing"),
        (("100.00", "4.00"), ("100.00", None), "cbp_amount_missing"),
        (("100.00", None), ("100.00", "4.00"), "expected_interest_unknown"),
        (("100.00", None), ("100.01", "4.00"), "principal_above_expected"),
        ((None, None), ("100.00", "4.00"), "no_baseline"),
        ((None, None), (None, None), "no_baseline"),
    ],
)
def test_every_difference_has_its_cause(
    con: Connection,
    expected: tuple[str | None, str | None],
    paid: tuple[str | None, str | None],
    cause: str,
) -> None:
    put_member(con, ENTRY, *expected)
    put_paid(con, "R1", *paid)
    (row,) = made(con)
    assert row["cause"] == cause
    for n, name in enumerate(("principal", "interest")):
        told, due = money(paid[n]), money(expected[n])
        assert row[f"{name}_variance_usd"] == (None if told is None or due is None else told - due)


def test_what_is_expected_of_an_entry_in_two_refunds_counts_in_the_first_of_them(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "40.00", "1.00", refund_date=date(2026, 7, 2))
    put_paid(con, "R2", "60.00", "3.00", refund_date=date(2026, 7, 1))
    put_paid(con, "R0", "0.00", "0.00", refund_date=None)
    rows = {row["refund_number"]: row for row in made(con)}
    assert {number: row["expected_principal_usd"] for number, row in rows.items()} == {
        "R0": Decimal("0.00"),
        "R1": Decimal("0.00"),
        "R2": Decimal("100.00"),
    }
    assert sum(row["expected_interest_usd"] for row in rows.values()) == Decimal("4.00")
    assert sum(row["principal_variance_usd"] for row in rows.values()) == Decimal("0.00")


def test_on_the_same_day_the_lower_refund_number_is_the_first(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R2")
    put_paid(con, "R1")
    first, second = made(con)
    assert (first["expected_principal_usd"], second["expected_principal_usd"]) == (Decimal("100.00"), Decimal("0.00"))


def test_two_claims_of_one_entry_in_one_refund_are_one_row(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "60.00", "3.00", claim_number="100000240001")
    put_paid(con, "R1", "40.00", "1.00", claim_number="100000240002")
    (row,) = made(con)
    assert (row["cbp_principal_usd"], row["cbp_interest_usd"], row["cause"]) == (
        Decimal("100.00"),
        Decimal("4.00"),
        "agrees",
    )
    assert row["claim_number"] == "100000240001"


def test_a_sum_with_a_hole_is_unknown(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "60.00", "3.00", claim_number="100000240001")
    put_paid(con, "R1", None, "1.00", claim_number="100000240002")
    (row,) = made(con)
    assert (row["cbp_principal_usd"], row["cause"]) == (None, "cbp_amount_missing")


# ---- the claim ----------------------------------------------------------------------------------------------------


def put_cash(con: Connection, principal: str | None, interest: str | None, refund: str = "R1") -> None:
    put(
        con,
        "entries.refund_cash",
        refund_number=refund,
        es022_principal_usd=money(principal),
        es022_interest_usd=money(interest),
    )


@pytest.mark.parametrize(
    ("principal", "interest", "holds"),
    [
        ("100.00", "4.00", "yes"),
        ("100.01", "4.00", "no"),
        ("100.00", "3.99", "no"),
        (None, "4.00", "no"),
        ("100.00", None, "no"),
    ],
)
def test_the_claim_fires_when_the_entries_of_a_refund_do_not_sum_to_it(
    con: Connection, principal: str | None, interest: str | None, holds: str
) -> None:
    put_member(con)
    put_paid(con)
    build(con, "payments.entry_refunds")
    put_cash(con, principal, interest)
    assert (broken_claim(con, "payments.entry_refunds", CLAIM) == []) is (holds == "yes")


def test_the_claim_fires_when_all_entries_of_a_refund_are_lost(con: Connection) -> None:
    put_paid(con)
    build(con, "payments.entry_refunds")
    put_cash(con, "100.00", "4.00")
    put_cash(con, None, None, refund="known from REV-603 only")
    (row,) = broken_claim(con, "payments.entry_refunds", CLAIM)
    assert (row["refund_number"], row["entry_principal_usd"]) == ("R1", None)


def test_entries_in_no_refund_do_not_concern_the_claim(con: Connection) -> None:
    put_member(con)
    build(con, "payments.entry_refunds")
    assert broken_claim(con, "payments.entry_refunds", CLAIM) == []
