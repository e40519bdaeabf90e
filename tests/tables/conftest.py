"""Empty tables as of 20 July 2026, for the tests of every folder that has no tables of its own to begin with."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from tests.support.tables import empty_tables, put

AS_OF = date(2026, 7, 20)  # a Monday


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables hold nothing but the day; what a test writes is rolled back."""
    with empty_tables() as connection:
        put(connection, "registry.as_of", as_of_date=AS_OF)
        yield connection
