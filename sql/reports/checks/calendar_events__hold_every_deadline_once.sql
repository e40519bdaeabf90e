-- The events hold every deadline of the calendar once, apart from the entry's own court date.

with

counted as (

    select
        deadline_kind,
        deadline_date,
        count(*) as deadline_count,
        0 as event_entry_count
    from reports.deadline_calendar
    where deadline_kind <> 'court'
    group by deadline_kind, deadline_date

    union all

    select
        deadline_kind,
        deadline_date,
        0 as deadline_count,
        sum(entry_count) as event_entry_count
    from reports.calendar_events
    group by deadline_kind, deadline_date

)

select
    deadline_kind,
    deadline_date,
    sum(deadline_count) as deadline_count,
    sum(event_entry_count) as event_entry_count
from counted
group by deadline_kind, deadline_date
having sum(deadline_count) <> sum(event_entry_count)
