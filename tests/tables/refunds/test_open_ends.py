"""refunds.open_ends: where interest ends as of the day if no report tells it, as the forecasts have it."""

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_entry, put_summer

Connection = duckdb.DuckDBPyConnection


def ends(con: Connection) -> dict[str, tuple[Any, ...]]:
    assert broken_promises(con, "refunds.open_ends") == []
    return {
        row["end_rule"]: (row["accrual_end_date"], row["accrual_end_basis"], row["accrual_end_reason"])
        for row in rows_of(con, "refunds.open_ends")
    }


def test_what_is_not_foreseen_or_has_passed_ends_on_the_as_of_day(con: Connection) -> None:
    put_summer(con)
    found = ends(con)
    assert found["as_of"] == (AS_OF, "accrued_to_as_of", None)
    assert found["foreseen"][:2] == (AS_OF, "accrued_to_as_of")
    assert "has passed" in found["foreseen"][2]


@pytest.mark.parametrize("policy", ["day_itself", "next_liquidation_run"])
@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_an_entry_accepted_today_ends_where_its_forecast_has_it(con: Connection, policy: str, state: str) -> None:
    choose(con, liquidation_run_policy=policy)
    put_summer(con)
    put_entry(con, liquidation_state=state)
    (forecast,) = rows_of(con, "entries.liquidation_forecasts")
    foreseen = forecast["forecast_liquidation_date"]
    told = ends(con)[state]
    if foreseen is None:
        assert told == (AS_OF, "accrued_to_as_of", forecast["undated_reason"])
    else:
        assert told == (foreseen, "as_if_accepted_on_as_of", None)


def test_without_a_business_day_known_the_as_of_day_and_a_reason_stand_in(con: Connection) -> None:
    assert ends(con)["liquidated"] == (AS_OF, "accrued_to_as_of", "no business day known after the acceptance")
    assert ends(con)["unliquidated"][0] == date(2026, 9, 3)
