"""lines.heading_decisions: what the registry says of a tariff number on an entry date and from an origin."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, put, rows_of
from tests.tables.lines.filed import LOAD_ID, Line, Row, entry_number, write_lines, write_registry
from tests.tables.promises import broken_promises

TABLE = "lines.heading_decisions"


def decide(
    con: duckdb.DuckDBPyConnection, heading: str, entry_date: str | None, origin: str | None = "CN"
) -> dict[str, Any]:
    """The decision of the shipped registry on one tariff number."""
    day = None if entry_date is None else date.fromisoformat(entry_date)
    write_registry(con)
    write_lines(con, [Line(origin, day, (Row(heading.replace(".", ""), None),))])
    (row,) = rows_of(con, TABLE)
    return row


def rule(con: duckdb.DuckDBPyConnection, heading: str, first: date, last: date, **values: Any) -> None:
    """One window of an IEEPA heading of a made-up registry."""
    put(
        con,
        "registry.ieepa_headings",
        **{
            "heading": heading,
            "effective_from": first,
            "effective_to": last,
            "rate": Decimal("0.1"),
            "rate_text": "0.10",
            "rate_kind": "ad_valorem_add",
            "imposes_duty": True,
            "countries": ["ALL"],
            **values,
        },
    )


# ---- windows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "origin", "entry_date", "bucket", "rate"),
    [
        ("9903.01.10", "CA", "2025-03-03", "ieepa_exempt", None),
        ("9903.01.10", "CA", "2025-03-04", "ieepa", "0.25"),
        ("9903.01.10", "CA", "2025-07-31", "ieepa", "0.25"),
        ("9903.01.10", "CA", "2025-08-01", "ieepa", "0.35"),
        ("9903.01.10", "CA", "2026-02-23", "ieepa", "0.35"),
        ("9903.01.10", "CA", "2026-02-24", "ieepa_exempt", None),
        ("9903.01.24", "CN", "2025-11-09", "ieepa", "0.20"),
        ("9903.01.24", "CN", "2025-11-10", "ieepa", "0.10"),
        ("9903.01.63", "CN", "2025-04-09", "ieepa", "0.84"),
        ("9903.01.63", "CN", "2025-04-10", "ieepa", "1.25"),
        ("9903.01.63", "CN", "2025-05-13", "ieepa", "1.25"),
        ("9903.01.63", "CN", "2025-05-14", "ieepa_exempt", "0"),
        ("9903.01.84", "IN", "2026-02-06", "ieepa", "0.25"),
        ("9903.01.84", "IN", "2026-02-07", "ieepa_exempt", None),
    ],
)
def test_both_ends_of_a_window_belong_to_it(
    con: duckdb.DuckDBPyConnection, heading: str, origin: str, entry_date: str, bucket: str, rate: str | None
) -> None:
    row = decide(con, heading, entry_date, origin)
    is_outside = rate is None
    assert row["duty_bucket"] == bucket
    assert row["registry_rate"] == (None if rate is None else Decimal(rate))
    assert row["counts_as_certain"] is (bucket == "ieepa")
    assert row["anomaly_codes"] == (["OUTSIDE-WINDOW"] if is_outside else [])


@pytest.mark.parametrize(
    ("entry_date", "nearest"), [("2025-02-01", "2025-03-04"), ("2026-12-01", "2025-08-01"), (None, "2025-03-04")]
)
def test_outside_every_window_the_nearest_one_is_cited(
    con: duckdb.DuckDBPyConnection, entry_date: str | None, nearest: str
) -> None:
    row = decide(con, "9903.01.10", entry_date, "CA")
    assert row["effective_from"] == date.fromisoformat(nearest)
    assert (row["programme"], row["registry_rate"]) == ("fentanyl_CA", None)


def test_in_a_gap_between_windows_no_rate_is_known(con: duckdb.DuckDBPyConnection) -> None:
    rule(con, "9903.01.25", date(2025, 1, 1), date(2025, 1, 10))
    rule(con, "9903.01.25", date(2025, 2, 1), date(2025, 2, 10), rate=Decimal("0.2"), rate_text="0.20")
    write_lines(con, [Line("CN", date(2025, 1, 20), (Row("99030125", None),))])
    (row,) = rows_of(con, TABLE)
    assert (row["duty_bucket"], row["registry_rate"], row["anomaly_codes"]) == (
        "ieepa_exempt",
        None,
        ["OUTSIDE-WINDOW"],
    )


def test_without_an_entry_date_an_ieepa_heading_is_named_and_not_certain(con: duckdb.DuckDBPyConnection) -> None:
    row = decide(con, "9903.01.25", None)
    assert (row["duty_bucket"], row["counts_as_certain"], row["registry_rate"]) == ("ieepa", False, None)
    assert row["anomaly_codes"] == ["ENTRY-DATE-ABSENT"]
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("heading", ["9903.88.03", "8501.10.90"])
def test_without_an_entry_date_what_is_not_ieepa_stays_what_it_is(con: duckdb.DuckDBPyConnection, heading: str) -> None:
    row = decide(con, heading, None)
    assert (row["counts_as_certain"], row["anomaly_codes"]) == (True, [])


def test_a_withdrawn_window_decides_nothing(con: duckdb.DuckDBPyConnection) -> None:
    first, last = date(2025, 1, 1), date(2025, 12, 31)
    rule(con, "9903.01.25", first, last, rate=Decimal("0.5"), withdrawn_date=date(2026, 11, 1))
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row("99030125", None),))])
    assert rows_of(con, TABLE)[0]["duty_bucket"] == "unknown_chapter_99"
    rule(con, "9903.01.25", first, last)
    assert rows_of(con, TABLE)[0]["registry_rate"] == Decimal("0.1")


# ---- kinds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "entry_date", "origin", "bucket"),
    [
        ("9903.01.25", "2025-10-01", "TH", "ieepa"),
        ("9903.01.33", "2025-10-01", "CN", "ieepa_exempt"),
        ("9903.01.28", "2025-06-15", "CN", "ieepa_exempt"),
        ("9903.01.35", "2025-10-01", "CN", "unknown_chapter_99"),
        ("9903.02.92", "2025-10-01", "CN", "unknown_chapter_99"),
        ("9903.99.99", "2025-10-01", "CN", "unknown_chapter_99"),
        ("9903.88.03", "2025-10-01", "CN", "section_301"),
        ("9903.94.45", "2025-11-20", "DE", "section_232"),
        ("9903.45.25", "2025-10-01", "CN", "section_201"),
        ("9903.03.01", "2026-02-24", "CN", "section_122"),
        ("9903.03.11", "2026-02-24", "CN", "section_122"),
        ("9903.03.12", "2026-09-01", "CA", "other_chapter_99"),
        ("9904.04.01", "2025-10-01", "CN", "other_chapter_99"),
        ("9912.01.01", "2025-10-01", "CN", "other_chapter_99"),
        ("9802.00.80", "2025-10-01", "MX", "chapter_98"),
        ("9817.00.96", "2025-10-01", "CN", "chapter_98"),
        ("0101.21.00", "2025-10-01", "CN", "column_1"),
        ("9701.21.00", "2025-10-01", "CN", "column_1"),
    ],
)
def test_every_tariff_number_has_its_bucket(
    con: duckdb.DuckDBPyConnection, heading: str, entry_date: str, origin: str, bucket: str
) -> None:
    row = decide(con, heading, entry_date, origin)
    assert (row["duty_bucket"], row["heading"]) == (bucket, heading)
    assert ("UNKNOWN-HEADING" in row["anomaly_codes"]) is (bucket == "unknown_chapter_99")
    assert row["counts_as_certain"] is (bucket != "ieepa_exempt")


@pytest.mark.parametrize("heading", ["9903.02.20", "9903.02.73", "9903.02.80", "9903.02.83", "9903.02.88"])
def test_the_five_headings_that_replace_column_1_have_a_floor_and_no_rate(
    con: duckdb.DuckDBPyConnection, heading: str
) -> None:
    row = decide(con, heading, "2025-12-20", "DE")
    assert (row["rate_kind"], row["registry_rate"], row["floor_rate"]) == ("floor_inclusive", None, Decimal("0.15"))


def test_other_headings_and_other_days_have_no_floor(con: duckdb.DuckDBPyConnection) -> None:
    assert decide(con, "9903.01.25", "2025-12-20")["floor_rate"] is None
    assert decide(con, "9903.02.20", "2026-02-24", "DE")["floor_rate"] is None


@pytest.mark.parametrize(
    ("heading", "day", "bucket", "is_certain"),
    [
        ("9903.96.01", "2025-06-29", "other_chapter_99", True),
        ("9903.96.01", "2025-06-30", "ieepa_exempt", False),
        ("9903.96.01", "2026-02-23", "ieepa_exempt", False),
        ("9903.96.01", "2026-02-24", "other_chapter_99", True),
        ("9903.96.01", None, "ieepa_exempt", False),
        ("9903.96.03", "2026-05-01", "section_232", True),
    ],
)
def test_the_aircraft_companion_outlives_ieepa(
    con: duckdb.DuckDBPyConnection, heading: str, day: str | None, bucket: str, *, is_certain: bool
) -> None:
    row = decide(con, heading, day, "GB")
    assert (row["duty_bucket"], row["counts_as_certain"]) == (bucket, is_certain)


def test_a_rate_replaced_backwards_in_time_is_named_and_stays_certain(con: duckdb.DuckDBPyConnection) -> None:
    row = decide(con, "9903.02.30", "2025-08-20", "JP")
    assert (row["duty_bucket"], row["counts_as_certain"]) == ("ieepa", True)
    assert row["anomaly_codes"] == ["SUPERSEDED-RETROACTIVE"]


# ---- families -------------------------------------------------------------------------------------------------------


def family(con: duckdb.DuckDBPyConnection, first: str, last: str, bucket: str, **values: Any) -> None:
    put(
        con,
        "registry.chapter99_families",
        **{
            "pattern": f"{first}-{last}",
            "heading_from": first,
            "heading_to": last,
            "family": bucket,
            "duty_bucket": bucket,
            **values,
        },
    )


def test_the_narrowest_family_that_holds_the_heading_decides(con: duckdb.DuckDBPyConnection) -> None:
    family(con, "99030000", "99039999", "other_chapter_99")
    family(con, "99038000", "99038999", "section_301", source="narrow", locator="list 3")
    family(con, "99038801", "99038802", "section_232")
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row("99038803", None),))])
    (row,) = rows_of(con, TABLE)
    assert (row["duty_bucket"], row["programme"]) == ("section_301", "section_301")
    assert (row["rule_source"], row["rule_locator"]) == ("narrow", "list 3")


@pytest.mark.parametrize(("heading", "bucket"), [("99038801", "section_301"), ("99038800", "unknown_chapter_99")])
def test_both_ends_of_a_family_belong_to_it(con: duckdb.DuckDBPyConnection, heading: str, bucket: str) -> None:
    family(con, "99038801", "99038801", "section_301")
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row(heading, None),))])
    assert rows_of(con, TABLE)[0]["duty_bucket"] == bucket


def test_a_withdrawn_family_and_one_that_is_no_tariff_number_decide_nothing(con: duckdb.DuckDBPyConnection) -> None:
    family(con, "99038803", "99038803", "section_301", withdrawn_date=date(2026, 11, 1))
    put(con, "registry.chapter99_families", pattern="499", duty_bucket=None)
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row("99038803", None), Row("98010010", None)))])
    assert [row["duty_bucket"] for row in rows_of(con, TABLE)] == ["chapter_98", "unknown_chapter_99"]


@pytest.mark.parametrize(
    ("entry_date", "codes"),
    [("2026-02-23", ["OUTSIDE-WINDOW"]), ("2026-02-24", []), ("2026-07-23", []), ("2026-07-24", ["OUTSIDE-WINDOW"])],
)
def test_a_family_outside_its_window_keeps_its_bucket_and_is_flagged(
    con: duckdb.DuckDBPyConnection, entry_date: str, codes: list[str]
) -> None:
    row = decide(con, "9903.03.01", entry_date, "VN")
    assert (row["duty_bucket"], row["anomaly_codes"], row["counts_as_certain"]) == ("section_122", codes, True)


def test_an_open_window_has_no_end(con: duckdb.DuckDBPyConnection) -> None:
    assert decide(con, "9903.88.03", "2028-12-31")["anomaly_codes"] == []


# ---- origins --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "origin", "is_right"),
    [
        ("9903.01.24", "CN", True),
        ("9903.01.24", "HK", True),
        ("9903.01.24", "MO", False),
        ("9903.01.24", "VN", False),
        ("9903.01.25", "VN", True),
        ("9903.02.20", "DE", True),
        ("9903.02.20", "GB", False),
        ("9903.01.10", "XO", True),
        ("9903.01.10", "XA", True),
        ("9903.01.10", "XX", False),
        ("9903.01.24", None, True),
    ],
)
def test_a_wrong_origin_makes_the_row_doubtful_and_a_missing_one_does_not(
    con: duckdb.DuckDBPyConnection, heading: str, origin: str | None, *, is_right: bool
) -> None:
    row = decide(con, heading, "2025-10-01", origin)
    assert (row["duty_bucket"], row["counts_as_certain"]) == ("ieepa", is_right)
    assert row["anomaly_codes"] == ([] if is_right else ["WRONG-ORIGIN"])
    assert row["country_of_origin"] == origin


def test_a_withdrawn_alias_is_no_alias(con: duckdb.DuckDBPyConnection) -> None:
    rule(con, "9903.01.10", date(2025, 1, 1), date(2025, 12, 31), countries=["CA"])
    put(con, "registry.origin_aliases", origin_alias="XA", country_code="CA", withdrawn_date=date(2026, 11, 1))
    write_lines(con, [Line("XA", date(2025, 6, 1), (Row("99030110", None),))])
    assert rows_of(con, TABLE)[0]["anomaly_codes"] == ["WRONG-ORIGIN"]


def test_the_origin_is_tested_against_the_window_of_the_day(con: duckdb.DuckDBPyConnection) -> None:
    rule(con, "9903.01.25", date(2025, 1, 1), date(2025, 6, 30), countries=["CN"])
    rule(con, "9903.01.25", date(2025, 7, 1), date(2025, 12, 31), countries=["VN"])
    days = (date(2025, 6, 30), date(2025, 7, 1))
    write_lines(con, [Line("VN", day, (Row("99030125", None),)) for day in days])
    assert [row["counts_as_certain"] for row in rows_of(con, TABLE)] == [False, True]


# ---- what is asked --------------------------------------------------------------------------------------------------


def test_equal_numbers_days_and_origins_are_decided_once(con: duckdb.DuckDBPyConnection) -> None:
    write_registry(con)
    day = date(2025, 6, 1)
    rows = (Row("99030125", None), Row("9903012500", None))
    write_lines(con, [Line("CN", day, rows), Line("CN", day, rows), Line("VN", day, rows), Line("CN", None, rows)])
    keys = [row["decision_key"] for row in rows_of(con, TABLE)]
    assert keys == ["99030125|2025-06-01|CN", "99030125|2025-06-01|VN", "99030125|undated|CN"]
    assert broken_promises(con, TABLE) == []


def test_a_row_without_its_own_date_takes_that_of_its_entry(con: duckdb.DuckDBPyConnection) -> None:
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row("99030125", None),))])
    con.execute("update ace.es003_tariff_lines set entry_date = null")
    (row,) = rows_of(con, TABLE)
    assert row["law_date"] == date(2025, 6, 1)
    con.execute("update lines.entry_baselines set entry_date = null")
    (row,) = rows_of(con, TABLE)
    assert (row["law_date"], row["decision_key"]) == (None, "99030125|undated|CN")


def test_only_rows_of_the_baseline_are_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    write_lines(con, [Line("CN", date(2025, 6, 1), (Row("99030125", None),))])
    put(con, "ace.es003_tariff_lines", load_id="e" * 64, entry_number=entry_number(1), hts_number="99038803")
    put(con, "ace.entry_version_loads", load_id="e" * 64, entry_number=entry_number(1), version_ordinal=2)
    put(con, "ace.es003_tariff_lines", load_id=LOAD_ID, entry_number="ABC99999990", hts_number="99038803")
    assert [row["heading"] for row in rows_of(con, TABLE)] == ["9903.01.25"]


# ---- policies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_day", "heading", "origin", "entry_date", "bucket"),
    [
        (date(2026, 2, 20), "9903.01.24", "CN", "2026-02-20", "ieepa"),
        (date(2026, 2, 20), "9903.01.24", "CN", "2026-02-21", "ieepa_exempt"),
        (date(2026, 2, 7), "9903.01.24", "CN", "2026-02-08", "ieepa_exempt"),
        (date(2026, 2, 24), "9903.01.24", "CN", "2026-02-24", "ieepa"),
        (date(2026, 2, 24), "9903.01.24", "CN", "2026-02-25", "ieepa_exempt"),
        (date(2026, 2, 24), "9903.01.84", "IN", "2026-02-07", "ieepa_exempt"),
        (date(2026, 2, 24), "9903.01.20", "CN", "2025-03-04", "ieepa_exempt"),
    ],
)
def test_another_last_day_moves_the_end_of_what_ended_on_the_last_day_and_of_nothing_before_it(
    con: duckdb.DuckDBPyConnection, last_day: date, heading: str, origin: str, entry_date: str, bucket: str
) -> None:
    choose(con, ieepa_last_day=last_day)
    assert decide(con, heading, entry_date, origin)["duty_bucket"] == bucket


@pytest.mark.parametrize(
    ("heading", "origin", "entry_date", "bucket"),
    [
        ("9903.01.20", "CN", "2025-01-31", "ieepa_exempt"),
        ("9903.01.20", "CN", "2025-02-01", "ieepa"),
        ("9903.01.01", "MX", "2025-03-03", "ieepa_exempt"),
    ],
)
def test_another_first_day_moves_the_start_of_what_started_on_the_first_day_only(
    con: duckdb.DuckDBPyConnection, heading: str, origin: str, entry_date: str, bucket: str
) -> None:
    choose(con, ieepa_first_day=date(2025, 2, 1))
    assert decide(con, heading, entry_date, origin)["duty_bucket"] == bucket


@pytest.mark.parametrize(
    ("heading", "bucket"),
    [
        ("9903.01.24", "other_chapter_99"),
        ("9903.01.25", "ieepa"),
        ("9903.01.71", "other_chapter_99"),
        ("9903.02.69", "other_chapter_99"),
        ("9903.96.01", "other_chapter_99"),
        ("9903.01.35", "unknown_chapter_99"),
        ("9903.88.03", "section_301"),
    ],
)
def test_under_the_range_of_a_guide_a_heading_outside_it_is_not_ieepa_and_not_unknown(
    con: duckdb.DuckDBPyConnection, heading: str, bucket: str
) -> None:
    choose(con, first_ieepa_heading="99030125", last_ieepa_heading="99030170")
    assert decide(con, heading, "2025-09-01")["duty_bucket"] == bucket


def test_the_day_of_the_law_goes_before_the_date_of_entry(con: duckdb.DuckDBPyConnection) -> None:
    write_registry(con)
    write_lines(con, [Line("CN", date(2025, 11, 20), (Row("99030124", None),), "06")])
    put(con, "lines.law_dates", entry_number=entry_number(1), law_date=date(2025, 11, 9), law_date_basis="filing_date")
    (row,) = rows_of(con, TABLE)
    assert (row["law_date"], row["registry_rate"]) == (date(2025, 11, 9), Decimal("0.2"))
    assert row["decision_key"] == "99030124|2025-11-09|CN"
