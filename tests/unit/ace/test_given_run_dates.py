"""loads.csv gives a run date to files that state none, and to no other."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from cape_pipeline.ace.given_run_dates import apply_given_run_dates, run_date_notices
from tests.support.tables import empty_tables, put

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        yield con


def load_id(number: int) -> str:
    return f"{number:064x}"


def load(
    con: duckdb.DuckDBPyConnection,
    number: int,
    name: str,
    report: str = "ES-003",
    run: date | None = None,
    basis: str = "unknown",
) -> None:
    put(
        con,
        "ace.loads",
        load_id=load_id(number),
        load_number=number,
        report_code=report,
        file_name=name,
        report_run_date=run,
        report_run_date_basis=basis,
    )


def loads_file(con: duckdb.DuckDBPyConnection, number: int, *lines: tuple[str, date], name: str = "loads.csv") -> None:
    load(con, number, name, "LOADS")
    for row, (file_name, day) in enumerate(lines, start=2):
        put(
            con,
            "ace.load_run_dates",
            load_id=load_id(number),
            source_row=row,
            file_name=file_name,
            report_run_date=day,
        )


def dates(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[date | None, str]]:
    """Run date and basis of each load, once the dates given are applied."""
    apply_given_run_dates(con)
    rows = con.execute(
        "select load_number, report_run_date, report_run_date_basis from ace.loads where report_code <> 'LOADS'"
    ).fetchall()
    return {number: (day, basis) for number, day, basis in rows}


def notices(con: duckdb.DuckDBPyConnection) -> list[str]:
    apply_given_run_dates(con)
    return run_date_notices(con)


def test_a_file_without_a_date_takes_the_one_given(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv")
    loads_file(con, 2, ("a.csv", JUNE))
    assert dates(con) == {1: (JUNE, "loads_file")}
    assert notices(con) == []


def test_the_order_of_loading_does_not_matter(con: duckdb.DuckDBPyConnection) -> None:
    loads_file(con, 1, ("a.csv", JUNE))
    load(con, 2, "a.csv")
    assert dates(con) == {2: (JUNE, "loads_file")}


def test_applying_the_dates_again_changes_nothing(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv")
    load(con, 2, "b.csv", run=JULY, basis="file_name")
    loads_file(con, 3, ("a.csv", JUNE))
    assert dates(con) == dates(con) == {1: (JUNE, "loads_file"), 2: (JULY, "file_name")}


@pytest.mark.parametrize("basis", ["parameters_sheet", "metadata_row", "file_name"])
def test_what_the_file_states_wins_and_a_contradiction_is_said(con: duckdb.DuckDBPyConnection, basis: str) -> None:
    load(con, 1, "a.csv", run=JULY, basis=basis)
    loads_file(con, 2, ("a.csv", JUNE))
    assert dates(con) == {1: (JULY, basis)}
    (notice,) = notices(con)
    assert notice.startswith("loads.csv says that a.csv was run on 2026-06-01, but ")
    assert notice.endswith("says 2026-07-01: 2026-07-01 is used")


def test_a_date_given_that_the_file_states_too_is_not_worth_a_word(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv", run=JULY, basis="file_name")
    loads_file(con, 2, ("a.csv", JULY))
    assert dates(con) == {1: (JULY, "file_name")}
    assert notices(con) == []


def test_a_newer_loads_file_replaces_the_older_of_its_name_wholly(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv")
    load(con, 2, "b.csv")
    loads_file(con, 3, ("a.csv", JUNE), ("b.csv", JUNE))
    assert dates(con) == {1: (JUNE, "loads_file"), 2: (JUNE, "loads_file")}
    loads_file(con, 4, ("b.csv", JULY))
    assert dates(con) == {1: (None, "unknown"), 2: (JULY, "loads_file")}


def test_two_loads_files_of_different_names_are_united(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv")
    load(con, 2, "b.csv")
    loads_file(con, 3, ("a.csv", JUNE))
    loads_file(con, 4, ("b.csv", JULY), ("a.csv", JUNE), name="more loads.csv")
    assert dates(con) == {1: (JUNE, "loads_file"), 2: (JULY, "loads_file")}


def test_two_loads_files_that_contradict_each_other_give_no_date_and_both_are_named(
    con: duckdb.DuckDBPyConnection,
) -> None:
    load(con, 1, "a.csv", run=JUNE, basis="loads_file")
    loads_file(con, 2, ("a.csv", JUNE))
    loads_file(con, 3, ("a.csv", JULY), name="more loads.csv")
    assert dates(con) == {1: (None, "unknown")}
    contradiction, undated = notices(con)
    assert contradiction.startswith("loads.csv and more loads.csv give different run dates for a.csv")
    assert "2026-06-01 and 2026-07-01" in contradiction
    assert undated.startswith("1 file states no run date (a.csv)")


def test_one_loads_file_that_contradicts_itself_gives_no_date(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv", "IMPORTERS")
    loads_file(con, 2, ("a.csv", JUNE), ("a.csv", JULY))
    assert dates(con) == {1: (None, "unknown")}
    (notice,) = notices(con)
    assert notice.startswith("loads.csv gives different run dates for a.csv")


def test_a_contradiction_between_loads_files_does_not_touch_what_the_file_states(
    con: duckdb.DuckDBPyConnection,
) -> None:
    load(con, 1, "a.csv", run=JULY, basis="metadata_row")
    loads_file(con, 2, ("a.csv", JUNE), ("a.csv", JULY))
    assert dates(con) == {1: (JULY, "metadata_row")}
    assert len(notices(con)) == 1


@pytest.mark.parametrize("name", ["a", "A.csv", "b.csv"])
def test_a_name_that_no_file_has_is_said(con: duckdb.DuckDBPyConnection, name: str) -> None:
    load(con, 1, "a.csv", run=JULY, basis="file_name")
    loads_file(con, 2, (name, JUNE))
    assert dates(con) == {1: (JULY, "file_name")}
    (notice,) = notices(con)
    assert notice.startswith(f"loads.csv says when {name} was run, but no file of that name was loaded")


def test_a_line_is_about_the_newest_file_of_its_name(con: duckdb.DuckDBPyConnection) -> None:
    load(con, 1, "a.csv")
    loads_file(con, 2, ("a.csv", JUNE))
    assert dates(con) == {1: (JUNE, "loads_file")}
    load(con, 3, "a.csv")
    loads_file(con, 4, ("a.csv", JULY))
    assert dates(con) == {1: (None, "unknown"), 3: (JULY, "loads_file")}


@pytest.mark.parametrize("report", ["IMPORTERS", "ENTRY-FACTS", "DECLARATIONS", "BANK", "LOADS"])
def test_a_file_that_needs_no_run_date_is_not_asked_for_one(con: duckdb.DuckDBPyConnection, report: str) -> None:
    load(con, 1, "a.csv", report)
    assert notices(con) == []


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "1 file states no run date (file_1.csv), so"),
        (3, "3 files state no run date (file_1.csv, file_2.csv, file_3.csv), so"),
        (4, "4 files state no run date (file_1.csv, file_2.csv, file_3.csv and 1 more), so"),
    ],
)
def test_up_to_three_files_without_a_run_date_are_named_with_what_to_do(
    con: duckdb.DuckDBPyConnection, count: int, told: str
) -> None:
    for number in range(1, count + 1):
        load(con, number, f"file_{number}.csv")
    (notice,) = notices(con)
    assert notice.startswith(told)
    assert "loads.csv" in notice
    assert "file name" in notice
