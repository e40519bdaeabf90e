"""ace.entry_versions: one version of an entry summary, its rows united, and what its export could not say."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.ace.received import ENTRY, STATUS_COLUMNS, quarantined, readable, tariff_row, version
from tests.tables.promises import broken_promises

TABLE = "ace.entry_versions"
RUN = date(2026, 3, 1)


def received(con: duckdb.DuckDBPyConnection, load: int, ordinal: int = 1, **values: Any) -> None:
    """One readable file that belongs to a version."""
    readable(con, load, run=RUN, **values)
    version(con, load, ordinal, run=RUN)


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def partial(con: duckdb.DuckDBPyConnection) -> list[bool]:
    """Whether each version is partial, oldest first."""
    return [row["is_partial"] for row in rows_of(con, TABLE)]


# ---- rows and sums --------------------------------------------------------------------------------------------------


def test_a_row_that_two_files_of_a_version_hold_counts_once(con: duckdb.DuckDBPyConnection) -> None:
    for load in (1, 2):
        received(con, load)
        tariff_row(con, load, ordinal=1, hts="99030125", duty="100.00")
    tariff_row(con, 2, ordinal=2, duty="37.00")
    row = one(con)
    assert (row["tariff_row_count"], row["filed_duty_usd"], row["conflicting_row_count"]) == (2, Decimal("137.00"), 0)
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize(
    "second",
    [
        {"duty": "100.01"},
        {"duty": None},
        {"hts": "99030124"},
        {"goods_value_usd": Decimal("1.00")},
    ],
    ids=["duty", "blank duty", "tariff number", "value"],
)
def test_a_row_received_twice_with_unequal_contents_is_conflicting(
    con: duckdb.DuckDBPyConnection, second: dict[str, Any]
) -> None:
    for load in (1, 2):
        received(con, load)
    tariff_row(con, 1, hts="99030125", duty="100.00")
    tariff_row(con, 2, **{"hts": "99030125", "duty": "100.00", **second})
    assert one(con)["conflicting_row_count"] == 1


def test_of_conflicting_rows_the_newest_file_counts_even_if_it_says_nothing(con: duckdb.DuckDBPyConnection) -> None:
    for load in (2, 1):
        received(con, load)
    tariff_row(con, 1, ordinal=1, hts="99030125", duty="100.00")
    tariff_row(con, 2, ordinal=1, hts="99030125", duty="80.00")
    tariff_row(con, 1, ordinal=2, duty="50.00")
    tariff_row(con, 2, ordinal=2, duty=None)
    row = one(con)
    assert (row["filed_duty_usd"], row["conflicting_row_count"], row["last_load_number"]) == (80, 2, 2)


def test_rows_of_different_lines_and_ordinals_are_different_rows(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    for line in (1, 2):
        for ordinal in (1, 2):
            tariff_row(con, 1, line=line, ordinal=ordinal, duty="10")
    row = one(con)
    assert (row["tariff_row_count"], row["line_count"], row["filed_duty_usd"]) == (4, 2, 40)


def test_duty_on_ieepa_headings_is_summed_by_the_two_prefixes_only(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    for ordinal, hts in enumerate(("99030125", "9903020100", "99030301", "99039601", "99038803", "9902030201"), 1):
        tariff_row(con, 1, ordinal=ordinal, hts=hts, duty=str(10**ordinal))
    assert one(con)["ieepa_heading_duty_usd"] == 110


def test_duty_that_the_export_leaves_blank_is_unknown_and_not_zero(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    tariff_row(con, 1, hts="99030125", duty=None)
    row = one(con)
    assert (row["filed_duty_usd"], row["ieepa_heading_duty_usd"]) == (None, None)


def test_commodity_rows_are_those_of_chapters_1_to_97(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    for ordinal, hts in enumerate(("0101210010", "9701210000", "9802008040", "99030125"), 1):
        tariff_row(con, 1, ordinal=ordinal, hts=hts)
    assert one(con)["commodity_row_count"] == 2


def test_rows_of_another_version_or_entry_are_not_counted(con: duckdb.DuckDBPyConnection) -> None:
    other = "ABC12345684"
    received(con, 1, ordinal=1)
    received(con, 2, ordinal=2)
    version(con, 1, 1, run=RUN, entry=other)
    tariff_row(con, 1, duty="1")
    tariff_row(con, 2, duty="20")
    tariff_row(con, 1, duty="300", entry=other)
    tariff_row(con, 2, duty="4000", entry=other)  # not a version of the other entry
    found = {(row["entry_number"], row["version_ordinal"]): row["filed_duty_usd"] for row in rows_of(con, TABLE)}
    assert found == {(ENTRY, 1): 1, (ENTRY, 2): 20, (other, 1): 300}


# ---- partial versions -----------------------------------------------------------------------------------------------


def lines(con: duckdb.DuckDBPyConnection, load: int, count: int, hts: str = "8501109000", **values: Any) -> None:
    received(con, load, ordinal=load)
    for line in range(1, count + 1):
        tariff_row(con, load, line=line, hts=hts, **values)


def test_a_first_version_is_whole_and_one_with_fewer_lines_than_before_is_partial(
    con: duckdb.DuckDBPyConnection,
) -> None:
    lines(con, 1, 2)
    lines(con, 2, 1)
    lines(con, 3, 2)
    lines(con, 4, 3)
    assert partial(con) == [False, True, False, False]


def test_lines_are_compared_with_every_version_before_and_not_only_the_last(con: duckdb.DuckDBPyConnection) -> None:
    lines(con, 1, 3)
    lines(con, 2, 1)
    lines(con, 3, 2)
    assert partial(con) == [False, True, True]


@pytest.mark.parametrize(
    ("correction", "is_partial"),
    [
        ({}, True),
        ({"psc_indicator": "N"}, True),
        ({"psc_indicator": "No"}, True),
        ({"psc_indicator": "Y"}, False),
        ({"psc_indicator": "yes"}, False),
        ({"latest_psc_filed_date": date(2026, 1, 5)}, False),
        ({"psc_indicator": "N", "latest_psc_filed_date": date(2026, 1, 5)}, False),
    ],
)
def test_fewer_lines_after_a_correction_are_not_partial(
    con: duckdb.DuckDBPyConnection, correction: dict[str, Any], *, is_partial: bool
) -> None:
    lines(con, 1, 2)
    lines(con, 2, 1, **correction)
    assert partial(con) == [False, is_partial]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_an_export_filtered_to_chapter_99_is_partial_where_any_other_version_has_commodity_rows(
    con: duckdb.DuckDBPyConnection, order: tuple[int, int]
) -> None:
    filtered, whole = order
    received(con, filtered, ordinal=filtered)
    received(con, whole, ordinal=whole)
    tariff_row(con, filtered, ordinal=1, hts="99030125", psc_indicator="Y")
    tariff_row(con, whole, ordinal=1, hts="99030125")
    tariff_row(con, whole, ordinal=2, hts="8501109000")
    assert partial(con) == [ordinal == filtered for ordinal in (1, 2)]


def test_an_only_version_without_commodity_rows_is_not_partial(con: duckdb.DuckDBPyConnection) -> None:
    lines(con, 1, 1, hts="99030125")
    assert partial(con) == [False]


# ---- what the export could say --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "flag", "is_present"),
    [
        ((), "has_liquidation_columns", True),
        (("liquidation_status",), "has_liquidation_columns", False),
        (("liquidation_date",), "has_liquidation_columns", False),
        ((), "has_reconciliation_column", True),
        (("reconciliation_indicator",), "has_reconciliation_column", False),
        ((), "has_reconciliation_entry_column", True),
        (("reconciliation_other_entry_number",), "has_reconciliation_entry_column", False),
        ((), "has_protest_column", True),
        (("protest_status",), "has_protest_column", False),
    ],
)
def test_a_column_is_there_only_if_the_export_has_it(
    con: duckdb.DuckDBPyConnection, missing: tuple[str, ...], flag: str, *, is_present: bool
) -> None:
    received(con, 1, columns=tuple(name for name in STATUS_COLUMNS if name not in missing))
    tariff_row(con, 1)
    assert one(con)[flag] is is_present


def test_either_reconciliation_entry_column_will_do(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, columns=("reconciliation_fta_entry_number",))
    tariff_row(con, 1)
    assert one(con)["has_reconciliation_entry_column"]


def test_a_column_that_one_file_of_the_version_lacks_is_not_there(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2, columns=())
    tariff_row(con, 1, line=1, protest_status="Open")
    tariff_row(con, 2, line=2)
    row = one(con)
    assert [row[name] for name in row if name.startswith("has_")] == [False] * 4
    assert row["protest_status"] == "Open"


def test_facts_of_the_entry_are_taken_from_whichever_row_states_them(con: duckdb.DuckDBPyConnection) -> None:
    stated = {
        "importer_number": "12-3456789",
        "importer_key": "123456789",
        "entry_type_code": "01",
        "entry_date": date(2025, 5, 14),
        "entry_summary_date": date(2025, 5, 24),
        "liquidation_status": "Liquidated",
        "liquidation_date": date(2026, 3, 13),
        "reconciliation_indicator": "Y",
        "fta_reconciliation_indicator": "N",
        "reconciliation_issue_code": "001",
        "reconciliation_other_due_date": date(2027, 2, 14),
        "reconciliation_fta_due_date": date(2026, 5, 14),
        "protest_status": "Open",
        "protest_number": "200126100001",
        "control_status": "Accepted",
        "psc_indicator": "Y",
        "latest_psc_filed_date": date(2025, 9, 1),
        "total_liquidated_duty_usd": Decimal("587.00"),
    }
    received(con, 1)
    tariff_row(con, 1, ordinal=1, **stated)
    tariff_row(con, 1, ordinal=2)
    row = one(con)
    assert {name: row[name] for name in stated} == stated
    assert (row["report_run_date"], row["last_load_number"]) == (RUN, 1)


@pytest.mark.parametrize("column", ["reconciliation_other_entry_number", "reconciliation_fta_entry_number"])
def test_the_entry_that_reconciles_it_is_named_from_either_column(con: duckdb.DuckDBPyConnection, column: str) -> None:
    received(con, 1)
    tariff_row(con, 1, **{column: "ABC09000011"})
    assert one(con)["reconciliation_entry_number"] == "ABC09000011"


# ---- rows that could not be used ------------------------------------------------------------------------------------


def test_a_quarantined_row_counts_once_however_much_is_wrong_with_it(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    tariff_row(con, 1)
    quarantined(con, 1, source_row=5, column="duty_usd")
    quarantined(con, 1, source_row=5, column="entry_date")
    quarantined(con, 1, source_row=6)
    assert one(con)["quarantined_row_count"] == 2


def test_equal_row_numbers_of_two_files_are_two_quarantined_rows(con: duckdb.DuckDBPyConnection) -> None:
    for load in (1, 2):
        received(con, load)
        tariff_row(con, load)
        quarantined(con, load, source_row=5)
    assert one(con)["quarantined_row_count"] == 2


def test_only_the_version_and_the_entry_of_a_quarantined_row_are_touched(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, ordinal=1)
    received(con, 2, ordinal=2)
    tariff_row(con, 1)
    tariff_row(con, 2)
    quarantined(con, 2)
    quarantined(con, 1, entry="ABC12345684")
    quarantined(con, 1, entry=None)
    assert [row["quarantined_row_count"] for row in rows_of(con, TABLE)] == [0, 1]
