"""Packets of tiny warehouses: names that are safe whatever a declaration is called, and texts that run nowhere."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import markupsafe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.audit_packets import audit_packets, packets, verify_packet
from cape_pipeline.audit_packets.members import MEMBERS
from cape_pipeline.audit_packets.packets import file_stem
from cape_pipeline.audit_packets.zip_file import unzip
from cape_pipeline.declaration_check.drafts import declaration_bytes
from cape_pipeline.html import escaped
from tests.support.tables import empty_tables, put, settled

Connection = duckdb.DuckDBPyConnection
AS_OF = date(2026, 7, 20)
ENTRY, OTHER = "ABC00000001", "ABC00000019"
KEY = "123456789"
HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script>\r\n\"x\""


@pytest.fixture
def con() -> Iterator[Connection]:
    with empty_tables() as connection:
        put(connection, "registry.as_of", as_of_date=AS_OF)
        put(connection, "reports.position", as_of_date=AS_OF, registry_version="rules-1")
        yield connection


def put_entry(con: Connection, number: str = ENTRY, importer_key: str = KEY, **facts: Any) -> None:
    amount = Decimal("100.00")
    put(
        con,
        "entries.eligibility",
        **{
            "entry_number": number,
            "importer_number": importer_key,
            "importer_key": importer_key,
            "filer_code": "ABC",
            "cape_status": "eligible",
            "recommended_path": "file_cape",
            "refund_principal_usd": amount,
            "refund_principal_high_usd": amount,
            "open_principal_usd": amount,
            **facts,
        },
    )


def declare(con: Connection, name: str = "C1", entries: tuple[str, ...] = (ENTRY,), **facts: Any) -> None:
    put(
        con, "refunds.declarations", **{"declaration_id": name, "entry_count": len(entries), "status": "filed", **facts}
    )
    for row, entry in enumerate(entries, 1):
        put(con, "refunds.declaration_entries", declaration_id=name, entry_number=entry, row_number=row)


def made(con: Connection, **which: Any) -> dict[str, bytes]:
    """The packets of the tables as they stand."""
    with settled(con):
        return audit_packets(con, **which)


def only(con: Connection) -> dict[str, bytes]:
    (packet,) = made(con).values()
    assert verify_packet(packet) == []
    return unzip(packet)


def rows(members: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(members[name].decode(), newline=""), strict=True))


def test_an_empty_warehouse_has_no_packets(con: Connection) -> None:
    assert made(con) == {}


def test_nothing_is_left_on_the_connection(con: Connection) -> None:
    put_entry(con)
    declare(con)
    made(con)
    assert con.execute("select table_name from duckdb_tables() where table_name like 'packet%'").fetchall() == []


def test_a_claim_of_which_no_entry_is_known_has_a_packet_that_says_so(con: Connection) -> None:
    declare(con, entries=(), file_name="lost.csv")
    members = only(con)
    assert members["declaration.csv"] == b"Entry Number\r\n"
    assert b"neither a file nor a report tells the entries" in members["README.txt"]
    assert re.search(rb"Certain principal +unknown\r\n", members["README.txt"])
    assert rows(members, "entries.csv") == []


@given(st.text(min_size=1, max_size=200))
def test_a_file_name_is_safe_whatever_the_declaration_is_called(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*(_[0-9a-f]{16})?", file_stem(name))
    assert len(file_stem(name)) <= 80


def test_ordinary_names_stay_and_no_two_declarations_share_a_file() -> None:
    assert file_stem("100000310014") == "100000310014"
    assert file_stem("draft-68989c8ba2aa7622") == "draft-68989c8ba2aa7622"
    alike = ["a b", "a/b", "A-b", "a-b", "../a-b", "a-B", "", " ", "é", "x" * 80, "x" * 81, "con", "CON"]
    assert len({file_stem(name) for name in alike}) == len(alike)


def test_hostile_names_make_no_path_and_are_still_told(con: Connection) -> None:
    names = {"../../etc/passwd", "a/b", HOSTILE, "-rf", "CON", "x" * 3000, "\u202eexe.zip"}
    put_entry(con)
    for name in names:
        declare(con, name)
    found = made(con)
    assert all(re.fullmatch(r"packet_[a-z0-9_-]{1,110}\.zip", file_name) for file_name in found)
    assert [sentence for packet in found.values() for sentence in verify_packet(packet)] == []
    told = {json.loads(unzip(packet)["manifest.json"])["declaration_id"] for packet in found.values()}
    assert (len(found), told) == (len(names), names)


def test_hostile_texts_run_nowhere(con: Connection) -> None:
    put_entry(con, importer_number=HOSTILE)
    put(con, "ace.current_importers", importer_key=KEY, importer_name=HOSTILE)
    load_id = f"{1:064}"
    put(con, "ace.readable_loads", load_id=load_id, file_name=HOSTILE)
    put(con, "ace.loads", load_id=load_id, file_name=HOSTILE, is_raw_kept=False)
    put(con, "ace.entry_facts", load_id=load_id, entry_number=ENTRY, drawback=False, evidence=HOSTILE)
    put(con, "entries.case_facts", entry_number=ENTRY, importer_key=KEY)
    declare(con, file_name=HOSTILE, cbp_status=HOSTILE)
    members = only(con)
    assert rows(members, "entries.csv")[0]["importer_name"] == f"'{HOSTILE}"
    assert rows(members, "facts.csv")[0]["evidence"] == f"'{HOSTILE}"
    for name in members:
        if name.endswith(".csv"):
            table = csv.reader(io.StringIO(members[name].decode(), newline=""), strict=True)
            assert [cell for row in table for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    page = members["packet.html"].decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    readme = members["README.txt"].decode()
    assert "raw input not retained" in readme
    assert [line for line in readme.split("\r\n") if "\n" in line or "\r" in line] == []


def test_a_draft_carries_its_own_bytes_and_every_rule_that_it_meets(con: Connection) -> None:
    content = declaration_bytes([ENTRY], "lf")
    put_entry(con)
    put(con, "registry.validation_rules", rule_id="VAL-F-07", title="It holds a number.", severity="reject")
    put(con, "registry.validation_rules", rule_id="VAL-F-12", title="The check digit fits.", severity="reject")
    put(con, "registry.validation_rules", rule_id="VAL-I-01", title="Of its own importer.", severity="reject")
    sha256 = hashlib.sha256(content).hexdigest()
    declare(con, "draft-1", status="drafted", file_sha256=sha256, file_name="cape_1.csv")
    members = only(con)
    assert members["declaration.csv"] == content
    told = [(row["rule_id"], row["outcome"], row["finding"]) for row in rows(members, "validation.csv")]
    assert ("VAL-F-07", "pass", "") in told
    assert ("VAL-I-01", "not_judged", "it is not known who uploads the file") in told
    assert {outcome for rule, outcome, _ in told if rule == "VAL-F-12"} == {"reject"}


def test_an_uploaded_file_is_asked_only_what_its_bytes_tell(con: Connection) -> None:
    content = declaration_bytes([ENTRY], "lf")
    load_id = hashlib.sha256(content).hexdigest()
    put_entry(con)
    put(con, "registry.validation_rules", rule_id="VAL-F-07", severity="reject")
    put(con, "registry.validation_rules", rule_id="VAL-E-03", severity="reject")
    put(con, "ace.uploaded_declarations", load_id=load_id, source_row=2, entry_number=ENTRY)
    put(con, "refunds.filed_declarations", declaration_id="C1", file_sha256=load_id)
    declare(con, file_sha256=load_id, file_name="up.csv")
    members = only(con)
    assert members["declaration.csv"] == content
    told = {row["rule_id"]: row["outcome"] for row in rows(members, "validation.csv")}
    assert told == {"VAL-F-07": "pass", "VAL-E-03": "not_judged"}


def test_amounts_that_are_unknown_are_counted_and_in_no_sum(con: Connection) -> None:
    put_entry(con)
    put_entry(con, OTHER, refund_principal_usd=None, refund_principal_high_usd=None, open_principal_usd=None)
    declare(con, entries=(ENTRY, OTHER))
    members = only(con)
    assert b"100.00 (of 1 entries unknown and in no sum)" in members["README.txt"]
    assert json.loads(members["manifest.json"])["totals"]["principal_unknown_count"] == 1
    assert [row["refund_principal_usd"] for row in rows(members, "entries.csv")] == ["100.00", ""]
    assert "unknown</td>" in members["packet.html"].decode()


def test_a_refund_that_also_pays_another_importer_shows_no_total(con: Connection) -> None:
    put_entry(con)
    put_entry(con, OTHER, importer_key="987654321")
    declare(con)
    for refund, paid in (("R1", (ENTRY,)), ("R2", (ENTRY, OTHER))):
        put(con, "payments.rev603_reconciliation", reconciliation_key=refund, refund_number=refund,
            rev603_usd=Decimal("77.00"))  # fmt: skip
        put(con, "payments.entry_refunds", entry_number=ENTRY, refund_number=refund, refund_key=refund)
        for number in paid:
            put(con, "entries.refunded_entries", entry_number=number, refund_number=refund, claim_number="C1")
    members = only(con)
    assert [(row["refund_number"], row["rev603_usd"]) for row in rows(members, "refunds.csv")] == [
        ("R1", "77.00"),
        ("R2", ""),
    ]
    assert OTHER.encode() not in b"".join(members.values())
    assert b"987654321" not in b"".join(members.values())


def test_a_packet_quotes_no_row_of_another_declaration(con: Connection) -> None:
    put_entry(con)
    put_entry(con, OTHER, importer_key="987654321")
    declare(con)
    declare(con, "C2", (OTHER,))
    first, second = (b"".join(unzip(packet).values()) for packet in made(con).values())
    assert (ENTRY.encode() in first, OTHER.encode() in first, b"987654321" in first) == (True, False, False)
    assert (ENTRY.encode() in second, OTHER.encode() in second, KEY.encode() in second) == (False, True, False)


def test_packets_made_in_several_rounds_are_those_of_one(con: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, name in ((ENTRY, "C1"), (OTHER, "C2")):
        put_entry(con, number)
        declare(con, name, (number,))
    together = made(con)
    monkeypatch.setattr(packets, "MOST_ENTRIES_AT_A_TIME", 1)
    assert made(con) == together


def test_a_page_with_more_rows_than_it_shows_says_where_the_rest_is(
    con: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_entry(con)
    put_entry(con, OTHER)
    declare(con, entries=(ENTRY, OTHER))
    monkeypatch.setattr(packets, "MOST_SHOWN", 1)
    page = only(con)["packet.html"].decode()
    assert "entries.csv, 2 rows; the first 1 are shown here, all 2 are in the file" in page
    assert ENTRY in page
    assert OTHER not in page


def test_every_table_of_a_packet_is_named_once_and_shows_only_columns_it_has(con: Connection) -> None:
    put_entry(con)
    declare(con)
    members = only(con)
    assert len({member.name for member in MEMBERS}) == len(MEMBERS)
    for member in MEMBERS:
        header = members[member.name].split(b"\r\n")[0].decode().split(",")
        assert set(member.shown) <= set(header)
        assert "declaration_id" not in header


def test_every_column_of_every_table_has_a_meaning(con: Connection) -> None:
    put_entry(con)
    declare(con)
    members = only(con)
    told = {(row["file_name"], row["column_name"]): row["meaning"] for row in rows(members, "columns.csv")}
    tables = {name for name in members if name.endswith(".csv")} - {"declaration.csv", "columns.csv"}
    assert {(name, column) for name in tables for column in members[name].split(b"\r\n")[0].decode().split(",")} == set(
        told
    )
    assert [column for column, meaning in told.items() if not meaning.strip()] == []


def test_of_many_declarations_drafts_come_first_and_then_the_largest(con: Connection) -> None:
    put_entry(con)
    for name, status, amount in (("C1", "filed", 5), ("C2", "filed", 50), ("C3", "drafted", 1)):
        declare(con, name, (), status=status, declared_principal_usd=Decimal(amount), file_sha256=_sha256_of_empty())
    everything = made(con)
    assert list(made(con, most=1)) == [name for name in everything if name.startswith("packet_c3")]
    few = made(con, most=2)
    assert {name[:9] for name in few} == {"packet_c2", "packet_c3"}
    assert {name: everything[name] for name in few} == few


def test_one_declaration_is_asked_for_by_its_name(con: Connection) -> None:
    put_entry(con)
    declare(con, "c1")
    declare(con, "c2", ())
    assert made(con, declaration_id="c1") == {"packet_c1.zip": made(con)["packet_c1.zip"]}
    assert made(con, declaration_id="c9") == {}


def _sha256_of_empty() -> str:
    return hashlib.sha256(declaration_bytes([], "crlf")).hexdigest()


@given(st.text())
def test_a_cell_is_escaped_as_a_template_would(text: str) -> None:
    assert escaped(text) == str(markupsafe.escape(text))
