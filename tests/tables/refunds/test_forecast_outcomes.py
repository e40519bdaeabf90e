"""refunds.forecast_outcomes: what was foreseen from the acceptance, and what reports and bank show has come."""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.cases import entry_number, put_calendar, put_entry, put_timing_policies

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.forecast_outcomes"
ACCEPTED = date(2026, 4, 22)
FORESEEN = date(2026, 6, 6)  # day 45
WINDOW = (date(2026, 6, 21), date(2026, 7, 21))


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026, the calendar and the timing policies."""
    put_calendar(con, date(2026, 4, 1), date(2026, 10, 31))
    put_timing_policies(con)
    return con


def outcome(con: Connection, n: int = 1, **facts: Any) -> dict[str, Any]:
    """The outcome of an entry that was unliquidated when it was accepted on 22 April 2026, changed as told."""
    given = {
        "is_accepted": True,
        "accepted_date": ACCEPTED,
        "accepted_date_basis": "declarations",
        "liquidation_state": "unliquidated",
        **facts,
    }
    put_entry(con, n, **given)
    put(
        con,
        "ace.entry_versions",
        entry_number=entry_number(n),
        has_liquidation_status_column=True,
        liquidation_status=given["liquidation_state"],
        report_run_date=given["accepted_date"],
    )
    build(con, "refunds.batch_entries")
    assert broken_promises(con, TABLE) == []
    (row,) = (row for row in rows_of(con, TABLE) if row["entry_number"] == entry_number(n))
    return row


def refund(con: Connection, number: str = "R1", day: date | None = None, cash: date | None = None, **told: Any) -> None:
    put(con, "entries.refunded_entries", entry_number=entry_number(1), refund_number=number)
    put(
        con,
        "entries.refund_cash",
        refund_number=number,
        refund_date=day,
        bank_value_date=cash,
        bank_credit_count=1 if cash else 0,
        **told,
    )


# ---- the liquidation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "apart", "told"),
    [
        (FORESEEN, 0, "as_foreseen"),
        (FORESEEN - timedelta(days=1), -1, "earlier"),
        (FORESEEN + timedelta(days=6), 6, "later"),
        (None, None, "passed"),
    ],
)
def test_the_actual_liquidation_stands_beside_the_one_foreseen(
    con: Connection, actual: date | None, apart: int | None, told: str
) -> None:
    row = outcome(con, reliquidation_date=actual)
    assert (row["forecast_liquidation_date"], row["actual_liquidation_date"]) == (FORESEEN, actual)
    assert (row["liquidation_days_apart"], row["liquidation_outcome"]) == (apart, told)


def test_a_liquidation_still_ahead_is_not_yet_due(con: Connection) -> None:
    assert outcome(con, accepted_date=date(2026, 7, 1))["liquidation_outcome"] == "not_yet"


@pytest.mark.parametrize(("actual", "told"), [(None, "not_foreseen"), (date(2026, 7, 10), "unforeseen_and_came")])
def test_what_could_not_be_foreseen_is_no_error_of_the_forecast(
    con: Connection, actual: date | None, told: str
) -> None:
    row = outcome(con, liquidation_state="suspended", reliquidation_date=actual)
    assert (row["liquidation_outcome"], row["liquidation_days_apart"]) == (told, None)
    assert (row["undated_reason"], row["payment_outcome"]) == ("suspended", "not_foreseen")


# ---- the payment --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid", "apart", "told"),
    [
        (WINDOW[0], 0, "inside"),
        (WINDOW[0] - timedelta(days=1), -1, "early"),
        (date(2026, 7, 20), 0, "inside"),
        (None, None, "open"),
    ],
)
def test_a_payment_is_inside_its_window_or_so_many_days_outside(
    con: Connection, paid: date | None, apart: int | None, told: str
) -> None:
    if paid:
        refund(con, cash=paid)
    row = outcome(con)
    assert (row["payment_from_date"], row["payment_to_date"]) == WINDOW
    assert (row["payment_days_apart"], row["payment_outcome"]) == (apart, told)


@pytest.mark.parametrize(("paid", "apart", "told"), [(date(2026, 7, 16), 5, "late"), (None, None, "overdue")])
def test_a_payment_after_the_window_is_late_and_a_missing_one_overdue(
    con: Connection, paid: date | None, apart: int | None, told: str
) -> None:
    if paid:
        refund(con, cash=paid)
    row = outcome(con, accepted_date=date(2026, 4, 12))  # the window ended on 11 July
    assert row["payment_to_date"] == date(2026, 7, 11)
    assert (row["payment_days_apart"], row["payment_outcome"]) == (apart, told)


@pytest.mark.parametrize("count", ["0", "null"])
def test_the_bank_has_paid_an_entry_only_when_it_has_the_credit_of_every_refund(con: Connection, count: str) -> None:
    refund(con, "R1", day=date(2026, 6, 22), cash=date(2026, 6, 24))
    refund(con, "R2", day=date(2026, 6, 23), cash=date(2026, 6, 25))
    assert outcome(con)["payment_date"] == date(2026, 6, 25)
    con.execute(f"update entries.refund_cash set bank_credit_count = {count} where refund_number = 'R1'")
    (row,) = rows_of(con, TABLE)
    assert (row["payment_date"], row["payment_date_basis"]) == (date(2026, 6, 23), "refund_report")


def test_the_bank_tells_the_day_of_payment_and_without_it_the_refund_report_does(con: Connection) -> None:
    refund(con, day=date(2026, 6, 22))
    row = outcome(con)
    assert (row["payment_date"], row["payment_date_basis"]) == (date(2026, 6, 22), "refund_report")
    con.execute("update entries.refund_cash set bank_value_date = date '2026-06-25', bank_credit_count = 1")
    (row,) = rows_of(con, TABLE)
    assert (row["payment_date"], row["payment_date_basis"]) == (date(2026, 6, 25), "bank")


def test_where_bank_lines_are_loaded_a_refund_without_cash_is_not_paid(con: Connection) -> None:
    put(con, "ace.readable_loads", load_id=f"{9:064}", report_code="BANK")
    refund(con, day=date(2026, 6, 22))
    row = outcome(con)
    assert (row["refund_date"], row["payment_date"], row["payment_outcome"]) == (date(2026, 6, 22), None, "open")


def test_a_returned_refund_is_no_payment(con: Connection) -> None:
    refund(con, day=date(2026, 6, 22), is_returned=True)
    row = outcome(con)
    assert (row["refund_date"], row["payment_date"], row["payment_outcome"]) == (date(2026, 6, 22), None, "open")


def test_of_several_refunds_the_last_one_in_cash_completes_the_payment(con: Connection) -> None:
    refund(con, "R1", day=date(2026, 6, 22), cash=date(2026, 6, 24))
    refund(con, "R2", day=date(2026, 7, 1), cash=date(2026, 7, 3))
    assert outcome(con)["payment_date"] == date(2026, 7, 3)
    con.execute(
        "update entries.refund_cash set bank_value_date = null, bank_credit_count = 0 where refund_number = 'R2'"
    )
    (row,) = rows_of(con, TABLE)
    assert (row["bank_value_date"], row["payment_date"]) == (None, date(2026, 7, 1))


def test_the_window_is_the_one_foreseen_and_not_moved_by_the_actual_liquidation(con: Connection) -> None:
    row = outcome(con, reliquidation_date=date(2026, 7, 15))
    assert (row["payment_from_date"], row["payment_to_date"]) == WINDOW
    choose(con, timing_policy="batch_guide_liquidation_60_90")
    (row,) = rows_of(con, TABLE)
    assert (row["payment_from_date"], row["payment_to_date"]) == (date(2026, 8, 5), date(2026, 9, 4))


def test_every_entry_of_a_batch_has_its_outcome_and_nothing_else_has(con: Connection) -> None:
    outcome(con, 1)
    outcome(con, 2)
    put_entry(con, 3)
    assert len(rows_of(con, TABLE)) == 2
    assert {row["as_of_date"] for row in rows_of(con, TABLE)} == {AS_OF}


def test_without_accepted_entries_there_is_no_forecast_to_judge(con: Connection) -> None:
    assert rows_of(con, TABLE) == []
