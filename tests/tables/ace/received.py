"""Received files and their rows, with only what a test cares about.

Belongs here: short ways to write loads and rows of them. Does not belong here: expectations.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from tests.support.tables import put

ENTRY = "ABC12345676"
#: The columns of which it matters whether the export has them.
STATUS_COLUMNS = (
    "liquidation_status",
    "liquidation_date",
    "reconciliation_indicator",
    "fta_reconciliation_indicator",
    "reconciliation_issue_code",
    "reconciliation_other_due_date",
    "reconciliation_fta_due_date",
    "reconciliation_other_entry_number",
    "reconciliation_fta_entry_number",
    "protest_status",
    "protest_number",
    "control_status",
    "psc_indicator",
    "latest_psc_filed_date",
)


def load_id(number: int) -> str:
    return f"{number:064x}"


def load(
    con: duckdb.DuckDBPyConnection,
    number: int,
    report: str = "ES-003",
    run: date | None = None,
    name: str | None = None,
) -> None:
    """One file received as the `number`-th."""
    file_name = name or f"file_{number}.csv"
    put(
        con,
        "ace.loads",
        load_id=load_id(number),
        load_number=number,
        report_code=report,
        file_name=file_name,
        report_run_date=run,
    )


def readable(
    con: duckdb.DuckDBPyConnection,
    number: int,
    report: str = "ES-003",
    run: date | None = None,
    columns: tuple[str, ...] = STATUS_COLUMNS,
) -> None:
    """One file that may be read, as ace.readable_loads has it."""
    put(
        con,
        "ace.readable_loads",
        load_id=load_id(number),
        load_number=number,
        report_code=report,
        file_name=f"file_{number}.csv",
        report_run_date=run,
        columns_present=list(columns),
    )


def tariff_row(
    con: duckdb.DuckDBPyConnection,
    load: int,
    line: int = 1,
    ordinal: int = 1,
    hts: str = "8501109000",
    duty: str | None = "0",
    entry: str = ENTRY,
    **values: Any,
) -> None:
    """One tariff row of an ES-003; a duty of None is a blank cell."""
    put(
        con,
        "ace.es003_tariff_lines",
        load_id=load_id(load),
        entry_number=entry,
        line_number=line,
        tariff_ordinal=ordinal,
        hts_number=hts,
        duty_usd=None if duty is None else Decimal(duty),
        **values,
    )


def version(
    con: duckdb.DuckDBPyConnection,
    load: int,
    ordinal: int,
    run: date | None = None,
    entry: str = ENTRY,
    run_ordinal: int = 1,
) -> None:
    """One file that belongs to a version of an entry, and to a run of the report within it."""
    put(
        con,
        "ace.entry_version_loads",
        entry_number=entry,
        load_id=load_id(load),
        load_number=load,
        report_run_date=run,
        version_ordinal=ordinal,
        run_ordinal=run_ordinal,
    )


def quarantined(
    con: duckdb.DuckDBPyConnection,
    load: int,
    source_row: int = 5,
    column: str = "duty_usd",
    entry: str | None = ENTRY,
    report: str = "ES-003",
) -> None:
    """One reason why one row could not be used."""
    put(
        con,
        "ace.quarantine",
        load_id=load_id(load),
        source_row=source_row,
        report_code=report,
        entry_number=entry,
        column_name=column,
    )
