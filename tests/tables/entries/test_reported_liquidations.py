"""Which liquidations `entries.reported_liquidations` finds in ES-003, ES-701 and ES-022, and in which month they stand.

Belongs here: what counts as a liquidation. Does not belong here: the clocks it starts (`test_deadlines.py`).
"""

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import ENTRY, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def liquidate(con: Connection, day: str, **changes: Any) -> None:
    facts = {"liquidation_state": "liquidated", "reported_liquidation_date": date.fromisoformat(day), **changes}
    put(con, "entries.status_facts", **facts)


@pytest.mark.parametrize("state", ["unliquidated", "suspended", "extended", "under_review", None])
def test_a_projected_date_is_no_liquidation(con: Connection, state: str | None) -> None:
    liquidate(con, "2026-08-01", liquidation_state=state)
    assert rows_of(con, "entries.reported_liquidations") == []


def test_liquidated_without_a_date_is_no_liquidation(con: Connection) -> None:
    put(con, "entries.status_facts", liquidation_state="liquidated")
    assert rows_of(con, "entries.reported_liquidations") == []


def test_every_liquidation_of_es022_stands_and_one_known_twice_stands_once(con: Connection) -> None:
    load_id = put_load(con, 1, "ES-022")
    liquidate(con, "2026-01-30")
    for day in ("2026-01-30", "2026-06-12", "2026-06-12", None):
        put(
            con,
            "ace.es022_entries",
            load_id=load_id,
            entry_number=ENTRY,
            liquidation_date=day and date.fromisoformat(day),
        )
    days = [row["liquidation_date"] for row in rows_of(con, "entries.reported_liquidations")]
    assert days == [date(2026, 1, 30), date(2026, 6, 12)]


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_the_liquidation_of_a_notice_stands_too(con: Connection, state: str) -> None:
    liquidate(con, "2026-01-30", liquidation_state=state, es701_liquidation_date=date(2026, 6, 12))
    days = [row["liquidation_date"] for row in rows_of(con, "entries.reported_liquidations")]
    assert days == ([date(2026, 1, 30)] if state == "liquidated" else []) + [date(2026, 6, 12)]


def test_a_liquidation_told_by_es003_and_a_notice_stands_once(con: Connection) -> None:
    liquidate(con, "2026-01-30", es701_liquidation_date=date(2026, 1, 30))
    assert len(rows_of(con, "entries.reported_liquidations")) == 1


def test_a_report_that_may_not_be_read_is_no_liquidation(con: Connection) -> None:
    put(con, "entries.status_facts", entry_number=ENTRY)
    put(con, "ace.es022_entries", load_id="1" * 64, entry_number=ENTRY, liquidation_date=date(2026, 6, 12))
    assert rows_of(con, "entries.reported_liquidations") == []


def test_a_liquidation_stands_in_the_month_of_its_entry(con: Connection) -> None:
    liquidate(con, "2026-01-30", partition_month="2025-07")
    assert [row["partition_month"] for row in rows_of(con, "entries.reported_liquidations")] == ["2025-07"]
    assert broken_promises(con, "entries.reported_liquidations") == []
