"""refunds.late_interest: what is due for paying a refund more than 30 days after (re)liquidation, to the cent."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cape_pipeline.assets.interest import rate_table
from cape_pipeline.interest import late_payment
from tests.support.oracle.interest import late_interest
from tests.support.tables import choose, empty_tables, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number
from tests.tables.refunds.rates import put_factors, put_published_rates, seed_rates

Connection = duckdb.DuckDBPyConnection
LIQUIDATED = date(2026, 1, 12)


def put_late(con: Connection, periods: int, high: int | None = None, n: int = 1, **terms: Any) -> None:
    """An entry in refund R1 of 1,050.00 that waited so many whole periods, changed as told."""
    high = periods if high is None else high
    put(
        con,
        "refunds.late_terms",
        **{
            "entry_number": entry_number(n),
            "refund_key": "R1",
            "refund_number": "R1",
            "liquidation_date": LIQUIDATED,
            "late_periods": periods,
            "late_periods_high": high,
            "late_end_date": LIQUIDATED + timedelta(days=30 * periods),
            "late_end_high_date": LIQUIDATED + timedelta(days=30 * high),
            "rate_class": "corporate",
            "rate_class_high": "corporate",
            **terms,
        },
    )


def told(con: Connection) -> dict[str, Any]:
    put_factors(con)
    (row,) = rows_of(con, "refunds.late_interest")
    assert broken_promises(con, "refunds.late_interest") == []
    return row


def test_a_refund_paid_within_its_thirty_days_bears_nothing_even_of_an_unknown_amount(con: Connection) -> None:
    put_published_rates(con)
    put_late(con, 0)
    row = told(con)
    assert (row["late_interest_usd"], row["late_interest_high_usd"]) == (Decimal("0.00"), Decimal("0.00"))
    assert (row["balance_usd"], row["balance_basis"], row["late_unknown_reason"]) == (None, None, None)


def test_principal_and_interest_bear_late_interest_over_the_whole_periods(con: Connection) -> None:
    put_published_rates(con)
    put_late(con, 2, reported_usd=Decimal("106430.69"))
    row = told(con)
    expected = late_interest("106430.69", LIQUIDATED, LIQUIDATED + timedelta(days=61), "corporate", seed_rates())
    assert (row["balance_usd"], row["balance_basis"]) == (Decimal("106430.69"), "reported")
    assert row["late_interest_usd"] == row["late_interest_high_usd"] == expected > 1000


def test_a_late_refund_of_an_unknown_amount_says_so(con: Connection) -> None:
    put_published_rates(con)
    put_late(con, 1)
    row = told(con)
    assert (row["late_interest_usd"], row["late_unknown_reason"]) == (None, "balance_unknown")


def test_what_no_refund_reports_yet_is_the_expected_amount(con: Connection) -> None:
    put_published_rates(con)
    put(
        con,
        "refunds.interest_accruals",
        entry_number=entry_number(1),
        principal_usd=Decimal("1000.00"),
        interest_usd=Decimal("50.00"),
    )
    put_late(con, 1, refund_key="none", refund_number=None)
    row = told(con)
    assert (row["balance_usd"], row["balance_basis"]) == (Decimal("1050.00"), "expected")
    assert row["late_interest_usd"] == Decimal("5.19")


def test_the_high_end_counts_the_excluded_days_and_the_higher_class(con: Connection) -> None:
    put_published_rates(con)
    put_late(con, 0, 1, rate_class_high="noncorporate", reported_usd=Decimal("100000.00"))
    row = told(con)
    expected = late_interest("100000.00", LIQUIDATED, LIQUIDATED + timedelta(days=31), "noncorporate", seed_rates())
    assert (row["late_interest_usd"], row["late_interest_high_usd"]) == (Decimal("0.00"), expected)


@pytest.mark.parametrize("policy", ["refuse", "carry_forward"])
def test_past_the_published_rates_it_is_unknown_or_carried_forward_and_says_so(con: Connection, policy: str) -> None:
    is_known = policy == "carry_forward"
    choose(con, interest_beyond_rates_policy=policy)
    last = put_published_rates(con)
    put_late(
        con,
        1,
        liquidation_date=last - timedelta(days=29),
        late_end_date=last + timedelta(days=1),
        reported_usd=Decimal("1050.00"),
    )
    row = told(con)
    assert (row["late_interest_usd"] is not None, row["is_rate_carried_forward"]) == (is_known, is_known)
    assert row["late_unknown_reason"] == (None if is_known else "rates_not_published")


@pytest.mark.parametrize("policy", ["first_day_in", "both", "neither"])
def test_thirty_days_are_thirty_days_however_their_ends_are_counted(con: Connection, policy: str) -> None:
    choose(con, interest_day_count_policy=policy, interest_ten_thousand_policy="per_entry")
    put_published_rates(con)
    put_late(con, 1, reported_usd=Decimal("106430.69"))
    expected = late_interest("106430.69", LIQUIDATED, LIQUIDATED + timedelta(days=31), "corporate", seed_rates())
    assert told(con)["late_interest_usd"] == expected


@settings(max_examples=6)
@given(
    cases=st.lists(
        st.tuples(
            st.integers(1, 10**12),
            st.dates(date(2025, 6, 1), date(2026, 6, 1)),
            st.integers(0, 200),
            st.integers(-5, 220),
            st.sampled_from(["corporate", "noncorporate"]),
        ),
        min_size=20,
        max_size=40,
    )
)
def test_terms_and_interest_together_are_those_of_the_statute_walked_for_each_refund(cases: list[Any]) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        put_published_rates(con)
        load_id = f"{1:064x}"
        put(con, "ace.readable_loads", load_id=load_id, load_number=1)
        for n, (cents, liquidated, days, rejected_after, rate_class) in enumerate(cases):
            number, paid = f"R{n}", liquidated + timedelta(days=days)
            put(con, "entries.case_facts", entry_number=entry_number(n), rate_class=rate_class)
            put(
                con,
                "entries.refunded_entries",
                refund_number=number,
                reported_refund_number=number,
                entry_number=entry_number(n),
                claim_number="1",
                liquidation_date=liquidated,
                principal_usd=Decimal(cents) / 100,
                interest_usd=Decimal("0.00"),
            )
            put(
                con,
                "entries.refund_cash",
                refund_number=number,
                bank_value_date=paid,
                deposited_usd=Decimal("1.00"),
            )
            if rejected_after >= 0:
                rejected = liquidated + timedelta(days=rejected_after)
                put(con, "ace.rev613_rejected_refunds", load_id=load_id, refund_number=number, refund_date=rejected)
        put_factors(con)
        rates, rows = rate_table(con), {row["entry_number"]: row for row in rows_of(con, "refunds.late_interest")}
    for n, (cents, liquidated, days, rejected_after, rate_class) in enumerate(cases):
        paid, amount = liquidated + timedelta(days=days), Decimal(cents) / 100
        rejected = liquidated + timedelta(days=rejected_after)
        spans = [(rejected, paid)] if rejected_after >= 0 and rejected <= paid else []
        low = late_payment(amount, liquidated, paid, rate_class, rates, excluded=spans)
        row = rows[entry_number(n)]
        assert (row["late_periods"], row["late_interest_usd"]) == (low.whole_periods, low.interest_usd)
        assert row["days_to_payment"] - row["excluded_days"] == low.days_to_payment
        high = late_interest(amount, liquidated, paid, rate_class, seed_rates())
        assert row["late_interest_high_usd"] == high
