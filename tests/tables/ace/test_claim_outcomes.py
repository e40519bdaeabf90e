"""ace.claim_outcomes: CBP's newest word on every entry of every claim, and the day it was accepted."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import ENTRY, load_id, readable
from tests.tables.promises import broken_promises

TABLE = "ace.claim_outcomes"
CLAIM = "200000000001"
UPDATED = "Entry Summary Updated"


def details(
    con: duckdb.DuckDBPyConnection,
    load: int,
    status: str | None = UPDATED,
    run: date | None = None,
    claim: str | None = CLAIM,
    error: str | None = None,
    entry: str = ENTRY,
) -> None:
    """One Claim Details file with one row."""
    readable(con, load, "CLAIM-DETAILS", run=run)
    put(
        con,
        "ace.cape_claim_details",
        load_id=load_id(load),
        entry_number=entry,
        claim_number=claim,
        claim_entry_status=status,
        error_description=error,
    )


def es022(
    con: duckdb.DuckDBPyConnection,
    load: int,
    status: str | None = "Accepted",
    run: date | None = None,
    claim: str | None = CLAIM,
    **values: Any,
) -> None:
    """One ES-022 with one row."""
    readable(con, load, "ES-022", run=run)
    put(
        con,
        "ace.es022_entries",
        load_id=load_id(load),
        entry_number=ENTRY,
        claim_number=claim,
        claim_status=status,
        **values,
    )


def declared(
    con: duckdb.DuckDBPyConnection,
    load: int,
    accepted: date | None,
    filed: date | None = None,
    claim: str = CLAIM,
) -> None:
    """One declarations.csv with one row."""
    readable(con, load, "DECLARATIONS")
    put(
        con,
        "ace.declarations",
        load_id=load_id(load),
        claim_number=claim,
        filed_date=filed,
        accepted_date=accepted,
    )


OPENED = date(2026, 4, 20)
AS_OF = date(2026, 7, 20)


def es701(
    con: duckdb.DuckDBPyConnection,
    load: int,
    liquidated: date | None,
    refund: str | None = "100.00",
    entry: str = ENTRY,
    **values: Any,
) -> None:
    """One ES-701 with one row, with the as-of day and the day CAPE opened if nothing put them yet."""
    if not rows_exist(con, "registry.as_of"):
        put(con, "registry.as_of", as_of_date=AS_OF)
        put(con, "registry.cape_rules", effective_from=OPENED)
        put(con, "registry.cape_rules", effective_from=date(2026, 6, 29), rule_id="later")
        put(con, "registry.cape_rules", effective_from=date(2020, 1, 1), rule_id="wrong", withdrawn_date=OPENED)
    readable(con, load, "ES-701")
    put(
        con,
        "ace.es701_liquidations",
        load_id=load_id(load),
        entry_number=entry,
        liquidation_date=liquidated,
        refund_amount_usd=refund and Decimal(refund),
        **values,
    )


def rows_exist(con: duckdb.DuckDBPyConnection, table_id: str) -> bool:
    return bool(con.execute(f"select count(*) from {table_id}").fetchall()[0][0])


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


# ---- what was decided -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (UPDATED, "accepted"),
        ("  ENTRY SUMMARY UPDATED ", "accepted"),
        ("Failed", "failed"),
        ("FAILED", "failed"),
        ("Entry Summary Update Pending", "unknown"),
        ("Accepted", "unknown"),
        (None, "unknown"),
    ],
)
def test_only_the_known_words_of_claim_details_decide(
    con: duckdb.DuckDBPyConnection, status: str | None, outcome: str
) -> None:
    details(con, 1, status)
    assert one(con)["claim_outcome"] == outcome


@pytest.mark.parametrize(
    ("status", "refund_number", "outcome"),
    [
        ("Accepted", None, "accepted"),
        ("accepted with error(s)", None, "accepted"),
        ("Accepted with errors", None, "accepted"),
        ("Rejected", None, "failed"),
        ("Rejected", "R1", "failed"),
        ("Processing", None, "unknown"),
        ("Processing", "R1", "accepted"),
        (None, None, "unknown"),
        (None, "R1", "accepted"),
    ],
)
def test_where_claim_details_is_silent_the_status_of_es_022_decides_and_then_its_refund(
    con: duckdb.DuckDBPyConnection, status: str | None, refund_number: str | None, outcome: str
) -> None:
    es022(con, 1, status, refund_number=refund_number)
    assert one(con)["claim_outcome"] == outcome


@pytest.mark.parametrize(("status", "outcome"), [("Failed", "failed"), (None, "unknown"), (UPDATED, "accepted")])
def test_claim_details_goes_before_es_022(con: duckdb.DuckDBPyConnection, status: str | None, outcome: str) -> None:
    details(con, 1, status, run=date(2026, 5, 1))
    es022(con, 2, "Accepted" if outcome != "accepted" else "Rejected", run=date(2026, 6, 1))
    row = one(con)
    assert (row["claim_outcome"], row["last_load_number"]) == (outcome, 2)
    assert broken_promises(con, TABLE) == []


def test_the_newest_run_decides_and_not_the_newest_load(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, "Failed", run=date(2026, 5, 2), error="PROTEST ON ENTRY")
    details(con, 2, UPDATED, run=date(2026, 5, 1))
    row = one(con)
    assert (row["claim_outcome"], row["claim_entry_status"]) == ("failed", "Failed")
    assert (row["error_description"], row["claim_details_run_date"]) == ("PROTEST ON ENTRY", date(2026, 5, 2))


def test_of_two_runs_of_one_day_the_later_load_decides(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 2, UPDATED, run=date(2026, 5, 1))
    details(con, 1, "Failed", run=date(2026, 5, 1))
    assert one(con)["claim_outcome"] == "accepted"


def test_a_file_without_a_run_date_never_goes_before_a_dated_one(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, "Failed", run=date(2026, 5, 1))
    details(con, 2, UPDATED)
    es022(con, 3, "Rejected", run=date(2026, 5, 1), claim="2")
    es022(con, 4, "Accepted", claim="2")
    assert [row["claim_outcome"] for row in rows_of(con, TABLE)] == ["failed", "failed"]


def test_the_newest_es_022_decides_by_run_then_load_then_row(con: duckdb.DuckDBPyConnection) -> None:
    es022(con, 1, "Rejected", run=date(2026, 5, 2))
    es022(con, 2, "Accepted", run=date(2026, 5, 1))
    assert one(con)["claim_outcome"] == "failed"
    es022(con, 4, "Accepted", run=date(2026, 5, 2), source_row=2)
    es022(con, 3, "Rejected", run=date(2026, 5, 2), source_row=9)
    assert one(con)["claim_outcome"] == "accepted"
    put(
        con,
        "ace.es022_entries",
        load_id=load_id(4),
        entry_number=ENTRY,
        claim_number=CLAIM,
        claim_status="Rejected",
        source_row=3,
    )
    assert one(con)["claim_outcome"] == "failed"


def test_every_claim_and_entry_has_its_own_row(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, "Failed", claim="1")
    details(con, 2, UPDATED, claim="2")
    details(con, 3, UPDATED, claim="1", entry="ABC12345684")
    es022(con, 4, "Rejected", claim="3")
    found = {(row["entry_number"], row["claim_number"]): row["claim_outcome"] for row in rows_of(con, TABLE)}
    assert found == {
        (ENTRY, "1"): "failed",
        (ENTRY, "2"): "accepted",
        ("ABC12345684", "1"): "accepted",
        (ENTRY, "3"): "failed",
    }


def test_an_export_without_claim_numbers_speaks_of_the_unknown_claim(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, UPDATED, claim=None)
    es022(con, 2, "Accepted", claim=None, liquidation_date=date(2026, 6, 5))
    row = one(con)
    assert (row["claim_number"], row["claim_status"]) == ("unknown", "Accepted")
    assert row["accepted_date"] == date(2026, 6, 5)


def test_a_file_that_may_not_be_read_says_nothing(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1)
    es022(con, 2)
    declared(con, 3, accepted=date(2026, 4, 1))
    con.execute("delete from ace.readable_loads")
    readable(con, 2, "ES-022")
    row = one(con)
    assert (row["claim_entry_status"], row["accepted_date"], row["accepted_date_basis"]) == (None, None, "unknown")
    con.execute("delete from ace.readable_loads")
    assert rows_of(con, TABLE) == []


# ---- when it was accepted -------------------------------------------------------------------------------------------


def acceptance(con: duckdb.DuckDBPyConnection) -> tuple[date | None, str]:
    row = one(con)
    return row["accepted_date"], row["accepted_date_basis"]


def test_the_users_own_date_goes_first_then_claim_details_then_es_701_and_es_022_last(
    con: duckdb.DuckDBPyConnection,
) -> None:
    es022(con, 1, "Accepted", run=date(2026, 6, 8), liquidation_date=date(2026, 6, 5))
    assert acceptance(con) == (date(2026, 6, 5), "es022_liquidation_date")
    es701(con, 4, date(2026, 6, 12))
    assert acceptance(con) == (date(2026, 6, 12), "es701_liquidation_date")
    details(con, 2, UPDATED, run=date(2026, 4, 27))
    assert acceptance(con) == (date(2026, 4, 27), "claim_details_run_date")
    declared(con, 3, accepted=date(2026, 4, 24), filed=date(2026, 4, 22))
    assert acceptance(con) == (date(2026, 4, 24), "declarations")
    assert one(con)["filed_date"] == date(2026, 4, 22)


@pytest.mark.parametrize(
    ("refund", "action", "counts"),
    [
        ("0.01", None, True),
        ("0.00", None, False),
        (None, None, False),
        (None, "Liquidated", False),
        (None, "RELIQUIDATION", True),
        ("0.00", "Reliquidated", True),
    ],
)
def test_a_notice_dates_the_acceptance_only_where_it_shows_a_refund_or_a_reliquidation(
    con: duckdb.DuckDBPyConnection, refund: str | None, action: str | None, *, counts: bool
) -> None:
    details(con, 1)
    es701(con, 2, date(2026, 6, 12), refund=refund, liquidation_action=action)
    assert acceptance(con) == ((date(2026, 6, 12), "es701_liquidation_date") if counts else (None, "unknown"))


@pytest.mark.parametrize(
    ("liquidated", "counts"),
    [
        (date(2026, 4, 19), False),
        (OPENED, True),
        (AS_OF, True),
        (date(2026, 7, 21), False),
        (None, False),
    ],
)
def test_a_notice_counts_from_the_day_cape_opened_to_the_as_of_day(
    con: duckdb.DuckDBPyConnection, liquidated: date | None, *, counts: bool
) -> None:
    details(con, 1)
    es701(con, 2, liquidated)
    assert acceptance(con) == ((liquidated, "es701_liquidation_date") if counts else (None, "unknown"))


@pytest.mark.parametrize(("noticed", "counts"), [(AS_OF, True), (date(2026, 7, 21), False), (None, True)])
def test_a_notice_dated_after_the_day_says_nothing_yet(
    con: duckdb.DuckDBPyConnection, noticed: date | None, *, counts: bool
) -> None:
    details(con, 1)
    es701(con, 2, date(2026, 6, 12), notice_date=noticed)
    assert (acceptance(con)[1] == "es701_liquidation_date") is counts


def test_no_liquidation_from_before_the_filing_of_a_claim_dates_its_acceptance(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1)
    declared(con, 2, accepted=None, filed=date(2026, 6, 12))
    es701(con, 3, date(2026, 6, 11))
    assert acceptance(con) == (None, "unknown")
    es701(con, 4, date(2026, 6, 19))
    es701(con, 5, date(2026, 6, 12))
    assert acceptance(con) == (date(2026, 6, 12), "es701_liquidation_date")


def test_of_two_claims_of_an_entry_a_notice_dates_only_the_one_filed_by_then(con: duckdb.DuckDBPyConnection) -> None:
    for load, (claim, filed) in enumerate(((CLAIM, date(2026, 6, 1)), ("200000000002", date(2026, 6, 15))), 1):
        es022(con, load, claim=claim)
        declared(con, 10 + load, None, filed, claim)
    es701(con, 20, date(2026, 6, 12))
    told = {row["claim_number"]: (row["accepted_date"], row["accepted_date_basis"]) for row in rows_of(con, TABLE)}
    assert told == {CLAIM: (date(2026, 6, 12), "es701_liquidation_date"), "200000000002": (None, "unknown")}


def test_a_notice_of_another_entry_or_in_a_file_that_may_not_be_read_or_of_a_failed_claim_dates_nothing(
    con: duckdb.DuckDBPyConnection,
) -> None:
    details(con, 1)
    es701(con, 2, date(2026, 6, 12), entry="ABC12345684")
    es701(con, 3, date(2026, 6, 12))
    con.execute("delete from ace.readable_loads where load_number = 3")
    assert acceptance(con) == (None, "unknown")
    details(con, 4, "Failed", run=date(2026, 6, 1))
    es701(con, 5, date(2026, 6, 12))
    assert acceptance(con) == (None, "unknown")


def test_a_notice_alone_makes_no_claim(con: duckdb.DuckDBPyConnection) -> None:
    es701(con, 1, date(2026, 6, 12))
    assert rows_of(con, TABLE) == []


def test_the_first_claim_details_that_shows_it_updated_dates_the_acceptance(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, "Failed", run=date(2026, 4, 20))
    details(con, 2, UPDATED, run=date(2026, 5, 11))
    details(con, 3, UPDATED, run=date(2026, 5, 4))
    row = one(con)
    assert (row["accepted_date"], row["claim_details_run_date"]) == (date(2026, 5, 4), date(2026, 5, 11))


def test_a_declaration_without_an_acceptance_date_leaves_the_others_to_speak(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, UPDATED, run=date(2026, 4, 27))
    declared(con, 2, accepted=None, filed=date(2026, 4, 22))
    assert acceptance(con) == (date(2026, 4, 27), "claim_details_run_date")
    assert one(con)["filed_date"] == date(2026, 4, 22)


def test_an_acceptance_that_nothing_dates_is_accepted_on_an_unknown_day(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, UPDATED)
    assert one(con)["claim_outcome"] == "accepted"
    assert acceptance(con) == (None, "unknown")


@pytest.mark.parametrize("status", ["Failed", "Something new"])
def test_what_is_not_accepted_has_no_acceptance_date_whatever_else_states_one(
    con: duckdb.DuckDBPyConnection, status: str
) -> None:
    details(con, 1, UPDATED, run=date(2026, 4, 27))
    details(con, 2, status, run=date(2026, 5, 4))
    es022(con, 3, "Accepted", liquidation_date=date(2026, 6, 5))
    declared(con, 4, accepted=date(2026, 4, 24))
    assert acceptance(con) == (None, "unknown")


def test_the_date_of_another_claim_is_not_borrowed(con: duckdb.DuckDBPyConnection) -> None:
    details(con, 1, UPDATED)
    declared(con, 2, accepted=date(2026, 4, 24), claim="200000000002")
    assert acceptance(con) == (None, "unknown")


def test_a_declaration_alone_says_nothing_of_any_entry(con: duckdb.DuckDBPyConnection) -> None:
    declared(con, 1, accepted=date(2026, 4, 24))
    assert rows_of(con, TABLE) == []
