-- Every version of every entry summary as received, with what its export could and could not say.
-- Grain: entry_number, version_ordinal.

with

tariff_row_keys as (

    select
        versions.entry_number,
        versions.version_ordinal,
        rows.line_number,
        rows.tariff_ordinal,
        max(versions.report_run_date) as report_run_date,
        max(versions.load_number) as last_load_number,
        count(distinct hash(rows.hts_number, rows.goods_value_usd, rows.duty_usd)) > 1 as is_conflicting,
        arg_max(rows.hts_number, versions.load_number) as hts_number,
        arg_max({'usd': rows.duty_usd}, versions.load_number).usd as duty_usd,
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
        max(rows.latest_psc_filed_date) as latest_psc_filed_date,
        max(rows.total_liquidated_duty_usd) as total_liquidated_duty_usd
    from ace.es003_tariff_lines as rows
    join ace.entry_version_loads as versions
        on rows.entry_number = versions.entry_number
       and rows.load_id = versions.load_id
    group by all

),

version_columns as (

    select
        versions.entry_number,
        versions.version_ordinal,
        bool_and(
            list_contains(loads.columns_present, 'liquidation_status')
            and list_contains(loads.columns_present, 'liquidation_date')
        ) as has_liquidation_columns,
        bool_and(list_contains(loads.columns_present, 'reconciliation_indicator')) as has_reconciliation_column,
        bool_and(
            list_contains(loads.columns_present, 'reconciliation_other_entry_number')
            or list_contains(loads.columns_present, 'reconciliation_fta_entry_number')
        ) as has_reconciliation_entry_column,
        bool_and(list_contains(loads.columns_present, 'protest_status')) as has_protest_column
    from ace.entry_version_loads as versions
    join ace.readable_loads as loads
        on versions.load_id = loads.load_id
    group by all

),

quarantined as (

    select
        versions.entry_number,
        versions.version_ordinal,
        count(distinct (quarantine.load_id, quarantine.source_row)) as row_count
    from ace.entry_version_loads as versions
    join ace.quarantine as quarantine
        on versions.load_id = quarantine.load_id
       and versions.entry_number = quarantine.entry_number
    group by all

),

measured as (

    select
        entry_number,
        version_ordinal,
        max(report_run_date) as report_run_date,
        max(last_load_number) as last_load_number,
        count(*) as tariff_row_count,
        count(distinct line_number) as line_count,
        count(*) filter (where substr(hts_number, 1, 2) < '98') as commodity_row_count,
        count(*) filter (where is_conflicting) as conflicting_row_count,
        sum(duty_usd) as filed_duty_usd,
        sum(duty_usd) filter (where substr(hts_number, 1, 6) in ('990301', '990302')) as ieepa_heading_duty_usd,
        max(importer_number) as importer_number,
        max(importer_key) as importer_key,
        max(entry_type_code) as entry_type_code,
        max(entry_date) as entry_date,
        max(entry_summary_date) as entry_summary_date,
        max(liquidation_status) as liquidation_status,
        max(liquidation_date) as liquidation_date,
        max(reconciliation_indicator) as reconciliation_indicator,
        max(fta_reconciliation_indicator) as fta_reconciliation_indicator,
        max(reconciliation_issue_code) as reconciliation_issue_code,
        max(reconciliation_other_due_date) as reconciliation_other_due_date,
        max(reconciliation_fta_due_date) as reconciliation_fta_due_date,
        max(reconciliation_entry_number) as reconciliation_entry_number,
        max(protest_status) as protest_status,
        max(protest_number) as protest_number,
        max(control_status) as control_status,
        max(psc_indicator) as psc_indicator,
        max(latest_psc_filed_date) as latest_psc_filed_date,
        max(total_liquidated_duty_usd) as total_liquidated_duty_usd
    from tariff_row_keys
    group by all

)

select
    measured.entry_number,
    measured.version_ordinal,
    measured.report_run_date,
    measured.last_load_number,
    cast(measured.tariff_row_count as integer) as tariff_row_count,
    cast(measured.line_count as integer) as line_count,
    cast(measured.commodity_row_count as integer) as commodity_row_count,
    cast(measured.conflicting_row_count as integer) as conflicting_row_count,
    cast(coalesce(quarantined.row_count, 0) as integer) as quarantined_row_count,
    (measured.commodity_row_count = 0
        and max(measured.commodity_row_count) over (partition by measured.entry_number) > 0)
    or (measured.latest_psc_filed_date is null
        and coalesce(upper(measured.psc_indicator), 'N') in ('N', 'NO')
        and measured.line_count < coalesce(
            max(measured.line_count) over (
                partition by measured.entry_number
                order by measured.version_ordinal
                rows between unbounded preceding and 1 preceding
            ),
            0
        )) as is_partial,
    cast(measured.filed_duty_usd as decimal(18, 2)) as filed_duty_usd,
    cast(measured.ieepa_heading_duty_usd as decimal(18, 2)) as ieepa_heading_duty_usd,
    measured.importer_number,
    measured.importer_key,
    measured.entry_type_code,
    measured.entry_date,
    measured.entry_summary_date,
    version_columns.has_liquidation_columns,
    measured.liquidation_status,
    measured.liquidation_date,
    version_columns.has_reconciliation_column,
    measured.reconciliation_indicator,
    measured.fta_reconciliation_indicator,
    measured.reconciliation_issue_code,
    measured.reconciliation_other_due_date,
    measured.reconciliation_fta_due_date,
    version_columns.has_reconciliation_entry_column,
    measured.reconciliation_entry_number,
    version_columns.has_protest_column,
    measured.protest_status,
    measured.protest_number,
    measured.control_status,
    measured.psc_indicator,
    measured.latest_psc_filed_date,
    measured.total_liquidated_duty_usd
from measured
join version_columns
    on measured.entry_number = version_columns.entry_number
   and measured.version_ordinal = version_columns.version_ordinal
left join quarantined
    on measured.entry_number = quarantined.entry_number
   and measured.version_ordinal = quarantined.version_ordinal
