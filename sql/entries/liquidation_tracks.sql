-- How every entry that CAPE accepted, or would take today, is foreseen to (re)liquidate, as far as that does not move
-- with the as-of day: one that was liquidated on the next business day, one that was not on day 45, others in their own
-- cycle. Accepted entries count from the acceptance; the day of the others stands in entries.liquidation_forecasts. What
-- has happened since does not change the forecast.
-- Grain: entry_number.

with

-- the newest status known on the day of acceptance: the one of today may be the one CAPE brought about
statuses_before as (

    select
        facts.entry_number,
        arg_max(
            {'status': lower(trim(versions.liquidation_status)), 'run_day': versions.report_run_date},
            versions.version_ordinal
        ) as newest
    from entries.case_facts as facts
    join ace.entry_versions as versions
        on facts.entry_number = versions.entry_number
    where facts.reliquidation_date is not null
      and versions.has_liquidation_status_column
      and versions.liquidation_status is not null
      and (versions.report_run_date is null or versions.report_run_date <= facts.accepted_date)
    group by all

),

liquidated_before as (

    select distinct facts.entry_number
    from entries.case_facts as facts
    join entries.reported_liquidations as liquidations
        on facts.entry_number = liquidations.entry_number
    where facts.reliquidation_date is not null
      and liquidations.liquidation_date < facts.reliquidation_date
      and liquidations.liquidation_date <= facts.accepted_date

),

eligible as (

    select entry_number
    from entries.eligibility_decisions
    where cape_status in ('eligible', 'eligible_paid_on_liquidation')

),

concerned as (

    select
        facts.entry_number,
        day.as_of_date,
        facts.reliquidation_date,
        facts.cape_treatment,
        facts.entry_type_code,
        case
            when not (facts.is_accepted or facts.refund_number is not null) then 'as_of'
            when facts.accepted_date_basis = 'declarations' then 'acceptance'
            when facts.accepted_date is not null then 'proxy'
        end as forecast_basis,
        if(facts.is_accepted or facts.refund_number is not null, facts.accepted_date, null)
            as forecast_from_date,
        case
            when facts.reliquidation_date is null then facts.liquidation_state
            when facts.original_liquidation_date <= facts.accepted_date or liquidated_before.entry_number is not null
                then 'liquidated'
            when statuses_before.newest.status like 'suspen%' then 'suspended'
            when statuses_before.newest.status like 'exten%' then 'extended'
            when statuses_before.newest.status like '%review' then 'under_review'
            when statuses_before.newest.status in ('liquidated', 'reliquidated')
                then if(statuses_before.newest.run_day is not null, 'liquidated', null)
            when statuses_before.newest.status is not null then 'unliquidated'
        end as state_before
    from entries.case_facts as facts
    cross join registry.as_of as day
    left join eligible
        on facts.entry_number = eligible.entry_number
    left join statuses_before
        on facts.entry_number = statuses_before.entry_number
    left join liquidated_before
        on facts.entry_number = liquidated_before.entry_number
    where facts.is_accepted
       or facts.refund_number is not null
       or eligible.entry_number is not null

),

foreseen as (

    select
        concerned.entry_number,
        concerned.as_of_date,
        concerned.reliquidation_date,
        concerned.forecast_basis,
        concerned.forecast_from_date,
        if(
            concerned.cape_treatment = 'accepted_paid_on_liquidation'
            or concerned.state_before is null
            or concerned.state_before in ('suspended', 'extended', 'under_review'),
            'own_cycle',
            concerned.state_before
        ) as liquidation_track,
        case
            when concerned.cape_treatment = 'accepted_paid_on_liquidation' then null
            when concerned.state_before = 'liquidated' then from_days.next_business_day
            when concerned.state_before = 'unliquidated' then concerned.forecast_from_date + 45
        end as calendar_date,
        case
            -- a withdrawal's own liquidation brings no refund: the one of its warehouse entry does
            when concerned.cape_treatment = 'accepted_paid_on_liquidation'
                and concerned.state_before = 'liquidated'
                and concerned.entry_type_code in ('31', '32', '34', '38')
                then 'refund on warehouse entry liquidation'
            when concerned.cape_treatment = 'accepted_paid_on_liquidation' then 'warehouse entry or withdrawal'
            when concerned.state_before in ('suspended', 'extended', 'under_review')
                then replace(concerned.state_before, '_', ' ')
            when concerned.state_before is null then 'liquidation status unknown'
            when concerned.forecast_basis = 'as_of' then null
            when concerned.forecast_from_date is null then 'acceptance date unknown'
            when concerned.state_before = 'liquidated' and from_days.next_business_day is null
                then 'no business day known after the acceptance'
        end as undated_reason
    from concerned
    left join registry.calendar_days as from_days
        on concerned.forecast_from_date = from_days.calendar_date

),

rolled as (

    select
        foreseen.entry_number,
        foreseen.as_of_date,
        foreseen.reliquidation_date,
        foreseen.forecast_basis,
        foreseen.forecast_from_date,
        foreseen.liquidation_track,
        if(
            policies.liquidation_run_policy = 'next_liquidation_run',
            run_days.liquidation_run_on_or_after,
            foreseen.calendar_date
        ) as forecast_liquidation_date,
        if(
            policies.liquidation_run_policy = 'next_liquidation_run'
            and foreseen.calendar_date is not null
            and run_days.liquidation_run_on_or_after is null,
            'no liquidation run known on the day foreseen or after it',
            foreseen.undated_reason
        ) as undated_reason,
        policies.liquidation_run_policy
    from foreseen
    cross join registry.policies_in_force as policies
    left join registry.calendar_days as run_days
        on foreseen.calendar_date = run_days.calendar_date

)

select
    entry_number,
    liquidation_track,
    forecast_basis,
    forecast_from_date,
    forecast_liquidation_date,
    undated_reason,
    coalesce(forecast_liquidation_date < as_of_date and reliquidation_date is null, false) as is_forecast_passed,
    liquidation_run_policy
from rolled
