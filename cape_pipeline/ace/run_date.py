"""The day a report was run and the days it was asked for, as the file itself states them; never the file's own time.

Belongs here: finding and reading those days. Does not belong here: deciding which of two versions is newer.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from cape_pipeline.ace.reports import normalise_header, report_book

Basis = Literal["parameters_sheet", "metadata_row", "file_name", "unknown"]

_IN_TEXT = (
    (re.compile(r"\b\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    (re.compile(r"\b\d{1,2}/\d{1,2}/\d{4}\b"), "%m/%d/%Y"),
    (re.compile(r"\b\d{1,2}-\d{1,2}-\d{4}\b"), "%m-%d-%Y"),
    (re.compile(r"\b[A-Z][a-z]+ \d{1,2}, \d{4}\b"), "%B %d, %Y"),
    (re.compile(r"\b[A-Z][a-z]{2} \d{1,2}, \d{4}\b"), "%b %d, %Y"),
    (re.compile(r"\b\d{1,2}-[A-Z][a-z]{2}-\d{4}\b"), "%d-%b-%Y"),
)
_IN_NAME = (
    (re.compile(r"(?<!\d)20\d{2}[-_.]\d{2}[-_.]\d{2}(?!\d)"), "%Y%m%d"),
    (re.compile(r"(?<!\d)\d{2}[-_.]\d{2}[-_.]20\d{2}(?!\d)"), "%m%d%Y"),
    (re.compile(r"(?<!\d)20\d{6}(?!\d)"), "%Y%m%d"),
    (re.compile(r"(?<!\d)\d{4}20\d{2}(?!\d)"), "%m%d%Y"),
)


@dataclass(frozen=True, slots=True)
class RunDate:
    """The day, and where it was stated; None and 'unknown' where it was not."""

    day: date | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The entry dates a report was asked for, as its prompts state them; None where they do not."""

    first_day: date | None = None
    last_day: date | None = None


def find_asked_for(other_sheets: Iterable[Sequence[Sequence[str]]], above: Sequence[Sequence[str]]) -> AskedFor:
    """Look for the prompts on the other sheets (`Parameters`), then in the rows above the header."""
    book = report_book()
    for rows in (*other_sheets, above):
        first, last = _labelled_day(rows, book.asked_from_labels), _labelled_day(rows, book.asked_to_labels)
        if first or last:
            return AskedFor(first, last)
    return AskedFor()


def find_run_date(
    other_sheets: Iterable[Sequence[Sequence[str]]], above: Sequence[Sequence[str]], name: str
) -> RunDate:
    """Look at the other sheets (`Parameters`), then at the rows above the header, then at the file's name.

    A name with two different dates states a range, not a run date.
    """
    labels = report_book().run_date_labels
    for rows in other_sheets:
        if day := _labelled_day(rows, labels):
            return RunDate(day, "parameters_sheet")
    if day := _labelled_day(above, labels):
        return RunDate(day, "metadata_row")
    if day := _day_in_name(name):
        return RunDate(day, "file_name")
    return RunDate(None, "unknown")


def _labelled_day(rows: Sequence[Sequence[str]], labels: Collection[str]) -> date | None:
    for row in rows:
        for position, cell in enumerate(row):
            label, _, rest = cell.partition(":")
            if normalise_header(label) not in labels:
                continue
            following = next((text for text in row[position + 1 :] if text.strip()), "")
            if day := _day_in_text(rest) or _day_in_text(following):
                return day
    return None


def _day_in_text(text: str) -> date | None:
    for pattern, layout in _IN_TEXT:
        if (found := pattern.search(text)) and (day := _read(found.group(), layout)):
            return day
    return None


def _day_in_name(name: str) -> date | None:
    days = set()
    for pattern, layout in _IN_NAME:
        for found in pattern.findall(name):
            if day := _read(re.sub(r"\D", "", found), layout):
                days.add(day)
    return days.pop() if len(days) == 1 else None


def _read(text: str, layout: str) -> date | None:
    try:
        day = datetime.strptime(text, layout).date()  # noqa: DTZ007 - a day without a time has no zone
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2099 else None
