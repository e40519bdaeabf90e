"""Entry lines as filers file them and as no one should, for comparing the split with the oracle.

Belongs here: strategies that draw lines from the shipped registry, many lines drawn at once, and the registry as the
oracle takes it. Does not belong here: comparisons.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.tables.lines.filed import COMMODITY, Line, Row, shipped_registry

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)


def _believed(table: str) -> list[dict[str, Any]]:
    rows = shipped_registry()[f"registry.{table}"].to_dicts()
    return [row for row in rows if row["withdrawn_date"] is None]


WINDOWS = _believed("ieepa_headings")
FAMILIES = _believed("chapter99_families")
STACKING_RULES = _believed("stacking_rules")
PREFERENCE_CLAIMS = _believed("preference_claims")
QUANTITY_UNITS = _believed("quantity_units")
ALIASES = {row["origin_alias"]: row["country_code"] for row in _believed("origin_aliases")}

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
ORACLE_QUANTITY_UNITS: list[dict[str, Any]] = [
    {"printed_unit": row["printed_unit"], "unit_code": row["unit_code"]} for row in QUANTITY_UNITS
]
ORACLE_STACKING_RULES: list[dict[str, Any]] = [
    {
        "kind": row["kind"],
        "programme": row["programme"],
        "countries": "|".join(row["countries"]),
        "countries_excepted": "|".join(row["countries_excepted"] or []),
        "beside": "|".join(row["beside"]),
        "effective_from": row["effective_from"],
        "effective_to": row["effective_to"],
    }
    for row in STACKING_RULES
]
ORACLE_PREFERENCE_CLAIMS: list[dict[str, Any]] = [
    {
        "spi_code": row["spi_code"],
        "countries": "|".join(row["countries"]),
        "claim_effect": row["claim_effect"],
        "programme": row["programme"],
        "pattern": row["pattern"],
        "effective_from": row["effective_from"],
        "effective_to": row["effective_to"],
    }
    for row in PREFERENCE_CLAIMS
]

#: Tariff numbers of every programme and of every other family that duty is filed under.
NUMBERS_OF: dict[str, list[str]] = {}
for _window in WINDOWS:
    _numbers = NUMBERS_OF.setdefault(_window["programme"], [])
    if _window["heading"].replace(".", "") not in _numbers:
        _numbers.append(_window["heading"].replace(".", ""))
for _family in FAMILIES:
    if _family["heading_from"] is not None and _family["duty_bucket"] != "ieepa":
        NUMBERS_OF.setdefault(_family["family"], []).extend({_family["heading_from"], _family["heading_to"]})

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
        for row in (*WINDOWS, *FAMILIES, *STACKING_RULES, *PREFERENCE_CLAIMS)
        for day in (row["effective_from"], row["effective_to"])
        if day is not None and day.year >= 2024
        for step in (-ONE_DAY, timedelta(0), ONE_DAY)
    }
)
ORIGINS = ["CN", "HK", "MO", "DE", "FR", "GB", "JP", "KR", "CH", "LI", "CA", "MX", "BR", "IN", "VN", "RU", *ALIASES]
SPIS = [None, None, None, "S", "S+", "s", "KR", "kr", "P", "P+", "JP", "A"]
COLUMN_1_TEXTS = ["Free", "free", "3.7%", "4%", "0.04", "14.9%", "15%", "15.05%", "17.6%", "2.8 cents/kg + 8.5%", "4"]
COLUMN_1_TEXTS += [".04", "0", "0%", " 3.7% ", "003.7%", "1000%", "-4%", "4 %", "4% +", "Free + 5%", "4% + 5%"]
COLUMN_1_TEXTS += [
    "2.8¢/kg",
    "2.8¢/kg + 2.8¢/kg",
    "3¢/bale",
    "$1.035/kg + 17%",
    "$1/no.",
    "1¢/no. + 1¢/each",
    "5¢ each",
]
COLUMN_1_TEXTS += ["1.5¢/kg on the lead content", "The rate applicable to the article", "See 9902.01.01"]
#: Printed units and the unit codes of quantities, right and wrong.
PRINTED_UNITS = [
    *sorted({row["printed_unit"] for row in QUANTITY_UNITS}),
    "doz. pr.",
    "KG",
    "kg.",
    "Liter",
    "pf. liter",
]
UNIT_CODES = [*sorted({row["unit_code"] for row in QUANTITY_UNITS}), "kg", " KG ", "X", ""]
ODD_QUANTITIES = [
    None,
    "",
    "0",
    "0.00",
    "-5",
    "1,200",
    "1,5",
    "12,34",
    "x",
    "1e3",
    "1.",
    " 12 ",
    "12.50",
    "1,234,567.8",
]
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
    return Line(origin, day, tuple(rows), draw(entry_types), spi=draw(st.sampled_from(SPIS)))


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
        spi="KR" if is_korean else draw(st.sampled_from(SPIS)),
        column_1_fact=draw(st.sampled_from([None, printed, *COLUMN_1_TEXTS])),
    )


def _code_of(printed_unit: str) -> str | None:
    plain = printed_unit.lower().replace(" ", "").removesuffix(".")
    return next((row["unit_code"] for row in QUANTITY_UNITS if row["printed_unit"] == plain), None)


@st.composite
def specific_terms(draw: st.DrawFn) -> tuple[str, Decimal, str]:
    """A specific rate as printed, what it is in dollars, and the unit."""
    unit, thousandths = draw(st.sampled_from(PRINTED_UNITS)), draw(st.integers(0, 9_999))
    by = draw(st.sampled_from(["/", " / ", "/ "]))
    in_cents = Decimal(thousandths) / 10
    match draw(st.sampled_from(["sign", "cents", "per", "dollars"])):
        case "sign":
            return f"{in_cents}¢{by}{unit}", in_cents / 100, unit
        case "cents":
            return f"{in_cents} {draw(st.sampled_from(['cents', 'Cents']))}{by}{unit}", in_cents / 100, unit
        case "per":
            return f"{in_cents} cents per {unit}", in_cents / 100, unit
        case _:
            dollars = Decimal(thousandths) / 1000
            return f"${dollars}{by}{unit}", dollars, unit


@st.composite
def quantities(draw: st.DrawFn, units: list[str], right: Decimal) -> tuple[tuple[str | None, str | None], ...]:
    """Up to three quantities: mostly one in each unit, else wrong, missing, twice, or no number at all."""
    cells: list[tuple[str | None, str | None]] = []
    cells += [(str(right), _code_of(unit)) for unit in units[:3]]
    match draw(st.sampled_from(["right", "right", "right", "commas", "wrong", "twice", "odd", "none", "lower"])):
        case "commas":
            cells = [(f"{right:,}", _code_of(unit)) for unit in units[:3]]
        case "wrong":
            cells = [(str(right), draw(st.sampled_from(UNIT_CODES)))]
        case "twice":
            again = draw(st.sampled_from([str(right), f"{right}.0", str(right + 1), *ODD_QUANTITIES]))
            cells = [*cells[:2], (again, cells[0][1])]
        case "odd":
            cells = [(draw(st.sampled_from(ODD_QUANTITIES)), code) for _, code in cells]
        case "none":
            cells = []
        case "lower":
            cells = [(quantity, f" {code.lower()} " if code else None) for quantity, code in cells]
    if len(cells) < 3 and draw(st.booleans()):
        cells.insert(0, (draw(st.sampled_from(["7", *ODD_QUANTITIES])), draw(st.none() | st.sampled_from(UNIT_CODES))))
    return tuple(cells)


@st.composite
def specific_floor_lines(draw: st.DrawFn) -> Line:
    """A line under a 15 % heading whose column 1 rate is specific or compound, printed or known to the user."""
    window = draw(st.sampled_from(FLOOR_WINDOWS))
    terms = draw(st.lists(specific_terms(), min_size=1, max_size=2))
    percent = draw(st.sampled_from([None, None, "8.5%", "3%"]))
    texts = draw(st.permutations([text for text, _, _ in terms] + ([percent] if percent else [])))
    printed = draw(st.sampled_from(["+", " + ", "+ "])).join(texts)
    value, dollars_of_one = draw(a_value), sum(dollars for _, dollars, _ in terms)
    most = int(value / 4 / dollars_of_one) if dollars_of_one and draw(st.integers(0, 9)) else 20_000
    quantity = Decimal(draw(st.integers(0, min(most, 10**11))))
    ad_valorem = Decimal(percent.removesuffix("%")) / 100 if percent else Decimal(0)
    column_1 = to_cents(ad_valorem * value + dollars_of_one * quantity)
    whole = to_cents(value * Decimal("0.15"))
    commodity_duty = draw(st.sampled_from([Decimal("0.00"), None])) if draw(st.booleans()) else _off_by(draw, column_1)
    floor_duty = _off_by(draw, whole) - (commodity_duty or Decimal(0))
    known_as = draw(st.sampled_from(["printed", "printed", "fact", "both", "neither"]))
    commodity = Row(
        COMMODITY,
        commodity_duty,
        value,
        printed if known_as in ("printed", "both") else draw(st.sampled_from([None, "5¢ each"])),
        draw(quantities([unit for _, _, unit in terms], quantity)),
    )
    rows = [Row(_digits(window), floor_duty), commodity]
    if draw(st.integers(0, 7)) == 0:
        rows.append(Row(draw(st.sampled_from(COMMODITIES)), Decimal("0.00"), draw(any_value), draw(maybe_column_1)))
    return Line(
        _origin_of(draw, window),
        _day_of(draw, window),
        tuple(rows),
        spi=draw(st.sampled_from([None, None, None, "KR", "JP"])),
        column_1_fact=printed if known_as in ("fact", "both") else draw(maybe_column_1),
    )


@st.composite
def neighbour_lines(draw: st.DrawFn) -> Line:
    """A line about one stacking rule or one claim of preference: within or just outside it, with or without company."""
    rule = draw(st.sampled_from(STACKING_RULES) | st.sampled_from(PREFERENCE_CLAIMS))
    inside = [rule["effective_from"], rule["effective_to"]]
    day = draw(st.sampled_from([*inside, *inside, inside[0] - ONE_DAY, inside[1] + ONE_DAY]))
    named = [code for code in rule["countries"] if code != "ALL"] + (rule.get("countries_excepted") or [])
    programme_numbers = NUMBERS_OF[rule["programme"]]
    origin = draw(st.sampled_from(named) | st.sampled_from(ORIGINS)) if named else draw(st.sampled_from(ORIGINS))
    in_force = [
        _digits(window)
        for window in ADDED_WINDOWS
        if window["programme"] == rule["programme"] and window["effective_from"] <= day <= window["effective_to"]
    ]
    if in_force and draw(st.booleans()):
        programme_numbers = in_force
    a_duty = st.sampled_from([Decimal("100.00"), Decimal("100.00"), Decimal("-7.00"), Decimal("0.00"), None])
    rows = [Row(draw(st.sampled_from(programme_numbers)), draw(a_duty))]
    if draw(st.integers(0, 3)) == 0:
        rows.append(Row(draw(st.sampled_from(programme_numbers)), draw(a_duty)))
    others = [number for name in rule.get("beside") or [rule["programme"]] for number in NUMBERS_OF[name]]
    rows += [Row(draw(st.sampled_from(others)), draw(a_duty)) for _ in range(draw(st.integers(0, 2)))]
    if draw(st.integers(0, 3)) == 0:
        rows.append(Row(draw(st.sampled_from([*IEEPA_NUMBERS, *FAMILY_NUMBERS])), draw(a_duty)))
    rows.append(Row(COMMODITY, Decimal("0.00"), Decimal("1000.00"), "4%"))
    spi = rule.get("spi_code") if draw(st.booleans()) else draw(st.sampled_from(SPIS))
    return Line(origin, day, tuple(draw(st.permutations(rows))), draw(entry_types), spi=spi)


@st.composite
def dated_otherwise(draw: st.DrawFn, lines: st.SearchStrategy[Line]) -> Line:
    """A line, at times with other days beside its date of entry: of filing, or of admission to a zone."""
    filed = draw(lines)
    match draw(st.integers(0, 7)):
        case 0:
            day = draw(st.none() | st.sampled_from(DAYS))
            return replace(filed, entry_type=draw(st.sampled_from(["06", "06", "01"])), privileged_foreign_date=day)
        case 1:
            return replace(filed, summary_date=draw(st.none() | st.sampled_from(DAYS)), is_row_dated=False)
        case 2:
            return replace(filed, is_row_dated=False)
        case 3:
            days = [filed.entry_date + ONE_DAY, filed.entry_date - ONE_DAY] if filed.entry_date else DAYS
            return replace(filed, entry_type="06", privileged_foreign_date=draw(st.sampled_from(days)))
    return filed


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
        spi=draw(st.sampled_from(SPIS)),
        column_1_fact=draw(maybe_column_1),
    )


#: The kinds of lines, by name.
KINDS: dict[str, st.SearchStrategy[Line]] = {
    "stacked": dated_otherwise(stacked_lines()),
    "15 %": dated_otherwise(floor_lines()),
    "15 %, specific": dated_otherwise(specific_floor_lines()),
    "neighbours": dated_otherwise(neighbour_lines()),
    "odd": dated_otherwise(odd_lines()),
}


def drawn(kind: str, count: int) -> list[Line]:
    """So many lines of one kind: the same at every run, other ones where the profile searches.

    They are drawn one by one, and the tables are then built of all at once: building costs more than lines do.
    """
    lines: list[Line] = []

    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(KINDS[kind])
    def take(line: Line) -> None:
        lines.append(line)

    take()
    return lines
