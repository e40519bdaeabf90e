-- The receivable of every importer as of the day by stage of certainty, principal and interest apart: facts, from which
-- the user's own policy recognises. What may come above the certain part of any open entry stands in the doubtful stage.
-- Grain: importer_key, stage.

with

importers as (

    select
        importer_key,
        min(importer_number) as importer_number
    from reports.receivable_entries
    group by importer_key

),

staged as (

    select
        importer_key,
        stage,
        1 as entry_count,
        principal_usd,
        principal_high_usd,
        0 as range_above_low_usd,
        accrued_interest_usd,
        accrued_interest_high_usd,
        received_principal_usd,
        received_interest_usd,
        offset_principal_usd + offset_interest_usd as offset_usd,
        open_principal_usd,
        open_interest_usd,
        rests_on_assumption_usd
    from reports.receivable_entries

    union all by name

    select
        importer_key,
        'doubtful' as stage,
        0 as entry_count,
        range_above_low_usd
    from reports.receivable_entries
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
    cast(count(*) filter (where staged.entry_count = 1 and staged.principal_usd is null) as integer)
        as principal_unknown_count,
    cast(count(*) filter (where staged.entry_count = 1 and staged.accrued_interest_usd is null) as integer)
        as interest_unknown_count
from staged
join importers
    on staged.importer_key = importers.importer_key
cross join registry.as_of as day
group by staged.importer_key, staged.stage
