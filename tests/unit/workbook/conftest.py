"""Tables for the tests of the workbook, with the day every warehouse has."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from tests.support.tables import empty_tables, put

AS_OF = date(2026, 7, 20)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        yield con
