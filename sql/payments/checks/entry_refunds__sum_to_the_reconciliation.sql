-- The entries of a refund sum to what the reconciliation has for it from ES-022; a sum with a hole is no sum.
with

summed as (

    select
        refund_number,
        if(count(*) = count(cbp_principal_usd), sum(cbp_principal_usd), null) as principal_usd,
        if(count(*) = count(cbp_interest_usd), sum(cbp_interest_usd), null) as interest_usd
    from payments.entry_refunds
    where refund_number is not null
    group by refund_number

)

select
    cash.refund_number,
    cash.es022_principal_usd,
    cash.es022_interest_usd,
    summed.principal_usd as entry_principal_usd,
    summed.interest_usd as entry_interest_usd
from entries.refund_cash as cash
full join summed
    on cash.refund_number = summed.refund_number
where cash.es022_principal_usd is distinct from summed.principal_usd
   or cash.es022_interest_usd is distinct from summed.interest_usd
