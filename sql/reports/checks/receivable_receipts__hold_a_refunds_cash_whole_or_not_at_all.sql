-- What is applied to the entries of a refund is its cash and its offset, to the cent.
with

applied as (

    select
        refund_number,
        sum(received_principal_usd + received_interest_usd) as received_usd,
        sum(offset_principal_usd + offset_interest_usd) as offset_usd
    from reports.receivable_receipts
    group by refund_number

)

select
    applied.refund_number,
    applied.received_usd,
    refunds.deposited_usd,
    applied.offset_usd,
    refunds.diverted_usd
from applied
left join payments.rev603_reconciliation as refunds
    on applied.refund_number = refunds.refund_number
where applied.received_usd is distinct from refunds.deposited_usd
   or applied.offset_usd is distinct from refunds.diverted_usd
