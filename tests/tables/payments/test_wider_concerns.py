"""payments.wider_concerns: declarations without an answer, batches and payees that wait, reports that are too old."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.conftest import AS_OF
from tests.tables.payments.alert_cases import (
    BATCH,
    BROKER,
    CLAIM,
    HUNDRED,
    IMPORTER,
    REPORTS,
    days,
    no_claim_details,
    put_accepted,
    put_batch,
    put_entry,
    put_importer,
    put_load,
    put_reports,
)
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "payments.wider_concerns"


def concerns(con: Connection, code: str) -> list[dict[str, Any]]:
    """The concerns of one code; all of any code keep the contract."""
    assert broken_promises(con, TABLE) == []
    return [row for row in rows_of(con, TABLE) if row["alert_code"] == code]


def only(con: Connection, code: str) -> dict[str, Any]:
    (row,) = concerns(con, code)
    return row


def test_without_anything_received_there_is_no_concern(con: Connection) -> None:
    assert rows_of(con, TABLE) == []


# ---- declarations ---------------------------------------------------------------------------------------------------


def test_a_filed_declaration_without_claim_details_counts_from_its_filing(con: Connection) -> None:
    no_claim_details(con, days(-3))
    told = only(con, "NO-CLAIM-DETAILS")
    assert (told["subject"], told["concern_date"], told["amount_usd"]) == ("file-1", days(-3), HUNDRED)
    assert (told["importer_number"], told["claim_number"]) == (IMPORTER, None)
    assert told["message"] == (
        f"The declaration cape.csv was filed on {days(-3)}, and no Claim Details show what became of its entries."
    )


def test_a_declaration_that_is_said_to_be_accepted_lacks_its_claim_details_too(con: Connection) -> None:
    no_claim_details(con, days(-3))
    con.execute("update refunds.declarations set status = 'accepted', claim_number = ?, file_name = null", [CLAIM])
    told = only(con, "NO-CLAIM-DETAILS")
    assert told["claim_number"] == CLAIM
    assert told["message"].startswith(f"The declaration {CLAIM} was filed on {days(-3)} and accepted, and no")


@pytest.mark.parametrize(
    "change",
    [
        "accepted_entry_count = 1, status = 'accepted'",
        "failed_entry_count = 1",
        "accepted_entry_count = 1, failed_entry_count = 1, status = 'accepted_with_errors'",
        "status = 'rejected_file'",
        "status = 'rejected'",
        "status = 'abandoned'",
        "status = 'drafted'",
        "filed_date = null",
    ],
)
def test_a_declaration_that_was_answered_refused_or_not_filed_waits_for_nothing(con: Connection, change: str) -> None:
    no_claim_details(con, days(-3))
    con.execute(f"update refunds.declarations set {change}")
    assert concerns(con, "NO-CLAIM-DETAILS") == []


# ---- batches --------------------------------------------------------------------------------------------------------


def test_a_batch_counts_from_the_last_day_of_its_window_with_what_is_not_refunded(con: Connection) -> None:
    for entry, refund in (("ABC00000001", None), ("ABC00000002", None), ("ABC00000003", "R1")):
        put_accepted(con, entry)
        put_batch(con, entry, payment_to_date=days(-1), refund_number=refund)
    told = only(con, "WINDOW-PASSED")
    assert (told["subject"], told["amount_usd"], told["concern_date"]) == (BATCH, Decimal("200.00"), days(-1))
    assert told["message"].endswith("no refund is known for 2 entries of it.")


def test_a_batch_of_which_one_amount_is_unknown_has_no_sum(con: Connection) -> None:
    for entry, interest in (("ABC00000001", None), ("ABC00000002", Decimal("5.00"))):
        put_accepted(con, entry)
        put_batch(con, entry, payment_to_date=days(-1), interest_usd=interest)
    assert only(con, "WINDOW-PASSED")["amount_usd"] is None


def test_a_batch_that_is_refunded_or_has_no_window_is_not_waited_for(con: Connection) -> None:
    put_accepted(con)
    put_batch(con, payment_to_date=days(-1), refund_number="R1")
    put_accepted(con, "ABC00000002")
    put_batch(con, "ABC00000002", batch_id="undated")
    assert concerns(con, "WINDOW-PASSED") == []


# ---- payees ---------------------------------------------------------------------------------------------------------


def test_a_payee_who_cannot_be_paid_is_told_once_with_all_that_waits_and_the_first_day_of_it(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    for entry, day in (("ABC00000001", 30), ("ABC00000002", 20)):
        put_accepted(con, entry)
        put_batch(con, entry, batch_id=f"to day {day}", accepted_date=days(-day), payment_from_date=days(day))
    told = only(con, "ACH-NOT-ENROLLED")
    assert (told["subject"], told["importer_number"], told["amount_usd"]) == (IMPORTER, IMPORTER, Decimal("200.00"))
    assert (told["concern_date"], told["due_date"]) == (days(-30), days(20))
    assert told["message"].endswith(f"and a refund is expected from {days(20)} on.")


def test_a_payee_whose_payment_has_no_day_yet_is_told_without_one(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    put_accepted(con)
    put_batch(con)
    told = only(con, "ACH-NOT-ENROLLED")
    assert told["due_date"] is None
    assert told["message"].endswith("a refund is expected.")


@pytest.mark.parametrize("enrolled", [True, None])
def test_a_payee_who_is_enrolled_or_of_whom_it_is_not_known_is_not_told(
    con: Connection, *, enrolled: bool | None
) -> None:
    put_importer(con, ach_enrolled=enrolled)
    put_accepted(con)
    put_batch(con)
    assert concerns(con, "ACH-NOT-ENROLLED") == []


def test_an_importer_whose_notify_party_is_paid_need_not_be_enrolled(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    put_accepted(con)
    put_batch(con, payee_number=BROKER)
    assert concerns(con, "ACH-NOT-ENROLLED") == []


def test_a_payee_whose_refunds_are_known_waits_for_none(con: Connection) -> None:
    put_importer(con, ach_enrolled=False)
    put_accepted(con)
    put_batch(con, refund_number="R1")
    assert concerns(con, "ACH-NOT-ENROLLED") == []


# ---- reports --------------------------------------------------------------------------------------------------------


def codes(con: Connection) -> dict[str, str]:
    """What is said of each report on refunds."""
    return {row["subject"]: row["alert_code"] for row in rows_of(con, TABLE) if row["alert_code"].startswith("REPORT-")}


def test_the_newest_run_of_each_report_counts(con: Connection) -> None:
    put_accepted(con)
    put_reports(con, day=days(-30))
    put_load(con, "REV-603", 9, report_run_date=days(-2))
    told = {row["subject"]: row["concern_date"] for row in concerns(con, "REPORT-STALE")}
    assert told == {"ES-022": days(-30), "REV-603": days(-2), "REV-613": days(-30), "REV-615": days(-30)}


def test_a_report_that_was_never_loaded_is_not_stale_and_counts_from_the_first_acceptance(con: Connection) -> None:
    put_accepted(con, accepted_date=days(-20))
    put_accepted(con, "ABC00000002", accepted_date=days(-7))
    put_reports(con, "REV-613")
    told = only(con, "REPORT-NEVER-LOADED")
    assert (told["subject"], told["concern_date"]) == ("REV-613", days(-20))
    assert told["message"] == "REV-613 was never loaded, and 2 accepted entries wait for what it tells."


def test_a_report_without_a_run_date_is_neither_fresh_nor_stale(con: Connection) -> None:
    put_accepted(con)
    put_reports(con, "ES-022")
    put_load(con, "ES-022", 9)
    assert codes(con)["ES-022"] == "REPORT-UNDATED"
    assert only(con, "REPORT-UNDATED")["concern_date"] is None


@pytest.mark.parametrize("path", ["await_refund", "dispute_refund"])
def test_a_refund_that_is_not_settled_needs_the_reports_too(con: Connection, path: str) -> None:
    put_entry(con, cape_status="refunded", recommended_path=path, accepted_date=AS_OF)
    assert set(codes(con)) == set(REPORTS)


@pytest.mark.parametrize(
    ("status", "path"), [("refunded", "none"), ("eligible", "file_cape"), ("ineligible", "await_refund")]
)
def test_nobody_needs_the_reports_where_nothing_is_accepted_and_open(con: Connection, status: str, path: str) -> None:
    put_entry(con, cape_status=status, recommended_path=path)
    assert codes(con) == {}
