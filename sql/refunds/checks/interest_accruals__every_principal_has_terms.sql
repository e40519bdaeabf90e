-- Every entry with a certain principal has an interest, or the reason why it has none.
select
    terms.entry_number,
    terms.deposit_sequence,
    accruals.interest_usd,
    accruals.interest_unknown_reason
from refunds.accrual_terms as terms
left join refunds.interest_accruals as accruals
    on terms.entry_number = accruals.entry_number
   and terms.deposit_sequence = accruals.deposit_sequence
where list_contains($months, terms.partition_month)
  and (
    accruals.entry_number is null
    or (accruals.interest_usd is null) <> (accruals.interest_unknown_reason is not null)
  )
