-- The days on which what stands of an entry summary may turn, each with its cause: a dated fact, a report, the end of a
-- clock, or a rule that begins or ends. Between two of them nothing of the entry turns but what counts the days. On a day
-- of the answer its status or path may turn; on the others only what stands beside them. What is not dated by itself,
-- such as a fact of the user, turns nothing on a day; what a file or a fact of no entry turns is not listed. Clocks that
-- are still running stand here with the day they will turn.
-- Grain: entry_number, turning_date, cause_code.

with

-- files with what they turn: an entry they tell of, or that is in a refund they tell of, turns on these days
reports as (

    select
        loads.load_id,
        loads.report_run_date + clocks.days as turning_date,
        clocks.cause_code
    from ace.readable_loads as loads
    cross join (
        values ('REPORTED', 0), ('STATUS-STALE', 15)
    ) as clocks (cause_code, days)
    where loads.report_run_date is not null

),

liquidations as (

    select
        entry_number,
        liquidation_date
    from ace.entry_versions

    union all

    select
        rows.entry_number,
        rows.liquidation_date
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

    union all

    select
        rows.entry_number,
        rows.liquidation_date
    from ace.es701_liquidations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

entered as (

    select
        entry_number,
        entry_date
    from ace.entry_versions

    union all

    select
        entry_number,
        entry_date
    from lines.entry_baselines

),

-- whatever the mark says: a version that shows none may be newer than the day
flagged as (

    select distinct entry_number
    from ace.entry_versions
    where reconciliation_indicator is not null
       or fta_reconciliation_indicator is not null

),

reconciled as (

    select
        entry_number,
        least(reconciliation_other_due_date, reconciliation_fta_due_date) as due_date
    from ace.entry_versions

    union all

    select
        versions.entry_number,
        cast(versions.entry_summary_date + interval 21 month as date) as due_date
    from ace.entry_versions as versions
    join flagged
        on versions.entry_number = flagged.entry_number

    union all

    select
        rows.entry_number,
        cast(rows.importation_date + interval 12 month as date) as due_date
    from ace.es003_tariff_lines as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    join flagged
        on rows.entry_number = flagged.entry_number

    union all

    select
        entry_number,
        recon_due_date as due_date
    from entries.status_facts

),

refunded as (

    select
        entry_number,
        refund_date as turning_date,
        'REFUNDED' as cause_code
    from entries.refunded_entries

    union all

    select
        refunded_entries.entry_number,
        refunds.refund_date as turning_date,
        'REFUNDED' as cause_code
    from entries.refunded_entries as refunded_entries
    join ace.rev603_refunds as refunds
        on refunded_entries.refund_number = refunds.refund_number
    join ace.readable_loads as loads
        on refunds.load_id = loads.load_id

    union all

    select
        refunded_entries.entry_number,
        cash.bank_value_date as turning_date,
        'CREDITED' as cause_code
    from entries.refunded_entries as refunded_entries
    join entries.refund_cash as cash
        on refunded_entries.refund_number = cash.refund_number

),

opening as (

    select min(effective_from) as opened_date
    from registry.cape_rules
    where rule_id = 'CAPE-OPEN'
      and withdrawn_date is null

),

rule_windows as (

    select
        rules.rule_id,
        rules.rule_id || '-BEGINS' as cause_code,
        rules.effective_from as turning_date,
        'A rule begins: ' || rules.title as message
    from registry.cape_rules as rules
    cross join opening
    where rules.withdrawn_date is null
      and (rules.rule_id = 'CAPE-OPEN' or rules.effective_from > opening.opened_date)

    union all

    select
        rule_id,
        rule_id || '-ENDS' as cause_code,
        effective_to + 1 as turning_date,
        'A rule ends: ' || title as message
    from registry.cape_rules
    where withdrawn_date is null
      and effective_to is not null

),

type_windows as (

    select
        types.entry_type_code,
        types.effective_from as turning_date,
        if(types.effective_from > opening.opened_date, 'ENTRY-TYPE-ANEW', 'ENTRY-TYPE-BEGINS') as cause_code,
        types.effective_from > opening.opened_date as is_answer_day
    from registry.entry_types as types
    cross join opening
    where types.withdrawn_date is null

    union all

    select
        entry_type_code,
        effective_to + 1 as turning_date,
        'ENTRY-TYPE-ENDS' as cause_code,
        false as is_answer_day
    from registry.entry_types
    where withdrawn_date is null
      and effective_to is not null

),

-- a clock turns so many days after its fact, on the first day that is judged differently
answer_days as (

    select
        rows.entry_number,
        reports.turning_date,
        reports.cause_code
    from (
        select
            entry_number,
            load_id
        from ace.entry_version_loads
        union all
        select
            entry_number,
            load_id
        from ace.es022_entries
        union all
        select
            entry_number,
            load_id
        from ace.es701_liquidations
        union all
        select
            entry_number,
            load_id
        from ace.cape_claim_details
        union all
        select
            entry_number,
            load_id
        from ace.rev103_statements
        union all
        select
            entry_number,
            load_id
        from ace.rev615_refund_entries
        union all
        select
            entry_number,
            load_id
        from ace.broker_lines
        union all
        select
            entry_number,
            load_id
        from ace.quarantine
        union all
        select
            refunded_entries.entry_number,
            refunds.load_id
        from entries.refunded_entries as refunded_entries
        join ace.rev603_refunds as refunds
            on refunded_entries.refund_number = refunds.refund_number
        union all
        select
            refunded_entries.entry_number,
            refunds.load_id
        from entries.refunded_entries as refunded_entries
        join ace.rev613_rejected_refunds as refunds
            on refunded_entries.refund_number = refunds.refund_number
    ) as rows
    join reports
        on rows.load_id = reports.load_id

    union all

    select
        entered.entry_number,
        entered.entry_date + clocks.days as turning_date,
        clocks.cause_code
    from entered
    cross join (
        values
        ('ENTERED', 0),
        ('DAY-300-PAST', 301),
        ('CYCLE-PAST', 315)
    ) as clocks (cause_code, days)

    union all

    select
        entered.entry_number,
        cast(entered.entry_date + interval 1 year as date) + clocks.days as turning_date,
        clocks.cause_code
    from entered
    cross join (
        values
        ('DEEMED-LIQUIDATED', 1),
        ('DEEMED-PROTEST-PAST', 181)
    ) as clocks (cause_code, days)

    union all

    select
        liquidations.entry_number,
        liquidations.liquidation_date + clocks.days as turning_date,
        clocks.cause_code
    from liquidations
    cross join (
        values
        ('CORRECTION-CLOSED', -14),
        ('LIQUIDATED', 0),
        ('DAY-78', 78),
        ('DAY-80-PAST', 81),
        ('DAY-85', 85),
        ('DAY-90-PAST', 91),
        ('DAY-180-PAST', 181)
    ) as clocks (cause_code, days)

    union all

    select
        rows.entry_number,
        rows.notice_date as turning_date,
        'NOTIFIED' as cause_code
    from ace.es701_liquidations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

    union all

    select
        entry_number,
        filed_date as turning_date,
        'FILED' as cause_code
    from ace.claim_outcomes

    union all

    select
        entry_number,
        accepted_date as turning_date,
        'ACCEPTED' as cause_code
    from ace.claim_outcomes

    union all

    select
        entry_number,
        protest_filed_date as turning_date,
        'PROTESTED' as cause_code
    from entries.status_facts

    union all

    select
        entry_number,
        protest_decision_date as turning_date,
        'PROTEST-DECIDED' as cause_code
    from entries.status_facts

    union all

    select
        entry_number,
        protest_decision_date + 181 as turning_date,
        'SUMMONS-PAST' as cause_code
    from entries.status_facts

    union all

    select
        entry_number,
        due_date - 75 as turning_date,
        'RECON-75-DAYS' as cause_code
    from reconciled

    union all

    select
        entry_number,
        due_date - 30 as turning_date,
        'RECON-30-DAYS' as cause_code
    from reconciled

    union all

    select
        entry_number,
        court_deadline_date + 1 as turning_date,
        'COURT-DATE-PAST' as cause_code
    from entries.eligibility_decisions

    union all

    select
        entry_number,
        court_deadline_conservative_date + 1 as turning_date,
        'COURT-DATE-PAST' as cause_code
    from entries.eligibility_decisions

    union all

    select
        entry_number,
        turning_date,
        cause_code
    from refunded

    union all

    select
        baselines.entry_number,
        rule_windows.turning_date,
        rule_windows.cause_code
    from lines.entry_baselines as baselines
    cross join rule_windows

    union all

    select
        baselines.entry_number,
        type_windows.turning_date,
        type_windows.cause_code
    from lines.entry_baselines as baselines
    join type_windows
        on baselines.entry_type_code = type_windows.entry_type_code
    where type_windows.is_answer_day

),

other_days as (

    -- a refund for after the day is none yet, whichever of the reports dates it
    select
        entry_number,
        refund_date as turning_date,
        'REFUND-DATED' as cause_code
    from ace.es022_entries

    union all

    select
        rows.entry_number,
        refunds.refund_date as turning_date,
        'REFUND-DATED' as cause_code
    from (
        select
            entry_number,
            refund_number
        from ace.es022_entries
        union all
        select
            entry_number,
            refund_number
        from ace.rev615_refund_entries
    ) as rows
    join ace.rev603_refunds as refunds
        on rows.refund_number = refunds.refund_number

    union all

    select
        baselines.entry_number,
        type_windows.turning_date,
        type_windows.cause_code
    from lines.entry_baselines as baselines
    join type_windows
        on baselines.entry_type_code = type_windows.entry_type_code
    where not type_windows.is_answer_day

    union all

    select
        baselines.entry_number,
        rows.attested_on + 15 as turning_date,
        'ATTESTATION-LAPSED' as cause_code
    from ace.attestations as rows
    join lines.entry_baselines as baselines
        on coalesce(rows.entry_number = baselines.entry_number, true)
       and coalesce(rows.importer_key = baselines.importer_key, true)
    where rows.attested_fact = 'stale_status'

    union all

    select
        outcomes.entry_number,
        messages.effective_to + 1 as turning_date,
        'MESSAGE-DROPPED' as cause_code
    from ace.claim_outcomes as outcomes
    cross join registry.cape_messages as messages
    where outcomes.claim_outcome = 'failed'
      and messages.withdrawn_date is null

    union all

    select
        entry_number,
        deposit_date as turning_date,
        'DEPOSITED' as cause_code
    from ace.deposits

    union all

    select
        entry_number,
        due_date + 1 as turning_date,
        'RECON-DUE-PAST' as cause_code
    from reconciled

    union all

    select
        entry_number,
        forecast_liquidation_date + 1 as turning_date,
        'FORECAST-PAST' as cause_code
    from entries.liquidation_tracks

),

turned as (

    select distinct
        entry_number,
        turning_date,
        cause_code,
        true as is_answer_day
    from answer_days
    where turning_date is not null

    union all

    select distinct
        entry_number,
        turning_date,
        cause_code,
        false as is_answer_day
    from other_days
    where turning_date is not null

),

causes as (

    select
        cause_code,
        rule_id,
        message
    from (
        values
        ('REPORTED', null, 'A report on it was run'),
        ('STATUS-STALE', 'STALE-STATUS', 'A report on it is more than 14 days old'),
        ('ENTERED', 'ENTRY-DAY', 'Entry was made'),
        ('DAY-300-PAST', 'CBP-VERDICT', 'The 300 days for a post summary correction are past'),
        ('CYCLE-PAST', 'STALE-STATUS', 'The 314 days of the ordinary liquidation cycle are past'),
        ('DEEMED-LIQUIDATED', 'DEEMED-LIQUIDATED', 'A year since entry is past'),
        ('DEEMED-PROTEST-PAST', 'DEEMED-LIQUIDATED', 'Day 180 from the deemed liquidation is past'),
        (
            'CORRECTION-CLOSED', 'CBP-VERDICT',
            'Fewer than 15 days are left to the liquidation: no post summary correction'
        ),
        ('LIQUIDATED', 'LIQUIDATION-STATUS', 'It liquidated, or is set to'),
        (
            'DAY-78', 'LIQUIDATION-80-DAYS',
            'Day 78 from the liquidation: the last on which to file with CAPE without risk'
        ),
        ('DAY-80-PAST', 'LIQUIDATION-80-DAYS', 'Day 80 from the liquidation is past'),
        ('DAY-85', 'ALREADY-ACCEPTED', 'Day 85 from the liquidation: what was accepted should have been reliquidated'),
        (
            'DAY-90-PAST', 'LIQUIDATION-80-DAYS',
            'Day 90 from the liquidation, the end of voluntary reliquidation, is past'
        ),
        ('DAY-180-PAST', 'THIRD-PHASE', 'Day 180 from the liquidation, the last for a protest, is past'),
        ('NOTIFIED', 'LIQUIDATION-STATUS', 'CBP sent notice of a liquidation'),
        ('FILED', 'CBP-VERDICT', 'A declaration was filed'),
        ('ACCEPTED', 'ALREADY-ACCEPTED', 'CAPE accepted it'),
        ('PROTESTED', 'PROTEST', 'A protest was filed'),
        ('PROTEST-DECIDED', 'PROTEST', 'The protest was decided'),
        ('SUMMONS-PAST', 'PROTEST', 'The 180 days for a summons are past'),
        ('RECON-75-DAYS', 'RECON-DUE-75-DAYS', 'Reconciliation is due in 75 days'),
        ('RECON-30-DAYS', 'RECON-DUE-DATE', 'Reconciliation is due in 30 days'),
        ('COURT-DATE-PAST', 'THIRD-PHASE', 'A date for the court is past'),
        ('REFUNDED', 'ALREADY-ACCEPTED', 'CBP refunded it'),
        ('CREDITED', 'ALREADY-ACCEPTED', 'The bank credited a refund it is in'),
        ('ENTRY-TYPE-ANEW', 'ENTRY-TYPE-KNOWN', null),
        ('ENTRY-TYPE-BEGINS', 'ENTRY-TYPE-KNOWN', 'What is known of entries of its type begins'),
        ('ENTRY-TYPE-ENDS', 'ENTRY-TYPE-KNOWN', 'What was known of entries of its type has ended'),
        ('REFUND-DATED', null, 'A report dates a refund it is in on this day'),
        ('ATTESTATION-LAPSED', 'STALE-STATUS', 'An attestation that accepts a stale status is older than 14 days'),
        ('MESSAGE-DROPPED', 'CBP-VERDICT', 'A message of CBP is no longer in use'),
        ('DEPOSITED', null, 'A duty deposit was made'),
        ('RECON-DUE-PAST', 'RECON-DUE-DATE', 'The day on which reconciliation was due is past'),
        ('FORECAST-PAST', null, 'The day on which it was foreseen to liquidate is past')
    ) as told (cause_code, rule_id, message)

    union all

    select
        cause_code,
        rule_id,
        message
    from rule_windows

)

select
    baselines.entry_number,
    turned.turning_date,
    turned.cause_code,
    turned.is_answer_day,
    causes.rule_id,
    if(
        turned.cause_code = 'ENTRY-TYPE-ANEW',
        'From this day CBP treats entries of type ' || baselines.entry_type_code || ' in another way',
        causes.message
    ) as message
from turned
join lines.entry_baselines as baselines
    on turned.entry_number = baselines.entry_number
join causes
    on turned.cause_code = causes.cause_code
