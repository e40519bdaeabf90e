"""refunds.payment_windows: when every batch is paid under every timing policy, side by side."""

from datetime import date
from typing import Any

import duckdb

from tests.support.tables import choose, put, rows_of
from tests.tables.promises import broken_promises
from tests.tables.refunds.cases import entry_number, put_timing_policies

Connection = duckdb.DuckDBPyConnection
TABLE = "refunds.payment_windows"
APRIL_22 = date(2026, 4, 22)


def windows(con: Connection, *acceptances: date | None, liquidated: date | None) -> dict[str, tuple[Any, Any]]:
    """The window of one batch under each policy the registry ships."""
    for n, accepted in enumerate(acceptances):
        put(
            con,
            "refunds.batch_members",
            entry_number=entry_number(n),
            batch_id="B",
            accepted_date=accepted,
            liquidation_date=liquidated,
        )
    put_timing_policies(con)
    assert broken_promises(con, TABLE) == []
    return {row["timing_policy"]: (row["payment_from_date"], row["payment_to_date"]) for row in rows_of(con, TABLE)}


def test_every_policy_has_its_own_window(con: Connection) -> None:
    assert windows(con, APRIL_22, liquidated=date(2026, 6, 6)) == {
        "csms_acceptance_60_90": (date(2026, 6, 21), date(2026, 7, 21)),
        "batch_guide_liquidation_60_90": (date(2026, 8, 5), date(2026, 9, 4)),
        "filing_guide_30_60": (date(2026, 6, 6), date(2026, 6, 21)),
    }


def test_no_window_opens_or_closes_before_the_liquidation_and_the_law_leaves_cbp_30_days_more(con: Connection) -> None:
    late = date(2026, 11, 2)
    assert windows(con, APRIL_22, date(2026, 4, 24), liquidated=late) == {
        "csms_acceptance_60_90": (late, date(2026, 12, 2)),
        "batch_guide_liquidation_60_90": (date(2027, 1, 1), date(2027, 1, 31)),
        "filing_guide_30_60": (late, late),
    }


def test_the_first_acceptance_opens_and_the_last_one_closes(con: Connection) -> None:
    found = windows(con, APRIL_22, date(2026, 5, 2), None, liquidated=date(2026, 6, 6))
    assert found["csms_acceptance_60_90"] == (date(2026, 6, 21), date(2026, 7, 31))


def test_without_a_liquidation_no_policy_foresees_a_payment(con: Connection) -> None:
    assert set(windows(con, APRIL_22, liquidated=None).values()) == {(None, None)}


def test_without_an_acceptance_only_the_clock_of_the_liquidation_runs(con: Connection) -> None:
    found = windows(con, None, liquidated=date(2026, 6, 6))
    assert [policy for policy, window in found.items() if window != (None, None)] == ["batch_guide_liquidation_60_90"]


def test_one_policy_is_the_one_of_the_run(con: Connection) -> None:
    choose(con, timing_policy="filing_guide_30_60")
    windows(con, APRIL_22, liquidated=date(2026, 6, 6))
    assert [row["timing_policy"] for row in rows_of(con, TABLE) if row["is_policy_of_run"]] == ["filing_guide_30_60"]


def test_without_batches_there_are_no_windows(con: Connection) -> None:
    assert windows(con, liquidated=None) == {}
