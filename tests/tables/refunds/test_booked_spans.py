"""refunds.booked_spans: the days that interest is booked for, each once."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import put_book_term

Connection = duckdb.DuckDBPyConnection


def test_deposits_that_share_their_days_and_classes_share_a_span(con: Connection) -> None:
    put_book_term(con, 1)
    put_book_term(con, 2)
    put_book_term(con, 3, rate_class="noncorporate")
    assert len(rows_of(con, "refunds.booked_spans")) == 2
    assert broken_promises(con, "refunds.booked_spans") == []


def test_a_deposit_without_a_day_or_after_the_last_one_has_no_span(con: Connection) -> None:
    put_book_term(con, 1, deposit_date=None)
    put_book_term(con, 2, deposit_date=date(2026, 6, 11))
    assert rows_of(con, "refunds.booked_spans") == []
