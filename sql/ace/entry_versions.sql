-- Every version of every entry summary as received, with what its export could and could not say. A fact of the entry
-- comes from the newest run of the version that has its column, and there from any of its files that states it.
-- Nearly every version is one file that repeats no row: what the file says of the entry is then the version, and only
-- the others are put together row by row.
-- Grain: entry_number, version_ordinal.

with

loads as (

    select
        load_id,
        load_number,
        report_run_date,
        list_contains(columns_present, 'liquidation_status') as has_liquidation_status,
        list_contains(columns_present, 'liquidation_date') as has_liquidation_date,
        list_contains(columns_present, 'reconciliation_indicator') as has_reconciliation_indicator,
        list_contains(columns_present, 'fta_reconciliation_indicator') as has_fta_reconciliation_indicator,
        list_contains(columns_present, 'reconciliation_issue_code') as has_reconciliation_issue_code,
        list_contains(columns_present, 'reconciliation_other_due_date') as has_reconciliation_other_due_date,
        list_contains(columns_present, 'reconciliation_fta_due_date') as has_reconciliation_fta_due_date,
        list_has_any(
            columns_present, ['reconciliation_other_entry_number', 'reconciliation_fta_entry_number']
        ) as has_reconciliation_entry_number,
        list_contains(columns_present, 'protest_status') as has_protest_status,
        list_contains(columns_present, 'protest_number') as has_protest_number,
        list_contains(columns_present, 'control_status') as has_control_status,
        list_contains(columns_present, 'psc_indicator') as has_psc_indicator,
        list_contains(columns_present, 'latest_psc_filed_date') as has_latest_psc_filed_date
    from ace.readable_loads
    where report_code = 'ES-003'

),

file_facts as materialized (

    select
        rows.entry_number,
        loads.load_number,
        count(*) as tariff_row_count,
        count(*) filter (where substr(rows.hts_number, 1, 2) < '98') as commodity_row_count,
        sum(rows.duty_usd) as filed_duty_usd,
        sum(rows.duty_usd) filter (where substr(rows.hts_number, 1, 6) in ('990301', '990302'))
            as ieepa_heading_duty_usd,
        -- a bit for each line, and one for each row: six to a line, which lines and ordinals far apart share
        bit_or(cast(1 as ubigint) << cast(least(rows.line_number, 63) as ubigint)) as lines,
        bit_or(cast(1 as ubigint) << cast((rows.line_number % 64 * 6 + rows.tariff_ordinal) % 64 as ubigint))
            as places,
        -- asked of undated versions only
        sum(
            case when loads.report_run_date is null then hash(
                rows.line_number, rows.tariff_ordinal, rows.entry_date, rows.country_of_origin, rows.hts_number,
                rows.goods_value_usd, rows.duty_usd, rows.line_spi_code, rows.column_1_rate_filed,
                rows.quantity_1, rows.quantity_1_unit, rows.quantity_2, rows.quantity_2_unit, rows.quantity_3,
                rows.quantity_3_unit
            ) end
        ) as contents_hash,
        sum(
            hash(
                rows.entry_number, rows.line_number, rows.tariff_ordinal, rows.entry_date, rows.country_of_origin,
                rows.hts_number, rows.goods_value_usd, rows.duty_usd, rows.line_spi_code, rows.column_1_rate_filed,
                rows.quantity_1, rows.quantity_1_unit, rows.quantity_2, rows.quantity_2_unit, rows.quantity_3,
                rows.quantity_3_unit, rows.load_id, rows.source_row, loads.load_number
            )
        ) as rows_hash,
        count(*) > bit_count(places) or max(rows.line_number) > 62 as may_repeat_rows,
        max(rows.importer_number) as importer_number,
        max(rows.importer_key) as importer_key,
        max(rows.entry_type_code) as entry_type_code,
        max(rows.entry_date) as entry_date,
        max(rows.entry_summary_date) as entry_summary_date,
        max(rows.liquidation_status) as liquidation_status,
        max(rows.liquidation_date) as liquidation_date,
        max(rows.reconciliation_indicator) as reconciliation_indicator,
        max(rows.fta_reconciliation_indicator) as fta_reconciliation_indicator,
        max(rows.reconciliation_issue_code) as reconciliation_issue_code,
        max(rows.reconciliation_other_due_date) as reconciliation_other_due_date,
        max(rows.reconciliation_fta_due_date) as reconciliation_fta_due_date,
        max(coalesce(rows.reconciliation_other_entry_number, rows.reconciliation_fta_entry_number))
            as reconciliation_entry_number,
        max(rows.protest_status) as protest_status,
        max(rows.protest_number) as protest_number,
        max(rows.control_status) as control_status,
        max(rows.psc_indicator) as psc_indicator,
        max(rows.latest_psc_filed_date) as latest_psc_filed_date
    from ace.es003_tariff_lines as rows
    join loads
        on rows.load_id = loads.load_id
    group by rows.entry_number, loads.load_number

),

entries_of_several_files as (

    select entry_number
    from ace.entry_version_loads
    group by entry_number
    having count(*) > 1

),

-- the files of entries of which more than one file, or a file that may repeat a row, was received; a file that has as
-- many places as rows repeats none
special_files as materialized (

    select
        versions.entry_number,
        versions.load_id,
        versions.load_number,
        versions.version_ordinal,
        versions.run_ordinal,
        count(*) over version > 1 or bool_or(facts.may_repeat_rows) over version as is_united
    from ace.entry_version_loads as versions
    join file_facts as facts
        on versions.entry_number = facts.entry_number
       and versions.load_number = facts.load_number
    where versions.entry_number in (
        select entry_number from entries_of_several_files
        union all
        select entry_number from file_facts where may_repeat_rows
    )
    window version as (partition by versions.entry_number, versions.version_ordinal)

),

tariff_row_keys as (

    select
        files.entry_number,
        files.version_ordinal,
        rows.line_number,
        rows.tariff_ordinal,
        arg_max(rows.hts_number, (files.load_number, rows.source_row)) as hts_number,
        arg_max({'usd': rows.duty_usd}, (files.load_number, rows.source_row)).usd as duty_usd
    from ace.es003_tariff_lines as rows
    join special_files as files
        on rows.entry_number = files.entry_number
       and rows.load_id = files.load_id
    where files.is_united
    group by all

),

united_rows as (

    select
        entry_number,
        version_ordinal,
        count(*) as tariff_row_count,
        count(distinct line_number) as line_count,
        count(*) filter (where substr(hts_number, 1, 2) < '98') as commodity_row_count,
        sum(duty_usd) as filed_duty_usd,
        sum(duty_usd) filter (where substr(hts_number, 1, 6) in ('990301', '990302')) as ieepa_heading_duty_usd
    from tariff_row_keys
    group by all

),

-- a fact is {'told': null} where the file has its column and it is blank, and counts for nothing without the column
united_facts as (

    select
        files.entry_number,
        files.version_ordinal,
        max(loads.report_run_date) as report_run_date,
        max(files.load_number) as last_load_number,
        sum(facts.contents_hash) as contents_hash,
        sum(facts.rows_hash) as rows_hash,
        arg_max(facts.importer_number, (files.run_ordinal, files.load_number)) as importer_number,
        arg_max(facts.importer_key, (files.run_ordinal, files.load_number)) as importer_key,
        arg_max(facts.entry_type_code, (files.run_ordinal, files.load_number)) as entry_type_code,
        arg_max(facts.entry_date, (files.run_ordinal, files.load_number)) as entry_date,
        arg_max(facts.entry_summary_date, (files.run_ordinal, files.load_number)) as entry_summary_date,
        bool_or(loads.has_liquidation_status) as has_liquidation_status_column,
        bool_or(loads.has_liquidation_date) as has_liquidation_date_column,
        bool_or(loads.has_reconciliation_indicator) as has_reconciliation_column,
        bool_or(loads.has_fta_reconciliation_indicator) as has_fta_reconciliation_column,
        bool_or(loads.has_reconciliation_other_due_date or loads.has_reconciliation_fta_due_date)
            as has_reconciliation_due_date_column,
        bool_or(loads.has_reconciliation_entry_number) as has_reconciliation_entry_column,
        bool_or(loads.has_protest_status) as has_protest_column,
        bool_or(loads.has_latest_psc_filed_date) as has_psc_date_column,
        bool_or(loads.has_psc_indicator or loads.has_latest_psc_filed_date) as has_psc_column,
        arg_max({'told': facts.liquidation_status},
            (files.run_ordinal, facts.liquidation_status is not null, files.load_number))
            filter (where loads.has_liquidation_status).told as liquidation_status,
        arg_max({'told': facts.liquidation_date},
            (files.run_ordinal, facts.liquidation_date is not null, files.load_number))
            filter (where loads.has_liquidation_date).told as liquidation_date,
        arg_max({'told': facts.reconciliation_indicator},
            (files.run_ordinal, facts.reconciliation_indicator is not null, files.load_number))
            filter (where loads.has_reconciliation_indicator).told as reconciliation_indicator,
        arg_max({'told': facts.fta_reconciliation_indicator},
            (files.run_ordinal, facts.fta_reconciliation_indicator is not null, files.load_number))
            filter (where loads.has_fta_reconciliation_indicator).told as fta_reconciliation_indicator,
        arg_max({'told': facts.reconciliation_issue_code},
            (files.run_ordinal, facts.reconciliation_issue_code is not null, files.load_number))
            filter (where loads.has_reconciliation_issue_code).told as reconciliation_issue_code,
        arg_max({'told': facts.reconciliation_other_due_date},
            (files.run_ordinal, facts.reconciliation_other_due_date is not null, files.load_number))
            filter (where loads.has_reconciliation_other_due_date).told as reconciliation_other_due_date,
        arg_max({'told': facts.reconciliation_fta_due_date},
            (files.run_ordinal, facts.reconciliation_fta_due_date is not null, files.load_number))
            filter (where loads.has_reconciliation_fta_due_date).told as reconciliation_fta_due_date,
        arg_max({'told': facts.reconciliation_entry_number},
            (files.run_ordinal, facts.reconciliation_entry_number is not null, files.load_number))
            filter (where loads.has_reconciliation_entry_number).told as reconciliation_entry_number,
        arg_max({'told': facts.protest_status},
            (files.run_ordinal, facts.protest_status is not null, files.load_number))
            filter (where loads.has_protest_status).told as protest_status,
        arg_max({'told': facts.protest_number},
            (files.run_ordinal, facts.protest_number is not null, files.load_number))
            filter (where loads.has_protest_number).told as protest_number,
        arg_max({'told': facts.control_status},
            (files.run_ordinal, facts.control_status is not null, files.load_number))
            filter (where loads.has_control_status).told as control_status,
        arg_max({'told': facts.psc_indicator},
            (files.run_ordinal, facts.psc_indicator is not null, files.load_number))
            filter (where loads.has_psc_indicator).told as psc_indicator,
        arg_max({'told': facts.latest_psc_filed_date},
            (files.run_ordinal, facts.latest_psc_filed_date is not null, files.load_number))
            filter (where loads.has_latest_psc_filed_date).told as latest_psc_filed_date
    from file_facts as facts
    join special_files as files
        on facts.entry_number = files.entry_number
       and facts.load_number = files.load_number
    join loads
        on facts.load_number = loads.load_number
    where files.is_united
    group by files.entry_number, files.version_ordinal

),

version_facts as materialized (

    select
        facts.entry_number,
        versions.version_ordinal,
        loads.report_run_date,
        facts.load_number as last_load_number,
        facts.tariff_row_count,
        bit_count(facts.lines) as line_count,
        facts.commodity_row_count,
        facts.filed_duty_usd,
        facts.ieepa_heading_duty_usd,
        facts.contents_hash,
        facts.rows_hash,
        facts.importer_number,
        facts.importer_key,
        facts.entry_type_code,
        facts.entry_date,
        facts.entry_summary_date,
        loads.has_liquidation_status as has_liquidation_status_column,
        loads.has_liquidation_date as has_liquidation_date_column,
        loads.has_reconciliation_indicator as has_reconciliation_column,
        loads.has_fta_reconciliation_indicator as has_fta_reconciliation_column,
        loads.has_reconciliation_other_due_date or loads.has_reconciliation_fta_due_date
            as has_reconciliation_due_date_column,
        loads.has_reconciliation_entry_number as has_reconciliation_entry_column,
        loads.has_protest_status as has_protest_column,
        loads.has_latest_psc_filed_date as has_psc_date_column,
        loads.has_psc_indicator or loads.has_latest_psc_filed_date as has_psc_column,
        facts.liquidation_status,
        facts.liquidation_date,
        facts.reconciliation_indicator,
        facts.fta_reconciliation_indicator,
        facts.reconciliation_issue_code,
        facts.reconciliation_other_due_date,
        facts.reconciliation_fta_due_date,
        facts.reconciliation_entry_number,
        facts.protest_status,
        facts.protest_number,
        facts.control_status,
        facts.psc_indicator,
        facts.latest_psc_filed_date
    from file_facts as facts
    join ace.entry_version_loads as versions
        on facts.entry_number = versions.entry_number
       and facts.load_number = versions.load_number
    -- every file has its load: an inner join would be taken for a small one, and all rows be made its hash table
    left join loads
        on facts.load_number = loads.load_number
    left join special_files as files
        on facts.entry_number = files.entry_number
       and facts.load_number = files.load_number
    where files.is_united is not true

    union all by name

    select
        united_facts.entry_number,
        united_facts.version_ordinal,
        united_facts.report_run_date,
        united_facts.last_load_number,
        united_rows.tariff_row_count,
        united_rows.line_count,
        united_rows.commodity_row_count,
        united_rows.filed_duty_usd,
        united_rows.ieepa_heading_duty_usd,
        united_facts.contents_hash,
        united_facts.rows_hash,
        united_facts.importer_number,
        united_facts.importer_key,
        united_facts.entry_type_code,
        united_facts.entry_date,
        united_facts.entry_summary_date,
        united_facts.has_liquidation_status_column,
        united_facts.has_liquidation_date_column,
        united_facts.has_reconciliation_column,
        united_facts.has_fta_reconciliation_column,
        united_facts.has_reconciliation_due_date_column,
        united_facts.has_reconciliation_entry_column,
        united_facts.has_protest_column,
        united_facts.has_psc_date_column,
        united_facts.has_psc_column,
        united_facts.liquidation_status,
        united_facts.liquidation_date,
        united_facts.reconciliation_indicator,
        united_facts.fta_reconciliation_indicator,
        united_facts.reconciliation_issue_code,
        united_facts.reconciliation_other_due_date,
        united_facts.reconciliation_fta_due_date,
        united_facts.reconciliation_entry_number,
        united_facts.protest_status,
        united_facts.protest_number,
        united_facts.control_status,
        united_facts.psc_indicator,
        united_facts.latest_psc_filed_date
    from united_facts
    join united_rows
        on united_facts.entry_number = united_rows.entry_number
       and united_facts.version_ordinal = united_rows.version_ordinal

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

version_lines as (

    select
        files.entry_number,
        files.version_ordinal,
        list_sort(list(distinct rows.line_number)) as line_numbers
    from ace.es003_tariff_lines as rows
    join special_files as files
        on rows.entry_number = files.entry_number
       and rows.load_id = files.load_id
    group by all

),

-- what is known by the time of each version, of the entries that may have several: a correction stays known where a
-- later export has no column for it
corrected as (

    select
        version_facts.entry_number,
        version_facts.version_ordinal,
        version_lines.line_numbers,
        version_facts.commodity_row_count,
        coalesce(version_facts.ieepa_heading_duty_usd, 0) as ieepa_heading_duty_usd,
        version_facts.report_run_date,
        version_facts.contents_hash,
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
        min(version_lines.line_numbers) over entry <> max(version_lines.line_numbers) over entry as has_changing_lines,
        max(version_facts.ieepa_heading_duty_usd) over entry as most_ieepa_heading_duty_usd
    from version_facts
    join version_lines
        on version_facts.entry_number = version_lines.entry_number
       and version_facts.version_ordinal = version_lines.version_ordinal
    window
        entry as (partition by version_facts.entry_number),
        so_far as (partition by version_facts.entry_number order by version_facts.version_ordinal)

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
        list(version_ordinal) filter (where has_lost_lines) as versions_lost_lines,
        list(version_ordinal) filter (where has_lost_ieepa_duty) as versions_lost_ieepa_duty
    from losers
    group by all

),

differing as (

    select
        entry_number,
        max(commodity_row_count) as most_commodity_rows,
        coalesce(
            min(contents_hash) filter (where report_run_date is null)
            <> max(contents_hash) filter (where report_run_date is null),
            false
        ) as has_differing_undated_versions
    from corrected
    group by all

)

select
    version_facts.entry_number,
    version_facts.version_ordinal,
    version_facts.report_run_date,
    version_facts.last_load_number,
    cast(version_facts.tariff_row_count as integer) as tariff_row_count,
    cast(version_facts.line_count as integer) as line_count,
    cast(version_facts.commodity_row_count as integer) as commodity_row_count,
    cast(coalesce(quarantined.row_count, 0) as integer) as quarantined_row_count,
    (version_facts.commodity_row_count = 0 and coalesce(differing.most_commodity_rows, 0) > 0)
    or coalesce(list_contains(incomplete.versions_lost_lines, version_facts.version_ordinal), false) as is_partial,
    coalesce(list_contains(incomplete.versions_lost_ieepa_duty, version_facts.version_ordinal), false)
        as has_lost_ieepa_duty,
    coalesce(differing.has_differing_undated_versions, false) as has_differing_undated_versions,
    cast(version_facts.rows_hash as varchar) as rows_hash,
    cast(version_facts.filed_duty_usd as decimal(18, 2)) as filed_duty_usd,
    cast(version_facts.ieepa_heading_duty_usd as decimal(18, 2)) as ieepa_heading_duty_usd,
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
from version_facts
left join differing
    on version_facts.entry_number = differing.entry_number
left join incomplete
    on version_facts.entry_number = incomplete.entry_number
left join entry_amounts
    on version_facts.entry_number = entry_amounts.entry_number
   and version_facts.version_ordinal = entry_amounts.version_ordinal
left join quarantined
    on version_facts.entry_number = quarantined.entry_number
   and version_facts.version_ordinal = quarantined.version_ordinal
