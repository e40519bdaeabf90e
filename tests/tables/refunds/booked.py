"""Interest as the books take it: terms put, and every table from them to `refunds.accrued_interest` built.

Belongs here: filling these tables as the pipeline does, inside a test's transaction. Does not belong here:
expectations.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from cape_pipeline.assets.books import period_factor_rows
from cape_pipeline.contracts.refunds import InterestPeriodFactors
from tests.support.tables import put, rows_of
from tests.tables.many import put_many
from tests.tables.promises import build

Connection = duckdb.DuckDBPyConnection


def book_term(n: int = 1, **terms: Any) -> dict[str, Any]:
    """A row of refunds.book_terms: 1,000.00 of a corporation from 15 May 2025 to 10 June 2026, changed as told."""
    given = {
        "entry_number": f"ABC{n:08}",
        "deposit_sequence": 1,
        "principal_usd": Decimal("1000.00"),
        "deposit_date": date(2025, 5, 15),
        "interest_start_rule": "payment_date",
        "rate_class": "corporate",
        "accrued_through_date": date(2026, 6, 10),
        "accrual_end_basis": "actual_reliquidation",
        **terms,
    }
    days = dict.fromkeys(("deposit_earliest_date", "deposit_latest_date"), given["deposit_date"])
    return {"rate_class_high": given["rate_class"], **days, **given}


def put_book_term(con: Connection, n: int = 1, **terms: Any) -> str:
    """One such deposit; its entry number."""
    return str(put(con, "refunds.book_terms", **book_term(n, **terms))["entry_number"])


def put_close(con: Connection, last_day: date, name: str | None = None, **told: Any) -> str:
    """A period that was closed; its name."""
    close_name = name or last_day.isoformat()
    put(con, "ace.closes", **{"close_name": close_name, "period_end": last_day, "known_by_date": last_day, **told})
    return close_name


def put_growth(con: Connection) -> None:
    """The days and the growth that the book terms as they stand ask for."""
    build(con, "refunds.accrual_dates")
    con.execute("delete from refunds.interest_period_factors")
    names = InterestPeriodFactors.column_names()
    rows = [dict(zip(names, row, strict=True)) for row in period_factor_rows(con)]
    put_many(con, "refunds.interest_period_factors", rows)


def accrued(con: Connection) -> dict[tuple[str, date], dict[str, Any]]:
    """refunds.accrued_interest by entry and day."""
    return {(row["entry_number"], row["through_date"]): row for row in rows_of(con, "refunds.accrued_interest")}
