"""Every window, family and origin of the shipped registry is reached by a filed line, on both sides of each date.

The cases are made from the seeds: a new window brings its own tests. All lines are built at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.tables import empty_tables, rows_of
from tests.tables.lines.filed import COMMODITY, Line, Row, classify_all, shipped_registry
from tests.tables.promises import build

ONE_DAY = timedelta(days=1)
VALUE = Decimal(1000)
SEEN = Decimal("7.00")  # duty on a row of a heading that imposes none, or of a family
EVERYWHERE = "VN"  # an origin for headings of every origin
EU = frozenset(
    ["AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU", "MT",
     "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"]
)  # fmt: skip


def believed(table: str) -> list[dict[str, Any]]:
    rows = shipped_registry()[f"registry.{table}"].to_dicts()
    return [row for row in rows if row["withdrawn_date"] is None]


WINDOWS = believed("ieepa_headings")
FAMILIES = [row for row in believed("chapter99_families") if row["heading_from"] is not None]
ALIASES = believed("origin_aliases")


def digits(heading: str) -> str:
    return heading.replace(".", "")


def name_of(row: dict[str, Any]) -> str:
    return f"{row['heading']} from {row['effective_from']}"


def origin_of(window: dict[str, Any]) -> str:
    return EVERYWHERE if "ALL" in window["countries"] else str(window["countries"][0])


def window_on(heading: str, day: date) -> dict[str, Any] | None:
    """The window of a heading that holds a day, in plain Python."""
    found = [
        row for row in WINDOWS if row["heading"] == heading and row["effective_from"] <= day <= row["effective_to"]
    ]
    assert len(found) <= 1
    return found[0] if found else None


def duty_of(window: dict[str, Any]) -> Decimal:
    """The duty the window asks for on the value; a sign of life where it imposes none."""
    if window["rate_kind"] == "floor_inclusive":
        return VALUE * Decimal("0.15")
    return VALUE * window["rate"] if window["imposes_duty"] else SEEN


def around(row: dict[str, Any]) -> list[date]:
    """The days on both sides of both ends of a window."""
    first, last = row["effective_from"], row["effective_to"]
    days = [] if first is None else [first - ONE_DAY, first]
    return [*days, *([] if last is None else [last, last + ONE_DAY])]


@dataclass(frozen=True)
class Case:
    """One tariff number with its duty, on one day from one origin."""

    hts: str
    day: date
    origin: str
    duty: Decimal

    def as_line(self) -> Line:
        rows = (Row(self.hts, self.duty), Row(COMMODITY, Decimal(0), VALUE, "Free"))
        return Line(self.origin, self.day, rows)


def wrong_origin_of(window: dict[str, Any]) -> str:
    return next(code for code in ("VN", "CN", "FR") if code not in window["countries"])


def heading_case(window: dict[str, Any], day: date, origin: str | None = None) -> Case:
    return Case(digits(window["heading"]), day, origin or origin_of(window), duty_of(window))


def numbers_of(family: dict[str, Any]) -> list[str]:
    """The first, the middle and the last number of a family."""
    first, last = int(family["heading_from"]), int(family["heading_to"])
    return [f"{number:08}" for number in sorted({first, (first + last) // 2, last})]


def day_within(family: dict[str, Any]) -> date:
    return family["effective_from"] or family["effective_to"] or date(2025, 6, 10)


def family_cases(family: dict[str, Any]) -> list[Case]:
    days = around(family) or [day_within(family)]
    return [Case(number, day, EVERYWHERE, SEEN) for number in numbers_of(family) for day in days]


def unprinted_numbers() -> list[str]:
    """Numbers in the ranges of IEEPA that no tariff has printed."""
    printed = {digits(row["heading"]) for row in WINDOWS}
    ranges = [row for row in FAMILIES if row["duty_bucket"] == "ieepa"]
    numbers = {f"{n:08}" for row in ranges for n in range(int(row["heading_from"]), int(row["heading_to"]) + 1)}
    return sorted(numbers - printed)


def every_case() -> Iterator[Case]:
    for window in WINDOWS:
        for day in around(window):
            yield heading_case(window, day)
        for origin in window["countries"]:
            if origin != "ALL":
                yield heading_case(window, window["effective_from"], origin)
        if "ALL" not in window["countries"]:
            yield heading_case(window, window["effective_from"], wrong_origin_of(window))
        for alias in ALIASES:
            if alias["country_code"] in window["countries"]:
                yield heading_case(window, window["effective_from"], alias["origin_alias"])
    for family in FAMILIES:
        yield from family_cases(family)
    for number in unprinted_numbers():
        yield Case(number, date(2025, 9, 1), EVERYWHERE, SEEN)


@dataclass(frozen=True)
class Answer:
    """What the tables say of the one chapter 99 row of a case, and of its line."""

    row: dict[str, Any]
    split: dict[str, Any]

    @property
    def window(self) -> tuple[Any, ...]:
        return tuple(self.row[name] for name in ("effective_from", "effective_to", "rule_source", "rule_locator"))


@pytest.fixture(scope="module")
def answers() -> dict[Case, Answer]:
    """What the tables make of every case, in one build."""
    cases = sorted(set(every_case()), key=lambda case: (case.hts, case.day, case.origin, case.duty))
    with empty_tables() as con:
        classified = classify_all(con, [case.as_line() for case in cases])
        build(con, "lines.classified_lines")
        build(con, "lines.duty_splits")
        windows = {(row["entry_number"], row["tariff_ordinal"]): row for row in rows_of(con, "lines.row_contributions")}
        splits = rows_of(con, "lines.duty_splits")
    answered = [{**windows[(rows[0]["entry_number"], 1)], **rows[0]} for rows in classified]
    return {case: Answer(row, split) for case, row, split in zip(cases, answered, splits, strict=True)}


def promised(window: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(window[name] for name in ("effective_from", "effective_to", "source", "locator"))


# ---- headings -------------------------------------------------------------------------------------------------------


def test_there_are_217_windows_and_each_is_named_by_its_source_and_locator() -> None:
    assert len(WINDOWS) == 217
    assert len({(row["heading"], row["source"], row["locator"]) for row in WINDOWS}) == len(WINDOWS)


def test_every_window_is_reached_by_a_line_with_a_right_origin(answers: dict[Case, Answer]) -> None:
    reached = {
        (answer.row["heading"], *answer.window)
        for answer in answers.values()
        if not {"OUTSIDE-WINDOW", "WRONG-ORIGIN"} & set(answer.row["anomaly_codes"])
    }
    assert {name_of(row) for row in WINDOWS if (row["heading"], *promised(row)) not in reached} == set()


@pytest.mark.parametrize("window", WINDOWS, ids=name_of)
def test_on_both_sides_of_its_dates_a_heading_has_the_rate_and_scope_of_that_day(
    answers: dict[Case, Answer], window: dict[str, Any]
) -> None:
    for day in around(window):
        case = heading_case(window, day)
        answer = answers[case]
        ruling = window_on(window["heading"], day)
        codes = set(answer.row["anomaly_codes"])
        if ruling is None:
            # a companion heading outlives IEEPA; duty on any other may come back with it
            is_companion = window["rate_kind"] == "zero_exempt_companion"
            assert ("OUTSIDE-WINDOW" in codes) == (not is_companion or expected_of(case.hts, day)[2]), day
            assert answer.row["duty_bucket"] != "ieepa"
            assert answer.row["registry_rate"] is None
            assert answer.split["ieepa_low_usd"] == 0
            assert answer.split["ieepa_high_usd"] == (0 if is_companion else case.duty)
            continue
        is_right = "ALL" in ruling["countries"] or case.origin in ruling["countries"]
        assert answer.window == promised(ruling)
        assert "OUTSIDE-WINDOW" not in codes
        assert ("WRONG-ORIGIN" in codes) == (not is_right)
        assert answer.row["programme"] == ruling["programme"]
        assert answer.row["rate_kind"] == ruling["rate_kind"]
        assert answer.row["registry_rate"] == ruling["rate"]
        assert answer.row["duty_bucket"] == ("ieepa" if ruling["imposes_duty"] else "ieepa_exempt")
        assert answer.row["floor_rate"] == (Decimal("0.15") if ruling["rate_kind"] == "floor_inclusive" else None)
        assert ("SUPERSEDED-RETROACTIVE" in codes) == ruling["rate_kind"].endswith("superseded_retro")
        assert ("DUTY-ON-SUSPENDED-HEADING" in codes) == (ruling["rate_kind"] == "suspended")
        assert ("DUTY-ON-EXEMPT-HEADING" in codes) == ruling["rate_kind"].startswith("zero_exempt")
        assert ("RATE-DEVIATES" in codes) == (ruling["imposes_duty"] and duty_of(ruling) != case.duty)
        assert answer.split["ieepa_low_usd"] == (case.duty if ruling["imposes_duty"] and is_right else 0)
        assert answer.split["ieepa_high_usd"] == case.duty


@pytest.mark.parametrize("window", [row for row in WINDOWS if "ALL" not in row["countries"]], ids=name_of)
def test_a_heading_takes_every_country_it_names_and_flags_any_other(
    answers: dict[Case, Answer], window: dict[str, Any]
) -> None:
    day = window["effective_from"]
    flagged = [
        origin
        for origin in window["countries"]
        if "WRONG-ORIGIN" in answers[heading_case(window, day, origin)].row["anomaly_codes"]
    ]
    assert flagged == []
    stranger = answers[heading_case(window, day, wrong_origin_of(window))]
    assert "WRONG-ORIGIN" in stranger.row["anomaly_codes"]
    assert stranger.split["ieepa_low_usd"] == 0


def test_nothing_is_ieepa_before_the_first_or_after_the_last_collected_day(answers: dict[Case, Answer]) -> None:
    outside = [answer for case, answer in answers.items() if not date(2025, 2, 4) <= case.day <= date(2026, 2, 23)]
    assert outside
    assert {answer.split["ieepa_low_usd"] for answer in outside} == {0}
    assert {answer.row["duty_bucket"] for answer in outside}.isdisjoint({"ieepa"})


# ---- origins --------------------------------------------------------------------------------------------------------


def test_a_heading_for_the_european_union_names_all_27_members_or_only_single_ones() -> None:
    assert len(EU) == 27
    for window in WINDOWS:
        members = EU & set(window["countries"])
        assert members == EU or len(members) <= 1, name_of(window)
    floors = {row["heading"] for row in WINDOWS if "DE" in row["countries"]}
    assert {"9903.01.50", "9903.02.19", "9903.02.20"} <= floors


@pytest.mark.parametrize("alias", ALIASES, ids=lambda alias: alias["origin_alias"])
def test_an_origin_alias_is_taken_for_its_country(answers: dict[Case, Answer], alias: dict[str, Any]) -> None:
    windows = [row for row in WINDOWS if alias["country_code"] in row["countries"]]
    assert windows, "the alias stands for a country without any heading"
    for window in windows:
        answer = answers[heading_case(window, window["effective_from"], alias["origin_alias"])]
        assert "WRONG-ORIGIN" not in answer.row["anomaly_codes"], name_of(window)


# ---- families -------------------------------------------------------------------------------------------------------


def narrowest(number: str) -> dict[str, Any]:
    """The family that decides a number, in plain Python."""
    holding = [row for row in FAMILIES if row["heading_from"] <= number <= row["heading_to"]]
    return min(holding, key=lambda row: int(row["heading_to"]) - int(row["heading_from"]))


def expected_of(number: str, day: date) -> tuple[str | None, str, bool]:
    """Programme, bucket and whether the day lies outside, of a number that no window of IEEPA holds that day."""
    family = narrowest(number)
    first, last = family["effective_from"] or date.min, family["effective_to"] or date.max
    if family["duty_bucket"] == "ieepa":
        return None, "unknown_chapter_99", False
    bucket = "other_chapter_99" if family["duty_bucket"] == "ieepa_exempt" else family["duty_bucket"]
    return family["family"], bucket, not first <= day <= last


def test_there_are_families_and_every_number_they_end_with_is_decided_by_one() -> None:
    assert len(FAMILIES) == 122
    for family in FAMILIES:
        assert family["family"] in {narrowest(number)["family"] for number in numbers_of(family)}, family["pattern"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family["pattern"])
def test_the_first_middle_and_last_number_of_a_family_fall_into_its_bucket_on_both_sides_of_its_dates(
    answers: dict[Case, Answer], family: dict[str, Any]
) -> None:
    printed = {digits(row["heading"]): row["heading"] for row in WINDOWS}
    for case in family_cases(family):
        answer = answers[case]
        codes = set(answer.row["anomaly_codes"])
        heading = printed.get(case.hts)
        is_companion = case.hts.startswith("990396")
        if heading and (window_on(heading, case.day) or not is_companion):
            assert answer.row["duty_bucket"] in ("ieepa", "ieepa_exempt")
            continue
        programme, bucket, is_outside = expected_of(case.hts, case.day)
        assert (answer.row["programme"], answer.row["duty_bucket"]) == (programme, bucket), case
        assert ("OUTSIDE-WINDOW" in codes) == is_outside, case
        assert ("UNKNOWN-HEADING" in codes) == (bucket == "unknown_chapter_99")
        assert answer.split["ieepa_high_usd"] == 0


def test_every_family_is_reached(answers: dict[Case, Answer]) -> None:
    reached = {(answer.row["programme"], answer.row["rule_locator"]) for answer in answers.values()}
    missed = {
        row["pattern"]
        for row in FAMILIES
        if row["duty_bucket"] != "ieepa" and (row["family"], row["locator"]) not in reached
    }
    assert missed == set()


def test_a_number_of_the_ieepa_ranges_that_was_never_printed_is_never_ieepa(answers: dict[Case, Answer]) -> None:
    numbers = unprinted_numbers()
    assert {"99030135", "99030136", "99030139"} <= set(numbers)
    for number in numbers:
        answer = answers[Case(number, date(2025, 9, 1), EVERYWHERE, SEEN)]
        assert answer.row["duty_bucket"] == "unknown_chapter_99", number
        assert answer.row["anomaly_codes"] == ["UNKNOWN-HEADING"]
        assert (answer.split["ieepa_high_usd"], answer.split["other_chapter99_usd"]) == (0, SEEN)
