"""The picture of the asset graph in README.md: the main tables and how data flows between them, in Mermaid.

Belongs here: which tables are shown, and drawing what the contracts and SELECTs say of them. Does not belong here: the
whole graph, which the Dagster UI shows, and any edge written by hand.

`python -m cape_pipeline.contracts.picture` puts the picture into README.md anew.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cape_pipeline.contracts import SCHEMAS
from cape_pipeline.contracts.dictionary import upstream_of
from cape_pipeline.settings import project_files

#: The tables a newcomer should know; the others stand between or beside them.
MAIN_TABLES = (
    "registry.ieepa_headings",
    "registry.interest_rates",
    "ace.es003_tariff_lines",
    "ace.cape_claim_details",
    "ace.es022_entries",
    "ace.rev603_refunds",
    "ace.bank_deposits",
    "lines.entry_baselines",
    "lines.classified_lines",
    "lines.duty_splits",
    "entries.eligibility_decisions",
    "refunds.declarations",
    "refunds.interest_accruals",
    "refunds.refund_batches",
    "payments.rev603_reconciliation",
    "payments.alerts",
    "reports.position",
    "reports.deadline_calendar",
)
BLOCK = re.compile(r"(?sm)^```mermaid\n.*?^```$")

Edge = tuple[str, str]


def flows_between(tables: Sequence[str]) -> list[Edge]:
    """The flows between some tables, through whatever stands between them, without those that others already tell.

    Args:
        tables: table ids that have contracts.

    Returns:
        Pairs of table ids, from and to, in the order of the tables.
    """
    order = {table_id: number for number, table_id in enumerate(tables)}
    before = {table_id: _next_before(table_id, order) for table_id in tables}
    behind: dict[str, set[str]] = {}
    for table_id in _in_order_of_flow(tables, before):
        behind[table_id] = before[table_id].union(*(behind[other] for other in before[table_id]))
    edges = [
        (upstream, table_id)
        for table_id, upstreams in before.items()
        for upstream in upstreams
        if not any(upstream in behind[other] for other in upstreams)
    ]
    return sorted(edges, key=lambda edge: (order[edge[0]], order[edge[1]]))


def _next_before(table_id: str, shown: dict[str, int]) -> set[str]:
    """The shown tables that data comes from with no other shown table on the way."""
    found: set[str] = set()
    seen: set[str] = set()
    asked = list(upstream_of(table_id))
    while asked:
        upstream = asked.pop()
        if upstream in shown:
            found.add(upstream)
        elif upstream not in seen:
            seen.add(upstream)
            asked.extend(upstream_of(upstream))
    return found


def _in_order_of_flow(tables: Sequence[str], before: dict[str, set[str]]) -> Iterator[str]:
    told: set[str] = set()
    while len(told) < len(tables):
        for table_id in tables:
            if table_id not in told and before[table_id] <= told:
                told.add(table_id)
                yield table_id


def picture() -> str:
    """The text of the Mermaid block: one box a schema, received files on one side, what is written on the other."""
    edges = flows_between(MAIN_TABLES)
    ends = [table_id for table_id in MAIN_TABLES if table_id not in {upstream for upstream, _ in edges}]
    lines = ["flowchart LR", '    exports[/"ACE exports, bank credits"/] --> ace']
    lines.append('    seeds[/"registry_seeds/: law as data"/] --> registry')
    for schema in SCHEMAS:
        lines += [f"    subgraph {schema}", *_boxes(schema), "    end"]
    lines += [f"    {upstream} --> {table_id}" for upstream, table_id in edges]
    lines.append(f'    {" & ".join(ends)} --> written[/"out/ and cape_analyst.duckdb"/]')
    return "\n".join(lines) + "\n"


def _boxes(schema: str) -> list[str]:
    return [
        f'        {table_id}["{table_id.split(".")[1]}"]'
        for table_id in MAIN_TABLES
        if table_id.startswith(f"{schema}.")
    ]


def with_picture(readme: str) -> str:
    """The text of README.md with the picture as it is now.

    Raises:
        ValueError: it has not exactly one Mermaid block.
    """
    if len(BLOCK.findall(readme)) != 1:
        raise ValueError("README.md holds exactly one block of Mermaid")
    return BLOCK.sub(lambda _: f"```mermaid\n{picture()}```", readme)


def _readme() -> Path:
    return project_files("sql").parent / "README.md"


if __name__ == "__main__":
    _readme().write_text(with_picture(_readme().read_text(encoding="utf-8")), encoding="utf-8")
