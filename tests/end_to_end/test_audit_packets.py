"""Audit packets of the demonstration: opened with other programs, they hold what the warehouse holds, and verify it."""

import csv
import hashlib
import io
import json
import re
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner, Result

from cape_pipeline.audit_packets import audit_packets, verify_packet
from cape_pipeline.audit_packets.zip_file import zip_bytes
from cape_pipeline.cli import app
from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.demo import write_demo
from tests.support.pipeline import empty_warehouse, run_on

Rows = list[dict[str, str]]
CLAIM, UPLOADED = "100000327753", "cape_999_2026-07-13.csv"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def upload(exports: Path) -> bytes:
    """The file of one claim as somebody uploaded it: numbers with dashes, LF, a byte order mark, no last line end."""
    numbers = [
        row[0].strip('="')
        for path in sorted(exports.glob("claim_details_*.csv"))
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
        if row[1].strip('="') == CLAIM
    ]
    dashed = [f"{number[:3]}-{number[3:10]}-{number[10:]}" for number in numbers]
    content = "\ufeff" + "\n".join(["Entry Number", *dashed])
    (exports / UPLOADED).write_text(content, encoding="utf-8", newline="")
    return content.encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, bytes]]:
    """The demonstration's warehouse, with one declaration file as it was uploaded, and its bytes."""
    exports = tmp_path_factory.mktemp("exports")
    as_of = write_demo(exports).as_of
    content = upload(exports)
    warehouse = empty_warehouse()
    run_on(warehouse, exports, as_of)
    yield warehouse, content
    warehouse.close()


@pytest.fixture(scope="module")
def con(made: tuple[duckdb.DuckDBPyConnection, bytes]) -> duckdb.DuckDBPyConnection:
    return made[0]


@pytest.fixture(scope="module")
def packets(con: duckdb.DuckDBPyConnection) -> dict[str, bytes]:
    """Packets by declaration."""
    return {
        json.loads(read(packet)["manifest.json"])["declaration_id"]: packet for packet in audit_packets(con).values()
    }


def read(packet: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packet)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def table(packet: bytes, name: str) -> Rows:
    return list(csv.DictReader(io.StringIO(read(packet)[name].decode(), newline=""), strict=True))


def total(rows: Rows, column: str) -> Decimal | None:
    known = [Decimal(row[column]) for row in rows if row[column]]
    return sum(known, Decimal(0)) if known else None


def ledger(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    cursor = con.execute("from refunds.declarations order by declaration_id")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_every_declaration_drafted_and_filed_has_one_packet_that_verifies(
    con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]
) -> None:
    declarations = ledger(con)
    assert {row["status"] for row in declarations} >= {"drafted", "accepted", "accepted_with_errors"}
    assert list(packets) == [row["declaration_id"] for row in declarations]
    assert [sentence for packet in packets.values() for sentence in verify_packet(packet)] == []


def test_two_builds_are_the_same_bytes(con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]) -> None:
    assert list(audit_packets(con).values()) == list(packets.values())


def test_the_declaration_is_the_draft_or_the_uploaded_file_to_the_byte(
    made: tuple[duckdb.DuckDBPyConnection, bytes], packets: dict[str, bytes]
) -> None:
    con, uploaded = made
    drafts = checked_drafts(con, "crlf")
    states = {}
    for row in ledger(con):
        members = read(packets[row["declaration_id"]])
        told = json.loads(members["manifest.json"])["declaration_file"]
        states[row["declaration_id"]] = told["state"]
        if row["file_sha256"]:
            assert hashlib.sha256(members["declaration.csv"]).hexdigest() == row["file_sha256"] == told["file_sha256"]
        if row["status"] == "drafted":
            assert members["declaration.csv"] == drafts[row["file_name"]]
    assert read(packets[CLAIM])["declaration.csv"] == uploaded
    assert states[CLAIM] == "as_uploaded"
    assert set(states.values()) == {"as_drafted", "as_uploaded", "entries_of_claim"}


def test_entries_and_their_amounts_are_those_of_the_warehouse(
    con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]
) -> None:
    query = """
select members.declaration_id, list(members.entry_number order by members.row_number),
    sum(eligibility.refund_principal_usd), sum(eligibility.refund_principal_high_usd), sum(interest.interest_usd),
    sum(eligibility.refunded_principal_usd), sum(eligibility.open_principal_usd)
from refunds.declaration_entries as members
join entries.eligibility as eligibility on members.entry_number = eligibility.entry_number
left join refunds.entry_interest as interest on members.entry_number = interest.entry_number
group by members.declaration_id
"""
    columns = (
        "refund_principal_usd", "refund_principal_high_usd", "interest_usd", "refunded_principal_usd",
        "open_principal_usd",
    )  # fmt: skip
    found = con.execute(query).fetchall()
    assert len(found) == len(packets)
    for name, numbers, *sums in found:
        rows = table(packets[name], "entries.csv")
        assert [row["entry_number"] for row in rows] == numbers
        assert [total(rows, column) for column in columns] == sums
        assert sum(Decimal(sum_ or 0) for sum_ in sums) > 0


def test_the_rows_of_every_entry_add_up_to_its_principal_to_the_cent(packets: dict[str, bytes]) -> None:
    checked = 0
    for packet in packets.values():
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in table(packet, "rows.csv"):
            sums[row["entry_number"]] += Decimal(row["ieepa_low_usd"])
        for entry in table(packet, "entries.csv"):
            if not entry["refund_principal_usd"]:
                assert entry["entry_number"] not in sums
                continue
            left = sums[entry["entry_number"]] - Decimal(entry["prior_refund_usd"] or 0)
            assert Decimal(entry["refund_principal_usd"]) == (left if entry["duty_deposited"] == "true" else 0)
            checked += 1
    assert checked > 60


def test_every_quoted_row_stands_in_its_file_and_every_file_in_the_inputs(
    con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]
) -> None:
    filed = {
        (load_id, row): (number, duty)
        for load_id, row, number, duty in con.execute(
            "select load_id, source_row, hts_number, duty_usd from ace.es003_tariff_lines"
        ).fetchall()
    }
    loads = {row[0]: row[1:] for row in con.execute("select load_id, file_name, rows_loaded from ace.loads").fetchall()}
    for packet in packets.values():
        inputs = {row["sha256"]: row for row in table(packet, "inputs.csv")}
        assert {
            name: (row["file_name"], int(row["rows_loaded"])) for name, row in inputs.items()
        }.items() <= loads.items()
        for row in table(packet, "rows.csv"):
            number, duty = filed[row["sha256"], int(row["source_row"])]
            assert (row["hts_number"], Decimal(row["duty_usd"])) == (number, duty)
        for name in ("rows.csv", "facts.csv", "results.csv", "refunds.csv", "set_aside.csv"):
            assert {row["sha256"] for row in table(packet, name)} - {""} <= inputs.keys()


def test_the_walk_of_the_interest_adds_up_to_the_interest_of_each_deposit(packets: dict[str, bytes]) -> None:
    walked: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    told = {}
    for name, packet in packets.items():
        for row in table(packet, "interest.csv"):
            at = (name, row["entry_number"], row["deposit_sequence"])
            walked[at] += Decimal(row["quarter_interest_usd"])
            told[at] = Decimal(row["interest_usd"])
    assert len(told) > 60
    assert {at: sum_ for at, sum_ in walked.items() if abs(sum_ - told[at]) > Decimal("0.005")} == {}


def test_rules_law_answers_and_refunds_are_those_of_the_warehouse(
    con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]
) -> None:
    asked = {
        "rules.csv": "select count(*) from entries.eligibility_findings where list_contains($n, entry_number)",
        "facts.csv": "select count(*) from reports.user_fact_reliance where list_contains($n, entry_number)",
        "refunds.csv": "select count(*) from payments.entry_refunds where list_contains($n, entry_number)",
        "versions.csv": "select count(*) from ace.entry_versions where list_contains($n, entry_number)",
    }
    for name, packet in packets.items():
        numbers = [row["entry_number"] for row in table(packet, "entries.csv")]
        for file, query in asked.items():
            assert con.execute(query, {"n": numbers}).fetchone() == (len(table(packet, file)),)
        answered = {row["entry_number"]: row["claim_outcome"] for row in table(packet, "results.csv")}
        known = con.execute(
            "select entry_number, claim_outcome from refunds.declaration_entries where declaration_id = ?", [name]
        ).fetchall()
        assert answered == ({} if name.startswith("draft-") else dict(known))
        assert all(row["source_title"] and row["locator"] for row in table(packet, "rules.csv"))
        law = table(packet, "law.csv")
        used = {row["heading"] for row in table(packet, "rows.csv") if row["duty_bucket"] == "ieepa"}
        assert used <= {row["heading"] for row in law if row["effective_from"] and row["source_title"]}
        assert {row["law_kind"] for row in law} >= {"heading", "interest_rate"}


def test_what_rests_on_the_users_word_is_summed_once_for_each_entry(packets: dict[str, bytes]) -> None:
    name = next(name for name in packets if name.startswith("draft-"))
    rows = [row for row in table(packets[name], "facts.csv") if row["relied_on_for"] == "filing"]
    assert rows
    assert {row["recorded_by"] for row in rows} == {"import desk"}
    by_entry = {row["entry_number"]: Decimal(row["relying_principal_usd"]) for row in rows}
    readme = read(packets[name])["README.txt"].decode()
    assert f"may be drafted: {len(by_entry):,} entries, principal {sum(by_entry.values()):,.2f}" in readme


def test_a_client_of_one_importer_sees_no_other_importer_in_its_packets(
    con: duckdb.DuckDBPyConnection, packets: dict[str, bytes]
) -> None:
    everybody = con.execute(
        "select distinct importer_number, entry_number from entries.eligibility where importer_number is not null"
    ).fetchall()
    for row in ledger(con):
        if row["importer_number"] is None:
            continue
        members = read(packets[row["declaration_id"]])
        text = b"".join(members.values()).decode()
        own = {entry["entry_number"] for entry in table(packets[row["declaration_id"]], "entries.csv")}
        others = {entry for _, entry in everybody} - own
        # a warehouse entry that the user names stands in a fact of the entry itself
        assert [entry for entry in others if entry in text and "warehouse_entry_number" not in text] == []
        assert [number for number, _ in everybody if number != row["importer_number"] and number in text] == []


def test_the_readme_is_lines_of_plain_text_that_say_what_is_not_retained(packets: dict[str, bytes]) -> None:
    readme = read(packets[CLAIM])["README.txt"].decode("ascii")
    assert max(map(len, readme.split("\r\n"))) <= 130
    assert "bank_deposits.csv: not known whether raw input is retained" in readme or "raw input not retained" in readme
    assert "no legal advice" in " ".join(readme.split())
    assert "not CBP's" in " ".join(readme.split())


# --- changed packets ------------------------------------------------------------------------------------------------


def changed(packet: bytes, name: str, old: bytes, new: bytes, *, is_listed: bool) -> bytes:
    """The packet with one text of one member replaced, written anew; listed with its new hash or not."""
    members = read(packet)
    assert old in members[name]
    members[name] = members[name].replace(old, new, 1)
    if is_listed:
        manifest = json.loads(members["manifest.json"])
        manifest["files"][name]["sha256"] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    return zip_bytes(members)


def a_quoted_row(packet: bytes) -> dict[str, str]:
    return next(row for row in table(packet, "rows.csv") if Decimal(row["ieepa_low_usd"]) > 0)


def test_a_byte_changed_anywhere_is_found(packets: dict[str, bytes]) -> None:
    packet = packets[CLAIM]
    for place in range(0, len(packet), 997):
        other = bytearray(packet)
        other[place] ^= 16
        assert verify_packet(bytes(other)), place


def test_a_changed_member_is_named(packets: dict[str, bytes]) -> None:
    other = changed(packets[CLAIM], "README.txt", b"no legal advice", b"legal advice", is_listed=False)
    assert verify_packet(other) == ["README.txt was changed: its sha256 is not the one in manifest.json."]


def test_a_member_that_was_added_or_taken_away_is_named(packets: dict[str, bytes]) -> None:
    members = read(packets[CLAIM])
    assert verify_packet(zip_bytes({**members, "more.csv": b"x"})) == [
        "more.csv was added: manifest.json does not list it."
    ]
    members.pop("rules.csv")
    assert verify_packet(zip_bytes(members)) == ["'rules.csv' is missing: manifest.json lists it."]


def test_a_contribution_that_was_changed_with_its_hash_no_longer_adds_up(packets: dict[str, bytes]) -> None:
    row = a_quoted_row(packets[CLAIM])
    amounts = f"{row['ieepa_low_usd']},{row['ieepa_high_usd']},".encode()
    other = changed(packets[CLAIM], "rows.csv", amounts, b"0.01," + amounts.split(b",")[1] + b",", is_listed=True)
    (sentence,) = verify_packet(other)
    assert re.match(r"The rows of \w{11} contribute .*, and entries.csv tells of .*\.", sentence)


def test_a_file_that_inputs_do_not_list_is_named(packets: dict[str, bytes]) -> None:
    sha256 = a_quoted_row(packets[CLAIM])["sha256"]
    other = changed(packets[CLAIM], "inputs.csv", sha256.encode(), b"0" * 64, is_listed=True)
    assert f"rows.csv quotes the file with sha256 {sha256}, which inputs.csv does not list." in verify_packet(other)


def test_a_declaration_that_is_not_the_file_of_the_ledger_is_named(packets: dict[str, bytes]) -> None:
    other = changed(packets[CLAIM], "declaration.csv", b"Entry Number", b"Entry number", is_listed=True)
    assert "declaration.csv is not the file manifest.json tells of." in verify_packet(other)


# --- the command ----------------------------------------------------------------------------------------------------


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *(str(argument) for argument in arguments)])


def test_the_command_ends_with_0_1_and_2(packets: dict[str, bytes], tmp_path: Path) -> None:
    good, bad, none = tmp_path / "good.zip", tmp_path / "bad.ZIP", tmp_path / "none.zip"
    good.write_bytes(packets[CLAIM])
    bad.write_bytes(changed(packets[CLAIM], "README.txt", b"AUDIT", b"audit", is_listed=False))
    none.write_bytes(zip_bytes({"rows.csv": b"x"}))
    found = [check(path) for path in (good, bad, none, tmp_path / "missing.zip", tmp_path)]
    assert [result.exit_code for result in found] == [0, 1, 2, 2, 2]
    assert CLAIM in found[0].output
    assert "its files agree" in " ".join(found[0].output.split())
    assert "README.txt was changed" in found[1].output
    assert "no audit packet" in " ".join(found[2].output.split())
    assert "Traceback" not in "".join(result.output for result in found)


def test_the_command_refuses_hostile_zips_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "path.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("../../escaped.csv", "x")
    result = check(path)
    assert result.exit_code == 2
    assert "a member named '../../escaped.csv'" in " ".join(result.output.split())
    assert not (tmp_path.parent.parent / "escaped.csv").exists()


def test_the_command_tells_machines_what_it_found(packets: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(changed(packets[CLAIM], "README.txt", b"AUDIT", b"audit", is_listed=False))
    (told,) = json.loads(check(path, "--json").stdout)["files"]
    assert (told["verdict"], told["declaration_id"]) == ("differs", CLAIM)
    assert told["findings"] == ["README.txt was changed: its sha256 is not the one in manifest.json."]


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_page_opens_in_a_browser_without_network_scripts_or_errors_and_shows_the_figures(
    packets: dict[str, bytes], tmp_path: Path
) -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"the page is tested in a real browser: install one of {', '.join(BROWSERS)}"
    path = tmp_path / "packet.html"
    path.write_bytes(read(packets[CLAIM])["packet.html"])
    entries = table(packets[CLAIM], "entries.csv")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("console", lambda told: complaints.append(told.text))
        page.on("pageerror", lambda told: complaints.append(str(told)))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url))
        page.goto(path.as_uri())
        assert complaints == []
        assert page.locator("script").count() == 0
        # on a phone the page itself never scrolls sideways; only wide tables do
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("h1").inner_text() == f"Audit packet of declaration {CLAIM}"
        shown = page.locator("#entries-csv tbody tr")
        assert shown.count() == len(entries)
        heads = page.locator("#entries-csv thead th").all_inner_texts()
        place = heads.index("refund principal")
        cells = [row.locator("td").nth(place).inner_text() for row in shown.all()]
        assert cells == [f"{Decimal(row['refund_principal_usd']):,.2f}" for row in entries]
        amounts = page.locator("dl.amounts dd").all_inner_texts()
        assert amounts[0].split(" ")[0] == f"{total(entries, 'refund_principal_usd'):,.2f}"
        assert page.pdf(landscape=True).startswith(b"%PDF")
        browser.close()
