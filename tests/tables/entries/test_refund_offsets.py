"""What bills that name a diverted refund support, in `entries.refund_offsets`.

Belongs here: bills that name a refund. Does not belong here: bills found by their exact amount (`refund_cash`).
"""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
LOAD = f"{2:064}"


def diverted(con: Connection, shown: str = "104.00", basis: str | None = None, **columns: Any) -> None:
    put(
        con,
        "entries.reported_refunds",
        **{"refund_number": "R1", "rev603_usd": Decimal(shown), "is_said_diverted": True, **columns},
    )
    amounts = {"principal_usd": Decimal("100.00"), "interest_usd": Decimal("4.00")}
    put(con, "entries.refunded_entries", refund_number="R1", **amounts)
    if basis:
        put(con, "entries.refund_total_bases", load_id="0" * 64, refund_total_basis=basis)


def bill(con: Connection, amount: str, number: str = "B1", **columns: Any) -> None:
    given = {"refund_number": "R1", "bill_number": number, "amount_usd": Decimal(amount), **columns}
    put(con, "ace.bills", load_id=LOAD, **given)


def told(con: Connection) -> list[tuple[Any, ...]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    put_load(con, 2, "BILLS")
    assert broken_promises(con, "entries.refund_offsets") == []
    return [
        (row["refund_total_basis"], row["diverted_usd"], row["netted_offset_usd"], row["bill_numbers"])
        for row in rows_of(con, "entries.refund_offsets")
    ]


def test_bills_of_a_gross_total_are_taken_off_it(con: Connection) -> None:
    diverted(con)
    bill(con, "30.00")
    bill(con, "20.00", "B2")
    assert told(con) == [("gross", Decimal("50.00"), Decimal("0.00"), ["B1", "B2"])]


def test_a_bill_of_a_net_total_is_not_taken_off_again(con: Connection) -> None:
    diverted(con, "74.00")
    bill(con, "30.00")
    assert told(con) == [("net", Decimal("0.00"), Decimal("30.00"), ["B1"])]


@pytest.mark.parametrize(
    ("basis", "diverted_usd", "netted_usd"),
    [(None, "30.00", "0.00"), ("gross", "30.00", "0.00"), ("net", "0.00", "30.00"), ("undecidable", "0.00", "0.00")],
)
def test_where_its_own_figures_do_not_tell_the_file_does(
    con: Connection, basis: str | None, diverted_usd: str, netted_usd: str
) -> None:
    diverted(con, "90.00", basis)
    bill(con, "30.00")
    ((told_basis, taken, netted, numbers),) = told(con)
    assert (told_basis, taken, netted) == (basis or "assumed_gross", Decimal(diverted_usd), Decimal(netted_usd))
    assert numbers == ["B1"]


def test_a_refund_pays_no_more_of_a_bill_than_it_is(con: Connection) -> None:
    diverted(con)
    bill(con, "5000.00")
    assert told(con)[0][1] == Decimal("104.00")


def test_a_bill_repeated_counts_once(con: Connection) -> None:
    diverted(con)
    bill(con, "30.00")
    bill(con, "30.00")
    assert told(con)[0][1] == Decimal("30.00")


def test_a_bill_of_a_refund_that_is_not_diverted_supports_nothing(con: Connection) -> None:
    diverted(con, is_said_diverted=False)
    bill(con, "30.00")
    assert told(con) == []


def test_a_void_bill_supports_nothing(con: Connection) -> None:
    diverted(con)
    bill(con, "30.00", bill_status="Void")
    assert told(con) == []
