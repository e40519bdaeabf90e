-- What is drafted for today, and what may be filed and is on no draft.
select
    drafts.declaration_count,
    drafts.entry_count,
    drafts.declared_principal_usd,
    held_back.entry_count as withheld_entry_count,
    held_back.refund_principal_usd as withheld_principal_usd,
    held_back.nearest_deadline_date as withheld_nearest_deadline_date
from (
    select
        count(*) as declaration_count,
        coalesce(sum(entry_count), 0) as entry_count,
        if(count(*) = 0, 0, sum(declared_principal_usd)) as declared_principal_usd
    from refunds.declarations
    where status = 'drafted'
) as drafts
cross join (
    select
        count(*) as entry_count,
        if(count(*) = 0, 0, sum(eligibility.refund_principal_usd)) as refund_principal_usd,
        min(eligibility.cape_deadline_date) as nearest_deadline_date
    from refunds.filing_candidates as candidates
    join entries.eligibility as eligibility on candidates.entry_number = eligibility.entry_number
    where candidates.undrafted_reason is not null and candidates.recommended_path = 'file_cape'
) as held_back
