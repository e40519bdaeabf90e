-- The days payment of every batch is expected on under every timing policy, side by side: from the first acceptance in
-- it to the last, never before its liquidation and never ending before the 30 days the law gives CBP from then on (19
-- USC 1505(b)); or from the liquidation, where the policy counts from it. The batch itself shows the policy of the run.
-- Grain: batch_id, timing_policy.

with

batches as (

    select
        batch_id,
        payee_number,
        liquidation_date,
        min(accepted_date) as first_accepted_date,
        max(accepted_date) as last_accepted_date
    from refunds.batch_members
    group by all

),

clocked as (

    select
        batches.batch_id,
        batches.payee_number,
        batches.liquidation_date,
        policies.timing_policy,
        in_force.timing_policy = policies.timing_policy as is_policy_of_run,
        case policies.clock_start
            when 'acceptance' then batches.first_accepted_date
            else batches.liquidation_date
        end + policies.days_from as from_date,
        case policies.clock_start
            when 'acceptance' then batches.last_accepted_date
            else batches.liquidation_date
        end + policies.days_to as to_date,
        batches.liquidation_date + policies.liquidation_days_to as lawful_to_date
    from batches
    cross join registry.timing_policies as policies
    cross join registry.policies_in_force as in_force
    where policies.withdrawn_date is null

)

select
    batch_id,
    timing_policy,
    payee_number,
    liquidation_date,
    -- greatest() passes over a null: an unknown start must stay unknown
    if(liquidation_date is null or from_date is null, null, greatest(from_date, liquidation_date))
        as payment_from_date,
    if(liquidation_date is null or to_date is null, null, greatest(to_date, liquidation_date, lawful_to_date))
        as payment_to_date,
    is_policy_of_run
from clocked
