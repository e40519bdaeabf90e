"""ace.current_entry_facts: the user's own facts united over the files; what they state differently is unknown."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put, rows_of
from tests.tables.ace.received import ENTRY, load_id, readable
from tests.tables.promises import broken_promises

TABLE = "ace.current_entry_facts"
TWO_WORDS: dict[str, tuple[Any, Any]] = {
    "deposit_date": (date(2025, 6, 1), date(2025, 6, 2)),
    "adcvd_status": ("none", "pending"),
    "drawback": (False, True),
    "protest_number": ("1", "2"),
    "protest_filed_date": (date(2026, 6, 1), date(2026, 6, 2)),
    "protest_status": ("denied", "open"),
    "protest_decision_date": (date(2026, 7, 1), date(2026, 7, 2)),
    "protest_scope": ("ieepa_only", "mixed"),
    "recon_09_filed": (False, True),
    "recon_issue": ("class", "value"),
    "recon_due_date": (date(2027, 1, 1), date(2027, 1, 2)),
    "recon_exposure_usd": (Decimal("1.00"), Decimal("2.00")),
    "surety_paid": (False, True),
    "column_1_rate": ("3%", "4%"),
    "prior_refund_usd": (Decimal("1.00"), Decimal("2.00")),
    "box28_number": ("1", "2"),
    "warehouse_entry_number": ("ABC21000001", "ABC21000002"),
    "privileged_foreign_date": (date(2025, 3, 1), date(2025, 3, 2)),
    "account_last_four": ("0001", "0002"),
}
every_fact = pytest.mark.parametrize("fact", TWO_WORDS)


def stated(con: duckdb.DuckDBPyConnection, load: int, entry: str = ENTRY, **facts: Any) -> None:
    """One row of a readable entry_facts.csv."""
    if not con.execute("select 1 from ace.readable_loads where load_number = ?", [load]).fetchone():
        readable(con, load, "ENTRY-FACTS")
    put(con, "ace.entry_facts", load_id=load_id(load), entry_number=entry, **facts)


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def test_every_fact_of_the_file_is_tested_below() -> None:
    remarks = {"entry_number", "evidence", "recorded_on", "recorded_by", "contradicted_facts"}
    assert set(CONTRACTS[TABLE].column_names()) - remarks == set(TWO_WORDS)


@every_fact
def test_a_fact_that_two_files_state_differently_is_unknown_and_named(
    con: duckdb.DuckDBPyConnection, fact: str
) -> None:
    for load, word in enumerate(TWO_WORDS[fact], 1):
        stated(con, load, **{fact: word})
    row = one(con)
    assert row[fact] is None
    assert row["contradicted_facts"] == [fact]


@every_fact
def test_a_fact_that_two_files_state_alike_or_one_leaves_blank_stands(
    con: duckdb.DuckDBPyConnection, fact: str
) -> None:
    word = TWO_WORDS[fact][0]
    stated(con, 1, **{fact: word})
    stated(con, 2, **{fact: word})
    stated(con, 3)
    row = one(con)
    assert row[fact] == word
    assert row["contradicted_facts"] == []


def test_facts_of_two_files_are_united(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, drawback=False)
    stated(con, 2, surety_paid=True)
    row = one(con)
    assert (row["drawback"], row["surety_paid"], row["column_1_rate"]) == (False, True, None)
    assert broken_promises(con, TABLE) == []


def test_two_rows_of_one_file_contradict_each_other_like_two_files(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, drawback=False, surety_paid=False)
    stated(con, 1, drawback=True, surety_paid=True)
    row = one(con)
    assert (row["drawback"], row["surety_paid"]) == (None, None)
    assert row["contradicted_facts"] == ["drawback", "surety_paid"]


def test_facts_of_one_entry_do_not_touch_another(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, drawback=False)
    stated(con, 1, entry="ABC12345684", drawback=True)
    assert [(row["drawback"], row["contradicted_facts"]) for row in rows_of(con, TABLE)] == [(False, []), (True, [])]


def test_a_line_removed_from_the_newer_file_withdraws_its_fact(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, drawback=True)
    con.execute("delete from ace.readable_loads")
    readable(con, 2, "ENTRY-FACTS")
    assert rows_of(con, TABLE) == []


def test_who_recorded_the_facts_when_and_on_what_evidence_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, drawback=False, evidence="mail 1", recorded_on=date(2026, 5, 1), recorded_by="Ada")
    stated(con, 2, evidence="mail 2", recorded_on=date(2026, 5, 2), recorded_by="Ben")
    row = one(con)
    assert (row["evidence"], row["recorded_on"], row["recorded_by"]) == ("mail 2", date(2026, 5, 2), "Ben")
    assert row["contradicted_facts"] == []
