"""refunds.interest_exceptions: interest that is more than one product; refunds.interest_accruals has the amounts."""

import duckdb
import pytest

from tests.support.tables import choose, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.rates import put_factors, put_published_rates, put_terms

Connection = duckdb.DuckDBPyConnection


def test_by_default_only_entries_with_several_deposits_are_exceptions(con: Connection) -> None:
    put_published_rates(con)
    put_terms(con, 1)
    put_terms(con, 2, deposit_sequence=1, interest_start_rule="listed_deposits")
    put_terms(con, 2, deposit_sequence=2, interest_start_rule="listed_deposits")
    put_factors(con)
    rows = rows_of(con, "refunds.interest_exceptions")
    assert [(row["entry_number"], row["deposit_sequence"]) for row in rows] == [("ABC00000002", 1), ("ABC00000002", 2)]
    assert broken_promises(con, "refunds.interest_exceptions") == []


@pytest.mark.parametrize(
    "reading",
    [
        {"interest_rounding_policy": "per_line"},
        {"interest_rounding_policy": "per_quarter"},
        {"interest_rounding_mode_policy": "down"},
        {"interest_ten_thousand_policy": "per_entry"},
    ],
)
def test_under_a_policy_that_makes_cents_otherwise_every_deposit_is_one(
    con: Connection, reading: dict[str, str]
) -> None:
    choose(con, **reading)
    put_published_rates(con)
    put_terms(con)
    put_factors(con)
    (row,) = rows_of(con, "refunds.interest_exceptions")
    assert row["interest_usd"] is not None
