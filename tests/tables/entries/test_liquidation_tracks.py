"""entries.liquidation_tracks: what of forecasts does not move with the day (else: `test_liquidation_forecasts.py`)."""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_calendar, put_entry

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.liquidation_tracks"


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026, and the days of the year around it."""
    put(con, "registry.as_of", as_of_date=AS_OF)
    put_calendar(con, date(2026, 4, 1), date(2026, 10, 31))
    return con


def only(con: Connection) -> dict[str, Any]:
    assert broken_promises(con, TABLE) == []
    (row,) = rows_of(con, TABLE)
    return row


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_an_entry_that_would_be_taken_today_has_a_track_and_no_day(con: Connection, state: str) -> None:
    put_entry(con, liquidation_state=state)
    row = only(con)
    assert (row["forecast_basis"], row["liquidation_track"]) == ("as_of", state)
    assert (row["forecast_from_date"], row["forecast_liquidation_date"], row["undated_reason"]) == (None, None, None)
    con.execute("update registry.as_of set as_of_date = as_of_date + 1")
    assert only(con) == row


@pytest.mark.parametrize(("days", "passed"), [(0, False), (1, True)])
def test_a_forecast_from_the_acceptance_passes_on_the_day_after_it(con: Connection, days: int, *, passed: bool) -> None:
    accepted = {"is_accepted": True, "accepted_date": AS_OF - timedelta(days=45), "accepted_date_basis": "declarations"}
    put_entry(con, liquidation_state="unliquidated", **accepted)
    con.execute("update registry.as_of set as_of_date = as_of_date + ?", [days])
    row = only(con)
    assert (row["forecast_liquidation_date"], row["is_forecast_passed"]) == (AS_OF, passed)
