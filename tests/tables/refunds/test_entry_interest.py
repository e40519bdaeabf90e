"""refunds.entry_interest: an entry's interest over all its deposits, unknown as soon as one part of it is."""

from decimal import Decimal
from typing import Any

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def put_part(con: Connection, entry: str, sequence: int, principal: str, interest: str | None, **told: Any) -> None:
    known = interest and Decimal(interest)
    put(
        con,
        "refunds.interest_accruals",
        entry_number=entry,
        deposit_sequence=sequence,
        principal_usd=Decimal(principal),
        interest_usd=known,
        interest_low_usd=known,
        interest_high_usd=known and known + 1,
        **{"interest_start_rule": "listed_deposits", **told},
    )


def test_the_parts_of_an_entry_are_added(con: Connection) -> None:
    put_part(con, "ABC00000001", 1, "100.00", "3.01")
    put_part(con, "ABC00000001", 2, "50.00", "1.02", is_interest_for_review=True)
    put_part(con, "ABC00000002", 1, "7.00", "0.00", interest_start_rule="payment_date", is_rate_carried_forward=True)
    first, second = rows_of(con, "refunds.entry_interest")
    assert first == {
        "entry_number": "ABC00000001",
        "principal_usd": Decimal("150.00"),
        "interest_usd": Decimal("4.03"),
        "interest_low_usd": Decimal("4.03"),
        "interest_high_usd": Decimal("6.03"),
        "is_interest_for_review": True,
        "is_rate_carried_forward": False,
    }
    assert (second["principal_usd"], second["interest_usd"]) == (Decimal("7.00"), Decimal("0.00"))
    assert (second["is_interest_for_review"], second["is_rate_carried_forward"]) == (False, True)


def test_with_one_unknown_part_the_interest_is_unknown_and_the_principal_is_not(con: Connection) -> None:
    put_part(con, "ABC00000001", 1, "100.00", "3.01")
    put_part(con, "ABC00000001", 2, "50.00", None)
    (row,) = rows_of(con, "refunds.entry_interest")
    assert (row["principal_usd"], row["interest_usd"]) == (Decimal("150.00"), None)
    assert (row["interest_low_usd"], row["interest_high_usd"]) == (None, None)
    assert broken_promises(con, "refunds.entry_interest") == []
