"""refunds.batch_members: who is paid and when, before interest; refunds.batch_entries has the cases."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_entry, put_summer

Connection = duckdb.DuckDBPyConnection


def test_what_was_foreseen_stands_beside_what_came(con: Connection) -> None:
    put_summer(con)
    accepted = {"is_accepted": True, "accepted_date": date(2026, 6, 1), "accepted_date_basis": "declarations"}
    put_entry(con, 1, cape_status="accepted", liquidation_state="unliquidated", **accepted)
    put_entry(con, 2, cape_status="accepted", reliquidation_date=date(2026, 7, 1), **accepted)
    first, second = rows_of(con, "refunds.batch_members")
    assert (first["liquidation_date"], first["liquidation_basis"]) == (date(2026, 7, 16), "forecast")
    assert first["forecast_liquidation_date"] == date(2026, 7, 16)
    assert (second["liquidation_date"], second["liquidation_basis"]) == (date(2026, 7, 1), "actual")
    assert broken_promises(con, "refunds.batch_members") == []
