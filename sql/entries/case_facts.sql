-- One entry summary as of the day: its status, its claim, its refunds and its money side by side, with nothing dated
-- after the day. All that the rules need, and no judgement yet; how many days ago something was, the rules count.
-- Grain: entry_number.

with

es022_liquidations as (

    select
        rows.entry_number,
        arg_max(
            rows.liquidation_date,
            (coalesce(loads.report_run_date, date '2000-01-01'), loads.load_number, rows.source_row)
        ) filter (where rows.liquidation_date <= day.as_of_date) as liquidation_date
    from ace.es022_entries as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    group by rows.entry_number

),

refunds as (

    select
        refunded.entry_number,
        max(refunded.refund_number) as refund_number,
        max(refunded.refund_date) as refund_date,
        -- a sum with a hole is not a sum
        cast(if(bool_or(refunded.principal_usd is null), null, sum(refunded.principal_usd)) as decimal(18, 2))
            as refunded_principal_usd,
        cast(if(bool_or(refunded.interest_usd is null), null, sum(refunded.interest_usd)) as decimal(18, 2))
            as refunded_interest_usd,
        max(refunded.liquidation_date) as liquidation_date,
        -- a bill that explains all that did not come settles a diverted refund (P10)
        bool_and(
            cash.match_status in ('matched', 'over')
            or (cash.match_status = 'diverted'
                and coalesce(cash.rev603_usd = coalesce(cash.deposited_usd, 0) + cash.diverted_usd, false))
        ) as is_cash_settled,
        bool_and(cash.match_status in ('matched', 'over', 'short', 'diverted'))
        and bool_or(
            cash.match_status = 'short'
            or (cash.match_status = 'diverted'
                and cash.rev603_usd is distinct from coalesce(cash.deposited_usd, 0) + cash.diverted_usd)
        ) as is_cash_short
    from entries.refunded_entries as refunded
    left join entries.refund_cash as cash
        on refunded.refund_number = cash.refund_number
    group by all

),

-- before CAPE opens the types are treated as on its first day
types_in_force as (

    select
        types.entry_type_code,
        types.duty_deposited,
        types.cape_treatment,
        types.recon_flag_allowed
    from registry.entry_types as types
    cross join registry.as_of as day
    cross join (
        select min(effective_from) as opened_date
        from registry.cape_rules
        where rule_id = 'CAPE-OPEN'
          and withdrawn_date is null
    ) as cape_opening
    where types.withdrawn_date is null
      and greatest(day.as_of_date, cape_opening.opened_date) >= types.effective_from
      and (types.effective_to is null or greatest(day.as_of_date, cape_opening.opened_date) <= types.effective_to)

),

on_the_day as (

    select
        status.entry_number,
        status.partition_month,
        status.entry_month,
        status.importer_number,
        status.importer_key,
        status.filer_code,
        status.entry_type_code,
        status.entry_date,
        status.data_complete,
        status.baseline_basis,
        status.is_check_digit_right,
        status.liquidation_status,
        status.es701_liquidation_date,
        status.status_as_of_date,
        status.recon_flag,
        status.recon_09_filed,
        status.recon_issue,
        status.recon_due_date,
        status.recon_due_date_basis,
        status.protest_scope,
        status.protest_number,
        status.protest_as_of_date,
        status.adcvd_status,
        status.drawback,
        status.surety_paid,
        status.prior_refund_usd,
        status.deposit_date,
        status.deposit_date_basis,
        status.is_statement_unpaid,
        status.control_status,
        status.rate_class,
        status.ach_enrolled,
        status.contradicted_facts,
        coalesce(claims.is_accepted, false) as is_accepted,
        claims.claim_number,
        claims.accepted_date,
        claims.accepted_date_basis,
        claims.accepted_claim_count,
        claims.last_cape_result,
        claims.last_cape_message,
        claims.last_cape_claim_number,
        claims.last_cape_date,
        claims.remedy,
        refunds.refund_number,
        refunds.refund_date,
        refunds.refunded_principal_usd,
        refunds.refunded_interest_usd,
        refunds.is_cash_settled,
        refunds.is_cash_short,
        case
            when status.liquidation_state = 'liquidated'
                and status.reported_liquidation_date > day.as_of_date
                and status.es701_liquidation_date is null
                then 'unliquidated'
            else status.liquidation_state
        end as liquidation_state,
        if(
            status.liquidation_state = 'liquidated' and status.reported_liquidation_date <= day.as_of_date,
            status.reported_liquidation_date,
            null
        ) as liquidated_day,
        -- a notice of a later liquidation than the one ES-003 shows, or of one before the day where ES-003 is past it
        if(
            status.liquidation_state = 'liquidated'
            and (status.reported_liquidation_date < status.es701_liquidation_date
                or status.reported_liquidation_date > day.as_of_date),
            status.es701_liquidation_date,
            null
        ) as notified_day,
        if(
            status.liquidation_state = 'liquidated' and status.reported_liquidation_date <= day.as_of_date,
            null,
            status.reported_liquidation_date
        ) as projected_liquidation_date,
        -- ES-701 goes before ES-022; on the day of acceptance itself only where that day is the notice's own
        case
            when not coalesce(claims.is_accepted, false) and refunds.refund_number is null then null
            else greatest(
                case
                    when status.es701_liquidation_date > claims.accepted_date
                        or (status.es701_liquidation_date = claims.accepted_date
                            and claims.accepted_date_basis = 'es701_liquidation_date')
                        then status.es701_liquidation_date
                    when es022.liquidation_date >= coalesce(claims.accepted_date, es022.liquidation_date)
                        then es022.liquidation_date
                end,
                if(
                    status.liquidation_state = 'liquidated'
                    and status.reported_liquidation_date <= day.as_of_date
                    and status.reported_liquidation_date > claims.accepted_date,
                    status.reported_liquidation_date,
                    null
                )
            )
        end as reliquidation_date,
        -- a protest filed or decided after the day is not filed or decided yet
        case
            when status.protest_filed_date > day.as_of_date then 'none'
            when status.protest_decision_date > day.as_of_date
                and status.protest_state in ('approved', 'denied', 'denied_in_part') then 'open'
            else status.protest_state
        end as protest_state,
        if(status.protest_decision_date <= day.as_of_date, status.protest_decision_date, null)
            as protest_decision_date
    from entries.status_facts as status
    cross join registry.as_of as day
    left join entries.claim_facts as claims
        on status.entry_number = claims.entry_number
    left join es022_liquidations as es022
        on status.entry_number = es022.entry_number
    left join refunds
        on status.entry_number = refunds.entry_number

)

select
    facts.entry_number,
    facts.partition_month,
    facts.entry_month,
    facts.importer_number,
    facts.importer_key,
    facts.filer_code,
    facts.entry_type_code,
    facts.entry_date,
    facts.data_complete and coalesce(amounts.absent_duty_row_count, 0) = 0 as data_complete,
    facts.baseline_basis,
    facts.is_check_digit_right,
    facts.liquidation_status,
    if(facts.reliquidation_date is null, facts.liquidation_state, 'liquidated') as liquidation_state,
    greatest(facts.reliquidation_date, facts.liquidated_day, facts.notified_day) as liquidation_date,
    case
        when liquidation_date is null then null
        when liquidation_date = facts.es701_liquidation_date then 'ES-701'
        when liquidation_date = facts.liquidated_day then 'ES-003'
        else 'ES-022'
    end as liquidation_report_code,
    if(facts.liquidated_day >= facts.reliquidation_date, null, facts.liquidated_day) as original_liquidation_date,
    facts.reliquidation_date,
    if(facts.projected_liquidation_date <= facts.reliquidation_date, null, facts.projected_liquidation_date)
        as projected_liquidation_date,
    facts.status_as_of_date,
    facts.recon_flag,
    facts.recon_09_filed,
    facts.recon_issue,
    facts.recon_due_date,
    facts.recon_due_date_basis,
    facts.protest_state,
    facts.protest_scope,
    facts.protest_number,
    facts.protest_decision_date,
    facts.protest_as_of_date,
    facts.adcvd_status,
    facts.drawback,
    facts.surety_paid,
    facts.prior_refund_usd,
    facts.deposit_date,
    facts.deposit_date_basis,
    facts.is_statement_unpaid,
    facts.control_status,
    facts.rate_class,
    facts.ach_enrolled,
    facts.contradicted_facts,
    payees.payee_number,
    payees.payee_key,
    payees.payee_basis,
    payees.is_payee_ambiguous,
    payees.is_box28_not_designated,
    facts.is_accepted,
    facts.claim_number,
    facts.accepted_date,
    facts.accepted_date_basis,
    coalesce(facts.accepted_claim_count, 0) as accepted_claim_count,
    facts.last_cape_result,
    facts.last_cape_message,
    facts.last_cape_claim_number,
    facts.last_cape_date,
    facts.remedy,
    coalesce(types.duty_deposited, true) as duty_deposited,
    coalesce(types.cape_treatment, 'unknown') as cape_treatment,
    coalesce(types.recon_flag_allowed, false) as is_recon_flag_allowed,
    amounts.programmes,
    list_contains(amounts.anomaly_codes, 'PREFERENCE-CLAIM') as has_preference_claim,
    amounts.paid_duty_usd,
    amounts.ieepa_low_usd,
    amounts.ieepa_high_usd,
    -- greatest() passes over a null: an unknown amount must not become nothing
    cast(
        case
            when amounts.ieepa_low_usd is null then null
            when types.duty_deposited is false then 0
            else greatest(amounts.ieepa_low_usd - coalesce(facts.prior_refund_usd, 0), 0)
        end as decimal(18, 2)
    ) as refund_principal_usd,
    cast(
        case
            when amounts.ieepa_high_usd is null then null
            when types.duty_deposited is false then 0
            else greatest(amounts.ieepa_high_usd - coalesce(facts.prior_refund_usd, 0), 0)
        end as decimal(18, 2)
    ) as refund_principal_high_usd,
    facts.refund_number,
    facts.refund_date,
    facts.refunded_principal_usd,
    facts.refunded_interest_usd,
    facts.is_cash_settled,
    facts.is_cash_short,
    $registry_version as registry_version
from on_the_day as facts
join entries.entry_payees as payees
    on facts.entry_number = payees.entry_number
left join lines.entry_amounts as amounts
    on facts.entry_number = amounts.entry_number
left join types_in_force as types
    on facts.entry_type_code = types.entry_type_code
