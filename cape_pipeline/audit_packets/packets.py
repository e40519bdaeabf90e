"""All audit packets of a warehouse: each table read once for all declarations, then taken apart by declaration.

Belongs here: the order of work, the manifest, and the names of the packets. Does not belong here: which rows are quoted
(`members.py`), words (`readme.py`, `page.py`), the form of the ZIP (`zip_file.py`).
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.audit_packets.csv_text import LINE_END, LINE_END_SQL, csv_text, line_sql
from cape_pipeline.audit_packets.declaration_file import DeclarationFile, declaration_file
from cape_pipeline.audit_packets.members import DECLARATIONS, ENTRIES, MEMBERS, Member
from cape_pipeline.audit_packets.page import MOST_SHOWN, Section, page_html
from cape_pipeline.audit_packets.readme import readme_text
from cape_pipeline.audit_packets.validation import SCHEMA, VALIDATION_CSV, validation_rows
from cape_pipeline.audit_packets.zip_file import zip_bytes
from cape_pipeline.declaration_check.drafts import RULES
from cape_pipeline.declaration_check.rules import as_rules
from cape_pipeline.release import code_version, package_version
from cape_pipeline.summary import rows_of

Row = dict[str, Any]
Columns = list[tuple[str, str]]

FORMAT, FORMAT_VERSION = "cape-pipeline audit packet", 1
MANIFEST, README, PAGE, DECLARATION, COLUMNS = (
    "manifest.json", "README.txt", "packet.html", "declaration.csv", "columns.csv",
)  # fmt: skip
#: Entries whose packets are put together at a time; a declaration holds at most 9,999.
MOST_ENTRIES_AT_A_TIME = 10_000
#: More declarations than any warehouse has.
ALL = (1 << 62) - 1
SAFE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")

LEDGER = """
select declarations.*, coalesce(list(members.entry_number order by members.row_number)
    filter (where members.entry_number is not null), []) as entry_numbers
from packet_declarations as packets
join refunds.declarations as declarations on packets.declaration_id = declarations.declaration_id
left join refunds.declaration_entries as members on declarations.declaration_id = members.declaration_id
group by all
order by declarations.declaration_id
"""
UPLOADED = """
select filed.declaration_id, list(rows.entry_number order by rows.source_row) as entry_numbers
from packet_declarations as packets
join refunds.filed_declarations as filed on packets.declaration_id = filed.declaration_id
join ace.uploaded_declarations as rows on filed.file_sha256 = rows.load_id
group by filed.declaration_id
"""
OF_ALL = """
select day.as_of_date, position.registry_version, policies.other_than_default as other_readings
from registry.as_of as day
left join reports.position as position on day.as_of_date = position.as_of_date
left join registry.policies_in_force as policies on true
"""
READINGS = "select * from registry.policies_in_force"
TOTALS = """
select declaration_id, count(*) as entry_count,
    sum(refund_principal_usd) as refund_principal_usd, sum(refund_principal_high_usd) as refund_principal_high_usd,
    count(*) filter (where refund_principal_usd is null) as principal_unknown_count,
    sum(rests_on_assumption_usd) as rests_on_assumption_usd, sum(interest_usd) as interest_usd,
    count(*) filter (where interest_usd is null and refund_principal_usd is distinct from 0) as interest_unknown_count,
    sum(refunded_principal_usd) as refunded_principal_usd, sum(refunded_interest_usd) as refunded_interest_usd,
    count(*) filter (
        where refund_number is not null and (refunded_principal_usd is null or refunded_interest_usd is null)
    ) as refunded_unknown_count,
    sum(open_principal_usd) as open_principal_usd, min(entry_number) as first_entry_number,
    list_sort(list(distinct concat_ws(', ', importer_number, importer_name)) filter (where importer_number is not null))
        as importers,
    list_sort(list(distinct filer_code) filter (where filer_code is not null)) as filer_codes
from packet_entries_csv
group by declaration_id
"""
#: The same of a declaration whose entries nothing tells.
NO_TOTALS: Row = {
    "entry_count": 0,
    "refund_principal_usd": None,
    "refund_principal_high_usd": None,
    "principal_unknown_count": 0,
    "rests_on_assumption_usd": None,
    "interest_usd": None,
    "interest_unknown_count": 0,
    "refunded_principal_usd": None,
    "refunded_interest_usd": None,
    "refunded_unknown_count": 0,
    "open_principal_usd": None,
    "first_entry_number": None,
    "importers": [],
    "filer_codes": [],
}
RELIANCE = """
with by_entry as (
    select declaration_id, relied_on_for, entry_number,
        if(bool_or(relying_principal_usd is null), null, max(relying_principal_usd)) as relying_principal_usd,
        if(bool_or(relying_interest_usd is null), null, max(relying_interest_usd)) as relying_interest_usd
    from packet_facts_csv
    where relied_on_for <> 'nothing'
    group by all
)
select declaration_id, relied_on_for, count(*) as entry_count,
    if(count(*) = count(relying_principal_usd), sum(relying_principal_usd), null) as relying_principal_usd,
    if(count(*) = count(relying_interest_usd), sum(relying_interest_usd), null) as relying_interest_usd
from by_entry
group by all
order by all
"""
RETENTION = """
select declaration_id,
    coalesce(list(distinct file_name order by file_name) filter (where raw_input = 'raw input not retained'), [])
        as not_retained,
    coalesce(list(distinct file_name order by file_name) filter (where raw_input like 'not known%'), [])
        as retention_unknown
from packet_inputs_csv
group by declaration_id
"""
FIXED_CONTENTS = (
    (README, "This text"),
    (COLUMNS, "The meaning of every column"),
    (DECLARATION, "The declaration file"),
    (MANIFEST, "Versions, and the sha256 of every other file of the packet"),
    (PAGE, "The same for eyes: one page to read and to print"),
)


def audit_packets(
    con: duckdb.DuckDBPyConnection, *, most: int | None = None, declaration_id: str | None = None
) -> dict[str, bytes]:
    """The packets of declarations, drafted and filed: file name to the bytes of one ZIP.

    Each table is read once for all of them. The same tables give the same bytes, however many are asked for. Temporary
    tables come and go on the connection.

    Args:
        con: a warehouse whose tables are all built, with the loader's macros; it holds the rows of one client only, or
            of a user who has but one.
        most: how many, drafts first, then by the amount at stake; all if left out.
        declaration_id: of this one alone.

    Returns:
        Packets by a file name that is safe whatever the declaration is called; none where there is no declaration.

    Raises:
        ValueError: tables contradict each other, because some of them are stale.
    """
    try:
        con.execute(
            f"create or replace temp table packet_declarations as {DECLARATIONS}",
            {"only": declaration_id, "most": ALL if most is None else most},
        )
        return _packets(con)
    finally:
        con.execute("drop table if exists temp.packet_declarations")


def _packets(con: duckdb.DuckDBPyConnection) -> dict[str, bytes]:
    ledger = rows_of(con, LEDGER)
    if not ledger:
        return {}
    uploaded = {row["declaration_id"]: row["entry_numbers"] for row in rows_of(con, UPLOADED)}
    files = {
        row["declaration_id"]: declaration_file(
            row["entry_numbers"],
            uploaded.get(row["declaration_id"], []),
            row["file_sha256"],
            is_draft=row["status"] == "drafted",
        )
        for row in ledger
    }
    packets = {}
    with _quoted_rows(con, ledger, files) as columns:
        told = _told_of_each(con)
        shared = _shared(con)
        meanings = _meanings(columns)
        for batch in _batches(ledger):
            texts, counts = _texts(con, columns, batch)
            sections = _sections(con, columns, batch, counts)
            for declaration in batch:
                name = declaration["declaration_id"]
                members = {**texts[name], COLUMNS: meanings, DECLARATION: files[name].content}
                packet_name = f"packet_{file_stem(name)}.zip"
                packets[packet_name] = _packet(
                    declaration, members, counts[name], told[name], shared, files[name], sections[name], packet_name
                )
    return packets


def file_stem(declaration_id: str) -> str:
    """A declaration's name as part of a file name; where signs are replaced, a hash keeps two declarations apart.

    Lower case only, because some file systems take capitals for the same letters.
    """
    if SAFE_ID.fullmatch(declaration_id):
        return declaration_id
    readable = re.sub(r"[^a-z0-9-]+", "-", declaration_id.lower()).strip("-")[:40]
    return f"{readable}_{hashlib.sha256(declaration_id.encode()).hexdigest()[:16]}".lstrip("_")


# --- tables ---------------------------------------------------------------------------------------------------------


@contextmanager
def _quoted_rows(
    con: duckdb.DuckDBPyConnection, ledger: Sequence[Row], files: Mapping[str, DeclarationFile]
) -> Iterator[dict[Member, Columns]]:
    """The rows of every member over all declarations as temporary tables, and their columns; gone afterwards."""
    made = ["packet_entries", "packet_findings", *map(_table, _members())]
    try:
        con.execute(f"create or replace temp table packet_entries as {ENTRIES}")
        _put_findings(con, ledger, files)
        yield {member: _quote(con, member) for member in _members()}
    finally:
        for table in made:
            con.execute(f"drop table if exists temp.{table}")


def _members() -> tuple[Member, ...]:
    return (*MEMBERS, VALIDATION_CSV)


def _table(member: Member) -> str:
    return f"packet_{member.name.replace('.', '_')}"


def _put_findings(con: duckdb.DuckDBPyConnection, ledger: Sequence[Row], files: Mapping[str, DeclarationFile]) -> None:
    rules = as_rules(rows_of(con, RULES))
    found = validation_rows(con, ledger, files, rules)
    con.execute(
        f"create or replace temp table packet_findings ({', '.join(f'{name} {kind}' for name, kind in SCHEMA.items())})"
    )
    if not found:
        return
    schema = {name: pl.Int32 if kind == "INTEGER" else pl.String for name, kind in SCHEMA.items()}
    con.register("packet_found", pl.DataFrame(found, schema=schema, orient="row"))
    try:
        con.execute("insert into temp.packet_findings select * from packet_found")
    finally:
        con.unregister("packet_found")


def _quote(con: duckdb.DuckDBPyConnection, member: Member) -> Columns:
    table = _table(member)
    con.execute(
        f"create or replace temp table {table} as"  # noqa: S608 (names and SELECT are this package's own)
        f" select *, row_number() over (partition by declaration_id order by {member.order}) as packet_row"
        f" from ({member.select})"
    )
    told = con.execute(f"describe temp.{table}").fetchall()
    return [(name, kind) for name, kind, *_ in told if name not in ("declaration_id", "packet_row")]


# --- what is told of each declaration -------------------------------------------------------------------------------


def _told_of_each(con: duckdb.DuckDBPyConnection) -> dict[str, Row]:
    """Sums over its entries, what rests on the user's facts, and which raw inputs are not retained."""
    told: dict[str, Row] = defaultdict(
        lambda: {**NO_TOTALS, "reliance": {}, "not_retained": [], "retention_unknown": []}
    )
    for row in (*rows_of(con, TOTALS), *rows_of(con, RETENTION)):
        told[row.pop("declaration_id")] |= row
    for row in rows_of(con, RELIANCE):
        told[row["declaration_id"]]["reliance"][row["relied_on_for"]] = row
    return told


def _shared(con: duckdb.DuckDBPyConnection) -> Row:
    """What the manifest of every packet says alike: the day, and the versions of law, readings and code."""
    of_all = rows_of(con, OF_ALL)
    told = of_all[0] if of_all else {"as_of_date": None, "registry_version": None, "other_readings": []}
    readings = json.dumps(rows_of(con, READINGS), sort_keys=True, default=str)
    return {
        **told,
        "as_of_date": str(told["as_of_date"]),
        "other_readings": list(told["other_readings"] or []),
        "settings_sha256": hashlib.sha256(readings.encode()).hexdigest(),
        "package_version": package_version(),
        "code_version": code_version(),
    }


def _meanings(columns: Mapping[Member, Columns]) -> bytes:
    rows = [
        (member.name, name, "text" if kind == "VARCHAR" else "texts" if kind == "VARCHAR[]" else kind.lower(), meaning)
        for member, told in sorted(columns.items(), key=lambda item: item[0].name)
        for name, kind in told
        for meaning in [member.meaning(name)]
    ]
    return csv_text(("file_name", "column_name", "type", "meaning"), rows)


# --- packets --------------------------------------------------------------------------------------------------------


def _batches(ledger: Sequence[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in ledger:
        if batch and size + row["entry_count"] > MOST_ENTRIES_AT_A_TIME:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row["entry_count"]
    yield batch


def _texts(
    con: duckdb.DuckDBPyConnection, columns: Mapping[Member, Columns], batch: Sequence[Row]
) -> tuple[dict[str, dict[str, bytes]], dict[str, dict[str, int]]]:
    """Every member of every declaration of the batch as CSV, and how many rows it has."""
    ids = [row["declaration_id"] for row in batch]
    texts: dict[str, dict[str, bytes]] = {name: {} for name in ids}
    counts: dict[str, dict[str, int]] = {name: {} for name in ids}
    for member, told in columns.items():
        header = (",".join(name for name, _ in told) + LINE_END).encode()
        for name in ids:
            texts[name][member.name], counts[name][member.name] = header, 0
        con.execute(
            f"select declaration_id, string_agg({line_sql(told)}, {LINE_END_SQL} order by packet_row), count(*)"  # noqa: S608
            f" from temp.{_table(member)} where list_contains($ids, declaration_id) group by declaration_id",
            {"ids": ids},
        )
        while (row := con.fetchone()) is not None:
            texts[row[0]][member.name] = header + (row[1] + LINE_END).encode()
            counts[row[0]][member.name] = row[2]
    return texts, counts


def _sections(
    con: duckdb.DuckDBPyConnection,
    columns: Mapping[Member, Columns],
    batch: Sequence[Row],
    counts: Mapping[str, Mapping[str, int]],
) -> dict[str, list[Section]]:
    """The tables of every declaration's page: columns that are shown, the first rows, and how many there are."""
    ids = [row["declaration_id"] for row in batch]
    sections: dict[str, list[Section]] = {name: [] for name in ids}
    for member in columns:
        if not member.shown:
            continue
        con.execute(
            f"select declaration_id, {', '.join(member.shown)} from temp.{_table(member)}"  # noqa: S608
            " where list_contains($ids, declaration_id) and packet_row <= $most order by declaration_id, packet_row",
            {"ids": ids, "most": MOST_SHOWN},
        )
        shown: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for name, *cells in con.fetchall():
            shown[name].append(tuple(cells))
        for name in ids:
            sections[name].append(
                Section(member.name, member.title, member.shown, shown[name], counts[name][member.name])
            )
    return sections


def _packet(
    declaration: Row,
    members: dict[str, bytes],
    counts: Mapping[str, int],
    told: Row,
    shared: Row,
    file: DeclarationFile,
    sections: Sequence[Section],
    packet_name: str,
) -> bytes:
    titles = {member.name: member.title for member in _members()} | dict(FIXED_CONTENTS)
    contents = [(name, titles[name]) for name in sorted({*members, README, PAGE, MANIFEST})]
    members[README] = readme_text(declaration, told, shared, file, contents, packet_name)
    members[PAGE] = page_html(declaration, told, shared, file, sections)
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "declaration_id": declaration["declaration_id"],
        "claim_number": declaration["claim_number"],
        "status": declaration["status"],
        **shared,
        "declaration_file": {
            "state": file.state,
            "sha256": file.sha256,
            "file_name": declaration["file_name"],
            "file_sha256": declaration["file_sha256"],
        },
        "totals": {
            name: told[name] if isinstance(told[name], int) else None if told[name] is None else str(told[name])
            for name in NO_TOTALS
            if name.endswith(("_usd", "_count"))
        },
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            | ({"rows": counts[name]} if name in counts else {})
            for name, content in sorted(members.items())
        },
    }
    members[MANIFEST] = (json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode()
    return zip_bytes(members)
