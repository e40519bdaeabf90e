"""What is known of every refund in cash, in `entries.refund_cash`: the states of REV-603, the returns, the credits.

Belongs here: which credits belong to a refund, and the match status that follows. Does not belong here: the waterfall
and its causes (`payments`).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, put_load
from tests.tables.promises import broken_promises, build

Connection = duckdb.DuckDBPyConnection
REFUND_DATE = date(2026, 6, 15)
#: What is known of refunds and credits before they are put together, each after what it reads.
MATCHED_BEFORE = (
    "entries.reported_refunds", "entries.refund_chains", "entries.refund_total_bases", "entries.refund_offsets",
    "entries.credit_matches",
)  # fmt: skip


@pytest.fixture
def cash(con: Connection) -> Connection:
    """The as-of day, and one readable file of each report."""
    put(con, "registry.as_of", as_of_date=AS_OF)
    for number, report in enumerate(("REV-603", "REV-613"), start=1):
        put_load(con, number, report)
    return con


def refund(con: Connection, number: str = "R1", load: int = 1, **columns: Any) -> None:
    """A row of REV-603."""
    row = {"refund_date": REFUND_DATE, "total_refund_usd": Decimal("104.00"), "refund_type": "CAPE", **columns}
    put(con, "ace.rev603_refunds", load_id=f"{load:064}", refund_number=number, **row)


def entry_of(con: Connection, number: str = "R1", **columns: Any) -> None:
    """An entry of the refund, as ES-022 has it."""
    row = {"principal_usd": Decimal("100.00"), "interest_usd": Decimal("4.00"), **columns}
    put(con, "entries.refunded_entries", refund_number=number, **row)


def credit(con: Connection, amount: str, trace: str | None = None, **columns: Any) -> None:
    row = {"value_date": REFUND_DATE + timedelta(days=2), "credit_count": 1, "is_cbp": True, **columns}
    key = f"{amount} {trace} {row['value_date']}"
    put(con, "entries.bank_credits", credit_key=key, amount_usd=Decimal(amount), trace_key=trace, **row)


def returned(con: Connection, number: str = "R1") -> None:
    put(con, "ace.rev613_rejected_refunds", load_id=f"{2:064}", refund_number=number)


def told(con: Connection) -> dict[str, dict[str, Any]]:
    put(con, "registry.refund_types", type_words="CAPE", refund_class="cape")
    put(con, "registry.refund_types", type_words="IEEPA", refund_class="cape")
    put(con, "registry.refund_types", type_words="DRAWBACK", refund_class="other")
    put(con, "registry.refund_types", type_words="PROTEST", refund_class="other")
    for table_id in MATCHED_BEFORE:
        build(con, table_id)
    assert broken_promises(con, "entries.refund_cash") == []
    return {row["refund_number"]: row for row in rows_of(con, "entries.refund_cash")}


def status(con: Connection, number: str = "R1") -> str:
    return str(told(con)[number]["match_status"])


# ---- cash by trace ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "expected", "deposited"),
    [
        (("104.00",), "matched", "104.00"), (("100.00", "4.00"), "matched", "104.00"),
        (("103.99",), "short", "103.99"), (("104.01",), "over", "104.01"),
        (("104.00", "-4.00"), "short", "100.00"), (("208.00", "-104.00"), "matched", "104.00"),
        (("104.00", "-104.00"), "pending", "0.00"), ((), "pending", None),
    ],
)  # fmt: skip
def test_the_credits_of_a_trace_are_added_with_their_sign(
    cash: Connection, amounts: tuple[str, ...], expected: str, deposited: str | None
) -> None:
    refund(cash, trace_number="T1")
    for amount in amounts:
        credit(cash, amount, "T1")
    row = told(cash)["R1"]
    assert (row["match_status"], row["deposited_usd"]) == (expected, deposited and Decimal(deposited))
    assert row["bank_credit_count"] == len(amounts)


def test_equal_credits_of_one_trace_all_count(cash: Connection) -> None:
    refund(cash, trace_number="T1")
    credit(cash, "52.00", "T1", credit_count=2)
    row = told(cash)["R1"]
    assert (row["match_status"], row["bank_credit_count"]) == ("matched", 2)


def test_a_trace_with_lost_leading_zeros_and_separators_is_the_same(cash: Connection) -> None:
    refund(cash, trace_number="0000-12 34")
    credit(cash, "104.00", "1234")
    row = told(cash)["R1"]
    assert (row["match_status"], row["trace_number"]) == ("matched", "0000-12 34")


def test_the_value_date_of_the_cash_is_that_of_its_last_credit(cash: Connection) -> None:
    refund(cash, trace_number="T1")
    credit(cash, "100.00", "T1")
    credit(cash, "4.00", "T1", value_date=date(2026, 7, 1))
    assert told(cash)["R1"]["bank_value_date"] == date(2026, 7, 1)


@pytest.mark.parametrize(("amount", "expected"), [("154.00", "matched"), ("153.99", "ambiguous")])
def test_two_refunds_that_share_a_trace_share_its_cash_only_where_it_is_their_sum(
    cash: Connection, amount: str, expected: str
) -> None:
    refund(cash, "R1", trace_number="T1")
    refund(cash, "R2", trace_number="T1", total_refund_usd=Decimal("50.00"))
    credit(cash, amount, "T1")
    rows = told(cash)
    assert {row["match_status"] for row in rows.values()} == {expected}
    shares = [rows[number]["deposited_usd"] for number in ("R1", "R2")]
    assert shares == ([Decimal("104.00"), Decimal("50.00")] if expected == "matched" else [None, None])


# ---- cash by amount -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_later", "expected"), [(-2, "pending"), (0, "matched"), (14, "matched"), (15, "pending")]
)
def test_a_credit_without_a_trace_is_found_by_amount_up_to_14_days_after_the_refund(
    cash: Connection, days_later: int, expected: str
) -> None:
    refund(cash)
    credit(cash, "104.00", value_date=REFUND_DATE + timedelta(days=days_later))
    row = told(cash)["R1"]
    assert row["match_status"] == expected
    assert row["deposited_usd"] == (Decimal("104.00") if expected == "matched" else None)
    assert row["bank_credit_count"] == (1 if expected == "matched" else 0)


@pytest.mark.parametrize("change", [{"is_cbp": False}, {"amount": "104.01"}, {"trace": "T9"}])
def test_a_credit_of_somebody_else_of_another_amount_or_with_a_trace_is_not_taken_for_it(
    cash: Connection, change: dict[str, Any]
) -> None:
    refund(cash, trace_number="T1")
    credit(cash, **{"amount": "104.00", **change})
    assert status(cash) == "pending"


@pytest.mark.parametrize(
    ("counts", "refunds"), [((2,), ("R1",)), ((1, 1), ("R1",)), ((1,), ("R1", "R2")), ((1, 1), ("R1", "R2"))]
)
def test_an_amount_that_fits_more_than_once_is_ambiguous_and_is_no_cash(
    cash: Connection, counts: tuple[int, ...], refunds: tuple[str, ...]
) -> None:
    for number in refunds:
        refund(cash, number)
    for days, count in enumerate(counts):
        credit(cash, "104.00", value_date=REFUND_DATE + timedelta(days=days), credit_count=count)
    rows = told(cash).values()
    assert {(row["match_status"], row["deposited_usd"]) for row in rows} == {("ambiguous", None)}


def test_a_refund_whose_trace_has_cash_takes_no_other_credit_of_the_amount(cash: Connection) -> None:
    refund(cash, "R1", trace_number="T1")
    refund(cash, "R2")
    credit(cash, "104.00", "T1")
    credit(cash, "104.00")
    rows = told(cash)
    assert {row["match_status"] for row in rows.values()} == {"matched"}
    assert {row["bank_credit_count"] for row in rows.values()} == {1}


# ---- states, returns, diversions ----------------------------------------------------------------------------------


def test_the_newest_state_of_rev603_wins(cash: Connection) -> None:
    put_load(cash, 11, "REV-603", date(2026, 7, 1))
    put_load(cash, 12, "REV-603", date(2026, 7, 8))
    refund(cash, load=12, refund_secondary_status="Treasury Issued", trace_number="T2")
    refund(cash, load=11, refund_secondary_status="Check/ACH Returned", trace_number="T1")
    refund(cash, load=1, refund_secondary_status="Funds Diverted")
    row = told(cash)["R1"]
    assert (row["refund_secondary_status"], row["trace_number"]) == ("Treasury Issued", "T2")
    assert row["match_status"] == "pending"


@pytest.mark.parametrize("how", ["rev613", "status"])
@pytest.mark.parametrize(
    ("amounts", "expected"),
    [((), "rejected"), (("104.00", "-104.00"), "rejected"), (("104.00",), "matched"), (("100.00",), "short")],
)
def test_a_returned_refund_is_rejected_unless_its_cash_is_there(
    cash: Connection, how: str, amounts: tuple[str, ...], expected: str
) -> None:
    refund(cash, trace_number="T1", refund_secondary_status="Check/ACH Returned" if how == "status" else None)
    if how == "rev613":
        returned(cash)
    for amount in amounts:
        credit(cash, amount, "T1")
    row = told(cash)["R1"]
    assert (row["match_status"], row["is_returned"]) == (expected, how == "rev613")


@pytest.mark.parametrize(
    ("amounts", "is_returned", "expected"),
    [((), False, "ambiguous"), (("60.00",), False, "ambiguous"), ((), True, "rejected")],
)
def test_of_a_refund_without_a_total_nobody_says_that_its_cash_came_or_is_missing(
    cash: Connection, amounts: tuple[str, ...], *, is_returned: bool, expected: str
) -> None:
    refund(cash, trace_number="T1", total_refund_usd=None)
    entry_of(cash)
    if is_returned:
        returned(cash)
    for amount in amounts:
        credit(cash, amount, "T1")
    row = told(cash)["R1"]
    assert (row["match_status"], row["rev603_usd"]) == (expected, None)


def test_a_return_in_a_report_that_may_not_be_read_is_not_seen(cash: Connection) -> None:
    refund(cash)
    put(cash, "ace.rev613_rejected_refunds", load_id="9" * 64, refund_number="R1")
    assert status(cash) == "pending"


@pytest.mark.parametrize("amount", [None, "104.00", "60.00"])
def test_a_diverted_refund_is_diverted_whatever_cash_came(cash: Connection, amount: str | None) -> None:
    refund(cash, trace_number="T1", refund_secondary_status="Funds Diverted")
    if amount:
        credit(cash, amount, "T1")
    row = told(cash)["R1"]
    assert (row["match_status"], row["deposited_usd"]) == ("diverted", amount and Decimal(amount))


@pytest.mark.parametrize("printed", ["Sent to Treasury", "Treasury Issued", None])
def test_a_refund_on_its_way_is_pending(cash: Connection, printed: str | None) -> None:
    refund(cash, refund_secondary_status=printed)
    assert status(cash) == "pending"


@pytest.mark.parametrize(("days_ago", "is_seen"), [(0, True), (-1, False)])
def test_a_refund_after_the_day_is_not_seen(cash: Connection, days_ago: int, *, is_seen: bool) -> None:
    refund(cash, refund_date=AS_OF - timedelta(days=days_ago))
    assert bool(told(cash)) is is_seen


def test_a_later_state_dated_after_the_day_leaves_the_earlier_one(cash: Connection) -> None:
    put_load(cash, 11, "REV-603", AS_OF)
    refund(cash, refund_secondary_status="Check/ACH Returned")
    refund(cash, load=11, refund_date=AS_OF + timedelta(days=1), refund_secondary_status="Treasury Issued")
    assert status(cash) == "rejected"


def test_a_refund_without_a_date_is_seen(cash: Connection) -> None:
    refund(cash, refund_date=None)
    assert status(cash) == "pending"


# ---- the reports against each other -------------------------------------------------------------------------------


def test_a_refund_only_es022_knows_is_not_in_rev603(cash: Connection) -> None:
    entry_of(cash, payee_number="N", refund_date=REFUND_DATE)
    row = told(cash)["R1"]
    assert (row["match_status"], row["refund_class"], row["rev603_usd"]) == ("not_in_rev603", "cape", None)
    assert (row["payee_number"], row["refund_date"]) == ("N", REFUND_DATE)


@pytest.mark.parametrize("report", ["ES-022", "REV-615"])
@pytest.mark.parametrize(
    ("is_loaded", "refund_type", "expected"),
    [
        (True, "CAPE", "not_in_es022"), (False, "CAPE", "pending"), (True, "Drawback", "pending"),
        (True, None, "pending"),
    ],
)  # fmt: skip
def test_a_cape_refund_is_missing_from_es022_only_where_one_was_loaded(
    cash: Connection, report: str, *, is_loaded: bool, refund_type: str | None, expected: str
) -> None:
    if is_loaded:
        put_load(cash, 3, report)
    refund(cash, refund_type=refund_type)
    assert status(cash) == expected


@pytest.mark.parametrize(
    ("refund_type", "refund_class"),
    [
        ("Type 77", "unknown"), ("CAPE", "cape"), ("IEEPA Duty Refund", "cape"), ("Drawback", "other"),
        ("Protest", "other"), (" ", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_the_refund_type_says_whether_a_refund_is_of_cape(
    cash: Connection, refund_type: str | None, refund_class: str
) -> None:
    refund(cash, refund_type=refund_type)
    assert told(cash)["R1"]["refund_class"] == refund_class


def test_a_refund_es022_knows_is_of_cape_whatever_its_type(cash: Connection) -> None:
    refund(cash, refund_type="Other")
    entry_of(cash)
    assert told(cash)["R1"]["refund_class"] == "cape"


def test_a_drawback_refund_is_matched_with_its_cash_and_is_of_another_kind(cash: Connection) -> None:
    put_load(cash, 3, "ES-022")
    refund(cash, refund_type="Drawback", trace_number="T1", document_number="ABC00000001")
    credit(cash, "104.00", "T1")
    row = told(cash)["R1"]
    assert (row["match_status"], row["refund_class"], row["document_number"]) == ("matched", "other", "ABC00000001")


def test_the_entries_of_a_refund_are_counted_once_and_their_money_added(cash: Connection) -> None:
    refund(cash, total_refund_usd=Decimal("312.00"))
    entry_of(cash, entry_number="ABC00000001", claim_number="1")
    entry_of(cash, entry_number="ABC00000001", claim_number="2")
    entry_of(cash, entry_number="ABC00000002", claim_number="1", liquidation_date=date(2026, 6, 5))
    row = told(cash)["R1"]
    assert (row["entry_count"], row["es022_principal_usd"], row["es022_interest_usd"]) == (2, 300, 12)
    assert row["liquidation_date"] == date(2026, 6, 5)


@pytest.mark.parametrize(
    ("change", "principal", "interest"),
    [({"principal_usd": None}, None, 8), ({"interest_usd": None}, 200, None)],
)
def test_an_amount_cbp_does_not_tell_of_one_entry_leaves_the_sum_of_the_refund_unknown(
    cash: Connection, change: dict[str, Any], principal: int | None, interest: int | None
) -> None:
    entry_of(cash, entry_number="ABC00000001")
    entry_of(cash, entry_number="ABC00000002", **change)
    row = told(cash)["R1"]
    assert (row["es022_principal_usd"], row["es022_interest_usd"]) == (principal, interest)


def test_rev603_names_the_payee_before_es022(cash: Connection) -> None:
    refund(cash, payee_number="P")
    entry_of(cash, payee_number="N")
    assert told(cash)["R1"]["payee_number"] == "P"


# ---- bills --------------------------------------------------------------------------------------------------------


def bill(con: Connection, amount: str, number: str = "B1", **columns: Any) -> None:
    """A bill of the payee, dated on the day of the refund."""
    row = {"importer_key": "P", "bill_date": REFUND_DATE, **columns}
    put(con, "ace.bills", load_id=put_load(con, 50, "BILLS"), bill_number=number, amount_usd=Decimal(amount), **row)


def diverted(con: Connection, number: str = "R1", **columns: Any) -> None:
    row = {"payee_number": "P", "refund_secondary_status": "Funds Diverted", "trace_number": f"T{number}", **columns}
    refund(con, number, **row)


def offset(con: Connection, number: str = "R1") -> tuple[Any, ...]:
    row = told(con)[number]
    assert row["match_status"] == "diverted"
    return row["diverted_usd"], row["netted_offset_usd"], row["bill_numbers"]


NOTHING: tuple[Decimal, Decimal, list[str]] = (Decimal("0.00"), Decimal("0.00"), [])


def test_a_diversion_without_a_bill_is_no_amount(cash: Connection) -> None:
    diverted(cash)
    credit(cash, "74.00", "TR1")
    assert offset(cash) == NOTHING


def test_a_bill_that_names_the_refund_supports_its_own_amount(cash: Connection) -> None:
    diverted(cash)
    credit(cash, "74.00", "TR1")
    bill(cash, "25.00", refund_number="R1", importer_key=None, bill_date=None)
    assert offset(cash) == (Decimal("25.00"), Decimal("0.00"), ["B1"])


def test_the_only_bill_of_the_payee_that_is_what_the_bank_lacks_supports_it(cash: Connection) -> None:
    diverted(cash)
    credit(cash, "74.00", "TR1")
    bill(cash, "30.00")
    bill(cash, "31.00", "B2")
    assert offset(cash) == (Decimal("30.00"), Decimal("0.00"), ["B1"])


def test_a_bill_that_is_what_rev603_lacks_of_es022_is_netted_already(cash: Connection) -> None:
    diverted(cash, total_refund_usd=Decimal("74.00"))
    entry_of(cash)
    credit(cash, "74.00", "TR1")
    bill(cash, "30.00")
    assert offset(cash) == (Decimal("0.00"), Decimal("30.00"), ["B1"])


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "30.01"}, {"importer_key": "Q"}, {"bill_date": REFUND_DATE + timedelta(days=1)}, {"bill_date": None},
        {"bill_status": "void"},
    ],
)  # fmt: skip
def test_a_bill_of_another_amount_payee_or_day_supports_nothing(cash: Connection, change: dict[str, Any]) -> None:
    diverted(cash)
    credit(cash, "74.00", "TR1")
    bill(cash, **{"amount": "30.00", **change})
    assert offset(cash) == NOTHING


def test_two_bills_of_the_amount_and_one_bill_for_two_refunds_support_nothing(cash: Connection) -> None:
    diverted(cash)
    credit(cash, "74.00", "TR1")
    bill(cash, "30.00")
    bill(cash, "30.00", "B2")
    assert offset(cash) == NOTHING


def test_one_bill_that_fits_two_refunds_supports_neither(cash: Connection) -> None:
    for number in ("R1", "R2"):
        diverted(cash, number)
        credit(cash, "74.00", f"T{number}")
    bill(cash, "30.00")
    assert {row["diverted_usd"] for row in told(cash).values()} == {Decimal("0.00")}


def test_the_rest_of_a_billed_refund_is_found_by_amount(cash: Connection) -> None:
    diverted(cash, trace_number=None)
    bill(cash, "30.00", refund_number="R1")
    credit(cash, "74.00")
    row = told(cash)["R1"]
    assert (row["deposited_usd"], row["diverted_usd"], row["match_basis"]) == (
        Decimal("74.00"),
        Decimal("30.00"),
        "amount",
    )


# ---- reissues, several refunds, several credits -------------------------------------------------------------------


def test_a_returned_refund_and_the_one_that_replaces_it_are_linked_and_never_both_paid(cash: Connection) -> None:
    put_load(cash, 3, "ES-022")
    refund(cash, "R1", payee_number="P", refund_secondary_status="Check/ACH Returned")
    refund(cash, "R2", payee_number="P", refund_date=REFUND_DATE + timedelta(days=9))
    entry_of(cash, "R2", reported_refund_number="R1")
    credit(cash, "104.00", value_date=REFUND_DATE + timedelta(days=11))
    rows = told(cash)
    assert [(rows[n]["match_status"], rows[n]["deposited_usd"]) for n in ("R1", "R2")] == [
        ("rejected", None),
        ("matched", Decimal("104.00")),
    ]
    assert (rows["R1"]["reissued_as"], rows["R2"]["reissue_of"]) == ("R2", "R1")
    assert (rows["R1"]["refund_class"], rows["R1"]["es022_principal_usd"]) == ("cape", None)


def test_principal_and_interest_in_two_credits_without_a_trace_are_its_cash(cash: Connection) -> None:
    refund(cash)
    entry_of(cash)
    credit(cash, "100.00")
    credit(cash, "4.00")
    row = told(cash)["R1"]
    assert (row["match_status"], row["bank_credit_count"], row["match_basis"]) == (
        "matched",
        2,
        "principal_and_interest",
    )


def test_two_refunds_in_one_credit_are_both_matched(cash: Connection) -> None:
    refund(cash, "R1", payee_number="P")
    refund(cash, "R2", payee_number="P", total_refund_usd=Decimal("50.00"))
    credit(cash, "154.00")
    rows = told(cash)
    assert [(row["match_status"], row["deposited_usd"]) for row in rows.values()] == [
        ("matched", Decimal("104.00")),
        ("matched", Decimal("50.00")),
    ]


def test_what_rev613_shows_as_returned_is_told_from_its_newest_run(cash: Connection) -> None:
    refund(cash)
    for load, day, amount in ((21, date(2026, 7, 8), "90.00"), (22, date(2026, 7, 1), "104.00")):
        load_id = put_load(cash, load, "REV-613", day)
        put(cash, "ace.rev613_rejected_refunds", load_id=load_id, refund_number="R1", rejected_usd=Decimal(amount))
    row = told(cash)["R1"]
    assert (row["match_status"], row["returned_usd"]) == ("rejected", Decimal("90.00"))


def test_the_credits_that_could_be_it_are_listed(cash: Connection) -> None:
    refund(cash)
    credit(cash, "104.00")
    credit(cash, "104.00", value_date=REFUND_DATE)
    row = told(cash)["R1"]
    assert (row["match_status"], len(row["candidate_credits"])) == ("ambiguous", 2)
