-- Every deadline of the next 90 days: all entries of an importer with the same deadline on the same day are one row.
select
    deadline_date,
    deadline_date - as_of_date as days_left,
    importer_number,
    deadline_kind,
    who_acts,
    entry_count,
    protective_entry_count,
    amount_usd,
    principal_unknown_count,
    recommended_date,
    coalesce(holiday_name, if(is_weekend, 'weekend', null)) as falls_on,
    first_entry_numbers[1:3] as first_entry_numbers,
    legal_basis
from reports.calendar_events
where deadline_date between as_of_date and as_of_date + 90
order by deadline_date, amount_usd desc nulls first, event_key
