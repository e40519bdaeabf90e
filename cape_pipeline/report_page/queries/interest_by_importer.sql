-- Interest by importer of record, as computed to the (re)liquidation or its forecast; the range is what another day or class makes of it.
with interest as (
    select
        eligibility.importer_key,
        eligibility.importer_number,
        eligibility.refund_principal_usd,
        if(eligibility.refund_principal_usd = 0, 0, interest.interest_usd) as interest_usd,
        if(eligibility.refund_principal_usd = 0, 0, interest.interest_low_usd) as interest_low_usd,
        if(eligibility.refund_principal_usd = 0, 0, interest.interest_high_usd) as interest_high_usd,
        coalesce(interest.is_rate_carried_forward, false) as is_guess,
        eligibility.cape_status in ('refunded', 'no_ieepa') as is_refunded,
        late.late_interest_usd
    from entries.eligibility as eligibility
    left join refunds.entry_interest as interest on eligibility.entry_number = interest.entry_number
    left join (
        select entry_number, sum(late_interest_usd) as late_interest_usd
        from refunds.late_interest
        group by entry_number
    ) as late on eligibility.entry_number = late.entry_number
    where not (
        eligibility.cape_status = 'review'
        and eligibility.recommended_path = 'manual_review'
        and coalesce(eligibility.entry_date > eligibility.as_of_date, false)
    )
)
select
    min(interest.importer_number) as importer_number,
    min(importers.importer_name) as importer_name,
    count(*) as entry_count,
    sum(interest.refund_principal_usd) as refund_principal_usd,
    sum(interest.interest_usd) as interest_usd,
    sum(interest.interest_low_usd) as interest_low_usd,
    sum(interest.interest_high_usd) as interest_high_usd,
    sum(interest.interest_usd) filter (where not interest.is_refunded) as not_refunded_interest_usd,
    count(*) filter (where interest.interest_usd is null) as interest_unknown_count,
    count(*) filter (where interest.is_guess) as carried_forward_count,
    coalesce(sum(interest.late_interest_usd), 0) as late_interest_usd
from interest
left join ace.current_importers as importers on interest.importer_key = importers.importer_key
group by interest.importer_key
order by interest_usd desc nulls first, importer_number nulls last
