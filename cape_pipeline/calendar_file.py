"""deadlines.ics: the deadlines of an importer's entries as all-day events that any calendar program takes.

Belongs here: the words and alarms of each kind of deadline, and their form as iCalendar (RFC 5545). Does not belong
here: which deadlines there are, and any sum of them (`reports.calendar_events`); writing the file
(`outputs.py`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType

from icalendar import Alarm, Calendar, Event

#: More of them help nobody who looks at a calendar, and some programs refuse it.
MOST_EVENTS = 1_000
PRODUCT = "-//CAPE Pipeline//Deadlines//EN"


@dataclass(frozen=True, slots=True)
class DeadlineEvent:
    """One row of `reports.calendar_events`, column by column."""

    event_key: str
    importer_number: str | None
    deadline_kind: str
    deadline_date: date
    recommended_date: date | None
    is_weekend: bool
    holiday_name: str | None
    who_acts: str
    legal_basis: str
    entry_count: int
    protective_entry_count: int
    amount_usd: Decimal | None
    principal_unknown_count: int
    first_entry_numbers: list[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a kind of deadline is called, what it means, and how many days before it a calendar reminds."""

    title: str
    meaning: str
    alarm_days: tuple[int, ...]


#: By kind of deadline, in the order of `contracts.fields.DEADLINE_KINDS`; `court` stands in the table only.
WORDINGS = MappingProxyType(
    {
        "cape_opening": Wording(
            "CAPE filing opens",
            "The first day on which CAPE takes declarations; nothing else is in the way of the entries.",
            (7, 1),
        ),
        "cape_filing": Wording(
            "CAPE filing ends",
            "Day 80 after liquidation, the last day CAPE takes the entries. CBP checks when it processes the file, so"
            " file by the recommended day.",
            (14, 7, 2),  # the last is the recommended day
        ),
        "cbp_reliquidation": Wording(
            "CBP's own limit to reliquidate",
            "Day 90 after liquidation ends CBP's authority to reliquidate. It is no day to file by; entries not"
            " reliquidated by then are left with their protest.",
            (5,),
        ),
        "protest": Wording(
            "Protest ends",
            "Day 180 after liquidation, the last day for a protest on CBP Form 19, whatever CAPE does.",
            (30, 14, 7),
        ),
        "court_conservative": Wording(
            "Court action, conservative date",
            "Two years from the earlier of publication and first collection of the programme, the most cautious reading"
            " of when a claim accrues; no court has decided it.",
            (120, 60, 30),
        ),
        "protest_denied_court": Wording(
            "Summons on a denied protest",
            "Day 180 after the denial of the protest was mailed, the last day for a summons.",
            (60, 30, 14),
        ),
        "reconciliation_due": Wording(
            "Reconciliation (type 09) due",
            "CBP wants a reconciliation due within 30 days filed first; once a type 09 is on file, CAPE does not take"
            " the entry in this phase.",
            (75, 31, 14),
        ),
        "psc": Wording(
            "Post summary correction ends",
            "300 days after entry, or 15 days before the scheduled liquidation where that is earlier; the last day to"
            " correct the summary where CAPE would fail it.",
            (14, 3),
        ),
        "deemed_liquidation": Wording(
            "Deemed liquidation",
            "One year after entry an unliquidated entry is liquidated by law; the protest clock may run from then.",
            (30,),
        ),
    }
)


def calendar_file(events: Sequence[DeadlineEvent], as_of: date, left_out: int = 0) -> bytes:
    """The calendar of these events as of a day: the same events and day give the same bytes.

    An event keeps its identity (UID) as long as importer, kind and day stay, so that a later file updates it.

    Args:
        events: in the order in which they are to stand.
        as_of: the day of the position.
        left_out: how many more there are; the calendar then says so, on its last day too.

    Raises:
        ValueError: without events, since a calendar without any is not valid iCalendar.
        KeyError: for a kind of deadline that has no wording.
    """
    if not events:
        raise ValueError("a calendar needs at least one event")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "IEEPA refund deadlines")
    if left_out:
        calendar.add("x-wr-caldesc", _shortened(len(events), left_out))
    for event in events:
        calendar.add_component(_component(event, as_of))
    if left_out:
        calendar.add_component(_end(max(event.deadline_date for event in events), as_of, len(events), left_out))
    return bytes(calendar.to_ical())


def _component(event: DeadlineEvent, as_of: date) -> Event:
    wording = WORDINGS[event.deadline_kind]
    component = Event()
    component.add("uid", f"{hashlib.sha256(event.event_key.encode()).hexdigest()[:32]}@cape-pipeline")
    component.add("dtstamp", datetime.combine(as_of, time(), tzinfo=UTC))
    component.add("dtstart", event.deadline_date)
    component.add("dtend", event.deadline_date + timedelta(days=1))
    component.add("summary", summary_of(event))
    component.add("description", "\n".join(description_of(event)))
    component.add("categories", [event.deadline_kind])
    component.add("transp", "TRANSPARENT")  # a deadline takes no time from the day
    for days in wording.alarm_days:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"In {days} days: {summary_of(event)}")
        alarm.add("trigger", timedelta(days=-days))
        component.add_component(alarm)
    return component


def _end(last_day: date, as_of: date, shown: int, left_out: int) -> Event:
    """An event that says on the last day of a shortened calendar that there are more deadlines than it shows."""
    component = Event()
    component.add("uid", "end-of-calendar@cape-pipeline")
    component.add("dtstamp", datetime.combine(as_of, time(), tzinfo=UTC))
    component.add("dtstart", max(last_day, as_of))
    component.add("dtend", max(last_day, as_of) + timedelta(days=1))
    component.add("summary", "This calendar ends here: more deadlines are in deadline_calendar.csv")
    component.add("description", _shortened(shown, left_out))
    component.add("transp", "TRANSPARENT")
    return component


def _shortened(shown: int, left_out: int) -> str:
    return (
        f"The {shown:,} nearest of {shown + left_out:,} deadlines; deadline_calendar.csv holds every entry with each of"
        " its deadlines, and the next run brings the next ones"
    )


def summary_of(event: DeadlineEvent) -> str:
    """The event in one line: what ends, for how many entries of whom, and what is at stake."""
    entries = "1 entry" if event.entry_count == 1 else f"{event.entry_count:,} entries"
    importer = event.importer_number or "importer unknown"
    return f"{WORDINGS[event.deadline_kind].title}: {entries} of {importer}, {_at_stake(event)}"


def description_of(event: DeadlineEvent) -> list[str]:
    """What the event means and which entries it is about, line by line."""
    lines = [WORDINGS[event.deadline_kind].meaning, f"Basis: {event.legal_basis}"]
    if event.recommended_date is not None:
        lines.append(f"Recommended by {event.recommended_date}")
    if event.holiday_name or event.is_weekend:
        lines.append(f"The day is a {event.holiday_name or 'weekend'}: nothing here moves it")
    if event.protective_entry_count:
        lines.append(f"{event.protective_entry_count:,} of them are on another path; this right runs beside it")
    lines.append(f"Open principal: {_at_stake(event)}")
    more = event.entry_count - len(event.first_entry_numbers)
    listed = ", ".join(event.first_entry_numbers)
    lines.append(f"Entries: {listed}" + (f" and {more:,} more in deadline_calendar.csv" if more else ""))
    return lines


def _at_stake(event: DeadlineEvent) -> str:
    if event.amount_usd is None:
        return "amount unknown"
    unknown = f" and {event.principal_unknown_count:,} unknown" if event.principal_unknown_count else ""
    return f"{event.amount_usd:,.2f} USD{unknown}"
