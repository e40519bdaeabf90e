"""Empty tables for the tests of one folder."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.support.tables import empty_tables


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables are empty; what a test writes is rolled back."""
    with empty_tables() as connection:
        yield connection
