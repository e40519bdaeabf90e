-- The terms each entry's interest runs on: from the deposit to the actual (re)liquidation, to the one foreseen from the
-- acceptance, to the one foreseen as if the entry were accepted on the as-of day, or to the as-of day. Under the policy
-- that takes the refund date for the end, to that date where it is known.
-- Grain: entry_number.

select
    facts.entry_number,
    facts.partition_month,
    facts.refund_principal_usd as principal_usd,
    facts.deposit_date,
    facts.deposit_date_basis,
    case
        when policies.interest_end_policy = 'refund_date' and facts.refund_date is not null then facts.refund_date
        when facts.reliquidation_date is not null then facts.reliquidation_date
        when facts.cape_treatment = 'accepted_paid_on_liquidation' then facts.as_of_date
        when facts.is_accepted and facts.liquidation_state = 'liquidated'
            then coalesce(acceptance_days.next_business_day, facts.as_of_date)
        when facts.is_accepted and facts.liquidation_state = 'unliquidated'
            then coalesce(facts.accepted_date + 45, facts.as_of_date)
        when eligibility.cape_status = 'eligible' and facts.liquidation_state = 'liquidated'
            then coalesce(as_of_days.next_business_day, facts.as_of_date)
        when eligibility.cape_status = 'eligible' then facts.as_of_date + 45
        else facts.as_of_date
    end as accrual_end_date,
    case
        when policies.interest_end_policy = 'refund_date' and facts.refund_date is not null then 'refund_date'
        when facts.reliquidation_date is not null then 'actual_reliquidation'
        when facts.cape_treatment = 'accepted_paid_on_liquidation' then 'accrued_to_as_of'
        when facts.is_accepted and facts.liquidation_state = 'liquidated'
            and acceptance_days.next_business_day is not null then 'forecast_from_acceptance'
        when facts.is_accepted and facts.liquidation_state = 'unliquidated' and facts.accepted_date is not null
            then 'forecast_from_acceptance'
        when eligibility.cape_status = 'eligible' then 'as_if_accepted_on_as_of'
        else 'accrued_to_as_of'
    end as accrual_end_basis,
    coalesce(facts.rate_class, 'corporate') as rate_class,
    coalesce(facts.rate_class, 'noncorporate') as rate_class_high,
    facts.rate_class is not null as is_rate_class_stated
from entries.case_facts as facts
join entries.eligibility as eligibility
    on facts.entry_number = eligibility.entry_number
cross join registry.policies_in_force as policies
left join registry.calendar_days as acceptance_days
    on facts.accepted_date = acceptance_days.calendar_date
left join registry.calendar_days as as_of_days
    on facts.as_of_date = as_of_days.calendar_date
where facts.refund_principal_usd > 0
