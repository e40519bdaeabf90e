"""payments.refund_status_history: every state in which a REV-603 showed a refund."""

from datetime import date
from decimal import Decimal

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
FIRST, SECOND = "1" * 64, "2" * 64


def put_state(con: Connection, load: str, status: str, refund: str = "R1", **facts: object) -> None:
    put(con, "ace.rev603_refunds", load_id=load, refund_number=refund, refund_secondary_status=status, **facts)


def put_loads(con: Connection) -> None:
    put(con, "ace.readable_loads", load_id=FIRST, load_number=1, report_run_date=date(2026, 7, 3))
    put(con, "ace.readable_loads", load_id=SECOND, load_number=2, report_run_date=date(2026, 7, 10))


def test_a_refund_rejected_and_sent_again_can_be_followed_file_by_file(con: Connection) -> None:
    put_loads(con)
    put_state(con, FIRST, "Check/ACH Returned", total_refund_usd=Decimal("104.00"), trace_number="1")
    put_state(con, SECOND, "Sent to Treasury", total_refund_usd=Decimal("104.00"), trace_number="2")
    rows = rows_of(con, "payments.refund_status_history")
    assert [(row["load_number"], row["report_run_date"], row["refund_secondary_status"]) for row in rows] == [
        (1, date(2026, 7, 3), "Check/ACH Returned"),
        (2, date(2026, 7, 10), "Sent to Treasury"),
    ]
    assert [(row["rev603_usd"], row["trace_number"]) for row in rows] == [
        (Decimal("104.00"), "1"),
        (Decimal("104.00"), "2"),
    ]
    assert broken_promises(con, "payments.refund_status_history") == []


def test_of_two_rows_of_a_refund_in_one_file_the_lower_one_counts(con: Connection) -> None:
    put_loads(con)
    put_state(con, FIRST, "above", source_row=2)
    put_state(con, FIRST, "below", source_row=3)
    put_state(con, FIRST, "another", refund="R2", source_row=4)
    rows = rows_of(con, "payments.refund_status_history")
    assert [row["refund_secondary_status"] for row in rows] == ["below", "another"]


def test_a_file_that_may_not_be_read_and_a_refund_dated_after_the_day_are_not_there(con: Connection) -> None:
    put(con, "ace.readable_loads", load_id=FIRST)
    put_state(con, FIRST, "today", refund="R1", refund_date=date(2026, 7, 20))
    put_state(con, FIRST, "tomorrow", refund="R2", refund_date=date(2026, 7, 21))
    put_state(con, FIRST, "undated", refund="R3")
    put_state(con, SECOND, "unreadable", refund="R4")
    rows = rows_of(con, "payments.refund_status_history")
    assert [row["refund_secondary_status"] for row in rows] == ["today", "undated"]
