-- Days to act by that ended in the last 30 days for entries that still have something to claim.
select
    deadline_date,
    as_of_date - deadline_date as days_ago,
    importer_number,
    deadline_kind,
    entry_count,
    amount_usd,
    principal_unknown_count,
    first_entry_numbers[1:3] as first_entry_numbers,
    legal_basis
from reports.calendar_events
where deadline_date between as_of_date - 30 and as_of_date - 1 and who_acts = 'filer'
order by deadline_date desc, amount_usd desc nulls first, event_key
