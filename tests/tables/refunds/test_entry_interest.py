"""refunds.entry_interest: an entry's interest over all its deposits, unknown as soon as one part of it is."""

from decimal import Decimal

import duckdb

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def put_part(con: Connection, entry: str, principal: str, interest: str | None) -> None:
    put(
        con,
        "refunds.interest_accruals",
        entry_number=entry,
        principal_usd=Decimal(principal),
        interest_usd=interest and Decimal(interest),
    )


def test_the_parts_of_an_entry_are_added(con: Connection) -> None:
    put_part(con, "ABC00000001", "100.00", "3.01")
    put_part(con, "ABC00000001", "50.00", "1.02")
    put_part(con, "ABC00000002", "7.00", "0.00")
    assert rows_of(con, "refunds.entry_interest") == [
        {"entry_number": "ABC00000001", "principal_usd": Decimal("150.00"), "interest_usd": Decimal("4.03")},
        {"entry_number": "ABC00000002", "principal_usd": Decimal("7.00"), "interest_usd": Decimal("0.00")},
    ]


def test_with_one_unknown_part_the_interest_is_unknown_and_the_principal_is_not(con: Connection) -> None:
    put_part(con, "ABC00000001", "100.00", "3.01")
    put_part(con, "ABC00000001", "50.00", None)
    (row,) = rows_of(con, "refunds.entry_interest")
    assert (row["principal_usd"], row["interest_usd"]) == (Decimal("150.00"), None)
    assert broken_promises(con, "refunds.entry_interest") == []
