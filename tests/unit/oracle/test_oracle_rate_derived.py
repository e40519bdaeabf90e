"""The oracle of rate-derived splits, against amounts worked out by hand from a registry of a few rows."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.support.oracle.rate_derived import Oracle, StatedLine, cents

FIRST, LAST = date(2025, 8, 7), date(2026, 2, 23)
DAY = date(2025, 12, 1)


def heading(
    number: str, programme: str, countries: list[str], rate: str | None, *, imposes: bool = True
) -> dict[str, Any]:
    return {
        "heading": number,
        "programme": programme,
        "countries": countries,
        "rate": None if rate is None else Decimal(rate),
        "imposes_duty": imposes,
        "effective_from": FIRST,
        "effective_to": LAST,
    }


def other(
    bucket: str, countries: list[str], rate: str, kind: str = "ad_valorem_add", hts: list[str] | None = None
) -> dict[str, Any]:
    return {
        "duty_bucket": bucket,
        "countries": countries,
        "rate": Decimal(rate),
        "rate_kind": kind,
        "hts_prefixes": hts,
        "effective_from": FIRST,
        "effective_to": None,
    }


LAW = Oracle(
    [
        heading("9903.01.24", "fentanyl_CN", ["CN"], "0.1"),
        heading("9903.01.25", "reciprocal", ["ALL"], "0.1"),
        heading("9903.01.26", "reciprocal", ["CA"], "0", imposes=False),
        heading("9903.02.20", "reciprocal", ["DE"], None),
        heading("9903.02.69", "reciprocal", ["VN"], "0.2"),
    ],
    [
        other("section_301", ["CN"], "0.25"),
        other("section_232", ["ALL"], "0.5", hts=["73"]),
        other("section_232", ["DE"], "0.15", "floor_inclusive", ["87"]),
    ],
    {"XO": "CA"},
)


def low_and_high(
    origin: str, total: str | None = None, hts: str = "6109", rate: str | None = "0", **told: str
) -> tuple[int, int, str]:
    line = StatedLine(
        origin,
        DAY,
        hts,
        Decimal(1000),
        None if rate is None else Fraction(rate),
        total=None if total is None else Decimal(total),
        **{name: Decimal(amount) for name, amount in told.items()},
    )
    verdict = LAW.judge(line)
    return int(verdict.low), int(verdict.high), verdict.finding


@pytest.mark.parametrize(
    ("origin", "rates"),
    [("CN", {"0", "0.1", "0.2"}), ("VN", {"0", "0.2"}), ("AU", {"0", "0.1"}), ("CA", {"0"}), ("DE", {"0"})],
)
def test_programmes_add_and_of_one_programme_one_rate_applies(origin: str, rates: set[str]) -> None:
    assert {added for added, _, _ in LAW.ieepa_rates(origin, DAY)} == {Fraction(rate) for rate in rates}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("CN", "450"), (200, 200, "fitting")),
        (("CN", "487", "6109", "0.037"), (200, 200, "fitting")),
        (("VN", "200"), (200, 200, "fitting")),
        (("VN", "333"), (0, 200, "unfitting")),
        (("VN", "200", "6109", None), (0, 200, "unfitting")),
        (("DE", "150", "6109", "0.04"), (110, 110, "fitting")),
        (("DE", "150", "8708", "0.04"), (0, 110, "fitting")),
        (("CN", "600", "7318"), (100, 100, "fitting")),
        (("XO", "100"), (0, 0, "none")),
        (("VN", "-200"), (-200, -200, "credit")),
    ],
)
def test_a_total_is_taken_apart(given: tuple[Any, ...], expected: tuple[int, int, str]) -> None:
    assert low_and_high(*given) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"ieepa": "150", "column_1": "0"}, (110, 110, "fitting")),
        ({"ieepa": "110", "column_1": "40"}, (110, 110, "fitting")),
        ({"ieepa": "120", "column_1": "40"}, (0, 120, "unfitting")),
        ({"ieepa": "150", "column_1": "40", "total": "150"}, (0, 150, "contradictory")),
        ({"column_1": "40"}, (0, 0, "absent")),
    ],
)
def test_stated_types_are_tested(told: dict[str, str], expected: tuple[int, int, str]) -> None:
    assert low_and_high("DE", rate="0.04", **told) == expected


def test_half_a_cent_goes_up() -> None:
    assert cents(Decimal("0.05"), Fraction(1, 10)) == Decimal("0.01")
    assert cents(Decimal("0.04"), Fraction(1, 10)) == 0
