"""The story holds together: every scenario is there, every answer follows, nothing contradicts the files."""

import ast
import json
import re
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import cape_pipeline.demo
from cape_pipeline.demo import DemoSet
from cape_pipeline.demo.cast import AS_OF, FIRST_RUN, FIRST_RUN_TO, IMPORTERS, SECOND_RUN, SECOND_RUN_FROM
from cape_pipeline.demo.entry import Entry
from cape_pipeline.demo.entry_numbers import check_digit
from cape_pipeline.demo.scenarios import plan

STORY_SEEDS = (1, 2, 20260720)
#: Several words of one status and path: how often the set shows each.
EXPECTED_COUNTS = {
    ("eligible", "file_cape"): 59,
    ("refunded", "none"): 22,
    ("refunded", "await_refund"): 13,
    ("refunded", "dispute_refund"): 8,
    ("accepted", "await_refund"): 14,
    ("no_ieepa", "none"): 9,
    ("ineligible", "file_protest"): 9,
    ("ineligible", "court"): 7,
    ("ineligible", "await_phase"): 5,
    ("ineligible", "await_protest"): 3,
    ("ineligible", "withdraw_protest_then_cape"): 1,
    ("ineligible", "await_refund"): 1,
    ("ineligible", "await_liquidation"): 2,
    ("ineligible", "fix_and_refile"): 2,
    ("ineligible", "manual_review"): 2,
    ("eligible_paid_on_liquidation", "file_cape"): 6,
    ("review", "manual_review"): 6,
    ("review", "file_recon_first"): 1,
}


@pytest.fixture(scope="module", params=STORY_SEEDS)
def entries(request: pytest.FixtureRequest) -> tuple[Entry, ...]:
    return plan(request.param)


def test_the_set_shows_every_status_and_path_as_often_as_told(demo: DemoSet) -> None:
    shown = Counter((entry.cape_status, entry.recommended_path) for entry in demo.answers.entries)
    assert dict(shown) == EXPECTED_COUNTS


def test_the_set_shows_every_way_a_refund_can_end_that_it_promises(demo: DemoSet) -> None:
    shown = Counter(refund.match_status for refund in demo.answers.refunds)
    assert shown == {
        "matched": 6, "rejected": 2, "diverted": 1, "short": 1, "pending": 1, "not_in_rev603": 1, "not_in_es022": 1,
        None: 1,
    }  # fmt: skip


def test_the_set_is_as_large_as_a_small_importers(demo: DemoSet) -> None:
    assert 150 <= len(demo.answers.entries) <= 180
    assert {entry.importer_number for entry in demo.answers.entries} == {importer.number for importer in IMPORTERS}
    assert {entry.filer_code for entry in demo.answers.entries} == {"ZQX", "999"}
    assert {entry.entry_type_code for entry in demo.answers.entries} == {
        "01", "02", "03", "06", "08", "11", "21", "22", "31",
    }  # fmt: skip


def test_entry_numbers_are_unique_and_their_check_digits_fit(entries: tuple[Entry, ...]) -> None:
    numbers = [entry.number for entry in entries]
    assert len(set(numbers)) == len(numbers)
    assert all(check_digit(number[:10]) == int(number[10]) for number in numbers)


def test_an_entry_that_should_pay_ieepa_duty_does_and_one_that_should_not_does_not(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert (entry.ieepa_high_usd == 0) == (entry.status == "no_ieepa"), (entry.scenario, entry.number)


def test_every_accepted_entry_was_exported_before_cape_took_it(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if entry.claim:
            runs = [FIRST_RUN] if entry.entry_date <= FIRST_RUN_TO else []
            runs += [SECOND_RUN] if entry.entry_date >= SECOND_RUN_FROM else []
            assert min(runs) < entry.claim.accepted, (entry.scenario, entry.number)


def test_every_claimed_liquidated_entry_was_within_80_days(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if entry.claim and entry.liquidation:
            assert timedelta(0) <= entry.claim.accepted - entry.liquidation <= timedelta(days=80), entry.scenario


def test_what_only_the_first_run_shows_has_not_changed_since(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        if not entry.claim and entry.entry_date < SECOND_RUN_FROM:
            assert entry.status_on(FIRST_RUN) == entry.status_on(AS_OF), (entry.scenario, entry.number)
            assert entry.status_on(FIRST_RUN)[0] != "Unliquidated", (entry.scenario, entry.number)


def test_days_80_and_87_178_and_185_fall_on_both_sides_of_their_edges(entries: tuple[Entry, ...]) -> None:
    paths = {
        (AS_OF - entry.liquidation).days: entry.path
        for entry in entries
        if entry.liquidation and re.fullmatch(r"day \d+|liquidated 1\d\d days ago", entry.scenario)
    }
    assert paths == {80: "file_cape", 87: "file_protest", 178: "file_protest", 185: "court"}


def test_every_deposit_is_later_than_its_entry_and_earlier_than_the_end_of_interest(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        deposited, _ = entry.deposit
        assert entry.entry_date < deposited < (entry.settled or AS_OF), entry.scenario


def test_the_three_ways_of_knowing_a_deposit_day_are_all_used(demo: DemoSet) -> None:
    assert {entry.deposit_date_basis for entry in demo.answers.entries} == {
        "user_fact", "monthly_statement_rule", "entry_summary_date_proxy",
    }  # fmt: skip


def test_lines_of_an_entry_add_up_to_its_refund_principal(demo: DemoSet) -> None:
    low: Counter[str] = Counter()
    for line in demo.answers.lines:
        low[line.entry_number] += line.ieepa_low_usd  # type: ignore[assignment]
    for entry in demo.answers.entries:
        if entry.refund_principal_usd:
            assert entry.refund_principal_usd == low[entry.entry_number]


def test_interest_ends_on_the_four_bases_and_only_where_a_principal_is_certain(demo: DemoSet) -> None:
    ends: dict[str | None, set[str]] = {}
    for entry in demo.answers.entries:
        assert (entry.interest_usd is None) == (not entry.refund_principal_usd)
        ends.setdefault(entry.interest_end_basis, set()).add(str(entry.interest_end_date))
    assert ends == {
        None: {"None"},
        "accrued_to_as_of": {"2026-07-20"},
        "as_if_accepted_on_as_of": {"2026-07-21", "2026-09-03"},
        "forecast_from_acceptance": {"2026-07-21", "2026-08-27", "2026-09-03"},
        "actual_reliquidation": {
            "2026-04-22", "2026-04-28", "2026-05-19", "2026-06-05", "2026-06-11", "2026-07-02", "2026-07-14",
        },
    }  # fmt: skip


def test_batches_hold_exactly_the_accepted_entries_with_a_day(demo: DemoSet) -> None:
    dated = [
        entry
        for entry in demo.answers.entries
        if entry.interest_end_basis in {"actual_reliquidation", "forecast_from_acceptance"}
    ]
    assert sum(batch.entry_count for batch in demo.answers.batches) == len(dated)
    assert sum(batch.principal_usd for batch in demo.answers.batches) == sum(
        entry.refund_principal_usd or Decimal(0) for entry in dated
    )
    assert len({(batch.payee_number, batch.liquidation_date) for batch in demo.answers.batches}) == len(
        demo.answers.batches
    )


def test_one_refund_holds_entries_of_two_declarations(demo: DemoSet) -> None:
    assert any(batch.declaration_count == 2 and batch.refund_number for batch in demo.answers.batches)


def test_every_refund_of_a_batch_is_its_principal_and_interest(demo: DemoSet) -> None:
    totals = {batch.refund_number: batch.total_usd for batch in demo.answers.batches if batch.refund_number}
    refunds = {refund.refund_number: refund.es022_usd for refund in demo.answers.refunds if refund.es022_usd}
    assert totals == refunds


def test_cash_is_the_refund_where_it_matches_and_less_where_it_is_short_or_diverted(demo: DemoSet) -> None:
    for refund in demo.answers.refunds:
        told = refund.rev603_usd or refund.es022_usd or Decimal(0)
        if refund.match_status in {"matched", "not_in_es022", None}:
            assert refund.deposited_usd == told
        elif refund.match_status in {"short", "diverted"}:
            assert 0 < refund.deposited_usd < told
        else:
            assert refund.deposited_usd == 0
    assert [refund.bank_credit_count for refund in demo.answers.refunds].count(2) == 1


def test_answers_are_json_with_amounts_and_days_as_text(demo: DemoSet) -> None:
    told = json.loads(demo.answers_json())
    assert told["as_of"] == "2026-07-20"
    assert told["lines"][0]["paid_usd"] == str(demo.answers.lines[0].paid_usd)
    assert {len(told["entries"]), len(demo.answers.entries)} == {len(demo.answers.entries)}


def test_the_demonstration_leans_on_nothing_of_the_pipeline_but_its_contracts() -> None:
    allowed = ("cape_pipeline.demo", "cape_pipeline.contracts.", "cape_pipeline.warehouse.contract")
    for module in Path(cape_pipeline.demo.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            own = [name for name in names if name.startswith("cape_pipeline")]
            assert all(name.startswith(allowed) for name in own), (module.name, own)
