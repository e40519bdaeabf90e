"""Batches of the guide example, payment windows, and every way a refund and the bank can differ.

What belongs here: small sets of refunds and credits with known answers. What does not: comparisons with the product.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.payments import (
    basis_of_rev603,
    batches,
    liquidation_of,
    next_business_day,
    payment_window,
    reconcile,
)

AS_OF = date(2026, 7, 20)

# The 14 entries of the guide example: principal, interest, already liquidated on.
GUIDE = [
    ("25086.06", "1442.60", "2026-03-15"),
    ("24704.63", "542.56", "2026-03-15"),
    ("9036.57", "262.44", "2026-03-15"),
    ("1273.50", "62.43", "2026-04-10"),
    ("35659.70", "777.17", "2026-04-10"),
    ("7921.02", "168.64", "2026-04-10"),
    ("1026.34", "8.84", "2026-04-10"),
    ("10390.98", "214.25", "2026-04-10"),
    ("24087.02", "616.82", None),
    ("8245.00", "212.53", None),
    ("31682.36", "1079.48", None),
    ("23267.04", "408.29", None),
    ("16633.77", "1115.31", None),
    ("11835.81", "698.47", None),
]


def accepted_entry(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "entry_number": f"E{number:02}",
        "payee_number": "12-3456789",
        "accepted": True,
        "accepted_date": date(2026, 4, 22),
        "claim_number": "100000240001",
        "entry_type_code": "01",
        "liquidation_status": "Unliquidated",
        "liquidation_date": None,
        "principal_usd": "100.00",
        "interest_usd": "4.00",
        **changes,
    }


def guide_entries() -> list[dict[str, Any]]:
    return [
        accepted_entry(
            number,
            principal_usd=principal,
            interest_usd=interest,
            liquidation_status="Liquidated" if day else "Unliquidated",
            liquidation_date=day,
        )
        for number, (principal, interest, day) in enumerate(GUIDE)
    ]


# ---- batches ------------------------------------------------------------------------------------------------------


def test_the_guide_example_falls_into_two_batches_to_the_cent() -> None:
    found, undated = batches(guide_entries(), AS_OF)
    assert undated == []
    answers = [
        (
            batch["liquidation_date"],
            batch["entry_count"],
            batch["principal_usd"],
            batch["interest_usd"],
            batch["total_usd"],
            batch["payment_from_date"],
            batch["payment_to_date"],
        )
        for batch in found
    ]
    window = (date(2026, 6, 21), date(2026, 7, 21))
    eight = (date(2026, 4, 23), 8, Decimal("115098.80"), Decimal("3478.93"), Decimal("118577.73"), *window)
    six = (date(2026, 6, 6), 6, Decimal("115751.00"), Decimal("4130.90"), Decimal("119881.90"), *window)
    assert answers == [eight, six]
    assert {batch["declaration_count"] for batch in found} == {1}
    assert {batch["liquidation_basis"] for batch in found} == {"forecast"}


def test_a_reliquidation_stated_by_es022_is_actual_and_goes_before_the_forecast() -> None:
    entries = [{**entry, "es022_liquidation_date": date(2026, 4, 24)} for entry in guide_entries()[:8]]
    found, _ = batches(entries, AS_OF)
    assert [(batch["liquidation_date"], batch["liquidation_basis"]) for batch in found] == [
        (date(2026, 4, 24), "actual")
    ]


def test_a_liquidation_after_acceptance_is_actual_and_one_after_as_of_is_not() -> None:
    entry = accepted_entry(1, liquidation_status="Liquidated", liquidation_date=date(2026, 6, 5))
    assert liquidation_of(entry, date(2026, 6, 5)) == (date(2026, 6, 5), "actual")
    assert liquidation_of(entry, date(2026, 6, 4)) == (date(2026, 4, 23), "forecast")


@pytest.mark.parametrize("status", ["Suspended", "Extended", "Under Review", "", None])
def test_a_held_entry_has_no_forecast_and_is_in_no_batch(status: str | None) -> None:
    assert batches([accepted_entry(1, liquidation_status=status)], AS_OF) == ([], ["E01"])


def test_a_withdrawal_or_an_unknown_acceptance_day_has_no_forecast() -> None:
    assert batches([accepted_entry(1, entry_type_code="31")], AS_OF)[1] == ["E01"]
    assert batches([accepted_entry(1, accepted_date=None)], AS_OF)[1] == ["E01"]


def test_only_accepted_entries_are_in_a_batch() -> None:
    entries = [accepted_entry(1, accepted=False), accepted_entry(2, accepted_date=date(2026, 7, 21))]
    assert batches(entries, AS_OF) == ([], [])


def test_payees_and_days_make_batches_and_declarations_do_not() -> None:
    entries = [
        accepted_entry(1),
        accepted_entry(2, claim_number="100000240002"),
        accepted_entry(3, payee_number="36-9998887"),
        accepted_entry(4, accepted_date=date(2026, 4, 23)),
    ]
    found, _ = batches(entries, AS_OF)
    assert [(batch["entry_numbers"], batch["declaration_count"]) for batch in found] == [
        (["E01", "E02"], 2),
        (["E04"], 1),
        (["E03"], 1),
    ]


def test_a_batch_with_an_unknown_amount_has_no_total() -> None:
    found, _ = batches([accepted_entry(1), accepted_entry(2, interest_usd=None)], AS_OF)
    assert (found[0]["principal_usd"], found[0]["interest_usd"], found[0]["total_usd"]) == (200, None, None)


def test_the_next_business_day_skips_weekends_and_holidays() -> None:
    assert next_business_day(date(2026, 4, 24)) == date(2026, 4, 27)
    assert next_business_day(date(2026, 7, 2), [date(2026, 7, 3)]) == date(2026, 7, 6)


def test_a_payment_window_never_opens_before_a_late_liquidation() -> None:
    window = payment_window([date(2026, 4, 24)], date(2026, 11, 2))
    assert window == (date(2026, 11, 2), date(2026, 12, 2))
    mixed = payment_window([date(2026, 4, 24), date(2026, 5, 4)], date(2026, 5, 5))
    assert mixed == (date(2026, 6, 23), date(2026, 8, 2))


# ---- reconciliation -----------------------------------------------------------------------------------------------


def shown(number: str = "R1", amount: str = "1040.00", **changes: Any) -> dict[str, Any]:
    """One row of REV-603."""
    return {
        "refund_number": number,
        "payee_number": "12-3456789",
        "refund_date": date(2026, 5, 11),
        "refund_type": "CAPE",
        "refund_secondary_status": "Treasury Issued",
        "total_refund_usd": amount,
        "trace_number": f"T-{number}",
        **changes,
    }


def certified(
    number: str | None = "R1", principal: str = "1000.00", interest: str = "40.00", **changes: Any
) -> dict[str, Any]:
    """One row of ES-022."""
    return {
        "entry_number": f"E-{number}",
        "claim_number": "100000240001",
        "payee_number": "12-3456789",
        "liquidation_date": date(2026, 4, 23),
        "principal_usd": principal,
        "interest_usd": interest,
        "refund_number": number,
        **changes,
    }


def credit(amount: str, trace: str | None = "T-R1", day: date = date(2026, 5, 13)) -> dict[str, Any]:
    return {"value_date": day, "amount_usd": amount, "trace_number": trace}


def only(result: dict[str, Any]) -> dict[str, Any]:
    (refund,) = result["refunds"]
    return dict(refund)


def test_a_refund_paid_to_the_cent_is_matched_and_leaves_nothing() -> None:
    expected = {"E-R1": (Decimal("1000.00"), Decimal("39.98"))}
    result = reconcile([shown()], [certified()], [], [credit("1040.00")], expected=expected)
    refund = only(result)
    assert refund["match_status"] == "matched"
    assert (refund["expected_usd"], refund["entry_variance_usd"]) == (Decimal("1039.98"), Decimal("0.02"))
    assert (refund["consolidation_difference_usd"], refund["unexplained_usd"]) == (0, 0)
    assert result["unmatched_credits"] == []


@pytest.mark.parametrize(
    ("amount", "status", "unexplained"),
    [("1039.99", "short", "0.01"), ("1040.00", "matched", "0"), ("1040.01", "over", "-0.01")],
)
def test_one_cent_makes_a_refund_short_or_over(amount: str, status: str, unexplained: str) -> None:
    refund = only(reconcile([shown()], [certified()], [], [credit(amount)]))
    assert (refund["match_status"], refund["unexplained_usd"]) == (status, Decimal(unexplained))


def test_credits_of_one_trace_are_added_and_reversals_taken_off() -> None:
    split = [credit("1000.00"), credit("40.00")]
    assert only(reconcile([shown()], [certified()], [], split))["match_status"] == "matched"
    refund = only(reconcile([shown()], [certified()], [], [credit("1040.00"), credit("-1040.00")]))
    assert (refund["match_status"], refund["cause"], refund["pending_usd"]) == ("pending", "credit_reversed", 1040)


@pytest.mark.parametrize("status", ["Sent to Treasury", "Treasury Issued", ""])
def test_a_refund_without_cash_is_pending(status: str) -> None:
    refund = only(reconcile([shown(refund_secondary_status=status)], [certified()], [], []))
    assert (refund["match_status"], refund["pending_usd"], refund["unexplained_usd"]) == ("pending", 1040, 0)


def test_a_returned_or_listed_refund_is_rejected_unless_cash_came() -> None:
    returned = [shown(refund_secondary_status="Check/ACH Returned")]
    assert only(reconcile(returned, [certified()], [], []))["rejected_usd"] == 1040
    listed = reconcile([shown()], [certified()], [{"refund_number": "R1"}], [])
    assert only(listed)["match_status"] == "rejected"
    paid = reconcile([shown()], [certified()], [{"refund_number": "R1"}], [credit("1040.00")])
    assert only(paid)["match_status"] == "matched"


def test_a_diversion_needs_a_bill_and_is_never_a_remainder() -> None:
    diverted = [shown(refund_secondary_status="Funds Diverted")]
    bare = only(reconcile(diverted, [certified()], [], [credit("740.00")]))
    assert (bare["match_status"], bare["cause"]) == ("diverted", "diverted_unsupported")
    assert (bare["diverted_usd"], bare["unexplained_usd"]) == (0, 300)
    bill = {"bill_number": "B1", "payee_number": "12-3456789", "amount_usd": "250.00", "bill_date": date(2026, 5, 1)}
    other = only(reconcile(diverted, [certified()], [], [credit("740.00")], bills=[bill]))
    assert (other["diverted_usd"], other["unexplained_usd"], other["cause"]) == (0, 300, "diverted_unsupported")
    named = only(reconcile(diverted, [certified()], [], [credit("740.00")], bills=[{**bill, "refund_number": "R1"}]))
    assert (named["diverted_usd"], named["unexplained_usd"], named["cause"]) == (250, 50, None)
    exact = only(reconcile(diverted, [certified()], [], [credit("740.00")], bills=[{**bill, "amount_usd": "300.00"}]))
    assert (exact["diverted_usd"], exact["unexplained_usd"], exact["cause"]) == (300, 0, None)


@pytest.mark.parametrize(
    "bill", [{"bill_date": date(2026, 5, 12)}, {"bill_date": None}, {"payee_number": "98-7654321"}]
)
def test_a_later_undated_or_foreign_bill_supports_nothing(bill: dict[str, Any]) -> None:
    diverted = [shown(refund_secondary_status="Funds Diverted")]
    given = {
        "bill_number": "B1",
        "payee_number": "12-3456789",
        "amount_usd": "300.00",
        "bill_date": date(2026, 5, 11),
        **bill,
    }
    refund = only(reconcile(diverted, [certified()], [], [credit("740.00")], bills=[given]))
    assert (refund["diverted_usd"], refund["unexplained_usd"]) == (0, 300)


def test_a_named_bill_lowers_what_is_sought_at_the_bank() -> None:
    diverted = [shown(refund_secondary_status="Funds Diverted", trace_number=None)]
    bill = {"bill_number": "B1", "payee_number": "12-3456789", "amount_usd": "300.00", "refund_number": "R1"}
    refund = only(reconcile(diverted, [certified()], [], [credit("740.00", None)], bills=[bill]))
    assert (refund["diverted_usd"], refund["deposited_usd"], refund["unexplained_usd"]) == (300, 740, 0)


@pytest.mark.parametrize(("later", "status"), [(0, "matched"), (3, "matched"), (4, "pending")])
def test_one_credit_may_hold_two_refunds_of_a_payee(later: int, status: str) -> None:
    rows = [
        shown("R1", trace_number=None),
        shown("R2", "520.00", trace_number=None, refund_date=date(2026, 5, 11 + later)),
    ]
    entries = [certified("R1"), certified("R2", "500.00", "20.00")]
    result = reconcile(rows, entries, [], [credit("1560.00", None, date(2026, 5, 18))])
    assert [refund["match_status"] for refund in result["refunds"]] == [status, status]


def test_one_credit_may_hold_all_refunds_of_a_payee_and_day_and_not_those_of_another() -> None:
    rows = [shown(f"R{n}", f"{n}00.00", trace_number=None) for n in (1, 2, 4)]
    entries = [certified(f"R{n}", f"{n}00.00", "0.00") for n in (1, 2, 4)]
    result = reconcile(rows, entries, [], [credit("700.00", None)])
    assert [refund["match_status"] for refund in result["refunds"]] == ["matched"] * 3
    rows[0]["payee_number"] = "98-7654321"
    result = reconcile(rows, entries, [], [credit("700.00", None)])
    assert [refund["match_status"] for refund in result["refunds"]] == ["pending"] * 3


def test_a_refund_too_large_for_one_credit_may_come_in_pieces() -> None:
    rows = [shown(amount="150000000.00", trace_number=None)]
    pieces = [credit("99999999.99", None), credit("50000000.01", None)]
    entries = [certified("R1", "149000000.00", "1000000.00")]
    assert only(reconcile(rows, entries, [], pieces))["match_status"] == "matched"
    pieces[1]["value_date"] = date(2026, 5, 14)
    assert only(reconcile(rows, entries, [], pieces))["match_status"] == "pending"


def test_a_bill_of_a_payee_with_two_diversions_supports_neither() -> None:
    rows = [shown(n, refund_secondary_status="Funds Diverted") for n in ("R1", "R2")]
    bill = {"bill_number": "B1", "payee_number": "12-3456789", "amount_usd": "250.00"}
    result = reconcile(rows, [certified("R1"), certified("R2")], [], [], bills=[bill])
    assert [refund["diverted_usd"] for refund in result["refunds"]] == [0, 0]
    named = reconcile(rows, [certified("R1"), certified("R2")], [], [], bills=[{**bill, "refund_number": "R2"}])
    assert [refund["diverted_usd"] for refund in named["refunds"]] == [0, 250]


def test_a_net_rev603_total_is_not_reduced_by_the_bill_again() -> None:
    rows = [shown(amount="790.00", refund_secondary_status="Funds Diverted")]
    bill = {"bill_number": "B1", "payee_number": "12-3456789", "amount_usd": "250.00", "refund_number": "R1"}
    assert basis_of_rev603(rows, [certified()], [bill]) == "net"
    assert basis_of_rev603([shown(refund_secondary_status="Funds Diverted")], [certified()], [bill]) == "gross"
    assert basis_of_rev603([shown()], [certified()], [bill]) == "undecided"
    refund = only(reconcile(rows, [certified()], [], [credit("790.00")], bills=[bill], rev603_basis="net"))
    assert (refund["consolidation_difference_usd"], refund["unexplained_usd"]) == (-250, 0)


def test_a_refund_that_one_report_does_not_know_is_named_after_it() -> None:
    missing = only(reconcile([], [certified()], [], []))
    assert (missing["match_status"], missing["rev603_usd"], missing["unexplained_usd"]) == ("not_in_rev603", None, 1040)
    unknown = only(reconcile([shown()], [], [], [credit("1040.00")]))
    assert (unknown["match_status"], unknown["es022_usd"], unknown["deposited_usd"]) == ("not_in_es022", None, 1040)


def test_refunds_of_other_kinds_are_counted_apart_and_unknown_kinds_are_kept() -> None:
    rows = [shown("R1", refund_type="Drawback"), shown("R2", refund_type="Type 77")]
    result = reconcile(rows, [], [], [])
    assert result["other_refunds"] == ["R1"]
    assert [refund["match_status"] for refund in result["refunds"]] == ["not_in_es022"]


def test_without_a_trace_the_amount_decides_within_14_days() -> None:
    row = [shown(trace_number=None)]
    for day, status in (
        (date(2026, 5, 10), "pending"),
        (date(2026, 5, 11), "matched"),
        (date(2026, 5, 25), "matched"),
        (date(2026, 5, 26), "pending"),
    ):
        assert only(reconcile(row, [certified()], [], [credit("1040.00", None, day)]))["match_status"] == status


def test_principal_and_interest_may_come_as_two_credits() -> None:
    parts = [credit("1000.00", None), credit("40.00", None)]
    refund = only(reconcile([shown(trace_number=None)], [certified()], [], parts))
    assert (refund["match_status"], refund["bank_credit_count"]) == ("matched", 2)


def test_one_credit_that_fits_two_refunds_is_ambiguous_for_both() -> None:
    rows = [shown("R1", trace_number=None), shown("R2", trace_number=None)]
    result = reconcile(rows, [certified("R1"), certified("R2")], [], [credit("1040.00", None)])
    assert [refund["match_status"] for refund in result["refunds"]] == ["ambiguous", "ambiguous"]
    assert [refund["deposited_usd"] for refund in result["refunds"]] == [0, 0]
    assert len(result["unmatched_credits"]) == 1


def test_two_different_traces_are_not_the_same_payment() -> None:
    result = reconcile([shown()], [certified()], [], [credit("1040.00", "T-R9")])
    assert only(result)["match_status"] == "pending"
    assert len(result["unmatched_credits"]) == 1


def test_a_trace_shared_by_two_refunds_is_shared_out_only_if_it_sums() -> None:
    rows = [shown("R1", trace_number="T"), shown("R2", amount="520.00", trace_number="T")]
    entries = [certified("R1"), certified("R2", "500.00", "20.00")]
    whole = reconcile(rows, entries, [], [credit("1560.00", "T")])
    assert [refund["match_status"] for refund in whole["refunds"]] == ["matched", "matched"]
    part = reconcile(rows, entries, [], [credit("1500.00", "T")])
    assert [refund["match_status"] for refund in part["refunds"]] == ["ambiguous", "ambiguous"]
    assert len(part["unmatched_credits"]) == 1


def test_a_reissued_refund_counts_once() -> None:
    rows = [
        shown("R1", refund_secondary_status="Check/ACH Returned"),
        shown("R2", refund_date=date(2026, 6, 1)),
    ]
    result = reconcile(rows, [certified("R1"), certified("R2")], [], [credit("1040.00", "T-R2", date(2026, 6, 3))])
    first, second = result["refunds"]
    assert (first["match_status"], first["reissued_as"], second["match_status"]) == ("rejected", "R2", "matched")
    assert (result["totals"]["rev603_usd"], result["totals"]["rejected_usd"]) == (1040, 0)


def test_an_entry_without_a_baseline_leaves_the_expectation_unknown() -> None:
    refund = only(reconcile([shown()], [certified()], [], [credit("1040.00")]))
    assert (refund["expected_usd"], refund["entry_variance_usd"]) == (None, None)


def test_two_rows_of_one_refund_are_refused() -> None:
    with pytest.raises(ValueError, match="several rows of R1"):
        reconcile([shown(), shown()], [], [], [])


AMOUNTS = st.decimals(min_value=1, max_value=50, places=0)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(
    refunds=st.lists(
        st.tuples(
            AMOUNTS,
            st.booleans(),
            st.sampled_from(["Treasury Issued", "Sent to Treasury", "Funds Diverted", "Check/ACH Returned"]),
        ),
        max_size=5,
    ),
    cash=st.lists(st.tuples(st.integers(-20, 60), st.sampled_from([None, "T-R0", "T-R1", "T-R9"])), max_size=6),
    known_to_es022=st.integers(0, 31),
)
def test_the_waterfall_closes_and_no_credit_is_lost_or_counted_twice(
    refunds: list[tuple[Decimal, bool, str]], cash: list[tuple[int, str | None]], known_to_es022: int
) -> None:
    rows, entries = [], []
    for number, (amount, traced, status) in enumerate(refunds):
        name = f"R{number}"
        trace = f"T-{name}" if traced else None
        rows.append(shown(name, str(amount), trace_number=trace, refund_secondary_status=status))
        if known_to_es022 >> number & 1:
            entries.append(certified(name, str(amount), "0.00"))
    bank = [credit(str(amount), trace) for amount, trace in cash]
    result = reconcile(rows, entries, [], bank)
    for refund in result["refunds"]:
        steps = ("diverted_usd", "rejected_usd", "pending_usd", "deposited_usd", "unexplained_usd")
        assert refund["rev603_usd"] == sum(refund[step] for step in steps)
    deposited = sum(refund["deposited_usd"] for refund in result["refunds"])
    left = sum(Decimal(row["amount_usd"]) for row in result["unmatched_credits"])
    assert deposited + left == sum(amount for amount, _ in cash)
