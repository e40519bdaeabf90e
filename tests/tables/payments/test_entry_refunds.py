"""payments.entry_refunds: which entry is in which refund, as expected and as CBP reports it."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"
CLAIM = "sum_to_the_reconciliation"


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def put_member(
    con: Connection, entry: str = ENTRY, principal: str | None = "100.00", interest: str | None = "4.00"
) -> None:
    """An accepted entry with what is expected of it."""
    put(con, "entries.case_facts", entry_number=entry, importer_number="12-3456789")
    put(
        con,
        "refunds.batch_entries",
        entry_number=entry,
        claim_number="100000240001",
        payee_number="payee of the batch",
        liquidation_date=date(2026, 6, 6),
        principal_usd=money(principal),
        interest_usd=money(interest),
    )


def put_paid(
    con: Connection, refund: str = "R1", principal: str | None = "100.00", interest: str | None = "4.00", **facts: Any
) -> None:
    """The entry in a refund CBP reports."""
    given = {
        "entry_number": ENTRY,
        "claim_number": "100000240001",
        "payee_number": "payee of the refund",
        "liquidation_date": date(2026, 6, 5),
        "refund_date": date(2026, 7, 1),
        "source_row": 7,
        **facts,
    }
    amounts = {"principal_usd": money(principal), "interest_usd": money(interest)}
    put(con, "entries.refunded_entries", refund_number=refund, **amounts, **given)


def made(con: Connection) -> list[dict[str, Any]]:
    build(con, "payments.materiality_limits")
    rows = rows_of(con, "payments.entry_refunds")
    assert broken_promises(con, "payments.entry_refunds") == []
    return rows


def test_an_entry_that_agrees_says_so_and_where_the_amounts_stand(con: Connection) -> None:
    put_member(con)
    put_paid(con)
    (row,) = made(con)
    assert (row["refund_number"], row["refund_key"], row["cause"]) == ("R1", "R1", "agrees")
    assert (row["expected_principal_usd"], row["cbp_principal_usd"]) == (Decimal("100.00"), Decimal("100.00"))
    assert (row["principal_variance_usd"], row["interest_variance_usd"]) == (Decimal("0.00"), Decimal("0.00"))
    assert (row["payee_number"], row["liquidation_date"]) == ("payee of the refund", date(2026, 6, 5))
    assert (row["importer_number"], row["source_row"]) == ("12-3456789", 7)


def test_an_accepted_entry_in_no_refund_is_listed_with_what_is_expected(con: Connection) -> None:
    put_member(con)
    (row,) = made(con)
    assert (row["refund_number"], row["refund_key"], row["cause"]) == (None, "none", "not_yet_refunded")
    assert (row["expected_principal_usd"], row["expected_interest_usd"]) == (Decimal("100.00"), Decimal("4.00"))
    assert (row["cbp_principal_usd"], row["principal_variance_usd"], row["source_load_id"]) == (None, None, None)
    assert (row["payee_number"], row["liquidation_date"]) == ("payee of the batch", date(2026, 6, 6))


@pytest.mark.parametrize(
    ("name", "of_the_refund", "of_the_batch"),
    [
        ("claim_number", "100000240009", "100000240001"),
        ("payee_number", "payee of the refund", "payee of the batch"),
        ("liquidation_date", date(2026, 6, 5), date(2026, 6, 6)),
    ],
)
def test_what_the_refund_reports_tell_goes_before_the_batch_which_fills_what_they_leave_out(
    con: Connection, name: str, of_the_refund: object, of_the_batch: object
) -> None:
    put_member(con)
    put_paid(con, **{name: of_the_refund})
    assert [row[name] for row in made(con)] == [of_the_refund]
    con.execute(f"update entries.refunded_entries set {name} = null")
    assert [row[name] for row in made(con)] == [of_the_batch]


@pytest.mark.parametrize(
    ("expected", "paid", "cause"),
    [
        (("100.00", "4.00"), ("99.99", "4.00"), "principal_below_expected"),
        (("100.00", "4.00"), ("100.01", "4.00"), "principal_above_expected"),
        (("100.00", "4.00"), ("100.00", "3.94"), "interest_below_expected"),
        (("100.00", "4.00"), ("100.00", "3.95"), "rounding"),
        (("100.00", "4.00"), ("100.00", "4.00"), "agrees"),
        (("100.00", "4.00"), ("100.00", "4.05"), "rounding"),
        (("100.00", "4.00"), ("100.00", "4.06"), "interest_above_expected"),
        (("100.00", "4.00"), ("99.99", "4.06"), "principal_below_expected"),
        (("100.00", "4.00"), (None, "4.00"), "cbp_amount_missing"),
        (("100.00", "4.00"), ("100.00", None), "cbp_amount_missing"),
        (("100.00", None), ("100.00", "4.00"), "expected_interest_unknown"),
        (("100.00", None), ("100.01", "4.00"), "principal_above_expected"),
        ((None, None), ("100.00", "4.00"), "no_baseline"),
        ((None, None), (None, None), "no_baseline"),
    ],
)
def test_every_difference_has_its_cause(
    con: Connection,
    expected: tuple[str | None, str | None],
    paid: tuple[str | None, str | None],
    cause: str,
) -> None:
    put_member(con, ENTRY, *expected)
    put_paid(con, "R1", *paid)
    (row,) = made(con)
    assert row["cause"] == cause
    for n, name in enumerate(("principal", "interest")):
        told, due = money(paid[n]), money(expected[n])
        assert row[f"{name}_variance_usd"] == (None if told is None or due is None else told - due)


def test_what_is_expected_of_an_entry_in_two_refunds_counts_in_the_first_of_them(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "40.00", "1.00", refund_date=date(2026, 7, 2))
    put_paid(con, "R2", "60.00", "3.00", refund_date=date(2026, 7, 1))
    put_paid(con, "R0", "0.00", "0.00", refund_date=None)
    rows = {row["refund_number"]: row for row in made(con)}
    assert {number: row["expected_principal_usd"] for number, row in rows.items()} == {
        "R0": Decimal("0.00"),
        "R1": Decimal("0.00"),
        "R2": Decimal("100.00"),
    }
    assert sum(row["expected_interest_usd"] for row in rows.values()) == Decimal("4.00")
    assert sum(row["principal_variance_usd"] for row in rows.values()) == Decimal("0.00")


def test_on_the_same_day_the_lower_refund_number_is_the_first(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R2")
    put_paid(con, "R1")
    first, second = made(con)
    assert (first["expected_principal_usd"], second["expected_principal_usd"]) == (Decimal("100.00"), Decimal("0.00"))


def test_two_claims_of_one_entry_in_one_refund_are_one_row(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "60.00", "3.00", claim_number="100000240001")
    put_paid(con, "R1", "40.00", "1.00", claim_number="100000240002")
    (row,) = made(con)
    assert (row["cbp_principal_usd"], row["cbp_interest_usd"], row["cause"]) == (
        Decimal("100.00"),
        Decimal("4.00"),
        "agrees",
    )
    assert row["claim_number"] == "100000240001"


def test_a_sum_with_a_hole_is_unknown(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "60.00", "3.00", claim_number="100000240001")
    put_paid(con, "R1", None, "1.00", claim_number="100000240002")
    (row,) = made(con)
    assert (row["cbp_principal_usd"], row["cause"]) == (None, "cbp_amount_missing")


# ---- causes -------------------------------------------------------------------------------------------------------


def put_rates(con: Connection) -> None:
    put(
        con,
        "registry.interest_rates",
        quarter_start=date(2026, 4, 1),
        quarter_end=date(2026, 6, 30),
        overpayment_corporate_rate=Decimal("0.06"),
        overpayment_noncorporate_rate=Decimal("0.07"),
    )


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("suspended", "partial_liquidation"), ("extended", "partial_liquidation"),
        ("under review", "partial_liquidation"), ("warehouse entry or withdrawal", "partial_liquidation"),
        ("acceptance date unknown", "not_yet_refunded"), (None, "not_yet_refunded"),
    ],
)  # fmt: skip
def test_an_entry_without_a_refund_waits_or_is_held_in_its_liquidation(
    con: Connection, reason: str | None, cause: str
) -> None:
    put_member(con)
    con.execute("update refunds.batch_entries set undated_reason = ?", [reason])
    (row,) = made(con)
    assert (row["cause"], row["is_material"]) == (cause, False)


@pytest.mark.parametrize(
    ("days", "interest", "found", "is_material"),
    [
        # 104,000.00 at 6 percent: 17.10 a day
        (1, "4017.10", 1, False), (-1, "3982.90", -1, False), (2, "4034.20", 2, True), (-31, "3471.42", -31, True),
            (31, "4531.28", 31, True),
        (0, "4008.00", None, True), (0, "4017.13", None, True),
    ],
)  # fmt: skip
def test_a_variance_of_whole_days_of_interest_is_named_with_its_days(
    con: Connection, days: int, interest: str, found: int | None, *, is_material: bool
) -> None:
    put_rates(con)
    put_member(con, ENTRY, "100000.00", "4000.00")
    put_paid(con, "R1", "100000.00", interest)
    (row,) = made(con)
    assert row["interest_variance_days"] == found
    assert row["is_material"] is is_material
    if days:
        assert row["cause"] == "interest_days"


def test_a_partnership_earns_a_day_at_its_own_rate(con: Connection) -> None:
    put_rates(con)
    put_member(con, ENTRY, "100000.00", "4000.00")
    con.execute("update entries.case_facts set rate_class = 'noncorporate'")
    put_paid(con, "R1", "100000.00", "4019.95")
    (row,) = made(con)
    assert (row["cause"], row["interest_variance_days"]) == ("interest_days", 1)


@pytest.mark.parametrize(
    ("interest", "cause"),
    [
        ("4.52", "late_interest"),
        ("4.57", "late_interest"),
        ("4.46", "interest_above_expected"),
        ("4.06", "interest_above_expected"),
    ],
)
def test_interest_that_is_higher_by_what_paying_late_costs_is_named_so(
    con: Connection, interest: str, cause: str
) -> None:
    put_member(con)
    put_paid(con, "R1", "100.00", interest)
    put(
        con,
        "refunds.late_interest",
        entry_number=ENTRY,
        refund_key="R1",
        late_interest_usd=Decimal("0.52"),
        late_interest_high_usd=Decimal("0.52"),
        balance_usd=Decimal("104.00"),
    )
    (row,) = made(con)
    assert (row["cause"], row["late_interest_usd"]) == (cause, Decimal("0.52"))


@pytest.mark.parametrize(
    ("change", "cause"),
    [("10.00", "netting"), ("9.99", "principal_below_expected"), (None, "principal_below_expected")],
)
def test_a_principal_that_differs_by_what_other_duty_changed_was_netted(
    con: Connection, change: str | None, cause: str
) -> None:
    put_member(con)
    put_paid(con, "R1", "90.00")
    put(con, "entries.cape_effects", entry_number=ENTRY, other_duty_change_usd=money(change))
    (row,) = made(con)
    assert (row["cause"], row["other_duty_change_usd"], row["is_material"]) == (cause, money(change), True)


@pytest.mark.parametrize(("payee", "cause"), [("payee of the refund", "agrees"), ("another", "payee_differs")])
def test_another_payee_in_rev603_is_named_where_the_amounts_agree(con: Connection, payee: str, cause: str) -> None:
    put_member(con)
    put_paid(con)
    put(con, "entries.refund_cash", refund_number="R1", payee_number=payee)
    (row,) = made(con)
    assert row["cause"] == cause


def test_a_file_that_does_not_tell_its_basis_leaves_the_principal_unknown(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", None, "4.00", refund_amount_basis="undecidable")
    (row,) = made(con)
    assert (row["cause"], row["is_material"]) == ("basis_undecidable", False)


def test_an_entry_in_two_refunds_that_together_agree_says_so_in_both(con: Connection) -> None:
    put_member(con)
    put_paid(con, "R1", "100.00", "3.00")
    put_paid(con, "R2", "0.00", "1.02", refund_date=date(2026, 7, 9))
    rows = made(con)
    assert [(row["cause"], row["is_material"]) for row in rows] == [("sum_agrees", False)] * 2
    assert [row["interest_variance_usd"] for row in rows] == [Decimal("-1.00"), Decimal("1.02")]


@pytest.mark.parametrize(
    ("paid", "limits", "is_material"),
    [
        (("99.99", "4.00"), {}, True), (("99.99", "4.00"), {"principal_limit_usd": Decimal("0.01")}, False),
        (("100.00", "4.05"), {}, False), (("100.00", "4.06"), {}, True), (("100.00", "3.94"), {}, True),
        (("100.00", "5.00"), {"interest_limit_usd": Decimal("1.00")}, False),
    ],
)  # fmt: skip
def test_a_variance_is_material_beyond_the_limits_of_the_importer(
    con: Connection, paid: tuple[str, str], limits: dict[str, Decimal], *, is_material: bool
) -> None:
    put_member(con)
    put_paid(con, "R1", *paid)
    build(con, "payments.materiality_limits")
    for name, value in limits.items():
        con.execute(f"update payments.materiality_limits set {name} = ?", [value])
    (row,) = rows_of(con, "payments.entry_refunds")
    assert row["is_material"] is is_material


# ---- the claim ----------------------------------------------------------------------------------------------------


def put_cash(con: Connection, principal: str | None, interest: str | None, refund: str = "R1") -> None:
    put(
        con,
        "entries.refund_cash",
        refund_number=refund,
        es022_principal_usd=money(principal),
        es022_interest_usd=money(interest),
    )


@pytest.mark.parametrize(
    ("principal", "interest", "holds"),
    [
        ("100.00", "4.00", "yes"),
        ("100.01", "4.00", "no"),
        ("100.00", "3.99", "no"),
        (None, "4.00", "no"),
        ("100.00", None, "no"),
    ],
)
def test_the_claim_fires_when_the_entries_of_a_refund_do_not_sum_to_it(
    con: Connection, principal: str | None, interest: str | None, holds: str
) -> None:
    put_member(con)
    put_paid(con)
    build(con, "payments.entry_refunds")
    put_cash(con, principal, interest)
    assert (broken_claim(con, "payments.entry_refunds", CLAIM) == []) is (holds == "yes")


def test_the_claim_fires_when_all_entries_of_a_refund_are_lost(con: Connection) -> None:
    put_paid(con)
    build(con, "payments.entry_refunds")
    put_cash(con, "100.00", "4.00")
    put_cash(con, None, None, refund="known from REV-603 only")
    (row,) = broken_claim(con, "payments.entry_refunds", CLAIM)
    assert (row["refund_number"], row["entry_principal_usd"]) == ("R1", None)


def test_entries_in_no_refund_do_not_concern_the_claim(con: Connection) -> None:
    put_member(con)
    build(con, "payments.entry_refunds")
    assert broken_claim(con, "payments.entry_refunds", CLAIM) == []
