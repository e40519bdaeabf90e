"""Entry lines as filers file them and as no one should, for comparing the split with the oracle.

Belongs here: strategies that draw lines from the shipped registry, and the registry as the oracle takes it. Does not
belong here: comparisons.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.tables.lines.filed import COMMODITY, Line, Row, shipped_registry

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)

WINDOWS = [row for row in shipped_registry()["registry.ieepa_headings"].to_dicts() if row["withdrawn_date"] is None]
FAMILIES = [
    row for row in shipped_registry()["registry.chapter99_families"].to_dicts() if row["withdrawn_date"] is None
]
ALIASES = {
    row["origin_alias"]: row["country_code"]
    for row in shipped_registry()["registry.origin_aliases"].to_dicts()
    if row["withdrawn_date"] is None
}

#: The registry in the layout of the researched tables, which the oracle takes.
ORACLE_HEADINGS: list[dict[str, Any]] = [
    {
        "heading": row["heading"],
        "programme": row["programme"],
        "country": "|".join(row["countries"]),
        "rate": row["rate_text"],
        "rate_kind": row["rate_kind"],
        "imposes_duty": "1" if row["imposes_duty"] else "0",
        "effective_from": row["effective_from"],
        "effective_to": row["effective_to"],
    }
    for row in WINDOWS
]
ORACLE_FAMILIES: list[dict[str, Any]] = [
    {
        "pattern": row["pattern"],
        "programme": row["family"],
        "effective_from": row["effective_from"],
        "effective_to": row["effective_to"],
    }
    for row in FAMILIES
]

IEEPA_NUMBERS = sorted({row["heading"].replace(".", "") for row in WINDOWS})
FAMILY_NUMBERS = sorted(
    {str(row[end]) for row in FAMILIES for end in ("heading_from", "heading_to") if row["heading_from"] is not None}
)
CHAPTER_98_NUMBERS = ["9802008040", "98170096"]
UNKNOWN_NUMBERS = ["99030135", "99030139", "99030292", "99036001", "99039999"]
COMMODITIES = [COMMODITY, "0101210010", "9701210000", "94036080"]
FLOOR_WINDOWS = [row for row in WINDOWS if row["rate_kind"] == "floor_inclusive"]
ADDED_WINDOWS = [row for row in WINDOWS if row["imposes_duty"] and row["rate_kind"] != "floor_inclusive"]
LONG_WINDOWS = [row for row in ADDED_WINDOWS if (row["effective_to"] - row["effective_from"]).days > 1]
IDLE_WINDOWS = [row for row in WINDOWS if not row["imposes_duty"]]

DAYS = sorted(
    {
        day + step
        for row in (*WINDOWS, *FAMILIES)
        for day in (row["effective_from"], row["effective_to"])
        if day is not None and day.year >= 2024
        for step in (-ONE_DAY, timedelta(0), ONE_DAY)
    }
)
ORIGINS = ["CN", "HK", "MO", "DE", "FR", "GB", "JP", "KR", "CH", "LI", "CA", "MX", "BR", "IN", "VN", "RU", *ALIASES]
COLUMN_1_TEXTS = ["Free", "free", "3.7%", "4%", "0.04", "14.9%", "15%", "15.05%", "17.6%", "2.8 cents/kg + 8.5%", "4"]
#: Rates that a line is really filed with, beside the texts above.
COLUMN_1_RATES = {"Free": "0", "3.7%": "0.037", "4%": "0.04", "14.9%": "0.149", "15%": "0.15", "17.6%": "0.176"}

maybe_column_1 = st.none() | st.sampled_from(COLUMN_1_TEXTS)
any_money = st.integers(-5_000, 500_000).map(lambda cents: cents * CENT)
any_duty = st.none() | st.just(Decimal("0.00")) | any_money
a_value = st.integers(1, 5_000_000).map(lambda cents: cents * CENT)
any_value = st.none() | st.just(Decimal("0.00")) | a_value
entry_types = st.sampled_from(["01", "01", "06", "11"])


def to_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _off_by(draw: st.DrawFn, expected: Decimal) -> Decimal:
    """The expected duty, or one a little off: on either side of the tolerance of 0.5 % and of one cent."""
    edge = max((abs(expected) * Decimal("0.005")).quantize(CENT, rounding=ROUND_FLOOR), CENT)
    return expected + draw(
        st.sampled_from([Decimal(0), Decimal(0), CENT, -CENT, edge, -edge, edge + CENT, -edge - CENT])
    )


def _origin_of(draw: st.DrawFn, window: dict[str, Any]) -> str:
    countries = window["countries"]
    return draw(st.sampled_from(ORIGINS if countries == ["ALL"] else countries))


def _day_of(draw: st.DrawFn, window: dict[str, Any]) -> date:
    return draw(st.sampled_from([window["effective_from"], window["effective_to"]]))


def _digits(window: dict[str, Any]) -> str:
    return str(window["heading"]).replace(".", "")


@st.composite
def stacked_lines(draw: st.DrawFn) -> Line:
    """A line whose IEEPA rows fit the registry or just miss it, with duties of other families beside them."""
    window = draw(st.sampled_from(LONG_WINDOWS) | st.sampled_from(ADDED_WINDOWS))
    origin, day, value = _origin_of(draw, window), _day_of(draw, window), draw(a_value)
    fitting = [
        other
        for other in ADDED_WINDOWS
        if other is not window
        and other["effective_from"] <= day <= other["effective_to"]
        and (other["countries"] == ["ALL"] or origin in other["countries"])
    ]
    stack = [window, *draw(st.lists(st.sampled_from(fitting), max_size=2))] if fitting else [window]
    rows = [Row(_digits(one), _off_by(draw, to_cents(value * one["rate"]))) for one in stack]
    others = st.sampled_from(FAMILY_NUMBERS) | st.sampled_from(CHAPTER_98_NUMBERS)
    rows += [Row(number, draw(any_money)) for number in draw(st.lists(others, max_size=2))]
    if draw(st.booleans()):
        rows.append(Row(_digits(draw(st.sampled_from(IDLE_WINDOWS))), Decimal("0.00")))
    commodity = Row(draw(st.sampled_from(COMMODITIES)), draw(any_duty), value, draw(maybe_column_1))
    match draw(st.sampled_from(["in its place", "in its place", "misplaced", "twice", "in part", "nowhere"])):
        case "misplaced":
            rows[0] = replace(rows[0], value=value)
            commodity = replace(commodity, value=draw(st.sampled_from([None, Decimal("0.00")])))
        case "twice":
            rows[0] = replace(rows[0], value=value)
        case "in part":
            rows.append(replace(commodity, value=None))
        case "nowhere":
            commodity = replace(commodity, value=draw(st.sampled_from([None, Decimal("0.00")])))
    rows.append(commodity)
    return Line(origin, day, tuple(rows), draw(entry_types))


@st.composite
def floor_lines(draw: st.DrawFn) -> Line:
    """A line under a 15 % heading, whole on its row or with column 1 on the commodity row, known or not."""
    window = draw(st.sampled_from(FLOOR_WINDOWS))
    origin, day, value = _origin_of(draw, window), _day_of(draw, window), draw(a_value)
    is_korean = origin == "KR" and draw(st.booleans())
    printed = draw(st.sampled_from(sorted(COLUMN_1_RATES)))
    column_1 = to_cents(value * Decimal(COLUMN_1_RATES[printed]))
    whole = to_cents(value * Decimal("0.15"))
    if draw(st.booleans()):
        floor_duty, commodity_duty = _off_by(draw, whole), draw(st.sampled_from([Decimal("0.00"), None]))
    else:
        commodity_duty = _off_by(draw, column_1)
        floor_duty = _off_by(draw, whole) - commodity_duty
    rows = [Row(_digits(window), floor_duty)]
    if draw(st.integers(0, 5)) == 0:
        rows.append(Row(_digits(draw(st.sampled_from(FLOOR_WINDOWS))), draw(any_duty)))
    if draw(st.integers(0, 3)) == 0:
        rows.append(Row(draw(st.sampled_from(FAMILY_NUMBERS)), draw(any_money)))
    shown = draw(st.sampled_from([printed, printed, None, *COLUMN_1_TEXTS]))
    rows.append(Row(COMMODITY, commodity_duty, value, shown))
    if draw(st.integers(0, 5)) == 0:
        rows.append(Row(draw(st.sampled_from(COMMODITIES)), Decimal("0.00"), draw(any_value), draw(maybe_column_1)))
    return Line(
        origin,
        day,
        tuple(rows),
        draw(entry_types),
        spi="KR" if is_korean else None,
        column_1_fact=draw(st.sampled_from([None, printed, *COLUMN_1_TEXTS])),
    )


@st.composite
def odd_lines(draw: st.DrawFn) -> Line:
    """Any numbers, days, origins, duties and values together."""
    numbers = st.sampled_from(IEEPA_NUMBERS) | st.sampled_from([*FAMILY_NUMBERS, *UNKNOWN_NUMBERS, *CHAPTER_98_NUMBERS])
    rows = [
        Row(number, draw(any_duty), draw(st.sampled_from([None, Decimal("0.00"), Decimal("812.34")])))
        for number in draw(st.lists(numbers, max_size=4))
    ]
    commodities = draw(st.integers(0 if rows else 1, 2))
    rows += [
        Row(draw(st.sampled_from(COMMODITIES)), draw(any_duty), draw(any_value), draw(maybe_column_1))
        for _ in range(commodities)
    ]
    return Line(
        draw(st.none() | st.sampled_from(ORIGINS)),
        draw(st.none() | st.sampled_from(DAYS)),
        tuple(rows),
        draw(entry_types),
        column_1_fact=draw(maybe_column_1),
    )


def any_lines(count: int) -> st.SearchStrategy[list[Line]]:
    """So many lines of all three kinds, those under a 15 % heading more often."""
    return st.lists(stacked_lines() | floor_lines() | floor_lines() | odd_lines(), min_size=count, max_size=count)
