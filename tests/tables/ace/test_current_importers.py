"""ace.current_importers: what the user's files say of every importer number; what they state differently is unknown."""

from datetime import date
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import load_id, readable
from tests.tables.promises import broken_promises

TABLE = "ace.current_importers"
KEY = "123456789"
TWO_WORDS: dict[str, tuple[Any, Any]] = {
    "client_id": ("A", "B"),
    "rate_class": ("corporate", "noncorporate"),
    "payee_4811": ("1", "2"),
    "ach_enrolled": (False, True),
    "periodic_monthly_statement": (False, True),
    "ace_top_account": (False, True),
    "ace_sub_account": (False, True),
    "ach_enrolled_date": (date(2026, 2, 1), date(2026, 2, 2)),
    "routing_fedach_ok": (False, True),
    "address_ok": (False, True),
    "email_on_file": (False, True),
    "ach_payer_id": ("1", "2"),
}
every_fact = pytest.mark.parametrize("fact", TWO_WORDS)


def stated(con: duckdb.DuckDBPyConnection, load: int, key: str = KEY, **facts: Any) -> None:
    """One row of a readable importers.csv."""
    readable(con, load, "IMPORTERS")
    put(con, "ace.importers", **{"load_id": load_id(load), "importer_key": key, "importer_number": key, **facts})


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


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


def test_one_importer_under_two_spellings_of_its_number_is_one_importer(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, importer_number="12-3456789", importer_name="Aster Goods", rate_class="corporate")
    stated(con, 2, importer_number="12-345678900", importer_name="Aster Goods", ach_enrolled=True)
    row = one(con)
    assert (row["importer_key"], row["importer_name"]) == (KEY, "Aster Goods")
    assert row["importer_number"] in {"12-3456789", "12-345678900"}
    assert (row["rate_class"], row["ach_enrolled"], row["contradicted_facts"]) == ("corporate", True, [])
    assert broken_promises(con, TABLE) == []


def test_importers_do_not_touch_each_other(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, rate_class="corporate")
    stated(con, 2, key="987654321", rate_class="noncorporate")
    assert [row["rate_class"] for row in rows_of(con, TABLE)] == ["corporate", "noncorporate"]


def test_a_file_that_has_been_replaced_says_nothing(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, rate_class="corporate")
    con.execute("delete from ace.readable_loads")
    assert rows_of(con, TABLE) == []


def test_the_newest_check_of_the_settings_counts(con: duckdb.DuckDBPyConnection) -> None:
    stated(con, 1, last_checked_date=date(2026, 7, 1))
    stated(con, 2, last_checked_date=date(2026, 7, 15))
    row = one(con)
    assert (row["last_checked_date"], row["contradicted_facts"]) == (date(2026, 7, 15), [])
