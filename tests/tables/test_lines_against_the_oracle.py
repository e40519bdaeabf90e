"""lines.classified_lines and lines.duty_splits beside the oracle, which states the rules a second time by itself.

Belongs here: thousands of drawn lines, by default and under every policy, every answer compared. Does not belong here:
worked cases (the tests of each table) or how lines are drawn (`random_lines`).
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import settings

from tests.support.oracle.lines import split_line
from tests.support.tables import empty_tables
from tests.tables.lines.filed import Line, classify_all, split_all
from tests.tables.lines.random_lines import (
    KINDS,
    ORACLE_FAMILIES,
    ORACLE_HEADINGS,
    ORACLE_PREFERENCE_CLAIMS,
    ORACLE_QUANTITY_UNITS,
    ORACLE_STACKING_RULES,
    drawn,
)
from tests.tables.promises import broken_claim, build

#: Lines of each kind: 1,000 in the usual run, 80,000 where the profile searches.
LINES_OF_A_KIND = 40 * settings.default.max_examples
#: Lines built at once.
BATCH = 2_000
SHOWN = 3
CLAIMS = (
    ("lines.classified_lines", "no_row_is_lost"),
    ("lines.duty_splits", "no_line_is_lost"),
    ("lines.duty_splits", "parts_sum_to_the_filed_total"),
    ("lines.entry_amounts", "sums_are_those_of_the_lines"),
)
OUTSIDE_EVERY_WINDOW = {"OUTSIDE-WINDOW", "ENTRY-DATE-ABSENT"}
OF_A_LINE = (
    "paid_duty_usd",
    "ieepa_usd",
    "ieepa_low_usd",
    "ieepa_high_usd",
    "undetermined_usd",
    "non_ieepa_usd",
    "section_232_usd",
    "section_301_usd",
    "section_201_usd",
    "section_122_usd",
    "chapter_98_usd",
    "other_chapter99_usd",
    "column_1_usd",
    "split_basis",
    "rests_on_assumption",
    "column_1_applied_rate",
    "column_1_basis",
    "absent_duty_row_count",
    "programmes",
    "anomaly_codes",
)
OF_A_ROW = (
    "heading",
    "law_date",
    "duty_bucket",
    "programme",
    "is_ieepa_duty",
    "counts_as_certain",
    "rate_kind",
    "registry_rate",
    "expected_duty_usd",
    "anomaly_codes",
)


def told_to_the_oracle(filed: Line) -> list[dict[str, Any]]:
    """The rows of a line as the oracle takes them."""
    return [
        {
            "hts_number": row.hts,
            "entry_date": filed.entry_date if filed.is_row_dated else None,
            "baseline_entry_date": filed.entry_date,
            "entry_summary_date": filed.summary_date,
            "privileged_foreign_date": filed.privileged_foreign_date,
            "country_of_origin": filed.origin,
            "duty_usd": row.duty,
            "goods_value_usd": row.value,
            "entry_type_code": filed.entry_type,
            "column_1_rate": row.column_1,
            "line_spi_code": filed.spi,
            **row.quantity_cells(),
        }
        for row in filed.rows
    ]


def answered_by_the_oracle(filed: Line, policies: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the oracle says of the line and of each of its rows, by the names of the tables."""
    answer = split_line(
        told_to_the_oracle(filed),
        ORACLE_HEADINGS,
        ORACLE_FAMILIES,
        filed.column_1_fact,
        quantity_units=ORACLE_QUANTITY_UNITS,
        stacking_rules=ORACLE_STACKING_RULES,
        preference_claims=ORACLE_PREFERENCE_CLAIMS,
        **policies,
    )
    rows = [{**row, "anomaly_codes": row["anomalies"], "counts_as_certain": row["certain"]} for row in answer["rows"]]
    return {**answer, "anomaly_codes": answer["anomalies"]}, rows


def disagreements(
    con: duckdb.DuckDBPyConnection, lines: Sequence[Line], policies: dict[str, Any]
) -> list[tuple[Line, dict[str, Any]]]:
    """Every line of which the tables and the oracle say different things, the shortest first, with both answers."""
    classified_rows = classify_all(con, lines)
    splits = split_all(con)
    assert len(splits) == len(lines)
    found = []
    for filed, rows, split in zip(lines, classified_rows, splits, strict=True):
        line_answer, row_answers = answered_by_the_oracle(filed, policies)
        assert len(rows) == len(row_answers)
        unlike = _unlike(split, line_answer, OF_A_LINE)
        for number, (row, row_answer) in enumerate(zip(rows, row_answers, strict=True), 1):
            unlike |= {f"row {number}: {name}": both for name, both in _unlike(row, row_answer, OF_A_ROW).items()}
        if unlike:
            found.append((filed, unlike))
    return sorted(found, key=lambda one: (len(one[0].rows), len(one[1])))


def described(found: Sequence[tuple[Line, dict[str, Any]]]) -> str:
    """How many lines, and the shortest of them with both answers."""
    shown = [
        f"{filed}\n" + "\n".join(f"    {name}: {both}" for name, both in unlike.items()) for filed, unlike in found
    ]
    return "\n".join([f"{len(found)} lines are answered differently, such as:", *shown[:SHOWN]])


def _unlike(table: dict[str, Any], oracle: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    pairs = {name: {"table": _in_order(table[name]), "oracle": _in_order(oracle[name])} for name in names}
    if "duty_usd" in table and not table["duty_usd"]:
        del pairs["counts_as_certain"]  # nothing is certain or doubtful of no duty
    if OUTSIDE_EVERY_WINDOW & set(table["anomaly_codes"]):
        pairs.pop("rate_kind", None)  # the table then cites the nearest window, which the oracle does not look for
    return {name: both for name, both in pairs.items() if both["table"] != both["oracle"]}


def _in_order(answer: Any) -> Any:
    return sorted(answer) if isinstance(answer, list) else answer


@pytest.mark.parametrize("kind", KINDS)
def test_the_oracle_splits_and_classifies_every_line_alike(kind: str) -> None:
    lines = drawn(kind, LINES_OF_A_KIND)
    assert len(lines) >= LINES_OF_A_KIND
    for start in range(0, len(lines), BATCH):
        with empty_tables() as con:
            found = disagreements(con, lines[start : start + BATCH], {})
            assert not found, described(found)
            build(con, "lines.duty_splits")
            build(con, "lines.entry_amounts")
            assert {claim: broken_claim(con, table, claim) for table, claim in CLAIMS} == {
                claim: [] for _, claim in CLAIMS
            }


#: A reading in force that is not the default: what the tables read, and what the oracle is told.
OTHER_READINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "first day 1 February 2025": (
        {"ieepa_first_day": date(2025, 2, 1)},
        {"ieepa_first_day": date(2025, 2, 1)},
    ),
    "last day 7 February 2026": (
        {"ieepa_last_day": date(2026, 2, 7)},
        {"ieepa_last_day": date(2026, 2, 7)},
    ),
    "last day 24 February 2026": (
        {"ieepa_last_day": date(2026, 2, 24)},
        {"ieepa_last_day": date(2026, 2, 24)},
    ),
    "headings 9903.01.25 to 9903.01.70": (
        {"first_ieepa_heading": "99030125", "last_ieepa_heading": "99030170"},
        {"ieepa_headings": "9903.01.25-9903.01.70"},
    ),
    "filing date": ({"law_date_policy": "filing_date"}, {"law_date": "filing_date"}),
    "zone goods by entry date": ({"zone_goods_policy": "entry_date"}, {"zone_goods_date": "entry_date"}),
    "whole row": ({"fifteen_percent_policy": "whole_row"}, {"fifteen_percent_headings": "whole_row"}),
}


@cache
def some_of_each_kind() -> list[Line]:
    return [line for kind in KINDS for line in drawn(kind, LINES_OF_A_KIND // 10)]


@pytest.mark.parametrize("reading", OTHER_READINGS)
def test_the_oracle_agrees_under_every_policy(reading: str) -> None:
    in_force, told = OTHER_READINGS[reading]
    with empty_tables() as con:
        for column, value in in_force.items():
            con.execute(f"update registry.policies_in_force set {column} = ?", [value])
        found = disagreements(con, some_of_each_kind(), told)
    assert not found, described(found)
