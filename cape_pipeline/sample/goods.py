"""What is imported, which headings it carries on a day, and the tariff rows that makes.

Belongs here: the goods, their shares, and line templates: everything of an entry line but its value. Does not belong
here: windows and rates (`law.py`), entries (`kinds.py`).

Commodity numbers and column 1 rates are typical of such goods; no answer depends on their being the tariff's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product

from cape_pipeline.sample.law import MILLION, Law, Window

OTHER_ROWS = 5  # the most chapter 99 rows one line has
STYLES = ("chapter 99 first", "commodity first")  # filing software differs
REVIEW_TEAM = "701"
UNKNOWN_HEADING, UNKNOWN_HEADING_RATE = "9903.99.50", 21_000
EXEMPT_HEADING, OLD_HEADING, BRAZIL_HEADING = "9903.01.32", "9903.01.20", "9903.01.77"
#: For 9 April 2025 alone many countries had a rate of their own; all other headings stand in order of preference.
BASELINE = "9903.01.25"


@dataclass(frozen=True, slots=True)
class Goods:
    """One kind of goods.

    `carries` are headings that impose duty: of each programme the first one in force is filed. `exempt` are headings
    of no duty, filed while in force. `others` are duties that are not IEEPA: heading and its rate's key in the seeds.
    `oddity` sets the goods apart: they are filed otherwise than they should be, and only where a kind asks for them.
    """

    name: str
    origin: str
    hts_number: str
    column_1: str  # as the report prints it: 4%, Free
    share: int
    carries: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    column_1_beside: bool = False  # drawback style: column 1 stays on the commodity row of a 15 % line
    oddity: str = ""
    spi: str = ""

    @property
    def column_1_rate(self) -> int:
        return 0 if self.column_1 == "Free" else int(Fraction(self.column_1.rstrip("%")) * MILLION / 100)


def _reciprocal(*of_country: str) -> tuple[str, ...]:
    return (*of_country, BASELINE)


CHINA = ("9903.01.24", OLD_HEADING, *_reciprocal("9903.01.63"))
VIETNAM = _reciprocal("9903.02.69", "9903.01.72")
TAIWAN = _reciprocal("9903.02.60", "9903.01.61")
THAILAND = _reciprocal("9903.02.61", "9903.01.65")
INDIA = (*_reciprocal("9903.02.26", "9903.01.55"), "9903.01.84")
BRAZIL = (*_reciprocal("9903.02.09"), BRAZIL_HEADING)
JAPAN = _reciprocal("9903.02.30", "9903.02.73", "9903.01.53")
KOREA = _reciprocal("9903.02.56", "9903.02.80", "9903.01.54")
EUROPE = _reciprocal("9903.02.20", "9903.01.50")
EUROPE_15 = _reciprocal("9903.01.50")
CANADA, MEXICO = ("9903.01.10",), ("9903.01.01",)
NOT_RECIPROCAL = {"CA": "9903.01.26", "MX": "9903.01.27"}
LIST_1 = (("9903.88.01", "section_301_25_percent"),)
LIST_3 = (("9903.88.03", "section_301_25_percent"),)
LIST_4A = (("9903.88.15", "section_301_7_5_percent"),)
STEEL = (("9903.81.91", "section_232_metals"),)
UNDER_232 = "9903.01.33"

GOODS = (
    Goods("CN motors", "CN", "8501314000", "4%", 11, CHINA, others=LIST_1),
    Goods("CN luggage", "CN", "4202923131", "17.6%", 10, CHINA, others=LIST_3),
    Goods("CN tableware", "CN", "3924104000", "3.4%", 12, CHINA, others=LIST_4A),
    Goods("CN toys", "CN", "9503000073", "Free", 8, CHINA),
    Goods("VN bedroom furniture", "VN", "9403509045", "Free", 7, VIETNAM),
    Goods("VN backpacks", "VN", "4202923120", "17.6%", 6, VIETNAM),
    Goods("TW hinges", "TW", "8302103000", "3.5%", 5, TAIWAN),
    Goods("TH gloves", "TH", "4015190510", "Free", 4, THAILAND),
    Goods("IN bed linen", "IN", "6302319020", "6.7%", 4, INDIA),
    Goods("IN curtains", "IN", "6303920010", "11.3%", 2, INDIA),
    Goods("BR footwear", "BR", "6403996075", "8.5%", 2, BRAZIL),
    Goods("CA packaging", "CA", "3923900080", "3%", 3, CANADA, (NOT_RECIPROCAL["CA"],)),
    Goods("MX cables", "MX", "8544429090", "2.6%", 3, MEXICO, (NOT_RECIPROCAL["MX"],)),
    Goods("JP bearings", "JP", "8482105044", "9%", 4, JAPAN),
    Goods("JP plastics", "JP", "3926909985", "5.3%", 2, JAPAN, column_1_beside=True),
    Goods("KR appliances", "KR", "8509805095", "4.2%", 3, KOREA),
    Goods("KR plastics", "KR", "3926909985", "5.3%", 2, KOREA, column_1_beside=True),
    Goods("DE pumps", "DE", "8413702004", "Free", 4, EUROPE),
    Goods("FR plastics", "FR", "3926909985", "5.3%", 3, EUROPE),
    Goods("IT jewellery", "IT", "7113195090", "5.5%", 3, EUROPE, column_1_beside=True),
    Goods("FR luggage", "FR", "4202923131", "17.6%", 1, EUROPE_15, ("9903.02.19",)),
    Goods("AU wool", "AU", "5105290000", "4%", 2, _reciprocal()),
    Goods("CA packaging, USMCA", "CA", "3923900080", "Free", 10, (), ("9903.01.14", NOT_RECIPROCAL["CA"]), spi="S"),
    Goods("MX cables, USMCA", "MX", "8544429090", "Free", 10, (), ("9903.01.04", NOT_RECIPROCAL["MX"]), spi="S"),
    Goods("VN listed chemicals", "VN", "2933698000", "3.5%", 5, (), (EXEMPT_HEADING,)),
    Goods("VN steel chairs", "VN", "9403200050", "Free", 2, (), (UNDER_232,), STEEL),
    # two lines of one article: its steel, and the rest of it
    Goods("VN chairs, steel content", "VN", "9403200050", "Free", 1, (), (UNDER_232,), STEEL, oddity="metal"),
    Goods("VN chairs, the rest", "VN", "9403200050", "Free", 1, VIETNAM, oddity="rest"),
    Goods("VN backpacks, exempt", "VN", "4202923120", "17.6%", 1, VIETNAM, oddity="duty under an exempt heading"),
    Goods("VN gloves, odd number", "VN", "4015190510", "Free", 1, VIETNAM, oddity="a number no tariff has"),
    Goods("CN lamps, old heading", "CN", "9405119020", "7.6%", 1, CHINA, oddity="duty outside its window"),
    Goods("AR mouldings", "AR", "4409104000", "Free", 1, _reciprocal(), oddity="a heading of another origin"),
    Goods("DE plastics", "DE", "3926909985", "5.3%", 1, EUROPE, oddity="column 1 not printed"),
    Goods("JP bearings, no rate", "JP", "8482105044", "9%", 1, JAPAN, oddity="column 1 not printed"),
    Goods("DE pumps, after the end", "DE", "8413702004", "Free", 1, (), oddity="duty after the last day"),
)
NATURAL = ""


@dataclass(frozen=True, slots=True)
class FiledRow:
    """A chapter 99 row: its duty is `rate` of the value less `less` of it, each to the cent.

    `part` says what it is: an amount's name in the answers, `floor` for a row that may hold column 1 duty, or
    `doubtful` for duty that counts in the high amount only.
    """

    heading: str
    rate: int
    part: str
    less: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of some goods on a day: its chapter 99 rows, and what stands on the commodity row."""

    rows: tuple[FiledRow, ...]
    commodity_rate: int
    column_1_printed: str
    column_1_rate: int
    is_column_1_known: bool = True

    @property
    def is_free(self) -> bool:
        return not any(row.rate for row in self.rows if row.part in IEEPA_PARTS)

    @property
    def is_certain(self) -> bool:
        return any(row.rate > row.less for row in self.rows if row.part in ("ieepa", "floor"))

    def after_cape(self) -> "Line":
        """The line of CBP's own version: no IEEPA row, column 1 duty on the commodity row again."""
        kept = tuple(row for row in self.rows if row.part not in (*IEEPA_PARTS, "exempt"))
        return Line(kept, self.column_1_rate, self.column_1_printed, self.column_1_rate)


IEEPA_PARTS = ("ieepa", "floor", "doubtful")


def line_on(goods: Goods, day: date, law: Law) -> Line:
    """How the goods are filed on a day.

    Raises:
        KeyError: for a heading or a duty the seeds do not have.
    """
    column_1 = goods.column_1_rate
    heading_122, first_122, last_122, rate_122 = law.section_122
    others = [
        FiledRow(heading, rate, "section_301" if heading.startswith("9903.88") else "section_232")
        for heading, key in goods.others
        if law.stands(heading, day) and (rate := law.other_rate(key, day))
    ]
    if first_122 <= day <= last_122:
        others.append(FiledRow(heading_122, rate_122, "section_122"))
    imposed = _in_force(goods, day, law)
    rows = [_ieepa_row(window, goods, column_1) for window in imposed]
    rows += [FiledRow(heading, 0, "exempt") for heading in goods.exempt if law.on(heading, day)]
    on_commodity = column_1
    if any(row.part == "floor" and not row.less for row in rows):
        on_commodity = 0
    line = Line((*others, *rows), on_commodity, goods.column_1, column_1)
    return _made_odd(line, goods, day, law)


def _in_force(goods: Goods, day: date, law: Law) -> tuple[Window, ...]:
    """Of every programme the first listed heading that imposes a duty on the day, unless one exempts the goods.

    Raises:
        ValueError: where a heading does not apply to the origin of the goods.
    """
    found: dict[str, Window] = {}
    exempted = {window.programme for heading in goods.exempt if (window := law.on(heading, day))}
    for heading in goods.carries:
        window = law.on(heading, day)
        if window and window.imposes_duty and window.programme not in exempted:
            if not window.names(goods.origin):
                raise ValueError(f"{heading} does not apply to {goods.origin} on {day}: mend {goods.name}")
            found.setdefault(window.programme, window)
    return tuple(found.values())


def _ieepa_row(window: Window, goods: Goods, column_1: int) -> FiledRow:
    if not window.floor:
        return FiledRow(window.heading, window.rate, "ieepa")
    if goods.column_1_beside:
        return FiledRow(window.heading, window.floor, "ieepa", less=column_1)
    return FiledRow(window.heading, window.floor, "floor")


def _made_odd(line: Line, goods: Goods, day: date, law: Law) -> Line:
    """The line as the goods' oddity has it; without the oddity where it cannot be on that day."""
    rows, kept = line.rows, line
    if goods.oddity == "duty under an exempt heading" and line.is_certain:
        rows = tuple(
            FiledRow(EXEMPT_HEADING, row.rate, "doubtful") if row.part == "ieepa" else row for row in line.rows
        )
    elif goods.oddity == "a number no tariff has":
        rows = (FiledRow(UNKNOWN_HEADING, UNKNOWN_HEADING_RATE, "other_chapter99"), *line.rows)
    elif goods.oddity == "duty outside its window" and law.on(OLD_HEADING, day) is None:
        (old,) = law.windows[OLD_HEADING]
        rows = (*(row for row in line.rows if row.heading != "9903.01.24"), FiledRow(OLD_HEADING, old.rate, "doubtful"))
    elif goods.oddity == "a heading of another origin" and (brazil := law.on(BRAZIL_HEADING, day)):
        rows = (*line.rows, FiledRow(BRAZIL_HEADING, brazil.rate, "doubtful"))
    elif goods.oddity == "duty after the last day" and law.on(BASELINE, day) is None:
        rows = (*line.rows, FiledRow(BASELINE, law.windows[BASELINE][-1].rate, "doubtful"))
    elif goods.oddity == "column 1 not printed" and any(row.part == "floor" for row in line.rows):
        rows = tuple(FiledRow(row.heading, row.rate, "doubtful") if row.part == "floor" else row for row in line.rows)
        return Line(rows, line.commodity_rate, "", line.column_1_rate, is_column_1_known=False)
    return Line(rows, kept.commodity_rate, kept.column_1_printed, kept.column_1_rate)


def is_odd(goods: Goods, line: Line) -> bool:
    """Whether the goods' oddity shows on a line of the day."""
    if goods.oddity in ("metal", "rest"):
        return bool(line.rows) and (goods.oddity == "metal" or line.is_certain)
    if goods.oddity == "a number no tariff has":
        return line.is_certain
    return any(row.part == "doubtful" for row in line.rows)


def pools(day: date, law: Law) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """The goods one can draw on a day, as (place in GOODS, share), by pool.

    `paying` goods owe IEEPA duty for certain and `free` goods none; `any` holds both; each oddity is a pool of its own.
    A pool that has nothing on the day is left out.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for place, goods in enumerate(GOODS):
        line = line_on(goods, day, law)
        if goods.oddity == NATURAL:
            names = ["any", "free"] if line.is_free else ["any", "paying"]
        else:
            names = [goods.oddity] if is_odd(goods, line) else []
        for name in names:
            found.setdefault(name, []).append((place, goods.share))
    return {name: tuple(members) for name, members in found.items()}


Template = tuple[object, ...]


def templates(day_id: int, day: date, law: Law) -> Iterator[Template]:
    """The templates of a day, one for goods, filing style and version (before and after CAPE): see TEMPLATE_COLUMNS."""
    for place, goods in enumerate(GOODS):
        line = line_on(goods, day, law)
        parts, after = _parts(line), line.after_cape()
        for style, is_after in product(range(len(STYLES)), (False, True)):
            key = template_key(day_id, place, style, is_after=is_after)
            yield (*_template(key, goods, after if is_after else line, style), *parts)


def template_key(day_id: int, place: int, style: int, *, is_after: bool) -> int:
    """One number for a template: the same arithmetic stands in `draws.py`."""
    return ((day_id * len(GOODS) + place) * len(STYLES) + style) * 2 + is_after


_ROW_COLUMNS = tuple(
    f"{name}_{number} {kind}"
    for number in range(1, OTHER_ROWS + 1)
    for name, kind in (("middle", "varchar"), ("rate", "integer"), ("less", "integer"))
)
#: What the line's duty is made of before CAPE, each a rate in parts of a million of the value.
PART_COLUMNS = (
    "certain_1", "certain_2", "certain_3", "certain_less", "doubtful_1", "doubtful_2", "section_301_rate",
    "section_232_rate", "section_122_rate", "other_rate", "column_1_rate",
)  # fmt: skip
TEMPLATE_COLUMNS = (
    "template_key integer", "other_row_count integer", "is_chapter_99_first boolean", *_ROW_COLUMNS,
    "commodity_middle varchar", "commodity_rate integer", "column_1_printed varchar",
    *(f"{name} integer" for name in PART_COLUMNS),
)  # fmt: skip


def _template(key: int, goods: Goods, filed: Line, style: int) -> Template:
    rows: list[object] = []
    is_chapter_99_first = style == 0
    if len(filed.rows) > OTHER_ROWS:
        raise ValueError(f"{goods.name} has {len(filed.rows)} chapter 99 rows: raise OTHER_ROWS")
    for number in range(OTHER_ROWS):
        if number < len(filed.rows):
            row = filed.rows[number]
            ordinal = number + (1 if is_chapter_99_first else 2)
            rows += [_middle(goods, ordinal, row.heading.replace(".", ""), "", "$0.00"), row.rate, row.less]
        else:
            rows += [None, 0, 0]
    ordinal = len(filed.rows) + 1 if is_chapter_99_first else 1
    middle = _middle(goods, ordinal, goods.hts_number, "NO", "")
    return (
        key, len(filed.rows), is_chapter_99_first, *rows, middle, filed.commodity_rate, filed.column_1_printed,
    )  # fmt: skip


def _parts(line: Line) -> tuple[int, ...]:
    """The rates of PART_COLUMNS: what the filed duty of the line before CAPE is made of."""

    def rates(*parts: str) -> list[int]:
        return [row.rate for row in line.rows if row.part in parts]

    certain = rates("ieepa", "floor")
    less = sum(row.less for row in line.rows)
    if any(row.part == "floor" for row in line.rows):
        less += line.column_1_rate
    doubtful = rates("doubtful")
    # what stands on the commodity row, or is hidden in a row that is known to hold it
    column_1 = line.column_1_rate if line.is_column_1_known else line.commodity_rate
    if len(certain) > 3 or len(doubtful) > 2:
        raise ValueError("more IEEPA rows on a line than the templates hold")
    return (
        *[*certain, 0, 0, 0][:3], less, *[*doubtful, 0, 0][:2], sum(rates("section_301")),
        sum(rates("section_232")), sum(rates("section_122")), sum(rates("other_chapter99")), column_1,
    )  # fmt: skip


def _middle(goods: Goods, ordinal: int, number: str, unit: str, value: str) -> str:
    """The cells from the line number to the entered value, which the commodity row leaves open."""
    maker = f"{goods.origin}EXAMP{goods.hts_number[:4]}CIT"
    quantity = "100.00" if unit else ""
    cells = ("", REVIEW_TEAM, goods.origin, goods.origin, maker, "", goods.spi, "", "", "", str(ordinal), number)
    return ",".join((*cells, quantity, unit, "", "", "", "", value))
