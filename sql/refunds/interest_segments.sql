-- The walk of every deposit's interest by calendar quarter, unrounded, so that anyone can follow it: by factors, or,
-- under policies no factor can carry, as it was walked.
-- Grain: entry_number, deposit_sequence, quarter_start.

select
    accruals.entry_number,
    accruals.deposit_sequence,
    factors.quarter_start,
    factors.days,
    factors.annual_rate,
    accruals.principal_usd * factors.opening_factor as opening_usd,
    accruals.principal_usd * (factors.closing_factor - factors.opening_factor) as interest_usd,
    accruals.principal_usd * factors.closing_factor as closing_usd,
    factors.is_rate_carried_forward
from refunds.interest_accruals as accruals
join refunds.interest_factors as factors
    on accruals.deposit_date = factors.deposit_date
   and accruals.accrual_end_date = factors.accrual_end_date
   and accruals.rate_class = factors.rate_class

union all

select
    terms.entry_number,
    terms.deposit_sequence,
    walks.quarter_start,
    walks.days,
    walks.annual_rate,
    walks.opening_usd,
    walks.interest_usd,
    walks.closing_usd,
    walks.is_rate_carried_forward
from refunds.accrual_terms as terms
join refunds.interest_walks as walks
    on terms.principal_usd = walks.principal_usd
   and terms.ten_thousand_base_usd = walks.ten_thousand_base_usd
   and terms.deposit_date = walks.deposit_date
   and terms.accrual_end_date = walks.accrual_end_date
   and terms.rate_class = walks.rate_class
