-- Every entry that may be filed today, and every failed one that may be refiled once its cause is gone: who submits it,
-- what is vouched for, and why it is on no draft. Its status is the same whether it is drafted or not.
-- Grain: entry_number.

with

candidates as (

    select
        eligibility.entry_number,
        eligibility.importer_number,
        eligibility.importer_key,
        eligibility.filer_code,
        eligibility.cape_status,
        eligibility.recommended_path,
        eligibility.unverified_facts,
        coalesce(rules.stale_status = 'fail', false) as is_status_stale,
        facts.remedy,
        facts.last_cape_date,
        eligibility.recommended_path = 'fix_and_refile' as is_refiling,
        -- CBP's verdict stands before other rules in the precedence: a refiled entry must meet them too
        eligibility.recommended_path = 'fix_and_refile'
            and (
                len(list_filter(eligibility.blocking_rules, lambda rule: rule <> 'CBP-VERDICT')) > 0
                or len(facts.contradicted_facts) > 0
            ) as has_other_rules_unmet
    from entries.eligibility_decisions as eligibility
    join entries.rule_outcomes as rules
        on eligibility.entry_number = rules.entry_number
    left join entries.case_facts as facts
        on eligibility.entry_number = facts.entry_number
    where eligibility.recommended_path in ('file_cape', 'fix_and_refile')

),

-- a stale status is accepted for as long as a status is fresh: 14 days
vouched as (

    select
        rows.attested_fact,
        rows.importer_key,
        rows.entry_number,
        if(rows.attested_fact = 'ready_to_refile', rows.attested_on, null) as ready_on,
        rows.attested_fact || ': ' || rows.attested_by || ', ' || rows.attested_on as said
    from ace.attestations as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    cross join registry.as_of as day
    where rows.attested_fact <> 'stale_status'
       or day.as_of_date <= rows.attested_on + 14

),

vouched_for_all as (

    select
        coalesce(list(distinct attested_fact), []) as attested_facts,
        coalesce(list(distinct said), []) as said,
        max(ready_on) as ready_on
    from vouched
    where importer_key is null
      and entry_number is null

),

vouched_by_importer as (

    select
        importer_key,
        list(distinct attested_fact) as attested_facts,
        list(distinct said) as said,
        max(ready_on) as ready_on
    from vouched
    where importer_key is not null
      and entry_number is null
    group by all

),

vouched_by_entry as (

    select
        entry_number,
        list(distinct attested_fact) as attested_facts,
        list(distinct said) as said,
        max(ready_on) as ready_on
    from vouched
    where entry_number is not null
    group by all

),

excluded as (

    select
        rows.entry_number,
        max(rows.exclusion_reason) as exclusion_reason,
        max(rows.excluded_by) as excluded_by,
        max(rows.excluded_on) as excluded_on
    from ace.exclusions as rows
    join ace.readable_loads as loads
        on rows.load_id = loads.load_id
    group by all

),

accepted as (

    select distinct outcomes.entry_number
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where outcomes.claim_outcome = 'accepted'
      and coalesce(outcomes.accepted_date <= day.as_of_date, true)

),

-- claims whose Claim Details have come: an entry they leave out was not taken and waits for nothing
answered as (

    select distinct claim_number
    from ace.claim_outcomes
    where claim_details_run_date is not null
      and claim_outcome <> 'unknown'

),

waiting as (

    select
        uploaded.entry_number,
        min(filed.declaration_id) as waiting_declaration_id
    from refunds.filed_declarations as filed
    join ace.uploaded_declarations as uploaded
        on filed.file_sha256 = uploaded.load_id
    left join ace.claim_outcomes as outcomes
        on filed.claim_number = outcomes.claim_number
       and uploaded.entry_number = outcomes.entry_number
    where filed.stated_status not in ('rejected_file', 'abandoned', 'rejected')
      and coalesce(outcomes.claim_outcome, 'unknown') = 'unknown'
      and (
          outcomes.entry_number is not null
          or filed.claim_number is null
          or filed.claim_number not in (select answered.claim_number from answered)
      )
    group by all

),

is_chosen as (

    select count(*) > 0 as has_submitters from registry.chosen_submitters

),

judged as (

    select
        candidates.entry_number,
        candidates.importer_number,
        candidates.importer_key,
        candidates.filer_code,
        candidates.cape_status,
        candidates.recommended_path,
        candidates.is_refiling,
        candidates.is_status_stale,
        candidates.has_other_rules_unmet,
        case
            when not is_chosen.has_submitters
                then {'submitter_type': 'importer', 'submitter_id': candidates.importer_number}
            when brokers.submitter_order is null
                or coalesce(importers.submitter_order < brokers.submitter_order, false)
                then {'submitter_type': importers.submitter_type, 'submitter_id': importers.submitter_id}
            else {'submitter_type': brokers.submitter_type, 'submitter_id': brokers.submitter_id}
        end as submitter,
        is_chosen.has_submitters,
        list_concat(
            vouched_for_all.attested_facts,
            coalesce(vouched_by_importer.attested_facts, []),
            coalesce(vouched_by_entry.attested_facts, [])
        ) as vouched_facts,
        list_concat(
            vouched_for_all.said,
            coalesce(vouched_by_importer.said, []),
            coalesce(vouched_by_entry.said, [])
        ) as said,
        list_concat(
            candidates.unverified_facts,
            if(candidates.is_status_stale, ['stale_status'], []),
            if(candidates.is_refiling, ['ready_to_refile'], [])
        ) as facts_to_vouch_for,
        candidates.unverified_facts,
        -- only what CBP itself lets through unchanged may be refiled on one word for all entries
        greatest(
            vouched_by_entry.ready_on,
            if(
                candidates.remedy = 'refile_unchanged_once',
                greatest(vouched_for_all.ready_on, vouched_by_importer.ready_on),
                null
            )
        ) as ready_on,
        candidates.last_cape_date,
        excluded.entry_number is not null as is_excluded,
        excluded.exclusion_reason,
        excluded.excluded_by,
        excluded.excluded_on,
        accepted.entry_number is not null as is_accepted,
        waiting.waiting_declaration_id
    from candidates
    cross join vouched_for_all
    cross join is_chosen
    left join vouched_by_importer
        on candidates.importer_key = vouched_by_importer.importer_key
    left join vouched_by_entry
        on candidates.entry_number = vouched_by_entry.entry_number
    left join registry.chosen_submitters as importers
        on candidates.importer_key = importers.submitter_key
       and importers.submitter_type = 'importer'
    left join registry.chosen_submitters as brokers
        on candidates.filer_code = brokers.submitter_key
       and brokers.submitter_type = 'broker'
    left join excluded
        on candidates.entry_number = excluded.entry_number
    left join accepted
        on candidates.entry_number = accepted.entry_number
    left join waiting
        on candidates.entry_number = waiting.entry_number

)

select
    entry_number,
    importer_number,
    importer_key,
    filer_code,
    cape_status,
    recommended_path,
    is_refiling,
    submitter.submitter_type as submitter_type,
    submitter.submitter_id as submitter_id,
    case
        when is_accepted then 'already_accepted'
        when waiting_declaration_id is not null then 'filed_and_waiting'
        when is_excluded then 'excluded'
        when importer_key is null then 'importer_unknown'
        when submitter.submitter_type is null then 'not_by_this_submitter'
        when has_other_rules_unmet then 'other_rules_unmet'
        -- what was said before CBP failed it again says nothing of the new failure
        when is_refiling and not coalesce(ready_on >= last_cape_date, ready_on is not null)
            then 'refiling_not_confirmed'
        when len(list_filter(unverified_facts, lambda fact: not list_contains(vouched_facts, fact))) > 0
            then 'unverified_facts'
        when is_status_stale and not list_contains(vouched_facts, 'stale_status') then 'stale_status'
    end as undrafted_reason,
    list_filter(unverified_facts, lambda fact: not list_contains(vouched_facts, fact)) as unattested_facts,
    list_sort(
        list_distinct(
            list_filter(said, lambda text: list_contains(facts_to_vouch_for, split_part(text, ':', 1)))
        )
    ) as attestations,
    is_status_stale,
    exclusion_reason,
    excluded_by,
    excluded_on,
    waiting_declaration_id,
    -- what shares a file: a broker's declaration holds its own entries only, so while nobody says who uploads the filers
    -- stay apart, because CBP would reject a broker's whole file for one entry of another; refiled ones are by themselves
    concat_ws(
        '/',
        submitter.submitter_type,
        importer_key,
        if(submitter.submitter_type = 'broker' or not has_submitters, filer_code, null),
        if(is_refiling, 'refiling', null)
    ) as draft_group
from judged
