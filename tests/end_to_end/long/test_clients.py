"""Two clients of one broker in the same files: each gets its own position, and not a byte of the other's."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app
from cape_pipeline.clients.copies import client_copies
from cape_pipeline.clients.known import clients_of
from cape_pipeline.clients.names import client_snapshot, folder_of
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.outputs import write_files
from cape_pipeline.resources import connect
from cape_pipeline.settings import Settings
from tests.support.clients import (
    ACME,
    AS_OF,
    CLIENT_OF,
    GLOBEX,
    IMPORTERS,
    NAMES,
    ONE_LINE,
    SHARED,
    Exports,
    both_clients,
    cells,
)
from tests.support.pipeline import empty_warehouse, run_on

OTHER = {ACME: GLOBEX, GLOBEX: ACME}
#: Columns that name the file or its place in the folder: a shared file has another name and number in a copy, and the
#: hash of an entry's rows holds its files.
OF_FILES = {
    "file_name", "file_sha256", "header_row", "is_raw_kept", "last_load_number", "load_id", "load_number", "loaded_at",
    "report_run_date_basis", "rows_hash", "rows_skipped", "sheet_name", "source_load_id", "source_row",
}  # fmt: skip
both = pytest.mark.parametrize("client", [ACME, GLOBEX])


@dataclass(frozen=True)
class Separated:
    """One run over the exports of both clients, and for each client a run over its own rows alone."""

    settings: Settings
    exports: Exports
    told: str
    made: Path

    def alone(self, client: str) -> Path:
        """The warehouse of the run on the client's rows alone; its files lie in a folder beside it."""
        return self.made / f"{folder_of(client)}.duckdb"

    def folder(self, client: str) -> Path:
        return self.settings.out / folder_of(client)

    def snapshot(self, client: str) -> Path:
        return client_snapshot(self.settings.warehouse, folder_of(client))


@pytest.fixture(scope="module")
def separated(tmp_path_factory: pytest.TempPathFactory) -> Separated:
    folder = tmp_path_factory.mktemp("clients")
    exports = both_clients(folder)
    settings = Settings(
        warehouse=folder / "w" / "cape.duckdb", out=folder / "out", exports=exports.write(folder / "exports")
    )
    places = ["--warehouse", str(settings.warehouse), "--out", str(settings.out)]
    ran = CliRunner().invoke(app, ["run", "--exports", str(settings.exports), *places, "--as-of", AS_OF.isoformat()])
    assert ran.exit_code == 0, ran.output
    found = Separated(settings, exports, ran.output, folder / "alone")
    for client in IMPORTERS:
        own = exports.of(client).write(found.made / f"exports of {folder_of(client)}")
        with empty_warehouse(str(found.alone(client))) as con:
            run_on(con, own, AS_OF)
            write_files(con, found.alone(client).with_suffix(".out"), "crlf")
    return found


# --- the client's own figures -----------------------------------------------------------------------------------------


@both
def test_every_table_of_a_client_is_that_of_a_run_on_its_rows_alone(separated: Separated, client: str) -> None:
    with reading(separated.snapshot(client)) as copy, reading(separated.alone(client)) as alone:
        for table_id, contract in CONTRACTS.items():
            columns = ", ".join(name for name in contract.column_names() if name not in OF_FILES)
            asked = f"select {columns} from {table_id} order by all"
            assert copy.execute(asked).fetchall() == alone.execute(asked).fetchall(), table_id


@both
def test_the_clients_have_something_of_everything_that_can_be_shared(separated: Separated, client: str) -> None:
    with reading(separated.snapshot(client)) as con:
        for table in ("quarantine", "attestations", "alert_acknowledgements", "bills", "deposits", "exclusions",
                      "materiality", "payees", "uploaded_declarations", "bank_deposits", "rev603_refunds"):  # fmt: skip
            assert con.execute(f"select count(*) > 0 from ace.{table}").fetchone() == (True,), table


@both
def test_the_total_of_a_shared_refund_is_unknown_and_its_own_entries_are_not(separated: Separated, client: str) -> None:
    with reading(separated.snapshot(client)) as con:
        (told,) = con.execute(
            "select match_status, rev603_usd, deposited_usd, unexplained_usd, es022_usd = pending_usd, cause"
            " from payments.rev603_reconciliation where refund_number = ?",
            [SHARED],
        ).fetchall()
    assert told[:5] == ("ambiguous", None, Decimal(0), Decimal(0), True)
    assert "without its total" in told[5]


@pytest.mark.parametrize(("client", "refund"), [(ACME, ONE_LINE[0]), (GLOBEX, ONE_LINE[1])])
def test_of_a_line_that_pays_both_a_client_sees_what_pays_its_own_refund(
    separated: Separated, client: str, refund: str
) -> None:
    with reading(separated.snapshot(client)) as con:
        ((status, issued, cash),) = con.execute(
            "select match_status, rev603_usd, deposited_usd from payments.rev603_reconciliation"
            " where refund_number = ?",
            [refund],
        ).fetchall()
    assert (status, issued) == ("matched", cash)


def test_together_the_clients_are_the_whole(separated: Separated) -> None:
    asked = "select entry_number, refund_principal_usd, recommended_path from entries.eligibility order by all"
    found = []
    for client in IMPORTERS:
        with reading(separated.snapshot(client)) as con:
            found += con.execute(asked).fetchall()
    with reading(separated.settings.snapshot) as con:
        whole = con.execute(asked).fetchall()
    # an amount that a mixed file had to tell of itself may be told otherwise by a part of it
    assert sorted(row[0] for row in found) == [row[0] for row in whole]


# --- nothing of the other ---------------------------------------------------------------------------------------------


@both
def test_no_byte_of_a_clients_files_names_the_other(separated: Separated, client: str) -> None:
    secrets = secrets_of(separated, OTHER[client]) - secrets_of(separated, client)
    assert len(secrets) > 90
    found = {
        (where, secret)
        for where, content in everything_shown(separated, client)
        for secret in secrets
        if secret in content
    }
    assert found == set()


@both
def test_no_amount_in_a_clients_files_is_one_that_only_the_other_or_the_whole_has(
    separated: Separated, client: str
) -> None:
    theirs = amounts(separated.alone(OTHER[client])) | amounts(separated.settings.snapshot)
    secrets = theirs - amounts(separated.snapshot(client))
    assert len(secrets) > 300
    texts = {f"{amount}".encode() for amount in secrets} | {f"{amount:,}".encode() for amount in secrets}
    # what the documents add up from the client's own rows they also add up in a run on these alone
    own = files_shown(separated.alone(client).with_suffix(".out"))
    texts -= {word for _, content in own for word in words_of(content)}
    found = {
        (where, text)
        for where, content in everything_shown(separated, client)
        if not where.endswith((".duckdb", ".vml"))  # bytes, and places on a sheet
        for text in words_of(content) & texts
    }
    assert found == set()


def test_the_search_finds_what_is_there(separated: Separated) -> None:
    """Each client's own secrets are found in its own files, packed or not, so a leak of the other's would be too."""
    for client in IMPORTERS:
        own = secrets_of(separated, client)
        shown = list(everything_shown(separated, client))
        for kind in (".csv", ".html", ".ics", ".xml", "packet.html", "entries.eligibility"):
            contents = [content for where, content in shown if where.endswith(kind)]
            assert contents, kind
            assert any(secret in content for secret in own for content in contents), kind


@both
def test_shared_files_have_another_name_hash_and_count_in_a_copy(separated: Separated, client: str) -> None:
    with reading(separated.snapshot(client)) as copy, reading(separated.settings.snapshot) as whole:
        shown = copy.execute("select load_id, file_name, report_code, rows_read, source_rows from ("
                             "from ace.loads left join (select load_id, max(source_row) as source_rows"
                             " from ace.es003_tariff_lines group by load_id) using (load_id))").fetchall()  # fmt: skip
        known = {row[0] for row in whole.execute("select load_id from ace.loads").fetchall()}
        ((total,),) = whole.execute("select sum(rows_read) from ace.loads where report_code = 'ES-003'").fetchall()
    own = {name for name in separated.exports.files if "norvane" in name} if client == GLOBEX else set()
    assert {name for load_id, name, *_ in shown if load_id in known} == own
    assert not {name for _, name, *_ in shown} & (set(separated.exports.files) - own)
    es003 = [row for row in shown if row[2] == "ES-003"]
    assert sum(row[3] for row in es003) < total
    assert all(last <= rows_read + 1 for *_, rows_read, last in es003 if last)


def test_nothing_lies_beside_the_clients_folders(separated: Separated) -> None:
    assert {path.name for path in separated.settings.out.iterdir()} == {folder_of(client) for client in IMPORTERS}
    snapshots = separated.settings.warehouse.parent / "clients"
    assert {path.name for path in snapshots.iterdir()} == {folder_of(client) for client in IMPORTERS}
    assert {path.stat().st_mode & 0o777 for path in snapshots.rglob("*.duckdb")} == {0o600}


# --- commands ---------------------------------------------------------------------------------------------------------


def test_the_run_names_the_clients_and_where_their_files_lie(separated: Separated) -> None:
    for client in IMPORTERS:
        assert f"{client}: {separated.folder(client)}" in separated.told


@both
def test_a_question_for_a_client_is_answered_from_its_own_snapshot(separated: Separated, client: str) -> None:
    told = cape(separated, "sql", "select distinct importer_number from entries.eligibility", "--json", client=client)
    assert {row["importer_number"] for row in json.loads(told)} == set(IMPORTERS[client])


@pytest.mark.parametrize("command", ["explain", "history"])
def test_an_entry_of_another_client_is_unknown_to_a_client(separated: Separated, command: str) -> None:
    entry = min(entry for entry, importer in separated.exports.entries().items() if CLIENT_OF[importer] == GLOBEX)
    said = cape(separated, command, entry, client=ACME, exit_code=2)
    assert "names entry" in said
    assert entry in cape(separated, "explain", entry, client=GLOBEX)


def test_a_draft_of_another_client_holds_entries_that_a_client_does_not_know(separated: Separated) -> None:
    draft = next((separated.folder(GLOBEX) / "declarations").glob("*.csv"))
    own = json.loads(cape(separated, "check", str(draft), "--json", client=GLOBEX, exit_code=None))
    others = json.loads(cape(separated, "check", str(draft), "--json", client=ACME, exit_code=None))
    assert own != others


def test_an_unknown_client_is_answered_with_the_known_ones(separated: Separated) -> None:
    said = cape(separated, "sql", "select 1", client="initech", exit_code=2)
    assert f"the clients are {ACME}, {GLOBEX}" in said


def test_from_a_clients_own_snapshot_nothing_is_learned_of_other_clients(separated: Separated) -> None:
    own = replace(separated.settings, warehouse=separated.snapshot(ACME))
    lone = replace(separated, settings=own)
    assert "1" in cape(lone, "sql", "select 1 as one", client=ACME)
    assert GLOBEX not in cape(lone, "sql", "select 1", client="initech", exit_code=2)


def test_a_client_is_not_named_for_a_run_that_writes_no_files(separated: Separated) -> None:
    said = cape(separated, "run", "--exports", "x", "--only", "refunds", client=ACME, exit_code=2)
    assert "--client" in said


# --- from run to run --------------------------------------------------------------------------------------------------


def test_importers_without_a_client_and_entries_of_two_are_a_rest_that_nobody_is_handed(
    separated: Separated, tmp_path: Path
) -> None:
    """One importer loses its client, and one row of another client's entry names that importer."""
    shutil.copytree(separated.settings.warehouse.parent, tmp_path / "w", ignore=shutil.ignore_patterns("dagster"))
    settings = replace(separated.settings, warehouse=tmp_path / "w" / "cape.duckdb")
    lost, other = IMPORTERS[GLOBEX][-1], IMPORTERS[ACME][0]
    with connect(settings) as con:
        con.execute("update ace.current_importers set client_id = null where importer_number = ?", [lost])
        ((moved, row),) = con.execute(
            "select entry_number, min(rowid) from ace.es003_tariff_lines where importer_number = ?"
            " group by entry_number order by entry_number limit 1",
            [other],
        ).fetchall()
        con.execute(
            "update ace.es003_tariff_lines set importer_number = ?, importer_key = importer_key(?) where rowid = ?",
            [lost, lost, row],
        )
        clients = clients_of(con)
        asked = "select importer_number, entry_number from entries.eligibility"
        seen = {
            copy.client.folder: copy.con.execute(asked).fetchall()
            for copy in client_copies(con, settings, clients.apart)
        }
    assert clients.contested_count == 1
    assert set(seen) == {folder_of(ACME), folder_of(GLOBEX), "no_client"}
    assert {importer for importer, _ in seen["no_client"]} >= {lost}
    assert {importer for importer, _ in seen[folder_of(GLOBEX)]} == set(IMPORTERS[GLOBEX]) - {lost}
    assert moved not in {entry for _, entry in seen[folder_of(ACME)]}
    assert moved in {entry for _, entry in seen["no_client"]}


# --- what is searched -------------------------------------------------------------------------------------------------


def reading(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


def cape(separated: Separated, command: str, *arguments: str, client: str, exit_code: int | None = 0) -> str:
    places = ["--warehouse", str(separated.settings.warehouse), "--client", client]
    result = CliRunner().invoke(app, [command, *arguments, *places])
    assert exit_code in (None, result.exit_code), result.output
    return result.stdout if exit_code in (None, 0) else " ".join(result.output.split())


def secrets_of(separated: Separated, client: str) -> set[bytes]:
    """Numbers, names, notes and files that tell of a client, as bytes; also the hashes of what it shares."""
    exports = separated.exports
    own = exports.of(client)
    numbers = set(IMPORTERS[client]) | {number.replace("-", "") for number in IMPORTERS[client]}
    told = numbers | {NAMES[number] for number in IMPORTERS[client]} | {client, folder_of(client)}
    told |= {entry for entry, importer in exports.entries().items() if CLIENT_OF[importer] == client}
    for name, rows in own.files.items():
        if name.startswith(("attest", "excl", "bills", "alerts", "deposits", "payees")):
            told |= {cell for cell in cells(rows) if any(part in cell for part in (*numbers, *NAMES.values()))}
    refunds = {row["Refund ID"] for row in own.files["REV-603_harbour_2026-07-17.csv"] if row["Total Refund Amount"]}
    told |= refunds | {row["Check/ACH Trace Number"] for row in own.files["REV-603_harbour_2026-07-17.csv"]} - {""}
    told |= set(exports.files)
    with reading(separated.settings.snapshot) as con:
        told |= {load_id for (load_id,) in con.execute("select load_id from ace.loads").fetchall()}
    return {text.encode() for text in told if len(text) > 5}


def everything_shown(separated: Separated, client: str) -> Iterator[tuple[str, bytes]]:
    """Every file of a client and every member of one that is packed, its snapshot raw and as rows and comments."""
    yield from files_shown(separated.folder(client))
    snapshot = separated.snapshot(client)
    yield snapshot.name, snapshot.read_bytes()
    with reading(snapshot) as con:
        for (table,) in con.execute(
            "select table_schema || '.' || table_name from information_schema.tables order by all"
        ).fetchall():
            yield table, repr(con.execute(f"from {table}").fetchall()).encode()
        comments = "select comment from duckdb_columns() union all select comment from duckdb_tables()"
        yield "comments", repr(con.execute(comments).fetchall()).encode()


def files_shown(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from members(str(path.relative_to(folder)), path.read_bytes())


def members(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, name.encode() + content
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as packed:
            for member in packed.namelist():
                yield from members(f"{name}/{member}", packed.read(member))


def amounts(path: Path) -> set[Decimal]:
    """Every amount of a thousand dollars or more that stands in a table with its cents."""
    found: set[Decimal] = set()
    with reading(path) as con:
        for table_id, contract in CONTRACTS.items():
            if table_id.startswith("registry."):
                continue
            for field in contract.fields:
                if field.sql_type == "DECIMAL(18,2)":
                    rows = con.execute(f"select distinct {field.name} from {table_id} where {field.name} > 1000")
                    found |= {amount for (amount,) in rows.fetchall() if amount % 100}
    return found


def words_of(content: bytes) -> set[bytes]:
    """What stands between signs that are no part of an amount."""
    return {word.strip(b".,") for word in content.translate(SEPARATORS).split()}


SEPARATORS = bytes.maketrans(
    bytes(sign for sign in range(256) if sign not in b"0123456789.,"),
    b" " * (256 - len(b"0123456789.,")),
)
