-- Principal and interest of every entry over all its deposits; the interest is unknown as soon as one part of it is.
-- Grain: entry_number.

select
    entry_number,
    principal_usd,
    interest_usd,
    interest_low_usd,
    interest_high_usd,
    is_interest_for_review,
    is_rate_carried_forward
from refunds.interest_accruals
where interest_start_rule <> 'listed_deposits'

union all

select
    entry_number,
    cast(sum(principal_usd) as decimal(18, 2)) as principal_usd,
    cast(if(count(*) = count(interest_usd), sum(interest_usd), null) as decimal(18, 2)) as interest_usd,
    cast(if(count(*) = count(interest_low_usd), sum(interest_low_usd), null) as decimal(18, 2)) as interest_low_usd,
    cast(if(count(*) = count(interest_high_usd), sum(interest_high_usd), null) as decimal(18, 2)) as interest_high_usd,
    bool_or(is_interest_for_review) as is_interest_for_review,
    bool_or(is_rate_carried_forward) as is_rate_carried_forward
from refunds.interest_accruals
where interest_start_rule = 'listed_deposits'
group by entry_number
