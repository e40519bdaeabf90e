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
        entry_number,
        before_version_ordinal as version_ordinal
    from accepted
    where before_version_ordinal is not null
    union all
    select
        entry_number,
        version_ordinal
    from later_versions

),

received_rows as materialized (

    select
        rows.entry_number,
        versions.version_ordinal,
        rows.line_number,
        rows.tariff_ordinal,
        versions.load_number,
        rows.source_row,
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

),

-- a line may repeat a row where it has more rows than ordinals; ordinals from 63 on are not told apart
repeating_lines as (

    select
        entry_number,
        version_ordinal,
        line_number
    from received_rows
    group by all
    having count(*) > bit_count(bit_or(cast(1 as ubigint) << least(tariff_ordinal, 63)))

),

-- of rows with one key the last counts
replaced_rows as (

    select
        rows.entry_number,
        rows.version_ordinal,
        rows.load_number,
        rows.source_row
    from repeating_lines as lines
    join received_rows as rows
        on lines.entry_number = rows.entry_number
       and lines.version_ordinal = rows.version_ordinal
       and lines.line_number = rows.line_number
    qualify row_number() over (
        partition by rows.entry_number, rows.version_ordinal, rows.line_number, rows.tariff_ordinal
        order by rows.load_number desc, rows.source_row desc
    ) > 1

),

version_rows as materialized (

    select
        rows.entry_number,
        rows.version_ordinal,
        rows.line_number,
        rows.is_ieepa,
        rows.is_commodity,
        rows.hts_number,
        rows.country_of_origin,
        rows.goods_value_usd,
        rows.duty_usd
    from received_rows as rows
    anti join replaced_rows as replaced
        on rows.entry_number = replaced.entry_number
       and rows.version_ordinal = replaced.version_ordinal
       and rows.load_number = replaced.load_number
       and rows.source_row = replaced.source_row

),

version_lines as (

    select
        entry_number,
        version_ordinal,
        count(*) as tariff_row_count,
        bool_or(is_ieepa and duty_usd is null) as has_ieepa_hole,
        sum(duty_usd) filter (where is_ieepa) as ieepa_usd,
        bool_or(not is_ieepa and duty_usd is null) as has_other_hole,
        sum(duty_usd) filter (where not is_ieepa) as other_duty_usd,
        -- the entered value stands on the rows of chapters 1 to 97; it is looked for elsewhere where those have none,
        -- and unknown where only some of them state it
        case
            when coalesce(max(goods_value_usd) filter (where is_commodity), 0) <= 0 then sum(goods_value_usd)
            when not bool_or(is_commodity and goods_value_usd is null)
                then sum(goods_value_usd) filter (where is_commodity)
        end as goods_value_usd
    from version_rows
    group by entry_number, version_ordinal, line_number

),

version_sums as (

    select
        entry_number,
        version_ordinal,
        count(*) as line_count,
        sum(tariff_row_count) as tariff_row_count,
        if(bool_or(has_ieepa_hole), null, coalesce(sum(ieepa_usd), 0)) as ieepa_usd,
        if(bool_or(has_other_hole), null, coalesce(sum(other_duty_usd), 0)) as other_duty_usd,
        if(count(goods_value_usd) = count(*), sum(goods_value_usd), null) as goods_value_usd
    from version_lines
    group by all

),

version_entries as (

    select
        sums.entry_number,
        sums.version_ordinal,
        versions.report_run_date,
        versions.importer_key,
        versions.entry_type_code,
        versions.quarantined_row_count = 0 as is_whole,
        sums.line_count,
        sums.tariff_row_count,
        if(is_whole, sums.ieepa_usd, null) as ieepa_usd,
        if(is_whole, sums.other_duty_usd, null) as other_duty_usd,
        if(is_whole, sums.goods_value_usd, null) as goods_value_usd
    from version_sums as sums
    join ace.entry_versions as versions
        on sums.entry_number = versions.entry_number
       and sums.version_ordinal = versions.version_ordinal

),

-- what is on the lines of entries that have a version from after
line_contents as (

    select
        rows.entry_number,
        rows.version_ordinal,
        rows.line_number,
        rows.version_ordinal = later.version_ordinal as is_after,
        list_sort(coalesce(list(rows.hts_number) filter (where not rows.is_ieepa), [])) as hts_numbers,
        list_sort(list(distinct rows.country_of_origin) filter (where rows.country_of_origin is not null)) as origins
    from version_rows as rows
    join later_versions as later
        on rows.entry_number = later.entry_number
    group by all

),

line_changes as (

    select
        coalesce(before_lines.entry_number, after_lines.entry_number) as entry_number,
        bool_or(before_lines.line_number is null) as has_added_lines,
        bool_or(after_lines.line_number is null) as has_removed_lines,
        bool_or(before_lines.hts_numbers <> after_lines.hts_numbers) as has_other_tariff_numbers,
        -- unknown, and so no other, where either states none
        bool_or(before_lines.origins <> after_lines.origins) as has_other_origins
    from (
        select
            entry_number,
            line_number,
            hts_numbers,
            origins
        from line_contents
        where not is_after
    ) as before_lines
    full join (
        select
            entry_number,
            line_number,
            hts_numbers,
            origins
        from line_contents
        where is_after
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
   and accepted.before_version_ordinal = earlier.version_ordinal
left join version_entries as later
    on later_versions.entry_number = later.entry_number
   and later_versions.version_ordinal = later.version_ordinal
left join line_changes
    on accepted.entry_number = line_changes.entry_number
