-- The interest every entry earned in each calendar month, from the deposit to the (re)liquidation or the as-of day: the
-- difference of what had accrued by both ends of the month, so that the months sum to the interest of the entry.
-- Grain: entry_number, period_end.

with

month_ends as (

    select
        entry_number,
        through_date,
        interest_usd,
        interest_unknown_reason,
        lag(interest_usd) over (partition by entry_number order by through_date) as interest_before_usd,
        row_number() over (partition by entry_number order by through_date) = 1 as is_first
    from refunds.accrued_interest
    where ends_month

)

select
    entry_number,
    last_day(through_date) as period_end,
    through_date as accrued_through_date,
    cast(if(is_first, interest_usd, interest_usd - interest_before_usd) as decimal(18, 2)) as interest_usd,
    interest_unknown_reason
from month_ends
