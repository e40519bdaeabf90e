"""The days that `entries.eligibility` counts beside what is decided; the decisions: `test_eligibility_decisions.py`."""

from datetime import timedelta

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.eligibility"


@pytest.fixture(autouse=True)
def _day(con: Connection) -> None:
    put(con, "registry.as_of", as_of_date=AS_OF)


@pytest.mark.parametrize(("left", "age"), [(80, 0), (0, 1), (-1, 15), (None, None)])
def test_the_days_that_are_left_and_the_age_of_the_status_are_counted_from_the_day(
    con: Connection, left: int | None, age: int | None
) -> None:
    put(
        con,
        "entries.eligibility_decisions",
        entry_number=ENTRY,
        cape_deadline_date=None if left is None else AS_OF + timedelta(days=left),
        status_as_of_date=None if age is None else AS_OF - timedelta(days=age),
    )
    (row,) = rows_of(con, TABLE)
    assert broken_promises(con, TABLE) == []
    assert (row["as_of_date"], row["days_to_cape_deadline"], row["status_age_days"]) == (AS_OF, left, age)


def test_another_day_counts_other_days_over_the_same_decisions(con: Connection) -> None:
    put(con, "entries.eligibility_decisions", entry_number=ENTRY, cape_deadline_date=AS_OF)
    con.execute("update registry.as_of set as_of_date = as_of_date + 1")
    (row,) = rows_of(con, TABLE)
    assert (row["as_of_date"], row["days_to_cape_deadline"]) == (AS_OF + timedelta(days=1), -1)


def test_every_decision_is_shown_as_it_stands(con: Connection) -> None:
    stored = put(con, "entries.eligibility_decisions", entry_number=ENTRY, blocking_rules=["PROTEST"])
    (row,) = rows_of(con, TABLE)
    assert {name: row[name] for name in stored} == stored
    assert set(CONTRACTS[TABLE].column_names()) - set(stored) == {
        "as_of_date", "days_to_cape_deadline", "status_age_days",
    }  # fmt: skip
