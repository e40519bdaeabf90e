"""refunds.late_terms: how many whole 30-day periods every entry waited for its money after (re)liquidation."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.interest.late import whole_periods
from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_entry, put_load

Connection = duckdb.DuckDBPyConnection
LIQUIDATED = date(2026, 1, 12)


def put_refund(con: Connection, n: int = 1, number: str = "R1", reported: str | None = None, **cash: Any) -> None:
    """The n-th entry in a refund, liquidated on 12 January 2026; its cash is changed as told."""
    put(
        con,
        "entries.refunded_entries",
        refund_number=number,
        reported_refund_number=reported or number,
        entry_number=entry_number(n),
        claim_number="1",
        liquidation_date=LIQUIDATED,
        principal_usd=Decimal("1000.00"),
        interest_usd=Decimal("50.00"),
    )
    put(
        con,
        "entries.refund_cash",
        **{"refund_number": number, "refund_class": "cape", "match_status": "matched", **cash},
    )


def paid_on(con: Connection, day: date, **cash: Any) -> dict[str, Any]:
    put_entry(con)
    put_refund(con, bank_value_date=day, deposited_usd=Decimal("1050.00"), **cash)
    (row,) = rows_of(con, "refunds.late_terms")
    assert broken_promises(con, "refunds.late_terms") == []
    return row


@pytest.mark.parametrize(("days", "periods"), [(0, 0), (1, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)])
def test_the_period_of_payment_bears_nothing(con: Connection, days: int, periods: int) -> None:
    row = paid_on(con, LIQUIDATED + timedelta(days=days))
    assert (row["days_to_payment"], row["late_periods"], row["late_periods_high"]) == (days, periods, periods)
    assert row["late_end_date"] == row["late_end_high_date"] == LIQUIDATED + timedelta(days=30 * periods)
    assert periods == whole_periods(days)


def test_a_payment_before_the_liquidation_is_not_late(con: Connection) -> None:
    row = paid_on(con, LIQUIDATED - timedelta(days=1))
    assert (row["days_to_payment"], row["late_periods"]) == (0, 0)


def test_the_bank_goes_before_the_refund_date(con: Connection) -> None:
    row = paid_on(con, date(2026, 2, 12), refund_date=date(2026, 2, 10))
    assert (row["payment_date"], row["payment_basis"]) == (date(2026, 2, 12), "bank_value_date")


def test_without_cash_at_the_bank_the_refund_date_is_the_payment(con: Connection) -> None:
    put_entry(con)
    put_refund(con, match_status="pending", refund_date=date(2026, 2, 10))
    (row,) = rows_of(con, "refunds.late_terms")
    assert (row["payment_date"], row["payment_basis"]) == (date(2026, 2, 10), "refund_date")


@pytest.mark.parametrize("cash", [{"match_status": "rejected"}, {"match_status": "pending", "is_returned": True}])
def test_a_rejected_refund_is_not_paid_and_waits_to_the_as_of_day(con: Connection, cash: dict[str, Any]) -> None:
    put_entry(con)
    put_refund(con, refund_date=date(2026, 2, 10), **cash)
    (row,) = rows_of(con, "refunds.late_terms")
    assert (row["payment_date"], row["payment_basis"]) == (None, None)
    assert row["days_to_payment"] == (AS_OF - LIQUIDATED).days


def test_a_credit_that_was_taken_back_wholly_is_no_payment(con: Connection) -> None:
    put_entry(con)
    put_refund(con, bank_value_date=date(2026, 2, 10), deposited_usd=Decimal("0.00"), match_status="rejected")
    (row,) = rows_of(con, "refunds.late_terms")
    assert row["payment_date"] is None


@pytest.mark.parametrize(
    ("rejected", "periods", "excluded"),
    [
        (date(2026, 2, 11), 0, 61),  # 29 days bear
        (date(2026, 2, 12), 0, 60),  # 30
        (date(2026, 2, 13), 1, 59),  # 31: the first day of another period
        (date(2026, 4, 13), 2, 0),
    ],
)
def test_from_the_day_of_rejection_no_day_counts_at_the_low_end_and_every_day_at_the_high_one(
    con: Connection, rejected: date, periods: int, excluded: int
) -> None:
    load_id = put_load(con, 10, "REV-613", "REV-613.csv")
    put(con, "ace.rev613_rejected_refunds", load_id=load_id, refund_number="R0", refund_date=rejected)
    put_entry(con)
    put_refund(con, reported="R0", bank_value_date=date(2026, 4, 12), deposited_usd=Decimal("1050.00"))
    (row,) = rows_of(con, "refunds.late_terms")
    assert row["rejected_since_date"] == rejected
    assert (row["days_to_payment"], row["excluded_days"]) == (90, excluded)
    assert (row["late_periods"], row["late_periods_high"]) == (periods, 2)


def test_an_accepted_entry_that_reliquidated_waits_though_no_refund_is_reported(con: Connection) -> None:
    put_entry(con, 1, is_accepted=True, reliquidation_date=AS_OF - timedelta(days=31))
    put_entry(con, 2, is_accepted=True)
    put_entry(con, 3, reliquidation_date=AS_OF - timedelta(days=31))
    (row,) = rows_of(con, "refunds.late_terms")
    assert (row["entry_number"], row["refund_key"], row["refund_number"]) == (entry_number(1), "none", None)
    assert (row["late_periods"], row["payment_date"]) == (1, None)


def test_the_reliquidation_of_the_entry_goes_before_the_date_of_the_refund(con: Connection) -> None:
    put_entry(con, reliquidation_date=date(2026, 1, 20))
    put_refund(con)
    (row,) = rows_of(con, "refunds.late_terms")
    assert row["liquidation_date"] == date(2026, 1, 20)


def test_a_refund_without_any_liquidation_date_has_no_terms(con: Connection) -> None:
    put_entry(con)
    put_refund(con)
    con.execute("update entries.refunded_entries set liquidation_date = null")
    assert rows_of(con, "refunds.late_terms") == []


def test_an_unknown_class_is_corporate_at_the_low_end_and_noncorporate_at_the_high_end(con: Connection) -> None:
    put_entry(con, rate_class=None)
    put_refund(con)
    (row,) = rows_of(con, "refunds.late_terms")
    assert (row["rate_class"], row["rate_class_high"]) == ("corporate", "noncorporate")
