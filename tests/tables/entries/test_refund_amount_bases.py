"""Whether a file's Refund Amount holds interest, in `entries.refund_amount_bases` (P37).

Belongs here: the witnesses and the verdict of one file. Does not belong here: what is made of it (`refunded_entries`).
"""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
LOAD = f"{1:064}"


def row(con: Connection, n: int, refund: str, interest: str | None, report: str = "ES-022", **columns: Any) -> None:
    table = "ace.es022_entries" if report == "ES-022" else "ace.rev615_refund_entries"
    amounts = {"refund_amount_usd": Decimal(refund), "interest_amount_usd": interest and Decimal(interest)}
    given = {"entry_number": f"ABC{n:08}", "refund_number": f"R{n}", **amounts, **columns}
    put(con, table, load_id=LOAD, **given)


def total(con: Connection, n: int, amount: str, *, is_diverted: bool = False) -> None:
    put(
        con,
        "entries.reported_refunds",
        refund_number=f"R{n}",
        rev603_usd=Decimal(amount),
        is_said_diverted=is_diverted,
    )


def baseline(con: Connection, n: int, low: str, high: str | None = None) -> None:
    put(
        con,
        "lines.entry_amounts",
        entry_number=f"ABC{n:08}",
        ieepa_low_usd=Decimal(low),
        ieepa_high_usd=Decimal(high or low),
    )


def verdict(con: Connection, report: str = "ES-022") -> dict[str, Any]:
    put_load(con, 1, report)
    assert broken_promises(con, "entries.refund_amount_bases") == []
    (made,) = rows_of(con, "entries.refund_amount_bases")
    assert made["report_code"] == report
    assert made["basis_finding"]
    return made


@pytest.mark.parametrize("report", ["ES-022", "REV-615"])
@pytest.mark.parametrize(
    ("shown", "basis"),
    [("104.00", "principal_only"), ("100.00", "includes_interest"), ("99.00", "assumed_principal_only")],
)
def test_the_total_of_rev603_tells_whether_interest_stands_beside_the_amount_or_in_it(
    con: Connection, report: str, shown: str, basis: str
) -> None:
    row(con, 1, "100.00", "4.00", report)
    total(con, 1, shown)
    assert verdict(con, report)["refund_amount_basis"] == basis


@pytest.mark.parametrize(
    ("duty", "basis"),
    [("100.00", "principal_only"), ("96.00", "includes_interest"), ("50.00", "assumed_principal_only")],
)
def test_without_rev603_the_ieepa_duty_of_the_baseline_tells(con: Connection, duty: str, basis: str) -> None:
    row(con, 1, "100.00", "4.00")
    baseline(con, 1, duty)
    assert verdict(con)["refund_amount_basis"] == basis


def test_before_anything_tells_it_is_taken_as_cbp_describes_it(con: Connection) -> None:
    row(con, 1, "100.00", "4.00")
    made = verdict(con)
    assert made["refund_amount_basis"] == "assumed_principal_only"
    assert [made[name] for name in made if name.endswith("_count")] == [0, 0, 0, 0]


def test_without_interest_both_readings_are_one_and_nothing_is_told(con: Connection) -> None:
    row(con, 1, "100.00", "0.00")
    total(con, 1, "100.00")
    row(con, 2, "100.00", None)
    total(con, 2, "100.00")
    assert verdict(con)["refund_amount_basis"] == "assumed_principal_only"


def test_a_diverted_total_and_an_uncertain_duty_are_no_witnesses(con: Connection) -> None:
    row(con, 1, "100.00", "4.00")
    total(con, 1, "100.00", is_diverted=True)
    baseline(con, 1, "96.00", "100.00")
    assert verdict(con)["refund_amount_basis"] == "assumed_principal_only"


@pytest.mark.parametrize(
    ("beside", "inside", "basis"),
    [(9, 1, "principal_only"), (8, 1, "undecidable"), (1, 9, "includes_interest"), (1, 8, "undecidable")],
)
def test_nine_refunds_in_ten_must_say_the_same(con: Connection, beside: int, inside: int, basis: str) -> None:
    for n in range(beside + inside):
        row(con, n, "100.00", "4.00")
        total(con, n, "104.00" if n < beside else "100.00")
    made = verdict(con)
    assert (made["refunds_principal_only_count"], made["refunds_with_interest_count"]) == (beside, inside)
    assert made["refund_amount_basis"] == basis


def test_rev603_against_the_baselines_is_undecidable_and_says_what_to_do(con: Connection) -> None:
    row(con, 1, "100.00", "4.00")
    total(con, 1, "100.00")
    baseline(con, 1, "100.00")
    made = verdict(con)
    assert made["refund_amount_basis"] == "undecidable"
    assert "run the report again" in made["basis_finding"]


def test_a_refund_of_several_entries_is_compared_as_a_whole(con: Connection) -> None:
    row(con, 1, "60.00", "3.00", refund_number="R1")
    row(con, 2, "40.00", "1.00", refund_number="R1")
    total(con, 1, "100.00")
    made = verdict(con)
    assert (made["refund_amount_basis"], made["refunds_with_interest_count"]) == ("includes_interest", 1)
