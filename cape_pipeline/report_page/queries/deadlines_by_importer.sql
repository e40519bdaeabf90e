-- Deadlines of the next 90 days by importer of record; an entry with several counts once in the amount.
with due as (
    select
        importer_key,
        min(importer_number) as importer_number,
        entry_number,
        max(amount_usd) as amount_usd,
        min(deadline_date) filter (where deadline_kind = 'cape_filing') as cape_filing_date,
        min(deadline_date) filter (where deadline_kind = 'protest') as protest_date,
        min(deadline_date) filter (where deadline_kind not in ('cape_filing', 'protest')) as other_date
    from reports.deadline_calendar
    where deadline_date between as_of_date and as_of_date + 90 and deadline_kind <> 'court'
    group by importer_key, entry_number
)
select
    min(due.importer_number) as importer_number,
    min(importers.importer_name) as importer_name,
    count(*) as entry_count,
    sum(due.amount_usd) as amount_usd,
    count(*) filter (where due.amount_usd is null) as principal_unknown_count,
    min(due.cape_filing_date) as next_cape_filing_date,
    min(due.protest_date) as next_protest_date,
    min(due.other_date) as next_other_date
from due
left join ace.current_importers as importers on due.importer_key = importers.importer_key
group by due.importer_key
order by least(next_cape_filing_date, next_protest_date, next_other_date), importer_number nulls last
