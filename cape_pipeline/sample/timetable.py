"""The days of the sample: report runs, the valuation day, claims and what follows from them.

Belongs here: which day follows which. Does not belong here: entries (`kinds.py`), money (`settlement.py`).

The monthly files were run on one day, before any of their entries was on a claim; every claim is younger. A newer run
shows a few entries once more, as they stand then.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from cape_pipeline.demo import days

FIRST_ENTRY_DAY, LAST_ENTRY_DAY = date(2025, 2, 4), date(2026, 2, 27)
MONTHLY_RUN, NEWER_RUN = date(2026, 5, 15), date(2026, 7, 17)
FIRST_CLAIM_DAY, LAST_CLAIM_DAY = date(2026, 5, 18), date(2026, 7, 14)
EARLY_WAVES = 3
CAPE_WINDOW, PROTEST_WINDOW = timedelta(days=80), timedelta(days=180)
UNLIQUIDATED_AFTER = timedelta(days=45)
REFUND_AFTER_BUSINESS_DAYS = 6
LAST_REFUND_DAY = date(2026, 7, 14)  # so that its cash is in the bank by the valuation day


@dataclass(frozen=True, slots=True)
class EntryDay:
    """A working day on which entries are made, with the days that follow from it."""

    day_id: int
    day: date
    summary: date
    monthly_statement: date
    cycle: date  # liquidation in the ordinary course
    informal: date  # liquidation of an informal entry

    @property
    def month(self) -> str:
        return f"{self.day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows when a claim of one wave takes an entry, liquidated already or not."""

    wave: int
    accepted: date
    was_liquidated: bool
    settled: date
    refund_date: date | None

    @property
    def settlement_key(self) -> int:
        return self.wave * 2 + self.was_liquidated


def entry_days() -> tuple[EntryDay, ...]:
    """Every business day from the first to the last entry day, numbered from nought."""
    found = [day for day in span(FIRST_ENTRY_DAY, LAST_ENTRY_DAY) if days.is_business_day(day)]
    return tuple(
        EntryDay(
            day_id=day_id,
            day=day,
            summary=days.business_day_on_or_after(day + timedelta(days=10)),
            monthly_statement=days.monthly_statement_day(day),
            cycle=days.ordinary_liquidation_day(day),
            informal=_friday_after(day + timedelta(days=14)),
        )
        for day_id, day in enumerate(found)
    )


def waves() -> tuple[date, ...]:
    """The days on which claims are filed and accepted; the first few are the early ones."""
    found = [day for day in span(FIRST_CLAIM_DAY, LAST_CLAIM_DAY) if days.is_business_day(day)]
    return (*found[:EARLY_WAVES], *found[EARLY_WAVES::2])


def settlements() -> tuple[Settlement, ...]:
    """Of every wave both cases."""
    return tuple(
        _settlement(wave, accepted, was_liquidated=was_liquidated)
        for wave, accepted in enumerate(waves())
        for was_liquidated in (False, True)
    )


def _settlement(wave: int, accepted: date, *, was_liquidated: bool) -> Settlement:
    settled = days.next_business_day(accepted) if was_liquidated else accepted + UNLIQUIDATED_AFTER
    refund_date = settled
    for _ in range(REFUND_AFTER_BUSINESS_DAYS):
        refund_date = days.next_business_day(refund_date)
    is_refunded = refund_date <= LAST_REFUND_DAY
    return Settlement(wave, accepted, was_liquidated, settled, refund_date if is_refunded else None)


def value_date(refund_date: date) -> date:
    """When the credit is in the bank."""
    return days.next_business_day(days.next_business_day(refund_date))


def span(first: date, last: date) -> tuple[date, ...]:
    return tuple(first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _friday_after(day: date) -> date:
    while day.weekday() != days.FRIDAY:
        day += timedelta(days=1)
    return day
