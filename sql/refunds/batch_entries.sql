-- Every accepted entry with the payee and the (re)liquidation date that decide its payment. The date is CBP's where it
-- reports one, else foreseen from the acceptance; suspended, extended, under review and warehouse entries have none.
-- Grain: entry_number.

with

dated as (

    select
        facts.entry_number,
        coalesce(facts.payee_number, 'unknown') as payee_number,
        facts.claim_number,
        facts.accepted_date,
        facts.refund_number,
        facts.reliquidation_date is not null as is_actual,
        case
            when facts.reliquidation_date is not null then facts.reliquidation_date
            when facts.cape_treatment = 'accepted_paid_on_liquidation' then null
            when facts.liquidation_state = 'liquidated' then acceptance_days.next_business_day
            when facts.liquidation_state = 'unliquidated' then facts.accepted_date + 45
        end as liquidation_date,
        case
            when facts.reliquidation_date is not null then null
            when facts.cape_treatment = 'accepted_paid_on_liquidation' then 'warehouse entry or withdrawal'
            when facts.liquidation_state in ('suspended', 'extended', 'under_review')
                then replace(facts.liquidation_state, '_', ' ')
            when facts.liquidation_state is null then 'liquidation status unknown'
            when facts.accepted_date is null then 'acceptance date unknown'
            when facts.liquidation_state = 'liquidated' and acceptance_days.next_business_day is null
                then 'no business day known after the acceptance'
        end as undated_reason,
        facts.refund_principal_usd,
        interest.interest_usd
    from entries.case_facts as facts
    left join registry.calendar_days as acceptance_days
        on facts.accepted_date = acceptance_days.calendar_date
    left join refunds.entry_interest as interest
        on facts.entry_number = interest.entry_number
    where facts.is_accepted
       or facts.refund_number is not null

)

select
    payee_number || '|' || coalesce(strftime(liquidation_date, '%Y-%m-%d'), 'undated') as batch_id,
    entry_number,
    payee_number,
    liquidation_date,
    if(is_actual, 'actual', 'forecast') as liquidation_basis,
    undated_reason,
    claim_number,
    accepted_date,
    refund_principal_usd as principal_usd,
    if(refund_principal_usd = 0, cast(0 as decimal(18, 2)), interest_usd) as interest_usd,
    refund_number
from dated
