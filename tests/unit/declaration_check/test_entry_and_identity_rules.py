"""The rules of entries and of identity: what the warehouse knows of each number on a declaration."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from cape_pipeline.declaration_check.checking import Checked, check_declaration
from cape_pipeline.declaration_check.received import received_text
from cape_pipeline.declaration_check.rules import ENTRY_RULES, IDENTITY_RULES
from cape_pipeline.filing import as_submitters
from cape_pipeline.summary import SnapshotUnusable
from tests.support.tables import empty_tables, put
from tests.unit.declaration_check.declarations import RULES, content, number, numbers, told

AS_OF = date(2026, 7, 20)
IMPORTER, ANOTHER = "12-3456789", "98-7654321"
PASSING = {
    "entry_type_excluded": "pass",
    "warehouse_entry": "pass",
    "already_accepted": "pass",
    "liquidation_80_days": "pass",
    "ieepa_duty": "pass",
    "payee_box28": "pass",
    "stale_status": "pass",
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        put(con, "ace.current_importers", importer_number=IMPORTER, importer_key="123456789", ach_enrolled=True)
        yield con


def know(
    con: duckdb.DuckDBPyConnection, entry_number: str, outcomes: dict[str, Any] | None = None, **facts: Any
) -> str:
    """An entry that CAPE takes, but for what is given."""
    told = {
        "importer_number": IMPORTER,
        "importer_key": "123456789",
        "entry_type_code": "01",
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "path_reason": "every rule is met",
    }
    put(con, "entries.eligibility_decisions", entry_number=entry_number, **told | facts)
    put(con, "entries.rule_outcomes", entry_number=entry_number, **PASSING | (outcomes or {}))
    return entry_number


def check(con: duckdb.DuckDBPyConnection, *entry_numbers: str, submitter: str = "") -> Checked:
    received = received_text("declaration.csv", content(entry_numbers))
    given = as_submitters(submitter)
    return check_declaration(con, received, RULES, given[0] if given else None, has_warehouse=True)


def test_an_entry_that_cape_takes_breaks_no_rule(con: duckdb.DuckDBPyConnection) -> None:
    result = check(con, know(con, number(1)), know(con, number(2)), submitter=f"importer:{IMPORTER}")
    assert result.findings == ()
    assert (result.as_of, result.number_count) == (AS_OF, 2)


def test_an_unknown_entry_warns(con: duckdb.DuckDBPyConnection) -> None:
    assert told(check(con, know(con, number(1)), number(2))) == [(3, "VAL-E-01", "warn")]


def test_a_number_with_a_wrong_check_digit_is_not_called_unknown_too(con: duckdb.DuckDBPyConnection) -> None:
    right = number(1)
    assert told(check(con, f"{right[:10]}{(int(right[10]) + 1) % 10}")) == [(2, "VAL-F-12", "reject")]


REFUSED = {"cape_status": "ineligible", "recommended_path": "none", "path_reason": "refused"}


@pytest.mark.parametrize(
    ("outcomes", "facts", "rule_id", "detail"),
    [
        ({"entry_type_excluded": "fail"}, {"entry_type_code": "09"}, "VAL-E-02", "entry type 09"),
        ({"warehouse_entry": "fail"}, {"entry_type_code": "21"}, "VAL-E-02", "entry type 21"),
        (
            {"already_accepted": "fail"},
            {"cape_status": "accepted", "claim_number": "100000000001", "accepted_date": date(2026, 5, 4)},
            "VAL-E-03",
            "accepted on claim 100000000001 of 2026-05-04",
        ),
        (
            {"already_accepted": "fail", "liquidation_80_days": "fail", "ieepa_duty": "fail"},
            {"cape_status": "accepted"},
            "VAL-E-03",
            "accepted on claim",
        ),
        (
            {"liquidation_80_days": "fail"},
            {"liquidation_date": date(2026, 4, 30), "cape_deadline_date": date(2026, 7, 19)},
            "VAL-E-04",
            "liquidated 2026-04-30, last filing day 2026-07-19",
        ),
        ({"ieepa_duty": "fail"}, {"cape_status": "no_ieepa"}, "VAL-E-05", "no duty on an IEEPA heading"),
        (
            {},
            {"recommended_path": "await_protest", "path_reason": "protest open", "blocking_rules": ["PROTEST"]},
            "VAL-E-06",
            "ineligible, path await_protest: protest open (PROTEST)",
        ),
        ({}, {"cape_status": "refunded", "path_reason": "paid"}, "VAL-E-06", "refunded, path none: paid"),
    ],
)
def test_an_entry_that_cbp_refuses_is_named_once_with_what_is_in_the_way(
    con: duckdb.DuckDBPyConnection, outcomes: dict[str, Any], facts: dict[str, Any], rule_id: str, detail: str
) -> None:
    result = check(con, know(con, number(1)), know(con, number(2), outcomes, **REFUSED | facts))
    assert told(result) == [(3, rule_id, "reject")]
    assert result.findings[0].detail == detail


@pytest.mark.parametrize(
    ("outcomes", "facts", "rule_id"),
    [
        ({}, {"cape_status": "review", "recommended_path": "manual_review"}, "VAL-E-07"),
        ({"stale_status": "fail"}, {"status_as_of_date": date(2026, 7, 5)}, "VAL-E-08"),
        ({"stale_status": "unknown"}, {}, "VAL-E-08"),
        ({}, {"unverified_facts": ["drawback"]}, "VAL-E-09"),
        ({"payee_box28": "unknown"}, {}, "VAL-I-05"),
        ({"payee_box28": "fail"}, {}, "VAL-I-05"),
        ({}, {"importer_number": None, "importer_key": None}, "VAL-I-03"),
    ],
)
def test_what_cannot_be_told_warns(
    con: duckdb.DuckDBPyConnection, outcomes: dict[str, Any], facts: dict[str, Any], rule_id: str
) -> None:
    assert told(check(con, know(con, number(1), outcomes, **facts))) == [(2, rule_id, "warn")]


@pytest.mark.parametrize(("days_left", "warns"), [(3, False), (2, True), (0, True), (None, False)])
def test_days_78_to_80_warn(con: duckdb.DuckDBPyConnection, days_left: int | None, *, warns: bool) -> None:
    know(con, number(1), cape_deadline_date=None if days_left is None else AS_OF + timedelta(days=days_left))
    result = check(con, number(1))
    assert told(result) == ([(2, "VAL-E-10", "warn")] if warns else [])
    assert all(f"day {80 - (days_left or 0)} after" in finding.detail for finding in result.findings)


def foreign(con: duckdb.DuckDBPyConnection, serial: int) -> str:
    return know(con, number(serial), importer_number=ANOTHER, importer_key="987654321")


def test_a_foreign_importer_rejects_for_an_importer_and_not_for_its_broker(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "ace.current_importers", importer_number=ANOTHER, importer_key="987654321", ach_enrolled=True)
    rows = (know(con, number(1)), foreign(con, 2), foreign(con, 3))
    several = (3, "VAL-I-04", "warn")
    assert told(check(con, *rows)) == [several]
    assert told(check(con, *rows, submitter="broker:ABC")) == [several]
    rejects = [(3, "VAL-I-01", "reject"), (4, "VAL-I-01", "reject")]
    assert told(check(con, *rows, submitter=f"importer:{IMPORTER}")) == [*rejects, several]
    assert told(check(con, *rows[1:], submitter=f"importer:{ANOTHER}")) == []


@pytest.mark.parametrize("written", ["12-3456789", "123456789", "12-345678900"])
def test_an_importer_number_is_compared_however_it_is_written(con: duckdb.DuckDBPyConnection, written: str) -> None:
    assert check(con, know(con, number(1)), submitter=f"importer:{written}").findings == ()


def test_an_importer_that_is_not_in_importers_csv_warns(con: duckdb.DuckDBPyConnection) -> None:
    assert told(check(con, foreign(con, 1))) == [(2, "VAL-I-03", "warn")]


@pytest.mark.parametrize("enrolled", [False, None])
def test_an_importer_without_ach_enrolment_warns(con: duckdb.DuckDBPyConnection, *, enrolled: bool | None) -> None:
    put(con, "ace.current_importers", importer_number=ANOTHER, importer_key="987654321", ach_enrolled=enrolled)
    assert told(check(con, foreign(con, 1))) == [(2, "VAL-I-06", "warn")]


def test_a_number_with_dashes_is_still_the_entry(con: duckdb.DuckDBPyConnection) -> None:
    entry = know(con, number(1), {"entry_type_excluded": "fail"}, **REFUSED)
    dashed = f"{entry[:3]}-{entry[3:10]}-{entry[10]}"
    assert told(check(con, dashed)) == [(2, "VAL-F-14", "warn"), (2, "VAL-E-02", "reject")]


def test_nothing_is_left_on_the_connection(con: duckdb.DuckDBPyConnection) -> None:
    before = con.execute("select count(*) from duckdb_tables()").fetchone()
    check(con, *numbers(3))
    assert con.execute("select count(*) from duckdb_tables()").fetchone() == before
    assert con.execute(
        "select count(*) from duckdb_views() where view_name like 'declaration%' and temporary"
    ).fetchone() == (0,)


@pytest.mark.parametrize("rule_id", sorted(ENTRY_RULES | IDENTITY_RULES))
def test_no_rule_of_the_warehouse_speaks_of_what_is_no_entry_number(
    con: duckdb.DuckDBPyConnection, rule_id: str
) -> None:
    result = check(con, "ABC12", "6.05761E+10", "", submitter=f"importer:{IMPORTER}")
    assert rule_id not in {finding.rule.rule_id for finding in result.findings}


def test_tables_of_another_release_are_said_to_be_so() -> None:
    with duckdb.connect() as empty:
        empty.execute("create macro ace_digits_lost(cell) as false; create macro entry_check_digit(cell) as 1")
        empty.execute("create macro entry_check_digit_ok(cell) as true; create macro importer_key(cell) as cell")
        received = received_text("declaration.csv", content(numbers(1)))
        with pytest.raises(SnapshotUnusable, match="lacks a table or column of this release"):
            check_declaration(empty, received, RULES, has_warehouse=True)
