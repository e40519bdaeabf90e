-- Entry by entry: is the interest CBP paid the one that the rates and days give?

select
    refunds.entry_number,
    refunds.refund_number,
    accruals.deposit_date,
    accruals.deposit_date_basis,
    accruals.accrual_end_date,
    accruals.rate_class,
    accruals.accrual_days,
    refunds.expected_interest_usd,
    refunds.cbp_interest_usd,
    refunds.interest_variance_usd,
    refunds.cause
from payments.entry_refunds as refunds
join refunds.interest_accruals as accruals
    on refunds.entry_number = accruals.entry_number
where refunds.cbp_interest_usd is not null
order by abs(refunds.interest_variance_usd) desc nulls last, refunds.entry_number
