-- Rights that end within 14 days, the nearest first; of the CAPE filings those on no draft are counted.
select
    calendar.deadline_date,
    calendar.deadline_date - calendar.as_of_date as days_left,
    calendar.deadline_kind,
    min(calendar.importer_number) as importer_number,
    min(importers.importer_name) as importer_name,
    count(*) as entry_count,
    sum(calendar.amount_usd) as amount_usd,
    count(*) filter (where calendar.amount_usd is null) as principal_unknown_count,
    count(*) filter (where calendar.deadline_kind = 'cape_filing' and candidates.undrafted_reason is not null)
        as undrafted_entry_count
from reports.deadline_calendar as calendar
left join refunds.filing_candidates as candidates on calendar.entry_number = candidates.entry_number
left join ace.current_importers as importers on calendar.importer_key = importers.importer_key
where calendar.deadline_date between calendar.as_of_date and calendar.as_of_date + 14
  and calendar.deadline_kind in (
      'cape_filing', 'protest', 'protest_denied_court', 'court_conservative', 'reconciliation_due'
  )
group by calendar.deadline_date, calendar.as_of_date, calendar.deadline_kind, calendar.importer_key
order by calendar.deadline_date, amount_usd desc nulls first, calendar.deadline_kind, calendar.importer_key nulls last
