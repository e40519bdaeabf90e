"""refunds.filed_declarations: claims and uploaded files, tied to each other, with what the portal said of them."""

from datetime import date
from hashlib import sha256
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_stated, put_upload

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.filed_declarations"
CLAIM, OTHER_CLAIM = "100000240001", "100000240002"
ON_THE_DAY, A_DAY_LATER = date(2026, 7, 20), date(2026, 7, 21)


def put_spoken(con: Connection, *entries: int, claim: str = CLAIM, **facts: Any) -> None:
    """CBP has spoken of these entries of the claim."""
    given = {"claim_outcome": "failed", "accepted_date_basis": "unknown", **facts}
    for n in entries:
        put(con, "ace.claim_outcomes", entry_number=entry_number(n), claim_number=claim, **given)


def only(con: Connection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def test_a_claim_without_a_file_is_external(con: Connection) -> None:
    put_spoken(con, 1, 2)
    row = only(con)
    assert (row["declaration_id"], row["claim_number"], row["file_link"]) == (CLAIM, CLAIM, "external")
    assert (row["file_name"], row["file_sha256"], row["stated_status"]) == (None, None, "filed")
    assert broken_promises(con, TABLE) == []


def test_a_claim_is_tied_to_the_file_that_holds_the_same_entries(con: Connection) -> None:
    put_spoken(con, 2, 1)
    uploaded = put_upload(con, [1, 2])
    row = only(con)
    assert (row["claim_number"], row["file_link"], row["file_name"]) == (CLAIM, "same_entries", "first.csv")
    assert row["file_sha256"] == uploaded


@pytest.mark.parametrize("entries", [[1], [1, 2, 3], [1, 3]])
def test_a_file_with_other_entries_is_another_declaration(con: Connection, entries: list[int]) -> None:
    put_spoken(con, 1, 2)
    put_upload(con, entries)
    assert sorted((row["claim_number"] or "", row["file_link"]) for row in rows_of(con, TABLE)) == [
        ("", "uploaded"),
        (CLAIM, "external"),
    ]
    assert broken_promises(con, TABLE) == []


def test_the_file_the_user_names_goes_before_one_with_the_same_entries(con: Connection) -> None:
    put_spoken(con, 1, 2)
    put_upload(con, [1, 2], "same.csv", n=900)
    named = put_upload(con, [1, 2, 3], "named.csv", n=901)
    put_stated(con, claim_number=CLAIM, file_name="named.csv")
    told = {
        row["claim_number"]: (row["file_link"], row["file_name"], row["file_sha256"]) for row in rows_of(con, TABLE)
    }
    assert told[CLAIM] == ("named", "named.csv", named)
    assert told[None][:2] == ("uploaded", "same.csv")


def test_the_same_entries_uploaded_twice_are_one_declaration_told_by_the_newest_file(con: Connection) -> None:
    put_upload(con, [1, 2], "monday.csv", n=900)
    newest = put_upload(con, [2, 1, 1], "tuesday.csv", n=901)
    row = only(con)
    assert (row["file_name"], row["file_sha256"], row["claim_number"]) == ("tuesday.csv", newest, None)
    assert row["declaration_id"].startswith("file-")
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("Not a CSV file", "rejected_file"),
        ("Failed initial validation", "rejected_file"),
        ("Rejected by batch validation", "rejected_file"),
        ("rejected_file", "rejected_file"),
        ("abandoned", "abandoned"),
        ("Accepted", "accepted"),
        ("Accepted with Error(s)", "accepted_with_errors"),
        ("ACCEPTED WITH ERRORS", "accepted_with_errors"),
        ("Rejected", "rejected"),
        ("Submitted", "filed"),
        ("Accepted, perhaps", "filed"),
        ("Accept", "filed"),
        (None, "filed"),
    ],
)
def test_a_status_is_read_as_the_portal_prints_it_and_an_unknown_text_is_no_answer(
    con: Connection, printed: str | None, status: str
) -> None:
    put_stated(con, claim_number=CLAIM, cbp_status=printed)
    assert (only(con)["stated_status"], only(con)["cbp_status"]) == (status, printed)


def test_a_file_that_cbp_refused_needs_no_claim_number(con: Connection) -> None:
    put_upload(con, [1, 2], "first.csv")
    put_stated(con, claim_number=None, file_name="first.csv", cbp_status="Not a CSV file")
    row = only(con)
    assert (row["claim_number"], row["stated_status"], row["file_link"]) == (None, "rejected_file", "uploaded")


def test_a_file_the_user_only_speaks_of_is_there_without_entries(con: Connection) -> None:
    put_stated(con, claim_number=None, file_name="lost.csv", filed_date=ON_THE_DAY)
    row = only(con)
    assert (row["file_name"], row["file_sha256"], row["file_link"]) == ("lost.csv", None, "named")
    assert broken_promises(con, TABLE) == []


def test_a_line_with_neither_claim_nor_file_says_nothing(con: Connection) -> None:
    put_stated(con, claim_number=None, file_name=None, cbp_status="Accepted")
    assert rows_of(con, TABLE) == []


@pytest.mark.parametrize(
    ("filed", "accepted", "count"),
    [(ON_THE_DAY, None, 1), (A_DAY_LATER, None, 0), (None, ON_THE_DAY, 1), (None, A_DAY_LATER, 0), (None, None, 1)],
)
def test_what_is_filed_or_accepted_after_the_day_has_not_happened(
    con: Connection, filed: date | None, accepted: date | None, count: int
) -> None:
    put_stated(con, claim_number=CLAIM, filed_date=filed, accepted_date=accepted)
    assert len(rows_of(con, TABLE)) == count


@pytest.mark.parametrize(
    ("accepted", "told"),
    [(ON_THE_DAY, (ON_THE_DAY, "Accepted")), (A_DAY_LATER, (None, None)), (None, (None, "Accepted"))],
)
def test_an_acceptance_after_the_day_and_what_the_portal_says_with_it_are_not_told_yet(
    con: Connection, accepted: date | None, told: tuple[date | None, str | None]
) -> None:
    put_stated(con, claim_number=CLAIM, filed_date=ON_THE_DAY, accepted_date=accepted, cbp_status="Accepted")
    assert (only(con)["accepted_date"], only(con)["cbp_status"]) == told


def test_a_file_that_is_filed_after_the_day_is_not_filed_yet(con: Connection) -> None:
    put_upload(con, [1], "later.csv")
    put_stated(con, claim_number=None, file_name="later.csv", filed_date=A_DAY_LATER)
    assert rows_of(con, TABLE) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("importer:12-3456789", ("importer", "12-3456789")),
        (" broker: ABC ", ("broker", "ABC")),
        ("the import desk", (None, None)),
        ("broker:", (None, None)),
        (None, (None, None)),
    ],
)
def test_the_submitter_is_told_where_the_user_names_one(
    con: Connection, written: str | None, told: tuple[str | None, str | None]
) -> None:
    put_stated(con, claim_number=CLAIM, submitter=written)
    row = only(con)
    assert (row["submitter_type"], row["submitter_id"]) == told


def test_a_draft_and_its_uploaded_file_carry_the_same_hash(con: Connection) -> None:
    put_upload(con, [1, 2])
    told = sha256(f"{entry_number(1)},{entry_number(2)}".encode()).hexdigest()[:16]
    assert only(con)["declaration_id"] == f"file-{told}"


def test_a_file_that_may_not_be_read_says_nothing(con: Connection) -> None:
    put(con, "ace.uploaded_declarations", entry_number=entry_number(1))
    assert rows_of(con, TABLE) == []
