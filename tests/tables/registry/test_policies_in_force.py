"""registry.policies_in_force: the reading in force of every point on which guides and facts differ."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from cape_pipeline.assets.registry import publish_choices
from cape_pipeline.registry.choices import UnknownPolicy, as_choices
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import project_files
from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

TABLE = "registry.policies_in_force"
SEEDED = load_registry(project_files("registry_seeds"))["registry.policies"]
OTHERS = SEEDED.filter(~pl.col("is_default")).select("policy_point", "policy").rows()


@pytest.fixture(autouse=True)
def seeded(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The readings this project ships."""
    con.register("seeded", SEEDED)
    con.execute("insert into registry.policies by name select * from seeded")
    con.unregister("seeded")
    yield


def in_force(con: duckdb.DuckDBPyConnection, *choices: tuple[str, str]) -> dict[str, Any]:
    for point, policy in choices:
        put(con, "registry.chosen_policies", policy_point=point, policy=policy)
    assert broken_promises(con, TABLE) == []
    (row,) = rows_of(con, TABLE)
    return row


def test_without_a_choice_every_default_is_in_force(con: duckdb.DuckDBPyConnection) -> None:
    assert in_force(con) == {
        "default_ieepa_first_day": date(2025, 2, 4),
        "ieepa_first_day": date(2025, 2, 4),
        "default_ieepa_last_day": date(2026, 2, 23),
        "ieepa_last_day": date(2026, 2, 23),
        "first_ieepa_heading": "99030101",
        "last_ieepa_heading": "99039999",
        "law_date_policy": "entry_date",
        "zone_goods_policy": "privileged_foreign_date",
        "fifteen_percent_policy": "column_1_restored",
        "interest_rates_policy": "published",
        "interest_rate_of_2026_q2": None,
        "interest_end_policy": "liquidation",
        "interest_start_policy": "payment_date",
        "interest_ten_thousand_policy": "off",
        "interest_day_count_policy": "last_day_in",
        "interest_divisor_policy": "calendar_year",
        "interest_compounding_policy": "daily",
        "interest_rounding_policy": "once",
        "interest_rounding_mode_policy": "half_up",
        "interest_beyond_rates_policy": "refuse",
        "variance_materiality_policy": "limits_per_entry",
        "variance_materiality_rate": None,
        "timing_policy": "csms_acceptance_60_90",
        "liquidation_run_policy": "calendar_day",
        "other_than_default": [],
    }


@pytest.mark.parametrize(
    ("point", "policy", "column", "value"),
    [
        ("ieepa_first_day", "day_of_the_orders", "ieepa_first_day", date(2025, 2, 1)),
        ("ieepa_last_day", "day_of_the_judgment", "ieepa_last_day", date(2026, 2, 20)),
        ("ieepa_heading_range", "reconciliation_guide", "first_ieepa_heading", "99030125"),
        ("ieepa_heading_range", "reconciliation_guide", "last_ieepa_heading", "99030170"),
        ("law_date", "filing_date", "law_date_policy", "filing_date"),
        ("interest_rates", "eight_percent_2026_q2", "interest_rate_of_2026_q2", Decimal("0.080000")),
        ("payment_clock", "filing_guide_30_60", "timing_policy", "filing_guide_30_60"),
        ("liquidation_run", "next_liquidation_run", "liquidation_run_policy", "next_liquidation_run"),
    ],
)
def test_a_choice_puts_its_own_value_in_force(
    con: duckdb.DuckDBPyConnection, point: str, policy: str, column: str, value: object
) -> None:
    row = in_force(con, (point, policy))
    assert row[column] == value
    assert row["other_than_default"] == [f"{point}={policy}"]


@pytest.mark.parametrize(("point", "policy"), OTHERS)
def test_every_reading_can_be_chosen_and_is_named(con: duckdb.DuckDBPyConnection, point: str, policy: str) -> None:
    assert in_force(con, (point, policy))["other_than_default"] == [f"{point}={policy}"]


def test_a_withdrawn_reading_is_not_in_force(con: duckdb.DuckDBPyConnection) -> None:
    before = in_force(con)
    con.execute("insert into registry.policies by name select * replace ('2024-01-01' as policy_value,"
                " date '2026-01-01' as recorded_date, date '2026-01-02' as withdrawn_date) from registry.policies"
                " where policy = 'first_collection'")  # fmt: skip
    assert in_force(con) == before


# ---- what a user writes --------------------------------------------------------------------------------------------


def test_a_choice_is_point_and_policy_joined_by_commas() -> None:
    assert as_choices(" law_date = filing_date,interest_end=refund_date ,") == {
        "law_date": "filing_date",
        "interest_end": "refund_date",
    }
    assert as_choices("") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("law_date", "policy law_date: write point=policy, such as ieepa_last_day=day_of_the_judgment"),
        ("law_date=", "policy law_date=: write point=policy, such as ieepa_last_day=day_of_the_judgment"),
        ("law_date=a,law_date=b", "policy law_date is chosen twice: a and b"),
    ],
)
def test_a_choice_that_cannot_be_read_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(UnknownPolicy) as refused:
        as_choices(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"law_day": "filing_date"}, "policy law_day=filing_date: there is no point law_day; the points are"),
        ({"law_date": "today"}, "policy law_date=today: the readings of law_date are entry_date, filing_date"),
    ],
)
def test_a_point_or_reading_the_registry_lacks_is_refused_with_what_there_is(
    con: duckdb.DuckDBPyConnection, choices: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UnknownPolicy) as refused:
        publish_choices(con, choices)
    assert str(refused.value).startswith(sentence)
