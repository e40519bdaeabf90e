"""What is built before the months, by month, and after them; and which months share a run.

Belongs here: the three turns and the ranges of runs. Does not belong here: jobs and sensors (`test_chain.py`).
"""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.assets.turns import built_before_months, built_by_month, in_order_of_reading
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS, in_runs
from cape_pipeline.warehouse.builds import is_monthly, reads_of


def reads(table: str) -> set[str]:
    contract = CONTRACTS.get(table)
    return set() if contract is None or contract.source == "received" else set(reads_of(contract))


def all_behind(table: str) -> set[str]:
    behind: set[str] = set()
    ahead = [table]
    while ahead:
        new = reads(ahead.pop()) - behind
        behind |= new
        ahead += new
    return behind


def test_the_tables_with_most_rows_are_built_by_month() -> None:
    assert {"lines.classified_lines", "lines.duty_splits", "lines.entry_amounts"} <= built_by_month()
    assert all(is_monthly(CONTRACTS[table]) for table in built_by_month())


def test_a_month_reads_no_table_that_sums_over_months() -> None:
    for table in built_by_month():
        whole = {read for read in all_behind(table) if read in CONTRACTS and not is_monthly(CONTRACTS[read])}
        assert not any(all_behind(read) & built_by_month() for read in whole), table


def test_what_is_built_before_the_months_waits_for_none_of_them_and_is_all_they_need() -> None:
    for table in built_before_months():
        assert not all_behind(table) & built_by_month(), table
    for table in built_by_month():
        assert reads(table) <= built_before_months() | built_by_month(), table


def test_nothing_that_is_received_or_law_waits_for_a_month() -> None:
    for table in CONTRACTS:
        if table.split(".")[0] in ("ace", "registry"):
            assert not all_behind(table) & built_by_month(), table


def test_tables_stand_after_those_they_read() -> None:
    seen: set[str] = set()
    for table in in_order_of_reading(built_by_month()):
        assert reads(table) & built_by_month() <= seen, table
        seen.add(table)
    assert seen == built_by_month()


# ---- the ranges of runs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "at_most", "ranges"),
    [
        ((), 1, []),
        (("2026-01",), 1, [("2026-01", "2026-01")]),
        (("2026-02", "2026-01"), 1, [("2026-01", "2026-01"), ("2026-02", "2026-02")]),
        (("2026-01", "2026-02", "2026-03"), 2, [("2026-01", "2026-02"), ("2026-03", "2026-03")]),
        (("2026-01", "2026-02", "2026-03"), 3, [("2026-01", "2026-03")]),
        (("undated", "2025-02", "2025-03"), 9, [("undated", "undated"), ("2025-02", "2025-03")]),
        (("undated", "2025-01"), 2, [("undated", "2025-01")]),
    ],
)
def test_months_that_follow_each_other_share_a_run(
    asked: tuple[str, ...], at_most: int, ranges: list[tuple[str, str]]
) -> None:
    assert in_runs(asked, at_most) == ranges


@given(asked=st.sets(st.sampled_from(MONTHS)), at_most=st.integers(1, 60))
def test_runs_hold_every_month_asked_for_once_and_no_other(asked: set[str], at_most: int) -> None:
    held = [MONTHS[MONTHS.index(first) : MONTHS.index(last) + 1] for first, last in in_runs(asked, at_most)]
    assert sorted(month for run in held for month in run) == sorted(asked)
    assert all(1 <= len(run) <= at_most for run in held)


def test_a_run_without_months_is_refused() -> None:
    with pytest.raises(ValueError, match="0 months in a run"):
        in_runs(["2026-01"], 0)


# ---- nothing of it on one machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["cape_pipeline.cli", "cape_pipeline.definitions"])
def test_one_machine_imports_no_package_of_a_cluster(module: str) -> None:
    ask = (
        f"import sys, {module};"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'celery', 'kombu', 'redis', 'dagster_celery', 'dagster_postgres', 'dagster_k8s', 'psycopg2'}))"
    )
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
