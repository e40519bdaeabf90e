"""lines.rate_stacks: what goods of one origin can bear on one day, by the rates of the registry."""

from decimal import Decimal

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.lines.listed import listed, write_lists
from tests.tables.promises import broken_promises

TABLE = "lines.rate_stacks"


def ieepa_rates(con: duckdb.DuckDBPyConnection, origin: str | None, day: str | None) -> set[str]:
    """The IEEPA rates of every stack, those of a 15 % heading with a mark."""
    write_lists(con, [listed(origin, day)])
    assert broken_promises(con, TABLE) == []
    return {
        f"{row['ieepa_added_rate'].normalize():f}" + ("" if row["floor_rate"] is None else " and 15 % in all")
        for row in rows_of(con, TABLE)
    }


@pytest.mark.parametrize(
    ("origin", "day", "rates"),
    [
        ("CN", "2025-02-03", {"0"}),
        ("CN", "2025-02-04", {"0", "0.1"}),
        ("CN", "2025-03-04", {"0", "0.2"}),
        ("CN", "2025-04-09", {"0", "0.1", "0.2", "0.3", "0.84", "1.04"}),
        ("CN", "2025-06-10", {"0", "0.1", "0.2", "0.3"}),
        ("HK", "2025-06-10", {"0", "0.1", "0.2", "0.3"}),
        ("MO", "2025-06-10", {"0", "0.1"}),
        ("VN", "2025-08-06", {"0", "0.1"}),
        ("VN", "2025-10-04", {"0", "0.1", "0.2", "0.4"}),
        ("VN", "2025-10-05", {"0", "0.2", "0.4"}),
        ("DE", "2025-10-05", {"0", "0 and 15 % in all", "0.4"}),
        ("JP", "2025-09-15", {"0", "0.1", "0.15", "0 and 15 % in all", "0.4"}),
        ("JP", "2025-10-05", {"0", "0 and 15 % in all", "0.4"}),
        ("BR", "2025-12-01", {"0", "0.1", "0.4", "0.5", "0.8"}),
        ("IN", "2025-12-01", {"0", "0.25", "0.4", "0.5", "0.65"}),
        ("IN", "2026-02-07", {"0", "0.25", "0.4"}),
        ("CA", "2025-07-31", {"0", "0.1", "0.25"}),
        ("CA", "2025-08-01", {"0", "0.1", "0.35", "0.4"}),
        ("XO", "2025-08-01", {"0", "0.1", "0.35", "0.4"}),
        ("MX", "2025-12-01", {"0", "0.1", "0.25"}),
        ("RU", "2025-12-01", {"0"}),
        ("AU", "2025-12-01", {"0", "0.1", "0.4"}),
        ("VN", "2026-02-23", {"0", "0.2", "0.4"}),
        ("VN", "2026-02-24", {"0"}),
        (None, "2026-02-24", {"0"}),
        (None, "2025-12-01", set()),
        ("VN", None, set()),
    ],
)
def test_the_ieepa_rates_are_those_of_the_day_and_origin(
    con: duckdb.DuckDBPyConnection, origin: str | None, day: str | None, rates: set[str]
) -> None:
    assert ieepa_rates(con, origin, day) == rates


def test_section_232_never_stands_beside_a_reciprocal_duty(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("CN", "2025-12-01")])
    stacks = rows_of(con, TABLE)
    assert any(row["section_232_rate"] and row["ieepa_added_rate"] for row in stacks)
    assert [row for row in stacks if row["section_232_rate"] and row["has_reciprocal"]] == []


def test_section_301_is_for_china_without_hong_kong(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("CN", "2025-12-01"), listed("HK", "2025-12-01")])
    rates = {(row["country_of_origin"], row["section_301_rate"]) for row in rows_of(con, TABLE)}
    assert {rate for origin, rate in rates if origin == "CN"} == {
        0,
        Decimal("0.075"),
        Decimal("0.25"),
        Decimal("0.5"),
        1,
    }
    assert {rate for origin, rate in rates if origin == "HK"} == {0}


@pytest.mark.parametrize(("day", "rate"), [("2025-06-03", "0.25"), ("2025-06-04", "0.5")])
def test_the_rates_beside_are_those_of_the_day(con: duckdb.DuckDBPyConnection, day: str, rate: str) -> None:
    write_lists(con, [listed("VN", day)])
    metals = {row["section_232_rate"] for row in rows_of(con, TABLE) if "04" in (row["section_232_prefixes"] or [])}
    assert metals == {Decimal(rate), Decimal(2)}


def test_a_stack_says_to_which_goods_it_can_apply_and_whether_it_includes_column_1(
    con: duckdb.DuckDBPyConnection,
) -> None:
    write_lists(con, [listed("DE", "2025-12-01")])
    inclusive = [row for row in rows_of(con, TABLE) if row["is_section_232_inclusive"]]
    assert {row["section_232_rate"] for row in inclusive} == {Decimal("0.15")}
    assert all(row["section_232_prefixes"] for row in inclusive)


def test_entries_that_es_003_knows_ask_for_no_stack(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("DE", "2025-12-01")])
    con.execute("update lines.entry_baselines set baseline_basis = 'no_acceptance_newest'")
    assert rows_of(con, TABLE) == []


def test_lines_of_one_origin_and_day_share_their_stacks(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("VN", "2026-02-23")])
    alone = len(rows_of(con, TABLE))
    write_lists(con, [listed("VN", "2026-02-23")] * 3)
    assert len(rows_of(con, TABLE)) == alone


def test_a_rate_that_was_withdrawn_is_in_no_stack(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("VN", "2026-02-23")])
    con.execute("update registry.ieepa_headings set withdrawn_date = date '2026-12-01' where heading = '9903.02.69'")
    con.execute("update registry.other_duty_rates set withdrawn_date = date '2026-12-01'")
    # without a heading of its own the origin is one of those that the general 10 percent is for
    assert {row["ieepa_added_rate"] for row in rows_of(con, TABLE)} == {0, Decimal("0.1"), Decimal("0.4")}
    assert {row["section_232_rate"] for row in rows_of(con, TABLE)} == {0}
