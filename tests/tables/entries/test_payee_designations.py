"""entries.payee_designations: which notify parties are designated for an importer's refunds, and whether that holds."""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.entries.cases import put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.payee_designations"
KEY = "123456789"


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026."""
    put(con, "registry.as_of", as_of_date=AS_OF)
    return con


def designate(con: Connection, payee: str = "36-9998887", importer_key: str = KEY, load: int = 1, **told: Any) -> None:
    """One row of a readable payees.csv."""
    load_id = f"{load:064}"
    if not con.execute("from ace.readable_loads where load_id = ?", [load_id]).fetchall():
        put_load(con, load, "PAYEES")
    put(con, "ace.payees", load_id=load_id, importer_key=importer_key, payee_number=payee, **told)


def made(con: Connection) -> list[dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return rows_of(con, TABLE)


def only(con: Connection) -> dict[str, Any]:
    (row,) = made(con)
    return row


def day(offset: int | None) -> date | None:
    return None if offset is None else AS_OF + timedelta(days=offset)


@pytest.mark.parametrize(
    ("first", "last", "state"),
    [
        (None, None, "valid"), (0, None, "valid"), (1, None, "not_yet"), (None, 0, "valid"), (None, -1, "ended"),
        (-9, 9, "valid"), (-9, -1, "ended"), (1, 9, "not_yet"),
    ],
)  # fmt: skip
def test_a_designation_holds_from_its_first_day_to_its_last_both_counted(
    con: Connection, first: int | None, last: int | None, state: str
) -> None:
    designate(con, designation_from_date=day(first), designation_to_date=day(last))
    assert only(con)["designation_state"] == state


def test_of_several_periods_the_one_that_holds_counts_else_the_newest(con: Connection) -> None:
    designate(con, designation_from_date=day(-900), designation_to_date=day(-500))
    designate(con, designation_from_date=day(-100), designation_to_date=day(-50))
    assert only(con)["designation_from_date"] == day(-100)
    assert only(con)["designation_state"] == "ended"
    designate(con, designation_from_date=day(-400), designation_to_date=day(400))
    row = only(con)
    assert (row["designation_from_date"], row["designation_state"]) == (day(-400), "valid")


@pytest.mark.parametrize(
    ("last_transaction", "state"), [(date(2023, 7, 20), "valid"), (date(2023, 7, 19), "lapsed"), (None, "valid")]
)
def test_a_designation_lapses_three_years_after_the_last_transaction(
    con: Connection, last_transaction: date | None, state: str
) -> None:
    designate(con, last_transaction_date=last_transaction)
    row = only(con)
    assert row["designation_state"] == state
    assert row["lapse_date"] == (last_transaction and last_transaction.replace(year=2026))


def test_an_entry_that_names_the_party_in_box_28_is_a_transaction(con: Connection) -> None:
    designate(con, last_transaction_date=date(2021, 1, 4))
    put(con, "entries.status_facts", importer_key=KEY, box28_number="369998887", entry_date=date(2025, 6, 2))
    row = only(con)
    assert (row["last_transaction_date"], row["lapse_date"]) == (date(2025, 6, 2), date(2028, 6, 2))
    assert row["designation_state"] == "valid"


def test_an_entry_of_another_importer_or_of_another_party_is_no_transaction_of_this_designation(
    con: Connection,
) -> None:
    designate(con, last_transaction_date=date(2024, 1, 4))
    put(con, "entries.status_facts", importer_key="98", box28_number="369998887", entry_date=date(2025, 6, 2))
    put(con, "entries.status_facts", importer_key=KEY, box28_number="369998880", entry_date=date(2025, 6, 3))
    row = only(con)
    assert (row["last_transaction_date"], row["lapse_date"]) == (date(2024, 1, 4), date(2027, 1, 4))


def test_a_designation_made_since_starts_the_three_years_anew(con: Connection) -> None:
    designate(con, designation_from_date=date(2025, 1, 1), last_transaction_date=date(2021, 1, 4))
    assert (only(con)["lapse_date"], only(con)["designation_state"]) == (date(2028, 1, 1), "valid")


def test_a_designation_without_any_known_transaction_has_no_day_of_lapse(con: Connection) -> None:
    designate(con, designation_from_date=date(2020, 1, 1))
    assert (only(con)["lapse_date"], only(con)["designation_state"]) == (None, "valid")


def test_what_is_dated_after_the_day_is_not_known_yet(con: Connection) -> None:
    designate(con, last_transaction_date=day(1), last_checked_date=day(1))
    put(con, "entries.status_facts", importer_key=KEY, box28_number="369998887", entry_date=day(1))
    row = only(con)
    assert (row["last_transaction_date"], row["last_checked_date"], row["lapse_date"]) == (None, None, None)


def test_importers_csv_is_an_undated_default_only_for_importers_payees_csv_does_not_name(con: Connection) -> None:
    put(con, "ace.current_importers", importer_key=KEY, payee_4811="45-6789012")
    put(con, "ace.current_importers", importer_key="98", payee_4811="45-6789012")
    put(con, "ace.current_importers", importer_key="99")
    designate(con)
    told = [(row["importer_key"], row["payee_key"], row["stated_in"], row["designation_state"]) for row in made(con)]
    assert told == [(KEY, "369998887", "payees.csv", "valid"), ("98", "456789012", "importers.csv", "valid")]


def test_two_spellings_of_a_number_are_one_party_and_contradictions_are_unknown(con: Connection) -> None:
    designate(con, "36-9998887", ach_enrolled=True, routing_fedach_ok=True)
    designate(con, "36-999888700", ach_enrolled=False, routing_fedach_ok=True)
    row = only(con)
    assert (row["payee_key"], row["payee_number"]) == ("369998887", "36-9998887")
    assert (row["ach_enrolled"], row["routing_fedach_ok"]) == (None, True)


def test_without_any_file_nobody_is_designated(con: Connection) -> None:
    assert made(con) == []
    designate(con)
    con.execute("delete from ace.readable_loads")
    assert made(con) == []
