"""payments.other_refunds: refunds that are not known to come from CAPE are listed, never dropped."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def put_refund(con: Connection, refund: str, **facts: object) -> None:
    put(con, "entries.refund_cash", **{"refund_number": refund, "refund_class": "other", **facts})


def test_refunds_of_another_kind_and_of_an_unknown_one_are_listed_and_cape_refunds_are_not(con: Connection) -> None:
    for refund_class in ("cape", "other", "unknown"):
        put_refund(con, f"R {refund_class}", refund_class=refund_class)
    rows = rows_of(con, "payments.other_refunds")
    assert [(row["refund_number"], row["refund_class"]) for row in rows] == [
        ("R other", "other"),
        ("R unknown", "unknown"),
    ]
    assert broken_promises(con, "payments.other_refunds") == []


def test_what_rev_603_says_of_it_is_told(con: Connection) -> None:
    put_refund(
        con,
        "R1",
        refund_type="Drawback",
        payee_number="12-3456789",
        refund_date=date(2026, 7, 1),
        rev603_usd=Decimal("12.34"),
        refund_secondary_status="Sent to Treasury",
    )
    (row,) = rows_of(con, "payments.other_refunds")
    told = (row["refund_type"], row["payee_number"], row["refund_date"], row["total_usd"])
    assert told == ("Drawback", "12-3456789", date(2026, 7, 1), Decimal("12.34"))
    assert row["refund_secondary_status"] == "Sent to Treasury"


@pytest.mark.parametrize(
    ("document", "entry"),
    [
        ("ABC-1234567-8", "ABC12345678"),
        ("abc12345678", "ABC12345678"),
        ("60512345678", "60512345678"),
        ("ABC1234567", None),
        ("ABC123456789", None),
        ("AB-C1234567-X", None),
        ("protest 1234", None),
        (None, None),
    ],
)
def test_the_entry_is_named_where_the_document_is_one(con: Connection, document: str | None, entry: str | None) -> None:
    put_refund(con, "R1", document_number=document)
    (row,) = rows_of(con, "payments.other_refunds")
    assert (row["document_number"], row["entry_number"]) == (document, entry)
