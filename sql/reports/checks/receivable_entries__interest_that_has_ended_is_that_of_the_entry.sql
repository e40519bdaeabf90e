-- Where interest has ended on the reliquidation, what the books show is the low end that refunds.entry_interest states,
-- to the cent: the two part from its usual figure where the day of the deposit is uncertain.
with

ended as (

    select
        entry_number,
        bool_and(accrual_end_basis = 'actual_reliquidation') as has_ended
    from refunds.book_terms
    group by entry_number

)

select
    entries.entry_number,
    entries.accrued_interest_usd,
    interest.interest_low_usd
from reports.receivable_entries as entries
join ended
    on entries.entry_number = ended.entry_number
join refunds.entry_interest as interest
    on entries.entry_number = interest.entry_number
where ended.has_ended
  and entries.accrued_interest_usd is distinct from interest.interest_low_usd
  and entries.interest_unknown_reason is distinct from 'policy_tells_no_month'
