"""How `entries.case_facts` puts status, claim, refunds and money side by side with nothing dated after the day.

Belongs here: what the day hides, which liquidation counts, the payee, the principal. Does not belong here: judgement
(`entries.rule_outcomes`, `entries.eligibility`).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY, put_load
from tests.tables.promises import broken_promises, build

Connection = duckdb.DuckDBPyConnection


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def case_of(con: Connection, as_of: date = AS_OF, **status: Any) -> dict[str, Any]:
    """The case of one entry with these status facts, and whatever else was put."""
    put(con, "registry.as_of", as_of_date=as_of)
    put(con, "entries.status_facts", **{"entry_number": ENTRY, "entry_type_code": "01", **status})
    build(con, "entries.payee_designations")
    build(con, "entries.entry_payees")
    assert broken_promises(con, "entries.case_facts") == []
    (row,) = rows_of(con, "entries.case_facts")
    return row


def liquidated(days: int) -> dict[str, Any]:
    return {"liquidation_state": "liquidated", "reported_liquidation_date": ago(days)}


def es022(con: Connection, load: int, day: date | None, run: date | None = None, **columns: Any) -> None:
    load_id = put_load(con, load, "ES-022", run)
    put(con, "ace.es022_entries", load_id=load_id, entry_number=ENTRY, liquidation_date=day, **columns)


def accept(con: Connection, day: date | None) -> None:
    put(con, "entries.claim_facts", entry_number=ENTRY, is_accepted=True, accepted_date=day, claim_number="7")


def refund(con: Connection, principal: str | None, match_status: str, number: str = "R1", **columns: Any) -> None:
    amounts = {"principal_usd": principal and Decimal(principal), "interest_usd": Decimal("4.00")}
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number=number, **{**amounts, **columns})
    put(con, "entries.refund_cash", refund_number=number, match_status=match_status)


def amounts(con: Connection, low: str, high: str, **columns: Any) -> None:
    money = {"ieepa_low_usd": Decimal(low), "ieepa_high_usd": Decimal(high)}
    put(con, "lines.entry_amounts", entry_number=ENTRY, **{"absent_duty_row_count": 0, **money, **columns})


@pytest.mark.parametrize(
    ("codes", "claims"), [(["PREFERENCE-CLAIM", "RATE-DEVIATES"], True), (["RATE-DEVIATES"], False), ([], False)]
)
def test_a_preference_claim_is_one_that_the_lines_show(con: Connection, codes: list[str], *, claims: bool) -> None:
    amounts(con, "100", "100", anomaly_codes=codes)
    assert case_of(con)["has_preference_claim"] is claims


def test_without_lines_a_preference_claim_is_unknown(con: Connection) -> None:
    assert case_of(con)["has_preference_claim"] is None


# ---- which liquidation counts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state", "day", "projected"),
    [(1, "liquidated", ago(1), None), (0, "liquidated", ago(0), None), (-1, "unliquidated", None, ago(-1))],
)
def test_a_liquidation_after_the_day_has_not_happened(
    con: Connection, days: int, state: str, day: date | None, projected: date | None
) -> None:
    case = case_of(con, **liquidated(days))
    assert (case["liquidation_state"], case["liquidation_date"]) == (state, day)
    assert case["projected_liquidation_date"] == projected


@pytest.mark.parametrize("state", ["unliquidated", "suspended", "extended", "under_review", None])
def test_the_date_beside_another_status_is_a_projection(con: Connection, state: str | None) -> None:
    case = case_of(con, liquidation_state=state, reported_liquidation_date=ago(5))
    assert (case["liquidation_state"], case["liquidation_date"]) == (state, None)
    assert case["projected_liquidation_date"] == ago(5)


def test_liquidated_without_a_date_stays_liquidated_without_a_date(con: Connection) -> None:
    case = case_of(con, liquidation_state="liquidated")
    assert (case["liquidation_state"], case["liquidation_date"]) == ("liquidated", None)


@pytest.mark.parametrize(
    ("accepted_days_ago", "es022_days_ago", "reliquidated"),
    [(20, 20, 20), (20, 19, 19), (20, 21, None), (20, 0, 0), (20, -1, None), (None, 300, 300), (20, None, None)],
)
def test_the_liquidation_in_es022_is_the_reliquidation_from_the_acceptance_to_the_day(
    con: Connection, accepted_days_ago: int | None, es022_days_ago: int | None, reliquidated: int | None
) -> None:
    accept(con, None if accepted_days_ago is None else ago(accepted_days_ago))
    es022(con, 1, None if es022_days_ago is None else ago(es022_days_ago))
    case = case_of(con, **liquidated(60))
    if accepted_days_ago is None:
        assert case["reliquidation_date"] == ago(300)
        return
    assert case["reliquidation_date"] == (None if reliquidated is None else ago(reliquidated))
    assert case["liquidation_date"] == ago(60 if reliquidated is None else reliquidated)
    assert case["original_liquidation_date"] == ago(60)


@pytest.mark.parametrize(("days_ago", "reliquidated"), [(19, True), (20, False), (21, False)])
def test_a_liquidation_in_es003_after_the_acceptance_is_the_reliquidation(
    con: Connection, days_ago: int, *, reliquidated: bool
) -> None:
    accept(con, ago(20))
    case = case_of(con, **liquidated(days_ago))
    assert case["reliquidation_date"] == (ago(days_ago) if reliquidated else None)
    assert case["liquidation_date"] == ago(days_ago)
    assert case["original_liquidation_date"] == (None if reliquidated else ago(days_ago))


def test_of_two_reports_the_newest_liquidation_counts(con: Connection) -> None:
    accept(con, ago(50))
    es022(con, 1, ago(40))
    case = case_of(con, **liquidated(10))
    assert (case["liquidation_date"], case["reliquidation_date"]) == (ago(10), ago(10))


def test_without_a_day_of_acceptance_the_newest_liquidation_counts_all_the_same(con: Connection) -> None:
    accept(con, None)
    es022(con, 1, ago(40))
    case = case_of(con, **liquidated(10))
    assert case["liquidation_date"] == ago(10)
    assert (case["reliquidation_date"], case["original_liquidation_date"]) == (ago(40), None)


def test_a_liquidation_es022_shows_for_after_the_day_hides_no_earlier_one(con: Connection) -> None:
    accept(con, ago(50))
    es022(con, 1, ago(40))
    es022(con, 2, ago(-5))
    assert case_of(con, **liquidated(60))["liquidation_date"] == ago(40)


def test_of_two_liquidations_in_es022_the_newest_report_decides(con: Connection) -> None:
    accept(con, ago(50))
    es022(con, 1, ago(30), run=ago(3))
    es022(con, 2, ago(40), run=ago(10))
    es022(con, 3, ago(45))
    assert case_of(con, **liquidated(60))["liquidation_date"] == ago(30)


@pytest.mark.parametrize("state", ["unliquidated", "suspended", None])
def test_an_entry_es022_shows_liquidated_is_liquidated_whatever_an_older_status_says(
    con: Connection, state: str | None
) -> None:
    accept(con, ago(50))
    es022(con, 1, ago(5))
    case = case_of(con, liquidation_state=state, reported_liquidation_date=ago(7))
    assert (case["liquidation_state"], case["liquidation_date"]) == ("liquidated", ago(5))
    assert case["projected_liquidation_date"] is None


def test_without_acceptance_and_refund_es022_reliquidates_nothing(con: Connection) -> None:
    es022(con, 1, ago(5))
    case = case_of(con, **liquidated(60))
    assert (case["liquidation_date"], case["reliquidation_date"]) == (ago(60), None)


def test_a_refund_is_enough_for_the_reliquidation_of_es022(con: Connection) -> None:
    refund(con, "100.00", "matched")
    es022(con, 1, ago(5))
    assert case_of(con, **liquidated(60))["reliquidation_date"] == ago(5)


# ---- notices of liquidation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notice_days_ago", "basis", "reliquidated"),
    [
        (19, "declarations", 19),
        (20, "declarations", 5),
        (20, "es701_liquidation_date", 20),
        (21, "es701_liquidation_date", 5),
    ],
)
def test_a_notice_from_after_the_acceptance_is_the_reliquidation_before_es022_is(
    con: Connection, notice_days_ago: int, basis: str, reliquidated: int
) -> None:
    put(con, "entries.claim_facts", entry_number=ENTRY, is_accepted=True, accepted_date=ago(20),
        accepted_date_basis=basis)  # fmt: skip
    es022(con, 1, ago(5))
    case = case_of(con, **liquidated(60), es701_liquidation_date=ago(notice_days_ago))
    assert case["reliquidation_date"] == ago(reliquidated)
    assert case["original_liquidation_date"] == ago(60)


def test_an_acceptance_on_an_unknown_day_is_not_shown_reliquidated_by_a_notice(con: Connection) -> None:
    accept(con, None)
    case = case_of(con, es701_liquidation_date=ago(10), **liquidated(10))
    assert (case["reliquidation_date"], case["liquidation_date"]) == (None, ago(10))


def test_without_acceptance_a_later_notice_moves_the_liquidation_and_reliquidates_nothing(con: Connection) -> None:
    case = case_of(con, **liquidated(60), es701_liquidation_date=ago(10))
    assert (case["liquidation_date"], case["liquidation_report_code"]) == (ago(10), "ES-701")
    assert (case["original_liquidation_date"], case["reliquidation_date"]) == (ago(60), None)


def test_an_earlier_notice_leaves_the_liquidation_of_es003(con: Connection) -> None:
    case = case_of(con, **liquidated(10), es701_liquidation_date=ago(60))
    assert (case["liquidation_date"], case["liquidation_report_code"]) == (ago(10), "ES-003")


def test_a_notice_liquidates_no_entry_that_a_newer_es003_shows_open(con: Connection) -> None:
    case = case_of(con, liquidation_state="suspended", es701_liquidation_date=ago(10))
    assert (case["liquidation_state"], case["liquidation_date"]) == ("suspended", None)
    assert case["liquidation_report_code"] is None


def test_before_a_liquidation_to_come_the_one_of_the_notice_stands(con: Connection) -> None:
    case = case_of(con, **liquidated(-5), es701_liquidation_date=ago(60))
    assert (case["liquidation_state"], case["liquidation_date"]) == ("liquidated", ago(60))
    assert case["projected_liquidation_date"] == ago(-5)


def test_the_report_that_tells_the_liquidation_is_named(con: Connection) -> None:
    accept(con, ago(50))
    es022(con, 1, ago(40))
    case = case_of(con, **liquidated(60))
    assert (case["liquidation_date"], case["liquidation_report_code"]) == (ago(40), "ES-022")


@pytest.mark.parametrize(("notice_days_ago", "basis"), [(60, "ES-701"), (61, "ES-003"), (None, "ES-003")])
def test_a_notice_of_the_same_day_is_named_before_es003(
    con: Connection, notice_days_ago: int | None, basis: str
) -> None:
    day = None if notice_days_ago is None else ago(notice_days_ago)
    assert case_of(con, **liquidated(60), es701_liquidation_date=day)["liquidation_report_code"] == basis


# ---- protests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "days_ago", "told", "decided"),
    [
        ("denied", 0, "denied", ago(0)), ("denied", -1, "open", None), ("approved", -1, "open", None),
        ("denied_in_part", -1, "open", None), ("withdrawn", -1, "withdrawn", None), ("denied", None, "denied", None),
    ],
)  # fmt: skip
def test_a_decision_after_the_day_leaves_the_protest_open(
    con: Connection, state: str, days_ago: int | None, told: str, decided: date | None
) -> None:
    day = None if days_ago is None else ago(days_ago)
    case = case_of(con, protest_state=state, protest_decision_date=day)
    assert (case["protest_state"], case["protest_decision_date"]) == (told, decided)


@pytest.mark.parametrize(("days_ago", "told"), [(0, "open"), (-1, "none"), (None, "open")])
def test_a_protest_filed_after_the_day_is_not_on_file(con: Connection, days_ago: int | None, told: str) -> None:
    day = None if days_ago is None else ago(days_ago)
    assert case_of(con, protest_state="open", protest_filed_date=day)["protest_state"] == told


# ---- money --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prior", "principal", "high"),
    [(None, "80.00", "100.00"), ("0", "80.00", "100.00"), ("30.00", "50.00", "70.00"), ("90.00", "0.00", "10.00")],
)
def test_a_prior_refund_lowers_both_ends_of_the_principal_and_neither_below_nothing(
    con: Connection, prior: str | None, principal: str, high: str
) -> None:
    amounts(con, "80.00", "100.00")
    case = case_of(con, prior_refund_usd=prior and Decimal(prior))
    told = (case["refund_principal_usd"], case["refund_principal_high_usd"])
    assert told == (Decimal(principal), Decimal(high))
    assert (case["ieepa_low_usd"], case["ieepa_high_usd"]) == (Decimal("80.00"), Decimal("100.00"))


@pytest.mark.parametrize("prior", [None, "30.00"])
@pytest.mark.parametrize("entry_type", ["01", "21"])
def test_the_principal_of_an_entry_without_amounts_is_unknown_and_not_nothing(
    law: Connection, entry_type: str, prior: str | None
) -> None:
    case = case_of(law, entry_type_code=entry_type, prior_refund_usd=prior and Decimal(prior))
    assert (case["refund_principal_usd"], case["refund_principal_high_usd"]) == (None, None)


@pytest.mark.parametrize(("entry_type", "principal"), [("21", 0), ("22", 0), ("23", 0), ("31", 80), ("01", 80)])
def test_a_type_on_which_no_duty_is_deposited_has_no_principal(
    law: Connection, entry_type: str, principal: int
) -> None:
    amounts(law, "80.00", "100.00")
    case = case_of(law, entry_type_code=entry_type)
    assert case["refund_principal_usd"] == principal
    assert case["ieepa_low_usd"] == 80


@pytest.mark.parametrize(("absent", "complete"), [(0, True), (1, False)])
def test_a_row_whose_duty_is_blank_makes_the_entry_incomplete(con: Connection, absent: int, *, complete: bool) -> None:
    amounts(con, "80.00", "100.00", absent_duty_row_count=absent)
    assert case_of(con, data_complete=True)["data_complete"] is complete


def test_an_entry_with_a_row_in_quarantine_stays_incomplete(con: Connection) -> None:
    amounts(con, "80.00", "100.00")
    assert case_of(con, data_complete=False)["data_complete"] is False


# ---- refunds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "settled", "short"),
    [
        (("matched",), True, False), (("over",), True, False), (("pending",), False, False),
        (("rejected",), False, False), (("ambiguous",), False, False), (("not_in_rev603",), False, False),
        (("short",), False, True), (("diverted",), False, True), (("matched", "short"), False, True),
        (("matched", "over"), True, False), (("pending", "short"), False, False),
        (("matched", "pending"), False, False),
    ],
)  # fmt: skip
def test_cash_is_settled_when_all_is_there_and_short_when_no_more_will_come(
    con: Connection, states: tuple[str, ...], *, settled: bool, short: bool
) -> None:
    for number, state in enumerate(states):
        refund(con, "50.00", state, f"R{number}")
    case = case_of(con)
    assert (case["is_cash_settled"], case["is_cash_short"]) == (settled, short)
    assert case["refunded_principal_usd"] == 50 * len(states)
    assert case["refunded_interest_usd"] == 4 * len(states)
    assert case["refund_number"] == f"R{len(states) - 1}"


@pytest.mark.parametrize(("deposited", "settled"), [("70.00", True), ("69.99", False), (None, False)])
def test_a_diverted_refund_is_settled_where_cash_and_bill_are_all_of_it(
    con: Connection, deposited: str | None, *, settled: bool
) -> None:
    refund(con, "100.00", "diverted")
    con.execute(
        "update entries.refund_cash set rev603_usd = 100, diverted_usd = 30, deposited_usd = ?",
        [deposited and Decimal(deposited)],
    )
    case = case_of(con)
    assert (case["is_cash_settled"], case["is_cash_short"]) == (settled, not settled)


def test_a_refund_whose_principal_cbp_does_not_tell_leaves_the_sum_unknown(con: Connection) -> None:
    refund(con, "50.00", "matched", "R1")
    refund(con, None, "matched", "R2")
    case = case_of(con)
    assert (case["refunded_principal_usd"], case["refunded_interest_usd"]) == (None, 8)


def test_an_entry_without_a_refund_has_no_cash(con: Connection) -> None:
    case = case_of(con)
    names = ("refund_number", "refunded_principal_usd", "is_cash_settled", "is_cash_short")
    assert {case[name] for name in names} == {None}


# ---- claims, types, payee -----------------------------------------------------------------------------------------


def test_an_entry_on_no_claim_is_not_accepted(con: Connection) -> None:
    case = case_of(con)
    assert (case["is_accepted"], case["accepted_claim_count"], case["claim_number"]) == (False, 0, None)


def test_the_claim_is_told_as_it_stands(con: Connection) -> None:
    verdict = {"last_cape_result": "failed", "last_cape_date": ago(3), "remedy": "psc"}
    put(con, "entries.claim_facts", entry_number=ENTRY, claim_number="7", **verdict)
    case = case_of(con)
    assert {name: case[name] for name in verdict} == verdict


@pytest.mark.parametrize(
    ("entry_type", "as_of", "treatment", "flag_allowed"),
    [
        ("01", "2026-06-28", "accepted", False), ("01", "2026-06-29", "accepted", True),
        ("21", "2026-07-06", "accepted_paid_on_liquidation", False), ("21", "2026-07-07", "rejected", False),
        ("31", "2026-07-07", "accepted_paid_on_liquidation", False), ("03", "2026-06-29", "ad_cvd_rule", False),
        ("99", "2026-07-07", "unknown", False), (None, "2026-07-07", "unknown", False),
    ],
)  # fmt: skip
def test_what_cape_does_with_a_type_is_that_of_the_day(
    law: Connection, entry_type: str | None, as_of: str, treatment: str, *, flag_allowed: bool
) -> None:
    case = case_of(law, date.fromisoformat(as_of), entry_type_code=entry_type)
    assert (case["cape_treatment"], case["is_recon_flag_allowed"]) == (treatment, flag_allowed)
    assert case["duty_deposited"] is (entry_type != "21")


@pytest.mark.parametrize(
    ("as_of", "entry_type", "treatment"),
    [
        ("2025-03-01", "01", "accepted"), ("2026-04-19", "21", "accepted_paid_on_liquidation"),
        ("2026-04-19", "08", "rejected"), ("2026-04-19", "99", "unknown"),
    ],
)  # fmt: skip
def test_before_cape_opens_a_type_is_treated_as_on_its_first_day(
    law: Connection, as_of: str, entry_type: str, treatment: str
) -> None:
    case = case_of(law, date.fromisoformat(as_of), entry_type_code=entry_type)
    assert case["cape_treatment"] == treatment
    assert case["duty_deposited"] is (entry_type != "21")


@pytest.mark.parametrize(("box28", "basis", "ambiguous"), [("N", "designated", False), (None, "ambiguous", True)])
def test_the_payee_is_the_one_of_entry_payees(
    con: Connection, box28: str | None, basis: str, *, ambiguous: bool
) -> None:
    put(con, "ace.current_importers", importer_key="I", payee_4811="N")
    case = case_of(con, importer_number="I", importer_key="I", box28_number=box28)
    assert (case["payee_number"], case["payee_key"], case["payee_basis"]) == ("N", "N", basis)
    assert (case["is_payee_ambiguous"], case["is_box28_not_designated"]) == (ambiguous, False)
