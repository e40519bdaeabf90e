-- Which version of an entry summary each received ES-003 belongs to, and which run of it. Files of one entry that
-- repeat no row of each other are parts of one run; in the order of loading, a file that repeats a row of the run so
-- far begins the next one. A version is one stated run date, whatever number of runs that day holds; files that state
-- none sort before all others, and each of their runs is a version of its own.
-- Grain: entry_number, load_id.

with recursive

received_parts as (

    select distinct
        entry_number,
        load_id
    from ace.es003_tariff_lines

),

parts as materialized (

    select
        received_parts.entry_number,
        loads.load_id,
        loads.load_number,
        loads.report_run_date
    from received_parts
    join ace.readable_loads as loads
        on received_parts.load_id = loads.load_id

),

-- most entries stand in one file, which is their only version
several_parts as materialized (

    select
        entry_number,
        load_id,
        load_number,
        report_run_date
    from parts
    where entry_number in (select entry_number from parts group by entry_number having count(*) > 1)

),

-- and most others in one file of a run date: only what is left needs its rows compared
split_parts as (

    select
        entry_number,
        load_id,
        load_number,
        report_run_date
    from several_parts
    qualify count(*) over (partition by entry_number, report_run_date) > 1

),

part_rows as (

    select distinct
        split_parts.entry_number,
        split_parts.report_run_date,
        split_parts.load_number,
        tariff_rows.line_number,
        tariff_rows.tariff_ordinal
    from split_parts
    join ace.es003_tariff_lines as tariff_rows
        on split_parts.entry_number = tariff_rows.entry_number
       and split_parts.load_id = tariff_rows.load_id

),

repeated_rows as (

    select
        entry_number,
        report_run_date,
        load_number,
        lag(load_number) over (
            partition by entry_number, report_run_date, line_number, tariff_ordinal
            order by load_number
        ) as earlier_load_number
    from part_rows

),

repeating_parts as (

    select
        entry_number,
        report_run_date,
        load_number,
        max(earlier_load_number) as earlier_load_number
    from repeated_rows
    where earlier_load_number is not null
    group by all

),

-- a part that repeats only rows of runs before the one it stands in belongs to that one: it is its next part
runs as (

    select
        entry_number,
        report_run_date,
        min(load_number) as first_load_number,
        1 as run_ordinal
    from several_parts
    group by all

    union all

    select
        runs.entry_number,
        runs.report_run_date,
        min(repeating_parts.load_number) as first_load_number,
        runs.run_ordinal + 1 as run_ordinal
    from runs
    join repeating_parts
        on runs.entry_number = repeating_parts.entry_number
       and runs.report_run_date is not distinct from repeating_parts.report_run_date
       and runs.first_load_number <= repeating_parts.earlier_load_number
    group by runs.entry_number, runs.report_run_date, runs.run_ordinal

),

placed as (

    select
        parts.entry_number,
        parts.load_id,
        parts.load_number,
        parts.report_run_date,
        max(runs.run_ordinal) as run_ordinal
    from several_parts as parts
    join runs
        on parts.entry_number = runs.entry_number
       and parts.report_run_date is not distinct from runs.report_run_date
       and parts.load_number >= runs.first_load_number
    group by all

)

select
    entry_number,
    load_id,
    load_number,
    report_run_date,
    cast(
        dense_rank() over (
            partition by entry_number
            order by report_run_date nulls first, if(report_run_date is null, run_ordinal, 1)
        ) as integer
    ) as version_ordinal,
    cast(if(report_run_date is null, 1, run_ordinal) as integer) as run_ordinal
from placed

union all

select
    entry_number,
    load_id,
    load_number,
    report_run_date,
    1 as version_ordinal,
    1 as run_ordinal
from parts
where entry_number not in (select entry_number from several_parts)
