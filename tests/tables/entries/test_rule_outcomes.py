"""What `entries.rule_outcomes` says of every rule: both sides of each edge, and what is unknown.

Belongs here: one outcome at a time. Does not belong here: which of several outcomes decides (`test_eligibility.py`).
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.entries.cases import AS_OF, outcome_of, put_case
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
FAILED = {"last_cape_result": "failed", "last_cape_claim_number": "1", "last_cape_date": date(2026, 7, 1)}
EVE = AS_OF - timedelta(days=1)
LATER, EARLIER = date(2026, 7, 2), date(2026, 7, 1)


def on(day: str) -> date:
    return date.fromisoformat(day)


def test_a_plain_entry_fails_no_rule_and_nothing_of_it_is_unknown(law: Connection) -> None:
    outcomes = outcome_of(law)
    told = {value for name, value in outcomes.items() if name not in ("entry_number", "as_of_date", "partition_month")}
    assert told <= {"pass", None}


def test_the_outcomes_keep_their_contract(law: Connection) -> None:
    put_case(law)
    assert broken_promises(law, "entries.rule_outcomes") == []


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("data_complete", {"data_complete": False}, "fail"),
        ("baseline", {"baseline_basis": "ieepa_vanished"}, "unknown"),
        ("baseline", {"baseline_basis": "none_es022_only"}, "unknown"),
        ("baseline", {"baseline_basis": "later_run_still_carries_ieepa"}, "pass"),
        ("check_digit", {"is_check_digit_right": False}, "fail"),
        ("summary_status", {"is_statement_unpaid": True}, "fail"),
        ("summary_status", {"control_status": "Cancelled"}, "fail"),
        ("summary_status", {"control_status": "ENTRY SUMMARY CANCELED"}, "fail"),
        ("summary_status", {"control_status": "Rejected"}, "fail"),
        ("summary_status", {"control_status": "Rejected", "deposit_date_basis": None}, "fail"),
        ("summary_status", {"control_status": None}, "unknown"),
        ("summary_status", {"deposit_date_basis": "entry_summary_date_proxy"}, "unknown"),
        ("summary_status", {"deposit_date_basis": None}, "unknown"),
        ("summary_status", {"deposit_date_basis": "user_fact"}, "pass"),
        ("entry_day", {"entry_date": AS_OF}, "pass"),
        ("entry_day", {"entry_date": AS_OF + timedelta(days=1)}, "fail"),
        ("entry_day", {"entry_date": None}, "unknown"),
        ("already_accepted", {"is_accepted": True}, "fail"),
        ("accepted_once", {"is_accepted": False, "accepted_claim_count": 0}, None),
        ("accepted_once", {"is_accepted": True, "accepted_claim_count": 1}, "pass"),
        ("accepted_once", {"is_accepted": True, "accepted_claim_count": 2}, "fail"),
        ("prior_refund", {"prior_refund_usd": 0}, "pass"),
        ("prior_refund", {"prior_refund_usd": 1}, "fail"),
        ("preference_claim", {"has_preference_claim": True}, "unknown"),
        ("preference_claim", {"has_preference_claim": True, "prior_refund_usd": 0}, "pass"),
        ("preference_claim", {"has_preference_claim": True, "prior_refund_usd": 1}, "pass"),
        ("preference_claim", {"has_preference_claim": False}, None),
        ("preference_claim", {"has_preference_claim": None}, None),
        ("ieepa_duty", {"ieepa_low_usd": 0, "ieepa_high_usd": 1}, "pass"),
        ("ieepa_duty", {"ieepa_low_usd": 0, "ieepa_high_usd": 0}, "fail"),
        ("ieepa_duty", {"ieepa_low_usd": None, "ieepa_high_usd": None}, "unknown"),
        ("ieepa_duty", {"ieepa_high_usd": 0, "data_complete": False}, "unknown"),
        ("ieepa_duty", {"ieepa_high_usd": 0, "baseline_basis": "ieepa_vanished"}, "unknown"),
        ("duty_deposited", {"duty_deposited": False}, "fail"),
        ("entry_type_excluded", {"entry_type_code": "08", "cape_treatment": "rejected"}, "fail"),
        ("entry_type_excluded", {"entry_type_code": "21", "cape_treatment": "rejected"}, "pass"),
        ("entry_type_excluded", {"entry_type_code": None, "cape_treatment": "unknown"}, "unknown"),
        ("entry_type_known", {"entry_type_code": "86", "cape_treatment": "unknown"}, "unknown"),
        ("drawback", {"drawback": True}, "fail"),
        ("drawback", {"drawback": None}, "unknown"),
        ("surety", {"surety_paid": True}, "fail"),
        ("surety", {"surety_paid": None}, "unknown"),
        ("liquidation_status", {"liquidation_state": None}, "unknown"),
        ("liquidation_status", {"liquidation_state": "liquidated"}, "unknown"),
        ("liquidation_status", {"day": 3}, "pass"),
        ("under_review", {"liquidation_state": "under_review"}, "unknown"),
        ("payee_box28", {"payee_basis": "ambiguous"}, "unknown"),
        ("payee_box28", {"payee_basis": "importer", "is_box28_not_designated": True}, "fail"),
        ("payee_box28", {"payee_basis": "rev603", "is_box28_not_designated": True}, "pass"),
    ],
)
def test_a_fact_decides_its_rule(law: Connection, rule: str, changes: dict[str, Any], expected: str | None) -> None:
    assert outcome_of(law, **changes)[rule] == expected


@pytest.mark.parametrize(("day", "expected"), [(0, "pass"), (79, "pass"), (80, "pass"), (81, "fail"), (181, "fail")])
def test_day_80_after_liquidation_is_the_last_that_passes(law: Connection, day: int, expected: str) -> None:
    assert outcome_of(law, day=day)["liquidation_80_days"] == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"is_accepted": True},
        {"refund_number": "R1"},
        {"is_accepted": True, "reliquidation_date": AS_OF - timedelta(days=100)},
        {"reliquidation_date": AS_OF - timedelta(days=100)},
    ],
)
def test_day_80_does_not_concern_an_entry_that_cape_has_taken_or_paid(law: Connection, changes: dict[str, Any]) -> None:
    outcomes = outcome_of(law, day=200, **changes)
    assert (outcomes["liquidation_80_days"], outcomes["third_phase"]) == (None, None)


@pytest.mark.parametrize(("day", "expected"), [(80, "pass"), (180, "pass"), (181, "fail"), (None, None)])
def test_the_third_phase_is_for_what_was_liquidated_more_than_180_days_ago(
    law: Connection, day: int | None, expected: str | None
) -> None:
    assert outcome_of(law, day=day)["third_phase"] == expected


@pytest.mark.parametrize(("state", "expected"), [("liquidated", "unknown"), (None, "unknown"), ("extended", None)])
def test_without_a_liquidation_date_the_third_phase_is_unknown(
    law: Connection, state: str | None, expected: str | None
) -> None:
    assert outcome_of(law, liquidation_state=state)["third_phase"] == expected


def test_once_the_third_phase_has_its_first_day_nobody_waits_for_it(law: Connection) -> None:
    law.execute("update registry.cape_rules set effective_to = ? where rule_id = 'THIRD-PHASE'", [AS_OF])
    put_case(law, day=181)
    (last_day,) = rows_of(law, "entries.rule_outcomes")
    law.execute("update registry.cape_rules set effective_to = ? where rule_id = 'THIRD-PHASE'", [EVE])
    (first_day,) = rows_of(law, "entries.rule_outcomes")
    assert (last_day["third_phase"], first_day["third_phase"]) == ("fail", None)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("none", "pass"), ("withdrawn", "pass"), ("rejected", "pass"), ("open", "fail"), ("suspended", "fail"),
        ("approved", "fail"), ("denied", "fail"), ("denied_in_part", "fail"), ("unknown", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_the_state_of_the_protest_on_a_liquidated_entry_decides(
    law: Connection, state: str | None, expected: str
) -> None:
    assert outcome_of(law, day=10, protest_state=state)["protest"] == expected


def test_an_unknown_protest_does_not_concern_an_unliquidated_entry(law: Connection) -> None:
    assert outcome_of(law, protest_state=None)["protest"] is None


# ---- the phases ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2025-03-01", "fail"), ("2026-04-19", "fail"), ("2026-04-20", "pass"), ("2026-04-21", "pass")],
)
def test_cape_takes_declarations_from_20_april_2026(law: Connection, as_of: str, expected: str) -> None:
    assert outcome_of(law, on(as_of))["cape_open"] == expected


@pytest.mark.parametrize(("liquidated_on", "expected"), [("2026-01-30", "pass"), ("2026-01-29", "fail")])
@pytest.mark.parametrize("as_of", ["2026-02-01", "2026-04-19", "2026-04-20"])
def test_before_cape_opens_day_80_must_not_be_past_when_it_does(
    law: Connection, as_of: str, liquidated_on: str, expected: str
) -> None:
    day = (on(as_of) - on(liquidated_on)).days
    assert outcome_of(law, on(as_of), day=day)["liquidation_80_days"] == expected


@pytest.mark.parametrize("as_of", ["2025-03-01", "2026-04-19", "2026-04-20"])
def test_before_cape_opens_the_rules_of_its_first_day_are_asked(law: Connection, as_of: str) -> None:
    outcomes = outcome_of(law, on(as_of), recon_flag=True, entry_type_code="21", entry_date=on("2025-02-20"))
    told = [outcomes[rule] for rule in ("recon_flag", "recon_09", "warehouse_entry", "entry_day")]
    assert told == ["fail", None, None, "pass"]


@pytest.mark.parametrize(
    ("as_of", "recon_flag", "recon_09"), [("2026-06-28", "fail", None), ("2026-06-29", None, "pass")]
)
def test_from_29_june_2026_the_type_09_decides_instead_of_the_flag(
    law: Connection, as_of: str, recon_flag: str | None, recon_09: str | None
) -> None:
    outcomes = outcome_of(law, on(as_of), recon_flag=True, recon_09_filed=False, recon_due_date=on("2027-01-01"))
    assert (outcomes["recon_flag"], outcomes["recon_09"]) == (recon_flag, recon_09)


@pytest.mark.parametrize(("flag", "expected"), [(True, "fail"), (False, "pass"), (None, "unknown")])
def test_before_29_june_2026_the_flag_alone_decides(law: Connection, *, flag: bool | None, expected: str) -> None:
    assert outcome_of(law, on("2026-06-28"), recon_flag=flag)["recon_flag"] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"recon_flag": True, "recon_09_filed": True}, "fail"),
        ({"recon_flag": True, "recon_09_filed": False}, "pass"),
        ({"recon_flag": True, "recon_09_filed": None}, "unknown"),
        ({"recon_flag": True, "recon_09_filed": None, "is_recon_flag_allowed": False}, "fail"),
        ({"recon_flag": True, "recon_09_filed": False, "is_recon_flag_allowed": False}, "fail"),
        ({"recon_flag": False, "recon_09_filed": None}, "pass"),
        ({"recon_flag": None, "recon_09_filed": True}, "unknown"),
    ],
)
def test_a_flagged_entry_passes_without_a_type_09_on_a_type_that_allows_it(
    law: Connection, changes: dict[str, Any], expected: str
) -> None:
    assert outcome_of(law, **changes)["recon_09"] == expected


@pytest.mark.parametrize(
    ("days_left", "expected"), [(-5, "fail"), (0, "fail"), (30, "fail"), (31, "pass"), (None, "unknown")]
)
def test_a_reconciliation_due_within_30_days_comes_first(law: Connection, days_left: int | None, expected: str) -> None:
    due = None if days_left is None else AS_OF + timedelta(days=days_left)
    assert outcome_of(law, recon_flag=True, recon_09_filed=False, recon_due_date=due)["recon_due_date"] == expected


@pytest.mark.parametrize(
    ("days_left", "expected"), [(30, None), (31, "fail"), (75, "fail"), (76, "pass"), (None, "unknown")]
)
def test_a_reconciliation_due_in_31_to_75_days_is_warned_of(
    law: Connection, days_left: int | None, expected: str | None
) -> None:
    due = None if days_left is None else AS_OF + timedelta(days=days_left)
    assert outcome_of(law, recon_flag=True, recon_09_filed=False, recon_due_date=due)["recon_due_75_days"] == expected


@pytest.mark.parametrize(
    ("as_of", "flag"), [("2026-06-28", True), ("2026-06-29", False), ("2026-06-29", None), ("2026-04-19", True)]
)
def test_the_warning_concerns_flagged_entries_from_29_june_2026(
    law: Connection, as_of: str, *, flag: bool | None
) -> None:
    due = on(as_of) + timedelta(days=40)
    assert outcome_of(law, on(as_of), recon_flag=flag, recon_due_date=due)["recon_due_75_days"] is None


@pytest.mark.parametrize("flag", [False, None])
def test_the_due_date_concerns_flagged_entries_only(law: Connection, *, flag: bool | None) -> None:
    assert outcome_of(law, recon_flag=flag, recon_due_date=AS_OF)["recon_due_date"] is None


@pytest.mark.parametrize("entry_type", ["21", "22"])
@pytest.mark.parametrize(("as_of", "expected"), [("2026-07-06", None), ("2026-07-07", "fail")])
def test_warehouse_entries_are_refused_from_7_july_2026(
    law: Connection, entry_type: str, as_of: str, expected: str | None
) -> None:
    assert outcome_of(law, on(as_of), entry_type_code=entry_type)["warehouse_entry"] == expected


@pytest.mark.parametrize(("entry_type", "expected"), [("31", "pass"), (None, "unknown")])
def test_withdrawals_are_no_warehouse_entries(law: Connection, entry_type: str | None, expected: str) -> None:
    assert outcome_of(law, entry_type_code=entry_type)["warehouse_entry"] == expected


# ---- antidumping and countervailing duty --------------------------------------------------------------------------


@pytest.mark.parametrize("entry_type", ["03", "07"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", "fail"), ("instructions_issued", "fail"), ("suspended", "pass"), ("none", "pass"),
        ("unknown", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_the_antidumping_status_of_an_entry_not_liquidated_decides(
    law: Connection, entry_type: str, status: str | None, expected: str
) -> None:
    facts = {"entry_type_code": entry_type, "liquidation_state": "suspended", "adcvd_status": status}
    assert outcome_of(law, **facts)["ad_cvd"] == expected


def test_a_liquidated_antidumping_entry_passes_whatever_its_status(law: Connection) -> None:
    assert outcome_of(law, day=5, entry_type_code="03", adcvd_status="pending")["ad_cvd"] == "pass"


def test_antidumping_does_not_concern_other_types(law: Connection) -> None:
    assert outcome_of(law, adcvd_status="pending")["ad_cvd"] is None


# ---- the age of the status and of the entry -----------------------------------------------------------------------


@pytest.mark.parametrize(("age", "expected"), [(14, "pass"), (15, "fail")])
def test_a_status_older_than_14_days_is_stale(law: Connection, age: int, expected: str) -> None:
    assert outcome_of(law, status_as_of_date=AS_OF - timedelta(days=age))["stale_status"] == expected


@pytest.mark.parametrize(
    ("entry_age", "status_age", "expected"),
    [(314, 1, "pass"), (315, 0, "pass"), (315, 1, "pass"), (315, 2, "fail"), (320, 6, "pass"), (320, 7, "fail")],
)
def test_a_status_from_before_day_314_of_the_entry_is_stale_once_that_day_is_past(
    law: Connection, entry_age: int, status_age: int, expected: str
) -> None:
    facts = {
        "entry_date": AS_OF - timedelta(days=entry_age),
        "status_as_of_date": AS_OF - timedelta(days=status_age),
    }
    assert outcome_of(law, **facts)["stale_status"] == expected


def test_a_status_without_a_day_may_be_stale(law: Connection) -> None:
    assert outcome_of(law, status_as_of_date=None)["stale_status"] == "unknown"


@pytest.mark.parametrize("state", ["suspended", "extended", "under_review", None])
def test_only_an_unliquidated_status_can_be_stale(law: Connection, state: str | None) -> None:
    assert outcome_of(law, liquidation_state=state, status_as_of_date=on("2026-01-01"))["stale_status"] is None


@pytest.mark.parametrize(
    ("entry_date", "expected"), [("2025-07-20", "pass"), ("2025-07-19", "fail"), ("2024-02-29", "fail")]
)
@pytest.mark.parametrize("state", ["unliquidated", "under_review"])
def test_an_entry_is_deemed_liquidated_the_day_after_a_year(
    law: Connection, state: str, entry_date: str, expected: str
) -> None:
    facts = {"liquidation_state": state, "entry_date": on(entry_date)}
    assert outcome_of(law, **facts)["deemed_liquidated"] == expected


@pytest.mark.parametrize("state", ["suspended", "extended"])
def test_suspension_and_extension_keep_an_entry_from_being_deemed_liquidated(law: Connection, state: str) -> None:
    assert outcome_of(law, liquidation_state=state, entry_date=on("2025-03-01"))["deemed_liquidated"] is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"refund_principal_high_usd": "19.99"}, "unknown"),
        ({"refund_principal_high_usd": "20.00"}, "pass"),
        ({"refund_principal_high_usd": 0}, "pass"),
        ({"refund_principal_high_usd": "19.99", "entry_type_code": "11"}, None),
        ({"refund_principal_high_usd": "19.99", "day": 3}, None),
    ],
)
def test_a_refund_under_20_dollars_of_an_unliquidated_formal_entry_is_doubtful(
    law: Connection, changes: dict[str, Any], expected: str | None
) -> None:
    assert outcome_of(law, **changes)["net_under_20"] == expected


# ---- CBP's own verdict --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "pass"),
        ({"last_cape_result": "accepted"}, "pass"),
        ({"last_cape_result": "unknown", "remedy": "unknown"}, "unknown"),
        ({**FAILED, "remedy": "psc"}, "fail"),
        ({**FAILED, "remedy": "unknown"}, "unknown"),
        ({**FAILED, "remedy": None}, "unknown"),
        ({**FAILED, "remedy": "psc", "is_accepted": True}, "pass"),
    ],
)
def test_a_failure_stands_and_an_answer_out_of_the_catalogue_is_unknown(
    law: Connection, changes: dict[str, Any], expected: str
) -> None:
    assert outcome_of(law, **changes)["cbp_verdict"] == expected


@pytest.mark.parametrize(("as_of", "expected"), [("2026-06-28", "fail"), ("2026-06-29", "pass")])
def test_a_failure_for_the_reconciliation_flag_ends_with_the_rule_it_rests_on(
    law: Connection, as_of: str, expected: str
) -> None:
    facts = {**FAILED, "last_cape_message": "ENTRY SUMMARY FLAGGED FOR RECON", "remedy": "await_phase"}
    outcomes = outcome_of(law, on(as_of), recon_flag=True, recon_09_filed=False, **facts)
    assert outcomes["cbp_verdict"] == expected


@pytest.mark.parametrize(
    ("message", "contradiction"),
    [
        ("PROTEST ON ENTRY", {"protest_state": "withdrawn", "protest_as_of_date": LATER}),
        ("PROTEST ON ENTRY", {"protest_state": "none", "protest_as_of_date": LATER}),
        ("ENTRY SUMMARY UNDER REVIEW", {"status_as_of_date": LATER}),
        ("ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS", {"day": 18}),
    ],
)
def test_a_newer_fact_takes_a_failure_its_ground(law: Connection, message: str, contradiction: dict[str, Any]) -> None:
    outcomes = outcome_of(law, **FAILED, last_cape_message=message, remedy="wait_then_refile", **contradiction)
    assert outcomes["cbp_verdict"] == "pass"


@pytest.mark.parametrize(
    ("message", "facts"),
    [
        ("PROTEST ON ENTRY", {"protest_state": "withdrawn", "protest_as_of_date": EARLIER}),
        ("PROTEST ON ENTRY", {"protest_state": "withdrawn", "protest_as_of_date": None}),
        ("PROTEST ON ENTRY", {"protest_state": "open", "protest_as_of_date": LATER}),
        ("PROTEST ON ENTRY", {"protest_state": None, "protest_as_of_date": LATER}),
        ("ENTRY SUMMARY UNDER REVIEW", {"status_as_of_date": EARLIER}),
        ("ENTRY SUMMARY UNDER REVIEW", {"status_as_of_date": LATER, "liquidation_state": "under_review"}),
        ("ENTRY SUMMARY UNDER REVIEW", {"status_as_of_date": LATER, "liquidation_state": None}),
        ("ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS", {"day": 19}),
        ("ENTRY ON DRAWBACK", {"drawback": False, "status_as_of_date": LATER}),
        ("STATEMENT PROCESSING NOT COMPLETE", {"status_as_of_date": LATER}),
    ],
)
def test_a_failure_stands_against_older_undated_or_unconnected_facts(
    law: Connection, message: str, facts: dict[str, Any]
) -> None:
    outcomes = outcome_of(law, **FAILED, last_cape_message=message, remedy="wait_then_refile", **facts)
    assert outcomes["cbp_verdict"] == "fail"


def test_before_29_june_2026_a_report_without_the_flag_contradicts_a_failure_for_it(law: Connection) -> None:
    as_of = on("2026-06-28")
    failure = {**FAILED, "last_cape_date": on("2026-06-20"), "last_cape_message": "ENTRY SUMMARY FLAGGED FOR RECON"}
    facts = {"remedy": "await_phase", "status_as_of_date": on("2026-06-21")}
    assert outcome_of(law, as_of, recon_flag=False, **failure, **facts)["cbp_verdict"] == "pass"


def test_a_withdrawn_rule_is_not_in_force(law: Connection) -> None:
    law.execute("update registry.cape_rules set withdrawn_date = date '2026-12-01' where rule_id = 'WAREHOUSE-ENTRY'")
    assert outcome_of(law, entry_type_code="21")["warehouse_entry"] is None
