-- Every rule's outcome for every entry summary, with CBP's message, the window and the source of the rule. A rule that is
-- not in force on the day, or does not concern the entry, has no row.
-- Grain: entry_number, rule_id.

with

told as (

    select
        entry_number,
        unnest(
            [
                {'rule_id': 'DATA-COMPLETE', 'outcome': data_complete},
                {'rule_id': 'BASELINE', 'outcome': baseline},
                {'rule_id': 'CHECK-DIGIT', 'outcome': check_digit},
                {'rule_id': 'SUMMARY-STATUS', 'outcome': summary_status},
                {'rule_id': 'ENTRY-DAY', 'outcome': entry_day},
                {'rule_id': 'CAPE-OPEN', 'outcome': cape_open},
                {'rule_id': 'ALREADY-ACCEPTED', 'outcome': already_accepted},
                {'rule_id': 'ACCEPTED-ONCE', 'outcome': accepted_once},
                {'rule_id': 'CBP-VERDICT', 'outcome': cbp_verdict},
                {'rule_id': 'PRIOR-REFUND', 'outcome': prior_refund},
                {'rule_id': 'PREFERENCE-CLAIM', 'outcome': preference_claim},
                {'rule_id': 'IEEPA-DUTY', 'outcome': ieepa_duty},
                {'rule_id': 'DUTY-DEPOSITED', 'outcome': duty_deposited},
                {'rule_id': 'ENTRY-TYPE-EXCLUDED', 'outcome': entry_type_excluded},
                {'rule_id': 'ENTRY-TYPE-KNOWN', 'outcome': entry_type_known},
                {'rule_id': 'WAREHOUSE-ENTRY', 'outcome': warehouse_entry},
                {'rule_id': 'DRAWBACK', 'outcome': drawback},
                {'rule_id': 'LIQUIDATION-STATUS', 'outcome': liquidation_status},
                {'rule_id': 'STALE-STATUS', 'outcome': stale_status},
                {'rule_id': 'DEEMED-LIQUIDATED', 'outcome': deemed_liquidated},
                {'rule_id': 'PROTEST', 'outcome': protest},
                {'rule_id': 'LIQUIDATION-80-DAYS', 'outcome': liquidation_80_days},
                {'rule_id': 'THIRD-PHASE', 'outcome': third_phase},
                {'rule_id': 'RECON-FLAG', 'outcome': recon_flag},
                {'rule_id': 'RECON-09', 'outcome': recon_09},
                {'rule_id': 'RECON-DUE-DATE', 'outcome': recon_due_date},
                {'rule_id': 'RECON-DUE-75-DAYS', 'outcome': recon_due_75_days},
                {'rule_id': 'AD-CVD', 'outcome': ad_cvd},
                {'rule_id': 'SURETY', 'outcome': surety},
                {'rule_id': 'UNDER-REVIEW', 'outcome': under_review},
                {'rule_id': 'PAYEE-BOX28', 'outcome': payee_box28},
                {'rule_id': 'NET-UNDER-20', 'outcome': net_under_20}
            ]
        ) as finding
    from entries.rule_outcomes

)

select
    told.entry_number,
    rules.rule_id,
    told.finding.outcome as outcome,
    case told.finding.outcome
        when 'pass' then rules.title
        when 'fail' then coalesce(rules.cbp_message || ': ', '') || rules.title
        else rules.title || coalesce(' Needed: ' || rules.fact_needed || '.', '')
            || coalesce(' ' || rules.where_in_ace, '')
    end as message,
    rules.effective_from,
    rules.effective_to,
    rules.source,
    rules.locator,
    day.as_of_date
from told
cross join registry.as_of as day
join registry.cape_rules as rules
    on told.finding.rule_id = rules.rule_id
where told.finding.outcome is not null
  and rules.withdrawn_date is null
