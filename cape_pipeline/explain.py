"""`cape explain`: everything the warehouse knows of one entry summary, from received rows to payment.

Belongs here: which tables tell the story, and in which order. Does not belong here: any figure.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import Settings
from cape_pipeline.summary import Rows, open_snapshot, rows_of

#: Section of the explanation and the table it comes from, in the order of the story.
BY_ENTRY = (
    ("received_rows", "lines.classified_lines"),
    ("quarantined_rows", "ace.quarantine"),
    ("baseline", "lines.entry_baselines"),
    ("versions", "ace.entry_versions"),
    ("lines", "lines.duty_splits"),
    ("eligibility", "entries.eligibility"),
    ("findings", "entries.eligibility_findings"),
    ("deadlines", "entries.deadlines"),
    ("interest", "refunds.interest_accruals"),
    ("interest_segments", "refunds.interest_segments"),
    ("declarations", "refunds.declaration_entries"),
    ("batch_entries", "refunds.batch_entries"),
    ("refunds", "payments.entry_refunds"),
    ("alerts", "payments.alerts"),
)
LONGEST_SHOWN = 6  # an unrounded amount is shown with six decimals; --json has them all
BATCHES = "select {columns} from refunds.refund_batches where list_contains($keys, batch_id)"
RECONCILIATION = "select {columns} from payments.rev603_reconciliation where list_contains($keys, refund_number)"
LOADS = "select {columns} from ace.loads where list_contains($keys, load_id)"
SOURCES = "select {columns} from registry.sources where list_contains($keys, source)"


class NoSuchEntry(Exception):
    """The warehouse knows no such entry summary."""


def explain_entry(settings: Settings, entry: str) -> dict[str, Any]:
    """Every row about one entry summary, by section; amounts and dates as DuckDB gives them.

    Raises:
        SnapshotUnusable: there is no snapshot beside the warehouse.
        NoSuchEntry: no report names the entry.
    """
    number = re.sub(r"[^A-Z0-9]", "", entry.upper())
    with open_snapshot(_snapshot_of(settings)) as con:
        told: dict[str, Any] = {"entry_number": number}
        for section, table_id in BY_ENTRY:
            told[section] = _rows(con, table_id, number)
        if not told["eligibility"] and not told["quarantined_rows"]:
            (day,) = rows_of(con, "select as_of_date from registry.as_of")
            raise NoSuchEntry(f"no report in {_snapshot_of(settings)} names entry {number} (as of {day['as_of_date']})")
        told["batches"] = _of(con, BATCHES, "refunds.refund_batches", told["batch_entries"], "batch_id")
        told["reconciliation"] = _of(
            con, RECONCILIATION, "payments.rev603_reconciliation", told["refunds"], "refund_number"
        )
        told["files"] = _of(
            con, LOADS, "ace.loads", told["received_rows"] + told["quarantined_rows"] + told["refunds"], "load_id"
        )
        told["sources"] = _of(
            con,
            SOURCES,
            "registry.sources",
            told["findings"] + [{"source": row["rule_source"]} for row in told["received_rows"]],
            "source",
        )
    return told


def _snapshot_of(settings: Settings) -> Path:
    is_snapshot = settings.warehouse.stem.endswith("_analyst")
    return settings.warehouse if is_snapshot else settings.snapshot


def _rows(con: duckdb.DuckDBPyConnection, table_id: str, number: str) -> Rows:
    contract = CONTRACTS[table_id]
    columns, grain = ", ".join(contract.column_names()), ", ".join(contract.grain)
    return rows_of(
        con, f"select {columns} from {table_id} where entry_number = $number order by {grain}", {"number": number}
    )


def _of(con: duckdb.DuckDBPyConnection, query: str, table_id: str, rows: Rows, key: str) -> Rows:
    keys = sorted({row[key] for row in rows if row.get(key)})
    columns = ", ".join(CONTRACTS[table_id].column_names())
    return rows_of(con, query.format(columns=columns) + " order by all", {"keys": keys}) if keys else []


def print_explanation(console: Console, told: dict[str, Any]) -> None:
    """Print the story of the entry for people."""
    console.print(f"\nEntry {told['entry_number']}", style="bold", highlight=False)
    for answer in told["eligibility"]:
        console.print(
            f"As of {answer['as_of_date']}: {answer['cape_status']} / {answer['recommended_path']}"
            f" ({answer['path_reason']}). Principal {answer['refund_principal_usd']}"
            f" to {answer['refund_principal_high_usd']}, refunded {answer['refunded_principal_usd']}.",
            highlight=False,
        )
    files = {row["load_id"]: row["file_name"] for row in told["files"]}
    _print(
        console,
        "Tariff rows as filed",
        [{**row, "file": files.get(row["load_id"])} for row in told["received_rows"]],
        "line_number tariff_ordinal heading duty_bucket goods_value_usd duty_usd registry_rate expected_duty_usd"
        " anomaly_codes rule_source source_row file",
    )
    _print(
        console,
        "Rows that could not be used",
        [{**row, "file": files.get(row["load_id"])} for row in told["quarantined_rows"]],
        "file source_row column_name reason_code raw_value",
    )
    _print(
        console,
        "Split of each line",
        told["lines"],
        "line_number paid_duty_usd ieepa_low_usd ieepa_high_usd section_232_usd section_301_usd column_1_usd"
        " other_chapter99_usd split_basis rests_on_assumption",
    )
    _print(
        console,
        "Rules that do not pass",
        [row for row in told["findings"] if row["outcome"] != "pass"],
        "rule_id outcome message source",
    )
    _print(
        console,
        "Clocks",
        told["deadlines"],
        "liquidation_date cape_deadline_date reliquidation_deadline_date protest_deadline_date",
    )
    _print(
        console,
        "Interest",
        told["interest"],
        "principal_usd deposit_date deposit_date_basis accrual_end_date accrual_end_basis rate_class accrual_days"
        " interest_usd interest_unknown_reason",
    )
    _print(
        console,
        "Interest by quarter (unrounded)",
        told["interest_segments"],
        "quarter_start days annual_rate opening_usd interest_usd closing_usd",
    )
    _print(
        console,
        "Payment batch",
        told["batches"],
        "payee_number liquidation_date liquidation_basis entry_count total_usd payment_from_date payment_to_date",
    )
    _print(
        console,
        "Refunds",
        told["refunds"],
        "refund_number claim_number expected_principal_usd cbp_principal_usd expected_interest_usd cbp_interest_usd"
        " cause",
    )
    _print(
        console,
        "Payments these refunds came in",
        told["reconciliation"],
        "refund_number match_status rev603_usd deposited_usd unexplained_usd trace_number next_action",
    )
    _print(console, "Alerts", told["alerts"], "alert_code since_date due_date message next_action")
    _print(console, "Sources", told["sources"], "source title reference document_date")


def _print(console: Console, title: str, rows: Rows, columns: str) -> None:
    if not rows:
        return
    names = [name for name in columns.split() if any(row[name] not in (None, []) for row in rows)]
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in names))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if isinstance(value, Decimal) and value != round(value, LONGEST_SHOWN):
        return f"{value:,.6f}"
    return str(value)
