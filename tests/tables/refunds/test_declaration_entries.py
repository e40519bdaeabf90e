"""refunds.declaration_entries: the entries of every declaration, drafted here or known to CBP."""

from datetime import date
from typing import Any

import duckdb
import pytest

from cape_pipeline.warehouse.query import table_query
from tests.support.tables import put, rows_of
from tests.tables.many import put_many
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_entry

Connection = duckdb.DuckDBPyConnection


def files(con: Connection) -> dict[str, list[str]]:
    """The entries of each declaration in the order of their rows."""
    found: dict[str, list[str]] = {}
    for row in sorted(rows_of(con, "refunds.declaration_entries"), key=lambda row: row["row_number"]):
        found.setdefault(row["declaration_id"], []).append(row["entry_number"])
    return found


def put_many_entries(con: Connection, count: int, filer: str = "ABC") -> None:
    """Entries that may all be filed, of one importer and filer."""
    numbers = [f"{filer}{n:08}" for n in range(count)]
    eligible = {
        "filer_code": filer,
        "importer_key": "12-3456789",
        "recommended_path": "file_cape",
        "unverified_facts": [],
    }
    put_many(con, "entries.eligibility", [{"entry_number": number, **eligible} for number in numbers])
    put_many(con, "entries.rule_outcomes", [{"entry_number": number, "stale_status": "pass"} for number in numbers])


def put_outcome(con: Connection, n: int = 1, **outcome: Any) -> None:
    given = {"claim_number": "100000240001", "claim_outcome": "accepted", "accepted_date_basis": "unknown", **outcome}
    put(con, "ace.claim_outcomes", entry_number=entry_number(n), **given)


# ---- drafts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (9_999, [9_999]), (10_000, [1, 9_999]), (19_999, [1, 9_999, 9_999])]
)
def test_a_file_holds_at_most_9999_entries(con: Connection, count: int, sizes: list[int]) -> None:
    put_many_entries(con, count)
    rows = con.execute(
        "select declaration_id, count(*), min(row_number), max(row_number), count(distinct row_number)"
        f" from ({table_query('refunds.declaration_entries').text}) group by all"
    ).fetchall()
    assert sorted(entries for _, entries, *_ in rows) == sizes
    assert all((first, last, rows_used) == (1, entries, entries) for _, entries, first, last, rows_used in rows)


def test_the_entries_of_one_filer_do_not_use_up_the_file_of_another(con: Connection) -> None:
    put_many_entries(con, 6_000, "ABC")
    put_many_entries(con, 6_000, "XYZ")
    assert [len(entries) for entries in files(con).values()] == [6_000, 6_000]


def test_entries_stand_in_the_order_of_their_numbers(con: Connection) -> None:
    for n in (3, 1, 2):
        put_entry(con, n)
    assert list(files(con).values()) == [[entry_number(1), entry_number(2), entry_number(3)]]
    assert broken_promises(con, "refunds.declaration_entries") == []


def test_every_importer_and_every_filer_has_a_file_of_its_own(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2)
    put_entry(con, 3, importer_key="36-9998887")
    put_entry(con, 4, entry_number="XYZ00000004", filer_code="XYZ")
    assert sorted(files(con).values()) == [
        [entry_number(1), entry_number(2)],
        [entry_number(3)],
        ["XYZ00000004"],
    ]


def test_the_same_importer_under_two_spellings_has_one_file(con: Connection) -> None:
    put_entry(con, 1, importer_number="12-345678900")
    put_entry(con, 2, importer_number="123456789")
    assert len(files(con)) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"recommended_path": "manual_review"},
        {"recommended_path": "withdraw_protest_then_cape"},
        {"unverified_facts": ["drawback"]},
        {"unverified_facts": ["drawback", "surety_paid"]},
        {"stale_status": "fail"},
        {"importer_key": None},
    ],
)
def test_an_entry_that_may_not_be_filed_rests_on_an_unverified_fact_or_a_stale_status_is_not_drafted(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_entry(con, 1)
    put_entry(con, 2, **facts)
    assert list(files(con).values()) == [[entry_number(1)]]


@pytest.mark.parametrize("status", ["pass", "unknown", None])
def test_a_status_that_is_not_stale_or_has_no_rule_is_drafted(con: Connection, status: str | None) -> None:
    put_entry(con, stale_status=status)
    assert list(files(con).values()) == [[entry_number(1)]]


def test_the_same_entries_give_the_same_id_and_other_entries_another(con: Connection) -> None:
    for n in range(1, 9):
        put_entry(con, n)
    (first,) = files(con)
    con.execute("delete from entries.eligibility")
    con.execute("delete from entries.rule_outcomes")
    for n in range(8, 0, -1):
        put_entry(con, n)
    assert list(files(con)) == [first]
    put_entry(con, 9)
    (other,) = files(con)
    assert other != first
    assert first.startswith("draft-")
    assert len(first) == len("draft-") + 16


def test_nothing_is_decided_on_a_draft(con: Connection) -> None:
    put_entry(con)
    assert [row["claim_outcome"] for row in rows_of(con, "refunds.declaration_entries")] == ["unknown"]


# ---- claims -------------------------------------------------------------------------------------------------------


def test_the_entries_cbp_spoke_of_stand_under_its_claim_number(con: Connection) -> None:
    put_outcome(con, 2)
    put_outcome(con, 1, claim_outcome="failed")
    put_outcome(con, 1, claim_number="100000240002")
    told = [
        (row["declaration_id"], row["entry_number"], row["row_number"], row["claim_outcome"])
        for row in rows_of(con, "refunds.declaration_entries")
    ]
    assert told == [
        ("100000240001", entry_number(1), 1, "failed"),
        ("100000240001", entry_number(2), 2, "accepted"),
        ("100000240002", entry_number(1), 1, "accepted"),
    ]


def test_an_entry_without_a_claim_number_is_on_no_declaration(con: Connection) -> None:
    put_outcome(con, claim_number="unknown")
    assert rows_of(con, "refunds.declaration_entries") == []


@pytest.mark.parametrize(
    ("filed", "accepted", "outcome"),
    [
        (date(2026, 7, 20), date(2026, 7, 20), "accepted"),
        (date(2026, 7, 20), date(2026, 7, 21), "unknown"),
        (date(2026, 7, 20), None, "accepted"),
        (date(2026, 7, 21), None, None),
        (None, date(2026, 7, 20), "accepted"),
        (None, date(2026, 7, 21), None),
        (None, None, "accepted"),
    ],
)
def test_what_was_filed_after_the_day_is_not_there_and_what_was_accepted_after_it_is_undecided(
    con: Connection, filed: date | None, accepted: date | None, outcome: str | None
) -> None:
    put_outcome(con, filed_date=filed, accepted_date=accepted)
    told = [row["claim_outcome"] for row in rows_of(con, "refunds.declaration_entries")]
    assert told == ([] if outcome is None else [outcome])
