-- Every tariff row of every baseline is classified, and no other.
with

baseline_rows as (

    select
        rows.entry_number,
        rows.line_number,
        rows.tariff_ordinal
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    join lines.entry_baselines as baselines
        on versions.entry_number = baselines.entry_number
       and versions.version_ordinal = baselines.version_ordinal
    where list_contains($months, baselines.partition_month)

),

classified as (

    select
        entry_number,
        line_number,
        tariff_ordinal
    from lines.classified_lines
    where list_contains($months, partition_month)

)

select
    coalesce(baseline_rows.entry_number, classified.entry_number) as entry_number,
    coalesce(baseline_rows.line_number, classified.line_number) as line_number,
    coalesce(baseline_rows.tariff_ordinal, classified.tariff_ordinal) as tariff_ordinal
from baseline_rows
full join classified
    on baseline_rows.entry_number = classified.entry_number
   and baseline_rows.line_number = classified.line_number
   and baseline_rows.tariff_ordinal = classified.tariff_ordinal
where baseline_rows.entry_number is null
   or classified.entry_number is null
