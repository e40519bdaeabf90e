-- Why the interest of an entry is unknown.
select
    if(eligibility.refund_principal_usd is null, 'principal_unknown', accruals.reasons) as interest_unknown_reason,
    count(*) as entry_count,
    sum(eligibility.refund_principal_usd) as refund_principal_usd
from entries.eligibility as eligibility
left join refunds.entry_interest as interest on eligibility.entry_number = interest.entry_number
left join (
    select entry_number, string_agg(distinct interest_unknown_reason, ', ' order by interest_unknown_reason) as reasons
    from refunds.interest_accruals
    group by entry_number
) as accruals on eligibility.entry_number = accruals.entry_number
where interest.interest_usd is null and coalesce(eligibility.refund_principal_usd, 1) > 0
group by interest_unknown_reason
order by entry_count desc, interest_unknown_reason
