-- The spans of days that interest is booked for, each once, however many deposits share it.
-- Grain: deposit_earliest_date, deposit_latest_date, accrued_through_date, rate_class, rate_class_high.

select distinct
    deposit_earliest_date,
    deposit_latest_date,
    accrued_through_date,
    rate_class,
    rate_class_high
from refunds.book_terms
where deposit_date <= accrued_through_date
