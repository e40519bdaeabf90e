"""refunds.accrued_exceptions: booked interest over several deposits; refunds.accrued_interest has the amounts."""

from datetime import date

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import put_book_term, put_close, put_growth
from tests.tables.refunds.rates import put_published_rates

Connection = duckdb.DuckDBPyConnection


def test_only_entries_with_several_deposits_are_exceptions(con: Connection) -> None:
    put_published_rates(con)
    put_book_term(con, 1)
    for sequence in (1, 2):
        put_book_term(con, 2, deposit_sequence=sequence, interest_start_rule="listed_deposits")
    put_growth(con)
    rows = rows_of(con, "refunds.accrued_exceptions")
    assert {row["entry_number"] for row in rows} == {"ABC00000002"}
    assert sum(row["is_last"] for row in rows) == 1
    assert broken_promises(con, "refunds.accrued_exceptions") == []


@pytest.mark.parametrize(("closed", "is_close"), [(date(2026, 6, 10), True), (date(2026, 6, 11), False)])
def test_several_deposits_of_no_known_day_stand_on_the_last_day_which_may_close_a_period(
    con: Connection, closed: date, *, is_close: bool
) -> None:
    put_close(con, closed)
    for sequence in (1, 2):
        put_book_term(con, deposit_sequence=sequence, deposit_date=None, interest_start_rule="listed_deposits")
    (row,) = rows_of(con, "refunds.accrued_exceptions")
    assert (row["through_date"], row["is_last"], row["ends_month"]) == (date(2026, 6, 10), True, True)
    assert (row["is_close"], row["interest_unknown_reason"]) == (is_close, "deposit_date_unknown")
    assert row["interest_usd"] is None
