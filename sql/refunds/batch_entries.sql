-- Every accepted entry with the payee and the (re)liquidation date that decide its payment. The date is CBP's where it
-- reports one, else foreseen from the acceptance; suspended, extended, under review and warehouse entries have none.
-- One payee under several spellings of its number is one payee.
-- Grain: entry_number.

with

es022_amounts as (

    select
        entry_number,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as interest_usd
    from entries.refunded_entries
    where report_code = 'ES-022'
    group by all

),

dated as (

    select
        facts.entry_number,
        coalesce(facts.payee_key, 'unknown') as payee_key,
        coalesce(min(facts.payee_number) over (partition by facts.payee_key), 'unknown') as payee_number,
        facts.payee_basis,
        facts.is_payee_ambiguous,
        facts.importer_number,
        facts.importer_key,
        facts.claim_number,
        facts.accepted_date,
        facts.accepted_date_basis,
        facts.refund_number,
        facts.reliquidation_date is not null as is_actual,
        coalesce(facts.reliquidation_date, forecasts.forecast_liquidation_date) as liquidation_date,
        forecasts.liquidation_track,
        forecasts.forecast_basis,
        forecasts.is_forecast_passed,
        if(facts.reliquidation_date is null, forecasts.undated_reason, null) as undated_reason,
        facts.refund_principal_usd,
        interest.interest_usd,
        es022.principal_usd as es022_principal_usd,
        es022.interest_usd as es022_interest_usd
    from entries.case_facts as facts
    join entries.liquidation_forecasts as forecasts
        on facts.entry_number = forecasts.entry_number
    left join refunds.entry_interest as interest
        on facts.entry_number = interest.entry_number
    left join es022_amounts as es022
        on facts.entry_number = es022.entry_number
    where facts.is_accepted
       or facts.refund_number is not null

)

select
    payee_number || '|' || coalesce(strftime(liquidation_date, '%Y-%m-%d'), 'undated') as batch_id,
    entry_number,
    payee_number,
    payee_key,
    payee_basis,
    is_payee_ambiguous,
    importer_number,
    importer_key,
    liquidation_date,
    if(is_actual, 'actual', 'forecast') as liquidation_basis,
    liquidation_track,
    if(is_actual, null, forecast_basis) as forecast_basis,
    is_forecast_passed,
    undated_reason,
    claim_number,
    accepted_date,
    accepted_date_basis,
    refund_principal_usd as principal_usd,
    if(refund_principal_usd = 0, cast(0 as decimal(18, 2)), interest_usd) as interest_usd,
    refund_number,
    cast(es022_principal_usd as decimal(18, 2)) as es022_principal_usd,
    cast(es022_interest_usd as decimal(18, 2)) as es022_interest_usd
from dated
