"""lines.classified_lines: every tariff row of the baseline, which duty it is, and what is odd about it.

Belongs here: rows by themselves; what the rows of a line say of each other and of its preference claim; the law of zone
goods; whole lines as they are documented. Does not belong here: what the registry says of a heading
(`test_heading_decisions.py`).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.lines.filed import (
    COMMODITY,
    LOAD_ID,
    Line,
    Row,
    classified,
    classify_all,
    entry_number,
    line,
    shipped_registry,
    split,
    split_all,
    write_lines,
    write_registry,
)
from tests.tables.promises import broken_claim, broken_promises, build

TABLE = "lines.classified_lines"
DAY = date(2025, 6, 10)
OLDER = "e" * 64
COMPANION, EXCLUDED, DUPLICATE, PREFERENCE = (
    "COMPANION-HEADING-MISSING",
    "EXCLUDED-STACK",
    "DUPLICATE-HEADING",
    "PREFERENCE-CLAIM",
)
ONE_DAY = timedelta(days=1)
STEEL, ALUMINUM, AUTO, AUTO_PARTS = "9903.81.87", "9903.85.02", "9903.94.01", "9903.94.05"
COPPER, WOOD, TRUCK, SEMICONDUCTOR = "9903.78.01", "9903.76.01", "9903.74.01", "9903.79.01"
Stack = dict[str, str | None]


def codes(con: duckdb.DuckDBPyConnection, *args: Any, **more: Any) -> list[str]:
    """The anomaly codes of the first row of a line."""
    found: list[str] = classified(con, line(*args, **more))[0]["anomaly_codes"]
    return found


# ---- which rows -----------------------------------------------------------------------------------------------------


def test_every_row_of_the_baseline_is_classified_with_where_it_came_from(con: duckdb.DuckDBPyConnection) -> None:
    rows = classified(con, line("CN", "2025-06-10", {"9903.88.03": "250", "9903.01.24": "200"}, base_duty="37"))
    assert [(row["heading"], row["duty_bucket"], row["duty_usd"]) for row in rows] == [
        ("9903.88.03", "section_301", 250),
        ("9903.01.24", "ieepa", 200),
        ("8501.10.90", "column_1", 37),
    ]
    assert [(row["load_id"], row["source_row"]) for row in rows] == [(LOAD_ID, 1), (LOAD_ID, 2), (LOAD_ID, 3)]
    assert (rows[1]["entry_month"], rows[1]["importer_number"]) == ("2025-06", "12-3456789")
    assert rows[1]["programme"] == "fentanyl_CN"
    assert broken_promises(con, TABLE) == []


def second_file(con: duckdb.DuckDBPyConnection, load_number: int, version: int, **row: Any) -> None:
    """Another file with a row of the same entry."""
    put(
        con,
        "ace.entry_version_loads",
        entry_number=entry_number(1),
        load_id=OLDER,
        load_number=load_number,
        version_ordinal=version,
    )
    put(
        con,
        "ace.es003_tariff_lines",
        **{
            "entry_number": entry_number(1),
            "load_id": OLDER,
            "line_number": 1,
            "tariff_ordinal": 1,
            "hts_number": "99030125",
            "duty_usd": Decimal(7),
            "source_row": 9,
            "entry_date": DAY,
            "country_of_origin": "CN",
            **row,
        },
    )


def loaded(con: duckdb.DuckDBPyConnection) -> None:
    write_registry(con)
    write_lines(con, [Line("CN", DAY, (Row("99030125", Decimal(100)),))])


@pytest.mark.parametrize(("load_number", "duty"), [(0, 100), (2, 7)])
def test_of_a_row_that_two_files_of_the_version_hold_the_newest_counts(
    con: duckdb.DuckDBPyConnection, load_number: int, duty: int
) -> None:
    loaded(con)
    second_file(con, load_number, version=1)
    build(con, "lines.heading_decisions")
    (row,) = rows_of(con, TABLE)
    assert row["duty_usd"] == duty


def test_of_a_row_that_stands_twice_in_one_file_the_last_counts(con: duckdb.DuckDBPyConnection) -> None:
    loaded(con)
    for source_row, duty in ((7, 70), (5, 50)):
        put(
            con,
            "ace.es003_tariff_lines",
            entry_number=entry_number(1),
            load_id=LOAD_ID,
            tariff_ordinal=1,
            hts_number="99030125",
            duty_usd=Decimal(duty),
            source_row=source_row,
            entry_date=DAY,
            country_of_origin="CN",
        )
    build(con, "lines.heading_decisions")
    assert [(row["duty_usd"], row["source_row"]) for row in rows_of(con, TABLE)] == [(70, 7)]


def test_a_row_that_another_replaces_has_no_part_in_the_value_of_its_line(con: duckdb.DuckDBPyConnection) -> None:
    rows = (Row(COMMODITY, Decimal(0), Decimal(500)), Row("99030125", Decimal(50)))
    filed = [Line("VN", DAY, rows), Line("VN", DAY, rows)]
    classify_all(con, filed)
    put(
        con,
        "ace.es003_tariff_lines",
        entry_number=entry_number(1),
        load_id=LOAD_ID,
        tariff_ordinal=1,
        hts_number=COMMODITY,
        goods_value_usd=Decimal(700),
        source_row=9,
        entry_date=DAY,
        country_of_origin="VN",
    )
    found = [(row["entry_number"], row["source_row"], row["line_value_usd"]) for row in rows_of(con, TABLE)]
    assert found == [
        (entry_number(1), 9, 700),
        (entry_number(1), 2, 700),
        (entry_number(2), 1, 500),
        (entry_number(2), 2, 500),
    ]


def test_rows_of_another_version_do_not_count(con: duckdb.DuckDBPyConnection) -> None:
    loaded(con)
    second_file(con, 2, version=2)
    second_file(con, 2, version=2, tariff_ordinal=2)
    build(con, "lines.heading_decisions")
    assert [row["duty_usd"] for row in rows_of(con, TABLE)] == [100]


def test_parts_of_one_version_are_united(con: duckdb.DuckDBPyConnection) -> None:
    loaded(con)
    second_file(con, 2, version=1, tariff_ordinal=2)
    build(con, "lines.heading_decisions")
    assert [row["duty_usd"] for row in rows_of(con, TABLE)] == [100, 7]


def test_an_entry_without_a_baseline_has_no_rows(con: duckdb.DuckDBPyConnection) -> None:
    loaded(con)
    con.execute("update lines.entry_baselines set version_ordinal = null")
    build(con, "lines.heading_decisions")
    assert rows_of(con, TABLE) == []


def test_only_the_months_asked_for_are_classified(con: duckdb.DuckDBPyConnection) -> None:
    classify_all(con, [line("CN", day, {"9903.01.25": "100"}) for day in ("2025-06-30", "2025-07-01", None)])
    assert {row["partition_month"] for row in rows_of(con, TABLE)} == {"2025-06", "2025-07", "undated"}
    assert {row["partition_month"] for row in rows_of(con, TABLE, months=("2025-07",))} == {"2025-07"}
    assert {row["entry_month"] for row in rows_of(con, TABLE, months=("undated",))} == {"undated"}


# ---- IEEPA duty -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "entry_date", "duty", "is_ieepa"),
    [
        ("9903.01.25", "2025-06-10", "100", True),
        ("9903.01.25", "2025-06-10", "-100", True),
        ("9903.01.25", "2025-06-10", "0", False),
        ("9903.01.25", "2025-06-10", None, False),
        ("9903.01.25", "2026-02-23", "100", True),
        ("9903.01.25", "2026-02-24", "100", False),
        ("9903.01.33", "2025-06-10", "100", False),
        ("9903.88.03", "2025-06-10", "100", False),
        ("9903.01.35", "2025-06-10", "100", False),
    ],
)
def test_ieepa_duty_is_duty_on_a_heading_that_imposes_it_on_the_day(
    con: duckdb.DuckDBPyConnection, heading: str, entry_date: str, duty: str | None, *, is_ieepa: bool
) -> None:
    assert classified(con, line("CN", entry_date, {heading: duty}))[0]["is_ieepa_duty"] is is_ieepa


# ---- the value and the expected duty --------------------------------------------------------------------------------


def test_the_expected_duty_is_the_rate_on_the_value_of_the_line_rounded_half_up(con: duckdb.DuckDBPyConnection) -> None:
    rows = classified(con, line("CN", "2025-06-10", {"9903.01.24": "246.91", "9903.01.33": "0"}, value="1234.56"))
    assert [row["expected_duty_usd"] for row in rows] == [Decimal("246.91"), 0, None]
    assert [row["registry_rate"] for row in rows] == [Decimal("0.2"), 0, None]
    half = classified(con, line("CN", "2025-06-10", {"9903.01.25": "0.01"}, value="0.05"))
    assert half[0]["expected_duty_usd"] == Decimal("0.01")


@pytest.mark.parametrize(
    ("commodities", "misplaced", "value"),
    [
        (["600", "400"], None, 1000),
        (["600", "400"], "1000", 1000),
        (["600", None], "1000", None),
        (["0", None], "1000", 1000),
        ([None], "1000", 1000),
        (["0"], None, 0),
        ([None], None, None),
        ([], "1000", 1000),
    ],
)
def test_the_value_of_a_line_stands_on_its_commodity_rows_and_else_wherever_it_was_put(
    con: duckdb.DuckDBPyConnection, commodities: list[str | None], misplaced: str | None, value: int | None
) -> None:
    rows = [Row("99030125", Decimal(100), None if misplaced is None else Decimal(misplaced))]
    rows += [Row(COMMODITY, Decimal(0), None if stated is None else Decimal(stated)) for stated in commodities]
    found = classified(con, Line("CN", DAY, tuple(rows)))
    assert {row["line_value_usd"] for row in found} == {value}
    assert found[0]["expected_duty_usd"] == (100 if value else None)


@pytest.mark.parametrize("number", ["0101210010", "9701210000"])
def test_commodity_rows_are_those_of_chapters_1_to_97(con: duckdb.DuckDBPyConnection, number: str) -> None:
    rows = (Row("99030125", Decimal(100), Decimal(5)), Row(number, Decimal(0), Decimal(1000)))
    assert classified(con, Line("CN", DAY, rows))[0]["line_value_usd"] == 1000


def test_values_of_other_lines_are_not_added(con: duckdb.DuckDBPyConnection) -> None:
    first, second = classify_all(con, [line("CN", "2025-06-10", {"9903.01.25": "100"}, value=v) for v in ("10", "20")])
    assert (first[0]["line_value_usd"], second[0]["line_value_usd"]) == (10, 20)
    con.execute(f"update ace.es003_tariff_lines set entry_number = '{entry_number(1)}', line_number = 2"
                f" where entry_number = '{entry_number(2)}'")  # fmt: skip
    assert sorted({(row["line_number"], row["line_value_usd"]) for row in rows_of(con, TABLE)}) == [(1, 10), (2, 20)]


def test_beside_a_chapter_98_row_no_duty_is_expected_because_the_line_does_not_state_its_base(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = classified(con, line("MX", "2025-06-10", {"9903.01.01": "100", "9802.00.80": "0", "9903.01.27": "0"}))
    assert [row["expected_duty_usd"] for row in rows] == [None, None, 0, None]
    assert rows[0]["anomaly_codes"] == []


# ---- anomalies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duty", "deviates"),
    [
        ("99.49", True),
        ("99.50", False),
        ("100.00", False),
        ("100.50", False),
        ("100.51", True),
        ("0", False),
        (None, False),
    ],
)
def test_a_rate_deviates_beyond_half_a_percent(
    con: duckdb.DuckDBPyConnection, duty: str | None, *, deviates: bool
) -> None:
    assert ("RATE-DEVIATES" in codes(con, "CN", "2025-06-10", {"9903.01.25": duty})) is deviates


@pytest.mark.parametrize(("duty", "deviates"), [("101.50", False), ("101.51", True), ("100.49", True)])
def test_half_a_percent_is_not_rounded_up_to_the_cent(
    con: duckdb.DuckDBPyConnection, duty: str, *, deviates: bool
) -> None:
    # 0.5 % of 101.00 is 0.505: fifty cents are within, fifty-one are not
    assert ("RATE-DEVIATES" in codes(con, "CN", "2025-06-10", {"9903.01.25": duty}, value="1010")) is deviates


@pytest.mark.parametrize(("duty", "deviates"), [("0.08", True), ("0.09", False), ("0.11", False), ("0.12", True)])
def test_on_a_small_row_one_cent_is_allowed(con: duckdb.DuckDBPyConnection, duty: str, *, deviates: bool) -> None:
    assert ("RATE-DEVIATES" in codes(con, "CN", "2025-06-10", {"9903.01.25": duty}, value="1.00")) is deviates


def test_a_deviating_rate_stays_certain_except_on_a_zone_entry(con: duckdb.DuckDBPyConnection) -> None:
    stack: dict[str, str | None] = {"9903.01.24": "200", "9903.01.25": "100"}
    filed = [line("CN", "2025-12-01", stack, entry_type=entry_type) for entry_type in ("01", "06")]
    ordinary, zone = (rows[0] for rows in classify_all(con, filed))
    assert (ordinary["counts_as_certain"], ordinary["anomaly_codes"]) == (True, ["RATE-DEVIATES"])
    assert zone["counts_as_certain"] is False
    assert zone["anomaly_codes"] == ["PRIVILEGED-FOREIGN-DATE-UNKNOWN", "RATE-DEVIATES"]
    fitting = classified(con, line("CN", "2025-12-01", stack | {"9903.01.24": "100"}, entry_type="06"))[0]
    assert (fitting["counts_as_certain"], fitting["anomaly_codes"]) == (True, [])


def test_an_entry_of_unknown_type_is_judged_like_an_ordinary_one(con: duckdb.DuckDBPyConnection) -> None:
    classified(con, line("CN", "2025-12-01", {"9903.01.24": "200", "9903.01.25": "100"}))
    con.execute("update lines.entry_baselines set entry_type_code = null")
    row = rows_of(con, TABLE)[0]
    assert (row["counts_as_certain"], row["anomaly_codes"]) == (True, ["RATE-DEVIATES"])


@pytest.mark.parametrize(
    ("entry_type", "expected"),
    [("01", ["OUTSIDE-WINDOW"]), ("06", ["OUTSIDE-WINDOW", "PRIVILEGED-FOREIGN-DATE-UNKNOWN"])],
)
def test_a_window_that_does_not_fit_a_zone_entry_may_be_that_of_its_admission(
    con: duckdb.DuckDBPyConnection, entry_type: str, expected: list[str]
) -> None:
    assert codes(con, "CN", "2026-02-24", {"9903.01.24": "100"}, entry_type=entry_type) == expected


@pytest.mark.parametrize(
    ("origin", "heading", "duty", "expected"),
    [
        ("VN", "9903.01.33", "0.01", ["DUTY-ON-EXEMPT-HEADING"]),
        ("VN", "9903.01.33", "-0.01", ["DUTY-ON-EXEMPT-HEADING"]),
        ("VN", "9903.01.33", "0", []),
        ("MO", "9903.01.63", "0.01", ["DUTY-ON-SUSPENDED-HEADING"]),
        ("MO", "9903.01.63", "0", []),
        ("HK", "9903.01.24", None, ["DUTY-ABSENT"]),
        ("VN", "9903.01.33", None, []),
        ("VN", "9903.88.03", None, []),
        ("VN", "9903.99.99", "5", ["UNKNOWN-HEADING"]),
    ],
)
def test_odd_duties_are_named(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str, duty: str | None, expected: list[str]
) -> None:
    assert codes(con, origin, "2025-06-10", {heading: duty}) == expected


def test_without_a_date_duty_on_a_heading_that_never_imposes_any_is_named_all_the_same(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert codes(con, "DE", None, {"9903.02.74": "100"}) == ["ENTRY-DATE-ABSENT", "DUTY-ON-EXEMPT-HEADING"]


@pytest.mark.parametrize("heading", ["9903.01.25", "9903.01.63", "9903.01.33"])
def test_duty_outside_every_window_is_not_called_duty_on_an_exempt_or_suspended_heading(
    con: duckdb.DuckDBPyConnection, heading: str
) -> None:
    assert codes(con, "CN", "2026-02-24", {heading: "100"}) == ["OUTSIDE-WINDOW"]


@pytest.mark.parametrize("value", [None, "0"])
@pytest.mark.parametrize(("duty", "expected"), [("100", ["DUTY-WITHOUT-VALUE"]), ("0", [])])
def test_duty_on_a_line_without_a_value_is_named(
    con: duckdb.DuckDBPyConnection, value: str | None, duty: str, expected: list[str]
) -> None:
    assert codes(con, "VN", "2025-06-10", {"9903.01.25": duty}, value=value) == expected


def test_one_ieepa_heading_twice_on_a_line_is_named_and_other_headings_are_not(con: duckdb.DuckDBPyConnection) -> None:
    rows = (
        Row("99030125", Decimal(50)),
        Row("9903012500", Decimal(50)),
        Row("99038803", Decimal(5)),
        Row("99038803", Decimal(5)),
        Row(COMMODITY, Decimal(0), Decimal(500)),
    )
    found = classified(con, Line("VN", DAY, rows))
    assert [row["anomaly_codes"] for row in found] == [["DUPLICATE-HEADING"], ["DUPLICATE-HEADING"], [], [], []]


def test_of_three_ieepa_headings_on_a_line_only_the_repeated_one_is_named(con: duckdb.DuckDBPyConnection) -> None:
    rows = (
        Row("99030124", Decimal(100)),
        Row("99030125", Decimal(50)),
        Row("99030125", Decimal(50)),
        Row(COMMODITY, Decimal(0), Decimal(500)),
    )
    assert carriers(con, DUPLICATE, Line("CN", DAY, rows)) == ["9903.01.25", "9903.01.25"]


# ---- column 1 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spi", "kept"), [(None, "4%"), ("JP", "4%"), ("KR", None), ("kr", None)])
def test_under_the_korean_agreement_the_printed_general_rate_is_not_kept(
    con: duckdb.DuckDBPyConnection, spi: str | None, kept: str | None
) -> None:
    rows = classified(con, line("KR", "2025-12-10", {"9903.02.80": "150"}, column_1="4%", spi=spi))
    assert [row["column_1_rate_filed"] for row in rows] == [None, kept]


def carriers(con: duckdb.DuckDBPyConnection, code: str, filed: Line) -> list[str]:
    """The headings of the rows that carry the code."""
    return [row["heading"] for row in classified(con, filed) if code in row["anomaly_codes"]]


def believed(table: str) -> list[dict[str, Any]]:
    return [row for row in shipped_registry()[f"registry.{table}"].to_dicts() if row["withdrawn_date"] is None]


# ---- what a duty needs beside it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "heading", "before", "first"),
    [
        ("CN", "9903.01.24", "2025-04-04", "2025-04-05"),
        ("HK", "9903.01.24", "2025-04-04", "2025-04-05"),
        ("BR", "9903.01.25", "2025-08-05", "2025-08-06"),
        ("IN", "9903.02.26", "2025-08-26", "2025-08-27"),
        ("VN", STEEL, "2025-04-04", "2025-04-05"),
        ("VN", ALUMINUM, "2025-04-04", "2025-04-05"),
        ("JP", AUTO, "2025-04-04", "2025-04-05"),
        ("JP", AUTO_PARTS, "2025-05-02", "2025-05-03"),
        ("CL", COPPER, "2025-07-31", "2025-08-01"),
        ("VN", WOOD, "2025-10-13", "2025-10-14"),
        ("JP", TRUCK, "2025-10-31", "2025-11-01"),
        ("TW", SEMICONDUCTOR, "2026-01-14", "2026-01-15"),
    ],
)
def test_a_duty_needs_its_companion_from_the_first_day_on(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str, before: str, first: str
) -> None:
    assert carriers(con, COMPANION, line(origin, before, {heading: "100"})) == []
    assert carriers(con, COMPANION, line(origin, first, {heading: "100"})) == [heading]


@pytest.mark.parametrize(
    ("origin", "heading", "first"),
    [
        ("CN", "9903.01.25", "2025-04-05"),
        ("HK", "9903.01.25", "2025-04-05"),
        ("BR", "9903.01.77", "2025-08-06"),
        ("IN", "9903.01.84", "2025-08-27"),
    ],
)
def test_a_duty_that_starts_with_its_companion_needs_it_at_once(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str, first: str
) -> None:
    assert carriers(con, COMPANION, line(origin, first, {heading: "100"})) == [heading]


@pytest.mark.parametrize(
    ("origin", "heading", "last"),
    [
        ("CN", "9903.01.24", "2026-02-23"),
        ("CN", "9903.01.25", "2026-02-23"),
        ("BR", "9903.01.77", "2026-02-23"),
        ("BR", "9903.02.09", "2026-02-23"),
        ("IN", "9903.01.84", "2026-02-06"),
        ("IN", "9903.02.26", "2026-02-06"),
        ("VN", STEEL, "2026-02-23"),
    ],
)
def test_the_day_after_the_last_nothing_is_needed(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str, last: str
) -> None:
    after = (date.fromisoformat(last) + ONE_DAY).isoformat()
    assert carriers(con, COMPANION, line(origin, last, {heading: "100"})) == [heading]
    assert carriers(con, COMPANION, line(origin, after, {heading: "100"})) == []


@pytest.mark.parametrize("beside", ["9903.01.25", "9903.01.33", "9903.01.32", "9903.01.28", "9903.96.01", "9903.02.01"])
@pytest.mark.parametrize("duty", ["0", None, "1"])
def test_a_companion_may_carry_duty_or_not(con: duckdb.DuckDBPyConnection, beside: str, duty: str | None) -> None:
    assert carriers(con, COMPANION, line("CN", "2025-09-10", {"9903.01.24": "200", beside: duty})) == []


@pytest.mark.parametrize(
    ("origin", "stack"),
    [
        ("CN", {"9903.01.24": "200", "9903.01.25": "100"}),
        ("CN", {"9903.01.21": "0", "9903.01.25": "100"}),
        ("BR", {"9903.02.09": "100", "9903.01.77": "400"}),
        ("BR", {"9903.02.09": "100", "9903.01.82": "0"}),
        ("IN", {"9903.02.26": "250", "9903.01.84": "250"}),
        ("IN", {"9903.02.26": "250", "9903.01.85": "0"}),
        ("VN", {STEEL: "500", "9903.01.33": "0"}),
        ("MO", {"9903.01.25": "100"}),
        ("VN", {"9903.02.69": "200"}),
        ("CA", {"9903.01.10": "350"}),
        ("MX", {"9903.01.01": "250"}),
        ("CA", {COPPER: "500"}),
        ("MX", {STEEL: "500"}),
        ("XO", {STEEL: "500"}),
    ],
)
def test_a_line_with_all_its_headings_lacks_none(con: duckdb.DuckDBPyConnection, origin: str, stack: Stack) -> None:
    assert carriers(con, COMPANION, line(origin, "2025-09-10", stack)) == []


@pytest.mark.parametrize("duty", ["0", None])
def test_a_row_without_duty_needs_nothing(con: duckdb.DuckDBPyConnection, duty: str | None) -> None:
    assert carriers(con, COMPANION, line("CN", "2025-09-10", {"9903.01.24": duty, STEEL: duty})) == []


def test_a_credit_needs_its_companion_like_a_duty(con: duckdb.DuckDBPyConnection) -> None:
    assert carriers(con, COMPANION, line("CN", "2025-09-10", {"9903.01.24": "-200"})) == ["9903.01.24"]


def test_an_unknown_origin_is_not_taken_for_a_named_one_and_not_for_an_excepted_one(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert carriers(con, COMPANION, line(None, "2025-09-10", {"9903.01.25": "100"})) == []
    assert carriers(con, COMPANION, line(None, "2025-09-10", {STEEL: "500"})) == [STEEL]


def test_a_line_without_a_date_is_not_judged_by_its_neighbours(con: duckdb.DuckDBPyConnection) -> None:
    assert carriers(con, COMPANION, line("CN", None, {"9903.01.24": "200"})) == []
    assert carriers(con, EXCLUDED, line("CA", None, {"9903.01.10": "250", AUTO: "250"})) == []


def test_where_a_row_of_the_entry_could_not_be_used_no_heading_is_called_missing(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert carriers(con, COMPANION, line("CN", "2025-09-10", {"9903.01.24": "200"})) == ["9903.01.24"]
    con.execute("update lines.entry_baselines set data_complete = false")
    assert [row["anomaly_codes"] for row in rows_of(con, TABLE)] == [[], []]


def test_a_heading_that_a_policy_does_not_take_for_ieepa_is_a_companion_all_the_same(
    con: duckdb.DuckDBPyConnection,
) -> None:
    con.execute("update registry.policies_in_force set first_ieepa_heading = '99030125'")
    rows = classified(con, line("CN", "2025-09-10", {"9903.01.24": "200", "9903.01.25": "100"}))
    assert [(row["duty_bucket"], row["anomaly_codes"]) for row in rows] == [
        ("other_chapter_99", []),
        ("ieepa", []),
        ("column_1", []),
    ]


def test_a_heading_on_another_line_is_no_companion(con: duckdb.DuckDBPyConnection) -> None:
    classify_all(con, [line("CN", "2025-09-10", {heading: "100"}) for heading in ("9903.01.24", "9903.01.25")])
    con.execute(
        f"update ace.es003_tariff_lines set entry_number = '{entry_number(1)}', line_number = 2"
        f" where entry_number = '{entry_number(2)}'"
    )
    found = [(row["line_number"], row["heading"]) for row in rows_of(con, TABLE) if COMPANION in row["anomaly_codes"]]
    assert found == [(1, "9903.01.24"), (2, "9903.01.25")]


# ---- what excludes what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "yields", "beside", "before", "first"),
    [
        ("VN", "9903.01.25", STEEL, "2025-04-04", "2025-04-05"),
        ("VN", "9903.01.25", AUTO_PARTS, "2025-05-02", "2025-05-03"),
        ("CL", "9903.01.25", COPPER, "2025-07-31", "2025-08-01"),
        ("VN", "9903.02.69", WOOD, "2025-10-13", "2025-10-14"),
        ("JP", "9903.02.73", TRUCK, "2025-10-31", "2025-11-01"),
        ("TW", "9903.02.60", SEMICONDUCTOR, "2026-01-14", "2026-01-15"),
        ("BR", "9903.01.77", STEEL, "2025-08-05", "2025-08-06"),
        ("BR", "9903.01.77", WOOD, "2025-10-13", "2025-10-14"),
        ("IN", "9903.01.84", ALUMINUM, "2025-08-26", "2025-08-27"),
        ("IN", "9903.01.84", TRUCK, "2025-10-31", "2025-11-01"),
        ("CA", "9903.01.10", AUTO, "2025-04-02", "2025-04-03"),
        ("MX", "9903.01.01", AUTO_PARTS, "2025-05-02", "2025-05-03"),
        ("CA", "9903.01.10", STEEL, "2025-06-03", "2025-06-04"),
        ("MX", "9903.01.01", ALUMINUM, "2025-06-03", "2025-06-04"),
        ("CA", "9903.01.13", WOOD, "2025-10-13", "2025-10-14"),
        ("MX", "9903.01.01", TRUCK, "2025-10-31", "2025-11-01"),
        ("CA", "9903.01.10", SEMICONDUCTOR, "2026-01-14", "2026-01-15"),
    ],
)
def test_a_duty_yields_to_another_from_the_first_day_on(
    con: duckdb.DuckDBPyConnection, origin: str, yields: str, beside: str, before: str, first: str
) -> None:
    stack: Stack = {yields: "100", beside: "250"}
    assert yields not in carriers(con, EXCLUDED, line(origin, before, stack))
    assert carriers(con, EXCLUDED, line(origin, first, stack)) == [yields]


@pytest.mark.parametrize(
    ("day", "yields"),
    [
        ("2025-03-03", []),
        ("2025-03-04", [STEEL]),
        ("2025-06-03", [STEEL]),
        ("2025-06-04", ["9903.01.10"]),
        ("2026-02-23", ["9903.01.10"]),
        ("2026-02-24", []),
    ],
)
def test_steel_yields_to_the_duty_on_canada_until_3_june_2025_and_displaces_it_from_then_on(
    con: duckdb.DuckDBPyConnection, day: str, yields: list[str]
) -> None:
    assert carriers(con, EXCLUDED, line("CA", day, {"9903.01.10": "250", STEEL: "250"})) == yields


@pytest.mark.parametrize(
    ("origin", "stack"),
    [
        ("CN", {"9903.01.24": "200", STEEL: "500", "9903.01.33": "0"}),
        ("CN", {"9903.01.24": "200", COPPER: "500", "9903.01.33": "0"}),
        ("CN", {"9903.01.24": "200", "9903.01.25": "100", "9903.88.03": "250"}),
        ("CA", {"9903.01.10": "350", COPPER: "500"}),
        ("MX", {"9903.01.01": "250", COPPER: "500"}),
        ("CA", {STEEL: "500", ALUMINUM: "500"}),
        ("VN", {"9903.02.69": "200", STEEL: "0"}),
        ("VN", {"9903.02.69": "200", STEEL: None}),
        ("VN", {"9903.02.69": "0", STEEL: "500"}),
        ("VN", {"9903.02.69": "200", "9903.76.04": "0", COPPER: "0"}),
        ("BR", {"9903.02.09": "100", "9903.01.77": "400"}),
        ("IN", {"9903.02.26": "250", "9903.01.84": "250"}),
    ],
)
def test_duties_that_stack_are_left_alone(con: duckdb.DuckDBPyConnection, origin: str, stack: Stack) -> None:
    assert carriers(con, EXCLUDED, line(origin, "2025-09-10", stack)) == []


def test_a_transshipment_finding_takes_the_place_of_the_reciprocal_duty(con: duckdb.DuckDBPyConnection) -> None:
    stack: Stack = {"9903.02.69": "200", "9903.02.01": "400"}
    assert carriers(con, EXCLUDED, line("VN", "2025-09-10", stack)) == ["9903.02.69"]


@pytest.mark.parametrize("rule", believed("stacking_rules"), ids=lambda rule: rule["stacking_rule"])
def test_every_rule_speaks_on_its_first_and_its_last_day_and_not_before_or_after(
    con: duckdb.DuckDBPyConnection, rule: dict[str, Any]
) -> None:
    first, last = rule["effective_from"], rule["effective_to"]
    days = [first - ONE_DAY, first, last, last + ONE_DAY]
    lines = [_line_under(rule, min(max(day, first), last), day) for day in days]
    code = COMPANION if rule["kind"] == "needs" else EXCLUDED
    told = [[row["programme"] for row in rows if code in row["anomaly_codes"]] for rows in classify_all(con, lines)]
    assert [rule["programme"] in programmes for programmes in told] == [False, True, True, False]


def _line_under(rule: dict[str, Any], headings_of: date, day: date) -> Line:
    """A line that breaks the rule on a day, with headings that carry duty on another day, within the rule."""
    stack: Stack = {_heading_of(rule["programme"], headings_of): "100"}
    if rule["kind"] == "excludes":
        stack[_heading_of(rule["beside"][0], headings_of)] = "100"
    return line("VN" if rule["countries"] == ["ALL"] else rule["countries"][0], day.isoformat(), stack)


def _heading_of(programme: str, day: date) -> str:
    collected = [
        window["heading"]
        for window in believed("ieepa_headings")
        if window["programme"] == programme
        and window["imposes_duty"]
        and window["effective_from"] <= day <= window["effective_to"]
    ]
    families = [family["pattern"] for family in believed("chapter99_families") if family["family"] == programme]
    return str((collected + families)[0]).split("-")[0]


# ---- one heading a value --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "stack", "expected"),
    [
        ("VN", {"9903.01.25": "100", "9903.02.69": "200"}, ["9903.01.25", "9903.02.69"]),
        ("VN", {"9903.01.25": "0", "9903.02.69": "200"}, []),
        ("VN", {"9903.01.25": None, "9903.02.69": "200"}, []),
        ("VN", {"9903.01.33": "0", "9903.02.69": "200"}, []),
        ("VN", {"9903.01.33": "10", "9903.02.69": "200"}, []),
        ("CN", {"9903.01.24": "100", "9903.01.25": "100"}, []),
        ("BR", {"9903.02.09": "100", "9903.01.77": "400"}, []),
        ("VN", {"9903.02.01": "400", "9903.02.69": "200"}, []),
    ],
)
def test_two_reciprocal_duties_on_one_line_are_named(
    con: duckdb.DuckDBPyConnection, origin: str, stack: Stack, expected: list[str]
) -> None:
    assert carriers(con, DUPLICATE, line(origin, "2025-09-10", stack)) == expected


def test_an_exempt_heading_twice_on_a_line_is_named_too(con: duckdb.DuckDBPyConnection) -> None:
    rows = (Row("99030133", Decimal(0)), Row("99030133", None), Row(COMMODITY, Decimal(0), Decimal(500)))
    assert carriers(con, DUPLICATE, Line("VN", date(2025, 9, 10), rows)) == ["9903.01.33", "9903.01.33"]


# ---- preference claims ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "heading", "spi", "day", "claims"),
    [
        ("CA", "9903.01.10", "S", "2025-03-06", False),
        ("CA", "9903.01.10", "S", "2025-03-07", True),
        ("CA", "9903.01.10", "S+", "2025-03-07", True),
        ("CA", "9903.01.13", "s+ ", "2026-02-23", True),
        ("XQ", "9903.01.10", "S", "2025-06-10", True),
        ("MX", "9903.01.01", "S", "2025-03-06", False),
        ("MX", "9903.01.01", "S", "2025-03-07", True),
        ("MX", "9903.01.05", "S+", "2026-02-23", True),
        ("MX", "9903.01.01", "S", "2026-02-24", False),
        ("CA", "9903.01.10", None, "2025-06-10", False),
        ("CA", "9903.01.10", "", "2025-06-10", False),
        ("CA", "9903.01.10", "SG", "2025-06-10", False),
        ("MX", "9903.01.10", "S", "2025-06-10", False),
        ("CN", "9903.01.24", "S", "2025-06-10", False),
        ("KR", "9903.02.80", "KR", "2025-11-13", False),
        ("KR", "9903.02.80", "KR", "2025-11-14", True),
        ("KR", "9903.02.80", None, "2025-11-14", False),
        ("KR", "9903.02.56", "KR", "2025-11-14", False),
        ("HN", "9903.01.25", "P", "2025-06-10", False),
        ("HN", "9903.01.25", "P+", "2025-06-10", False),
        ("HN", "9903.03.01", "P", "2026-02-23", False),
        ("HN", "9903.03.01", "P", "2026-02-24", True),
        ("HN", "9903.03.01", "P+", "2026-07-23", True),
        ("HN", "9903.03.01", "P", "2026-07-24", False),
    ],
)
def test_a_preference_claimed_on_a_line_that_paid_the_duty_is_named(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str, spi: str | None, day: str, *, claims: bool
) -> None:
    assert carriers(con, PREFERENCE, line(origin, day, {heading: "100"}, spi=spi)) == ([heading] if claims else [])


@pytest.mark.parametrize("duty", ["0", None])
def test_where_nothing_was_paid_a_preference_claim_is_nothing_odd(
    con: duckdb.DuckDBPyConnection, duty: str | None
) -> None:
    assert carriers(con, PREFERENCE, line("CA", "2025-06-10", {"9903.01.14": duty}, spi="S")) == []


def test_a_claim_printed_on_one_row_is_that_of_the_line(con: duckdb.DuckDBPyConnection) -> None:
    classified(con, line("CA", "2025-06-10", {"9903.01.10": "250"}, spi="S"))
    con.execute("update ace.es003_tariff_lines set line_spi_code = null where tariff_ordinal = 1")
    assert PREFERENCE in rows_of(con, TABLE)[0]["anomaly_codes"]


def test_a_preference_claim_takes_nothing_from_the_refund(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, line("CA", "2025-07-31", {"9903.01.10": "250"}, spi="S"))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"]) == (250, 250)
    assert row["anomaly_codes"] == [PREFERENCE]


# ---- a rule found wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "code", "filed"),
    [
        ("stacking_rules", COMPANION, line("VN", "2025-09-10", {STEEL: "500"})),
        ("stacking_rules", EXCLUDED, line("VN", "2025-09-10", {"9903.02.69": "200", STEEL: "500"})),
        ("preference_claims", PREFERENCE, line("CA", "2025-06-10", {"9903.01.10": "250"}, spi="S")),
    ],
)
def test_a_withdrawn_rule_is_not_used(con: duckdb.DuckDBPyConnection, table: str, code: str, filed: Line) -> None:
    assert carriers(con, code, filed) != []
    con.execute(f"update registry.{table} set withdrawn_date = date '2026-12-01'")
    assert [row for row in rows_of(con, TABLE) if code in row["anomaly_codes"]] == []


# ---- zone goods -----------------------------------------------------------------------------------------------------


def zoned(
    con: duckdb.DuckDBPyConnection, filed: Line, law_date: date, basis: str = "privileged_foreign_date"
) -> list[dict[str, Any]]:
    """The rows of a line whose law is that of another day."""
    write_registry(con)
    write_lines(con, [filed])
    put(con, "lines.law_dates", entry_number=entry_number(1), law_date=law_date, law_date_basis=basis)
    build(con, "lines.heading_decisions")
    return rows_of(con, TABLE)


def test_the_law_of_zone_goods_is_that_of_the_day_they_became_privileged(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("CN", "2025-12-01", {"9903.01.24": "200", "9903.01.25": "100"}, entry_type="06")
    unknown = classified(con, filed)[0]
    assert (unknown["law_date"], unknown["registry_rate"]) == (date(2025, 12, 1), Decimal("0.1"))
    assert unknown["counts_as_certain"] is False
    known = zoned(con, filed, date(2025, 11, 9))[0]
    assert (known["entry_date"], known["law_date"]) == (date(2025, 12, 1), date(2025, 11, 9))
    assert (known["registry_rate"], known["counts_as_certain"], known["anomaly_codes"]) == (Decimal("0.2"), True, [])


def test_with_that_day_known_a_rate_that_does_not_fit_is_an_ordinary_deviation(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("CN", "2025-11-01", {"9903.01.24": "200", "9903.01.25": "100"}, entry_type="06")
    known = zoned(con, filed, date(2025, 11, 10))[0]
    assert (known["counts_as_certain"], known["anomaly_codes"]) == (True, ["RATE-DEVIATES"])


def test_goods_admitted_before_the_duty_began_or_entered_after_it_ended_follow_their_admission(
    con: duckdb.DuckDBPyConnection,
) -> None:
    filed = line("CN", "2026-03-01", {"9903.01.24": "100", "9903.01.25": "100"}, entry_type="06")
    before_the_end = zoned(con, filed, date(2026, 2, 23))[0]
    assert (before_the_end["duty_bucket"], before_the_end["counts_as_certain"]) == ("ieepa", True)
    con.execute("delete from lines.law_dates")
    early = line("CN", "2025-03-10", {"9903.01.20": "100"}, entry_type="06")
    before_the_start = zoned(con, early, date(2025, 2, 3))[0]
    assert (before_the_start["duty_bucket"], before_the_start["anomaly_codes"]) == ("ieepa_exempt", ["OUTSIDE-WINDOW"])


def test_a_law_by_filing_date_leaves_the_doubt_about_zone_goods(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("CN", "2025-11-01", {"9903.01.24": "200", "9903.01.25": "100"}, entry_type="06")
    row = zoned(con, filed, date(2025, 11, 12), "filing_date")[0]
    assert row["law_date"] == date(2025, 11, 12)
    assert row["anomaly_codes"] == ["PRIVILEGED-FOREIGN-DATE-UNKNOWN", "RATE-DEVIATES"]
    assert row["counts_as_certain"] is False


def test_stacks_and_claims_follow_the_same_day(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("CA", "2025-03-07", {"9903.01.10": "250", "9903.80.01": "250"}, entry_type="06", spi="S")
    assert [row["anomaly_codes"] for row in zoned(con, filed, date(2025, 3, 6))] == [[], [EXCLUDED], []]


# ---- whole lines, as documented -------------------------------------------------------------------------------------


def ieepa_of(con: duckdb.DuckDBPyConnection, lines: list[Line]) -> list[Any]:
    classify_all(con, lines)
    return [row["ieepa_usd"] for row in split_all(con)]


def oddities(con: duckdb.DuckDBPyConnection, lines: list[Line]) -> list[str]:
    return sorted({code for rows in classify_all(con, lines) for row in rows for code in row["anomaly_codes"]})


def test_a_steel_chair_on_two_lines_is_odd_nowhere_and_pays_the_reciprocal_duty_on_the_rest(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # 600 of metal and 400 of other content on 1 July 2025: 10 % on the 400, Section 232 on the 600
    rest = line("VN", "2025-07-01", {"9903.01.25": "40"}, value="400")
    metal = line("VN", "2025-07-01", {"9903.81.91": "300", "9903.01.33": "0"}, value="600")
    assert oddities(con, [rest, metal]) == []
    assert ieepa_of(con, [rest, metal]) == [40, 0]


def test_a_steel_chair_of_unknown_content_is_one_line_without_reciprocal_duty(con: duckdb.DuckDBPyConnection) -> None:
    whole = line("VN", "2025-07-01", {"9903.81.91": "500", "9903.01.33": "0"})
    assert (oddities(con, [whole]), ieepa_of(con, [whole])) == ([], [0])


def test_a_chinese_steel_article_owes_the_fentanyl_duty_on_both_lines(con: duckdb.DuckDBPyConnection) -> None:
    rest = line("CN", "2025-07-01", {"9903.01.24": "80", "9903.01.25": "40"}, value="400")
    metal = line("CN", "2025-07-01", {"9903.01.24": "120", "9903.81.91": "300", "9903.01.33": "0"}, value="600")
    assert oddities(con, [rest, metal]) == []
    assert ieepa_of(con, [rest, metal]) == [120, 120]


@pytest.mark.parametrize(("origin", "heading"), [("CA", "9903.01.10"), ("MX", "9903.01.01")])
def test_an_uncorrected_pair_of_april_2025_is_named_and_its_ieepa_row_stays_refundable(
    con: duckdb.DuckDBPyConnection, origin: str, heading: str
) -> None:
    pair = line(origin, "2025-04-15", {heading: "250", STEEL: "250"})
    assert (oddities(con, [pair]), ieepa_of(con, [pair])) == ([EXCLUDED], [250])


def test_a_brazilian_article_under_section_232_is_out_of_both_duties(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("BR", "2025-09-01", {STEEL: "500", "9903.01.33": "0", "9903.01.83": "0"})
    assert (oddities(con, [filed]), ieepa_of(con, [filed])) == ([], [0])
    paid = line("BR", "2025-09-01", {STEEL: "500", "9903.01.33": "0", "9903.01.77": "400"})
    assert (oddities(con, [paid]), ieepa_of(con, [paid])) == ([EXCLUDED], [400])


def test_assembly_abroad_is_charged_less_us_components_and_what_was_paid_counts(
    con: duckdb.DuckDBPyConnection,
) -> None:
    # 9802.00.80: 1,000 of value of which 600 are US components, so 25 % of 400
    filed = line("MX", "2025-06-10", {"9802.00.80": "0", "9903.01.01": "100", "9903.01.27": "0"})
    assert (oddities(con, [filed]), ieepa_of(con, [filed])) == ([], [100])


@pytest.mark.parametrize("entry_type", ["23", "01"])
def test_goods_that_list_their_headings_with_nothing_to_pay_are_odd_nowhere(
    con: duckdb.DuckDBPyConnection, entry_type: str
) -> None:
    stack: Stack = {"9813.00.05": "0", "9903.01.24": "0", "9903.01.25": "0", STEEL: "0"}
    filed = line("CN", "2025-09-10", stack, entry_type=entry_type)
    assert (oddities(con, [filed]), ieepa_of(con, [filed])) == ([], [0])


@pytest.mark.parametrize(
    ("day", "stack"),
    [
        ("2025-04-20", {"9903.01.24": "200", "9903.01.63": "1250"}),
        ("2025-04-09", {"9903.01.24": "200", "9903.01.63": "840"}),
        ("2025-05-14", {"9903.01.24": "200", "9903.01.25": "100"}),
        ("2025-12-01", {"9903.01.24": "100", "9903.01.25": "100"}),
        ("2025-03-03", {"9903.01.20": "100"}),
        ("2025-04-04", {"9903.01.24": "200"}),
        ("2025-04-05", {"9903.01.24": "200", "9903.01.28": "0"}),
    ],
)
def test_the_duties_on_china_as_they_were_filed_are_odd_nowhere(
    con: duckdb.DuckDBPyConnection, day: str, stack: Stack
) -> None:
    assert oddities(con, [line("CN", day, stack)]) == []


# ---- the claims -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        f"delete from {TABLE} where duty_bucket = 'ieepa' and entry_month = '2025-06'",
        f"delete from {TABLE} where entry_month = '2025-06'",
        f"update {TABLE} set duty_usd = duty_usd + 0.01 where duty_bucket = 'ieepa' and entry_month = '2025-06'",
        f"update {TABLE} set duty_usd = null where entry_month = '2025-06'",
        f"update ace.entry_versions set tariff_row_count = 1 where entry_number = '{entry_number(1)}'",
        f"update lines.entry_baselines set version_ordinal = null where entry_number = '{entry_number(1)}'",
    ],
)
def test_a_row_that_is_lost_or_invented_breaks_the_claim_of_its_month_only(
    con: duckdb.DuckDBPyConnection, damage: str
) -> None:
    classify_all(con, [line("CN", day, {"9903.01.25": "100"}) for day in ("2025-06-10", "2025-07-10")])
    build(con, TABLE)
    assert broken_claim(con, TABLE, "no_row_is_lost") == []
    con.execute(damage)
    assert {row["entry_number"] for row in broken_claim(con, TABLE, "no_row_is_lost")} == {entry_number(1)}
    assert broken_claim(con, TABLE, "no_row_is_lost", months=("2025-07",)) == []


def test_a_row_that_no_decision_covers_breaks_the_claim(con: duckdb.DuckDBPyConnection) -> None:
    classified(con, line("CN", "2025-06-10", {"9903.01.25": "100"}))
    con.execute("delete from lines.heading_decisions where duty_bucket = 'ieepa'")
    build(con, TABLE)
    assert len(broken_claim(con, TABLE, "no_row_is_lost")) == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("registry_rate = 0", ["9903.01.25"]),
        ("duty_bucket = 'ieepa_exempt'", ["9903.01.25"]),
        ("registry_rate = 0, counts_as_certain = false", []),
        ("registry_rate = 0, duty_usd = 0", []),
        ("registry_rate = 0, duty_usd = -1", []),
        ("registry_rate = 0, duty_bucket = 'section_301'", []),
    ],
)
def test_duty_that_is_certain_under_a_heading_without_duty_breaks_the_claim_of_its_month_only(
    con: duckdb.DuckDBPyConnection, change: str, found: list[str]
) -> None:
    classified(con, line("CN", "2025-06-10", {"9903.01.25": "100"}))
    build(con, TABLE)
    claim = "no_heading_without_duty_is_certain"
    assert broken_claim(con, TABLE, claim) == []
    con.execute(f"update {TABLE} set {change} where duty_bucket = 'ieepa'")
    assert [row["heading"] for row in broken_claim(con, TABLE, claim)] == found
    assert broken_claim(con, TABLE, claim, months=("2025-07",)) == []
