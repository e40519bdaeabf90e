"""What CAPE has said of an entry as of the day, in `entries.claim_facts`: acceptance, newest verdict, remedy.

Belongs here: several claims of one entry, and what is dated after the day. Does not belong here: how a claim's outcome
is read from its reports (`ace.claim_outcomes`).
"""

from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def claim(con: Connection, number: str, outcome: str, **columns: Any) -> None:
    put(
        con,
        "ace.claim_outcomes",
        **{"entry_number": ENTRY, "claim_number": number, "claim_outcome": outcome, "last_load_number": 1, **columns},
    )


def told(con: Connection) -> list[dict[str, Any]]:
    if not con.execute("select count(*) from registry.as_of").fetchall()[0][0]:
        put(con, "registry.as_of", as_of_date=AS_OF)
    assert broken_promises(con, "entries.claim_facts") == []
    return rows_of(con, "entries.claim_facts")


def test_an_entry_on_no_claim_has_no_row(law: Connection) -> None:
    assert told(law) == []


@pytest.mark.parametrize(("days_ago", "is_seen"), [(1, True), (0, True), (-1, False)])
def test_an_acceptance_after_the_day_has_not_happened(law: Connection, days_ago: int, *, is_seen: bool) -> None:
    claim(law, "1", "accepted", accepted_date=AS_OF - timedelta(days=days_ago), accepted_date_basis="declarations")
    rows = told(law)
    assert [row["is_accepted"] for row in rows] == ([True] if is_seen else [])


@pytest.mark.parametrize(("days_ago", "is_seen"), [(0, True), (-1, False)])
def test_a_claim_filed_after_the_day_has_not_been_filed(law: Connection, days_ago: int, *, is_seen: bool) -> None:
    claim(law, "1", "failed", filed_date=AS_OF - timedelta(days=days_ago))
    assert bool(told(law)) is is_seen


def test_an_acceptance_without_a_date_is_seen_and_its_basis_unknown(law: Connection) -> None:
    claim(law, "1", "accepted", accepted_date_basis="unknown")
    (row,) = told(law)
    assert (row["is_accepted"], row["accepted_date"], row["accepted_date_basis"]) == (True, None, "unknown")


def test_an_entry_that_failed_and_was_then_accepted_is_accepted(law: Connection) -> None:
    claim(law, "1", "failed", filed_date=date(2026, 5, 1), error_description="INVALID HTS")
    accepted = {"filed_date": date(2026, 6, 1), "accepted_date": date(2026, 6, 3)}
    claim(law, "2", "accepted", **accepted, accepted_date_basis="declarations")
    (row,) = told(law)
    assert (row["is_accepted"], row["claim_number"], row["accepted_date"]) == (True, "2", date(2026, 6, 3))
    assert (row["last_cape_result"], row["last_cape_claim_number"], row["remedy"]) == ("accepted", "2", None)
    assert row["last_cape_message"] is None


def test_an_entry_that_was_accepted_and_failed_as_a_duplicate_stays_accepted(law: Connection) -> None:
    claim(law, "1", "accepted", filed_date=date(2026, 5, 1), accepted_date=date(2026, 5, 2))
    claim(law, "2", "failed", filed_date=date(2026, 6, 1), error_description="INVALID HTS")
    (row,) = told(law)
    assert (row["is_accepted"], row["claim_number"]) == (True, "1")
    assert (row["last_cape_result"], row["last_cape_claim_number"]) == ("failed", "2")


def test_of_two_acceptances_the_first_counts_with_its_own_claim_date_and_basis(law: Connection) -> None:
    claim(law, "1", "accepted", accepted_date=date(2026, 7, 1), accepted_date_basis="claim_details_run_date")
    claim(law, "2", "accepted", accepted_date=date(2026, 6, 1), accepted_date_basis="declarations")
    claim(law, "0", "accepted", accepted_date_basis="unknown")
    (row,) = told(law)
    told_of_it = (row["claim_number"], row["accepted_date"], row["accepted_date_basis"], row["accepted_claim_count"])
    assert told_of_it == ("2", date(2026, 6, 1), "declarations", 3)


def test_an_unknown_status_text_is_no_acceptance_and_no_failure_and_is_shown(law: Connection) -> None:
    claim(law, "1", "unknown", claim_entry_status="Held for Review")
    (row,) = told(law)
    assert (row["is_accepted"], row["last_cape_result"], row["remedy"]) == (False, "unknown", "unknown")
    assert row["last_cape_message"] == "HELD FOR REVIEW"


@pytest.mark.parametrize(
    ("printed", "message", "remedy"),
    [
        ("PROTEST ON ENTRY", "PROTEST ON ENTRY", "remove_cause"),
        ("  Protest   on\tEntry ", "PROTEST ON ENTRY", "remove_cause"),
        ("ENTRY ON DRAWBACK", "ENTRY ON DRAWBACK", "await_phase"),
        ("INVALID HTS", "INVALID HTS", "psc"),
        ("UNABLE TO CALCULATE DUTY", "UNABLE TO CALCULATE DUTY", "refile_unchanged_once"),
        ("A TEXT NOBODY HAS SEEN", "A TEXT NOBODY HAS SEEN", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_the_catalogue_says_what_a_failure_leaves_to_do(
    law: Connection, printed: str | None, message: str | None, remedy: str
) -> None:
    claim(law, "1", "failed", error_description=printed)
    (row,) = told(law)
    assert (row["last_cape_message"], row["remedy"]) == (message, remedy)


@pytest.mark.parametrize(
    ("first", "remedy"), [("UNABLE TO CALCULATE DUTY", "psc"), ("INVALID HTS", "refile_unchanged_once")]
)
def test_refiling_unchanged_is_advised_once_for_one_message(law: Connection, first: str, remedy: str) -> None:
    claim(law, "1", "failed", filed_date=date(2026, 5, 1), error_description=first)
    claim(law, "2", "failed", filed_date=date(2026, 6, 1), error_description="UNABLE TO CALCULATE DUTY")
    (row,) = told(law)
    assert row["remedy"] == remedy


def test_waiting_is_advised_as_often_as_it_takes(law: Connection) -> None:
    for number in ("1", "2", "3"):
        claim(law, number, "failed", error_description="STATEMENT PROCESSING NOT COMPLETE")
    (row,) = told(law)
    assert row["remedy"] == "wait_then_refile"


def test_a_withdrawn_message_of_the_catalogue_says_nothing(law: Connection) -> None:
    law.execute("update registry.cape_messages set withdrawn_date = date '2026-12-01' where message = 'INVALID HTS'")
    claim(law, "1", "failed", error_description="INVALID HTS")
    (row,) = told(law)
    assert row["remedy"] == "unknown"


@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [
        ({"filed_date": date(2026, 6, 2)}, {"filed_date": date(2026, 6, 1), "last_load_number": 9}, "1"),
        ({"filed_date": date(2026, 5, 1)}, {"claim_details_run_date": date(2026, 6, 1)}, "2"),
        ({"filed_date": date(2026, 5, 1)}, {"last_load_number": 9}, "1"),
        ({"last_load_number": 9}, {"last_load_number": 8}, "1"),
        ({}, {}, "2"),
    ],
)
def test_the_newest_verdict_is_the_last_filed_then_the_last_reported_then_the_last_loaded(
    law: Connection, first: dict[str, Any], second: dict[str, Any], newest: str
) -> None:
    claim(law, "1", "failed", **first)
    claim(law, "2", "failed", **second)
    (row,) = told(law)
    assert (row["last_cape_claim_number"], row["claim_number"]) == (newest, newest)


@pytest.mark.parametrize(
    ("reported", "filed", "day"),
    [
        (date(2026, 6, 5), date(2026, 6, 1), date(2026, 6, 5)), (None, date(2026, 6, 1), date(2026, 6, 1)),
        (None, None, None),
    ],
)  # fmt: skip
def test_the_day_of_the_verdict_is_that_of_its_report_else_of_the_filing(
    law: Connection, reported: date | None, filed: date | None, day: date | None
) -> None:
    claim(law, "1", "failed", claim_details_run_date=reported, filed_date=filed)
    (row,) = told(law)
    assert row["last_cape_date"] == day


def test_each_entry_has_its_own_row(law: Connection) -> None:
    claim(law, "1", "accepted", entry_number="ABC00000001")
    claim(law, "1", "failed", entry_number="ABC00000002")
    assert [(row["entry_number"], row["is_accepted"]) for row in told(law)] == [
        ("ABC00000001", True),
        ("ABC00000002", False),
    ]
