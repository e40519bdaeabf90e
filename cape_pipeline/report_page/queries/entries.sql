-- Entries with something still open, the nearest deadline first.
select
    eligibility.entry_number,
    eligibility.importer_number,
    eligibility.entry_date,
    eligibility.cape_status,
    eligibility.recommended_path,
    eligibility.path_reason,
    eligibility.open_principal_usd,
    eligibility.refund_principal_high_usd,
    interest.interest_usd,
    eligibility.liquidation_date,
    deadlines.next_deadline_date,
    deadlines.next_deadline_date - eligibility.as_of_date as days_left,
    eligibility.blocking_rules
from entries.eligibility as eligibility
left join refunds.entry_interest as interest on eligibility.entry_number = interest.entry_number
left join (
    select entry_number, min(deadline_date) as next_deadline_date
    from reports.deadline_calendar
    where deadline_date >= as_of_date and who_acts = 'filer' and deadline_kind <> 'court'
    group by entry_number
) as deadlines on eligibility.entry_number = deadlines.entry_number
where eligibility.open_principal_usd > 0
   or eligibility.open_principal_usd is null
   or eligibility.recommended_path = 'dispute_refund'
order by deadlines.next_deadline_date nulls last, eligibility.open_principal_usd desc nulls first, eligibility.entry_number
