-- The roll-forward over all importers, with the cash for CAPE refunds that no receivable could be reduced by, because no
-- report tells the amounts of its entries.
-- Grain: period_end.

with

found as (

    select coalesce(sum(deposited_usd), 0) as deposited_usd
    from payments.rev603_reconciliation
    where refund_number is not null

),

applied as (

    select coalesce(sum(received_principal_usd + received_interest_usd), 0) as received_usd
    from reports.receivable_receipts

)

select
    rollforward.period_end,
    max(rollforward.opening_date) as opening_date,
    max(rollforward.opening_close_name) as opening_close_name,
    if(max(rollforward.opening_close_name) is null, 'first_recognition', 'closed_period') as opening_basis,
    cast(sum(rollforward.entry_count) as integer) as entry_count,
    cast(sum(rollforward.opening_usd) as decimal(18, 2)) as opening_usd,
    cast(sum(rollforward.newly_recognised_usd) as decimal(18, 2)) as newly_recognised_usd,
    cast(sum(rollforward.period_interest_usd) as decimal(18, 2)) as period_interest_usd,
    cast(sum(rollforward.cash_principal_usd) as decimal(18, 2)) as cash_principal_usd,
    cast(sum(rollforward.cash_interest_usd) as decimal(18, 2)) as cash_interest_usd,
    cast(sum(rollforward.offset_movement_usd) as decimal(18, 2)) as offset_movement_usd,
    cast(sum(rollforward.remeasured_usd) as decimal(18, 2)) as remeasured_usd,
    cast(sum(rollforward.written_off_usd) as decimal(18, 2)) as written_off_usd,
    cast(sum(rollforward.closing_usd) as decimal(18, 2)) as closing_usd,
    cast(max(found.deposited_usd - applied.received_usd) as decimal(18, 2)) as unapplied_cash_usd,
    cast(sum(rollforward.principal_unknown_count) as integer) as principal_unknown_count,
    cast(sum(rollforward.interest_unknown_count) as integer) as interest_unknown_count
from reports.receivable_rollforward as rollforward
cross join found
cross join applied
group by rollforward.period_end
