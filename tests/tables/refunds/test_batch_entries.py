"""refunds.batch_entries: every accepted entry with the payee and the day that decide its payment."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_calendar, put_entry, put_summer

Connection = duckdb.DuckDBPyConnection
THURSDAY = date(2026, 7, 2)  # before Independence Day, observed on Friday 3 July


def member(con: Connection, **facts: Any) -> dict[str, Any]:
    """The only entry there is: accepted on 2 July 2026, changed as told."""
    put_entry(con, **{"is_accepted": True, "accepted_date": THURSDAY, "claim_number": "100000240001", **facts})
    (row,) = rows_of(con, "refunds.batch_entries")
    assert broken_promises(con, "refunds.batch_entries") == []
    return row


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["liquidation_date"], row["liquidation_basis"], row["undated_reason"]


def test_a_reliquidation_cbp_reports_is_actual_whatever_was_foreseen(con: Connection) -> None:
    put_summer(con)
    row = member(con, reliquidation_date=date(2026, 7, 17), cape_treatment="accepted_paid_on_liquidation")
    assert told(row) == (date(2026, 7, 17), "actual", None)
    assert row["batch_id"] == "12-3456789|2026-07-17"


def test_a_liquidated_entry_is_foreseen_for_the_business_day_after_the_holiday_and_the_weekend(con: Connection) -> None:
    put_summer(con)
    assert told(member(con)) == (date(2026, 7, 6), "forecast", None)


def test_an_unliquidated_entry_is_foreseen_after_45_days(con: Connection) -> None:
    assert told(member(con, liquidation_state="unliquidated")) == (date(2026, 8, 16), "forecast", None)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"liquidation_state": "suspended"}, "suspended"),
        ({"liquidation_state": "extended"}, "extended"),
        ({"liquidation_state": "under_review"}, "under review"),
        ({"liquidation_state": None}, "liquidation status unknown"),
        ({"accepted_date": None}, "acceptance date unknown"),
        ({"accepted_date": None, "liquidation_state": "unliquidated"}, "acceptance date unknown"),
        ({"cape_treatment": "accepted_paid_on_liquidation"}, "warehouse entry or withdrawal"),
        ({"accepted_date": date(2026, 9, 30)}, "no business day known after the acceptance"),
        ({"accepted_date": date(2027, 9, 30)}, "no business day known after the acceptance"),
    ],
)
def test_what_cannot_be_foreseen_is_undated_and_says_why(con: Connection, facts: dict[str, Any], reason: str) -> None:
    put_summer(con)
    row = member(con, **facts)
    assert told(row) == (None, "forecast", reason)
    assert row["batch_id"] == "12-3456789|undated"


def test_only_entries_that_are_accepted_or_in_a_refund_are_members(con: Connection) -> None:
    put_entry(con, 1, is_accepted=False)
    put_entry(con, 2, is_accepted=True)
    put_entry(con, 3, is_accepted=False, refund_number="R3")
    rows = rows_of(con, "refunds.batch_entries")
    assert [(row["entry_number"], row["refund_number"]) for row in rows] == [
        (entry_number(2), None),
        (entry_number(3), "R3"),
    ]


def test_an_entry_without_a_payee_is_kept_under_an_unknown_one(con: Connection) -> None:
    row = member(con, payee_number=None, reliquidation_date=date(2026, 7, 17))
    assert (row["payee_number"], row["batch_id"]) == ("unknown", "unknown|2026-07-17")


@pytest.mark.parametrize(
    ("principal", "accrued", "interest"),
    [("100.00", "4.00", "4.00"), ("100.00", None, None), ("0.00", None, "0.00"), (None, None, None)],
)
def test_the_interest_is_that_of_the_entry_and_nothing_earns_nothing(
    con: Connection, principal: str | None, accrued: str | None, interest: str | None
) -> None:
    if accrued:
        put(con, "refunds.interest_accruals", entry_number=entry_number(1), interest_usd=Decimal(accrued))
    row = member(con, refund_principal_usd=principal and Decimal(principal))
    assert (row["principal_usd"], row["interest_usd"]) == (
        principal and Decimal(principal),
        interest and Decimal(interest),
    )


def test_a_calendar_of_one_day_knows_no_next_business_day(con: Connection) -> None:
    put_calendar(con, THURSDAY, THURSDAY)
    assert told(member(con)) == (None, "forecast", "no business day known after the acceptance")


def test_one_payee_under_two_spellings_of_its_number_is_one_batch(con: Connection) -> None:
    day = {"is_accepted": True, "reliquidation_date": date(2026, 7, 17)}
    put_entry(con, 1, **day, payee_number="123456789")
    put_entry(con, 2, **day, payee_number="12-3456789")
    put_entry(con, 3, **day, payee_number="12-3456789AB", payee_key="123456789AB")
    assert [row["batch_id"] for row in rows_of(con, "refunds.batch_entries")] == [
        "12-3456789|2026-07-17",
        "12-3456789|2026-07-17",
        "12-3456789AB|2026-07-17",
    ]


def test_the_amounts_of_es022_stand_beside_those_computed_and_those_of_rev615_do_not(con: Connection) -> None:
    for refund, report in (("R1", "ES-022"), ("R2", "ES-022"), ("R3", "REV-615")):
        money = {"principal_usd": Decimal("10.00"), "interest_usd": Decimal("1.00")}
        put(
            con,
            "entries.refunded_entries",
            entry_number=entry_number(1),
            refund_number=refund,
            report_code=report,
            **money,
        )
    row = member(con)
    assert (row["es022_principal_usd"], row["es022_interest_usd"]) == (Decimal("20.00"), Decimal("2.00"))


@pytest.mark.parametrize(
    ("facts", "basis"),
    [
        ({"accepted_date_basis": "declarations"}, "acceptance"),
        ({"accepted_date_basis": "claim_details_run_date"}, "proxy"),
        ({"accepted_date_basis": "declarations", "reliquidation_date": date(2026, 7, 17)}, None),
    ],
)
def test_a_foreseen_date_says_whether_it_counts_from_the_acceptance_or_a_proxy(
    con: Connection, facts: dict[str, Any], basis: str | None
) -> None:
    put_summer(con)
    assert member(con, **facts)["forecast_basis"] == basis
