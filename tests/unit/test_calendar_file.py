"""deadlines.ics read back by the library: what each event says, when it reminds, and that nothing in it is chance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from cape_pipeline.calendar_file import WORDINGS, DeadlineEvent, calendar_file, description_of, summary_of
from cape_pipeline.contracts.fields import DEADLINE_KINDS

AS_OF = date(2026, 7, 20)
PROTEST = DeadlineEvent(
    event_key="123456789 protest 2026-09-05",
    importer_number="12-3456789",
    deadline_kind="protest",
    deadline_date=date(2026, 9, 5),
    recommended_date=None,
    is_weekend=False,
    holiday_name=None,
    who_acts="filer",
    legal_basis="19 USC 1514",
    entry_count=1234,
    protective_entry_count=0,
    amount_usd=Decimal("1234567.80"),
    principal_unknown_count=0,
    first_entry_numbers=["ABC00000001", "ABC00000002"],
)


def read_back(events: Sequence[DeadlineEvent]) -> list[Event]:
    calendar = Calendar.from_ical(calendar_file(events, AS_OF))
    assert calendar["version"] == "2.0"
    assert calendar["prodid"]
    assert [bad for part in calendar.walk() for bad in part.errors] == []
    return [part for part in calendar.walk() if isinstance(part, Event)]


def test_an_event_lasts_the_whole_day_and_takes_no_time_from_it() -> None:
    (event,) = read_back([PROTEST])
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2026, 9, 5), date(2026, 9, 6))
    assert event["transp"] == "TRANSPARENT"
    assert event["dtstamp"].dt == datetime(2026, 7, 20, tzinfo=UTC)


def test_the_summary_says_what_ends_for_whom_and_what_is_at_stake() -> None:
    (event,) = read_back([PROTEST])
    assert event["summary"] == "Protest ends: 1,234 entries of 12-3456789, 1,234,567.80 USD"


@pytest.mark.parametrize(
    ("amount", "unknown", "told"),
    [
        ("5.00", 0, "5.00 USD"),
        ("5.00", 1, "5.00 USD and 1 unknown"),
        (None, 1, "amount unknown"),
        ("0.00", 0, "0.00 USD"),
    ],
)
def test_an_unknown_amount_is_never_told_as_nothing(amount: str | None, unknown: int, told: str) -> None:
    event = replace(
        PROTEST,
        entry_count=1,
        importer_number=None,
        amount_usd=amount and Decimal(amount),
        principal_unknown_count=unknown,
    )
    assert summary_of(event) == f"Protest ends: 1 entry of importer unknown, {told}"


def test_the_description_names_basis_first_entries_and_how_many_more() -> None:
    (event,) = read_back([PROTEST])
    lines = str(event["description"]).split("\n")
    assert "Basis: 19 USC 1514" in lines
    assert lines[-1] == "Entries: ABC00000001, ABC00000002 and 1,232 more in deadline_calendar.csv"


def test_the_description_tells_weekends_holidays_recommended_day_and_other_paths() -> None:
    plain = "\n".join(description_of(PROTEST))
    assert "weekend" not in plain
    assert "another path" not in plain
    told = description_of(
        replace(PROTEST, is_weekend=True, recommended_date=date(2026, 9, 3), protective_entry_count=1000)
    )
    assert "The day is a weekend: nothing here moves it" in told
    assert "Recommended by 2026-09-03" in told
    assert "1,000 of them are on another path; this right runs beside it" in told
    assert "The day is a Labor Day: nothing here moves it" in description_of(replace(PROTEST, holiday_name="Labor Day"))


def test_the_limit_of_cbp_is_told_as_no_day_to_file_by() -> None:
    event = replace(PROTEST, deadline_kind="cbp_reliquidation")
    assert summary_of(event).startswith("CBP's own limit")
    assert "no day to file by" in description_of(event)[0]


@pytest.mark.parametrize("kind", [kind for kind in DEADLINE_KINDS if kind != "court"])
def test_every_kind_has_words_and_reminds_before_its_day(kind: str) -> None:
    (event,) = read_back([replace(PROTEST, deadline_kind=kind)])
    reminders = [alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert reminders == [timedelta(days=-days) for days in WORDINGS[kind].alarm_days]
    assert all(reminder < timedelta(0) for reminder in reminders)
    assert event["categories"].cats == [kind]


def test_words_are_kept_for_the_kinds_that_make_events_and_no_other() -> None:
    assert tuple(WORDINGS) == tuple(kind for kind in DEADLINE_KINDS if kind != "court")


def test_cape_filing_reminds_last_on_the_recommended_day() -> None:
    assert WORDINGS["cape_filing"].alarm_days[-1] == 2


def test_an_event_keeps_its_identity_while_its_contents_change() -> None:
    later = replace(PROTEST, entry_count=1, amount_usd=Decimal("0.01"), first_entry_numbers=["ABC00000009"])
    other = replace(PROTEST, event_key="123456789 protest 2026-09-06")
    uids = [read_back([event])[0]["uid"] for event in (PROTEST, later, other)]
    assert uids[0] == uids[1] != uids[2]


def test_a_calendar_without_events_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        calendar_file([], AS_OF)


def test_a_kind_without_words_is_refused() -> None:
    with pytest.raises(KeyError, match="court"):
        calendar_file([replace(PROTEST, deadline_kind="court")], AS_OF)


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=120)


@given(number=texts, holiday=texts, entries=st.lists(texts, max_size=10))
def test_any_text_comes_back_as_it_was_and_no_line_is_longer_than_75_bytes(
    number: str, holiday: str, entries: list[str]
) -> None:
    event = replace(PROTEST, importer_number=number, holiday_name=holiday, first_entry_numbers=entries)
    text = calendar_file([event], AS_OF)
    assert text == calendar_file([event], AS_OF)
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    (found,) = read_back([event])
    assert str(found["summary"]) == summary_of(event)
    assert str(found["description"]) == "\n".join(description_of(event))


def test_a_shortened_calendar_says_so_in_its_description_and_on_its_last_day() -> None:
    later = replace(PROTEST, event_key="k2", deadline_date=date(2026, 9, 30))
    calendar = Calendar.from_ical(calendar_file([PROTEST, later], AS_OF, left_out=1_000))
    assert "The 2 nearest of 1,002 deadlines" in str(calendar["x-wr-caldesc"])
    *_, end = [part for part in calendar.walk() if isinstance(part, Event)]
    assert end["dtstart"].dt == date(2026, 9, 30)
    assert "ends here" in str(end["summary"])
    assert "deadline_calendar.csv" in str(end["description"])


def test_a_calendar_of_days_that_are_past_ends_on_the_day_of_the_position() -> None:
    past = replace(PROTEST, deadline_date=date(2026, 1, 5))
    calendar = Calendar.from_ical(calendar_file([past], AS_OF, left_out=1))
    *_, end = [part for part in calendar.walk() if isinstance(part, Event)]
    assert end["dtstart"].dt == AS_OF


def test_a_whole_calendar_says_nothing_of_more() -> None:
    assert b"ends here" not in calendar_file([PROTEST], AS_OF)
    assert b"X-WR-CALDESC" not in calendar_file([PROTEST], AS_OF)
