-- Every entry stands in one stage, with the certain principal that its eligibility states.
select
    coalesce(eligibility.entry_number, entries.entry_number) as entry_number,
    eligibility.refund_principal_usd,
    entries.principal_usd
from entries.eligibility as eligibility
full join reports.receivable_entries as entries
    on eligibility.entry_number = entries.entry_number
where eligibility.entry_number is null
   or entries.entry_number is null
   or eligibility.refund_principal_usd is distinct from entries.principal_usd
