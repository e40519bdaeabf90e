"""entries.cape_effects: what CAPE did to an accepted entry, read from its versions before and after."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import ENTRY, load_id, tariff_row, version
from tests.tables.promises import broken_claim, broken_promises, build

Connection = duckdb.DuckDBPyConnection
TABLE = "entries.cape_effects"
ACCEPTED = date(2026, 5, 1)
BEFORE, AFTER = ACCEPTED - timedelta(days=10), ACCEPTED + timedelta(days=10)
COMMODITY, RECIPROCAL, FENTANYL, SECTION_301 = "8501109000", "99030125", "99030124", "99038803"

Row = dict[str, Any]


def row(hts: str = COMMODITY, duty: str | None = "5.00", ordinal: int = 1, **values: Any) -> Row:
    return {"hts": hts, "duty": duty, "ordinal": ordinal, **values}


#: A line with an ordinary duty of 5.00 on goods of 100.00, and 10.00 of IEEPA duty.
STACK = (row(RECIPROCAL, "10.00", 1), row(goods_value_usd=Decimal("100.00"), ordinal=2))
#: The same line as CAPE leaves it.
CLEARED = (row(goods_value_usd=Decimal("100.00")),)


def accepted(con: Connection, entry: str = ENTRY, baseline: int | None = 1, **facts: Any) -> None:
    """CAPE accepted the entry on the day, and its baseline is the version."""
    given = {"accepted_date": ACCEPTED, "accepted_date_basis": "declarations", "is_accepted": True, **facts}
    put(con, "entries.claim_facts", entry_number=entry, **given)
    put(con, "lines.entry_baselines", entry_number=entry, version_ordinal=baseline)


def received(
    con: Connection, ordinal: int, run: date | None, *rows: Row, load: int | None = None, **facts: Any
) -> None:
    """One version of the entry in one file, with its tariff rows; the file has the version's number unless told."""
    number = load or ordinal
    put(con, "ace.entry_versions", entry_number=ENTRY, version_ordinal=ordinal, report_run_date=run,
        **{"quarantined_row_count": 0, **facts})  # fmt: skip
    version(con, number, ordinal, run=run)
    for filed in rows:
        tariff_row(con, number, **filed)


def effect(con: Connection) -> dict[str, Any]:
    assert broken_promises(con, TABLE) == []
    build(con, TABLE)
    assert broken_claim(con, TABLE, "every_accepted_entry_is_compared") == []
    (told,) = rows_of(con, TABLE)
    return told


def compared(con: Connection, before: tuple[Row, ...], after: tuple[Row, ...]) -> dict[str, Any]:
    accepted(con)
    received(con, 1, BEFORE, *before)
    received(con, 2, AFTER, *after)
    return effect(con)


# ---- which entries, which versions ----------------------------------------------------------------------------------


def test_an_entry_that_is_not_accepted_is_not_compared(con: Connection) -> None:
    accepted(con, is_accepted=False)
    received(con, 1, BEFORE, *STACK)
    assert rows_of(con, TABLE) == []


def test_an_accepted_entry_left_out_breaks_the_claim_and_so_does_one_too_many(con: Connection) -> None:
    accepted(con)
    assert broken_claim(con, TABLE, "every_accepted_entry_is_compared") == [{"entry_number": ENTRY}]
    build(con, TABLE)
    con.execute("update entries.claim_facts set is_accepted = false")
    assert broken_claim(con, TABLE, "every_accepted_entry_is_compared") == [{"entry_number": ENTRY}]


def test_the_duty_is_removed_and_both_versions_are_told(con: Connection) -> None:
    told = compared(con, STACK, CLEARED)
    assert told["effect"] == "removed"
    assert (told["before_version_ordinal"], told["before_run_date"]) == (1, BEFORE)
    assert (told["after_version_ordinal"], told["after_run_date"]) == (2, AFTER)
    assert (told["ieepa_before_usd"], told["ieepa_after_usd"]) == (Decimal("10.00"), Decimal("0.00"))
    assert (told["other_duty_before_usd"], told["other_duty_after_usd"]) == (Decimal("5.00"), Decimal("5.00"))
    assert told["other_duty_change_usd"] == Decimal("0.00")
    assert (told["goods_value_before_usd"], told["goods_value_after_usd"]) == (Decimal("100.00"), Decimal("100.00"))
    assert (told["line_count_before"], told["line_count_after"]) == (1, 1)
    assert (told["tariff_row_count_before"], told["tariff_row_count_after"]) == (2, 1)
    assert told["changes"] == []


def test_the_claim_and_the_day_it_accepted_are_told(con: Connection) -> None:
    accepted(con, claim_number="777", accepted_date_basis="claim_details_run_date")
    told = effect(con)
    assert (told["claim_number"], told["accepted_date"]) == ("777", ACCEPTED)
    assert told["accepted_date_basis"] == "claim_details_run_date"


@pytest.mark.parametrize(("days", "seen"), [(-1, "not_seen_yet"), (0, "removed"), (1, "removed")])
def test_a_version_run_on_the_day_of_acceptance_or_later_is_from_after_it(
    con: Connection, days: int, seen: str
) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK)
    received(con, 2, ACCEPTED + timedelta(days=days), *CLEARED)
    assert effect(con)["effect"] == seen


def test_a_version_without_a_run_date_is_not_known_to_be_from_after(con: Connection) -> None:
    accepted(con)
    received(con, 1, None, *STACK)
    received(con, 2, None, *CLEARED)
    assert effect(con)["effect"] == "not_seen_yet"


def test_without_a_day_of_acceptance_no_version_is_known_to_be_from_after(con: Connection) -> None:
    accepted(con, accepted_date=None, accepted_date_basis="unknown")
    received(con, 1, BEFORE, *STACK)
    received(con, 2, AFTER, *CLEARED)
    told = effect(con)
    assert (told["effect"], told["after_version_ordinal"]) == ("not_seen_yet", None)
    assert (told["ieepa_before_usd"], told["ieepa_after_usd"], told["changes"]) == (Decimal("10.00"), None, [])


def test_of_several_later_versions_the_newest_counts(con: Connection) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK)
    received(con, 2, AFTER, *STACK)
    received(con, 3, AFTER + timedelta(days=7), *CLEARED)
    told = effect(con)
    assert (told["effect"], told["after_version_ordinal"]) == ("removed", 3)


def test_a_partial_version_shows_no_removal(con: Connection) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK)
    received(con, 2, AFTER, *CLEARED, is_partial=True)
    assert effect(con)["effect"] == "not_seen_yet"


def test_the_baseline_itself_is_no_later_version(con: Connection) -> None:
    accepted(con, baseline=2)
    received(con, 1, BEFORE, *STACK)
    received(con, 2, AFTER, *STACK)
    told = effect(con)
    assert (told["before_version_ordinal"], told["after_version_ordinal"]) == (2, None)
    assert told["effect"] == "not_seen_yet"


def test_an_entry_without_a_baseline_shows_what_came_after_alone(con: Connection) -> None:
    accepted(con, baseline=None)
    received(con, 1, AFTER, *CLEARED)
    told = effect(con)
    assert (told["effect"], told["before_run_date"], told["after_version_ordinal"]) == ("no_baseline", None, 1)
    assert (told["ieepa_before_usd"], told["ieepa_after_usd"]) == (None, Decimal("0.00"))
    assert (told["other_duty_change_usd"], told["changes"]) == (None, [])


def test_each_entry_is_compared_with_its_own_versions(con: Connection) -> None:
    accepted(con)
    accepted(con, "ABC00000099", baseline=None)
    received(con, 1, BEFORE, *STACK)
    received(con, 2, AFTER, *CLEARED)
    build(con, TABLE)
    told = {told["entry_number"]: (told["effect"], told["after_version_ordinal"]) for told in rows_of(con, TABLE)}
    assert told == {ENTRY: ("removed", 2), "ABC00000099": ("no_baseline", None)}


# ---- the effect -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "effect_told"),
    [
        ("0.00", "removed"), ("0.01", "partly_removed"), ("9.99", "partly_removed"), ("10.00", "not_removed"),
        ("10.01", "not_removed"),
    ],
)  # fmt: skip
def test_the_effect_is_told_to_the_cent(con: Connection, after: str, effect_told: str) -> None:
    told = compared(con, STACK, (row(RECIPROCAL, after, 1), row(ordinal=2)))
    assert (told["effect"], told["ieepa_after_usd"]) == (effect_told, Decimal(after))


@pytest.mark.parametrize("before", [(row(),), (row(RECIPROCAL, "0.00", 1), row(ordinal=2))])
def test_where_nothing_was_paid_there_is_nothing_to_remove_whether_or_not_a_later_version_is_seen(
    con: Connection, before: tuple[Row, ...]
) -> None:
    accepted(con)
    received(con, 1, BEFORE, *before)
    told = effect(con)
    assert (told["effect"], told["ieepa_before_usd"]) == ("nothing_to_remove", Decimal("0.00"))


@pytest.mark.parametrize(("heading", "is_ieepa"), [("99030124", True), ("9903020100", True), ("99030301", False)])
def test_the_headings_of_ieepa_are_9903_01_and_9903_02(con: Connection, heading: str, *, is_ieepa: bool) -> None:
    told = compared(con, (row(heading, "10.00", 1), row(ordinal=2)), CLEARED)
    assert told["ieepa_before_usd"] == Decimal("10.00" if is_ieepa else "0.00")
    assert told["other_duty_before_usd"] == Decimal("5.00" if is_ieepa else "15.00")


def test_all_ieepa_rows_of_all_lines_are_summed(con: Connection) -> None:
    told = compared(
        con, (*STACK, row(FENTANYL, "2.50", 3), row(RECIPROCAL, "0.25", 1, line=2), row(ordinal=2, line=2)), CLEARED
    )
    assert (told["ieepa_before_usd"], told["line_count_before"]) == (Decimal("12.75"), 2)


@pytest.mark.parametrize("side", [1, 2])
def test_a_blank_ieepa_duty_makes_the_sum_and_the_effect_unknown(con: Connection, side: int) -> None:
    blank = (row(RECIPROCAL, None, 1), row(FENTANYL, "2.50", 2), row(goods_value_usd=Decimal("100.00"), ordinal=3))
    told = compared(con, *((blank, CLEARED) if side == 1 else (STACK, blank)))
    assert told["effect"] == "amount_unknown"
    assert told["ieepa_before_usd" if side == 1 else "ieepa_after_usd"] is None
    assert told["other_duty_change_usd"] == Decimal("0.00")


def test_a_blank_other_duty_makes_only_the_other_duty_unknown(con: Connection) -> None:
    told = compared(con, STACK, (row(duty=None, goods_value_usd=Decimal("100.00")), row(SECTION_301, "1.00", 2)))
    assert (told["effect"], told["ieepa_after_usd"]) == ("removed", Decimal("0.00"))
    assert (told["other_duty_after_usd"], told["other_duty_change_usd"]) == (None, None)
    assert "other_duty_changed" not in told["changes"]


@pytest.mark.parametrize("side", [1, 2])
def test_a_row_set_aside_makes_the_amounts_of_its_version_unknown(con: Connection, side: int) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK, quarantined_row_count=int(side == 1))
    received(con, 2, AFTER, *CLEARED, row(line=2), quarantined_row_count=int(side == 2))
    told = effect(con)
    name = "before" if side == 1 else "after"
    assert told["effect"] == "amount_unknown"
    assert [told[f"{what}_{name}_usd"] for what in ("ieepa", "other_duty", "goods_value")] == [None] * 3
    assert told["changes"] == []


def test_of_a_row_received_twice_the_later_file_counts_and_files_of_one_run_are_united(con: Connection) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK, load=11)
    version(con, 12, 1, run=BEFORE)
    tariff_row(con, 12, 1, 1, RECIPROCAL, "7.00")
    tariff_row(con, 12, 2, 1, RECIPROCAL, "1.00")
    assert load_id(11) != load_id(12)
    assert effect(con)["ieepa_before_usd"] == Decimal("8.00")


def test_of_a_row_twice_in_one_file_the_later_row_counts(con: Connection) -> None:
    accepted(con)
    received(con, 1, BEFORE, row(RECIPROCAL, "9.00", 1, source_row=2), row(RECIPROCAL, "7.00", 1, source_row=3))
    assert effect(con)["ieepa_before_usd"] == Decimal("7.00")


# ---- what else changed ----------------------------------------------------------------------------------------------


def test_an_ordinary_duty_that_comes_back_with_the_end_of_a_15_percent_heading_is_shown(con: Connection) -> None:
    before = (row("99030220", "15.00", 1), row(duty="0.00", goods_value_usd=Decimal("100.00"), ordinal=2))
    told = compared(con, before, (row(duty="3.70", goods_value_usd=Decimal("100.00")),))
    assert (told["effect"], told["other_duty_change_usd"]) == ("removed", Decimal("3.70"))
    assert told["changes"] == ["other_duty_changed"]


def test_an_amount_that_falls_is_a_change_with_its_sign(con: Connection) -> None:
    told = compared(con, STACK, (row(duty="4.99", goods_value_usd=Decimal("100.00")),))
    assert (told["other_duty_change_usd"], told["changes"]) == (Decimal("-0.01"), ["other_duty_changed"])


def test_a_changed_goods_value_is_shown(con: Connection) -> None:
    told = compared(con, STACK, (row(goods_value_usd=Decimal("100.01")),))
    assert told["changes"] == ["goods_value_changed"]


def test_the_goods_value_stands_on_the_commodity_rows_where_they_have_it(con: Connection) -> None:
    before = (row(RECIPROCAL, "10.00", 1, goods_value_usd=Decimal("100.00")), STACK[1])
    told = compared(con, before, CLEARED)
    assert (told["goods_value_before_usd"], told["changes"]) == (Decimal("100.00"), [])


def test_the_goods_value_is_looked_for_on_the_other_rows_where_the_commodity_rows_have_none(con: Connection) -> None:
    before = (row(RECIPROCAL, "10.00", 1, goods_value_usd=Decimal("80.00")), row(ordinal=2))
    assert compared(con, before, CLEARED)["goods_value_before_usd"] == Decimal("80.00")


def test_a_line_whose_goods_value_is_only_partly_stated_makes_that_of_the_entry_unknown(con: Connection) -> None:
    told = compared(con, (*STACK, row(line=2)), (*CLEARED, row(line=2)))
    assert (told["goods_value_before_usd"], told["goods_value_after_usd"], told["changes"]) == (None, None, [])
    assert told["line_count_before"] == 2


def test_two_commodity_rows_of_which_one_has_no_value_have_none_together(con: Connection) -> None:
    assert compared(con, (*STACK, row("8501200000", ordinal=3)), CLEARED)["goods_value_before_usd"] is None


def test_lines_that_come_are_shown(con: Connection) -> None:
    added = row(line=2, duty="0.00", goods_value_usd=Decimal(0))
    assert compared(con, STACK, (*CLEARED, added))["changes"] == ["lines_added"]


def test_lines_that_go_are_shown(con: Connection) -> None:
    gone = row(line=2, duty="0.00", goods_value_usd=Decimal(0))
    assert compared(con, (*STACK, gone), CLEARED)["changes"] == ["lines_removed"]


def test_another_tariff_number_is_shown_but_not_the_ieepa_heading_that_went(con: Connection) -> None:
    told = compared(con, STACK, (row("8501200000", goods_value_usd=Decimal("100.00")),))
    assert told["changes"] == ["tariff_number_changed"]


def test_a_chapter_99_row_that_goes_with_the_ieepa_row_is_shown(con: Connection) -> None:
    assert "tariff_number_changed" in compared(con, (*STACK, row(SECTION_301, "0.00", 3)), CLEARED)["changes"]


def test_tariff_numbers_in_another_order_are_the_same(con: Connection) -> None:
    section = row(SECTION_301, "1.00", 3)
    after = (row(SECTION_301, "1.00", 1), row(goods_value_usd=Decimal("100.00"), ordinal=2))
    assert compared(con, (*STACK, section), after)["changes"] == []


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [("CN", "VN", ["origin_changed"]), ("CN", "CN", []), (None, "CN", []), ("CN", None, [])],
)
def test_another_origin_is_shown_where_both_versions_state_one(
    con: Connection, before: str | None, after: str | None, changes: list[str]
) -> None:
    earlier = tuple({**filed, "country_of_origin": before} for filed in STACK)
    later = tuple({**filed, "country_of_origin": after} for filed in CLEARED)
    assert compared(con, earlier, later)["changes"] == changes


@pytest.mark.parametrize("column", ["importer_key", "entry_type_code"])
@pytest.mark.parametrize(("before", "after", "is_change"), [("1", "2", True), ("1", "1", False), (None, "2", False)])
def test_another_importer_or_type_is_shown_where_both_versions_state_one(
    con: Connection, column: str, before: str | None, after: str, *, is_change: bool
) -> None:
    accepted(con)
    received(con, 1, BEFORE, *STACK, **{column: before})
    received(con, 2, AFTER, *CLEARED, **{column: after})
    name = {"importer_key": "importer_changed", "entry_type_code": "entry_type_changed"}[column]
    assert effect(con)["changes"] == ([name] if is_change else [])


def test_all_changes_are_told_once_in_order(con: Connection) -> None:
    accepted(con)
    facts = {"importer_key": "1", "entry_type_code": "01"}
    gone = row(line=2, duty="0.00", goods_value_usd=Decimal(0))
    received(con, 1, BEFORE, *({**filed, "country_of_origin": "CN"} for filed in (*STACK, gone)), **facts)
    later = row("8501200000", "6.00", goods_value_usd=Decimal("50.00"))
    added = row(line=3, duty="0.00", goods_value_usd=Decimal(0))
    changed = ({**filed, "country_of_origin": "VN"} for filed in (later, added))
    received(con, 2, AFTER, *changed, importer_key="2", entry_type_code="06")
    assert effect(con)["changes"] == [
        "entry_type_changed", "goods_value_changed", "importer_changed", "lines_added", "lines_removed",
        "origin_changed", "other_duty_changed", "tariff_number_changed",
    ]  # fmt: skip
