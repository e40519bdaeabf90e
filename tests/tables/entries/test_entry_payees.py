"""entries.entry_payees: who is paid for an entry by the first evidence there is; in doubt, who may be."""

import random
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.payees import payee_of
from tests.support.tables import empty_tables, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.entries.cases import ENTRY, put_load
from tests.tables.promises import broken_promises, build

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.entry_payees"
IMPORTER, BROKER, OTHER, THIRD = "12-3456789", "36-9998887", "45-6789012", "77-1234560"
ENTRY_FACTS_LOAD, PAYEES_LOAD = 90, 91


@pytest.fixture
def con(con: Connection) -> Connection:
    """Empty tables as of 20 July 2026."""
    put(con, "registry.as_of", as_of_date=AS_OF)
    return con


def key(number: str) -> str:
    return number.replace("-", "")


def put_entry(con: Connection, entry: str = ENTRY, **facts: Any) -> None:
    given = {"importer_number": IMPORTER, "importer_key": key(IMPORTER), "entry_date": date(2025, 6, 2), **facts}
    put(con, "entries.status_facts", entry_number=entry, **given)


def state_box28(con: Connection, number: str | None, entry: str = ENTRY, load: int = ENTRY_FACTS_LOAD) -> None:
    """A row of an entry_facts.csv that has the column box28_number."""
    load_id = f"{load:064}"
    if not con.execute("from ace.readable_loads where load_id = ?", [load_id]).fetchall():
        columns = ["entry_number", "box28_number"]
        put(con, "ace.readable_loads", load_id=load_id, report_code="ENTRY-FACTS", columns_present=columns)
    put(con, "ace.entry_facts", load_id=load_id, entry_number=entry, box28_number=number)


def designate(con: Connection, *payees: str, **told: Any) -> None:
    load_id = f"{PAYEES_LOAD:064}"
    if not con.execute("from ace.readable_loads where load_id = ?", [load_id]).fetchall():
        put_load(con, PAYEES_LOAD, "PAYEES")
    for payee in payees:
        put(con, "ace.payees", load_id=load_id, importer_key=key(IMPORTER), payee_number=payee, **told)


def es022(con: Connection, payee: str | None, load: int = 1, run: date | None = None, **columns: Any) -> None:
    load_id = put_load(con, load, "ES-022", run)
    put(con, "ace.es022_entries", load_id=load_id, entry_number=ENTRY, cf4811_number=payee, **columns)


def rev603(con: Connection, payee: str | None, refund: str = "R1", load: int = 50, **columns: Any) -> None:
    load_id = put_load(con, load, "REV-603")
    put(con, "ace.rev603_refunds", load_id=load_id, refund_number=refund, payee_number=payee, **columns)
    put(con, "entries.refunded_entries", entry_number=ENTRY, refund_number=refund)


def only(con: Connection) -> dict[str, Any]:
    build(con, "entries.payee_designations")
    build(con, "entries.reported_refunds")
    assert broken_promises(con, TABLE) == []
    (row,) = rows_of(con, TABLE)
    return row


def payee(con: Connection) -> tuple[str | None, str]:
    row = only(con)
    return row["payee_number"], row["payee_basis"]


# ---- the order of evidence (P13) ----------------------------------------------------------------------------------


def test_es022_goes_before_rev603_and_that_before_box_28_and_that_before_the_importer(con: Connection) -> None:
    put_entry(con, box28_number=BROKER)
    assert payee(con) == (IMPORTER, "importer")
    designate(con, BROKER)
    assert payee(con) == (BROKER, "designated")
    rev603(con, OTHER)
    assert payee(con) == (OTHER, "rev603")
    es022(con, THIRD)
    row = only(con)
    assert (row["payee_number"], row["payee_key"], row["payee_basis"]) == (THIRD, key(THIRD), "es022")
    assert (row["es022_payee_number"], row["rev603_payee_number"]) == (THIRD, OTHER)


def test_a_box_28_that_is_not_known_leaves_importer_and_notify_party_in_question(con: Connection) -> None:
    designate(con, BROKER)
    put_entry(con)
    row = only(con)
    assert (row["payee_number"], row["payee_basis"], row["is_payee_ambiguous"]) == (BROKER, "ambiguous", True)
    assert row["payee_candidates"] == [IMPORTER, BROKER]


def test_with_several_notify_parties_in_question_the_importer_stands_for_the_entry(con: Connection) -> None:
    designate(con, BROKER, OTHER)
    put_entry(con)
    row = only(con)
    assert (row["payee_number"], row["payee_basis"]) == (IMPORTER, "ambiguous")
    assert row["payee_candidates"] == [IMPORTER, BROKER, OTHER]


def test_a_box_28_stated_blank_means_that_the_importer_is_paid(con: Connection) -> None:
    designate(con, BROKER)
    put_entry(con)
    state_box28(con, None)
    row = only(con)
    assert (row["payee_number"], row["payee_basis"], row["payee_candidates"]) == (IMPORTER, "importer", [])


def test_a_box_28_on_which_the_files_differ_is_not_known(con: Connection) -> None:
    designate(con, BROKER)
    put_entry(con)
    state_box28(con, BROKER)
    state_box28(con, OTHER, load=ENTRY_FACTS_LOAD + 2)
    assert payee(con) == (BROKER, "ambiguous")


@pytest.mark.parametrize(
    ("box28", "told", "undesignated"),
    [
        (OTHER, {}, True),
        (BROKER, {"designation_to_date": date(2026, 7, 19)}, True),
        (BROKER, {"designation_from_date": date(2026, 7, 21)}, True),
        (BROKER, {"last_transaction_date": date(2020, 1, 1), "designation_from_date": date(2019, 1, 1)}, False),
        (IMPORTER, {}, False),
    ],
)
def test_box_28_alone_pays_nobody_without_a_designation_that_holds(
    con: Connection, box28: str, told: dict[str, Any], *, undesignated: bool
) -> None:
    designate(con, BROKER, **told)
    put_entry(con, box28_number=box28)
    row = only(con)
    assert row["is_box28_not_designated"] is undesignated
    assert row["payee_basis"] == ("importer" if undesignated or box28 == IMPORTER else "designated")


def test_numbers_are_compared_without_separators_and_without_the_suffix_00(con: Connection) -> None:
    designate(con, "36-9998887")
    put_entry(con, box28_number="36999888700")
    assert payee(con) == ("36-9998887", "designated")


def test_the_newest_es022_that_names_a_party_counts(con: Connection) -> None:
    put_entry(con)
    es022(con, OTHER, 1, date(2026, 6, 1))
    es022(con, BROKER, 2, date(2026, 7, 1))
    es022(con, None, 3, date(2026, 7, 15))
    es022(con, THIRD, 4)
    assert payee(con) == (BROKER, "es022")


def test_the_newest_refund_and_its_newest_row_tell_the_payee(con: Connection) -> None:
    put_entry(con)
    rev603(con, OTHER, "R1", refund_date=date(2026, 6, 1))
    rev603(con, THIRD, "R2", 51, refund_date=date(2026, 7, 1))
    assert payee(con) == (THIRD, "rev603")


def test_a_refund_from_after_the_day_tells_nothing_yet(con: Connection) -> None:
    put_entry(con)
    rev603(con, OTHER, refund_date=date(2026, 7, 21))
    es022(con, BROKER, refund_date=date(2026, 7, 21))
    assert payee(con) == (IMPORTER, "importer")


def test_without_an_importer_and_any_evidence_the_payee_is_unknown(con: Connection) -> None:
    put_entry(con, importer_number=None, importer_key=None)
    assert payee(con) == (None, "importer")


def test_without_entries_there_are_no_payees(con: Connection) -> None:
    assert rows_of(con, TABLE) == []


# ---- the oracle ---------------------------------------------------------------------------------------------------


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_every_payee_is_the_one_the_oracle_finds(seed: int) -> None:
    chance = random.Random(seed)
    numbers = (BROKER, OTHER, THIRD)
    designations = [
        {
            "importer_number": IMPORTER,
            "payee_number": chance.choice((number, f"{number}00")),
            "designation_from_date": chance.choice((None, date(2024, 1, 1), AS_OF, date(2026, 7, 21))),
            "designation_to_date": chance.choice((None, None, AS_OF, date(2026, 7, 19))),
            "last_transaction_date": chance.choice((None, date(2023, 7, 20), date(2023, 7, 19))),
        }
        for number in chance.sample(numbers, chance.randrange(3))
    ]
    default = chance.choice((None, *numbers))
    entries = [
        {
            "entry_number": f"ABC{n:08}",
            "importer_number": IMPORTER,
            "entry_date": date(2025, 6, 2),
            "box28_number": chance.choice((None, *numbers, key(BROKER), IMPORTER)),
            "is_box28_stated": chance.random() < 0.5,
            "es022_payee_number": chance.choice((None, None, None, *numbers)),
            "rev603_payee_number": chance.choice((None, None, *numbers)),
        }
        for n in range(60)
    ]
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        if default:
            put(con, "ace.current_importers", importer_key=key(IMPORTER), payee_4811=default)
        for row in designations:
            designate(con, row["payee_number"], **{name: row[name] for name in list(row)[2:]})
        put_load(con, 1, "ES-022")
        put_load(con, 2, "REV-603")
        for n, entry in enumerate(entries):
            number = entry["entry_number"]
            put_entry(con, number, box28_number=entry["box28_number"])
            if entry["is_box28_stated"] or entry["box28_number"]:
                state_box28(con, entry["box28_number"], number)
            if party := entry["es022_payee_number"]:
                put(
                    con,
                    "ace.es022_entries",
                    load_id=f"{1:064}",
                    entry_number=number,
                    cf4811_number=party,
                    source_row=n + 1,
                )
            if party := entry["rev603_payee_number"]:
                put(con, "ace.rev603_refunds", load_id=f"{2:064}", refund_number=f"R{n}", payee_number=party)
                put(con, "entries.refunded_entries", entry_number=number, refund_number=f"R{n}")
        build(con, "entries.payee_designations")
        build(con, "entries.reported_refunds")
        found = {row["entry_number"]: row for row in rows_of(con, TABLE)}
    told = ("payee_key", "payee_basis", "candidate_keys")
    expected = {e["entry_number"]: payee_of(e, designations, default, AS_OF, entries) for e in entries}
    for number, row in found.items():
        candidates = sorted(candidate.replace("-", "").removesuffix("00") for candidate in row["payee_candidates"])
        answer = {**row, "candidate_keys": candidates}
        assert {name: answer[name] for name in told} == {name: expected[number][name] for name in told}, number
