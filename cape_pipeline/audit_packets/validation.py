"""The validation rules of a declaration as a table of its packet: each rule, and whether it was met.

Belongs here: which rules can be asked of a draft and of a file that was uploaded, and saying why another was not. Does
not belong here: any rule (`declaration_check/`, `registry_seeds/validation_rules.csv`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from cape_pipeline.audit_packets.declaration_file import DeclarationFile
from cape_pipeline.audit_packets.members import Member
from cape_pipeline.declaration_check.checking import Finding, check_declarations
from cape_pipeline.declaration_check.received import Received, received_text
from cape_pipeline.declaration_check.rules import FILE, RULES_OF_SUBMITTER, ValidationRule
from cape_pipeline.filing import Submitter

Row = dict[str, Any]
SCHEMA = {
    "declaration_id": "VARCHAR",
    "rule_id": "VARCHAR",
    "outcome": "VARCHAR",
    "severity": "VARCHAR",
    "title": "VARCHAR",
    "row_number": "INTEGER",
    "found": "VARCHAR",
    "finding": "VARCHAR",
    "what_to_do": "VARCHAR",
    "source": "VARCHAR",
}
VALIDATION_CSV = Member(
    "validation.csv",
    "Validation rules of the declaration file",
    """
select findings.declaration_id, findings.rule_id, findings.outcome, findings.severity, findings.title,
    findings.row_number, findings.found, findings.finding, findings.what_to_do, findings.source,
    sources.title as source_title, sources.address as source_address
from packet_findings as findings
left join registry.sources as sources on findings.source = sources.source
""",
    "outcome in ('pass', 'not_judged'), rule_id, row_number, finding, found",
    ("registry.validation_rules",),
    {
        "outcome": "pass, reject, warn, or not_judged: the rule was not asked of this file, finding says why",
        "row_number": "Row of declaration.csv that breaks the rule",
        "found": "What stands there",
        "finding": "What is the matter, or why the rule was not asked",
        "source_title": "Title of the document behind it",
        "source_address": "Where the document can be read",
    },
    ("rule_id", "outcome", "title", "row_number", "found", "finding"),
)
NO_FILE = "the bytes of the file are not known"
NO_SUBMITTER = "it is not known who uploads the file"
BEFORE_FILING = "asked of a draft on the day it is drafted; this declaration was filed"


def validation_rows(
    con: duckdb.DuckDBPyConnection,
    ledger: Sequence[Mapping[str, Any]],
    files: Mapping[str, DeclarationFile],
    rules: Mapping[str, ValidationRule],
) -> list[Row]:
    """For each declaration a row for each rule that is met or was not asked, and for each finding of one broken.

    A draft is asked every rule. Of an uploaded file only what its bytes tell is asked: the rules of entries look at the
    day, and the day of its upload is past. Declarations that are asked the same rules are asked together.

    Args:
        con: the warehouse, with the loader's macros.
        ledger: rows of refunds.declarations.
        files: by declaration_id.
        rules: by id.
    """
    alike: dict[tuple[bool, tuple[tuple[str, str], ...]], list[Mapping[str, Any]]] = defaultdict(list)
    for declaration in ledger:
        is_draft, file = declaration["status"] == "drafted", files[declaration["declaration_id"]]
        reasons = {
            rule_id: _why_not(rule, file, _submitter(declaration), is_draft=is_draft) for rule_id, rule in rules.items()
        }
        unasked = tuple((rule_id, reason) for rule_id, reason in reasons.items() if reason)
        alike[is_draft, unasked].append(declaration)
    found = {}
    for (is_draft, unasked), declarations in alike.items():
        asked = {rule_id: rule for rule_id, rule in rules.items() if rule_id not in dict(unasked)}
        received = [
            (_received(declaration, files[declaration["declaration_id"]]), _submitter(declaration))
            for declaration in declarations
        ]
        checked = check_declarations(con, received, asked, has_warehouse=is_draft) if asked else None
        for at, declaration in enumerate(declarations):
            findings = checked[at].findings if checked else ()
            found[declaration["declaration_id"]] = _rows_of(declaration, findings, dict(unasked), rules)
    return [row for declaration in ledger for row in found[declaration["declaration_id"]]]


def _received(declaration: Mapping[str, Any], file: DeclarationFile) -> Received:
    return received_text(declaration["file_name"] or "declaration.csv", file.content)


def _submitter(declaration: Mapping[str, Any]) -> Submitter | None:
    if declaration["submitter_type"] and declaration["submitter_id"]:
        return Submitter(declaration["submitter_type"], declaration["submitter_id"])
    return None


def _rows_of(
    declaration: Mapping[str, Any],
    findings: Sequence[Finding],
    unasked: Mapping[str, str],
    rules: Mapping[str, ValidationRule],
) -> list[Row]:
    broken = {finding.rule.rule_id for finding in findings}
    rows = [_row(declaration, finding.rule, finding.rule.severity) for finding in findings]
    for row, finding in zip(rows, findings, strict=True):
        row |= {"row_number": finding.row_number, "found": finding.found, "finding": finding.detail}
    for rule_id, rule in rules.items():
        if rule_id in unasked:
            rows.append(_row(declaration, rule, "not_judged") | {"finding": unasked[rule_id]})
        elif rule_id not in broken:
            rows.append(_row(declaration, rule, "pass"))
    return rows


def _why_not(rule: ValidationRule, file: DeclarationFile, submitter: Submitter | None, *, is_draft: bool) -> str | None:
    if not file.is_the_file:
        return NO_FILE
    if not is_draft and rule.family != FILE:
        return BEFORE_FILING
    if submitter is None and rule.rule_id in RULES_OF_SUBMITTER:
        return NO_SUBMITTER
    return None


def _row(declaration: Mapping[str, Any], rule: ValidationRule, outcome: str) -> Row:
    return {
        "declaration_id": declaration["declaration_id"],
        "rule_id": rule.rule_id,
        "outcome": outcome,
        "severity": rule.severity,
        "title": rule.title,
        "row_number": None,
        "found": None,
        "finding": None,
        "what_to_do": rule.what_to_do,
        "source": rule.source,
    }
