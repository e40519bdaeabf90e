-- The entries of every CAPE declaration: those CBP has spoken of, and the drafts, which hold the entries that may be filed
-- today, grouped by importer and filer, at most 9,999 each. An entry with an unverified fact or a stale status is not
-- drafted. What CBP decided after the day is not known yet.
-- Grain: declaration_id, entry_number.

with

ready as (

    select
        eligibility.entry_number,
        eligibility.importer_key,
        eligibility.filer_code,
        (row_number() over (
            partition by eligibility.importer_key, eligibility.filer_code
            order by eligibility.entry_number
        ) - 1) // 9999 as file_ordinal
    from entries.eligibility as eligibility
    join entries.rule_outcomes as rules
        on eligibility.entry_number = rules.entry_number
    where eligibility.recommended_path = 'file_cape'
      and eligibility.importer_key is not null
      and len(eligibility.unverified_facts) = 0
      and rules.stale_status is distinct from 'fail'

),

drafts as (

    select
        importer_key,
        filer_code,
        file_ordinal,
        'draft-' || substr(sha256(string_agg(entry_number, ',' order by entry_number)), 1, 16) as declaration_id
    from ready
    group by all

)

select
    drafts.declaration_id,
    ready.entry_number,
    cast(
        row_number() over (partition by drafts.declaration_id order by ready.entry_number) as integer
    ) as row_number,
    'unknown' as claim_outcome
from ready
join drafts
    on ready.importer_key = drafts.importer_key
   and ready.filer_code = drafts.filer_code
   and ready.file_ordinal = drafts.file_ordinal

union all

select
    outcomes.claim_number as declaration_id,
    outcomes.entry_number,
    cast(
        row_number() over (partition by outcomes.claim_number order by outcomes.entry_number) as integer
    ) as row_number,
    if(outcomes.accepted_date > day.as_of_date, 'unknown', outcomes.claim_outcome) as claim_outcome
from ace.claim_outcomes as outcomes
cross join registry.as_of as day
where outcomes.claim_number <> 'unknown'
  and coalesce(outcomes.filed_date <= day.as_of_date, outcomes.accepted_date <= day.as_of_date, true)
