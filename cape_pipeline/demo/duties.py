"""What the demonstration's goods pay: literal headings, windows and rates, and the tariff rows they make.

Belongs here: the scenario tables, written down by hand and compared with `registry_seeds/ieepa_headings.csv` by a test,
and the arithmetic that turns an entered value into filed rows of which the parts are known. Does not belong here:
reading the registry, or any split of a row after the fact. Commodity numbers and column 1 rates are typical of such
goods; no answer depends on their being the tariff's own.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from cape_pipeline.demo.interest import cents

ZERO = Decimal("0.00")
FLOOR_RATE = Decimal("0.15")
LAST_IEEPA_DAY = date(2026, 2, 23)


@dataclass(frozen=True, slots=True)
class Duty:
    """One heading on the days it is used here; a rate of None is 15 % less column 1."""

    heading: str
    first: date
    last: date
    rate: Decimal | None


def _duty(heading: str, first: str, last: str, rate: str | None) -> Duty:
    return Duty(heading, date.fromisoformat(first), date.fromisoformat(last), None if rate is None else Decimal(rate))


END = LAST_IEEPA_DAY.isoformat()

#: Reciprocal baseline for a country that had a rate of its own on 9 April 2025 (that day is not used).
BASELINE = (
    _duty("9903.01.25", "2025-04-05", "2025-04-08", "0.10"),
    _duty("9903.01.25", "2025-04-10", "2025-08-06", "0.10"),
)

#: Origin and treatment → every IEEPA heading the goods carry, and when. Several on one day add up.
IEEPA_STACKS: dict[str, tuple[Duty, ...]] = {
    "CN": (
        _duty("9903.01.20", "2025-02-04", "2025-03-03", "0.10"),
        _duty("9903.01.24", "2025-03-04", "2025-11-09", "0.20"),
        _duty("9903.01.24", "2025-11-10", END, "0.10"),
        _duty("9903.01.25", "2025-04-05", "2025-04-08", "0.10"),
        _duty("9903.01.63", "2025-04-09", "2025-04-09", "0.84"),
        _duty("9903.01.63", "2025-04-10", "2025-05-13", "1.25"),
        _duty("9903.01.25", "2025-05-14", END, "0.10"),
    ),
    "VN": (*BASELINE, _duty("9903.02.69", "2025-08-07", END, "0.20")),
    "TW": (*BASELINE, _duty("9903.02.60", "2025-08-07", END, "0.20")),
    "TH": (*BASELINE, _duty("9903.02.61", "2025-08-07", END, "0.19")),
    "IN": (
        *BASELINE,
        _duty("9903.02.26", "2025-08-07", END, "0.25"),
        _duty("9903.01.84", "2025-08-27", "2026-02-06", "0.25"),
    ),
    "BR": (
        _duty("9903.01.25", "2025-04-05", "2025-08-06", "0.10"),
        _duty("9903.02.09", "2025-08-07", END, "0.10"),
        _duty("9903.01.77", "2025-08-06", END, "0.40"),
    ),
    "CA": (
        _duty("9903.01.10", "2025-03-04", "2025-07-31", "0.25"),
        _duty("9903.01.10", "2025-08-01", END, "0.35"),
        _duty("9903.01.26", "2025-04-05", END, "0"),
    ),
    "CA energy": (_duty("9903.01.13", "2025-03-04", END, "0.10"), _duty("9903.01.26", "2025-04-05", END, "0")),
    "CA USMCA": (_duty("9903.01.14", "2025-03-07", END, "0"), _duty("9903.01.26", "2025-04-05", END, "0")),
    "MX": (_duty("9903.01.01", "2025-03-04", END, "0.25"), _duty("9903.01.27", "2025-04-05", END, "0")),
    "MX USMCA": (_duty("9903.01.04", "2025-03-07", END, "0"), _duty("9903.01.27", "2025-04-05", END, "0")),
    "JP": (
        *BASELINE,
        _duty("9903.02.30", "2025-08-07", "2025-09-15", "0.15"),
        _duty("9903.02.73", "2025-09-16", END, None),
    ),
    "KR": (
        *BASELINE,
        _duty("9903.02.56", "2025-08-07", "2025-12-03", "0.15"),
        _duty("9903.02.80", "2025-12-04", END, None),
    ),
    "EU": (*BASELINE, _duty("9903.02.20", "2025-08-07", END, None)),
    "EU column 1 above 15 %": (*BASELINE, _duty("9903.02.19", "2025-08-07", END, "0")),
    "VN listed": (_duty("9903.01.32", "2025-04-05", END, "0"),),
    "CN fentanyl only": (
        _duty("9903.01.24", "2025-03-04", "2025-11-09", "0.20"),
        _duty("9903.01.24", "2025-11-10", END, "0.10"),
        _duty("9903.01.33", "2025-04-05", END, "0"),
    ),
    "steel": (_duty("9903.01.33", "2025-04-05", END, "0"),),
    "none": (),
}

#: Duties that are not IEEPA: name → heading, rate and window. The metal headings doubled on 4 June 2025.
OTHER_DUTIES: dict[str, tuple[Duty, ...]] = {
    "list 1": (_duty("9903.88.01", "2018-07-06", "2026-12-31", "0.25"),),
    "list 3": (_duty("9903.88.03", "2018-09-24", "2026-12-31", "0.25"),),
    "list 4A": (_duty("9903.88.15", "2019-09-01", "2026-12-31", "0.075"),),
    "steel derivative": (
        _duty("9903.81.91", "2025-03-12", "2025-06-03", "0.25"),
        _duty("9903.81.91", "2025-06-04", "2026-04-05", "0.50"),
    ),
    "section 122": (_duty("9903.03.01", "2026-02-24", "2026-07-23", "0.10"),),
}
BUCKETS = {"9903.88": "section_301", "9903.81": "section_232", "9903.03": "section_122"}


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods: how it is filed and what it pays."""

    name: str
    origin: str
    hts_number: str
    column_1: str  # as the report prints it: 4%, Free
    stack: str
    others: tuple[str, ...] = ()
    floor_style: str = "whole"  # whole: all 15 % on the 9903 row; difference: column 1 stays on the commodity row

    @property
    def column_1_rate(self) -> Decimal:
        return ZERO if self.column_1 == "Free" else Decimal(self.column_1.rstrip("%")) / 100


@dataclass(frozen=True, slots=True)
class Row:
    """One tariff row as filed, with the truth about it beside it."""

    hts_number: str
    goods_value_usd: Decimal
    duty_usd: Decimal
    bucket: str
    column_1_printed: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class HeadingUse:
    """One IEEPA heading as used: what the registry test compares."""

    heading: str
    day: date
    origin: str
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry line: its rows in filing order and the parts they are made of, in dollars."""

    goods: str
    origin: str
    rows: tuple[Row, ...]
    rows_after_cape: tuple[Row, ...]
    ieepa_low_usd: Decimal
    ieepa_high_usd: Decimal
    parts: dict[str, Decimal]
    uses: tuple[HeadingUse, ...] = field(default=())
    anomaly: str = ""

    @property
    def paid_usd(self) -> Decimal:
        return sum((row.duty_usd for row in self.rows), ZERO)


GOODS = {
    goods.name: goods
    for goods in (
        Goods("CN motors", "CN", "8501314000", "4%", "CN", ("list 1",)),
        Goods("CN luggage", "CN", "4202923131", "17.6%", "CN", ("list 3",)),
        Goods("CN tableware", "CN", "3924104000", "3.4%", "CN", ("list 4A",)),
        Goods("VN bedroom furniture", "VN", "9403509045", "Free", "VN"),
        Goods("VN backpacks", "VN", "4202923120", "17.6%", "VN"),
        Goods("TW hinges", "TW", "8302103000", "3.5%", "TW"),
        Goods("TH gloves", "TH", "4015190510", "Free", "TH"),
        Goods("IN bed linen", "IN", "6302319020", "6.7%", "IN"),
        Goods("IN curtains", "IN", "6303920010", "11.3%", "IN"),
        Goods("BR footwear", "BR", "6403996075", "8.5%", "BR"),
        Goods("BR mouldings", "BR", "4409104000", "Free", "BR"),
        Goods("CA packaging", "CA", "3923900080", "3%", "CA"),
        Goods("CA electricity", "CA", "2716000000", "Free", "CA energy"),
        Goods("CA packaging, USMCA", "CA", "3923900080", "3%", "CA USMCA"),
        Goods("MX cables", "MX", "8544429090", "2.6%", "MX"),
        Goods("MX cables, USMCA", "MX", "8544429090", "2.6%", "MX USMCA"),
        Goods("JP bearings", "JP", "8482105044", "9%", "JP"),
        Goods("JP plastics", "JP", "3926909985", "5.3%", "JP", floor_style="difference"),
        Goods("KR appliances", "KR", "8509805095", "4.2%", "KR"),
        Goods("KR plastics", "KR", "3926909985", "5.3%", "KR", floor_style="difference"),
        Goods("DE plastics", "DE", "3926909985", "5.3%", "EU"),
        Goods("DE pumps", "DE", "8413702004", "Free", "EU"),
        Goods("IT jewellery", "IT", "7113195090", "5.5%", "EU", floor_style="difference"),
        Goods("FR luggage", "FR", "4202923131", "17.6%", "EU column 1 above 15 %"),
        Goods("AU wool", "AU", "5105290000", "4%", "none"),
        Goods("VN listed chemicals", "VN", "2933698000", "3.5%", "VN listed"),
        Goods("VN steel chairs", "VN", "9403200050", "Free", "steel", ("steel derivative",)),
        Goods("CN steel racks", "CN", "9403200050", "Free", "CN fentanyl only", ("list 3", "steel derivative")),
    )
}


def line_of(goods: Goods, day: date, value: int, *, chapter_99_first: bool = True) -> Line:
    """One line of `value` whole dollars entered on `day`, correctly filed.

    Before February 24, 2026 the goods pay their IEEPA stack, from then on Section 122.
    """
    worth = Decimal(value)
    column_1 = cents(worth * goods.column_1_rate)
    if day > LAST_IEEPA_DAY:
        return _assemble(
            goods,
            worth,
            column_1,
            column_1,
            (),
            _others((*goods.others, "section 122"), day, worth),
            chapter_99_first=chapter_99_first,
        )
    stack = [duty for duty in IEEPA_STACKS[goods.stack] if duty.first <= day <= duty.last]
    ieepa, on_commodity_row = [], column_1
    for duty in stack:
        if duty.rate is not None:
            ieepa.append((duty, cents(worth * duty.rate), cents(worth * duty.rate)))
            continue
        share = cents(worth * FLOOR_RATE) - column_1
        if goods.floor_style == "whole":
            on_commodity_row = ZERO
            ieepa.append((duty, share + column_1, share))
        else:
            ieepa.append((duty, share, share))
    uses = tuple(HeadingUse(duty.heading, day, goods.origin, duty.rate) for duty in stack)
    line = _assemble(
        goods,
        worth,
        column_1,
        on_commodity_row,
        tuple(ieepa),
        _others(goods.others, day, worth),
        chapter_99_first=chapter_99_first,
    )
    return replace(line, uses=uses)


def without_printed_column_1(line: Line) -> Line:
    """The same line from a report that does not print the column 1 rate: on a whole 15 % row the share is unknown."""
    rows = tuple(replace(row, column_1_printed="") for row in line.rows)
    open_part = sum((row.duty_usd for row in rows if row.bucket == "ieepa"), ZERO)
    column_1_on_its_row = sum((row.duty_usd for row in rows if row.bucket == "column_1"), ZERO)
    parts = {**line.parts, "column_1": column_1_on_its_row}
    return replace(
        line, rows=rows, ieepa_low_usd=ZERO, ieepa_high_usd=open_part, parts=parts, anomaly="column 1 unknown"
    )


def with_unknown_row(line: Line, heading: str, duty_usd: Decimal) -> Line:
    """The same line with one more chapter 99 row, under a number no tariff has; its duty is not IEEPA."""
    row = Row(_digits(heading), ZERO, duty_usd, "other_chapter99")
    return replace(
        line, rows=(row, *line.rows), parts={**line.parts, "other_chapter99": duty_usd}, anomaly="unknown heading"
    )


def with_duty_under(line: Line, heading: str, anomaly: str) -> Line:
    """The same line with its IEEPA duty filed under an IEEPA heading that owes none.

    Nothing of it is certain then: it counts in the high amount only.
    """
    rows = tuple(
        replace(row, hts_number=_digits(heading), bucket="doubtful") if row.bucket == "ieepa" else row
        for row in line.rows
    )
    return replace(line, rows=rows, ieepa_low_usd=ZERO, uses=(), anomaly=anomaly)


def metal_split(goods: Goods, other_goods: Goods, day: date, metal: int, rest: int) -> tuple[Line, Line]:
    """A steel article filed as CBP wants it from June 4, 2025: the rest on one line, the metal content on the next."""
    return (
        line_of(replace(other_goods, hts_number=goods.hts_number, column_1=goods.column_1), day, rest),
        line_of(goods, day, metal),
    )


def _assemble(
    goods: Goods,
    worth: Decimal,
    column_1: Decimal,
    on_commodity_row: Decimal,
    ieepa: tuple[tuple[Duty, Decimal, Decimal], ...],
    others: list[Row],
    *,
    chapter_99_first: bool,
) -> Line:
    ieepa_rows = [Row(_digits(duty.heading), ZERO, filed, "ieepa") for duty, filed, _ in ieepa]
    commodity = Row(goods.hts_number, worth, on_commodity_row, "column_1", goods.column_1, "NO")
    certain = sum((share for _, _, share in ieepa), ZERO)
    parts = {"column_1": column_1}
    for row in others:
        parts[row.bucket] = parts.get(row.bucket, ZERO) + row.duty_usd
    restored = replace(commodity, duty_usd=column_1)
    return Line(
        goods=goods.name,
        origin=goods.origin,
        rows=_in_order([*others, *ieepa_rows], commodity, chapter_99_first=chapter_99_first),
        rows_after_cape=_in_order(others, restored, chapter_99_first=chapter_99_first),
        ieepa_low_usd=certain,
        ieepa_high_usd=certain,
        parts=parts,
    )


def _in_order(chapter_99: list[Row], commodity: Row, *, chapter_99_first: bool) -> tuple[Row, ...]:
    return (*chapter_99, commodity) if chapter_99_first else (commodity, *chapter_99)


def _others(names: tuple[str, ...], day: date, worth: Decimal) -> list[Row]:
    duties = [duty for name in names for duty in OTHER_DUTIES[name] if duty.first <= day <= duty.last]
    return [
        Row(_digits(duty.heading), ZERO, cents(worth * (duty.rate or ZERO)), BUCKETS[duty.heading[:7]])
        for duty in duties
    ]


def _digits(heading: str) -> str:
    return heading.replace(".", "")
