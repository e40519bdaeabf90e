-- What is, or on its day will be, the matter with more than one entry or refund: declarations without an answer,
-- batches and payees that wait, and reports too old to tell of refunds.
-- Grain: alert_code, subject.

with

unanswered as (

    select
        'NO-CLAIM-DETAILS' as alert_code,
        declaration_id as subject,
        claim_number,
        importer_number,
        declared_principal_usd as amount_usd,
        filed_date as concern_date,
        'The declaration ' || coalesce(file_name, claim_number) || ' was filed on ' || filed_date
            || if(status = 'filed', '', ' and accepted') || ', and no Claim Details show what became of its entries.'
            as message
    from refunds.declarations
    where status in ('filed', 'accepted', 'accepted_with_errors')
      and accepted_entry_count + failed_entry_count = 0
      and filed_date is not null

),

-- the entries of the batches for which CBP reports no refund yet
waiting as (

    select
        members.batch_id,
        members.entry_number,
        members.payee_number,
        members.claim_number,
        members.accepted_date,
        facts.importer_number,
        facts.importer_key,
        members.principal_usd + members.interest_usd as total_usd,
        batches.payment_from_date,
        batches.payment_to_date
    from refunds.batch_entries as members
    join refunds.refund_batches as batches
        on members.batch_id = batches.batch_id
    join entries.case_facts as facts
        on members.entry_number = facts.entry_number
    where members.refund_number is null

),

late_batches as (

    select
        'WINDOW-PASSED' as alert_code,
        batch_id as subject,
        if(count(distinct claim_number) = 1, max(claim_number), null) as claim_number,
        if(count(distinct importer_key) = 1, max(importer_number), null) as importer_number,
        if(count(*) = count(total_usd), sum(total_usd), null) as amount_usd,
        max(payment_to_date) as concern_date,
        'Payment of the batch was expected up to ' || max(payment_to_date) || ', and no refund is known for '
            || count(*) || if(count(*) = 1, ' entry of it.', ' entries of it.') as message
    from waiting
    where payment_to_date is not null
    group by batch_id

),

waiting_payees as (

    select
        'ACH-NOT-ENROLLED' as alert_code,
        waiting.payee_number as subject,
        if(count(distinct waiting.claim_number) = 1, max(waiting.claim_number), null) as claim_number,
        if(count(distinct waiting.importer_key) = 1, max(waiting.importer_number), null) as importer_number,
        if(count(*) = count(waiting.total_usd), sum(waiting.total_usd), null) as amount_usd,
        min(waiting.accepted_date) as concern_date,
        min(waiting.payment_from_date) as due_date,
        'Your files say that payee ' || waiting.payee_number || ' is not enrolled for ACH refunds, and '
            || 'a refund is expected' || coalesce(' from ' || min(waiting.payment_from_date) || ' on.', '.') as message
    from waiting
    join entries.payees_not_enrolled as not_enrolled
        on importer_key(waiting.payee_number) = not_enrolled.payee_key
    group by waiting.payee_number

),

refund_reports as (

    select unnest(['ES-022', 'REV-603', 'REV-613', 'REV-615']) as report_code

),

unsettled as (

    select
        count(*) as entry_count,
        min(accepted_date) as first_accepted_date
    from entries.eligibility_decisions
    where (accepted_date is not null or cape_status in ('accepted', 'refunded'))
      and cape_status in ('accepted', 'review', 'refunded')
      and recommended_path in ('await_refund', 'dispute_refund')

),

last_runs as (

    select
        report_code,
        max(report_run_date) as last_run_date
    from ace.readable_loads
    group by all

),

-- without an accepted entry that still waits nothing in these reports is missed
reports as (

    select
        case
            when last_runs.report_code is null then 'REPORT-NEVER-LOADED'
            when last_runs.last_run_date is null then 'REPORT-UNDATED'
            else 'REPORT-STALE'
        end as alert_code,
        refund_reports.report_code as subject,
        if(last_runs.report_code is null, unsettled.first_accepted_date, last_runs.last_run_date) as concern_date,
        case
            when last_runs.report_code is null then refund_reports.report_code || ' was never loaded'
            when last_runs.last_run_date is null
                then 'No file of ' || refund_reports.report_code || ' states its run date'
            else refund_reports.report_code || ' was last run on ' || last_runs.last_run_date
        end
            || ', and ' || unsettled.entry_count
            || if(unsettled.entry_count = 1, ' accepted entry waits', ' accepted entries wait')
            || ' for what it tells.' as message
    from refund_reports
    cross join unsettled
    left join last_runs
        on refund_reports.report_code = last_runs.report_code
    where unsettled.entry_count > 0

),

told as (

    select
        alert_code, subject, claim_number, importer_number, amount_usd, concern_date, cast(null as date) as due_date,
        message
    from unanswered

    union all by name

    select alert_code, subject, claim_number, importer_number, amount_usd, concern_date, message
    from late_batches

    union all by name

    select alert_code, subject, claim_number, importer_number, amount_usd, concern_date, due_date, message
    from waiting_payees

    union all by name

    select alert_code, subject, concern_date, message
    from reports

)

select
    alert_code,
    subject,
    claim_number,
    importer_number,
    cast(amount_usd as decimal(18, 2)) as amount_usd,
    concern_date,
    due_date,
    message
from told
