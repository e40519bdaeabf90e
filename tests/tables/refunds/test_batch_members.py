"""refunds.batch_members: who is paid and when, before interest; refunds.batch_entries has the cases."""

from datetime import date

import duckdb

from tests.support.tables import rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import put_entry, put_summer

Connection = duckdb.DuckDBPyConnection


def test_what_was_foreseen_stands_beside_what_came(con: Connection) -> None:
    put_summer(con)
    accepted = {"is_accepted": True, "accepted_date": date(2026, 6, 1), "accepted_date_basis": "declarations"}
    put_entry(con, 1, cape_status="accepted", liquidation_state="unliquidated", **accepted)
    put_entry(con, 2, cape_status="accepted", reliquidation_date=date(2026, 7, 1), **accepted)
    first, second = rows_of(con, "refunds.batch_members")
    assert (first["liquidation_date"], first["liquidation_basis"]) == (date(2026, 7, 16), "forecast")
    assert first["forecast_liquidation_date"] == date(2026, 7, 16)
    assert (second["liquidation_date"], second["liquidation_basis"]) == (date(2026, 7, 1), "actual")
    assert broken_promises(con, "refunds.batch_members") == []


def test_a_payee_is_written_as_its_own_batches_write_it_and_no_other_entry(con: Connection) -> None:
    put_summer(con)
    accepted = {"is_accepted": True, "cape_status": "accepted", "liquidation_state": "unliquidated"}
    put_entry(con, 1, payee_key="36999888700", payee_number="36-9998887-00", **accepted)
    put_entry(con, 2, payee_key="36999888700", payee_number="36-999888700", refund_number="R2", cape_status="refunded")
    put_entry(con, 3, payee_key="36999888700", payee_number="36 9998887 00")
    put_entry(con, 4, payee_key=None, payee_number="36 9998887 00", **accepted)
    told = [(row["payee_number"], row["payee_key"]) for row in rows_of(con, "refunds.batch_members")]
    assert told == [("36-9998887-00", "36999888700"), ("36-9998887-00", "36999888700"), ("unknown", "unknown")]
