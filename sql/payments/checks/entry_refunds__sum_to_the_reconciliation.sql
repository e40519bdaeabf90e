-- The entries of a refund sum to what the reconciliation has for it from ES-022.
select
    cash.refund_number,
    cash.es022_principal_usd,
    cash.es022_interest_usd,
    sum(refunds.cbp_principal_usd) as entry_principal_usd,
    sum(refunds.cbp_interest_usd) as entry_interest_usd
from entries.refund_cash as cash
left join payments.entry_refunds as refunds
    on cash.refund_number = refunds.refund_number
group by cash.refund_number, cash.es022_principal_usd, cash.es022_interest_usd
having cash.es022_principal_usd is distinct from sum(refunds.cbp_principal_usd)
    or cash.es022_interest_usd is distinct from sum(refunds.cbp_interest_usd)
