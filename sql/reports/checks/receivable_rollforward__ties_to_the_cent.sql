-- Opening balance and movements of every importer make its closing balance, and all openings are the closing of the
-- close they come from.
with

openings as (

    select
        opening_close_name,
        sum(opening_usd) as opening_usd
    from reports.receivable_rollforward
    group by opening_close_name

)

select
    rollforward.importer_key,
    rollforward.opening_close_name,
    rollforward.closing_usd as stated_usd,
    rollforward.opening_usd + rollforward.newly_recognised_usd + rollforward.period_interest_usd
        + rollforward.cash_principal_usd + rollforward.cash_interest_usd + rollforward.offset_movement_usd
        + rollforward.remeasured_usd + rollforward.written_off_usd as computed_usd
from reports.receivable_rollforward as rollforward
where rollforward.closing_usd
    <> rollforward.opening_usd + rollforward.newly_recognised_usd + rollforward.period_interest_usd
        + rollforward.cash_principal_usd + rollforward.cash_interest_usd + rollforward.offset_movement_usd
        + rollforward.remeasured_usd + rollforward.written_off_usd

union all

select
    cast(null as varchar) as importer_key,
    closes.close_name as opening_close_name,
    closes.closing_usd as stated_usd,
    openings.opening_usd as computed_usd
from openings
join ace.closes as closes
    on openings.opening_close_name = closes.close_name
where closes.closing_usd <> openings.opening_usd
