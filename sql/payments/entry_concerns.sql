-- What is, or on its day will be, the matter with one entry summary: rights that lapse, and entries CBP accepted and
-- does not liquidate, refund or refund in full. An entry without IEEPA duty, or refunded and settled, concerns nobody.
-- Grain: alert_code, entry_number.

with

open_entries as (

    select
        eligibility.entry_number,
        eligibility.as_of_date,
        eligibility.claim_number,
        eligibility.importer_number,
        eligibility.open_principal_usd,
        eligibility.cape_status,
        eligibility.recommended_path,
        eligibility.liquidation_date,
        eligibility.reliquidation_date,
        eligibility.cape_deadline_date,
        eligibility.reliquidation_deadline_date,
        eligibility.protest_deadline_date,
        eligibility.protective_action,
        eligibility.protective_deadline_date,
        eligibility.deemed_liquidation_date,
        eligibility.court_deadline_conservative_date,
        eligibility.recon_due_date,
        eligibility.accepted_date,
        facts.liquidation_state,
        facts.recon_flag,
        facts.recon_09_filed,
        facts.protest_decision_date,
        coalesce(facts.protest_state in ('denied', 'denied_in_part'), false) as is_protest_denied,
        facts.is_accepted and facts.refund_number is null as is_waiting,
        -- such entries are paid when they liquidate in their own time
        facts.cape_treatment = 'accepted_paid_on_liquidation'
        or coalesce(facts.liquidation_state in ('suspended', 'extended', 'under_review'), false) as is_held,
        batches.payment_to_date
    from entries.eligibility as eligibility
    join entries.case_facts as facts
        on eligibility.entry_number = facts.entry_number
    left join refunds.batch_members as members
        on eligibility.entry_number = members.entry_number
    left join refunds.refund_batches as batches
        on members.batch_id = batches.batch_id
    where eligibility.cape_status <> 'no_ieepa'
      and not (eligibility.cape_status = 'refunded' and eligibility.recommended_path = 'none')
      and eligibility.refund_principal_high_usd is distinct from 0

),

-- over all refunds of the entry, where neither netted duty nor the user's materiality explains it; a sum with a hole is
-- not a sum
shortfalls as (

    select
        entry_number,
        max(liquidation_date) as liquidation_date,
        -sum(principal_variance_usd) as short_usd
    from payments.entry_refunds
    where refund_number is not null
    group by all
    having count(*) = count(principal_variance_usd)
       and sum(principal_variance_usd) < 0
       and bool_or(is_material and cause = 'principal_below_expected')

),

rights as (

    select
        'PROTEST-CLOCK' as alert_code,
        entry_number,
        protective_deadline_date as concern_date,
        protective_deadline_date as due_date,
        'No protest of the entry is known, and the right to protest ends on ' || protective_deadline_date
            || if(recommended_path = 'file_protest', '.', '; its path is ' || recommended_path || '.') as message
    from open_entries
    where protective_action is not null
      and as_of_date <= protective_deadline_date

    union all

    select
        'PROTEST-IN-WAIT' as alert_code,
        entry_number,
        greatest(if(is_waiting, accepted_date, null), coalesce(liquidation_date, deemed_liquidation_date))
            as concern_date,
        protective_deadline_date as due_date,
        'The entry waits ('
            || recommended_path
            || case
                when is_waiting and payment_to_date is not null then '), payment is expected up to ' || payment_to_date
                when is_waiting then '), no day of payment can be foreseen'
                else '), nobody knows until when'
            end
            || ', and the right to protest ends on ' || protective_deadline_date || '.' as message
    from open_entries
    where protective_action is not null
      and as_of_date <= protective_deadline_date
      and (is_waiting or recommended_path = 'await_phase')
      and coalesce(if(is_waiting, payment_to_date >= protective_deadline_date, null), true)

    union all

    select
        'CAPE-DEADLINE' as alert_code,
        entry_number,
        cape_deadline_date as concern_date,
        cape_deadline_date as due_date,
        'The entry may be filed, and CAPE takes it until ' || cape_deadline_date || ', day 80 after liquidation.'
            as message
    from open_entries
    where recommended_path in ('file_cape', 'withdraw_protest_then_cape')
      and as_of_date <= cape_deadline_date

    union all

    select
        'RELIQUIDATION-OVERDUE' as alert_code,
        entry_number,
        liquidation_date as concern_date,
        protest_deadline_date as due_date,
        'CAPE accepted the entry, liquidated on ' || liquidation_date || ', and no report shows its reliquidation; '
            || 'CBP''s own limit is ' || reliquidation_deadline_date || ', day 90.' as message
    from open_entries
    where is_waiting
      and not is_held
      and liquidation_date is not null
      and reliquidation_date is null
      and as_of_date <= protest_deadline_date

    union all

    select
        'RECON-DUE' as alert_code,
        entry_number,
        recon_due_date as concern_date,
        recon_due_date as due_date,
        'The entry is flagged for reconciliation, no type 09 entry is known, and its reconciliation '
            || if(recon_due_date < as_of_date, 'was due on ', 'is due on ') || recon_due_date || '.' as message
    from open_entries
    where recon_flag
      and recon_09_filed is distinct from true
      and recon_due_date is not null

    union all

    select
        'COURT-CLOCK' as alert_code,
        entry_number,
        court_deadline_conservative_date as concern_date,
        court_deadline_conservative_date as due_date,
        if(
            is_protest_denied,
            'The protest was denied on ' || protest_decision_date || ', and the right to sue ends on ',
            'Counted from the start of the tariff programme, two years to sue end on '
        ) || court_deadline_conservative_date || '.' as message
    from open_entries
    where as_of_date <= court_deadline_conservative_date
      and (cape_status <> 'refunded' or recommended_path = 'dispute_refund')

),

waits as (

    select
        'LIQUIDATION-OVERDUE' as alert_code,
        entry_number,
        accepted_date as concern_date,
        'CBP accepted the entry on ' || accepted_date || ', and no report shows it liquidated.' as message
    from open_entries
    where is_waiting
      and liquidation_state = 'unliquidated'
      and not is_held
      and accepted_date is not null

    union all

    select
        'ES022-BLANK' as alert_code,
        entry_number,
        accepted_date as concern_date,
        'CBP accepted the entry on ' || accepted_date || ', and no ES-022 loaded shows a refund for it.' as message
    from open_entries
    where is_waiting
      and not is_held
      and accepted_date is not null

    union all

    select
        'RELIQUIDATED-NO-REFUND' as alert_code,
        entry_number,
        reliquidation_date as concern_date,
        'The entry was reliquidated on ' || reliquidation_date || ', and no report shows a refund for it.' as message
    from open_entries
    where is_waiting
      and reliquidation_date is not null

)

select
    rights.alert_code,
    rights.entry_number,
    entries.claim_number,
    entries.importer_number,
    entries.open_principal_usd as amount_usd,
    rights.concern_date,
    rights.due_date,
    rights.message
from rights
join open_entries as entries
    on rights.entry_number = entries.entry_number

union all

select
    waits.alert_code,
    waits.entry_number,
    entries.claim_number,
    entries.importer_number,
    entries.open_principal_usd as amount_usd,
    waits.concern_date,
    null as due_date,
    waits.message
from waits
join open_entries as entries
    on waits.entry_number = entries.entry_number

union all

select
    'PRINCIPAL-SHORT' as alert_code,
    shortfalls.entry_number,
    entries.claim_number,
    entries.importer_number,
    cast(shortfalls.short_usd as decimal(18, 2)) as amount_usd,
    shortfalls.liquidation_date as concern_date,
    entries.protective_deadline_date as due_date,
    'The principal CBP refunded is below the IEEPA duty that the entry paid.' as message
from shortfalls
join open_entries as entries
    on shortfalls.entry_number = entries.entry_number
