-- What a dollar earns over every span that interest runs over by its terms: from the stated day of deposit, from the
-- latest (the least), and from the earliest at the class of the upper bound (the most). Unknown where a day lies beyond
-- the published rates, and under policies that no factor can carry.
-- Grain: deposit_date, deposit_earliest_date, deposit_latest_date, accrual_end_date, rate_class, rate_class_high.

with

factors as (

    select
        deposit_date,
        accrual_end_date,
        rate_class,
        max(closing_factor) as closing_factor,
        bool_or(is_rate_carried_forward) as is_rate_carried_forward
    from refunds.interest_factors
    group by all

),

counted as (

    select
        spans.deposit_date,
        spans.deposit_earliest_date,
        spans.deposit_latest_date,
        spans.accrual_end_date,
        spans.rate_class,
        spans.rate_class_high,
        case policies.interest_day_count_policy when 'both' then 1 when 'neither' then -1 else 0 end as more_days,
        greatest(spans.accrual_end_date - spans.deposit_date + more_days, 0) as stated_days,
        greatest(spans.accrual_end_date - spans.deposit_latest_date + more_days, 0) as least_days,
        greatest(spans.accrual_end_date - spans.deposit_earliest_date + more_days, 0) as high_days
    from refunds.accrual_spans as spans
    cross join registry.policies_in_force as policies
    where spans.deposit_date <= spans.accrual_end_date

)

select
    counted.deposit_date,
    counted.deposit_earliest_date,
    counted.deposit_latest_date,
    counted.accrual_end_date,
    counted.rate_class,
    counted.rate_class_high,
    cast(counted.stated_days as integer) as accrual_days,
    cast(if(counted.stated_days = 0, 0, stated.closing_factor - 1) as decimal(38, 20)) as stated_growth,
    cast(if(counted.least_days = 0, 0, least.closing_factor - 1) as decimal(38, 20)) as least_growth,
    cast(if(counted.high_days = 0, 0, high.closing_factor - 1) as decimal(38, 20)) as high_growth,
    counted.stated_days > 0 and coalesce(stated.is_rate_carried_forward, false) as is_rate_carried_forward
from counted
left join factors as stated
    on counted.deposit_date = stated.deposit_date
   and counted.accrual_end_date = stated.accrual_end_date
   and counted.rate_class = stated.rate_class
left join factors as least
    on counted.deposit_latest_date = least.deposit_date
   and counted.accrual_end_date = least.accrual_end_date
   and counted.rate_class = least.rate_class
left join factors as high
    on counted.deposit_earliest_date = high.deposit_date
   and counted.accrual_end_date = high.accrual_end_date
   and counted.rate_class_high = high.rate_class
