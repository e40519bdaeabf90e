"""How many entries whom, when, and what a kind of entry comes to."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.demo.interest import cents, refund_interest
from cape_pipeline.sample import MOST_ENTRIES, write_sample
from cape_pipeline.sample.goods import pools
from cape_pipeline.sample.kinds import KIND_IDS, KINDS, by_clock, case_of, shares_on
from cape_pipeline.sample.law import Law
from cape_pipeline.sample.plan import plan, shared_out
from cape_pipeline.sample.settlement import FATE_SLOTS, FATES, interest_factors
from cape_pipeline.sample.timetable import (
    LAST_REFUND_DAY,
    MONTHLY_RUN,
    entry_days,
    settlements,
    value_date,
    waves,
)

DAYS = entry_days()


@given(st.integers(0, 10**8), st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_shared_out_counts_make_the_total_and_none_is_off_by_a_whole(total: int, shares: list[int]) -> None:
    counts = shared_out(total, shares)
    assert sum(counts) == total
    assert all(abs(count - total * share / sum(shares)) <= 1.01 for count, share in zip(counts, shares, strict=True))


@pytest.mark.parametrize("entries", [1, 7, 2_000, 1_000_000, 53_173_939, MOST_ENTRIES])
def test_a_plan_of_any_size_has_just_its_entries_and_numbers_of_seven_digits(entries: int) -> None:
    made = plan(entries, 1, DAYS)
    assert sum(run.entry_count for run in made.runs) == entries
    assert [run.first_entry for run in made.runs] == _starts([run.entry_count for run in made.runs])
    for run in made.runs:
        assert run.first_serial >= 1_000_000
        assert run.first_serial + run.entry_count * made.stride <= 10_000_000


def _starts(counts: list[int]) -> list[int]:
    return [sum(counts[:place]) for place in range(len(counts))]


def test_the_serials_of_a_filer_never_overlap_between_months() -> None:
    made = plan(500_000, 3, DAYS)
    of_filers = sorted(made.runs, key=lambda run: (run.filer.code, run.first_serial))
    for _, runs in groupby(of_filers, key=lambda run: run.filer.code):
        known = list(runs)
        assert [run.month for run in known] == sorted(run.month for run in known)
        for earlier, later in pairwise(known):
            assert earlier.first_serial + earlier.entry_count * made.stride <= later.first_serial


def test_the_importers_of_the_whole_country_are_as_many_as_there_are() -> None:
    assert abs(plan(53_173_939, 1, DAYS).importers - 330_566) < 1_000


@pytest.mark.parametrize("entries", [0, -5, MOST_ENTRIES + 1])
def test_a_number_of_entries_that_cannot_be_is_refused(entries: int, tmp_path) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        write_sample(tmp_path, entries, 1)


def test_day_80_is_the_last_for_cape_and_day_180_for_a_protest() -> None:
    answers = [by_clock(AS_OF - timedelta(days=days)) for days in (80, 81, 180, 181)]
    assert answers == [
        ("eligible", "file_cape"),
        ("ineligible", "file_protest"),
        ("ineligible", "file_protest"),
        ("ineligible", "court"),
    ]
    assert by_clock(None) == ("eligible", "file_cape")


def test_every_kind_can_be_on_some_day(law: Law) -> None:
    possible = {place for day in DAYS for place, _ in shares_on(day, frozenset(pools(day.day, law)))}
    assert [kind.name for place, kind in enumerate(KINDS) if place not in possible] == []
    assert len({kind.name for kind in KINDS}) == len(KINDS) < KIND_IDS


def test_what_a_report_shows_never_lies_after_its_run() -> None:
    for day in DAYS:
        for case in filter(None, (case_of(kind, day) for kind in KINDS)):
            assert case.liquidated is None or day.day < case.liquidated <= MONTHLY_RUN
            assert case.protest_decided is None or case.protest_decided <= MONTHLY_RUN


def test_an_accepted_entry_was_filed_within_80_days_of_its_liquidation() -> None:
    filed = 0
    for day in DAYS:
        for case in filter(None, (case_of(kind, day) for kind in KINDS if kind.claim.startswith("accepted"))):
            last = waves()[case.first_wave + case.wave_count - 1]
            assert case.liquidated is None or last <= case.liquidated + timedelta(days=80)
            filed += case.liquidated is not None
    assert filed > 50


def test_an_entry_cannot_be_liquidated_before_it_is_made() -> None:
    (kind,) = (kind for kind in KINDS if kind.name == "liquidated on day 181")
    late = replace(DAYS[-1])
    assert case_of(kind, late) is None
    assert case_of(kind, DAYS[0]) is not None


def test_cash_of_every_refund_is_in_the_bank_by_the_valuation_day() -> None:
    dated = [settled.refund_date for settled in settlements() if settled.refund_date]
    assert max(dated) <= LAST_REFUND_DAY
    assert value_date(LAST_REFUND_DAY) <= AS_OF
    assert any(settled.refund_date is None for settled in settlements())


def test_the_fates_fill_their_slots() -> None:
    assert sum(fate.share for fate in FATES) == FATE_SLOTS


@pytest.mark.parametrize("rate_class", ["corporate", "noncorporate"])
@pytest.mark.parametrize("deposit", [date(2025, 2, 14), date(2026, 3, 31)])
def test_a_factor_earns_what_a_plain_walk_earns(rate_class: str, deposit: date) -> None:
    end, principal = date(2026, 7, 2), 1_234_567
    (factor,) = (f for _, _, named, f in interest_factors([deposit], [end]) if named == rate_class)
    assert cents(factor * principal) == refund_interest(principal, deposit, end, rate_class)
