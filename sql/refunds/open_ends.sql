-- The day to which interest runs where no (re)liquidation is told: the one foreseen as if CAPE accepted the entry on the
-- as-of day, as entries.liquidation_forecasts has it, and the as-of day itself where none is foreseen, or where the one
-- that was has passed.
-- Grain: end_rule.

with

counted as (

    select
        'liquidated' as end_rule,
        day.as_of_date,
        calendar.next_business_day as calendar_date,
        if(calendar.next_business_day is null, 'no business day known after the acceptance', null) as undated_reason
    from registry.as_of as day
    left join registry.calendar_days as calendar
        on day.as_of_date = calendar.calendar_date

    union all

    select
        'unliquidated' as end_rule,
        as_of_date,
        as_of_date + 45 as calendar_date,
        null as undated_reason
    from registry.as_of

),

foreseen as (

    select
        counted.end_rule,
        counted.as_of_date,
        if(
            policies.liquidation_run_policy = 'next_liquidation_run',
            run_days.liquidation_run_on_or_after,
            counted.calendar_date
        ) as foreseen_date,
        if(
            policies.liquidation_run_policy = 'next_liquidation_run'
            and counted.calendar_date is not null
            and run_days.liquidation_run_on_or_after is null,
            'no liquidation run known on the day foreseen or after it',
            counted.undated_reason
        ) as undated_reason
    from counted
    cross join registry.policies_in_force as policies
    left join registry.calendar_days as run_days
        on counted.calendar_date = run_days.calendar_date

)

select
    end_rule,
    coalesce(foreseen_date, as_of_date) as accrual_end_date,
    if(foreseen_date is null, 'accrued_to_as_of', 'as_if_accepted_on_as_of') as accrual_end_basis,
    undated_reason as accrual_end_reason
from foreseen

union all

select
    'foreseen' as end_rule,
    as_of_date as accrual_end_date,
    'accrued_to_as_of' as accrual_end_basis,
    'the liquidation foreseen has passed and no report shows it' as accrual_end_reason
from registry.as_of

union all

select
    'as_of' as end_rule,
    as_of_date as accrual_end_date,
    'accrued_to_as_of' as accrual_end_basis,
    null as accrual_end_reason
from registry.as_of
