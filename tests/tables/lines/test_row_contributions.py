"""lines.row_contributions: what every tariff row gave to the split of its line, by which rule, and why."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.lines.filed import COMMODITY, Line, Row, classify_all, line, shipped_registry, split_all
from tests.tables.lines.random_lines import KINDS, drawn
from tests.tables.promises import broken_promises, build

TABLE = "lines.row_contributions"
#: Lines whose rows gave another sum than the split has, at either end; a line derived from rates has no tariff rows.
UNLIKE_THEIR_SPLIT = """
select splits.entry_number, splits.line_number
from lines.duty_splits as splits
full join (
    select
        entry_number, line_number,
        coalesce(sum(ieepa_low_usd), 0) as ieepa_low_usd, coalesce(sum(ieepa_high_usd), 0) as ieepa_high_usd
    from lines.row_contributions
    group by all
) as row_sums
    on splits.entry_number = row_sums.entry_number and splits.line_number = row_sums.line_number
where splits.split_basis is distinct from 'rate_derived'
  and (
    splits.ieepa_low_usd is distinct from row_sums.ieepa_low_usd
    or splits.ieepa_high_usd is distinct from row_sums.ieepa_high_usd
  )
"""
#: Rows that give something certain under a heading without IEEPA duty, or anything outside IEEPA.
GIVEN_WITHOUT_DUTY = """
from lines.row_contributions
where (duty_bucket <> 'ieepa' and ieepa_low_usd > 0)
   or (registry_rate = 0 and ieepa_low_usd > 0)
   or (duty_bucket not in ('ieepa', 'ieepa_exempt') and (ieepa_low_usd <> 0 or ieepa_high_usd <> 0))
"""
HIGH_ONLY = ": counted in the high amount only"


def contributions(con: duckdb.DuckDBPyConnection, *lines: Line) -> list[dict[str, Any]]:
    """What the rows of some lines contributed, in order of entry and filing, under the shipped registry."""
    classify_all(con, lines)
    con.execute("delete from registry.sources")
    con.register("given_sources", shipped_registry()["registry.sources"])
    con.execute("insert into registry.sources by name select * from given_sources")
    con.unregister("given_sources")
    split_all(con)
    build(con, "lines.duty_splits")
    assert con.execute(UNLIKE_THEIR_SPLIT).fetchall() == []
    assert con.execute(GIVEN_WITHOUT_DUTY).fetchall() == []
    return rows_of(con, TABLE)


def told(con: duckdb.DuckDBPyConnection, filed: Line) -> list[tuple[str, str, str]]:
    """Low, high and reason of each row of a line."""
    return [
        (str(row["ieepa_low_usd"]), str(row["ieepa_high_usd"]), row["contribution_reason"])
        for row in contributions(con, filed)
    ]


def test_every_row_tells_its_heading_programme_window_rate_authority_and_source(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = contributions(con, line("CN", "2025-06-10", {"9903.88.03": "250", "9903.01.24": "200"}, base_duty="37"))
    assert [(row["heading"], row["programme"], row["duty_bucket"]) for row in rows] == [
        ("9903.88.03", "s301_china", "section_301"),
        ("9903.01.24", "fentanyl_CN", "ieepa"),
        ("8501.10.90", "ordinary", "column_1"),
    ]
    fentanyl = rows[1]
    assert (fentanyl["effective_from"], fentanyl["effective_to"]) == (date(2025, 3, 4), date(2025, 11, 9))
    assert fentanyl["registry_rate"] == Decimal("0.2")
    assert fentanyl["authority"].startswith("EO 14195")
    assert fentanyl["rule_title"]
    assert "9903.01.24" in fentanyl["rule_locator"]
    assert all(row["authority"] and row["rule_title"] for row in rows)
    assert broken_promises(con, TABLE) == []


def test_duty_that_a_heading_imposes_counts_in_full_and_other_duty_not_at_all(con: duckdb.DuckDBPyConnection) -> None:
    filed = line(
        "CN",
        "2025-06-10",
        {"9903.88.03": "250", "9903.01.24": "200", "9903.03.01": "1", "9903.77.77": "2", "9802.00.80": "3"},
        base_duty="37",
    )
    imposed = "duty under a heading that imposes it on that day: counted in full"
    assert told(con, filed) == [
        ("0.00", "0.00", "Section 301 duty, not refundable under IEEPA"),
        ("200.00", "200.00", imposed),
        ("0.00", "0.00", "Section 122 duty, not refundable under IEEPA"),
        ("0.00", "0.00", "a chapter 99 number that no tariff has printed: never taken for IEEPA"),
        ("0.00", "0.00", "duty on a chapter 98 row, not refundable under IEEPA"),
        ("0.00", "0.00", "ordinary column 1 duty, not refundable under IEEPA"),
    ]


@pytest.mark.parametrize(
    ("column_1", "floor_duty", "base_duty", "expected"),
    [
        ("4%", "150", "0", ("110.00", "110.00", "15 % heading: 40.00 of column 1 duty taken out (4 % of the value)")),
        (
            "3.7%",
            "150",
            "0",
            ("113.00", "113.00", "15 % heading: 37.00 of column 1 duty taken out (3.7 % of the value)"),
        ),
        ("15%", "150", "0", ("0.00", "0.00", "15 % heading: 150.00 of column 1 duty taken out (15 % of the value)")),
        ("Free", "150", "0", ("150.00", "150.00", "15 % heading, column 1 free: counted in full")),
        ("4%", "110", "40", ("110.00", "110.00", "15 % heading, column 1 duty on its own row: counted in full")),
        (
            None,
            "150",
            "0",
            ("0.00", "150.00", "15 % heading, column 1 rate unknown: between nothing and the whole row"),
        ),
        (
            "4%",
            "90",
            "0",
            (
                "0.00",
                "90.00",
                "15 % heading, but its rows do not make that share of the value: between nothing and the whole row",
            ),
        ),
    ],
)
def test_a_15_percent_heading_tells_what_column_1_took(
    con: duckdb.DuckDBPyConnection, column_1: str | None, floor_duty: str, base_duty: str, expected: tuple[str, ...]
) -> None:
    filed = line("DE", "2025-10-01", {"9903.02.20": floor_duty}, base_duty=base_duty, column_1=column_1)
    assert told(con, filed)[0] == expected


def test_two_rows_of_15_percent_are_each_a_range(con: duckdb.DuckDBPyConnection) -> None:
    rows = (Row("99030220", Decimal(75)), Row("99030220", Decimal(75)), Row(COMMODITY, Decimal(0), Decimal(1000), "4%"))
    filed = Line("DE", date(2025, 10, 1), rows)
    assert [row[:2] for row in told(con, filed)] == [("0.00", "75.00"), ("0.00", "75.00"), ("0.00", "0.00")]


@pytest.mark.parametrize(
    ("origin", "day", "heading", "duty", "expected"),
    [
        ("CN", "2025-03-03", "9903.01.24", "7", ("0.00", "7.00", "outside the window of the heading" + HIGH_ONLY)),
        (
            "CN",
            "2025-03-03",
            "9903.01.24",
            "0",
            ("0.00", "0.00", "outside the window of the heading, and no duty on the row"),
        ),
        (
            "VN",
            "2025-06-10",
            "9903.01.24",
            "7",
            ("0.00", "7.00", "the heading does not apply to the filed origin" + HIGH_ONLY),
        ),
        ("CN", "2025-06-10", "9903.01.33", "7", ("0.00", "7.00", "duty under a heading that imposes none" + HIGH_ONLY)),
        (
            "CN",
            "2025-06-10",
            "9903.01.33",
            "-7",
            ("-7.00", "-7.00", "duty under a heading that imposes none: a credit, counted at both ends"),
        ),
        (
            "CN",
            "2025-06-10",
            "9903.01.33",
            "0",
            ("0.00", "0.00", "exempt heading: imposes no duty, and none is on the row"),
        ),
        (
            "CN",
            "2025-06-10",
            "9903.01.63",
            "7",
            ("0.00", "7.00", "duty under a heading that was suspended on that day" + HIGH_ONLY),
        ),
        (
            "CN",
            "2025-06-10",
            "9903.01.63",
            "0",
            ("0.00", "0.00", "suspended on that day: imposes no duty, and none is on the row"),
        ),
        ("CN", None, "9903.01.24", "7", ("0.00", "7.00", "no date of entry" + HIGH_ONLY)),
        (
            "CN",
            "2025-06-10",
            "9903.01.24",
            "-7",
            ("-7.00", "-7.00", "a credit under a heading that imposes duty on that day: counted in full"),
        ),
        ("CN", "2025-06-10", "9903.01.24", "0", ("0.00", "0.00", "no duty on the row")),
        (
            "CN",
            "2025-06-10",
            "9903.01.24",
            None,
            ("None", "None", "the export leaves the duty blank: nothing is counted, and the entry is incomplete"),
        ),
        (
            "KR",
            "2025-11-20",
            "9903.02.56",
            "150",
            (
                "150.00",
                "150.00",
                "duty at a rate that was later replaced backwards in time: counted in full, as it was paid",
            ),
        ),
    ],
)
def test_a_row_tells_why_it_counts_as_it_does(
    con: duckdb.DuckDBPyConnection,
    origin: str,
    day: str | None,
    heading: str,
    duty: str | None,
    expected: tuple[str, ...],
) -> None:
    assert told(con, line(origin, day, {heading: duty}))[0] == expected


def test_zone_goods_that_do_not_fit_the_date_of_entry_say_so(con: duckdb.DuckDBPyConnection) -> None:
    filed = line("CN", "2025-06-10", {"9903.01.24": "100"}, entry_type="06")
    assert told(con, filed)[0][2] == (
        "zone goods whose duty does not fit the date of entry: counted in the high amount only"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_any_line_sum_to_its_split_and_each_gives_a_reason(
    con: duckdb.DuckDBPyConnection, kind: str
) -> None:
    lines = drawn(kind, 300)
    rows = contributions(con, *lines)
    assert len(rows) == sum(len(filed.rows) for filed in lines)
    assert {row["contribution_reason"] for row in rows if "doubtful" in row["contribution_reason"]} == set()
    assert "" not in {row["contribution_reason"] for row in rows}
    for row in rows:
        if row["duty_usd"] is not None:
            assert row["ieepa_low_usd"] <= row["ieepa_high_usd"]
            assert min(row["duty_usd"], 0) <= row["ieepa_low_usd"]
            assert row["ieepa_high_usd"] <= max(row["duty_usd"], 0)
    assert broken_promises(con, TABLE) == []
