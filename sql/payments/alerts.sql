-- What somebody should look at as of the day: rights about to lapse first, then missing money.
-- Grain: alert_key.

with

raised as (

    select
        'PROTEST-CLOCK' as alert_code,
        'right_at_risk' as severity,
        eligibility.entry_number,
        eligibility.claim_number,
        eligibility.importer_number,
        eligibility.open_principal_usd as amount_usd,
        eligibility.protective_deadline_date - 30 as since_date,
        eligibility.protective_deadline_date as due_date,
        'The right to protest lapses while the entry waits (' || eligibility.recommended_path || ')' as message,
        'File a protest on CBP Form 19 by the due date' as next_action
    from entries.eligibility as eligibility
    where eligibility.protective_action is not null
      and eligibility.as_of_date between eligibility.protective_deadline_date - 30
        and eligibility.protective_deadline_date

    union all by name

    select
        'CAPE-DEADLINE' as alert_code,
        'right_at_risk' as severity,
        eligibility.entry_number,
        eligibility.importer_number,
        eligibility.open_principal_usd as amount_usd,
        eligibility.cape_deadline_date - 14 as since_date,
        eligibility.cape_deadline_date as due_date,
        'CAPE takes the entry for the last days; CBP checks when it processes the file' as message,
        'File the declaration by day 78, two days before the due date' as next_action
    from entries.eligibility as eligibility
    where eligibility.recommended_path in ('file_cape', 'withdraw_protest_then_cape')
      and eligibility.as_of_date between eligibility.cape_deadline_date - 14 and eligibility.cape_deadline_date

    union all by name

    select
        'ES022-BLANK' as alert_code,
        'money_missing' as severity,
        eligibility.entry_number,
        eligibility.claim_number,
        eligibility.importer_number,
        eligibility.open_principal_usd as amount_usd,
        eligibility.accepted_date + 60 as since_date,
        'No refund in ES-022 60 days after acceptance' as message,
        'Write to IEEPARefunds@cbp.dhs.gov with the claim number' as next_action
    from entries.eligibility as eligibility
    join refunds.batch_entries as members
        on eligibility.entry_number = members.entry_number
    where eligibility.cape_status in ('accepted', 'review')
      and members.undated_reason is null
      and eligibility.as_of_date > eligibility.accepted_date + 60

    union all by name

    select
        'RELIQUIDATED-NO-REFUND' as alert_code,
        'money_missing' as severity,
        eligibility.entry_number,
        eligibility.claim_number,
        eligibility.importer_number,
        eligibility.open_principal_usd as amount_usd,
        eligibility.reliquidation_date + 30 as since_date,
        'Reliquidated more than 30 days ago and in no refund' as message,
        'Write to IEEPARefunds@cbp.dhs.gov with the claim number' as next_action
    from entries.eligibility as eligibility
    where eligibility.cape_status in ('accepted', 'review')
      and eligibility.as_of_date > eligibility.reliquidation_date + 30

    union all by name

    select
        case matching.match_status
            when 'pending' then 'TREASURY-SLOW'
            when 'diverted' then 'FUNDS-DIVERTED'
            when 'rejected' then 'REFUND-REJECTED'
            when 'short' then 'REFUND-SHORT'
            when 'over' then 'REFUND-OVER'
            else 'REFUND-UNCLEAR'
        end as alert_code,
        if(matching.match_status = 'over', 'information', 'money_missing') as severity,
        matching.refund_number,
        coalesce(matching.rev603_usd, matching.es022_usd) as amount_usd,
        if(
            matching.match_status = 'pending',
            matching.refund_date + 14,
            coalesce(matching.refund_date, matching.as_of_date)
        ) as since_date,
        matching.cause as message,
        matching.next_action
    from payments.rev603_reconciliation as matching
    where matching.refund_number is not null
      and matching.match_status <> 'matched'
      and (matching.match_status <> 'pending' or matching.as_of_date > matching.refund_date + 14)

    union all by name

    select
        'WINDOW-PASSED' as alert_code,
        'money_missing' as severity,
        batches.batch_id as subject,
        batches.total_usd as amount_usd,
        batches.payment_to_date as since_date,
        'The payment window of the batch has passed without a refund' as message,
        'Load a newer ES-022 and REV-603, then write to IEEPARefunds@cbp.dhs.gov' as next_action
    from refunds.refund_batches as batches
    where len(batches.refund_numbers) = 0
      and batches.as_of_date > batches.payment_to_date

    union all by name

    select
        'ACH-NOT-ENROLLED' as alert_code,
        'money_missing' as severity,
        facts.importer_number as subject,
        facts.importer_number,
        sum(facts.refund_principal_usd) as amount_usd,
        max(facts.as_of_date) as since_date,
        'Refunds are paid by ACH only, and the importer is not enrolled' as message,
        'Enrol the importer number, with its suffix, for ACH refunds in the ACE portal' as next_action
    from entries.case_facts as facts
    where facts.ach_enrolled = false
      and facts.refund_principal_usd > 0
      and facts.payee_basis in ('importer', 'refund_report')
    group by facts.importer_number

)

select
    raised.alert_code || ' ' || coalesce(raised.entry_number, raised.refund_number, raised.subject, '') as alert_key,
    raised.alert_code,
    raised.severity,
    raised.entry_number,
    raised.refund_number,
    raised.claim_number,
    raised.importer_number,
    cast(raised.amount_usd as decimal(18, 2)) as amount_usd,
    raised.since_date,
    cast(day.as_of_date - raised.since_date as integer) as days_late,
    raised.due_date,
    raised.message,
    raised.next_action,
    day.as_of_date
from raised
cross join registry.as_of as day
where raised.since_date <= day.as_of_date
