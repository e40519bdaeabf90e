"""reports.deadline_calendar: which deadlines an entry has, on which day each ends, and which no longer matter."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts.fields import DEADLINE_KINDS
from tests.support.tables import clear, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.entries.law import put_law
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC12345676"
ELIGIBLE = {"cape_status": "eligible", "recommended_path": "file_cape"}
PROTEST = {"cape_status": "ineligible", "recommended_path": "file_protest"}
COURT = {"cape_status": "ineligible", "recommended_path": "court"}
ACCEPTED = {"cape_status": "accepted", "recommended_path": "await_refund", "is_accepted": True}
ACCEPTED_TWICE = {"cape_status": "review", "recommended_path": "await_refund", "is_accepted": True}
AWAIT_PHASE = {"cape_status": "ineligible", "recommended_path": "await_phase"}
REVIEW = {"cape_status": "review", "recommended_path": "manual_review"}
DISPUTE = {"cape_status": "refunded", "recommended_path": "dispute_refund"}

OF_FACTS = {
    "deposit_date",
    "entry_date",
    "is_accepted",
    "liquidation_state",
    "protest_decision_date",
    "protest_state",
    "recon_09_filed",
    "recon_due_date",
    "recon_due_date_basis",
    "recon_flag",
}


def days(number: int) -> timedelta:
    return timedelta(days=number)


def put_entry(con: Connection, entry: str = ENTRY, **changes: Any) -> None:
    """An eligible, unliquidated entry of type 01 and 200 days, with changes; `day`: liquidated so many days ago."""
    con.execute("update registry.as_of set as_of_date = ?", [changes.pop("as_of_date", AS_OF)])
    day = changes.pop("day", None)
    liquidation = None if day is None else AS_OF - days(day)
    answer: dict[str, Any] = {
        "entry_number": entry,
        "importer_number": "12-3456789",
        "importer_key": "123456789",
        "entry_type_code": "01",
        "liquidation_date": liquidation,
        "open_principal_usd": Decimal("100.00"),
        "psc_deadline_date": AS_OF + days(100),
        "psc_deadline_basis": "300_days_after_entry",
        **ELIGIBLE,
    }
    if liquidation is not None:
        answer |= {
            "cape_deadline_date": liquidation + days(80),
            "reliquidation_deadline_date": liquidation + days(90),
            "protest_deadline_date": liquidation + days(180),
        }
        if liquidation + days(180) >= AS_OF:
            answer |= {"protective_action": "file_protest", "protective_deadline_date": liquidation + days(180)}
    facts: dict[str, Any] = {
        "entry_number": entry,
        "entry_date": AS_OF - days(200),
        "liquidation_state": "unliquidated" if liquidation is None else "liquidated",
        "protest_state": "none",
    }
    for name, value in changes.items():
        (facts if name in OF_FACTS else answer)[name] = value
    put(con, "entries.eligibility_decisions", **answer | {"entry_date": facts["entry_date"]})
    put(con, "entries.case_facts", **facts)


def deadlines(con: Connection) -> dict[str, dict[str, Any]]:
    build(con, "entries.open_deadlines")
    assert broken_promises(con, "entries.open_deadlines") == []
    assert broken_promises(con, "reports.deadline_calendar") == []
    return {row["deadline_kind"]: row for row in rows_of(con, "reports.deadline_calendar")}


def only(con: Connection, kind: str) -> dict[str, Any]:
    return deadlines(con)[kind]


# --- filing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "left"), [(0, 80), (78, 2), (79, 1), (80, 0)])
def test_cape_filing_ends_on_day_80_and_is_recommended_by_day_78(con: Connection, day: int, left: int) -> None:
    put_entry(con, day=day)
    row = only(con, "cape_filing")
    assert row["deadline_date"] == AS_OF + days(left)
    assert row["recommended_date"] == AS_OF + days(left - 2)
    assert row["days_left"] == left
    assert (row["who_acts"], row["is_protective"], row["amount_usd"]) == ("filer", False, Decimal("100.00"))


@pytest.mark.parametrize(("day", "shown"), [(80, False), (81, True), (110, True), (111, False)])
def test_a_missed_day_80_is_shown_for_thirty_days(con: Connection, day: int, shown: bool) -> None:  # noqa: FBT001
    put_entry(con, day=day, **PROTEST)
    assert ("cape_filing" in deadlines(con)) is shown


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (ELIGIBLE, True),
        ({"cape_status": "ineligible", "recommended_path": "withdraw_protest_then_cape"}, True),
        ({"cape_status": "ineligible", "recommended_path": "fix_and_refile"}, True),
        ({"cape_status": "review", "recommended_path": "file_recon_first"}, True),
        (REVIEW, True),
        ({"cape_status": "ineligible", "recommended_path": "manual_review"}, False),
        (PROTEST, False),
        (AWAIT_PHASE, False),
        ({"cape_status": "ineligible", "recommended_path": "await_protest"}, False),
        (ACCEPTED, False),
    ],
)
def test_filing_ends_only_for_entries_that_may_still_be_filed(
    con: Connection,
    answer: dict[str, Any],
    shown: bool,  # noqa: FBT001
) -> None:
    put_entry(con, day=10, **answer)
    assert ("cape_filing" in deadlines(con)) is shown


def test_an_entry_whose_report_is_stale_may_have_liquidated_the_day_after_it(con: Connection) -> None:
    put_entry(con, worst_case_cape_deadline_date=AS_OF + days(60))
    row = only(con, "cape_filing")
    assert (row["deadline_date"], row["recommended_date"]) == (AS_OF + days(60), AS_OF + days(58))
    assert row["deadline_basis"] == "day_80_after_stale_report"


def test_an_unliquidated_entry_of_a_fresh_report_has_no_day_80(con: Connection) -> None:
    put_entry(con, status_as_of_date=AS_OF - days(20))
    assert "cape_filing" not in deadlines(con)


# --- day 90 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [ELIGIBLE, ACCEPTED, ACCEPTED_TWICE])
def test_day_90_is_the_limit_of_cbp_and_not_of_the_filer(con: Connection, answer: dict[str, Any]) -> None:
    put_entry(con, day=10, **answer)
    row = only(con, "cbp_reliquidation")
    assert (row["deadline_date"], row["who_acts"]) == (AS_OF + days(80), "cbp")


def test_day_90_is_over_once_cbp_has_reliquidated(con: Connection) -> None:
    put_entry(con, day=10, reliquidation_date=AS_OF - days(10), **ACCEPTED)
    assert "cbp_reliquidation" not in deadlines(con)


# --- protest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "is_protective"),
    [(ELIGIBLE, True), (ACCEPTED, True), (AWAIT_PHASE, True), (DISPUTE, True), (PROTEST, False)],
)
def test_the_protest_clock_stands_beside_every_waiting_path(
    con: Connection,
    answer: dict[str, Any],
    is_protective: bool,  # noqa: FBT001
) -> None:
    put_entry(con, day=80, **answer)
    row = only(con, "protest")
    assert (row["deadline_date"], row["is_protective"]) == (AS_OF + days(100), is_protective)
    assert broken_claim(con, "entries.open_deadlines", "every_protective_date_stands_here") == []


def test_a_protective_date_that_is_not_in_the_calendar_breaks_the_claim(con: Connection) -> None:
    put_entry(con, day=80)
    clear(con, "entries.open_deadlines")
    (told,) = broken_claim(con, "entries.open_deadlines", "every_protective_date_stands_here")
    assert told["entry_number"] == ENTRY


@pytest.mark.parametrize(("day", "left"), [(180, 0), (181, -1), (210, -30), (211, None)])
def test_a_protest_ends_on_day_180_and_is_shown_thirty_days_longer(con: Connection, day: int, left: int | None) -> None:
    put_entry(con, day=day, **(PROTEST if day <= 180 else COURT))
    assert deadlines(con).get("protest", {}).get("days_left") == left
    assert not deadlines(con).get("protest", {}).get("is_protective")


@pytest.mark.parametrize("state", ["open", "suspended", "approved", "denied", "denied_in_part"])
def test_no_second_protest_is_due_where_one_was_made(con: Connection, state: str) -> None:
    put_entry(con, day=185, protest_state=state, **COURT)
    assert "protest" not in deadlines(con)


@pytest.mark.parametrize("state", ["withdrawn", "rejected", "none", None])
def test_a_withdrawn_or_rejected_protest_leaves_the_clock_running(con: Connection, state: str | None) -> None:
    put_entry(con, day=185, protest_state=state, **COURT)
    assert only(con, "protest")["days_left"] == -5


def test_a_deemed_liquidation_starts_a_protest_clock_of_its_own(con: Connection) -> None:
    deemed = AS_OF - days(5)
    put_entry(
        con,
        entry_date=date(2025, 7, 15),
        deemed_liquidation_date=deemed,
        protective_action="file_protest",
        protective_deadline_date=deemed + days(180),
        **REVIEW,
    )
    found = deadlines(con)
    assert (found["deemed_liquidation"]["deadline_date"], found["deemed_liquidation"]["who_acts"]) == (deemed, "nobody")
    assert found["protest"]["deadline_date"] == deemed + days(180)
    assert found["protest"]["deadline_basis"] == "day_180_after_deemed_liquidation"


# --- court -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deposit", "basis"), [(date(2025, 5, 1), "two_years_after_deposit"), (None, "two_years_after_entry")]
)
def test_both_court_dates_stand_side_by_side(con: Connection, deposit: date | None, basis: str) -> None:
    own, conservative = AS_OF + days(300), AS_OF + days(200)
    put_entry(
        con,
        day=200,
        deposit_date=deposit,
        court_deadline_date=own,
        court_deadline_conservative_date=conservative,
        **COURT,
    )
    found = deadlines(con)
    assert (found["court"]["deadline_date"], found["court"]["deadline_basis"]) == (own, basis)
    assert found["court_conservative"]["deadline_date"] == conservative
    assert not found["court_conservative"]["is_protective"]


def test_a_court_date_beside_another_path_is_protective(con: Connection) -> None:
    put_entry(con, day=10, court_deadline_conservative_date=AS_OF, **ACCEPTED)
    assert only(con, "court_conservative")["is_protective"]


@pytest.mark.parametrize("state", ["denied", "denied_in_part"])
def test_a_denied_protest_leaves_180_days_to_court_and_no_other_court_date(con: Connection, state: str) -> None:
    decided = AS_OF - days(100)
    put_entry(
        con,
        day=250,
        protest_state=state,
        protest_decision_date=decided,
        court_deadline_date=decided + days(180),
        court_deadline_conservative_date=decided + days(180),
        **COURT,
    )
    found = deadlines(con)
    assert set(found) == {"protest_denied_court"}
    assert found["protest_denied_court"]["deadline_date"] == AS_OF + days(80)


# --- reconciliation, corrections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "filed", "shown"), [(True, False, True), (True, None, True), (True, True, False), (None, False, False)]
)
def test_a_reconciliation_is_due_where_the_entry_is_flagged_and_no_type_09_is_known(
    con: Connection,
    flag: bool | None,  # noqa: FBT001
    filed: bool | None,  # noqa: FBT001
    shown: bool,  # noqa: FBT001
) -> None:
    put_entry(
        con,
        recon_flag=flag,
        recon_09_filed=filed,
        recon_due_date=AS_OF + days(40),
        recon_due_date_basis="reported",
    )
    found = deadlines(con)
    assert ("reconciliation_due" in found) is shown
    if shown:
        row = found["reconciliation_due"]
        assert (row["recommended_date"], row["deadline_basis"]) == (AS_OF + days(9), "reported")


@pytest.mark.parametrize(
    ("left", "basis"), [(0, "300_days_after_entry"), (-1, "300_days_after_entry"), (99, "15_days_before_liquidation")]
)
def test_the_end_of_correction_is_that_of_the_answer(con: Connection, left: int, basis: str) -> None:
    put_entry(con, psc_deadline_date=AS_OF + days(left), psc_deadline_basis=basis)
    row = only(con, "psc")
    assert (row["days_left"], row["deadline_basis"]) == (left, basis)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, True),
        ({"day": 10}, False),
        (ACCEPTED, False),
        (AWAIT_PHASE, False),
        ({**AWAIT_PHASE, "last_cape_result": "failed"}, True),
        ({"liquidation_state": "suspended"}, True),
        ({"liquidation_state": None}, False),
        ({"psc_deadline_date": None, "psc_deadline_basis": None}, False),
    ],
)
def test_a_correction_is_possible_only_before_liquidation_and_acceptance(
    con: Connection,
    changes: dict[str, Any],
    shown: bool,  # noqa: FBT001
) -> None:
    put_entry(con, **changes)
    assert ("psc" in deadlines(con)) is shown


@pytest.mark.parametrize(
    ("as_of", "entry_type", "shown"),
    [("2026-08-20", "06", True), ("2026-08-21", "06", False), ("2026-08-21", "01", True)],
)
def test_zone_entries_have_no_correction_to_wait_for_from_21_august_2026(
    con: Connection,
    as_of: str,
    entry_type: str,
    shown: bool,  # noqa: FBT001
) -> None:
    put_law(con)
    put_entry(con, as_of_date=date.fromisoformat(as_of), entry_type_code=entry_type)
    assert ("psc" in deadlines(con)) is shown


def test_an_unliquidated_entry_is_deemed_liquidated_a_year_after_entry(con: Connection) -> None:
    put_entry(con, entry_date=date(2025, 8, 1))
    row = only(con, "deemed_liquidation")
    assert (row["deadline_date"], row["deadline_basis"]) == (date(2026, 8, 1), "one_year_after_entry")


@pytest.mark.parametrize("state", ["suspended", "extended"])
def test_a_statutory_hold_keeps_an_entry_from_being_deemed_liquidated(con: Connection, state: str) -> None:
    put_entry(con, liquidation_state=state)
    assert "deemed_liquidation" not in deadlines(con)


# --- the first day of CAPE -------------------------------------------------------------------------------------------


WAITS = {**AWAIT_PHASE, "blocking_rules": ["CAPE-OPEN"]}


@pytest.mark.parametrize(("as_of", "left"), [("2026-04-10", 10), ("2026-04-19", 1), ("2026-04-20", None)])
def test_until_cape_opens_an_entry_that_waits_for_nothing_else_shows_the_day(
    con: Connection, as_of: str, left: int | None
) -> None:
    put_law(con)
    put_entry(con, as_of_date=date.fromisoformat(as_of), **WAITS)
    row = deadlines(con).get("cape_opening")
    assert (row and row["days_left"]) == left
    if row:
        assert (row["deadline_date"], row["deadline_basis"]) == (date(2026, 4, 20), "first_day_of_cape")
        assert (row["who_acts"], row["is_protective"], row["recommended_date"]) == ("filer", False, None)


@pytest.mark.parametrize("answer", [{**AWAIT_PHASE, "blocking_rules": ["CAPE-OPEN", "RECON-FLAG"]}, PROTEST, REVIEW])
def test_an_entry_that_cape_will_not_take_on_its_first_day_does_not_wait_for_it(
    con: Connection, answer: dict[str, Any]
) -> None:
    put_law(con)
    put_entry(con, as_of_date=date(2026, 4, 10), **answer)
    assert "cape_opening" not in deadlines(con)


def test_without_the_rule_that_opens_cape_nothing_tells_the_day(con: Connection) -> None:
    put_entry(con, as_of_date=date(2026, 4, 10), **WAITS)
    assert "cape_opening" not in deadlines(con)


# --- what no longer matters, and the calendar ------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [("no_ieepa", "none"), ("refunded", "none")])
def test_a_settled_entry_and_one_without_ieepa_duty_have_no_deadline(con: Connection, answer: tuple[str, str]) -> None:
    put_entry(
        con,
        day=10,
        court_deadline_conservative_date=AS_OF,
        cape_status=answer[0],
        recommended_path=answer[1],
        protective_action=None,
    )
    assert deadlines(con) == {}


def test_of_a_refund_not_yet_in_cash_only_the_protest_is_left(con: Connection) -> None:
    put_entry(
        con, day=10, cape_status="refunded", recommended_path="await_refund", court_deadline_conservative_date=AS_OF
    )
    assert set(deadlines(con)) == {"protest"}


def test_an_unknown_amount_stays_unknown(con: Connection) -> None:
    put_entry(con, day=10, open_principal_usd=None)
    assert only(con, "cape_filing")["amount_usd"] is None


@pytest.mark.parametrize(
    ("day", "is_weekend", "holiday", "following"),
    [
        (date(2026, 9, 5), True, None, date(2026, 9, 8)),
        (date(2026, 9, 7), False, "Labor Day", date(2026, 9, 8)),
        (date(2026, 9, 8), False, None, date(2026, 9, 9)),
        (date(2031, 1, 4), True, None, None),
    ],
)
def test_weekends_and_holidays_are_told_and_move_no_deadline(
    con: Connection,
    day: date,
    is_weekend: bool,  # noqa: FBT001
    holiday: str | None,
    following: date | None,
) -> None:
    put_law(con)
    put_entry(con, day=10, court_deadline_conservative_date=day)
    row = only(con, "court_conservative")
    assert row["deadline_date"] == day
    assert (row["is_weekend"], row["holiday_name"], row["next_business_day"]) == (is_weekend, holiday, following)


def test_every_kind_of_deadline_is_reached_by_some_entry(con: Connection) -> None:
    later = AS_OF + days(100)
    put_entry(con, "ABC00000001", day=10, court_deadline_date=later, court_deadline_conservative_date=later)
    put_entry(con, "ABC00000002", recon_flag=True, recon_due_date=later, recon_due_date_basis="reported")
    put_entry(con, "ABC00000003", day=200, protest_state="denied", protest_decision_date=AS_OF, **COURT)
    put_law(con)
    put_entry(con, "ABC00000004", as_of_date=date(2026, 4, 10), **WAITS)
    assert set(deadlines(con)) == set(DEADLINE_KINDS)
