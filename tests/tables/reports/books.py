"""The books as their tables read them: entries with their eligibility, receipts, accrued interest, and closes.

Belongs here: putting rows, and freezing what the movements show as a close. Does not belong here: expectations.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put, rows_of
from tests.tables.many import put_many
from tests.tables.promises import broken_claim, broken_promises, build
from tests.tables.refunds.booked import put_close

Connection = duckdb.DuckDBPyConnection
MOVEMENTS = (
    "newly_recognised_principal_usd",
    "newly_recognised_interest_usd",
    "period_interest_usd",
    "cash_principal_usd",
    "cash_interest_usd",
    "offset_movement_usd",
    "remeasured_principal_usd",
    "remeasured_interest_usd",
    "written_off_usd",
)
CLAIMS = (
    ("reports.receivable_rollforward", "ties_to_the_cent"),
    ("reports.receivable_rollforward", "closes_on_the_open_amounts"),
)


def usd(text: Any) -> Decimal | None:
    """Dollars as written in a test."""
    return None if text is None else Decimal(text).quantize(Decimal("0.01"))


def entry_of(n: int) -> str:
    """The n-th entry number."""
    return f"ABC{n:08}"


def put_entry(con: Connection, n: int = 1, **told: Any) -> str:
    """An eligible entry of 1,000.00, changed as told; each column goes to every table that has it."""
    given = {
        "entry_number": entry_of(n),
        "importer_key": "12-3456789",
        "importer_number": "12-345678900",
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "path_reason": "every rule is met",
        "refund_principal_usd": Decimal("1000.00"),
        "refund_principal_high_usd": Decimal("1000.00"),
        "entry_date": date(2025, 5, 14),
        **told,
    }
    known = set()
    for table_id in ("entries.case_facts", "entries.eligibility_decisions", "entries.rule_outcomes"):
        columns = CONTRACTS[table_id].column_names()
        known |= set(columns)
        put(con, table_id, **{name: value for name, value in given.items() if name in columns})
    assert set(given) <= known
    return str(given["entry_number"])


def put_receipt(con: Connection, n: int, **told: Any) -> None:
    """What came in for an entry; amounts as text."""
    given = {name: usd(value) if name.endswith("_usd") else value for name, value in told.items()}
    put(con, "reports.receivable_receipts", **{"entry_number": entry_of(n), "refund_number": "R1", **given})


def put_state(con: Connection, n: int = 1, **told: Any) -> None:
    """An entry as reports.receivable_entries shows it; amounts as text, what is open follows from them."""
    amounts = {name: usd(value) for name, value in told.items() if name.endswith("_usd")}
    zero = Decimal("0.00")
    given = {
        "entry_number": entry_of(n),
        "importer_key": "12-3456789",
        "importer_number": "12-345678900",
        "stage": "eligible_unfiled",
        "is_recognised": True,
        "principal_usd": zero,
        "accrued_interest_usd": zero,
        "received_principal_usd": zero,
        "received_interest_usd": zero,
        "offset_principal_usd": zero,
        "offset_interest_usd": zero,
        **told,
        **amounts,
    }
    for part, measured in (("principal", "principal_usd"), ("interest", "accrued_interest_usd")):
        settled = given[f"received_{part}_usd"] + given[f"offset_{part}_usd"]
        is_settled = given["stage"] in ("none", "cash")
        worth = settled if is_settled else given[measured] if given[measured] is None else max(given[measured], settled)
        given[f"recognised_{part}_usd"] = worth
        given[f"open_{part}_usd"] = None if worth is None else worth - settled
    put(con, "reports.receivable_entries", **given)


def set_day(con: Connection, day: date) -> None:
    """Another valuation day."""
    con.execute("delete from registry.as_of")
    put(con, "registry.as_of", as_of_date=day)


def move(con: Connection) -> dict[str, dict[str, Any]]:
    """The movements by entry number, built, with every promise and claim on them kept."""
    for table_id in ("reports.receivable_movements", "reports.receivable_rollforward", "reports.receivable_position"):
        build(con, table_id)
    assert broken_promises(con, "reports.receivable_movements") == []
    assert broken_promises(con, "reports.receivable_rollforward") == []
    for table_id, claim in CLAIMS:
        assert broken_claim(con, table_id, claim) == []
    return {row["entry_number"]: row for row in rows_of(con, "reports.receivable_movements")}


def freeze(con: Connection, last_day: date) -> None:
    """Close the period on what the movements show."""
    name = last_day.isoformat()
    wanted = [column for column in CONTRACTS["ace.closed_entries"].column_names() if column != "close_name"]
    rows = rows_of(con, "reports.receivable_movements")
    put_many(
        con, "ace.closed_entries", [{"close_name": name, **{column: row[column] for column in wanted}} for row in rows]
    )
    closing = sum((row["closing_principal_usd"] + row["closing_interest_usd"] for row in rows), Decimal("0.00"))
    put_close(con, last_day, name, closing_usd=closing)


def moved(row: dict[str, Any]) -> dict[str, str]:
    """The movements of a row that are not zero, as text."""
    return {name: str(row[name]) for name in MOVEMENTS if row[name]}


def balance(row: dict[str, Any]) -> tuple[str, str]:
    """Closing principal and interest as text."""
    return str(row["closing_principal_usd"]), str(row["closing_interest_usd"])
