-- Every entry summary as of the day with its facts and the outcome of every CAPE rule beside them, one column a rule,
-- named after its id in registry.cape_rules. Null: the rule is not in force that day or does not concern the entry.
-- Before CAPE opens the rules of its first day are asked, so that what can be filed then is known ahead.
-- Grain: entry_number.

with

cape_opening as (

    select
        min(day.as_of_date) as as_of_date,
        min(rules.effective_from) as opened_date,
        greatest(min(day.as_of_date), min(rules.effective_from)) as asked_date
    from registry.as_of as day
    left join registry.cape_rules as rules
        on rules.rule_id = 'CAPE-OPEN'
       and rules.withdrawn_date is null

),

in_force as (

    select
        bool_or(rules.rule_id = 'WAREHOUSE-ENTRY') as is_warehouse_entry,
        bool_or(rules.rule_id = 'THIRD-PHASE') as is_third_phase,
        bool_or(rules.rule_id = 'RECON-FLAG') as is_recon_flag,
        bool_or(rules.rule_id = 'RECON-09') as is_recon_09,
        bool_or(rules.rule_id = 'RECON-DUE-DATE') as is_recon_due_date
    from registry.cape_rules as rules
    cross join cape_opening
    where rules.withdrawn_date is null
      and cape_opening.asked_date >= rules.effective_from
      and (rules.effective_to is null or cape_opening.asked_date <= rules.effective_to)

)

select
    entry_number,
    partition_month,
    entry_month,
    importer_number,
    importer_key,
    filer_code,
    entry_type_code,
    entry_date,
    data_complete,
    baseline_basis,
    is_check_digit_right,
    liquidation_status,
    liquidation_state,
    liquidation_date,
    liquidation_report_code,
    original_liquidation_date,
    reliquidation_date,
    projected_liquidation_date,
    status_as_of_date,
    recon_flag,
    recon_09_filed,
    recon_issue,
    recon_due_date,
    recon_due_date_basis,
    protest_state,
    protest_scope,
    protest_number,
    protest_decision_date,
    protest_as_of_date,
    adcvd_status,
    drawback,
    surety_paid,
    prior_refund_usd,
    deposit_date,
    deposit_date_basis,
    is_statement_unpaid,
    control_status,
    rate_class,
    ach_enrolled,
    contradicted_facts,
    payee_number,
    payee_key,
    payee_basis,
    is_payee_ambiguous,
    is_box28_not_designated,
    is_accepted,
    claim_number,
    accepted_date,
    accepted_date_basis,
    accepted_claim_count,
    last_cape_result,
    last_cape_message,
    last_cape_claim_number,
    last_cape_date,
    remedy,
    duty_deposited,
    cape_treatment,
    is_recon_flag_allowed,
    programmes,
    has_preference_claim,
    paid_duty_usd,
    ieepa_low_usd,
    ieepa_high_usd,
    refund_principal_usd,
    refund_principal_high_usd,
    refund_number,
    refund_date,
    refunded_principal_usd,
    refunded_interest_usd,
    is_cash_settled,
    is_cash_short,
    registry_version,
    if(data_complete, 'pass', 'fail') as data_complete_outcome,
    case baseline_basis
        when 'ieepa_vanished' then 'unknown'
        when 'none_es022_only' then 'unknown'
        else 'pass'
    end as baseline_outcome,
    if(is_check_digit_right, 'pass', 'fail') as check_digit_outcome,
    case
        when is_statement_unpaid or regexp_matches(lower(control_status), 'cancel|reject') then 'fail'
        -- that the duty was paid is known from the statement, or from the user who states the day
        when control_status is null or deposit_date_basis is null or deposit_date_basis not in ('rev103_paid', 'user_fact')
            then 'unknown'
        else 'pass'
    end as summary_status_outcome,
    case
        when entry_date is null then 'unknown'
        when entry_date > as_of_date then 'fail'
        else 'pass'
    end as entry_day_outcome,
    if(as_of_date < cape_opening.opened_date, 'fail', 'pass') as cape_open_outcome,
    if(is_accepted, 'fail', 'pass') as already_accepted_outcome,
    if(is_accepted, if(accepted_claim_count > 1, 'fail', 'pass'), null) as accepted_once_outcome,
    case
        when is_accepted or last_cape_result is null then 'pass'
        -- from 29 June 2026 RECON-09 decides instead of the message that the older rule gave
        when in_force.is_recon_09 and last_cape_message = 'ENTRY SUMMARY FLAGGED FOR RECON' then 'pass'
        -- a report run after the verdict no longer shows what CBP found
        when last_cape_result = 'failed'
            and case last_cape_message
                when 'PROTEST ON ENTRY'
                    then protest_state in ('none', 'withdrawn', 'rejected') and protest_as_of_date > last_cape_date
                when 'ENTRY SUMMARY FLAGGED FOR RECON' then not recon_flag and status_as_of_date > last_cape_date
                when 'ENTRY SUMMARY UNDER REVIEW'
                    then liquidation_state <> 'under_review' and status_as_of_date > last_cape_date
                when 'ENTRY SUMMARY IS IN FINAL LIQUIDATION STATUS' then liquidation_date > last_cape_date
            end
            then 'pass'
        when last_cape_result = 'failed' and remedy <> 'unknown' then 'fail'
        when last_cape_result = 'accepted' then 'pass'
        else 'unknown'
    end as cbp_verdict_outcome,
    case
        when prior_refund_usd is null or prior_refund_usd <= 0 then 'pass'
        else 'fail'
    end as prior_refund_outcome,
    -- a finding that keeps no entry from being filed: CAPE takes it, whoever was refunded before
    case
        when not coalesce(has_preference_claim, false) then null
        when prior_refund_usd is null then 'unknown'
        else 'pass'
    end as preference_claim_outcome,
    case
        when ieepa_high_usd > 0 then 'pass'
        when ieepa_high_usd is null or not data_complete or baseline_basis = 'ieepa_vanished' then 'unknown'
        else 'fail'
    end as ieepa_duty_outcome,
    if(duty_deposited, 'pass', 'fail') as duty_deposited_outcome,
    case
        when entry_type_code is null then 'unknown'
        when cape_treatment = 'rejected' and entry_type_code not in ('21', '22') then 'fail'
        else 'pass'
    end as entry_type_excluded_outcome,
    if(entry_type_code is null or cape_treatment = 'unknown', 'unknown', 'pass') as entry_type_known_outcome,
    case
        when not in_force.is_warehouse_entry then null
        when entry_type_code in ('21', '22') then 'fail'
        when entry_type_code is null then 'unknown'
        else 'pass'
    end as warehouse_entry_outcome,
    case
        when drawback then 'fail'
        when drawback is null then 'unknown'
        else 'pass'
    end as drawback_outcome,
    case
        when liquidation_state is null then 'unknown'
        when liquidation_state = 'liquidated' and liquidation_date is null then 'unknown'
        else 'pass'
    end as liquidation_status_outcome,
    case
        when liquidation_state <> 'unliquidated' or liquidation_state is null then null
        when status_as_of_date is null then 'unknown'
        when as_of_date - status_as_of_date > 14 then 'fail'
        when as_of_date > entry_date + 314 and status_as_of_date < entry_date + 314 then 'fail'
        else 'pass'
    end as stale_status_outcome,
    case
        when liquidation_state not in ('unliquidated', 'under_review') or liquidation_state is null then null
        when entry_date is null then 'unknown'
        when as_of_date > entry_date + interval 1 year then 'fail'
        else 'pass'
    end as deemed_liquidated_outcome,
    case
        when protest_state in ('open', 'suspended', 'approved', 'denied', 'denied_in_part') then 'fail'
        when protest_state in ('none', 'withdrawn', 'rejected') then 'pass'
        when liquidation_state = 'liquidated' then 'unknown'
    end as protest_outcome,
    case
        -- what CAPE has accepted or paid was filed in time, and its own reliquidation starts no new clock for filing
        when is_accepted or refund_number is not null or reliquidation_date is not null then null
        when liquidation_state is null then 'unknown'
        when liquidation_state <> 'liquidated' then 'pass'
        when liquidation_date is null then 'unknown'
        when liquidation_date + 80 >= cape_opening.asked_date then 'pass'
        else 'fail'
    end as liquidation_80_days_outcome,
    case
        when not in_force.is_third_phase then null
        when is_accepted or refund_number is not null or reliquidation_date is not null then null
        when liquidation_state <> 'liquidated' then null
        when liquidation_date is null then 'unknown'
        when as_of_date - liquidation_date > 180 then 'fail'
        else 'pass'
    end as third_phase_outcome,
    case
        when not in_force.is_recon_flag then null
        when recon_flag is null then 'unknown'
        when recon_flag then 'fail'
        else 'pass'
    end as recon_flag_outcome,
    case
        when not in_force.is_recon_09 then null
        when recon_flag is null then 'unknown'
        when not recon_flag then 'pass'
        when recon_09_filed or not is_recon_flag_allowed then 'fail'
        when recon_09_filed is null then 'unknown'
        else 'pass'
    end as recon_09_outcome,
    case
        when not in_force.is_recon_due_date or not coalesce(recon_flag, false) then null
        when recon_due_date is null then 'unknown'
        when recon_due_date <= as_of_date + 30 then 'fail'
        else 'pass'
    end as recon_due_date_outcome,
    -- a warning: CBP takes the entry, but to accept it takes time
    case
        when not in_force.is_recon_due_date or not coalesce(recon_flag, false) then null
        when recon_due_date <= as_of_date + 30 then null
        when recon_due_date is null then 'unknown'
        when recon_due_date <= as_of_date + 75 then 'fail'
        else 'pass'
    end as recon_due_75_days_outcome,
    case
        when coalesce(entry_type_code, '') not in ('03', '07') then null
        when liquidation_state = 'liquidated' then 'pass'
        when adcvd_status in ('pending', 'instructions_issued') then 'fail'
        when adcvd_status in ('none', 'suspended') then 'pass'
        else 'unknown'
    end as ad_cvd_outcome,
    case
        when surety_paid then 'fail'
        when surety_paid is null then 'unknown'
        else 'pass'
    end as surety_outcome,
    if(liquidation_state = 'under_review', 'unknown', 'pass') as under_review_outcome,
    case
        when payee_basis = 'ambiguous' then 'unknown'
        -- box 28 names a party CBP will not pay
        when payee_basis = 'importer' and is_box28_not_designated then 'fail'
        else 'pass'
    end as payee_box28_outcome,
    case
        when liquidation_state is distinct from 'unliquidated' or entry_type_code = '11' then null
        when refund_principal_high_usd > 0 and refund_principal_high_usd < 20 then 'unknown'
        else 'pass'
    end as net_under_20_outcome
from entries.case_facts
cross join cape_opening
cross join in_force
