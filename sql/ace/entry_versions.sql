-- Every version of every entry summary as received, with what its export could and could not say. A fact of the entry
-- comes from the newest run of the version that has its column, and there from any of its files that states it.
-- Grain: entry_number, version_ordinal.

with

tariff_row_keys as (

    select
        versions.entry_number,
        versions.version_ordinal,
        rows.line_number,
        rows.tariff_ordinal,
        arg_max(rows.hts_number, (versions.load_number, rows.source_row)) as hts_number,
        arg_max({'usd': rows.duty_usd}, (versions.load_number, rows.source_row)).usd as duty_usd
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    group by all

),

measured as (

    select
        entry_number,
        version_ordinal,
        count(*) as tariff_row_count,
        list_sort(list(distinct line_number)) as line_numbers,
        count(*) filter (where substr(hts_number, 1, 2) < '98') as commodity_row_count,
        sum(duty_usd) as filed_duty_usd,
        sum(duty_usd) filter (where substr(hts_number, 1, 6) in ('990301', '990302')) as ieepa_heading_duty_usd
    from tariff_row_keys
    group by all

),

-- a fact is null where the file has no column for it, and {'told': null} where the column is there and blank
file_facts as (

    select
        versions.entry_number,
        versions.version_ordinal,
        versions.run_ordinal,
        versions.load_number,
        versions.report_run_date,
        sum(
            hash(
                rows.line_number, rows.tariff_ordinal, rows.entry_date, rows.country_of_origin, rows.hts_number,
                rows.goods_value_usd, rows.duty_usd, rows.line_spi_code, rows.column_1_rate_filed,
                rows.quantity_1, rows.quantity_1_unit, rows.quantity_2, rows.quantity_2_unit, rows.quantity_3,
                rows.quantity_3_unit
            )
        ) as contents_hash,
        sum(
            hash(
                rows.entry_number, rows.line_number, rows.tariff_ordinal, rows.entry_date, rows.country_of_origin,
                rows.hts_number, rows.goods_value_usd, rows.duty_usd, rows.line_spi_code, rows.column_1_rate_filed,
                rows.quantity_1, rows.quantity_1_unit, rows.quantity_2, rows.quantity_2_unit, rows.quantity_3,
                rows.quantity_3_unit, rows.load_id, rows.source_row, versions.load_number
            )
        ) as rows_hash,
        max(rows.importer_number) as importer_number,
        max(rows.importer_key) as importer_key,
        max(rows.entry_type_code) as entry_type_code,
        max(rows.entry_date) as entry_date,
        max(rows.entry_summary_date) as entry_summary_date,
        case when list_contains(loads.columns_present, 'liquidation_status')
            then {'told': max(rows.liquidation_status)} end as liquidation_status,
        case when list_contains(loads.columns_present, 'liquidation_date')
            then {'told': max(rows.liquidation_date)} end as liquidation_date,
        case when list_contains(loads.columns_present, 'reconciliation_indicator')
            then {'told': max(rows.reconciliation_indicator)} end as reconciliation_indicator,
        case when list_contains(loads.columns_present, 'fta_reconciliation_indicator')
            then {'told': max(rows.fta_reconciliation_indicator)} end as fta_reconciliation_indicator,
        case when list_contains(loads.columns_present, 'reconciliation_issue_code')
            then {'told': max(rows.reconciliation_issue_code)} end as reconciliation_issue_code,
        case when list_contains(loads.columns_present, 'reconciliation_other_due_date')
            then {'told': max(rows.reconciliation_other_due_date)} end as reconciliation_other_due_date,
        case when list_contains(loads.columns_present, 'reconciliation_fta_due_date')
            then {'told': max(rows.reconciliation_fta_due_date)} end as reconciliation_fta_due_date,
        case when list_has_any(
            loads.columns_present, ['reconciliation_other_entry_number', 'reconciliation_fta_entry_number']
        )
            then {'told': max(coalesce(rows.reconciliation_other_entry_number, rows.reconciliation_fta_entry_number))}
        end as reconciliation_entry_number,
        case when list_contains(loads.columns_present, 'protest_status')
            then {'told': max(rows.protest_status)} end as protest_status,
        case when list_contains(loads.columns_present, 'protest_number')
            then {'told': max(rows.protest_number)} end as protest_number,
        case when list_contains(loads.columns_present, 'control_status')
            then {'told': max(rows.control_status)} end as control_status,
        case when list_contains(loads.columns_present, 'psc_indicator')
            then {'told': max(rows.psc_indicator)} end as psc_indicator,
        case when list_contains(loads.columns_present, 'latest_psc_filed_date')
            then {'told': max(rows.latest_psc_filed_date)} end as latest_psc_filed_date
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by
        versions.entry_number, versions.version_ordinal, versions.run_ordinal, versions.load_number,
        versions.report_run_date, loads.columns_present

),

version_facts as (

    select
        entry_number,
        version_ordinal,
        max(report_run_date) as report_run_date,
        max(load_number) as last_load_number,
        sum(contents_hash) as contents_hash,
        cast(sum(rows_hash) as varchar) as rows_hash,
        arg_max(importer_number, (run_ordinal, load_number)) as importer_number,
        arg_max(importer_key, (run_ordinal, load_number)) as importer_key,
        arg_max(entry_type_code, (run_ordinal, load_number)) as entry_type_code,
        arg_max(entry_date, (run_ordinal, load_number)) as entry_date,
        arg_max(entry_summary_date, (run_ordinal, load_number)) as entry_summary_date,
        bool_or(liquidation_status is not null) as has_liquidation_status_column,
        bool_or(liquidation_date is not null) as has_liquidation_date_column,
        bool_or(reconciliation_indicator is not null) as has_reconciliation_column,
        bool_or(fta_reconciliation_indicator is not null) as has_fta_reconciliation_column,
        bool_or(reconciliation_other_due_date is not null or reconciliation_fta_due_date is not null)
            as has_reconciliation_due_date_column,
        bool_or(reconciliation_entry_number is not null) as has_reconciliation_entry_column,
        bool_or(protest_status is not null) as has_protest_column,
        bool_or(latest_psc_filed_date is not null) as has_psc_date_column,
        bool_or(psc_indicator is not null or latest_psc_filed_date is not null) as has_psc_column,
        arg_max(liquidation_status, (run_ordinal, liquidation_status.told is not null, load_number)).told
            as liquidation_status,
        arg_max(liquidation_date, (run_ordinal, liquidation_date.told is not null, load_number)).told
            as liquidation_date,
        arg_max(reconciliation_indicator, (run_ordinal, reconciliation_indicator.told is not null, load_number)).told
            as reconciliation_indicator,
        arg_max(
            fta_reconciliation_indicator, (run_ordinal, fta_reconciliation_indicator.told is not null, load_number)
        ).told as fta_reconciliation_indicator,
        arg_max(reconciliation_issue_code, (run_ordinal, reconciliation_issue_code.told is not null, load_number)).told
            as reconciliation_issue_code,
        arg_max(
            reconciliation_other_due_date, (run_ordinal, reconciliation_other_due_date.told is not null, load_number)
        ).told as reconciliation_other_due_date,
        arg_max(
            reconciliation_fta_due_date, (run_ordinal, reconciliation_fta_due_date.told is not null, load_number)
        ).told as reconciliation_fta_due_date,
        arg_max(
            reconciliation_entry_number, (run_ordinal, reconciliation_entry_number.told is not null, load_number)
        ).told as reconciliation_entry_number,
        arg_max(protest_status, (run_ordinal, protest_status.told is not null, load_number)).told as protest_status,
        arg_max(protest_number, (run_ordinal, protest_number.told is not null, load_number)).told as protest_number,
        arg_max(control_status, (run_ordinal, control_status.told is not null, load_number)).told as control_status,
        arg_max(psc_indicator, (run_ordinal, psc_indicator.told is not null, load_number)).told as psc_indicator,
        arg_max(latest_psc_filed_date, (run_ordinal, latest_psc_filed_date.told is not null, load_number)).told
            as latest_psc_filed_date
    from file_facts
    group by all

),

entry_amounts as (

    select
        versions.entry_number,
        versions.version_ordinal,
        -- where the repetitions differ it is unknown which of them is the entry's
        case
            when count(distinct amounts.total_liquidated_duty_usd) = 1 then max(amounts.total_liquidated_duty_usd)
        end as total_liquidated_duty_usd
    from ace.es003_entry_amounts as amounts
    join ace.entry_version_loads as versions
        on amounts.entry_number = versions.entry_number
       and amounts.load_id = versions.load_id
    group by all

),

-- also of a file that gave the version no other row: then it is known by its run date
quarantined as (

    select
        versions.entry_number,
        versions.version_ordinal,
        count(distinct (quarantine.load_id, quarantine.source_row)) as row_count
    from ace.quarantine as quarantine
    join ace.readable_loads as loads
        on quarantine.load_id = loads.load_id
    join ace.entry_version_loads as versions
        on quarantine.entry_number = versions.entry_number
       and (quarantine.load_id = versions.load_id or loads.report_run_date = versions.report_run_date)
    where loads.report_code = 'ES-003'
    group by all

),

-- what is known by the time of each version: a correction stays known where a later export has no column for it
corrected as (

    select
        measured.entry_number,
        measured.version_ordinal,
        measured.line_numbers,
        coalesce(measured.ieepa_heading_duty_usd, 0) as ieepa_heading_duty_usd,
        version_facts.report_run_date,
        version_facts.has_psc_column,
        version_facts.has_psc_date_column,
        coalesce(
            bool_or(
                version_facts.latest_psc_filed_date is not null
                or upper(trim(version_facts.psc_indicator)) in ('Y', 'YES')
            ) over so_far,
            false
        ) as is_corrected,
        max(version_facts.latest_psc_filed_date) over so_far as latest_psc_filed_date,
        min(measured.line_numbers) over entry <> max(measured.line_numbers) over entry as has_changing_lines,
        max(measured.ieepa_heading_duty_usd) over entry as most_ieepa_heading_duty_usd
    from measured
    join version_facts
        on measured.entry_number = version_facts.entry_number
       and measured.version_ordinal = version_facts.version_ordinal
    window
        entry as (partition by measured.entry_number),
        so_far as (partition by measured.entry_number order by measured.version_ordinal)

),

-- what a version no longer has of an older one, and whether a correction newer than that older one explains it: one
-- that the older version says it has not, or one filed since it was run; null where this cannot be known
losses as (

    select
        newer.entry_number,
        newer.version_ordinal,
        older.version_ordinal as older_version_ordinal,
        not list_has_all(newer.line_numbers, older.line_numbers) as has_lost_lines,
        not list_has_all(older.line_numbers, newer.line_numbers) as has_new_lines,
        older.ieepa_heading_duty_usd > 0 and newer.ieepa_heading_duty_usd = 0 as has_lost_ieepa_duty,
        case
            when not newer.is_corrected then false
            when older.has_psc_column and not older.is_corrected then true
            when newer.latest_psc_filed_date <= older.latest_psc_filed_date then false
            when older.has_psc_date_column and older.latest_psc_filed_date is not null then true
            when older.has_psc_column and newer.latest_psc_filed_date is null then false
            else newer.latest_psc_filed_date >= older.report_run_date
        end as is_explained
    from corrected as newer
    join corrected as older
        on newer.entry_number = older.entry_number
       and newer.version_ordinal > older.version_ordinal
    where newer.has_changing_lines
       or (newer.most_ieepa_heading_duty_usd > 0 and newer.ieepa_heading_duty_usd = 0)

),

-- a version that lacks unexplained lines is not whole; nor is the older one where it may itself be the one at fault:
-- where it lacks lines in its turn, or where it cannot be known whether the correction is newer
losers as (

    select
        entry_number,
        version_ordinal,
        has_lost_lines,
        has_lost_ieepa_duty
    from losses
    where is_explained is not true

    union all

    select
        entry_number,
        older_version_ordinal as version_ordinal,
        has_lost_lines,
        false as has_lost_ieepa_duty
    from losses
    where has_lost_lines
      and (is_explained is null or (not is_explained and has_new_lines))

),

incomplete as (

    select
        entry_number,
        version_ordinal,
        bool_or(has_lost_lines) as has_lost_lines,
        bool_or(has_lost_ieepa_duty) as has_lost_ieepa_duty
    from losers
    group by all

)

select
    measured.entry_number,
    measured.version_ordinal,
    version_facts.report_run_date,
    version_facts.last_load_number,
    cast(measured.tariff_row_count as integer) as tariff_row_count,
    cast(len(measured.line_numbers) as integer) as line_count,
    cast(measured.commodity_row_count as integer) as commodity_row_count,
    cast(coalesce(quarantined.row_count, 0) as integer) as quarantined_row_count,
    (measured.commodity_row_count = 0
        and max(measured.commodity_row_count) over (partition by measured.entry_number) > 0)
    or coalesce(incomplete.has_lost_lines, false) as is_partial,
    coalesce(incomplete.has_lost_ieepa_duty, false) as has_lost_ieepa_duty,
    coalesce(
        min(version_facts.contents_hash) filter (where version_facts.report_run_date is null)
            over (partition by measured.entry_number)
        <> max(version_facts.contents_hash) filter (where version_facts.report_run_date is null)
            over (partition by measured.entry_number),
        false
    ) as has_differing_undated_versions,
    version_facts.rows_hash,
    cast(measured.filed_duty_usd as decimal(18, 2)) as filed_duty_usd,
    cast(measured.ieepa_heading_duty_usd as decimal(18, 2)) as ieepa_heading_duty_usd,
    version_facts.importer_number,
    version_facts.importer_key,
    version_facts.entry_type_code,
    version_facts.entry_date,
    version_facts.entry_summary_date,
    version_facts.has_liquidation_status_column,
    version_facts.liquidation_status,
    version_facts.has_liquidation_date_column,
    version_facts.liquidation_date,
    version_facts.has_reconciliation_column,
    version_facts.reconciliation_indicator,
    version_facts.has_fta_reconciliation_column,
    version_facts.fta_reconciliation_indicator,
    version_facts.reconciliation_issue_code,
    version_facts.has_reconciliation_due_date_column,
    version_facts.reconciliation_other_due_date,
    version_facts.reconciliation_fta_due_date,
    version_facts.has_reconciliation_entry_column,
    version_facts.reconciliation_entry_number,
    version_facts.has_protest_column,
    version_facts.protest_status,
    version_facts.protest_number,
    version_facts.control_status,
    version_facts.psc_indicator,
    version_facts.latest_psc_filed_date,
    entry_amounts.total_liquidated_duty_usd
from measured
join version_facts
    on measured.entry_number = version_facts.entry_number
   and measured.version_ordinal = version_facts.version_ordinal
left join entry_amounts
    on measured.entry_number = entry_amounts.entry_number
   and measured.version_ordinal = entry_amounts.version_ordinal
left join quarantined
    on measured.entry_number = quarantined.entry_number
   and measured.version_ordinal = quarantined.version_ordinal
left join incomplete
    on measured.entry_number = incomplete.entry_number
   and measured.version_ordinal = incomplete.version_ordinal
