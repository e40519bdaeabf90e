"""reports.receivable_entries: one stage for every entry, from its status, its refund and its cash."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.booked import put_book_term, put_growth
from tests.tables.refunds.rates import put_published_rates
from tests.tables.reports.books import entry_of, put_entry, put_receipt

Connection = duckdb.DuckDBPyConnection


def only(con: Connection) -> dict[str, Any]:
    (row,) = rows_of(con, "reports.receivable_entries")
    assert broken_promises(con, "reports.receivable_entries") == []
    build(con, "reports.receivable_entries")
    return row


def put_interest(con: Connection, principal: str, **terms: Any) -> None:
    put_published_rates(con)
    put_book_term(con, principal_usd=Decimal(principal), **terms)
    put_growth(con)


@pytest.mark.parametrize(
    ("status", "path", "stage"),
    [
        ("accepted", "await_refund", "accepted"),
        ("eligible", "file_cape", "eligible_unfiled"),
        ("eligible_paid_on_liquidation", "file_cape", "eligible_unfiled"),
        ("ineligible", "file_protest", "protest_or_court"),
        ("ineligible", "court", "protest_or_court"),
        ("ineligible", "await_protest", "protest_or_court"),
        ("ineligible", "withdraw_protest_then_cape", "protest_or_court"),
        ("ineligible", "await_refund", "protest_or_court"),
        ("ineligible", "await_phase", "doubtful"),
        ("ineligible", "await_liquidation", "doubtful"),
        ("ineligible", "fix_and_refile", "doubtful"),
        ("ineligible", "manual_review", "doubtful"),
        ("review", "manual_review", "doubtful"),
        ("review", "file_recon_first", "doubtful"),
        ("review", "await_refund", "doubtful"),
        ("ineligible", "none", "none"),
        ("no_ieepa", "none", "none"),
        ("refunded", "none", "none"),
    ],
)
def test_without_a_refund_the_stage_follows_from_status_and_path(
    con: Connection, status: str, path: str, stage: str
) -> None:
    put_entry(con, cape_status=status, recommended_path=path)
    assert only(con)["stage"] == stage


@pytest.mark.parametrize(
    ("path", "is_settled", "received", "stage"),
    [
        ("await_refund", False, None, "certified"),
        ("none", True, "1000.00", "cash"),
        ("manual_review", True, "1000.00", "cash"),
        ("none", True, None, "certified"),
        ("dispute_refund", False, "400.00", "certified"),
        ("dispute_refund", True, "400.00", "protest_or_court"),
    ],
)
def test_a_refund_is_certified_until_its_cash_settles_it(
    con: Connection,
    path: str,
    is_settled: bool,  # noqa: FBT001
    received: str | None,
    stage: str,
) -> None:
    put_entry(con, cape_status="refunded", recommended_path=path, refund_number="R1", is_cash_settled=is_settled)
    if received:
        put_receipt(con, 1, received_principal_usd=received)
    assert only(con)["stage"] == stage


def test_interest_is_that_up_to_the_day_and_the_range_stands_beside_the_certain_principal(con: Connection) -> None:
    put_entry(con, refund_principal_high_usd=Decimal("1300.00"))
    put(con, "lines.entry_amounts", entry_number=entry_of(1), rests_on_assumption_usd=Decimal("250.00"))
    put_interest(con, "1000.00", accrued_through_date=date(2026, 7, 20), rate_class_high="noncorporate")
    row = only(con)
    assert (row["principal_usd"], row["principal_high_usd"]) == (Decimal("1000.00"), Decimal("1300.00"))
    assert (row["range_above_low_usd"], row["rests_on_assumption_usd"]) == (Decimal("300.00"), Decimal("250.00"))
    assert row["accrued_interest_usd"] < row["accrued_interest_high_usd"]
    assert (row["open_principal_usd"], row["open_interest_usd"]) == (Decimal("1000.00"), row["accrued_interest_usd"])


def test_an_unknown_principal_is_unknown_and_not_in_the_books(con: Connection) -> None:
    put_entry(con, refund_principal_usd=None, refund_principal_high_usd=None, cape_status="accepted")
    row = only(con)
    names = ("principal_usd", "range_above_low_usd", "accrued_interest_usd", "open_principal_usd", "open_interest_usd")
    assert {row[name] for name in names} == {None}
    assert row["interest_unknown_reason"] == "principal_unknown"
    assert not row["is_recognised"]


def test_unknown_interest_is_unknown_and_never_nothing(con: Connection) -> None:
    put_entry(con)
    put_interest(con, "1000.00", deposit_date=None)
    row = only(con)
    assert (row["accrued_interest_usd"], row["open_interest_usd"]) == (None, None)
    assert row["interest_unknown_reason"] == "deposit_date_unknown"
    assert row["is_recognised"]


def test_without_principal_nothing_accrues_and_nothing_is_unknown(con: Connection) -> None:
    put_entry(con, refund_principal_usd=Decimal("0.00"), refund_principal_high_usd=Decimal("50.00"))
    row = only(con)
    assert (row["accrued_interest_usd"], row["interest_unknown_reason"]) == (0, None)
    assert row["range_above_low_usd"] == Decimal("50.00")


def test_cash_settles_an_entry_at_what_came_in(con: Connection) -> None:
    put_entry(con, cape_status="refunded", recommended_path="none", refund_number="R1", is_cash_settled=True)
    put_interest(con, "1000.00")
    put_receipt(con, 1, received_principal_usd="1000.00", received_interest_usd="60.00")
    row = only(con)
    assert (row["recognised_principal_usd"], row["recognised_interest_usd"]) == (Decimal("1000.00"), Decimal("60.00"))
    assert (row["open_principal_usd"], row["open_interest_usd"]) == (0, 0)
    assert row["range_above_low_usd"] == 0


def test_a_short_payment_leaves_the_rest_open(con: Connection) -> None:
    put_entry(con, cape_status="refunded", recommended_path="dispute_refund", refund_number="R1")
    put_receipt(con, 1, received_principal_usd="400.00", offset_principal_usd="100.00")
    assert only(con)["open_principal_usd"] == Decimal("500.00")


@pytest.mark.parametrize(("high", "stage"), [("19.00", "doubtful"), ("20.00", "eligible_unfiled")])
def test_under_twenty_dollars_with_interest_an_unliquidated_formal_entry_is_doubtful(
    con: Connection, high: str, stage: str
) -> None:
    amount = Decimal(high)
    put_entry(con, refund_principal_usd=amount, refund_principal_high_usd=amount, net_under_20="unknown")
    put_interest(con, high, accrued_through_date=date(2025, 6, 15))
    assert only(con)["stage"] == stage


def test_the_interest_may_lift_it_over_the_twenty_dollars(con: Connection) -> None:
    amount = Decimal("19.50")
    put_entry(con, refund_principal_usd=amount, refund_principal_high_usd=amount, net_under_20="unknown")
    put_interest(con, "19.50")
    row = only(con)
    assert row["accrued_interest_usd"] > Decimal("0.50")
    assert row["stage"] == "eligible_unfiled"


def test_where_the_rule_passes_a_small_amount_is_not_doubtful(con: Connection) -> None:
    put_entry(con, refund_principal_usd=Decimal("5.00"), refund_principal_high_usd=Decimal("5.00"), net_under_20="pass")
    assert only(con)["stage"] == "eligible_unfiled"
