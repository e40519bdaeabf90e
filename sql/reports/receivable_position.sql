-- The receivable of every importer as of the day by stage of certainty, principal and interest apart: facts, from which
-- the user's own policy recognises. What may come above the certain part of any open entry stands in the doubtful stage.
-- Grain: importer_key, stage.

with

by_stage as materialized (

    select
        importer_key,
        min(importer_number) as importer_number,
        stage,
        count(*) as entry_count,
        sum(principal_usd) as principal_usd,
        sum(principal_high_usd) as principal_high_usd,
        sum(range_above_low_usd) filter (where range_above_low_usd > 0) as range_above_low_usd,
        sum(accrued_interest_usd) as accrued_interest_usd,
        sum(accrued_interest_high_usd) as accrued_interest_high_usd,
        sum(received_principal_usd) as received_principal_usd,
        sum(received_interest_usd) as received_interest_usd,
        sum(offset_principal_usd + offset_interest_usd) as offset_usd,
        sum(open_principal_usd) as open_principal_usd,
        sum(open_interest_usd) as open_interest_usd,
        sum(rests_on_assumption_usd) as rests_on_assumption_usd,
        count(*) - count(principal_usd) as principal_unknown_count,
        count(*) - count(accrued_interest_usd) as interest_unknown_count
    from reports.receivable_entries
    group by importer_key, stage

),

importers as (

    select
        importer_key,
        min(importer_number) as importer_number
    from by_stage
    group by importer_key

),

staged as (

    select
        importer_key,
        stage,
        entry_count,
        principal_usd,
        principal_high_usd,
        0 as range_above_low_usd,
        accrued_interest_usd,
        accrued_interest_high_usd,
        received_principal_usd,
        received_interest_usd,
        offset_usd,
        open_principal_usd,
        open_interest_usd,
        rests_on_assumption_usd,
        principal_unknown_count,
        interest_unknown_count
    from by_stage

    union all by name

    select
        importer_key,
        'doubtful' as stage,
        0 as entry_count,
        range_above_low_usd
    from by_stage
    where range_above_low_usd > 0

)

select
    staged.importer_key,
    max(importers.importer_number) as importer_number,
    max(day.as_of_date) as period_end,
    staged.stage,
    cast(sum(staged.entry_count) as integer) as entry_count,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.principal_usd)) as decimal(18, 2)) as principal_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.principal_high_usd)) as decimal(18, 2)) as principal_high_usd,
    cast(sum(staged.range_above_low_usd) as decimal(18, 2)) as range_above_low_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.accrued_interest_usd)) as decimal(18, 2))
        as accrued_interest_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.accrued_interest_high_usd)) as decimal(18, 2))
        as accrued_interest_high_usd,
    cast(coalesce(sum(staged.received_principal_usd), 0) as decimal(18, 2)) as received_principal_usd,
    cast(coalesce(sum(staged.received_interest_usd), 0) as decimal(18, 2)) as received_interest_usd,
    cast(coalesce(sum(staged.offset_usd), 0) as decimal(18, 2)) as offset_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.open_principal_usd)) as decimal(18, 2)) as open_principal_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.open_interest_usd)) as decimal(18, 2)) as open_interest_usd,
    cast(if(sum(staged.entry_count) = 0, 0, sum(staged.rests_on_assumption_usd)) as decimal(18, 2))
        as rests_on_assumption_usd,
    cast(coalesce(sum(staged.principal_unknown_count), 0) as integer) as principal_unknown_count,
    cast(coalesce(sum(staged.interest_unknown_count), 0) as integer) as interest_unknown_count
from staged
join importers
    on staged.importer_key = importers.importer_key
cross join registry.as_of as day
group by staged.importer_key, staged.stage
