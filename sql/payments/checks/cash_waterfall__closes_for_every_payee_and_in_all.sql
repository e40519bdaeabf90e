-- Every step sums to the next, and all payees are the refunds that count.
with

counted as (

    select
        coalesce(sum(deposited_usd), 0) as deposited_usd,
        coalesce(sum(unexplained_usd), 0) as unexplained_usd,
        count(*) as refund_count
    from payments.rev603_reconciliation
    where is_counted

)

select
    steps.waterfall_of,
    steps.es022_usd,
    steps.rev603_usd,
    steps.unexplained_usd
from payments.cash_waterfall as steps
cross join counted
where steps.expected_principal_usd + steps.expected_interest_usd + steps.entry_variance_usd + steps.not_expected_usd
    <> steps.es022_usd
   or steps.es022_usd + steps.consolidation_variance_usd + steps.not_in_es022_usd - steps.not_in_rev603_usd
    <> steps.rev603_usd
   or steps.rev603_usd + steps.not_in_rev603_usd
    <> steps.diverted_usd + steps.rejected_usd + steps.pending_usd + steps.deposited_usd + steps.unexplained_usd
   or (
      steps.payee_number is null
      and (
          steps.deposited_usd <> counted.deposited_usd
          or steps.unexplained_usd <> counted.unexplained_usd
          or steps.refund_count <> counted.refund_count
      )
  )
