"""Whether a packet is what was written, and whether its files agree: `cape check PACKET.zip`.

Belongs here: the sentences of what does not fit. Does not belong here: the form of the ZIP (`zip_file.py`), and asking
a warehouse: a packet is judged by itself.
"""

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cape_pipeline.audit_packets.packets import DECLARATION, FORMAT, FORMAT_VERSION, MANIFEST
from cape_pipeline.audit_packets.zip_file import MOST_UNPACKED_BYTES, UnusablePacket, is_whole, unzip

csv.field_size_limit(1 << 24)
#: At most so many sentences of one kind, then how many more there are.
MOST_TOLD = 10
NO_CENTS = Decimal(0)


class NoPacket(UnusablePacket):
    """It can be read and is something else: no manifest of this project's is in it."""


def verify_packet(content: bytes, most_unpacked: int = MOST_UNPACKED_BYTES) -> list[str]:
    """What does not fit in a packet, as sentences; nothing where it is as it was written and its files agree.

    Nothing is extracted, and what is read has bounds, so that a hostile ZIP is refused with a sentence.

    Args:
        content: all bytes of the ZIP.
        most_unpacked: bytes that its members may have together.
    """
    try:
        return list(findings(content, most_unpacked))
    except UnusablePacket as refused:
        return [f"This is no audit packet that can be used: {refused}."]


def findings(content: bytes, most_unpacked: int = MOST_UNPACKED_BYTES) -> list[str]:
    """The same for who asks whether it is a packet at all.

    Raises:
        UnusablePacket: it is no ZIP, or not one as packets are written.
        NoPacket: it holds no manifest of an audit packet.
    """
    members = unzip(content, most_unpacked)
    manifest = read_manifest(members)
    found = list(_changed(content, members, manifest))
    # what was changed is told by its hash; that its sums then disagree is no news
    return found or list(_disagreeing(members, manifest))


def read_manifest(members: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest among the members.

    Raises:
        NoPacket: there is none, or it is not one of an audit packet of this release.
    """
    try:
        manifest = json.loads(members[MANIFEST])
        told = manifest["format"], manifest["format_version"]
        listed = manifest["files"]
        usable = isinstance(listed, dict) and all(
            isinstance(file, dict) and isinstance(file.get("sha256"), str) for file in listed.values()
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise NoPacket(f"it holds no {MANIFEST} of an audit packet") from error
    if told[0] != FORMAT or not usable:
        raise NoPacket(f"its {MANIFEST} is not that of an audit packet")
    if told[1] != FORMAT_VERSION:
        raise NoPacket(f"it is an audit packet of format {told[1]!r}, and this release reads {FORMAT_VERSION}")
    return dict(manifest)


def _changed(content: bytes, members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = manifest["files"]
    for name in sorted(listed.keys() - members.keys()):
        yield f"{name[:80]!r} is missing: {MANIFEST} lists it."
    for name in sorted(members.keys() - listed.keys() - {MANIFEST}):
        yield f"{name} was added: {MANIFEST} does not list it."
    for name in sorted(listed.keys() & members.keys()):
        if hashlib.sha256(members[name]).hexdigest() != listed[name]["sha256"]:
            yield f"{name} was changed: its sha256 is not the one in {MANIFEST}."
    if not is_whole(content):
        yield "The ZIP was changed: its bytes are not those it was closed with."


def _disagreeing(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    try:
        yield from _declaration_differs(members, manifest)
        entries = {row["entry_number"]: row for row in _rows(members, "entries.csv")}
        yield from _totals_differ(entries, manifest)
        yield from _few(_sums_differ(members, entries))
        yield from _few(_inputs_missing(members))
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error, ArithmeticError) as error:
        yield f"A file of it cannot be read as it was written ({type(error).__name__}: {error})."


def _declaration_differs(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    told = manifest["declaration_file"]
    sha256 = hashlib.sha256(members[DECLARATION]).hexdigest()
    if sha256 != told["sha256"]:
        yield f"{DECLARATION} is not the file {MANIFEST} tells of."
    if told["state"] in ("as_drafted", "as_uploaded") and sha256 != told["file_sha256"]:
        yield f"{DECLARATION} is said to be the file itself, but its sha256 is not that of the ledger."


def _totals_differ(entries: Mapping[str, Mapping[str, str]], manifest: Mapping[str, Any]) -> Iterator[str]:
    totals = manifest["totals"]
    if len(entries) != totals["entry_count"]:
        yield f"entries.csv has {len(entries):,} entries, and {MANIFEST} tells of {totals['entry_count']:,}."
    for column, told in sorted(totals.items()):
        if not column.endswith("_usd"):
            continue
        known = [Decimal(row[column]) for row in entries.values() if row[column]]
        found = sum(known, NO_CENTS) if known else None
        if found != (None if told is None else Decimal(told)):
            yield f"{column} of entries.csv adds up to {found}, and {MANIFEST} tells of {told}."


def _sums_differ(members: Mapping[str, bytes], entries: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Rows and their entry: the certain IEEPA duty is the sum of what the rows contribute."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    incomplete = set()
    for row in _rows(members, "rows.csv"):
        if row["ieepa_low_usd"]:
            sums[row["entry_number"]] += Decimal(row["ieepa_low_usd"])
        else:
            incomplete.add(row["entry_number"])
    for number in sorted(sums.keys() - entries.keys()):
        yield f"rows.csv quotes rows of {number}, which is not on the declaration."
    for number, entry in entries.items():
        told = entry["ieepa_low_usd"]
        if told and number not in incomplete and sums.get(number, NO_CENTS) != Decimal(told):
            yield f"The rows of {number} contribute {sums.get(number, NO_CENTS)}, and entries.csv tells of {told}."


def _inputs_missing(members: Mapping[str, bytes]) -> Iterator[str]:
    known = {row["sha256"] for row in _rows(members, "inputs.csv")}
    for name in ("facts.csv", "refunds.csv", "results.csv", "rows.csv", "set_aside.csv"):
        for sha256 in sorted({row["sha256"] for row in _rows(members, name)} - known - {""}):
            yield f"{name} quotes the file with sha256 {sha256}, which inputs.csv does not list."


def _few(sentences: Iterator[str]) -> Iterator[str]:
    told = list(sentences)
    yield from told[:MOST_TOLD]
    if len(told) > MOST_TOLD:
        yield f"And {len(told) - MOST_TOLD:,} more of that kind."


def _rows(members: Mapping[str, bytes], name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.TextIOWrapper(io.BytesIO(members[name]), encoding="utf-8", newline=""))
