"""refunds.what_if_filed_today: what filing today would bring, grouped as it would be paid, and in no forecast total."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.oracle.payments import batches, forecast_of
from tests.support.tables import choose, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_entry, put_summer, put_timing_policies

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.what_if_filed_today"


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of Monday 20 July 2026, the calendar of the summer and the timing policies."""
    put_summer(con)
    put_timing_policies(con)
    return con


def unfiled(con: Connection, n: int = 1, **facts: Any) -> None:
    """An eligible, liquidated entry of 1,000.00 with 50.00 of interest, changed as told."""
    put_entry(con, n, **{"is_accepted": False, **facts})
    put(con, "refunds.interest_accruals", entry_number=entry_number(n), interest_usd=Decimal("50.00"))


def made(con: Connection) -> list[dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return rows_of(con, TABLE)


def test_eligible_entries_are_grouped_by_payee_and_the_day_they_would_liquidate(con: Connection) -> None:
    unfiled(con, 1)
    unfiled(con, 2, importer_key="98")
    unfiled(con, 3, liquidation_state="unliquidated")
    unfiled(con, 4, payee_number="36-9998887", payee_key="369998887", is_payee_ambiguous=True)
    rows = made(con)
    assert [(row["batch_id"], row["entry_count"], row["importer_count"]) for row in rows] == [
        ("12-3456789|2026-07-21", 2, 2),
        ("12-3456789|2026-09-03", 1, 1),
        ("36-9998887|2026-07-21", 1, 1),
    ]
    assert [row["is_payee_ambiguous"] for row in rows] == [False, False, True]


def test_a_window_counts_from_the_as_of_day_as_if_it_were_the_acceptance(con: Connection) -> None:
    unfiled(con)
    (row,) = made(con)
    assert (row["payment_from_date"], row["payment_to_date"]) == (date(2026, 9, 18), date(2026, 10, 18))
    assert (row["principal_usd"], row["interest_usd"], row["total_usd"]) == (1000, 50, 1050)
    choose(con, timing_policy="batch_guide_liquidation_60_90")
    (row,) = made(con)
    assert (row["payment_from_date"], row["payment_to_date"]) == (date(2026, 9, 19), date(2026, 10, 19))


def test_entries_that_would_be_paid_in_their_own_cycle_stand_without_a_date_and_say_why(con: Connection) -> None:
    unfiled(con, cape_status="eligible_paid_on_liquidation", liquidation_state="suspended")
    (row,) = made(con)
    assert (row["batch_id"], row["undated_reason"]) == ("12-3456789|undated", "suspended")
    assert (row["payment_from_date"], row["payment_to_date"]) == (None, None)


def test_what_is_accepted_refunded_waiting_or_not_eligible_is_not_in_it(con: Connection) -> None:
    unfiled(con, 1, is_accepted=True, accepted_date=AS_OF)
    unfiled(con, 2, refund_number="R1")
    unfiled(con, 3, cape_status="ineligible")
    unfiled(con, 4)
    put(con, "refunds.filing_candidates", entry_number=entry_number(4), waiting_declaration_id="upload-1")
    assert made(con) == []


def test_its_money_is_in_no_batch(con: Connection) -> None:
    unfiled(con)
    assert len(made(con)) == 1
    assert rows_of(con, "refunds.batch_entries") == []


def test_with_one_unknown_amount_the_total_is_unknown(con: Connection) -> None:
    unfiled(con, 1)
    unfiled(con, 2, refund_principal_usd=None)
    (row,) = made(con)
    assert (row["principal_usd"], row["total_usd"], row["interest_usd"]) == (None, None, Decimal("100.00"))


def test_two_spellings_of_a_payee_are_one_payment(con: Connection) -> None:
    unfiled(con, 1)
    unfiled(con, 2, payee_number="123456789")
    assert [(row["payee_number"], row["entry_count"]) for row in made(con)] == [("12-3456789", 2)]


def test_without_entries_it_is_empty(con: Connection) -> None:
    assert made(con) == []


def test_it_is_what_the_oracle_makes_of_the_same_entries_accepted_today(con: Connection) -> None:
    states = ("liquidated", "unliquidated", "unliquidated", "liquidated")
    entries = []
    for n, state in enumerate(states):
        payee = "12-3456789" if n < 3 else "36-9998887"
        unfiled(con, n, liquidation_state=state, payee_number=payee, payee_key=payee.replace("-", ""))
        entries.append(
            {
                "entry_number": entry_number(n),
                "payee_number": payee,
                "accepted": True,
                "accepted_date": AS_OF,
                "liquidation_status": state,
                "principal_usd": Decimal("1000.00"),
                "interest_usd": Decimal("50.00"),
            }
        )
    expected, _ = batches(entries, AS_OF)
    assert forecast_of("unliquidated", AS_OF) == date(2026, 9, 3)
    same = (
        "payee_number",
        "entry_count",
        "principal_usd",
        "interest_usd",
        "total_usd",
        "payment_from_date",
        "payment_to_date",
    )
    assert [{name: row[name] for name in same} for row in made(con)] == [
        {name: batch[name] for name in same} for batch in expected
    ]
