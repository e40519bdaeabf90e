"""One plain entry and one readable file, changed a fact at a time.

Belongs here: rows the tests of several tables of `entries` put. Does not belong here: expectations.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put, rows_of
from tests.tables.promises import build

Facts = dict[str, Any]

AS_OF = date(2026, 7, 20)
ENTRY = "ABC12345676"


def put_load(con: duckdb.DuckDBPyConnection, number: int, report_code: str, report_run_date: date | None = None) -> str:
    """A readable file; returns its load_id."""
    load_id = f"{number:064}"
    put(
        con,
        "ace.readable_loads",
        load_id=load_id,
        load_number=number,
        report_code=report_code,
        report_run_date=report_run_date,
    )
    return load_id


def put_case(con: duckdb.DuckDBPyConnection, as_of: date = AS_OF, **changes: Any) -> None:
    """Put the plain entry into `entries.case_facts`, with the changes, and the as-of day if there is none yet.

    Plain is: an unliquidated type 01 on which every fact is known and nothing stands in the way. `day` is short for:
    liquidated that many days before `as_of`.
    """
    if not con.execute("select count(*) from registry.as_of").fetchall()[0][0]:
        put(con, "registry.as_of", as_of_date=as_of)
    facts: dict[str, Any] = {
        "entry_number": ENTRY,
        "entry_type_code": "01",
        "entry_date": as_of - timedelta(days=200),
        "deposit_date": as_of - timedelta(days=190),
        "deposit_date_basis": "rev103_paid",
        "control_status": "Accepted",
        "data_complete": True,
        "baseline_basis": "no_acceptance_newest",
        "is_check_digit_right": True,
        "liquidation_status": "Unliquidated",
        "liquidation_state": "unliquidated",
        "status_as_of_date": as_of - timedelta(days=3),
        "recon_flag": False,
        "protest_state": "none",
        "drawback": False,
        "surety_paid": False,
        "payee_basis": "importer",
        "cape_treatment": "accepted",
        "duty_deposited": True,
        "is_recon_flag_allowed": True,
        "programmes": ["reciprocal"],
        "ieepa_low_usd": Decimal("100.00"),
        "ieepa_high_usd": Decimal("100.00"),
        "refund_principal_usd": Decimal("100.00"),
        "refund_principal_high_usd": Decimal("100.00"),
        **liquidated(changes.pop("day", None), as_of),
        **changes,
    }
    put(con, "entries.case_facts", **facts)


def liquidated(day: int | None, as_of: date = AS_OF) -> dict[str, Any]:
    """The facts of an entry liquidated `day` days before `as_of`; nothing without a day."""
    if day is None:
        return {}
    return {
        "liquidation_status": "Liquidated",
        "liquidation_state": "liquidated",
        "liquidation_date": as_of - timedelta(days=day),
    }


def outcome_of(con: duckdb.DuckDBPyConnection, as_of: date = AS_OF, **changes: Any) -> dict[str, Any]:
    """The rule outcomes of the plain entry with the changes."""
    put_case(con, as_of, **changes)
    (row,) = rows_of(con, "entries.rule_outcomes")
    return row


def answers(con: duckdb.DuckDBPyConnection, cases: Sequence[Facts], as_of: date = AS_OF) -> list[dict[str, Any]]:
    """The day's answer for one plain entry a case, each with its changes; its clocks are those of its liquidation."""
    for number, changes in enumerate(cases):
        put_case(con, as_of, entry_number=f"ABC{number:08}", **changes)
    build(con, "entries.eligibility_decisions")
    return rows_of(con, "entries.eligibility")


def answer(con: duckdb.DuckDBPyConnection, as_of: date = AS_OF, **changes: Any) -> dict[str, Any]:
    """The day's answer for the plain entry with the changes."""
    (row,) = answers(con, [changes], as_of)
    return row


def judged(
    con: duckdb.DuckDBPyConnection, cases: Sequence[tuple[Facts, tuple[str, str]]], as_of: date = AS_OF, **common: Any
) -> list[tuple[Facts, tuple[str, str]]]:
    """The cases, each change with the status and the path it leads to, as the SELECT has it."""
    rows = answers(con, [{**common, **changes} for changes, _ in cases], as_of)
    return [
        (changes, (row["cape_status"], row["recommended_path"])) for (changes, _), row in zip(cases, rows, strict=True)
    ]


def columns_of(table_id: str) -> tuple[str, ...]:
    """The columns the contract promises, in order."""
    return CONTRACTS[table_id].column_names()
