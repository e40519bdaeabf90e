"""entries.liquidation_forecasts: when an entry is foreseen to (re)liquidate, from its acceptance or from the day."""

from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.payments import forecast_of, next_liquidation_run
from tests.support.tables import choose, empty_tables, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.cases import entry_number, put_calendar, put_entry

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.liquidation_forecasts"
TRACKS = "entries.liquidation_tracks"
HOLIDAYS = (date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3), date(2026, 9, 7))
THURSDAY = date(2026, 7, 2)


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026, and the days of the year around it."""
    put(con, "registry.as_of", as_of_date=AS_OF)
    put_calendar(con, date(2026, 4, 1), date(2026, 10, 31), *HOLIDAYS)
    return con


def foreseen(con: Connection) -> list[dict[str, Any]]:
    """The forecasts of the entries as they are put."""
    build(con, TRACKS)
    return rows_of(con, TABLE)


def forecast(con: Connection, **facts: Any) -> dict[str, Any]:
    """The forecast of the one entry, accepted on 2 July 2026 as the user states it, changed as told."""
    given = {"is_accepted": True, "accepted_date": THURSDAY, "accepted_date_basis": "declarations", **facts}
    put_entry(con, **given)
    build(con, TRACKS)
    assert broken_promises(con, TABLE) == []
    (row,) = foreseen(con)
    return row


# ---- from which day (P60) -----------------------------------------------------------------------------------------


def test_a_liquidated_entry_is_foreseen_for_the_next_business_day_and_another_for_day_45(con: Connection) -> None:
    assert forecast(con)["forecast_liquidation_date"] == date(2026, 7, 6)
    con.execute("update entries.case_facts set liquidation_state = 'unliquidated'")
    (row,) = foreseen(con)
    assert (row["forecast_liquidation_date"], row["liquidation_track"]) == (date(2026, 8, 16), "unliquidated")


@pytest.mark.parametrize(
    ("basis", "told"),
    [("declarations", "acceptance"), ("claim_details_run_date", "proxy"), ("es022_liquidation_date", "proxy")],
)
def test_a_forecast_from_a_proxy_of_the_acceptance_says_so(con: Connection, basis: str, told: str) -> None:
    assert forecast(con, accepted_date_basis=basis)["forecast_basis"] == told


def test_an_entry_cape_would_take_counts_from_the_as_of_day(con: Connection) -> None:
    row = forecast(con, is_accepted=False, accepted_date=None, accepted_date_basis=None)
    assert (row["forecast_basis"], row["forecast_from_date"]) == ("as_of", AS_OF)
    assert row["forecast_liquidation_date"] == date(2026, 7, 21)
    con.execute("update entries.case_facts set liquidation_state = 'unliquidated'")
    assert [row["forecast_liquidation_date"] for row in foreseen(con)] == [date(2026, 9, 3)]


@pytest.mark.parametrize("status", ["ineligible", "review", "no_ieepa"])
def test_an_entry_that_is_neither_accepted_nor_eligible_has_no_forecast(con: Connection, status: str) -> None:
    put_entry(con, is_accepted=False, cape_status=status)
    assert foreseen(con) == []


# ---- what keeps its own cycle -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"liquidation_state": "suspended"}, "suspended"),
        ({"liquidation_state": "extended"}, "extended"),
        ({"liquidation_state": "under_review"}, "under review"),
        ({"liquidation_state": None}, "liquidation status unknown"),
        ({"cape_treatment": "accepted_paid_on_liquidation"}, "warehouse entry or withdrawal"),
        (
            {"cape_treatment": "accepted_paid_on_liquidation", "entry_type_code": "31"},
            "refund on warehouse entry liquidation",
        ),
        (
            {
                "cape_treatment": "accepted_paid_on_liquidation",
                "entry_type_code": "31",
                "liquidation_state": "unliquidated",
            },
            "warehouse entry or withdrawal",
        ),
    ],
)
def test_what_liquidates_in_its_own_cycle_is_undated_and_says_why(
    con: Connection, facts: dict[str, Any], reason: str
) -> None:
    row = forecast(con, **facts)
    assert (row["forecast_liquidation_date"], row["undated_reason"]) == (None, reason)
    assert (row["liquidation_track"], row["is_forecast_passed"]) == ("own_cycle", False)


# ---- what has happened since does not change it -------------------------------------------------------------------


def version(con: Connection, ordinal: int, status: str, run: date | None) -> None:
    put(
        con,
        "ace.entry_versions",
        entry_number=entry_number(1),
        version_ordinal=ordinal,
        has_liquidation_status_column=True,
        liquidation_status=status,
        report_run_date=run,
    )


@pytest.mark.parametrize(
    ("before", "track", "day"),
    [
        ("Extended", "own_cycle", None),
        ("Unliquidated", "unliquidated", date(2026, 6, 6)),
        ("Under Review", "own_cycle", None),
    ],
)
def test_after_the_reliquidation_the_status_before_the_acceptance_still_decides(
    con: Connection, before: str, track: str, day: date | None
) -> None:
    version(con, 1, before, date(2026, 4, 20))
    version(con, 2, "Liquidated", date(2026, 7, 10))
    row = forecast(con, accepted_date=date(2026, 4, 22), reliquidation_date=date(2026, 7, 3))
    assert (row["liquidation_track"], row["forecast_liquidation_date"]) == (track, day)
    assert not row["is_forecast_passed"]


def test_without_any_status_from_before_the_acceptance_the_track_is_not_known(con: Connection) -> None:
    version(con, 1, "Liquidated", date(2026, 7, 10))
    row = forecast(con, accepted_date=date(2026, 4, 22), reliquidation_date=date(2026, 7, 3))
    assert (row["liquidation_track"], row["undated_reason"]) == ("own_cycle", "liquidation status unknown")


def test_an_undated_report_of_a_liquidation_may_be_of_the_one_cape_brought(con: Connection) -> None:
    version(con, 1, "Liquidated", None)
    row = forecast(con, accepted_date=date(2026, 4, 22), reliquidation_date=date(2026, 7, 3))
    assert row["undated_reason"] == "liquidation status unknown"


def test_an_entry_liquidated_before_the_acceptance_stays_on_its_track(con: Connection) -> None:
    liquidated = date(2026, 3, 6)
    put(con, "entries.reported_liquidations", entry_number=entry_number(1), liquidation_date=liquidated)
    row = forecast(con, accepted_date=date(2026, 4, 22), reliquidation_date=date(2026, 4, 23))
    assert (row["liquidation_track"], row["forecast_liquidation_date"]) == ("liquidated", date(2026, 4, 23))


def test_a_liquidation_after_the_acceptance_does_not_make_it_one_that_was_liquidated_before(con: Connection) -> None:
    version(con, 1, "Unliquidated", date(2026, 4, 20))
    put(con, "entries.reported_liquidations", entry_number=entry_number(1), liquidation_date=date(2026, 5, 1))
    row = forecast(con, accepted_date=date(2026, 4, 22), reliquidation_date=date(2026, 7, 3))
    assert row["liquidation_track"] == "unliquidated"


@pytest.mark.parametrize(
    ("accepted", "reliquidated", "passed"),
    [
        (date(2026, 6, 5), None, False),  # day 45 is the as-of day itself
        (date(2026, 6, 4), None, True),
        (date(2026, 6, 4), date(2026, 7, 19), False),
    ],
)
def test_a_forecast_before_the_day_without_a_liquidation_seen_is_flagged_and_not_kept_in_silence(
    con: Connection, accepted: date, reliquidated: date | None, *, passed: bool
) -> None:
    row = forecast(con, liquidation_state="unliquidated", accepted_date=accepted, reliquidation_date=reliquidated)
    assert row["is_forecast_passed"] is passed


# ---- the next liquidation run -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "calendar_day", "run"),
    [
        (date(2026, 6, 8), date(2026, 7, 23), date(2026, 7, 23)),  # a Thursday
        (date(2026, 6, 9), date(2026, 7, 24), date(2026, 7, 27)),  # a Friday
        (date(2026, 7, 22), date(2026, 9, 5), date(2026, 9, 8)),  # a Saturday before Labor Day
    ],
)
def test_the_reading_of_liquidation_runs_rolls_to_monday_to_thursday_and_over_holidays(
    con: Connection, accepted: date, calendar_day: date, run: date
) -> None:
    assert (
        forecast(con, liquidation_state="unliquidated", accepted_date=accepted)["forecast_liquidation_date"]
        == calendar_day
    )
    choose(con, liquidation_run_policy="next_liquidation_run")
    (row,) = foreseen(con)
    assert (row["forecast_liquidation_date"], row["liquidation_run_policy"]) == (run, "next_liquidation_run")


def test_beyond_the_calendar_a_run_is_not_known_and_says_so(con: Connection) -> None:
    choose(con, liquidation_run_policy="next_liquidation_run")
    row = forecast(con, liquidation_state="unliquidated", accepted_date=date(2026, 9, 30))
    assert row["forecast_liquidation_date"] is None
    assert row["undated_reason"] == "no liquidation run known on the day foreseen or after it"


@settings(max_examples=30)
@given(
    accepted=st.dates(date(2026, 4, 20), date(2026, 7, 20)),
    state=st.sampled_from(["liquidated", "unliquidated", "suspended"]),
    rolls=st.booleans(),
)
def test_the_forecast_is_the_one_of_the_oracle(accepted: date, state: str, *, rolls: bool) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        put_calendar(con, date(2026, 4, 1), date(2026, 10, 31), *HOLIDAYS)
        if rolls:
            choose(con, liquidation_run_policy="next_liquidation_run")
        row = forecast(con, liquidation_state=state, accepted_date=accepted)
    expected = forecast_of(state, accepted, HOLIDAYS)
    assert row["forecast_liquidation_date"] == (
        next_liquidation_run(expected, HOLIDAYS) if rolls and expected else expected
    )
