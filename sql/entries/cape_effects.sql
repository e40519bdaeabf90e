-- What CAPE did to every entry it accepted as of the day: the baseline beside the newest complete version that was run
-- on the day of acceptance or later. Was the duty of headings 9903.01 and 9903.02 removed, and what else differs? Where
-- a 15 % heading goes, the commodity row may lawfully show its own duty again, so that other duty rises: this is shown,
-- not judged. Without an acceptance date no version is known to be from after it. An amount is unknown where a row of
-- the version states none or was set aside; what else differs is then told only of the importer, type and origin.
-- Grain: entry_number.

with

accepted as (

    select
        claims.entry_number,
        baselines.partition_month,
        claims.claim_number,
        claims.accepted_date,
        claims.accepted_date_basis,
        baselines.version_ordinal as before_version_ordinal
    from entries.claim_facts as claims
    join lines.entry_baselines as baselines
        on claims.entry_number = baselines.entry_number
    where claims.is_accepted

),

later_versions as (

    select
        accepted.entry_number,
        max(versions.version_ordinal) as version_ordinal
    from accepted
    join ace.entry_versions as versions
        on accepted.entry_number = versions.entry_number
       and versions.version_ordinal > coalesce(accepted.before_version_ordinal, 0)
       and versions.report_run_date >= accepted.accepted_date
    where not versions.is_partial
    group by accepted.entry_number

),

compared_versions as (

    select
        'before' as side,
        entry_number,
        before_version_ordinal as version_ordinal
    from accepted
    where before_version_ordinal is not null
    union all
    select
        'after' as side,
        entry_number,
        version_ordinal
    from later_versions

),

version_rows as (

    select
        compared.side,
        rows.entry_number,
        rows.line_number,
        substr(rows.hts_number, 1, 6) in ('990301', '990302') as is_ieepa,
        substr(rows.hts_number, 1, 2) < '98' as is_commodity,
        rows.hts_number,
        rows.country_of_origin,
        rows.goods_value_usd,
        rows.duty_usd
    from compared_versions as compared
    join ace.entry_version_loads as versions
        on compared.entry_number = versions.entry_number
       and compared.version_ordinal = versions.version_ordinal
    join ace.es003_tariff_lines as rows
        on versions.entry_number = rows.entry_number
       and versions.load_id = rows.load_id
    qualify row_number() over (
        partition by compared.side, rows.entry_number, rows.line_number, rows.tariff_ordinal
        order by versions.load_number desc, rows.source_row desc
    ) = 1

),

version_lines as (

    select
        side,
        entry_number,
        line_number,
        count(*) as tariff_row_count,
        count(*) filter (where is_ieepa and duty_usd is null) as ieepa_hole_count,
        sum(if(is_ieepa, duty_usd, null)) as ieepa_usd,
        count(*) filter (where not is_ieepa and duty_usd is null) as other_hole_count,
        sum(if(is_ieepa, null, duty_usd)) as other_duty_usd,
        -- the entered value stands on the rows of chapters 1 to 97; it is looked for elsewhere where those have none,
        -- and unknown where only some of them state it
        case
            when coalesce(max(if(is_commodity, goods_value_usd, null)), 0) <= 0 then sum(goods_value_usd)
            when not bool_or(is_commodity and goods_value_usd is null)
                then sum(if(is_commodity, goods_value_usd, null))
        end as goods_value_usd,
        list_sort(list(if(is_ieepa, '', hts_number))) as hts_numbers,
        list_sort(list_distinct(list(country_of_origin))) as origins
    from version_rows
    group by all

),

version_entries as (

    select
        lines.side,
        lines.entry_number,
        max(versions.report_run_date) as report_run_date,
        max(versions.importer_key) as importer_key,
        max(versions.entry_type_code) as entry_type_code,
        max(versions.quarantined_row_count) = 0 as is_whole,
        count(*) as line_count,
        sum(lines.tariff_row_count) as tariff_row_count,
        if(
            max(versions.quarantined_row_count) = 0 and sum(lines.ieepa_hole_count) = 0,
            coalesce(sum(lines.ieepa_usd), 0),
            null
        ) as ieepa_usd,
        if(
            max(versions.quarantined_row_count) = 0 and sum(lines.other_hole_count) = 0,
            coalesce(sum(lines.other_duty_usd), 0),
            null
        ) as other_duty_usd,
        if(
            max(versions.quarantined_row_count) = 0 and count(lines.goods_value_usd) = count(*),
            sum(lines.goods_value_usd),
            null
        ) as goods_value_usd
    from version_lines as lines
    join compared_versions as compared
        on lines.side = compared.side
       and lines.entry_number = compared.entry_number
    join ace.entry_versions as versions
        on compared.entry_number = versions.entry_number
       and compared.version_ordinal = versions.version_ordinal
    group by all

),

line_changes as (

    select
        coalesce(before_lines.entry_number, after_lines.entry_number) as entry_number,
        bool_or(before_lines.line_number is null) as has_added_lines,
        bool_or(after_lines.line_number is null) as has_removed_lines,
        bool_or(
            list_filter(before_lines.hts_numbers, lambda number: number <> '')
            <> list_filter(after_lines.hts_numbers, lambda number: number <> '')
        ) as has_other_tariff_numbers,
        bool_or(
            len(before_lines.origins) > 0
            and len(after_lines.origins) > 0
            and before_lines.origins <> after_lines.origins
        ) as has_other_origins
    from (
        select
            entry_number,
            line_number,
            hts_numbers,
            origins
        from version_lines
        where side = 'before'
    ) as before_lines
    full join (
        select
            entry_number,
            line_number,
            hts_numbers,
            origins
        from version_lines
        where side = 'after'
    ) as after_lines
        on before_lines.entry_number = after_lines.entry_number
       and before_lines.line_number = after_lines.line_number
    group by all

)

select
    accepted.entry_number,
    accepted.partition_month,
    accepted.claim_number,
    accepted.accepted_date,
    accepted.accepted_date_basis,
    accepted.before_version_ordinal,
    earlier.report_run_date as before_run_date,
    later_versions.version_ordinal as after_version_ordinal,
    later.report_run_date as after_run_date,
    cast(earlier.ieepa_usd as decimal(18, 2)) as ieepa_before_usd,
    cast(later.ieepa_usd as decimal(18, 2)) as ieepa_after_usd,
    cast(earlier.other_duty_usd as decimal(18, 2)) as other_duty_before_usd,
    cast(later.other_duty_usd as decimal(18, 2)) as other_duty_after_usd,
    cast(later.other_duty_usd - earlier.other_duty_usd as decimal(18, 2)) as other_duty_change_usd,
    cast(earlier.goods_value_usd as decimal(18, 2)) as goods_value_before_usd,
    cast(later.goods_value_usd as decimal(18, 2)) as goods_value_after_usd,
    cast(earlier.line_count as integer) as line_count_before,
    cast(later.line_count as integer) as line_count_after,
    cast(earlier.tariff_row_count as integer) as tariff_row_count_before,
    cast(later.tariff_row_count as integer) as tariff_row_count_after,
    case
        when accepted.before_version_ordinal is null then 'no_baseline'
        when earlier.ieepa_usd <= 0 then 'nothing_to_remove'
        when later_versions.version_ordinal is null then 'not_seen_yet'
        when earlier.ieepa_usd is null or later.ieepa_usd is null then 'amount_unknown'
        when later.ieepa_usd <= 0 then 'removed'
        when later.ieepa_usd < earlier.ieepa_usd then 'partly_removed'
        else 'not_removed'
    end as effect,
    list_filter(
        [
            if(earlier.entry_type_code <> later.entry_type_code, 'entry_type_changed', null),
            if(earlier.goods_value_usd <> later.goods_value_usd, 'goods_value_changed', null),
            if(earlier.importer_key <> later.importer_key, 'importer_changed', null),
            if(earlier.is_whole and later.is_whole and line_changes.has_added_lines, 'lines_added', null),
            if(earlier.is_whole and later.is_whole and line_changes.has_removed_lines, 'lines_removed', null),
            if(line_changes.has_other_origins, 'origin_changed', null),
            if(earlier.other_duty_usd <> later.other_duty_usd, 'other_duty_changed', null),
            if(earlier.is_whole and later.is_whole and line_changes.has_other_tariff_numbers,
                'tariff_number_changed', null)
        ],
        lambda change: change is not null
    ) as changes
from accepted
left join later_versions
    on accepted.entry_number = later_versions.entry_number
left join version_entries as earlier
    on accepted.entry_number = earlier.entry_number
   and earlier.side = 'before'
left join version_entries as later
    on accepted.entry_number = later.entry_number
   and later.side = 'after'
left join line_changes
    on accepted.entry_number = line_changes.entry_number
