"""refunds.accrued_exceptions: booked interest over several deposits; refunds.accrued_interest has the amounts."""

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.booked import put_book_term, put_growth
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
