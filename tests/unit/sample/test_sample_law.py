"""The stacks of the sample are the registry's, on both sides of every change that matters."""

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cape_pipeline.sample.goods import GOODS, NATURAL, line_on, pools
from cape_pipeline.sample.law import Law, parts_per_million
from cape_pipeline.sample.timetable import entry_days
from cape_pipeline.settings import project_files

OF_NAME = {goods.name: goods for goods in GOODS}


def stack(law: Law, name: str, day: str) -> dict[str, int]:
    """IEEPA headings filed on a day, with their rates in parts of a million."""
    line = line_on(OF_NAME[name], date.fromisoformat(day), law)
    return {row.heading: row.rate for row in line.rows if row.heading.startswith(("9903.01", "9903.02"))}


@pytest.mark.parametrize(
    ("goods", "day", "expected"),
    [
        ("CN toys", "2025-03-03", {"9903.01.20": 100_000}),
        ("CN toys", "2025-03-04", {"9903.01.24": 200_000}),
        ("CN toys", "2025-04-08", {"9903.01.24": 200_000, "9903.01.25": 100_000}),
        ("CN toys", "2025-04-09", {"9903.01.24": 200_000, "9903.01.63": 840_000}),
        ("CN toys", "2025-05-13", {"9903.01.24": 200_000, "9903.01.63": 1_250_000}),
        ("CN toys", "2025-05-14", {"9903.01.24": 200_000, "9903.01.25": 100_000}),
        ("CN toys", "2025-11-10", {"9903.01.24": 100_000, "9903.01.25": 100_000}),
        ("CN toys", "2026-02-23", {"9903.01.24": 100_000, "9903.01.25": 100_000}),
        ("CN toys", "2026-02-24", {}),
        ("VN backpacks", "2025-04-04", {}),
        ("VN backpacks", "2025-04-09", {"9903.01.72": 460_000}),
        ("VN backpacks", "2025-08-06", {"9903.01.25": 100_000}),
        ("VN backpacks", "2025-08-07", {"9903.02.69": 200_000}),
        ("IN curtains", "2025-08-27", {"9903.02.26": 250_000, "9903.01.84": 250_000}),
        ("IN curtains", "2026-02-07", {"9903.02.26": 250_000}),
        ("BR footwear", "2025-08-06", {"9903.01.25": 100_000, "9903.01.77": 400_000}),
        ("JP bearings", "2025-09-15", {"9903.02.30": 150_000}),
        ("JP bearings", "2025-09-16", {"9903.02.73": 150_000}),
        ("KR appliances", "2025-12-03", {"9903.02.56": 150_000}),
        ("KR appliances", "2025-12-04", {"9903.02.80": 150_000}),
        ("CA packaging", "2025-07-31", {"9903.01.10": 250_000, "9903.01.26": 0}),
        ("CA packaging", "2025-08-01", {"9903.01.10": 350_000, "9903.01.26": 0}),
        ("MX cables, USMCA", "2025-03-06", {}),
        ("MX cables, USMCA", "2025-03-07", {"9903.01.04": 0}),
        ("FR luggage", "2025-08-06", {"9903.01.25": 100_000}),
        ("FR luggage", "2025-08-07", {"9903.02.19": 0}),
    ],
)
def test_goods_carry_the_headings_of_their_origin_and_day(
    law: Law, goods: str, day: str, expected: dict[str, int]
) -> None:
    assert stack(law, goods, day) == expected


def test_every_heading_that_natural_goods_pay_stands_in_the_seeds_with_that_rate_and_origin(law: Law) -> None:
    with (project_files("registry_seeds") / "ieepa_headings.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["withdrawn_date"]]
    checked = set()
    for day in entry_days():
        for goods in (goods for goods in GOODS if goods.oddity == NATURAL):
            for row in line_on(goods, day.day, law).rows:
                if row.part in ("section_301", "section_232", "section_122"):
                    continue
                fitting = [
                    known
                    for known in rows
                    if known["heading"] == row.heading
                    and known["effective_from"] <= day.day.isoformat() <= known["effective_to"]
                    and {goods.origin, "ALL"} & set(known["countries"].split("|"))
                ]
                assert len(fitting) == 1, (goods.name, day.day, row.heading)
                rate = fitting[0]["rate"] or "0.15"
                assert Decimal(rate) * 1_000_000 == row.rate
                checked.add((goods.origin, row.heading))
    assert len({origin for origin, _ in checked}) >= 10


def test_goods_with_column_1_of_15_percent_carry_no_baseline_beside_their_exemption(law: Law) -> None:
    for day in (day.day for day in entry_days() if day.day >= date(2025, 8, 7)):
        assert line_on(OF_NAME["FR luggage"], day, law).is_free, day


def test_on_a_whole_15_percent_row_column_1_duty_is_hidden_and_comes_back_after_cape(law: Law) -> None:
    line = line_on(OF_NAME["JP bearings"], date(2025, 10, 1), law)
    assert (line.commodity_rate, line.column_1_rate) == (0, 90_000)
    assert line.after_cape().rows == ()
    assert line.after_cape().commodity_rate == 90_000


def test_steel_pays_25_percent_until_june_3_and_50_percent_after(law: Law) -> None:
    steel = OF_NAME["VN steel chairs"]
    rates = {
        day: [row.rate for row in line_on(steel, date.fromisoformat(day), law).rows if row.part == "section_232"]
        for day in ("2025-03-11", "2025-03-12", "2025-06-03", "2025-06-04")
    }
    assert rates == {"2025-03-11": [], "2025-03-12": [250_000], "2025-06-03": [250_000], "2025-06-04": [500_000]}


def test_section_122_begins_the_day_after_the_last_ieepa_day(law: Law) -> None:
    last = date(2026, 2, 23)
    toys = OF_NAME["CN toys"]
    assert [row.part for row in line_on(toys, last, law).rows] == ["ieepa", "ieepa"]
    assert [(row.part, row.rate) for row in line_on(toys, last + timedelta(days=1), law).rows] == [
        ("section_122", 100_000)
    ]


def test_nothing_pays_before_the_worldwide_duty_but_china_canada_and_mexico(law: Law) -> None:
    paying = {GOODS[place].origin for place, _ in pools(date(2025, 4, 4), law)["paying"]}
    assert paying == {"CN", "CA", "MX"}


def test_a_rate_finer_than_a_part_of_a_million_is_refused() -> None:
    assert parts_per_million("0.075") == 75_000
    with pytest.raises(ValueError, match="finer"):
        parts_per_million("0.00000005")
