"""reports.receivable_versions: one row, with the version of the registry that stands on every receivable."""

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.reports.books import put_entry

Connection = duckdb.DuckDBPyConnection


def test_there_is_one_row_whatever_entries_there_are(con: Connection) -> None:
    (row,) = rows_of(con, "reports.receivable_versions", registry_version="v")
    assert (row["registry_version"], row["entry_count"]) == ("v", 0)
    put_entry(con)
    assert [row["entry_count"] for row in rows_of(con, "reports.receivable_versions")] == [1]
    assert broken_promises(con, "reports.receivable_versions") == []
