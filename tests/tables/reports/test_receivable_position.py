"""reports.receivable_position: every importer by stage, sums that lose nothing, and the range in the doubtful stage."""

from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts import fields as f
from tests.support.tables import clear, empty_tables, put, rows_of
from tests.tables.conftest import AS_OF
from tests.tables.promises import broken_claim, broken_promises, build
from tests.tables.reports.books import entry_of, put_entry, put_state, usd

Connection = duckdb.DuckDBPyConnection


def position(con: Connection) -> dict[tuple[str, str], dict[str, Any]]:
    assert broken_promises(con, "reports.receivable_position") == []
    build(con, "reports.receivable_position")
    return {(row["importer_key"], row["stage"]): row for row in rows_of(con, "reports.receivable_position")}


def test_without_entries_there_is_no_position(con: Connection) -> None:
    assert position(con) == {}


def test_entries_are_summed_by_importer_and_stage(con: Connection) -> None:
    put_state(con, 1, importer_key="A", principal_usd="10.00", accrued_interest_usd="1.00")
    put_state(con, 2, importer_key="A", principal_usd="5.00", accrued_interest_usd="0.50")
    put_state(con, 3, importer_key="A", stage="accepted", principal_usd="7.00")
    put_state(con, 4, importer_key="B", principal_usd="9.00")
    found = position(con)
    assert {key: (row["entry_count"], str(row["principal_usd"])) for key, row in found.items()} == {
        ("A", "eligible_unfiled"): (2, "15.00"),
        ("A", "accepted"): (1, "7.00"),
        ("B", "eligible_unfiled"): (1, "9.00"),
    }
    assert found["A", "eligible_unfiled"]["accrued_interest_usd"] == Decimal("1.50")
    assert found["A", "accepted"]["period_end"] == AS_OF


def test_the_range_of_every_open_entry_stands_in_the_doubtful_stage_and_in_no_other(con: Connection) -> None:
    put_state(con, 1, principal_usd="10.00", range_above_low_usd="4.00")
    put_state(con, 2, stage="accepted", principal_usd="10.00", range_above_low_usd="3.00")
    found = {stage: row for (_, stage), row in position(con).items()}
    assert {stage: str(row["range_above_low_usd"]) for stage, row in found.items()} == {
        "eligible_unfiled": "0.00",
        "accepted": "0.00",
        "doubtful": "7.00",
    }
    others = [name for name in found["doubtful"] if name.endswith(("_usd", "_count")) and name != "range_above_low_usd"]
    assert {name: found["doubtful"][name] for name in others} == dict.fromkeys(others, 0)


def test_what_is_unknown_is_counted_and_never_nothing(con: Connection) -> None:
    put_state(con, 1, principal_usd="10.00", accrued_interest_usd=None)
    put_state(con, 2, stage="accepted", principal_usd=None, accrued_interest_usd=None, is_recognised=False)
    put_state(con, 3, stage="accepted", principal_usd="1.00", accrued_interest_usd="0.10")
    found = {stage: row for (_, stage), row in position(con).items()}
    counts = ("principal_unknown_count", "interest_unknown_count")
    assert [found["eligible_unfiled"][name] for name in counts] == [0, 1]
    assert found["eligible_unfiled"]["accrued_interest_usd"] is None
    assert [found["accepted"][name] for name in counts] == [1, 1]
    assert found["accepted"]["accrued_interest_usd"] == Decimal("0.10")


cents = st.integers(0, 10**12).map(lambda n: Decimal(n) / 100)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("A", "B")),
            st.sampled_from(("cash", *f.RECEIVABLE_STAGES)),
            st.none() | cents,
            cents,
        ),
        max_size=12,
    )
)
def test_the_stages_sum_to_the_principal_and_the_range_of_the_entries(
    world: list[tuple[str, str, Decimal | None, Decimal]],
) -> None:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        for n, (importer, stage, principal, above) in enumerate(world):
            put_entry(con, n, refund_principal_usd=usd(principal))
            above_low = None if principal is None else above
            put_state(
                con, n, importer_key=importer, stage=stage, principal_usd=principal, range_above_low_usd=above_low
            )
        ranges = [row["range_above_low_usd"] or 0 for row in position(con).values()]
        assert broken_claim(con, "reports.receivable_position", "sums_to_the_entries") == []
        assert sum(ranges) == sum(above for _, _, principal, above in world if principal is not None)


def test_a_lost_entry_would_be_seen(con: Connection) -> None:
    clear(con, "reports.receivable_entries")
    put_entry(con, 1)
    assert position(con) == {}
    assert broken_claim(con, "reports.receivable_position", "sums_to_the_entries") != []
    assert entry_of(1) == "ABC00000001"
