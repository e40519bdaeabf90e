-- What filing today would bring: the entries CAPE would take and that are on no filed declaration, grouped as CBP would
-- pay them if it accepted them all on the as-of day. Nothing of it is claimed yet, and no forecast total holds it.
-- Grain: batch_id.

with

unfiled as (

    select
        facts.entry_number,
        facts.importer_key,
        coalesce(facts.payee_key, 'unknown') as payee_key,
        coalesce(min(facts.payee_number) over (partition by facts.payee_key), 'unknown') as payee_number,
        facts.is_payee_ambiguous,
        forecasts.forecast_liquidation_date,
        forecasts.undated_reason,
        facts.refund_principal_usd as principal_usd,
        if(facts.refund_principal_usd = 0, cast(0 as decimal(18, 2)), interest.interest_usd) as interest_usd
    from entries.case_facts as facts
    join entries.liquidation_forecasts as forecasts
        on facts.entry_number = forecasts.entry_number
    left join refunds.entry_interest as interest
        on facts.entry_number = interest.entry_number
    left join refunds.filing_candidates as candidates
        on facts.entry_number = candidates.entry_number
    where forecasts.forecast_basis = 'as_of'
      and candidates.waiting_declaration_id is null

),

batches as (

    select
        payee_number,
        forecast_liquidation_date,
        string_agg(distinct undated_reason, ', ' order by undated_reason) as undated_reason,
        bool_or(is_payee_ambiguous) as is_payee_ambiguous,
        count(*) as entry_count,
        count(distinct importer_key) as importer_count,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as interest_usd
    from unfiled
    group by all

),

clocked as (

    select
        batches.payee_number,
        batches.forecast_liquidation_date,
        batches.undated_reason,
        batches.is_payee_ambiguous,
        batches.entry_count,
        batches.importer_count,
        batches.principal_usd,
        batches.interest_usd,
        policies.timing_policy,
        day.as_of_date,
        if(policies.clock_start = 'acceptance', day.as_of_date, batches.forecast_liquidation_date) as start_date,
        policies.days_from,
        policies.days_to,
        policies.liquidation_days_to
    from batches
    cross join registry.as_of as day
    cross join registry.policies_in_force as in_force
    join registry.timing_policies as policies
        on in_force.timing_policy = policies.timing_policy
    where policies.withdrawn_date is null

)

select
    payee_number || '|' || coalesce(strftime(forecast_liquidation_date, '%Y-%m-%d'), 'undated') as batch_id,
    payee_number,
    is_payee_ambiguous,
    forecast_liquidation_date,
    undated_reason,
    cast(entry_count as integer) as entry_count,
    cast(importer_count as integer) as importer_count,
    cast(principal_usd as decimal(18, 2)) as principal_usd,
    cast(interest_usd as decimal(18, 2)) as interest_usd,
    cast(principal_usd + interest_usd as decimal(18, 2)) as total_usd,
    if(
        forecast_liquidation_date is null,
        null,
        greatest(start_date + days_from, forecast_liquidation_date)
    ) as payment_from_date,
    if(
        forecast_liquidation_date is null,
        null,
        greatest(start_date + days_to, forecast_liquidation_date, forecast_liquidation_date + liquidation_days_to)
    ) as payment_to_date,
    timing_policy,
    as_of_date
from clocked
