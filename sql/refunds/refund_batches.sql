-- One payment CBP makes: all accepted entries of one payee with one (re)liquidation date, across declarations, with the
-- days payment is expected under the timing policy in force. A total is unknown as soon as one part of it is.
-- Grain: batch_id.

with

batches as (

    select
        batch_id,
        payee_number,
        liquidation_date,
        if(bool_and(liquidation_basis = 'actual'), 'actual', 'forecast') as liquidation_basis,
        string_agg(distinct undated_reason, ', ' order by undated_reason) as undated_reason,
        count(*) as entry_count,
        count(distinct claim_number) as declaration_count,
        min(accepted_date) as first_accepted_date,
        max(accepted_date) as last_accepted_date,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as interest_usd,
        list_sort(list_distinct(list(refund_number) filter (where refund_number is not null))) as refund_numbers
    from refunds.batch_entries
    group by all

),

clocked as (

    select
        batches.batch_id,
        policies.timing_policy,
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
    cross join registry.policies_in_force as in_force
    join registry.timing_policies as policies
        on in_force.timing_policy = policies.timing_policy
    where policies.withdrawn_date is null

)

select
    batches.batch_id,
    partition_month_of(batches.liquidation_date) as partition_month,
    batches.payee_number,
    batches.liquidation_date,
    batches.liquidation_basis,
    batches.undated_reason,
    cast(batches.entry_count as integer) as entry_count,
    cast(batches.declaration_count as integer) as declaration_count,
    cast(batches.principal_usd as decimal(18, 2)) as principal_usd,
    cast(batches.interest_usd as decimal(18, 2)) as interest_usd,
    cast(batches.principal_usd + batches.interest_usd as decimal(18, 2)) as total_usd,
    if(
        batches.liquidation_date is null or clocked.from_date is null,
        null,
        greatest(clocked.from_date, batches.liquidation_date)
    ) as payment_from_date,
    if(
        batches.liquidation_date is null or clocked.to_date is null,
        null,
        greatest(clocked.to_date, coalesce(clocked.lawful_to_date, clocked.to_date))
    ) as payment_to_date,
    clocked.timing_policy,
    coalesce(batches.refund_numbers, []) as refund_numbers,
    day.as_of_date
from batches
join clocked
    on batches.batch_id = clocked.batch_id
cross join registry.as_of as day
