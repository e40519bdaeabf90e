"""Spans of days with both ends included: the only module of the registry that compares two of them.

Belongs here: whether a day lies in a span and whether two spans share a day. Does not belong here: what the span is the
window of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `first_day` to `last_day`, both included; None on either side means open on that side."""

    first_day: date | None = None
    last_day: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first_day or date.min) <= day <= (self.last_day or date.max)

    def overlaps(self, other: "Window") -> bool:
        """Whether some day lies in both; the answer is the same asked the other way round."""
        return (self.first_day or date.min) <= (other.last_day or date.max) and (other.first_day or date.min) <= (
            self.last_day or date.max
        )


def overlapping_neighbours(windows: Sequence[Window]) -> list[tuple[int, int]]:
    """Positions of windows that overlap the next one by first day.

    Any overlap among the windows makes at least one pair of neighbours overlap, so an empty answer means that no two
    windows share a day, and the work is one sort.
    """
    order = sorted(range(len(windows)), key=lambda position: windows[position].first_day or date.min)
    return [(earlier, later) for earlier, later in pairwise(order) if windows[earlier].overlaps(windows[later])]
