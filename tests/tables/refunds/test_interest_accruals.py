"""refunds.interest_accruals: the interest of every entry to the cent, or the reason why there is none."""

import random
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cape_pipeline.assets.interest import rate_table
from cape_pipeline.interest import OPTIONS, Conventions, walk
from tests.support.oracle.interest import accrue, entry_interest
from tests.support.tables import choose, empty_tables, put, rows_of
from tests.tables.many import put_many
from tests.tables.promises import broken_promises, build
from tests.tables.refunds.rates import (
    put_factors,
    put_flat_rate,
    put_published_rates,
    put_terms,
    seed_rates,
    terms_row,
)

Connection = duckdb.DuckDBPyConnection
CLAIM = "every_principal_has_terms"


def accrued(con: Connection, **terms: Any) -> dict[str, Any]:
    put_terms(con, **terms)
    put_factors(con)
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert broken_promises(con, "refunds.interest_accruals") == []
    return row


# ---- amounts ------------------------------------------------------------------------------------------------------


def test_a_hundred_thousand_from_may_2025_to_june_2026_earns_the_published_figure(con: Connection) -> None:
    put_published_rates(con)
    terms = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15)}
    row = accrued(con, **terms)
    assert (row["interest_usd"], row["accrual_days"]) == (Decimal("6430.69"), 391)
    assert (row["interest_high_usd"], row["interest_unknown_reason"]) == (Decimal("6430.69"), None)


def test_an_unknown_class_gives_the_corporate_interest_and_the_noncorporate_one_as_the_high_end(
    con: Connection,
) -> None:
    put_published_rates(con)
    row = accrued(
        con,
        principal_usd=Decimal("100000.00"),
        deposit_date=date(2025, 5, 15),
        rate_class_high="noncorporate",
        is_rate_class_stated=False,
    )
    assert (row["interest_usd"], row["interest_high_usd"]) == (Decimal("6430.69"), Decimal("7576.74"))
    assert (row["rate_class"], row["is_rate_class_stated"]) == ("corporate", False)


def test_the_policy_of_eight_percent_changes_the_second_quarter_of_2026_and_no_other(con: Connection) -> None:
    put_published_rates(con)
    choose(con, interest_rate_of_2026_q2=Decimal("0.08"))
    rates = [
        rate | dict.fromkeys((name for name in rate if name.endswith("_rate")), Decimal(8))
        if rate["quarter_start"] == "2026-04-01"
        else rate
        for rate in seed_rates()
    ]
    principal, deposited, ended = Decimal("100000.00"), date(2025, 5, 15), date(2026, 7, 10)
    row = accrued(con, principal_usd=principal, deposit_date=deposited, accrual_end_date=ended)
    assert row["interest_usd"] == accrue(principal, deposited, ended, "corporate", rates)["interest_usd"]
    assert row["interest_usd"] != accrue(principal, deposited, ended, "corporate", seed_rates())["interest_usd"]


@pytest.mark.parametrize(
    ("principal", "interest"),
    [("24.99", "0.00"), ("25.00", "0.01"), ("74.99", "0.01"), ("75.00", "0.02"), ("75.01", "0.02")],
)
def test_an_exact_half_cent_is_rounded_up_and_less_is_not(con: Connection, principal: str, interest: str) -> None:
    put_flat_rate(con, "0.073000")  # 0.0002 a day, so 25.00 earns 0.005
    row = accrued(
        con,
        principal_usd=Decimal(principal),
        deposit_date=date(2025, 7, 1),
        accrual_end_date=date(2025, 7, 2),
    )
    assert (row["interest_usd"], row["accrual_days"]) == (Decimal(interest), 1)


def test_a_factor_just_below_the_half_cent_is_not_rounded_up(con: Connection) -> None:
    put_terms(con, principal_usd=Decimal("25.00"))
    put(
        con,
        "refunds.interest_factors",
        deposit_date=date(2025, 6, 2),
        accrual_end_date=date(2026, 6, 10),
        rate_class="corporate",
        closing_factor=Decimal("1.00019999999999999999"),
    )
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert row["interest_usd"] == Decimal("0.00")


def test_the_day_of_deposit_does_not_count_and_the_last_day_does(con: Connection) -> None:
    put_flat_rate(con, "0.073000")
    for n, day in enumerate((date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3)), 1):
        put_terms(con, n, deposit_date=date(2025, 7, 1), accrual_end_date=day)
    put_factors(con)
    rows = rows_of(con, "refunds.interest_accruals")
    assert [(row["accrual_days"], row["interest_usd"]) for row in rows] == [
        (0, Decimal("0.00")),
        (1, Decimal("0.20")),
        (2, Decimal("0.40")),
    ]


def test_a_principal_of_ten_billion_does_not_overflow(con: Connection) -> None:
    put_published_rates(con)
    row = accrued(con, principal_usd=Decimal("9999999999.99"))
    walk = accrue("9999999999.99", "2025-06-02", "2026-06-10", "corporate", seed_rates())
    assert row["interest_usd"] == walk["interest_usd"]


# ---- several deposits ----------------------------------------------------------------------------------------------


def test_the_parts_of_an_entry_add_up_to_interest_that_is_rounded_once_for_the_entry(con: Connection) -> None:
    put_flat_rate(con, "0.073000")  # 0.0002 a day, so each 24.00 earns 0.0048 in a day and three of them 0.0144
    for sequence in (1, 2, 3):
        put_terms(
            con,
            deposit_sequence=sequence,
            interest_start_rule="listed_deposits",
            principal_usd=Decimal("24.00"),
            deposit_date=date(2025, 7, 1),
            accrual_end_date=date(2025, 7, 2),
        )
    put_factors(con)
    rows = rows_of(con, "refunds.interest_accruals")
    assert [row["interest_usd"] for row in rows] == [Decimal("0.00"), Decimal("0.01"), Decimal("0.00")]


def test_a_part_without_interest_takes_none_from_the_others(con: Connection) -> None:
    put_published_rates(con)
    listed = {"interest_start_rule": "listed_deposits"}
    put_terms(con, deposit_sequence=1, **listed)
    put_terms(con, deposit_sequence=2, deposit_date=date(2026, 6, 11), **listed)
    put_terms(con, deposit_sequence=3, **listed)
    put_factors(con)
    first, second, third = rows_of(con, "refunds.interest_accruals")
    assert (second["interest_usd"], second["interest_unknown_reason"]) == (None, "deposit_after_end")
    parts = [("1000.00", date(2025, 6, 2))] * 2
    together = entry_interest(parts, date(2026, 6, 10), "corporate", seed_rates())
    assert first["interest_usd"] + third["interest_usd"] == together


def test_deposits_that_do_not_add_up_give_that_as_the_reason(con: Connection) -> None:
    put_published_rates(con)
    row = accrued(con, deposit_date=None, deposit_date_basis=None, interest_start_rule="deposits_unlike_principal")
    assert (row["interest_usd"], row["interest_unknown_reason"]) == (None, "deposits_unlike_principal")


def test_the_stated_interest_runs_from_the_stated_day_and_its_ends_from_the_latest_and_the_earliest(
    con: Connection,
) -> None:
    put_published_rates(con)
    terms = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15)}
    row = accrued(con, **terms, deposit_latest_date=date(2025, 6, 23), deposit_earliest_date=date(2025, 5, 1))
    (high,) = [entry_interest([("100000.00", date(2025, 5, 1))], date(2026, 6, 10), "corporate", seed_rates())]
    amounts = (row["interest_low_usd"], row["interest_usd"], row["interest_high_usd"])
    assert amounts == (Decimal("5750.60"), Decimal("6430.69"), high)
    assert row["accrual_days"] == 391


@pytest.mark.parametrize(("latest", "low"), [(date(2026, 6, 10), "0.00"), (date(2026, 6, 9), "13.70")])
def test_a_deposit_that_may_be_of_the_last_day_may_have_borne_nothing(con: Connection, latest: date, low: str) -> None:
    put_published_rates(con)
    terms = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15)}
    row = accrued(con, **terms, deposit_latest_date=latest)
    assert row["interest_low_usd"] == Decimal(low)


def test_under_a_convention_no_factor_carries_the_ends_are_walked_too(con: Connection) -> None:
    choose(con, interest_ten_thousand_policy="per_entry")
    put_published_rates(con)
    terms = {"principal_usd": Decimal("100000.00"), "ten_thousand_base_usd": Decimal("100000.00")}
    row = accrued(con, **terms, deposit_date=date(2025, 5, 15), deposit_latest_date=date(2025, 6, 23))
    assert row["interest_usd"] == Decimal("4904.04")
    assert Decimal(0) < row["interest_low_usd"] < row["interest_usd"]


# ---- conventions ---------------------------------------------------------------------------------------------------

WALKED = {"per_entry", "per_quarter", "half_even"}
DEFAULT = {"interest_rounding_policy": "once"}
SHORT, LONG = date(2026, 6, 10), date(2026, 11, 16)
PER_ENTRY = {"ten_thousand_base_usd": Decimal("100000.00")}


@pytest.mark.parametrize(
    ("policies", "terms", "short", "long"),
    [
        (DEFAULT, {}, "6430.69", "9189.07"),
        (DEFAULT, {"rate_class": "noncorporate"}, "7576.74", "10846.55"),
        (DEFAULT, {"deposit_date": date(2025, 6, 23)}, "5750.60", None),
        ({"interest_ten_thousand_policy": "per_entry"}, PER_ENTRY, "4904.04", "6993.11"),
        ({"interest_day_count_policy": "first_day_in"}, {}, "6433.60", "9189.07"),
        ({"interest_day_count_policy": "both"}, {}, "6448.18", None),
        ({"interest_compounding_policy": "simple"}, {}, "6232.88", "8791.78"),
        ({"interest_rounding_policy": "nine_decimal_factors"}, {}, "6430.69", "9189.07"),
        ({"interest_rounding_policy": "per_quarter"}, {}, "6430.69", "9189.07"),
        ({"interest_rounding_mode_policy": "half_even"}, {}, "6430.69", "9189.07"),
        ({"interest_divisor_policy": "fixed_365"}, {}, "6430.69", "9189.07"),
    ],
    ids=lambda value: " ".join(map(str, value.values())) or "default" if isinstance(value, dict) else value,
)
def test_each_convention_is_worth_its_published_amount_with_and_without_factors(
    con: Connection, policies: dict[str, str], terms: dict[str, Any], short: str, long: str | None
) -> None:
    choose(con, **policies)
    put_published_rates(con)
    given = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15), **terms}
    for n, end in enumerate((SHORT, LONG), 1):
        put_terms(con, n, accrual_end_date=end, **given)
    put_factors(con)
    build(con, "refunds.interest_accruals")
    first, second = rows_of(con, "refunds.interest_accruals")
    assert first["interest_usd"] == Decimal(short)
    assert long is None or second["interest_usd"] == Decimal(long)
    assert broken_promises(con, "refunds.interest_accruals") == []
    walks, sums = (
        con.execute(query).fetchall()
        for query in (
            "select count(*) > 0 from refunds.interest_walks",
            "select cast(round(sum(interest_usd), 2) as decimal(18, 2)), sum(days) from refunds.interest_segments"
            " group by entry_number order by entry_number",
        )
    )
    assert walks == [(not WALKED.isdisjoint(policies.values()),)]
    assert sums == [(row["interest_usd"], row["accrual_days"]) for row in (first, second)]


OPTIONS_OF_POINTS = [
    ("interest_day_count_policy", OPTIONS["day_count"]),
    ("interest_divisor_policy", OPTIONS["divisor"]),
    ("interest_compounding_policy", OPTIONS["compounding"]),
    ("interest_rounding_policy", ("once", "per_quarter", "nine_decimal_factors", "nine_decimal_daily_rate")),
    ("interest_rounding_mode_policy", OPTIONS["rounding_mode"]),
    ("interest_ten_thousand_policy", ("off", "per_entry")),
]


@settings(max_examples=12)
@given(choices=st.tuples(*(st.sampled_from(options) for _, options in OPTIONS_OF_POINTS)), seed=st.integers(0, 2**32))
def test_any_mixture_of_conventions_gives_the_cents_of_a_walk_of_each_entry(
    choices: tuple[str, ...], seed: int
) -> None:
    """Cutting off cents is left out where factors carry it: they are stored rounded up, by less than 1e-20."""
    day_count, divisor, compounding, rounding, mode, rule = choices
    conventions = Conventions(
        day_count=day_count,
        divisor=divisor,
        compounding=compounding,
        rounding_stage=rounding if rounding != "nine_decimal_daily_rate" else "once",
        rounding_mode=mode,
        daily_rate="nine_decimals" if rounding == "nine_decimal_daily_rate" else "exact",
        ten_thousand_dollar_rule=rule == "per_entry",
    )
    chance = random.Random(seed)
    with empty_tables() as con:
        last = put_published_rates(con)
        choose(con, **{point: choice for (point, _), choice in zip(OPTIONS_OF_POINTS, choices, strict=True)})
        terms = [random_terms(chance, last) for _ in range(40)]
        for one in terms:
            one["accrual_end_date"] = min(one["accrual_end_date"], last)
            one["ten_thousand_base_usd"] = one["principal_usd"] if rule == "per_entry" else Decimal("0.00")
        put_many(con, "refunds.accrual_terms", [terms_row(n, **one) for n, one in enumerate(terms)])
        put_factors(con)
        rates, rows = rate_table(con), rows_of(con, "refunds.interest_accruals")
        for one, row in zip(terms, rows, strict=True):
            start, end = one["deposit_date"], one["accrual_end_date"]
            if start is None or start > end:
                assert row["interest_usd"] is None
                continue
            walked = walk(one["principal_usd"], start, end, one["rate_class"], rates, conventions)
            assert (row["interest_usd"], row["accrual_days"]) == (walked.interest_usd, walked.days), one


@pytest.mark.parametrize(
    ("mode", "interest"),
    [
        ("half_up", ["0.01", "0.02", "0.01", "0.01"]),
        ("half_even", ["0.00", "0.02", "0.01", "0.01"]),
        ("down", ["0.00", "0.01", "0.01", "0.00"]),
    ],
)
def test_half_a_cent_goes_where_the_mode_says(con: Connection, mode: str, interest: list[str]) -> None:
    choose(con, interest_rounding_mode_policy=mode)
    put_flat_rate(con, "0.073000")  # a day of 25.00 earns half a cent exactly
    for n, principal in enumerate(("25.00", "75.00", "50.00", "49.99"), 1):
        put_terms(
            con,
            n,
            principal_usd=Decimal(principal),
            deposit_date=date(2025, 7, 1),
            accrual_end_date=date(2025, 7, 2),
        )
    put_factors(con)
    rows = rows_of(con, "refunds.interest_accruals")
    assert [row["interest_usd"] for row in rows] == [Decimal(cents) for cents in interest]


@pytest.mark.parametrize(
    ("policy", "lines", "interest"),
    [
        ("per_line", ("25.00", "25.00"), "0.02"),
        ("once", ("25.00", "25.00"), "0.01"),
        ("per_line", ("25.00", "24.99"), "0.01"),  # lines that are not the principal: rounded whole
        ("per_line", ("75.00", "-25.00"), "0.01"),
        ("per_line", (), "0.01"),
    ],
)
def test_cents_are_made_by_line_where_the_policy_says_so_and_the_lines_make_up_the_principal(
    con: Connection, policy: str, lines: tuple[str, ...], interest: str
) -> None:
    choose(con, interest_rounding_policy=policy)
    put_flat_rate(con, "0.073000")
    terms = put_terms(
        con, principal_usd=Decimal("50.00"), deposit_date=date(2025, 7, 1), accrual_end_date=date(2025, 7, 2)
    )
    for number, amount in enumerate(lines, 1):
        put(
            con,
            "lines.duty_splits",
            entry_number=terms["entry_number"],
            line_number=number,
            ieepa_low_usd=Decimal(amount),
        )
    put_factors(con)
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert row["interest_usd"] == Decimal(interest)


@pytest.mark.parametrize(("count", "amount", "interest"), [(2, "50000.00", "4904.04"), (5, "20000.00", "4904.05")])
def test_lines_share_the_first_ten_thousand_dollars_of_their_entry(
    con: Connection, count: int, amount: str, interest: str
) -> None:
    choose(con, interest_rounding_policy="per_line", interest_ten_thousand_policy="per_entry")
    put_published_rates(con)
    given = {"principal_usd": Decimal("100000.00"), "deposit_date": date(2025, 5, 15), **PER_ENTRY}
    terms = put_terms(con, **given)
    for number in range(1, count + 1):
        put(
            con,
            "lines.duty_splits",
            entry_number=terms["entry_number"],
            line_number=number,
            ieepa_low_usd=Decimal(amount),
        )
    put_factors(con)
    build(con, "refunds.interest_accruals")
    (row,) = rows_of(con, "refunds.interest_accruals")
    assert row["interest_usd"] == row["interest_high_usd"] == Decimal(interest)
    (total,) = con.execute("select sum(interest_usd) from refunds.interest_segments").fetchone() or (None,)
    assert total.quantize(Decimal("0.01")) == Decimal("4904.04")


def test_entries_of_one_payment_share_its_first_ten_thousand_dollars(con: Connection) -> None:
    choose(con, interest_ten_thousand_policy="per_payment")
    put_published_rates(con)
    for n in (1, 2):
        put_terms(con, n, principal_usd=Decimal("50000.00"), deposit_date=date(2025, 5, 15), **PER_ENTRY)
    put_factors(con)
    rows = rows_of(con, "refunds.interest_accruals")
    assert {row["interest_usd"] for row in rows} == {Decimal("2452.02")}


@pytest.mark.parametrize(("day_count", "days"), [("first_day_in", 0), ("both", 1), ("neither", 0)])
def test_on_the_day_of_deposit_only_counting_both_end_days_leaves_interest(
    con: Connection, day_count: str, days: int
) -> None:
    choose(con, interest_day_count_policy=day_count)
    put_published_rates(con)
    row = accrued(con, deposit_date=date(2026, 6, 10))
    assert (row["accrual_days"], row["interest_usd"] > 0) == (days, days > 0)


def test_a_carried_rate_is_used_past_the_last_published_quarter_if_asked_and_says_so_where_it_is(
    con: Connection,
) -> None:
    choose(con, interest_beyond_rates_policy="carry_forward")
    last = put_published_rates(con)
    put_terms(con, 1, accrual_end_date=last)
    put_terms(con, 2, accrual_end_date=last + timedelta(days=1))
    put_factors(con)
    build(con, "refunds.interest_accruals")
    inside, beyond = rows_of(con, "refunds.interest_accruals")
    assert (inside["is_rate_carried_forward"], beyond["is_rate_carried_forward"]) == (False, True)
    assert (beyond["interest_usd"] > inside["interest_usd"], beyond["interest_unknown_reason"]) == (True, None)
    carried = con.execute(
        "select entry_number, quarter_start from refunds.interest_segments where is_rate_carried_forward"
    ).fetchall()
    assert carried == [("ABC00000002", last + timedelta(days=1))]


@pytest.mark.parametrize("day_count", ["first_day_in", "neither"])
def test_an_end_day_that_bears_nothing_needs_no_rate(con: Connection, day_count: str) -> None:
    choose(con, interest_day_count_policy=day_count)
    last = put_published_rates(con)
    for n, end in enumerate((last + timedelta(days=1), last + timedelta(days=2)), 1):
        put_terms(con, n, accrual_end_date=end)
    put_factors(con)
    reasons = [row["interest_unknown_reason"] for row in rows_of(con, "refunds.interest_accruals")]
    assert reasons == [None, "rates_not_published"]


# ---- no interest, and why -----------------------------------------------------------------------------------------


def test_without_a_deposit_day_there_is_no_interest_and_the_reason_is_said(con: Connection) -> None:
    put_published_rates(con)
    row = accrued(con, deposit_date=None, deposit_date_basis=None)
    told = (row["interest_usd"], row["interest_high_usd"], row["accrual_days"], row["interest_unknown_reason"])
    assert told == (None, None, None, "deposit_date_unknown")


@pytest.mark.parametrize(
    ("deposit", "interest", "days", "reason"),
    [
        (date(2026, 6, 9), Decimal("0.14"), 1, None),
        (date(2026, 6, 10), Decimal("0.00"), 0, None),
        (date(2026, 6, 11), None, None, "deposit_after_end"),
    ],
)
def test_a_deposit_on_the_last_day_earns_nothing_and_one_after_it_is_a_contradiction(
    con: Connection, deposit: date, interest: Decimal | None, days: int | None, reason: str | None
) -> None:
    put_published_rates(con)
    row = accrued(con, deposit_date=deposit)
    assert (row["interest_usd"], row["accrual_days"], row["interest_unknown_reason"]) == (interest, days, reason)


def test_beyond_the_last_published_quarter_there_is_no_interest_and_none_is_carried_forward(con: Connection) -> None:
    last = put_published_rates(con)
    put_terms(con, 1, accrual_end_date=last)
    put_terms(con, 2, accrual_end_date=last + timedelta(days=1))
    put_factors(con)
    inside, beyond = rows_of(con, "refunds.interest_accruals")
    assert (inside["interest_usd"] is None, inside["interest_unknown_reason"]) == (False, None)
    assert (beyond["interest_usd"], beyond["interest_high_usd"]) == (None, None)
    assert beyond["interest_unknown_reason"] == "rates_not_published"
    assert beyond["accrual_days"] == inside["accrual_days"] + 1


# ---- months and the claim -----------------------------------------------------------------------------------------


# ---- the oracle ---------------------------------------------------------------------------------------------------


def random_terms(chance: random.Random, last: date) -> dict[str, Any]:
    """Any amount, any days around and beyond the rates, any class stated or not."""
    start = date(2024, 12, 1) + timedelta(days=chance.randrange(600))
    days = chance.choice((0, 1, chance.randrange(90), chance.randrange(700), -1))
    stated = chance.choice(("corporate", "noncorporate", None))
    return {
        "principal_usd": Decimal(chance.choice((1, 5, 100, 10**4, 10**8, 10**12)) + chance.randrange(10**6)) / 100,
        "deposit_date": chance.choice((start, start, start, None)),
        "accrual_end_date": min(start + timedelta(days=days), last + timedelta(days=2)),
        "rate_class": stated or "corporate",
        "rate_class_high": stated or "noncorporate",
        "is_rate_class_stated": stated is not None,
    }


def expected(terms: dict[str, Any], last: date) -> tuple[Any, ...]:
    """Interest, its high end, days and reason, as the oracle walks day by day."""
    start, end = terms["deposit_date"], terms["accrual_end_date"]
    if start is None or start > end:
        return None, None, None, "deposit_date_unknown" if start is None else "deposit_after_end"
    if end > last and start < end:
        return None, None, (end - start).days, "rates_not_published"
    low, high = (
        accrue(terms["principal_usd"], start, end, terms[name], seed_rates())
        for name in ("rate_class", "rate_class_high")
    )
    return low["interest_usd"], high["interest_usd"], low["days"], None


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_the_interest_of_hundreds_of_entries_is_that_of_the_oracle_day_by_day(seed: int) -> None:
    chance = random.Random(seed)
    with empty_tables() as con:
        last = put_published_rates(con)
        terms = [random_terms(chance, last) for _ in range(250)]
        put_many(con, "refunds.accrual_terms", [terms_row(n, **one) for n, one in enumerate(terms)])
        put_factors(con)
        names = ("interest_usd", "interest_high_usd", "accrual_days", "interest_unknown_reason")
        found = [tuple(row[name] for name in names) for row in rows_of(con, "refunds.interest_accruals")]
    for one, row in zip(terms, found, strict=True):
        assert row == expected(one, last), one


def rates_by_quarter(con: Connection) -> dict[tuple[int, int, str], Decimal]:
    """Every published rate by year, quarter and class."""
    rows = con.execute(
        "select year(quarter_start), quarter(quarter_start), overpayment_corporate_rate,"
        " overpayment_noncorporate_rate from registry.interest_rates"
    ).fetchall()
    return {
        (year, quarter, name): rate
        for year, quarter, *rates in rows
        for name, rate in zip(("corporate", "noncorporate"), rates, strict=True)
    }


def growth_by_days(start: date, end: date, rate_class: str, rates: dict[tuple[int, int, str], Decimal]) -> Decimal:
    """What a dollar becomes, one day after the other: the definition, and none of the product's code."""
    with localcontext() as context:
        context.prec = 60
        worth, day = Decimal(1), start
        while day < end:
            day += timedelta(days=1)
            days_in_year = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
            worth *= 1 + rates[day.year, (day.month + 2) // 3, rate_class] / days_in_year
        return worth


def cents_of(principal: Decimal, worth: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return (principal * (worth - 1)).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_three_thousand_random_spans_since_1983_differ_from_the_days_one_by_one_in_no_cent() -> None:
    chance = random.Random(19_830_101)
    with empty_tables() as con:
        last = put_published_rates(con)
        rates = rates_by_quarter(con)
        terms: list[dict[str, Any]] = []
        for _ in range(3000):
            start = date(1983, 1, 1) + timedelta(days=chance.randrange((last - date(1983, 1, 1)).days))
            end = min(start + timedelta(days=chance.choice((1, 60, 366, 800)) + chance.randrange(30)), last)
            rate_class = chance.choice(("corporate", "noncorporate"))
            terms.append(
                {
                    "principal_usd": Decimal(chance.randrange(1, 10 ** chance.choice((4, 7, 10, 12)))) / 100,
                    "deposit_date": start,
                    "accrual_end_date": end,
                    "rate_class": rate_class,
                    "rate_class_high": rate_class,
                }
            )
        put_many(con, "refunds.accrual_terms", [terms_row(n, **one) for n, one in enumerate(terms)])
        put_factors(con)
        found = [row["interest_usd"] for row in rows_of(con, "refunds.interest_accruals")]
    expected = [
        cents_of(
            one["principal_usd"],
            growth_by_days(one["deposit_date"], one["accrual_end_date"], one["rate_class"], rates),
        )
        for one in terms
    ]
    assert sum(one["deposit_date"].year % 4 == 0 for one in terms) > 500
    assert [told for told in zip(terms, found, expected, strict=True) if told[1] != told[2]] == []


def test_a_batch_of_a_hundred_thousand_entries_to_ten_billion_neither_overflows_nor_drifts() -> None:
    chance = random.Random(100_000)
    spans = [(date(2025, 2, 4) + timedelta(days=7 * n), date(2026, 6, 1) + timedelta(days=n)) for n in range(50)]
    principals = [Decimal(chance.randrange(1, 10**12 + 1)) / 100 for _ in range(99_999)] + [Decimal("10000000000.00")]
    with empty_tables() as con:
        put_published_rates(con)
        rates = rates_by_quarter(con)
        put_many(
            con,
            "refunds.accrual_terms",
            [
                terms_row(
                    n,
                    principal_usd=principal,
                    deposit_date=spans[n % 50][0],
                    accrual_end_date=spans[n % 50][1],
                    rate_class_high="noncorporate",
                )
                for n, principal in enumerate(principals)
            ],
        )
        put_factors(con)
        build(con, "refunds.interest_accruals")
        found = con.execute(
            "select sum(principal_usd), sum(interest_usd), sum(interest_high_usd), count(interest_usd)"
            " from refunds.entry_interest"
        ).fetchone()
    low, high = ([growth_by_days(*span, name, rates) for span in spans] for name in ("corporate", "noncorporate"))
    assert found == (
        sum(principals),
        sum(cents_of(principal, low[n % 50]) for n, principal in enumerate(principals)),
        sum(cents_of(principal, high[n % 50]) for n, principal in enumerate(principals)),
        100_000,
    )
