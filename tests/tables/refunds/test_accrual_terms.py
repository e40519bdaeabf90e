"""refunds.accrual_terms: which day an entry's interest runs to, on what basis, and at which class."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_calendar, put_entry, put_summer

Connection = duckdb.DuckDBPyConnection
HELD = ["suspended", "extended", "under_review"]


def end_of(con: Connection, **facts: Any) -> tuple[date, str]:
    put_summer(con)
    put_entry(con, **facts)
    (row,) = rows_of(con, "refunds.accrual_terms")
    return row["accrual_end_date"], row["accrual_end_basis"]


def accepted(**facts: Any) -> dict[str, Any]:
    return {
        "cape_status": "accepted",
        "recommended_path": "await_refund",
        "is_accepted": True,
        "accepted_date": date(2026, 6, 10),
        **facts,
    }


@pytest.mark.parametrize("state", ["liquidated", "unliquidated", *HELD, None])
@pytest.mark.parametrize("treatment", ["accepted", "accepted_paid_on_liquidation", "unknown"])
def test_the_reliquidation_that_happened_ends_the_interest_of_any_entry(
    con: Connection, state: str | None, treatment: str
) -> None:
    facts = accepted(liquidation_state=state, cape_treatment=treatment, reliquidation_date=date(2026, 6, 19))
    assert end_of(con, **facts) == (date(2026, 6, 19), "actual_reliquidation")


def test_under_the_policy_of_the_refund_date_interest_runs_to_it_where_it_is_known(con: Connection) -> None:
    choose(con, interest_end_policy="refund_date")
    reliquidated = date(2026, 6, 19)
    known = end_of(con, reliquidation_date=reliquidated, refund_date=date(2026, 7, 1))
    assert known == (date(2026, 7, 1), "refund_date")


def test_under_that_policy_an_unknown_refund_date_leaves_the_reliquidation(con: Connection) -> None:
    choose(con, interest_end_policy="refund_date")
    assert end_of(con, reliquidation_date=date(2026, 6, 19)) == (date(2026, 6, 19), "actual_reliquidation")


def test_under_the_default_policy_the_refund_date_ends_nothing(con: Connection) -> None:
    found = end_of(con, reliquidation_date=date(2026, 6, 19), refund_date=date(2026, 7, 1))
    assert found == (date(2026, 6, 19), "actual_reliquidation")


def test_an_accepted_liquidated_entry_is_foreseen_for_the_next_business_day(con: Connection) -> None:
    assert end_of(con, **accepted()) == (date(2026, 6, 11), "forecast_from_acceptance")


@pytest.mark.parametrize(
    ("accepted_date", "end"),
    [
        (date(2026, 6, 12), date(2026, 6, 15)),  # Friday
        (date(2026, 6, 13), date(2026, 6, 15)),  # Saturday
        (date(2026, 6, 14), date(2026, 6, 15)),  # Sunday
        (date(2026, 7, 1), date(2026, 7, 2)),
        (date(2026, 7, 2), date(2026, 7, 6)),  # Thursday before the holiday and the weekend
    ],
)
def test_the_next_business_day_is_after_the_weekend_and_the_federal_holiday(
    con: Connection, accepted_date: date, end: date
) -> None:
    assert end_of(con, **accepted(accepted_date=accepted_date)) == (end, "forecast_from_acceptance")


def test_an_accepted_unliquidated_entry_is_foreseen_45_days_after_acceptance_also_on_a_weekend(
    con: Connection,
) -> None:
    facts = accepted(liquidation_state="unliquidated", accepted_date=date(2026, 6, 11))
    assert end_of(con, **facts) == (date(2026, 7, 26), "forecast_from_acceptance")  # a Sunday


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_an_acceptance_on_an_unknown_day_accrues_to_the_day_and_says_so(con: Connection, state: str) -> None:
    facts = accepted(liquidation_state=state, accepted_date=None)
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


def test_an_acceptance_after_which_no_business_day_is_known_accrues_to_the_day(con: Connection) -> None:
    put_calendar(con, date(2026, 5, 28), date(2026, 5, 30))
    facts = accepted(accepted_date=date(2026, 5, 29))
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


@pytest.mark.parametrize("state", [*HELD, None])
def test_an_accepted_entry_that_is_held_accrues_to_the_day(con: Connection, state: str | None) -> None:
    assert end_of(con, **accepted(liquidation_state=state)) == (AS_OF, "accrued_to_as_of")


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_a_warehouse_entry_is_never_foreseen(con: Connection, state: str) -> None:
    facts = accepted(liquidation_state=state, cape_treatment="accepted_paid_on_liquidation")
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


def test_an_eligible_liquidated_entry_accrues_as_if_accepted_on_the_day(con: Connection) -> None:
    assert end_of(con) == (date(2026, 7, 21), "as_if_accepted_on_as_of")


def test_an_eligible_unliquidated_entry_accrues_to_45_days_after_the_day(con: Connection) -> None:
    assert end_of(con, liquidation_state="unliquidated") == (date(2026, 9, 3), "as_if_accepted_on_as_of")


@pytest.mark.parametrize(
    "status", ["eligible_paid_on_liquidation", "ineligible", "review", "no_ieepa", "accepted", "refunded"]
)
@pytest.mark.parametrize("state", ["liquidated", "unliquidated", "suspended"])
def test_any_other_entry_accrues_to_the_day_and_no_further(con: Connection, status: str, state: str) -> None:
    assert end_of(con, cape_status=status, liquidation_state=state) == (AS_OF, "accrued_to_as_of")


def test_a_stated_class_is_used_for_both_bounds(con: Connection) -> None:
    put_entry(con, rate_class="noncorporate")
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["rate_class"], row["rate_class_high"], row["is_rate_class_stated"]) == (
        "noncorporate",
        "noncorporate",
        True,
    )


def test_an_unknown_class_is_corporate_at_the_low_end_and_noncorporate_at_the_high_end(con: Connection) -> None:
    put_entry(con, rate_class=None)
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["rate_class"], row["rate_class_high"], row["is_rate_class_stated"]) == (
        "corporate",
        "noncorporate",
        False,
    )


def test_only_an_entry_with_a_certain_principal_accrues(con: Connection) -> None:
    for n, principal in enumerate(("0.00", "0.01", None), 1):
        put_entry(con, n, refund_principal_usd=principal and Decimal(principal))
    assert [row["entry_number"] for row in rows_of(con, "refunds.accrual_terms")] == [entry_number(2)]


def test_an_unknown_deposit_day_is_handed_on_as_unknown(con: Connection) -> None:
    put_entry(con, deposit_date=None, deposit_date_basis=None)
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["deposit_date"], row["deposit_date_basis"], row["principal_usd"]) == (None, None, Decimal("1000.00"))
    assert broken_promises(con, "refunds.accrual_terms") == []
