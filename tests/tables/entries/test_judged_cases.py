"""`entries.judged_cases`: the facts of an entry with the outcome of every rule beside them.

Belongs here: that both stand side by side, unchanged. Does not belong here: single outcomes (`test_rule_outcomes.py`).
"""

from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import rows_of
from tests.tables.entries.cases import put_case
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.judged_cases"
FACTS = CONTRACTS["entries.case_facts"].column_names()


def judged(con: Connection, **changes: Any) -> dict[str, Any]:
    put_case(con, **changes)
    (row,) = rows_of(con, TABLE)
    return row


def test_the_facts_stand_as_they_are(law: Connection) -> None:
    row = judged(law, drawback=True, recon_flag=None)
    cursor = law.execute(f"select {', '.join(FACTS)} from entries.case_facts")
    assert tuple(row[name] for name in FACTS) == cursor.fetchone()


def test_an_outcome_stands_beside_the_fact_of_the_same_name(law: Connection) -> None:
    row = judged(law, drawback=True)
    assert (row["drawback"], row["drawback_outcome"]) == (True, "fail")


def test_the_outcomes_are_those_that_are_shown_by_rule(law: Connection) -> None:
    row = judged(law, day=90, surety_paid=None)
    (shown,) = rows_of(law, "entries.rule_outcomes")
    rules = [name for name in shown if name not in ("entry_number", "partition_month")]
    assert {f"{name}_outcome": shown[name] for name in rules} == {
        name: value for name, value in row.items() if name not in FACTS
    }


def test_the_judged_cases_keep_their_contract(law: Connection) -> None:
    put_case(law)
    assert broken_promises(law, TABLE) == []
