"""reports.position_by_path: how many entries stand where, what they are worth, and when the next right lapses."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def put_entry(con: Connection, n: int = 1, interest: str | None = "4.00", **facts: Any) -> None:
    """An eligible entry of 100.00 to 110.00 with its interest, changed as told."""
    number = f"ABC{n:08}"
    given = {
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "refund_principal_usd": Decimal("100.00"),
        "refund_principal_high_usd": Decimal("110.00"),
        "open_principal_usd": Decimal("100.00"),
        **facts,
    }
    put(con, "entries.eligibility_decisions", entry_number=number, **given)
    if interest is not None:
        put(con, "refunds.interest_accruals", entry_number=number, interest_usd=Decimal(interest))


def made(con: Connection) -> list[dict[str, Any]]:
    rows = rows_of(con, "reports.position_by_path")
    assert broken_promises(con, "reports.position_by_path") == []
    return rows


def only(con: Connection) -> dict[str, Any]:
    (row,) = made(con)
    return row


def test_every_status_and_path_is_a_row_with_its_sums(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2, interest="0.01", open_principal_usd=Decimal("0.00"))
    put_entry(con, 3, recommended_path="fix_and_refile", cape_status="ineligible")
    put_entry(con, 4, recommended_path="court", cape_status="ineligible")
    rows = {(row["cape_status"], row["recommended_path"]): row for row in made(con)}
    assert set(rows) == {("eligible", "file_cape"), ("ineligible", "fix_and_refile"), ("ineligible", "court")}
    row = rows["eligible", "file_cape"]
    assert (row["entry_count"], row["principal_unknown_count"], row["interest_unknown_count"]) == (2, 0, 0)
    names = ("refund_principal_usd", "refund_principal_high_usd", "open_principal_usd", "interest_usd")
    assert [row[name] for name in names] == [Decimal(told) for told in ("200.00", "220.00", "100.00", "4.01")]


def test_entries_of_unknown_principal_or_interest_are_counted_beside_the_sums(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2, interest=None)
    unknown = dict.fromkeys(("refund_principal_usd", "refund_principal_high_usd", "open_principal_usd"))
    put_entry(con, 3, interest=None, **unknown)
    put_entry(con, 4, interest=None, refund_principal_usd=Decimal("0.00"))
    row = only(con)
    assert (row["entry_count"], row["principal_unknown_count"], row["interest_unknown_count"]) == (4, 1, 2)
    assert (row["refund_principal_usd"], row["interest_usd"]) == (Decimal("200.00"), Decimal("4.00"))


@pytest.mark.parametrize(("principal", "interest"), [("0.00", Decimal("0.00")), ("0.01", None), (None, None)])
def test_no_interest_at_all_is_zero_only_where_nothing_could_earn_any(
    con: Connection, principal: str | None, interest: Decimal | None
) -> None:
    put_entry(con, interest=None, refund_principal_usd=None if principal is None else Decimal(principal))
    assert only(con)["interest_usd"] == interest


YESTERDAY, TOMORROW, LATER = (AS_OF + timedelta(days=n) for n in (-1, 1, 2))


@pytest.mark.parametrize(
    ("path", "facts", "lapses"),
    [
        ("file_cape", {"cape_deadline_date": AS_OF}, AS_OF),
        ("file_cape", {"cape_deadline_date": YESTERDAY}, None),
        ("withdraw_protest_then_cape", {"cape_deadline_date": TOMORROW}, TOMORROW),
        ("court", {"cape_deadline_date": TOMORROW}, None),
        ("await_phase", {"protective_deadline_date": AS_OF}, AS_OF),
        ("await_phase", {"protective_deadline_date": YESTERDAY}, None),
        ("court", {"court_deadline_conservative_date": AS_OF}, AS_OF),
        ("court", {"court_deadline_conservative_date": YESTERDAY}, None),
        ("file_cape", {"court_deadline_conservative_date": TOMORROW}, None),
        ("file_cape", {"cape_deadline_date": LATER, "protective_deadline_date": TOMORROW}, TOMORROW),
        ("court", {"court_deadline_conservative_date": TOMORROW, "protective_deadline_date": LATER}, TOMORROW),
    ],
)
def test_the_next_day_on_which_a_right_of_the_path_lapses_is_told_and_no_past_one(
    con: Connection, path: str, facts: dict[str, date], lapses: date | None
) -> None:
    put_entry(con, recommended_path=path, **facts)
    assert only(con)["next_deadline_date"] == lapses


def test_of_many_entries_the_nearest_day_counts(con: Connection) -> None:
    for n, day in enumerate((LATER, TOMORROW, YESTERDAY), 1):
        put_entry(con, n, cape_deadline_date=day)
    assert only(con)["next_deadline_date"] == TOMORROW


REVIEW = {"cape_status": "review", "recommended_path": "manual_review"}


@pytest.mark.parametrize(("days", "later"), [(0, 0), (1, 1)])
def test_an_entry_dated_after_the_day_is_counted_and_in_no_sum(con: Connection, days: int, later: int) -> None:
    put_entry(con, 1, **REVIEW, entry_date=AS_OF - timedelta(days=9))
    put_entry(con, 2, **REVIEW, entry_date=AS_OF + timedelta(days=days))
    row = only(con)
    assert (row["entry_count"], row["later_entry_count"]) == (2, later)
    assert (row["open_principal_usd"], row["interest_usd"]) == (Decimal(100 * (2 - later)), Decimal(4 * (2 - later)))


def test_where_every_entry_is_dated_after_the_day_nothing_is_worth_anything_known(con: Connection) -> None:
    put_entry(con, 1, **REVIEW, entry_date=AS_OF + timedelta(days=1))
    row = only(con)
    assert {row[name] for name in row if name.endswith("_usd")} == {None}
    assert (row["principal_unknown_count"], row["interest_unknown_count"]) == (0, 0)


def test_an_accepted_entry_is_there_whatever_its_date(con: Connection) -> None:
    put_entry(con, 1, cape_status="accepted", recommended_path="await_refund", entry_date=AS_OF + timedelta(days=1))
    row = only(con)
    assert (row["later_entry_count"], row["open_principal_usd"]) == (0, Decimal("100.00"))
