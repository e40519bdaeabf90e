-- What is known of every entry summary apart from CAPE itself: each fact from the newest version whose export has its
-- column, or from the user; a liquidation also from ES-701 where ES-003 is older or cannot tell it. A blank cell in a
-- column that is there is 'no'; a column that is not there is unknown.
-- Grain: entry_number.

with

-- nearly every entry has one version, and only the others are put together
several_versions as (

    select distinct entry_number
    from ace.entry_versions
    where version_ordinal > 1

),

-- each fact of an entry from the newest version whose export has its column
newest_of_several as (

    select
        versions.entry_number,
        arg_max(
            {
                'status': versions.liquidation_status,
                'has_day': versions.has_liquidation_date_column,
                'on_day': versions.liquidation_date,
                'run_day': versions.report_run_date
            },
            versions.version_ordinal
        ) filter (where versions.has_liquidation_status_column) as liquidation,
        arg_max(
            {'status': versions.liquidation_status, 'on_day': versions.liquidation_date}, versions.version_ordinal
        ) filter (where versions.has_liquidation_status_column and versions.has_liquidation_date_column)
            as dated_liquidation,
        bool_or(versions.has_reconciliation_column) as has_reconciliation,
        arg_max({'told': versions.reconciliation_indicator}, versions.version_ordinal)
            filter (where versions.has_reconciliation_column).told as flag,
        arg_max({'told': versions.fta_reconciliation_indicator}, versions.version_ordinal)
            filter (where versions.has_fta_reconciliation_column).told as fta_flag,
        arg_max(
            {'told': least(versions.reconciliation_other_due_date, versions.reconciliation_fta_due_date)},
            versions.version_ordinal
        ) filter (where versions.has_reconciliation_due_date_column).told as recon_due_day,
        bool_or(versions.has_reconciliation_entry_column) as has_09_column,
        arg_max({'told': versions.reconciliation_entry_number}, versions.version_ordinal)
            filter (where versions.has_reconciliation_entry_column).told as entry_09,
        min(versions.entry_summary_date) as first_summary_day,
        arg_max(
            {
                'status': versions.protest_status,
                'number': versions.protest_number,
                'run_day': versions.report_run_date
            },
            versions.version_ordinal
        ) filter (where versions.has_protest_column) as protest,
        arg_max(versions.control_status, versions.version_ordinal) filter (where versions.control_status is not null)
            as control_status
    from several_versions
    join ace.entry_versions as versions
        on several_versions.entry_number = versions.entry_number
    group by versions.entry_number

),

versions as (

    select
        entry_number,
        if(has_liquidation_status_column, liquidation_status, null) as liquidation_status,
        if(has_liquidation_status_column and has_liquidation_date_column, liquidation_date, null)
            as stated_liquidation_day,
        if(has_liquidation_status_column, report_run_date, null) as status_run_day,
        has_reconciliation_column as has_reconciliation,
        if(has_reconciliation_column, reconciliation_indicator, null) as flag,
        if(has_fta_reconciliation_column, fta_reconciliation_indicator, null) as fta_flag,
        if(has_reconciliation_due_date_column, least(reconciliation_other_due_date, reconciliation_fta_due_date), null)
            as recon_due_day,
        has_reconciliation_entry_column as has_09_column,
        if(has_reconciliation_entry_column, reconciliation_entry_number, null) as entry_09,
        entry_summary_date as first_summary_day,
        has_protest_column as has_protest,
        if(has_protest_column, protest_status, null) as protest_status,
        if(has_protest_column, protest_number, null) as protest_number,
        if(has_protest_column, report_run_date, null) as protest_run_day,
        control_status
    from ace.entry_versions
    anti join several_versions
        on entry_versions.entry_number = several_versions.entry_number

    union all

    select
        entry_number,
        liquidation.status as liquidation_status,
        -- the date goes with its status: of an older version only where that version has the same one
        case
            when liquidation.has_day then liquidation.on_day
            when dated_liquidation.status = liquidation.status then dated_liquidation.on_day
        end as stated_liquidation_day,
        liquidation.run_day as status_run_day,
        has_reconciliation,
        flag,
        fta_flag,
        recon_due_day,
        has_09_column,
        entry_09,
        first_summary_day,
        protest is not null as has_protest,
        protest.status as protest_status,
        protest.number as protest_number,
        protest.run_day as protest_run_day,
        control_status
    from newest_of_several

),

-- the newest notice of a liquidation that has happened; one for after the day is a projection and tells nothing here
notices as (

    select
        rows.entry_number,
        arg_max(
            {
                'action': rows.liquidation_action,
                'on_day': rows.liquidation_date,
                'known_day': greatest(
                    coalesce(loads.report_run_date, rows.notice_date, rows.liquidation_date), rows.liquidation_date
                )
            },
            (
                coalesce(loads.report_run_date, rows.notice_date, date '2000-01-01'),
                loads.load_number,
                rows.liquidation_date,
                rows.source_row
            )
        ) as newest
    from ace.es701_liquidations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where rows.liquidation_date <= day.as_of_date
      and (rows.notice_date is null or rows.notice_date <= day.as_of_date)
    group by all

),

statements as (

    select
        statements.entry_number,
        arg_max(
            {
                'is_paid': lower(trim(statements.payment_status)) = 'paid' or statements.payment_status is null,
                'paid_day': coalesce(statements.monthly_payment_due_date, statements.statement_date)
            },
            (coalesce(loads.report_run_date, date '2000-01-01'), loads.load_number, statements.source_row)
        ) as newest
    from ace.rev103_statements as statements
    join ace.readable_loads as loads
        on statements.load_id = loads.load_id
    group by all

),

statement_days as (

    select
        date_trunc('month', calendar_date) as in_month,
        calendar_date as payment_day
    from registry.calendar_days
    where working_day_of_month = 15

),

printed as (

    select
        entry_number,
        liquidation_status,
        stated_liquidation_day,
        status_run_day,
        lower(regexp_replace(trim(liquidation_status), '[^A-Za-z]+', ' ', 'g')) as status_words,
        has_reconciliation,
        upper(trim(coalesce(flag, ''))) as recon_mark,
        upper(trim(coalesce(fta_flag, ''))) as recon_fta_mark,
        recon_due_day,
        has_09_column,
        entry_09,
        first_summary_day,
        has_protest,
        lower(regexp_replace(trim(coalesce(protest_status, '')), '[^A-Za-z]+', ' ', 'g')) as protest_words,
        protest_number,
        protest_run_day,
        control_status
    from versions

),

read as (

    select
        entry_number,
        liquidation_status,
        if(stated_liquidation_day < date '2000-01-01', null, stated_liquidation_day) as liquidation_day,
        status_run_day,
        case
            when status_words in ('liquidated', 'reliquidated') then 'liquidated'
            when status_words in (
                'unliquidated', 'not liquidated', 'pending', 'pending liquidation', 'set', 'set to liquidate',
                'set for liquidation', 'scheduled', 'scheduled to liquidate', 'scheduled for liquidation'
            ) then 'unliquidated'
            when status_words like 'suspended%' or status_words = 'suspension' then 'suspended'
            when status_words like 'extended%' or status_words = 'extension' then 'extended'
            when status_words in ('under review', 'review', 'in review') then 'under_review'
        end as liquidation_state,
        case
            when recon_fta_mark in ('Y', 'YES', '1', 'TRUE') then true
            when has_reconciliation then recon_mark not in ('', 'N', 'NO', '0', 'FALSE')
        end as recon_flag,
        recon_fta_mark in ('Y', 'YES', '1', 'TRUE') as is_flagged_for_free_trade,
        recon_mark not in ('', 'N', 'NO', '0', 'FALSE') as is_flagged_for_another,
        first_summary_day,
        recon_due_day,
        case when has_09_column then entry_09 is not null end as has_09_entry,
        case
            when not has_protest then null
            when protest_words in ('', 'none', 'no', 'n') then 'none'
            when protest_words like 'suspend%' then 'suspended'
            when protest_words like 'denied in part%' or protest_words like 'approved in part%' then 'denied_in_part'
            when protest_words like 'denied%' then 'denied'
            when protest_words like 'approved%' or protest_words like 'allowed%' then 'approved'
            when protest_words like 'withdrawn%' then 'withdrawn'
            when protest_words like 'reject%' then 'rejected'
            when protest_words in ('open', 'filed', 'pending', 'received', 'under review') then 'open'
            else 'unknown'
        end as protest_state,
        protest_number,
        protest_run_day,
        control_status
    from printed

),

-- ES-701 tells what ES-003 cannot: where that is silent, was run before the notice or not after the liquidation
notified as (

    select
        notices.entry_number,
        notices.newest.action as liquidation_action,
        notices.newest.on_day as liquidation_day,
        notices.newest.known_day as known_day,
        case
            when read.liquidation_state = 'liquidated' then read.liquidation_day is null
            else read.liquidation_status is null
                or read.status_run_day is null
                or read.status_run_day <= notices.newest.on_day
                or read.status_run_day < notices.newest.known_day
        end as is_liquidated
    from notices
    left join read
        on notices.entry_number = read.entry_number

),

imports as (

    select
        rows.entry_number,
        min(rows.importation_date) as first_import_day
    from ace.es003_tariff_lines as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    join read
        on rows.entry_number = read.entry_number
    where read.recon_flag
      and rows.importation_date is not null
    group by rows.entry_number

),

-- a free trade flag is due long before any other, so that without the day of the import none is known
reconciling as (

    select
        coalesce(read.entry_number, facts.entry_number) as entry_number,
        case
            when facts.recon_issue is not null then facts.recon_issue
            when read.is_flagged_for_free_trade and not read.is_flagged_for_another then 'fta'
        end as issue,
        case
            when facts.recon_due_date is not null then {'day': facts.recon_due_date, 'basis': 'user_fact'}
            when read.recon_due_day is not null then {'day': read.recon_due_day, 'basis': 'reported'}
            when not coalesce(read.recon_flag, false) then null
            when read.is_flagged_for_free_trade or facts.recon_issue = 'fta'
                then if(
                    imports.first_import_day is null,
                    null,
                    {
                        'day': cast(imports.first_import_day + interval 12 month as date),
                        'basis': '12_months_after_import'
                    }
                )
            when read.first_summary_day is not null
                then {
                    'day': cast(read.first_summary_day + interval 21 month as date),
                    'basis': '21_months_after_entry_summary'
                }
        end as due
    from read
    left join imports
        on read.entry_number = imports.entry_number
    full join ace.current_entry_facts as facts
        on read.entry_number = facts.entry_number
    where read.recon_flag
       or read.is_flagged_for_free_trade
       or read.recon_due_day is not null
       or facts.entry_number is not null

)

select
    baselines.entry_number,
    baselines.partition_month,
    baselines.entry_month,
    baselines.importer_number,
    baselines.importer_key,
    baselines.filer_code,
    baselines.entry_type_code,
    baselines.entry_date,
    baselines.entry_summary_date,
    baselines.data_complete,
    baselines.baseline_basis,
    entry_check_digit_ok(baselines.entry_number) as is_check_digit_right,
    if(notified.is_liquidated, notified.liquidation_action, read.liquidation_status) as liquidation_status,
    if(notified.is_liquidated, 'liquidated', read.liquidation_state) as liquidation_state,
    if(notified.is_liquidated, notified.liquidation_day, read.liquidation_day) as reported_liquidation_date,
    case
        when notified.is_liquidated then 'ES-701'
        when read.liquidation_state is not null then 'ES-003'
    end as liquidation_report_code,
    if(notified.is_liquidated, notified.known_day, read.status_run_day) as status_as_of_date,
    notified.liquidation_day as es701_liquidation_date,
    read.recon_flag,
    -- on file as soon as either says so: a report older than the filing cannot know, a 'no' of the user unfiles nothing
    coalesce(facts.recon_09_filed or read.has_09_entry, facts.recon_09_filed, read.has_09_entry) as recon_09_filed,
    reconciling.issue as recon_issue,
    reconciling.due.day as recon_due_date,
    reconciling.due.basis as recon_due_date_basis,
    case
        when facts.protest_status is not null and facts.protest_status <> 'none' then facts.protest_status
        else coalesce(read.protest_state, facts.protest_status)
    end as protest_state,
    facts.protest_scope,
    coalesce(facts.protest_number, read.protest_number) as protest_number,
    facts.protest_filed_date,
    facts.protest_decision_date,
    case
        when facts.protest_status is not null and (facts.protest_status <> 'none' or read.protest_state is null)
            then greatest(facts.recorded_on, facts.protest_decision_date)
        else read.protest_run_day
    end as protest_as_of_date,
    facts.adcvd_status,
    facts.drawback,
    facts.surety_paid,
    facts.prior_refund_usd,
    facts.box28_number,
    facts.warehouse_entry_number,
    case
        when statements.newest.is_paid and statements.newest.paid_day is not null then statements.newest.paid_day
        when facts.deposit_date is not null then facts.deposit_date
        when importers.periodic_monthly_statement then statement_days.payment_day
        else baselines.entry_summary_date
    end as deposit_date,
    case
        when statements.newest.is_paid and statements.newest.paid_day is not null then 'rev103_paid'
        when facts.deposit_date is not null then 'user_fact'
        when importers.periodic_monthly_statement and statement_days.payment_day is not null
            then 'monthly_statement_rule'
        when baselines.entry_summary_date is not null and importers.periodic_monthly_statement is not true
            then 'entry_summary_date_proxy'
    end as deposit_date_basis,
    not coalesce(statements.newest.is_paid, true) as is_statement_unpaid,
    read.control_status,
    importers.rate_class,
    importers.payee_4811,
    importers.ach_enrolled,
    coalesce(facts.contradicted_facts, []) as contradicted_facts
from lines.entry_baselines as baselines
left join read
    on baselines.entry_number = read.entry_number
left join notified
    on baselines.entry_number = notified.entry_number
left join reconciling
    on baselines.entry_number = reconciling.entry_number
left join ace.current_entry_facts as facts
    on baselines.entry_number = facts.entry_number
left join ace.current_importers as importers
    on baselines.importer_key = importers.importer_key
left join statements
    on baselines.entry_number = statements.entry_number
left join statement_days
    on date_trunc('month', baselines.entry_date) + interval 1 month = statement_days.in_month
