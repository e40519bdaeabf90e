-- What a dollar has earned over every span that interest is booked for by each day the books need: the least that class
-- and day of deposit leave, and the most; and, by a month end, what it had earned by the month end before.
-- Grain: deposit_earliest_date, deposit_latest_date, accrued_through_date, rate_class, rate_class_high, through_date.

with

grown as (

    select
        spans.deposit_earliest_date,
        spans.deposit_latest_date,
        spans.accrued_through_date,
        spans.rate_class,
        spans.rate_class_high,
        dates.through_date,
        dates.ends_month,
        dates.is_close,
        -- before and on the day of the deposit nothing has accrued, whatever rates are published
        coalesce(low.growth_factor - 1, if(dates.through_date <= spans.deposit_latest_date, 0, null)) as low_growth,
        coalesce(high.growth_factor - 1, if(dates.through_date <= spans.deposit_earliest_date, 0, null))
            as high_growth,
        coalesce(low.is_rate_carried_forward, false) as is_rate_carried_forward
    from refunds.booked_spans as spans
    join refunds.accrual_dates as dates
        on spans.deposit_earliest_date = dates.deposit_earliest_date
       and spans.accrued_through_date = dates.accrued_through_date
    left join refunds.interest_period_factors as low
        on spans.deposit_latest_date = low.deposit_date
       and dates.through_date = low.through_date
       and spans.rate_class = low.rate_class
    left join refunds.interest_period_factors as high
        on spans.deposit_earliest_date = high.deposit_date
       and dates.through_date = high.through_date
       and spans.rate_class_high = high.rate_class

)

select
    deposit_earliest_date,
    deposit_latest_date,
    accrued_through_date,
    rate_class,
    rate_class_high,
    through_date,
    ends_month,
    is_close,
    cast(low_growth as decimal(38, 20)) as low_growth,
    cast(high_growth as decimal(38, 20)) as high_growth,
    cast(
        if(
            ends_month,
            lag(low_growth, 1, 0) over (
                partition by
                    deposit_earliest_date,
                    deposit_latest_date,
                    accrued_through_date,
                    rate_class,
                    rate_class_high,
                    ends_month
                order by through_date
            ),
            null
        ) as decimal(38, 20)
    ) as month_opening_growth,
    is_rate_carried_forward
from grown
