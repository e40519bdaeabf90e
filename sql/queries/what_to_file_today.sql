-- Which entries can go on a CAPE declaration today, what are they worth, and what keeps the others back?

select
    candidates.importer_number,
    candidates.filer_code,
    candidates.entry_number,
    eligibility.refund_principal_usd,
    eligibility.cape_deadline_date,
    eligibility.days_to_cape_deadline,
    candidates.undrafted_reason,
    candidates.unattested_facts
from refunds.filing_candidates as candidates
join entries.eligibility as eligibility
    on candidates.entry_number = eligibility.entry_number
order by eligibility.cape_deadline_date nulls last, candidates.entry_number
