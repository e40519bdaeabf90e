"""The split of a filed line: the worked checks of hts_registry C-7, the 15 % headings and the ranges of P24.

What belongs here: small literal lines with known answers. What does not: comparisons with the product.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.column_1 import Column1
from tests.support.oracle.lines import classify, fifteen_percent_share, heading_of, split_line
from tests.support.oracle.small_registry import FAMILIES, HEADINGS
from tests.support.oracle.values import cents

COMMODITY = "8501.10.90"


def line(
    origin: str,
    entry_date: str,
    duties: dict[str, str],
    *,
    base_duty: str = "0",
    value: str | None = "1000",
    column_1: str | None = None,
    **extra: Any,
) -> list[dict[str, Any]]:
    """Chapter 99 rows with their duty and one commodity row with the value."""
    common = {"country_of_origin": origin, "entry_date": entry_date, "entry_type_code": "01", **extra}
    rows = [
        {**common, "hts_number": heading, "duty_usd": duty, "goods_value_usd": "0"} for heading, duty in duties.items()
    ]
    commodity = {"hts_number": COMMODITY, "duty_usd": base_duty, "goods_value_usd": value, "column_1_rate": column_1}
    return [*rows, {**common, **commodity}]


def split(*args: Any, fact: str | None = None, policies: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    return split_line(line(*args, **kwargs), HEADINGS, FAMILIES, fact, **(policies or {}))


def ieepa(*args: Any, **kwargs: Any) -> Decimal:
    """The IEEPA share of a line on which nothing is doubtful."""
    result = split(*args, **kwargs)
    assert result["anomalies"] == []
    assert result["undetermined_usd"] == 0
    return Decimal(result["ieepa_usd"])


def read(heading: str, entry_date: str, origin: str = "CN", duty: str = "100", **extra: Any) -> dict[str, Any]:
    row = {"hts_number": heading, "entry_date": entry_date, "country_of_origin": origin, "duty_usd": duty, **extra}
    return classify(row, HEADINGS, FAMILIES)


# ---- worked checks C-7 --------------------------------------------------------------------------------------------


def test_check_1_a_chinese_list_3_line_returns_fentanyl_and_reciprocal_duty_and_keeps_the_rest() -> None:
    duties = {"9903.88.03": "250", "9903.01.24": "200", "9903.01.25": "100"}
    result = split("CN", "2025-06-10", duties, base_duty="37", column_1="3.7%")
    assert result["ieepa_usd"] == 300
    assert result["section_301_usd"] == 250
    assert result["column_1_usd"] == 37
    assert result["paid_duty_usd"] == 587
    assert result["split_basis"] == "filed_rows"


@pytest.mark.parametrize(
    ("entry_date", "duties", "answer"),
    [
        ("2025-04-09", {"9903.01.24": "200", "9903.01.63": "840"}, 1040),
        ("2025-04-20", {"9903.01.24": "200", "9903.01.63": "1250"}, 1450),
        ("2025-05-14", {"9903.01.24": "200", "9903.01.25": "100"}, 300),
    ],
)
def test_check_2_the_chinese_reciprocal_rate_follows_the_entry_date(
    entry_date: str, duties: dict[str, str], answer: int
) -> None:
    assert ieepa("CN", entry_date, duties) == answer


def test_check_3_the_fentanyl_rate_is_ten_percent_in_december_2025() -> None:
    assert ieepa("CN", "2025-12-01", {"9903.01.24": "100", "9903.01.25": "100"}) == 200


def test_check_4_a_german_line_returns_fifteen_percent_less_column_1_in_both_filing_styles() -> None:
    whole = split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="4%")
    assert (whole["ieepa_usd"], whole["column_1_usd"], whole["split_basis"]) == (110, 40, "replacement_net")
    drawback = split("DE", "2025-10-01", {"9903.02.20": "110"}, base_duty="40", column_1="4%")
    assert (drawback["ieepa_usd"], drawback["column_1_usd"], drawback["split_basis"]) == (110, 40, "filed_rows")


def test_check_5_an_uncorrected_japanese_row_is_ieepa_as_a_whole() -> None:
    result = split("JP", "2025-08-20", {"9903.02.30": "150"}, base_duty="40", column_1="4%")
    assert (result["ieepa_usd"], result["undetermined_usd"]) == (150, 0)
    assert result["anomalies"] == ["SUPERSEDED-RETROACTIVE"]


def test_check_6_brazil_and_india_add_two_rows_until_the_indian_duty_ends() -> None:
    assert ieepa("BR", "2025-09-01", {"9903.02.09": "100", "9903.01.77": "400"}) == 500
    assert ieepa("IN", "2025-12-01", {"9903.02.26": "250", "9903.01.84": "250"}) == 500
    assert ieepa("IN", "2026-02-10", {"9903.02.26": "250"}) == 250


def test_check_7_a_metal_split_pays_reciprocal_duty_on_the_other_line_only() -> None:
    assert ieepa("VN", "2025-07-01", {"9903.01.25": "40"}, value="400") == 40
    metal = split("VN", "2025-07-01", {"9903.81.91": "300", "9903.01.33": "0"}, value="600")
    assert (metal["ieepa_usd"], metal["section_232_usd"], metal["anomalies"]) == (0, 300, [])


def test_check_8_the_canadian_rate_rises_on_the_first_of_august_and_energy_does_not() -> None:
    assert ieepa("CA", "2025-07-31", {"9903.01.10": "250"}) == 250
    assert ieepa("XO", "2025-08-01", {"9903.01.10": "350"}) == 350
    assert ieepa("CA", "2025-07-31", {"9903.01.13": "100"}) == 100
    assert ieepa("CA", "2025-08-01", {"9903.01.13": "100"}) == 100


def test_check_9_section_122_replaces_ieepa_on_the_24th_of_february_2026() -> None:
    after = split("VN", "2026-02-24", {"9903.03.01": "100"})
    assert (after["ieepa_high_usd"], after["section_122_usd"]) == (0, 100)
    assert ieepa("VN", "2026-02-23", {"9903.02.69": "200"}) == 200


# ---- guide14 ------------------------------------------------------------------------------------------------------


def test_the_first_line_of_the_guide_example_splits_to_the_cent() -> None:
    duties = {"99038803": "20905.05", "99030124": "16724.04", "99030125": "8362.02"}
    result = split("CN", "2025-05-14", duties, base_duty="3093.95", value="83620.21", column_1="3.7%")
    assert result["paid_duty_usd"] == Decimal("49085.06")
    assert result["ieepa_usd"] == result["ieepa_high_usd"] == Decimal("25086.06")
    assert result["section_301_usd"] == Decimal("20905.05")
    assert result["column_1_usd"] == Decimal("3093.95")


# ---- buckets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hts_number", "bucket"),
    [
        ("99030125", "ieepa"),
        ("9903.01.33", "ieepa_exempt"),
        ("9903012500", "ieepa"),
        ("9903.88.03", "section_301"),
        ("9903.94.45", "section_232"),
        ("9903.45.25", "section_201"),
        ("9903.03.01", "section_122"),
        ("9903.03.13", "other_chapter_99"),
        ("9802.00.80", "chapter_98"),
        ("9817.00.96", "chapter_98"),
        ("9904.04.01", "other_chapter_99"),
        ("9912.01.01", "other_chapter_99"),
        ("9903.01.35", "unknown_chapter_99"),
        ("9903.99.99", "unknown_chapter_99"),
        ("8501109000", "column_1"),
    ],
)
def test_every_number_has_its_bucket(hts_number: str, bucket: str) -> None:
    assert read(hts_number, "2025-10-01")["duty_bucket"] == bucket


def test_an_unknown_chapter_99_row_is_counted_with_the_other_chapter_99_duties() -> None:
    result = split("CN", "2025-10-01", {"9903.99.99": "70", "9903.01.25": "100"})
    assert (result["other_chapter99_usd"], result["ieepa_usd"]) == (70, 100)
    assert result["anomalies"] == ["UNKNOWN-HEADING"]


def test_the_aircraft_companion_outlives_ieepa() -> None:
    assert read("9903.96.01", "2026-02-23", "GB", "0")["duty_bucket"] == "ieepa_exempt"
    assert read("9903.96.01", "2026-02-24", "GB", "0")["duty_bucket"] == "other_chapter_99"


def test_a_heading_is_read_with_or_without_dots_and_with_ten_digits() -> None:
    assert heading_of("99030125") == heading_of("9903.01.25") == heading_of("9903012500") == "9903.01.25"
    for unusable in ("", "9903.01", "A-570-900", "99030125XX"):
        with pytest.raises(ValueError, match="not an HTS number"):
            heading_of(unusable)


def test_a_blank_duty_is_flagged_where_the_heading_imposes_one_and_adds_nothing() -> None:
    result = split("CN", "2025-06-10", {"9903.01.24": "", "9903.01.25": "100", "9903.01.33": "", "9903.88.03": ""})
    assert (result["paid_duty_usd"], result["ieepa_usd"], result["absent_duty_row_count"]) == (100, 100, 1)
    assert [row["anomalies"] for row in result["rows"]] == [["DUTY-ABSENT"], [], [], [], []]


def test_a_programme_is_named_where_it_imposes_duty_or_took_some() -> None:
    assert split("CN", "2025-06-10", {"9903.01.24": "0", "9903.01.33": "0"})["programmes"] == ["fentanyl_CN"]
    assert split("CN", "2025-06-10", {"9903.01.33": "5"})["programmes"] == ["reciprocal"]


# ---- doubts (P24) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "entry_date", "heading", "code"),
    [
        ("CN", "2025-06-10", "9903.01.28", "DUTY-ON-EXEMPT-HEADING"),
        ("CN", "2025-06-10", "9903.01.63", "DUTY-ON-SUSPENDED-HEADING"),
        ("IN", "2026-02-07", "9903.01.84", "OUTSIDE-WINDOW"),
        ("VN", "2025-06-10", "9903.01.24", "WRONG-ORIGIN"),
        ("CN", "", "9903.01.25", "ENTRY-DATE-ABSENT"),
    ],
)
def test_a_doubtful_row_counts_nothing_at_the_low_end_and_everything_at_the_high_end(
    origin: str, entry_date: str, heading: str, code: str
) -> None:
    result = split(origin, entry_date, {heading: "100"}, base_duty="37")
    assert (result["ieepa_low_usd"], result["ieepa_high_usd"]) == (0, 100)
    assert (result["undetermined_usd"], result["non_ieepa_usd"]) == (100, 37)
    assert code in result["anomalies"]
    assert result["split_basis"] == "filed_rows"


def test_the_indian_duty_is_certain_on_its_last_day() -> None:
    assert ieepa("IN", "2026-02-06", {"9903.01.84": "250"}) == 250


def test_an_exempt_heading_without_duty_is_no_anomaly() -> None:
    assert read("9903.01.33", "2025-10-01", duty="0")["anomalies"] == []


def test_a_deviating_rate_is_flagged_beyond_half_a_percent_and_stays_certain() -> None:
    assert ieepa("CN", "2025-06-10", {"9903.01.25": "100.50"}) == Decimal("100.50")
    result = split("CN", "2025-06-10", {"9903.01.25": "100.51"})
    assert result["anomalies"] == ["RATE-DEVIATES"]
    assert result["ieepa_low_usd"] == Decimal("100.51")


def test_a_zone_entry_is_in_doubt_only_where_its_duty_does_not_fit_the_entry_date() -> None:
    assert ieepa("CN", "2025-12-01", {"9903.01.24": "100"}, entry_type_code="06") == 100
    result = split("CN", "2025-12-01", {"9903.01.24": "200"}, entry_type_code="06")
    assert (result["ieepa_low_usd"], result["ieepa_high_usd"]) == (0, 200)
    assert "PRIVILEGED-FOREIGN-DATE-UNKNOWN" in result["anomalies"]


def test_an_eu_heading_fits_its_members_and_no_one_else() -> None:
    assert read("9903.02.20", "2025-10-01", "FR")["anomalies"] == []
    assert read("9903.02.20", "2025-10-01", "GB")["anomalies"] == ["WRONG-ORIGIN"]
    assert read("9903.02.20", "2025-10-01", "")["anomalies"] == []


def test_expected_duty_is_rate_times_the_value_of_the_line() -> None:
    result = read("9903.01.24", "2025-06-10", base_value_usd="1234.56")
    assert (result["registry_rate"], result["expected_duty_usd"]) == (Decimal("0.20"), Decimal("246.91"))
    assert read("9903.01.24", "2025-06-10")["expected_duty_usd"] is None


# ---- the 15 % headings (C-2) --------------------------------------------------------------------------------------


def share(row_duty: str, base_duty: str, value: str | None, rate: str | None) -> tuple[Decimal, Decimal, str]:
    result = fifteen_percent_share(
        Decimal(row_duty),
        Decimal(base_duty),
        None if value is None else Decimal(value),
        None if rate is None or value is None else column_1(rate, value),
    )
    return result["low"], result["high"], result["basis"]


def column_1(rate: str, value: str) -> Column1:
    return Column1(cents(Decimal(rate) * Decimal(value)), Fraction(rate), "printed")


def test_unknown_column_1_gives_a_range_from_nothing_to_the_whole_row() -> None:
    assert share("150", "0", "1000", None) == (0, 150, "replacement_range")


def test_a_base_row_that_completes_the_fifteen_percent_is_column_1_where_nothing_else_tells() -> None:
    result = split("DE", "2025-10-01", {"9903.02.20": "110"}, base_duty="40")
    assert (result["ieepa_low_usd"], result["ieepa_high_usd"], result["column_1_usd"]) == (110, 110, 40)
    assert (result["split_basis"], result["rests_on_assumption"], result["anomalies"]) == ("filed_rows", None, [])
    assert result["column_1_applied_rate"] == Decimal("0.04")


@pytest.mark.parametrize(("base_duty", "high"), [("39.24", "110"), ("-40", "190"), ("0", "150")])
def test_a_base_row_that_does_not_complete_it_leaves_column_1_unknown(base_duty: str, high: str) -> None:
    result = split("DE", "2025-10-01", {"9903.02.20": high}, base_duty=base_duty)
    assert (result["ieepa_low_usd"], result["ieepa_high_usd"]) == (0, Decimal(high))
    assert result["rests_on_assumption"] == "column1_restored"


def test_a_rate_that_the_base_row_contradicts_goes_before_the_base_row() -> None:
    result = split("DE", "2025-10-01", {"9903.02.20": "110"}, base_duty="40", column_1="3%")
    assert (result["split_basis"], result["anomalies"]) == ("replacement_range", ["FLOOR-DOES-NOT-ADD-UP"])


def test_a_specific_rate_is_taken_out_by_the_quantity_of_the_commodity_row() -> None:
    kilograms = {"quantity_units": [{"printed_unit": "kg", "unit_code": "KG"}]}
    rows = line("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="2.5¢/kg + 1%")
    rows[-1] |= {"quantity_1": "1,200", "quantity_1_unit": "KG"}
    result = split_line(rows, HEADINGS, FAMILIES, **kilograms)
    assert (result["ieepa_usd"], result["column_1_usd"], result["split_basis"]) == (110, 40, "replacement_net")
    assert result["column_1_applied_rate"] == Decimal("0.04")
    del rows[-1]["quantity_1_unit"]
    assert split_line(rows, HEADINGS, FAMILIES, **kilograms)["split_basis"] == "replacement_range"


def test_a_free_column_1_rate_leaves_the_whole_row() -> None:
    result = split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="Free")
    assert (result["ieepa_usd"], result["split_basis"]) == (150, "replacement_net")


def test_column_1_is_rounded_to_the_cent_before_it_is_taken_off() -> None:
    # 3.7 % of 333.33 is 12.33321
    assert share("50.00", "0", "333.33", "0.037") == (Decimal("37.67"), Decimal("37.67"), "replacement_net")


@pytest.mark.parametrize(
    ("row_duty", "fits"), [("149.25", True), ("149.24", False), ("150.75", True), ("150.76", False)]
)
def test_the_fifteen_percent_test_allows_half_a_percent_on_either_side(row_duty: str, *, fits: bool) -> None:
    assert share(row_duty, "0", "1000", "0.04")[2] == ("replacement_net" if fits else "replacement_range")


def test_the_fifteen_percent_test_allows_one_cent_on_a_tiny_line() -> None:
    assert share("0.16", "0", "1.00", "0")[2] == "replacement_net"
    assert share("0.17", "0", "1.00", "0")[2] == "replacement_range"


def test_a_base_duty_that_is_not_column_1_gives_a_range() -> None:
    assert share("120", "30", "1000", "0.04") == (0, 120, "replacement_range")


def test_a_range_has_one_reason() -> None:
    goods = ("DE", "2025-10-01", {"9903.02.20": "150"})
    assert split(*goods, column_1="4%", value="")["anomalies"] == ["DUTY-WITHOUT-VALUE", "FLOOR-DOES-NOT-ADD-UP"]
    assert split(*goods, value="")["anomalies"] == ["COLUMN-1-UNKNOWN", "DUTY-WITHOUT-VALUE"]
    assert split(*goods, value="500")["anomalies"] == ["COLUMN-1-UNKNOWN"]
    assert split(*goods, column_1="4%", value="500")["anomalies"] == ["FLOOR-DOES-NOT-ADD-UP"]


def test_a_column_1_rate_not_below_fifteen_percent_is_named_in_both_filing_styles() -> None:
    for duty, base_duty in (("150", "0"), ("0.50", "149.50")):
        result = split("DE", "2025-10-01", {"9903.02.20": duty}, base_duty=base_duty, column_1="15%")
        assert result["anomalies"] == ["COLUMN-1-NOT-BELOW-FLOOR"]


def test_column_1_at_or_above_fifteen_percent_leaves_no_ieepa_share() -> None:
    assert share("150", "0", "1000", "0.16") == (0, 0, "replacement_net")


def test_a_fifteen_percent_row_without_a_value_or_beside_another_is_a_range() -> None:
    unvalued = split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="4%", value="")
    assert (unvalued["ieepa_low_usd"], unvalued["ieepa_high_usd"]) == (0, 150)
    twice = line("DE", "2025-10-01", {"9903.02.20": "75"}, column_1="4%")
    doubled = split_line([twice[0], *twice], HEADINGS, FAMILIES)
    assert (doubled["ieepa_low_usd"], doubled["ieepa_high_usd"]) == (0, 150)


def test_the_users_fact_speaks_where_the_report_is_silent_or_specific() -> None:
    for printed in (None, "", "2.8 cents/kg + 8.5%"):
        result = split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1=printed, fact="0.04")
        assert (result["ieepa_usd"], result["split_basis"]) == (110, "replacement_net")
        assert split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1=printed)["split_basis"] == "replacement_range"


def test_the_printed_rate_goes_before_the_fact_except_under_the_korean_agreement() -> None:
    assert split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1="4%", fact="0")["ieepa_usd"] == 110
    korean = ("KR", "2025-12-10", {"9903.02.80": "150"})
    assert split(*korean, column_1="4%")["ieepa_usd"] == 110
    assert split(*korean, column_1="4%", line_spi_code="KR")["split_basis"] == "replacement_range"
    assert split(*korean, column_1="4%", line_spi_code="KR", fact="0")["ieepa_usd"] == 150


def test_a_section_232_row_with_the_same_layout_is_never_ieepa() -> None:
    result = split("DE", "2025-11-20", {"9903.94.45": "150"}, column_1="4%")
    assert (result["ieepa_high_usd"], result["section_232_usd"]) == (0, 150)


# ---- zone goods and policies --------------------------------------------------------------------------------------


def test_zone_goods_stand_under_the_law_of_the_day_their_status_was_fixed() -> None:
    goods = ("CN", "2025-12-01", {"9903.01.24": "200"})
    admitted = split(*goods, entry_type_code="06", privileged_foreign_date="2025-11-09")
    assert (admitted["ieepa_usd"], admitted["undetermined_usd"], admitted["anomalies"]) == (200, 0, [])
    later = split(*goods, entry_type_code="06", privileged_foreign_date="2025-11-10")
    assert (later["ieepa_usd"], later["undetermined_usd"], later["anomalies"]) == (200, 0, ["RATE-DEVIATES"])
    ordinary = split(*goods, entry_type_code="01", privileged_foreign_date="2025-11-09")
    assert ordinary["anomalies"] == ["RATE-DEVIATES"]


def test_a_zone_row_outside_its_window_may_fit_the_day_of_admission_whatever_its_family() -> None:
    result = split("IN", "2026-02-24", {"9903.01.84": "0", "9903.45.25": "5"}, entry_type_code="06")
    zone = ["OUTSIDE-WINDOW", "PRIVILEGED-FOREIGN-DATE-UNKNOWN"]
    assert [row["anomalies"] for row in result["rows"]] == [zone, zone, []]


def test_zone_goods_admitted_before_a_heading_existed_are_in_doubt() -> None:
    result = split("CN", "2025-06-10", {"9903.01.25": "100"}, entry_type_code="6", privileged_foreign_date="2025-04-04")
    assert (result["ieepa_low_usd"], result["ieepa_high_usd"]) == (0, 100)
    assert result["anomalies"] == ["OUTSIDE-WINDOW"]


def test_a_policy_may_judge_zone_goods_by_the_day_of_entry() -> None:
    result = split(
        *("CN", "2025-12-01", {"9903.01.24": "200"}),
        entry_type_code="06",
        privileged_foreign_date="2025-11-09",
        policies={"zone_goods_date": "entry_date"},
    )
    assert result["anomalies"] == ["PRIVILEGED-FOREIGN-DATE-UNKNOWN", "RATE-DEVIATES"]


@pytest.mark.parametrize(
    ("last_day", "origin", "entry_date", "heading", "is_inside"),
    [
        (date(2026, 2, 20), "VN", "2026-02-20", "9903.02.69", True),
        (date(2026, 2, 20), "VN", "2026-02-21", "9903.02.69", False),
        (date(2026, 2, 24), "VN", "2026-02-24", "9903.02.69", True),
        (date(2026, 2, 24), "IN", "2026-02-07", "9903.01.84", False),
        (date(2025, 12, 31), "IN", "2026-01-01", "9903.01.84", False),
    ],
)
def test_another_last_day_moves_the_windows_that_end_on_the_last_day_and_cuts_the_others(
    last_day: date, origin: str, entry_date: str, heading: str, *, is_inside: bool
) -> None:
    result = split(origin, entry_date, {heading: "200"}, policies={"ieepa_last_day": last_day})
    assert (result["rows"][0]["duty_bucket"] == "ieepa") is is_inside
    assert ("OUTSIDE-WINDOW" in result["anomalies"]) is not is_inside


@pytest.mark.parametrize(("entry_date", "bucket"), [("2025-02-01", "ieepa"), ("2025-01-31", "ieepa_exempt")])
def test_another_first_day_moves_the_windows_that_start_on_the_first_day(entry_date: str, bucket: str) -> None:
    window = {
        "heading": "9903.01.20",
        "programme": "fentanyl_CN",
        "country": "CN|HK",
        "rate": "0.10",
        "rate_kind": "ad_valorem_add",
        "imposes_duty": "1",
        "effective_from": "2025-02-04",
        "effective_to": "2025-03-03",
    }
    rows = line("CN", entry_date, {"9903.01.20": "100"})
    result = split_line(rows, [window, *HEADINGS], FAMILIES, ieepa_first_day=date(2025, 2, 1))
    assert result["rows"][0]["duty_bucket"] == bucket
    later = line("CN", "2025-03-03", {"9903.01.24": "200"})
    assert split_line(later, HEADINGS, FAMILIES, ieepa_first_day=date(2025, 2, 1))["anomalies"] == ["OUTSIDE-WINDOW"]


def test_a_heading_outside_the_range_of_the_policy_is_other_duty_without_an_anomaly_of_its_own() -> None:
    guide = {"ieepa_headings": "9903.01.25-9903.01.70"}
    result = split("CN", "2025-06-10", {"9903.01.24": "999", "9903.01.25": "100"}, policies=guide)
    assert (result["ieepa_usd"], result["other_chapter99_usd"], result["anomalies"]) == (100, 999, [])
    assert result["rows"][0]["duty_bucket"] == "other_chapter_99"
    assert split("BR", "2025-09-01", {"9903.01.77": "400"}, policies=guide)["ieepa_high_usd"] == 0


def test_the_filing_date_may_decide_and_the_entry_date_where_there_is_none() -> None:
    goods = ("CN", "2025-11-10", {"9903.01.24": "200"})
    by_filing = {"law_date": "filing_date"}
    assert split(*goods, entry_summary_date="2025-11-09", policies=by_filing)["anomalies"] == []
    assert split(*goods, entry_summary_date="2025-11-09")["anomalies"] == ["RATE-DEVIATES"]
    assert split(*goods, policies=by_filing)["anomalies"] == ["RATE-DEVIATES"]


def test_a_row_without_a_date_takes_that_of_its_entry() -> None:
    assert read("9903.01.24", "", baseline_entry_date="2025-06-10")["law_date"] == date(2025, 6, 10)
    assert read("9903.01.24", "2025-06-11", baseline_entry_date="2025-06-10")["law_date"] == date(2025, 6, 11)


def test_a_policy_may_take_the_row_of_a_15_percent_heading_as_filed() -> None:
    whole = {"fifteen_percent_headings": "whole_row"}
    for column_1_text in ("4%", None):
        result = split("DE", "2025-10-01", {"9903.02.20": "150"}, column_1=column_1_text, policies=whole)
        assert (result["ieepa_usd"], result["ieepa_high_usd"], result["column_1_usd"]) == (150, 150, 0)
        assert (result["split_basis"], result["rests_on_assumption"], result["anomalies"]) == ("filed_rows", None, [])


# ---- what always holds --------------------------------------------------------------------------------------------

PARTS = (
    "section_232_usd",
    "section_301_usd",
    "section_201_usd",
    "section_122_usd",
    "chapter_98_usd",
    "other_chapter99_usd",
    "column_1_usd",
)
OTHER_HEADINGS = {"9903.88.03", "9903.81.91", "9903.45.25", "9903.03.01", "9802.00.80", "9904.01.01", "9903.99.99"}
ANY_HEADING = st.sampled_from(sorted({row["heading"] for row in HEADINGS} | OTHER_HEADINGS))
ANY_DUTY = st.decimals(min_value=-50, max_value=5000, places=2)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    duties=st.dictionaries(ANY_HEADING, ANY_DUTY, max_size=5),
    base_duty=ANY_DUTY,
    value=st.decimals(min_value=0, max_value=20000, places=2),
    origin=st.sampled_from(["CN", "DE", "BR", "IN", "CA", "KR", ""]),
    entry_date=st.sampled_from(["2025-04-09", "2025-06-10", "2025-10-01", "2025-12-10", "2026-02-23", "2026-02-24"]),
    column_1=st.sampled_from(["4%", "Free", "16%", None, "2¢/kg"]),
)
def test_the_parts_of_any_line_sum_to_what_was_paid(
    duties: dict[str, Decimal], base_duty: Decimal, value: Decimal, origin: str, entry_date: str, column_1: str | None
) -> None:
    result = split(
        origin,
        entry_date,
        {heading: str(duty) for heading, duty in duties.items()},
        base_duty=str(base_duty),
        value=str(value),
        column_1=column_1,
    )
    assert result["paid_duty_usd"] == sum(duties.values(), base_duty)
    assert result["paid_duty_usd"] == result["ieepa_usd"] + result["undetermined_usd"] + result["non_ieepa_usd"]
    assert result["non_ieepa_usd"] == sum(result[part] for part in PARTS)
    assert result["ieepa_usd"] == result["ieepa_low_usd"] <= result["ieepa_high_usd"]
