"""reports.receivable_grounds: the stage before interest and cash; reports.receivable_entries has the cases."""

from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.reports.books import entry_of, put_entry

Connection = duckdb.DuckDBPyConnection


@pytest.mark.parametrize(("status", "disregarded"), [("eligible", [1]), ("ineligible", [])])
def test_only_an_open_entry_may_be_disregarded_for_its_size(
    con: Connection, status: str, disregarded: list[int]
) -> None:
    put_entry(con, cape_status=status, recommended_path="file_cape", net_under_20="fail")
    (row,) = rows_of(con, "reports.receivable_grounds")
    assert [1] * row["may_be_disregarded"] == disregarded
    assert broken_promises(con, "reports.receivable_grounds") == []


def test_what_rests_on_an_assumption_is_told_where_there_is_any(con: Connection) -> None:
    for n, amount in ((1, "5.00"), (2, "0.00")):
        put_entry(con, n)
        put(con, "lines.entry_amounts", entry_number=entry_of(n), rests_on_assumption_usd=Decimal(amount))
    told = [row["rests_on_assumption_usd"] for row in rows_of(con, "reports.receivable_grounds")]
    assert told == [Decimal("5.00"), None]


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("file_protest", "protest_or_court"), ("court", "protest_or_court"), ("await_protest", "protest_or_court"),
        ("withdraw_protest_then_cape", "protest_or_court"), ("await_refund", "protest_or_court"),
        ("file_cape", "doubtful"), ("manual_review", "doubtful"), ("none", "none"),
    ],
)  # fmt: skip
def test_what_cape_does_not_take_is_left_to_protest_or_court_where_its_path_leads_there(
    con: Connection, path: str, stage: str
) -> None:
    put_entry(con, cape_status="ineligible", recommended_path=path)
    assert [row["stage_of_status"] for row in rows_of(con, "reports.receivable_grounds")] == [stage]
