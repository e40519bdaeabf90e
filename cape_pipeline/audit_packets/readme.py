"""README.txt of a packet: what it is, what it holds, how to compute it again, and what it is not.

Belongs here: the words. Does not belong here: any figure; all of them are given.
"""

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cape_pipeline.audit_packets.declaration_file import IN_WORDS, DeclarationFile

WIDTH = 96
#: What each kind of reliance on a fact of the user's means, in the order in which it is told.
RELIANCES = {
    "eligibility": "whether CAPE takes the entry",
    "filing": "whether the entry may be drafted",
    "principal": "the principal itself",
    "interest": "interest",
    "payee": "who is paid",
    "deadline": "a deadline",
    "forecast": "the baseline, and when payment is expected",
}
NOT_KNOWN = "not known"


def money(amount: Decimal | None) -> str:
    """An amount for people; what is unknown is never a zero."""
    return "unknown" if amount is None else f"{amount:,.2f}"


def plain(text: object) -> str:
    """A text of the data in one line, without signs that steer a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(text)).split())


def amounts(totals: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The amounts of a declaration as label and text; what is unknown is counted beside the sum it is not in."""
    unknown, interest_unknown = totals["principal_unknown_count"], totals["interest_unknown_count"]
    refunded_unknown = totals["refunded_unknown_count"]
    without = f" (of {unknown:,} entries unknown and in no sum)" if unknown else ""
    beside = f" (of {interest_unknown:,} entries unknown and in no sum)" if interest_unknown else ""
    return [
        ("Certain principal", money(totals["refund_principal_usd"]) + without),
        ("Principal at the high end", money(totals["refund_principal_high_usd"]) + without),
        ("Of it resting on an assumption", money(totals["rests_on_assumption_usd"])),
        ("Interest on the certain principal", money(totals["interest_usd"]) + beside),
        ("Principal CBP reports as refunded", _reported(totals["refunded_principal_usd"], refunded_unknown)),
        ("Interest CBP reports as refunded", _reported(totals["refunded_interest_usd"], refunded_unknown)),
        ("Certain principal still open", money(totals["open_principal_usd"]) + without),
    ]


def identity(
    declaration: Mapping[str, Any], totals: Mapping[str, Any], manifest: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Whose declaration it is and where it stands, as label and text."""
    return [
        ("Declaration", plain(declaration["declaration_id"])),
        ("CAPE claim number", plain(declaration["claim_number"] or "none yet")),
        ("Status as of the day", plain(declaration["status"].replace("_", " "))),
        ("Status as CBP shows it", plain(declaration["cbp_status"] or NOT_KNOWN)),
        ("Importer of record", _joined(totals["importers"])),
        ("Filer", _joined(totals["filer_codes"])),
        ("Submitted by", _submitter(declaration)),
        ("File name", plain(declaration["file_name"] or NOT_KNOWN)),
        ("sha256 of the file", declaration["file_sha256"] or NOT_KNOWN),
        ("Drafted for", str(declaration["drafted_at"] or "no draft of this run")),
        ("Filed", str(declaration["filed_date"] or ("no" if declaration["status"] == "drafted" else NOT_KNOWN))),
        ("Accepted", str(declaration["accepted_date"] or "no day known")),
        ("As of", str(manifest["as_of_date"])),
        ("Entries", f"{totals['entry_count']:,}"),
    ]


def readme_text(
    declaration: Mapping[str, Any],
    totals: Mapping[str, Any],
    manifest: Mapping[str, Any],
    file: DeclarationFile,
    contents: Sequence[tuple[str, str]],
    packet_name: str,
) -> bytes:
    """The whole README.

    Args:
        declaration: a row of refunds.declarations.
        totals: sums over its entries, what rests on facts of the user's, and files whose raw input is not retained.
        manifest: as_of_date, registry_version, code_version and other_readings are told.
        file: the declaration file.
        contents: name and title of every member.
        packet_name: the file name of the packet.
    """
    parts = [
        f"AUDIT PACKET of declaration {plain(declaration['declaration_id'])}",
        "",
        "What stands behind this CAPE declaration as of the day below: the filed rows it is made of, the rules,"
        " readings and facts that were applied, what CBP answered, and the received files all of it was read from."
        " Rows are quoted with file, row and sha256; received files are not copied into the packet. Records behind an"
        " entry are to be kept for five years (19 CFR 163.4).",
        "",
        *_table(identity(declaration, totals, manifest)),
        "",
        "AMOUNTS in US dollars",
        *_table(amounts(totals)),
        "",
        "WHAT RESTS ON THE USER'S WORD (facts.csv; an amount stands under everything that rests on it)",
        *_reliance(totals["reliance"]),
        "",
        "FILES",
        *_table(contents),
        "",
        f"declaration.csv is {IN_WORDS[file.state]}.",
        "An empty cell is unknown or does not apply, never zero. A text that a spreadsheet would execute begins with an"
        " apostrophe that is not part of it. columns.csv tells the meaning of every column.",
        "",
        "WHAT IS NOT RETAINED",
        *_not_retained(totals["not_retained"], totals["retention_unknown"]),
        "",
        "TO COMPUTE IT AGAIN",
        *_commands(manifest, totals, packet_name),
        f"Registry version {manifest['registry_version'] or NOT_KNOWN}, code version {manifest['code_version']}."
        " The same files, day, readings and versions give the same bytes. One step by hand: ieepa_low_usd of an"
        " entry's rows in rows.csv add up to its ieepa_low_usd in entries.csv; less prior_refund_usd that is"
        " refund_principal_usd, or nothing where duty_deposited is false. The walk of the interest is in interest.csv,"
        " by the readings in policies.csv whose policy_point begins with interest_.",
        "",
        "WHAT IT IS NOT",
        "This packet is no legal advice. Codes of rules, statuses and paths (DRAWBACK, VAL-F-01, file_cape and the"
        " like) are this project's own and not CBP's; CBP's words are in claim_entry_status, error_description and"
        " cbp_status."
        " The hash inside the packet shows a byte that was changed by accident; it is no signature. The sha256 of the"
        " whole packet stands in manifest.csv of the run that wrote it: keep that apart.",
    ]
    return "".join(f"{line}\r\n" for part in parts for line in _wrapped(part)).encode()


def _wrapped(part: str) -> list[str]:
    return [part] if part.startswith("  ") else textwrap.wrap(part, WIDTH) or [""]


def _table(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max((len(label) for label, _ in pairs), default=0)
    for label, told in pairs:
        first, *further = textwrap.wrap(told, WIDTH, break_long_words=False) or [""]
        yield f"  {label:<{width}}  {first}"
        for line in further:
            yield f"  {'':<{width}}  {line}"


def _reported(amount: Decimal | None, unknown_count: int) -> str:
    """An amount CBP reports; no report of it is not a zero."""
    if unknown_count:
        return f"{money(amount)} (of {unknown_count:,} refunded entries unknown and in no sum)"
    return "none yet" if amount is None else money(amount)


def _joined(told: Sequence[str]) -> str:
    return "; ".join(plain(text) for text in told) if told else NOT_KNOWN


def _submitter(declaration: Mapping[str, Any]) -> str:
    if not declaration["submitter_type"]:
        return NOT_KNOWN
    return f"{declaration['submitter_type']} {plain(declaration['submitter_id'])}"


def _reliance(reliance: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    found = [(words, reliance[use]) for use, words in RELIANCES.items() if use in reliance]
    if not found:
        yield "  nothing: no fact of the user's own files decides anything on these entries"
    for words, told in found:
        entries = f"{told['entry_count']:,} {'entry' if told['entry_count'] == 1 else 'entries'}"
        yield (
            f"  {words}: {entries}, principal {money(told['relying_principal_usd'])},"
            f" interest {money(told['relying_interest_usd'])}"
        )


def _not_retained(not_retained: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    for name in not_retained:
        yield f"  {plain(name)}: raw input not retained"
    for name in unknown:
        yield f"  {plain(name)}: not known whether raw input is retained"
    if not (not_retained or unknown):
        yield "  nothing: every received file of inputs.csv is retained in the archive beside the warehouse"


def _commands(manifest: Mapping[str, Any], totals: Mapping[str, Any], packet_name: str) -> Iterator[str]:
    readings = "".join(f" --policy {shlex.quote(told)}" for told in manifest["other_readings"])
    yield f"  cape check {packet_name}"
    yield f"  cape run --exports FOLDER --as-of {manifest['as_of_date']}{readings}"
    if totals["first_entry_number"]:
        yield f"  cape explain {totals['first_entry_number']}"
    yield "  where FOLDER holds the files of inputs.csv, as they are retained"
