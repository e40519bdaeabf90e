"""The precedence list, the three clocks and the protective date, edge by edge.

What belongs here: one plain entry, changed one fact at a time. What does not: comparisons with the product.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.eligibility import CBP_REMEDIES, judge

AS_OF = date(2026, 7, 20)
LIQUIDATED = date(2026, 5, 1)

STATUSES = {
    "eligible",
    "eligible_paid_on_liquidation",
    "accepted",
    "refunded",
    "ineligible",
    "no_ieepa",
    "review",
}
PATHS = {
    "file_cape",
    "await_refund",
    "withdraw_protest_then_cape",
    "await_protest",
    "await_phase",
    "file_protest",
    "court",
    "fix_and_refile",
    "file_recon_first",
    "await_liquidation",
    "dispute_refund",
    "manual_review",
    "none",
}


def entry(**changes: Any) -> dict[str, Any]:
    """An ordinary unliquidated type 01 entry on which every fact is known and nothing stands in the way."""
    facts: dict[str, Any] = {
        "entry_type_code": "01",
        "entry_date": date(2025, 12, 1),
        "deposit_date": date(2025, 12, 15),
        "liquidation_status": "Unliquidated",
        "liquidation_date": None,
        "status_as_of_date": date(2026, 7, 18),
        "recon_flag": False,
        "drawback": False,
        "surety_paid": False,
        "protest_status": "none",
        "accepted": False,
        "data_complete": True,
        "baseline_ok": True,
        "refund_principal_usd": Decimal("1000.00"),
        "refund_principal_high_usd": Decimal("1000.00"),
        "programmes": [{"publication_date": date(2025, 4, 7), "first_collection_date": date(2025, 4, 5)}],
    }
    return {**facts, **changes}


def liquidated(day: int, as_of: date = AS_OF, **changes: Any) -> dict[str, Any]:
    """The same entry, liquidated ``day`` days before ``as_of``."""
    return entry(liquidation_status="Liquidated", liquidation_date=as_of - timedelta(days=day), **changes)


def outcome(facts: dict[str, Any], as_of: date = AS_OF) -> tuple[str, str]:
    result = judge(facts, as_of)
    return result["cape_status"], result["recommended_path"]


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "refund_number": "R1",
        "principal": Decimal("1000.00"),
        "interest": Decimal("40.00"),
        "cash_state": "matched",
        **changes,
    }


# ---- the ordinary case and the 80 days ----------------------------------------------------------------------------


def test_an_unliquidated_entry_is_eligible_and_has_no_deadline() -> None:
    result = judge(entry(), AS_OF)
    assert (result["cape_status"], result["recommended_path"]) == ("eligible", "file_cape")
    assert result["blocking_rules"] == result["unverified_facts"] == []
    deadlines = [name for name in result if name.endswith("deadline_date") and name != "psc_deadline_date"]
    assert {result[name] for name in deadlines} == {None}
    assert result["days_to_cape_deadline"] is None


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        (0, ("eligible", "file_cape")),
        (79, ("eligible", "file_cape")),
        (80, ("eligible", "file_cape")),
        (81, ("ineligible", "file_protest")),
        (90, ("ineligible", "file_protest")),
        (91, ("ineligible", "file_protest")),
        (180, ("ineligible", "file_protest")),
        (181, ("ineligible", "court")),
    ],
)
def test_the_path_of_a_liquidated_entry_follows_its_day(day: int, answer: tuple[str, str]) -> None:
    assert outcome(liquidated(day)) == answer


def test_the_three_clocks_run_from_liquidation() -> None:
    result = judge(liquidated(80), AS_OF)
    assert result["cape_deadline_date"] == AS_OF
    assert result["days_to_cape_deadline"] == 0
    assert result["reliquidation_deadline_date"] == AS_OF + timedelta(days=10)
    assert result["protest_deadline_date"] == AS_OF + timedelta(days=100)
    assert judge(liquidated(81), AS_OF)["days_to_cape_deadline"] == -1


def test_the_last_two_days_of_the_window_are_marked() -> None:
    assert ["LAST-CAPE-DAYS" in judge(liquidated(day), AS_OF)["findings"] for day in (78, 79, 80, 81)] == [
        False,
        True,
        True,
        False,
    ]


def test_launch_day_is_day_80_of_an_entry_liquidated_on_30_january_2026() -> None:
    facts = entry(liquidation_status="Liquidated", liquidation_date=date(2026, 1, 30))
    assert judge(facts, date(2026, 4, 20))["days_to_cape_deadline"] == 0
    assert outcome(facts, date(2026, 4, 20)) == ("eligible", "file_cape")
    assert outcome(facts, date(2026, 4, 21)) == ("ineligible", "file_protest")


def test_a_weekend_or_holiday_is_shown_and_never_moves_day_80() -> None:
    saturday = liquidated(0, as_of=date(2026, 8, 1) - timedelta(days=80))
    result = judge(saturday, date(2026, 7, 20))
    assert result["cape_deadline_date"] == date(2026, 8, 1)
    assert "CAPE-DEADLINE-ON-A-NON-BUSINESS-DAY" in result["findings"]
    holiday = liquidated(0, as_of=date(2026, 9, 7) - timedelta(days=80), holidays=[date(2026, 9, 7)])
    assert "CAPE-DEADLINE-ON-A-NON-BUSINESS-DAY" in judge(holiday, date(2026, 7, 20))["findings"]


# ---- liquidation status -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Suspended", "Extended", "Under Review"])
def test_a_held_entry_may_be_filed_and_is_paid_on_liquidation(status: str) -> None:
    assert outcome(entry(liquidation_status=status)) == ("eligible_paid_on_liquidation", "file_cape")


@pytest.mark.parametrize("status", [None, "", "Final", "Pending"])
def test_a_missing_or_unknown_liquidation_status_is_review(status: str | None) -> None:
    assert outcome(entry(liquidation_status=status)) == ("review", "manual_review")


def test_liquidated_without_a_date_is_review() -> None:
    assert outcome(entry(liquidation_status="Liquidated")) == ("review", "manual_review")


def test_a_liquidation_after_as_of_does_not_exist_yet() -> None:
    facts = entry(liquidation_status="Liquidated", liquidation_date=AS_OF + timedelta(days=1))
    result = judge(facts, AS_OF)
    assert result["cape_status"] == "eligible"
    assert result["cape_deadline_date"] is None
    assert result["projected_liquidation_date"] == AS_OF + timedelta(days=1)


def test_the_date_of_a_suspended_entry_is_a_projection() -> None:
    result = judge(entry(liquidation_status="Suspended", liquidation_date=LIQUIDATED), AS_OF)
    assert result["protest_deadline_date"] is None
    assert result["projected_liquidation_date"] == LIQUIDATED


def test_an_old_unliquidated_status_is_flagged_and_keeps_the_entry_eligible() -> None:
    fresh, stale = AS_OF - timedelta(days=14), AS_OF - timedelta(days=15)
    assert "STALE-STATUS" not in judge(entry(status_as_of_date=fresh), AS_OF)["findings"]
    result = judge(entry(status_as_of_date=stale), AS_OF)
    assert "STALE-STATUS" in result["findings"]
    assert result["cape_status"] == "eligible"
    assert result["worst_case_cape_deadline_date"] == stale + timedelta(days=80)


def test_a_status_from_before_the_ace_cycle_ended_is_stale_at_any_age() -> None:
    entry_date = AS_OF - timedelta(days=316)
    before = entry(entry_date=entry_date, status_as_of_date=entry_date + timedelta(days=313))
    after = entry(entry_date=entry_date, status_as_of_date=entry_date + timedelta(days=314))
    assert "STALE-STATUS" in judge(before, AS_OF)["findings"]
    assert "STALE-STATUS" not in judge(after, AS_OF)["findings"]


def test_an_entry_unliquidated_for_over_a_year_is_found_and_stays_eligible() -> None:
    facts = entry(entry_date=date(2025, 7, 20))
    assert "DEEMED-LIQUIDATED" not in judge(facts, AS_OF)["findings"]
    result = judge(facts, AS_OF + timedelta(days=1))
    assert "DEEMED-LIQUIDATED" in result["findings"]
    assert (result["cape_status"], result["deemed_liquidation_date"]) == ("eligible", AS_OF)
    assert (result["protective_reason"], result["protective_deadline_date"]) == (
        "deemed_liquidated",
        AS_OF + timedelta(days=180),
    )
    assert judge({**facts, "liquidation_status": "Suspended"}, AS_OF + timedelta(days=1))["findings"] == []


# ---- the dated rules: 29 June and 7 July 2026 ---------------------------------------------------------------------


def test_a_reconciliation_flag_blocks_to_28_june_2026_and_not_from_29_june() -> None:
    flagged = entry(recon_flag=True, recon_09_filed=False, recon_due_date=date(2026, 12, 1))
    assert outcome(flagged, date(2026, 6, 28)) == ("ineligible", "await_phase")
    assert outcome(flagged, date(2026, 6, 29)) == ("eligible", "file_cape")


@pytest.mark.parametrize("entry_type", ["21", "22"])
def test_warehouse_entries_are_taken_to_6_july_2026_and_not_from_7_july(entry_type: str) -> None:
    facts = entry(entry_type_code=entry_type)
    assert outcome(facts, date(2026, 7, 6)) == ("eligible_paid_on_liquidation", "file_cape")
    assert outcome(facts, date(2026, 7, 7)) == ("ineligible", "await_phase")
    assert "DUTY-NOT-DEPOSITED" in judge(facts, date(2026, 7, 6))["findings"]


@pytest.mark.parametrize("entry_type", ["31", "32", "34", "38"])
def test_withdrawals_are_paid_on_the_liquidation_of_the_warehouse_entry(entry_type: str) -> None:
    assert outcome(entry(entry_type_code=entry_type)) == ("eligible_paid_on_liquidation", "file_cape")
    assert outcome(liquidated(80, entry_type_code=entry_type)) == ("eligible_paid_on_liquidation", "file_cape")
    assert outcome(liquidated(81, entry_type_code=entry_type)) == ("ineligible", "file_protest")


# ---- reconciliation -----------------------------------------------------------------------------------------------


def test_a_flagged_entry_waits_where_its_09_is_filed_or_its_type_is_not_listed() -> None:
    assert outcome(entry(recon_flag=True, recon_09_filed=True)) == ("ineligible", "await_phase")
    other_type = entry(recon_flag=True, recon_09_filed=False, entry_type_code="03", adcvd_status="suspended")
    assert outcome(other_type) == ("ineligible", "await_phase")


def test_an_unknown_flag_or_09_is_review() -> None:
    assert outcome(entry(recon_flag=None)) == ("review", "manual_review")
    assert outcome(entry(recon_flag=True, recon_09_filed=None)) == ("review", "manual_review")


def test_a_blank_flag_in_a_present_column_is_no() -> None:
    assert outcome(entry(recon_flag="")) == ("eligible", "file_cape")


@pytest.mark.parametrize(("days", "path"), [(0, "file_recon_first"), (30, "file_recon_first"), (31, "file_cape")])
def test_a_reconciliation_due_within_30_days_goes_first(days: int, path: str) -> None:
    facts = entry(recon_flag=True, recon_09_filed=False, recon_due_date=AS_OF + timedelta(days=days))
    assert outcome(facts)[1] == path


def test_an_unknown_reconciliation_due_date_is_listed_and_leaves_the_status() -> None:
    result = judge(entry(recon_flag=True, recon_09_filed=False), AS_OF)
    assert result["cape_status"] == "eligible"
    assert result["unverified_facts"] == ["recon_due_date"]


# ---- types --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry_type", ["08", "09", "47"])
def test_excluded_types_need_a_person(entry_type: str) -> None:
    assert outcome(entry(entry_type_code=entry_type)) == ("ineligible", "manual_review")


@pytest.mark.parametrize("entry_type", ["11", "23", "51", "52", "61", "62", "63", "86", "99", None])
def test_types_without_a_rule_and_a_missing_type_are_review(entry_type: str | None) -> None:
    assert outcome(entry(entry_type_code=entry_type)) == ("review", "manual_review")


@pytest.mark.parametrize("entry_type", ["03", "07"])
def test_antidumping_entries_follow_their_own_status_until_they_liquidate(entry_type: str) -> None:
    facts = entry(entry_type_code=entry_type)
    assert outcome({**facts, "adcvd_status": "pending"}) == ("ineligible", "await_liquidation")
    assert outcome({**facts, "adcvd_status": "instructions_issued"}) == ("ineligible", "await_liquidation")
    assert outcome({**facts, "adcvd_status": "suspended"}) == ("eligible_paid_on_liquidation", "file_cape")
    assert outcome({**facts, "adcvd_status": None}) == ("review", "manual_review")
    assert outcome(liquidated(80, entry_type_code=entry_type)) == ("eligible", "file_cape")


def test_drawback_waits_and_surety_needs_a_person_and_unknown_ones_are_listed() -> None:
    assert outcome(entry(drawback=True)) == ("ineligible", "await_phase")
    assert outcome(entry(surety_paid=True)) == ("ineligible", "manual_review")
    result = judge(entry(drawback=None, surety_paid=None), AS_OF)
    assert result["cape_status"] == "eligible"
    assert result["unverified_facts"] == ["drawback", "surety_paid"]


# ---- protests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Open", "Suspended"])
def test_an_ieepa_only_protest_may_be_withdrawn_to_day_80(status: str) -> None:
    def path(day: int, scope: str | None) -> tuple[str, str]:
        return outcome(liquidated(day, protest_status=status, protest_scope=scope))

    assert path(80, "ieepa_only") == ("ineligible", "withdraw_protest_then_cape")
    assert path(81, "ieepa_only") == ("ineligible", "await_protest")
    assert path(80, "mixed") == ("ineligible", "await_protest")
    assert path(80, None) == ("ineligible", "await_protest")


def test_a_protest_on_an_unliquidated_entry_still_blocks_and_is_a_finding() -> None:
    result = judge(entry(protest_status="open", protest_scope="ieepa_only"), AS_OF)
    assert result["recommended_path"] == "await_protest"
    assert "PROTEST-WITHOUT-LIQUIDATION" in result["findings"]


def test_an_approved_protest_pays_and_a_withdrawn_one_is_as_none() -> None:
    assert outcome(liquidated(100, protest_status="approved")) == ("ineligible", "await_refund")
    assert outcome(liquidated(100, protest_status="withdrawn")) == ("ineligible", "file_protest")
    assert outcome(liquidated(40, protest_status="rejected")) == ("eligible", "file_cape")


def test_a_denied_protest_leaves_the_court_for_180_days_from_the_decision() -> None:
    def denied(days_ago: int) -> dict[str, Any]:
        decided = AS_OF - timedelta(days=days_ago)
        return judge(liquidated(120, protest_status="denied", protest_decision_date=decided), AS_OF)

    assert denied(180)["recommended_path"] == "court"
    assert denied(180)["court_deadline_date"] == denied(180)["court_deadline_conservative_date"] == AS_OF
    assert denied(181)["recommended_path"] == "none"
    assert outcome(liquidated(120, protest_status="denied_in_part")) == ("review", "manual_review")


def test_a_protest_decided_after_as_of_is_still_open() -> None:
    decided = AS_OF + timedelta(days=1)
    facts = liquidated(120, protest_status="denied", protest_decision_date=decided)
    assert outcome(facts) == ("ineligible", "await_protest")


def test_an_unknown_protest_status_matters_once_liquidated() -> None:
    assert outcome(entry(protest_status=None)) == ("eligible", "file_cape")
    assert outcome(liquidated(40, protest_status=None)) == ("review", "manual_review")


# ---- court --------------------------------------------------------------------------------------------------------


def test_the_court_stays_open_until_both_dates_are_past() -> None:
    facts = entry(liquidation_status="Liquidated", liquidation_date=LIQUIDATED)
    result = judge(facts, date(2027, 12, 15))
    assert result["court_deadline_date"] == date(2027, 12, 15)
    assert result["court_deadline_conservative_date"] == date(2027, 4, 5)
    assert result["recommended_path"] == "court"
    assert outcome(facts, date(2027, 12, 16)) == ("ineligible", "none")
    assert outcome({**facts, "programmes": []}, date(2027, 12, 16)) == ("ineligible", "court")


def test_the_court_date_falls_back_to_the_entry_date() -> None:
    assert judge(liquidated(10, deposit_date=None), AS_OF)["court_deadline_date"] == date(2027, 12, 1)


# ---- CBP's own verdict --------------------------------------------------------------------------------------------


def failed(message: str, **changes: Any) -> dict[str, Any]:
    return {"cbp_result": "Failed", "cbp_message": message, **changes}


def test_a_failed_row_outranks_our_eligible() -> None:
    assert outcome(entry(**failed("UNABLE TO CALCULATE DUTY"))) == ("ineligible", "fix_and_refile")
    assert outcome(entry(**failed("ENTRY ON DRAWBACK"))) == ("ineligible", "await_phase")
    final = "ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS"
    assert outcome(liquidated(40, **failed(final))) == ("ineligible", "file_protest")
    assert outcome(entry(**failed(final))) == ("review", "manual_review")
    assert outcome(liquidated(40, **failed("PROTEST ON ENTRY"))) == ("ineligible", "await_protest")


def test_an_unknown_message_or_result_is_review() -> None:
    assert outcome(entry(**failed("SOMETHING NEW"))) == ("review", "manual_review")
    assert outcome(entry(cbp_result="Queued")) == ("review", "manual_review")


@pytest.mark.parametrize(("age", "path"), [(300, "fix_and_refile"), (301, "await_phase")])
def test_a_correction_is_advised_only_to_300_days_from_entry(age: int, path: str) -> None:
    facts = entry(entry_date=AS_OF - timedelta(days=age), **failed("INVALID HTS"))
    assert outcome(facts) == ("ineligible", path)


def test_a_correction_needs_15_days_to_liquidation_and_no_zone_entry_since_august() -> None:
    near = entry(liquidation_date=AS_OF + timedelta(days=14), **failed("INVALID HTS"))
    assert outcome(near) == ("ineligible", "await_phase")
    assert outcome({**near, "liquidation_date": AS_OF + timedelta(days=15)}) == ("ineligible", "fix_and_refile")
    zone = entry(entry_type_code="06", **failed("INVALID HTS"))
    assert outcome(zone, date(2026, 8, 20)) == ("ineligible", "fix_and_refile")
    assert outcome(zone, date(2026, 8, 21)) == ("ineligible", "await_phase")
    assert outcome(liquidated(40, **failed("INVALID HTS"))) == ("ineligible", "file_protest")


def test_refiling_is_advised_only_while_cape_is_open_for_the_entry() -> None:
    for message in ("UNABLE TO CALCULATE DUTY", "STATEMENT PROCESSING NOT COMPLETE"):
        assert outcome(liquidated(80, **failed(message))) == ("ineligible", "fix_and_refile")
        assert outcome(liquidated(81, **failed(message))) == ("ineligible", "file_protest")


def test_a_protest_verdict_leaves_a_known_decision_to_the_protest_line() -> None:
    denied: dict[str, Any] = {"protest_status": "denied", "protest_decision_date": date(2026, 7, 1)}
    assert outcome(liquidated(100, **failed("PROTEST ON ENTRY"), **denied)) == ("ineligible", "court")


def test_a_second_unchanged_refiling_is_not_advised() -> None:
    again = failed("UNABLE TO CALCULATE DUTY", cbp_failure_count=2)
    assert outcome(liquidated(40, **again)) == ("ineligible", "file_protest")


def test_a_newer_report_can_contradict_the_verdict() -> None:
    facts = liquidated(40, **failed("PROTEST ON ENTRY"), protest_status="withdrawn")
    older = {**facts, "cbp_result_date": date(2026, 7, 17)}  # the report is of 18 July
    assert outcome(older) == ("eligible", "file_cape")
    assert outcome({**facts, "cbp_result_date": date(2026, 7, 18)}) == ("ineligible", "await_protest")


def test_a_reconciliation_verdict_lost_its_ground_on_29_june() -> None:
    facts = entry(recon_flag=True, recon_09_filed=False, **failed("ENTRY SUMMARY FLAGGED FOR RECON"))
    assert outcome(facts, date(2026, 6, 28)) == ("ineligible", "await_phase")
    assert outcome(facts, date(2026, 6, 29)) == ("eligible", "file_cape")


def test_every_published_message_has_an_answer() -> None:
    for message in CBP_REMEDIES:
        for facts in (entry(**failed(message)), liquidated(40, **failed(message)), liquidated(200, **failed(message))):
            status, path = outcome(facts)
            assert status in STATUSES
            assert path in PATHS


# ---- accepted, refunded, nothing to refund ------------------------------------------------------------------------


def test_an_accepted_entry_waits_for_its_refund_from_the_day_of_acceptance() -> None:
    facts = liquidated(200, accepted=True, accepted_date=AS_OF)
    assert outcome(facts) == ("accepted", "await_refund")
    assert outcome(facts, AS_OF - timedelta(days=1)) == ("ineligible", "court")
    assert outcome(entry(cbp_result="Entry Summary Updated")) == ("accepted", "await_refund")


def test_a_settled_refund_ends_the_case_and_its_clock() -> None:
    result = judge(entry(accepted=True, reliquidation_date=LIQUIDATED, refunds=[refund()]), AS_OF)
    assert (result["cape_status"], result["recommended_path"]) == ("refunded", "none")
    assert result["protective_action"] is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"cash_state": "diverted_with_bill"}, "none"),
        ({"cash_state": "pending"}, "await_refund"),
        ({"cash_state": "rejected"}, "await_refund"),
        ({"cash_state": "short"}, "dispute_refund"),
        ({"cash_state": "diverted"}, "dispute_refund"),
        ({"principal": Decimal("999.99")}, "dispute_refund"),
        ({"principal": Decimal("1000.01")}, "none"),
        ({"interest": Decimal("39.95")}, "none"),
        ({"interest": Decimal("39.94")}, "dispute_refund"),
    ],
)
def test_the_path_of_a_refund_follows_cash_and_amount(changes: dict[str, Any], path: str) -> None:
    facts = entry(
        accepted=True,
        reliquidation_date=LIQUIDATED,
        refund_interest_usd=Decimal("40.00"),
        refunds=[refund(**changes)],
    )
    assert outcome(facts) == ("refunded", path)


def test_a_short_refund_may_be_protested_for_180_days_from_reliquidation() -> None:
    facts = entry(accepted=True, reliquidation_date=LIQUIDATED, refunds=[refund(cash_state="short")])
    result = judge(facts, AS_OF)
    assert result["protective_deadline_date"] == LIQUIDATED + timedelta(days=180)
    assert result["protective_reason"] == "refund_not_settled"


def test_several_refunds_of_an_entry_are_added() -> None:
    halves = [refund(principal=Decimal("600.00")), refund(refund_number="R2", principal=Decimal("400.00"))]
    assert outcome(entry(refunds=halves)) == ("refunded", "none")


def test_a_refund_without_a_baseline_is_not_declared_settled() -> None:
    facts = entry(refund_principal_usd=None, refund_principal_high_usd=None, refunds=[refund()])
    assert outcome(facts) == ("refunded", "manual_review")


def test_a_prior_refund_must_reach_the_high_end() -> None:
    assert outcome(entry(prior_refund_usd=Decimal("1000.00"))) == ("refunded", "none")
    result = judge(entry(prior_refund_usd=Decimal("999.99")), AS_OF)
    assert result["cape_status"] == "eligible"
    assert "PRIOR-REFUND-IN-PART" in result["findings"]


def test_no_ieepa_needs_a_high_end_of_zero_and_a_complete_entry() -> None:
    nothing = {"refund_principal_usd": Decimal(0), "refund_principal_high_usd": Decimal(0)}
    assert outcome(entry(**nothing)) == ("no_ieepa", "none")
    assert outcome(entry(**nothing, data_complete=False)) == ("review", "manual_review")
    uncertain = judge(entry(refund_principal_usd=Decimal(0)), AS_OF)
    assert uncertain["cape_status"] == "eligible"
    assert "AMOUNT-UNCERTAIN" in uncertain["findings"]


def test_duty_that_vanished_is_review_and_not_no_ieepa() -> None:
    nothing = {"refund_principal_usd": Decimal(0), "refund_principal_high_usd": Decimal(0)}
    assert outcome(entry(**nothing, baseline_ok=False)) == ("review", "manual_review")


def test_an_incomplete_entry_or_unknown_duty_is_review() -> None:
    assert outcome(entry(data_complete=False)) == ("review", "manual_review")
    assert outcome(entry(data_complete=None)) == ("review", "manual_review")
    assert outcome(entry(refund_principal_high_usd=None)) == ("review", "manual_review")


# ---- the protective clock -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "shown"), [(0, True), (180, True), (181, False)])
def test_the_protest_clock_stands_beside_a_waiting_path(day: int, *, shown: bool) -> None:
    result = judge(liquidated(day, drawback=True), AS_OF)
    assert result["recommended_path"] == "await_phase"
    assert result["protective_action"] == ("file_protest" if shown else None)
    expected = AS_OF - timedelta(days=day) + timedelta(days=180)
    assert result["protective_deadline_date"] == (expected if shown else None)


def test_a_protest_on_file_stops_the_clock() -> None:
    assert judge(liquidated(40, protest_status="open"), AS_OF)["protective_action"] is None
    assert judge(liquidated(40, protest_status="withdrawn"), AS_OF)["protective_action"] == "file_protest"


@pytest.mark.parametrize(("day", "reason"), [(84, "protest_clock_running"), (85, "accepted_not_reliquidated")])
def test_an_accepted_entry_not_reliquidated_says_so_from_day_85(day: int, reason: str) -> None:
    facts = liquidated(day, accepted=True, accepted_date=AS_OF - timedelta(days=20))
    assert judge(facts, AS_OF)["protective_reason"] == reason


# ---- the list as a whole ------------------------------------------------------------------------------------------


def test_the_deciding_line_is_the_first_of_all_that_block() -> None:
    result = judge(liquidated(100, drawback=True, recon_flag=None, surety_paid=True), AS_OF)
    assert result["deciding_rule"] == "DRAWBACK"
    assert result["blocking_rules"] == ["DRAWBACK", "PAST-DAY-80", "RECON-FLAG-UNKNOWN", "SURETY-PAID"]


YES_NO_UNKNOWN = st.sampled_from([True, False, None])


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    entry_type=st.sampled_from(["01", "03", "06", "08", "11", "21", "31", "86", None]),
    status=st.sampled_from(["Liquidated", "Unliquidated", "Suspended", "Under Review", "", None]),
    day=st.one_of(st.none(), st.integers(-5, 900)),
    recon=YES_NO_UNKNOWN,
    recon_09=YES_NO_UNKNOWN,
    drawback=YES_NO_UNKNOWN,
    surety=YES_NO_UNKNOWN,
    protest=st.sampled_from(["open", "denied", "approved", "none", "unknown", None]),
    result=st.sampled_from([None, "Failed"]),
    message=st.sampled_from([*CBP_REMEDIES, "NEW"]),
    complete=YES_NO_UNKNOWN,
    high=st.sampled_from([None, Decimal(0), Decimal("10.00")]),
)
def test_no_combination_of_facts_is_eligible_with_an_unknown_deciding_fact(**facts: Any) -> None:
    day = facts["day"]
    judged = judge(
        entry(
            entry_type_code=facts["entry_type"],
            liquidation_status=facts["status"],
            liquidation_date=None if day is None else AS_OF - timedelta(days=day),
            recon_flag=facts["recon"],
            recon_09_filed=facts["recon_09"],
            drawback=facts["drawback"],
            surety_paid=facts["surety"],
            protest_status=facts["protest"],
            cbp_result=facts["result"],
            cbp_message=facts["message"],
            data_complete=facts["complete"],
            refund_principal_high_usd=facts["high"],
        ),
        AS_OF,
    )
    assert judged["cape_status"] in STATUSES
    assert judged["recommended_path"] in PATHS
    if judged["cape_status"].startswith("eligible"):
        assert None not in (facts["entry_type"], facts["recon"], facts["complete"], facts["high"])
        assert facts["status"]
        assert not facts["drawback"]
        assert not facts["surety"]
        if judged["cape_deadline_date"]:
            assert facts["protest"] == "none"
            assert judged["days_to_cape_deadline"] >= 0
    if judged["protective_deadline_date"]:
        assert judged["protective_deadline_date"] >= AS_OF


# ---- before CAPE, twice accepted, dated later, cancelled ------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "answer"),
    [(date(2026, 4, 19), ("ineligible", "await_phase")), (date(2026, 4, 20), ("eligible", "file_cape"))],
)
def test_what_cape_will_take_waits_until_it_opens(as_of: date, answer: tuple[str, str]) -> None:
    assert outcome(entry(), as_of) == answer
    assert outcome(liquidated(10, as_of), as_of) == answer


@pytest.mark.parametrize(
    ("liquidated_on", "answer"),
    [(date(2026, 1, 30), ("ineligible", "await_phase")), (date(2026, 1, 29), ("ineligible", "file_protest"))],
)
def test_day_80_must_reach_the_day_cape_opens(liquidated_on: date, answer: tuple[str, str]) -> None:
    facts = entry(liquidation_status="Liquidated", liquidation_date=liquidated_on)
    assert outcome(facts, date(2026, 3, 1)) == answer


def test_an_entry_accepted_twice_is_reviewed_while_its_refund_is_awaited() -> None:
    assert outcome(entry(accepted=True, accepted_claim_count=1)) == ("accepted", "await_refund")
    assert outcome(entry(accepted=True, accepted_claim_count=2)) == ("review", "await_refund")


def test_an_entry_dated_after_the_day_is_reviewed() -> None:
    assert outcome(entry(entry_date=AS_OF)) == ("eligible", "file_cape")
    assert outcome(entry(entry_date=AS_OF + timedelta(days=1))) == ("review", "manual_review")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"control_status": "Accepted"}, "eligible"),
        ({"control_status": "Cancelled"}, "review"),
        ({"control_status": "REJECTED"}, "review"),
        ({"statement_unpaid": True}, "review"),
    ],
)
def test_a_cancelled_rejected_or_unpaid_summary_is_reviewed(changes: dict[str, Any], status: str) -> None:
    assert outcome(entry(**changes))[0] == status
