"""The nine worked checks of how a filed line splits, from ES-003 to what each entry is to be refunded, to the cent.

Every amount is for 1,000.00 of value; a check that names several days or several ways of filing is one entry for each.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.pipeline import empty_warehouse, run_on

CASE = Path(__file__).parent / "worked_checks"
EXPECTED = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
AMOUNTS = (
    "paid_duty_usd",
    "ieepa_low_usd",
    "ieepa_high_usd",
    "section_232_usd",
    "section_301_usd",
    "section_201_usd",
    "section_122_usd",
    "chapter_98_usd",
    "other_chapter99_usd",
    "column_1_usd",
)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """The warehouse as of 20 July 2026, from one ES-003."""
    connection = empty_warehouse()
    run_on(connection, CASE / "exports", date(2026, 7, 20))
    return connection


def test_all_nine_checks_are_there_with_every_day_they_name() -> None:
    assert [entry["check"] for entry in EXPECTED] == [1, 2, 2, 2, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8, 8, 8, 9, 9]


@pytest.mark.parametrize(
    "entry", EXPECTED, ids=lambda entry: f"{entry['check']}: {entry['what']} {entry['entry_date']}"
)
def test_a_line_splits_into_the_duties_of_the_check(con: duckdb.DuckDBPyConnection, entry: dict[str, object]) -> None:
    columns = ("line_number", *AMOUNTS, "split_basis", "anomaly_codes")
    rows = con.execute(
        f"select entry_date, {', '.join(columns)} from lines.duty_splits where entry_number = ? order by line_number",
        [entry["entry_number"]],
    ).fetchall()
    lines = entry["lines"]
    assert isinstance(lines, list)
    assert rows == [
        (
            date.fromisoformat(str(entry["entry_date"])),
            line["line_number"],
            *(Decimal(line[name]) for name in AMOUNTS),
            line["split_basis"],
            line["anomaly_codes"],
        )
        for line in lines
    ]


def test_an_entry_is_to_be_refunded_what_its_lines_hold_and_nothing_else(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select entry_number, refund_principal_usd, refund_principal_high_usd, cape_status = 'no_ieepa'"
        " from entries.eligibility order by 1"
    ).fetchall()
    sums = {entry["entry_number"]: sum(Decimal(line["ieepa_low_usd"]) for line in entry["lines"]) for entry in EXPECTED}
    assert rows == [(number, amount, amount, amount == 0) for number, amount in sorted(sums.items())]


def test_the_rows_of_a_check_give_what_the_law_imposes_and_tell_which(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select heading, ieepa_low_usd, programme from lines.row_contributions"
        " where ieepa_high_usd <> 0 and entry_number = ? order by heading",
        [EXPECTED[0]["entry_number"]],
    ).fetchall()
    assert rows == [
        ("9903.01.24", Decimal("200.00"), "fentanyl_CN"),
        ("9903.01.25", Decimal("100.00"), "reciprocal"),
    ]


def test_a_correct_filing_breaks_no_expectation(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("select expectation, detail from reports.exceptions where entry_number is not null").fetchall()
    assert found == []
