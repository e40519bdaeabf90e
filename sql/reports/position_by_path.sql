-- How many entries stand on each path and what they are worth, with the next day on which a right lapses.
-- Grain: cape_status, recommended_path.

select
    eligibility.cape_status,
    eligibility.recommended_path,
    cast(count(*) as integer) as entry_count,
    cast(sum(eligibility.refund_principal_usd) as decimal(18, 2)) as refund_principal_usd,
    cast(sum(eligibility.refund_principal_high_usd) as decimal(18, 2)) as refund_principal_high_usd,
    cast(sum(eligibility.open_principal_usd) as decimal(18, 2)) as open_principal_usd,
    cast(count(*) filter (where eligibility.refund_principal_usd is null) as integer) as principal_unknown_count,
    cast(coalesce(sum(interest.interest_usd), if(bool_or(eligibility.refund_principal_usd > 0), null, 0)) as decimal(18, 2))
        as interest_usd,
    cast(
        count(*) filter (where eligibility.refund_principal_usd > 0 and interest.interest_usd is null) as integer
    ) as interest_unknown_count,
    least(
        min(eligibility.cape_deadline_date) filter (
            where eligibility.recommended_path in ('file_cape', 'withdraw_protest_then_cape')
              and eligibility.cape_deadline_date >= eligibility.as_of_date
        ),
        min(eligibility.protective_deadline_date) filter (
            where eligibility.protective_deadline_date >= eligibility.as_of_date
        ),
        min(eligibility.court_deadline_conservative_date) filter (
            where eligibility.recommended_path = 'court'
              and eligibility.court_deadline_conservative_date >= eligibility.as_of_date
        )
    ) as next_deadline_date
from entries.eligibility as eligibility
left join refunds.entry_interest as interest
    on eligibility.entry_number = interest.entry_number
group by eligibility.cape_status, eligibility.recommended_path
