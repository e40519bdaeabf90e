-- Forecast against actual for every accepted entry: the (re)liquidation and the payment window foreseen from the
-- acceptance, as if nothing had been seen since, beside the days reports and bank show. Computed anew on every run,
-- never collected.
-- Grain: entry_number.

with

-- an entry is paid when the last of its refunds is; a refund without cash has no day at the bank
payments as (

    select
        refunded.entry_number,
        max(cash.refund_number) as refund_number,
        max(cash.refund_date) as refund_date,
        if(bool_and(coalesce(cash.bank_credit_count, 0) > 0 and not cash.is_returned), max(cash.bank_value_date), null)
            as bank_value_date,
        bool_or(cash.is_returned) as is_returned
    from (
        select distinct
            entry_number,
            refund_number
        from entries.refunded_entries
    ) as refunded
    join entries.refund_cash as cash
        on refunded.refund_number = cash.refund_number
    group by all

),

-- where bank lines are loaded, cash that is not among them has not come
bank as (

    select count(*) > 0 as is_loaded
    from ace.readable_loads
    where report_code = 'BANK'

),

foreseen as (

    select
        members.entry_number,
        members.batch_id,
        members.accepted_date,
        members.accepted_date_basis,
        members.liquidation_track,
        members.forecast_liquidation_date,
        members.unforeseen_reason as undated_reason,
        members.is_forecast_passed,
        if(members.liquidation_basis = 'actual', members.liquidation_date, null) as actual_liquidation_date,
        policies.timing_policy,
        if(
            policies.clock_start = 'acceptance', members.accepted_date, members.forecast_liquidation_date
        ) as start_date,
        policies.days_from,
        policies.days_to,
        policies.liquidation_days_to,
        payments.refund_number,
        payments.refund_date,
        payments.bank_value_date,
        case
            when payments.bank_value_date is not null then payments.bank_value_date
            when not bank.is_loaded and not payments.is_returned then payments.refund_date
        end as payment_date,
        day.as_of_date
    from refunds.batch_members as members
    cross join registry.as_of as day
    cross join bank
    cross join registry.policies_in_force as in_force
    join registry.timing_policies as policies
        on in_force.timing_policy = policies.timing_policy
       and policies.withdrawn_date is null
    left join payments
        on members.entry_number = payments.entry_number

),

windowed as (

    select
        entry_number,
        batch_id,
        accepted_date,
        accepted_date_basis,
        liquidation_track,
        forecast_liquidation_date,
        undated_reason,
        is_forecast_passed,
        actual_liquidation_date,
        timing_policy,
        if(
            forecast_liquidation_date is null or start_date is null,
            null,
            greatest(start_date + days_from, forecast_liquidation_date)
        ) as payment_from_date,
        if(
            forecast_liquidation_date is null or start_date is null,
            null,
            greatest(start_date + days_to, forecast_liquidation_date, forecast_liquidation_date + liquidation_days_to)
        ) as payment_to_date,
        refund_number,
        refund_date,
        bank_value_date,
        payment_date,
        as_of_date
    from foreseen

)

select
    entry_number,
    batch_id,
    accepted_date,
    accepted_date_basis,
    liquidation_track,
    forecast_liquidation_date,
    undated_reason,
    actual_liquidation_date,
    cast(actual_liquidation_date - forecast_liquidation_date as integer) as liquidation_days_apart,
    case
        when forecast_liquidation_date is null
            then if(actual_liquidation_date is null, 'not_foreseen', 'unforeseen_and_came')
        when actual_liquidation_date = forecast_liquidation_date then 'as_foreseen'
        when actual_liquidation_date < forecast_liquidation_date then 'earlier'
        when actual_liquidation_date > forecast_liquidation_date then 'later'
        when is_forecast_passed then 'passed'
        else 'not_yet'
    end as liquidation_outcome,
    timing_policy,
    payment_from_date,
    payment_to_date,
    refund_number,
    refund_date,
    bank_value_date,
    payment_date,
    case
        when payment_date is null then null
        when bank_value_date is not null then 'bank'
        else 'refund_report'
    end as payment_date_basis,
    cast(
        case
            when payment_date < payment_from_date then payment_date - payment_from_date
            when payment_date > payment_to_date then payment_date - payment_to_date
            when payment_date is not null and payment_from_date is not null then 0
        end as integer
    ) as payment_days_apart,
    case
        when payment_from_date is null then 'not_foreseen'
        when payment_date < payment_from_date then 'early'
        when payment_date > payment_to_date then 'late'
        when payment_date is not null then 'inside'
        when as_of_date > payment_to_date then 'overdue'
        else 'open'
    end as payment_outcome,
    as_of_date
from windowed
