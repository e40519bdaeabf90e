-- The terms on which interest is booked for every deposit of an entry with a principal: to the end its terms state where
-- that has come, else to the refund, else to the as-of day; never to a day that is only foreseen.
-- Grain: entry_number, deposit_sequence.

with

ended as (

    select
        terms.entry_number,
        terms.deposit_sequence,
        terms.principal_usd,
        terms.deposit_date,
        terms.deposit_earliest_date,
        terms.deposit_latest_date,
        terms.interest_start_rule,
        terms.rate_class,
        terms.rate_class_high,
        terms.accrual_end_basis,
        if(
            terms.accrual_end_basis <> 'accrued_to_as_of' and terms.accrual_end_date <= day.as_of_date,
            terms.accrual_end_date,
            null
        ) as stated_end_date,
        terms.refund_date,
        day.as_of_date
    from refunds.accrual_terms as terms
    cross join registry.as_of as day

),

booked as (

    select
        entry_number,
        deposit_sequence,
        principal_usd,
        deposit_date,
        deposit_earliest_date,
        deposit_latest_date,
        interest_start_rule,
        rate_class,
        rate_class_high,
        coalesce(stated_end_date, least(refund_date, as_of_date)) as accrued_through_date,
        case
            when stated_end_date is not null then accrual_end_basis
            when refund_date is not null then 'refund_date'
            else 'accrued_to_as_of'
        end as accrual_end_basis
    from ended

)

select
    entry_number,
    deposit_sequence,
    principal_usd,
    deposit_date,
    least(deposit_earliest_date, deposit_date) as deposit_earliest_date,
    -- a deposit that may still come has borne nothing yet
    if(deposit_date <= accrued_through_date, least(deposit_latest_date, accrued_through_date), deposit_date)
        as deposit_latest_date,
    interest_start_rule,
    rate_class,
    rate_class_high,
    accrued_through_date,
    accrual_end_basis
from booked
