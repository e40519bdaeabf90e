-- Refunds CBP shows no number for yet: one payee and one (re)liquidation day make one payment.
select
    payment_from_date,
    payment_to_date,
    payee_number,
    is_payee_ambiguous,
    liquidation_date,
    liquidation_basis,
    is_forecast_passed,
    undated_reason,
    entry_count,
    principal_usd,
    interest_usd,
    total_usd
from refunds.refund_batches
where len(refund_numbers) = 0
order by payment_to_date nulls last, total_usd desc nulls first, batch_id
