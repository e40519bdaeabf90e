"""refunds.book_terms: interest is booked to the (re)liquidation, else the refund, else the as-of day, never beyond."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_entry
from tests.tables.refunds.rates import put_terms

Connection = duckdb.DuckDBPyConnection
LATER = date(2026, 9, 1)
EARLIER = date(2026, 6, 10)


def end_of(con: Connection, end: date, basis: str, **terms: Any) -> tuple[date, str]:
    put_terms(con, accrual_end_date=end, accrual_end_basis=basis, **terms)
    (row,) = rows_of(con, "refunds.book_terms")
    assert broken_promises(con, "refunds.book_terms") == []
    return row["accrued_through_date"], row["accrual_end_basis"]


def test_without_terms_nothing_is_booked(con: Connection) -> None:
    put_entry(con, refund_principal_usd=Decimal("0.00"))
    assert rows_of(con, "refunds.book_terms") == []


def test_interest_stops_at_the_reliquidation(con: Connection) -> None:
    assert end_of(con, EARLIER, "actual_reliquidation") == (EARLIER, "actual_reliquidation")


@pytest.mark.parametrize("basis", ["forecast_from_acceptance", "as_if_accepted_on_as_of"])
def test_a_foreseen_end_that_has_not_come_is_not_booked(con: Connection, basis: str) -> None:
    assert end_of(con, LATER, basis) == (AS_OF, "accrued_to_as_of")


def test_what_no_end_is_foreseen_for_accrues_to_the_day(con: Connection) -> None:
    assert end_of(con, AS_OF, "accrued_to_as_of") == (AS_OF, "accrued_to_as_of")


def test_a_refund_ends_the_interest_of_an_entry_whose_reliquidation_no_report_shows(con: Connection) -> None:
    refunded = end_of(con, AS_OF, "accrued_to_as_of", refund_date=date(2026, 7, 1))
    assert refunded == (date(2026, 7, 1), "refund_date")


def test_the_reliquidation_goes_before_the_refund(con: Connection) -> None:
    refunded = end_of(con, EARLIER, "actual_reliquidation", refund_date=date(2026, 7, 1))
    assert refunded == (EARLIER, "actual_reliquidation")


def range_of(con: Connection, deposited: date, earliest: date, latest: date) -> tuple[date, date]:
    days = {"deposit_date": deposited, "deposit_earliest_date": earliest, "deposit_latest_date": latest}
    put_terms(con, accrual_end_date=LATER, accrual_end_basis="forecast_from_acceptance", **days)
    (row,) = rows_of(con, "refunds.book_terms")
    return row["deposit_earliest_date"], row["deposit_latest_date"]


def test_the_range_of_the_day_of_deposit_is_kept(con: Connection) -> None:
    days = (date(2026, 5, 4), date(2026, 6, 22))
    assert range_of(con, date(2026, 5, 4), *days) == days


def test_a_deposit_that_may_still_come_has_borne_nothing_by_the_day(con: Connection) -> None:
    assert range_of(con, date(2026, 7, 13), date(2026, 7, 13), date(2026, 8, 21)) == (date(2026, 7, 13), AS_OF)


def test_a_deposit_after_the_day_keeps_its_day(con: Connection) -> None:
    assert range_of(con, date(2026, 7, 21), date(2026, 7, 21), date(2026, 8, 21)) == (date(2026, 7, 21),) * 2
