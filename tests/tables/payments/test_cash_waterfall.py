"""payments.cash_waterfall: the steps over all refunds that count close, for every payee and in all."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
CLAIM = "closes_for_every_payee_and_in_all"
STEPS = {
    "expected_usd": "100.00", "expected_principal_usd": "96.00", "expected_interest_usd": "4.00",
    "entry_variance_usd": "0.00", "es022_usd": "100.00", "consolidation_variance_usd": "0.00", "rev603_usd": "100.00",
    "deposited_usd": "100.00", "unexplained_usd": "0.00",
}  # fmt: skip


def put_refund(con: Connection, number: str, *, is_counted: bool = True, **changes: Any) -> None:
    """A refund of 100.00 that came to the cent; changed as told."""
    steps = {name: value and Decimal(value) for name, value in {**STEPS, **changes}.items() if name != "payee_number"}
    put(
        con,
        "payments.rev603_reconciliation",
        reconciliation_key=number,
        refund_number=number,
        payee_number=changes.get("payee_number", "P"),
        is_counted=is_counted,
        **steps,
    )


def made(con: Connection) -> dict[str, dict[str, Any]]:
    assert broken_promises(con, "payments.cash_waterfall") == []
    build(con, "payments.cash_waterfall")
    assert broken_claim(con, "payments.cash_waterfall", CLAIM) == []
    return {row["waterfall_of"]: row for row in rows_of(con, "payments.cash_waterfall")}


def test_every_payee_and_all_of_them_have_a_row(con: Connection) -> None:
    put_refund(con, "R1")
    put_refund(con, "R2", payee_number="Q", deposited_usd="90.00", unexplained_usd="10.00")
    put_refund(con, "R3", payee_number=None)
    rows = made(con)
    assert {name: row["refund_count"] for name, row in rows.items()} == {
        "payee P": 1,
        "payee Q": 1,
        "payee payee unknown": 1,
        "all payees": 3,
    }
    assert (rows["all payees"]["deposited_usd"], rows["all payees"]["unexplained_usd"]) == (Decimal(290), Decimal(10))


def test_a_refund_that_was_issued_again_counts_in_nothing(con: Connection) -> None:
    put_refund(con, "R1", is_counted=False, deposited_usd="0.00", rejected_usd="100.00")
    put_refund(con, "R2")
    row = made(con)["all payees"]
    assert (row["refund_count"], row["rejected_usd"], row["rev603_usd"]) == (1, 0, 100)


def test_what_cannot_be_compared_stands_apart_and_the_steps_close(con: Connection) -> None:
    nothing = {"expected_usd": None, "expected_principal_usd": None, "expected_interest_usd": None}
    put_refund(con, "R1", **nothing, entry_variance_usd=None)
    put_refund(con, "R2", **nothing, entry_variance_usd=None, es022_usd=None, consolidation_variance_usd=None)
    put_refund(con, "R3", rev603_usd=None, consolidation_variance_usd=None, pending_usd="100.00", deposited_usd="0.00")
    row = made(con)["all payees"]
    assert (row["not_expected_usd"], row["not_in_es022_usd"], row["not_in_rev603_usd"]) == (100, 100, 100)
    assert (row["es022_usd"], row["rev603_usd"], row["pending_usd"], row["deposited_usd"]) == (200, 200, 100, 200)


def test_a_refund_of_unknown_amount_is_counted_and_in_no_sum(con: Connection) -> None:
    unknown = dict.fromkeys(STEPS, None) | {"deposited_usd": "0.00"}
    put_refund(con, "R1", **unknown)
    row = made(con)["all payees"]
    assert (row["refund_count"], row["amount_unknown_count"], row["rev603_usd"]) == (1, 1, 0)


def test_without_refunds_there_is_one_empty_way(con: Connection) -> None:
    (row,) = made(con).values()
    assert (row["waterfall_of"], row["refund_count"], row["unexplained_usd"]) == ("all payees", 0, 0)


@pytest.mark.parametrize(
    "step",
    [
        "entry_variance_usd",
        "consolidation_variance_usd",
        "diverted_usd",
        "rejected_usd",
        "pending_usd",
        "deposited_usd",
    ],
)
def test_the_claim_fires_when_a_step_is_a_cent_off(con: Connection, step: str) -> None:
    put_refund(con, "R1")
    made(con)
    con.execute(f"update payments.cash_waterfall set {step} = {step} + 0.01")
    assert len(broken_claim(con, "payments.cash_waterfall", CLAIM)) == 2
