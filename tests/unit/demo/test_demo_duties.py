"""The demonstration's duties: the registry's worked checks, sums that close, and headings the registry knows."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cape_pipeline.demo import DemoSet
from cape_pipeline.demo.cast import UNKNOWN_HEADING
from cape_pipeline.demo.duties import (
    BUCKETS,
    GOODS,
    IEEPA_STACKS,
    OTHER_DUTIES,
    Goods,
    Line,
    line_of,
    metal_split,
    with_duty_under,
    without_printed_column_1,
)
from cape_pipeline.demo.scenarios import plan

SEEDS = Path(__file__).parents[3] / "registry_seeds"


def rows_of(line: Line) -> dict[str, int]:
    return {row.hts_number: int(row.duty_usd) for row in line.rows}


def chinese(column_1: str = "3.7%", others: tuple[str, ...] = ()) -> Goods:
    return Goods("test", "CN", "8501109000", column_1, "CN", others)


def seed_rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("goods", "day", "expected_rows", "ieepa"),
    [
        (
            chinese(others=("list 3",)),
            "2025-06-10",
            {"99038803": 250, "99030124": 200, "99030125": 100, "8501109000": 37},
            300,
        ),
        (chinese(), "2025-04-20", {"99030124": 200, "99030163": 1250, "8501109000": 37}, 1450),
        (chinese(), "2025-04-09", {"99030124": 200, "99030163": 840, "8501109000": 37}, 1040),
        (chinese(), "2025-05-14", {"99030124": 200, "99030125": 100, "8501109000": 37}, 300),
        (chinese(), "2025-12-01", {"99030124": 100, "99030125": 100, "8501109000": 37}, 200),
        (Goods("test", "DE", "3926909985", "4%", "EU"), "2025-10-01", {"99030220": 150, "3926909985": 0}, 110),
        (
            Goods("test", "DE", "3926909985", "4%", "EU", floor_style="difference"),
            "2025-10-01",
            {"99030220": 110, "3926909985": 40},
            110,
        ),
        (Goods("test", "JP", "8482105044", "4%", "JP"), "2025-08-20", {"99030230": 150, "8482105044": 40}, 150),
        (
            GOODS["BR mouldings"],
            "2025-09-01",
            {"99030209": 100, "99030177": 400, "4409104000": 0},
            500,
        ),
        (
            Goods("test", "IN", "6302319020", "Free", "IN"),
            "2025-12-01",
            {"99030226": 250, "99030184": 250, "6302319020": 0},
            500,
        ),
        (
            Goods("test", "IN", "6302319020", "Free", "IN"),
            "2026-02-10",
            {"99030226": 250, "6302319020": 0},
            250,
        ),
        (Goods("test", "CA", "3923900080", "Free", "CA"), "2025-07-31", {"99030110": 250}, 250),
        (Goods("test", "CA", "3923900080", "Free", "CA"), "2025-08-01", {"99030110": 350}, 350),
        (GOODS["CA electricity"], "2025-07-31", {"99030113": 100}, 100),
        (GOODS["CA electricity"], "2025-08-01", {"99030113": 100}, 100),
        (GOODS["VN bedroom furniture"], "2026-02-23", {"99030269": 200, "9403509045": 0}, 200),
        (GOODS["VN bedroom furniture"], "2026-02-24", {"99030301": 100, "9403509045": 0}, 0),
    ],
)
def test_a_thousand_dollars_pay_what_the_worked_checks_say(
    goods: Goods, day: str, expected_rows: dict[str, int], ieepa: int
) -> None:
    line = line_of(goods, date.fromisoformat(day), 1000)
    assert expected_rows.items() <= rows_of(line).items()
    assert line.ieepa_low_usd == line.ieepa_high_usd == ieepa


@pytest.mark.parametrize(
    ("day", "indian_rows"),
    [("2025-08-26", {"99030226"}), ("2025-08-27", {"99030226", "99030184"}), ("2026-02-06", {"99030226", "99030184"}),
     ("2026-02-07", {"99030226"})],
)  # fmt: skip
def test_the_second_indian_duty_runs_from_27_august_2025_to_6_february_2026(day: str, indian_rows: set[str]) -> None:
    line = line_of(GOODS["IN bed linen"], date.fromisoformat(day), 1000)
    assert set(rows_of(line)) - {"6302319020"} == indian_rows


def test_metal_content_pays_section_232_and_the_rest_pays_reciprocal() -> None:
    rest, metal = metal_split(
        GOODS["VN steel chairs"], GOODS["VN bedroom furniture"], date(2025, 7, 1), metal=600, rest=400
    )
    assert rows_of(rest) == {"99030125": 40, "9403200050": 0}
    assert rows_of(metal) == {"99038191": 300, "99030133": 0, "9403200050": 0}
    assert rest.ieepa_low_usd == 40
    assert metal.ieepa_high_usd == 0


def test_an_unprinted_column_1_rate_leaves_the_whole_15_percent_row_open() -> None:
    line = without_printed_column_1(line_of(GOODS["DE plastics"], date(2025, 11, 3), 1000))
    assert (line.ieepa_low_usd, line.ieepa_high_usd) == (0, 150)
    assert not any(row.column_1_printed for row in line.rows)


def test_duty_under_an_exempt_heading_is_never_certain() -> None:
    line = with_duty_under(line_of(GOODS["VN backpacks"], date(2025, 11, 3), 1000), "9903.01.32", "exempt")
    assert rows_of(line) == {"99030132": 200, "4202923120": 176}
    assert (line.ieepa_low_usd, line.ieepa_high_usd) == (0, 200)


def test_cape_takes_the_ieepa_rows_away_and_restores_column_1() -> None:
    line = line_of(GOODS["DE plastics"], date(2025, 11, 3), 1000)
    assert [(row.hts_number, row.duty_usd) for row in line.rows_after_cape] == [("3926909985", Decimal("53.00"))]
    assert line.paid_usd - sum(row.duty_usd for row in line.rows_after_cape) == line.ieepa_low_usd


@pytest.mark.parametrize("seed", [1, 20260720])
def test_the_parts_of_every_line_are_its_filed_duty(seed: int) -> None:
    for line in (line for entry in plan(seed) for line in entry.lines):
        undetermined = line.ieepa_high_usd - line.ieepa_low_usd
        assert line.ieepa_low_usd + undetermined + sum(line.parts.values()) == line.paid_usd, line
        assert 0 <= line.ieepa_low_usd <= line.ieepa_high_usd <= line.paid_usd


@pytest.mark.parametrize("seed", [1, 20260720])
def test_what_cape_leaves_on_an_accepted_entry_is_what_it_paid_less_the_refund(seed: int) -> None:
    for entry in (entry for entry in plan(seed) if entry.claim):
        paid = sum(line.paid_usd for line in entry.lines)
        left = sum(row.duty_usd for line in entry.lines for row in line.rows_after_cape)
        assert paid - left == entry.ieepa_low_usd, entry.number


def test_every_heading_is_used_on_a_day_from_an_origin_and_at_a_rate_the_registry_holds(demo: DemoSet) -> None:
    registry = [row for row in seed_rows("ieepa_headings.csv") if not row["withdrawn_date"]]
    for use in set(demo.heading_uses):
        known = [
            row
            for row in registry
            if row["heading"] == use.heading
            and row["effective_from"] <= use.day.isoformat() <= row["effective_to"]
            and {use.origin, "ALL"} & set(row["countries"].split("|"))
        ]
        assert len(known) == 1, use
        if use.rate is None:
            assert known[0]["rate_kind"] == "floor_inclusive", use
        else:
            assert Decimal(known[0]["rate"]) == use.rate, use


def test_every_window_of_the_scenario_tables_begins_and_ends_inside_the_registrys() -> None:
    registry = seed_rows("ieepa_headings.csv")
    for stack, duties in IEEPA_STACKS.items():
        for duty in duties:
            for day in (duty.first.isoformat(), duty.last.isoformat()):
                rates = {
                    row["rate"]
                    for row in registry
                    if row["heading"] == duty.heading and row["effective_from"] <= day <= row["effective_to"]
                }
                expected = set() if duty.rate is None else {duty.rate}
                assert {Decimal(rate) for rate in rates if rate} == expected, (stack, duty)


def test_other_duties_stand_in_the_registrys_families_under_the_same_bucket() -> None:
    families = seed_rows("chapter99_families.csv")
    for duty in (duty for duties in OTHER_DUTIES.values() for duty in duties):
        patterns = [row for row in families if _covers(row["pattern"], duty.heading)]
        assert [row["duty_bucket"] for row in patterns] == [BUCKETS[duty.heading[:7]]], duty


def test_the_unknown_heading_is_unknown_to_the_registry() -> None:
    assert UNKNOWN_HEADING not in {row["heading"] for row in seed_rows("ieepa_headings.csv")}
    assert not [row for row in seed_rows("chapter99_families.csv") if _covers(row["pattern"], UNKNOWN_HEADING)]


def test_a_rate_that_is_off_by_a_day_would_be_noticed() -> None:
    halved = next(duty for duty in IEEPA_STACKS["CN"] if duty.heading == "9903.01.24" and duty.rate == Decimal("0.10"))
    wrong = replace(halved, first=date(2025, 11, 9))
    held = {
        row["rate"]
        for row in seed_rows("ieepa_headings.csv")
        if row["heading"] == wrong.heading and row["effective_from"] <= wrong.first.isoformat() <= row["effective_to"]
    }
    assert {Decimal(rate) for rate in held} != {wrong.rate}


def _covers(pattern: str, heading: str) -> bool:
    first, _, last = pattern.partition("-")
    return "x" not in pattern and len(first) == len(heading) and first <= heading <= (last or first)
