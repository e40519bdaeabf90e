-- Principal and interest of every entry over all its deposits; the interest is unknown as soon as one part of it is.
-- Grain: entry_number.

select
    entry_number,
    cast(sum(principal_usd) as decimal(18, 2)) as principal_usd,
    cast(if(count(*) = count(interest_usd), sum(interest_usd), null) as decimal(18, 2)) as interest_usd
from refunds.interest_accruals
group by entry_number
