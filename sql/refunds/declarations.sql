-- Every CAPE declaration: drafted, filed, or known to CBP. A draft is a pure function of the entries that may be filed as
-- of the day: the same entries give the same file. The file is ASCII, one column headed Entry Number, and its lines end
-- as the settings say, else with CRLF.
-- Grain: declaration_id.

with

form as (

    select if(max(line_ending) = 'lf', chr(10), chr(13) || chr(10)) as line_end
    from registry.declaration_forms

),

members as (

    select
        entries.declaration_id,
        count(*) as entry_count,
        count(*) filter (where entries.claim_outcome = 'accepted') as accepted_entry_count,
        count(*) filter (where entries.claim_outcome = 'failed') as failed_entry_count,
        if(count(*) = count(eligibility.refund_principal_usd), sum(eligibility.refund_principal_usd), null)
            as declared_principal_usd,
        if(count(distinct eligibility.importer_key) = 1, min(eligibility.importer_number), null) as importer_number,
        if(count(distinct eligibility.importer_key) = 1, min(eligibility.importer_key), null) as importer_key,
        if(count(distinct eligibility.filer_code) = 1, min(eligibility.filer_code), null) as filer_code,
        min(candidates.submitter_type) as submitter_type,
        min(candidates.submitter_id) as submitter_id,
        coalesce(bool_or(candidates.is_refiling), false) as is_refiling,
        list_sort(list_distinct(flatten(list(coalesce(candidates.attestations, []))))) as attestations,
        'Entry Number' || chr(10) || string_agg(entries.entry_number, chr(10) order by entries.row_number) || chr(10)
            as file_text
    from refunds.declaration_entries as entries
    left join entries.eligibility_decisions as eligibility
        on entries.entry_number = eligibility.entry_number
    left join refunds.filing_candidates as candidates
        on if(starts_with(entries.declaration_id, 'draft-'), entries.entry_number, null) = candidates.entry_number
       and candidates.undrafted_reason is null
    group by all

),

accepted as (

    select
        outcomes.claim_number,
        min(outcomes.accepted_date) as accepted_date,
        arg_min(outcomes.accepted_date_basis, outcomes.accepted_date) as accepted_date_basis
    from ace.claim_outcomes as outcomes
    cross join registry.as_of as day
    where outcomes.claim_outcome = 'accepted'
      and outcomes.accepted_date <= day.as_of_date
    group by all

),

known as (

    select declaration_id from members
    union
    select declaration_id from refunds.filed_declarations

),

joined as (

    select
        known.declaration_id,
        starts_with(known.declaration_id, 'draft-') as is_draft,
        members.entry_count,
        coalesce(members.accepted_entry_count, 0) as accepted_entry_count,
        coalesce(members.failed_entry_count, 0) as failed_entry_count,
        members.declared_principal_usd,
        members.importer_number,
        members.importer_key,
        members.filer_code,
        members.submitter_type as draft_submitter_type,
        members.submitter_id as draft_submitter_id,
        members.is_refiling,
        members.attestations,
        sha256(replace(members.file_text, chr(10), form.line_end)) as draft_sha256,
        filed.claim_number,
        filed.file_name,
        filed.file_sha256,
        filed.file_link,
        filed.filed_date,
        filed.accepted_date,
        filed.cbp_status,
        coalesce(filed.stated_status, 'filed') as stated_status,
        filed.submitter_type,
        filed.submitter_id
    from known
    cross join form
    left join members
        on known.declaration_id = members.declaration_id
    left join refunds.filed_declarations as filed
        on known.declaration_id = filed.declaration_id

)

select
    joined.declaration_id,
    joined.claim_number,
    joined.importer_number,
    joined.filer_code,
    if(joined.is_draft, joined.draft_submitter_type, joined.submitter_type) as submitter_type,
    if(joined.is_draft, joined.draft_submitter_id, joined.submitter_id) as submitter_id,
    cast(coalesce(joined.entry_count, 0) as integer) as entry_count,
    cast(joined.accepted_entry_count as integer) as accepted_entry_count,
    cast(joined.failed_entry_count as integer) as failed_entry_count,
    cast(joined.declared_principal_usd as decimal(18, 2)) as declared_principal_usd,
    if(
        joined.is_draft,
        concat_ws(
            '_',
            'cape',
            joined.importer_key,
            joined.filer_code,
            if(joined.is_refiling, 'refiled', null),
            substr(joined.declaration_id, 7)
        ) || '.csv',
        joined.file_name
    ) as file_name,
    if(joined.is_draft, joined.draft_sha256, joined.file_sha256) as file_sha256,
    if(joined.is_draft, 'draft', coalesce(joined.file_link, 'external')) as file_link,
    case
        when joined.is_draft then 'drafted'
        when joined.accepted_entry_count = 0 and joined.stated_status in ('rejected_file', 'abandoned')
            then joined.stated_status
        when joined.stated_status = 'accepted_with_errors'
            or (joined.accepted_entry_count > 0 and joined.failed_entry_count > 0)
            then 'accepted_with_errors'
        when joined.accepted_entry_count > 0 then 'accepted'
        when joined.failed_entry_count = joined.entry_count or joined.stated_status = 'rejected' then 'rejected'
        when joined.stated_status = 'accepted' or joined.accepted_date is not null then 'accepted'
        else 'filed'
    end as status,
    joined.cbp_status,
    if(joined.is_draft, day.as_of_date, null) as drafted_at,
    joined.filed_date,
    coalesce(joined.accepted_date, accepted.accepted_date) as accepted_date,
    if(joined.accepted_date is not null, 'declarations', accepted.accepted_date_basis) as accepted_date_basis,
    coalesce(joined.is_refiling, false) as is_refiling,
    coalesce(joined.attestations, []) as attestations,
    day.as_of_date
from joined
cross join registry.as_of as day
left join accepted
    on joined.claim_number = accepted.claim_number
