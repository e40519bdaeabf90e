"""`cape explain`: everything the warehouse knows of one entry summary, from received rows to payment.

Belongs here: which tables tell the story, and in which order. Does not belong here: any figure, and how the story is
printed (`explanation.py`).
"""

import re
from collections.abc import Iterable
from typing import Any

import duckdb

from cape_pipeline.ace.entry_number import doubt_about
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import Settings
from cape_pipeline.summary import Rows, SnapshotUnusable, open_snapshot, rows_of, snapshot_of

#: Section of the explanation and the table it comes from, in the order of the story.
BY_ENTRY = (
    ("received_rows", "lines.classified_lines"),
    ("contributions", "lines.row_contributions"),
    ("broker_lines", "ace.current_broker_lines"),
    ("quarantined_rows", "ace.quarantine"),
    ("baseline", "lines.entry_baselines"),
    ("versions", "ace.entry_versions"),
    ("lines", "lines.duty_splits"),
    ("eligibility", "entries.eligibility"),
    ("findings", "entries.eligibility_findings"),
    ("deadlines", "entries.deadlines"),
    ("interest", "refunds.interest_accruals"),
    ("interest_segments", "refunds.interest_segments"),
    ("late_interest", "refunds.late_interest"),
    ("filing", "refunds.filing_candidates"),
    ("declarations", "refunds.declaration_entries"),
    ("resubmission", "refunds.resubmissions"),
    ("batch_entries", "refunds.batch_entries"),
    ("refunds", "payments.entry_refunds"),
    ("alerts", "payments.alerts"),
)
#: Sections whose rows tell the file they came in.
FROM_FILES = ("received_rows", "broker_lines", "quarantined_rows", "refunds")
BATCHES = "select {columns} from refunds.refund_batches where list_contains($keys, batch_id)"
RECONCILIATION = "select {columns} from payments.rev603_reconciliation where list_contains($keys, refund_number)"
LOADS = "select {columns} from ace.loads where list_contains($keys, load_id)"
SOURCES = "select {columns} from registry.sources where list_contains($keys, source)"
ANOMALIES = """
select {columns} from registry.anomaly_codes where list_contains($keys, anomaly_code) and withdrawn_date is null
"""
ASSUMPTIONS = """
select {columns} from registry.assumptions where list_contains($keys, assumption_id) and withdrawn_date is null
"""


class NoSuchEntry(Exception):
    """The warehouse knows no such entry summary."""


def explain_entry(settings: Settings, entry: str) -> dict[str, Any]:
    """Every row about one entry summary, by section; amounts and dates as DuckDB gives them.

    Raises:
        SnapshotUnusable: there is no snapshot beside the warehouse, or another release wrote it.
        NoSuchEntry: no report names the entry.
    """
    number = re.sub(r"[^A-Z0-9]", "", entry.upper())
    with open_snapshot(snapshot_of(settings)) as con:
        try:
            return _told(con, number, settings)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise SnapshotUnusable(
                f"{snapshot_of(settings)} lacks a table or column of this release; bring it up to date with cape run"
                f" ({str(error).splitlines()[0]})"
            ) from error


def _told(con: duckdb.DuckDBPyConnection, number: str, settings: Settings) -> dict[str, Any]:
    told: dict[str, Any] = {"entry_number": number}
    for section, table_id in BY_ENTRY:
        told[section] = _rows(con, table_id, number)
    if not told["eligibility"] and not told["quarantined_rows"]:
        (day,) = rows_of(con, "select as_of_date from registry.as_of")
        doubt = doubt_about(number)
        raise NoSuchEntry(
            f"no report in {snapshot_of(settings)} names entry {number} (as of {day['as_of_date']})"
            + (f"; {doubt}" if doubt else "")
        )
    told["batches"] = _of(con, BATCHES, "refunds.refund_batches", told["batch_entries"], "batch_id")
    told["reconciliation"] = _of(
        con, RECONCILIATION, "payments.rev603_reconciliation", told["refunds"], "refund_number"
    )
    from_files = [
        {"load_id": row.get("load_id") or row.get("source_load_id")} for section in FROM_FILES for row in told[section]
    ]
    told["files"] = _of(con, LOADS, "ace.loads", from_files, "load_id")
    (readings,) = rows_of(con, "select other_than_default from registry.policies_in_force") or [{}]
    told["other_readings"] = readings.get("other_than_default", [])
    told["anomalies"] = _of(con, ANOMALIES, "registry.anomaly_codes", _codes(told), "anomaly_code")
    told["assumptions"] = _of(
        con,
        ASSUMPTIONS,
        "registry.assumptions",
        [{"assumption_id": row["rests_on_assumption"]} for row in told["lines"]],
        "assumption_id",
    )
    told["sources"] = _of(
        con,
        SOURCES,
        "registry.sources",
        told["findings"] + [{"source": row["rule_source"]} for row in told["contributions"]],
        "source",
    )
    return told


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


def _codes(told: dict[str, Rows]) -> Rows:
    rows: Iterable[dict[str, Any]] = [*told["contributions"], *told["lines"]]
    return [{"anomaly_code": code} for row in rows for code in row["anomaly_codes"]]
