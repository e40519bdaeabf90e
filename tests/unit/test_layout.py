"""Rows on a screen: at any width every figure, day and name is whole, and what a file holds moves no cursor."""

from collections.abc import Sequence
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from cape_pipeline.layout import Column, Shape, fitting_widths, folded, print_records, print_rows, print_sentences

COLUMNS = (Column("status"), Column("principal", is_number=True), Column("next deadline"), Column("what it means"))
ROWS = [
    ("eligible_paid_on_liquidation", "12,345,678.90", "2026-07-20", "The entry may be filed until the day is over."),
    ("no_ieepa", "", "", ""),
]


def printed(width: int, otherwise: Shape, rows: Sequence[tuple[str, ...]] = ROWS, *, title: str = "") -> str:
    stream = StringIO()
    print_rows(Console(file=stream, width=width), COLUMNS, rows, otherwise, title=title)
    return stream.getvalue()


@pytest.mark.parametrize("otherwise", [print_records, print_sentences])
@pytest.mark.parametrize("width", range(40, 161, 4))
def test_no_figure_day_or_short_word_is_cut_and_nothing_runs_over(width: int, otherwise: Shape) -> None:
    told = printed(width, otherwise)
    for whole in ("12,345,678.90", "2026-07-20", "no_ieepa", "filed"):
        assert whole in told
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= width


def test_a_wide_screen_has_a_table_and_a_narrow_one_the_same_rows_one_by_one() -> None:
    assert "┏" in printed(140, print_sentences)
    narrow = " ".join(printed(50, print_sentences).split())
    assert "principal 12,345,678.90; next deadline 2026-07-20; what it means The entry may be filed" in narrow
    assert printed(60, print_records).splitlines()[1].split() == ["principal", "12,345,678.90"]


def test_a_title_stands_above_either_shape() -> None:
    for width in (140, 40):
        assert printed(width, print_sentences, title="By path").splitlines()[0].strip() == "By path"


def test_figures_stand_to_the_right_and_texts_to_the_left() -> None:
    line = next(line for line in printed(140, print_records, [("a", "1.00", "", "")]).splitlines() if "1.00" in line)
    assert line.split("│")[1].startswith(" a ")
    assert line.split("│")[2].endswith(" 1.00 ")


def test_what_is_unknown_is_left_out_of_a_sentence_and_of_a_record() -> None:
    assert printed(40, print_sentences, [("none", "", "", "")]).split() == ["-", "none"]
    assert printed(30, print_records, [("a", "", "", "x" * 60)]).split()[:2] == ["status", "a"]


def test_no_rows_are_a_table_without_rows() -> None:
    assert "principal" in printed(140, print_records, [])


def test_a_sentence_that_ends_is_not_followed_by_a_semicolon() -> None:
    columns = (Column("alert"), Column("what"), Column("next"))
    stream = StringIO()
    print_sentences(Console(file=stream, width=80), columns, [("A", "It is late.", "File now.")])
    assert stream.getvalue().strip() == "- A: what It is late. next File now."


@pytest.mark.parametrize("width", [34, 140])
@pytest.mark.parametrize("otherwise", [print_records, print_sentences])
def test_a_text_is_never_markup_and_its_control_characters_are_only_pictures(width: int, otherwise: Shape) -> None:
    told = printed(width, otherwise, [("[red]x[/red]", "1", "\x1b[31mred\x07", "\x9b2J\r")])
    assert "[red]x[/red]" in told
    assert "␛[31mred␇" in told
    assert not set(told) & {"\x1b", "\x07", "\x9b", "\r"}


def test_a_name_goes_on_behind_an_underscore_where_its_column_is_narrow() -> None:
    assert folded("withdraw_protest_then_cape", 17) == "withdraw_protest_\nthen_cape"
    assert folded("withdraw_protest_then_cape", 40) == "withdraw_protest_then_cape"
    assert folded("as it was 2026-07-20", 5) == "as it was 2026-07-20"
    assert folded("a__b_ _c", 2) == "a_\n_\nb_ _c"


CELLS = st.text(alphabet="ab_ 日0.,-", max_size=60)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), width=st.integers(10, 200))
def test_widths_that_fit_hold_every_figure_and_leave_no_room_unused_that_a_text_needs(
    rows: list[tuple[str, ...]], width: int
) -> None:
    columns = (Column("a"), Column("b", is_number=True), Column("c"))
    widths = fitting_widths(columns, rows, width)
    if widths is None:
        assert sum(fitting_widths(columns, rows, 1_000) or ()) > width
        return
    assert sum(widths) <= width
    assert all(cell_len(row[1]) <= widths[1] for row in rows)
    assert all(
        cell_len(part) <= widths[0] for row in rows for part in folded(row[0], widths[0]).split() if "_" not in part
    )
    if sum(widths) < width:
        assert widths == fitting_widths(columns, rows, 1_000)


@given(text=CELLS, width=st.integers(1, 30))
def test_folding_loses_no_character(text: str, width: int) -> None:
    assert folded(text, width).replace("\n", "") == text
