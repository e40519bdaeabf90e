-- Every accepted entry with the payee and the (re)liquidation date that decide its payment, before interest. The date is
-- CBP's where it reports one, else foreseen from the acceptance; suspended, extended, under review and warehouse entries
-- have none. One payee under several spellings of its number is one payee.
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

payees as (

    select
        payee_key,
        min(payee_number) as payee_number
    from entries.case_facts
    where is_accepted
       or refund_number is not null
    group by payee_key

)

select
    coalesce(payees.payee_number, 'unknown')
        || '|'
        || coalesce(
            strftime(coalesce(facts.reliquidation_date, forecasts.forecast_liquidation_date), '%Y-%m-%d'), 'undated'
        ) as batch_id,
    facts.entry_number,
    coalesce(payees.payee_number, 'unknown') as payee_number,
    coalesce(facts.payee_key, 'unknown') as payee_key,
    facts.payee_basis,
    facts.is_payee_ambiguous,
    facts.importer_number,
    facts.importer_key,
    coalesce(facts.reliquidation_date, forecasts.forecast_liquidation_date) as liquidation_date,
    if(facts.reliquidation_date is not null, 'actual', 'forecast') as liquidation_basis,
    forecasts.liquidation_track,
    if(facts.reliquidation_date is not null, null, forecasts.forecast_basis) as forecast_basis,
    forecasts.forecast_liquidation_date,
    forecasts.is_forecast_passed,
    if(facts.reliquidation_date is null, forecasts.undated_reason, null) as undated_reason,
    forecasts.undated_reason as unforeseen_reason,
    facts.claim_number,
    facts.accepted_date,
    facts.accepted_date_basis,
    facts.refund_principal_usd as principal_usd,
    facts.refund_number,
    cast(es022.principal_usd as decimal(18, 2)) as es022_principal_usd,
    cast(es022.interest_usd as decimal(18, 2)) as es022_interest_usd
from entries.case_facts as facts
join entries.liquidation_tracks as forecasts
    on facts.entry_number = forecasts.entry_number
left join payees
    on facts.payee_key = payees.payee_key
left join es022_amounts as es022
    on facts.entry_number = es022.entry_number
where facts.is_accepted
   or facts.refund_number is not null
