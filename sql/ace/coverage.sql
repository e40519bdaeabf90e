-- How complete the received ES-003 files are: every importer's entries by calendar month, with the months between that
-- have none. An entry stands in the month of its newest complete version, and only that version's amounts are summed.
-- Months without entries are shown from 2025 on and not beyond the day. A month is judged once it is over and the
-- importer's newest file was run after it. Assumptions of this project, not rules of CBP: a month has dropped suddenly
-- with fewer than half of the mean of the three calendar months before it, where that mean is at least 10 entries; too
-- many rows are set aside above 5 % of a month's received rows (an importer above 5 % has a month above 5 %). A file is
-- taken to ask for every importer, unless all its importers are one other. Rows set aside of an entry of which nothing
-- else was received stand under importer unknown, undated.
-- Grain: importer_key, entry_month.

with

-- of the few entries with several versions; all others are as their only version says
best_versions as (

    select
        entry_number,
        coalesce(first_value(importer_key ignore nulls) over best_first, 'unknown') as importer_key,
        first_value(importer_number ignore nulls) over best_first as importer_number,
        cast(date_trunc('month', first_value(entry_date ignore nulls) over best_first) as date) as first_of_month,
        tariff_row_count,
        filed_duty_usd,
        ieepa_heading_duty_usd
    from ace.entry_versions
    where entry_number in (select entry_number from ace.entry_versions where version_ordinal > 1)
    window best_first as (
        partition by entry_number
        order by is_partial, version_ordinal desc
        rows between unbounded preceding and unbounded following
    )
    qualify row_number() over (partition by entry_number order by is_partial, version_ordinal desc) = 1

),

entries as (

    select
        entry_number,
        importer_key,
        importer_number,
        first_of_month,
        tariff_row_count,
        filed_duty_usd,
        ieepa_heading_duty_usd
    from best_versions

    union all

    select
        entry_number,
        coalesce(importer_key, 'unknown') as importer_key,
        importer_number,
        cast(date_trunc('month', entry_date) as date) as first_of_month,
        tariff_row_count,
        filed_duty_usd,
        ieepa_heading_duty_usd
    from ace.entry_versions
    where entry_number not in (select entry_number from best_versions)

),

entry_loads as (

    select
        entries.importer_key,
        entries.first_of_month,
        versions.entry_number,
        versions.load_id,
        versions.report_run_date
    from ace.entry_version_loads as versions
    join entries
        on versions.entry_number = entries.entry_number

),

importers as (

    select
        entries.importer_key,
        max(entries.importer_number) as importer_number,
        min(entries.first_of_month) as first_month,
        max(entries.first_of_month) as last_month
    from entries
    group by entries.importer_key

),

-- no month after the last day that the importer's files can speak of is over
reaches as (

    select
        importers.importer_key,
        importers.first_month,
        importers.last_month,
        max(day.as_of_date) as as_of_date,
        coalesce(max(entry_loads.report_run_date), max(day.as_of_date)) as last_day
    from importers
    cross join registry.as_of as day
    left join entry_loads
        on importers.importer_key = entry_loads.importer_key
    group by all

),

entry_months as (

    select
        importer_key,
        first_of_month,
        count(*) as entry_count,
        sum(tariff_row_count) as tariff_row_count,
        sum(filed_duty_usd) as filed_duty_usd,
        sum(ieepa_heading_duty_usd) as ieepa_heading_duty_usd,
        count(*) filter (where filed_duty_usd is null) as duty_unknown_count,
        list_sort(list(distinct substr(entry_number, 1, 3))) as filer_codes
    from entries
    group by all

),

load_months as (

    select
        importer_key,
        first_of_month,
        count(distinct load_id) as load_count,
        min(report_run_date) as first_report_run_date,
        max(report_run_date) as last_report_run_date
    from entry_loads
    group by all

),

loaded_rows as (

    select
        rows.entry_number,
        count(*) as rows_loaded
    from ace.es003_tariff_lines as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by rows.entry_number

),

loaded_months as (

    select
        entries.importer_key,
        entries.first_of_month,
        sum(loaded_rows.rows_loaded) as rows_loaded
    from loaded_rows
    join entries
        on loaded_rows.entry_number = entries.entry_number
    group by all

),

quarantined_rows as (

    select
        quarantine.load_id,
        quarantine.source_row,
        max(quarantine.entry_number) as entry_number
    from ace.quarantine as quarantine
    join ace.readable_loads as loads
        on quarantine.load_id = loads.load_id
    where loads.report_code = 'ES-003'
    group by all

),

quarantined_months as (

    select
        coalesce(entries.importer_key, 'unknown') as importer_key,
        entries.first_of_month,
        count(*) as rows_quarantined
    from quarantined_rows
    left join entries
        on quarantined_rows.entry_number = entries.entry_number
    group by all

),

calendar as (

    select
        importer_key,
        first_of_month
    from entry_months
    union
    select
        importer_key,
        first_of_month
    from quarantined_months
    union
    select
        importer_key,
        cast(
            unnest(
                generate_series(
                    greatest(first_month, date '2025-01-01'), least(last_month, as_of_date), interval 1 month
                )
            ) as date
        ) as first_of_month
    from reaches
    where importer_key <> 'unknown'
      and first_month is not null

),

-- files with prompts, and the one importer whose rows they hold where it is only one
prompting_loads as (

    select
        loads.load_id,
        loads.asked_from_date,
        least(loads.asked_to_date, loads.report_run_date) as asked_to_date,
        case
            when count(distinct entry_loads.importer_key) = 1 then max(entry_loads.importer_key)
        end as only_importer_key
    from ace.loads as loads
    join ace.readable_loads as readable
        on loads.load_id = readable.load_id
    left join entry_loads
        on loads.load_id = entry_loads.load_id
       and entry_loads.importer_key <> 'unknown'
    where loads.report_code = 'ES-003'
      and loads.asked_from_date is not null
      and loads.asked_to_date is not null
    group by all

),

asked_ranges as (

    select distinct
        importers.importer_key,
        prompts.asked_from_date,
        prompts.asked_to_date
    from importers
    join prompting_loads as prompts
        on prompts.only_importer_key is null
        or prompts.only_importer_key = importers.importer_key
    where prompts.asked_from_date <= prompts.asked_to_date

),

range_breaks as (

    select
        importer_key,
        asked_from_date,
        asked_to_date,
        coalesce(
            asked_from_date > 1 + max(asked_to_date) over (
                partition by importer_key
                order by asked_from_date, asked_to_date
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_break
    from asked_ranges

),

numbered_ranges as (

    select
        importer_key,
        asked_from_date,
        asked_to_date,
        count(*) filter (where is_break) over (
            partition by importer_key
            order by asked_from_date, asked_to_date
        ) as span_number
    from range_breaks

),

-- ranges that touch or overlap are one span
asked_spans as (

    select
        importer_key,
        span_number,
        min(asked_from_date) as asked_from_date,
        max(asked_to_date) as asked_to_date
    from numbered_ranges
    group by all

),

asked_months as (

    select
        calendar.importer_key,
        calendar.first_of_month,
        bool_or(
            spans.asked_from_date <= calendar.first_of_month
            and spans.asked_to_date >= last_day(calendar.first_of_month)
        ) as is_asked_for,
        min(spans.asked_from_date) filter (where touches) as asked_from_date,
        max(spans.asked_to_date) filter (where touches) as asked_to_date
    from calendar
    join asked_spans as spans
        on calendar.importer_key = spans.importer_key
    cross join lateral (
        select
            spans.asked_from_date <= last_day(calendar.first_of_month)
            and spans.asked_to_date >= calendar.first_of_month as touches
    ) as overlap
    group by all

),

measured as (

    select
        calendar.importer_key,
        importers.importer_number,
        calendar.first_of_month,
        coalesce(load_months.load_count, 0) as load_count,
        load_months.first_report_run_date,
        load_months.last_report_run_date,
        asked_months.is_asked_for,
        asked_months.asked_from_date,
        asked_months.asked_to_date,
        coalesce(entry_months.entry_count, 0) as entry_count,
        coalesce(entry_months.tariff_row_count, 0) as tariff_row_count,
        entry_months.filed_duty_usd,
        entry_months.ieepa_heading_duty_usd,
        coalesce(entry_months.duty_unknown_count, 0) as duty_unknown_count,
        coalesce(entry_months.filer_codes, []) as filer_codes,
        coalesce(loaded_months.rows_loaded, 0) as rows_loaded,
        coalesce(quarantined_months.rows_quarantined, 0) as rows_quarantined,
        coalesce(
            calendar.importer_key <> 'unknown' and last_day(calendar.first_of_month) < reaches.last_day, false
        ) as is_judged,
        if(
            calendar.importer_key <> 'unknown' and count(*) over three_months_before = 3,
            sum(coalesce(entry_months.entry_count, 0)) over three_months_before,
            null
        ) as entries_three_months_before
    from calendar
    left join importers
        on calendar.importer_key = importers.importer_key
    left join reaches
        on calendar.importer_key = reaches.importer_key
    left join entry_months
        on calendar.importer_key = entry_months.importer_key
       and calendar.first_of_month is not distinct from entry_months.first_of_month
    left join load_months
        on calendar.importer_key = load_months.importer_key
       and calendar.first_of_month is not distinct from load_months.first_of_month
    left join loaded_months
        on calendar.importer_key = loaded_months.importer_key
       and calendar.first_of_month is not distinct from loaded_months.first_of_month
    left join quarantined_months
        on calendar.importer_key = quarantined_months.importer_key
       and calendar.first_of_month is not distinct from quarantined_months.first_of_month
    left join asked_months
        on calendar.importer_key = asked_months.importer_key
       and calendar.first_of_month = asked_months.first_of_month
    window three_months_before as (
        partition by calendar.importer_key
        order by calendar.first_of_month
        range between interval 3 months preceding and interval 1 month preceding
    )

)

select
    importer_key,
    importer_number,
    coalesce(strftime(first_of_month, '%Y-%m'), 'undated') as entry_month,
    cast(load_count as integer) as load_count,
    first_report_run_date,
    last_report_run_date,
    is_asked_for,
    asked_from_date,
    asked_to_date,
    cast(entry_count as integer) as entry_count,
    cast(entries_three_months_before as integer) as entries_three_months_before,
    cast(tariff_row_count as integer) as tariff_row_count,
    cast(filed_duty_usd as decimal(18, 2)) as filed_duty_usd,
    cast(ieepa_heading_duty_usd as decimal(18, 2)) as ieepa_heading_duty_usd,
    cast(duty_unknown_count as integer) as duty_unknown_count,
    filer_codes,
    cast(rows_loaded as integer) as rows_loaded,
    cast(rows_quarantined as integer) as rows_quarantined,
    if(
        rows_loaded + rows_quarantined > 0,
        cast(rows_quarantined / (rows_loaded + rows_quarantined) as decimal(9, 6)),
        null
    ) as quarantined_share,
    case
        when is_judged and entry_count = 0 and coalesce(is_asked_for, false) then 'no_entries_though_asked'
        when is_judged and entry_count = 0 then 'no_entries'
        when is_judged and entries_three_months_before >= 30 and 6 * entry_count < entries_three_months_before
            then 'sudden_drop'
        when 20 * rows_quarantined > rows_loaded + rows_quarantined then 'too_many_quarantined'
    end as coverage_finding
from measured
