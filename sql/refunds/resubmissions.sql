-- Every entry whose newest verdict of CAPE is a failure: what CBP's message means now, what must be put right first, by
-- when, and on which new draft it stands.
-- Grain: entry_number.

with

drafted as (

    select
        entry_number,
        declaration_id
    from refunds.declaration_entries
    where starts_with(declaration_id, 'draft-')

),

failed as (

    select
        facts.entry_number,
        day.as_of_date,
        eligibility.importer_number,
        eligibility.importer_key,
        eligibility.filer_code,
        facts.last_cape_claim_number as claim_number,
        facts.last_cape_date as failed_date,
        facts.last_cape_message as message,
        messages.meaning,
        case
            when messages.message is null then 'not_in_catalogue'
            when messages.effective_to is null or day.as_of_date <= messages.effective_to then 'in_use'
            when messages.successors is not null then 'split'
            else 'dropped'
        end as message_state,
        if(day.as_of_date > messages.effective_to, messages.effective_to, null) as message_last_date,
        if(day.as_of_date > messages.effective_to, messages.successors, null) as successors,
        facts.remedy,
        eligibility.cape_status,
        eligibility.recommended_path,
        eligibility.blocking_rules,
        eligibility.cape_deadline_date,
        if(facts.remedy = 'psc', eligibility.psc_deadline_date, null) as psc_deadline_date,
        eligibility.refund_principal_usd,
        candidates.undrafted_reason,
        candidates.unattested_facts,
        drafted.declaration_id as draft_declaration_id
    from entries.case_facts as facts
    cross join registry.as_of as day
    join entries.eligibility_decisions as eligibility
        on facts.entry_number = eligibility.entry_number
    left join registry.cape_messages as messages
        on facts.last_cape_message = messages.message
       and messages.withdrawn_date is null
    left join refunds.filing_candidates as candidates
        on facts.entry_number = candidates.entry_number
    left join drafted
        on facts.entry_number = drafted.entry_number
    where facts.last_cape_result = 'failed'
      and not facts.is_accepted
      and eligibility.cape_status <> 'refunded'

)

select
    entry_number,
    importer_number,
    importer_key,
    filer_code,
    claim_number,
    failed_date,
    message,
    meaning,
    message_state,
    message_last_date,
    successors,
    remedy,
    cape_status,
    recommended_path,
    case
        when draft_declaration_id is not null then 'drafted'
        when undrafted_reason = 'filed_and_waiting' then 'refiled'
        when recommended_path = 'file_cape' then 'held_back'
        when recommended_path = 'fix_and_refile' and undrafted_reason = 'refiling_not_confirmed' then 'fix_first'
        when recommended_path = 'fix_and_refile' then 'held_back'
        when recommended_path = 'withdraw_protest_then_cape' then 'fix_first'
        when recommended_path in ('manual_review', 'file_recon_first') then 'review'
        when recommended_path in ('await_phase', 'await_protest', 'await_liquidation', 'await_refund') then 'not_now'
        else 'too_late'
    end as resubmission_state,
    case
        when draft_declaration_id is not null then 'nothing: upload the draft'
        when undrafted_reason = 'filed_and_waiting' then 'nothing: wait for CBP''s answer to the declaration it is on'
        when undrafted_reason = 'excluded' then 'nothing: exclusions.csv keeps it off every declaration'
        when undrafted_reason = 'other_rules_unmet'
            then 'meet the other rules first: ' || array_to_string(blocking_rules, ', ')
        when undrafted_reason = 'refiling_not_confirmed' and remedy = 'refile_unchanged_once'
            then 'nothing to correct: confirm ready_to_refile, and it is drafted unchanged, once'
        when undrafted_reason = 'refiling_not_confirmed' and remedy = 'wait_then_refile'
            then 'wait until ACE no longer shows the cause, then confirm ready_to_refile for the entry'
        when undrafted_reason = 'refiling_not_confirmed'
            then 'file a post summary correction, then confirm ready_to_refile for the entry'
        when undrafted_reason = 'unverified_facts'
            then 'state or vouch for ' || array_to_string(unattested_facts, ', ')
        when undrafted_reason = 'stale_status' then 'run ES-003 again, or accept the stale status'
        when undrafted_reason = 'not_by_this_submitter' then 'let a submitter file it who may'
        when undrafted_reason = 'importer_unknown' then 'load an ES-003 that names the importer'
        when recommended_path = 'withdraw_protest_then_cape'
            then 'withdraw the protest, filed for IEEPA only, then load an ES-003 that shows it withdrawn'
        when recommended_path = 'await_protest' then 'wait for the decision on the protest'
        when recommended_path = 'await_phase' then 'nothing: CAPE does not take the entry in this phase'
        when recommended_path = 'file_protest' then 'too late to correct: protest instead'
        when recommended_path = 'court' then 'too late to correct: only court is left'
        else 'find out what CBP''s message means for the entry'
    end as first_step,
    coalesce(draft_declaration_id is not null, false) as is_ready_now,
    cape_deadline_date,
    psc_deadline_date,
    undrafted_reason,
    draft_declaration_id,
    refund_principal_usd,
    as_of_date
from failed
