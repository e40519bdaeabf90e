-- Every deadline of every entry summary with something still to claim, from thirty days past onwards, and until CAPE
-- opens the day on which it does. Days are calendar days; a weekend or a holiday is told and moves none of them.
-- Grain: entry_number, deadline_kind.

with

kinds as (

    select
        deadline_kind,
        who_acts,
        legal_basis
    from (
        values
        ('cape_opening', 'filer', 'CSMS 68340863'),
        ('cape_filing', 'filer', 'CSMS 68340863'),
        ('cbp_reliquidation', 'cbp', '19 USC 1501'),
        ('protest', 'filer', '19 USC 1514'),
        ('court', 'filer', '28 USC 2636(i)'),
        ('court_conservative', 'filer', '28 USC 2636(i)'),
        ('protest_denied_court', 'filer', '28 USC 2636(a)'),
        ('reconciliation_due', 'filer', '85 FR 39579'),
        ('psc', 'filer', 'PSC limits of CBP'),
        ('deemed_liquidation', 'nobody', '19 USC 1504(a)')
    ) as told (deadline_kind, who_acts, legal_basis)

),

-- nothing lapses on an entry without IEEPA duty, nor on one whose refund is settled
open_entries as (

    select
        eligibility.entry_number,
        eligibility.as_of_date,
        eligibility.importer_number,
        eligibility.importer_key,
        eligibility.cape_status,
        eligibility.recommended_path,
        eligibility.blocking_rules,
        eligibility.open_principal_usd,
        eligibility.liquidation_date,
        eligibility.reliquidation_date,
        eligibility.cape_deadline_date,
        eligibility.reliquidation_deadline_date,
        eligibility.protest_deadline_date,
        eligibility.protective_action,
        eligibility.deemed_liquidation_date,
        eligibility.court_deadline_date,
        eligibility.court_deadline_conservative_date,
        eligibility.psc_deadline_date,
        eligibility.psc_deadline_basis,
        eligibility.status_as_of_date,
        eligibility.last_cape_result,
        facts.is_accepted,
        facts.entry_date,
        facts.deposit_date,
        facts.liquidation_state,
        facts.protest_decision_date,
        coalesce(facts.protest_state in ('open', 'suspended', 'approved', 'denied', 'denied_in_part'), false)
            as is_protest_on_file,
        coalesce(facts.protest_state in ('denied', 'denied_in_part'), false) as is_protest_denied,
        coalesce(rules.stale_status = 'fail', false) as is_status_stale,
        coalesce(types.ieepa_psc_barred, false) as is_psc_barred,
        eligibility.cape_status in ('eligible', 'eligible_paid_on_liquidation')
        or eligibility.recommended_path in ('withdraw_protest_then_cape', 'fix_and_refile', 'file_recon_first')
        or (eligibility.cape_status = 'review' and eligibility.recommended_path = 'manual_review') as may_be_filed,
        eligibility.cape_status <> 'refunded' or eligibility.recommended_path = 'dispute_refund' as is_refund_open
    from entries.eligibility as eligibility
    join entries.case_facts as facts
        on eligibility.entry_number = facts.entry_number
    join entries.rule_outcomes as rules
        on eligibility.entry_number = rules.entry_number
    left join registry.entry_types as types
        on eligibility.entry_type_code = types.entry_type_code
       and types.withdrawn_date is null
       and eligibility.as_of_date >= types.effective_from
       and (types.effective_to is null or eligibility.as_of_date <= types.effective_to)
    where eligibility.cape_status <> 'no_ieepa'
      and not (eligibility.cape_status = 'refunded' and eligibility.recommended_path = 'none')

),

opening as (

    select min(effective_from) as opened_date
    from registry.cape_rules
    where rule_id = 'CAPE-OPEN'
      and withdrawn_date is null

),

running as (

    -- of these entries CAPE's first day is all that is waited for
    select
        open_entries.entry_number,
        'cape_opening' as deadline_kind,
        opening.opened_date as deadline_date,
        null as recommended_date,
        'first_day_of_cape' as deadline_basis
    from open_entries
    cross join opening
    where opening.opened_date > open_entries.as_of_date
      and open_entries.blocking_rules = ['CAPE-OPEN']

    union all

    select
        entry_number,
        'cape_filing' as deadline_kind,
        cape_deadline_date as deadline_date,
        cape_deadline_date - 2 as recommended_date,
        'day_80_after_liquidation' as deadline_basis
    from open_entries
    where liquidation_date is not null
      and (may_be_filed or (recommended_path = 'file_protest' and cape_deadline_date < as_of_date))

    union all

    -- it may have liquidated on the day after the report that still shows it unliquidated
    select
        entry_number,
        'cape_filing' as deadline_kind,
        status_as_of_date + 80 as deadline_date,
        status_as_of_date + 78 as recommended_date,
        'day_80_after_stale_report' as deadline_basis
    from open_entries
    where liquidation_date is null
      and is_status_stale
      and may_be_filed

    union all

    select
        entry_number,
        'cbp_reliquidation' as deadline_kind,
        reliquidation_deadline_date as deadline_date,
        null as recommended_date,
        'day_90_after_liquidation' as deadline_basis
    from open_entries
    where liquidation_date is not null
      and reliquidation_date is null
      and (may_be_filed or (is_accepted and is_refund_open))

    union all

    select
        entry_number,
        'protest' as deadline_kind,
        coalesce(protest_deadline_date, deemed_liquidation_date + 180) as deadline_date,
        null as recommended_date,
        if(protest_deadline_date is null, 'day_180_after_deemed_liquidation', 'day_180_after_liquidation')
            as deadline_basis
    from open_entries
    where protective_action is not null
       or (not is_protest_on_file and coalesce(protest_deadline_date, deemed_liquidation_date + 180) < as_of_date)

    union all

    select
        entry_number,
        'court' as deadline_kind,
        court_deadline_date as deadline_date,
        null as recommended_date,
        if(deposit_date is null, 'two_years_after_entry', 'two_years_after_deposit') as deadline_basis
    from open_entries
    where is_refund_open
      and not is_protest_denied

    union all

    select
        entry_number,
        'court_conservative' as deadline_kind,
        court_deadline_conservative_date as deadline_date,
        null as recommended_date,
        'two_years_after_programme_start' as deadline_basis
    from open_entries
    where is_refund_open
      and not is_protest_denied

    union all

    select
        entry_number,
        'protest_denied_court' as deadline_kind,
        protest_decision_date + 180 as deadline_date,
        null as recommended_date,
        'day_180_after_denial' as deadline_basis
    from open_entries
    where is_refund_open
      and is_protest_denied

    union all

    -- up to 31 days before, CAPE goes first; after that CBP wants the type 09 first
    select
        watched.entry_number,
        'reconciliation_due' as deadline_kind,
        watched.recon_due_date as deadline_date,
        if(open_entries.may_be_filed, watched.recon_due_date - 31, null) as recommended_date,
        watched.recon_due_date_basis as deadline_basis
    from reports.reconciliation_watch_list as watched
    join open_entries
        on watched.entry_number = open_entries.entry_number
    where watched.recon_flag
      and watched.recon_09_filed is distinct from true

    union all

    select
        entry_number,
        'psc' as deadline_kind,
        psc_deadline_date as deadline_date,
        null as recommended_date,
        psc_deadline_basis as deadline_basis
    from open_entries
    where liquidation_state in ('unliquidated', 'suspended', 'extended', 'under_review')
      and psc_deadline_date is not null
      and not is_psc_barred
      and (may_be_filed or (recommended_path = 'await_phase' and last_cape_result = 'failed'))

    union all

    select
        entry_number,
        'deemed_liquidation' as deadline_kind,
        cast(entry_date + interval 1 year as date) as deadline_date,
        null as recommended_date,
        'one_year_after_entry' as deadline_basis
    from open_entries
    where liquidation_state in ('unliquidated', 'under_review')
      and is_refund_open

)

select
    running.entry_number,
    running.deadline_kind,
    open_entries.as_of_date,
    open_entries.importer_number,
    open_entries.importer_key,
    running.deadline_date,
    cast(running.recommended_date as date) as recommended_date,
    cast(running.deadline_date - open_entries.as_of_date as integer) as days_left,
    isodow(running.deadline_date) >= 6 as is_weekend,
    days.holiday_name,
    days.next_business_day,
    kinds.who_acts,
    coalesce(
        running.deadline_date >= open_entries.as_of_date
        and case running.deadline_kind
            when 'protest' then open_entries.recommended_path <> 'file_protest'
            when 'court' then open_entries.recommended_path <> 'court'
            when 'court_conservative' then open_entries.recommended_path <> 'court'
            when 'protest_denied_court' then open_entries.recommended_path <> 'court'
        end,
        false
    ) as is_protective,
    open_entries.cape_status,
    open_entries.recommended_path,
    open_entries.open_principal_usd as amount_usd,
    running.deadline_basis,
    kinds.legal_basis
from running
join open_entries
    on running.entry_number = open_entries.entry_number
join kinds
    on running.deadline_kind = kinds.deadline_kind
left join registry.calendar_days as days
    on running.deadline_date = days.calendar_date
where running.deadline_date >= open_entries.as_of_date - 30
