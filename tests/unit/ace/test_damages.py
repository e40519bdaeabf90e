"""Any mix of the damages that exports suffer gives the table of the undamaged file, or names each damaged cell.

What is expected is made from the values themselves and not by loading another file.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cape_pipeline.ace import LoadResult, TooManyRejected
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, undone

EXAMPLES = settings(max_examples=3 * settings.default.max_examples // 5, suppress_health_check=[HealthCheck.too_slow])

#: The columns of the files here: header, column of the table, kind of cell.
COLUMNS = {
    "Entry Summary Number": ("entry_number", "entry"),
    "Entry Type Code": ("entry_type_code", "type"),
    "Importer Number": ("importer_number", "text"),
    "Importer Name": ("importer_name", "text"),
    "Entry Date": ("entry_date", "day"),
    "Entry Summary Line Number": ("line_number", "whole"),
    "Tariff Ordinal Number": ("tariff_ordinal", "whole"),
    "Country of Origin Code": ("country_of_origin", "text"),
    "Manufacturer ID": ("manufacturer_id", "text"),
    "HTS Number - Full": ("hts_number", "hts"),
    "Line Tariff Goods Value Amount": ("goods_value_usd", "amount"),
    "Line Tariff Duty Amount": ("duty_usd", "amount"),
    "Liquidation Status": ("liquidation_status", "text"),
    "Liquidation Date": ("liquidation_date", "day"),
    "Line MPF Amount": ("line_mpf_usd", "amount"),
    "Total Liquidated Duty Amount": ("total_liquidated_duty_usd", "amount"),
}
REPEATED = ("Line MPF Amount", "Total Liquidated Duty Amount")
STORED = [name for header, (name, _) in COLUMNS.items() if header not in REPEATED]
DUTY = "Line Tariff Duty Amount"
RENAMED = {
    "Entry Summary Number": "Entry No",
    "Importer Number": "IOR Number",
    "Country of Origin Code": "Country of Origin",
    "Manufacturer ID": "MID",
    "HTS Number - Full": "Full HTS Number",
}
UNKNOWN = ("Our PO", "Broker’s note", "")

#: Cells from which the original cannot be known, by header.
DAMAGED = {
    "Entry Summary Number": ["", "6.0576E+10", "5760693420", "BII0001"],
    "Entry Date": ["14/05/2025", "2025-02-30", "03/20/1900", "soon"],
    "Tariff Ordinal Number": ["", "x", "0"],
    "HTS Number - Full": ["", "101210010", "9.9E+09", "9903"],
    "Line Tariff Goods Value Amount": ["1.2E+05", "$1.234"],
    "Line Tariff Duty Amount": ["1.234", "n/a", "12,34", "(5.00"],
    "Liquidation Date": ["99/99/9999", "?"],
    "Importer Number": ["12345678", "#REF!"],
    "Line MPF Amount": ["see entry"],
    "Total Liquidated Duty Amount": ["1.2.3"],
}


# --- the undamaged file ---------------------------------------------------------------------------------------------


def tariff_row(entry: str, line: int, ordinal: int, hts: str, goods_value: Any, duty: Any, liquidated: Any) -> dict:
    numeric = entry.startswith("605")
    return {
        "Entry Summary Number": entry,
        "Entry Type Code": "01",
        "Importer Number": "12-3456789",
        "Importer Name": "Société d’Été – Söhne, Ltd; a|b" if numeric else None,
        "Entry Date": date(2025, 5, 14),
        "Entry Summary Line Number": line,
        "Tariff Ordinal Number": ordinal,
        "Country of Origin Code": "CN",
        "Manufacturer ID": "CNÉXAMPL1SHA",
        "HTS Number - Full": hts,
        "Line Tariff Goods Value Amount": goods_value,
        "Line Tariff Duty Amount": duty,
        "Liquidation Status": "Liquidated" if liquidated else None,
        "Liquidation Date": liquidated,
        "Line MPF Amount": Decimal(f"{line}.64"),
        "Total Liquidated Duty Amount": Decimal("60576.06") if numeric else Decimal("-1.00"),
    }


LIQUIDATED = date(2026, 3, 15)
FILED = [
    tariff_row("MYK01010039", 1, 1, "99030124", Decimal("0.00"), Decimal("16724.04"), LIQUIDATED),
    tariff_row("MYK01010039", 1, 2, "99030125", Decimal("0.00"), Decimal("0.00"), LIQUIDATED),
    tariff_row("MYK01010039", 1, 3, "8501109000", Decimal("83620.21"), None, LIQUIDATED),
    tariff_row("MYK01010039", 2, 1, "99030125", None, Decimal("-1234.56"), LIQUIDATED),
    tariff_row("60576069342", 1, 1, "99030125", None, Decimal("8.50"), None),
    tariff_row("60576069342", 1, 2, "0101210010", Decimal("1234567.00"), Decimal("0.00"), None),
]


# --- the same cell, written otherwise -------------------------------------------------------------------------------


def spellings(header: str, value: Any, *, workbook: bool) -> list[Any]:
    """Cells that all mean the value; the first is how ACE writes it."""
    _, kind = COLUMNS[header]
    if value is None:
        blanks = ["", " ", '=""', "\u00a0"]
        # 80 days added to an empty cell
        return [*blanks, "03/20/1900", "1900-03-20", "80"] if header == "Liquidation Date" else blanks
    spell: dict[str, Callable[[Any], tuple[list[str], list[Any]]]] = {
        "entry": _entry_spellings,
        "type": lambda code: ([code, str(int(code)), f'="{code}"'], [int(code)]),
        "text": lambda text: ([text, f" {text} ", f"{text}\u00a0"], []),
        "day": _day_spellings,
        "whole": lambda number: ([str(number), f"00{number}", f"{number}.0", f'="{number}"'], [number]),
        "hts": _hts_spellings,
        "amount": _amount_spellings,
    }
    texts, typed = spell[kind](value)
    return [*texts, *typed] if workbook else texts


def _entry_spellings(entry: str) -> tuple[list[str], list[Any]]:
    dashed = f"{entry[:3]}-{entry[3:10]}-{entry[10]}"
    texts = [entry, dashed, dashed.replace("-", " "), f'="{entry}"', f" {entry.lower()} "]
    return texts, [int(entry)] if entry.isdecimal() else []


def _day_spellings(day: date) -> tuple[list[str], list[Any]]:
    serial = (day - date(1899, 12, 30)).days
    us = f"{day:%m/%d/%Y}"
    texts = [us, f"{day.month}/{day.day}/{day.year}", day.isoformat(), f"{day} 00:00:00", f"{us} 12:00:00 AM"]
    return [*texts, str(serial), f'="{us}"'], [serial, datetime(day.year, day.month, day.day)]  # noqa: DTZ001 - cells have no zone


def _hts_spellings(digits: str) -> tuple[list[str], list[Any]]:
    dotted = f"{digits[:4]}.{digits[4:6]}.{digits[6:]}"
    texts = [digits, dotted, f'="{digits}"']
    if digits.startswith("0"):
        return texts, []
    if digits.startswith("99"):
        texts += [f"{dotted}00", f"{digits}00"]
    return [*texts, f"{digits}.0"], [int(digits)]


def _amount_spellings(amount: Decimal) -> tuple[list[str], list[Any]]:
    size = f"{abs(amount):,.2f}"
    if amount < 0:
        texts = [f"(${size})", f"({size})", f"-{size}", f"-${size}", f"$({size})", f'="-{size}"']
    elif amount:
        texts = [f"${size}", size, str(amount), f"{amount}0", f" ${size} ", f'="{size}"']
    else:
        texts = ["$0.00", "0", "0.00", ".00", "$ -"]
    return texts, [float(amount)]


def heading_spellings(header: str) -> list[str]:
    joined = header.replace(" - ", " ")
    return [
        header,
        header.upper(),
        header.lower(),
        joined.replace(" ", "_"),
        joined.replace(" ", "  "),
        f"{header}:",
        f" {joined}* ",
        f'="{header}"',
        RENAMED.get(header, header),
    ]


# --- a damaged file -------------------------------------------------------------------------------------------------


@dataclass
class Arrival:
    """A file as received, and what must become of it."""

    workbook: bool
    encoding: str
    delimiter: str
    line_end: str
    grid: list[list[Any]]
    headers: list[str]
    expected: list[tuple[Any, ...]]
    other_cells: list[dict[str, str] | None]
    repeated: set[tuple[Any, ...]]
    damaged: set[tuple[int, str]]
    received: dict[int, list[Any]]
    skipped: int

    def write(self, place: Intake) -> Any:
        if self.workbook:
            return place.xlsx({"Main Report": self.grid})
        text = "".join(_line(row, self.delimiter) + self.line_end for row in self.grid)
        return place.bytes(text.encode(self.encoding))


def _line(row: Sequence[str], delimiter: str) -> str:
    """A line of CSV; Excel's text wrapper stands bare in it, as in CBP's own Claim Details."""
    cells = []
    for cell in row:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator="").writerow([cell, ""])
        wrapped = cell.startswith('="') and delimiter not in cell
        cells.append(cell if wrapped else out.getvalue().removesuffix(delimiter))
    return delimiter.join(cells)


@st.composite
def arrivals(draw: st.DrawFn, *, damages: bool) -> Arrival:
    workbook = draw(st.booleans())
    unknown = draw(st.lists(st.sampled_from(UNKNOWN), max_size=3, unique=True))
    order = draw(st.permutations([*COLUMNS, *unknown]))
    spelled = [draw(st.sampled_from(heading_spellings(name))) if name in COLUMNS else name for name in order]
    above = draw(
        st.lists(st.sampled_from(["Entry Summary Line Tariff Details", "", "Run Date: 07/20/2026"]), max_size=3)
    )
    width = len(order)
    grid: list[list[Any]] = [[text] for text in above]
    grid.append(spelled)
    arrival = Arrival(
        workbook=workbook,
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])),
        delimiter=draw(st.sampled_from([",", "\t", ";", "|"])),
        line_end=draw(st.sampled_from(["\r\n", "\n"])),
        grid=grid,
        headers=spelled,
        expected=[],
        other_cells=[],
        repeated=set(),
        damaged=set(),
        received={},
        skipped=0,
    )
    for values in FILED:
        for kind in draw(st.lists(st.sampled_from(["blank", "empty", "total", "footer", "header"]), max_size=1)):
            grid.append(_no_data(kind, order, spelled, width))
            arrival.skipped += 1
        _receive(draw, arrival, order, values, damages=damages)
    return arrival


def _no_data(kind: str, order: Sequence[str], spelled: list[str], width: int) -> list[Any]:
    if kind == "header":
        return list(spelled)
    row = [""] * (1 if kind == "empty" else width)
    if kind == "footer":
        row[0] = "FOR OFFICIAL USE ONLY"
    if kind == "total":
        at = order.index(DUTY)
        row[0 if at else 1] = "Total"
        row[at] = "$16,724.04"
    return row


def _receive(draw: st.DrawFn, arrival: Arrival, order: Sequence[str], values: dict, *, damages: bool) -> None:
    """Write one row of data, and note what must become of it."""
    hurt = draw(st.lists(st.sampled_from(sorted(DAMAGED)), max_size=2, unique=True)) if damages else []
    cells: list[Any] = []
    other: dict[str, str] = {}
    number = len(arrival.grid) + 1
    for place, name in enumerate(order):
        if name in hurt:
            cells.append(draw(st.sampled_from(DAMAGED[name])))
        elif name in COLUMNS:
            cells.append(draw(st.sampled_from(spellings(name, values[name], workbook=arrival.workbook))))
        else:
            cells.append(draw(st.sampled_from(["", "4711", "Zoë’s, 2nd"])))
            if cells[-1]:
                other[name or f"column {place + 1}"] = cells[-1]
    arrival.grid.append(cells)
    arrival.received[number] = cells
    if hurt:
        arrival.damaged |= {(number, COLUMNS[name][0]) for name in hurt}
        return
    arrival.expected.append((number, *(values[name] for name in COLUMNS if name not in REPEATED)))
    arrival.other_cells.append(other or None)
    arrival.repeated.add((values["Entry Summary Number"], values["Entry Summary Line Number"]))


def loaded_rows(place: Intake) -> list[tuple[Any, ...]]:
    """The stored rows; of a Chapter 99 number the first eight digits, which are the heading however it was written."""
    heading = "case when hts_number like '99%' then left(hts_number, 8) else hts_number end as hts_number"
    columns = [heading if name == "hts_number" else name for name in STORED]
    return place.rows("es003_tariff_lines", f"source_row, {', '.join(columns)}")


def hold(place: Intake, arrival: Arrival, result: LoadResult) -> None:
    assert (result.rows_read, result.rows_loaded) == (len(arrival.received), len(arrival.expected))
    assert result.rows_read == result.rows_loaded + result.rows_quarantined
    assert sum(result.rows_skipped.values()) == arrival.skipped
    stored = place.rows("loads", "rows_read, rows_loaded, rows_quarantined, rows_skipped", "load_number")
    assert stored == [(result.rows_read, result.rows_loaded, result.rows_quarantined, arrival.skipped)]
    assert loaded_rows(place) == arrival.expected
    others = [json.loads(cell) if cell else None for (cell,) in place.rows("es003_tariff_lines", "other_cells")]
    assert others == arrival.other_cells
    assert sorted(place.quarantine("source_row, column_name")) == sorted(arrival.damaged)


@EXAMPLES
@given(arrival=arrivals(damages=False))
def test_a_file_written_in_any_way_gives_the_table_of_its_values(arrival: Arrival, place: Intake) -> None:
    with undone(place):
        result = place.load(arrival.write(place), reject_share=1.0)
        hold(place, arrival, result)
        assert place.rows("es003_line_amounts", "entry_number, line_number, line_mpf_usd", "1, 2") == [
            ("60576069342", 1, Decimal("1.64")),
            ("MYK01010039", 1, Decimal("1.64")),
            ("MYK01010039", 2, Decimal("2.64")),
        ]
        assert place.rows("es003_entry_amounts", "entry_number, total_liquidated_duty_usd", "1") == [
            ("60576069342", Decimal("60576.06")),
            ("MYK01010039", Decimal("-1.00")),
        ]


@EXAMPLES
@given(arrival=arrivals(damages=True))
def test_each_damaged_cell_is_named_and_the_other_rows_are_the_table(arrival: Arrival, place: Intake) -> None:
    with undone(place):
        result = place.load(arrival.write(place), reject_share=1.0)
        hold(place, arrival, result)
        lines = place.rows("es003_line_amounts", "entry_number, line_number", "1, 2")
        assert lines == sorted(arrival.repeated)
        entries = place.rows("es003_entry_amounts", "entry_number", "1")
        assert entries == sorted({(entry,) for entry, _ in arrival.repeated})


@EXAMPLES
@given(arrival=arrivals(damages=True))
def test_a_row_set_aside_keeps_every_received_cell(arrival: Arrival, place: Intake) -> None:
    with undone(place):
        place.load(arrival.write(place), reject_share=1.0)
        for number, raw_row in place.quarantine("source_row, raw_row"):
            kept = list(json.loads(raw_row).values())[: len(arrival.headers)]
            for received, cell in zip(arrival.received[number], kept, strict=True):
                if isinstance(received, str):
                    assert (cell or "") == received
                else:
                    assert cell


# --- blank and zero, and days that mean blank -----------------------------------------------------------------------


@pytest.mark.parametrize("workbook", [False, True])
def test_a_blank_amount_stays_unknown_and_a_zero_stays_zero(intake: Intake, *, workbook: bool) -> None:
    cells = ["", " ", '=""', "0", "$0.00", "$ -", "(0.00)"]
    rows = [samples.es003_row(duty=cell, ordinal=str(place)) for place, cell in enumerate(cells, 1)]
    grid = [samples.ES003_HEADERS, *rows]
    result = intake.load(intake.xlsx({"Main Report": grid}) if workbook else intake.csv(grid))
    assert result.rows_quarantined == 0
    assert intake.rows("es003_tariff_lines", "duty_usd") == [(None,)] * 3 + [(Decimal("0.00"),)] * 4


@pytest.mark.parametrize("cell", ["03/20/1900", "1900-03-20", "80", "12/31/1999", datetime(1900, 3, 20)])  # noqa: DTZ001 - cells have no zone
def test_a_liquidation_date_counted_from_an_empty_cell_is_blank(cell: Any, intake: Intake) -> None:
    row = samples.es003_row()
    row[samples.ES003_HEADERS.index("Liquidation Date")] = cell
    result = intake.load(intake.xlsx({"Main Report": [samples.ES003_HEADERS, row]}))
    assert (result.rows_loaded, result.rows_quarantined) == (1, 0)
    assert intake.rows("es003_tariff_lines", "liquidation_date") == [(None,)]


def test_a_liquidation_date_of_2000_is_a_day(intake: Intake) -> None:
    intake.load(intake.csv([samples.ES003_HEADERS, samples.es003_row(liquidation_date="01/01/2000")]))
    assert intake.rows("es003_tariff_lines", "liquidation_date") == [(date(2000, 1, 1),)]


# --- columns that no alias knows ------------------------------------------------------------------------------------


def test_cells_of_unknown_columns_are_kept_with_their_row(intake: Intake) -> None:
    headers = [*samples.ES003_HEADERS, "Our PO", "Our PO", ""]
    rows = [
        [*samples.es003_row(ordinal="1"), "4711", 'a "b", c', "note"],
        [*samples.es003_row(ordinal="2"), "", "", ""],
        [*samples.es003_row(ordinal="3"), "", "0", ""],
    ]
    intake.load(intake.csv([headers, *rows]))
    cells = [json.loads(cell) if cell else None for (cell,) in intake.rows("es003_tariff_lines", "other_cells")]
    assert cells == [{"Our PO": "4711", "column 34": 'a "b", c', "column 35": "note"}, None, {"column 34": "0"}]


# --- amounts that a report repeats ----------------------------------------------------------------------------------


def test_amounts_repeated_on_every_row_are_stored_once(intake: Intake) -> None:
    headers = [*samples.ES003_HEADERS, "Line MPF Amount", "Line HMF Amount", "Total Paid MPF Amount"]
    rows = [
        [*samples.es003_row(line="1", ordinal="1"), "$1.00", "$0.50", "$31.67"],
        [*samples.es003_row(line="1", ordinal="2"), "1.00", "0.5", "31.67"],
        [*samples.es003_row(line="2", ordinal="1"), "$1.00", "", "$31.67"],
        [*samples.es003_row(line="2", ordinal="2"), "$1.00", "", "$31.67"],
        [*samples.es003_row(entry="MYK01010401", line="1", ordinal="1"), "$0.00", "$0.00", "$0.00"],
    ]
    intake.load(intake.csv([headers, *rows]))
    amounts = intake.rows("es003_line_amounts", "entry_number, line_number, line_mpf_usd, line_hmf_usd", "1, 2")
    assert amounts == [
        ("MYK01010039", 1, Decimal("1.00"), Decimal("0.50")),
        ("MYK01010039", 2, Decimal("1.00"), None),
        ("MYK01010401", 1, Decimal("0.00"), Decimal("0.00")),
    ]
    assert intake.rows("es003_entry_amounts", "entry_number, total_paid_mpf_usd", "1") == [
        ("MYK01010039", Decimal("31.67")),
        ("MYK01010401", Decimal("0.00")),
    ]


def test_repetitions_that_differ_are_each_kept(intake: Intake) -> None:
    headers = [*samples.ES003_HEADERS, "Total Liquidated Duty Amount"]
    rows = [
        [*samples.es003_row(ordinal=str(place)), amount] for place, amount in enumerate(["$1.00", "$2.00", "$1.00"], 1)
    ]
    intake.load(intake.csv([headers, *rows]))
    totals = intake.rows("es003_entry_amounts", "total_liquidated_duty_usd", "1")
    assert totals == [(Decimal("1.00"),), (Decimal("2.00"),)]


# --- rows of one key ------------------------------------------------------------------------------------------------

#: A change to one cell that makes two rows of one key unequal.
UNEQUAL = [
    {"duty": "$8,362.03"},
    {"duty": ""},
    {"value": ""},
    {"value": "$1.00"},
    {"hts": "99030124"},
    {"entry_date": "05/15/2025"},
]


@pytest.mark.parametrize("change", UNEQUAL, ids=str)
@pytest.mark.parametrize("workbook", [False, True])
def test_unequal_rows_of_one_key_are_all_set_aside(change: dict[str, str], intake: Intake, *, workbook: bool) -> None:
    good, other = samples.es003_row(), samples.es003_row(ordinal="4", hts="8501109000")
    grid = [samples.ES003_HEADERS, good, other, samples.es003_row(**change), good]
    path = intake.xlsx({"Main Report": grid}) if workbook else intake.csv(grid)
    result = intake.load(path, reject_share=1.0)
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (4, 1, 3)
    assert intake.rows("es003_tariff_lines", "source_row, tariff_ordinal") == [(3, 4)]
    assert {row[:2] for row in intake.quarantine("source_row, reason_code")} == {
        (2, "conflicting_row"),
        (4, "conflicting_row"),
        (5, "conflicting_row"),
    }
    for (raw_row,) in intake.quarantine("raw_row"):
        assert json.loads(raw_row)["Entry Summary Number"] == "MYK01010039"


def test_equal_rows_of_one_key_are_one_row_and_all_count_as_loaded(intake: Intake) -> None:
    good, other = samples.es003_row(), samples.es003_row(ordinal="4", hts="8501109000")
    spelled = samples.es003_row(entry="MYK-0101003-9", hts="9903.01.25", duty="8362.02", entry_date="2025-05-14")
    result = intake.load(intake.csv([samples.ES003_HEADERS, good, other, spelled, good]))
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined) == (4, 4, 0)
    assert intake.rows("es003_tariff_lines", "source_row, tariff_ordinal") == [(2, 3), (3, 4)]
    assert intake.quarantine() == []
    assert intake.rows("loads", "rows_read, rows_loaded, rows_quarantined", "1") == [(4, 4, 0)]


def test_the_same_line_and_ordinal_of_two_entries_are_two_rows(intake: Intake) -> None:
    rows = [samples.es003_row(), samples.es003_row(entry="MYK01010401", duty="$1.00")]
    assert intake.load(intake.csv([samples.ES003_HEADERS, *rows])).rows_quarantined == 0
    assert len(intake.rows("es003_tariff_lines", "entry_number")) == 2


@EXAMPLES
@given(
    copies=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from(["", "$0.00", "$1.00", "1.00"])), min_size=1, max_size=9
    ),
    workbook=st.booleans(),
)
def test_a_key_is_one_row_where_its_copies_agree_and_none_where_they_differ(
    copies: list[tuple[int, str]], place: Intake, *, workbook: bool
) -> None:
    amounts = {"": None, "$0.00": Decimal("0.00"), "$1.00": Decimal("1.00"), "1.00": Decimal("1.00")}
    seen: dict[int, list[Decimal | None]] = {}
    for ordinal, duty in copies:
        seen.setdefault(ordinal, []).append(amounts[duty])
    agreed = {ordinal: duties[0] for ordinal, duties in seen.items() if len(set(duties)) == 1}
    grid = [samples.ES003_HEADERS, *(samples.es003_row(ordinal=str(ordinal), duty=duty) for ordinal, duty in copies)]
    with undone(place):
        path = place.xlsx({"Main Report": grid}) if workbook else place.csv(grid)
        result = place.load(path, reject_share=1.0)
        stored = place.rows("es003_tariff_lines", "tariff_ordinal, duty_usd", "1")
        assert stored == sorted(agreed.items())
        assert (result.rows_read, result.rows_loaded) == (len(copies), sum(len(seen[o]) for o in agreed))
        assert result.rows_quarantined == result.rows_read - result.rows_loaded
        aside = {row for (row,) in place.quarantine("source_row")}
        assert aside == {row for row, (ordinal, _) in enumerate(copies, start=2) if ordinal not in agreed}


# --- a whole file in doubt ------------------------------------------------------------------------------------------


def with_faults(good: int, bad: int) -> list[list[str]]:
    rows = [samples.es003_row(line=str(line), duty="" if line <= good else "n/a") for line in range(1, good + bad + 1)]
    return [samples.ES003_HEADERS, *rows]


@pytest.mark.parametrize(("good", "bad"), [(0, 1), (1, 1), (18, 1), (38, 2), (57, 3)])
def test_a_file_loads_with_one_row_set_aside_or_up_to_five_in_a_hundred(good: int, bad: int, intake: Intake) -> None:
    result = intake.load(intake.csv(with_faults(good, bad)))
    assert (result.rows_loaded, result.rows_quarantined) == (good, bad)


@pytest.mark.parametrize(("good", "bad"), [(0, 2), (1, 2), (37, 2), (56, 3)])
def test_a_file_stops_with_more_than_five_in_a_hundred_and_at_least_two(good: int, bad: int, intake: Intake) -> None:
    with pytest.raises(TooManyRejected) as stopped:
        intake.load(intake.csv(with_faults(good, bad)))
    assert (stopped.value.rows_read, stopped.value.rows_rejected) == (good + bad, bad)
    assert stopped.value.faults == (("duty_usd", "amount_unreadable", bad),)
    assert intake.rows("es003_tariff_lines", "source_row") == []
    assert intake.rows("loads", "load_id", "load_number") == []
