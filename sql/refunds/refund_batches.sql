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
        bool_or(is_forecast_passed) as is_forecast_passed,
        bool_or(is_payee_ambiguous) as is_payee_ambiguous,
        count(*) as entry_count,
        count(distinct claim_number) as declaration_count,
        count(distinct importer_key) as importer_count,
        if(count(*) = count(principal_usd), sum(principal_usd), null) as principal_usd,
        if(count(*) = count(interest_usd), sum(interest_usd), null) as interest_usd,
        count(*) filter (where es022_principal_usd is not null or es022_interest_usd is not null) as es022_entry_count,
        if(count(*) = count(es022_principal_usd), sum(es022_principal_usd), null) as es022_principal_usd,
        if(count(*) = count(es022_interest_usd), sum(es022_interest_usd), null) as es022_interest_usd,
        list_sort(list_distinct(list(refund_number) filter (where refund_number is not null))) as refund_numbers
    from refunds.batch_entries
    group by all

)

select
    batches.batch_id,
    partition_month_of(batches.liquidation_date) as partition_month,
    batches.payee_number,
    batches.is_payee_ambiguous,
    batches.liquidation_date,
    batches.liquidation_basis,
    batches.is_forecast_passed,
    batches.undated_reason,
    cast(batches.entry_count as integer) as entry_count,
    cast(batches.declaration_count as integer) as declaration_count,
    cast(batches.importer_count as integer) as importer_count,
    cast(batches.principal_usd as decimal(18, 2)) as principal_usd,
    cast(batches.interest_usd as decimal(18, 2)) as interest_usd,
    cast(batches.principal_usd + batches.interest_usd as decimal(18, 2)) as total_usd,
    cast(batches.es022_entry_count as integer) as es022_entry_count,
    cast(batches.es022_principal_usd as decimal(18, 2)) as es022_principal_usd,
    cast(batches.es022_interest_usd as decimal(18, 2)) as es022_interest_usd,
    windows.payment_from_date,
    windows.payment_to_date,
    windows.timing_policy,
    coalesce(batches.refund_numbers, []) as refund_numbers,
    day.as_of_date
from batches
join refunds.payment_windows as windows
    on batches.batch_id = windows.batch_id
   and windows.is_policy_of_run
cross join registry.as_of as day
