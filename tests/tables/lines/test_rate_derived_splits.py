"""lines.rate_derived_splits: what the stated duty of a line without chapter 99 rows holds of IEEPA."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import rows_of
from tests.tables.lines.listed import SPLITS, listed, split_lists
from tests.tables.lines.random_lists import oracle, pairs
from tests.tables.promises import broken_claim, broken_promises

PARTS = (
    "section_232_usd", "section_301_usd", "section_201_usd", "section_122_usd", "chapter_98_usd",
    "other_chapter99_usd", "column_1_usd",
)  # fmt: skip
VEHICLE_PART = "8708991234"
FLOOR_DAY = "2025-10-10"


def one(con: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> dict[str, Any]:
    (split,) = split_lists(con, [row])
    assert broken_promises(con, SPLITS) == []
    assert broken_claim(con, SPLITS, "parts_sum_to_the_paid_total") == []
    return split


def bounds(split: dict[str, Any]) -> tuple[Decimal, Decimal, str]:
    return split["ieepa_low_usd"], split["ieepa_high_usd"], split["split_confidence"]


# ---- one paid total -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "ieepa", "column_1", "section_301"),
    [
        (listed("CN", "2025-06-10", rate="3.7%", paid="587"), "300", "37", "250"),
        (listed("CN", "2025-04-20", rate="3.7%", paid="1737"), "1450", "37", "250"),
        (listed("CN", "2025-04-09", rate="3.7%", paid="1327"), "1040", "37", "250"),
        (listed("CN", "2025-05-14", rate="3.7%", paid="587"), "300", "37", "250"),
        (listed("CN", "2025-12-01", rate="3.7%", paid="487"), "200", "37", "250"),
        (listed("CN", "2025-12-01", rate="3.7%", paid="237"), "200", "37", "0"),
        (listed("JP", "2025-08-20", rate="4%", paid="190"), "150", "40", "0"),
        (listed("BR", "2025-09-01", rate="Free", paid="500"), "500", "0", "0"),
        (listed("IN", "2025-12-01", rate=".02", paid="520"), "500", "20", "0"),
        (listed("IN", "2026-02-10", rate="Free", paid="250"), "250", "0", "0"),
        (listed("CA", "2025-07-31", rate="Free", paid="250"), "250", "0", "0"),
        (listed("CA", "2025-08-01", rate="Free", paid="350"), "350", "0", "0"),
        (listed("XO", "2025-08-01", rate="Free", paid="100"), "100", "0", "0"),
        (listed("VN", "2026-02-23", rate="Free", paid="200"), "200", "0", "0"),
        (listed("VN", "2026-02-23", rate="Free", paid="0"), "0", "0", "0"),
        (listed("VN", "2026-02-23", rate="5%", paid="50"), "0", "50", "0"),
        (listed("VN", "2026-02-23", fact="5%", paid="250"), "200", "50", "0"),
    ],
)
def test_a_total_that_one_stack_explains_gives_one_amount(
    con: duckdb.DuckDBPyConnection, row: dict[str, Any], ieepa: str, column_1: str, section_301: str
) -> None:
    split = one(con, row)
    assert bounds(split) == (Decimal(ieepa), Decimal(ieepa), "derived")
    assert (split["column_1_usd"], split["section_301_usd"]) == (Decimal(column_1), Decimal(section_301))
    assert (split["rests_on_assumption"], split["anomaly_codes"]) == (None, [])


def test_a_total_of_15_percent_holds_column_1_duty_and_rests_on_the_assumption(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("DE", FLOOR_DAY, rate="4%", paid="150"))
    assert bounds(split) == (110, 110, "assumed")
    assert split["rests_on_assumption"] == "column1_restored"
    assert (split["column_1_usd"], split["column_1_applied_rate"]) == (40, Decimal("0.04"))
    assert (split["column_1_basis"], split["applied_rate"]) == ("printed", Decimal("0.11"))


def test_a_column_1_rate_of_15_percent_or_more_leaves_ieepa_nothing(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("DE", FLOOR_DAY, rate="16%", paid="160"))
    assert (split["ieepa_high_usd"], split["column_1_usd"]) == (0, 160)


def test_rates_that_make_one_total_alike_give_a_range(con: duckdb.DuckDBPyConnection) -> None:
    """15 percent in all is reciprocal duty, or that of a vehicle part under Section 232."""
    split = one(con, listed("DE", FLOOR_DAY, rate="4%", hts=VEHICLE_PART, paid="150"))
    assert bounds(split) == (0, 110, "range")
    assert split["anomaly_codes"] == ["SEVERAL-RATES-FIT"]


def test_a_total_that_nothing_explains_is_a_range_up_to_what_the_registry_allows(
    con: duckdb.DuckDBPyConnection,
) -> None:
    split = one(con, listed("VN", "2025-07-20", rate="Free", paid="333"))
    assert bounds(split) == (0, 100, "range")
    assert (split["anomaly_codes"], split["other_chapter99_usd"]) == (["TOTAL-DOES-NOT-FIT"], 233)
    assert split["programmes"] == ["reciprocal"]


@pytest.mark.parametrize("rate", [None, "2¢/kg", "3.7% + 2¢/kg"])
def test_without_a_column_1_rate_a_total_is_a_range(con: duckdb.DuckDBPyConnection, rate: str | None) -> None:
    split = one(con, listed("VN", "2025-12-20", rate=rate, paid="200"))
    assert bounds(split) == (0, 200, "range")
    assert split["anomaly_codes"] == ["COLUMN-1-UNKNOWN"]


def test_section_232_excludes_reciprocal_duty_on_one_value(con: duckdb.DuckDBPyConnection) -> None:
    both = one(con, listed("VN", "2025-07-20", hts="7318150000", rate="Free", paid="600"))
    assert both["anomaly_codes"] == ["TOTAL-DOES-NOT-FIT"]
    alone = one(con, listed("VN", "2025-07-20", hts="7318150000", rate="Free", paid="500"))
    assert (alone["ieepa_high_usd"], alone["section_232_usd"], alone["anomaly_codes"]) == (0, 500, [])


def test_what_all_that_fit_agree_on_outside_ieepa_is_section_301_and_232_duty(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("CN", "2025-12-20", hts="7318150000", rate="2%", paid="695"))
    assert bounds(split) == (100, 100, "derived")
    assert (split["column_1_usd"], split["section_301_usd"], split["section_232_usd"]) == (20, 75, 500)
    assert split["other_chapter99_usd"] == 0


def test_what_cannot_be_told_apart_outside_ieepa_is_other_duty(con: duckdb.DuckDBPyConnection) -> None:
    """50 percent more can be Section 301 or 232: the fentanyl duty of 10 percent is the same either way."""
    split = one(con, listed("CN", "2025-12-20", hts="7318150000", rate="2%", paid="620"))
    assert bounds(split) == (100, 100, "derived")
    assert (split["column_1_usd"], split["other_chapter99_usd"]) == (20, 500)
    assert (split["section_301_usd"], split["section_232_usd"]) == (0, 0)


@pytest.mark.parametrize("day", ["2025-02-03", "2026-02-24"])
def test_on_a_day_without_ieepa_duties_nothing_of_a_total_is_ieepa(con: duckdb.DuckDBPyConnection, day: str) -> None:
    for origin in ("CN", None):
        split = one(con, listed(origin, day, paid="100"))
        assert (bounds(split), split["programmes"]) == ((0, 0, "derived"), [])


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"origin": None}, "TOTAL-DOES-NOT-FIT"),
        ({"day": None}, "ENTRY-DATE-ABSENT"),
        ({"value": None}, "DUTY-WITHOUT-VALUE"),
        ({"value": "0"}, "DUTY-WITHOUT-VALUE"),
    ],
)
def test_without_origin_day_or_value_no_rate_is_tested(
    con: duckdb.DuckDBPyConnection, told: dict[str, str | None], code: str
) -> None:
    given: dict[str, Any] = {"origin": "VN", "day": "2025-12-20", "rate": "Free", "paid": "200", **told}
    split = one(con, listed(given.pop("origin"), given.pop("day"), **given))
    assert bounds(split) == (0, 200, "range")
    assert split["anomaly_codes"] == [code]


def test_zone_goods_that_fit_no_rate_may_have_been_admitted_on_another_day(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("VN", "2026-01-20", rate="Free", paid="150", type="06"))
    assert split["anomaly_codes"] == ["TOTAL-DOES-NOT-FIT", "PRIVILEGED-FOREIGN-DATE-UNKNOWN"]


# ---- columns of duty types ------------------------------------------------------------------------------------------


def test_a_stated_ieepa_duty_that_fits_is_what_was_paid(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("CN", "2025-06-10", ieepa="300.01", section_301="250", column_1="37", other="5"))
    assert bounds(split) == (Decimal("300.01"), Decimal("300.01"), "derived")
    assert (split["section_301_usd"], split["column_1_usd"], split["other_chapter99_usd"]) == (250, 37, 5)
    assert split["paid_duty_usd"] == Decimal("592.01")


def test_a_stated_ieepa_duty_that_fits_no_rate_is_a_range(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("VN", "2025-07-20", ieepa="333", column_1="0"))
    assert (bounds(split), split["anomaly_codes"]) == ((0, 333, "range"), ["TOTAL-DOES-NOT-FIT"])


def test_ieepa_duty_stated_where_none_was_collected_is_never_certain(con: duckdb.DuckDBPyConnection) -> None:
    for day in ("2025-02-03", "2026-02-24"):
        assert bounds(one(con, listed("CN", day, ieepa="100"))) == (0, 100, "range")


@pytest.mark.parametrize(
    ("told", "low", "high", "confidence"),
    [
        ({"ieepa": "150", "column_1": "0", "rate": "4%"}, "110", "110", "assumed"),
        ({"ieepa": "150", "rate": "4%"}, "110", "110", "assumed"),
        ({"ieepa": "110", "column_1": "40"}, "110", "110", "derived"),
        ({"ieepa": "110", "rate": "4%"}, "110", "110", "derived"),
        ({"ieepa": "150", "column_1": "0"}, "0", "150", "range"),
        ({"ieepa": "110", "column_1": "0", "rate": "4%"}, "0", "110", "range"),
        ({"ieepa": "150", "column_1": "40", "rate": "4%"}, "0", "150", "range"),
    ],
)
def test_the_15_percent_in_columns_is_read_in_every_style(
    con: duckdb.DuckDBPyConnection, told: dict[str, str], low: str, high: str, confidence: str
) -> None:
    assert bounds(one(con, listed("DE", FLOOR_DAY, **told))) == (Decimal(low), Decimal(high), confidence)


@pytest.mark.parametrize(
    "told",
    [
        {"paid": "230", "ieepa": "200", "column_1": "20"},
        {"paid": "200", "ieepa": "200", "column_1": "20"},
        {"paid": "220", "ieepa": "200", "ieepa_reciprocal": "100", "column_1": "20"},
        {"paid": "100", "ieepa": "200"},
    ],
)
def test_types_that_do_not_add_up_make_a_range_within_the_total(
    con: duckdb.DuckDBPyConnection, told: dict[str, str]
) -> None:
    split = one(con, listed("VN", "2025-12-20", rate="2%", **told))
    assert bounds(split) == (0, min(Decimal(200), Decimal(told["paid"])), "range")
    assert split["anomaly_codes"] == ["TYPES-DO-NOT-ADD-UP"]
    assert split["paid_duty_usd"] == Decimal(told["paid"])


def test_a_total_beside_some_types_is_explained_less_these(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("CN", "2025-12-20", rate="3.7%", paid="487", section_301="250"))
    assert (bounds(split), split["section_301_usd"], split["column_1_usd"]) == ((200, 200, "derived"), 250, 37)


def test_a_total_beside_the_ieepa_duty_leaves_column_1_and_other_duty(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("VN", "2025-12-20", rate="2%", paid="230", ieepa="200"))
    assert (bounds(split), split["column_1_usd"], split["other_chapter99_usd"]) == ((200, 200, "derived"), 20, 10)


# ---- what is not stated, and credits --------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [{}, {"column_1": "37"}, {"section_301": "250"}])
def test_duty_that_is_not_stated_is_absent_and_never_made_up(
    con: duckdb.DuckDBPyConnection, told: dict[str, str]
) -> None:
    split = one(con, listed("CN", "2025-12-20", rate="3.7%", **told))
    assert (bounds(split), split["absent_duty_row_count"]) == ((0, 0, "range"), 1)
    assert split["anomaly_codes"] == ["DUTY-ABSENT"]
    assert split["paid_duty_usd"] == sum(map(Decimal, told.values()))


def test_ieepa_duty_that_cannot_be_is_not_missed(con: duckdb.DuckDBPyConnection) -> None:
    split = one(con, listed("CN", "2026-02-24", column_1="37"))
    assert (bounds(split), split["absent_duty_row_count"]) == ((0, 0, "derived"), 0)


def test_a_credit_counts_in_full_at_both_ends(con: duckdb.DuckDBPyConnection) -> None:
    assert bounds(one(con, listed("VN", "2025-12-20", rate="Free", paid="-200"))) == (-200, -200, "range")
    assert bounds(one(con, listed("VN", "2025-12-20", ieepa="-200", column_1="300"))) == (-200, -200, "range")


@pytest.mark.parametrize(
    ("paid", "confidence", "codes"),
    [("0.00", "derived", []), ("-0.01", "range", ["TOTAL-DOES-NOT-FIT"])],
)
def test_a_total_of_nothing_is_no_credit_and_one_cent_less_is(
    con: duckdb.DuckDBPyConnection, paid: str, confidence: str, codes: list[str]
) -> None:
    split = one(con, listed("VN", "2025-12-20", rate="Free", paid=paid))
    assert bounds(split) == (Decimal(paid), Decimal(paid), confidence)
    assert split["anomaly_codes"] == codes


@pytest.mark.parametrize(("ieepa", "paid", "high"), [("300", "150", "150"), ("100", "250", "200")])
def test_of_contradicting_statements_the_greater_is_the_most_but_never_more_than_was_paid(
    con: duckdb.DuckDBPyConnection, ieepa: str, paid: str, high: str
) -> None:
    split = one(con, listed("VN", "2025-12-20", ieepa=ieepa, ieepa_reciprocal="200", section_301="5", paid=paid))
    assert bounds(split) == (0, Decimal(high), "range")
    assert (split["section_301_usd"], split["other_chapter99_usd"]) == (0, Decimal(paid) - Decimal(high))


# ---- months, versions, claims ---------------------------------------------------------------------------------------


def test_only_the_months_asked_for_are_split(con: duckdb.DuckDBPyConnection) -> None:
    split_lists(con, [listed("VN", day, rate="Free", paid="100") for day in ("2025-06-30", "2025-07-01")])
    assert [row["entry_month"] for row in rows_of(con, SPLITS)] == ["2025-06", "2025-07"]
    assert [row["entry_month"] for row in rows_of(con, SPLITS, months=("2025-07",))] == ["2025-07"]


@pytest.mark.parametrize(
    "change",
    [
        "ieepa_usd = ieepa_usd - 0.01",
        "undetermined_usd = -1, ieepa_high_usd = ieepa_low_usd - 1, non_ieepa_usd = non_ieepa_usd + 1,"
        " column_1_usd = column_1_usd + 1",
        "ieepa_high_usd = 1000, undetermined_usd = 1000 - ieepa_low_usd, non_ieepa_usd = paid_duty_usd - 1000,"
        " column_1_usd = paid_duty_usd - 1000 - section_301_usd",
        *(f"{part} = {part} + 0.01" for part in PARTS),
    ],
)
def test_a_cent_that_is_lost_or_paid_by_nobody_breaks_the_claim(con: duckdb.DuckDBPyConnection, change: str) -> None:
    one(con, listed("CN", "2025-06-10", rate="3.7%", paid="587"))
    con.execute(f"update {SPLITS} set {change}")
    assert len(broken_claim(con, SPLITS, "parts_sum_to_the_paid_total")) == 1


@pytest.mark.parametrize(
    "damage",
    [
        f"delete from {SPLITS}",
        f"update {SPLITS} set line_number = 2",
        f"update {SPLITS} set paid_duty_usd = paid_duty_usd + 0.01",
        "update lines.entry_baselines set baseline_basis = 'no_acceptance_newest'",
    ],
)
def test_a_line_that_is_lost_breaks_the_claim_of_its_month_only(con: duckdb.DuckDBPyConnection, damage: str) -> None:
    one(con, listed("CN", "2025-06-10", rate="3.7%", paid="587"))
    assert broken_claim(con, SPLITS, "no_line_is_lost") == []
    con.execute(damage)
    assert broken_claim(con, SPLITS, "no_line_is_lost")
    assert broken_claim(con, SPLITS, "no_line_is_lost", months=("2025-07",)) == []


# ---- the oracle -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [11, 12])
def test_the_oracle_agrees_on_thousands_of_lines(con: duckdb.DuckDBPyConnection, seed: int) -> None:
    law = oracle()
    drawn = pairs(seed, 2500, law)
    splits = split_lists(con, [row for row, _ in drawn])
    apart = [
        (line, verdict, split["ieepa_low_usd"], split["ieepa_high_usd"], split["paid_duty_usd"])
        for (_, line), split in zip(drawn, splits, strict=True)
        for verdict in [law.judge(line)]
        if (verdict.paid, verdict.low, verdict.high)
        != (split["paid_duty_usd"], split["ieepa_low_usd"], split["ieepa_high_usd"])
    ]
    assert apart == []
    assert broken_promises(con, SPLITS) == []
    for claim in ("parts_sum_to_the_paid_total", "no_line_is_lost"):
        assert broken_claim(con, SPLITS, claim) == []
