"""The few calendar facts the demonstration needs: business days, liquidation Fridays, the monthly statement's day.

Belongs here: literal holidays of 2025 and 2026 and plain date arithmetic. Does not belong here: anything the pipeline
itself computes with; the demonstration's answers must not lean on the code they are meant to test.
"""

from datetime import date, timedelta

#: Federal holidays on the day they are observed.
HOLIDAY_LIST = """
    2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27
    2025-12-25 2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11
    2026-11-26 2026-12-25
"""
HOLIDAYS = frozenset(date.fromisoformat(day) for day in HOLIDAY_LIST.split())

ORDINARY_CYCLE_DAYS = 314
FRIDAY = 4


def is_business_day(day: date) -> bool:
    return day.weekday() <= FRIDAY and day not in HOLIDAYS


def next_business_day(day: date) -> date:
    """The first business day after `day`."""
    return business_day_on_or_after(day + timedelta(days=1))


def business_day_on_or_after(day: date) -> date:
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


def monthly_statement_day(entry_date: date) -> date:
    """The 15th working day of the month after the entry: when a periodic monthly statement is paid (19 USC 1505(a))."""
    day = (entry_date.replace(day=1) + timedelta(days=31)).replace(day=1)
    day = business_day_on_or_after(day)
    for _ in range(14):
        day = next_business_day(day)
    return day


def ordinary_liquidation_day(entry_date: date) -> date:
    """The first working Friday 314 days or more after the entry, when ACE liquidates what nothing holds."""
    day = entry_date + timedelta(days=ORDINARY_CYCLE_DAYS)
    while day.weekday() != FRIDAY or not is_business_day(day):
        day += timedelta(days=1)
    return day
