"""The worked example of the batch-timing guide: 14 entries on one declaration, to the cent, from exports to the bank.

The dates are the guide's own and not lifelike (a liquidation on a Sunday, a reliquidation on a Saturday).
"""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.support.pipeline import empty_warehouse, run_on

CASE = Path(__file__).parent / "guide14"
EXPECTED = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def paid() -> duckdb.DuckDBPyConnection:
    """The warehouse as of 20 July 2026, from all exports."""
    con = empty_warehouse()
    run_on(con, CASE / "exports", date(2026, 7, 20))
    return con


@pytest.fixture(scope="module")
def unfiled(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The warehouse as of 22 April 2026, before anything was filed."""
    folder = tmp_path_factory.mktemp("exports")
    for name in ("ES-003_entry_summary_line_tariff_details.csv", "importers.csv", "entry_facts.csv"):
        shutil.copy(CASE / "exports" / name, folder / name)
    con = empty_warehouse()
    run_on(con, folder, date(2026, 4, 22))
    return con


def test_every_line_holds_the_ieepa_duty_and_the_buckets_of_the_answer(paid: duckdb.DuckDBPyConnection) -> None:
    columns = ("paid_duty_usd", "ieepa_usd", "ieepa_low_usd", "ieepa_high_usd", "section_301_usd", "column_1_usd")
    rows = paid.execute(
        f"select entry_number, line_number, {', '.join(columns)} from lines.duty_splits order by 1, 2"
    ).fetchall()
    told = ("paid", "ieepa", "low", "high", "section_301_usd", "column_1_usd")
    answers = [
        (line["entry_number"], line["line_number"], *(Decimal(line.get(name, "0.00")) for name in told))
        for line in EXPECTED["lines"]
    ]
    assert rows == sorted(answers)


def test_every_entry_is_refunded_with_the_interest_of_the_answer(paid: duckdb.DuckDBPyConnection) -> None:
    rows = paid.execute(
        "select eligibility.entry_number, cape_status, recommended_path, eligibility.liquidation_date,"
        " accruals.deposit_date, accruals.accrual_end_date, accruals.accrual_end_basis, principal_usd, interest_usd"
        " from entries.eligibility as eligibility"
        " join refunds.interest_accruals as accruals on eligibility.entry_number = accruals.entry_number order by 1"
    ).fetchall()
    assert rows == [
        (
            number,
            "refunded",
            "none",
            date.fromisoformat(entry["new_liquidation_date"]),
            date.fromisoformat(entry["deposit_date"]),
            date.fromisoformat(entry["new_liquidation_date"]),
            "actual_reliquidation",
            Decimal(entry["ieepa_low"]),
            Decimal(entry["interest"]),
        )
        for number, entry in sorted(EXPECTED["entries"].items())
    ]


def test_the_batches_are_eight_entries_in_april_and_six_in_june(paid: duckdb.DuckDBPyConnection) -> None:
    rows = paid.execute(
        "select payee_number, liquidation_date, entry_count, principal_usd, interest_usd, total_usd"
        " from refunds.refund_batches order by liquidation_date"
    ).fetchall()
    assert rows == [
        (
            batch["payee_number"],
            date.fromisoformat(batch["liquidation_date"]),
            batch["entry_count"],
            Decimal(batch["principal_usd"]),
            Decimal(batch["interest_usd"]),
            Decimal(batch["total_usd"]),
        )
        for batch in EXPECTED["batches"]
    ]


def test_payment_is_expected_60_to_90_days_from_acceptance(paid: duckdb.DuckDBPyConnection) -> None:
    rows = paid.execute("select distinct payment_from_date, payment_to_date from refunds.refund_batches").fetchall()
    assert rows == [(date(2026, 6, 21), date(2026, 7, 21))]


def test_every_refund_agrees_from_es022_over_rev603_to_the_bank(paid: duckdb.DuckDBPyConnection) -> None:
    rows = paid.execute(
        "select refund_number, payee_number, match_status, expected_usd, es022_usd, rev603_usd, deposited_usd,"
        " unexplained_usd from payments.rev603_reconciliation order by 1"
    ).fetchall()
    assert rows == [
        (
            refund["refund_number"],
            refund["payee"],
            refund["outcome"],
            *[Decimal(refund["total"])] * 3,
            Decimal(refund["cash"]),
            Decimal("0.00"),
        )
        for refund in EXPECTED["refunds"]
    ]


def test_before_filing_all_fourteen_may_be_filed(unfiled: duckdb.DuckDBPyConnection) -> None:
    rows = unfiled.execute(
        "select cape_status, recommended_path, count(*), sum(refund_principal_usd), list(distinct blocking_rules)"
        " from entries.eligibility group by all"
    ).fetchall()
    total = sum(Decimal(entry["ieepa_low"]) for entry in EXPECTED["entries"].values())
    assert rows == [("eligible", "file_cape", 14, total, [[]])]
