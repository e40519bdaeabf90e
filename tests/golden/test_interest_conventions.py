"""100,000.00 of IEEPA duty deposited on 15 May 2025 and reliquidated on 10 June 2026, from received files to interest.

One choice of a policy at a time, by the name a user gives it. The figures are those of the project's own table of what
each choice is worth; those for several deposits come from the oracle that walks day by day.
"""

import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.assets.load import load_folder, record_all
from cape_pipeline.assets.registry import publish_as_of, publish_choices, publish_registry
from cape_pipeline.partitions import MONTHS
from cape_pipeline.rebuild import rebuild
from tests.support.oracle.interest import entry_interest, late_interest
from tests.support.pipeline import empty_warehouse
from tests.tables.refunds.rates import seed_rates
from tests.unit.ace import samples

Connection = duckdb.DuckDBPyConnection
ENTRY = "MYK01015004"
RELIQUIDATED = date(2026, 6, 10)
AS_OF = date(2026, 8, 20)
WANTED = ("refunds.entry_interest", "refunds.interest_segments", "refunds.late_interest")
LINE = {"entry": ENTRY, "importer": "12-3456789", "liquidation_date": "03/15/2026"}
FILES: dict[str, list[list[str]]] = {
    "ES-003_2026-06-01.csv": [
        samples.ES003_HEADERS,
        *(
            samples.es003_row(**LINE, line=line, ordinal=ordinal, hts=hts, value=value, duty=duty)
            for line in ("1", "2")
            for ordinal, hts, value, duty in (
                ("1", "99030125", "$0.00", "$50,000.00"),
                ("2", "8481803090", "$500,000.00", "$0.00"),
            )
        ),
    ],
    "ES-022_2026-08-15.csv": [
        samples.ES022_HEADERS,
        [
            *("100000240001", "Accepted", "MYK", "12-3456789", "", "", ENTRY, "05/14/2025", "06/10/2026", "", "", ""),
            *("$100,000.00", "$6,430.69", "R00100000", "08/09/2026", "Certified"),
        ],
    ],
    "declarations.csv": [
        ["claim_number", "filed_date", "accepted_date"],
        ["100000240001", "2026-06-08", "2026-06-09"],
    ],
    "entry_facts.csv": [["entry_number", "deposit_date"], [ENTRY, "2025-05-15"]],
    "importers.csv": [["importer_number", "rate_class"], ["12-3456789", "corporate"]],
}


def loaded(folder: Path, files: dict[str, list[list[str]]]) -> Connection:
    """A warehouse with the files received."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    con = empty_warehouse()
    publish_registry(con)
    publish_as_of(con, AS_OF)
    load_folder(con, folder)
    record_all(con)
    publish_choices(con, {})
    rebuild(con, MONTHS, WANTED)
    return con


def interest(con: Connection, columns: Sequence[str] = ("interest_usd",), **choices: str) -> tuple[Any, ...]:
    """What the entry earns under the readings chosen."""
    publish_choices(con, choices)
    rebuild(con, MONTHS, WANTED)
    (row,) = con.execute(f"select {', '.join(columns)} from refunds.entry_interest").fetchall()
    return tuple(row)


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Connection:
    """The entry with its one deposit."""
    return loaded(tmp_path_factory.mktemp("one") / "exports", FILES)


@pytest.mark.parametrize(
    ("choices", "amount"),
    [
        ({}, "6430.69"),
        ({"interest_ten_thousand_rule": "per_entry"}, "4904.04"),
        ({"interest_ten_thousand_rule": "per_payment"}, "4904.04"),
        ({"interest_day_count": "first_day_in"}, "6433.60"),
        ({"interest_day_count": "both"}, "6448.18"),
        ({"interest_compounding": "simple"}, "6232.88"),
        ({"interest_divisor": "fixed_365"}, "6430.69"),
        ({"interest_rounding": "per_line"}, "6430.68"),  # twice 3,215.34, of 3,215.343 each
        ({"interest_rounding": "per_quarter"}, "6430.69"),
        ({"interest_rounding": "nine_decimal_factors"}, "6430.69"),
        ({"interest_rounding_mode": "half_even"}, "6430.69"),
        ({"interest_end": "refund_date"}, "7426.65"),
        ({"interest_end": "projected"}, "6430.69"),  # the business day after acceptance is the day it came
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) or "default" if isinstance(value, dict) else value,
)
def test_each_choice_is_worth_its_amount_from_received_files_to_the_entry(
    con: Connection, choices: dict[str, str], amount: str
) -> None:
    assert interest(con, **choices) == (Decimal(amount),)
    basis = con.execute("select accrual_end_basis, deposit_date from refunds.interest_accruals").fetchall()
    expected = {"refund_date": "refund_date", "projected": "forecast_from_acceptance"}
    assert basis == [(expected.get(choices.get("interest_end", ""), "actual_reliquidation"), date(2025, 5, 15))]


@pytest.mark.parametrize(
    ("policy", "start"), [("entry_summary_date", date(2025, 5, 24)), ("entry_date", date(2025, 5, 14))]
)
def test_the_start_may_be_taken_from_the_entry_itself(con: Connection, policy: str, start: date) -> None:
    expected = entry_interest([("100000.00", start)], RELIQUIDATED, "corporate", seed_rates())
    assert interest(con, interest_start=policy) == (expected,)


def test_under_the_list_of_deposits_an_unlisted_entry_has_no_interest(con: Connection) -> None:
    assert interest(con, interest_start="deposit_list") == (None,)
    rows = con.execute("select interest_unknown_reason, interest_start_rule from refunds.interest_accruals").fetchall()
    assert rows == [("deposit_date_unknown", "not_listed")]


def test_the_default_comes_back_to_the_cent_after_any_choice(con: Connection) -> None:
    contents = "select content_hash from warehouse.builds where table_id like 'refunds.interest%' order by all"
    interest(con)
    before = con.execute(contents).fetchall()
    assert interest(con, interest_rounding="per_quarter", interest_day_count="both") != (Decimal("6430.69"),)
    assert interest(con) == (Decimal("6430.69"),)
    assert con.execute(contents).fetchall() == before


def test_sixty_days_to_the_refund_date_are_one_period_of_late_interest(con: Connection) -> None:
    interest(con)
    rows = con.execute(
        "select days_to_payment, payment_basis, late_periods, balance_usd, late_interest_usd from refunds.late_interest"
    ).fetchall()
    expected = late_interest("106430.69", RELIQUIDATED, date(2026, 8, 9), "corporate", seed_rates())
    assert rows == [(60, "refund_date", 1, Decimal("106430.69"), expected)]


def test_several_deposits_run_each_from_its_own_day_and_are_for_review(tmp_path: Path) -> None:
    deposits = [
        ["entry_number", "deposit_date", "amount_usd", "ieepa_usd", "kind", "source"],
        [ENTRY, "2025-05-15", "60000.00", "60000.00", "original", "rev103"],
        [ENTRY, "2025-09-03", "40000.00", "40000.00", "psc", "bank_debit"],
    ]
    con = loaded(tmp_path / "exports", FILES | {"deposits.csv": deposits})
    parts = [("60000.00", date(2025, 5, 15)), ("40000.00", date(2025, 9, 3))]
    expected = entry_interest(parts, RELIQUIDATED, "corporate", seed_rates())
    assert interest(con, ("principal_usd", "interest_usd", "is_interest_for_review")) == (
        Decimal("100000.00"),
        expected,
        True,
    )
    bases = con.execute(
        "select deposit_sequence, deposit_kind, deposit_date_basis from refunds.interest_accruals order by all"
    ).fetchall()
    assert bases == [(1, "original", "rev103_paid"), (2, "psc", "bank_debit")]


def test_an_unstated_importer_leaves_the_day_and_the_class_open_and_the_interest_is_of_the_stated_day(
    tmp_path: Path,
) -> None:
    files = {name: rows for name, rows in FILES.items() if name not in ("importers.csv", "entry_facts.csv")}
    con = loaded(tmp_path / "exports", files)
    low, stated, high = (
        entry_interest([("100000.00", start)], RELIQUIDATED, name, seed_rates())
        for start, name in (
            (date(2025, 6, 23), "corporate"),
            (date(2025, 5, 24), "corporate"),
            (date(2025, 5, 24), "noncorporate"),
        )
    )
    assert low == Decimal("5750.60")
    assert interest(con, ("interest_low_usd", "interest_usd", "interest_high_usd")) == (low, stated, high)
    days = con.execute(
        "select deposit_earliest_date, deposit_date, deposit_latest_date, deposit_date_basis"
        " from refunds.interest_accruals"
    ).fetchall()
    assert days == [(date(2025, 5, 24), date(2025, 5, 24), date(2025, 6, 23), "entry_summary_date_proxy")]
