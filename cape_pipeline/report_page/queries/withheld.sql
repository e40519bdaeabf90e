-- Entries kept off every draft, by reason; an entry that lacks several facts stands under each of them.
with reasons as (
    select
        entry_number,
        undrafted_reason,
        unnest(if(undrafted_reason = 'unverified_facts', unattested_facts, [null])) as missing_fact
    from refunds.filing_candidates
    where undrafted_reason is not null
)
select
    reasons.undrafted_reason,
    reasons.undrafted_reason as why,
    reasons.missing_fact,
    count(*) as entry_count,
    sum(eligibility.refund_principal_usd) as refund_principal_usd,
    count(*) filter (where eligibility.refund_principal_usd is null) as principal_unknown_count,
    min(eligibility.cape_deadline_date) as nearest_deadline_date
from reasons
join entries.eligibility as eligibility on reasons.entry_number = eligibility.entry_number
group by reasons.undrafted_reason, reasons.missing_fact
order by nearest_deadline_date nulls last, reasons.undrafted_reason, reasons.missing_fact
