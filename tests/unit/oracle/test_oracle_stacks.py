"""What the rows of a line say of each other: companions, exclusions, duplicates, claims of preference.

What belongs here: small literal lines and rules with known answers. What does not: comparisons with the product.
"""

from typing import Any

import pytest

from tests.support.oracle.lines import split_line
from tests.support.oracle.small_registry import FAMILIES, HEADINGS


def rule(kind: str, programme: str, beside: str, first: str, last: str, countries: str = "ALL") -> dict[str, Any]:
    return {
        "kind": kind,
        "programme": programme,
        "countries": countries,
        "countries_excepted": "CA|MX" if kind == "needs" and programme == "s232_steel" else "",
        "beside": beside,
        "effective_from": first,
        "effective_to": last,
    }


RULES = [
    rule("needs", "fentanyl_CN", "reciprocal|transshipment", "2025-04-05", "2026-02-23"),
    rule("needs", "reciprocal", "fentanyl_CN", "2025-04-05", "2026-02-23", "CN|HK"),
    rule("needs", "s232_steel", "reciprocal|transshipment", "2025-04-05", "2026-02-23"),
    rule("excludes", "reciprocal", "s232_steel", "2025-04-05", "2026-02-23"),
    rule("excludes", "s232_steel", "fentanyl_CA|fentanyl_MX", "2025-03-04", "2025-06-03"),
    rule("excludes", "fentanyl_CA", "s232_steel", "2025-06-04", "2026-02-23"),
]


def claim(spi: str, countries: str, effect: str, programme: str, pattern: str, first: str) -> dict[str, Any]:
    return {
        "spi_code": spi,
        "countries": countries,
        "claim_effect": effect,
        "programme": programme,
        "pattern": pattern,
        "effective_from": first,
        "effective_to": "2026-02-23",
    }


CLAIMS = [
    claim("S", "CA", "exempts", "fentanyl_CA", "9903.01.14", "2025-03-07"),
    claim("KR", "KR", "lowers_column_1", "reciprocal", "9903.02.80", "2025-11-14"),
]


def codes(
    origin: str, entry_date: str, duties: list[tuple[str, str]], value: str = "1000", spi: str = ""
) -> list[list[str]]:
    """The codes of every row; the last row is the commodity."""
    common = {"country_of_origin": origin, "entry_date": entry_date, "line_spi_code": spi}
    rows = [{**common, "hts_number": heading, "duty_usd": duty} for heading, duty in duties]
    rows.append({**common, "hts_number": "8501.10.90", "duty_usd": "0", "goods_value_usd": value})
    result = split_line(rows, HEADINGS, FAMILIES, stacking_rules=RULES, preference_claims=CLAIMS)
    return [row["anomalies"] for row in result["rows"]]


@pytest.mark.parametrize(
    ("entry_date", "duty", "beside", "expected"),
    [
        ("2025-04-04", "200", [], []),
        ("2025-04-05", "200", [], ["COMPANION-HEADING-MISSING"]),
        ("2025-04-05", "0", [], []),
        ("2025-04-05", "", [], ["DUTY-ABSENT"]),
        ("2025-04-05", "200", [("9903.01.33", "0")], []),
        ("2025-04-05", "200", [("9903.01.33", "")], []),
        ("2025-04-05", "200", [("9903.88.03", "250")], ["COMPANION-HEADING-MISSING"]),
    ],
)
def test_duty_that_never_stands_alone_is_flagged_where_it_does(
    entry_date: str, duty: str, beside: list[tuple[str, str]], expected: list[str]
) -> None:
    assert codes("CN", entry_date, [("9903.01.24", duty), *beside])[0] == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("VN", ["COMPANION-HEADING-MISSING"]), ("", ["COMPANION-HEADING-MISSING"]), ("CA", []), ("XO", []), ("mx", [])],
)
def test_a_rule_for_every_origin_leaves_alone_those_it_excepts(origin: str, expected: list[str]) -> None:
    assert codes(origin, "2025-06-10", [("9903.81.91", "250")])[0] == expected


@pytest.mark.parametrize(("origin", "expected"), [("CN", ["COMPANION-HEADING-MISSING"]), ("VN", []), ("", [])])
def test_a_rule_for_some_origins_speaks_of_no_other(origin: str, expected: list[str]) -> None:
    assert codes(origin, "2025-06-10", [("9903.01.25", "100")])[0] == expected


@pytest.mark.parametrize(
    ("entry_date", "steel", "expected"),
    [
        ("2025-03-12", "250", [[], ["EXCLUDED-STACK"], []]),
        ("2025-06-03", "250", [[], ["EXCLUDED-STACK"], []]),
        ("2025-06-04", "250", [["EXCLUDED-STACK"], [], []]),
        ("2025-06-04", "0", [[], [], []]),
        ("2025-06-04", "", [[], [], []]),
    ],
)
def test_of_two_duties_that_exclude_each_other_the_one_that_yields_is_flagged(
    entry_date: str, steel: str, expected: list[list[str]]
) -> None:
    found = codes("CA", entry_date, [("9903.01.10", "250"), ("9903.81.91", steel)])
    assert found == expected


def test_a_heading_that_a_policy_leaves_out_is_company_and_carries_no_code_itself() -> None:
    common = {"country_of_origin": "CN", "entry_date": "2025-06-10"}
    rows = [{**common, "hts_number": "9903.01.24", "duty_usd": "200"}]
    rows.append({**common, "hts_number": "9903.01.25", "duty_usd": "100"})
    rows.append({**common, "hts_number": "8501.10.90", "duty_usd": "0", "goods_value_usd": "1000"})
    guide = {"ieepa_headings": "9903.01.25-9903.01.70", "stacking_rules": RULES}
    assert split_line(rows, HEADINGS, FAMILIES, **guide)["anomalies"] == []
    assert split_line([rows[0], rows[2]], HEADINGS, FAMILIES, **guide)["anomalies"] == []
    assert split_line(rows[1:], HEADINGS, FAMILIES, **guide)["anomalies"] == ["COMPANION-HEADING-MISSING"]


def test_one_heading_twice_is_a_duplicate_with_or_without_duty_and_other_families_may_repeat() -> None:
    found = codes("VN", "2025-06-10", [("9903.01.33", "0"), ("99030133", "0"), *[("9903.88.03", "5")] * 2])
    assert found == [["DUPLICATE-HEADING"], ["DUPLICATE-HEADING"], [], [], []]


@pytest.mark.parametrize(("second", "is_duplicate"), [("50", True), ("0", False), ("", False)])
def test_two_different_reciprocal_duties_are_a_duplicate(second: str, *, is_duplicate: bool) -> None:
    found = codes("VN", "2025-09-01", [("9903.02.69", "100"), ("9903.01.25", second), ("9903.01.33", "0")])
    assert [("DUPLICATE-HEADING" in row) for row in found] == [is_duplicate, is_duplicate, False, False]


def test_duty_on_an_exempt_heading_makes_no_second_reciprocal_duty() -> None:
    assert codes("VN", "2025-09-01", [("9903.02.69", "200"), ("9903.01.33", "5")])[0] == []


@pytest.mark.parametrize(
    ("origin", "entry_date", "heading", "duty", "spi", "is_claimed"),
    [
        ("CA", "2025-03-06", "9903.01.10", "250", "S", False),
        ("CA", "2025-03-07", "9903.01.10", "250", "S", True),
        ("XO", "2025-03-07", "9903.01.10", "250", " s ", True),
        ("CA", "2025-03-07", "9903.01.10", "0", "S", False),
        ("CA", "2025-03-07", "9903.01.10", "250", "S+", False),
        ("CA", "2025-03-07", "9903.01.10", "250", "", False),
        ("MX", "2025-03-07", "9903.01.10", "250", "S", False),
        ("KR", "2025-12-10", "9903.02.80", "150", "KR", True),
        ("KR", "2025-12-10", "9903.01.25", "100", "KR", False),
    ],
)
def test_a_claim_of_preference_is_named_on_the_duty_it_bears_on(
    origin: str, entry_date: str, heading: str, duty: str, spi: str, *, is_claimed: bool
) -> None:
    assert ("PREFERENCE-CLAIM" in codes(origin, entry_date, [(heading, duty)], spi=spi)[0]) is is_claimed


@pytest.mark.parametrize(
    ("value", "expected"), [("0", ["DUTY-WITHOUT-VALUE"]), ("", ["DUTY-WITHOUT-VALUE"]), ("1", [])]
)
def test_duty_on_a_line_without_a_value_is_named(value: str, expected: list[str]) -> None:
    found = codes("VN", "2025-06-10", [("9903.01.25", "0.10"), ("9903.88.03", "5")], value)
    assert found == [expected, [], []]
