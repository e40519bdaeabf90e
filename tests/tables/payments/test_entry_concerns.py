"""payments.entry_concerns: which entries somebody must look at, with which money and by which day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.payments.alert_cases import CLAIM, ENTRY, HUNDRED, IMPORTER, days, put_accepted, put_batch, put_entry
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "payments.entry_concerns"
PROTECTED = {"protective_action": "file_protest", "protective_deadline_date": days(100)}
LIQUIDATED = {"liquidation_state": "liquidated", "liquidation_date": days(-80), "accepted_date": days(-5)}
LIQUIDATED_ON = days(-20)
CLOCKS = {"reliquidation_deadline_date": days(10), "protest_deadline_date": days(100)}


def concerns(con: Connection) -> dict[str, dict[str, Any]]:
    """The concerns by code, each code once; all of them keep the contract."""
    rows = rows_of(con, TABLE)
    assert broken_promises(con, TABLE) == []
    assert len({row["alert_code"] for row in rows}) == len(rows)
    return {row["alert_code"]: row for row in rows}


def test_without_entries_there_is_no_concern(con: Connection) -> None:
    assert concerns(con) == {}


def test_an_entry_with_nothing_the_matter_concerns_nobody(con: Connection) -> None:
    put_entry(con)
    assert concerns(con) == {}


# ---- rights ---------------------------------------------------------------------------------------------------------


def test_the_right_to_protest_is_told_with_its_last_day_and_the_money(con: Connection) -> None:
    put_entry(con, recommended_path="await_liquidation", **PROTECTED)
    told = concerns(con)["PROTEST-CLOCK"]
    assert (told["entry_number"], told["claim_number"], told["importer_number"]) == (ENTRY, CLAIM, IMPORTER)
    assert (told["concern_date"], told["due_date"], told["amount_usd"]) == (days(100), days(100), HUNDRED)
    assert told["message"] == (
        f"No protest of the entry is known, and the right to protest ends on {days(100)};"
        " its path is await_liquidation."
    )


def test_an_entry_that_is_to_be_protested_anyway_is_not_told_its_path(con: Connection) -> None:
    put_entry(con, recommended_path="file_protest", **PROTECTED)
    assert concerns(con)["PROTEST-CLOCK"]["message"].endswith(f"ends on {days(100)}.")


def test_an_entry_that_needs_no_protest_has_no_protest_clock(con: Connection) -> None:
    put_entry(con, recommended_path="await_phase", protective_deadline_date=days(10))
    assert concerns(con) == {}


def test_a_right_that_has_lapsed_is_told_no_more(con: Connection) -> None:
    put_entry(con, recommended_path="await_phase", protective_action="file_protest", protective_deadline_date=days(-1))
    put_entry(con, "ABC00000002", recommended_path="file_cape", cape_deadline_date=days(-1))
    put_entry(con, "ABC00000003", recommended_path="court", court_deadline_conservative_date=days(-1))
    assert concerns(con) == {}


@pytest.mark.parametrize(("to_day", "is_inside"), [(99, False), (100, True), (120, True), (None, True)])
def test_the_last_day_to_protest_lies_inside_the_wait_where_payment_is_expected_no_sooner(
    con: Connection, to_day: int | None, *, is_inside: bool
) -> None:
    put_accepted(con, **LIQUIDATED, **CLOCKS, **PROTECTED)
    put_batch(con, payment_to_date=None if to_day is None else days(to_day))
    told = concerns(con)
    assert ("PROTEST-IN-WAIT" in told) is is_inside
    if is_inside:
        assert (told["PROTEST-IN-WAIT"]["concern_date"], told["PROTEST-IN-WAIT"]["due_date"]) == (days(-5), days(100))


def test_a_wait_for_a_later_phase_has_no_end_and_began_with_the_liquidation(con: Connection) -> None:
    put_entry(con, recommended_path="await_phase", liquidation_date=days(-80), **PROTECTED)
    told = concerns(con)["PROTEST-IN-WAIT"]
    assert told["concern_date"] == days(-80)
    assert "nobody knows until when" in told["message"]


def test_the_last_day_to_protest_is_inside_the_wait_from_the_day_the_law_deems_the_entry_liquidated(
    con: Connection,
) -> None:
    put_accepted(con, liquidation_state="suspended", deemed_liquidation_date=days(-3), **PROTECTED)
    assert concerns(con)["PROTEST-IN-WAIT"]["concern_date"] == days(-3)
    con.execute("update entries.eligibility_decisions set accepted_date = ?", [days(-1)])
    assert concerns(con)["PROTEST-IN-WAIT"]["concern_date"] == days(-1)


@pytest.mark.parametrize("path", ["file_protest", "dispute_refund", "file_cape", "manual_review"])
def test_an_entry_that_does_not_wait_has_no_day_inside_its_wait(con: Connection, path: str) -> None:
    put_entry(con, recommended_path=path, liquidation_date=days(-80), **PROTECTED)
    assert "PROTEST-IN-WAIT" not in concerns(con)


@pytest.mark.parametrize("path", ["file_cape", "withdraw_protest_then_cape"])
def test_day_80_is_told_of_entries_that_may_be_filed(con: Connection, path: str) -> None:
    put_entry(con, recommended_path=path, cape_deadline_date=days(0))
    assert (concerns(con)["CAPE-DEADLINE"]["due_date"], list(concerns(con))) == (days(0), ["CAPE-DEADLINE"])


@pytest.mark.parametrize("path", ["await_refund", "court", "manual_review", "fix_and_refile"])
def test_an_entry_that_is_not_to_be_filed_has_no_day_80(con: Connection, path: str) -> None:
    put_entry(con, recommended_path=path, cape_deadline_date=days(5))
    assert concerns(con) == {}


def test_an_accepted_entry_that_is_not_reliquidated_counts_from_its_liquidation_to_its_protest(con: Connection) -> None:
    put_accepted(con, **LIQUIDATED, **CLOCKS)
    told = concerns(con)["RELIQUIDATION-OVERDUE"]
    assert (told["concern_date"], told["due_date"]) == (days(-80), days(100))
    assert f"CBP's own limit is {days(10)}, day 90" in told["message"]


@pytest.mark.parametrize(
    "facts",
    [
        {"reliquidation_date": days(-4)},
        {"refund_number": "R1"},
        {"is_accepted": False},
        {"protest_deadline_date": days(-1)},
        {"cape_treatment": "accepted_paid_on_liquidation"},
    ],
)
def test_what_is_reliquidated_refunded_not_accepted_lapsed_or_paid_in_its_own_time_is_not_overdue(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_accepted(con, **{**LIQUIDATED, **CLOCKS, **facts})
    assert "RELIQUIDATION-OVERDUE" not in concerns(con)


@pytest.mark.parametrize("is_09_filed", [False, None])
def test_a_flagged_entry_is_told_the_day_its_reconciliation_is_due_before_and_after_it(
    con: Connection, *, is_09_filed: bool | None
) -> None:
    put_entry(con, recon_flag=True, recon_09_filed=is_09_filed, recon_due_date=days(3))
    assert concerns(con)["RECON-DUE"]["message"].endswith(f"its reconciliation is due on {days(3)}.")
    con.execute("update entries.eligibility_decisions set recon_due_date = ?", [days(-3)])
    told = concerns(con)["RECON-DUE"]
    assert told["due_date"] == days(-3)
    assert told["message"].endswith(f"its reconciliation was due on {days(-3)}.")


@pytest.mark.parametrize(
    "facts", [{"recon_09_filed": True}, {"recon_flag": False}, {"recon_flag": None}, {"recon_due_date": None}]
)
def test_an_entry_without_a_flag_a_day_or_with_its_type_09_has_no_reconciliation_due(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_entry(con, **{"recon_flag": True, "recon_09_filed": False, "recon_due_date": days(3), **facts})
    assert concerns(con) == {}


def test_the_right_to_sue_is_told_with_the_conservative_day(con: Connection) -> None:
    put_entry(con, recommended_path="court", court_deadline_conservative_date=days(40))
    told = concerns(con)["COURT-CLOCK"]
    assert (told["due_date"], told["amount_usd"]) == (days(40), HUNDRED)
    assert "start of the tariff programme" in told["message"]


def test_after_a_denied_protest_the_right_to_sue_counts_from_the_denial(con: Connection) -> None:
    denied = {"protest_state": "denied", "protest_decision_date": days(-140)}
    put_entry(con, recommended_path="court", court_deadline_conservative_date=days(40), **denied)
    assert concerns(con)["COURT-CLOCK"]["message"] == (
        f"The protest was denied on {days(-140)}, and the right to sue ends on {days(40)}."
    )


@pytest.mark.parametrize(("path", "is_told"), [("dispute_refund", True), ("await_refund", False)])
def test_a_refund_on_its_way_needs_no_court_and_one_in_dispute_may(
    con: Connection, path: str, *, is_told: bool
) -> None:
    refunded = {"cape_status": "refunded", "refund_number": "R1"}
    put_entry(con, **refunded, recommended_path=path, court_deadline_conservative_date=days(40))
    assert ("COURT-CLOCK" in concerns(con)) is is_told


# ---- accepted and not paid ------------------------------------------------------------------------------------------


def test_an_unliquidated_entry_counts_from_its_acceptance(con: Connection) -> None:
    put_accepted(con, liquidation_state="unliquidated", accepted_date=days(-50))
    told = concerns(con)
    assert sorted(told) == ["ES022-BLANK", "LIQUIDATION-OVERDUE"]
    assert {row["concern_date"] for row in told.values()} == {days(-50)}
    assert {row["due_date"] for row in told.values()} == {None}


@pytest.mark.parametrize("state", ["suspended", "extended", "under_review"])
def test_an_entry_that_cbp_holds_is_late_in_nothing(con: Connection, state: str) -> None:
    put_accepted(con, liquidation_state=state, accepted_date=days(-90))
    assert concerns(con) == {}


def test_a_warehouse_entry_is_paid_in_its_own_time(con: Connection) -> None:
    facts = {"liquidation_state": "unliquidated", "cape_treatment": "accepted_paid_on_liquidation"}
    put_accepted(con, accepted_date=days(-90), **facts)
    assert concerns(con) == {}


def test_an_acceptance_without_a_day_starts_no_clock(con: Connection) -> None:
    put_accepted(con, liquidation_state="unliquidated", accepted_date=None)
    assert concerns(con) == {}


def test_an_entry_reviewed_because_two_claims_accepted_it_is_late_all_the_same(con: Connection) -> None:
    put_accepted(con, cape_status="review", accepted_date=days(-90), reliquidation_date=days(-60))
    assert sorted(concerns(con)) == ["ES022-BLANK", "RELIQUIDATED-NO-REFUND"]


def test_a_reliquidated_entry_counts_from_its_reliquidation(con: Connection) -> None:
    put_accepted(con, accepted_date=days(-90), reliquidation_date=days(-60))
    assert concerns(con)["RELIQUIDATED-NO-REFUND"]["concern_date"] == days(-60)


def test_an_entry_in_a_refund_waits_for_no_refund(con: Connection) -> None:
    put_accepted(con, cape_status="refunded", accepted_date=days(-90), reliquidation_date=days(-60), refund_number="R1")
    assert concerns(con) == {}


# ---- short ----------------------------------------------------------------------------------------------------------


def put_variance(
    con: Connection, refund: str, variance: str | None, liquidated: date = LIQUIDATED_ON, **facts: Any
) -> None:
    given = {"cause": "principal_below_expected", "is_material": True, **facts}
    put(
        con,
        "payments.entry_refunds",
        entry_number=ENTRY,
        refund_number=refund,
        refund_key=refund,
        liquidation_date=liquidated,
        principal_variance_usd=None if variance is None else Decimal(variance),
        **given,
    )


def put_disputed(con: Connection) -> None:
    facts = {"protective_action": None, "protective_deadline_date": days(160)}
    put_entry(con, cape_status="refunded", recommended_path="dispute_refund", refund_number="R1", **facts)


def test_a_short_principal_is_told_with_what_is_missing_and_the_last_day_to_protest_it(con: Connection) -> None:
    put_disputed(con)
    put_variance(con, "R1", "-30.00")
    told = concerns(con)["PRINCIPAL-SHORT"]
    assert (told["amount_usd"], told["concern_date"], told["due_date"]) == (Decimal("30.00"), days(-20), days(160))


@pytest.mark.parametrize(("second", "missing"), [("30.00", None), ("40.00", None), ("29.99", "0.01")])
def test_a_later_refund_makes_good_what_the_first_left_out(con: Connection, second: str, missing: str | None) -> None:
    put_disputed(con)
    put_variance(con, "R1", "-30.00")
    put_variance(con, "R2", second, liquidated=days(-20) + timedelta(days=10))
    told = [(row["amount_usd"], row["concern_date"]) for row in concerns(con).values()]
    assert told == ([] if missing is None else [(Decimal(missing), days(-10))])


def test_a_principal_that_nothing_can_be_compared_with_is_not_short(con: Connection) -> None:
    put_disputed(con)
    put_variance(con, "R1", "-30.00")
    put_variance(con, "R2", None)
    assert concerns(con) == {}


@pytest.mark.parametrize("facts", [{"cause": "netting"}, {"is_material": False}])
def test_netted_duty_and_what_the_user_calls_immaterial_are_no_shortfall(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_disputed(con)
    put_variance(con, "R1", "-30.00", **facts)
    assert concerns(con) == {}
