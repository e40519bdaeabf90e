"""lines.entry_amounts: the duty of an entry, summed over its lines."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_claim, broken_promises, build

TABLE = "lines.entry_amounts"
OTHER = "ABC12345684"


def split(
    con: duckdb.DuckDBPyConnection,
    line: int = 1,
    low: str = "100",
    undetermined: str = "0",
    other: str = "37",
    **values: Any,
) -> None:
    """One line split, with parts that sum."""
    put(
        con,
        "lines.duty_splits",
        **{
            "line_number": line,
            "paid_duty_usd": Decimal(low) + Decimal(undetermined) + Decimal(other),
            "ieepa_usd": Decimal(low),
            "ieepa_low_usd": Decimal(low),
            "ieepa_high_usd": Decimal(low) + Decimal(undetermined),
            "undetermined_usd": Decimal(undetermined),
            "non_ieepa_usd": Decimal(other),
            "absent_duty_row_count": 0,
            **values,
        },
    )


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def test_the_amounts_of_the_lines_are_summed(con: duckdb.DuckDBPyConnection) -> None:
    split(con, 1, "100.01", "5.10", "37.00", absent_duty_row_count=1)
    split(con, 2, "200.02", "0", "1.23", absent_duty_row_count=2)
    row = one(con)
    assert {name: row[name] for name in row if name.endswith(("_usd", "_count"))} == {
        "line_count": 2,
        "paid_duty_usd": Decimal("343.36"),
        "ieepa_low_usd": Decimal("300.03"),
        "ieepa_high_usd": Decimal("305.13"),
        "undetermined_usd": Decimal("5.10"),
        "non_ieepa_usd": Decimal("38.23"),
        "rests_on_assumption_usd": 0,
        "absent_duty_row_count": 3,
    }
    assert broken_promises(con, TABLE) == []


def test_what_rests_on_an_assumption_is_the_certain_part_of_the_lines_that_do(con: duckdb.DuckDBPyConnection) -> None:
    split(con, 1, "110", rests_on_assumption="column1_restored")
    split(con, 2, "0", "150", rests_on_assumption="column1_restored")
    split(con, 3, "40")
    assert one(con)["rests_on_assumption_usd"] == 110


def test_programmes_and_anomalies_are_named_once_in_order(con: duckdb.DuckDBPyConnection) -> None:
    split(con, 1, programmes=["reciprocal"], anomaly_codes=["WRONG-ORIGIN", "DUTY-ABSENT"])
    split(con, 2, programmes=["fentanyl_CN", "reciprocal"], anomaly_codes=["DUTY-ABSENT"])
    split(con, 3)
    row = one(con)
    assert row["programmes"] == ["fentanyl_CN", "reciprocal"]
    assert row["anomaly_codes"] == ["DUTY-ABSENT", "WRONG-ORIGIN"]


def test_an_entry_with_nothing_odd_names_nothing(con: duckdb.DuckDBPyConnection) -> None:
    split(con)
    row = one(con)
    assert (row["programmes"], row["anomaly_codes"]) == ([], [])


def test_every_entry_is_summed_by_itself_in_its_month(con: duckdb.DuckDBPyConnection) -> None:
    split(con, partition_month="2025-06")
    split(con, entry_number=OTHER, low="7", partition_month="2025-07")
    found = [(row["entry_number"], row["partition_month"], row["ieepa_low_usd"]) for row in rows_of(con, TABLE)]
    assert found == [("ABC12345676", "2025-06", 100), (OTHER, "2025-07", 7)]
    assert [row["entry_number"] for row in rows_of(con, TABLE, months=("2025-07",))] == [OTHER]


def test_a_month_without_lines_has_no_entries(con: duckdb.DuckDBPyConnection) -> None:
    assert rows_of(con, TABLE) == []


@pytest.mark.parametrize(
    "damage",
    [
        f"delete from {TABLE} where partition_month = '2025-06'",
        "delete from lines.duty_splits where line_number = 2",
        "delete from lines.duty_splits where partition_month = '2025-06'",
        f"update {TABLE} set paid_duty_usd = paid_duty_usd + 0.01 where partition_month = '2025-06'",
        f"update {TABLE} set ieepa_high_usd = ieepa_high_usd + 0.01 where partition_month = '2025-06'",
        f"update {TABLE} set ieepa_low_usd = ieepa_low_usd + 0.01 where partition_month = '2025-06'",
        f"update {TABLE} set undetermined_usd = undetermined_usd + 0.01 where partition_month = '2025-06'",
        f"update {TABLE} set non_ieepa_usd = non_ieepa_usd + 0.01 where partition_month = '2025-06'",
    ],
)
def test_an_entry_whose_sums_are_not_those_of_its_lines_breaks_the_claim_of_its_month_only(
    con: duckdb.DuckDBPyConnection, damage: str
) -> None:
    split(con, 1, partition_month="2025-06")
    split(con, 2, partition_month="2025-06", undetermined="3")
    split(con, entry_number=OTHER, partition_month="2025-07")
    build(con, TABLE)
    assert broken_claim(con, TABLE, "sums_are_those_of_the_lines") == []
    con.execute(damage)
    broken = broken_claim(con, TABLE, "sums_are_those_of_the_lines")
    assert {row["entry_number"] for row in broken} == {"ABC12345676"}
    assert broken_claim(con, TABLE, "sums_are_those_of_the_lines", months=("2025-07",)) == []
