"""What the validation rules found, told to people and to machines.

Belongs here: words, order and layout. Does not belong here: any judgement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cape_pipeline.declaration_check.checking import Checked, Finding
from cape_pipeline.declaration_check.rules import FAMILIES
from cape_pipeline.layout import shown

PASSES, REFUSED = 0, 1
SHOWN = 10
LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class DeclarationVerdict:
    """One declaration file, what was found in it, and why rules were not run, where some were not."""

    path: Path
    checked: Checked
    not_run: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        return REFUSED if self.checked.rejects else PASSES

    @property
    def sentence(self) -> str:
        """What to expect of CBP."""
        rejects, warnings = len(self.checked.rejects), len(self.checked.findings) - len(self.checked.rejects)
        beside = f"; {_count(warnings, 'warning')} beside" if warnings else ""
        if rejects:
            return f"CBP would refuse the file or entries of it: {_count(rejects, 'reason')}{beside}"
        return f"No rule that was run refuses this declaration{beside}"


def declaration_json(verdict: DeclarationVerdict) -> dict[str, Any]:
    """One declaration as plain data, with every finding."""
    return {
        "file": str(verdict.path),
        "verdict": "refused" if verdict.exit_code else "passes",
        "sentence": verdict.sentence,
        "report_title": "CAPE declaration",
        "entry_number_count": verdict.checked.number_count,
        "as_of_date": verdict.checked.as_of,
        "not_run": list(verdict.not_run),
        "findings": [
            {
                "row_number": finding.row_number,
                "rule_id": finding.rule.rule_id,
                "rule_family": FAMILIES[finding.rule.family],
                "severity": finding.rule.severity,
                "found": finding.found,
                "detail": finding.detail,
                "title": finding.rule.title,
                "cbp_message": finding.rule.cbp_message,
                "what_to_do": finding.rule.what_to_do,
                "source": finding.rule.source,
            }
            for finding in verdict.checked.findings
        ],
    }


def print_declaration(console: Console, verdict: DeclarationVerdict) -> None:
    """One declaration: what it is, each broken rule with its rows, and what to expect."""
    console.print(shown(str(verdict.path)), style="bold", soft_wrap=True)
    facts = _grid()
    facts.add_row("  file", Text("CAPE declaration (rules VAL-… are this project's own codes, not CBP's)"))
    facts.add_row("  rows", Text(_count(verdict.checked.number_count, "entry number")))
    if verdict.checked.as_of:
        facts.add_row("  judged", Text(f"as of {verdict.checked.as_of}, by the analysts' snapshot"))
    for sentence in verdict.not_run:
        facts.add_row("  not run", shown(sentence))
    console.print(facts)
    worst_first = sorted(verdict.checked.findings, key=lambda finding: not finding.is_reject)
    for _, found in groupby(worst_first, key=lambda finding: finding.rule.rule_id):
        _print_rule(console, list(found))
    console.print(Text(f"\n{verdict.sentence}."))


def _print_rule(console: Console, findings: list[Finding]) -> None:
    rule = findings[0].rule
    message = f" CBP says: {rule.cbp_message}." if rule.cbp_message else ""
    heading = _grid()
    style = "bold red" if findings[0].is_reject else "bold yellow"
    heading.add_row(Text(f"\n  {rule.severity}", style=style), Text(f"\n{rule.rule_id}  {rule.title}{message}"))
    heading.add_row("", Text(rule.what_to_do, style="dim"))
    console.print(heading)
    rows = _grid()
    for label, told in _rows(findings):
        rows.add_row(f"    {label}", shown(told))
    console.print(rows)


def _rows(findings: list[Finding]) -> Iterator[tuple[str, str]]:
    for finding in findings[:SHOWN]:
        found = "" if finding.found is None else f": {_value(finding.found)}"
        yield f"row {finding.row_number}", f"{finding.detail}{found}"
    if (rest := len(findings) - SHOWN) > 0:
        yield "", f"and {rest:,} more; --json prints all of them"


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _value(text: str) -> str:
    return repr(text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
