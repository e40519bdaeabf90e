-- Which accepted entries are in no refund yet, and when is their payment expected?

select
    batches.payee_number,
    batches.liquidation_date,
    batches.liquidation_basis,
    members.entry_number,
    members.claim_number,
    members.principal_usd,
    members.interest_usd,
    batches.payment_from_date,
    batches.payment_to_date,
    batches.timing_policy,
    members.undated_reason
from refunds.batch_entries as members
join refunds.refund_batches as batches
    on members.batch_id = batches.batch_id
where members.refund_number is null
order by batches.liquidation_date nulls last, batches.payee_number, members.entry_number
