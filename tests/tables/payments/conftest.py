"""The alert codes as the registry ships them, for tests of what becomes an alert."""

import duckdb
import pytest

from tests.tables.payments.alert_cases import put_alert_codes


@pytest.fixture
def alert_codes(con: duckdb.DuckDBPyConnection) -> None:
    """The shipped alert codes stand in the registry."""
    put_alert_codes(con)
