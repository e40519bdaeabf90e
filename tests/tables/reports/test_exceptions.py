"""reports.exceptions: what would not be true of a correct world is shown, and a correct world shows nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
ENTRY = "ABC00000001"


def put_facts(con: Connection, **facts: Any) -> None:
    """An entry of a correct world: 100.00 IEEPA at most, changed as told."""
    given = {"refund_principal_usd": Decimal("90.00"), "ieepa_high_usd": Decimal("100.00"), **facts}
    put(con, "entries.case_facts", entry_number=ENTRY, **given)


def put_line(con: Connection, n: int = 1, **facts: Any) -> None:
    """A tariff row with IEEPA duty outside the window of its heading, changed as told."""
    given = {
        "heading": "9903.01.24",
        "entry_date": date(2026, 3, 2),
        "duty_bucket": "ieepa",
        "duty_usd": Decimal("7.00"),
        "anomaly_codes": ["OUTSIDE-WINDOW"],
        **facts,
    }
    put(con, "lines.classified_lines", entry_number=ENTRY, tariff_ordinal=n, **given)


def found(con: Connection) -> list[tuple[Any, ...]]:
    rows = rows_of(con, "reports.exceptions")
    assert broken_promises(con, "reports.exceptions") == []
    assert all(row["exception_key"] == f"{row['expectation']}: {ENTRY}" for row in rows)
    assert {row["entry_number"] for row in rows} <= {ENTRY}
    return [(row["expectation"], row["amount_usd"], row["detail"]) for row in rows]


def test_a_correct_world_shows_nothing(con: Connection) -> None:
    put_facts(con, accepted_claim_count=1, refunded_principal_usd=Decimal("100.00"))
    put(con, "lines.entry_baselines", entry_number=ENTRY, baseline_basis="before_acceptance")
    assert found(con) == []


def test_an_entry_accepted_twice_is_shown(con: Connection) -> None:
    put_facts(con, accepted_claim_count=2)
    assert found(con) == [
        ("an entry is accepted on one declaration only", Decimal("90.00"), "2 claims show it accepted")
    ]


def test_a_refund_a_cent_above_the_duty_is_shown_with_the_excess(con: Connection) -> None:
    put_facts(con, refunded_principal_usd=Decimal("100.01"), refund_number="R1")
    assert found(con) == [
        (
            "a refund never exceeds the IEEPA duty that was paid",
            Decimal("0.01"),
            "refunded 100.01, at most 100.00 IEEPA",
        )
    ]


@pytest.mark.parametrize("facts", [{"ieepa_high_usd": None}, {"refunded_principal_usd": None}])
def test_what_is_unknown_exceeds_nothing(con: Connection, facts: dict[str, None]) -> None:
    put_facts(con, **{"refunded_principal_usd": Decimal("100.01"), **facts})
    assert found(con) == []


def test_ieepa_duty_outside_its_window_is_summed_by_entry_and_names_the_headings_once(con: Connection) -> None:
    put_line(con, 1, heading="9903.01.25")
    put_line(con, 2, heading="9903.01.24", duty_usd=Decimal("0.50"), duty_bucket="ieepa_exempt")
    put_line(con, 3, heading="9903.01.24")
    assert found(con) == [
        (
            "no IEEPA duty is paid outside the window of its heading",
            Decimal("14.50"),
            "headings 9903.01.24, 9903.01.25 on 2026-03-02",
        )
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"anomaly_codes": []},
        {"anomaly_codes": ["RATE-DEVIATES"]},
        {"duty_bucket": "section_301"},
        {"duty_usd": Decimal("0.00")},
        {"duty_usd": None},
    ],
)
def test_rows_inside_the_window_of_another_authority_or_without_duty_are_not_shown(
    con: Connection, facts: dict[str, Any]
) -> None:
    put_line(con, 1, **facts)
    assert found(con) == []


@pytest.mark.parametrize(
    ("protest", "state", "count"),
    [
        ("open", "unliquidated", 1),
        ("suspended", "unliquidated", 1),
        ("denied", "unliquidated", 0),
        ("open", "liquidated", 0),
        ("none", "unliquidated", 0),
        ("open", None, 0),
    ],
)
def test_a_protest_on_an_entry_that_is_not_liquidated_is_shown(
    con: Connection, protest: str, state: str | None, count: int
) -> None:
    put_facts(con, protest_state=protest, liquidation_state=state)
    told = (f"protest {protest} on an entry that is {state}",)
    assert [row[2:] for row in found(con)] == [told] * count


def test_files_of_the_user_that_contradict_each_other_are_shown_with_the_facts(con: Connection) -> None:
    put_facts(con, contradicted_facts=["drawback", "deposit_date"])
    assert found(con) == [
        ("the user's files agree with each other", Decimal("90.00"), "they differ on drawback, deposit_date")
    ]


def test_duty_that_vanished_without_cape_or_a_correction_is_shown(con: Connection) -> None:
    put(
        con,
        "lines.entry_baselines",
        entry_number=ENTRY,
        baseline_basis="ieepa_vanished",
        baseline_ieepa_heading_duty_usd=Decimal("55.00"),
    )
    ((expectation, amount, detail),) = found(con)
    assert expectation == "ES-003 shows IEEPA duty until CAPE or a correction removes it"
    assert (amount, detail) == (Decimal("55.00"), "IEEPA duty vanished between two versions without either")


def test_one_entry_may_break_several_expectations(con: Connection) -> None:
    put_facts(con, accepted_claim_count=2, contradicted_facts=["drawback"])
    assert len(found(con)) == 2
