"""payments.refund_concerns: which refunds somebody must look at, and how much of each is missing."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.payments.alert_cases import (
    BROKER,
    CLAIM,
    HUNDRED,
    IMPORTER,
    days,
    put_importer,
    put_late,
    put_load,
    put_pending,
    put_refund,
)
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "payments.refund_concerns"
JULY_1 = date(2026, 7, 1)
JULY_11 = date(2026, 7, 11)
pytestmark = pytest.mark.usefixtures("alert_codes")


def concerns(con: Connection) -> dict[str, dict[str, Any]]:
    """The concerns by code, each code once; all of them keep the contract."""
    rows = rows_of(con, TABLE)
    assert broken_promises(con, TABLE) == []
    assert len({row["alert_code"] for row in rows}) == len(rows)
    return {row["alert_code"]: row for row in rows}


def money(con: Connection, code: str) -> tuple[Any, ...]:
    told = concerns(con)[code]
    return told["amount_usd"], told["concern_date"]


def test_without_refunds_there_is_no_concern(con: Connection) -> None:
    assert concerns(con) == {}


def test_a_matched_refund_of_the_importer_concerns_nobody(con: Connection) -> None:
    put_refund(con)
    assert concerns(con) == {}


def test_a_batch_that_is_waited_for_is_no_refund(con: Connection) -> None:
    put(con, "payments.rev603_reconciliation", reconciliation_key="batch x", match_status="pending")
    assert concerns(con) == {}


def test_a_refund_names_its_claim_and_importer_where_there_is_one_of_each(con: Connection) -> None:
    put_pending(con)
    told = concerns(con)["TREASURY-SLOW"]
    assert (told["refund_number"], told["claim_number"], told["importer_number"]) == ("R1", CLAIM, IMPORTER)
    other = {"claim_number": "100000240002", "importer_number": "36-9998887"}
    put(con, "payments.entry_refunds", entry_number="ABC00000002", refund_number="R1", refund_key="R1", **other)
    told = concerns(con)["TREASURY-SLOW"]
    assert (told["claim_number"], told["importer_number"]) == (None, None)


# ---- cash that does not come ----------------------------------------------------------------------------------------


def test_a_refund_at_treasury_counts_from_its_date_and_misses_what_has_not_come(con: Connection) -> None:
    put_pending(con, deposited_usd=Decimal("10.00"))
    put_load(con, "BANK")
    assert money(con, "TREASURY-SLOW") == (Decimal("90.00"), JULY_1)
    assert concerns(con)["TREASURY-SLOW"]["message"] == (
        "The refund stands as Sent to Treasury with the date 2026-07-01, and no cash for it has been found at the bank."
    )


def test_without_a_bank_file_nobody_can_say_that_no_cash_came(con: Connection) -> None:
    put_pending(con)
    assert "cannot be told, because no bank file is loaded" in concerns(con)["TREASURY-SLOW"]["message"]


def test_a_refund_without_a_date_is_never_slow(con: Connection) -> None:
    put_pending(con, refund_date=None)
    assert concerns(con) == {}


def test_a_refund_only_es022_names_is_worth_what_es022_says(con: Connection) -> None:
    put_pending(con, rev603_usd=None, es022_usd=Decimal("99.00"))
    assert money(con, "TREASURY-SLOW") == (Decimal("99.00"), JULY_1)


@pytest.mark.parametrize("refund_date", [JULY_1, None])
def test_a_returned_refund_lacks_ach_data(con: Connection, refund_date: date | None) -> None:
    put_refund(con, match_status="rejected", refund_date=refund_date, deposited_usd=Decimal(0), bank_value_date=None)
    assert money(con, "ACH-DATA-MISSING") == (HUNDRED, refund_date)


@pytest.mark.parametrize(("enrolled", "is_told"), [(False, True), (True, False), (None, False)])
def test_a_certified_refund_of_a_payee_who_is_not_enrolled_lacks_ach_data(
    con: Connection, *, enrolled: bool | None, is_told: bool
) -> None:
    put_importer(con, ach_enrolled=enrolled)
    put_pending(con, payee_number="12-345678900")
    assert ("ACH-DATA-MISSING" in concerns(con)) is is_told


def test_cash_that_came_shows_that_the_payee_is_enrolled(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    put_refund(con)
    assert concerns(con) == {}


@pytest.mark.parametrize(("unexplained", "amount"), [("75.00", "75.00"), ("0.01", "0.01"), ("0.00", None)])
def test_diverted_funds_are_told_as_far_as_no_bill_supports_them(
    con: Connection, unexplained: str, amount: str | None
) -> None:
    put_refund(con, match_status="diverted", deposited_usd=Decimal("25.00"), unexplained_usd=Decimal(unexplained))
    told = [(row["alert_code"], row["amount_usd"]) for row in concerns(con).values()]
    assert told == ([] if amount is None else [("FUNDS-DIVERTED", Decimal(amount))])


def test_diverted_funds_of_which_nothing_is_known_are_told_without_an_amount(con: Connection) -> None:
    put_refund(con, match_status="diverted", unexplained_usd=None)
    assert money(con, "FUNDS-DIVERTED") == (None, JULY_1)


def test_a_short_refund_misses_what_nothing_explains(con: Connection) -> None:
    put_refund(con, match_status="short", deposited_usd=Decimal("60.00"), unexplained_usd=Decimal("25.00"))
    assert money(con, "REFUND-SHORT") == (Decimal("25.00"), JULY_11)


def test_a_part_that_was_returned_lacks_ach_data_and_is_not_short(con: Connection) -> None:
    part = {"deposited_usd": Decimal("60.00"), "rejected_usd": Decimal("40.00"), "unexplained_usd": Decimal(0)}
    put_refund(con, match_status="short", **part)
    assert (list(concerns(con)), money(con, "ACH-DATA-MISSING")[0]) == (["ACH-DATA-MISSING"], Decimal("40.00"))


@pytest.mark.parametrize("status", ["rejected", "pending", "diverted", "ambiguous"])
def test_a_returned_refund_that_was_issued_again_concerns_nobody(con: Connection, status: str) -> None:
    put_refund(
        con, match_status=status, reissued_as="R2", is_counted=False, deposited_usd=Decimal(0), payee_number=BROKER
    )
    assert concerns(con) == {}


@pytest.mark.parametrize(("by_payees_csv", "is_told"), [(False, True), (True, False), (None, False)])
def test_a_notify_party_is_enrolled_or_not_as_payees_csv_says(
    con: Connection, *, by_payees_csv: bool | None, is_told: bool
) -> None:
    party = {"payee_number": BROKER, "payee_key": "987654321", "importer_key": "123456789"}
    put(con, "entries.payee_designations", ach_enrolled=by_payees_csv, **party)
    put_pending(con, payee_number=BROKER)
    assert ("ACH-DATA-MISSING" in concerns(con)) is is_told


def test_a_refund_that_is_over_says_by_how_much(con: Connection) -> None:
    put_refund(con, match_status="over", deposited_usd=Decimal("130.00"))
    assert money(con, "REFUND-OVER") == (Decimal("30.00"), JULY_11)


@pytest.mark.parametrize(
    ("status", "word"), [("not_in_rev603", "REV-603"), ("not_in_es022", "ES-022"), ("ambiguous", "fit each other")]
)
def test_what_cannot_be_put_together_is_told_with_the_whole_refund(con: Connection, status: str, word: str) -> None:
    put_refund(con, match_status=status, deposited_usd=Decimal(0), bank_value_date=None)
    assert money(con, "REFUND-UNCLEAR") == (HUNDRED, JULY_1)
    assert word in concerns(con)["REFUND-UNCLEAR"]["message"]


# ---- cash that comes late -------------------------------------------------------------------------------------------


def test_interest_for_the_delay_is_told_with_both_days_and_summed_over_the_entries(con: Connection) -> None:
    put_refund(con)
    paid = {"liquidation_date": date(2026, 6, 1), "payment_date": JULY_11, "payment_basis": "bank_value_date"}
    put_late(con, **paid)
    put_late(con, "ABC00000002", **paid, late_interest_usd=Decimal("0.75"))
    put_late(con, "ABC00000003", **paid, late_periods=0, late_interest_usd=Decimal("9.00"))
    assert money(con, "LATE-INTEREST") == (Decimal("2.25"), date(2026, 6, 1))
    assert concerns(con)["LATE-INTEREST"]["message"] == (
        "The entries were (re)liquidated on 2026-06-01 and the refund was credited on 2026-07-11, 40 days later;"
        " no interest for the delay shows."
    )


@pytest.mark.parametrize(
    ("basis", "words"),
    [("refund_date", "CBP dates the refund 2026-07-11"), (None, "the refund is not known to be paid")],
)
def test_interest_for_the_delay_says_what_the_day_of_payment_rests_on(
    con: Connection, basis: str | None, words: str
) -> None:
    put_refund(con)
    put_late(con, liquidation_date=days(-60), payment_date=None if basis is None else JULY_11, payment_basis=basis)
    assert words in concerns(con)["LATE-INTEREST"]["message"]


@pytest.mark.parametrize(("above", "unpaid"), [("-3.00", "1.50"), ("0.50", "1.00"), ("1.49", "0.01"), ("1.50", None)])
def test_interest_cbp_paid_above_the_expected_one_is_interest_for_the_delay(
    con: Connection, above: str, unpaid: str | None
) -> None:
    put_refund(con)
    con.execute("update payments.entry_refunds set interest_variance_usd = ?", [Decimal(above)])
    put_late(con, liquidation_date=days(-60))
    told = [row["amount_usd"] for row in concerns(con).values()]
    assert told == ([] if unpaid is None else [Decimal(unpaid)])


def test_interest_for_the_delay_that_cannot_be_computed_is_due_all_the_same(con: Connection) -> None:
    put_refund(con)
    put_late(con, liquidation_date=days(-60), late_interest_usd=None)
    assert money(con, "LATE-INTEREST") == (None, days(-60))


def test_an_entry_in_no_refund_yet_is_told_of_the_entry_and_not_here(con: Connection) -> None:
    put_refund(con)
    put_late(con, liquidation_date=days(-60), refund_number=None, refund_key="none")
    assert concerns(con) == {}


def test_a_certified_refund_of_a_payee_who_is_not_enrolled_is_slow_as_well(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    put_pending(con)
    assert sorted(concerns(con)) == ["ACH-DATA-MISSING", "TREASURY-SLOW"]


# ---- somebody else's money ------------------------------------------------------------------------------------------


def test_who_receives_the_refund_of_an_importer_owes_an_accounting(con: Connection) -> None:
    put_refund(con, payee_number=BROKER, deposited_usd=HUNDRED)
    assert money(con, "CLIENT-ACCOUNTING-DUE") == (HUNDRED, JULY_11)
    assert BROKER in concerns(con)["CLIENT-ACCOUNTING-DUE"]["message"]


@pytest.mark.parametrize("payee", [IMPORTER, "123456789", "12-345678900", None])
def test_an_importer_owes_itself_nothing_and_an_unknown_payee_cannot_be_asked(
    con: Connection, payee: str | None
) -> None:
    put_refund(con, payee_number=payee)
    assert concerns(con) == {}


@pytest.mark.parametrize(("client", "is_owed"), [("C-7", False), ("C-8", True), (None, True)])
def test_another_number_of_the_same_client_is_the_importer_too(
    con: Connection, *, client: str | None, is_owed: bool
) -> None:
    put_importer(con, client_id="C-7")
    put_importer(con, client_id=client, importer_number=BROKER, importer_key="987654321")
    put_refund(con, payee_number=BROKER)
    assert ("CLIENT-ACCOUNTING-DUE" in concerns(con)) is is_owed


def test_nothing_is_owed_before_the_credit(con: Connection) -> None:
    put_pending(con, payee_number=BROKER)
    assert "CLIENT-ACCOUNTING-DUE" not in concerns(con)


def test_of_an_importer_no_report_names_nothing_is_said(con: Connection) -> None:
    put_refund(con, payee_number=BROKER)
    con.execute("update payments.entry_refunds set importer_number = null")
    assert concerns(con) == {}
