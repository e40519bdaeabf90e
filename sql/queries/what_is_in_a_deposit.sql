-- Which entries are in each refund that reached the bank, with principal and interest apart? A refund whose entries no
-- report names stands alone.

select
    reconciliation.bank_value_date,
    reconciliation.deposited_usd,
    reconciliation.trace_number,
    reconciliation.refund_number,
    refunds.entry_number,
    refunds.claim_number,
    refunds.cbp_principal_usd,
    refunds.cbp_interest_usd
from payments.rev603_reconciliation as reconciliation
left join payments.entry_refunds as refunds
    on reconciliation.refund_number = refunds.refund_number
where reconciliation.deposited_usd > 0
order by reconciliation.bank_value_date, reconciliation.refund_number, refunds.entry_number
