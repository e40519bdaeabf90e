"""entries.open_deadlines: what it keeps whatever the day; what is shown of it: `reports/test_deadline_calendar.py`."""

from datetime import date, timedelta

import duckdb
import pytest

from tests.support.tables import clear, put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY
from tests.tables.promises import broken_claim, broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.open_deadlines"


@pytest.fixture(autouse=True)
def _day(con: Connection) -> None:
    put(con, "registry.as_of", as_of_date=AS_OF)


def put_protestable(con: Connection, last_day: date) -> None:
    answer = {"cape_status": "ineligible", "recommended_path": "file_protest", "liquidation_date": last_day}
    if last_day >= AS_OF:
        answer |= {"protective_action": "file_protest", "protective_deadline_date": last_day}
    put(con, "entries.eligibility_decisions", entry_number=ENTRY, protest_deadline_date=last_day, **answer)
    put(con, "entries.case_facts", entry_number=ENTRY, protest_state="none")


def kinds(con: Connection) -> dict[str, date]:
    assert broken_promises(con, TABLE) == []
    return {row["deadline_kind"]: row["deadline_date"] for row in rows_of(con, TABLE)}


@pytest.mark.parametrize("days", [30, 0, -1, -30, -31, -400])
def test_a_deadline_stays_however_long_it_is_past(con: Connection, days: int) -> None:
    last_day = AS_OF + timedelta(days=days)
    put_protestable(con, last_day)
    assert kinds(con) == {"protest": last_day}


def test_a_deadline_without_a_day_is_none(con: Connection) -> None:
    put(con, "entries.eligibility_decisions", entry_number=ENTRY, cape_status="accepted")
    put(con, "entries.case_facts", entry_number=ENTRY, is_accepted=True)
    assert kinds(con) == {}


def test_a_protective_date_that_is_missing_breaks_the_claim(con: Connection) -> None:
    put_protestable(con, AS_OF)
    claim = "every_protective_date_stands_here"
    assert broken_claim(con, TABLE, claim) == []
    clear(con, TABLE)
    assert [row["entry_number"] for row in broken_claim(con, TABLE, claim)] == [ENTRY]
