"""What `entries.eligibility_decisions` decides: which line of the precedence applies, and the clocks beside it.

Belongs here: status, path, deadlines and protective clock of one entry, both sides of every edge, and the comparison
with the oracle on random entries. Does not belong here: single rule outcomes (`test_rule_outcomes.py`).
"""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts.fields import CAPE_STATUSES, PATHS
from tests.support.oracle.eligibility import judge
from tests.support.tables import empty_tables, put, rows_of
from tests.tables.entries.cases import AS_OF, answer, answers, judged, put_case
from tests.tables.entries.random_cases import (
    AS_OF_DAYS,
    Case,
    draw_cases,
    every_combination,
    oracle_facts,
    put_cases,
)
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
Cases = list[tuple[dict[str, Any], tuple[str, str]]]

FILE = ("eligible", "file_cape")
FILE_PAID_LATER = ("eligible_paid_on_liquidation", "file_cape")
AWAIT_PHASE = ("ineligible", "await_phase")
FILE_PROTEST = ("ineligible", "file_protest")
COURT = ("ineligible", "court")
NOTHING_LEFT = ("ineligible", "none")
REVIEW = ("review", "manual_review")
FIX = ("ineligible", "fix_and_refile")
FAILED = {"last_cape_result": "failed", "last_cape_claim_number": "1", "last_cape_date": date(2026, 7, 10)}
SETTLED = {"refund_number": "R1", "refunded_principal_usd": Decimal("100.00"), "is_cash_settled": True}
SETTLED |= {"is_cash_short": False}


def on(day: str) -> date:
    return date.fromisoformat(day)


def verdict(con: Connection, as_of: date = AS_OF, **changes: Any) -> tuple[str, str]:
    row = answer(con, as_of, **changes)
    return row["cape_status"], row["recommended_path"]


# ---- the ordinary case and the 80 days ----------------------------------------------------------------------------


def test_a_plain_entry_is_eligible_with_no_deadline_and_nothing_in_the_way(law: Connection) -> None:
    row = answer(law)
    assert (row["cape_status"], row["recommended_path"]) == FILE
    assert row["blocking_rules"] == row["unverified_facts"] == []
    deadlines = [name for name in row if name.endswith("deadline_date") and name != "psc_deadline_date"]
    assert {row[name] for name in [*deadlines, "days_to_cape_deadline", "protective_action"]} == {None}


def test_a_preference_claim_keeps_no_entry_from_being_filed(law: Connection) -> None:
    row = answer(law, has_preference_claim=True)
    assert (row["cape_status"], row["recommended_path"]) == FILE
    assert row["blocking_rules"] == row["unverified_facts"] == []


def test_path_and_clocks_of_a_liquidated_entry_follow_its_day(law: Connection) -> None:
    paths = {
        0: FILE, 77: FILE, 78: FILE, 79: FILE, 80: FILE, 81: FILE_PROTEST, 90: FILE_PROTEST, 91: FILE_PROTEST,
        179: FILE_PROTEST, 180: FILE_PROTEST, 181: COURT,
    }  # fmt: skip
    for day, row in zip(paths, answers(law, [{"day": day} for day in paths]), strict=True):
        assert (row["cape_status"], row["recommended_path"]) == paths[day], day
        assert row["cape_deadline_date"] == AS_OF + timedelta(days=80 - day)
        assert row["days_to_cape_deadline"] == 80 - day
        assert row["reliquidation_deadline_date"] == AS_OF + timedelta(days=90 - day)
        assert row["protest_deadline_date"] == AS_OF + timedelta(days=180 - day)
        assert row["protective_action"] == ("file_protest" if day <= 180 else None)
        assert row["protective_deadline_date"] == (AS_OF + timedelta(days=180 - day) if day <= 180 else None)
        assert row["blocking_rules"] == (["LIQUIDATION-80-DAYS"] if day > 80 else [])


def test_an_entry_without_a_liquidation_day_is_judged_by_its_status(law: Connection) -> None:
    cases: Cases = [
        ({"liquidation_state": "unliquidated"}, FILE),
        ({"liquidation_state": "suspended"}, FILE_PAID_LATER),
        ({"liquidation_state": "extended"}, FILE_PAID_LATER),
        ({"liquidation_state": "under_review"}, FILE_PAID_LATER),
        ({"liquidation_state": None}, REVIEW),
        ({"liquidation_state": "liquidated"}, REVIEW),
    ]
    assert judged(law, cases) == cases


def test_a_liquidated_withdrawal_within_80_days_is_paid_when_its_warehouse_entry_liquidates(law: Connection) -> None:
    facts = {"entry_type_code": "31", "cape_treatment": "accepted_paid_on_liquidation"}
    assert verdict(law, day=10, **facts) == FILE_PAID_LATER


# ---- court --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2027-05-01", COURT), ("2027-05-10", COURT), ("2027-05-11", NOTHING_LEFT)],
)
def test_court_is_left_until_both_dates_are_past(law: Connection, as_of: str, expected: tuple[str, str]) -> None:
    facts = {"deposit_date": on("2025-05-10"), "programmes": ["reciprocal", "fentanyl_CN"]}
    row = answer(law, on(as_of), day=200, **facts)
    assert (row["cape_status"], row["recommended_path"]) == expected
    assert row["court_deadline_date"] == on("2027-05-10")
    assert row["court_deadline_conservative_date"] == on("2027-02-04")


def test_the_conservative_court_date_may_be_the_later_one(law: Connection) -> None:
    facts = {"deposit_date": on("2025-02-10"), "programmes": ["brazil"]}
    row = answer(law, on("2027-08-05"), day=200, **facts)
    assert row["court_deadline_conservative_date"] == on("2027-08-05")
    assert row["recommended_path"] == "court"


@pytest.mark.parametrize("unknown", [{"deposit_date": None, "entry_date": None}, {"programmes": []}])
def test_an_unknown_court_date_is_not_past(law: Connection, unknown: dict[str, Any]) -> None:
    assert verdict(law, on("2030-01-01"), day=900, **unknown) == COURT


def test_the_entry_date_stands_in_for_an_unknown_deposit(law: Connection) -> None:
    row = answer(law, day=10, deposit_date=None, entry_date=on("2024-02-29"))
    assert row["court_deadline_date"] == on("2026-02-28")


def test_an_entry_that_is_not_liquidated_shows_no_court_date(law: Connection) -> None:
    row = answer(law)
    assert (row["court_deadline_date"], row["court_deadline_conservative_date"]) == (None, None)


def test_a_withdrawn_programme_date_is_not_counted_from(law: Connection) -> None:
    law.execute("update registry.programme_dates set withdrawn_date = date '2026-12-01' where programme = 'brazil'")
    row = answer(law, day=10, programmes=["brazil", "reciprocal"])
    assert row["court_deadline_conservative_date"] == on("2027-04-05")


# ---- refunds and other money --------------------------------------------------------------------------------------


def test_a_refund_that_was_seen_is_closed_only_by_all_of_the_money(law: Connection) -> None:
    cases: Cases = [
        ({}, ("refunded", "none")),
        ({"refunded_principal_usd": Decimal("99.99")}, ("refunded", "dispute_refund")),
        ({"refunded_principal_usd": Decimal("100.01")}, ("refunded", "none")),
        ({"is_cash_settled": False}, ("refunded", "await_refund")),
        ({"is_cash_settled": None, "is_cash_short": None}, ("refunded", "await_refund")),
        ({"is_cash_settled": False, "refunded_principal_usd": Decimal("99.99")}, ("refunded", "await_refund")),
        ({"is_cash_settled": False, "refund_principal_usd": None}, ("refunded", "await_refund")),
        ({"is_cash_settled": False, "is_cash_short": True}, ("refunded", "dispute_refund")),
        ({"is_cash_settled": False, "is_cash_short": True, "data_complete": False}, ("refunded", "dispute_refund")),
        ({"refund_principal_usd": None}, ("refunded", "manual_review")),
        ({"refunded_principal_usd": None}, ("refunded", "manual_review")),
        ({"data_complete": False}, ("refunded", "manual_review")),
    ]
    assert judged(law, cases, **SETTLED) == cases


def test_a_refund_outranks_everything_else(law: Connection) -> None:
    assert verdict(law, day=300, drawback=True, entry_type_code="08", **SETTLED) == ("refunded", "none")


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, None),
        ({"is_cash_settled": False}, "file_protest"),
        ({"is_cash_settled": False, "is_cash_short": True}, "file_protest"),
        ({"refunded_principal_usd": Decimal("99.99")}, "file_protest"),
        ({"data_complete": False}, "file_protest"),
    ],
)
def test_the_reliquidation_may_be_protested_until_the_refund_is_settled(
    law: Connection, changes: dict[str, Any], action: str | None
) -> None:
    facts = {**SETTLED, "is_accepted": True, "reliquidation_date": AS_OF - timedelta(days=180), **changes}
    row = answer(law, day=180, **facts)
    assert row["protective_action"] == action
    assert row["protective_deadline_date"] == (AS_OF if action else None)


def test_a_prior_refund_closes_the_case_only_where_it_covers_the_duty_of_a_complete_entry(law: Connection) -> None:
    cases: Cases = [
        ({"prior_refund_usd": 99, "refund_principal_high_usd": 1}, FILE),
        ({"prior_refund_usd": 100, "refund_principal_high_usd": 0}, ("refunded", "none")),
        ({"prior_refund_usd": 100, "refund_principal_high_usd": 0, "data_complete": False}, REVIEW),
        ({"prior_refund_usd": 5, "ieepa_low_usd": 0, "ieepa_high_usd": 0}, ("no_ieepa", "none")),
        ({"prior_refund_usd": 5, "duty_deposited": False, "refund_principal_high_usd": 0}, FILE),
    ]
    assert judged(law, cases) == cases


@pytest.mark.parametrize(
    ("low", "high", "refunded", "still_open"),
    [("100.00", "100.00", None, "100.00"), ("100.00", "100.00", "30.00", "70.00"), ("100.00", "100.00", "120.00", "0")],
)
def test_the_open_principal_is_what_was_not_refunded_and_never_negative(
    law: Connection, low: str, high: str, refunded: str | None, still_open: str
) -> None:
    facts = {"refund_principal_usd": Decimal(low), "refund_principal_high_usd": Decimal(high)}
    row = answer(law, refunded_principal_usd=refunded and Decimal(refunded), **facts)
    assert row["open_principal_usd"] == Decimal(still_open)


def test_an_unknown_principal_is_not_nothing(law: Connection) -> None:
    assert answer(law, refund_principal_usd=None)["open_principal_usd"] is None


@pytest.mark.parametrize(("high", "uncertain"), [("100.00", False), ("100.01", True), (None, False)])
def test_a_principal_that_may_be_higher_is_uncertain(law: Connection, high: str | None, *, uncertain: bool) -> None:
    row = answer(law, refund_principal_high_usd=high and Decimal(high))
    assert row["amount_uncertain"] is uncertain


# ---- claims -------------------------------------------------------------------------------------------------------


def test_an_accepted_entry_waits_for_its_refund_whatever_else_is_wrong(law: Connection) -> None:
    assert verdict(law, is_accepted=True, day=200, drawback=True) == ("accepted", "await_refund")


def test_an_entry_on_two_accepted_declarations_is_reviewed_and_its_refund_still_awaited(law: Connection) -> None:
    accepted = {"is_accepted": True, "claim_number": "7", "accepted_date": on("2026-07-01")}
    once, twice, refunded = answers(
        law,
        [
            {**accepted, "accepted_claim_count": 1},
            {**accepted, "accepted_claim_count": 2},
            {**accepted, "accepted_claim_count": 2, **SETTLED},
        ],
    )
    assert [(row["cape_status"], row["recommended_path"]) for row in (once, twice, refunded)] == [
        ("accepted", "await_refund"),
        ("review", "await_refund"),
        ("refunded", "none"),
    ]
    assert (twice["claim_number"], twice["accepted_date"]) == ("7", on("2026-07-01"))
    assert twice["blocking_rules"] == ["ALREADY-ACCEPTED", "ACCEPTED-ONCE"]
    assert twice["path_reason"] == "on more than one accepted declaration"


@pytest.mark.parametrize(("entry_date", "expected"), [(AS_OF, FILE), (AS_OF + timedelta(days=1), REVIEW), (None, FILE)])
def test_an_entry_dated_after_the_day_is_not_filed_and_not_lost(
    law: Connection, entry_date: date | None, expected: tuple[str, str]
) -> None:
    assert verdict(law, entry_date=entry_date) == expected


def test_a_later_entry_date_hides_no_acceptance_and_no_refund(law: Connection) -> None:
    later = {"entry_date": AS_OF + timedelta(days=1)}
    cases: Cases = [
        ({"is_accepted": True, **later}, ("accepted", "await_refund")),
        ({**SETTLED, **later}, ("refunded", "none")),
        ({"ieepa_high_usd": 0, **later}, REVIEW),
    ]
    assert judged(law, cases) == cases


def test_a_cancelled_or_rejected_summary_is_reviewed_with_its_reason(law: Connection) -> None:
    rows = answers(
        law,
        [
            {"control_status": "Accepted"},
            {"control_status": None},
            {"control_status": "Rejected"},
            {"control_status": "Cancelled", "is_statement_unpaid": True},
        ],
    )
    assert [(row["cape_status"], row["recommended_path"]) for row in rows] == [FILE, FILE, REVIEW, REVIEW]
    assert [row["path_reason"] for row in rows[2:]] == [
        "the entry summary is cancelled or rejected",
        "the statement is not shown as paid",
    ]


@pytest.mark.parametrize(
    ("day", "reliquidated", "reason"),
    [
        (84, False, "protest_clock_runs"), (85, False, "accepted_not_reliquidated"), (85, True, "protest_clock_runs"),
        (180, False, "accepted_not_reliquidated"), (181, False, None),
    ],
)  # fmt: skip
def test_an_accepted_entry_not_reliquidated_by_day_85_says_so_beside_the_protest_clock(
    law: Connection, day: int, *, reliquidated: bool, reason: str | None
) -> None:
    facts = {"reliquidation_date": AS_OF - timedelta(days=day)} if reliquidated else {}
    assert answer(law, is_accepted=True, day=day, **facts)["protective_reason"] == reason


def test_a_failure_leads_to_what_its_message_leaves_to_do(law: Connection) -> None:
    cases: Cases = [
        ({"remedy": "wait_then_refile", "day": None}, FIX),
        ({"remedy": "wait_then_refile", "day": 80}, FIX),
        ({"remedy": "wait_then_refile", "day": 81}, FILE_PROTEST),
        ({"remedy": "wait_then_refile", "day": 181}, COURT),
        ({"remedy": "refile_unchanged_once", "day": 80}, FIX),
        ({"remedy": "refile_unchanged_once", "day": 81}, FILE_PROTEST),
        ({"remedy": "psc", "day": None}, FIX),
        ({"remedy": "psc", "day": 10}, FILE_PROTEST),
        ({"remedy": "psc", "day": 181}, COURT),
        ({"remedy": "await_phase", "day": None}, AWAIT_PHASE),
        ({"remedy": "await_phase", "day": 100}, AWAIT_PHASE),
        ({"remedy": "protest_or_court", "day": None}, REVIEW),
        ({"remedy": "protest_or_court", "day": 10}, FILE_PROTEST),
        ({"remedy": "protest_or_court", "day": 180}, FILE_PROTEST),
        ({"remedy": "protest_or_court", "day": 181}, COURT),
        ({"remedy": "unknown", "day": 10}, REVIEW),
        ({"remedy": "unknown", "day": None}, REVIEW),
    ]
    assert judged(law, cases, **FAILED) == cases


def test_a_correction_needs_300_days_from_entry_15_before_liquidation_and_an_open_summary(law: Connection) -> None:
    cases: Cases = [
        ({"entry_date": AS_OF - timedelta(days=300)}, FIX),
        ({"entry_date": AS_OF - timedelta(days=301)}, AWAIT_PHASE),
        ({"entry_date": None}, AWAIT_PHASE),
        ({"projected_liquidation_date": AS_OF + timedelta(days=15)}, FIX),
        ({"projected_liquidation_date": AS_OF + timedelta(days=14)}, AWAIT_PHASE),
        ({"projected_liquidation_date": AS_OF - timedelta(days=1)}, AWAIT_PHASE),
        ({"liquidation_state": "suspended"}, FIX),
        ({"liquidation_state": None}, REVIEW),
    ]
    assert judged(law, cases, remedy="psc", **FAILED) == cases


def test_the_last_day_for_a_correction_is_the_earlier_of_its_two_limits(law: Connection) -> None:
    entered = date(2026, 2, 1)
    limits: list[tuple[dict[str, Any], tuple[date | None, str | None]]] = [
        ({"entry_date": entered}, (date(2026, 11, 28), "300_days_after_entry")),
        (
            {"entry_date": entered, "projected_liquidation_date": date(2026, 12, 13)},
            (date(2026, 11, 28), "300_days_after_entry"),
        ),
        (
            {"entry_date": entered, "projected_liquidation_date": date(2026, 12, 12)},
            (date(2026, 11, 27), "15_days_before_liquidation"),
        ),
        ({"entry_date": entered, "liquidation_state": None}, (date(2026, 11, 28), "300_days_after_entry")),
        ({"entry_date": entered, "day": 10}, (None, None)),
        ({"entry_date": entered, "liquidation_state": "liquidated"}, (None, None)),
        ({"entry_date": None}, (None, None)),
        ({"entry_date": None, "projected_liquidation_date": date(2026, 12, 12)}, (None, None)),
    ]
    told = answers(law, [facts for facts, _ in limits])
    assert [(row["psc_deadline_date"], row["psc_deadline_basis"]) for row in told] == [limit for _, limit in limits]


@pytest.mark.parametrize(
    ("as_of", "entry_type", "expected"),
    [
        ("2026-08-20", "06", FIX), ("2026-08-21", "06", AWAIT_PHASE), ("2026-08-21", "01", FIX),
    ],
)  # fmt: skip
def test_zone_entries_cannot_correct_ieepa_numbers_from_21_august_2026(
    law: Connection, as_of: str, entry_type: str, expected: tuple[str, str]
) -> None:
    assert verdict(law, on(as_of), entry_type_code=entry_type, remedy="psc", **FAILED) == expected


@pytest.mark.parametrize("remedy", ["psc", "protest_or_court", "wait_then_refile"])
def test_no_second_protest_is_advised_where_one_is_on_file(law: Connection, remedy: str) -> None:
    facts = {"day": 100, "protest_state": "open", "remedy": remedy, **FAILED}
    assert verdict(law, **facts) == ("ineligible", "await_protest")


def test_a_protest_found_by_cbp_stands_where_no_newer_fact_denies_it(law: Connection) -> None:
    cases: Cases = [
        ({"day": 80, "protest_scope": "ieepa_only"}, ("ineligible", "withdraw_protest_then_cape")),
        ({"day": 81, "protest_scope": "ieepa_only"}, ("ineligible", "await_protest")),
        ({"day": 80, "protest_scope": "mixed"}, ("ineligible", "await_protest")),
        ({"day": 80, "protest_scope": None}, ("ineligible", "await_protest")),
        ({"protest_scope": "ieepa_only"}, ("ineligible", "await_protest")),
        (
            {"day": 80, "protest_scope": "ieepa_only", "protest_state": None},
            ("ineligible", "withdraw_protest_then_cape"),
        ),
        (
            {"day": 80, "protest_scope": "ieepa_only", "protest_state": "open"},
            ("ineligible", "withdraw_protest_then_cape"),
        ),
    ]
    assert judged(law, cases, last_cape_message="PROTEST ON ENTRY", remedy="remove_cause", **FAILED) == cases


def test_a_protest_withdrawn_after_the_failure_lets_the_entry_be_filed_again(law: Connection) -> None:
    facts = {**FAILED, "last_cape_message": "PROTEST ON ENTRY", "remedy": "remove_cause", "day": 80}
    assert verdict(law, **facts, protest_state="withdrawn", protest_as_of_date=on("2026-07-11")) == FILE


@pytest.mark.parametrize(("result", "accepted"), [("unknown", False), ("failed", True)])
def test_an_unknown_answer_is_reviewed_and_a_duplicate_of_an_accepted_entry_is_not(
    law: Connection, result: str, *, accepted: bool
) -> None:
    facts = {"last_cape_result": result, "remedy": "unknown", "is_accepted": accepted}
    assert verdict(law, **facts) == (("accepted", "await_refund") if accepted else REVIEW)


# ---- kinds of entries, and what is not known ----------------------------------------------------------------------


def test_a_fact_decides_in_the_order_of_the_precedence(law: Connection) -> None:
    cases: Cases = [
        ({"ieepa_low_usd": 0, "ieepa_high_usd": 0}, ("no_ieepa", "none")),
        ({"ieepa_low_usd": 0}, FILE),
        ({"ieepa_low_usd": None, "ieepa_high_usd": None}, REVIEW),
        ({"ieepa_low_usd": 0, "ieepa_high_usd": 0, "data_complete": False}, REVIEW),
        ({"ieepa_low_usd": 0, "ieepa_high_usd": 0, "baseline_basis": "ieepa_vanished"}, REVIEW),
        ({"baseline_basis": "ieepa_vanished"}, REVIEW),
        ({"data_complete": False}, REVIEW),
        ({"is_check_digit_right": False}, REVIEW),
        ({"entry_type_code": "47", "cape_treatment": "rejected"}, ("ineligible", "manual_review")),
        ({"entry_type_code": None, "cape_treatment": "unknown", "drawback": True}, REVIEW),
        ({"entry_type_code": "86", "cape_treatment": "unknown", "drawback": True}, AWAIT_PHASE),
        ({"entry_type_code": "86", "cape_treatment": "unknown"}, REVIEW),
        ({"drawback": True}, AWAIT_PHASE),
        ({"drawback": None}, FILE),
        ({"surety_paid": True}, ("ineligible", "manual_review")),
        ({"surety_paid": None}, FILE),
        ({"is_statement_unpaid": True}, REVIEW),
        ({"contradicted_facts": ["drawback"]}, REVIEW),
        ({"contradicted_facts": ["evidence", "deposit_date"]}, FILE),
        ({"day": 200, "protest_state": None}, REVIEW),
        ({"protest_state": None}, FILE),
    ]
    assert judged(law, cases) == cases


def test_a_reconciliation_due_in_31_to_75_days_leaves_the_status(law: Connection) -> None:
    flagged = {"recon_flag": True, "recon_09_filed": False}
    cases: Cases = [
        ({"recon_due_date": AS_OF + timedelta(days=30), **flagged}, ("review", "file_recon_first")),
        ({"recon_due_date": AS_OF + timedelta(days=31), **flagged}, FILE),
        ({"recon_due_date": AS_OF + timedelta(days=76), **flagged}, FILE),
    ]
    assert judged(law, cases) == cases


#: What an entry can be on the eve of CAPE, and on its first day.
OPENING: list[tuple[dict[str, Any], tuple[str, str], tuple[str, str]]] = [
    ({}, AWAIT_PHASE, FILE),
    ({"liquidation_state": "extended"}, AWAIT_PHASE, FILE_PAID_LATER),
    ({"liquidation_date": on("2026-01-30")}, AWAIT_PHASE, FILE),
    ({"liquidation_date": on("2026-01-29")}, FILE_PROTEST, FILE_PROTEST),
    ({"liquidation_state": None}, REVIEW, REVIEW),
    ({"ieepa_high_usd": 0}, ("no_ieepa", "none"), ("no_ieepa", "none")),
    ({"recon_flag": True}, AWAIT_PHASE, AWAIT_PHASE),
    (
        {"liquidation_date": on("2026-04-01"), "protest_state": "open", "protest_scope": "ieepa_only"},
        ("ineligible", "await_protest"),
        ("ineligible", "withdraw_protest_then_cape"),
    ),
]


@pytest.mark.parametrize(("as_of", "place"), [("2026-04-19", 1), ("2026-04-20", 2)])
def test_until_cape_opens_an_entry_it_will_take_waits_for_it(law: Connection, as_of: str, place: int) -> None:
    rows = answers(law, [_liquidated_on(on(as_of), case[0]) for case in OPENING], on(as_of))
    told = [(case[0], (row["cape_status"], row["recommended_path"])) for case, row in zip(OPENING, rows, strict=True)]
    assert told == [(case[0], case[place]) for case in OPENING]
    assert {"CAPE-OPEN" in row["blocking_rules"] for row in rows} == {place == 1}


def _liquidated_on(as_of: date, changes: dict[str, Any]) -> dict[str, Any]:
    liquidated_on = changes.get("liquidation_date")
    return {**changes, "day": (as_of - liquidated_on).days} if liquidated_on else changes


def test_why_an_entry_cannot_wait_for_cape_is_told(law: Connection) -> None:
    row = answer(law, on("2026-04-10"), day=80)
    assert (row["recommended_path"], row["path_reason"]) == ("file_protest", "day 80 passes before CAPE opens")


@pytest.mark.parametrize(
    ("as_of", "treatment", "expected"),
    [
        ("2026-07-06", "accepted_paid_on_liquidation", FILE_PAID_LATER),
        ("2026-07-07", "rejected", AWAIT_PHASE),
    ],
)
def test_a_warehouse_entry_is_taken_until_6_july_2026(
    law: Connection, as_of: str, treatment: str, expected: tuple[str, str]
) -> None:
    assert verdict(law, on(as_of), entry_type_code="21", cape_treatment=treatment) == expected


@pytest.mark.parametrize(
    ("as_of", "changes", "expected"),
    [
        ("2026-06-28", {}, AWAIT_PHASE),
        ("2026-06-29", {}, FILE),
        ("2026-06-29", {"recon_09_filed": True}, AWAIT_PHASE),
        ("2026-06-29", {"recon_09_filed": None}, REVIEW),
        ("2026-06-29", {"is_recon_flag_allowed": False}, AWAIT_PHASE),
        ("2026-06-29", {"recon_due_date": on("2026-07-29")}, ("review", "file_recon_first")),
        ("2026-06-29", {"recon_due_date": on("2026-07-30")}, FILE),
        ("2026-06-28", {"recon_flag": None}, REVIEW),
        ("2026-06-29", {"recon_flag": None}, REVIEW),
    ],
)
def test_a_flagged_entry_is_taken_from_29_june_2026_without_a_type_09(
    law: Connection, as_of: str, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert verdict(law, on(as_of), **{"recon_flag": True, "recon_09_filed": False, **changes}) == expected


def test_an_antidumping_entry_waits_until_it_is_liquidated_unless_it_is_suspended(law: Connection) -> None:
    cases: Cases = [
        ({"adcvd_status": "pending"}, ("ineligible", "await_liquidation")),
        (
            {"adcvd_status": "instructions_issued", "liquidation_state": "suspended"},
            ("ineligible", "await_liquidation"),
        ),
        ({"adcvd_status": "suspended"}, FILE_PAID_LATER),
        ({"adcvd_status": "suspended", "surety_paid": True}, ("ineligible", "manual_review")),
        ({"adcvd_status": "suspended", "day": 10}, FILE),
        ({"adcvd_status": "none"}, FILE),
        ({"adcvd_status": None}, REVIEW),
        ({"adcvd_status": None, "liquidation_state": "suspended"}, REVIEW),
        ({"adcvd_status": "pending", "day": 80}, FILE),
        ({"adcvd_status": "pending", "day": 81}, FILE_PROTEST),
    ]
    assert judged(law, cases, entry_type_code="03", cape_treatment="ad_cvd_rule") == cases


# ---- protests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["open", "suspended"])
def test_a_protest_is_withdrawn_only_for_ieepa_alone_and_up_to_day_80(law: Connection, state: str) -> None:
    paths: dict[tuple[int | None, str | None], str] = {
        (80, "ieepa_only"): "withdraw_protest_then_cape",
        (81, "ieepa_only"): "await_protest",
        (80, "mixed"): "await_protest",
        (80, "unknown"): "await_protest",
        (80, None): "await_protest",
        (None, "ieepa_only"): "await_protest",
    }
    cases = [{"day": day, "protest_scope": scope, "protest_state": state} for day, scope in paths]
    for (case, path), row in zip(paths.items(), answers(law, cases), strict=True):
        assert (row["cape_status"], row["recommended_path"]) == ("ineligible", path), case
        assert row["protective_action"] is None
        assert ("protest_scope" in row["unverified_facts"]) == (case[1] in ("unknown", None))


def test_an_approved_protest_pays_by_its_own_route(law: Connection) -> None:
    assert verdict(law, day=100, protest_state="approved") == ("ineligible", "await_refund")


@pytest.mark.parametrize("state", ["denied", "denied_in_part"])
def test_a_denied_protest_leaves_180_days_for_court(law: Connection, state: str) -> None:
    paths = {0: COURT, 180: COURT, 181: NOTHING_LEFT, None: REVIEW}
    decided = [None if days is None else AS_OF - timedelta(days=days) for days in paths]
    cases = [{"day": 100, "protest_state": state, "protest_decision_date": day} for day in decided]
    for path, day, row in zip(paths.values(), decided, answers(law, cases), strict=True):
        assert (row["cape_status"], row["recommended_path"]) == path, day
        summons = day and day + timedelta(days=180)
        assert (row["court_deadline_date"], row["court_deadline_conservative_date"]) == (summons, summons)
        assert row["protective_action"] is None


def test_without_a_protest_on_file_the_clock_runs(law: Connection) -> None:
    states = ("withdrawn", "rejected", "none", "unknown", None)
    rows = answers(law, [{"day": 100, "protest_state": state} for state in states])
    assert [row["protective_action"] for row in rows] == ["file_protest"] * len(states)


# ---- the clock beside every path ----------------------------------------------------------------------------------


def test_no_waiting_path_hides_the_protest_clock(law: Connection) -> None:
    cases: list[dict[str, Any]] = [
        {"drawback": True},
        {
            "entry_type_code": "21",
            "cape_treatment": "rejected",
            "duty_deposited": False,
            "refund_principal_high_usd": 0,
        },
        {"entry_type_code": "08", "cape_treatment": "rejected"},
        {"recon_flag": True, "recon_09_filed": True},
        {"ieepa_low_usd": None, "ieepa_high_usd": None, "refund_principal_high_usd": None},
        {"ieepa_low_usd": 0, "ieepa_high_usd": 0, "refund_principal_high_usd": 0, "data_complete": False},
        {"is_accepted": True},
    ]
    for changes, row in zip(cases, answers(law, [{"day": 60, **changes} for changes in cases]), strict=True):
        assert row["protective_action"] == "file_protest", changes
        assert row["protective_deadline_date"] == AS_OF + timedelta(days=120)


@pytest.mark.parametrize("changes", [{"ieepa_low_usd": 0, "ieepa_high_usd": 0}, {"prior_refund_usd": 100}])
def test_where_nothing_is_left_to_claim_there_is_nothing_to_protect(law: Connection, changes: dict[str, Any]) -> None:
    assert answer(law, day=60, **changes)["protective_action"] is None


@pytest.mark.parametrize("state", ["unliquidated", "under_review"])
def test_a_deemed_liquidation_starts_the_protest_clock_and_leaves_the_status(law: Connection, state: str) -> None:
    protected = {"2025-07-20": False, "2025-07-19": True, "2025-01-21": True, "2025-01-20": False}
    rows = answers(law, [{"liquidation_state": state, "entry_date": on(day)} for day in protected])
    for (entry_date, is_protected), row in zip(protected.items(), rows, strict=True):
        deemed = on(entry_date).replace(year=2026)
        assert row["cape_status"] in ("eligible", "eligible_paid_on_liquidation")
        assert row["protective_reason"] == ("deemed_liquidated" if is_protected else None), entry_date
        assert row["protective_deadline_date"] == (deemed + timedelta(days=180) if is_protected else None)
        assert row["deemed_liquidation_date"] == (deemed if deemed < AS_OF else None)


# ---- lists, grain, months, claims ---------------------------------------------------------------------------------


def test_unverified_facts_name_what_no_report_holds_and_leave_the_status(law: Connection) -> None:
    facts = {"drawback": None, "surety_paid": None, "recon_flag": True, "recon_09_filed": False}
    row = answer(law, **facts)
    assert (row["cape_status"], row["recommended_path"]) == FILE
    assert row["unverified_facts"] == ["drawback", "surety_paid", "recon_due_date"]


def test_blocking_rules_name_everything_in_the_way(law: Connection) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"entry_type_code": None, "cape_treatment": "unknown"}, ["ENTRY-TYPE-EXCLUDED", "ENTRY-TYPE-KNOWN"]),
        ({"day": 100, "drawback": True, "surety_paid": True}, ["DRAWBACK", "LIQUIDATION-80-DAYS", "SURETY"]),
        ({"liquidation_state": None}, ["LIQUIDATION-STATUS"]),
        ({"is_check_digit_right": False, "data_complete": False}, ["DATA-COMPLETE", "CHECK-DIGIT"]),
        ({"is_statement_unpaid": True}, ["SUMMARY-STATUS"]),
        ({"day": 10, "protest_state": "open"}, ["PROTEST"]),
        ({"recon_flag": True, "recon_09_filed": False, "recon_due_date": AS_OF}, ["RECON-DUE-DATE"]),
        ({"baseline_basis": "ieepa_vanished", "ieepa_high_usd": 0}, ["BASELINE", "IEEPA-DUTY"]),
        ({"last_cape_result": "unknown"}, ["CBP-VERDICT"]),
        ({"is_accepted": True}, ["ALREADY-ACCEPTED"]),
    ]
    rows = answers(law, [changes for changes, _ in cases])
    assert [row["blocking_rules"] for row in rows] == [rules for _, rules in cases]


def test_the_clocks_are_those_of_the_liquidation_that_counts(law: Connection) -> None:
    row = answer(law, day=10)
    clocks = ("cape_deadline_date", "reliquidation_deadline_date", "protest_deadline_date")
    assert [(row[clock] - AS_OF).days for clock in clocks] == [70, 80, 170]


def test_only_the_months_asked_for_are_answered(law: Connection) -> None:
    put_case(law, entry_number="ABC00000001", partition_month="2025-06")
    put_case(law, entry_number="ABC00000002", partition_month="undated")
    rows = rows_of(law, "entries.eligibility_decisions", months=("undated",))
    assert [row["entry_number"] for row in rows] == ["ABC00000002"]
    assert broken_promises(law, "entries.eligibility_decisions") == []


def test_an_entry_without_an_answer_and_an_answer_without_an_entry_break_the_claim(law: Connection) -> None:
    for entry_number in ("A", "B"):
        put(law, "lines.entry_baselines", entry_number=entry_number)
    for entry_number in ("B", "C"):
        put(law, "entries.eligibility_decisions", entry_number=entry_number)
    lost = broken_claim(law, "entries.eligibility_decisions", "no_entry_is_lost")
    assert sorted(row["entry_number"] for row in lost) == ["A", "C"]
    assert broken_claim(law, "entries.eligibility_decisions", "no_entry_is_lost", months=("undated",)) == []


# ---- random entries against the oracle ----------------------------------------------------------------------------

COMPARED = (
    "cape_status", "recommended_path", "cape_deadline_date", "reliquidation_deadline_date", "protest_deadline_date",
    "court_deadline_date", "court_deadline_conservative_date", "days_to_cape_deadline", "protective_action",
    "protective_deadline_date", "deemed_liquidation_date", "psc_deadline_date",
)  # fmt: skip
RECONCILIATION_OPENED = date(2026, 6, 29)
#: The day before and the day of every phase, and a day after all of them.
EDGES = tuple(
    on(day)
    for day in (
        "2026-04-19", "2026-04-20", "2026-06-28", "2026-06-29", "2026-07-06", "2026-07-07", "2026-11-20",
    )
)  # fmt: skip


@given(seed=st.integers(min_value=0, max_value=2**32 - 1), as_of=st.sampled_from(AS_OF_DAYS))
def test_the_selects_and_the_oracle_agree_on_every_entry(seed: int, as_of: date) -> None:
    assert _differences(draw_cases(seed, 300, as_of)) == []


@pytest.mark.parametrize("as_of", EDGES)
def test_the_selects_and_the_oracle_agree_on_every_combination_of_type_status_flag_and_age(as_of: date) -> None:
    cases = every_combination(as_of)
    assert len(cases) > 3000
    assert _differences(cases) == []


def _differences(cases: list[Case]) -> list[str]:
    """Where the two disagree, at most three: the ones with the fewest changes to the plain entry, easiest to read."""
    with empty_tables() as con:
        put_cases(con, cases)
        build(con, "entries.eligibility_decisions")
        rows = rows_of(con, "entries.eligibility")
    assert [row["entry_number"] for row in rows] == [case.entry_number for case in cases]
    differences = [said for case, row in zip(cases, rows, strict=True) if (said := _difference(case, row))]
    return sorted(differences, key=len)[:3]


def _difference(case: Case, row: dict[str, Any]) -> str:
    expected = judge(oracle_facts(case), case.as_of)
    told = {name: (row[name], expected[name]) for name in COMPARED if row[name] != expected[name]}
    unverified = set(expected["unverified_facts"])
    if case.as_of < RECONCILIATION_OPENED:
        unverified.discard("recon_due_date")  # the rule is not in force, the oracle lists the fact all the same
    if set(row["unverified_facts"]) != unverified:
        told["unverified_facts"] = (row["unverified_facts"], sorted(unverified))
    if (expected["protective_reason"] == "deemed_liquidated") != (row["protective_reason"] == "deemed_liquidated"):
        told["protective_reason"] = (row["protective_reason"], expected["protective_reason"])
    if not told:
        return ""
    facts = {name: value for name, value in case.facts.items() if value not in (None, [], False)}
    return f"{case.as_of} {expected['deciding_rule']} against {row['path_reason']!r}: {told}; {facts}"


def test_random_entries_reach_every_status_and_every_path() -> None:
    reached: Counter[str] = Counter()
    for seed, as_of in enumerate(AS_OF_DAYS * 2):
        for case in draw_cases(seed, 300, as_of):
            result = judge(oracle_facts(case), as_of)
            reached.update([result["cape_status"], result["recommended_path"]])
    assert set(reached) == {*CAPE_STATUSES, *PATHS}
    assert min(reached.values()) >= 10


# ---- what the status and the payment rest on ------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "worst_case"), [(14, None), (15, AS_OF + timedelta(days=65))])
def test_a_status_older_than_14_days_shows_the_worst_case_of_the_cape_deadline(
    law: Connection, age: int, worst_case: date | None
) -> None:
    row = answer(law, liquidation_state="unliquidated", status_as_of_date=AS_OF - timedelta(days=age))
    assert (row["status_age_days"], row["worst_case_cape_deadline_date"]) == (age, worst_case)


def test_the_ordinary_cycle_ends_314_days_after_entry(law: Connection) -> None:
    assert answer(law, entry_date=date(2025, 9, 10))["assumed_liquidation_from_date"] == date(2026, 7, 21)


@pytest.mark.parametrize(
    ("basis", "evidence"),
    [
        ("rev103_paid", "paid_statement"),
        ("bank_debit", "paid_statement"),
        ("user_fact", "user"),
        ("monthly_statement_rule", "assumed"),
        ("entry_summary_date_proxy", "assumed"),
        (None, "assumed"),
    ],
)
def test_only_a_statement_or_the_user_shows_that_the_duty_was_paid(
    law: Connection, basis: str | None, evidence: str
) -> None:
    assert answer(law, deposit_date_basis=basis)["payment_evidence"] == evidence
