"""lines.broker_line_duties: what a broker's list states of a line, and how much of it is open."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.lines.filed import entry_number
from tests.tables.lines.listed import DUTIES, duties_of, listed, write_lists
from tests.tables.promises import broken_promises

DAY = "2025-12-20"
THREE_HUNDRED = {"ieepa_fentanyl": "200", "ieepa_reciprocal": "100"}


def one(con: duckdb.DuckDBPyConnection, **told: str | None) -> dict[str, Any]:
    """What is read of one line of Viet Nam of which this is told."""
    (duties,) = duties_of(con, [listed("VN", DAY, **told)])
    assert broken_promises(con, DUTIES) == []
    return duties


# ---- amounts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "open_usd", "is_ieepa_stated"),
    [
        ({"ieepa": "200"}, "200", True),
        ({"paid": "230", "ieepa": "200"}, "200", True),
        ({"paid": "230", "ieepa": "0"}, "0", True),
        ({"ieepa_fentanyl": "200", "ieepa_reciprocal": "100"}, "300", True),
        ({"ieepa_brazil": "40", "ieepa_india": "25"}, "65", True),
        ({"ieepa_india": "0"}, "0", True),
        ({"paid": "230"}, "230", False),
        ({"paid": "-5"}, "-5", False),
        ({"paid": "230", "column_1": "20"}, "210", False),
        (
            {
                "paid": "230",
                "section_301": "1",
                "section_232": "2",
                "section_201": "4",
                "section_122": "8",
                "other": "16",
            },
            "199",
            False,
        ),
    ],
)
def test_open_is_the_stated_ieepa_duty_else_what_the_total_leaves(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], open_usd: str, *, is_ieepa_stated: bool
) -> None:
    duties = one(con, **told)
    assert (duties["open_usd"], duties["is_ieepa_stated"]) == (Decimal(open_usd), is_ieepa_stated)


@pytest.mark.parametrize("told", [{}, {"column_1": "37"}, {"section_301": "250"}, {"other": "0"}])
def test_without_a_total_and_ieepa_duty_what_is_open_is_unknown(
    con: duckdb.DuckDBPyConnection, told: dict[str, str]
) -> None:
    duties = one(con, **told)
    assert (duties["open_usd"], duties["is_contradictory"]) == (None, False)


@pytest.mark.parametrize(
    ("told", "paid", "has_types"),
    [
        ({"paid": "230"}, "230", False),
        ({"paid": "230", "ieepa": "200"}, "230", True),
        ({"paid": "0", "ieepa": "200"}, "0", True),
        ({"ieepa": "200", "column_1": "20", "section_122": "5"}, "225", True),
        ({"other": "0"}, "0", True),
        ({"ieepa_india": "0"}, "0", True),
        ({}, "0", False),
    ],
)
def test_paid_is_the_total_else_the_sum_of_the_types(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], paid: str, *, has_types: bool
) -> None:
    duties = one(con, **told)
    assert (duties["paid_duty_usd"], duties["has_types"]) == (Decimal(paid), has_types)


def test_each_type_is_kept_as_stated_and_what_is_not_stated_stays_unknown(con: duckdb.DuckDBPyConnection) -> None:
    duties = one(con, section_301="1", section_232="2", section_201="4", column_1="0")
    stated = ("section_301", "section_232", "section_201", "section_122", "other", "column_1")
    assert [duties[f"{name}_duty_usd"] for name in stated] == [1, 2, 4, None, None, 0]
    assert duties["other_types_usd"] == 7


@pytest.mark.parametrize(
    ("told", "is_contradictory"),
    [
        ({**THREE_HUNDRED, "ieepa": "300"}, False),
        ({**THREE_HUNDRED, "ieepa": "300.01"}, True),
        ({**THREE_HUNDRED, "ieepa": "299.99"}, True),
        ({"paid": "200", "ieepa": "200"}, False),
        ({"paid": "199.99", "ieepa": "200"}, True),
        ({"paid": "230", "section_301": "200", "column_1": "30"}, False),
        ({"paid": "229.99", "section_301": "200", "column_1": "30"}, True),
        ({"paid": "230.01", "section_301": "200", "column_1": "30"}, False),
        ({"paid": "220", "ieepa": "200", "column_1": "20"}, False),
        ({"paid": "220.01", "ieepa": "200", "column_1": "20"}, True),
        ({"paid": "219.99", "ieepa": "200", "column_1": "20"}, True),
        ({"paid": "100", "other": "0"}, False),
        ({"paid": "100", "other": "-0.01"}, True),
        ({"paid": "-10"}, False),
        ({}, False),
    ],
)
def test_amounts_contradict_each_other_from_one_cent_on(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], *, is_contradictory: bool
) -> None:
    assert one(con, **told)["is_contradictory"] is is_contradictory


@pytest.mark.parametrize(
    ("told", "most", "paid"),
    [
        ({"ieepa": "200", "ieepa_reciprocal": "100"}, "200", "200"),
        ({"ieepa": "100", "ieepa_reciprocal": "200"}, "200", "100"),
        ({"ieepa_reciprocal": "200"}, "200", "200"),
        ({"ieepa": "-200"}, "-200", "-200"),
    ],
)
def test_of_two_statements_of_ieepa_duty_the_whole_is_paid_and_the_greater_is_the_most_it_can_be(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], most: str, paid: str
) -> None:
    duties = one(con, **told)
    assert (duties["most_stated_ieepa_usd"], duties["paid_duty_usd"]) == (Decimal(most), Decimal(paid))


def test_ieepa_duty_that_is_not_stated_has_no_most(con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, paid="200", column_1="20")["most_stated_ieepa_usd"] is None


# ---- column 1 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "fact", "spi", "known", "basis"),
    [
        ("4%", None, None, "0.04", "printed"),
        ("4%", "5%", None, "0.04", "printed"),
        ("Free", "5%", None, "0", "printed"),
        (None, "5%", None, "0.05", "entry_facts"),
        ("2¢/kg", "5%", None, "0.05", "entry_facts"),
        ("2¢/kg", None, None, None, None),
        ("2¢/kg", "2¢/kg", None, None, None),
        ("4%", "5%", "AU", "0.04", "printed"),
        ("4%", "5%", "KR", "0.05", "entry_facts"),
        ("4%", None, "KR", None, None),
        ("4%", None, " kr+", None, None),
        (None, None, None, None, None),
    ],
)
def test_column_1_is_as_printed_but_under_the_korean_agreement_else_as_the_user_states_it(
    con: duckdb.DuckDBPyConnection,
    rate: str | None,
    fact: str | None,
    spi: str | None,
    known: str | None,
    basis: str | None,
) -> None:
    duties = one(con, rate=rate, fact=fact, spi=spi)
    assert duties["known_column_1_rate"] == (None if known is None else Decimal(known))
    assert duties["column_1_basis"] == basis


@pytest.mark.parametrize(
    ("told", "may_be_free"),
    [
        ({"spi": "AU", "rate": "10%"}, True),
        ({"spi": "AU", "rate": "10%", "column_1": "0"}, True),
        ({"spi": "AU", "rate": "10%", "column_1": "0.01"}, False),
        ({"spi": " ", "rate": "10%"}, False),
        ({"rate": "10%"}, False),
        ({"spi": "AU", "rate": "0.01%"}, True),
        ({"spi": "AU", "rate": "Free"}, False),
        ({"spi": "AU"}, False),
        ({"spi": "AU", "fact": "10%"}, False),
        ({"spi": "KR", "rate": "10%"}, False),
    ],
)
def test_a_preference_may_have_freed_a_line_of_the_printed_rate_unless_it_states_column_1_duty(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], *, may_be_free: bool
) -> None:
    assert one(con, **told)["may_be_free_of_column_1"] is may_be_free


# ---- key, day, month ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "day", "key"),
    [
        ("VN", "2025-06-30", "VN|2025-06-30"),
        (None, "2025-06-30", "unknown|2025-06-30"),
        ("VN", None, "VN|undated"),
        (None, None, "unknown|undated"),
    ],
)
def test_the_key_of_the_stacks_is_origin_and_day(
    con: duckdb.DuckDBPyConnection, origin: str | None, day: str | None, key: str
) -> None:
    assert [duties["stack_key"] for duties in duties_of(con, [listed(origin, day)])] == [key]
    assert broken_promises(con, DUTIES) == []


def test_another_day_of_the_law_changes_the_key_and_not_the_date_of_entry(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("VN", DAY)])
    put(con, "lines.law_dates", entry_number=entry_number(1), law_date=date(2025, 8, 1))
    (duties,) = rows_of(con, DUTIES)
    assert (duties["stack_key"], duties["entry_date"]) == ("VN|2025-08-01", date.fromisoformat(DAY))


def test_a_line_without_a_date_has_that_of_its_entry(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("VN", DAY)])
    con.execute("update ace.current_broker_lines set entry_date = null")
    (duties,) = rows_of(con, DUTIES)
    assert (duties["stack_key"], duties["entry_date"]) == (f"VN|{DAY}", date.fromisoformat(DAY))


def test_only_the_months_asked_for_and_only_entries_known_from_lists_are_read(con: duckdb.DuckDBPyConnection) -> None:
    write_lists(con, [listed("VN", day, paid="100") for day in ("2025-06-30", "2025-07-01")])
    assert [row["entry_month"] for row in rows_of(con, DUTIES, months=("2025-07",))] == ["2025-07"]
    con.execute(
        "update lines.entry_baselines set baseline_basis = 'no_acceptance_newest' where entry_month = '2025-07'"
    )
    assert [row["entry_month"] for row in rows_of(con, DUTIES)] == ["2025-06"]
