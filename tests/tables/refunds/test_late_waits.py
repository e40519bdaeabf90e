"""refunds.late_waits: what ends the wait for a refund; refunds.late_terms has the cases."""

from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_entry

Connection = duckdb.DuckDBPyConnection


@pytest.mark.parametrize(
    ("principal", "interest", "reported"),
    [("100.00", "4.00", "104.00"), (None, "4.00", None), ("100.00", None, None)],
)
def test_what_is_reported_of_a_refund_is_a_sum_only_if_both_parts_are_known(
    con: Connection, principal: str | None, interest: str | None, reported: str | None
) -> None:
    put_entry(con)
    put(
        con,
        "entries.refunded_entries",
        entry_number=entry_number(1),
        refund_number="R1",
        claim_number="1",
        liquidation_date="2026-06-05",
        principal_usd=principal and Decimal(principal),
        interest_usd=interest and Decimal(interest),
    )
    (row,) = rows_of(con, "refunds.late_waits")
    assert row["reported_usd"] == (reported and Decimal(reported))
    assert broken_promises(con, "refunds.late_waits") == []
