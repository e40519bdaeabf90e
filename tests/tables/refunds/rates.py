"""The published rates, and the factors and walks of whatever spans the terms ask for.

Belongs here: filling `registry.interest_rates` and `refunds.interest_factors` as the pipeline does, inside a test's
transaction. Does not belong here: expectations.
"""

import csv
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb

from cape_pipeline.assets.interest import factor_rows, late_factor_rows, walk_rows
from cape_pipeline.contracts.refunds import InterestFactors, InterestWalks, LateFactors
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import put
from tests.tables.many import put_many

Connection = duckdb.DuckDBPyConnection


@cache
def seed_rates() -> list[dict[str, Any]]:
    """The rate seed since 2024 as the oracle reads it: percent a year."""
    with (project_files("registry_seeds") / "interest_rates.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["quarter_start"] >= "2024"]
    return [
        {name: Decimal(told) * 100 if name.endswith("_rate") else told for name, told in row.items()} for row in rows
    ]


@cache
def _published() -> tuple[dict[str, Any], ...]:
    frame = load_registry(project_files("registry_seeds"))["registry.interest_rates"]
    return tuple(frame.iter_rows(named=True))


def put_published_rates(con: Connection) -> date:
    """Every quarter that is published; returns the last day of the last one."""
    put_many(con, "registry.interest_rates", _published())
    return max(row["quarter_end"] for row in _published())


def put_flat_rate(con: Connection, rate: str) -> None:
    """One rate for everybody in the third quarter of 2025."""
    rates = ("underpayment_rate", "overpayment_corporate_rate", "overpayment_noncorporate_rate")
    put(
        con,
        "registry.interest_rates",
        quarter_start=date(2025, 7, 1),
        quarter_end=date(2025, 9, 30),
        **dict.fromkeys(rates, Decimal(rate)),
    )


def put_factors(con: Connection) -> None:
    """Whatever Python computes of the terms and policies as they stand: factors, walks and late factors."""
    for contract, rows in (
        (InterestFactors, factor_rows(con)),
        (InterestWalks, walk_rows(con)),
        (LateFactors, late_factor_rows(con)),
    ):
        names = contract.column_names()
        put_many(con, contract.table_id(), [dict(zip(names, row, strict=True)) for row in rows])


def put_terms(con: Connection, n: int = 1, **terms: Any) -> dict[str, Any]:
    """The terms of one entry: 1,000.00 of a corporation from 2 June 2025 to 10 June 2026, changed as told."""
    return put(con, "refunds.accrual_terms", **terms_row(n, **terms))


def terms_row(n: int = 1, **terms: Any) -> dict[str, Any]:
    """The same as a row."""
    given = {
        "entry_number": f"ABC{n:08}",
        "partition_month": "2025-06",
        "principal_usd": Decimal("1000.00"),
        "deposit_date": date(2025, 6, 2),
        "deposit_date_basis": "rev103_paid",
        "accrual_end_date": date(2026, 6, 10),
        "accrual_end_basis": "actual_reliquidation",
        "rate_class": "corporate",
        "is_rate_class_stated": True,
        **terms,
    }
    days = dict.fromkeys(("deposit_earliest_date", "deposit_latest_date"), given["deposit_date"])
    return {"rate_class_high": given["rate_class"], **days, **given}
