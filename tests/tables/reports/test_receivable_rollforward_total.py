"""reports.receivable_rollforward_total: all importers in one row, and the cash that no receivable shows."""

from decimal import Decimal

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.reports.books import move, put_receipt, put_state

Connection = duckdb.DuckDBPyConnection


def test_without_entries_there_is_no_total(con: Connection) -> None:
    assert rows_of(con, "reports.receivable_rollforward_total") == []


def test_importers_are_summed(con: Connection) -> None:
    put_state(con, 1, importer_key="A", principal_usd="100.00", accrued_interest_usd="5.00")
    put_state(con, 2, importer_key="B", principal_usd="7.00")
    move(con)
    (row,) = rows_of(con, "reports.receivable_rollforward_total")
    assert broken_promises(con, "reports.receivable_rollforward_total") == []
    assert (row["entry_count"], row["newly_recognised_usd"], row["closing_usd"]) == (
        2,
        Decimal("112.00"),
        Decimal("112.00"),
    )
    assert row["unapplied_cash_usd"] == 0


def test_cash_that_falls_on_no_entry_is_shown_beside_the_receivable(con: Connection) -> None:
    paid = {"received_principal_usd": "60.00"}
    put_state(con, 1, stage="certified", principal_usd="100.00", **paid)
    put_receipt(con, 1, **paid)
    for refund, amount in (("R1", "60.00"), ("R2", "25.00")):
        put(
            con,
            "payments.rev603_reconciliation",
            reconciliation_key=refund,
            refund_number=refund,
            deposited_usd=Decimal(amount),
        )
    move(con)
    (row,) = rows_of(con, "reports.receivable_rollforward_total")
    assert (row["cash_principal_usd"], row["closing_usd"]) == (Decimal("-60.00"), Decimal("40.00"))
    assert row["unapplied_cash_usd"] == Decimal("25.00")
