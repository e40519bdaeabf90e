-- The walk of every entry's interest by calendar quarter, unrounded, so that anyone can follow it.
-- Grain: entry_number, quarter_start.

select
    accruals.entry_number,
    factors.quarter_start,
    factors.days,
    factors.annual_rate,
    accruals.principal_usd * factors.opening_factor as opening_usd,
    accruals.principal_usd * (factors.closing_factor - factors.opening_factor) as interest_usd,
    accruals.principal_usd * factors.closing_factor as closing_usd
from refunds.interest_accruals as accruals
join refunds.interest_factors as factors
    on accruals.deposit_date = factors.deposit_date
   and accruals.accrual_end_date = factors.accrual_end_date
   and accruals.rate_class = factors.rate_class
