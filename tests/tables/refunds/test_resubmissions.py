"""refunds.resubmissions: every entry that CAPE failed last, what its message means now, and what must be put right."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.law import seeds
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import attest, build_filing, entry_number, put_entry, put_load, put_upload

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.resubmissions"
DROPPED = "GOODS VALUE AMOUNT MUST BE REPORTED ON THE CH 1-97"
SPLIT = "HTS RELATIONSHIP/SEQUENCE MISMATCH"
IN_USE = "UNABLE TO CALCULATE DUTY"


@pytest.fixture(autouse=True)
def _catalogue(con: Connection) -> Iterator[None]:
    """CBP's messages as the seeds have them."""
    con.register("seeded_messages", seeds()["registry.cape_messages"])
    con.execute("insert into registry.cape_messages by name select * from seeded_messages")
    con.unregister("seeded_messages")
    yield


def put_failed(con: Connection, message: str = IN_USE, n: int = 1, **facts: Any) -> None:
    """An entry that failed with the message; the remedy is that of the catalogue unless told."""
    remedies = dict(
        seeds()["registry.cape_messages"]
        .filter(pl.col("withdrawn_date").is_null())
        .select("message", "remedy")
        .iter_rows()
    )
    given = {
        "last_cape_result": "failed",
        "last_cape_message": message,
        "last_cape_claim_number": "100000240001",
        "last_cape_date": date(2026, 6, 30),
        "remedy": remedies.get(message, "unknown"),
        "recommended_path": "fix_and_refile",
        "cape_status": "ineligible",
        "blocking_rules": ["CBP-VERDICT"],
        **facts,
    }
    put_entry(con, n, **given)


def only(con: Connection) -> dict[str, Any]:
    build_filing(con)
    (row,) = rows_of(con, TABLE)
    return row


def test_a_failed_entry_names_its_claim_its_message_and_what_cbp_means_by_it(con: Connection) -> None:
    put_failed(con)
    row = only(con)
    assert (row["claim_number"], row["message"], row["failed_date"]) == ("100000240001", IN_USE, date(2026, 6, 30))
    assert row["meaning"].startswith("CAPE could not recompute")
    assert (row["message_state"], row["message_last_date"], row["successors"]) == ("in_use", None, None)
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"last_cape_result": "accepted", "is_accepted": True},
        {"last_cape_result": "unknown"},
        {"last_cape_result": None},
        {"is_accepted": True},
        {"cape_status": "refunded"},
    ],
)
def test_an_entry_that_did_not_fail_last_or_is_accepted_or_refunded_is_not_listed(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_failed(con, **facts)
    build_filing(con)
    assert rows_of(con, TABLE) == []


@pytest.mark.parametrize(
    ("message", "day", "state", "successors"),
    [
        (DROPPED, date(2026, 6, 25), "in_use", None),
        (DROPPED, date(2026, 6, 26), "dropped", None),
        (SPLIT, date(2026, 6, 25), "in_use", None),
        (SPLIT, date(2026, 6, 26), "split", ["INVALID HTS", "HTS RELATIONSHIP MISMATCH"]),
        (IN_USE, date(2026, 6, 26), "in_use", None),
        ("NOBODY KNOWS THIS ONE", date(2026, 6, 26), "not_in_catalogue", None),
    ],
)
def test_a_message_that_cbp_dropped_or_split_says_so_from_the_day_after_its_last(
    con: Connection, message: str, day: date, state: str, successors: list[str] | None
) -> None:
    con.execute("update registry.as_of set as_of_date = ?", [day])
    put_failed(con, message)
    row = only(con)
    assert (row["message_state"], row["successors"]) == (state, successors)
    assert row["message_last_date"] == (None if state in ("in_use", "not_in_catalogue") else date(2026, 6, 25))


def test_a_message_that_may_be_refiled_unchanged_is_drafted_once_somebody_confirms_it(con: Connection) -> None:
    put_failed(con)
    row = only(con)
    assert (row["resubmission_state"], row["is_ready_now"]) == ("fix_first", False)
    assert row["first_step"].startswith("nothing to correct: confirm ready_to_refile")
    attest(con, "ready_to_refile")
    row = only(con)
    assert (row["resubmission_state"], row["is_ready_now"]) == ("drafted", True)
    assert row["draft_declaration_id"].startswith("draft-")
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("last", [date(2026, 11, 28), None])
def test_a_failure_that_a_correction_remedies_shows_the_last_day_for_one(con: Connection, last: date | None) -> None:
    put_failed(con, "INVALID HTS", psc_deadline_date=last)
    row = only(con)
    assert row["psc_deadline_date"] == last
    assert row["first_step"].startswith("file a post summary correction")


def test_only_what_is_corrected_by_a_psc_has_a_last_day_for_one(con: Connection) -> None:
    put_failed(con, psc_deadline_date=date(2026, 11, 28))
    assert only(con)["psc_deadline_date"] is None


@pytest.mark.parametrize(
    ("path", "status", "state"),
    [
        ("file_cape", "eligible", "drafted"),
        ("withdraw_protest_then_cape", "ineligible", "fix_first"),
        ("manual_review", "review", "review"),
        ("file_recon_first", "review", "review"),
        ("await_phase", "ineligible", "not_now"),
        ("await_protest", "ineligible", "not_now"),
        ("file_protest", "ineligible", "too_late"),
        ("court", "ineligible", "too_late"),
        ("none", "ineligible", "too_late"),
    ],
)
def test_where_refiling_stands_follows_from_the_path(con: Connection, path: str, status: str, state: str) -> None:
    put_failed(con, recommended_path=path, cape_status=status)
    row = only(con)
    assert row["resubmission_state"] == state
    assert row["is_ready_now"] == (state == "drafted")
    assert broken_promises(con, TABLE) == []


def test_an_entry_that_was_refiled_waits_for_the_answer(con: Connection) -> None:
    put_failed(con)
    put_upload(con, [1, 2])
    row = only(con)
    assert (row["resubmission_state"], row["undrafted_reason"]) == ("refiled", "filed_and_waiting")


def test_an_entry_that_something_else_holds_back_says_what(con: Connection) -> None:
    put_failed(con, n=1, blocking_rules=["CBP-VERDICT", "RECON-09"])
    put_failed(con, n=2)
    put(con, "ace.exclusions", load_id=put_load(con, 600, "EXCLUSIONS", "e.csv"), entry_number=entry_number(2))
    build_filing(con)
    first, second = rows_of(con, TABLE)
    assert (first["resubmission_state"], second["resubmission_state"]) == ("held_back", "held_back")
    assert first["first_step"] == "meet the other rules first: CBP-VERDICT, RECON-09"
    assert second["undrafted_reason"] == "excluded"


def test_the_last_day_cape_takes_it_stands_beside_it(con: Connection) -> None:
    put_failed(con, cape_deadline_date=date(2026, 8, 1))
    assert only(con)["cape_deadline_date"] == date(2026, 8, 1)
