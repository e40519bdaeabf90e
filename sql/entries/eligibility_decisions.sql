-- The answer for every entry summary as of the day: the first line of the precedence that applies decides status and
-- path; the clocks that run stand beside it, whatever the path. Nothing that changes every day stands here: how many
-- days are left is counted where it is shown (entries.eligibility).
-- Grain: entry_number.

with

-- the programmes are few: each entry looks for its own
court_dates as (

    select list({'programme': programme, 'day': least(publication_date, first_collection_date)}) as first_days
    from registry.programme_dates
    where withdrawn_date is null

),

judged as (

    select
        facts.entry_number,
        facts.partition_month,
        facts.entry_month,
        facts.entry_date,
        facts.importer_number,
        facts.importer_key,
        facts.filer_code,
        facts.payee_number,
        facts.entry_type_code,
        facts.liquidation_status,
        facts.liquidation_date,
        facts.original_liquidation_date,
        facts.reliquidation_date,
        facts.projected_liquidation_date,
        list_filter(
            [
                if(facts.data_complete_outcome = 'fail', 'DATA-COMPLETE', null),
                if(facts.baseline_outcome = 'unknown', 'BASELINE', null),
                if(facts.check_digit_outcome = 'fail', 'CHECK-DIGIT', null),
                if(facts.summary_status_outcome = 'fail', 'SUMMARY-STATUS', null),
                if(facts.entry_day_outcome = 'fail', 'ENTRY-DAY', null),
                if(facts.cape_open_outcome = 'fail', 'CAPE-OPEN', null),
                if(facts.already_accepted_outcome = 'fail', 'ALREADY-ACCEPTED', null),
                if(facts.accepted_once_outcome = 'fail', 'ACCEPTED-ONCE', null),
                if(facts.cbp_verdict_outcome in ('fail', 'unknown'), 'CBP-VERDICT', null),
                if(facts.ieepa_duty_outcome in ('fail', 'unknown'), 'IEEPA-DUTY', null),
                if(facts.entry_type_excluded_outcome in ('fail', 'unknown'), 'ENTRY-TYPE-EXCLUDED', null),
                if(facts.entry_type_known_outcome = 'unknown', 'ENTRY-TYPE-KNOWN', null),
                if(facts.warehouse_entry_outcome = 'fail', 'WAREHOUSE-ENTRY', null),
                if(facts.drawback_outcome = 'fail', 'DRAWBACK', null),
                if(facts.liquidation_status_outcome = 'unknown', 'LIQUIDATION-STATUS', null),
                if(facts.protest_outcome in ('fail', 'unknown'), 'PROTEST', null),
                if(facts.liquidation_80_days_outcome = 'fail', 'LIQUIDATION-80-DAYS', null),
                if(facts.recon_flag_outcome in ('fail', 'unknown'), 'RECON-FLAG', null),
                if(facts.recon_09_outcome in ('fail', 'unknown'), 'RECON-09', null),
                if(facts.recon_due_date_outcome = 'fail', 'RECON-DUE-DATE', null),
                if(facts.ad_cvd_outcome in ('fail', 'unknown'), 'AD-CVD', null),
                if(facts.surety_outcome = 'fail', 'SURETY', null)
            ],
            lambda rule: rule is not null
        ) as blocking_rules,
        list_filter(
            [
                if(facts.drawback is null, 'drawback', null),
                if(facts.surety_paid is null, 'surety_paid', null),
                if(
                    facts.protest_state in ('open', 'suspended') and coalesce(facts.protest_scope, 'unknown') = 'unknown',
                    'protest_scope', null
                ),
                if(facts.recon_due_date_outcome = 'unknown', 'recon_due_date', null)
            ],
            lambda fact: fact is not null
        ) as unverified_facts,
        facts.data_complete,
        coalesce(facts.refund_principal_high_usd > facts.refund_principal_usd, false) as amount_uncertain,
        facts.liquidation_date + 80 as cape_deadline_date,
        facts.liquidation_date + 90 as reliquidation_deadline_date,
        facts.liquidation_date + 180 as protest_deadline_date,
        case
            when facts.liquidation_date is null then null
            when facts.protest_state in ('denied', 'denied_in_part') then facts.protest_decision_date + 180
            else cast(coalesce(facts.deposit_date, facts.entry_date) + interval 2 year as date)
        end as court_deadline_date,
        case
            when facts.liquidation_date is null then null
            when facts.protest_state in ('denied', 'denied_in_part') then facts.protest_decision_date + 180
            else cast(
                list_min(
                    list_transform(
                        list_filter(
                            court_dates.first_days,
                            lambda first: list_contains(facts.programmes, first.programme)
                        ),
                        lambda first: first.day
                    )
                ) + interval 2 year as date
            )
        end as court_deadline_conservative_date,
        case
            when facts.deemed_liquidated_outcome = 'fail' then cast(facts.entry_date + interval 1 year as date)
        end as deemed_liquidation_date,
        -- what has liquidated takes no correction; one also needs 15 days before a liquidation that is set
        if(
            facts.liquidation_state = 'liquidated' or facts.entry_date is null,
            null,
            least(facts.entry_date + 300, facts.projected_liquidation_date - 15)
        ) as psc_deadline_date,
        facts.status_as_of_date,
        -- a status that is too old: it may have liquidated the day after
        if(facts.stale_status_outcome = 'fail', facts.status_as_of_date + 80, null) as worst_case_cape_deadline_date,
        case
            when facts.deposit_date_basis in ('rev103_paid', 'bank_debit') then 'paid_statement'
            when facts.deposit_date_basis = 'user_fact' then 'user'
            else 'assumed'
        end as payment_evidence,
        facts.refund_principal_usd,
        facts.refund_principal_high_usd,
        facts.refunded_principal_usd,
        facts.refunded_interest_usd,
        facts.prior_refund_usd,
        facts.claim_number,
        facts.accepted_date,
        facts.accepted_date_basis,
        facts.refund_number,
        facts.protest_number,
        facts.recon_due_date,
        facts.last_cape_result,
        facts.last_cape_message,
        facts.last_cape_claim_number,
        day.as_of_date,
        facts.is_accepted,
        facts.ieepa_duty_outcome,
        coalesce(day.as_of_date - facts.liquidation_date > 80, false) as is_past_day_80,
        coalesce(day.as_of_date - facts.liquidation_date > 180, false) as is_past_day_180,
        facts.liquidation_state in ('unliquidated', 'suspended', 'extended', 'under_review') as is_not_liquidated,
        coalesce(facts.protest_state in ('open', 'suspended', 'approved', 'denied', 'denied_in_part'), false)
            as is_protest_on_file,
        -- nobody is told to give up a protest for a CAPE that is not open yet
        coalesce(
            day.as_of_date - facts.liquidation_date <= 80
            and facts.protest_scope = 'ieepa_only'
            and facts.cape_open_outcome = 'pass',
            false
        ) as is_protest_withdrawable,
        coalesce(
            is_not_liquidated
            and psc_deadline_date >= day.as_of_date
            and not coalesce(types.ieepa_psc_barred, false),
            false
        ) as is_psc_possible,
        case
            when not is_past_day_180
                then {
                    'status': 'ineligible',
                    'path': 'file_protest',
                    'reason': case
                        when is_past_day_80 then 'liquidated 81 to 180 days ago'
                        when facts.cape_open_outcome = 'fail' then 'day 80 passes before CAPE opens'
                        else 'failed; too late to correct'
                    end
                }
            when day.as_of_date > court_deadline_date and day.as_of_date > court_deadline_conservative_date
                then {'status': 'ineligible', 'path': 'none', 'reason': 'finally liquidated and past both court dates'}
            else {
                'status': 'ineligible',
                'path': 'court',
                'reason': 'finally liquidated; a third CAPE phase is announced and delayed'
            }
        end as after_liquidation,
        case
            -- the money is back, or on its way
            when facts.refund_number is not null and facts.is_cash_short
                then {'status': 'refunded', 'path': 'dispute_refund', 'reason': 'cash is short or diverted'}
            when facts.refund_number is not null and not coalesce(facts.is_cash_settled, false)
                then {'status': 'refunded', 'path': 'await_refund', 'reason': 'refund not yet in cash'}
            when facts.refund_number is not null
                and (
                    facts.data_complete_outcome = 'fail'
                    or facts.refund_principal_usd is null
                    or facts.refunded_principal_usd is null
                )
                then {'status': 'refunded', 'path': 'manual_review', 'reason': 'refunded, nothing to compare it with'}
            when facts.refund_number is not null and facts.refunded_principal_usd < facts.refund_principal_usd
                then {'status': 'refunded', 'path': 'dispute_refund', 'reason': 'principal below the duty paid'}
            when facts.refund_number is not null
                then {'status': 'refunded', 'path': 'none', 'reason': 'refunded and settled'}
            when facts.data_complete_outcome = 'pass' and facts.ieepa_high_usd > 0
                and facts.prior_refund_usd >= facts.ieepa_high_usd
                then {'status': 'refunded', 'path': 'none', 'reason': 'refunded before by another route'}
            when facts.accepted_once_outcome = 'fail'
                then {'status': 'review', 'path': 'await_refund', 'reason': 'on more than one accepted declaration'}
            when facts.is_accepted
                then {'status': 'accepted', 'path': 'await_refund', 'reason': 'on an accepted declaration'}
            -- nothing to claim, or not known what
            when facts.entry_day_outcome = 'fail'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'the entry is dated after the day'}
            when facts.ieepa_duty_outcome = 'fail'
                then {'status': 'no_ieepa', 'path': 'none', 'reason': 'no IEEPA duty even at the high end'}
            when facts.data_complete_outcome = 'fail'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'rows of the entry could not be used'}
            when facts.baseline_outcome = 'unknown'
                or facts.check_digit_outcome = 'fail'
                or facts.ieepa_duty_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'the entry as received contradicts itself'}
            -- kinds of entries CAPE does not take
            when facts.entry_type_excluded_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'entry type unknown'}
            when facts.entry_type_excluded_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'manual_review', 'reason': 'entry type is excluded'}
            when facts.drawback_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'designated on a drawback claim'}
            when facts.warehouse_entry_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'file the withdrawals instead'}
            -- what CBP itself said last
            when facts.cbp_verdict_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'CBP''s answer is not in the catalogue'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy = 'await_phase'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'failed; a later phase decides'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy = 'remove_cause' and not is_protest_on_file
                then {
                    'status': 'ineligible',
                    'path': if(is_protest_withdrawable, 'withdraw_protest_then_cape', 'await_protest'),
                    'reason': 'failed; CBP found a protest that no newer report or fact denies'
                }
            when facts.cbp_verdict_outcome = 'fail' and facts.liquidation_status_outcome = 'pass' and not is_past_day_80
                and facts.remedy in ('wait_then_refile', 'refile_unchanged_once')
                then {'status': 'ineligible', 'path': 'fix_and_refile', 'reason': 'failed; CBP''s message says how'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy = 'psc' and is_psc_possible
                then {'status': 'ineligible', 'path': 'fix_and_refile', 'reason': 'failed; correct the summary, refile'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy = 'protest_or_court' and is_not_liquidated
                then {'status': 'review', 'path': 'manual_review', 'reason': 'failed as final; liquidation unknown'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy = 'psc' and is_not_liquidated
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'failed; too late to correct'}
            when facts.cbp_verdict_outcome = 'fail' and facts.remedy <> 'remove_cause'
                and facts.liquidation_date is not null and not is_protest_on_file
                then after_liquidation
            -- the liquidation clock
            when facts.liquidation_status_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'liquidation status or date unknown'}
            when facts.protest_state in ('open', 'suspended') and is_protest_withdrawable
                then {
                    'status': 'ineligible',
                    'path': 'withdraw_protest_then_cape',
                    'reason': 'protest for IEEPA only, day 80 not past'
                }
            when facts.protest_state in ('open', 'suspended')
                then {'status': 'ineligible', 'path': 'await_protest', 'reason': 'protest open or suspended'}
            when facts.protest_state = 'approved'
                then {'status': 'ineligible', 'path': 'await_refund', 'reason': 'protest approved'}
            when facts.protest_state in ('denied', 'denied_in_part') and facts.protest_decision_date is null
                then {'status': 'review', 'path': 'manual_review', 'reason': 'protest denied, decision date unknown'}
            when facts.protest_state in ('denied', 'denied_in_part')
                and day.as_of_date > facts.protest_decision_date + 180
                then {'status': 'ineligible', 'path': 'none', 'reason': 'protest denied over 180 days ago'}
            when facts.protest_state in ('denied', 'denied_in_part')
                then {'status': 'ineligible', 'path': 'court', 'reason': 'protest denied'}
            when facts.protest_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'protest status unknown'}
            when facts.liquidation_80_days_outcome = 'fail' then after_liquidation
            -- reconciliation
            when facts.recon_flag_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'flagged for reconciliation'}
            when facts.recon_09_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'flagged; type 09 on file or type barred'}
            when facts.recon_flag_outcome = 'unknown' or facts.recon_09_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'reconciliation flag or type 09 unknown'}
            when facts.recon_due_date_outcome = 'fail'
                then {'status': 'review', 'path': 'file_recon_first', 'reason': 'reconciliation due within 30 days'}
            -- antidumping and countervailing duty
            when facts.ad_cvd_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_liquidation', 'reason': 'AD/CVD liquidation is under way'}
            when facts.ad_cvd_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'AD/CVD status unknown'}
            -- the rest
            when facts.entry_type_known_outcome = 'unknown'
                then {'status': 'review', 'path': 'manual_review', 'reason': 'CBP has no rule for the entry type'}
            when facts.surety_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'manual_review', 'reason': 'a surety paid the duty'}
            when facts.summary_status_outcome = 'fail'
                then {
                    'status': 'review',
                    'path': 'manual_review',
                    'reason': if(
                        facts.is_statement_unpaid,
                        'the statement is not shown as paid',
                        'the entry summary is cancelled or rejected'
                    )
                }
            when list_has_any(
                facts.contradicted_facts,
                [
                    'adcvd_status', 'drawback', 'prior_refund_usd', 'protest_decision_date', 'protest_scope',
                    'protest_status', 'recon_09_filed', 'recon_due_date', 'surety_paid'
                ]
            )
                then {'status': 'review', 'path': 'manual_review', 'reason': 'the user''s files contradict each other'}
            when facts.cape_open_outcome = 'fail'
                then {'status': 'ineligible', 'path': 'await_phase', 'reason': 'CAPE is not open yet'}
            when facts.liquidation_state in ('suspended', 'extended', 'under_review')
                or facts.cape_treatment = 'accepted_paid_on_liquidation'
                or (facts.ad_cvd_outcome = 'pass' and facts.adcvd_status = 'suspended' and is_not_liquidated)
                then {
                    'status': 'eligible_paid_on_liquidation',
                    'path': 'file_cape',
                    'reason': 'accepted; paid when the entry liquidates'
                }
            else {'status': 'eligible', 'path': 'file_cape', 'reason': 'every rule is met'}
        end as verdict
    from entries.judged_cases as facts
    cross join registry.as_of as day
    cross join court_dates
    left join registry.entry_types as types
        on facts.entry_type_code = types.entry_type_code
       and types.withdrawn_date is null
       and day.as_of_date >= types.effective_from
       and day.as_of_date <= coalesce(types.effective_to, date '9999-12-31')
    where list_contains($months, facts.partition_month)

)

select
    entry_number,
    partition_month,
    entry_month,
    entry_date,
    importer_number,
    importer_key,
    filer_code,
    payee_number,
    entry_type_code,
    liquidation_status,
    liquidation_date,
    original_liquidation_date,
    reliquidation_date,
    projected_liquidation_date,
    verdict.status as cape_status,
    verdict.path as recommended_path,
    verdict.reason as path_reason,
    blocking_rules,
    unverified_facts,
    data_complete,
    amount_uncertain,
    cape_deadline_date,
    reliquidation_deadline_date,
    protest_deadline_date,
    court_deadline_date,
    court_deadline_conservative_date,
    case
        -- nothing is left to protect, or it is protected
        when ieepa_duty_outcome = 'fail' or (verdict.status = 'refunded' and verdict.path = 'none') then null
        when is_protest_on_file then null
        when liquidation_date is not null and is_past_day_180 then null
        when is_accepted and reliquidation_date is null and as_of_date - liquidation_date >= 85
            then 'accepted_not_reliquidated'
        when liquidation_date is not null then 'protest_clock_runs'
        when as_of_date <= deemed_liquidation_date + 180 then 'deemed_liquidated'
    end as protective_reason,
    if(protective_reason is not null, 'file_protest', null) as protective_action,
    case
        when protective_reason = 'deemed_liquidated' then deemed_liquidation_date + 180
        when protective_reason is not null then protest_deadline_date
    end as protective_deadline_date,
    deemed_liquidation_date,
    psc_deadline_date,
    case
        when psc_deadline_date < entry_date + 300 then '15_days_before_liquidation'
        when psc_deadline_date is not null then '300_days_after_entry'
    end as psc_deadline_basis,
    status_as_of_date,
    entry_date + 314 as assumed_liquidation_from_date,
    worst_case_cape_deadline_date,
    payment_evidence,
    refund_principal_usd,
    refund_principal_high_usd,
    cast(
        if(
            refund_principal_usd is null,
            null,
            greatest(refund_principal_usd - coalesce(refunded_principal_usd, 0), 0)
        ) as decimal(18, 2)
    ) as open_principal_usd,
    refunded_principal_usd,
    refunded_interest_usd,
    prior_refund_usd,
    claim_number,
    accepted_date,
    accepted_date_basis,
    refund_number,
    protest_number,
    recon_due_date,
    last_cape_result,
    last_cape_message,
    last_cape_claim_number,
    $registry_version as registry_version
from judged
