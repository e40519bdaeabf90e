"""refunds.declaration_entries: the entries of every declaration, drafted here, uploaded, or known to CBP."""

from datetime import date
from hashlib import sha256
from math import ceil
from typing import Any

import duckdb
import pytest

from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.demo.entry_numbers import entry_number as valid_entry_number
from cape_pipeline.warehouse.query import table_query
from tests.support.tables import put, rows_of
from tests.tables.entries.law import seeds
from tests.tables.many import put_many
from tests.tables.promises import broken_claim, broken_promises, build
from tests.tables.refunds.cases import build_filing, entry_number, put_entry, put_stated, put_upload

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.declaration_entries"
IMPORTERS = ("123456789", "369998887", "771234560")
CLAIMS = ("no_entry_is_drafted_twice", "what_is_accepted_or_waits_is_not_drafted", "drafts_hold_every_candidate_once")


def files(con: Connection) -> dict[str, list[str]]:
    """The entries of each declaration in the order of their rows, after what the table reads was built."""
    build(con, "refunds.filed_declarations")
    build(con, "refunds.filing_candidates")
    found: dict[str, list[str]] = {}
    for row in sorted(rows_of(con, TABLE), key=lambda row: row["row_number"]):
        found.setdefault(row["declaration_id"], []).append(row["entry_number"])
    return found


def put_many_entries(con: Connection, numbers: dict[str, str], **facts: Any) -> None:
    """Entries that may all be filed, of the importer each is given with; their filers are those of their numbers."""
    eligible = {
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "unverified_facts": [],
        "blocking_rules": [],
        **facts,
    }
    rows = [
        {"entry_number": number, "filer_code": number[:3], "importer_key": key, "importer_number": key, **eligible}
        for number, key in numbers.items()
    ]
    outcomes = {"stale_status": "pass", "entry_type_excluded": "pass", "already_accepted": "pass", "ieepa_duty": "pass"}
    put_many(con, "entries.eligibility_decisions", rows)
    put_many(con, "entries.rule_outcomes", [{"entry_number": number, **outcomes} for number in numbers])


def put_outcome(con: Connection, n: int = 1, **outcome: Any) -> None:
    given = {"claim_number": "100000240001", "claim_outcome": "accepted", "accepted_date_basis": "unknown", **outcome}
    put(con, "ace.claim_outcomes", entry_number=entry_number(n), **given)


def broken_claims(con: Connection) -> list[str]:
    return [claim for claim in CLAIMS if broken_claim(con, TABLE, claim)]


# ---- drafts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (9_999, [9_999]), (10_000, [1, 9_999]), (19_999, [1, 9_999, 9_999])]
)
def test_a_file_holds_at_most_9999_entries(con: Connection, count: int, sizes: list[int]) -> None:
    put_many_entries(con, {f"ABC{n:08}": IMPORTERS[0] for n in range(count)})
    build(con, "refunds.filing_candidates")
    rows = con.execute(
        "select declaration_id, count(*), min(row_number), max(row_number), count(distinct row_number)"
        f" from ({table_query(TABLE).text}) group by all"
    ).fetchall()
    assert sorted(entries for _, entries, *_ in rows) == sizes
    assert all((first, last, rows_used) == (1, entries, entries) for _, entries, first, last, rows_used in rows)


def put_25_000(con: Connection) -> dict[str, str]:
    """25,000 eligible entries of 3 importers and 2 brokers; importer by entry number."""
    numbers = {
        valid_entry_number("ABC" if n % 5 else "XYZ", n): IMPORTERS[0 if n < 12_500 else 1 if n < 22_500 else 2]
        for n in range(25_000)
    }
    put_many_entries(con, numbers)
    return numbers


def drafted(con: Connection) -> dict[str, list[str]]:
    """The entry numbers of every drafted file as it is written, by file name, after everything was built anew."""
    build_filing(con)
    build(con, "refunds.declarations")
    assert broken_claims(con) == []
    written = checked_drafts(con, "crlf")
    assert {name: sha256(content).hexdigest() for name, content in written.items()} == dict(
        con.execute("select file_name, file_sha256 from refunds.declarations where status = 'drafted'").fetchall()
    )
    return {name: content.decode("ascii").split("\r\n")[1:-1] for name, content in written.items()}


@pytest.mark.parametrize("by", ["nobody named", "importers", "brokers"])
def test_25000_entries_of_3_importers_and_2_brokers_are_drafted_once_each_in_the_right_number_of_files(
    con: Connection, by: str
) -> None:
    con.register("seeded_rules", seeds()["registry.validation_rules"])
    con.execute("insert into registry.validation_rules by name select * from seeded_rules")
    numbers = put_25_000(con)
    submitters = {"nobody named": (), "importers": IMPORTERS, "brokers": ("ABC", "XYZ")}[by]
    for order, submitter in enumerate(submitters, 1):
        given = {"submitter_type": by.removesuffix("s"), "submitter_id": submitter, "submitter_key": submitter}
        put(con, "registry.chosen_submitters", submitter_order=order, **given)
    groups: dict[tuple[str, ...], int] = {}
    for number, key in numbers.items():
        group = (key,) if by == "importers" else (key, number[:3])
        groups[group] = groups.get(group, 0) + 1

    first = drafted(con)

    assert len(first) == sum(ceil(count / 9_999) for count in groups.values())
    assert len(first) == {"nobody named": 7, "importers": 5, "brokers": 7}[by]
    assert max(len(entries) for entries in first.values()) <= 9_999
    assert sorted(entry for entries in first.values() for entry in entries) == sorted(numbers)
    assert all(entries == sorted(entries) for entries in first.values())
    assert all(len({numbers[entry] for entry in entries}) == 1 for entries in first.values())
    con.unregister("seeded_rules")
    con.execute("delete from entries.eligibility_decisions")
    con.execute("delete from entries.rule_outcomes")
    put_many_entries(con, dict(reversed(numbers.items())))
    assert drafted(con) == first


def test_the_entries_of_one_filer_do_not_use_up_the_file_of_another(con: Connection) -> None:
    for order, filer in enumerate(("ABC", "XYZ"), 1):
        given = {"submitter_type": "broker", "submitter_id": filer, "submitter_key": filer}
        put(con, "registry.chosen_submitters", submitter_order=order, **given)
    put_many_entries(con, {f"{filer}{n:08}": IMPORTERS[0] for filer in ("ABC", "XYZ") for n in range(6_000)})
    assert [len(entries) for entries in files(con).values()] == [6_000, 6_000]


def test_entries_stand_in_the_order_of_their_numbers(con: Connection) -> None:
    for n in (3, 1, 2):
        put_entry(con, n)
    assert list(files(con).values()) == [[entry_number(1), entry_number(2), entry_number(3)]]
    assert broken_promises(con, TABLE) == []


def test_while_nobody_says_who_uploads_importers_and_filers_are_kept_apart(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2)
    put_entry(con, 3, importer_key="36-9998887")
    put_entry(con, 4, entry_number="XYZ00000004", filer_code="XYZ")
    assert sorted(files(con).values()) == [[entry_number(1), entry_number(2)], [entry_number(3)], ["XYZ00000004"]]


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
        {"stale_status": "fail"},
        {"importer_key": None},
    ],
)
def test_an_entry_that_something_holds_back_is_not_drafted(con: Connection, facts: dict[str, Any]) -> None:
    put_entry(con, 1)
    put_entry(con, 2, **facts)
    assert list(files(con).values()) == [[entry_number(1)]]


def test_an_entry_accepted_on_a_claim_is_never_drafted_again(con: Connection) -> None:
    put_entry(con, 1)
    put_entry(con, 2)
    put_outcome(con, 1)
    assert files(con)["100000240001"] == [entry_number(1)]
    assert [entries for name, entries in files(con).items() if name.startswith("draft-")] == [[entry_number(2)]]


def test_the_same_entries_give_the_same_id_and_other_entries_another(con: Connection) -> None:
    for n in range(1, 9):
        put_entry(con, n)
    (first,) = files(con)
    con.execute("delete from entries.eligibility_decisions")
    con.execute("delete from entries.rule_outcomes")
    con.execute("delete from entries.case_facts")
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
    build_filing(con)
    assert [row["claim_outcome"] for row in rows_of(con, TABLE)] == ["unknown"]


# ---- uploaded files -----------------------------------------------------------------------------------------------


def test_a_draft_that_was_uploaded_is_filed_under_the_same_hash_and_not_drafted_again(con: Connection) -> None:
    for n in (1, 2):
        put_entry(con, n)
    (draft,) = files(con)
    put_upload(con, [1, 2])
    put_entry(con, 3)
    told = files(con)
    assert told[draft.replace("draft-", "file-")] == [entry_number(1), entry_number(2)]
    assert [entries for name, entries in told.items() if name.startswith("draft-")] == [[entry_number(3)]]


def test_a_claim_holds_what_cbp_spoke_of_and_what_else_its_file_holds(con: Connection) -> None:
    put_upload(con, [1, 2, 3])
    put_stated(con, claim_number="100000240001", file_name="first.csv")
    put_outcome(con, 2)
    assert files(con) == {"100000240001": [entry_number(1), entry_number(2), entry_number(3)]}
    assert [row["claim_outcome"] for row in rows_of(con, TABLE)] == ["unknown", "accepted", "unknown"]
    assert broken_promises(con, TABLE) == []


# ---- what is promised of all drafts -------------------------------------------------------------------------------


def put_listed(con: Connection, declaration_id: str, n: int = 1, outcome: str = "unknown", row: int = 1) -> None:
    given = {"entry_number": entry_number(n), "row_number": row, "claim_outcome": outcome}
    put(con, TABLE, declaration_id=declaration_id, **given)


@pytest.mark.parametrize(
    ("listed", "broken"),
    [
        ([("draft-1", 1, "unknown")], []),
        ([("draft-1", 1, "unknown"), ("draft-2", 1, "unknown")], [CLAIMS[0]]),
        ([("draft-1", 1, "unknown"), ("100000240001", 1, "accepted")], [CLAIMS[1]]),
        ([("draft-1", 1, "unknown"), ("100000240001", 1, "failed")], []),
        ([], [CLAIMS[2]]),
        ([("draft-1", 1, "unknown"), ("draft-1", 2, "unknown")], [CLAIMS[2]]),
    ],
)
def test_a_draft_that_is_filed_twice_accepted_or_incomplete_is_a_broken_claim(
    con: Connection, listed: list[tuple[str, int, str]], broken: list[str]
) -> None:
    put(con, "refunds.filing_candidates", entry_number=entry_number(1), recommended_path="file_cape")
    put(con, "refunds.filed_declarations", declaration_id="100000240001", claim_number="100000240001")
    for declaration_id, n, outcome in listed:
        put_listed(con, declaration_id, n, outcome)
    assert broken_claims(con) == broken


@pytest.mark.parametrize(("status", "broken"), [("filed", [CLAIMS[1]]), ("abandoned", []), ("rejected_file", [])])
def test_a_drafted_entry_that_waits_for_an_answer_is_a_broken_claim(
    con: Connection, status: str, broken: list[str]
) -> None:
    put(con, "refunds.filing_candidates", entry_number=entry_number(1), recommended_path="file_cape")
    put(con, "refunds.filed_declarations", declaration_id="file-1", stated_status=status, file_link="uploaded")
    put_listed(con, "draft-1")
    put_listed(con, "file-1")
    assert broken_claims(con) == broken


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
