"""refunds.accrual_spans: the days that interest runs over by its terms, each once."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.rates import put_terms

Connection = duckdb.DuckDBPyConnection


def test_deposits_that_share_their_days_and_classes_share_a_span(con: Connection) -> None:
    put_terms(con, 1)
    put_terms(con, 2)
    put_terms(con, 3, rate_class_high="noncorporate")
    put_terms(con, 4, accrual_end_date=date(2026, 6, 11))
    assert len(rows_of(con, "refunds.accrual_spans")) == 3
    assert broken_promises(con, "refunds.accrual_spans") == []


def test_a_deposit_without_a_day_has_no_span(con: Connection) -> None:
    put_terms(con, deposit_date=None)
    assert rows_of(con, "refunds.accrual_spans") == []
