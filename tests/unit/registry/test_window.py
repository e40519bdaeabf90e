"""Window: spans of days with both ends included."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.registry.window import Window, overlapping_neighbours

DAY_ONE = date(2026, 1, 1)
DAYS = [DAY_ONE + timedelta(number) for number in range(130)]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first = draw(st.none() | st.integers(1, 60))
    last = draw(st.none() | st.integers(first or 1, 120))
    return Window(
        None if first is None else DAY_ONE + timedelta(first), None if last is None else DAY_ONE + timedelta(last)
    )


@given(a=windows(), b=windows())
def test_two_windows_overlap_exactly_when_some_day_lies_in_both_whichever_is_asked(a: Window, b: Window) -> None:
    some_day_in_both = any(day in a and day in b for day in DAYS)
    assert a.overlaps(b) == b.overlaps(a) == some_day_in_both


@given(spans=st.lists(windows(), max_size=8))
def test_neighbours_overlap_exactly_when_any_two_windows_do(spans: list[Window]) -> None:
    assert bool(overlapping_neighbours(spans)) == any(a.overlaps(b) for a, b in combinations(spans, 2))


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 4, 19), False),
        (date(2026, 4, 20), True),
        (date(2026, 6, 28), True),
        (date(2026, 6, 29), False),
    ],
)
def test_both_ends_of_a_window_belong_to_it(day: date, *, inside: bool) -> None:
    assert (day in Window(date(2026, 4, 20), date(2026, 6, 28))) is inside


def test_a_window_that_starts_the_day_after_another_ends_does_not_overlap_it() -> None:
    first, second = Window(None, date(2026, 6, 28)), Window(date(2026, 6, 29), None)
    assert not first.overlaps(second)
    assert first.overlaps(Window(date(2026, 6, 28), None))
