"""ace.coverage: which months of which importer the received ES-003 files cover, and what makes one look incomplete."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import load, load_id, quarantined, readable, tariff_row, version
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
TABLE = "ace.coverage"
AS_OF = date(2026, 7, 20)
IMPORTER, OTHER = "123456789", "987654321"
JUNE = "2025-06"


def day_in(month: str, day: int = 15) -> date:
    return date.fromisoformat(f"{month}-{day:02}")


def entry(
    con: Connection,
    number: int,
    month: str | None = JUNE,
    importer: str | None = IMPORTER,
    ordinal: int = 1,
    filer: str = "ABC",
    **values: Any,
) -> str:
    """One version of an entry of the importer in the month; returns its number."""
    entry_number = f"{filer}{number:08}"
    given = {
        "importer_key": importer,
        "importer_number": importer,
        "entry_date": None if month is None else day_in(month),
        "filed_duty_usd": Decimal("10.00"),
        **values,
    }
    put(con, "ace.entry_versions", entry_number=entry_number, version_ordinal=ordinal, **given)
    return entry_number


def entries(con: Connection, first: int, count: int, month: str, importer: str = IMPORTER) -> None:
    for number in range(first, first + count):
        entry(con, number, month, importer)


def file(con: Connection, number: int, run: date | None = None, asked: tuple[date, date] | None = None) -> None:
    """A readable ES-003 and the entry dates its prompts ask for."""
    load(con, number, run=run)
    readable(con, number, run=run)
    if asked:
        con.execute(
            "update ace.loads set asked_from_date = ?, asked_to_date = ? where load_id = ?", [*asked, load_id(number)]
        )


def holds(con: Connection, number: int, entry_number: str, rows: int = 1, run: date | None = None) -> None:
    """The file holds rows of the entry."""
    version(con, number, 1, run=run, entry=entry_number)
    for row in range(1, rows + 1):
        tariff_row(con, number, ordinal=row, entry=entry_number, source_row=row)


def months(con: Connection, as_of: date = AS_OF) -> dict[tuple[str, str], dict[str, Any]]:
    put(con, "registry.as_of", as_of_date=as_of)
    assert broken_promises(con, TABLE) == []
    build(con, TABLE)
    assert broken_claim(con, TABLE, "every_entry_stands_in_one_month") == []
    assert broken_claim(con, TABLE, "every_row_set_aside_is_counted") == []
    return {(row["importer_key"], row["entry_month"]): row for row in rows_of(con, TABLE)}


def findings(con: Connection, as_of: date = AS_OF) -> dict[str, str]:
    """Month to finding of the one importer, where there is one."""
    found = {month: row["coverage_finding"] for (importer, month), row in months(con, as_of).items()}
    return {month: finding for month, finding in found.items() if finding}


# ---- months ---------------------------------------------------------------------------------------------------------


def test_nothing_received_is_no_month(con: Connection) -> None:
    assert months(con) == {}


def test_every_month_from_the_first_to_the_last_has_a_row_for_each_importer_alone(con: Connection) -> None:
    entry(con, 1, "2025-11")
    entry(con, 2, "2026-02")
    entry(con, 3, "2026-01", OTHER)
    assert list(months(con)) == [
        (IMPORTER, "2025-11"), (IMPORTER, "2025-12"), (IMPORTER, "2026-01"), (IMPORTER, "2026-02"), (OTHER, "2026-01"),
    ]  # fmt: skip


def test_entries_without_a_date_stand_apart_and_open_no_gap(con: Connection) -> None:
    entry(con, 1, None)
    entry(con, 2, JUNE)
    told = months(con)
    assert {month: row["entry_count"] for (_, month), row in told.items()} == {JUNE: 1, "undated": 1}
    assert [row["coverage_finding"] for row in told.values()] == [None, None]


def test_entries_of_no_known_importer_stand_apart_and_open_no_gap(con: Connection) -> None:
    entry(con, 1, "2025-03", None)
    entry(con, 2, "2025-06", None)
    told = months(con)
    assert list(told) == [("unknown", "2025-03"), ("unknown", "2025-06")]
    assert [row["coverage_finding"] for row in told.values()] == [None, None]


def test_empty_months_are_shown_from_2025_on_and_not_beyond_the_day(con: Connection) -> None:
    entry(con, 1, "1900-03")
    entry(con, 2, "2025-02")
    entry(con, 3, "2052-03")
    shown = [month for _, month in months(con, as_of=date(2025, 4, 1))]
    assert shown == ["1900-03", "2025-01", "2025-02", "2025-03", "2025-04", "2052-03"]


# ---- what stands in a month -----------------------------------------------------------------------------------------


def test_only_the_newest_version_of_an_entry_is_summed(con: Connection) -> None:
    entry(con, 1, ordinal=1, filed_duty_usd=Decimal("10.00"), tariff_row_count=7)
    entry(con, 1, ordinal=2, filed_duty_usd=Decimal("4.00"), tariff_row_count=3, ieepa_heading_duty_usd=Decimal("1.00"))
    entry(con, 2, filed_duty_usd=Decimal("0.50"), tariff_row_count=2, ieepa_heading_duty_usd=None)
    row = months(con)[IMPORTER, JUNE]
    assert (row["entry_count"], row["tariff_row_count"]) == (2, 5)
    assert (row["filed_duty_usd"], row["ieepa_heading_duty_usd"]) == (Decimal("4.50"), Decimal("1.00"))


def test_a_partial_version_gives_way_to_an_older_complete_one_and_stands_where_there_is_no_other(
    con: Connection,
) -> None:
    entry(con, 1, ordinal=1, filed_duty_usd=Decimal("10.00"))
    entry(con, 1, ordinal=2, filed_duty_usd=Decimal("4.00"), is_partial=True)
    entry(con, 2, filed_duty_usd=Decimal("0.25"), is_partial=True)
    assert months(con)[IMPORTER, JUNE]["filed_duty_usd"] == Decimal("10.25")


def test_importer_and_month_come_from_the_newest_version_that_states_them(con: Connection) -> None:
    entry(con, 1, "2025-05", OTHER, ordinal=1)
    entry(con, 1, "2025-06", IMPORTER, ordinal=2)
    entry(con, 1, None, None, ordinal=3)
    assert list(months(con)) == [(IMPORTER, JUNE)]


def test_an_entry_whose_rows_state_no_duty_is_counted_beside_the_sum(con: Connection) -> None:
    entry(con, 1, filed_duty_usd=None)
    entry(con, 2)
    row = months(con)[IMPORTER, JUNE]
    assert (row["filed_duty_usd"], row["duty_unknown_count"]) == (Decimal("10.00"), 1)


def test_no_stated_duty_at_all_is_no_sum(con: Connection) -> None:
    entry(con, 1, filed_duty_usd=None)
    assert months(con)[IMPORTER, JUNE]["filed_duty_usd"] is None


def test_the_filers_of_a_month_are_named_once_in_order(con: Connection) -> None:
    for number, filer in enumerate(("XYZ", "ABC", "XYZ")):
        entry(con, number, filer=filer)
    assert months(con)[IMPORTER, JUNE]["filer_codes"] == ["ABC", "XYZ"]


def test_a_month_counts_its_files_once_with_their_first_and_last_run(con: Connection) -> None:
    one, two = entry(con, 1), entry(con, 2)
    for number, run in ((1, date(2026, 1, 5)), (2, date(2026, 2, 5)), (3, None)):
        file(con, number, run)
        holds(con, number, one, run=run)
    holds(con, 1, two, run=date(2026, 1, 5))
    row = months(con)[IMPORTER, JUNE]
    assert (row["load_count"], row["rows_loaded"]) == (3, 4)
    assert (row["first_report_run_date"], row["last_report_run_date"]) == (date(2026, 1, 5), date(2026, 2, 5))


# ---- gaps -----------------------------------------------------------------------------------------------------------


def gap(con: Connection) -> None:
    """May and July have an entry each, June has none."""
    entry(con, 1, "2025-05")
    entry(con, 2, "2025-07")


def test_a_month_without_entries_that_nobody_asked_for_is_a_gap(con: Connection) -> None:
    gap(con)
    row = months(con)[IMPORTER, JUNE]
    assert (row["coverage_finding"], row["is_asked_for"], row["entry_count"]) == ("no_entries", None, 0)
    assert (row["load_count"], row["filer_codes"], row["quarantined_share"]) == (0, [], None)
    assert row["importer_number"] == IMPORTER


@pytest.mark.parametrize(
    ("first", "last", "is_asked"),
    [
        (date(2025, 6, 1), date(2025, 6, 30), True),
        (date(2025, 6, 2), date(2025, 6, 30), False),
        (date(2025, 6, 1), date(2025, 6, 29), False),
        (date(2025, 1, 1), date(2025, 5, 31), False),
        (date(2025, 6, 30), date(2025, 6, 1), None),
    ],
)
def test_a_file_asks_for_a_month_when_its_prompts_hold_every_day_of_it(
    con: Connection, first: date, last: date, *, is_asked: bool | None
) -> None:
    gap(con)
    file(con, 1, asked=(first, last))
    row = months(con)[IMPORTER, JUNE]
    assert row["is_asked_for"] is is_asked
    assert row["coverage_finding"] == ("no_entries_though_asked" if is_asked else "no_entries")


@pytest.mark.parametrize(("second_from", "is_asked"), [(15, True), (16, True), (17, False)])
def test_files_that_follow_each_other_without_a_day_between_ask_for_a_month_together(
    con: Connection, second_from: int, *, is_asked: bool
) -> None:
    gap(con)
    file(con, 1, asked=(date(2025, 5, 1), day_in(JUNE, 15)))
    file(con, 2, asked=(day_in(JUNE, second_from), date(2025, 7, 31)))
    row = months(con)[IMPORTER, JUNE]
    assert row["is_asked_for"] is is_asked
    assert (row["asked_from_date"], row["asked_to_date"]) == (date(2025, 5, 1), date(2025, 7, 31))


def test_a_short_range_inside_a_long_one_ends_nothing(con: Connection) -> None:
    gap(con)
    file(con, 1, asked=(date(2025, 1, 1), date(2025, 12, 31)))
    file(con, 2, asked=(date(2025, 2, 1), date(2025, 2, 28)))
    file(con, 3, asked=(date(2025, 6, 3), date(2025, 6, 4)))
    told = months(con)
    assert [row["is_asked_for"] for row in told.values()] == [True, True, True]
    assert {row["asked_from_date"] for row in told.values()} == {date(2025, 1, 1)}


def test_prompts_of_other_months_are_not_shown_as_those_of_the_month(con: Connection) -> None:
    gap(con)
    file(con, 1, asked=(date(2025, 7, 1), date(2025, 7, 31)))
    row = months(con)[IMPORTER, JUNE]
    assert (row["is_asked_for"], row["asked_from_date"], row["asked_to_date"]) == (False, None, None)


@pytest.mark.parametrize(("run", "is_asked"), [(date(2025, 6, 29), False), (date(2025, 6, 30), True)])
def test_a_file_shows_nothing_dated_after_its_run_whatever_it_was_asked_for(
    con: Connection, run: date, *, is_asked: bool
) -> None:
    gap(con)
    file(con, 1, run, asked=(date(2025, 6, 1), date(2025, 12, 31)))
    row = months(con)[IMPORTER, JUNE]
    assert (row["is_asked_for"], row["asked_to_date"]) == (is_asked, run)


def test_a_file_whose_one_importer_is_another_asks_for_that_one_only(con: Connection) -> None:
    gap(con)
    theirs = entry(con, 3, "2025-05", OTHER)
    file(con, 1, asked=(date(2025, 1, 1), date(2025, 12, 31)))
    holds(con, 1, theirs)
    told = months(con)
    assert told[IMPORTER, JUNE]["is_asked_for"] is None
    assert told[IMPORTER, JUNE]["coverage_finding"] == "no_entries"
    assert told[OTHER, "2025-05"]["is_asked_for"] is True


def test_a_file_of_several_importers_asks_for_every_importer(con: Connection) -> None:
    gap(con)
    file(con, 1, asked=(date(2025, 6, 1), date(2025, 6, 30)))
    for number, importer in ((3, OTHER), (4, "555555555")):
        holds(con, 1, entry(con, number, JUNE, importer))
    assert months(con)[IMPORTER, JUNE]["coverage_finding"] == "no_entries_though_asked"


def test_a_file_that_may_not_be_read_and_another_report_ask_for_nothing(con: Connection) -> None:
    gap(con)
    for number, report in ((1, "ES-003"), (2, "ES-022")):
        load(con, number, report)
    readable(con, 2, "ES-022")
    con.execute("update ace.loads set asked_from_date = date '2025-01-01', asked_to_date = date '2025-12-31'")
    assert months(con)[IMPORTER, JUNE]["is_asked_for"] is None


@pytest.mark.parametrize(("as_of", "finding"), [(date(2025, 6, 30), None), (date(2025, 7, 1), "no_entries")])
def test_a_month_is_judged_once_it_is_over(con: Connection, as_of: date, finding: str | None) -> None:
    gap(con)
    assert months(con, as_of)[IMPORTER, JUNE]["coverage_finding"] == finding


@pytest.mark.parametrize(("run", "finding"), [(date(2025, 6, 30), None), (date(2025, 7, 1), "no_entries")])
def test_a_month_is_judged_once_a_file_of_the_importer_was_run_after_it(
    con: Connection, run: date, finding: str | None
) -> None:
    gap(con)
    file(con, 1, run)
    holds(con, 1, "ABC00000001", run=run)
    assert months(con)[IMPORTER, JUNE]["coverage_finding"] == finding


# ---- drops ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "count", "is_drop"),
    [
        ((10, 10, 10), 4, True),
        ((10, 10, 10), 5, False),
        ((10, 10, 9), 4, False),
        ((1, 28, 1), 4, True),
        ((11, 10, 10), 5, True),
        ((12, 12, 12), 5, True),
        ((12, 12, 12), 6, False),
        ((10, 10, 11), 6, False),
        ((30, 0, 0), 4, True),
    ],
)
def test_a_month_with_fewer_than_half_of_the_mean_of_three_before_has_dropped_where_that_is_at_least_ten(
    con: Connection, before: tuple[int, int, int], count: int, *, is_drop: bool
) -> None:
    number = 1
    for month, entry_count in zip(("2025-03", "2025-04", "2025-05", JUNE), (*before, count), strict=True):
        entries(con, number, entry_count, month)
        number += entry_count
    row = months(con)[IMPORTER, JUNE]
    assert (row["entries_three_months_before"], row["entry_count"]) == (sum(before), count)
    assert row["coverage_finding"] == ("sudden_drop" if is_drop else None)


def test_a_drop_needs_three_months_before(con: Connection) -> None:
    entries(con, 1, 40, "2025-04")
    entries(con, 41, 40, "2025-05")
    entry(con, 100, JUNE)
    row = months(con)[IMPORTER, JUNE]
    assert (row["entries_three_months_before"], row["coverage_finding"]) == (None, None)


def test_a_fourth_month_before_counts_for_nothing(con: Connection) -> None:
    entries(con, 1, 90, "2025-02")
    for number, month in enumerate(("2025-03", "2025-04", "2025-05", JUNE)):
        entry(con, 900 + number, month)
    row = months(con)[IMPORTER, JUNE]
    assert (row["entries_three_months_before"], row["coverage_finding"]) == (3, None)


def test_a_drop_is_measured_on_the_importers_own_entries(con: Connection) -> None:
    for number, month in enumerate(("2025-03", "2025-04", "2025-05")):
        entries(con, 1 + 40 * number, 20, month, OTHER)
        entry(con, 900 + number, month)
    entry(con, 999, JUNE)
    assert months(con)[IMPORTER, JUNE]["coverage_finding"] is None


def test_a_month_that_is_not_over_has_not_dropped(con: Connection) -> None:
    for number, month in enumerate(("2025-03", "2025-04", "2025-05")):
        entries(con, 1 + 40 * number, 20, month)
    entry(con, 999, JUNE)
    assert findings(con, as_of=date(2025, 6, 30)) == {}


def test_the_month_after_its_end_has_dropped(con: Connection) -> None:
    for number, month in enumerate(("2025-03", "2025-04", "2025-05")):
        entries(con, 1 + 40 * number, 20, month)
    entry(con, 999, JUNE)
    assert findings(con, as_of=date(2025, 7, 1)) == {JUNE: "sudden_drop"}


# ---- rows set aside -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("set_aside", "share", "finding"),
    [(1, Decimal("0.050000"), None), (2, Decimal("0.095238"), "too_many_quarantined")],
)
def test_more_than_five_percent_of_the_rows_set_aside_are_too_many(
    con: Connection, set_aside: int, share: Decimal, finding: str | None
) -> None:
    one = entry(con, 1)
    file(con, 1)
    holds(con, 1, one, rows=19)
    for number in range(set_aside):
        quarantined(con, 1, source_row=100 + number, entry=one)
    row = months(con)[IMPORTER, JUNE]
    assert (row["rows_loaded"], row["rows_quarantined"], row["quarantined_share"]) == (19, set_aside, share)
    assert row["coverage_finding"] == finding


def test_a_row_with_several_reasons_is_set_aside_once(con: Connection) -> None:
    one = entry(con, 1)
    file(con, 1)
    holds(con, 1, one)
    quarantined(con, 1, column="duty_usd", entry=one)
    quarantined(con, 1, column="hts_number", entry=one)
    assert months(con)[IMPORTER, JUNE]["rows_quarantined"] == 1


def test_rows_set_aside_of_entries_nobody_knows_are_nobodys_and_not_lost(con: Connection) -> None:
    entry(con, 1)
    file(con, 1)
    quarantined(con, 1, source_row=5, entry="ABC00000099")
    quarantined(con, 1, source_row=6, entry=None)
    told = months(con)
    row = told["unknown", "undated"]
    assert (row["rows_quarantined"], row["entry_count"], row["load_count"]) == (2, 0, 0)
    assert (row["coverage_finding"], row["importer_number"]) == ("too_many_quarantined", None)
    assert told[IMPORTER, JUNE]["rows_quarantined"] == 0


def test_rows_set_aside_of_files_that_may_not_be_read_and_of_other_reports_do_not_count(con: Connection) -> None:
    one = entry(con, 1)
    load(con, 1)
    quarantined(con, 1, entry=one)
    load(con, 2, "ES-022")
    readable(con, 2, "ES-022")
    quarantined(con, 2, entry=one, report="ES-022")
    assert months(con)[IMPORTER, JUNE]["rows_quarantined"] == 0


# ---- claims ---------------------------------------------------------------------------------------------------------


def test_a_month_that_loses_an_entry_or_a_row_breaks_a_claim(con: Connection) -> None:
    one = entry(con, 1)
    file(con, 1)
    holds(con, 1, one)
    quarantined(con, 1, entry=one)
    months(con)
    con.execute(f"update {TABLE} set entry_count = 0, rows_quarantined = 0")
    assert len(broken_claim(con, TABLE, "every_entry_stands_in_one_month")) == 1
    assert len(broken_claim(con, TABLE, "every_row_set_aside_is_counted")) == 1


def test_the_day_before_the_first_of_a_month_is_another_month(con: Connection) -> None:
    first = date(2025, 6, 1)
    entry(con, 1, entry_date=first)
    entry(con, 2, entry_date=first - timedelta(days=1))
    assert [month for _, month in months(con)] == ["2025-05", JUNE]
