"""refunds.refund_batches: the payments CBP makes, by payee and (re)liquidation date, and when they are expected."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle.payments import WAREHOUSE_TYPES, batches
from tests.support.tables import choose, empty_tables, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.many import put_many
from tests.tables.promises import broken_claim, broken_promises, build
from tests.tables.refunds.cases import entry_number, put_calendar

Connection = duckdb.DuckDBPyConnection
CLAIM = "hold_every_accepted_entry_once"
JUNE_5 = date(2026, 6, 5)


def put_policy(con: Connection, **policy: Any) -> None:
    """The policy CBP states: 60 to 90 days from acceptance, and by law 30 days from liquidation."""
    given = {
        "timing_policy": "csms_acceptance_60_90",
        "clock_start": "acceptance",
        "days_from": 60,
        "days_to": 90,
        "liquidation_days_to": 30,
        **policy,
    }
    put(con, "registry.timing_policies", **given)


def put_member(con: Connection, n: int, **facts: Any) -> None:
    """An entry of 100.00 and 4.00 interest, accepted on 22 April and reliquidated on 5 June 2026, changed as told."""
    given = {
        "payee_number": "12-3456789",
        "liquidation_date": JUNE_5,
        "liquidation_basis": "actual",
        "claim_number": "100000240001",
        "accepted_date": date(2026, 4, 22),
        "principal_usd": Decimal("100.00"),
        "interest_usd": Decimal("4.00"),
        **facts,
    }
    batch_id = f"{given['payee_number']}|{given['liquidation_date'] or 'undated'}"
    known = {"entry_number": entry_number(n), "batch_id": batch_id, **given}
    put(con, "refunds.batch_entries", **known)
    known.pop("interest_usd")
    put(con, "refunds.batch_members", **known)


def made(con: Connection) -> list[dict[str, Any]]:
    put_policy(con)
    rows = rows_of(con, "refunds.refund_batches")
    assert broken_promises(con, "refunds.refund_batches") == []
    return rows


def only(con: Connection) -> dict[str, Any]:
    (row,) = made(con)
    return row


# ---- what is in a batch -------------------------------------------------------------------------------------------


def test_one_payee_and_one_day_are_one_payment_across_declarations(con: Connection) -> None:
    put_member(con, 1)
    put_member(con, 2, claim_number="100000240002", principal_usd=Decimal("0.01"), interest_usd=Decimal("0.00"))
    row = only(con)
    assert (row["batch_id"], row["partition_month"]) == ("12-3456789|2026-06-05", "2026-06")
    assert (row["entry_count"], row["declaration_count"]) == (2, 2)
    assert (row["principal_usd"], row["interest_usd"], row["total_usd"]) == (
        Decimal("100.01"),
        Decimal("4.00"),
        Decimal("104.01"),
    )


def test_another_payee_or_another_day_is_another_payment(con: Connection) -> None:
    put_member(con, 1)
    put_member(con, 2, payee_number="36-9998887")
    put_member(con, 3, liquidation_date=date(2026, 6, 8))
    assert [row["entry_count"] for row in made(con)] == [1, 1, 1]


@pytest.mark.parametrize("unknown", [{"principal_usd": None, "interest_usd": None}, {"interest_usd": None}])
def test_with_one_unknown_amount_the_totals_are_unknown(con: Connection, unknown: dict[str, Any]) -> None:
    put_member(con, 1)
    put_member(con, 2, **unknown)
    row = only(con)
    assert (row["interest_usd"], row["total_usd"]) == (None, None)
    assert row["principal_usd"] == (None if "principal_usd" in unknown else Decimal("200.00"))


def test_a_batch_is_actual_only_if_every_day_in_it_is(con: Connection) -> None:
    put_member(con, 1)
    assert only(con)["liquidation_basis"] == "actual"
    put_member(con, 2, liquidation_basis="forecast")
    assert rows_of(con, "refunds.refund_batches")[0]["liquidation_basis"] == "forecast"


def test_undated_entries_are_one_batch_of_their_payee_with_every_reason_once(con: Connection) -> None:
    for n, reason in enumerate(("suspended", "extended", "suspended"), 1):
        put_member(con, n, liquidation_date=None, liquidation_basis="forecast", undated_reason=reason)
    row = only(con)
    assert (row["undated_reason"], row["entry_count"]) == ("extended, suspended", 3)
    assert (row["liquidation_date"], row["partition_month"]) == (None, "undated")
    assert (row["payment_from_date"], row["payment_to_date"]) == (None, None)


def test_the_refunds_cbp_reports_for_a_batch_are_listed_once_in_order(con: Connection) -> None:
    for n, refund in enumerate(("R2", "R1", "R2", None), 1):
        put_member(con, n, refund_number=refund)
    assert only(con)["refund_numbers"] == ["R1", "R2"]


def test_a_batch_without_a_refund_lists_none(con: Connection) -> None:
    put_member(con, 1)
    assert only(con)["refund_numbers"] == []


def test_the_importers_of_a_batch_are_counted_by_their_numbers_with_suffix(con: Connection) -> None:
    for n, key in enumerate(("123456789", "123456789", "123456789AB", None), 1):
        put_member(con, n, importer_key=key)
    assert only(con)["importer_count"] == 2


def test_one_entry_whose_payee_cannot_be_told_flags_the_batch(con: Connection) -> None:
    put_member(con, 1)
    assert only(con)["is_payee_ambiguous"] is False
    put_member(con, 2, is_payee_ambiguous=True)
    assert rows_of(con, "refunds.refund_batches")[0]["is_payee_ambiguous"] is True


def test_one_entry_whose_forecast_has_passed_flags_the_batch(con: Connection) -> None:
    put_member(con, 1, liquidation_basis="forecast")
    assert only(con)["is_forecast_passed"] is False
    put_member(con, 2, liquidation_basis="forecast", is_forecast_passed=True)
    assert rows_of(con, "refunds.refund_batches")[0]["is_forecast_passed"] is True


def test_what_es022_shows_of_a_batch_is_a_sum_only_if_it_shows_all_of_it(con: Connection) -> None:
    shown = {"es022_principal_usd": Decimal("99.00"), "es022_interest_usd": Decimal("3.00")}
    put_member(con, 1, **shown)
    put_member(con, 2, **shown)
    row = only(con)
    told = ("es022_entry_count", "es022_principal_usd", "es022_interest_usd")
    assert [row[name] for name in told] == [2, Decimal("198.00"), Decimal("6.00")]
    put_member(con, 3)
    (row,) = rows_of(con, "refunds.refund_batches")
    assert [row[name] for name in told] == [2, None, None]


# ---- when it is paid (P18) ----------------------------------------------------------------------------------------


def window(con: Connection) -> tuple[date | None, date | None]:
    row = only(con)
    return row["payment_from_date"], row["payment_to_date"]


def test_payment_is_expected_60_to_90_days_after_acceptance(con: Connection) -> None:
    put_member(con, 1)
    assert window(con) == (date(2026, 6, 21), date(2026, 7, 21))


def test_the_first_acceptance_opens_the_window_and_the_last_one_closes_it(con: Connection) -> None:
    put_member(con, 1)
    put_member(con, 2, accepted_date=date(2026, 4, 24))
    put_member(con, 3, accepted_date=None)
    assert window(con) == (date(2026, 6, 21), date(2026, 7, 23))


@pytest.mark.parametrize(
    ("liquidated", "opens", "closes"),
    [
        (date(2026, 6, 21), date(2026, 6, 21), date(2026, 7, 21)),
        (date(2026, 6, 22), date(2026, 6, 22), date(2026, 7, 22)),
        (date(2026, 11, 2), date(2026, 11, 2), date(2026, 12, 2)),
    ],
)
def test_a_late_liquidation_moves_the_window_behind_itself_and_leaves_the_30_days_of_the_law(
    con: Connection, liquidated: date, opens: date, closes: date
) -> None:
    put_member(con, 1, liquidation_date=liquidated)
    assert window(con) == (opens, closes)


def test_without_any_day_of_acceptance_no_payment_is_foreseen(con: Connection) -> None:
    put_member(con, 1, accepted_date=None)
    assert window(con) == (None, None)


def test_a_policy_that_counts_from_liquidation_and_knows_no_law_is_followed(con: Connection) -> None:
    put_member(con, 1)
    put_policy(con, timing_policy="from_liquidation", clock_start="liquidation", liquidation_days_to=None)
    choose(con, timing_policy="from_liquidation")
    (row,) = rows_of(con, "refunds.refund_batches")
    assert (row["payment_from_date"], row["payment_to_date"]) == (date(2026, 8, 4), date(2026, 9, 3))
    assert row["timing_policy"] == "from_liquidation"


def test_a_withdrawn_policy_and_one_that_is_not_in_force_decide_nothing(con: Connection) -> None:
    put_member(con, 1)
    put_policy(con, days_to=1, withdrawn_date=date(2026, 1, 1))
    put_policy(con, timing_policy="other", days_to=2)
    assert window(con) == (date(2026, 6, 21), date(2026, 7, 21))


# ---- the claim ----------------------------------------------------------------------------------------------------


def test_the_claim_fires_for_an_accepted_or_refunded_entry_that_is_in_no_batch(con: Connection) -> None:
    for n, facts in enumerate(({"is_accepted": True}, {"refund_number": "R1"}, {}, {"is_accepted": True}), 1):
        put(con, "entries.case_facts", entry_number=entry_number(n), **facts)
    put_member(con, 1)
    put_member(con, 4)
    found = broken_claim(con, "refunds.refund_batches", CLAIM)
    assert sorted(row["entry_number"] for row in found) == [entry_number(1), entry_number(2), entry_number(4)]
    put_policy(con)
    build(con, "refunds.refund_batches")
    assert broken_claim(con, "refunds.refund_batches", CLAIM) == [{"entry_number": entry_number(2)}]


def test_without_the_policy_in_force_no_batch_is_lost_in_silence(con: Connection) -> None:
    put(con, "entries.case_facts", entry_number=entry_number(1), is_accepted=True)
    put_member(con, 1)
    build(con, "refunds.refund_batches")
    assert broken_claim(con, "refunds.refund_batches", CLAIM) == [{"entry_number": entry_number(1)}]


# ---- the oracle ---------------------------------------------------------------------------------------------------

HOLIDAYS = (date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3))
STATES = {"liquidated": "Liquidated", "unliquidated": "Unliquidated", "suspended": "Suspended", None: None}


PAYEES = [
    {"payee_number": number, "payee_key": number.replace("-", "")} for number in ("12-3456789", "36-9998887", "broker")
]


def random_entry(chance: random.Random, n: int) -> dict[str, Any]:
    """One entry as the oracle takes it, with what the tables upstream make of it beside."""
    accepted_on = chance.choice((date(2026, 4, 20) + timedelta(days=chance.randrange(91)), None))
    state = chance.choice(("liquidated", "unliquidated", "unliquidated", "suspended", None))
    reported = (accepted_on or date(2026, 5, 1)) + timedelta(days=chance.randrange(1, 60))
    source = chance.choice(("es022", "es003", None, None))
    actual = source is not None and reported <= AS_OF and (source == "es022" or accepted_on is not None)
    if source == "es003":
        state = "liquidated"
    principal = chance.choice((Decimal(chance.randrange(10**7)) / 100, Decimal("0.00"), None))
    interest = Decimal(chance.randrange(10**5)) / 100 if principal else principal
    if principal and chance.random() < 0.05:
        interest = None
    return {
        "entry_number": entry_number(n),
        **chance.choice(PAYEES),
        "accepted": chance.random() < 0.9,
        "accepted_date": accepted_on,
        "claim_number": chance.choice(("100000240001", "100000240002", "100000240003")),
        "entry_type_code": chance.choice(("01", "01", "01", "06", "21", "31")),
        "liquidation_status": STATES[state],
        "liquidation_date": reported if source == "es003" else None,
        "es022_liquidation_date": reported if source == "es022" else None,
        "principal_usd": principal,
        "interest_usd": interest,
        "state": state,
        "reliquidation_date": reported if actual else None,
    }


def put_case(con: Connection, entries: list[dict[str, Any]]) -> None:
    same = ("entry_number", "payee_number", "payee_key", "accepted_date", "claim_number", "reliquidation_date")
    facts = [
        {name: entry[name] for name in same}
        | {
            "is_accepted": entry["accepted"],
            "liquidation_state": entry["state"],
            "cape_treatment": "accepted_paid_on_liquidation"
            if entry["entry_type_code"] in WAREHOUSE_TYPES
            else "accepted",
            "refund_principal_usd": entry["principal_usd"],
        }
        for entry in entries
    ]
    put_many(con, "entries.case_facts", facts)
    accruing = [entry for entry in entries if entry["principal_usd"]]
    put_many(
        con,
        "refunds.interest_accruals",
        [{name: entry[name] for name in ("entry_number", "principal_usd", "interest_usd")} for entry in accruing],
    )


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_hundreds_of_accepted_entries_fall_into_the_batches_of_the_oracle(seed: int) -> None:
    chance = random.Random(seed)
    entries = [random_entry(chance, n) for n in range(400)]
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        put_policy(con)
        put_calendar(con, date(2026, 4, 1), date(2026, 9, 30), *HOLIDAYS)
        put_case(con, entries)
        build(con, "refunds.batch_entries")
        rows = rows_of(con, "refunds.refund_batches")
        members = con.execute(
            "select batch_id, list(entry_number order by entry_number) from refunds.batch_entries group by all"
        ).fetchall()
        build(con, "refunds.refund_batches")
        assert broken_claim(con, "refunds.refund_batches", CLAIM) == []
    expected, undated = batches(entries, AS_OF, HOLIDAYS)
    entries_of = dict(members)
    found = [
        {name: row[name] for name in expected[0] if name != "entry_numbers"}
        | {"entry_numbers": entries_of[row["batch_id"]]}
        for row in rows
        if row["liquidation_date"] is not None
    ]
    by_batch = {(batch["payee_number"], batch["liquidation_date"]): batch for batch in expected}
    assert {(batch["payee_number"], batch["liquidation_date"]): batch for batch in found} == by_batch
    without_date = [row["batch_id"] for row in rows if row["liquidation_date"] is None]
    assert sorted(number for batch in without_date for number in entries_of[batch]) == undated
