-- The entries of every CAPE declaration: those CBP has spoken of, those of files that were uploaded, and the drafts, which
-- hold the entries that may be filed today, at most 9,999 each. A draft is a pure function of its entries; what CBP
-- decided after the day is not known yet.
-- Grain: declaration_id, entry_number.

with

ready as (

    select
        entry_number,
        draft_group,
        (row_number() over (partition by draft_group order by entry_number) - 1) // 9999 as file_ordinal
    from refunds.filing_candidates
    where undrafted_reason is null

),

drafts as (

    select
        draft_group,
        file_ordinal,
        'draft-' || substr(sha256(string_agg(entry_number, ',' order by entry_number)), 1, 16) as declaration_id
    from ready
    group by all

),

spoken as (

    select
        outcomes.claim_number as declaration_id,
        outcomes.entry_number,
        if(outcomes.accepted_date > day.as_of_date, 'unknown', outcomes.claim_outcome) as claim_outcome
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where outcomes.claim_number <> 'unknown'
      and coalesce(outcomes.filed_date <= day.as_of_date, outcomes.accepted_date <= day.as_of_date, true)

),

uploaded as (

    select distinct
        filed.declaration_id,
        rows.entry_number
    from refunds.filed_declarations as filed
    join ace.uploaded_declarations as rows
        on filed.file_sha256 = rows.load_id

),

listed as (

    select
        drafts.declaration_id,
        ready.entry_number,
        'unknown' as claim_outcome
    from ready
    join drafts
        on ready.draft_group = drafts.draft_group
       and ready.file_ordinal = drafts.file_ordinal

    union all

    select
        coalesce(spoken.declaration_id, uploaded.declaration_id) as declaration_id,
        coalesce(spoken.entry_number, uploaded.entry_number) as entry_number,
        coalesce(spoken.claim_outcome, 'unknown') as claim_outcome
    from spoken
    full join uploaded
        on spoken.declaration_id = uploaded.declaration_id
       and spoken.entry_number = uploaded.entry_number

)

select
    declaration_id,
    entry_number,
    cast(row_number() over (partition by declaration_id order by entry_number) as integer) as row_number,
    claim_outcome
from listed
