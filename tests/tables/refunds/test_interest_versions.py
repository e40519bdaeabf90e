"""refunds.interest_versions: one row, with the version of the registry that stands on the interest of every entry."""

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.rates import put_terms

Connection = duckdb.DuckDBPyConnection


def test_there_is_one_row_whatever_interest_there_is(con: Connection) -> None:
    assert rows_of(con, "refunds.interest_versions", registry_version="v") == [
        {"registry_version": "v", "span_count": 0, "exception_count": 0}
    ]
    put_terms(con)
    assert [row["span_count"] for row in rows_of(con, "refunds.interest_versions")] == [1]
    assert broken_promises(con, "refunds.interest_versions") == []
