-- The days on which the answer of an entry summary may turn, each with its cause: a dated fact, a report, the end of a
-- clock, or a rule that begins or ends. Between two of them nothing of the entry turns. What is not dated by itself, such
-- as a fact of the user, turns nothing on a day. Clocks that are still running stand here with the day they will turn.
-- Grain: entry_number, turning_date, cause_code.

with

-- every file that tells of the entry, or of a refund it is in
reported as (

    select
        entry_number,
        report_run_date as fact_date
    from ace.entry_version_loads

    union

    select
        rows.entry_number,
        loads.report_run_date as fact_date
    from (
        select
            entry_number,
            load_id
        from ace.es022_entries
        union
        select
            entry_number,
            load_id
        from ace.es701_liquidations
        union
        select
            entry_number,
            load_id
        from ace.cape_claim_details
        union
        select
            entry_number,
            load_id
        from ace.rev103_statements
        union
        select
            entry_number,
            load_id
        from ace.rev615_refund_entries
        union
        select
            entry_number,
            load_id
        from ace.broker_lines
        union
        select
            entry_number,
            load_id
        from ace.quarantine
        union
        select
            refunded.entry_number,
            refunds.load_id
        from entries.refunded_entries as refunded
        join ace.rev603_refunds as refunds
            on refunded.refund_number = refunds.refund_number
        union
        select
            refunded.entry_number,
            refunds.load_id
        from entries.refunded_entries as refunded
        join ace.rev613_rejected_refunds as refunds
            on refunded.refund_number = refunds.refund_number
    ) as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

liquidations as (

    select
        entry_number,
        liquidation_date as fact_date
    from ace.entry_versions

    union

    select
        rows.entry_number,
        rows.liquidation_date as fact_date
    from (
        select
            entry_number,
            load_id,
            liquidation_date
        from ace.es022_entries
        union
        select
            entry_number,
            load_id,
            liquidation_date
        from ace.es701_liquidations
    ) as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

),

entered as (

    select
        entry_number,
        entry_date as fact_date
    from ace.entry_versions

    union

    select
        entry_number,
        entry_date as fact_date
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
        least(reconciliation_other_due_date, reconciliation_fta_due_date) as fact_date
    from ace.entry_versions

    union

    select
        versions.entry_number,
        cast(versions.entry_summary_date + interval 21 month as date) as fact_date
    from ace.entry_versions as versions
    join flagged
        on versions.entry_number = flagged.entry_number

    union

    select
        rows.entry_number,
        cast(rows.importation_date + interval 12 month as date) as fact_date
    from ace.es003_tariff_lines as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    join flagged
        on rows.entry_number = flagged.entry_number

    union

    select
        entry_number,
        recon_due_date as fact_date
    from entries.status_facts

),

refunded as (

    select
        entry_number,
        refund_date as fact_date
    from entries.refunded_entries

    union

    select
        refunded_entries.entry_number,
        refunds.refund_date as fact_date
    from entries.refunded_entries as refunded_entries
    join ace.rev603_refunds as refunds
        on refunded_entries.refund_number = refunds.refund_number
    join ace.readable_loads as loads
        on refunds.load_id = loads.load_id

),

facts as (

    select
        entry_number,
        'report' as fact,
        fact_date
    from reported

    union all

    select
        entry_number,
        'entry' as fact,
        fact_date
    from entered

    union all

    select
        entry_number,
        'year_after_entry' as fact,
        cast(fact_date + interval 1 year as date) as fact_date
    from entered

    union all

    select
        entry_number,
        'liquidation' as fact,
        fact_date
    from liquidations

    union all

    select
        rows.entry_number,
        'notice' as fact,
        rows.notice_date as fact_date
    from ace.es701_liquidations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id

    union all

    select
        entry_number,
        'filing' as fact,
        filed_date as fact_date
    from ace.claim_outcomes

    union all

    select
        entry_number,
        'acceptance' as fact,
        accepted_date as fact_date
    from ace.claim_outcomes

    union all

    select
        entry_number,
        'protest' as fact,
        protest_filed_date as fact_date
    from entries.status_facts

    union all

    select
        entry_number,
        'decision' as fact,
        protest_decision_date as fact_date
    from entries.status_facts

    union all

    select
        entry_number,
        'reconciliation_due' as fact,
        fact_date
    from reconciled

    union all

    select
        entry_number,
        'court_date' as fact,
        unnest([court_deadline_date, court_deadline_conservative_date]) as fact_date
    from entries.eligibility

    union all

    select
        entry_number,
        'refund' as fact,
        fact_date
    from refunded

    union all

    select
        refunded_entries.entry_number,
        'credit' as fact,
        cash.bank_value_date as fact_date
    from entries.refunded_entries as refunded_entries
    join entries.refund_cash as cash
        on refunded_entries.refund_number = cash.refund_number

),

-- a clock turns so many days after its fact, on the first day that is judged differently
clocks as (

    select unnest(
        [
            {'cause': 'REPORTED', 'fact': 'report', 'days': 0, 'rule': null, 'says': 'A report on it was run'},
            {'cause': 'STATUS-STALE', 'fact': 'report', 'days': 15, 'rule': 'STALE-STATUS',
                'says': 'A report on it is more than 14 days old'},
            {'cause': 'ENTERED', 'fact': 'entry', 'days': 0, 'rule': 'ENTRY-DAY', 'says': 'Entry was made'},
            {'cause': 'DAY-300-PAST', 'fact': 'entry', 'days': 301, 'rule': 'CBP-VERDICT',
                'says': 'The 300 days for a post summary correction are past'},
            {'cause': 'CYCLE-PAST', 'fact': 'entry', 'days': 315, 'rule': 'STALE-STATUS',
                'says': 'The 314 days of the ordinary liquidation cycle are past'},
            {'cause': 'DEEMED-LIQUIDATED', 'fact': 'year_after_entry', 'days': 1, 'rule': 'DEEMED-LIQUIDATED',
                'says': 'A year since entry is past'},
            {'cause': 'DEEMED-PROTEST-PAST', 'fact': 'year_after_entry', 'days': 181, 'rule': 'DEEMED-LIQUIDATED',
                'says': 'Day 180 from the deemed liquidation is past'},
            {'cause': 'CORRECTION-CLOSED', 'fact': 'liquidation', 'days': -14, 'rule': 'CBP-VERDICT',
                'says': 'Fewer than 15 days are left to the liquidation: no post summary correction'},
            {'cause': 'LIQUIDATED', 'fact': 'liquidation', 'days': 0, 'rule': 'LIQUIDATION-STATUS',
                'says': 'It liquidated, or is set to'},
            {'cause': 'DAY-78', 'fact': 'liquidation', 'days': 78, 'rule': 'LIQUIDATION-80-DAYS',
                'says': 'Day 78 from the liquidation: the last on which to file with CAPE without risk'},
            {'cause': 'DAY-80-PAST', 'fact': 'liquidation', 'days': 81, 'rule': 'LIQUIDATION-80-DAYS',
                'says': 'Day 80 from the liquidation is past'},
            {'cause': 'DAY-85', 'fact': 'liquidation', 'days': 85, 'rule': 'ALREADY-ACCEPTED',
                'says': 'Day 85 from the liquidation: what was accepted should have been reliquidated'},
            {'cause': 'DAY-90-PAST', 'fact': 'liquidation', 'days': 91, 'rule': 'LIQUIDATION-80-DAYS',
                'says': 'Day 90 from the liquidation, the end of voluntary reliquidation, is past'},
            {'cause': 'DAY-180-PAST', 'fact': 'liquidation', 'days': 181, 'rule': 'THIRD-PHASE',
                'says': 'Day 180 from the liquidation, the last for a protest, is past'},
            {'cause': 'NOTIFIED', 'fact': 'notice', 'days': 0, 'rule': 'LIQUIDATION-STATUS',
                'says': 'CBP sent notice of a liquidation'},
            {'cause': 'FILED', 'fact': 'filing', 'days': 0, 'rule': 'CBP-VERDICT', 'says': 'A declaration was filed'},
            {'cause': 'ACCEPTED', 'fact': 'acceptance', 'days': 0, 'rule': 'ALREADY-ACCEPTED',
                'says': 'CAPE accepted it'},
            {'cause': 'PROTESTED', 'fact': 'protest', 'days': 0, 'rule': 'PROTEST', 'says': 'A protest was filed'},
            {'cause': 'PROTEST-DECIDED', 'fact': 'decision', 'days': 0, 'rule': 'PROTEST',
                'says': 'The protest was decided'},
            {'cause': 'SUMMONS-PAST', 'fact': 'decision', 'days': 181, 'rule': 'PROTEST',
                'says': 'The 180 days for a summons are past'},
            {'cause': 'RECON-75-DAYS', 'fact': 'reconciliation_due', 'days': -75, 'rule': 'RECON-DUE-75-DAYS',
                'says': 'Reconciliation is due in 75 days'},
            {'cause': 'RECON-30-DAYS', 'fact': 'reconciliation_due', 'days': -30, 'rule': 'RECON-DUE-DATE',
                'says': 'Reconciliation is due in 30 days'},
            {'cause': 'COURT-DATE-PAST', 'fact': 'court_date', 'days': 1, 'rule': 'THIRD-PHASE',
                'says': 'A date for the court is past'},
            {'cause': 'REFUNDED', 'fact': 'refund', 'days': 0, 'rule': 'ALREADY-ACCEPTED', 'says': 'CBP refunded it'},
            {'cause': 'CREDITED', 'fact': 'credit', 'days': 0, 'rule': 'ALREADY-ACCEPTED',
                'says': 'The bank credited a refund it is in'}
        ]
    ) as clock

),

opening as (

    select min(effective_from) as opened_date
    from registry.cape_rules
    where rule_id = 'CAPE-OPEN'
      and withdrawn_date is null

),

phases as (

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

)

select distinct
    baselines.entry_number,
    facts.fact_date + clocks.clock.days as turning_date,
    clocks.clock.cause as cause_code,
    clocks.clock.rule as rule_id,
    clocks.clock.says as message
from facts
join clocks
    on facts.fact = clocks.clock.fact
join lines.entry_baselines as baselines
    on facts.entry_number = baselines.entry_number
where facts.fact_date is not null

union all

select
    baselines.entry_number,
    phases.turning_date,
    phases.cause_code,
    phases.rule_id,
    phases.message
from lines.entry_baselines as baselines
cross join phases

union all

select
    baselines.entry_number,
    types.effective_from as turning_date,
    'ENTRY-TYPE-ANEW' as cause_code,
    'ENTRY-TYPE-KNOWN' as rule_id,
    'From this day CBP treats entries of type ' || types.entry_type_code || ' in another way' as message
from lines.entry_baselines as baselines
join registry.entry_types as types
    on baselines.entry_type_code = types.entry_type_code
cross join opening
where types.withdrawn_date is null
  and types.effective_from > opening.opened_date
