"""refunds.payment_lags: how many days each step has taken, beside the policy, and no more precise than its cases."""

import random
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.oracle.payments import lag_quantile
from tests.support.tables import choose, put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_timing_policies

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.payment_lags"
ACCEPTED = date(2026, 4, 22)


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026 and the timing policies."""
    put_timing_policies(con)
    return con


def went(con: Connection, n: int, *days: int | None, track: str = "unliquidated", basis: str = "declarations") -> None:
    """An entry accepted on 22 April and so many days later liquidated, refunded and paid; None has not happened."""
    liquidated, refunded, paid = (None if day is None else ACCEPTED + timedelta(days=day) for day in days)
    put(
        con,
        "refunds.forecast_outcomes",
        entry_number=entry_number(n),
        accepted_date=ACCEPTED,
        accepted_date_basis=basis,
        liquidation_track=track,
        actual_liquidation_date=liquidated,
        refund_date=refunded,
        bank_value_date=paid,
    )


def made(con: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return {(row["lag"], row["liquidation_track"]): row for row in rows_of(con, TABLE)}


def test_each_step_is_measured_on_its_own_and_each_track_apart(con: Connection) -> None:
    went(con, 1, 45, 60, 63)
    went(con, 2, 1, 30, None, track="liquidated")
    found = {key: row["median_days"] or row["min_days"] for key, row in made(con).items()}
    assert found == {
        ("acceptance_to_liquidation", "unliquidated"): 45,
        ("liquidation_to_refund", "unliquidated"): 15,
        ("refund_to_bank", "unliquidated"): 3,
        ("acceptance_to_payment", "unliquidated"): 63,
        ("liquidation_to_payment", "unliquidated"): 18,
        ("acceptance_to_liquidation", "liquidated"): 1,
        ("liquidation_to_refund", "liquidated"): 29,
    }


def test_a_proxy_of_the_acceptance_measures_nothing_from_the_acceptance(con: Connection) -> None:
    went(con, 1, 45, 60, 63, basis="es022_liquidation_date")
    assert {lag for lag, _ in made(con)} == {"liquidation_to_refund", "refund_to_bank", "liquidation_to_payment"}


@pytest.mark.parametrize(
    ("count", "quartiles", "decile"), [(3, False, False), (4, True, False), (9, True, False), (10, True, True)]
)
def test_few_cases_have_no_quartiles_and_no_ninth_decile(
    con: Connection, count: int, *, quartiles: bool, decile: bool
) -> None:
    for n in range(count):
        went(con, n, 40 + n, None, None)
    row = made(con)["acceptance_to_liquidation", "unliquidated"]
    assert (row["entry_count"], row["min_days"], row["max_days"]) == (count, 40, 39 + count)
    assert [row[name] is not None for name in ("first_quartile_days", "median_days", "third_quartile_days")] == [
        quartiles
    ] * 3
    assert (row["ninth_decile_days"] is not None) is decile


def test_every_figure_is_a_number_of_days_that_was_observed(con: Connection) -> None:
    chance = random.Random(7)
    days = [chance.choice((44, 45, 46, 52, 59, 80)) for _ in range(101)]
    for n, day in enumerate(days):
        went(con, n, day, None, None)
    row = made(con)["acceptance_to_liquidation", "unliquidated"]
    told = {"first_quartile_days": 25, "median_days": 50, "third_quartile_days": 75, "ninth_decile_days": 90}
    assert {name: row[name] for name in told} == {name: lag_quantile(days, percent) for name, percent in told.items()}


def test_the_policy_stands_beside_the_step_it_speaks_of(con: Connection) -> None:
    went(con, 1, 45, 60, 63)
    told = {lag: (row["policy_days_from"], row["policy_days_to"]) for (lag, _), row in made(con).items()}
    assert {lag: days for lag, days in told.items() if days != (None, None)} == {"acceptance_to_payment": (60, 90)}
    choose(con, timing_policy="batch_guide_liquidation_60_90")
    told = {lag: (row["policy_days_from"], row["policy_days_to"]) for (lag, _), row in made(con).items()}
    assert {lag: days for lag, days in told.items() if days != (None, None)} == {"liquidation_to_payment": (60, 90)}


def test_what_has_not_happened_is_not_counted(con: Connection) -> None:
    went(con, 1, None, None, None)
    assert made(con) == {}
