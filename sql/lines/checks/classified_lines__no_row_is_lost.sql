-- Every entry has as many classified rows, with as much duty, as the version of it whose rows count, and no other entry
-- has any.
with

baselines as (

    select
        baselines.entry_number,
        versions.tariff_row_count,
        versions.filed_duty_usd
    from lines.entry_baselines as baselines
    join ace.entry_versions as versions
        on baselines.entry_number = versions.entry_number
       and baselines.version_ordinal = versions.version_ordinal
    where list_contains($months, baselines.partition_month)

),

classified as (

    select
        entry_number,
        count(*) as row_count,
        sum(duty_usd) as duty_usd
    from lines.classified_lines
    where list_contains($months, partition_month)
    group by entry_number

)

select
    coalesce(baselines.entry_number, classified.entry_number) as entry_number,
    baselines.tariff_row_count,
    classified.row_count as classified_row_count,
    baselines.filed_duty_usd,
    classified.duty_usd as classified_duty_usd
from baselines
full join classified
    on baselines.entry_number = classified.entry_number
where baselines.tariff_row_count is distinct from classified.row_count
   or baselines.filed_duty_usd is distinct from classified.duty_usd
