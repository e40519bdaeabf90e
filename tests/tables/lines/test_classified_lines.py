"""lines.classified_lines: every tariff row of the baseline, which duty it is and what is odd about it."""

from datetime import date
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
    write_lines,
    write_registry,
)
from tests.tables.promises import broken_claim, broken_promises, build

TABLE = "lines.classified_lines"
DAY = date(2025, 6, 10)
OLDER = "e" * 64


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
    assert (rows[1]["programme"], rows[1]["rule_source"] is not None) == ("fentanyl_CN", True)
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
    stack: dict[str, str | None] = {"9903.01.24": "200"}
    filed = [line("CN", "2025-12-01", stack, entry_type=entry_type) for entry_type in ("01", "06")]
    ordinary, zone = (rows[0] for rows in classify_all(con, filed))
    assert (ordinary["counts_as_certain"], ordinary["anomaly_codes"]) == (True, ["RATE-DEVIATES"])
    assert zone["counts_as_certain"] is False
    assert zone["anomaly_codes"] == ["PRIVILEGED-FOREIGN-DATE-UNKNOWN", "RATE-DEVIATES"]
    fitting = classified(con, line("CN", "2025-12-01", {"9903.01.24": "100"}, entry_type="06"))[0]
    assert (fitting["counts_as_certain"], fitting["anomaly_codes"]) == (True, [])


def test_an_entry_of_unknown_type_is_judged_like_an_ordinary_one(con: duckdb.DuckDBPyConnection) -> None:
    classified(con, line("CN", "2025-12-01", {"9903.01.24": "200"}))
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
    ("heading", "duty", "expected"),
    [
        ("9903.01.33", "0.01", ["DUTY-ON-EXEMPT-HEADING"]),
        ("9903.01.33", "0", []),
        ("9903.01.63", "0.01", ["DUTY-ON-SUSPENDED-HEADING"]),
        ("9903.01.63", "0", []),
        ("9903.01.24", None, ["DUTY-ABSENT"]),
        ("9903.01.33", None, []),
        ("9903.88.03", None, []),
        ("9903.99.99", "5", ["UNKNOWN-HEADING"]),
    ],
)
def test_odd_duties_are_named(
    con: duckdb.DuckDBPyConnection, heading: str, duty: str | None, expected: list[str]
) -> None:
    assert codes(con, "CN", "2025-06-10", {heading: duty}) == expected


def test_duty_outside_every_window_is_not_called_duty_on_an_exempt_heading(con: duckdb.DuckDBPyConnection) -> None:
    assert codes(con, "CN", "2026-02-24", {"9903.01.25": "100"}) == ["OUTSIDE-WINDOW"]


@pytest.mark.parametrize("value", [None, "0"])
@pytest.mark.parametrize(("duty", "expected"), [("100", ["DUTY-WITHOUT-VALUE"]), ("0", [])])
def test_duty_on_a_line_without_a_value_is_named(
    con: duckdb.DuckDBPyConnection, value: str | None, duty: str, expected: list[str]
) -> None:
    assert codes(con, "CN", "2025-06-10", {"9903.01.25": duty}, value=value) == expected


def test_one_ieepa_heading_twice_on_a_line_is_named_and_other_headings_are_not(con: duckdb.DuckDBPyConnection) -> None:
    rows = (
        Row("99030125", Decimal(50)),
        Row("9903012500", Decimal(50)),
        Row("99038803", Decimal(5)),
        Row("99038803", Decimal(5)),
        Row(COMMODITY, Decimal(0), Decimal(500)),
    )
    found = classified(con, Line("CN", DAY, rows))
    assert [row["anomaly_codes"] for row in found] == [["DUPLICATE-HEADING"], ["DUPLICATE-HEADING"], [], [], []]


# ---- column 1 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spi", "kept"), [(None, "4%"), ("JP", "4%"), ("KR", None), ("kr", None)])
def test_under_the_korean_agreement_the_printed_general_rate_is_not_kept(
    con: duckdb.DuckDBPyConnection, spi: str | None, kept: str | None
) -> None:
    rows = classified(con, line("KR", "2025-12-10", {"9903.02.80": "150"}, column_1="4%", spi=spi))
    assert [row["column_1_rate_filed"] for row in rows] == [None, kept]


# ---- the claim ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        f"delete from {TABLE} where duty_bucket = 'ieepa' and entry_month = '2025-06'",
        f"update {TABLE} set tariff_ordinal = 9 where duty_bucket = 'ieepa' and entry_month = '2025-06'",
        f"update {TABLE} set line_number = 9 where duty_bucket = 'ieepa' and entry_month = '2025-06'",
        "delete from ace.es003_tariff_lines where tariff_ordinal = 1 and entry_date = date '2025-06-10'",
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
