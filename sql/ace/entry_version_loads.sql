-- Which version of an entry summary each received ES-003 belongs to. A version is one report run, whatever number of
-- files holds it. Files without a run date sort before all others: those of one entry that repeat no row are parts of
-- one export, those that do are versions in the order of their loading.
-- Grain: entry_number, load_id.

with

parts as (

    select
        tariff_rows.entry_number,
        loads.load_id,
        loads.load_number,
        loads.report_run_date,
        count(distinct (tariff_rows.line_number, tariff_rows.tariff_ordinal)) as row_keys
    from ace.es003_tariff_lines as tariff_rows
    join ace.readable_loads as loads
        on tariff_rows.load_id = loads.load_id
    group by all

),

undated_entries as (

    select
        tariff_rows.entry_number,
        count(distinct (tariff_rows.line_number, tariff_rows.tariff_ordinal)) as row_keys
    from ace.es003_tariff_lines as tariff_rows
    join ace.readable_loads as loads
        on tariff_rows.load_id = loads.load_id
    where loads.report_run_date is null
    group by all

),

undated_parts as (

    select
        parts.entry_number,
        sum(parts.row_keys) as row_keys
    from parts
    where parts.report_run_date is null
    group by all

),

ordered as (

    select
        parts.entry_number,
        parts.load_id,
        parts.load_number,
        parts.report_run_date,
        case
            when parts.report_run_date is null and undated_parts.row_keys > undated_entries.row_keys
                then parts.load_number
            else 0
        end as undated_order
    from parts
    left join undated_parts
        on parts.entry_number = undated_parts.entry_number
    left join undated_entries
        on parts.entry_number = undated_entries.entry_number

)

select
    entry_number,
    load_id,
    load_number,
    report_run_date,
    cast(
        dense_rank() over (partition by entry_number order by report_run_date nulls first, undated_order) as integer
    ) as version_ordinal
from ordered
