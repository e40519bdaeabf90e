"""reports.receivable_movements: from the close before to the day, every movement from its own evidence, and it ties."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts import fields as f
from tests.support.tables import clear, empty_tables, put
from tests.tables.promises import broken_claim, build
from tests.tables.refunds.booked import put_close
from tests.tables.reports.books import MOVEMENTS, balance, entry_of, freeze, move, moved, put_state, set_day, usd

Connection = duckdb.DuckDBPyConnection
MAY, JUNE, JULY = date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31)
ONE, TWO = entry_of(1), entry_of(2)


def put_accrued(con: Connection, n: int, **by_day: str | None) -> None:
    """refunds.accrued_interest as a table of its own for the test: the interest by may, june and july."""
    days = {"may": MAY, "june": JUNE, "july": JULY}
    for month, amount in by_day.items():
        con.execute("insert into told_interest values (?, ?, ?)", [entry_of(n), days[month], usd(amount)])


def told_interest(con: Connection) -> None:
    """The view over factors is tested elsewhere: here interest is as told."""
    con.execute(
        "create or replace temp table told_interest"
        " (entry_number varchar, through_date date, interest_usd decimal(18, 2))"
    )
    con.execute(
        "create or replace view refunds.accrued_interest as select entry_number, through_date, true as ends_month,"
        " true as is_last, true as is_close,"
        " interest_usd, interest_usd as interest_high_usd, null::varchar as interest_unknown_reason"
        " from temp.told_interest"
    )


def world(con: Connection, day: date, *states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The movements of a day on which the entries stand as told."""
    set_day(con, day)
    clear(con, "reports.receivable_entries")
    for n, state in enumerate(states, 1):
        if state:
            put_state(con, n, **state)
    return move(con)


def test_without_entries_nothing_moves(con: Connection) -> None:
    assert world(con, JUNE) == {}


def test_without_a_close_everything_is_recognised_for_the_first_time(con: Connection) -> None:
    row = world(con, JUNE, {"principal_usd": "1000.00", "accrued_interest_usd": "50.00"})[ONE]
    assert moved(row) == {"newly_recognised_principal_usd": "1000.00", "newly_recognised_interest_usd": "50.00"}
    assert (row["opening_close_name"], row["opening_date"]) == (None, None)
    assert balance(row) == ("1000.00", "50.00")


def test_three_period_ends_by_hand(con: Connection) -> None:
    """May: accepted, 1,000.00 with 50.00. June: 5.00 of interest, certified. July: paid with 56.10 of interest."""
    told_interest(con)
    put_accrued(con, 1, may="50.00", june="55.00", july="56.00")
    may = world(con, MAY, {"stage": "accepted", "principal_usd": "1000.00", "accrued_interest_usd": "50.00"})[ONE]
    assert balance(may) == ("1000.00", "50.00")
    freeze(con, MAY)

    june = world(con, JUNE, {"stage": "certified", "principal_usd": "1000.00", "accrued_interest_usd": "55.00"})[ONE]
    assert (june["opening_close_name"], june["opening_date"]) == ("2026-05-31", MAY)
    assert (june["opening_principal_usd"], june["opening_interest_usd"]) == (Decimal("1000.00"), Decimal("50.00"))
    assert moved(june) == {"period_interest_usd": "5.00"}
    assert balance(june) == ("1000.00", "55.00")
    freeze(con, JUNE)

    paid = {"received_principal_usd": "1000.00", "received_interest_usd": "56.10"}
    july = world(con, JULY, {"stage": "cash", "principal_usd": "1000.00", "accrued_interest_usd": "56.00", **paid})[ONE]
    assert july["opening_close_name"] == "2026-06-30"
    assert moved(july) == {
        "period_interest_usd": "1.00",
        "cash_principal_usd": "-1000.00",
        "cash_interest_usd": "-56.10",
        "remeasured_interest_usd": "0.10",
    }
    assert balance(july) == ("0.00", "0.00")


def closed_at_june(con: Connection, **state: Any) -> None:
    told_interest(con)
    put_accrued(con, 1, june="50.00", july="60.00")
    world(con, JUNE, {"principal_usd": "1000.00", "accrued_interest_usd": "50.00", **state})
    freeze(con, JUNE)


def test_a_close_on_the_day_itself_is_no_opening(con: Connection) -> None:
    closed_at_june(con)
    row = world(con, JUNE, {"principal_usd": "1000.00", "accrued_interest_usd": "50.00"})[ONE]
    assert row["opening_close_name"] is None


def test_a_correction_of_the_principal_is_measured_anew_with_its_interest_before_the_period(con: Connection) -> None:
    closed_at_june(con)
    con.execute("delete from told_interest")
    put_accrued(con, 1, june="45.00", july="54.00")
    row = world(con, JULY, {"principal_usd": "900.00", "accrued_interest_usd": "54.00"})[ONE]
    assert moved(row) == {
        "remeasured_principal_usd": "-100.00",
        "remeasured_interest_usd": "-5.00",
        "period_interest_usd": "9.00",
    }
    assert balance(row) == ("900.00", "54.00")


def test_an_entry_that_was_not_closed_is_new_with_the_interest_before_the_period(con: Connection) -> None:
    closed_at_june(con)
    put_accrued(con, 2, june="20.00", july="25.00")
    same = {"principal_usd": "1000.00", "accrued_interest_usd": "60.00"}
    row = world(con, JULY, same, {"principal_usd": "500.00", "accrued_interest_usd": "25.00"})[TWO]
    assert moved(row) == {
        "newly_recognised_principal_usd": "500.00",
        "newly_recognised_interest_usd": "20.00",
        "period_interest_usd": "5.00",
    }


def test_an_entry_without_a_right_any_more_is_written_off(con: Connection) -> None:
    closed_at_june(con)
    state = {"stage": "none", "is_recognised": False, "principal_usd": "0.00", "accrued_interest_usd": "0.00"}
    row = world(con, JULY, state)[ONE]
    assert moved(row) == {"written_off_usd": "-1050.00"}
    assert balance(row) == ("0.00", "0.00")


def test_an_entry_that_no_report_names_any_more_is_written_off(con: Connection) -> None:
    closed_at_june(con)
    row = world(con, JULY)[ONE]
    assert (moved(row), row["stage"]) == ({"written_off_usd": "-1050.00"}, "none")


def test_an_entry_of_another_importer_leaves_the_one_and_is_new_at_the_other(con: Connection) -> None:
    closed_at_june(con)
    set_day(con, JULY)
    clear(con, "reports.receivable_entries")
    put_state(con, 1, importer_key="OTHER", principal_usd="1000.00", accrued_interest_usd="60.00")
    move(con)
    rows = con.execute(
        "select importer_key, opening_usd, closing_usd from reports.receivable_rollforward order by importer_key"
    ).fetchall()
    assert rows == [
        ("12-3456789", Decimal("1050.00"), Decimal("0.00")),
        ("OTHER", Decimal("0.00"), Decimal("1060.00")),
    ]


def test_an_offset_reduces_the_receivable_apart_from_cash(con: Connection) -> None:
    closed_at_june(con, stage="certified")
    paid = {"received_principal_usd": "600.00", "offset_principal_usd": "400.00", "offset_interest_usd": "10.00"}
    row = world(con, JULY, {"stage": "certified", "principal_usd": "1000.00", "accrued_interest_usd": "60.00", **paid})[
        ONE
    ]
    assert moved(row) == {
        "period_interest_usd": "10.00",
        "cash_principal_usd": "-600.00",
        "offset_movement_usd": "-410.00",
    }
    assert balance(row) == ("0.00", "50.00")


def test_cash_that_a_bank_takes_back_opens_the_receivable_again(con: Connection) -> None:
    closed_at_june(con, stage="cash", received_principal_usd="1000.00", received_interest_usd="50.00")
    row = world(con, JULY, {"stage": "certified", "principal_usd": "1000.00", "accrued_interest_usd": "60.00"})[ONE]
    assert balance(row) == ("1000.00", "60.00")
    assert (row["cash_principal_usd"], row["cash_interest_usd"]) == (Decimal("1000.00"), Decimal("50.00"))


def test_interest_that_cannot_be_told_stays_as_it_was_closed(con: Connection) -> None:
    closed_at_june(con)
    con.execute("delete from told_interest")
    row = world(con, JULY, {"principal_usd": "1000.00", "accrued_interest_usd": None})[ONE]
    assert (moved(row), balance(row)) == ({}, ("1000.00", "50.00"))


def test_an_unknown_principal_is_in_no_balance(con: Connection) -> None:
    state = {"principal_usd": None, "accrued_interest_usd": None, "is_recognised": False}
    row = world(con, JUNE, state)[ONE]
    assert (moved(row), balance(row), row["principal_usd"]) == ({}, ("0.00", "0.00"), None)


def test_a_close_whose_balances_do_not_fit_its_amounts_is_refused(con: Connection) -> None:
    closed_at_june(con)
    con.execute("update ace.closed_entries set closing_principal_usd = closing_principal_usd + 0.01")
    set_day(con, JULY)
    build(con, "reports.receivable_rollforward")
    found = broken_claim(con, "reports.receivable_rollforward", "ties_to_the_cent")
    assert [row["importer_key"] for row in found] != []


# ---- random worlds ------------------------------------------------------------------------------------------------

dollars = st.integers(0, 10**9).map(lambda n: str(Decimal(n) / 100))
states = st.fixed_dictionaries(
    {
        "importer_key": st.sampled_from(("A", "B")),
        "stage": st.sampled_from(f.RECEIVABLE_STAGES),
        "principal_usd": st.none() | dollars,
        "accrued_interest_usd": st.none() | dollars,
        "received_principal_usd": st.just("0.00") | dollars,
        "received_interest_usd": st.just("0.00") | dollars,
        "offset_principal_usd": st.just("0.00") | dollars,
        "offset_interest_usd": st.just("0.00") | dollars,
    }
)


def complete(state: dict[str, Any]) -> dict[str, Any]:
    """The flag that reports.receivable_entries would show, and no interest without a principal."""
    settled = Decimal(state["received_principal_usd"]) + Decimal(state["offset_principal_usd"])
    known = state["principal_usd"] is not None
    interest = state["accrued_interest_usd"] if known else None
    is_recognised = state["stage"] != "none" and (known or settled > 0)
    return {**state, "accrued_interest_usd": interest, "is_recognised": is_recognised}


periods = st.lists(st.lists(st.none() | states.map(complete), min_size=4, max_size=4), min_size=3, max_size=3)


@given(periods, st.lists(st.tuples(dollars, dollars, dollars), min_size=4, max_size=4))
def test_random_worlds_tie_over_three_period_ends(
    told: list[list[dict[str, Any] | None]], interest: list[tuple[str, str, str]]
) -> None:
    with empty_tables() as con:
        told_interest(con)
        for n, amounts in enumerate(interest, 1):
            may, june, july = sorted(amounts, key=Decimal)
            put_accrued(con, n, may=may, june=june, july=july)
        closing = Decimal("0.00")
        for day, entries in zip((MAY, JUNE, JULY), told, strict=True):
            rows = world(con, day, *(state or {} for state in entries)).values()
            opened, closes = (
                con.execute(
                    f"select coalesce(sum({which}_principal_usd + {which}_interest_usd), 0)"
                    " from reports.receivable_movements"
                ).fetchall()[0][0]
                for which in ("opening", "closing")
            )
            assert opened == closing
            (movements,) = con.execute(
                f"select coalesce(sum({' + '.join(MOVEMENTS)}), 0) from reports.receivable_movements"
            ).fetchall()[0]
            assert opened + movements == closes
            assert all(row["closing_principal_usd"] >= 0 and row["closing_interest_usd"] >= 0 for row in rows)
            closing = closes
            freeze(con, day)


def test_of_two_closes_the_later_one_before_the_day_is_the_opening(con: Connection) -> None:
    for day in (MAY, JUNE, JULY):
        put_close(con, day)
    put(con, "ace.closed_entries", close_name="2026-06-30", importer_key="A", entry_number=ONE)
    row = world(con, JULY)[ONE]
    assert (row["opening_close_name"], row["opening_date"]) == ("2026-06-30", JUNE)
