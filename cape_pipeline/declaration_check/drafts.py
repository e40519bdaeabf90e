"""The drafts of a run as the bytes that are written, refused as a whole where one of them breaks a rule.

Belongs here: the one form in which this project writes a declaration, and the check before it is written. Does not
belong here: which entries are on a draft (`refunds.declaration_entries`), and writing (`outputs.py`).
"""

from collections.abc import Iterable, Sequence

import duckdb

from cape_pipeline.declaration_check.checking import Finding, check_declaration, check_declarations
from cape_pipeline.declaration_check.received import HEADER, received_text
from cape_pipeline.declaration_check.rules import (
    ENTRY_RULES,
    FILE,
    RULES_OF_SUBMITTER,
    as_rules,
)
from cape_pipeline.filing import Submitter
from cape_pipeline.settings import LINE_ENDINGS
from cape_pipeline.summary import rows_of

#: Broken by the line end that is the default here, because the template of CBP saves it.
CHOSEN = "VAL-F-04"
DRAFTS = """
select declarations.file_name, declarations.submitter_type, declarations.submitter_id,
    list(entries.entry_number order by entries.row_number) as entry_numbers
from refunds.declarations as declarations
join refunds.declaration_entries as entries
    on declarations.declaration_id = entries.declaration_id
where declarations.status = 'drafted'
group by declarations.file_name, declarations.submitter_type, declarations.submitter_id
order by declarations.file_name
"""
RULES = """
select rule_id, title, severity, cbp_message, what_to_do, source, withdrawn_date
from registry.validation_rules
"""
#: What holds over all drafts together: no entry on two of them, and none that CBP refuses.
RULES_OF_ALL_DRAFTS = frozenset({"VAL-F-13", *ENTRY_RULES})


class UnusableDraft(Exception):
    """A draft breaks a rule, so no draft is written; the sentence names file, row and rule."""


def declaration_bytes(entry_numbers: Iterable[str], line_ending: str) -> bytes:
    """A declaration file: plain ASCII, the header, one entry number a line, each line ended.

    Args:
        entry_numbers: eleven upper-case characters each, in the order of the rows.
        line_ending: `crlf` or `lf`.
    """
    end = LINE_ENDINGS[line_ending]
    return "".join(f"{line}{end}" for line in (HEADER, *entry_numbers)).encode("ascii")


def checked_drafts(con: duckdb.DuckDBPyConnection, line_ending: str) -> dict[str, bytes]:
    """Every drafted declaration by file name, in order of name, after all of them passed the validation rules.

    Each file is judged by the rules of the file and of its submitter, all of them together by the rules of entries.

    Args:
        con: the warehouse, with the loader's macros.
        line_ending: `crlf` or `lf`.

    Raises:
        UnusableDraft: a draft breaks a rule, or there is no rule to judge it by.
    """
    drafted = con.execute(DRAFTS).fetchall()
    if not drafted:
        return {}
    rules = as_rules(rows_of(con, RULES))
    if not rules:
        raise UnusableDraft("registry.validation_rules is empty, so no draft can be checked: run everything")
    of_file = {
        rule_id: rule
        for rule_id, rule in rules.items()
        if (rule.family == FILE and rule_id != CHOSEN) or rule_id in RULES_OF_SUBMITTER
    }
    drafts = {name: declaration_bytes(entry_numbers, line_ending) for name, *_, entry_numbers in drafted}
    files = [
        (
            received_text(name, drafts[name]),
            Submitter(submitter_type, submitter_id) if submitter_type and submitter_id else None,
        )
        for name, submitter_type, submitter_id, _ in drafted
    ]
    checked = check_declarations(con, files, of_file, has_warehouse=True)
    for name, found_in_file in zip(drafts, checked, strict=True):
        _refuse(name, found_in_file.findings)
    of_all = {rule_id: rule for rule_id, rule in rules.items() if rule_id in RULES_OF_ALL_DRAFTS}
    everything = declaration_bytes((number for *_, entry_numbers in drafted for number in entry_numbers), line_ending)
    together = check_declaration(con, received_text("all drafts.csv", everything), of_all, has_warehouse=True)
    _refuse("all drafts as one", together.rejects)
    return drafts


def _refuse(name: str, findings: Sequence[Finding]) -> None:
    if findings:
        more = f" and {len(findings) - 1:,} more" if len(findings) > 1 else ""
        raise UnusableDraft(f"{name}: no draft was written, because {findings[0].sentence}{more}")
