"""refunds.deposit_terms: what interest runs on, apart from the as-of day; refunds.accrual_terms has the cases."""

from datetime import date, timedelta

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_entry, put_summer

Connection = duckdb.DuckDBPyConnection


ACCEPTED = {
    "is_accepted": True,
    "cape_status": "accepted",
    "accepted_date": date(2026, 7, 1),
    "accepted_date_basis": "declarations",
}


def test_an_end_is_told_foreseen_as_if_accepted_today_or_the_as_of_day(con: Connection) -> None:
    put_summer(con)
    put_entry(con, 1, reliquidation_date=date(2026, 7, 2))
    put_entry(con, 2, liquidation_state="unliquidated", **ACCEPTED)
    put_entry(con, 3, liquidation_state="liquidated")
    put_entry(con, 4, liquidation_state="unliquidated")
    put_entry(con, 5, cape_status="ineligible")
    rows = rows_of(con, "refunds.deposit_terms")
    assert [(row["end_rule"], row["told_end_date"]) for row in rows] == [
        ("told", date(2026, 7, 2)),
        ("foreseen", date(2026, 8, 15)),
        ("liquidated", None),
        ("unliquidated", None),
        ("as_of", None),
    ]
    assert rows[4]["accrual_end_reason"] == "neither accepted nor eligible"
    assert broken_promises(con, "refunds.deposit_terms") == []


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_the_next_day_changes_nothing(con: Connection, state: str) -> None:
    put_summer(con)
    put_entry(con, 1, liquidation_state=state)
    put_entry(con, 2, liquidation_state=state, **ACCEPTED)
    before = rows_of(con, "refunds.deposit_terms")
    con.execute("update registry.as_of set as_of_date = ?", [AS_OF + timedelta(days=1)])
    assert rows_of(con, "refunds.deposit_terms") == before
