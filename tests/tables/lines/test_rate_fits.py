"""lines.rate_fits: which stacks of duties make what a broker's list states of a line, and what those agree on."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.lines.filed import entry_number
from tests.tables.lines.listed import FITS, fits_of, fits_of_written, listed, write_lists
from tests.tables.promises import broken_promises

VEHICLE_PART = "8708991234"
SCREW = "7318150000"
FLOOR_DAY = "2025-10-10"


def one(con: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> dict[str, Any]:
    (fit,) = fits_of(con, [row])
    assert broken_promises(con, FITS) == []
    return fit


def bounds(fit: dict[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    return fit["least_fit_usd"], fit["most_fit_usd"]


# ---- how close ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "fits"), [("201.00", True), ("201.01", False), ("199.00", True), ("198.99", False)])
@pytest.mark.parametrize("name", ["paid", "ieepa"])
def test_an_amount_fits_within_half_a_percent_and_no_further(
    con: duckdb.DuckDBPyConnection, name: str, amount: str, *, fits: bool
) -> None:
    fit = one(con, listed("VN", "2026-02-23", rate="Free", **{name: amount}))
    assert (fit["fit_count"] > 0) is fits
    assert bounds(fit) == ((Decimal(amount), Decimal(amount)) if fits else (None, None))


@pytest.mark.parametrize(("amount", "fits"), [("0.21", True), ("0.22", False), ("0.19", True), ("0.18", False)])
@pytest.mark.parametrize("name", ["paid", "ieepa"])
def test_a_small_amount_fits_within_one_cent(
    con: duckdb.DuckDBPyConnection, name: str, amount: str, *, fits: bool
) -> None:
    fit = one(con, listed("VN", "2026-02-23", value="1", rate="Free", **{name: amount}))
    assert (fit["fit_count"] > 0) is fits


@pytest.mark.parametrize(("ieepa", "fits"), [("110.75", True), ("110.76", False), ("109.25", True), ("109.24", False)])
def test_half_a_percent_of_15_percent_is_that_of_both_duties_where_column_1_stands_apart(
    con: duckdb.DuckDBPyConnection, ieepa: str, *, fits: bool
) -> None:
    fit = one(con, listed("DE", FLOOR_DAY, ieepa=ieepa, column_1="40"))
    assert (fit["fit_count"] > 0) is fits


@pytest.mark.parametrize(
    ("ieepa", "fits"),
    [
        ("110.55", True), ("110.56", False), ("109.45", True), ("109.44", False),
        ("150.75", True), ("150.76", False), ("149.25", True), ("149.24", False),
    ],
)  # fmt: skip
def test_half_a_percent_of_15_percent_is_that_of_the_part_stated_with_or_without_column_1(
    con: duckdb.DuckDBPyConnection, ieepa: str, *, fits: bool
) -> None:
    fit = one(con, listed("DE", FLOOR_DAY, ieepa=ieepa, rate="4%"))
    assert (fit["fit_count"] > 0) is fits


def test_what_fits_says_by_which_programmes_and_rates(con: duckdb.DuckDBPyConnection) -> None:
    fit = one(con, listed("CN", "2025-06-10", rate="3.7%", paid="587"))
    assert (bounds(fit), fit["fit_programmes"]) == ((300, 300), ["fentanyl_CN", "reciprocal"])
    assert (fit["applied_rate"], fit["column_1_applied_rate"]) == (Decimal("0.3"), Decimal("0.037"))
    assert (fit["fit_column_1_usd"], fit["fit_section_301_usd"], fit["fit_section_232_usd"]) == (37, 250, 0)


def test_where_nothing_fits_nothing_is_said_of_rates(con: duckdb.DuckDBPyConnection) -> None:
    fit = one(con, listed("VN", "2025-07-20", rate="Free", paid="333"))
    assert (fit["fit_count"], fit["fit_programmes"], fit["restores_column_1"]) == (0, [], False)
    unknown = ("applied_rate", "column_1_applied_rate", "fit_column_1_usd", "fit_section_301_usd")
    assert [fit[name] for name in unknown] == [None] * 4


# ---- column 1 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "fits"), [({}, False), ({"rate": "Free"}, True), ({"column_1": "0"}, True)])
def test_a_total_fits_only_where_column_1_is_known(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], *, fits: bool
) -> None:
    fit = one(con, listed("VN", "2025-12-20", paid="200", **told))
    assert ((fit["fit_count"] > 0), fit["most_allowed_usd"]) == (fits, 400)


def test_goods_with_a_preference_fit_with_the_printed_rate_or_with_none(con: duckdb.DuckDBPyConnection) -> None:
    plain = one(con, listed("AU", "2025-12-20", rate="10%", paid="100"))
    assert (bounds(plain), plain["column_1_applied_rate"]) == ((0, 0), Decimal("0.1"))
    preferred = one(con, listed("AU", "2025-12-20", rate="10%", spi="AU", paid="100"))
    assert (bounds(preferred), preferred["column_1_applied_rate"]) == ((0, 100), None)
    assert (preferred["applied_rate"], preferred["fit_programmes"]) == (None, ["reciprocal"])


@pytest.mark.parametrize(
    ("told", "least", "most", "restores", "hides"),
    [
        ({"paid": "150", "rate": "4%"}, "110", "110", True, False),
        ({"ieepa": "150", "rate": "4%"}, "110", "110", True, False),
        ({"ieepa": "150", "column_1": "0", "rate": "4%"}, "110", "110", True, False),
        ({"ieepa": "110", "rate": "4%"}, "110", "110", False, False),
        ({"ieepa": "110", "column_1": "40"}, "110", "110", False, False),
        ({"ieepa": "150", "column_1": "0"}, "0", "150", True, True),
        ({"paid": "150", "column_1": "0"}, "0", "150", True, True),
    ],
)
def test_the_duty_of_a_15_percent_heading_holds_column_1_unless_that_stands_apart(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], least: str, most: str, *, restores: bool, hides: bool
) -> None:
    fit = one(con, listed("DE", FLOOR_DAY, **told))
    assert bounds(fit) == (Decimal(least), Decimal(most))
    assert (fit["restores_column_1"], fit["hides_column_1"]) == (restores, hides)
    known = None if "rate" not in told else Decimal("0.11")
    assert (fit["applied_rate"], fit["fit_programmes"]) == (known, ["reciprocal"])


@pytest.mark.parametrize(("rate", "most"), [("14%", "10"), ("15%", "0"), ("16%", "0")])
def test_a_column_1_rate_of_15_percent_or_more_leaves_ieepa_nothing(
    con: duckdb.DuckDBPyConnection, rate: str, most: str
) -> None:
    paid = str(max(int(rate[:-1]), 15) * 10)
    assert bounds(one(con, listed("DE", FLOOR_DAY, rate=rate, paid=paid)))[1] == Decimal(most)


# ---- the duties beside ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hts", "fits"), [(SCREW, True), ("6109100010", False)])
def test_section_232_fits_only_the_goods_it_can_apply_to(
    con: duckdb.DuckDBPyConnection, hts: str, *, fits: bool
) -> None:
    fit = one(con, listed("VN", "2025-07-20", hts=hts, rate="Free", paid="500"))
    assert (fit["fit_count"] > 0) is fits
    assert (fit["fit_section_232_usd"], fit["fit_programmes"]) == (500 if fits else None, [])


def test_section_232_and_reciprocal_duty_exclude_each_other(con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, listed("VN", "2025-07-20", hts=SCREW, rate="Free", paid="600"))["fit_count"] == 0


@pytest.mark.parametrize(("section_232", "fits"), [(None, True), ("0", True), ("0.01", False), ("500", False)])
def test_a_stated_reciprocal_duty_fits_no_line_that_states_section_232(
    con: duckdb.DuckDBPyConnection, section_232: str | None, *, fits: bool
) -> None:
    fit = one(con, listed("VN", "2025-07-20", hts=SCREW, ieepa="100", section_232=section_232))
    assert (fit["fit_count"] > 0) is fits


@pytest.mark.parametrize(("section_301", "fits"), [(None, True), ("250", True), ("0", False)])
def test_a_section_301_duty_that_is_stated_is_tested_by_no_rate(
    con: duckdb.DuckDBPyConnection, section_301: str | None, *, fits: bool
) -> None:
    fit = one(con, listed("CN", "2025-12-20", rate="3.7%", paid="487", section_301=section_301))
    assert (fit["fit_count"] > 0) is fits
    if fits:
        assert fit["fit_section_301_usd"] == (250 if section_301 is None else 0)


def test_fits_that_disagree_on_section_301_and_232_say_neither(con: duckdb.DuckDBPyConnection) -> None:
    fit = one(con, listed("CN", "2025-12-20", hts=SCREW, rate="2%", paid="620"))
    assert bounds(fit) == (100, 100)
    assert (fit["fit_section_301_usd"], fit["fit_section_232_usd"]) == (None, None)


def test_a_section_232_rate_that_includes_column_1_makes_the_same_total_as_the_15_percent(
    con: duckdb.DuckDBPyConnection,
) -> None:
    fit = one(con, listed("DE", FLOOR_DAY, rate="4%", hts=VEHICLE_PART, paid="150"))
    assert (bounds(fit), fit["applied_rate"]) == ((0, 110), None)


# ---- origin and day -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "day", "is_free"),
    [
        ("CN", "2025-02-03", True),
        ("CN", "2025-02-04", False),
        ("VN", "2026-02-23", False),
        ("VN", "2026-02-24", True),
        (None, "2026-02-23", False),
        (None, "2026-02-24", True),
        ("VN", None, False),
        ("RU", "2025-12-01", True),
    ],
)
def test_goods_are_free_of_ieepa_where_no_stack_of_the_day_and_origin_holds_any(
    con: duckdb.DuckDBPyConnection, origin: str | None, day: str | None, *, is_free: bool
) -> None:
    fit = one(con, listed(origin, day, rate="Free", paid="100"))
    assert fit["is_free_of_ieepa"] is is_free
    assert bool(fit["possible_programmes"]) is (not is_free and origin is not None and day is not None)


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({}, "100"),
        ({"value": "0.04"}, "0.00"),
        ({"value": "0.05"}, "0.01"),
        ({"value": "0"}, None),
        ({"value": None}, None),
        ({"origin": None}, None),
        ({"day": None}, None),
    ],
)
def test_the_registry_allows_so_much_of_a_value_of_known_origin_and_day(
    con: duckdb.DuckDBPyConnection, told: dict[str, str | None], allowed: str | None
) -> None:
    given: dict[str, Any] = {"origin": "VN", "day": "2025-07-20", "rate": "Free", "paid": "333", **told}
    fit = one(con, listed(given.pop("origin"), given.pop("day"), **given))
    assert (fit["fit_count"], fit["most_allowed_usd"]) == (0, None if allowed is None else Decimal(allowed))


def test_another_day_of_the_law_brings_its_own_stacks(con: duckdb.DuckDBPyConnection) -> None:
    assert one(con, listed("VN", "2026-02-24", rate="Free", paid="200"))["fit_count"] == 0
    put(con, "lines.law_dates", entry_number=entry_number(1), law_date=date(2026, 2, 23))
    (fit,) = fits_of_written(con)
    assert (bounds(fit), fit["is_free_of_ieepa"]) == ((200, 200), False)


# ---- lines and months -----------------------------------------------------------------------------------------------


def test_every_line_is_there_once_also_with_two_column_1_rates_or_without_a_stack(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = [
        listed("AU", "2025-12-20", rate="10%", spi="AU", paid="100"),
        listed(None, "2025-12-20", paid="100"),
        listed("VN", None),
        listed("VN", "2025-12-20", value=None),
    ]
    assert [fit["entry_number"] for fit in fits_of(con, rows)] == [entry_number(at) for at in (1, 2, 3, 4)]


def test_only_lines_of_the_months_asked_for_are_tested_and_where_their_baseline_stands(
    con: duckdb.DuckDBPyConnection,
) -> None:
    write_lists(con, [listed("VN", day, rate="Free", paid="100") for day in ("2025-06-30", "2025-07-01")])
    assert [fit["partition_month"] for fit in fits_of_written(con)] == ["2025-06", "2025-07"]
    assert [fit["partition_month"] for fit in rows_of(con, FITS, months=("2025-07",))] == ["2025-07"]
    con.execute("update lines.entry_baselines set partition_month = '2025-06' where partition_month = '2025-07'")
    assert [fit["partition_month"] for fit in rows_of(con, FITS)] == ["2025-06"]
