"""The worked example of the batch-timing guide: 14 entries on one declaration, to the cent, from exports to the bank.

The dates are the guide's own and not lifelike (a liquidation on a Sunday, a reliquidation on a Saturday).
"""

import json
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from cape_pipeline.assets.registry import publish_choices
from tests.support.pipeline import build, empty_warehouse, run_on

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


def test_both_timing_policies_side_by_side_and_why_they_differ(paid: duckdb.DuckDBPyConnection) -> None:
    """CBP counts 60 to 90 days from acceptance, so that both batches of one declaration are due in the same month.

    The guide quotes that sentence and then adds the 60 to 90 days to the liquidation. For the eight entries that
    reliquidated on the business day after the acceptance the two differ by that one day. For the six that waited 45
    days they differ by 45: the guide's rule counts CBP's review twice, since the 60 to 90 days include it.
    """
    rows = paid.execute(
        "select liquidation_date, timing_policy, payment_from_date, payment_to_date, is_policy_of_run"
        " from refunds.payment_windows where timing_policy <> 'filing_guide_30_60' order by all"
    ).fetchall()
    april, june = date(2026, 4, 23), date(2026, 6, 6)
    assert rows == [
        (april, "batch_guide_liquidation_60_90", date(2026, 6, 22), date(2026, 7, 22), False),
        (april, "csms_acceptance_60_90", date(2026, 6, 21), date(2026, 7, 21), True),
        (june, "batch_guide_liquidation_60_90", date(2026, 8, 5), date(2026, 9, 4), False),
        (june, "csms_acceptance_60_90", date(2026, 6, 21), date(2026, 7, 21), True),
    ]


def test_the_guide_groups_by_the_first_liquidation_and_cbp_pays_by_the_reliquidation(
    paid: duckdb.DuckDBPyConnection,
) -> None:
    """The guide foresees three payments, and there are two: its dates of March and April are not what CBP pays by.

    It groups the liquidated entries by the liquidation ES-003 shows, which is the one before CAPE. But they reliquidate
    on the business day after the acceptance, all on one day, and the payment goes by that day. Its windows for the two
    groups are counted from liquidations at which nothing was refunded; the first would open before CBP's own does. Only
    for the unliquidated entries does it count 45 days and 15 to 45 more, which is CBP's 60 to 90 from acceptance.
    """
    groups = paid.execute(
        "select facts.original_liquidation_date, count(*), min(members.liquidation_date), max(members.liquidation_date)"
        " from entries.case_facts as facts join refunds.batch_entries as members"
        " on facts.entry_number = members.entry_number group by all order by 1 nulls last"
    ).fetchall()
    april, june = date(2026, 4, 23), date(2026, 6, 6)
    assert groups == [
        (date(2026, 3, 15), 3, april, april),
        (date(2026, 4, 10), 5, april, april),
        (None, 6, june, june),
    ]
    guide = [(first + timedelta(days=60), first + timedelta(days=90)) for first, *_ in groups[:2]]
    assert guide == [(date(2026, 5, 14), date(2026, 6, 13)), (date(2026, 6, 9), date(2026, 7, 9))]
    accepted = date(2026, 4, 22)
    assert [accepted + timedelta(days=45 + more) for more in (15, 45)] == [date(2026, 6, 21), date(2026, 7, 21)]
    batches = paid.execute("select payment_from_date, payment_to_date from refunds.refund_batches").fetchall()
    assert batches == [(date(2026, 6, 21), date(2026, 7, 21))] * 2


def test_every_liquidation_came_on_the_day_foreseen_and_the_first_cash_before_its_window(
    paid: duckdb.DuckDBPyConnection,
) -> None:
    rows = paid.execute(
        "select liquidation_track, forecast_liquidation_date, liquidation_outcome, payment_outcome, count(*)"
        " from refunds.forecast_outcomes group by all order by all"
    ).fetchall()
    assert rows == [
        ("liquidated", date(2026, 4, 23), "as_foreseen", "early", 8),
        ("unliquidated", date(2026, 6, 6), "as_foreseen", "inside", 6),
    ]


FORESEEN = (
    "select forecasts.forecast_liquidation_date, accruals.accrual_end_date, count(distinct forecasts.entry_number)"
    " from entries.liquidation_forecasts as forecasts join refunds.interest_accruals as accruals"
    " on forecasts.entry_number = accruals.entry_number group by all order by all"
)


def test_before_filing_what_if_foresees_the_two_payments_of_the_example(unfiled: duckdb.DuckDBPyConnection) -> None:
    rows = unfiled.execute(
        "select forecast_liquidation_date, entry_count, principal_usd, payment_from_date, payment_to_date"
        " from refunds.what_if_filed_today order by all"
    ).fetchall()
    window = (date(2026, 6, 21), date(2026, 7, 21))
    assert rows == [
        (date.fromisoformat(batch["liquidation_date"]), batch["entry_count"], Decimal(batch["principal_usd"]), *window)
        for batch in EXPECTED["batches"]
    ]
    assert unfiled.execute("select count(*) from refunds.refund_batches").fetchall() == [(0,)]


def test_the_next_liquidation_run_moves_the_saturday_to_monday_and_the_interest_with_it(
    unfiled: duckdb.DuckDBPyConnection,
) -> None:
    thursday, saturday, monday = date(2026, 4, 23), date(2026, 6, 6), date(2026, 6, 8)
    assert unfiled.execute(FORESEEN).fetchall() == [(thursday, thursday, 8), (saturday, saturday, 6)]
    publish_choices(unfiled, {"liquidation_run": "next_liquidation_run"})
    build(unfiled)
    assert unfiled.execute(FORESEEN).fetchall() == [(thursday, thursday, 8), (monday, monday, 6)]
    publish_choices(unfiled, {})
    build(unfiled)
    assert unfiled.execute(FORESEEN).fetchall() == [(thursday, thursday, 8), (saturday, saturday, 6)]
