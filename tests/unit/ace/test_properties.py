"""What holds for every file, however it is arranged and damaged."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, undone

HEADERS = samples.ES003_HEADERS
EXAMPLES = settings(max_examples=settings.default.max_examples // 3, suppress_health_check=[HealthCheck.too_slow])

# One cell in forms that all mean the same, by column.
SAME = {
    "Entry Summary Number": [
        "MYK01010039",
        "MYK-0101003-9",
        "myk 0101003 9",
        '="MYK01010039"',
        " MYK01010039 ",
        "\u00a0MYK01010039",
    ],
    "Entry Date": ["05/14/2025", "5/14/2025", "2025-05-14", "2025-05-14 00:00:00", "45791", "05/14/2025 12:00:00 AM"],
    "Line Tariff Duty Amount": ["$8,362.02", "8362.02", "8,362.02", " $8,362.02 ", "8362.020", '="8362.02"'],
    "HTS Number - Full": ["99030125", "9903.01.25", "99030125.0", '="99030125"'],
    "Entry Type Code": ["01", "1", '="01"'],
    "Entry Summary Line Number": ["1", "001", "1.0"],
    "Liquidation Date": ["03/15/2026", "2026-03-15", "46096"],
}
# One cell that cannot be used, by column; the original cannot be known from it.
DAMAGED = {
    "Entry Summary Number": ["", "6.0576E+10", "5760693420", "BII0001"],
    "Entry Date": ["14/05/2025", "2025-02-30", "soon"],
    "Line Tariff Duty Amount": ["1.234", "n/a", "1.2E+05", "12,34"],
    "HTS Number - Full": ["", "101210010", "9.9E+09", "9903"],
    "Tariff Ordinal Number": ["", "x", "0"],
    "Liquidation Date": ["99/99/9999", "?"],
    "Importer Number": ["12345678", "#REF!"],
}
NO_DATA = {
    "blank": [""] * 32,
    "total": ["Total"] + [""] * 25 + ["$49,085.06"] + [""] * 5,
    "footer": ["FOR OFFICIAL USE ONLY"] + [""] * 31,
    "header": HEADERS,
}


def table(place: Intake) -> list[tuple[Any, ...]]:
    found = place.con.execute("select * exclude (load_id) from ace.es003_tariff_lines order by source_row").fetchall()
    place.con.execute("delete from ace.es003_tariff_lines")
    return found


def changed(row: list[str], changes: dict[str, str]) -> list[str]:
    return [changes.get(header, cell) for header, cell in zip(HEADERS, row, strict=True)]


def cells(choices: dict[str, list[str]]) -> st.SearchStrategy[dict[str, str]]:
    """Some columns, each with one of its cells."""
    return st.fixed_dictionaries({}, optional={header: st.sampled_from(forms) for header, forms in choices.items()})


@EXAMPLES
@given(rows=st.lists(cells(SAME), min_size=1, max_size=4), workbook=st.booleans())
def test_cells_written_otherwise_give_the_same_table(
    rows: list[dict[str, str]],
    *,
    workbook: bool,
    place: Intake,
) -> None:
    row = samples.es003_row()
    with undone(place):
        place.load(place.csv([HEADERS, *[row] * len(rows)]))
        plain = table(place)
        variant = [HEADERS, *[changed(row, changes) for changes in rows]]
        result = place.load(place.xlsx({"Main Report": variant}) if workbook else place.csv(variant))
        assert result.rows_quarantined == 0
        assert table(place) == plain


@EXAMPLES
@given(order=st.permutations(range(32)), below=st.integers(0, 5), workbook=st.booleans())
def test_the_order_of_columns_and_the_rows_above_the_header_change_nothing(
    order: list[int],
    below: int,
    *,
    workbook: bool,
    place: Intake,
) -> None:
    with undone(place):
        place.load(place.csv([HEADERS, *samples.ES003_ENTRY]))
        plain = table(place)
        rows = [[row[cell] for cell in order] for row in [HEADERS, *samples.ES003_ENTRY]]
        rows = [["Entry Summary Line Tariff Details"], *[[""]] * below, *rows]
        place.load(place.xlsx({"Main Report": rows}) if workbook else place.csv(rows))
        moved = [(number - below - 1, *rest) for number, *rest in table(place)]
        assert moved == plain


@EXAMPLES
@given(
    rows=st.lists(
        st.one_of(st.tuples(st.just("data"), cells(DAMAGED)), st.tuples(st.sampled_from(sorted(NO_DATA)), st.just({}))),
        max_size=12,
    ),
    workbook=st.booleans(),
)
def test_every_row_is_loaded_set_aside_or_no_data_and_every_damaged_cell_is_named(
    rows: list[tuple[str, dict[str, str]]],
    *,
    workbook: bool,
    place: Intake,
) -> None:
    good = samples.es003_row()
    written = [changed(good, changes) if kind == "data" else NO_DATA[kind] for kind, changes in rows]
    with undone(place):
        content = [HEADERS, *written, good]
        path = place.xlsx({"Main Report": content}) if workbook else place.csv(content)
        result = place.load(path, reject_share=1.0)
        data = [changes for kind, changes in rows if kind == "data"]
        assert result.rows_read == len(data) + 1 == result.rows_loaded + result.rows_quarantined
        assert result.rows_quarantined == sum(bool(changes) for changes in data)
        assert sum(result.rows_skipped.values()) == len(rows) - len(data)
        named = {(row, reason) for row, reason in place.quarantine("source_row, column_name")}
        mapping = {header: name for name, cell in _columns(place).items() for header in [HEADERS[cell]]}
        assert named == {
            (number, mapping[header])
            for number, (kind, changes) in enumerate(rows, start=2)
            if kind == "data"
            for header in changes
        }
        stored = place.con.execute("select rows_read, rows_loaded, rows_quarantined, rows_skipped from ace.loads")
        assert stored.fetchall() == [
            (result.rows_read, result.rows_loaded, result.rows_quarantined, len(rows) - len(data))
        ]


def _columns(place: Intake) -> dict[str, int]:
    return place.inspect(place.csv([HEADERS, samples.es003_row()], "headers.csv")).cell_of
