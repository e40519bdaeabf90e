"""registry.ieepa_windows_in_force: the windows of the IEEPA headings as the readings in force state them."""

from datetime import date
from typing import Any

import duckdb

from tests.support.tables import choose, put, rows_of
from tests.tables.lines.filed import shipped_registry, write_registry
from tests.tables.promises import broken_promises

TABLE = "registry.ieepa_windows_in_force"
FIRST, LAST = date(2025, 2, 4), date(2026, 2, 23)
Connection = duckdb.DuckDBPyConnection


def windows(con: Connection) -> dict[tuple[str, date], dict[str, Any]]:
    assert broken_promises(con, TABLE) == []
    return {(row["heading"], row["registry_effective_from"]): row for row in rows_of(con, TABLE)}


def test_by_the_defaults_the_windows_are_those_of_the_registry_and_all_count(con: Connection) -> None:
    write_registry(con)
    seeded = {
        (row["heading"], row["effective_from"]): (row["effective_from"], row["effective_to"], True)
        for row in shipped_registry()["registry.ieepa_headings"].to_dicts()
    }
    found = {
        key: (row["effective_from"], row["effective_to"], row["is_taken_for_ieepa"])
        for key, row in windows(con).items()
    }
    assert len(found) == 217
    assert found == seeded


def test_another_first_or_last_day_moves_what_starts_or_ends_with_ieepa_and_cuts_what_lasts_longer(
    con: Connection,
) -> None:
    write_registry(con)
    before = windows(con)
    choose(con, ieepa_first_day=date(2025, 2, 1), ieepa_last_day=date(2026, 2, 6))
    after = windows(con)
    for key, row in before.items():
        first = date(2025, 2, 1) if row["effective_from"] == FIRST else row["effective_from"]
        assert (after[key]["effective_from"], after[key]["effective_to"]) == (
            first,
            min(row["effective_to"], date(2026, 2, 6)),
        )
    choose(con, ieepa_last_day=date(2026, 2, 24))
    longer = {key for key, row in windows(con).items() if row["effective_to"] == date(2026, 2, 24)}
    assert longer == {key for key, row in before.items() if row["effective_to"] == LAST}


def test_a_range_of_headings_leaves_the_others_in_the_table_but_not_for_ieepa(con: Connection) -> None:
    write_registry(con)
    choose(con, first_ieepa_heading="99030125", last_ieepa_heading="99030170")
    taken = {heading for (heading, _), row in windows(con).items() if row["is_taken_for_ieepa"]}
    assert (min(taken), max(taken)) == ("9903.01.25", "9903.01.70")
    assert len(windows(con)) == 217


def test_a_withdrawn_window_is_not_in_force(con: Connection) -> None:
    put(con, "registry.ieepa_headings", effective_from=FIRST, effective_to=LAST, withdrawn_date=date(2026, 12, 1))
    assert windows(con) == {}
