"""Which months a load touches: where its entries stand now, where they stood before, and when all of them.

Belongs here: months told from received rows. Does not belong here: what is built of them (`tests/end_to_end`).
"""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from cape_pipeline.assets import touched
from cape_pipeline.assets.touched import BY_ENTRY, accounted_loads, in_order, months_touched
from tests.support.tables import empty_tables, put

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 1)
Connection = duckdb.DuckDBPyConnection


@pytest.fixture
def con(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """One load that is accounted for, with an entry of June; no table is due in every month."""
    monkeypatch.setattr(touched, "due_in_every_month", list)
    with empty_tables() as con:
        load(con, 1, "ES-003")
        put(con, "lines.entry_baselines", entry_number="A", partition_month="2025-06")
        put(con, "lines.entry_baselines", entry_number="Z", partition_month="2026-02")
        yield con


def load(con: Connection, number: int, report: str) -> str:
    """One load; its id."""
    name = f"{number}" * 64
    put(con, "ace.loads", load_id=name, load_number=number, report_code=report)
    return name


def test_without_a_new_load_no_month_is_touched(con: Connection) -> None:
    assert months_touched(con, 1) == ()


@pytest.mark.parametrize(
    ("day", "month"),
    [(JUNE, "2025-06"), (JULY, "2025-07"), (date(2024, 12, 31), "2025-01"), (date(2029, 1, 1), "2028-12")],
)
def test_a_new_entry_touches_the_month_of_its_date(con: Connection, day: date, month: str) -> None:
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="B", entry_date=day)
    assert months_touched(con, 1) == (month,)


def test_an_entry_that_moves_touches_the_month_it_leaves_and_the_month_it_goes_to(con: Connection) -> None:
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="A", entry_date=JULY)
    assert months_touched(con, 1) == ("2025-06", "2025-07")


def test_an_entry_without_a_date_touches_the_month_it_stands_under_or_that_of_the_undated(con: Connection) -> None:
    new = load(con, 2, "CAPE-CLAIM-DETAILS")
    put(con, "ace.cape_claim_details", load_id=new, entry_number="A")
    assert months_touched(con, 1) == ("2025-06",)
    put(con, "ace.cape_claim_details", load_id=new, entry_number="B")
    assert months_touched(con, 1) == ("undated", "2025-06")


def test_an_entry_of_which_one_new_row_has_a_date_is_not_undated(con: Connection) -> None:
    new = load(con, 2, "ES-003")
    put(con, "ace.es003_tariff_lines", load_id=new, entry_number="B", entry_date=JULY)
    put(con, "ace.es003_tariff_lines", load_id=new, entry_number="B", source_row=2)
    assert months_touched(con, 1) == ("2025-07",)


def test_an_entry_of_which_a_row_could_not_be_used_is_touched(con: Connection) -> None:
    new = load(con, 2, "ES-003")
    put(con, "ace.quarantine", load_id=new, entry_number="A")
    put(con, "ace.quarantine", load_id=new, source_row=2)  # whose entry cannot be read
    assert months_touched(con, 1) == ("2025-06",)


def test_rows_of_loads_before_touch_nothing(con: Connection) -> None:
    put(con, "ace.es003_tariff_lines", load_id="1" * 64, entry_number="C", entry_date=JULY)
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="A", entry_date=JUNE)
    assert months_touched(con, 1) == ("2025-06",)


@pytest.mark.parametrize("report", ["REV-603", "REV-613", "ES-022", "BANK", "IMPORTERS", "DECLARATIONS", "LOADS"])
def test_a_report_that_is_not_told_by_entry_touches_every_month_in_play(con: Connection, report: str) -> None:
    assert report not in BY_ENTRY
    load(con, 2, report)
    assert months_touched(con, 1) == ("2025-06", "2026-02")


def test_one_such_report_among_others_is_enough(con: Connection) -> None:
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="B", entry_date=JULY)
    load(con, 3, "BANK")
    assert months_touched(con, 1) == ("2025-06", "2025-07", "2026-02")


def test_where_a_table_is_due_in_every_month_a_load_touches_all_in_play(
    con: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "due_in_every_month", lambda: ["entries.deadlines"])
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="B", entry_date=JULY)
    assert months_touched(con, 1) == ("2025-06", "2025-07", "2026-02")


def test_where_nothing_is_accounted_for_every_load_counts_and_every_month_in_play(con: Connection) -> None:
    put(con, "ace.es003_tariff_lines", load_id="1" * 64, entry_number="C", entry_date=JULY)
    assert months_touched(con, 0) == ("2025-06", "2025-07", "2026-02")


def test_a_warehouse_that_is_behind_accounts_for_nothing_and_one_that_is_not_for_all_it_recorded(
    con: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    con.execute("insert into warehouse.builds values ('ace.loads', 'all', 'x', 1, 'x')")
    load(con, 2, "ES-003")  # loaded by a run that failed before it recorded it
    assert accounted_loads(con) == 0  # nothing has been built
    monkeypatch.setattr(touched, "stale_tables", lambda *_: [])
    assert accounted_loads(con) == 1
    con.execute("delete from warehouse.builds")
    assert accounted_loads(con) == 0


def test_where_a_loads_csv_is_in_force_a_file_may_take_a_date_from_another_and_touches_every_month(
    con: Connection,
) -> None:
    put(con, "ace.load_run_dates", file_name="ES-003 may.csv")
    put(con, "ace.es003_tariff_lines", load_id=load(con, 2, "ES-003"), entry_number="A", entry_date=JUNE)
    assert months_touched(con, 1) == ("2025-06", "2026-02")


def test_months_are_put_into_the_order_of_the_partitions() -> None:
    assert in_order(["2025-03", "undated", "2025-02", "2025-03"]) == ("undated", "2025-02", "2025-03")
