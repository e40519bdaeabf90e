"""Whether REV-603's totals stand before or after offsets, in `entries.refund_total_bases` (P15).

Belongs here: the verdict of one file. Does not belong here: what a bill then explains (`refund_offsets`).
"""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def diverted(con: Connection, n: int, shown: str, bill: str | None, **columns: Any) -> None:
    """A diverted refund of 100.00 and 4.00 interest, which REV-603 shows so, with a bill."""
    put(
        con,
        "entries.reported_refunds",
        **{
            "refund_number": f"R{n}",
            "load_id": f"{1:064}",
            "rev603_usd": Decimal(shown),
            "is_said_diverted": True,
            **columns,
        },
    )
    amounts = {"principal_usd": Decimal("100.00"), "interest_usd": Decimal("4.00")}
    put(con, "entries.refunded_entries", refund_number=f"R{n}", **amounts)
    if bill:
        put(con, "ace.bills", load_id=f"{2:064}", refund_number=f"R{n}", amount_usd=Decimal(bill))


def verdict(con: Connection) -> tuple[str, int, int]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    put_load(con, 1, "REV-603")
    put_load(con, 2, "BILLS")
    assert broken_promises(con, "entries.refund_total_bases") == []
    (row,) = rows_of(con, "entries.refund_total_bases")
    return row["refund_total_basis"], row["gross_count"], row["net_count"]


@pytest.mark.parametrize(
    ("shown", "bill", "expected"),
    [
        ("104.00", "30.00", ("gross", 1, 0)), ("74.00", "30.00", ("net", 0, 1)),
        ("90.00", "30.00", ("assumed_gross", 0, 0)), ("104.00", None, ("assumed_gross", 0, 0)),
    ],
)  # fmt: skip
def test_a_diverted_refund_with_its_bill_tells(
    con: Connection, shown: str, bill: str | None, expected: tuple[str, int, int]
) -> None:
    diverted(con, 1, shown, bill)
    assert verdict(con) == expected


def test_refunds_that_contradict_each_other_leave_it_undecidable(con: Connection) -> None:
    diverted(con, 1, "104.00", "30.00")
    diverted(con, 2, "74.00", "30.00")
    assert verdict(con) == ("undecidable", 1, 1)


def test_a_refund_that_is_not_diverted_tells_nothing(con: Connection) -> None:
    diverted(con, 1, "74.00", "30.00", is_said_diverted=False)
    assert verdict(con)[0] == "assumed_gross"


@pytest.mark.parametrize("columns", [{"bill_status": "CANCELLED"}, {"bill_date": date(2026, 7, 21)}])
def test_a_cancelled_bill_and_one_of_a_later_day_tell_nothing(con: Connection, columns: dict[str, Any]) -> None:
    diverted(con, 1, "74.00", None)
    put(con, "ace.bills", load_id=f"{2:064}", refund_number="R1", amount_usd=Decimal("30.00"), **columns)
    assert verdict(con)[0] == "assumed_gross"
