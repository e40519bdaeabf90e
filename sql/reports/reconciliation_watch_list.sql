-- Every entry summary flagged for reconciliation, or of which no report tells whether it is: when the type 09 is due and
-- how that is known, the clocks and the IEEPA duty beside it, and what closing it early sets against that duty.
-- Grain: entry_number.

with

listed as (

    select entry_number
    from entries.case_facts
    where recon_flag is distinct from false

),

codes as (

    select
        versions.entry_number,
        arg_max(versions.reconciliation_issue_code, versions.version_ordinal) as reconciliation_issue_code
    from ace.entry_versions as versions
    join listed
        on versions.entry_number = listed.entry_number
    group by versions.entry_number

),

watched as (

    select
        facts.entry_number,
        day.as_of_date,
        facts.importer_number,
        facts.importer_key,
        facts.entry_type_code,
        facts.entry_date,
        facts.recon_flag,
        facts.recon_flag is null as is_flag_unknown,
        facts.recon_issue,
        codes.reconciliation_issue_code,
        facts.recon_09_filed,
        facts.recon_due_date,
        facts.recon_due_date_basis,
        cast(facts.recon_due_date - day.as_of_date as integer) as recon_days_left,
        eligibility.liquidation_date,
        eligibility.cape_deadline_date,
        eligibility.protest_deadline_date,
        eligibility.protective_action,
        eligibility.protective_deadline_date,
        eligibility.cape_status,
        eligibility.recommended_path,
        facts.ieepa_low_usd,
        facts.ieepa_high_usd,
        eligibility.refund_principal_usd,
        eligibility.refund_principal_high_usd,
        user_facts.recon_exposure_usd,
        facts.is_accepted or eligibility.cape_status = 'refunded' as is_past_filing,
        -- a report that shows none may be older than the filing
        facts.recon_09_filed is distinct from true as is_09_to_file
    from listed
    cross join registry.as_of as day
    join entries.case_facts as facts
        on listed.entry_number = facts.entry_number
    join entries.eligibility_decisions as eligibility
        on listed.entry_number = eligibility.entry_number
    left join codes
        on listed.entry_number = codes.entry_number
    left join ace.current_entry_facts as user_facts
        on listed.entry_number = user_facts.entry_number

),

warned as (

    select
        entry_number,
        case
            when is_flag_unknown then 'flag_unknown'
            when not is_09_to_file then null
            when recon_due_date is null then 'due_date_unknown'
            when recon_days_left < 0 then 'past_due'
            when recon_days_left <= 30 then 'due_within_30_days'
            when recon_days_left <= 75 and not is_past_filing then 'due_within_75_days'
        end as recon_warning
    from watched

)

select
    watched.entry_number,
    watched.as_of_date,
    watched.importer_number,
    watched.importer_key,
    watched.entry_type_code,
    watched.entry_date,
    watched.recon_flag,
    watched.is_flag_unknown,
    watched.recon_issue,
    watched.reconciliation_issue_code,
    watched.recon_09_filed,
    watched.recon_due_date,
    watched.recon_due_date_basis,
    watched.recon_days_left,
    warned.recon_warning,
    case
        when warned.recon_warning = 'flag_unknown'
            then 'Whether the entry is flagged is unknown: add Reconciliation Indicator and NAFTA Reconciliation '
                || 'Indicator to ES-003'
        when warned.recon_warning = 'due_date_unknown'
            then 'The due date is unknown: add the Reconciliation (Other) and (FTA) Due Date columns to ES-003 or state '
                || 'recon_due_date in entry_facts.csv'
        when warned.recon_warning = 'past_due' and watched.recon_issue = 'fta'
            then 'The day has passed and no type 09 is known: a free trade flag expires'
        when warned.recon_warning = 'past_due'
            then 'The day has passed and no type 09 is known'
        when warned.recon_warning = 'due_within_30_days' and watched.is_past_filing
            then 'CAPE has accepted the entry: the type 09 may be filed'
        when warned.recon_warning = 'due_within_30_days'
            then 'CBP wants the type 09 filed first; once it is on file, CAPE does not take the entry in this phase'
        when warned.recon_warning = 'due_within_75_days'
            then 'CAPE may accept the entry too late to leave time for the type 09'
    end as recon_warning_text,
    watched.liquidation_date,
    watched.cape_deadline_date,
    watched.protest_deadline_date,
    watched.protective_action,
    watched.protective_deadline_date,
    watched.cape_status,
    watched.recommended_path,
    watched.ieepa_low_usd,
    watched.ieepa_high_usd,
    watched.refund_principal_usd,
    watched.refund_principal_high_usd,
    watched.recon_exposure_usd,
    cast(
        if(watched.is_09_to_file, watched.refund_principal_usd - watched.recon_exposure_usd, null) as decimal(18, 2)
    ) as early_close_difference_usd,
    case
        when not watched.is_09_to_file then null
        when watched.recon_exposure_usd is null
            or watched.refund_principal_usd is null
            or watched.refund_principal_high_usd is null
            then 'unknown'
        when watched.refund_principal_usd > watched.recon_exposure_usd then 'ieepa_larger'
        when watched.refund_principal_high_usd < watched.recon_exposure_usd then 'exposure_larger'
        when watched.refund_principal_usd = watched.refund_principal_high_usd then 'equal'
        else 'within_range'
    end as early_close_comparison
from watched
join warned
    on watched.entry_number = warned.entry_number
