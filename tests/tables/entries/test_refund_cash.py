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
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
REFUND_DATE = date(2026, 6, 15)


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
        ("CAPE", "cape"), ("IEEPA Duty Refund", "cape"), ("Drawback", "other"), ("Protest", "other"), (" ", "unknown"),
        (None, "unknown"),
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
