"""What `cape check` says of an audit packet, to people and to machines.

Belongs here: reading the file and the words around what was found. Does not belong here: any judgement
(`verifying.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cape_pipeline.audit_packets.readme import plain
from cape_pipeline.audit_packets.verifying import findings, read_manifest
from cape_pipeline.audit_packets.zip_file import MOST_BYTES, UnusablePacket, unzip
from cape_pipeline.layout import shown

SUFFIX = ".zip"
FITS, DIFFERS = 0, 1


@dataclass(frozen=True, slots=True)
class PacketVerdict:
    """One packet, its manifest, and what does not fit in it."""

    path: Path
    manifest: Mapping[str, Any]
    findings: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return DIFFERS if self.findings else FITS

    @property
    def sentence(self) -> str:
        """Whether it can be relied on."""
        if self.findings:
            return "This packet is not as it was written, or its files disagree: do not rely on it"
        return "Every byte is as the packet was closed with, and its files agree"


def check_packet(path: Path) -> PacketVerdict:
    """Look at one packet; nothing is extracted and nothing written.

    Raises:
        UnusablePacket: it cannot be read, or is no audit packet; the sentence says so without the file's name.
    """
    try:
        if path.is_dir():
            raise UnusablePacket("it is a folder")
        if path.exists() and not path.is_file():
            raise UnusablePacket("it is a pipe or a device, not a file")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnusablePacket(f"it has {size >> 20:,} MB, and no packet has more than {MOST_BYTES >> 20:,}")
        content = path.read_bytes()
    except OSError as error:
        raise UnusablePacket(f"it cannot be read ({error.strerror})") from error
    return PacketVerdict(path, read_manifest(unzip(content)), tuple(findings(content)))


def packet_json(verdict: PacketVerdict) -> dict[str, Any]:
    """One packet as plain data, with every finding."""
    return {
        "file": str(verdict.path),
        "verdict": "differs" if verdict.findings else "fits",
        "sentence": verdict.sentence,
        "report_title": "Audit packet of a CAPE declaration",
        "declaration_id": verdict.manifest.get("declaration_id"),
        "as_of_date": verdict.manifest.get("as_of_date"),
        "registry_version": verdict.manifest.get("registry_version"),
        "code_version": verdict.manifest.get("code_version"),
        "findings": list(verdict.findings),
    }


def print_packet(console: Console, verdict: PacketVerdict) -> None:
    """One packet: what it is, what does not fit, and whether to rely on it."""
    console.print(shown(str(verdict.path)), style="bold", soft_wrap=True)
    told = verdict.manifest
    totals = told["totals"] if isinstance(told.get("totals"), dict) else {}
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    facts.add_row("  file", Text("audit packet of a CAPE declaration"))
    facts.add_row("  declaration", Text(plain(told.get("declaration_id"))))
    facts.add_row("  as of", Text(plain(told.get("as_of_date"))))
    facts.add_row("  entries", Text(plain(totals.get("entry_count"))))
    facts.add_row("  principal", Text(plain(totals.get("refund_principal_usd") or "unknown")))
    facts.add_row("  registry", Text(plain(told.get("registry_version"))))
    facts.add_row("  code", Text(plain(told.get("code_version"))))
    console.print(facts)
    for sentence in verdict.findings:
        console.print(Text(f"  {plain(sentence)}"))
    console.print(Text(f"\n{verdict.sentence}."))
