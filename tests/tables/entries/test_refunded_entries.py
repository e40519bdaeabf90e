"""Which entries stand in which refund, in `entries.refunded_entries`: ES-022 where it speaks, else REV-615.

Belongs here: newest rows, the two reports side by side, refunds of later days. Does not belong here: cash.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.entries.cases import AS_OF, ENTRY, put_load
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection


def es022(con: Connection, load: int, run: date | None = None, **columns: Any) -> None:
    load_id = put_load(con, load, "ES-022", run)
    put(con, "ace.es022_entries", load_id=load_id, **{"entry_number": ENTRY, "refund_number": "R1", **columns})


def rev615(con: Connection, load: int, run: date | None = None, **columns: Any) -> None:
    load_id = put_load(con, load, "REV-615", run)
    put(con, "ace.rev615_refund_entries", load_id=load_id, **{"entry_number": ENTRY, "refund_number": "R1", **columns})


def rev603(con: Connection, load: int, refund_date: date | None) -> None:
    load_id = put_load(con, load, "REV-603")
    put(con, "ace.rev603_refunds", load_id=load_id, refund_number="R1", refund_date=refund_date)


def told(con: Connection) -> list[dict[str, Any]]:
    put(con, "registry.as_of", as_of_date=AS_OF)
    assert broken_promises(con, "entries.refunded_entries") == []
    return rows_of(con, "entries.refunded_entries")


def test_es022_tells_entry_claim_payee_and_both_amounts(con: Connection) -> None:
    es022(con, 1, claim_number="7", importer_number="I", refund_amount_usd=100, interest_amount_usd=4, source_row=9)
    (row,) = told(con)
    assert (row["claim_number"], row["payee_number"], row["principal_usd"], row["interest_usd"]) == ("7", "I", 100, 4)
    assert (row["report_code"], row["source_row"]) == ("ES-022", 9)


def test_the_notify_party_of_es022_is_the_payee_before_the_importer(con: Connection) -> None:
    es022(con, 1, importer_number="I", cf4811_number="N")
    (row,) = told(con)
    assert row["payee_number"] == "N"


def test_a_row_of_es022_without_a_refund_number_is_no_refund(con: Connection) -> None:
    es022(con, 1, refund_number=None)
    assert told(con) == []


def test_the_newest_es022_of_entry_refund_and_claim_wins(con: Connection) -> None:
    es022(con, 3, date(2026, 7, 1), refund_amount_usd=1)
    es022(con, 1, date(2026, 7, 8), refund_amount_usd=2)
    es022(con, 4, None, refund_amount_usd=3)
    (row,) = told(con)
    assert row["principal_usd"] == 2


def test_of_two_es022_without_a_run_date_the_later_load_wins(con: Connection) -> None:
    es022(con, 2, refund_amount_usd=2)
    es022(con, 1, refund_amount_usd=1)
    (row,) = told(con)
    assert row["principal_usd"] == 2


def test_two_claims_and_two_refunds_of_one_entry_stand_side_by_side(con: Connection) -> None:
    es022(con, 1, claim_number="7")
    es022(con, 2, claim_number="8")
    es022(con, 3, claim_number="8", refund_number="R2")
    assert [(row["refund_number"], row["claim_number"]) for row in told(con)] == [("R1", "7"), ("R1", "8"), ("R2", "8")]


@pytest.mark.parametrize(("days_ago", "is_seen"), [(0, True), (-1, False)])
def test_a_refund_after_the_day_is_not_seen(con: Connection, days_ago: int, *, is_seen: bool) -> None:
    es022(con, 1, refund_date=AS_OF - timedelta(days=days_ago))
    assert bool(told(con)) is is_seen


@pytest.mark.parametrize("report", [es022, rev615])
@pytest.mark.parametrize(("days_ago", "is_seen"), [(0, True), (-1, False), (None, True)])
def test_where_the_report_has_no_date_rev603_says_whether_the_refund_is_from_after_the_day(
    con: Connection, report: Any, days_ago: int | None, *, is_seen: bool
) -> None:
    report(con, 1)
    rev603(con, 2, None if days_ago is None else AS_OF - timedelta(days=days_ago))
    assert bool(told(con)) is is_seen


def test_a_refund_reissued_after_the_day_was_seen_before_it(con: Connection) -> None:
    rev615(con, 1)
    rev603(con, 2, AS_OF)
    rev603(con, 3, AS_OF + timedelta(days=9))
    assert len(told(con)) == 1


def test_the_date_of_es022_outranks_that_of_rev603(con: Connection) -> None:
    es022(con, 1, refund_date=AS_OF)
    rev603(con, 2, AS_OF + timedelta(days=1))
    assert len(told(con)) == 1


def test_rev615_speaks_only_of_what_es022_does_not_know(con: Connection) -> None:
    es022(con, 1, refund_amount_usd=1)
    rev615(con, 2, refund_amount_usd=2, claim_number="8")
    rev615(con, 3, refund_amount_usd=3, refund_number="R2")
    rev615(con, 4, refund_amount_usd=4, entry_number="ABC12345684")
    known = [(row["report_code"], row["principal_usd"]) for row in told(con)]
    assert known == [("ES-022", 1), ("REV-615", 4), ("REV-615", 3)]


def test_the_newest_rev615_wins_and_tells_its_status(con: Connection) -> None:
    rev615(con, 1, date(2026, 7, 1), refund_secondary_status="Sent to Treasury")
    rev615(con, 2, date(2026, 7, 8), refund_secondary_status="Treasury Issued")
    (row,) = told(con)
    assert (row["refund_status"], row["payee_number"], row["refund_date"]) == ("Treasury Issued", None, None)


@pytest.mark.parametrize("table", ["ace.es022_entries", "ace.rev615_refund_entries"])
def test_a_report_that_may_not_be_read_tells_nothing(con: Connection, table: str) -> None:
    put(con, table, entry_number=ENTRY, refund_number="R1")
    assert told(con) == []


# ---- reissued refunds, and amounts that hold interest -------------------------------------------------------------


def reissued(con: Connection) -> None:
    put(con, "entries.refund_chains", refund_number="R1", reissued_as="R2", last_refund_number="R2")


@pytest.mark.parametrize("report", [es022, rev615])
def test_the_entries_of_a_returned_refund_stand_in_the_one_that_replaces_it(con: Connection, report: Any) -> None:
    report(con, 1, refund_amount_usd=Decimal("100.00"), interest_amount_usd=Decimal("4.00"))
    reissued(con)
    (row,) = told(con)
    assert (row["refund_number"], row["reported_refund_number"]) == ("R2", "R1")
    assert (row["principal_usd"], row["refund_date"], row["refund_status"]) == (Decimal("100.00"), None, None)


def test_an_entry_that_both_refunds_name_counts_once_as_the_newer_states_it(con: Connection) -> None:
    es022(con, 1, date(2026, 7, 8), refund_amount_usd=Decimal("100.00"), refund_date=date(2026, 6, 1))
    es022(
        con, 2, date(2026, 7, 1), refund_number="R2", refund_amount_usd=Decimal("90.00"), refund_date=date(2026, 7, 1)
    )
    reissued(con)
    (row,) = told(con)
    assert (row["refund_number"], row["reported_refund_number"]) == ("R2", "R2")
    assert (row["principal_usd"], row["refund_date"]) == (Decimal("90.00"), date(2026, 7, 1))


@pytest.mark.parametrize("report", [es022, rev615])
@pytest.mark.parametrize(
    ("basis", "interest", "principal"),
    [
        (None, "4.00", "100.00"), ("principal_only", "4.00", "100.00"), ("assumed_principal_only", "4.00", "100.00"),
        ("includes_interest", "4.00", "96.00"), ("includes_interest", None, None), ("undecidable", "4.00", None),
    ],
)  # fmt: skip
def test_the_principal_is_what_the_basis_of_the_file_leaves_of_the_amount(
    con: Connection, report: Any, basis: str | None, interest: str | None, principal: str | None
) -> None:
    report(con, 1, refund_amount_usd=Decimal("100.00"), interest_amount_usd=interest and Decimal(interest))
    if basis:
        put(con, "entries.refund_amount_bases", load_id=f"{1:064}", refund_amount_basis=basis)
    (row,) = told(con)
    assert row["principal_usd"] == (principal and Decimal(principal))
    assert row["interest_usd"] == (interest and Decimal(interest))
    assert (row["refund_amount_usd"], row["refund_amount_basis"]) == (Decimal("100.00"), basis)
