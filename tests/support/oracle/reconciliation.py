"""When the type 09 of a flagged entry summary is due, from what reports print and users state (P22).

Belongs here: the day and what it rests on. Does not belong here: what the day does to the answer (`eligibility.py`).
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

YES = frozenset({"Y", "YES", "1", "TRUE"})
BLANK = frozenset({"", "N", "NO", "0", "FALSE"})


@dataclass(frozen=True)
class Version:
    """What one ES-003 printed of an entry; None where it has no such column, else the cell, blank as empty text."""

    other_mark: str | None = None
    fta_mark: str | None = None
    has_due_dates: bool = False
    due_dates: tuple[date, ...] = ()
    entry_summary_date: date | None = None


def reconciliation_due(
    versions: Sequence[Version],
    import_dates: Sequence[date] = (),
    stated_due: date | None = None,
    stated_issue: str | None = None,
) -> tuple[date | None, str | None]:
    """The due day of the entry's reconciliation and its basis; (None, None) where no day follows.

    Args:
        versions: the oldest first.
        import_dates: every day of import on the entry's lines.
        stated_due: the day the user states.
        stated_issue: the issue the user states.
    """
    if stated_due is not None:
        return stated_due, "user_fact"
    with_due = [version for version in versions if version.has_due_dates]
    if with_due and with_due[-1].due_dates:
        return min(with_due[-1].due_dates), "reported"
    fta = [version.fta_mark for version in versions if version.fta_mark is not None]
    other = [version.other_mark for version in versions if version.other_mark is not None]
    for_free_trade = bool(fta) and fta[-1].strip().upper() in YES
    for_another = bool(other) and other[-1].strip().upper() not in BLANK
    if not for_free_trade and not for_another:
        return None, None
    if for_free_trade or stated_issue == "fta":
        return (_months_after(min(import_dates), 12), "12_months_after_import") if import_dates else (None, None)
    summaries = [version.entry_summary_date for version in versions if version.entry_summary_date is not None]
    return (_months_after(min(summaries), 21), "21_months_after_entry_summary") if summaries else (None, None)


def _months_after(start: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
