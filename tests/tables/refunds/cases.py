"""Entries as the tables of `refunds` read them: facts, the day's answer and the rules' outcomes side by side.

Belongs here: putting an entry, a calendar or a claim. Does not belong here: expectations.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import put
from tests.tables.conftest import AS_OF
from tests.tables.promises import build

Connection = duckdb.DuckDBPyConnection
INDEPENDENCE_DAY_OBSERVED = date(2026, 7, 3)


def entry_number(n: int) -> str:
    """The n-th entry number."""
    return f"ABC{n:08}"


def put_entry(con: Connection, n: int = 1, **facts: Any) -> str:
    """An eligible, liquidated entry of 1,000.00, changed as told; a column goes to every table that has it."""
    given = {
        "entry_number": entry_number(n),
        "importer_key": "12-3456789",
        "importer_number": "12-345678900",
        "payee_number": "12-3456789",
        "payee_key": "123456789",
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
        "blocking_rules": [],
        "stale_status": "pass",
        **facts,
    }
    known = set()
    for table_id in ("entries.case_facts", "entries.eligibility_decisions", "entries.rule_outcomes"):
        columns = CONTRACTS[table_id].column_names()
        known |= set(columns)
        put(con, table_id, **{name: value for name, value in given.items() if name in columns})
    assert set(given) <= known
    return str(given["entry_number"])


def put_load(con: Connection, n: int, report_code: str, file_name: str) -> str:
    """A file that may be read; its load id."""
    load_id = f"{n:064x}"
    put(con, "ace.readable_loads", load_id=load_id, load_number=n, report_code=report_code, file_name=file_name)
    return load_id


def put_upload(con: Connection, entries: Sequence[int], file_name: str = "first.csv", n: int = 900) -> str:
    """A declaration file as it was uploaded, with these entries; its sha256."""
    load_id = put_load(con, n, "UPLOADED", file_name)
    for row, entry in enumerate(entries, 2):
        put(con, "ace.uploaded_declarations", load_id=load_id, source_row=row, entry_number=entry_number(entry))
    return load_id


def put_stated(con: Connection, **stated: Any) -> None:
    """A row of the user's declarations.csv."""
    load_id = f"{800:064x}"
    if not con.execute("from ace.readable_loads where load_id = ?", [load_id]).fetchall():
        put_load(con, 800, "DECLARATIONS", "declarations.csv")
    put(con, "ace.declarations", **{"load_id": load_id, "cbp_status": None, **stated})


def attest(con: Connection, fact: str, on: date = AS_OF, **scope: str) -> None:
    """Somebody vouches for a fact: for every entry, or for those of an importer, or for one."""
    load_id = f"{700:064x}"
    if not con.execute("from ace.readable_loads where load_id = ?", [load_id]).fetchall():
        put_load(con, 700, "ATTESTATIONS", "attestations.csv")
    given = {"load_id": load_id, "attested_fact": fact, "attested_by": "A. Broker", "attested_on": on, **scope}
    put(con, "ace.attestations", **given)


def build_filing(con: Connection) -> None:
    """Filed declarations, candidates and drafts, each from the one before."""
    for table in ("filed_declarations", "filing_candidates", "declaration_entries"):
        build(con, f"refunds.{table}")


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
            liquidation_run_on_or_after=min(
                (run for run in business if run >= day and run.weekday() < 4), default=None
            ),
        )


def put_summer(con: Connection) -> None:
    """The calendar from June to September 2026; Independence Day is observed on Friday 3 July."""
    put_calendar(con, date(2026, 6, 1), date(2026, 9, 30), INDEPENDENCE_DAY_OBSERVED)


def put_timing_policies(con: Connection) -> None:
    """The timing policies this project ships."""
    con.register("seeded", load_registry(project_files("registry_seeds"))["registry.timing_policies"])
    con.execute("insert into registry.timing_policies by name select * from seeded")
    con.unregister("seeded")
