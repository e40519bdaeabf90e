"""ace.entry_versions: one version of an entry summary, its rows united, and what its export could not say."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import empty_tables, put, rows_of
from tests.tables.ace.received import ENTRY, STATUS_COLUMNS, load_id, quarantined, readable, tariff_row, version
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
    assert (row["tariff_row_count"], row["filed_duty_usd"]) == (2, Decimal("137.00"))
    assert broken_promises(con, TABLE) == []


def test_the_newest_load_of_a_version_is_named_whatever_the_order(con: duckdb.DuckDBPyConnection) -> None:
    for load in (2, 1):
        received(con, load)
        tariff_row(con, load, line=load)
    assert one(con)["last_load_number"] == 2


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


@pytest.mark.parametrize(
    ("places", "lines"),
    [
        (((1, 7), (2, 1)), 2),  # as far apart as a row of the next line
        (((1, 1), (1, 65)), 1),
        (((62, 1), (63, 1), (64, 1)), 3),
        (((999_999_999, 1), (999_999_999, 999_999_999)), 1),
    ],
)
def test_lines_and_rows_are_counted_however_large_their_numbers(
    con: duckdb.DuckDBPyConnection, places: tuple[tuple[int, int], ...], lines: int
) -> None:
    received(con, 1)
    for line, ordinal in places:
        tariff_row(con, 1, line=line, ordinal=ordinal, duty="2")
    row = one(con)
    assert (row["line_count"], row["tariff_row_count"], row["filed_duty_usd"]) == (lines, len(places), 2 * len(places))


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


def day(number: int) -> date:
    return date(2026, 3, number)


PSC_COLUMNS = ("psc_indicator", "latest_psc_filed_date")


def stands(
    con: duckdb.DuckDBPyConnection,
    load: int,
    lines: Iterable[int],
    run: date | None = None,
    columns: tuple[str, ...] = PSC_COLUMNS,
    hts: str = "8501109000",
    **values: Any,
) -> None:
    """One version in one file of the same number, run on the day of that number, with these lines of the entry."""
    readable(con, load, run=run or day(load), columns=columns)
    version(con, load, load, run=run or day(load))
    for line in lines:
        tariff_row(con, load, line=line, hts=hts, **values)


def test_a_first_version_is_whole_and_one_with_fewer_lines_than_before_is_partial(
    con: duckdb.DuckDBPyConnection,
) -> None:
    stands(con, 1, (1, 2))
    stands(con, 2, (1,))
    stands(con, 3, (1, 2))
    stands(con, 4, (1, 2, 3))
    assert partial(con) == [False, True, False, False]


def test_lines_are_compared_with_every_version_before_and_not_only_the_last(con: duckdb.DuckDBPyConnection) -> None:
    stands(con, 1, (1, 2, 3))
    stands(con, 2, (1,))
    stands(con, 3, (1, 2))
    assert partial(con) == [False, True, True]


def test_of_versions_that_each_lack_lines_of_the_other_neither_is_whole(con: duckdb.DuckDBPyConnection) -> None:
    stands(con, 1, (1, 2))
    stands(con, 2, (1, 3))
    assert partial(con) == [True, True]


def test_other_lines_after_a_correction_leave_both_versions_whole(con: duckdb.DuckDBPyConnection) -> None:
    stands(con, 1, (1, 2))
    stands(con, 2, (1, 3), latest_psc_filed_date=day(2))
    assert partial(con) == [False, False]


@pytest.mark.parametrize(
    ("older", "newer", "is_partial"),
    [
        ({}, {}, True),
        ({}, {"psc_indicator": "N"}, True),
        ({}, {"psc_indicator": "No"}, True),
        ({}, {"psc_indicator": "Y"}, False),
        ({"psc_indicator": "N"}, {"psc_indicator": "yes"}, False),
        ({"psc_indicator": "Y"}, {"psc_indicator": "Y"}, True),
        ({}, {"latest_psc_filed_date": day(1)}, False),
        ({}, {"psc_indicator": "N", "latest_psc_filed_date": day(2)}, False),
        ({"latest_psc_filed_date": day(1)}, {"latest_psc_filed_date": day(1)}, True),
        ({"latest_psc_filed_date": day(1)}, {"latest_psc_filed_date": day(2)}, False),
        ({"latest_psc_filed_date": day(2)}, {"latest_psc_filed_date": day(1)}, True),
        ({"latest_psc_filed_date": day(1)}, {"psc_indicator": "Y"}, True),
    ],
)
def test_fewer_lines_are_excused_only_by_a_correction_that_the_older_version_had_not_yet(
    con: duckdb.DuckDBPyConnection, older: dict[str, Any], newer: dict[str, Any], *, is_partial: bool
) -> None:
    stands(con, 1, (1, 2), run=day(10), **older)
    stands(con, 2, (1,), run=day(20), **newer)
    assert partial(con) == [False, is_partial]


@pytest.mark.parametrize(("filed", "is_partial"), [(day(9), True), (day(10), False), (day(11), False)])
def test_where_the_older_export_has_no_column_for_it_a_correction_must_be_filed_since_that_was_run(
    con: duckdb.DuckDBPyConnection, filed: date, *, is_partial: bool
) -> None:
    stands(con, 1, (1, 2), run=day(10), columns=())
    stands(con, 2, (1,), run=day(20), latest_psc_filed_date=filed)
    assert partial(con) == [False, is_partial]


def test_where_it_cannot_be_known_whether_a_correction_is_newer_neither_version_is_whole(
    con: duckdb.DuckDBPyConnection,
) -> None:
    readable(con, 1, columns=())
    version(con, 1, 1)
    tariff_row(con, 1, line=1)
    tariff_row(con, 1, line=2)
    stands(con, 2, (1,), run=day(20), latest_psc_filed_date=day(15))
    assert partial(con) == [True, True]


def test_a_correction_once_seen_explains_later_exports_that_have_no_column_for_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    stands(con, 1, (1, 2))
    stands(con, 2, (1,), latest_psc_filed_date=day(2))
    stands(con, 3, (1,), columns=())
    assert partial(con) == [False, False, False]


def test_an_old_correction_does_not_explain_lines_lost_after_it(con: duckdb.DuckDBPyConnection) -> None:
    stands(con, 1, (1, 2, 3))
    stands(con, 2, (1, 2), latest_psc_filed_date=day(2))
    stands(con, 3, (1,), latest_psc_filed_date=day(2))
    assert partial(con) == [False, False, True]


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
    stands(con, 1, (1,), hts="99030125")
    assert partial(con) == [False]


# ---- IEEPA duty that is gone ----------------------------------------------------------------------------------------


def lost(con: duckdb.DuckDBPyConnection) -> list[bool]:
    """Whether each version lost the IEEPA duty, oldest first."""
    return [row["has_lost_ieepa_duty"] for row in rows_of(con, TABLE)]


@pytest.mark.parametrize(
    ("older", "newer", "is_lost"),
    [
        ({}, {}, True),
        ({}, {"psc_indicator": "Y"}, False),
        ({"psc_indicator": "Y"}, {"psc_indicator": "Y"}, True),
        ({"latest_psc_filed_date": day(1)}, {"latest_psc_filed_date": day(2)}, False),
        ({"latest_psc_filed_date": day(1)}, {"latest_psc_filed_date": day(1)}, True),
    ],
)
def test_ieepa_duty_is_lost_where_no_newer_correction_removed_it(
    con: duckdb.DuckDBPyConnection, older: dict[str, Any], newer: dict[str, Any], *, is_lost: bool
) -> None:
    stands(con, 1, (1,), hts="99030125", duty="10", **older)
    stands(con, 2, (1,), hts="99030125", duty="0", **newer)
    assert lost(con) == [False, is_lost]
    assert partial(con) == [False, False]


def test_a_correction_that_may_be_older_leaves_the_duty_lost(con: duckdb.DuckDBPyConnection) -> None:
    stands(con, 1, (1,), columns=(), hts="99030125", duty="10")
    stands(con, 2, (1,), hts="99030125", duty="0", psc_indicator="Y")
    assert lost(con) == [False, True]


def test_duty_that_is_less_or_was_never_there_or_is_there_again_is_not_lost(con: duckdb.DuckDBPyConnection) -> None:
    for load, duty in enumerate(("0", "10", "0.01", "0", "10"), 1):
        stands(con, load, (1,), hts="99030125", duty=duty)
    assert lost(con) == [False, False, False, True, False]


# ---- versions without a run date ------------------------------------------------------------------------------------


def undated(con: duckdb.DuckDBPyConnection, load: int, ordinal: int, **values: Any) -> None:
    readable(con, load)
    version(con, load, ordinal)
    tariff_row(con, load, **values)


@pytest.mark.parametrize(
    ("second", "differ"),
    [
        ({}, False),
        ({"source_row": 9}, False),
        ({"protest_status": "Open"}, False),
        ({"duty": "100.01"}, True),
        ({"duty": None}, True),
        ({"hts": "99030124"}, True),
        ({"goods_value_usd": Decimal("1.00")}, True),
        ({"country_of_origin": "CN"}, True),
        ({"line": 2}, True),
    ],
)
def test_undated_versions_of_unequal_rows_are_flagged_on_the_whole_entry(
    con: duckdb.DuckDBPyConnection, second: dict[str, Any], *, differ: bool
) -> None:
    first = {"hts": "99030125", "duty": "100.00"}
    undated(con, 1, 1, **first)
    undated(con, 2, 2, **{**first, **second})
    readable(con, 3, run=RUN)
    version(con, 3, 3, run=RUN)
    tariff_row(con, 3, **first)
    assert [row["has_differing_undated_versions"] for row in rows_of(con, TABLE)] == [differ] * 3


def test_a_dated_version_that_differs_from_an_undated_one_flags_nothing(con: duckdb.DuckDBPyConnection) -> None:
    undated(con, 1, 1, duty="1")
    received(con, 2, ordinal=2)
    tariff_row(con, 2, duty="2")
    assert [row["has_differing_undated_versions"] for row in rows_of(con, TABLE)] == [False, False]


# ---- the hash of its rows -------------------------------------------------------------------------------------------


def hash_of(load: int = 1, number: int = 7, **values: Any) -> str:
    with empty_tables() as con:
        readable(con, load)
        con.execute("update ace.readable_loads set load_number = ?", [number])
        version(con, load, 1)
        con.execute("update ace.entry_version_loads set load_number = ?", [number])
        tariff_row(con, load, **{"source_row": 3, **values})
        found: str = one(con)["rows_hash"]
        return found


@pytest.mark.parametrize(
    "change",
    [
        {"line": 2},
        {"ordinal": 2},
        {"hts": "8501109001"},
        {"duty": "0.01"},
        {"duty": None},
        {"goods_value_usd": Decimal("1.00")},
        {"country_of_origin": "CN"},
        {"entry_date": date(2025, 5, 14)},
        {"line_spi_code": "KR"},
        {"column_1_rate_filed": "3.7%"},
        *({f"quantity_{number}{part}": "1"} for number in (1, 2, 3) for part in ("", "_unit")),
        {"source_row": 4},
        {"load": 2},
        {"number": 8},
    ],
)
def test_all_that_the_lines_are_made_of_changes_the_hash_of_a_version(change: dict[str, Any]) -> None:
    assert hash_of(**change) != hash_of()


def test_what_the_lines_do_not_read_leaves_the_hash() -> None:
    assert hash_of(liquidation_status="Liquidated", bond_number="1") == hash_of()


def test_the_hash_is_that_of_all_rows_in_any_order(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    tariff_row(con, 1, line=1, source_row=1)
    tariff_row(con, 1, line=2, source_row=2)
    told = one(con)["rows_hash"]
    con.execute("delete from ace.es003_tariff_lines")
    tariff_row(con, 1, line=2, source_row=2)
    tariff_row(con, 1, line=1, source_row=1)
    assert one(con)["rows_hash"] == told
    tariff_row(con, 1, line=3, source_row=3)
    assert one(con)["rows_hash"] != told


# ---- what the export could say --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "flag", "is_present"),
    [
        ((), "has_liquidation_status_column", True),
        (("liquidation_status",), "has_liquidation_status_column", False),
        (("liquidation_date",), "has_liquidation_status_column", True),
        (("liquidation_date",), "has_liquidation_date_column", False),
        (("liquidation_status",), "has_liquidation_date_column", True),
        ((), "has_reconciliation_column", True),
        (("reconciliation_indicator",), "has_reconciliation_column", False),
        ((), "has_reconciliation_entry_column", True),
        (("fta_reconciliation_indicator",), "has_reconciliation_column", True),
        (("fta_reconciliation_indicator",), "has_fta_reconciliation_column", False),
        (("reconciliation_other_due_date",), "has_reconciliation_due_date_column", True),
        (("reconciliation_other_due_date", "reconciliation_fta_due_date"), "has_reconciliation_due_date_column", False),
        (("reconciliation_fta_entry_number",), "has_reconciliation_entry_column", True),
        (
            ("reconciliation_other_entry_number", "reconciliation_fta_entry_number"),
            "has_reconciliation_entry_column",
            False,
        ),
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


def run_of_the_day(
    con: duckdb.DuckDBPyConnection, load: int, run_ordinal: int, columns: tuple[str, ...] = STATUS_COLUMNS, **told: Any
) -> None:
    """One file of the same version; files of one run hold different lines."""
    readable(con, load, run=RUN, columns=columns)
    version(con, load, 1, run=RUN, run_ordinal=run_ordinal)
    tariff_row(con, load, line=load if run_ordinal == 1 else 1, **told)


FACTS: list[tuple[str, Any, Any]] = [
    ("liquidation_status", "Unliquidated", "Liquidated"),
    ("liquidation_date", day(20), day(10)),
    ("reconciliation_indicator", "Y", "N"),
    ("fta_reconciliation_indicator", "Y", "N"),
    ("reconciliation_issue_code", "002", "001"),
    ("reconciliation_other_due_date", day(20), day(10)),
    ("reconciliation_fta_due_date", day(20), day(10)),
    ("protest_status", "Suspended", "Open"),
    ("protest_number", "2", "1"),
    ("control_status", "Rejected", "Accepted"),
    ("psc_indicator", "Y", "N"),
    ("latest_psc_filed_date", day(20), day(10)),
]


@pytest.mark.parametrize(("fact", "earlier", "later"), FACTS)
def test_of_two_runs_of_a_day_the_later_load_tells_the_fact_even_where_it_is_blank(
    con: duckdb.DuckDBPyConnection, fact: str, earlier: Any, later: Any
) -> None:
    run_of_the_day(con, 2, 2, **{fact: later})
    run_of_the_day(con, 1, 1, **{fact: earlier})
    assert one(con)[fact] == later
    run_of_the_day(con, 3, 3, **{fact: None})
    assert one(con)[fact] is None


@pytest.mark.parametrize(("fact", "told"), [(fact, earlier) for fact, earlier, _ in FACTS])
def test_a_later_run_without_the_column_does_not_hide_the_fact(
    con: duckdb.DuckDBPyConnection, fact: str, told: Any
) -> None:
    run_of_the_day(con, 1, 1, **{fact: told})
    run_of_the_day(con, 2, 2, columns=tuple(name for name in STATUS_COLUMNS if name != fact))
    assert one(con)[fact] == told


@pytest.mark.parametrize(("fact", "earlier", "later"), FACTS)
def test_of_the_parts_of_one_run_the_last_that_states_the_fact_tells_it(
    con: duckdb.DuckDBPyConnection, fact: str, earlier: Any, later: Any
) -> None:
    run_of_the_day(con, 1, 1, **{fact: earlier})
    run_of_the_day(con, 2, 1, **{fact: later})
    run_of_the_day(con, 3, 1, **{fact: None})
    assert one(con)[fact] == later


def test_a_column_that_one_file_of_the_version_has_is_there(con: duckdb.DuckDBPyConnection) -> None:
    run_of_the_day(con, 1, 1, protest_status="Open")
    run_of_the_day(con, 2, 1, columns=())
    row = one(con)
    flags = {name: row[name] for name in row if name.startswith("has_") and name.endswith("_column")}
    assert set(flags.values()) == {True}
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


# ---- amounts of the entry -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ((), None),
        ((None,), None),
        (("587.00",), "587.00"),
        (("587.00", "587.00"), "587.00"),
        (("587.00", None), "587.00"),
        (("587.00", "587.01"), None),
        (("0.00",), "0.00"),
    ],
)
def test_the_liquidated_duty_is_known_where_the_version_states_one(
    con: duckdb.DuckDBPyConnection, amounts: tuple[str | None, ...], told: str | None
) -> None:
    received(con, 1)
    tariff_row(con, 1)
    for number, amount in enumerate(amounts):
        put(
            con,
            "ace.es003_entry_amounts",
            load_id=load_id(1),
            source_row=number,
            entry_number=ENTRY,
            total_liquidated_duty_usd=amount and Decimal(amount),
        )
    assert one(con)["total_liquidated_duty_usd"] == (told and Decimal(told))


def test_the_liquidated_duty_of_another_version_or_entry_is_not_taken(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, ordinal=1)
    received(con, 2, ordinal=2)
    for load, entry in ((1, ENTRY), (2, ENTRY), (2, "ABC12345684")):
        tariff_row(con, load)
        put(
            con,
            "ace.es003_entry_amounts",
            load_id=load_id(load),
            entry_number=entry,
            total_liquidated_duty_usd=Decimal(load) if entry == ENTRY else Decimal(9),
        )
    assert [row["total_liquidated_duty_usd"] for row in rows_of(con, TABLE)] == [1, 2]


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
    stands(con, 1, (1,))
    stands(con, 2, (1,))
    quarantined(con, 2)
    quarantined(con, 1, entry="ABC12345684")
    quarantined(con, 1, entry=None)
    assert [row["quarantined_row_count"] for row in rows_of(con, TABLE)] == [0, 1]


def test_a_quarantined_row_of_a_file_that_gave_no_other_belongs_to_the_version_of_its_run_date(
    con: duckdb.DuckDBPyConnection,
) -> None:
    stands(con, 1, (1,))
    stands(con, 2, (1,))
    for load, run, report in ((3, day(1), "ES-003"), (4, day(3), "ES-003"), (5, None, "ES-003"), (6, day(2), "ES-022")):
        readable(con, load, report, run=run)
        quarantined(con, load)
    quarantined(con, 7)  # a file that may not be read
    assert [row["quarantined_row_count"] for row in rows_of(con, TABLE)] == [1, 0]
