"""refunds.declarations: every CAPE declaration with its file, its status and what it is worth."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.cases import entry_number, put_entry

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


def put_stated(con: Connection, **stated: Any) -> None:
    """What the user's declarations file says of the claim."""
    if not con.execute("from ace.readable_loads").fetchall():
        put(con, "ace.readable_loads", report_code="DECLARATIONS")
    put(con, "ace.declarations", **{"claim_number": CLAIM, "cbp_status": None, **stated})


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


def only(con: Connection) -> dict[str, Any]:
    (row,) = rows_of(con, "refunds.declarations")
    return row


# ---- drafts -------------------------------------------------------------------------------------------------------


def test_a_draft_is_a_file_of_one_column_with_crlf_and_its_sha256(con: Connection) -> None:
    put_entry(con, 2)
    put_entry(con, 1)
    build(con, "refunds.declaration_entries")
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
    build(con, "refunds.declaration_entries")
    before = only(con)
    con.execute("update registry.as_of set as_of_date = date '2026-07-21'")
    after = only(con)
    assert {name for name in before if before[name] != after[name]} == {"as_of_date"}


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
    assert len(rows_of(con, "refunds.declarations")) == count


def test_without_a_stated_acceptance_the_first_one_of_its_entries_is_told_with_its_basis(con: Connection) -> None:
    put_claim(con, "aa")
    put_outcome(con, 1, date(2026, 6, 2), "es022_liquidation_date")
    put_outcome(con, 2, date(2026, 6, 1))
    row = only(con)
    assert (row["accepted_date"], row["accepted_date_basis"]) == (date(2026, 6, 1), "claim_details_run_date")


def test_a_file_that_may_not_be_read_says_nothing(con: Connection) -> None:
    put(con, "ace.declarations", claim_number=CLAIM)
    assert rows_of(con, "refunds.declarations") == []


# ---- what it is worth ---------------------------------------------------------------------------------------------


def test_a_claim_with_an_entry_of_unknown_principal_has_an_unknown_worth(con: Connection) -> None:
    put_claim(con, "aa")
    con.execute("update entries.eligibility set refund_principal_usd = null where entry_number = ?", [entry_number(1)])
    assert only(con)["declared_principal_usd"] is None


def test_a_claim_over_several_importers_names_none_of_them(con: Connection) -> None:
    put_claim(con, "aa")
    con.execute("update entries.eligibility set importer_key = 'other' where entry_number = ?", [entry_number(1)])
    row = only(con)
    assert (row["importer_number"], row["filer_code"]) == (None, "ABC")
