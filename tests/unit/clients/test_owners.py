"""Whose an entry, a refund, a bank line, a note or a row set aside is: the client's, several clients', nobody's."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from cape_pipeline.clients.owners import owners
from cape_pipeline.clients.separation import LOADED, RECEIVED
from tests.support.pipeline import empty_warehouse
from tests.support.tables import put

A, B, NOBODY, EVERYBODY = 1, 2, 0, None
LOAD = "1" * 64
OF_A, ALSO_A, OF_B, UNLISTED = "89-0000101", "49-0000404", "97-0000202AB", "11-1111111"
KEYS = {OF_A: "890000101", ALSO_A: "490000404", OF_B: "970000202AB", UNLISTED: "111111111"}
ENTRY_A, ENTRY_A2, ENTRY_B, CONTESTED, HALF_LISTED, STRANGER = (f"ABC0000000{number}" for number in range(6))
DAY = date(2026, 6, 11)


def es003(con: duckdb.DuckDBPyConnection, row: int, entry: str, importer: str, name: str | None = None) -> None:
    put(con, "ace.es003_tariff_lines", load_id=LOAD, source_row=row, entry_number=entry, importer_number=importer,
        importer_key=KEYS[importer], importer_name=name)  # fmt: skip


def es022(con: duckdb.DuckDBPyConnection, row: int, entry: str, refund: str, claim: str) -> None:
    put(con, "ace.es022_entries", load_id=LOAD, source_row=row, entry_number=entry, refund_number=refund,
        claim_number=claim)  # fmt: skip


def rev603(con: duckdb.DuckDBPyConnection, row: int, refund: str, **told: Any) -> None:
    put(con, "ace.rev603_refunds", load_id=LOAD, source_row=row, refund_number=refund, **told)


def line(con: duckdb.DuckDBPyConnection, row: int, amount: str, finding: str, refunds: list[str], **more: Any) -> None:
    put(con, "ace.bank_deposits", load_id=LOAD, source_row=row, value_date=DAY, amount_usd=Decimal(amount),
        trace_number=f"000T{row}")  # fmt: skip
    put(con, "payments.bank_credits", credit_key=f"|2026-06-11|{amount}|T{row}", credit_finding=finding,
        refund_numbers=refunds, **{"credit_count": 1, **more})  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with a little of everything that may be two clients'."""
    con = empty_warehouse()
    put(con, "ace.loads", load_id=LOAD, load_number=1, file_name="all.csv")
    for importer, client in ((OF_A, "a"), (ALSO_A, "a"), (OF_B, "b")):
        put(con, "ace.current_importers", importer_key=KEYS[importer], importer_number=importer, client_id=client)
    named = ((ENTRY_A, OF_A), (ENTRY_A, ALSO_A), (ENTRY_A2, ALSO_A), (ENTRY_B, OF_B), (CONTESTED, OF_A),
             (CONTESTED, OF_B), (HALF_LISTED, OF_A), (HALF_LISTED, UNLISTED))  # fmt: skip
    for row, (entry, importer) in enumerate(named, start=1):
        es003(con, row, entry, importer)
    es003(con, 50, ENTRY_B, OF_B, name="Globex Corp")
    es022(con, 1, ENTRY_A, "R-A", "C-A")
    es022(con, 2, ENTRY_A, "R-BOTH", "C-BOTH")
    es022(con, 3, ENTRY_B, "R-BOTH", "C-BOTH")
    es022(con, 4, ENTRY_B, "R-B", "C-BOTH")
    rev603(con, 1, "R-A", payee_number=OF_B)  # the entries decide, not who is paid
    rev603(con, 2, "R-BOTH")
    rev603(con, 3, "R-B")
    rev603(con, 4, "R-PAYEE", payee_number=OF_B)
    rev603(con, 5, "R-DOCUMENT", payee_number="96-0000909", document_number="ABC-0000000-0")
    rev603(con, 6, "R-NOBODY", payee_number="96-0000909")
    rev603(con, 7, "R-AGAIN", payee_number="96-0000909")
    rev603(con, 8, "R-STRANGE", payee_number=OF_A, document_number=STRANGER)
    put(con, "entries.refund_chains", refund_number="R-A", reissued_as="R-AGAIN", last_refund_number="R-AGAIN")
    line(con, 1, "10.00", "one_refund", ["R-A"])
    line(con, 2, "30.00", "several_refunds", ["R-A", "R-B"])
    line(con, 3, "40.00", "one_refund", ["R-BOTH"])
    line(con, 4, "50.00", "unmatched", [], candidate_refunds=["R-A"])
    line(con, 5, "60.00", "ambiguous", [], candidate_refunds=["R-A", "R-AGAIN"])
    line(con, 6, "70.00", "ambiguous", [], candidate_refunds=["R-A", "R-B"])
    line(con, 7, "80.00", "several_refunds", ["R-A", "R-NOBODY"], credit_count=2)
    put(con, "entries.refund_cash", refund_number="R-A", deposited_usd=Decimal("12.00"), bank_credit_count=1)
    put(con, "entries.refund_cash", refund_number="R-B", deposited_usd=Decimal("18.00"), bank_credit_count=1)
    yield con
    con.close()


def owned(con: duckdb.DuckDBPyConnection, table_id: str) -> dict[int, list[tuple[Any, ...]]]:
    """(owner, is_shared, part_usd) by row of the one file."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    with owners(con, ["a", "b"]):
        for _, row, *told in con.execute(f"select * from ({RECEIVED[table_id].owned}) order by all").fetchall():
            found.setdefault(row, []).append(tuple(told))
    return found


def asked(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    with owners(con, ["a", "b"]):
        return con.execute(f"from separation.{table} order by all").fetchall()


def test_an_entry_is_the_clients_if_every_row_names_an_importer_of_that_client(con: duckdb.DuckDBPyConnection) -> None:
    assert asked(con, "entries") == [
        (ENTRY_A, A, False), (ENTRY_A2, A, False), (ENTRY_B, B, False), (CONTESTED, NOBODY, True),
        (HALF_LISTED, NOBODY, True),
    ]  # fmt: skip


def test_a_refund_is_of_the_clients_of_its_entries_else_of_its_payee(con: duckdb.DuckDBPyConnection) -> None:
    assert asked(con, "refunds") == [
        ("R-A", A, False), ("R-AGAIN", A, False), ("R-B", B, False), ("R-BOTH", A, True), ("R-BOTH", B, True),
        ("R-DOCUMENT", A, False), ("R-NOBODY", NOBODY, False), ("R-PAYEE", B, False), ("R-STRANGE", A, False),
    ]  # fmt: skip


def test_a_row_of_a_shared_refund_is_a_row_of_both_without_its_total(con: duckdb.DuckDBPyConnection) -> None:
    assert owned(con, "ace.rev603_refunds")[2] == [(A, True, None), (B, True, None)]
    assert {"total_refund_usd", "trace_number", "document_number", "other_cells"} <= set(
        RECEIVED["ace.rev603_refunds"].replaced
    )


def test_a_payee_that_is_another_client_is_told_to_that_client_only(con: duckdb.DuckDBPyConnection) -> None:
    told = RECEIVED["ace.rev603_refunds"].guarded["payee_number"]
    with owners(con, ["a", "b"]):
        shown = {
            owner: con.execute(
                f"select {told.replace('$owner', str(owner))} from ace.rev603_refunds as rows"
                " where refund_number in ('R-A', 'R-AGAIN', 'R-B') order by refund_number"
            ).fetchall()
            for owner in (A, B)
        }
    assert shown == {A: [(None,), ("96-0000909",), (None,)], B: [(OF_B,), ("96-0000909",), (None,)]}


def test_a_bank_line_is_the_clients_only_where_it_pays_nobody_else(con: duckdb.DuckDBPyConnection) -> None:
    assert owned(con, "ace.bank_deposits") == {
        1: [(A, False, None)],
        2: [(A, True, Decimal("12.00")), (B, True, Decimal("18.00"))],
        3: [(NOBODY, False, None)],  # which part of a shared refund is whose nobody can say
        4: [(NOBODY, False, None)],  # the same amount is no tie
        5: [(A, False, None)],  # it fits several refunds, all of one client
        6: [(NOBODY, False, None)],
        7: [(NOBODY, False, None)],  # lines that stand twice are not taken apart
    }


def test_the_users_own_rows_are_whose_they_name_and_for_everybody_where_they_name_nobody(
    con: duckdb.DuckDBPyConnection,
) -> None:
    said: list[tuple[dict[str, Any], Any]] = [
        ({"importer_key": KEYS[OF_A]}, A),
        ({"entry_number": ENTRY_B}, B),
        ({"entry_number": ENTRY_B, "importer_key": KEYS[OF_B]}, B),
        ({"entry_number": ENTRY_B, "importer_key": KEYS[OF_A]}, NOBODY),
        ({"entry_number": CONTESTED}, NOBODY),
        ({"entry_number": STRANGER}, NOBODY),
        ({}, EVERYBODY),
    ]
    for row, (named, _) in enumerate(said, start=1):
        put(con, "ace.attestations", load_id=LOAD, source_row=row, **named)
    found = owned(con, "ace.attestations")
    assert [(found[row][0][0], found[row][0][1]) for row in sorted(found)] == [
        (owner, owner is EVERYBODY) for _, owner in said
    ]


def test_a_limit_is_of_its_importer_or_client_and_never_of_two(con: duckdb.DuckDBPyConnection) -> None:
    said: list[tuple[dict[str, Any], Any]] = [
        ({"importer_key": KEYS[OF_A]}, A), ({"client_id": "b"}, B), ({}, EVERYBODY), ({"client_id": "c"}, NOBODY),
        ({"importer_key": KEYS[OF_A], "client_id": "b"}, NOBODY),
        ({"importer_key": KEYS[OF_A], "client_id": "a"}, A),
    ]  # fmt: skip
    for row, (named, _) in enumerate(said, start=1):
        put(con, "ace.materiality", load_id=LOAD, source_row=row, **named)
    assert [told[0][0] for told in owned(con, "ace.materiality").values()] == [owner for _, owner in said]


def test_a_row_of_importers_that_names_another_client_is_nobodys(con: duckdb.DuckDBPyConnection) -> None:
    for row, client in enumerate((None, "a", "b"), start=1):
        put(con, "ace.importers", load_id=LOAD, source_row=row, importer_key=KEYS[OF_A], client_id=client)
    assert [told[0][0] for told in owned(con, "ace.importers").values()] == [A, A, NOBODY]


def test_a_bill_is_the_importers_unless_it_names_another_clients_refund(con: duckdb.DuckDBPyConnection) -> None:
    said: list[tuple[dict[str, Any], int]] = [
        ({"importer_key": KEYS[OF_A]}, A), ({"importer_key": KEYS[OF_A], "refund_number": "R-B"}, NOBODY),
        ({"importer_key": KEYS[OF_A], "refund_number": "R-BOTH"}, A), ({"refund_number": "R-B"}, B),
        ({"refund_number": "R-BOTH"}, NOBODY), ({"importer_key": KEYS[OF_B], "refund_number": "R-unknown"}, B),
    ]  # fmt: skip
    for row, (named, _) in enumerate(said, start=1):
        put(con, "ace.bills", load_id=LOAD, source_row=row, **named)
    assert [told[0][0] for told in owned(con, "ace.bills").values()] == [owner for _, owner in said]


def test_a_note_on_an_alert_is_whose_the_alert_is(con: duckdb.DuckDBPyConnection) -> None:
    said = [(f"CAPE-DEADLINE {ENTRY_A}", A), ("REFUND-SHORT R-B", B), ("REFUND-SHORT R-BOTH", NOBODY),
            ("NO-CLAIM-DETAILS C-A", A), ("NO-CLAIM-DETAILS C-BOTH", NOBODY), ("REPORT-STALE ES-022", NOBODY),
            ("WINDOW-PASSED some batch", B)]  # fmt: skip
    put(con, "payments.alerts", alert_key="WINDOW-PASSED some batch", importer_number=OF_B)
    for row, (key, _) in enumerate(said, start=1):
        put(con, "ace.alert_acknowledgements", load_id=LOAD, source_row=row, alert_key=key)
    assert [told[0][0] for told in owned(con, "ace.alert_acknowledgements").values()] == [owner for _, owner in said]


def test_a_declaration_is_of_the_clients_of_its_claim_else_of_its_file_else_of_who_submitted_it(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for number, (name, entries) in enumerate((("a.csv", [ENTRY_A]), ("same.csv", [ENTRY_A]), ("same.csv", [ENTRY_B]),
                                              ("both.csv", [ENTRY_A, ENTRY_B])), start=2):  # fmt: skip
        put(con, "ace.loads", load_id=f"{number:064}", load_number=number, file_name=name)
        for row, entry in enumerate(entries, start=1):
            put(con, "ace.uploaded_declarations", load_id=f"{number:064}", source_row=row, entry_number=entry)
    said: list[tuple[dict[str, Any], list[int]]] = [
        ({"claim_number": "C-A", "file_name": "both.csv"}, [A]),
        ({"claim_number": "C-BOTH"}, [A, B]),
        ({"claim_number": "unheard of", "file_name": "a.csv"}, [A]),
        ({"file_name": "both.csv"}, [A, B]),
        ({"file_name": "same.csv"}, [NOBODY]),  # one name, files of two clients
        ({"file_name": "gone.csv", "submitter": f"importer:{OF_B}"}, [B]),
        ({"file_name": "gone.csv", "submitter": "broker:ABC"}, [NOBODY]),
    ]
    for row, (named, _) in enumerate(said, start=1):
        put(con, "ace.declarations", load_id=LOAD, source_row=row, **named)
    found = owned(con, "ace.declarations")
    assert [[told[0] for told in found[row]] for row in sorted(found)] == [whose for _, whose in said]
    assert [found[row][0][1] for row in sorted(found)] == [len(whose) > 1 for _, whose in said]


@pytest.mark.parametrize(
    ("entry", "raw", "owner"),
    [
        (ENTRY_A, {"Entry": ENTRY_A, "Importer": OF_A, "Duty": "many"}, A),
        (ENTRY_A, {"Entry": ENTRY_A, "Importer": OF_B}, NOBODY),
        (ENTRY_A, {"Entry": ENTRY_A, "Note": "moved from ABC-0000000-2, see there"}, NOBODY),
        (ENTRY_A, {"Entry": ENTRY_A, "Name": "GLOBEX CORP "}, NOBODY),
        (ENTRY_A, {"Entry": ENTRY_A, "Importer": UNLISTED}, NOBODY),
        (None, {"Entry": "9.9E10", "Importer": OF_A}, NOBODY),
        (CONTESTED, {"Entry": CONTESTED}, NOBODY),
    ],
)
def test_a_row_set_aside_is_the_clients_if_its_entry_is_and_its_text_names_nobody_else(
    con: duckdb.DuckDBPyConnection, entry: str | None, raw: dict[str, str], owner: int
) -> None:
    con.execute("delete from ace.quarantine")
    for column in ("duty_usd", "importer_number"):
        put(con, "ace.quarantine", load_id=LOAD, source_row=1, entry_number=entry, column_name=column,
            raw_row=json.dumps(raw))  # fmt: skip
    assert owned(con, "ace.quarantine") == {1: [(owner, False, None)]}


@pytest.mark.parametrize(
    ("chosen", "shown_to_a"),
    [
        ([("importer", OF_A), ("importer", OF_B)], [(1, "importer", OF_A)]),
        ([("importer", OF_B), ("broker", "ABC")], [(1, "broker", "ABC")]),
        ([("importer", OF_B)], [(1, "importer", "another")]),  # nobody drafts for the client, and not who else
        ([], []),
    ],
)
def test_of_the_submitters_a_client_sees_the_broker_and_itself(
    con: duckdb.DuckDBPyConnection, chosen: list[tuple[str, str]], shown_to_a: list[tuple[Any, ...]]
) -> None:
    con.execute("delete from registry.chosen_submitters")
    for order, (kind, number) in enumerate(chosen, start=1):
        put(con, "registry.chosen_submitters", submitter_order=order, submitter_type=kind, submitter_id=number,
            submitter_key=KEYS.get(number, number))  # fmt: skip
    with owners(con, ["a", "b"]):
        told = con.execute(LOADED["registry.chosen_submitters"], {"owner": A}).fetchall()
    assert [row[:3] for row in told] == shown_to_a


def test_a_close_is_named_by_its_day_and_holds_the_clients_own_figures(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "ace.closes", close_name="globex and acme", period_end=date(2026, 3, 31), closing_usd=Decimal("99.00"))
    put(con, "ace.closes", close_name="june", period_end=date(2026, 6, 30), opening_close_name="globex and acme")
    for entry, amount in ((ENTRY_A, "10.00"), (ENTRY_A2, "1.50"), (ENTRY_B, "80.00")):
        put(con, "ace.closed_entries", close_name="june", entry_number=entry, importer_key=entry,
            closing_principal_usd=Decimal(amount), closing_interest_usd=Decimal("0.25"))  # fmt: skip
    with owners(con, ["a", "b"]):
        closes = con.execute(LOADED["ace.closes"], {"owner": A, "client_id": "a"}).fetchall()
        entries = con.execute(LOADED["ace.closed_entries"], {"owner": A}).fetchall()
    assert [(row[0], row[3], row[9], row[10]) for row in closes] == [
        ("2026-03-31", None, 0, Decimal("0.00")),
        ("2026-06-30", "2026-03-31", 2, Decimal("12.00")),
    ]
    assert [(row[0], row[3]) for row in entries] == [("2026-06-30", ENTRY_A), ("2026-06-30", ENTRY_A2)]
