-- The deadlines as a calendar shows them: one event for all entries of an importer with the same deadline on the same
-- day. The court date runs by its conservative reading here; the entry's own stands in reports.deadline_calendar.
-- Grain: event_key.

select
    coalesce(importer_key, 'unknown') || ' ' || deadline_kind || ' ' || deadline_date as event_key,
    as_of_date,
    min(importer_number) as importer_number,
    importer_key,
    deadline_kind,
    deadline_date,
    min(recommended_date) as recommended_date,
    is_weekend,
    holiday_name,
    who_acts,
    legal_basis,
    cast(count(*) as integer) as entry_count,
    cast(count(*) filter (where is_protective) as integer) as protective_entry_count,
    cast(sum(amount_usd) as decimal(18, 2)) as amount_usd,
    cast(count(*) filter (where amount_usd is null) as integer) as principal_unknown_count,
    -- the largest amounts first, unknown ones last
    arg_min(entry_number, (amount_usd is null, -amount_usd, entry_number), 10) as first_entry_numbers
from reports.deadline_calendar
where deadline_kind <> 'court'
group by
    as_of_date, importer_key, deadline_kind, deadline_date, is_weekend, holiday_name, who_acts, legal_basis
