-- The interest every entry earned in each calendar month, from the deposit to the (re)liquidation or the as-of day: the
-- difference of what had accrued by both ends of the month, so that the months sum to the interest of the entry.
-- Grain: entry_number, period_end.

select
    entry_number,
    last_day(through_date) as period_end,
    through_date as accrued_through_date,
    cast(interest_usd - month_opening_interest_usd as decimal(18, 2)) as interest_usd,
    interest_unknown_reason
from refunds.accrued_interest
where ends_month
