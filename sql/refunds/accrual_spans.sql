-- The spans of days that interest runs over by its terms, each once, however many deposits share it.
-- Grain: deposit_date, deposit_earliest_date, deposit_latest_date, accrual_end_date, rate_class, rate_class_high.

select distinct
    deposit_date,
    deposit_earliest_date,
    deposit_latest_date,
    accrual_end_date,
    rate_class,
    rate_class_high
from refunds.accrual_terms
where deposit_date is not null
