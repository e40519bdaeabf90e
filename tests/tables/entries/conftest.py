"""Empty tables, and the real law, for the tests of one folder."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.tables import empty_tables
from tests.tables.entries.law import put_law


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables are empty; what a test writes is rolled back."""
    with empty_tables() as connection:
        yield connection


@pytest.fixture
def law(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same connection with every seed table of the registry; the as-of day is the test's own to put."""
    put_law(con)
    return con
