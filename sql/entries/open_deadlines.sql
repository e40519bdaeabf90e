-- Every deadline of every entry summary with something still to claim, past ones too, and until CAPE opens the day on
-- which it does. What is shown of it on the day stands in reports.deadline_calendar.
-- Grain: entry_number, deadline_kind.

with

opening as (

    select min(effective_from) as opened_date
    from registry.cape_rules
    where rule_id = 'CAPE-OPEN'
      and withdrawn_date is null

),

-- nothing lapses on an entry without IEEPA duty, nor on one whose refund is settled
open_entries as (

    select
        decisions.entry_number,
        day.as_of_date,
        decisions.liquidation_date,
        decisions.reliquidation_date,
        decisions.cape_deadline_date,
        decisions.reliquidation_deadline_date,
        coalesce(decisions.protest_deadline_date, decisions.deemed_liquidation_date + 180) as protest_deadline_date,
        decisions.protest_deadline_date is null as is_deemed_liquidated,
        decisions.protective_action is not null as is_protest_called_for,
        decisions.court_deadline_date,
        decisions.court_deadline_conservative_date,
        decisions.psc_deadline_date,
        decisions.psc_deadline_basis,
        decisions.worst_case_cape_deadline_date,
        decisions.recommended_path = 'file_protest' as is_to_be_protested,
        decisions.recommended_path = 'await_phase' and decisions.last_cape_result = 'failed' as is_failed_for_now,
        coalesce(decisions.blocking_rules = ['CAPE-OPEN'], false) as is_waiting_for_cape_alone,
        facts.is_accepted,
        decisions.entry_date,
        facts.deposit_date is null as is_deposit_unknown,
        facts.liquidation_state in ('unliquidated', 'suspended', 'extended', 'under_review') as is_not_liquidated,
        facts.liquidation_state in ('unliquidated', 'under_review') as may_be_deemed_liquidated,
        facts.protest_decision_date,
        if(facts.recon_flag and facts.recon_09_filed is distinct from true, facts.recon_due_date, null)
            as recon_due_date,
        facts.recon_due_date_basis,
        coalesce(facts.protest_state in ('open', 'suspended', 'approved', 'denied', 'denied_in_part'), false)
            as is_protest_on_file,
        coalesce(facts.protest_state in ('denied', 'denied_in_part'), false) as is_protest_denied,
        coalesce(types.ieepa_psc_barred, false) as is_psc_barred,
        decisions.cape_status in ('eligible', 'eligible_paid_on_liquidation')
        or decisions.recommended_path in ('withdraw_protest_then_cape', 'fix_and_refile', 'file_recon_first')
        or (decisions.cape_status = 'review' and decisions.recommended_path = 'manual_review') as may_be_filed,
        decisions.cape_status <> 'refunded' or decisions.recommended_path = 'dispute_refund' as is_refund_open
    from entries.eligibility_decisions as decisions
    join entries.case_facts as facts
        on decisions.entry_number = facts.entry_number
    cross join registry.as_of as day
    left join registry.entry_types as types
        on decisions.entry_type_code = types.entry_type_code
       and types.withdrawn_date is null
       and day.as_of_date >= types.effective_from
       and day.as_of_date <= coalesce(types.effective_to, date '9999-12-31')
    where decisions.cape_status <> 'no_ieepa'
      and not (decisions.cape_status = 'refunded' and decisions.recommended_path = 'none')

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
      and open_entries.is_waiting_for_cape_alone

    union all

    select
        entry_number,
        'cape_filing' as deadline_kind,
        cape_deadline_date as deadline_date,
        cape_deadline_date - 2 as recommended_date,
        'day_80_after_liquidation' as deadline_basis
    from open_entries
    where liquidation_date is not null
      and (may_be_filed or (is_to_be_protested and cape_deadline_date < as_of_date))

    union all

    -- it may have liquidated on the day after the report that still shows it unliquidated
    select
        entry_number,
        'cape_filing' as deadline_kind,
        worst_case_cape_deadline_date as deadline_date,
        worst_case_cape_deadline_date - 2 as recommended_date,
        'day_80_after_stale_report' as deadline_basis
    from open_entries
    where liquidation_date is null
      and worst_case_cape_deadline_date is not null
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
        protest_deadline_date as deadline_date,
        null as recommended_date,
        if(is_deemed_liquidated, 'day_180_after_deemed_liquidation', 'day_180_after_liquidation') as deadline_basis
    from open_entries
    where is_protest_called_for
       or (not is_protest_on_file and protest_deadline_date < as_of_date)

    union all

    select
        entry_number,
        'court' as deadline_kind,
        court_deadline_date as deadline_date,
        null as recommended_date,
        if(is_deposit_unknown, 'two_years_after_entry', 'two_years_after_deposit') as deadline_basis
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
        entry_number,
        'reconciliation_due' as deadline_kind,
        recon_due_date as deadline_date,
        if(may_be_filed, recon_due_date - 31, null) as recommended_date,
        recon_due_date_basis as deadline_basis
    from open_entries

    union all

    select
        entry_number,
        'psc' as deadline_kind,
        psc_deadline_date as deadline_date,
        null as recommended_date,
        psc_deadline_basis as deadline_basis
    from open_entries
    where is_not_liquidated
      and psc_deadline_date is not null
      and not is_psc_barred
      and (may_be_filed or is_failed_for_now)

    union all

    select
        entry_number,
        'deemed_liquidation' as deadline_kind,
        cast(entry_date + interval 1 year as date) as deadline_date,
        null as recommended_date,
        'one_year_after_entry' as deadline_basis
    from open_entries
    where may_be_deemed_liquidated
      and is_refund_open

)

select
    running.entry_number,
    running.deadline_kind,
    running.deadline_date,
    cast(running.recommended_date as date) as recommended_date,
    running.deadline_basis
from running
where running.deadline_date is not null
