"""reports.prior_period_differences: what a closed period would show otherwise as it is known now."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import put_book_term, put_close, put_growth
from tests.tables.refunds.rates import put_published_rates
from tests.tables.reports.books import entry_of, put_receipt, put_state, usd

Connection = duckdb.DuckDBPyConnection
JUNE = date(2026, 6, 30)
Found = dict[tuple[str, str], tuple[str | None, str | None, str | None, str]]


def put_frozen(con: Connection, n: int = 1, **told: Any) -> None:
    amounts = {name: usd(value) for name, value in told.items()}
    put(con, "ace.closed_entries", close_name="june", importer_key="12-3456789", entry_number=entry_of(n), **amounts)


def put_now(con: Connection, n: int = 1, entry_date: date = date(2025, 5, 14), **told: Any) -> None:
    put(con, "entries.case_facts", entry_number=entry_of(n), entry_date=entry_date)
    put_state(con, n, **told)


def differences(con: Connection) -> Found:
    assert broken_promises(con, "reports.prior_period_differences") == []
    names = ("frozen_usd", "recomputed_usd", "difference_usd")
    return {
        (row["entry_number"], row["measure"]): (
            *(None if row[name] is None else str(row[name]) for name in names),
            row["difference_cause"],
        )
        for row in rows_of(con, "reports.prior_period_differences")
    }


def test_without_a_close_nothing_differs(con: Connection) -> None:
    put_now(con, principal_usd="100.00")
    assert differences(con) == {}


def test_a_period_that_is_known_as_it_was_closed_does_not_differ(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    put_now(con, principal_usd="100.00")
    assert differences(con) == {}


def test_a_later_correction_of_the_principal_differs(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    put_now(con, principal_usd="80.00")
    assert differences(con) == {(entry_of(1), "principal"): ("100.00", "80.00", "-20.00", "changed")}


@pytest.mark.parametrize(("day", "is_late"), [(JUNE, True), (date(2026, 7, 1), False)])
def test_cash_of_the_period_that_became_known_later_differs_and_that_of_the_next_does_not(
    con: Connection,
    day: date,
    is_late: bool,  # noqa: FBT001
) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    put_now(con, stage="cash", principal_usd="100.00", received_principal_usd="100.00")
    put_receipt(con, 1, received_principal_usd="100.00", bank_value_date=day)
    late: Found = {(entry_of(1), "received"): ("0.00", "100.00", "100.00", "changed")}
    assert differences(con) == (late if is_late else {})


def test_cash_counts_for_its_own_entry_and_for_each_close_that_ends_on_its_day_or_later(con: Connection) -> None:
    put_close(con, date(2026, 5, 31), "may")
    put_close(con, JUNE, "june")
    for n, amount, day in ((1, "100.00", date(2026, 6, 1)), (2, "40.00", date(2026, 5, 31))):
        put_now(con, n, stage="cash", principal_usd=amount, received_principal_usd=amount)
        put_receipt(con, n, received_principal_usd=amount, bank_value_date=day)
    assert broken_promises(con, "reports.prior_period_differences") == []
    rows = rows_of(con, "reports.prior_period_differences")
    assert [
        (row["close_name"], row["entry_number"], row["recomputed_usd"]) for row in rows if row["measure"] == "received"
    ] == [("june", entry_of(1), usd("100.00")), ("june", entry_of(2), usd("40.00")), ("may", entry_of(2), usd("40.00"))]


def test_interest_that_ended_in_the_period_as_is_known_now_differs(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_published_rates(con)
    put_book_term(con, accrued_through_date=date(2026, 6, 10), principal_usd=Decimal("100000.00"))
    put_growth(con)
    put_frozen(con, principal_usd="100000.00", accrued_interest_usd="6722.00")
    put_now(con, principal_usd="100000.00", accrued_interest_usd="6430.69")
    assert differences(con) == {(entry_of(1), "interest"): ("6722.00", "6430.69", "-291.31", "changed")}


def test_an_entry_of_the_period_that_was_not_in_the_close_differs_and_one_made_later_does_not(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_now(con, 1, entry_date=JUNE, principal_usd="100.00")
    put_now(con, 2, entry_date=date(2026, 7, 1), principal_usd="100.00")
    assert differences(con) == {(entry_of(1), "principal"): ("0.00", "100.00", "100.00", "not_in_the_close")}


def test_an_entry_that_no_report_names_any_more_differs(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    found = differences(con)
    assert found[entry_of(1), "principal"] == ("100.00", "0.00", "-100.00", "not_known_any_more")


def test_what_is_not_known_on_one_side_differs_by_an_unknown_amount(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, 1, principal_usd=None, accrued_interest_usd="0.00")
    put_now(con, 1, principal_usd="100.00")
    put_frozen(con, 2, principal_usd="100.00", accrued_interest_usd="3.00")
    put_now(con, 2, principal_usd="100.00", accrued_interest_usd=None)
    assert differences(con) == {
        (entry_of(1), "principal"): (None, "100.00", None, "unknown_at_the_close"),
        (entry_of(2), "interest"): ("3.00", None, None, "unknown_now"),
    }


def test_an_entry_of_another_importer_does_not_differ_by_that(con: Connection) -> None:
    put_close(con, JUNE, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    put_now(con, importer_key="OTHER", principal_usd="100.00")
    assert differences(con) == {}


def test_a_close_on_the_day_or_after_it_is_not_compared(con: Connection) -> None:
    put_close(con, AS_OF, "june")
    put_frozen(con, principal_usd="100.00", accrued_interest_usd="0.00")
    put_now(con, principal_usd="80.00")
    assert differences(con) == {}
