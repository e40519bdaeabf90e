"""The worked example under readings other than the default: what they change, and that the default comes back whole."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.assets.registry import publish_choices
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from tests.support.pipeline import empty_warehouse, run_on

EXPORTS = Path(__file__).parent / "guide14" / "exports"
Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def con() -> Connection:
    """The warehouse as of 20 July 2026; each test says itself which readings are in force."""
    con = empty_warehouse()
    run_on(con, EXPORTS, date(2026, 7, 20))
    return con


def take(con: Connection, *wanted: str, **choices: str) -> None:
    """Put readings in force, every other being the default: in these tables and what they are made from, or in all."""
    publish_choices(con, choices)
    rebuild(con, MONTHS, wanted or None)


def answer(con: Connection, query: str) -> Any:
    (row,) = con.execute(query).fetchall()
    return row


BATCHES = """
select min(payment_from_date - liquidation_date), max(payment_to_date - liquidation_date), min(timing_policy)
from refunds.refund_batches
"""
IEEPA = "select sum(ieepa_low_usd), sum(ieepa_high_usd), sum(paid_duty_usd) from lines.duty_splits"
CONTENTS = "select table_id, partition_month, content_hash from warehouse.builds order by all"


def test_the_clock_of_the_batch_guide_counts_from_liquidation(con: Connection) -> None:
    take(con, "refunds.refund_batches", payment_clock="batch_guide_liquidation_60_90")
    assert answer(con, BATCHES) == (60, 90, "batch_guide_liquidation_60_90")


def test_the_range_of_the_reconciliation_guide_misses_what_the_registry_knows(con: Connection) -> None:
    take(con, "lines.duty_splits")
    low, high, paid = answer(con, IEEPA)
    take(con, "lines.duty_splits", ieepa_heading_range="reconciliation_guide")
    fewer, fewer_at_most, same = answer(con, IEEPA)
    assert fewer < low
    assert fewer_at_most < high
    assert same == paid


def test_interest_to_the_refund_date_is_no_less_than_to_liquidation(con: Connection) -> None:
    total = "select sum(interest_usd), count(*) filter (where accrual_end_basis = 'refund_date') from refunds.{}"
    take(con, "refunds.interest_accruals")
    before, none = answer(con, total.format("interest_accruals"))
    take(con, "refunds.interest_accruals", interest_end="refund_date")
    after, some = answer(con, total.format("interest_accruals"))
    assert (none, some > 0, after >= before) == (0, True, True)


def test_every_row_says_that_another_registry_decided_it(con: Connection) -> None:
    versions = "select distinct registry_version from lines.duty_splits"
    take(con, "lines.duty_splits")
    before = answer(con, versions)
    take(con, "lines.duty_splits", law_date="filing_date")
    assert answer(con, versions) != before


def test_the_default_comes_back_whole(con: Connection) -> None:
    take(con)
    before = con.execute(CONTENTS).fetchall()
    take(con, ieepa_last_day="day_of_the_judgment", interest_rates="eight_percent_2026_q2")
    assert con.execute(CONTENTS).fetchall() != before
    take(con)
    assert con.execute(CONTENTS).fetchall() == before
