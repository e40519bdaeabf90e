"""refunds.accrual_terms: which day an entry's interest runs to, on what basis, and at which class."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import choose, clear, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_claim, broken_promises
from tests.tables.refunds.cases import entry_number, put_calendar, put_entry, put_load, put_summer

Connection = duckdb.DuckDBPyConnection
HELD = ["suspended", "extended", "under_review"]


def end_of(con: Connection, **facts: Any) -> tuple[date, str]:
    put_summer(con)
    put_entry(con, **facts)
    (row,) = rows_of(con, "refunds.accrual_terms")
    return row["accrual_end_date"], row["accrual_end_basis"]


def accepted(**facts: Any) -> dict[str, Any]:
    return {
        "cape_status": "accepted",
        "recommended_path": "await_refund",
        "is_accepted": True,
        "accepted_date": date(2026, 6, 10),
        **facts,
    }


@pytest.mark.parametrize("state", ["liquidated", "unliquidated", *HELD, None])
@pytest.mark.parametrize("treatment", ["accepted", "accepted_paid_on_liquidation", "unknown"])
def test_the_reliquidation_that_happened_ends_the_interest_of_any_entry(
    con: Connection, state: str | None, treatment: str
) -> None:
    facts = accepted(liquidation_state=state, cape_treatment=treatment, reliquidation_date=date(2026, 6, 19))
    assert end_of(con, **facts) == (date(2026, 6, 19), "actual_reliquidation")


def test_under_the_policy_of_the_refund_date_interest_runs_to_it_where_it_is_known(con: Connection) -> None:
    choose(con, interest_end_policy="refund_date")
    reliquidated = date(2026, 6, 19)
    known = end_of(con, reliquidation_date=reliquidated, refund_date=date(2026, 7, 1))
    assert known == (date(2026, 7, 1), "refund_date")


def test_under_that_policy_an_unknown_refund_date_leaves_the_reliquidation(con: Connection) -> None:
    choose(con, interest_end_policy="refund_date")
    assert end_of(con, reliquidation_date=date(2026, 6, 19)) == (date(2026, 6, 19), "actual_reliquidation")


def test_under_the_default_policy_the_refund_date_ends_nothing(con: Connection) -> None:
    found = end_of(con, reliquidation_date=date(2026, 6, 19), refund_date=date(2026, 7, 1))
    assert found == (date(2026, 6, 19), "actual_reliquidation")


@pytest.mark.parametrize(
    ("state", "foreseen"), [("liquidated", date(2026, 6, 11)), ("unliquidated", date(2026, 7, 25))]
)
def test_a_forecast_stands_to_its_own_day_and_once_it_has_passed_unseen_interest_goes_on_to_the_as_of_day(
    con: Connection, state: str, foreseen: date
) -> None:
    put_summer(con)
    day_after = foreseen + timedelta(days=1)
    put_entry(con, **accepted(liquidation_state=state))
    told = []
    for day in (foreseen, day_after):
        con.execute("update registry.as_of set as_of_date = ?", [day])
        (row,) = rows_of(con, "refunds.accrual_terms")
        told.append((row["accrual_end_date"], row["accrual_end_basis"], row["accrual_end_reason"]))
    assert told == [
        (foreseen, "forecast_from_acceptance", None),
        (day_after, "accrued_to_as_of", "the liquidation foreseen has passed and no report shows it"),
    ]


def test_a_passed_forecast_gives_way_to_the_reliquidation_once_a_report_shows_it(con: Connection) -> None:
    facts = accepted(reliquidation_date=date(2026, 7, 1), original_liquidation_date=date(2026, 3, 2))
    assert end_of(con, **facts) == (date(2026, 7, 1), "actual_reliquidation")


def test_under_the_policy_of_the_projection_interest_ends_on_the_day_foreseen_whatever_was_reported(
    con: Connection,
) -> None:
    choose(con, interest_end_policy="projected")
    facts = accepted(reliquidation_date=date(2026, 7, 1), original_liquidation_date=date(2026, 3, 2))
    assert end_of(con, **facts) == (date(2026, 6, 11), "forecast_from_acceptance")


def test_under_that_policy_an_entry_without_a_projection_ends_as_by_default(con: Connection) -> None:
    choose(con, interest_end_policy="projected")
    facts = accepted(accepted_date=None, reliquidation_date=date(2026, 7, 1))
    assert end_of(con, **facts) == (date(2026, 7, 1), "actual_reliquidation")


@pytest.mark.parametrize(
    ("accepted_date", "end"),
    [
        (date(2026, 6, 12), date(2026, 6, 15)),  # Friday
        (date(2026, 6, 13), date(2026, 6, 15)),  # Saturday
        (date(2026, 6, 14), date(2026, 6, 15)),  # Sunday
        (date(2026, 7, 1), date(2026, 7, 2)),
        (date(2026, 7, 2), date(2026, 7, 6)),  # Thursday before the holiday and the weekend
    ],
)
def test_the_next_business_day_is_after_the_weekend_and_the_federal_holiday(
    con: Connection, accepted_date: date, end: date
) -> None:
    con.execute("update registry.as_of set as_of_date = ?", [accepted_date])
    assert end_of(con, **accepted(accepted_date=accepted_date)) == (end, "forecast_from_acceptance")


def test_an_accepted_unliquidated_entry_is_foreseen_45_days_after_acceptance_also_on_a_weekend(
    con: Connection,
) -> None:
    facts = accepted(liquidation_state="unliquidated", accepted_date=date(2026, 6, 11))
    assert end_of(con, **facts) == (date(2026, 7, 26), "forecast_from_acceptance")  # a Sunday


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_an_acceptance_on_an_unknown_day_accrues_to_the_day_and_says_so(con: Connection, state: str) -> None:
    facts = accepted(liquidation_state=state, accepted_date=None)
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


def test_an_acceptance_after_which_no_business_day_is_known_accrues_to_the_day(con: Connection) -> None:
    put_calendar(con, date(2026, 5, 28), date(2026, 5, 30))
    facts = accepted(accepted_date=date(2026, 5, 29))
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


@pytest.mark.parametrize("state", [*HELD, None])
def test_an_accepted_entry_that_is_held_accrues_to_the_day(con: Connection, state: str | None) -> None:
    assert end_of(con, **accepted(liquidation_state=state)) == (AS_OF, "accrued_to_as_of")


@pytest.mark.parametrize("state", ["liquidated", "unliquidated"])
def test_a_warehouse_entry_is_never_foreseen(con: Connection, state: str) -> None:
    facts = accepted(liquidation_state=state, cape_treatment="accepted_paid_on_liquidation")
    assert end_of(con, **facts) == (AS_OF, "accrued_to_as_of")


def test_an_eligible_liquidated_entry_accrues_as_if_accepted_on_the_day(con: Connection) -> None:
    assert end_of(con) == (date(2026, 7, 21), "as_if_accepted_on_as_of")


def test_an_eligible_unliquidated_entry_accrues_to_45_days_after_the_day(con: Connection) -> None:
    assert end_of(con, liquidation_state="unliquidated") == (date(2026, 9, 3), "as_if_accepted_on_as_of")


@pytest.mark.parametrize(
    "status", ["eligible_paid_on_liquidation", "ineligible", "review", "no_ieepa", "accepted", "refunded"]
)
@pytest.mark.parametrize("state", ["liquidated", "unliquidated", "suspended"])
def test_any_other_entry_accrues_to_the_day_and_no_further(con: Connection, status: str, state: str) -> None:
    assert end_of(con, cape_status=status, liquidation_state=state) == (AS_OF, "accrued_to_as_of")


def test_a_stated_class_is_used_for_both_bounds(con: Connection) -> None:
    put_entry(con, rate_class="noncorporate")
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["rate_class"], row["rate_class_high"], row["is_rate_class_stated"]) == (
        "noncorporate",
        "noncorporate",
        True,
    )


def test_an_unknown_class_is_corporate_at_the_low_end_and_noncorporate_at_the_high_end(con: Connection) -> None:
    put_entry(con, rate_class=None)
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["rate_class"], row["rate_class_high"], row["is_rate_class_stated"]) == (
        "corporate",
        "noncorporate",
        False,
    )


def test_only_an_entry_with_a_certain_principal_accrues(con: Connection) -> None:
    for n, principal in enumerate(("0.00", "0.01", None), 1):
        put_entry(con, n, refund_principal_usd=principal and Decimal(principal))
    assert [row["entry_number"] for row in rows_of(con, "refunds.accrual_terms")] == [entry_number(2)]
    assert broken_claim(con, "refunds.deposit_terms", "parts_add_up_to_the_principal") == []
    clear(con, "refunds.deposit_terms")
    assert broken_claim(con, "refunds.deposit_terms", "parts_add_up_to_the_principal") != []


def test_an_unknown_deposit_day_is_handed_on_as_unknown(con: Connection) -> None:
    put_entry(con, deposit_date=None, deposit_date_basis=None)
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["deposit_date"], row["deposit_date_basis"], row["principal_usd"]) == (None, None, Decimal("1000.00"))
    assert broken_promises(con, "refunds.accrual_terms") == []


def test_every_end_that_is_not_foreseen_says_why(con: Connection) -> None:
    put_summer(con)
    put_entry(con, 1, cape_status="ineligible")
    put_entry(con, 2, **accepted(liquidation_state="suspended"))
    put_entry(con, 3, **accepted(accepted_date=None))
    put_entry(con, 4, **accepted(liquidation_state=None))
    put_entry(con, 5, **accepted(cape_treatment="accepted_paid_on_liquidation"))
    put_entry(con, 6)
    assert [row["accrual_end_reason"] for row in rows_of(con, "refunds.accrual_terms")] == [
        "neither accepted nor eligible",
        "suspended",
        "acceptance date unknown",
        "liquidation status unknown",
        "warehouse entry or withdrawal",
        None,
    ]


# ---- several deposits -----------------------------------------------------------------------------------------------


def put_deposits(con: Connection, *deposits: tuple[str, str | None], n: int = 1, **told: Any) -> None:
    """Rows of deposits.csv for one entry: day and IEEPA dollars, None where the cell is blank."""
    load_id = put_load(con, 500, "DEPOSITS", "deposits.csv")
    for row, (on, ieepa) in enumerate(deposits, 2):
        put(
            con,
            "ace.deposits",
            load_id=load_id,
            source_row=row,
            entry_number=entry_number(n),
            deposit_date=date.fromisoformat(on),
            ieepa_usd=ieepa and Decimal(ieepa),
            **told,
        )


def starts(con: Connection) -> list[tuple[Any, ...]]:
    assert broken_promises(con, "refunds.accrual_terms") == []
    names = ("deposit_sequence", "principal_usd", "deposit_date", "interest_start_rule", "is_interest_for_review")
    return [tuple(row[name] for name in names) for row in rows_of(con, "refunds.accrual_terms")]


def test_deposits_that_add_up_run_each_from_its_own_day_and_are_marked_for_review(con: Connection) -> None:
    put_entry(con)
    put_deposits(con, ("2025-09-03", "200.00"), ("2025-06-24", "799.99"), ("2025-10-01", "0.01"))
    assert starts(con) == [
        (1, Decimal("799.99"), date(2025, 6, 24), "listed_deposits", True),
        (2, Decimal("200.00"), date(2025, 9, 3), "listed_deposits", True),
        (3, Decimal("0.01"), date(2025, 10, 1), "listed_deposits", True),
    ]


@pytest.mark.parametrize(
    "deposits",
    [
        (("2025-06-24", "800.00"), ("2025-09-03", "199.99")),
        (("2025-06-24", "800.00"), ("2025-09-03", "200.01")),
        (("2025-06-24", "800.00"), ("2025-09-03", None)),
        (("2025-06-24", "1200.00"), ("2025-09-03", "-200.00")),
        (("2025-06-24", "999.99"),),
        (("2025-06-24", "-1000.00"),),
    ],
    ids=["a cent short", "a cent over", "one unstated", "a repayment", "one deposit below", "no deposit"],
)
def test_deposits_unlike_the_principal_are_said_to_be_and_give_no_day(con: Connection, deposits: Any) -> None:
    put_entry(con)
    put_deposits(con, *deposits)
    assert starts(con) == [(1, Decimal("1000.00"), None, "deposits_unlike_principal", True)]


@pytest.mark.parametrize(
    "deposits",
    [
        (("2025-06-24", "1000.00"),),
        (("2025-06-24", "1000.01"),),
        (("2025-06-24", None),),
        (("2025-06-24", "300.00"), ("2025-06-24", "700.00")),
        (("2025-06-24", "1000.00"), ("2025-09-03", "0.00")),
    ],
    ids=["all", "more than certain", "unstated", "one day", "another without IEEPA duty"],
)
def test_what_was_paid_on_one_day_runs_from_it_without_review(con: Connection, deposits: Any) -> None:
    put_entry(con)
    put_deposits(con, *deposits)
    assert starts(con) == [(1, Decimal("1000.00"), date(2025, 6, 24), "one_listed_day", False)]


@pytest.mark.parametrize(("on", "parts"), [(AS_OF, 2), (AS_OF + timedelta(days=1), 1)])
def test_a_deposit_of_the_as_of_day_counts_and_one_of_the_day_after_does_not(
    con: Connection, on: date, parts: int
) -> None:
    put_entry(con)
    put_deposits(con, ("2025-06-24", "800.00"), (on.isoformat(), "200.00"))
    assert len(starts(con)) == parts


@pytest.mark.parametrize(
    ("source", "basis"),
    [("bank_debit", "bank_debit"), ("rev103", "rev103_paid"), ("user", "user_fact"), (None, "user_fact")],
)
def test_the_source_of_a_listed_deposit_is_the_basis_of_its_day(
    con: Connection, source: str | None, basis: str
) -> None:
    put_entry(con)
    put_deposits(con, ("2025-06-24", "1000.00"), source=source, deposit_kind="psc")
    (row,) = rows_of(con, "refunds.accrual_terms")
    assert (row["deposit_date_basis"], row["deposit_kind"]) == (basis, "psc")


def test_one_deposit_listed_in_two_files_is_one(con: Connection) -> None:
    put_entry(con)
    put_deposits(con, ("2025-06-24", "800.00"), ("2025-09-03", "200.00"))
    load_id = put_load(con, 501, "DEPOSITS", "more deposits.csv")
    put(
        con,
        "ace.deposits",
        load_id=load_id,
        entry_number=entry_number(1),
        deposit_date=date(2025, 6, 24),
        ieepa_usd=Decimal("800.00"),
    )
    assert [rule for *_, rule, _ in starts(con)] == ["listed_deposits", "listed_deposits"]


def test_only_listed_deposits_count_under_the_policy_that_takes_the_list(con: Connection) -> None:
    choose(con, interest_start_policy="deposit_list")
    put_entry(con, 1)
    put_entry(con, 2)
    put_deposits(con, ("2025-06-24", "1000.00"))
    assert [start[2:4] for start in starts(con)] == [(date(2025, 6, 24), "one_listed_day"), (None, "not_listed")]


@pytest.mark.parametrize(
    ("policy", "day", "basis"),
    [
        ("entry_summary_date", date(2025, 5, 24), "entry_summary_date_proxy"),
        ("entry_date", date(2025, 5, 14), "entry_date_proxy"),
    ],
)
def test_a_policy_may_start_interest_on_the_summary_or_the_entry_whatever_was_paid_when(
    con: Connection, policy: str, day: date, basis: str
) -> None:
    choose(con, interest_start_policy=policy)
    put_entry(con, entry_date=date(2025, 5, 14))
    put(con, "lines.entry_baselines", entry_number=entry_number(1), entry_summary_date=date(2025, 5, 24))
    put_deposits(con, ("2025-06-24", "800.00"), ("2025-09-03", "200.00"))
    (row,) = rows_of(con, "refunds.accrual_terms")
    days = {row[name] for name in ("deposit_date", "deposit_earliest_date", "deposit_latest_date")}
    assert (days, row["deposit_date_basis"], row["interest_start_rule"]) == ({day}, basis, policy)


# ---- the range of the day -------------------------------------------------------------------------------------------


def range_of(con: Connection, monthly: str, **facts: Any) -> tuple[date, date, date]:
    """Earliest, stated and latest day of deposit of an entry of 14 May 2025, summary on 24 May."""
    put(con, "registry.calendar_days", calendar_date=date(2025, 6, 23), working_day_of_month=15)
    put(
        con,
        "ace.current_importers",
        importer_key="12-3456789",
        periodic_monthly_statement={"Y": True, "N": False}.get(monthly),
    )
    put(con, "lines.entry_baselines", entry_number=entry_number(1), entry_summary_date=date(2025, 5, 24))
    put_entry(con, entry_date=date(2025, 5, 14), **facts)
    (row,) = rows_of(con, "refunds.accrual_terms")
    return row["deposit_earliest_date"], row["deposit_date"], row["deposit_latest_date"]


PROXY = {"deposit_date": date(2025, 5, 24), "deposit_date_basis": "entry_summary_date_proxy"}


def test_the_summary_date_as_proxy_may_be_the_monthly_statement_where_nothing_is_stated_of_the_importer(
    con: Connection,
) -> None:
    assert range_of(con, "unstated", **PROXY) == (date(2025, 5, 24), date(2025, 5, 24), date(2025, 6, 23))


def test_it_may_not_where_the_importer_is_said_to_pay_by_daily_statement(con: Connection) -> None:
    assert set(range_of(con, "N", **PROXY)) == {date(2025, 5, 24)}


def test_the_monthly_statement_rule_may_hide_a_payment_as_early_as_the_summary(con: Connection) -> None:
    facts = {"deposit_date": date(2025, 6, 23), "deposit_date_basis": "monthly_statement_rule"}
    assert range_of(con, "Y", **facts) == (date(2025, 5, 24), date(2025, 6, 23), date(2025, 6, 23))


@pytest.mark.parametrize("basis", ["rev103_paid", "user_fact"])
def test_a_day_that_is_known_leaves_no_range(con: Connection, basis: str) -> None:
    assert set(range_of(con, "unstated", deposit_date=date(2025, 6, 2), deposit_date_basis=basis)) == {date(2025, 6, 2)}


@pytest.mark.parametrize("end", [date(2025, 6, 22), date(2025, 6, 24)])
def test_no_deposit_is_taken_to_be_later_than_the_liquidation(con: Connection, end: date) -> None:
    found = range_of(con, "unstated", reliquidation_date=end, **PROXY)
    assert found[2] == min(end, date(2025, 6, 23))


# ---- the 10,000-dollar rule -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "bases"),
    [
        ("off", ["0.00", "0.00", "0.00"]),
        ("per_entry", ["1000.00", "1000.00", "1000.00"]),
        ("per_payment", ["2000.00", "2000.00", "1000.00"]),
    ],
)
def test_the_first_ten_thousand_dollars_are_of_the_entry_or_of_the_payment_as_the_policy_says(
    con: Connection, policy: str, bases: list[str]
) -> None:
    choose(con, interest_ten_thousand_policy=policy)
    for n, payee in enumerate(("12-3456789", "12-3456789", "98-7654321"), 1):
        put_entry(con, n, payee_key=payee, reliquidation_date=date(2026, 6, 10))
    found = [row["ten_thousand_base_usd"] for row in rows_of(con, "refunds.accrual_terms")]
    assert found == [Decimal(base) for base in bases]
