"""Entries as the tables of `refunds` read them: facts, the day's answer and the rules' outcomes side by side.

Belongs here: putting an entry, a calendar or a claim. Does not belong here: expectations.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from tests.support.tables import put
from tests.tables.conftest import AS_OF

Connection = duckdb.DuckDBPyConnection
INDEPENDENCE_DAY_OBSERVED = date(2026, 7, 3)


def entry_number(n: int) -> str:
    """The n-th entry number."""
    return f"ABC{n:08}"


def put_entry(con: Connection, n: int = 1, **facts: Any) -> str:
    """An eligible, liquidated entry of 1,000.00, changed as told; a column goes to every table that has it."""
    given = {
        "entry_number": entry_number(n),
        "as_of_date": AS_OF,
        "importer_key": "12-3456789",
        "importer_number": "12-345678900",
        "payee_number": "12-3456789",
        "cape_status": "eligible",
        "recommended_path": "file_cape",
        "cape_treatment": "accepted",
        "liquidation_state": "liquidated",
        "refund_principal_usd": Decimal("1000.00"),
        "refund_principal_high_usd": Decimal("1000.00"),
        "deposit_date": date(2025, 6, 2),
        "deposit_date_basis": "rev103_paid",
        "rate_class": "corporate",
        "unverified_facts": [],
        "stale_status": "pass",
        **facts,
    }
    known = set()
    for table_id in ("entries.case_facts", "entries.eligibility", "entries.rule_outcomes"):
        columns = CONTRACTS[table_id].column_names()
        known |= set(columns)
        put(con, table_id, **{name: value for name, value in given.items() if name in columns})
    assert set(given) <= known
    return str(given["entry_number"])


def put_calendar(con: Connection, first: date, last: date, *holidays: date) -> None:
    """Every day from first to last and the next business day after it; none is known after the last."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    business = [day for day in days if day.weekday() < 5 and day not in holidays]
    for day in days:
        put(
            con,
            "registry.calendar_days",
            calendar_date=day,
            is_weekend=day.weekday() >= 5,
            is_business_day=day in business,
            next_business_day=min((later for later in business if later > day), default=None),
        )


def put_summer(con: Connection) -> None:
    """The calendar from June to September 2026; Independence Day is observed on Friday 3 July."""
    put_calendar(con, date(2026, 6, 1), date(2026, 9, 30), INDEPENDENCE_DAY_OBSERVED)
