-- How many days each step from the acceptance to the bank has taken so far, beside the timing policy of the run. Only
-- an acceptance the user states counts as one: a proxy made of a report's date would shorten the step. A payment counts
-- from its day at the bank alone.
-- Grain: lag, liquidation_track.

with

taken as (

    select
        'acceptance_to_liquidation' as lag,
        liquidation_track,
        actual_liquidation_date - accepted_date as lag_days
    from refunds.forecast_outcomes
    where accepted_date_basis = 'declarations'

    union all

    select
        'liquidation_to_refund' as lag,
        liquidation_track,
        refund_date - actual_liquidation_date as lag_days
    from refunds.forecast_outcomes

    union all

    select
        'refund_to_bank' as lag,
        liquidation_track,
        bank_value_date - refund_date as lag_days
    from refunds.forecast_outcomes

    union all

    select
        'acceptance_to_payment' as lag,
        liquidation_track,
        bank_value_date - accepted_date as lag_days
    from refunds.forecast_outcomes
    where accepted_date_basis = 'declarations'

    union all

    select
        'liquidation_to_payment' as lag,
        liquidation_track,
        bank_value_date - actual_liquidation_date as lag_days
    from refunds.forecast_outcomes

),

spread as (

    select
        lag,
        liquidation_track,
        count(*) as entry_count,
        min(lag_days) as min_days,
        quantile_disc(lag_days, 0.25) as first_quartile_days,
        quantile_disc(lag_days, 0.5) as median_days,
        quantile_disc(lag_days, 0.75) as third_quartile_days,
        quantile_disc(lag_days, 0.9) as ninth_decile_days,
        max(lag_days) as max_days
    from taken
    where lag_days is not null
    group by all

)

select
    spread.lag,
    spread.liquidation_track,
    cast(spread.entry_count as integer) as entry_count,
    cast(spread.min_days as integer) as min_days,
    cast(if(spread.entry_count >= 4, spread.first_quartile_days, null) as integer) as first_quartile_days,
    cast(if(spread.entry_count >= 4, spread.median_days, null) as integer) as median_days,
    cast(if(spread.entry_count >= 4, spread.third_quartile_days, null) as integer) as third_quartile_days,
    cast(if(spread.entry_count >= 10, spread.ninth_decile_days, null) as integer) as ninth_decile_days,
    cast(spread.max_days as integer) as max_days,
    policies.timing_policy,
    if(spread.lag = policies.clock_start || '_to_payment', policies.days_from, null) as policy_days_from,
    if(spread.lag = policies.clock_start || '_to_payment', policies.days_to, null) as policy_days_to,
    day.as_of_date
from spread
cross join registry.as_of as day
cross join registry.policies_in_force as in_force
join registry.timing_policies as policies
    on in_force.timing_policy = policies.timing_policy
where policies.withdrawn_date is null
