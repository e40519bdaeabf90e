-- What is known of every entry summary apart from CAPE itself: each fact from the newest version whose export has its
-- column, or from the user; a liquidation also from ES-701 where ES-003 is older or cannot tell it. A blank cell in a
-- column that is there is 'no'; a column that is not there is unknown.
-- Grain: entry_number.

with

-- each fact of an entry from the newest version whose export has its column
versions as (

    select
        entry_number,
        arg_max(
            {
                'status': liquidation_status,
                'has_day': has_liquidation_date_column,
                'on_day': liquidation_date,
                'run_day': report_run_date
            },
            version_ordinal
        ) filter (where has_liquidation_status_column) as liquidation,
        arg_max({'status': liquidation_status, 'on_day': liquidation_date}, version_ordinal)
            filter (where has_liquidation_status_column and has_liquidation_date_column) as dated_liquidation,
        bool_or(has_reconciliation_column) as has_flag,
        arg_max({'told': reconciliation_indicator}, version_ordinal) filter (where has_reconciliation_column).told
            as flag,
        arg_max({'told': fta_reconciliation_indicator}, version_ordinal)
            filter (where has_fta_reconciliation_column).told as fta_flag,
        arg_max({'told': least(reconciliation_other_due_date, reconciliation_fta_due_date)}, version_ordinal)
            filter (where has_reconciliation_due_date_column).told as due_day,
        bool_or(has_reconciliation_entry_column) as has_09_column,
        arg_max({'told': reconciliation_entry_number}, version_ordinal)
            filter (where has_reconciliation_entry_column).told as entry_09,
        min(entry_summary_date) as first_summary_day,
        arg_max({'status': protest_status, 'number': protest_number, 'run_day': report_run_date}, version_ordinal)
            filter (where has_protest_column) as protest,
        arg_max(control_status, version_ordinal) filter (where control_status is not null) as control_status
    from ace.entry_versions
    group by entry_number

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
        baselines.entry_number,
        versions.liquidation.status as liquidation_status,
        -- the date goes with its status: of an older version only where that version has the same one
        case
            when versions.liquidation.has_day then versions.liquidation.on_day
            when versions.dated_liquidation.status = versions.liquidation.status then versions.dated_liquidation.on_day
        end as stated_liquidation_day,
        versions.liquidation.run_day as status_run_day,
        lower(regexp_replace(trim(versions.liquidation.status), '[^A-Za-z]+', ' ', 'g')) as status_words,
        coalesce(versions.has_flag, false) as has_reconciliation,
        upper(trim(coalesce(versions.flag, ''))) as recon_mark,
        upper(trim(coalesce(versions.fta_flag, ''))) as recon_fta_mark,
        versions.due_day as recon_due_day,
        versions.has_09_column,
        versions.entry_09,
        versions.first_summary_day,
        versions.protest is not null as has_protest,
        lower(regexp_replace(trim(coalesce(versions.protest.status, '')), '[^A-Za-z]+', ' ', 'g')) as protest_words,
        versions.protest.number as protest_number,
        versions.protest.run_day as protest_run_day,
        versions.control_status,
        notices.newest as notice
    from lines.entry_baselines as baselines
    left join versions
        on baselines.entry_number = versions.entry_number
    left join notices
        on baselines.entry_number = notices.entry_number

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
        control_status,
        notice,
        -- ES-701 tells what ES-003 cannot: where that is silent, was run before the notice or not after the
        -- liquidation
        notice is not null
        and case
            when liquidation_state = 'liquidated' then liquidation_day is null
            else liquidation_status is null
                or status_run_day is null
                or status_run_day <= notice.on_day
                or status_run_day < notice.known_day
        end as is_liquidated_by_notice
    from printed

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
        read.entry_number,
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
    left join ace.current_entry_facts as facts
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
    if(read.is_liquidated_by_notice, read.notice.action, read.liquidation_status) as liquidation_status,
    if(read.is_liquidated_by_notice, 'liquidated', read.liquidation_state) as liquidation_state,
    if(read.is_liquidated_by_notice, read.notice.on_day, read.liquidation_day) as reported_liquidation_date,
    case
        when read.is_liquidated_by_notice then 'ES-701'
        when read.liquidation_state is not null then 'ES-003'
    end as liquidation_report_code,
    if(read.is_liquidated_by_notice, read.notice.known_day, read.status_run_day) as status_as_of_date,
    read.notice.on_day as es701_liquidation_date,
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
join read
    on baselines.entry_number = read.entry_number
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
