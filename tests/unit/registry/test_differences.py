"""Two registries are compared by what each holds to be right, row by row and cell by cell."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cape_pipeline.registry.differences import TableDifference, breaches, differences
from cape_pipeline.registry.load import RegistryError, load_registry
from tests.support.seeds import SEED_FOLDER, Rows, copy_seeds, correct, edit, put_in_place, the_row

BRAZIL = {"heading": "9903.01.77"}
FIRST_WINDOW = {"heading": "9903.01.24", "effective_from": "2025-03-04"}
DAY = "2026-12-01"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return copy_seeds(tmp_path / "seeds")


def found(folder: Path) -> TableDifference:
    """The one table that differs from the project's own."""
    (difference,) = differences(load_registry(SEED_FOLDER), load_registry(folder))
    return difference


def cells(difference: TableDifference) -> list[tuple[str, str, object, object]]:
    return [
        (change.name, cell.column, cell.a, cell.b)
        for change in difference.changed
        for cell in change.cells
        if cell.column != "recorded_date"
    ]


def append(change: Callable[[Rows], dict[str, str]]) -> Callable[[Rows], None]:
    return lambda rows: rows.append(change(rows))


def test_equal_registries_do_not_differ(seeds: Path) -> None:
    assert differences(load_registry(SEED_FOLDER), load_registry(seeds)) == ()
    assert list(breaches(load_registry(SEED_FOLDER), load_registry(seeds))) == []


def test_a_corrected_row_is_one_changed_row_with_the_cells_that_differ(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, rate="0.500000", rate_text="0.50")
    difference = found(seeds)
    assert (difference.table, difference.added, difference.withdrawn) == ("ieepa_headings", (), ())
    assert cells(difference) == [
        ("9903.01.77 from 2025-08-06", "rate", Decimal("0.400000"), Decimal("0.500000")),
        ("9903.01.77 from 2025-08-06", "rate_text", "0.40", "0.50"),
    ]
    assert list(breaches(load_registry(SEED_FOLDER), load_registry(seeds))) == []


@pytest.mark.parametrize(
    ("column", "moved"),
    [("effective_from", date(2025, 8, 7)), ("effective_from", date(2025, 8, 5)), ("effective_to", date(2026, 2, 22))],
)
def test_a_window_moved_by_a_day_is_the_same_row_with_another_day(seeds: Path, column: str, moved: date) -> None:
    was = {"effective_from": date(2025, 8, 6), "effective_to": date(2026, 2, 23)}[column]
    correct(seeds, "ieepa_headings", BRAZIL, DAY, **{column: moved.isoformat()})
    assert cells(found(seeds)) == [("9903.01.77 from 2025-08-06", column, was, moved)]


def test_a_new_window_is_added_and_the_windows_beside_it_are_untouched(seeds: Path) -> None:
    split = {"effective_from": "2025-11-01", "effective_to": "2025-11-09", "recorded_date": DAY}
    correct(seeds, "ieepa_headings", FIRST_WINDOW, DAY, effective_to="2025-10-31")
    edit(seeds, "ieepa_headings", append(lambda rows: the_row(rows, FIRST_WINDOW) | split))
    difference = found(seeds)
    assert [(row["heading"], row["effective_from"]) for row in difference.added] == [("9903.01.24", date(2025, 11, 1))]
    assert cells(difference) == [
        ("9903.01.24 from 2025-03-04", "effective_to", date(2025, 11, 9), date(2025, 10, 31)),
    ]


def test_a_row_withdrawn_without_another_one_is_withdrawn(seeds: Path) -> None:
    put_in_place(seeds, "ieepa_headings", BRAZIL, withdrawn_date=DAY)
    difference = found(seeds)
    assert [row["heading"] for row in difference.withdrawn] == ["9903.01.77"]
    assert (difference.added, difference.changed) == ((), ())
    assert list(breaches(load_registry(SEED_FOLDER), load_registry(seeds))) == []


def test_the_other_way_round_added_and_withdrawn_change_places(seeds: Path) -> None:
    put_in_place(seeds, "ieepa_headings", BRAZIL, withdrawn_date=DAY)
    (difference,) = differences(load_registry(seeds), load_registry(SEED_FOLDER))
    assert [row["heading"] for row in difference.added] == ["9903.01.77"]
    assert difference.withdrawn == ()


def test_a_table_without_a_key_is_compared_by_its_quarters(seeds: Path) -> None:
    quarter = {"quarter_start": "2026-04-01"}
    correct(seeds, "interest_rates", quarter, DAY, overpayment_corporate_rate="0.060000")
    assert cells(found(seeds)) == [
        ("from 2026-04-01", "overpayment_corporate_rate", Decimal("0.050000"), Decimal("0.060000"))
    ]


def test_a_row_edited_in_place_is_a_change_and_a_breach(seeds: Path) -> None:
    put_in_place(seeds, "ieepa_headings", BRAZIL, rate="0.500000", rate_text="0.50")
    assert len(cells(found(seeds))) == 2
    assert list(breaches(load_registry(SEED_FOLDER), load_registry(seeds))) == [
        "ieepa_headings.csv, 9903.01.77 from 2025-08-06, recorded 2026-11-20: edited in place (rate, rate_text);"
        " a correction is a row of its own"
    ]


def test_a_deleted_row_is_withdrawn_and_a_breach(seeds: Path) -> None:
    edit(seeds, "ieepa_headings", lambda rows: rows.remove(the_row(rows, BRAZIL)))
    assert [row["heading"] for row in found(seeds).withdrawn] == ["9903.01.77"]
    (told,) = breaches(load_registry(SEED_FOLDER), load_registry(seeds))
    assert told.endswith("the row is gone; a row found wrong stays, with a withdrawn_date")


# --- what was believed on a day --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "rate"), [("2026-11-30", "0.400000"), ("2026-12-01", "0.500000")])
def test_a_correction_is_believed_from_the_day_it_was_recorded(seeds: Path, day: str, rate: str) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, rate="0.500000", rate_text="0.50")
    frame = load_registry(seeds, date.fromisoformat(day))["registry.ieepa_headings"]
    rows = [row for row in frame.to_dicts() if row["heading"] == "9903.01.77"]
    assert [(row["rate"], row["withdrawn_date"]) for row in rows] == [(Decimal(rate), None)]


def test_one_folder_on_two_days_differs_by_its_correction(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, effective_to="2026-02-22")
    before, after = load_registry(seeds, date(2026, 11, 30)), load_registry(seeds, date(2026, 12, 1))
    (difference,) = differences(before, after)
    assert [name for name, *_ in cells(difference)] == ["9903.01.77 from 2025-08-06"]


def test_today_and_the_day_of_the_last_record_are_one_belief(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, effective_to="2026-02-22")
    assert differences(load_registry(seeds), load_registry(seeds, date(2026, 12, 1))) == ()


def test_nothing_is_believed_before_the_first_record(seeds: Path) -> None:
    assert all(frame.is_empty() for frame in load_registry(seeds, date(2026, 11, 19)).values())


def test_two_rows_believed_at_one_time_are_refused_although_one_is_withdrawn_by_now(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, rate="0.500000", rate_text="0.50")
    put_in_place(seeds, "ieepa_headings", BRAZIL, recorded_date="2026-11-30")
    with pytest.raises(RegistryError) as refused:
        load_registry(seeds)
    (told,) = refused.value.problems
    assert "column withdrawn_date: row 219 was recorded for the same days while this row was believed" in told


def test_a_correction_recorded_later_than_the_withdrawal_leaves_a_gap_and_loads(seeds: Path) -> None:
    correct(seeds, "ieepa_headings", BRAZIL, DAY, rate="0.500000", rate_text="0.50")
    put_in_place(seeds, "ieepa_headings", BRAZIL, recorded_date="2026-12-03")
    frame = load_registry(seeds, date(2026, 12, 2))["registry.ieepa_headings"]
    assert "9903.01.77" not in frame["heading"].to_list()
