"""refunds.declarations: every CAPE declaration with its file, its status and what it is worth."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.declaration_check.drafts import declaration_bytes
from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises, build
from tests.tables.refunds import cases
from tests.tables.refunds.cases import attest, build_filing, entry_number, put_entry, put_upload

Connection = duckdb.DuckDBPyConnection
CLAIM = "100000240001"
ON_THE_DAY, A_DAY_LATER = date(2026, 7, 20), date(2026, 7, 21)


def put_claim(con: Connection, outcomes: str, **facts: Any) -> None:
    """A claim whose entries CBP accepted (a), failed (f) or neither (u)."""
    meanings = {"a": "accepted", "f": "failed", "u": "unknown"}
    for n, letter in enumerate(outcomes, 1):
        put_entry(con, n, recommended_path="none", **facts)
        put(
            con,
            "refunds.declaration_entries",
            declaration_id=CLAIM,
            entry_number=entry_number(n),
            row_number=n,
            claim_outcome=meanings[letter],
        )
        put(
            con,
            "ace.claim_outcomes",
            entry_number=entry_number(n),
            claim_number=CLAIM,
            claim_outcome=meanings[letter],
            accepted_date_basis="unknown",
        )


def put_stated(con: Connection, **stated: Any) -> None:
    """What the user's declarations file says of the claim."""
    cases.put_stated(con, **{"claim_number": CLAIM, **stated})


def put_outcome(con: Connection, n: int, accepted: date | None, basis: str = "claim_details_run_date") -> None:
    put(
        con,
        "ace.claim_outcomes",
        entry_number=entry_number(n),
        claim_number=CLAIM,
        claim_outcome="accepted",
        accepted_date=accepted,
        accepted_date_basis=basis,
    )


def told(con: Connection) -> list[dict[str, Any]]:
    """Every declaration, after what was filed was built."""
    build(con, "refunds.filed_declarations")
    return rows_of(con, "refunds.declarations")


def only(con: Connection) -> dict[str, Any]:
    (row,) = told(con)
    return row


# ---- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_is_a_file_of_one_column_with_crlf_and_its_sha256(con: Connection) -> None:
    put_entry(con, 2)
    put_entry(con, 1)
    build_filing(con)
    row = only(con)
    text = f"Entry Number\r\n{entry_number(1)}\r\n{entry_number(2)}\r\n"
    assert row["file_sha256"] == hashlib.sha256(text.encode("ascii")).hexdigest()
    assert row["file_name"] == f"cape_12-3456789_ABC_{row['declaration_id'].removeprefix('draft-')}.csv"
    assert (row["status"], row["claim_number"], row["filed_date"], row["accepted_date"]) == (
        "drafted",
        None,
        None,
        None,
    )
    assert (row["entry_count"], row["accepted_entry_count"], row["failed_entry_count"]) == (2, 0, 0)
    assert (row["importer_number"], row["filer_code"]) == ("12-345678900", "ABC")
    assert row["declared_principal_usd"] == Decimal("2000.00")
    assert broken_promises(con, "refunds.declarations") == []


def test_the_same_entries_give_the_same_file_on_any_day(con: Connection) -> None:
    put_entry(con, 1)
    build_filing(con)
    before = only(con)
    con.execute("update registry.as_of set as_of_date = date '2026-07-21'")
    after = only(con)
    assert {name for name in before if before[name] != after[name]} == {"as_of_date", "drafted_at"}


def test_a_draft_says_who_submits_it_for_which_day_and_what_is_vouched_for(con: Connection) -> None:
    put_entry(con, 1, unverified_facts=["drawback"])
    put_entry(con, 2)
    attest(con, "drawback")
    build_filing(con)
    row = only(con)
    assert (row["submitter_type"], row["submitter_id"]) == ("importer", "12-345678900")
    assert (row["drafted_at"], row["file_link"], row["cbp_status"]) == (ON_THE_DAY, "draft", None)
    assert (row["attestations"], row["is_refiling"]) == (["drawback: A. Broker, 2026-07-20"], False)


def test_a_draft_of_several_filers_names_none_of_them(con: Connection) -> None:
    importer = {"submitter_type": "importer", "submitter_id": "12-3456789", "submitter_key": "12-3456789"}
    put(con, "registry.chosen_submitters", submitter_order=1, **importer)
    put_entry(con, 1)
    put_entry(con, 2, entry_number="XYZ00000002", filer_code="XYZ")
    build_filing(con)
    row = only(con)
    assert row["filer_code"] is None
    assert row["file_name"] == f"cape_12-3456789_{row['declaration_id'].removeprefix('draft-')}.csv"


def test_a_draft_of_refiled_entries_says_so_in_its_name(con: Connection) -> None:
    refilable = {"recommended_path": "fix_and_refile", "remedy": "refile_unchanged_once"}
    put_entry(con, 1, blocking_rules=["CBP-VERDICT"], **refilable)
    attest(con, "ready_to_refile")
    build_filing(con)
    row = only(con)
    assert row["is_refiling"]
    assert row["file_name"].startswith("cape_12-3456789_ABC_refiled_")
    assert row["attestations"] == ["ready_to_refile: A. Broker, 2026-07-20"]


@pytest.mark.parametrize("line_ending", ["crlf", "lf"])
def test_the_sha256_of_a_draft_is_that_of_the_file_that_is_written(con: Connection, line_ending: str) -> None:
    put(con, "registry.declaration_forms", line_ending=line_ending)
    for n in (3, 1, 2):
        put_entry(con, n)
    build_filing(con)
    written = declaration_bytes([entry_number(n) for n in (1, 2, 3)], line_ending)
    assert only(con)["file_sha256"] == hashlib.sha256(written).hexdigest()


# ---- files that were uploaded -------------------------------------------------------------------------------------


def test_an_uploaded_file_is_filed_until_cbp_answers(con: Connection) -> None:
    put_entry(con, 1)
    uploaded = put_upload(con, [1])
    build_filing(con)
    row = only(con)
    assert (row["status"], row["file_link"], row["file_name"]) == ("filed", "uploaded", "first.csv")
    assert (row["file_sha256"], row["entry_count"], row["claim_number"]) == (uploaded, 1, None)
    assert (row["declared_principal_usd"], row["drafted_at"]) == (Decimal("1000.00"), None)
    assert broken_promises(con, "refunds.declarations") == []


@pytest.mark.parametrize(
    ("printed", "status"),
    [("Rejected by batch validation", "rejected_file"), ("abandoned", "abandoned"), ("Rejected", "rejected")],
)
def test_a_file_that_came_to_nothing_says_how_and_its_entries_are_drafted_anew(
    con: Connection, printed: str, status: str
) -> None:
    put_entry(con, 1)
    put_upload(con, [1])
    put_stated(con, claim_number=None, file_name="first.csv", cbp_status=printed)
    build_filing(con)
    assert {(row["status"], row["cbp_status"]) for row in told(con)} == {("drafted", None), (status, printed)}


@pytest.mark.parametrize(("outcomes", "status"), [("a", "accepted"), ("f", "abandoned"), ("u", "abandoned")])
def test_an_acceptance_outranks_the_user_who_calls_the_claim_abandoned(
    con: Connection, outcomes: str, status: str
) -> None:
    put_claim(con, outcomes)
    put_stated(con, cbp_status="abandoned")
    assert only(con)["status"] == status


def test_a_claim_tells_its_submitter_where_the_user_names_one(con: Connection) -> None:
    put_claim(con, "a")
    put_stated(con, submitter="broker:ABC")
    row = only(con)
    assert (row["submitter_type"], row["submitter_id"], row["file_link"]) == ("broker", "ABC", "external")


# ---- status -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ("aa", "accepted"),
        ("af", "accepted_with_errors"),
        ("ff", "rejected"),
        ("au", "accepted"),
        ("fu", "filed"),
        ("uu", "filed"),
        ("afu", "accepted_with_errors"),
    ],
)
def test_the_status_of_a_claim_follows_from_its_entries(con: Connection, outcomes: str, status: str) -> None:
    put_claim(con, outcomes)
    row = only(con)
    assert (row["status"], row["claim_number"], row["declaration_id"]) == (status, CLAIM, CLAIM)
    assert (row["entry_count"], row["accepted_entry_count"], row["failed_entry_count"]) == (
        len(outcomes),
        outcomes.count("a"),
        outcomes.count("f"),
    )
    assert (row["file_name"], row["file_sha256"]) == (None, None)
    assert broken_promises(con, "refunds.declarations") == []


@pytest.mark.parametrize(
    ("printed", "status"),
    [("Accepted with Error(s)", "accepted_with_errors"), ("Rejected", "rejected"), ("Filed", "filed"), (None, "filed")],
)
def test_a_claim_whose_entries_nobody_showed_has_the_status_the_portal_shows(
    con: Connection, printed: str | None, status: str
) -> None:
    put_stated(con, cbp_status=printed, file_name="first.csv")
    row = only(con)
    assert (row["status"], row["entry_count"], row["declared_principal_usd"]) == (status, 0, None)
    assert row["file_name"] == "first.csv"


def test_errors_the_portal_shows_outrank_entries_that_were_all_accepted(con: Connection) -> None:
    put_claim(con, "aa")
    put_stated(con, cbp_status="Accepted with Error(s)")
    assert only(con)["status"] == "accepted_with_errors"


def test_a_stated_acceptance_makes_a_claim_accepted(con: Connection) -> None:
    put_stated(con, filed_date=date(2026, 7, 1), accepted_date=ON_THE_DAY)
    row = only(con)
    assert (row["status"], row["accepted_date"], row["accepted_date_basis"]) == ("accepted", ON_THE_DAY, "declarations")
    assert row["filed_date"] == date(2026, 7, 1)


def test_a_stated_acceptance_after_the_day_has_not_happened(con: Connection) -> None:
    put_claim(con, "uu")
    put_stated(con, filed_date=date(2026, 7, 1), accepted_date=A_DAY_LATER, cbp_status="Accepted with Error(s)")
    put_outcome(con, 1, A_DAY_LATER)
    row = only(con)
    assert (row["status"], row["accepted_date"], row["accepted_date_basis"]) == ("filed", None, None)


@pytest.mark.parametrize(
    ("filed", "accepted", "count"),
    [
        (ON_THE_DAY, None, 1),
        (A_DAY_LATER, None, 0),
        (None, ON_THE_DAY, 1),
        (None, A_DAY_LATER, 0),
        (None, None, 1),
    ],
)
def test_a_claim_filed_after_the_day_is_not_there(
    con: Connection, filed: date | None, accepted: date | None, count: int
) -> None:
    put_stated(con, filed_date=filed, accepted_date=accepted)
    assert len(told(con)) == count


def test_without_a_stated_acceptance_the_first_one_of_its_entries_is_told_with_its_basis(con: Connection) -> None:
    put_claim(con, "aa")
    put_outcome(con, 1, date(2026, 6, 2), "es022_liquidation_date")
    put_outcome(con, 2, date(2026, 6, 1))
    row = only(con)
    assert (row["accepted_date"], row["accepted_date_basis"]) == (date(2026, 6, 1), "claim_details_run_date")


def test_a_file_that_may_not_be_read_says_nothing(con: Connection) -> None:
    put(con, "ace.declarations", claim_number=CLAIM)
    assert told(con) == []


# ---- what it is worth ---------------------------------------------------------------------------------------------


def test_a_claim_with_an_entry_of_unknown_principal_has_an_unknown_worth(con: Connection) -> None:
    put_claim(con, "aa")
    con.execute(
        "update entries.eligibility_decisions set refund_principal_usd = null where entry_number = ?", [entry_number(1)]
    )
    assert only(con)["declared_principal_usd"] is None


def test_a_claim_over_several_importers_names_none_of_them(con: Connection) -> None:
    put_claim(con, "aa")
    con.execute(
        "update entries.eligibility_decisions set importer_key = 'other' where entry_number = ?", [entry_number(1)]
    )
    row = only(con)
    assert (row["importer_number"], row["filer_code"]) == (None, "ABC")
