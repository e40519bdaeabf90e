"""The validation rules of a declaration as a table of its packet: each rule, and whether it was met.

Belongs here: which rules can be asked of a draft and of a file that was uploaded, and saying why another was not. Does
not belong here: any rule (`declaration_check/`, `registry_seeds/validation_rules.csv`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from cape_pipeline.audit_packets.declaration_file import DeclarationFile
from cape_pipeline.audit_packets.members import Member
from cape_pipeline.declaration_check.checking import check_declaration
from cape_pipeline.declaration_check.received import received_text
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
    declaration: Mapping[str, Any],
    file: DeclarationFile,
    rules: Mapping[str, ValidationRule],
) -> list[Row]:
    """One row for each rule that is met or was not asked, and one for each finding of a rule that is broken.

    A draft is asked every rule. Of an uploaded file only what its bytes tell is asked: the rules of entries look at the
    day, and the day of its upload is past.

    Args:
        con: the warehouse, with the loader's macros.
        declaration: a row of refunds.declarations.
        file: its file.
        rules: by id.
    """
    is_draft = declaration["status"] == "drafted"
    submitter = None
    if declaration["submitter_type"] and declaration["submitter_id"]:
        submitter = Submitter(declaration["submitter_type"], declaration["submitter_id"])
    unasked = {
        rule_id: reason
        for rule_id, rule in rules.items()
        if (reason := _why_not(rule, file, submitter, is_draft=is_draft))
    }
    asked = {rule_id: rule for rule_id, rule in rules.items() if rule_id not in unasked}
    findings = (
        check_declaration(
            con,
            received_text(declaration["file_name"] or "declaration.csv", file.content),
            asked,
            submitter,
            has_warehouse=is_draft,
        ).findings
        if asked
        else ()
    )
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
