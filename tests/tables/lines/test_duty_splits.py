"""lines.duty_splits: the duty of a line by the authority it was collected under, from the amounts filed on its rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, put, rows_of
from tests.tables.lines.filed import COMMODITY, Line, Row, classify_all, entry_number, line, split, split_all
from tests.tables.promises import broken_claim, broken_promises, build

TABLE = "lines.duty_splits"
PARTS = (
    "section_232_usd",
    "section_301_usd",
    "section_201_usd",
    "section_122_usd",
    "chapter_98_usd",
    "other_chapter99_usd",
    "column_1_usd",
)
AMOUNTS = (
    "paid_duty_usd",
    "ieepa_usd",
    "ieepa_low_usd",
    "ieepa_high_usd",
    "undetermined_usd",
    "non_ieepa_usd",
    *PARTS,
)


def ieepa(con: duckdb.DuckDBPyConnection, *args: Any, **more: Any) -> Decimal:
    """The IEEPA duty of a line on which nothing is doubtful."""
    row = split(con, line(*args, **more))
    assert row["anomaly_codes"] == []
    assert row["undetermined_usd"] == 0
    amount: Decimal = row["ieepa_usd"]
    return amount


# ---- the worked checks of the registry ------------------------------------------------------------------------------


def test_check_1_a_chinese_list_3_line_returns_fentanyl_and_reciprocal_duty_and_keeps_the_rest(
    con: duckdb.DuckDBPyConnection,
) -> None:
    duties: dict[str, str | None] = {"9903.88.03": "250", "9903.01.24": "200", "9903.01.25": "100"}
    row = split(con, line("CN", "2025-06-10", duties, base_duty="37", column_1="3.7%"))
    assert {name: row[name] for name in AMOUNTS if row[name]} == {
        "paid_duty_usd": 587,
        "ieepa_usd": 300,
        "ieepa_low_usd": 300,
        "ieepa_high_usd": 300,
        "non_ieepa_usd": 287,
        "section_301_usd": 250,
        "column_1_usd": 37,
    }
    assert (row["split_basis"], row["applied_rate"]) == ("filed_rows", Decimal("0.3"))
    assert (row["programmes"], row["anomaly_codes"]) == (["fentanyl_CN", "reciprocal"], [])


def test_check_2_the_chinese_reciprocal_rate_follows_the_entry_date(con: duckdb.DuckDBPyConnection) -> None:
    assert ieepa(con, "CN", "2025-04-09", {"9903.01.24": "200", "9903.01.63": "840"}) == 1040
    assert ieepa(con, "CN", "2025-04-20", {"9903.01.24": "200", "9903.01.63": "1250"}) == 1450
    assert ieepa(con, "CN", "2025-05-14", {"9903.01.24": "200", "9903.01.25": "100"}) == 300


def test_check_3_the_fentanyl_rate_is_ten_percent_in_december_2025(con: duckdb.DuckDBPyConnection) -> None:
    assert ieepa(con, "CN", "2025-12-01", {"9903.01.24": "100", "9903.01.25": "100"}) == 200


def test_check_4_a_german_line_returns_15_percent_less_column_1_whichever_way_it_was_filed(
    con: duckdb.DuckDBPyConnection,
) -> None:
    whole = line("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="4%")
    difference = line("DE", "2025-10-01", {"9903.02.20": "110"}, base_duty="40", column_1="4%")
    classify_all(con, [whole, difference])
    rows = split_all(con)
    assert [(row["ieepa_usd"], row["ieepa_high_usd"], row["column_1_usd"]) for row in rows] == [(110, 110, 40)] * 2
    assert [row["split_basis"] for row in rows] == ["replacement_net", "filed_rows"]
    assert [row["applied_rate"] for row in rows] == [Decimal("0.11")] * 2
    assert [row["rests_on_assumption"] for row in rows] == ["column1_restored", None]


def test_check_5_an_uncorrected_japanese_row_is_ieepa_as_a_whole(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, line("JP", "2025-08-20", {"9903.02.30": "150"}, base_duty="40", column_1="4%"))
    assert (row["ieepa_usd"], row["undetermined_usd"], row["column_1_usd"]) == (150, 0, 40)
    assert row["anomaly_codes"] == ["SUPERSEDED-RETROACTIVE"]


def test_check_6_brazil_and_india_add_two_rows_until_the_indian_duty_ends(con: duckdb.DuckDBPyConnection) -> None:
    assert ieepa(con, "BR", "2025-09-01", {"9903.02.09": "100", "9903.01.77": "400"}) == 500
    assert ieepa(con, "IN", "2025-12-01", {"9903.02.26": "250", "9903.01.84": "250"}) == 500
    assert ieepa(con, "IN", "2026-02-10", {"9903.02.26": "250"}) == 250


def test_check_7_a_metal_split_pays_reciprocal_duty_on_the_other_line_only(con: duckdb.DuckDBPyConnection) -> None:
    assert ieepa(con, "VN", "2025-07-01", {"9903.01.25": "40"}, value="400") == 40
    assert ieepa(con, "VN", "2025-07-01", {"9903.81.91": "300", "9903.01.33": "0"}, value="600") == 0
    assert rows_of(con, TABLE)[0]["section_232_usd"] == 300


def test_check_8_the_canadian_rate_rises_on_the_first_of_august_and_energy_does_not(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert ieepa(con, "CA", "2025-07-31", {"9903.01.10": "250"}) == 250
    assert ieepa(con, "CA", "2025-08-01", {"9903.01.10": "350"}) == 350
    assert ieepa(con, "CA", "2025-07-31", {"9903.01.13": "100"}) == 100
    assert ieepa(con, "XO", "2025-08-01", {"9903.01.13": "100"}) == 100


def test_check_9_section_122_replaces_ieepa_on_the_24th_of_february_2026(con: duckdb.DuckDBPyConnection) -> None:
    assert ieepa(con, "VN", "2026-02-23", {"9903.02.69": "200"}) == 200
    assert ieepa(con, "VN", "2026-02-24", {"9903.03.01": "100"}) == 0
    (row,) = rows_of(con, TABLE)
    assert (row["ieepa_high_usd"], row["section_122_usd"]) == (0, 100)


# ---- doubtful rows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "entry_date", "heading"),
    [
        ("CN", "2025-06-10", "9903.01.28"),
        ("CN", "2025-06-10", "9903.01.63"),
        ("IN", "2026-02-07", "9903.01.84"),
        ("VN", "2025-06-10", "9903.01.24"),
        ("CN", None, "9903.01.25"),
        ("GB", "2025-12-10", "9903.02.20"),
    ],
    ids=["exempt", "suspended", "outside its window", "wrong origin", "no entry date", "wrong origin, 15 %"],
)
@pytest.mark.parametrize(("duty", "low", "high"), [("100", 0, 100), ("-30", -30, -30), ("0", 0, 0), (None, 0, 0)])
def test_a_doubtful_row_counts_nothing_at_the_low_end_and_a_credit_at_both(
    con: duckdb.DuckDBPyConnection,
    origin: str,
    entry_date: str | None,
    heading: str,
    duty: str | None,
    low: int,
    high: int,
) -> None:
    row = split(con, line(origin, entry_date, {heading: duty}, base_duty="37"))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["undetermined_usd"]) == (low, high, high - low)
    assert (row["non_ieepa_usd"], row["split_basis"]) == (37, "filed_rows")


def test_certain_and_doubtful_rows_stand_side_by_side(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, line("VN", "2025-06-10", {"9903.01.25": "100", "9903.01.24": "200", "9903.01.33": "-5"}))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["undetermined_usd"]) == (95, 295, 200)
    assert row["paid_duty_usd"] == 295


def test_duty_on_the_aircraft_companion_after_ieepa_is_other_chapter_99_duty(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, line("GB", "2026-02-24", {"9903.96.01": "12"}))
    assert (row["ieepa_high_usd"], row["other_chapter99_usd"], row["non_ieepa_usd"]) == (0, 12, 12)


def test_every_family_has_its_own_amount(con: duckdb.DuckDBPyConnection) -> None:
    duties: dict[str, str | None] = {
        "9903.94.45": "1",
        "9903.88.03": "20",
        "9903.45.25": "300",
        "9903.03.01": "4000",
        "9802.00.80": "50000",
        "9904.04.01": "600000",
        "9903.99.99": "7000000",
    }
    row = split(con, line("CN", "2026-03-02", duties, base_duty="80000000"))
    assert [row[part] for part in PARTS] == [1, 20, 300, 4000, 50000, 7600000, 80000000]
    assert row["non_ieepa_usd"] == row["paid_duty_usd"] == 87654321
    assert (row["programmes"], row["applied_rate"]) == ([], None)


def test_blank_duty_is_counted_as_absent_where_the_heading_imposes_one_and_nowhere_else(
    con: duckdb.DuckDBPyConnection,
) -> None:
    duties = {"9903.01.24": None, "9903.01.25": "100", "9903.01.33": None, "9903.88.03": None}
    row = split(con, line("CN", "2025-06-10", duties, base_duty=None))
    assert (row["absent_duty_row_count"], row["paid_duty_usd"], row["ieepa_usd"]) == (1, 100, 100)
    assert row["anomaly_codes"] == ["DUTY-ABSENT"]


def test_a_programme_is_named_where_it_imposes_duty_or_took_some(con: duckdb.DuckDBPyConnection) -> None:
    named = split(con, line("CA", "2025-06-10", {"9903.01.10": "0", "9903.01.26": "0"}))["programmes"]
    assert named == ["fentanyl_CA"]
    con.execute("update lines.classified_lines set duty_usd = 5 where heading = '9903.01.26'")
    assert rows_of(con, TABLE)[0]["programmes"] == ["fentanyl_CA", "reciprocal"]


@pytest.mark.parametrize(
    ("origin", "headings", "programmes"),
    [
        ("IN", ["9903.01.77", "9903.01.84", "9903.01.25"], ["brazil", "reciprocal", "russian_oil_india"]),
        ("CN", ["9903.01.24", "9903.01.25", "9903.01.24"], ["fentanyl_CN", "reciprocal"]),
        ("VN", ["9903.01.25", "9903.01.25", "9903.01.25"], ["reciprocal"]),
    ],
)
def test_every_programme_of_a_line_is_named_once_in_order_of_name(
    con: duckdb.DuckDBPyConnection, origin: str, headings: list[str], programmes: list[str]
) -> None:
    rows = [Row(heading.replace(".", ""), Decimal(50)) for heading in headings]
    commodity = Row(COMMODITY, Decimal(0), Decimal(500))
    assert split(con, Line(origin, date(2025, 9, 10), (*rows, commodity)))["programmes"] == programmes


# ---- the 15 % headings ----------------------------------------------------------------------------------------------


def german(
    floor_duty: str | None = "150",
    base_duty: str | None = "0",
    column_1: str | None = "4%",
    value: str | None = "1000",
    fact: str | None = None,
) -> Line:
    return line(
        "DE",
        "2025-10-01",
        {"9903.02.20": floor_duty},
        base_duty=base_duty,
        column_1=column_1,
        value=value,
        column_1_fact=fact,
    )


def ends(con: duckdb.DuckDBPyConnection, filed: Line) -> tuple[Decimal, Decimal, str]:
    row = split(con, filed)
    return row["ieepa_low_usd"], row["ieepa_high_usd"], row["split_basis"]


@pytest.mark.parametrize("column_1", [None, "2.8 cents/kg + 8.5%", "4"])
def test_column_1_that_cannot_be_known_gives_a_range_from_nothing_to_the_whole_row(
    con: duckdb.DuckDBPyConnection, column_1: str | None
) -> None:
    row = split(con, german("150", "0", column_1))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"]) == (0, Decimal("150"))
    assert (row["split_basis"], row["column_1_usd"]) == ("replacement_range", 0)
    assert (row["anomaly_codes"], row["applied_rate"]) == (["COLUMN-1-UNKNOWN"], None)
    assert (row["rests_on_assumption"], row["split_confidence"]) == ("column1_restored", "range")
    assert (row["column_1_basis"], row["column_1_applied_rate"]) == (None, None)


@pytest.mark.parametrize("column_1", [None, "2.8 cents/kg + 8.5%", "4"])
def test_where_column_1_is_not_printed_the_duty_of_the_commodity_row_says_it(
    con: duckdb.DuckDBPyConnection, column_1: str | None
) -> None:
    row = split(con, german("110", "40", column_1))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["column_1_usd"]) == (110, 110, 40)
    assert (row["split_basis"], row["split_confidence"], row["anomaly_codes"]) == ("filed_rows", "filed", [])
    assert (row["column_1_basis"], row["column_1_applied_rate"]) == ("filed_base_row", Decimal("0.04"))
    assert row["rests_on_assumption"] is None


@pytest.mark.parametrize(
    ("base_duty", "basis"),
    [
        ("39.24", "replacement_range"),
        ("39.25", "filed_rows"),
        ("40.75", "filed_rows"),
        ("40.76", "replacement_range"),
    ],
)
def test_the_commodity_row_says_it_only_where_the_two_rows_make_15_percent(
    con: duckdb.DuckDBPyConnection, base_duty: str, basis: str
) -> None:
    low = Decimal(110) if basis == "filed_rows" else 0
    assert ends(con, german("110", base_duty, None)) == (low, 110, basis)


def test_under_the_policy_of_the_whole_row_nothing_is_taken_out_and_nothing_is_doubtful(
    con: duckdb.DuckDBPyConnection,
) -> None:
    choose(con, fifteen_percent_policy="whole_row")
    for filed in (german("150"), german("150", column_1=None), german("110", "40"), german("130", "0")):
        row = split(con, filed)
        assert row["ieepa_low_usd"] == row["ieepa_high_usd"] == filed.rows[0].duty
        assert (row["split_basis"], row["rests_on_assumption"]) == ("filed_rows", None)


@pytest.mark.parametrize(
    ("floor_duty", "low", "basis"),
    [
        ("149.24", "0", "replacement_range"),
        ("149.25", "109.25", "replacement_net"),
        ("150.75", "110.75", "replacement_net"),
        ("150.76", "0", "replacement_range"),
    ],
)
def test_the_line_must_add_up_to_15_percent_within_half_a_percent(
    con: duckdb.DuckDBPyConnection, floor_duty: str, low: str, basis: str
) -> None:
    assert ends(con, german(floor_duty)) == (
        Decimal(low),
        Decimal(floor_duty) if basis == "replacement_range" else Decimal(low),
        basis,
    )


@pytest.mark.parametrize(
    ("floor_duty", "basis"),
    [
        ("0.13", "replacement_range"),
        ("0.14", "replacement_net"),
        ("0.16", "replacement_net"),
        ("0.17", "replacement_range"),
    ],
)
def test_on_a_tiny_line_it_must_add_up_within_one_cent(
    con: duckdb.DuckDBPyConnection, floor_duty: str, basis: str
) -> None:
    assert ends(con, german(floor_duty, value="1.00", column_1="Free"))[2] == basis


@pytest.mark.parametrize(
    ("base_duty", "basis"),
    [
        ("39.79", "replacement_range"),
        ("39.80", "filed_rows"),
        ("40.20", "filed_rows"),
        ("40.21", "replacement_range"),
        ("-40", "replacement_range"),
    ],
)
def test_duty_on_the_commodity_row_must_be_column_1_within_half_a_percent_of_column_1(
    con: duckdb.DuckDBPyConnection, base_duty: str, basis: str
) -> None:
    floor_duty = str(150 - Decimal(base_duty))
    row = split(con, german(floor_duty, base_duty))
    assert row["split_basis"] == basis
    assert row["ieepa_high_usd"] == Decimal(floor_duty)
    assert ("FLOOR-DOES-NOT-ADD-UP" in row["anomaly_codes"]) is (basis == "replacement_range")


def test_column_1_is_rounded_half_up_to_the_cent_before_it_is_taken_out(con: duckdb.DuckDBPyConnection) -> None:
    # 3.7 % of 333.33 is 12.33321; 5 % of 0.50 is 0.025
    assert ends(con, german("50.00", column_1="3.7%", value="333.33"))[0] == Decimal("37.67")
    assert ends(con, german("0.08", column_1="5%", value="0.50"))[0] == Decimal("0.05")


@pytest.mark.parametrize(("column_1", "left"), [("14.9%", "1.00"), ("15%", "0"), ("15.05%", "0"), ("17.6%", "0")])
def test_a_column_1_rate_of_15_percent_or_more_leaves_nothing_and_never_less(
    con: duckdb.DuckDBPyConnection, column_1: str, left: str
) -> None:
    row = split(con, german(column_1=column_1))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"]) == (Decimal(left), Decimal(left))
    assert (row["split_basis"], row["column_1_usd"]) == ("replacement_net", 150 - Decimal(left))
    assert row["anomaly_codes"] == ([] if left == "1.00" else ["COLUMN-1-NOT-BELOW-FLOOR"])
    assert row["applied_rate"] == (Decimal("0.001") if left == "1.00" else 0)


def test_a_free_column_1_rate_leaves_the_whole_row(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, german(column_1="Free"))
    assert (row["ieepa_usd"], row["column_1_usd"], row["applied_rate"]) == (150, 0, Decimal("0.15"))


@pytest.mark.parametrize(
    ("printed", "fact", "low"),
    [
        ("4%", "0.05", "110"),
        (None, "0.05", "100"),
        ("2.8 cents/kg + 8.5%", "5%", "100"),
        ("4", "0.05", "100"),
        (None, "four", "0"),
        (None, None, "0"),
    ],
)
def test_the_printed_rate_goes_before_the_users_own(
    con: duckdb.DuckDBPyConnection, printed: str | None, fact: str | None, low: str
) -> None:
    assert ends(con, german(column_1=printed, fact=fact))[0] == Decimal(low)


@pytest.mark.parametrize(
    ("first", "second", "low"),
    [("4%", "4%", 110), ("4%", "0.04", 110), ("4%", None, 110), ("4%", "5%", 0), ("4%", "5 cents/kg", 0)],
)
def test_two_commodity_rows_must_agree_on_the_rate(
    con: duckdb.DuckDBPyConnection, first: str, second: str | None, low: int
) -> None:
    rows = (
        Row("99030220", Decimal(150)),
        Row(COMMODITY, Decimal(0), Decimal(600), first),
        Row(COMMODITY, Decimal(0), Decimal(400), second),
    )
    assert ends(con, Line("DE", date(2025, 10, 1), rows))[0] == low


def test_under_the_korean_agreement_the_printed_general_rate_did_not_apply(con: duckdb.DuckDBPyConnection) -> None:
    korean = ("KR", "2025-12-10", {"9903.02.80": "150"})
    filed = [
        line(*korean, column_1="4%"),
        line(*korean, column_1="4%", spi="KR"),
        line(*korean, column_1="4%", spi="KR", column_1_fact="Free"),
    ]
    classify_all(con, filed)
    assert [row["ieepa_low_usd"] for row in split_all(con)] == [110, 0, 150]


@pytest.mark.parametrize("value", [None, "0", "-1000"])
def test_a_line_without_a_value_cannot_be_tested(con: duckdb.DuckDBPyConnection, value: str | None) -> None:
    assert ends(con, german(value=value)) == (0, 150, "replacement_range")


def test_two_15_percent_rows_cannot_be_tested_and_one_without_duty_does_not_count(
    con: duckdb.DuckDBPyConnection,
) -> None:
    commodity = Row(COMMODITY, Decimal(0), Decimal(1000), "4%")
    day = date(2025, 10, 1)
    stacks = [("75", "75"), ("150", "0"), ("150", None), ("170", "-20")]
    filed = [
        Line("DE", day, (*(Row("99030220", None if duty is None else Decimal(duty)) for duty in stack), commodity))
        for stack in stacks
    ]
    classify_all(con, filed)
    found = [(row["ieepa_low_usd"], row["ieepa_high_usd"]) for row in split_all(con)]
    assert found == [(0, 150), (110, 110), (110, 110), (-20, 150)]


def test_a_credit_on_a_15_percent_row_counts_in_full_at_both_ends(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, german("-150"))
    assert (row["ieepa_low_usd"], row["ieepa_high_usd"], row["paid_duty_usd"]) == (-150, -150, -150)
    assert (row["split_basis"], row["rests_on_assumption"]) == ("filed_rows", None)


def test_a_section_232_row_with_the_same_layout_is_never_ieepa(con: duckdb.DuckDBPyConnection) -> None:
    row = split(con, line("DE", "2025-11-20", {"9903.94.45": "150"}, column_1="4%"))
    assert (row["ieepa_high_usd"], row["section_232_usd"], row["split_basis"]) == (0, 150, "filed_rows")


def test_the_fact_of_another_entry_is_not_borrowed(con: duckdb.DuckDBPyConnection) -> None:
    classify_all(con, [german(column_1=None), german(column_1=None, fact="4%")])
    assert [row["split_basis"] for row in split_all(con)] == ["replacement_range", "replacement_net"]


# ---- lines and months -----------------------------------------------------------------------------------------------


def test_every_line_of_an_entry_is_split_by_itself(con: duckdb.DuckDBPyConnection) -> None:
    for number, duty in ((1, "10"), (2, "25")):
        for ordinal, bucket in enumerate(("ieepa", "column_1"), 1):
            put(
                con,
                "lines.classified_lines",
                line_number=number,
                tariff_ordinal=ordinal,
                duty_bucket=bucket,
                counts_as_certain=True,
                rate_kind="ad_valorem_add",
                duty_usd=Decimal(duty),
            )
    assert [(row["line_number"], row["ieepa_usd"], row["column_1_usd"]) for row in rows_of(con, TABLE)] == [
        (1, 10, 10),
        (2, 25, 25),
    ]


def test_only_the_months_asked_for_are_split(con: duckdb.DuckDBPyConnection) -> None:
    classify_all(con, [line("CN", day, {"9903.01.25": "100"}) for day in ("2025-06-30", "2025-07-01")])
    build(con, "lines.classified_lines")
    assert [row["entry_month"] for row in rows_of(con, TABLE, months=("2025-07",))] == ["2025-07"]
    assert broken_promises(con, TABLE) == []


# ---- the claims -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "paid_duty_usd = paid_duty_usd + 0.01",
        "ieepa_usd = ieepa_usd - 0.01",
        "ieepa_low_usd = ieepa_low_usd - 0.01",
        "ieepa_high_usd = ieepa_high_usd + 0.01",
        "undetermined_usd = -0.01, ieepa_high_usd = ieepa_low_usd - 0.01, non_ieepa_usd = non_ieepa_usd + 0.01,"
        " column_1_usd = column_1_usd + 0.01",
        *(f"{part} = {part} + 0.01" for part in PARTS),
    ],
)
def test_a_cent_that_is_lost_between_the_parts_breaks_the_claim(con: duckdb.DuckDBPyConnection, change: str) -> None:
    classify_all(con, [german(), german(column_1=None)])
    build(con, "lines.classified_lines")
    build(con, TABLE)
    assert broken_claim(con, TABLE, "parts_sum_to_the_filed_total") == []
    con.execute(f"update {TABLE} set {change} where entry_number = '{entry_number(1)}'")
    (broken,) = broken_claim(con, TABLE, "parts_sum_to_the_filed_total")
    assert broken["entry_number"] == entry_number(1)


@pytest.mark.parametrize(
    "damage",
    [
        f"delete from {TABLE} where entry_number = '{entry_number(1)}'",
        f"delete from lines.classified_lines where entry_number = '{entry_number(1)}'",
        f"update {TABLE} set paid_duty_usd = paid_duty_usd + 0.01 where entry_number = '{entry_number(1)}'",
        f"update {TABLE} set line_number = 2 where entry_number = '{entry_number(1)}'",
    ],
)
def test_a_line_that_is_lost_breaks_the_claim_of_its_month_only(con: duckdb.DuckDBPyConnection, damage: str) -> None:
    classify_all(con, [german(), line("CN", "2025-06-10", {"9903.01.25": None}, base_duty=None)])
    build(con, "lines.classified_lines")
    build(con, TABLE)
    assert broken_claim(con, TABLE, "no_line_is_lost") == []
    con.execute(damage)
    assert {row["entry_number"] for row in broken_claim(con, TABLE, "no_line_is_lost")} == {entry_number(1)}
    assert broken_claim(con, TABLE, "no_line_is_lost", months=("2025-06",)) == []


@pytest.mark.parametrize("name", ["printed", "entry_facts"])
def test_a_column_1_duty_by_the_quantity_is_that_of_the_line_itself(con: duckdb.DuckDBPyConnection, name: str) -> None:
    def by_the_kilogram(rate: str) -> Line:
        commodity = Row(COMMODITY, Decimal(0), Decimal(1000), rate if name == "printed" else None, (("1,000", "KG"),))
        fact = rate if name == "entry_facts" else None
        return Line("DE", date(2025, 10, 1), (Row("99030220", Decimal(150)), commodity), column_1_fact=fact)

    classify_all(con, [by_the_kilogram("2.8¢/kg"), by_the_kilogram("5¢/kg")])
    rows = split_all(con)
    assert [(row["column_1_usd"], row["column_1_basis"]) for row in rows] == [(28, name), (50, name)]
